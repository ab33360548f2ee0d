"""Files for the ClusPro server: both partners, and the residues that attract.

The server takes attraction as chain and number with a dash between, separated by blanks, such as ``a-165 a-173``. It
has a field for a file of restraints too, whose form is not published, so none is written.
"""

from __future__ import annotations

from crossdock.docking.backends.cluspro.preflight import look_over, sent
from crossdock.errors import StructureError
from crossdock.export.docked import Docked, Partner, written
from crossdock.export.made import Made


def make(docked: Docked) -> Made:
    """Write the files of a model for ClusPro.

    Raises
    ------
    StructureError
        If the server does not take a partner, or no residue of one can be named there.
    """
    made = Made()
    for role, partner in zip(("receptor", "ligand"), docked.partners, strict=True):
        verdict = look_over(partner.structure)
        if verdict.problems:
            raise StructureError(f"ClusPro does not take it: it {verdict.problems[0]}", where=partner.name)
        made.notes += [f"{partner.name} {note}" for note in verdict.notes]
        residues, odd = attraction(partner)
        if odd:
            listed = ", ".join(odd)
            made.notes.append(f"{partner.name}: not in the list, because the server's form has plain numbers: {listed}")
        if not residues:
            raise StructureError("none of its residues in contact has a plain number", where=partner.name)
        made.files[f"{role}.pdb"] = sent(partner.structure).decode("ascii")
        made.files[f"attraction_{role}.txt"] = " ".join(residues) + "\n"
    # A panel compares imported models with the first conformer, and refuses those of another shape.
    further = [f"{label} is the only conformer of {name}" for name, (n, label) in docked.conformers.items() if n > 1]
    panel = f"a panel in which {' and '.join(further)}" if further else "the panel's folder"
    made.readme = (
        "Upload receptor.pdb and ligand.pdb on the page for a docking job, and leave the fields for chains empty.",
        "Advanced options, attraction: put the line of attraction_receptor.txt into the receptor's field and that of "
        "attraction_ligand.txt into the ligand's.",
        f"Then, in {panel}: crossdock cluspro import FOLDER (of downloads), "
        f"with `{docked.setting('cluspro')}` in its config.",
    )
    return made


def attraction(partner: Partner) -> tuple[list[str], list[str]]:
    """Name the residues of a partner in contact as the server does, and those that have no plain number.

    Parameters
    ----------
    partner : Partner

    Returns
    -------
    residues : list of str
        Such as ``a-165``: the chain's letter is small.
    odd : list of str
        With an insertion code, a sign, or a chain whose letter another one has as a capital.
    """
    twice = {letter.lower() for letter in partner.body.chains if letter.isupper()} & set(partner.body.chains)
    residues, odd = [], []
    for place in partner.touched:
        if place.insertion or place.number < 0 or place.chain.lower() in twice:
            odd.append(written(place))
        else:
            residues.append(f"{place.chain.lower()}-{place.number}")
    return residues, odd
