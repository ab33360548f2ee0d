"""Known complexes of homologues of a pair, over which its models were laid, in sentences."""

from __future__ import annotations

import re

from crossdock.docking.record import DockingRecord, KnownComplex
from crossdock.report.evidence import Fact
from crossdock.report.sentences import say

#: From this identity of both sides on, a known complex is that of the pair itself, in percent.
ITSELF = 95
_PDB_ID = re.compile(r"[1-9][A-Z0-9]{3}")


def first_template(record: DockingRecord) -> KnownComplex | None:
    """Give the known complex over which the first of all models was laid that were laid over one; None without any."""
    ranks = sorted(record.templates, key=int)
    return next((record.templates[rank][0] for rank in ranks if record.templates[rank]), None)


def sentence(known: KnownComplex) -> str:
    """Say that a complex of homologues is known, with both identities."""
    one, other = _percent(known.receptor_identity), _percent(known.ligand_identity)
    code = "template-itself" if min(one, other) >= ITSELF else "template-known"
    return say(code, entry=known.entry, receptor=one, ligand=other)


def fact(known: KnownComplex, receptor: str, ligand: str) -> Fact:
    """Say what stands for which partner in a known complex, and how much of its interface the model has.

    Parameters
    ----------
    known : KnownComplex
    receptor, ligand : str
        Labels.
    """
    text = say(
        "template-sides",
        entry=known.entry,
        receptor=receptor,
        ligand=ligand,
        receptor_chains=known.receptor_chains.split(),
        ligand_chains=known.ligand_chains.split(),
        receptor_identity=_percent(known.receptor_identity),
        ligand_identity=_percent(known.ligand_identity),
        receptor_coverage=_percent(known.receptor_coverage),
        ligand_coverage=_percent(known.ligand_coverage),
        contacts=known.contacts,
        kept=known.contacts_kept,
        assembly=known.assembly,
        resolution=known.resolution_A,
    )
    if _PDB_ID.fullmatch(known.entry):
        return Fact(text, f"PDB {known.entry}", "", f"https://www.rcsb.org/structure/{known.entry}")
    return Fact(text, known.entry)


def _percent(part: float) -> int:
    return round(100 * part)
