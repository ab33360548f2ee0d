"""Missing atoms and short gaps, built with PDBFixer."""

from __future__ import annotations

import gzip
import sys
from importlib.resources import files

import numpy as np
import pytest

from crossdock.entries.amino_acids import LETTERS
from crossdock.errors import InputError
from crossdock.remark import texts
from crossdock.structures.prepare import prepare
from crossdock.structures.record import Missing

DEMO = files("crossdock.demo") / "1emv.pdb.gz"
NAMES = {letter: name for name, letter in LETTERS.items()}


@pytest.fixture(scope="module")
def gap(tmp_path_factory):
    """Im9 with its sequence, without residues 40 to 44 and without most of the side chain of residue 60."""
    lines = gzip.decompress(DEMO.read_bytes()).decode().splitlines()
    sequence = prepare(str(DEMO), name="x", chains=["A"])[1].sequence["A"]
    names = ["GLY", "MSE", *(NAMES[letter] for letter in sequence), "LYS"]
    header = [
        f"SEQRES {i + 1:3d} A {len(names):4d}  " + " ".join(names[13 * i : 13 * i + 13])
        for i in range(-(-len(names) // 13))
    ]
    atoms = [
        line
        for line in lines
        if line[21:22] == "A"
        and not 40 <= int(line[22:26]) <= 44
        and not (int(line[22:26]) == 60 and line[12:16].strip() not in ("N", "CA", "C", "O", "CB"))
    ]
    path = tmp_path_factory.mktemp("gap") / "gap.pdb"
    path.write_text("\n".join([*header, *atoms, "END", ""]))
    return path


@pytest.mark.measurement
def test_gaps_and_side_chains_are_built_and_nothing_else_moves(gap):
    complete = prepare(str(DEMO), name="x", chains=["A"])[0]
    before, gapped = prepare(gap, name="x")
    after, record = prepare(gap, name="x", repair=True)
    assert gapped.missing == record.missing == Missing(5, 1, 1)
    assert record.sequence["A"] == prepare(str(DEMO), name="x", chains=["A"])[1].sequence["A"]
    kept = {item.text: item.count for item in record.kept}
    assert kept["residues built by PDBFixer"] == 5
    assert kept["atoms built by PDBFixer"] == len(complete) - len(before)
    assert any("are guesses" in warning for warning in texts(record.remarks))

    def atoms(structure):
        places = zip(structure.residue_number.tolist(), structure.atom_name.tolist(), strict=True)
        return dict(zip(places, structure.coord.tolist(), strict=True))

    assert atoms(after).keys() == atoms(complete).keys()
    assert all(atoms(after)[place] == xyz for place, xyz in atoms(before).items())
    # Ends that the sequence has and the entry has not stay away.
    assert after.residue_number.min() == 3
    # The loop is closed: neighbours are bonded.
    carbon, nitrogen = (after.coord[after.atom_name == name] for name in ("C", "N"))
    assert np.linalg.norm(carbon[:-1] - nitrogen[1:], axis=1).max() < 1.8


def test_without_pdbfixer_the_extra_is_named(gap, monkeypatch):
    monkeypatch.setitem(sys.modules, "pdbfixer", None)
    with pytest.raises(InputError, match=r"pip install 'crossdock\[repair\]'"):
        prepare(gap, name="x", repair=True)


def test_an_entry_without_a_sequence_keeps_its_gaps(gap, tmp_path):
    path = tmp_path / "bare.pdb"
    path.write_text("\n".join(line for line in gap.read_text().splitlines() if not line.startswith("SEQRES")))
    record = prepare(path, name="x", repair=True)[1]
    kept = {item.text: item.count for item in record.kept}
    assert "residues built by PDBFixer" not in kept
    assert kept["atoms built by PDBFixer"] > 0


@pytest.mark.measurement
def test_what_was_left_out_on_purpose_is_not_built(gap):
    """Residues 40 to 44 are missing in the entry and built; 50 to 53 are there, left out by the user, and stay out."""
    pytest.importorskip("pdbfixer")
    complete, _ = prepare(str(gap), name="x", chains=["A"], repair=True)
    cut, record = prepare(str(gap), name="x", chains=["A"], residues="4-49,54-86", repair=True)
    assert set(range(40, 45)) <= set(cut.residue_number.tolist())
    assert not set(range(50, 54)) & set(cut.residue_number.tolist())
    assert set(range(50, 54)) <= set(complete.residue_number.tolist())
    assert "5 residues" in " ".join(texts(record.remarks))
