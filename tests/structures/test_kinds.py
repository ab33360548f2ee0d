"""A second file of every kind in cases.tsv, made from chain A of 1EMV (83 residues, 3 to 85): what must come out."""

from __future__ import annotations

import gzip
from pathlib import Path

import gemmi
import numpy as np
import pytest

from crossdock.entries.entry import read_entry
from crossdock.errors import StructureError
from crossdock.remark import texts
from crossdock.structures.prepare import inspect, prepare
from crossdock.structures.record import Missing

ENTRY = Path(__file__).parents[2] / "src" / "crossdock" / "demo" / "1emv.pdb.gz"
N = 83


def items(found):
    return [(one.text, one.count) for one in found]


def chain_lines(shift=(0.0, 0.0, 0.0), chain="A", segment="", first=0, tail=""):
    """Give the atoms of chain A, moved, under another chain name or number."""
    made = []
    for line in gzip.decompress(ENTRY.read_bytes()).decode().splitlines():
        if not line.startswith("ATOM") or line[21] != "A":
            continue
        xyz = [float(line[a : a + 8]) + d for a, d in zip((30, 38, 46), shift, strict=True)]
        number = int(line[22:26]) + first
        made.append(
            f"{line[:21]}{chain:1}{number:4d}{line[26:30]}{xyz[0]:8.3f}{xyz[1]:8.3f}{xyz[2]:8.3f}{line[54:72]:18}"
            f"{segment:4}{line[76:78]:2}{tail}"
        )
    return made


def write(path, lines, end="\n"):
    path.write_bytes(end.join([*lines, "END", ""]).encode())
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made.pdb"


FAR, BESIDE = (90.0, 0.0, 0.0), (27.0, 0.0, 0.0)


# --- molecules of one chain name


def test_segments_name_molecules_of_a_blank_chain(file):
    write(file, chain_lines(chain=" ", segment="PROA") + chain_lines(FAR, chain=" ", segment="PROB"))
    assert [c.chain for c in inspect(file).chains] == ["PROA", "PROB"]
    with pytest.raises(StructureError, match="2 protein chains: PROA, PROB"):
        prepare(file, name="x")
    structure, record = prepare(file, name="x", chains=["PROB"])
    assert record.n_residues == N
    assert structure.coord[:, 0].min() > 60


def test_numbers_that_start_again_begin_another_molecule(file):
    write(file, chain_lines() + chain_lines(FAR))
    with pytest.raises(
        StructureError, match=r"2 molecules .* called chain A and do not all touch: A/1 .* A/2 .from line"
    ):
        prepare(file, name="x")
    for chain, side in (("A/1", -1), ("A/2", 1)):
        structure, record = prepare(file, name="x", chains=[chain])
        assert record.n_residues == N
        assert np.sign(structure.coord[:, 0].mean() - 45) == side


def test_a_second_molecule_that_begins_before_the_first_does(file):
    later = [line for line in chain_lines() if int(line[22:26]) > 20]
    write(file, later + chain_lines(FAR))
    structure, _ = prepare(file, name="x", chains=["A/2"])
    assert structure.residue_number[0] == 3
    assert structure.n_residues == N


def test_molecules_of_one_name_that_touch_are_a_body_of_two_chains(file):
    write(file, [*chain_lines(), "TER", *chain_lines(BESIDE)])
    structure, record = prepare(file, name="x", chains=["A"], blocked="A:10-20")
    assert structure.chains == ["A", "B"]
    assert record.n_residues == 2 * N
    assert record.selection.chains == ("A/1", "A/2")
    assert len(record.docking_mask.blocked) == 22
    assert len(prepare(file, name="x", blocked="A/2:10-20")[1].docking_mask.blocked) == 11
    with pytest.raises(StructureError, match="there is no chain  in the body"):
        prepare(file, name="x", blocked=":10-20")


def test_models_without_model_records_are_no_body(file):
    write(file, [*chain_lines(), "TER", *chain_lines((0.6, 0.6, 0.8)), "TER"])
    with pytest.raises(StructureError, match="lie over each other"):
        prepare(file, name="x")


def test_a_chain_that_ter_breaks_at_a_gap_stays_one(file):
    lines = [line for line in chain_lines() if not 40 <= int(line[22:26]) <= 44]
    at = next(i for i, line in enumerate(lines) if int(line[22:26]) > 44)
    write(file, [*lines[:at], "TER", *lines[at:]])
    structure, record = prepare(file, name="x")
    assert structure.chains == ["A"]
    assert record.missing.residues == 5


def test_a_modified_residue_listed_behind_its_chain_belongs_to_it(file):
    lines = chain_lines()
    moved = [line.replace("ATOM  ", "HETATM") for line in lines if int(line[22:26]) == 30]
    write(file, [*[line for line in lines if int(line[22:26]) != 30], "TER", *moved])
    assert prepare(file, name="x")[1].n_residues == N


def test_frames_that_end_parts_are_models(file):
    write(file, [*chain_lines(), "END", *chain_lines(FAR), "END", *chain_lines((0, 90, 0))])
    _, record = prepare(file, name="x")
    assert record.n_residues == N
    assert ("other models", 2) in items(record.removed)
    structure, record = prepare(file, name="x", model=2)
    assert structure.coord[:, 0].min() > 60


def test_another_chain_behind_end_is_part_of_the_entry(file):
    write(file, [*chain_lines(), "END", *chain_lines(FAR, chain="B")])
    assert [c.chain for c in inspect(file).chains] == ["A", "B"]


@pytest.mark.parametrize(("asked", "first"), [(None, 0), (0, 0), (7, 1)])
def test_a_model_number_is_a_label(file, asked, first):
    write(file, ["MODEL        0", *chain_lines(), "ENDMDL", "MODEL        7", *chain_lines(FAR), "ENDMDL"])
    structure, record = prepare(file, name="x", model=asked)
    assert record.selection.model == (0, 7)[first]
    assert (structure.coord[:, 0].min() > 60) == bool(first)


def test_a_model_number_that_comes_twice(file):
    write(file, ["MODEL        1", *chain_lines(), "ENDMDL", "MODEL        1", *chain_lines(FAR), "ENDMDL"])
    structure, _ = prepare(file, name="x")
    assert structure.coord[:, 0].max() < 60
    with pytest.raises(StructureError, match="2 models of this file are called 1"):
        prepare(file, name="x", model=1)


def test_an_atom_that_is_there_twice_is_one_atom_only_within_an_angstrom(file):
    lines = chain_lines()
    near = f"{lines[4][:30]}{float(lines[4][30:38]) + 0.3:8.3f}{lines[4][38:]}"
    _, record = prepare(write(file, [*lines[:5], near, *lines[5:]]), name="x")
    assert ("repeated atom", 1) in items(record.removed)
    apart = f"{lines[4][:30]}{float(lines[4][30:38]) + 3:8.3f}{lines[4][38:]}"
    with pytest.raises(StructureError, match=r"appears twice, 3\.0 A apart"):
        prepare(write(file, [*lines[:5], apart, *lines[5:]]), name="x")
    same = [f"{x[:22]}   8{x[26:]}" if int(x[22:26]) == 9 else x for x in lines]
    with pytest.raises(StructureError, match="SER and ASP have the same number: SER 8 of chain A"):
        prepare(write(file, same), name="x")


def test_models_of_an_assembly_are_said(file):
    models = ["MODEL        1", *chain_lines(), "ENDMDL", "MODEL        2", *chain_lines(FAR), "ENDMDL"]
    _, record = prepare(write(file, ["EXPDTA    X-RAY DIFFRACTION", *models]), name="x")
    assert any("copies of a biological assembly" in text for text in texts(record.remarks))
    assert texts(prepare(write(file, ["EXPDTA    SOLUTION NMR", *models]), name="x")[1].remarks) == []


def test_a_chain_of_another_model_is_pointed_at(file):
    write(file, ["MODEL        1", *chain_lines(), "ENDMDL", "MODEL        4", *chain_lines(FAR, "B"), "ENDMDL"])
    with pytest.raises(StructureError, match="chain B is not in the entry") as caught:
        prepare(file, name="x", chains=["B"])
    assert "in model 4" in caught.value.hint


def test_residues_and_conformers_listed_behind_the_chain_are_put_in_place(file):
    lines = chain_lines()
    modified = [x.replace("ATOM  ", "HETATM") for x in lines if int(x[22:26]) in (3, 30, 85)]
    other = [f"{x[:16]}B{x[17:54]}{0.7:6.2f}{x[60:]}" for x in lines if int(x[22:26]) == 40]
    first = [f"{x[:16]}A{x[17:54]}{0.3:6.2f}{x[60:]}" if int(x[22:26]) == 40 else x for x in lines]
    write(file, [*[x for x in first if int(x[22:26]) not in (3, 30, 85)], "TER", *modified, *other])
    structure, record = prepare(file, name="x")
    plain, expected = prepare(write(file, lines), name="x")
    assert record.sequence == expected.sequence
    assert record.missing == expected.missing
    np.testing.assert_array_equal(structure.residue_number, plain.residue_number)


@pytest.mark.parametrize("order", [lambda x: x[12:16], lambda x: x[24:26] + x[22:24], lambda x: x[::-1]])
def test_atoms_in_any_order(file, order):
    _, expected = prepare(write(file, chain_lines()), name="x")
    lines = sorted(chain_lines(), key=order)
    document = cif_of(lines)  # in mmCIF nothing is read into the order
    document.write_file(str(file.with_suffix(".cif")))
    _, record = prepare(file.with_suffix(".cif"), name="x")
    assert (record.sequence, record.missing) == (expected.sequence, expected.missing)


def test_modified_residues_behind_two_molecules(file):
    both = [chain_lines(), chain_lines(BESIDE)]
    modified = [x.replace("ATOM  ", "HETATM") for lines in both for x in lines if int(x[22:26]) in (30, 31, 60)]
    chains = [[x for x in lines if int(x[22:26]) not in (30, 31, 60)] for lines in both]
    write(file, [*chains[0], "TER", *chains[1], "TER", *modified])
    _, expected = prepare(write(file.with_name("plain.pdb"), [*both[0], "TER", *both[1]]), name="x")
    _, record = prepare(file, name="x")
    assert record.selection.chains == ("A/1", "A/2")
    assert (record.sequence, record.missing) == (expected.sequence, expected.missing)


def test_a_plane_is_no_protein(file):
    lines = [f"{x[:46]}   0.000{x[54:]}" for x in chain_lines()]
    with pytest.raises(StructureError, match="all atoms lie in a plane"):
        prepare(write(file, lines), name="x")


def test_mmcif_goes_by_the_places_in_its_sequence(tmp_path):
    structure = gemmi.read_pdb_string("\n".join([*sequence_records(chain_lines()), *chain_lines()]))
    structure.setup_entities()
    structure.assign_label_seq_id()
    document = structure.make_mmcif_document()
    table = document[0].find_mmcif_category("_atom_site.")
    rows = [list(row) for row in table]
    for row, new in zip(table, rows[300:] + rows[:300], strict=True):
        for i, value in enumerate(new):
            row[i] = value
    document.write_file(str(tmp_path / "made.cif"))
    _, record = prepare(tmp_path / "made.cif", name="x")
    _, expected = prepare(write(tmp_path / "made.pdb", chain_lines()), name="x")
    assert (record.sequence, record.missing) == (expected.sequence, expected.missing)


def test_molecules_that_are_numbered_on_without_a_ter(file):
    write(file, chain_lines() + chain_lines(FAR, first=83))
    with pytest.raises(StructureError, match=r"2 molecules of this file are called chain A and do not all touch"):
        prepare(file, name="x")


def test_a_ligand_between_two_molecules_goes_whole_to_one(file):
    ligand = [
        WATER.format(" 301 ", x, 45.0, 66.0).replace(" O   HOH", f" C{i}  LIG") for i, x in enumerate((20, 25, 30))
    ]
    ligand = [line.replace("           O", "           C") for line in ligand]
    write(file, [*chain_lines(), "TER", *chain_lines((30, 0, 0)), "TER", *ligand])
    kept = [prepare(file, name="x", chains=[c]) for c in ("A/1", "A/2")]
    assert sorted(sum(item.text == "LIG" for item in record.removed) for _, record in kept) == [1, 1]
    ways = []
    for chain in ("A/1", "A/2"):
        try:
            ways.append(int(prepare(file, name="x", chains=[chain], keep=["LIG"])[0].hetero.sum()))
        except StructureError:
            ways.append(0)
    assert sorted(ways) == [0, 3]


# --- values that cannot be


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "latin-1"])
def test_line_ends_and_byte_order_marks(file, end, code):
    file.write_bytes(end.join(["REMARK  99 Müller", *chain_lines(), "END"]).encode(code))
    assert prepare(file, name="x")[1].n_atoms == len(chain_lines())


@pytest.mark.parametrize(
    "stand_in", ["9999.0009999.0009999.000", "   0.000   0.000   0.000", "9999.99 9999.99 9999.99 "]
)
def test_atoms_that_were_never_placed_are_missing(file, stand_in):
    lines = chain_lines()
    ends = [i for i, line in enumerate(lines) if line[12:16].strip() in ("CE", "NZ") and line[17:20] == "LYS"]
    assert len(ends) > 3
    for i in ends:
        lines[i] = lines[i][:30] + stand_in + lines[i][54:]
    structure, record = prepare(write(file, lines), name="x")
    assert record.n_atoms == len(lines) - len(ends)
    assert np.ptp(structure.coord, axis=0).max() < 60
    assert record.missing.side_chains == len(ends) // 2
    assert any("have no real position" in text and f"line {ends[0] + 1}." in text for text in texts(record.remarks))


@pytest.mark.parametrize("place", [(999.0, 999.0, 999.0), (-999.0, -999.0, -999.0), (0.0, 0.0, 0.0)])
@pytest.mark.parametrize("names", [("CB",), ("N", "CA", "C", "O", "CB", "CG", "CD1", "CD2")])
def test_a_stand_in_of_any_kind(file, place, names):
    lines = chain_lines((20.0, 20.0, 20.0))
    at = [i for i, x in enumerate(lines) if int(x[22:26]) == 36 and x[12:16].strip() in names]
    assert len(at) == len(names)
    for i in at:
        lines[i] = lines[i][:30] + "".join(f"{value:8.3f}" for value in place) + lines[i][54:]
    structure, record = prepare(write(file, lines), name="x")
    assert record.n_atoms == len(lines) - len(names)
    assert np.ptp(structure.coord, axis=0).max() < 60
    assert any("no real position" in text for text in texts(record.remarks))


def test_a_flipped_side_chain_is_no_stand_in(file):
    """Of two conformers that only exchange oxygen and nitrogen, atoms of different names lie at one point."""
    flip = {" OE1": " NE2", " NE2": " OE1"}
    lines = []
    for x in chain_lines():
        if x[17:20] == "GLN" and x[12:16] in flip:
            lines += [
                f"{x[:16]}A{x[17:54]}{0.6:6.2f}{x[60:]}",
                f"{x[:12]}{flip[x[12:16]]}B{x[17:54]}{0.4:6.2f}{x[60:]}",
            ]
        else:
            lines.append(x)
    assert len(lines) > len(chain_lines())
    _, record = prepare(write(file, lines), name="x")
    assert (record.n_atoms, texts(record.remarks)) == (len(chain_lines()), [])


def test_nanometres_are_refused(file):
    lines = [x[:30] + "".join(f"{float(x[a : a + 8]) / 10:8.3f}" for a in (30, 38, 46)) + x[54:] for x in chain_lines()]
    with pytest.raises(StructureError, match=r"CA atoms lie 0\.38 A apart"):
        prepare(write(file, lines), name="x")


def test_chains_of_a_body_that_lie_over_each_other_or_apart(file):
    write(file, chain_lines() + chain_lines((0.3, 0.3, 0.3), chain="B") + chain_lines(FAR, chain="C"))
    with pytest.raises(StructureError, match="chains A, B lie over each other"):
        prepare(file, name="x", chains=["A", "B"])
    _, record = prepare(file, name="x", chains=["A"], partners=["C"])
    assert any("Chains A, C do not all touch" in text for text in texts(record.remarks))


def test_a_blank_chain_can_be_named(file):
    write(file, chain_lines(chain=" ") + chain_lines(FAR, chain="B"))
    with pytest.raises(StructureError, match=r"`chains: \[\(blank\)\]`"):
        prepare(file, name="x")
    assert prepare(file, name="x", chains=["(blank)"])[1].n_residues == N


def test_atoms_that_do_not_fit_their_residue_are_said(file):
    lines = [x[:17] + "ALA" + x[20:] if int(x[22:26]) == 30 else x for x in chain_lines()]
    _, record = prepare(write(file, lines), name="x")
    assert texts(record.remarks) == [
        "Atoms that do not belong to their residue type were left out (4); the first is in ALA 30 of chain A."
    ]
    bare_lines = [x for x in chain_lines() if x[12:16].strip() != "O"]
    _, record = prepare(write(file, bare_lines), name="x")
    assert texts(record.remarks) == ["83 of 83 residues lack atoms of the backbone (N, CA, C, O)."]


WATER = "HETATM 9001  O   HOH A{:>5}   {:>8}{:>8}{:>8}  1.00 10.00           O"


@pytest.mark.parametrize(
    "odd",
    [
        WATER.format("**** ", 50.0, 50.0, 50.0),
        WATER.format("10000", 50.0, 50.0, 50.0),
        WATER.format("A000 ", 50.0, 50.0, 50.0),
        WATER.format("271f ", 50.0, 50.0, 50.0),
        WATER.format(" 301 ", "********", 50.0, 50.0),
        WATER.format(" 301 ", "nan", "nan", "nan"),
        WATER.format(" 301 ", "9999.000", "9999.000", "9999.000"),
        WATER.format("**** ", 50.0, 50.0, 50.0).replace("HOH", "GOL"),
        WATER.format(" 301 ", 50.0, "?", 50.0).replace(" A ", " Z "),
        "HETATM 9001",
    ],
)
def test_what_is_left_out_anyway_refuses_nothing(file, odd):
    _, record = prepare(write(file, [*chain_lines(), odd]), name="x")
    assert record.n_residues == N
    assert record.missing == Missing(0, 0, 0)


@pytest.mark.parametrize(
    ("columns", "text", "output"),
    [
        (slice(22, 26), "****", r"the residue number is not a number: '\*\*\*\* '"),
        (slice(22, 26), " 1X ", "the residue number is not a number"),
        (slice(38, 46), "   nan  ", "the y coordinate is not a number"),
        (slice(30, 38), "   1,234", "the x coordinate is not a number"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_line(file, columns, text, output):
    lines = chain_lines()
    lines[40] = lines[40][: columns.start] + text + lines[40][columns.stop :]
    with pytest.raises(StructureError, match=output) as caught:
        prepare(write(file, lines), name="x")
    assert caught.value.where.endswith("line 41")
    # Of a residue that is not asked for it says nothing.
    number = int(chain_lines()[40][22:26])
    if columns.start != 22:
        assert prepare(file, name="x", residues=f"{number + 1}-85")[1].n_residues == 85 - number


@pytest.mark.parametrize("text", ["  1_2.34", "1_000.00"])
def test_python_alone_reads_underscores(file, text):
    lines = chain_lines()
    lines[40] = lines[40][:30] + text + lines[40][38:]
    with pytest.raises(StructureError, match="the x coordinate is not a number"):
        prepare(write(file, lines), name="x")


def test_numbers_that_fill_their_columns(file):
    lines = [f"{x[:54]}1000.0{'45.00':>6}{x[66:]}" for x in chain_lines()]
    entry = read_entry(write(file, lines))
    assert set(entry.atoms.b_factor) == {45.0}
    assert set(entry.atoms.occupancy) == {1000.0}


def test_a_fault_is_of_its_own_model(file):
    broken = [f"{x[:30]}     nan{x[38:]}" for x in chain_lines()]
    write(file, ["MODEL        1", *broken, "ENDMDL", "MODEL        2", *chain_lines(), "ENDMDL"])
    assert prepare(file, name="x", model=2)[1].n_residues == N
    with pytest.raises(StructureError, match="the x coordinate is not a number") as caught:
        prepare(file, name="x")
    assert caught.value.where.endswith("line 2")


def test_residues_without_a_number_in_mmcif(tmp_path):
    document = cif_of(chain_lines())
    for i, row in enumerate(document[0].find("_atom_site.", ["auth_seq_id", "label_seq_id"])):
        if 40 <= i < 48:
            row[0] = row[1] = "?"
    document.write_file(str(tmp_path / "made.cif"))
    with pytest.raises(StructureError, match="the residue number is not a number: ''"):
        prepare(tmp_path / "made.cif", name="x")


def test_numbers_of_five_digits(file):
    lines = [f"{line[:22]}{int(line[22:26]) + 9960:<5d}{line[27:]}" for line in chain_lines()]
    write(file, lines)
    assert inspect(file).chains[0].last == 10045
    assert prepare(file, name="x", residues="9963-9999")[1].ranges == {"A": (9963, 9999)}
    with pytest.raises(StructureError, match="residue numbers 9963 to 10045 do not fit PDB format"):
        prepare(file, name="x")


def test_a_serial_number_of_six_digits_that_pushes_the_line(file):
    lines = chain_lines()
    pushed = [f"{line[:6]}{100000 + i}{line[11:]}" for i, line in enumerate(lines)]
    structure, _ = prepare(write(file, pushed), name="x")
    plain, _ = prepare(write(file, lines), name="x")
    np.testing.assert_array_equal(structure.coord, plain.coord)


def test_chains_of_two_letters(file):
    lines = [f"{line[:20]}QA{line[22:]}" for line in chain_lines()]
    assert [c.chain for c in inspect(write(file, lines)).chains] == ["QA"]


# --- mmCIF


def cif_of(lines):
    structure = gemmi.read_pdb_string("\n".join(lines))
    structure.setup_entities()
    structure.assign_label_seq_id()
    return structure.make_mmcif_document()


def without(document, *columns):
    """Give a document with `_atom_site` alone, without some columns."""
    table = document[0].find_mmcif_category("_atom_site.")
    names = [tag.partition(".")[2] for tag in table.tags]
    kept = [name for name in names if name not in columns]
    made = gemmi.cif.Document()
    loop = made.add_new_block("made").init_loop("_atom_site.", kept)
    for row in table:
        loop.add_row([row[names.index(name)] for name in kept])
    return made


def test_a_dictionary_of_ligands_in_front_of_the_structure(tmp_path):
    path = tmp_path / "made.cif"
    text = "data_comp_LIG\nloop_\n_chem_comp_atom.comp_id\n_chem_comp_atom.atom_id\nLIG C1\nLIG C2\n"
    path.write_text(text + cif_of(chain_lines()).as_string())
    assert prepare(path, name="x")[1].n_residues == N


def test_two_structures_in_two_blocks(tmp_path):
    path = tmp_path / "made.cif"
    path.write_text(cif_of(chain_lines()).as_string() + cif_of(chain_lines(FAR)).as_string().replace("data_", "data_b"))
    assert ("other model", 1) in items(prepare(path, name="x")[1].removed)
    other = cif_of(chain_lines(FAR, chain="B")).as_string().replace("data_", "data_b")
    path.write_text(cif_of(chain_lines()).as_string() + other)
    assert [c.chain for c in inspect(path).chains] == ["A", "B"]


def test_mmcif_without_author_columns(tmp_path):
    path = tmp_path / "made.cif"
    lines = [*chain_lines(), "TER", WATER.format(" 301 ", 50.0, 50.0, 50.0)]
    without(cif_of(lines), "auth_asym_id", "auth_seq_id", "auth_comp_id", "auth_atom_id").write_file(str(path))
    assert prepare(path, name="x")[1].n_residues == N


def test_waters_that_have_the_numbers_of_residues(tmp_path):
    path = tmp_path / "made.cif"
    document = without(cif_of([WATER.format("  10 ", 50.0, 50.0, 50.0), *chain_lines()]))
    for row in document[0].find("_atom_site.", ["label_seq_id", "auth_seq_id", "auth_asym_id"]):
        row[0], row[2] = row[1], "A"
    without(document, "auth_seq_id").write_file(str(path))
    _, record = prepare(path, name="x")
    assert record.n_residues == N
    assert ("water", 1) in items(record.removed)


# --- residues of no known kind


def as_residue(number, name, record="HETATM", without=()):
    """Give chain A with one residue under another name, without some of its atoms."""
    lines = []
    for line in chain_lines():
        here = int(line[22:26]) == number
        if not here:
            lines.append(line)
        elif line[12:16].strip() not in without:
            lines.append(f"{record:6}{line[6:17]}{name:>3}{line[20:]}")
    return lines


@pytest.mark.parametrize("record", ["ATOM", "HETATM"])
@pytest.mark.parametrize("form", ["pdb", "cif"])
@pytest.mark.parametrize("without", [("OE1", "CG"), ("N", "CA", "C")])
def test_a_residue_of_the_chain_that_is_left_out_is_said(tmp_path, record, form, without):
    lines, path = as_residue(30, "X1Z", record, without), tmp_path / f"made.{form}"
    if form == "cif":
        cif_of(lines).write_file(str(path))
    else:
        write(path, lines)
    _, record = prepare(path, name="x")
    assert record.n_residues == N - 1
    assert texts(record.remarks) == ["Residue X1Z 30 of chain A is not a known amino acid and was left out."]


def test_a_ligand_behind_the_chain_is_only_listed(file):
    ligand = [f"HETATM{line[6:17]}X1Z{line[20:22]} 301{line[26:]}" for line in chain_lines(FAR)[:5]]
    _, record = prepare(write(file, [*chain_lines(), *ligand]), name="x")
    assert texts(record.remarks) == []
    assert ("X1Z", 1) in items(record.removed)


def test_a_residue_under_any_name_is_known_by_its_atoms(file):
    _, record = prepare(write(file, as_residue(30, "X1Z")), name="x")
    assert texts(record.remarks) == ["Residues named X1Z (1) have the atoms of GLU and are treated as GLU."]


def test_unk_is_an_alanine_or_a_ligand(file):
    lines = as_residue(30, "UNK", without=("CG", "CD", "OE1", "OE2"))
    _, record = prepare(write(file, lines), name="x")
    assert texts(record.remarks) == ["1 residue of unknown kind (UNK) was treated as ALA."]
    loose = [WATER.format(f" {i} ", i, 50.0, 50.0).replace("HOH", "UNK") for i in range(301, 305)]
    _, record = prepare(write(file, chain_lines() + loose), name="x")
    assert record.n_residues == N
    assert ("UNK", 4) in items(record.removed)


def sequence_records(lines):
    names = [x[17:20] for x in lines if x[12:16].strip() == "CA"]
    return [f"SEQRES{i // 13 + 1:4d} A{N:5d}  {' '.join(names[i : i + 13])}" for i in range(0, N, 13)]


def test_a_free_amino_acid_is_a_ligand_whatever_the_sequence_names(file):
    glycine = [f"HETATM{x[6:17]}GLY{x[20:22]} 301{x[26:]}" for x in chain_lines((45, 0, 0))[:4]]
    lines = [*sequence_records(chain_lines()), *chain_lines(), *glycine]
    structure, record = prepare(write(file, lines), name="x")
    assert structure.chains == ["A"]
    assert ("GLY", 1) in items(record.removed)
    assert set(prepare(file, name="x", keep=["GLY"])[0].residue_name[-4:]) == {"GLY"}


def test_two_polymers_of_one_author_chain_in_mmcif(tmp_path):
    document = cif_of([*chain_lines(), "TER", *chain_lines(FAR, chain="B")])
    for row in document[0].find("_atom_site.", ["auth_asym_id"]):
        row[0] = "A"
    document.write_file(str(tmp_path / "made.cif"))
    assert [c.chain for c in inspect(tmp_path / "made.cif").chains] == ["A/1", "A/2"]


# --- conformers, order, gaps


@pytest.mark.parametrize(("blank", "lettered", "taken"), [(0.3, 0.7, 1), (0.6, 0.4, 0), (0.5, 0.5, 0)])
def test_a_conformer_without_a_letter_competes(file, blank, lettered, taken):
    lines = []
    for line in chain_lines():
        if int(line[22:26]) == 40 and line[12:16].strip() not in ("N", "CA", "C", "O"):
            other = f"{line[:16]}C{line[17:30]}{float(line[30:38]) + 2:8.3f}{line[38:54]}{lettered:6.2f}{line[60:]}"
            lines += [f"{line[:54]}{blank:6.2f}{line[60:]}", other]
            place = float(line[30:38])
        else:
            lines.append(line)
    structure, record = prepare(write(file, lines), name="x")
    here = structure.coord[structure.residue_number == 40, 0]
    assert np.isclose(here, place + 2 * taken).any()
    assert not np.isclose(here, place + 2 * (1 - taken)).any()
    assert record.n_atoms == len(chain_lines())


def as_thrombin(lines):
    """Number the first nine residues 1H, 1G, ... 1A, 1 as the light chain of thrombin."""
    codes = dict(zip(range(3, 12), "HGFEDCBA ", strict=True))
    return [f"{x[:22]}   1{codes[n]}{x[27:]}" if (n := int(x[22:26])) in codes else x for x in lines]


@pytest.mark.parametrize(
    ("residues", "n"), [("1H-1A", 8), ("1C-1", 4), ("1-12", 2), ("1H-12", 10), ("1B-20", 12), ("1G-1G", 1)]
)
def test_residues_follow_the_order_of_the_file(file, residues, n):
    write(file, as_thrombin(chain_lines()))
    _, record = prepare(file, name="x", blocked=residues)
    assert len(record.docking_mask.blocked) == n
    if n > 3:
        assert prepare(file, name="x", residues=residues)[1].n_residues == n


def test_a_range_over_numbers_that_fall(file):
    lines = chain_lines()
    turned = [x for x in lines if int(x[22:26]) > 50]
    turned = [f"{x[:22]}{int(x[22:26]) + 1000:4d}{x[26:]}" for x in lines if int(x[22:26]) <= 50] + turned
    write(file, turned)  # 1003 to 1050, then 51 to 85
    assert prepare(file, name="x", residues="1041-60")[1].n_residues == 20
    assert prepare(file, name="x", residues="51-60")[1].n_residues == 10
    with pytest.raises(StructureError, match="'60-51' ends before it starts"):
        prepare(file, name="x", residues="60-51")
    # Other chains of the entry are not asked, and the range covers what it asks for.
    dbref = "DBREF  XXXX A {:4d}  {:4d}  UNP    P13479   IMM9_ECOLX    {:4d}   {:4d}"
    records = [dbref.format(1003, 1050, 3, 50), dbref.format(51, 85, 51, 85)]
    write(file, [*records, *turned, *chain_lines(FAR, chain="B")])
    _, record = prepare(file, name="x", chains=["A"], residues="1041-60", uniprot="P13479", organism=None)
    assert (record.n_residues, record.identity.verdict) == (20, "matches")


def test_missing_residues_are_counted_by_the_sequence_of_mmcif(tmp_path):
    lines = chain_lines()
    sequence = sequence_records(lines)
    # Four residues are gone, and the numbers behind them jump by 500.
    left = [x for x in lines if not 30 <= int(x[22:26]) <= 33]
    jumped = [x if int(x[22:26]) < 30 else f"{x[:22]}{int(x[22:26]) + 500:4d}{x[26:]}" for x in left]
    path = write(tmp_path / "made.pdb", sequence + jumped)
    assert prepare(path, name="x")[1].missing.residues == 4
    cif_of(sequence + jumped).write_file(str(tmp_path / "made.cif"))
    assert prepare(tmp_path / "made.cif", name="x")[1].missing.residues == 4


# --- predicted models


def with_b(lines, value):
    """Write a number a residue into the B column: high where the chain is packed."""
    alpha = {int(x[22:26]): [float(x[a : a + 8]) for a in (30, 38, 46)] for x in lines if x[12:16].strip() == "CA"}
    place = np.array(list(alpha.values()))
    packed = (np.linalg.norm(place[:, None] - place, axis=2) < 10).sum(axis=1)
    b = dict(zip(alpha, value(packed / packed.max()), strict=True))
    return [f"{x[:60]}{b[int(x[22:26])]:6.2f}{x[66:]}" for x in lines]


@pytest.mark.parametrize("scale", [1, 100])
def test_plddt_without_a_title(file, scale):
    lines = with_b(chain_lines(), lambda packed: scale * (0.2 + 0.75 * packed))
    _, record = prepare(write(file, lines), name="x")
    assert record.method == "PREDICTION"
    cut = [item for item in record.removed if "pLDDT < 70" in item.text]
    assert cut
    assert record.n_residues < N
    _, record = prepare(file, name="x", plddt=0)
    assert record.n_residues == N
    assert any("pLDDT below 70" in text for text in texts(record.remarks))
    assert prepare(file, name="x", plddt=90)[1].n_residues < N - sum(item.count for item in cut)


def test_plddt_of_every_atom(file):
    """AlphaFold 3 gives every atom its own, and a viewer may have left its other records out."""
    lines = with_b(chain_lines(), lambda packed: 100 * (0.2 + 0.7 * packed))
    lines = [f"{x[:60]}{float(x[60:66]) + 3 * (i % 3 - 1):6.2f}{x[66:]}" for i, x in enumerate(lines)]
    _, record = prepare(write(file, lines), name="x")
    assert record.method == "PREDICTION"


@pytest.mark.parametrize(
    "value",
    [
        lambda packed: 90 - 60 * packed,  # B-factors of a group each
        lambda packed: 2.0 - 1.9 * packed,  # an error estimate in angstrom
        lambda packed: 0.9 - 0.8 * packed,  # the same, small
        lambda packed: np.full(len(packed), 20.0),
        lambda packed: 10 + 50 * packed,  # whatever it is, a pLDDT has 70 somewhere
    ],
)
def test_other_numbers_in_the_b_column_are_no_plddt(file, value):
    _, record = prepare(write(file, with_b(chain_lines(), value)), name="x")
    assert record.method is None
    assert record.n_residues == N


def test_an_experiment_is_no_prediction(file):
    lines = with_b(chain_lines(), lambda packed: 20 + 75 * packed)
    _, record = prepare(write(file, ["EXPDTA    X-RAY DIFFRACTION", *lines]), name="x")
    assert record.n_residues == N


@pytest.mark.parametrize(
    "name",
    ["af2_multimer/*.cif", "boltz2/*.cif", "chai1/*.cif", "colabfold/*.pdb"],
)
def test_real_predictions_are_known(shared, name):
    (path,) = (shared / "cofold" / "barnase_barstar").glob(name)
    entry = read_entry(path)
    assert entry.predicted
    chains = [c.chain for c in inspect(path).chains]
    _, record = prepare(path, name="x", chains=chains[:1])
    removed = " ".join(item.text for item in record.removed)
    assert "pLDDT < 70" in removed or record.n_residues == 110
    _, record = prepare(path, name="x", chains=chains[:1], plddt=0)
    assert record.n_residues == 110


def test_antibody_models_hold_errors_not_plddt(shared, tmp_path):
    """ABodyBuilder2 writes its predicted error in angstrom into the B column, AlphaFold its pLDDT."""
    import tarfile

    with tarfile.open(shared / "abag.tar.xz") as packed:
        for member in packed:
            if member.name.endswith(("r_u.pdb", "l_u.pdb")):
                packed.extract(member, tmp_path, filter="data")
            if len(list(tmp_path.rglob("?_u.pdb"))) == 12:
                break
    models = sorted(tmp_path.rglob("?_u.pdb"))
    assert len(models) == 12
    for path in models:
        assert read_entry(path).predicted == (path.name == "l_u.pdb"), path
