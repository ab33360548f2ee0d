"""Odd files, each of a kind that other programs get wrong: what `crossdock prepare` makes of them (cases.tsv)."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from crossdock.cli import main
from crossdock.remark import texts
from crossdock.structures.record import read_protein
from crossdock.structures.structure import read_structure

CASES = Path(__file__).parents[1] / "data" / "cases"


def rows(name):
    with (CASES / name).open(newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def longest_bond(structure):
    """Longest distance in angstrom between CB and CG of a residue: a chimera of two molecules has long ones."""
    places = {}
    for i, residue in enumerate(structure.residue_index.tolist()):
        places.setdefault(residue, {})[str(structure.atom_name[i])] = structure.coord[i]
    return max(np.linalg.norm(one["CB"] - one["CG"]) for one in places.values() if {"CB", "CG"} <= one.keys())


def outcome(tmp_path, capsys, file, arguments=""):
    """Give what a case's condition speaks of."""
    out = tmp_path / "out"
    rc = main(["prepare", str(CASES / file), "-o", str(out), *shlex.split(arguments)])
    output = "".join(capsys.readouterr())
    if rc:
        assert re.search(r"^crossdock: error: .+", output)
        assert "Traceback" not in output
        return {"rc": rc, "said": output}
    structure, record = read_structure(out / "structure.pdb"), read_protein(out / "protein.json")
    output += " ".join(texts((*record.identity.remarks, *record.remarks))) + " ".join(
        texts(record.kept + record.removed)
    )
    spans = list(map(list, record.ranges.values()))
    return {
        "rc": rc,
        "said": output,
        "n": record.n_residues,
        "atoms": record.n_atoms,
        "seq": "".join(record.sequence.values()),
        "missing": record.missing.residues,
        "ranges": spans[0] if len(spans) == 1 else spans,
        "extent": max(record.extent_A),
        "broken": longest_bond(structure),
        "pdb": (out / "structure.pdb").read_text(),
    }


#: What comes out today where cases.tsv leaves a choice.
CHOSEN = {
    "ter.pdb": {"rc": 2},
    "end.pdb": {"rc": 2},
    "cns9999.pdb": {"rc": 0, "atoms": 221},
    "bignum.pdb": {"rc": 2},
    "colabfold.pdb": {"n": 23},
    "esmfold.pdb": {"n": 23},
    "dpeptide.pdb": {"n": 29},
}


@pytest.mark.parametrize("case", rows("cases.tsv"), ids=lambda case: f"{case['file']} {case['arguments']}".strip())
def test_what_must_hold_holds(case, tmp_path, capsys):
    found = outcome(tmp_path, capsys, case["file"], case["arguments"])
    names = {name: None for name in ("n", "atoms", "seq", "missing", "ranges", "extent", "broken", "pdb")}
    assert eval(case["holds"], names | found), {key: value for key, value in found.items() if key != "pdb"}
    if not (case["file"] == "bignum.pdb" and case["arguments"]):
        assert found.items() >= CHOSEN.get(case["file"], {}).items()
