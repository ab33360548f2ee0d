"""Known complexes as templates: which are found, and how near models over them come, by DockQ, to known complexes."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from crossdock.analysis.reference import compare, mappings
from crossdock.docking.backends import with_defaults
from crossdock.docking.backends.contract import Around, Request
from crossdock.docking.backends.door import dock
from crossdock.docking.backends.local import BACKEND as LOCAL
from crossdock.docking.backends.template import BACKEND
from crossdock.docking.backends.template.find import Rules, find
from crossdock.docking.backends.template.library import complexes_of, files_in, name_of, protein_of
from crossdock.docking.backends.template.record import ATOMS, read
from crossdock.docking.poses import place, read_poses
from crossdock.errors import DockingError, InputError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import overlay
from crossdock.steps.dock import dock as steps_dock
from crossdock.steps.pairs import Docks, PairFiles
from crossdock.structures.prepare import prepare
from crossdock.structures.structure import PREPARED, read_structure, write_conformers, write_structure
from demo_entries import DEMO
from real_entries import real
from sites import Server, rcsb_sequences

#: Of Docking Benchmark 5: a regulator on two G proteins (70 and 43 % identical), and two antibodies on lysozyme that
#: have like frameworks and other loops.
BENCHMARK = ("1FQJ", "2GTP", "1BVK", "1DQJ")
#: The alpha chain of human haemoglobin.
HAEMOGLOBIN = (
    "VLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLLSHCLL"
)


@pytest.fixture(scope="module")
def benchmark(shared, tmp_path_factory):
    """Give the files of a few complexes, with each bound complex as one file in `library`."""
    folder = tmp_path_factory.mktemp("bm5")
    wanted = {f"bm5/{name}/{side}.pdb" for name in BENCHMARK for side in ("r_u", "l_u", "r_b", "l_b")}
    with tarfile.open(shared / "bm5.tar.xz") as packed:
        for member in packed:
            if member.name in wanted:
                packed.extract(member, folder, filter="data")
    (folder / "library").mkdir()
    for name in BENCHMARK:
        sides = [body_of(folder / "bm5" / name / f"{side}.pdb") for side in ("r_b", "l_b")]
        write_structure(folder / "library" / f"{name.lower()}.pdb", *sides)
    return folder


@pytest.fixture(scope="module")
def library(benchmark):
    """Give the complexes of the library, read once."""
    return [one for path in files_in(benchmark / "library") for one in complexes_of(path)]


def body_of(path):
    body = read_structure(path)
    return body[(body.element != "H") & ~body.hetero]


def unbound(benchmark, name):
    return tuple(body_of(benchmark / "bm5" / name / f"{side}.pdb") for side in ("r_u", "l_u"))


def moved(body, seed):
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    return body.moved(turn, np.random.default_rng(seed).normal(size=3) * 60)


def worked(folder, partners, tmp_path, **settings):
    """Look for templates as the workflow does; give the table."""
    receptor, ligand = partners
    out = tmp_path / "table.csv"
    asked = {"folder": str(folder), **settings}
    structures = {"R": receptor, "L": ligand}
    BACKEND.elsewhere.work([("R", "L")], structures, asked, tmp_path / "templates", out, Around())
    return out


def models(folder, partners, tmp_path, **settings):
    table = worked(folder, partners, tmp_path, **settings)
    return dock(BACKEND, *partners, Request(result=table))


def quality(native, partners, poses):
    found = mappings(native, *partners)
    return [one["DockQ"] for one in compare(found, [place(partners[1], pose) for _, pose in poses.iterrows()])]


@pytest.mark.measurement
def test_unbound_partners_over_a_complex_of_homologues_bind_as_the_known_complex(benchmark, tmp_path):
    partners = tuple(moved(body, seed) for seed, body in enumerate(unbound(benchmark, "1FQJ")))
    native = tuple(body_of(benchmark / "bm5" / "1FQJ" / f"{side}.pdb") for side in ("r_b", "l_b"))
    found = models(benchmark / "library", partners, tmp_path, exclude=["1fqj"])
    assert quality(native, partners, found.poses)[0] > 0.49
    first = found.poses.iloc[0]
    assert first["receptor_identity"] == pytest.approx(0.70, abs=0.03)
    assert first["ligand_identity"] == first["template_identity"] == pytest.approx(0.43, abs=0.03)
    assert first["contacts_kept"] + first["contacts_lost"] == first["template_contacts"]
    assert first["contacts_kept"] > first["contacts_lost"]
    (known,) = found.record["templates"]["1"]
    assert known.entry == "2GTP"
    # The numbers that a model says of its template are counted anew, by gemmi.
    laid = place(partners[1], first)
    write_structure(tmp_path / "model.pdb", partners[0], laid.with_chains({"A": "B"}))
    model = gemmi.read_pdb(str(tmp_path / "model.pdb"))
    search = gemmi.NeighborSearch(model[0], gemmi.UnitCell(), 5.0).populate()
    contacts = gemmi.ContactSearch(5.0)
    contacts.ignore = gemmi.ContactSearch.Ignore.SameChain
    pairs = {
        tuple(
            sorted(
                (
                    c.partner1.chain.name + str(c.partner1.residue.seqid),
                    c.partner2.chain.name + str(c.partner2.residue.seqid),
                )
            )
        )
        for c in contacts.find_contacts(search)
    }
    assert len(pairs) >= first["contacts_kept"]


@pytest.mark.measurement
def test_moving_turning_and_renumbering_the_input_changes_no_model(benchmark, tmp_path):
    here = unbound(benchmark, "1FQJ")
    elsewhere = tuple(
        replace(moved(body, seed), residue_number=body.residue_number + 300, chain=np.full(len(body), letter))
        for seed, (body, letter) in enumerate(zip(here, "XY", strict=True), start=5)
    )
    distances, scores = [], []
    for number, partners in enumerate((here, elsewhere)):
        found = models(benchmark / "library", partners, tmp_path / str(number), exclude=["1FQJ"])
        laid = place(partners[1], found.poses.iloc[0])
        distances.append(np.linalg.norm(laid.coord[::20, None] - partners[0].coord[None, ::20], axis=2))
        scores.append(found.poses["score"].iloc[0])
    assert np.abs(distances[1] - distances[0]).max() < 0.1
    assert scores[1] == pytest.approx(scores[0], abs=0.5)


@pytest.mark.measurement
def test_the_template_may_lie_anywhere_too(benchmark, tmp_path):
    partners = unbound(benchmark, "1FQJ")
    (tmp_path / "library").mkdir()
    body = read_structure(benchmark / "library" / "2gtp.pdb")
    write_structure(tmp_path / "library" / "2GTP.pdb", moved(body, 9))
    first, second = (
        models(folder, partners, tmp_path / name, exclude=["1FQJ"]).poses.iloc[0]
        for name, folder in (("a", benchmark / "library"), ("b", tmp_path / "library"))
    )
    one, other = (place(partners[1], pose).coord for pose in (first, second))
    assert np.sqrt(((one - other) ** 2).sum(axis=1).mean()) < 0.1


def test_exchanged_partners_have_the_same_templates(benchmark, library):
    receptor, ligand = map(protein_of, unbound(benchmark, "1FQJ"))
    forth, back = find(receptor, ligand, library), find(ligand, receptor, library)
    assert [one.entry for one in forth.templates] == [one.entry for one in back.templates] == ["1FQJ", "2GTP"]
    for one, other in zip(forth.templates, back.templates, strict=True):
        assert sorted(map(tuple, one.met.tolist())) == sorted((j, i) for i, j in other.met.tolist())


def test_an_antibody_that_is_alike_by_its_framework_alone_is_no_template(benchmark, library, tmp_path):
    """D1.3 and HyHEL-63 bind lysozyme at different places."""
    receptor, ligand = map(protein_of, unbound(benchmark, "1BVK"))
    found = find(receptor, ligand, library)
    assert [one.entry for one in found.templates] == ["1BVK"]
    assert found.left_out == {"only the framework of the antibody is alike": ["1DQJ"]}
    # By identity alone it would be one.
    assert max(one.identity for one in found.templates) > 0.9
    with pytest.raises(DockingError, match=r"1DQJ: only the framework of the antibody is alike"):
        models(benchmark / "library", unbound(benchmark, "1BVK"), tmp_path, exclude=["1bvk"])


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (Rules(), ["1FQJ", "2GTP"]),
        (Rules(exclude=frozenset(["2GTP"])), ["1FQJ"]),
        (Rules(identity=0.5), ["1FQJ"]),
        (Rules(copies=False), ["2GTP"]),
        (Rules(most=1), ["1FQJ"]),
    ],
)
def test_rules_bound_what_is_a_template(benchmark, library, rules, left):
    receptor, ligand = (protein_of(body_of(benchmark / "bm5" / "1FQJ" / f"{side}.pdb")) for side in ("r_b", "l_b"))
    assert [one.entry for one in find(receptor, ligand, library, rules).templates] == left


def test_a_homodimer_serves_both_orders():
    file = real("1tgj_tgfb3_dimer")
    bodies = [prepare(file, name=chain, chains=[chain])[0] for chain in "AB"]
    found = find(*map(protein_of, bodies), list(complexes_of(file)))
    chains = {(one.receptor.chain.name, one.ligand.chain.name) for one in found.templates}
    assert chains == {("A", "B"), ("B", "A")}


def test_chains_of_two_assemblies_are_no_complex():
    """PDGF-B, chains C and D of 4QCI: each is alone with a Fab, whatever lies beside it in the crystal."""
    bodies = [prepare(real("4qci"), name=chain, chains=[chain])[0] for chain in "CD"]
    assert find(*map(protein_of, bodies), list(complexes_of(real("4qci")))).templates == []


def test_symmetry_copies_of_the_biological_assembly_are_part_of_a_complex(tmp_path):
    """One chain of the TGF-beta 3 dimer of 1TGJ, and the crystal's operator that makes the other."""
    dimer = gemmi.read_structure(str(real("1tgj_tgfb3_dimer")))
    one, other = ([residue["CA"][0].pos for residue in chain if residue.find_atom("CA", "*")] for chain in dimer[0])
    onto = gemmi.superpose_positions(other, one).transform
    operators = [(np.eye(3).tolist(), [0.0] * 3), (onto.mat.tolist(), onto.vec.tolist())]
    rows = []
    for number, (turn, shift) in enumerate(operators, start=1):
        for row in range(3):
            terms = "".join(f"{value:10.6f}" for value in turn[row])
            rows.append(f"REMARK 350   BIOMT{row + 1} {number:3d}{terms}{shift[row]:15.5f}")
    head = ["REMARK 350 BIOMOLECULE: 1", "REMARK 350 APPLY THE FOLLOWING TO CHAINS: A", *rows]
    lines = real("1tgj_tgfb3_dimer").read_text().splitlines()
    own = [line for line in lines if line.startswith(("ATOM", "TER")) and line[21:22] == "A"]
    file = tmp_path / "1tgj.pdb"
    file.write_text("\n".join([*head, *own, "END", ""]))
    (known,) = complexes_of(file)
    assert [chain.name for chain in known.chains] == ["A", "A-2"]
    theirs = np.array([position.tolist() for position in (*one, *other)])
    assert np.abs(np.concatenate([chain.alpha for chain in known.chains]) - theirs).max() < 0.05
    body = prepare(file, name="one", chains=["A"], copies="one")[0]
    template = find(protein_of(body), protein_of(body), [known]).templates[0]
    assert {template.receptor.chain.name, template.ligand.chain.name} == {"A", "A-2"}


def test_a_pair_without_a_template_says_so(bound_pair, benchmark, tmp_path):
    with pytest.raises(DockingError, match=r"^no complex of homologues of both is known$"):
        models(benchmark / "library", bound_pair("1ppe"), tmp_path)


def test_a_complex_of_the_pair_itself_gives_it_back(bound_pair, tmp_path):
    """Trypsin and CMTI-I over their own complex, which lies in the frame of both: the pose is near no motion at all."""
    (tmp_path / "library").mkdir()
    receptor, ligand = bound_pair("1emv")
    write_structure(tmp_path / "library" / "1emv.pdb", receptor, ligand)
    found = models(tmp_path / "library", (receptor, moved(ligand, 3)), tmp_path)
    back = place(moved(ligand, 3), found.poses.iloc[0])
    assert np.sqrt(((back.coord - ligand.coord) ** 2).sum(axis=1).mean()) == pytest.approx(
        found.poses["moved_A"].iloc[0], abs=0.01
    )


def test_what_cannot_be_read_is_left_out_with_a_warning(bound_pair, tmp_path, caplog):
    folder = tmp_path / "library"
    (folder / "more").mkdir(parents=True)
    write_structure(folder / "more" / "pdb1emv.ent", *bound_pair("1emv"))
    (folder / "more" / "pdb1emv.ent.gz").write_bytes(gzip.compress((folder / "more" / "pdb1emv.ent").read_bytes()))
    (folder / "more" / "pdb1emv.ent").unlink()
    (folder / "broken.pdb").write_text("<html>not here</html>")
    (folder / "notes.txt").write_text("my complexes")
    found = models(folder, bound_pair("1emv"), tmp_path)
    assert found.record["templates"]["1"][0].entry == "1EMV"
    assert "broken.pdb is not used as a template" in caplog.text


@pytest.fixture
def archive(monkeypatch):
    """Give a server that has colicin E9 with Im9 (1EMV), and haemoglobin among its sequences."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    server = Server()
    (known,) = complexes_of(DEMO / "1emv.pdb.gz")
    entities = {f"1EMV_{number}": chain.letters for number, chain in enumerate(known.chains, start=1)}
    server.script["/rcsbsearch/v2/query"] = rcsb_sequences(entities | {"4HHB_1": HAEMOGLOBIN})
    server.script["/download/1EMV.cif.gz"] = [(200, {}, (DEMO / "1emv.pdb.gz").read_bytes())]
    yield server
    server.http.shutdown()


def around(server, folder, **more):
    sites = {"rcsb_search": server.url, "rcsb": server.url, "pdbe": "", "pdbj": "", "rcsb_data": ""}
    return Around(sites=sites, entries=folder / "resources" / "entries", **more)


def test_the_pdb_is_looked_through_once(bound_pair, archive, tmp_path):
    receptor, ligand = bound_pair("1emv")
    structures, out = {"R": receptor, "L": ligand}, tmp_path / "table.csv"
    asked = [("R", "L")], structures, {"search": True}, tmp_path / "templates", out
    BACKEND.elsewhere.work(*asked, around(archive, tmp_path))
    first = out.read_text()
    found = dock(BACKEND, receptor, ligand, Request(result=out))
    assert [one.entry for one in found.record["templates"]["1"]] == ["1EMV"]
    assert sorted(archive.asked) == ["/download/1EMV.cif.gz", *["/rcsbsearch/v2/query"] * 2]
    BACKEND.elsewhere.work(*asked, around(archive, tmp_path))
    BACKEND.elsewhere.work(*asked, around(archive, tmp_path, offline=True))
    assert len(archive.asked) == 3
    assert out.read_text() == first
    BACKEND.elsewhere.work(*asked[:2], {"search": True, "exclude": ["1emv"]}, *asked[3:], around(archive, tmp_path))
    with pytest.raises(DockingError, match=r"^no complex of homologues of both is known$"):
        dock(BACKEND, receptor, ligand, Request(result=out))


@pytest.mark.parametrize("lost", ["offline", "down"])
def test_what_could_not_be_asked_is_said(bound_pair, archive, tmp_path, lost):
    receptor, ligand = bound_pair("1emv")
    archive.script["/rcsbsearch/v2/query"] = [(404, {}, b"")]
    out = tmp_path / "table.csv"
    here = around(archive, tmp_path, offline=lost == "offline")
    structures = {"R": receptor, "L": ligand}
    BACKEND.elsewhere.work([("R", "L")], structures, {"search": True}, tmp_path / "templates", out, here)
    why = {"offline": "offline: the homologues", "down": r"RCSB's search .* gave no result"}[lost]
    with pytest.raises(DockingError, match=f"is known, but not all could be looked at: {why}"):
        dock(BACKEND, receptor, ligand, Request(result=out))


def test_poses_over_templates_join_those_of_the_local_engine(bound_pair, tmp_path):
    """A search with few orientations misses the complex; with its template the first model is it, and says so."""
    receptor, ligand = bound_pair("1emv")
    (tmp_path / "library").mkdir()
    write_structure(tmp_path / "library" / "1emv.pdb", receptor, ligand)
    turned = moved(ligand, 3)
    record = Path(pd.read_csv(worked(tmp_path / "library", (receptor, turned), tmp_path))["record"][0])
    options = with_defaults(LOCAL, {"sampling": "fast", "rotations": 40})
    alone, both = (dock(LOCAL, receptor, turned, Request(options, templates=path)) for path in (None, record))
    assert "template_identity" not in alone.poses
    assert len(both.poses) == len(alone.poses) + 1
    (rank,) = both.record["templates"]
    laid = both.poses[both.poses["rank"] == int(rank)].iloc[0]
    assert laid["template_identity"] == 1.0
    assert both.poses["template_identity"].notna().sum() == 1
    assert laid["score"] == both.poses["score"].min()
    assert quality((receptor, ligand), (receptor, turned), both.poses[both.poses["rank"] == int(rank)])[0] > 0.9
    rest = both.poses[both.poses["rank"] != int(rank)]
    assert rest["score"].tolist() == alone.poses["score"].tolist()
    assert rest[["tx_A", "ty_A", "tz_A"]].to_numpy() == pytest.approx(alone.poses[["tx_A", "ty_A", "tz_A"]].to_numpy())


@pytest.mark.measurement
def test_other_conformers_are_laid_over_a_known_complex_by_their_residues(bound_pair, tmp_path):
    """The second conformer of each partner lacks residues at its start, so its residues have other places."""
    receptor, ligand = bound_pair("1emv")
    (tmp_path / "library").mkdir()
    write_structure(tmp_path / "library" / "1emv.pdb", receptor, ligand)
    turned = moved(ligand, 3)
    record = Path(pd.read_csv(worked(tmp_path / "library", (receptor, turned), tmp_path))["record"][0])
    shapes = [(receptor, receptor[receptor.residue_index >= 9]), (turned, turned[turned.residue_index >= 5])]
    files = PairFiles(tmp_path / "r.pdb", tmp_path / "l.pdb")
    for path, conformers in zip((files.receptor, files.ligand), shapes, strict=True):
        write_conformers(path, conformers, remarks=(PREPARED,))
    how = Docks("local", {"sampling": "fast", "rotations": 40}, templates=record)
    found = steps_dock(files, how, tmp_path / "out")
    poses = read_poses(tmp_path / "out" / "poses.csv.gz")
    over = poses[poses["rank"].isin([int(rank) for rank in found.templates])]
    assert sorted(zip(over["receptor_conformer"], over["ligand_conformer"], strict=True)) == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]
    for number in range(len(over)):
        back = place(turned, over.iloc[number])
        assert np.sqrt(((back.coord - ligand.coord) ** 2).sum(axis=1).mean()) < 1.0


def test_partners_that_do_not_fit_into_a_known_complex_have_no_model_over_it(bound_pair, tmp_path):
    """The complex has a part of the receptor only, and the ligand stands where the rest of the receptor is."""
    receptor, ligand = bound_pair("1emv")
    centre = receptor.coord.mean(axis=0)
    along = (receptor.coord - centre) @ np.linalg.svd(receptor.coord - centre, full_matrices=False)[2][0]
    half = np.unique(receptor.residue_index[along > 4])
    part = receptor[np.isin(receptor.residue_index, half)]
    shift = receptor.coord[along < -2].mean(axis=0) - ligand.coord.mean(axis=0)
    (tmp_path / "library").mkdir()
    write_structure(tmp_path / "library" / "part.pdb", part, replace(ligand, coord=ligand.coord + shift))
    turned = moved(ligand, 3)
    with pytest.raises(DockingError, match=r"^part: in the model over it less than 25% of its contacts are left"):
        models(tmp_path / "library", (receptor, turned), tmp_path)
    record = Path(pd.read_csv(worked(tmp_path / "library", (receptor, turned), tmp_path))["record"][0])
    options = with_defaults(LOCAL, {"sampling": "fast", "rotations": 40})
    both = dock(LOCAL, receptor, turned, Request(options, templates=record))
    assert "templates" not in both.record
    assert any("part" in note and "do not fit" in note for note in both.record["notes"])
    write_structure(tmp_path / "library" / "whole.pdb", receptor, ligand)
    found = models(tmp_path / "library", (receptor, turned), tmp_path)
    assert {one.entry for some in found.record["templates"].values() for one in some} == {"whole"}
    assert ["part"] in found.record["left_out"].values()


def test_a_folder_without_complexes_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        files_in(tmp_path / "none")
    with pytest.raises(InputError, match="no complex in this folder"):
        files_in(tmp_path)
    with pytest.raises(InputError, match="does not say where known complexes"):
        BACKEND.elsewhere.ready([("R", "L")], 1, {"folder": ""})


def test_what_is_kept_is_of_its_content(bound_pair, tmp_path):
    """The same templates are kept once; others have another folder, so that the pair is docked again."""
    folder = tmp_path / "library"
    folder.mkdir()
    write_structure(folder / "1emv.pdb", *bound_pair("1emv"))
    looked_at = BACKEND.elsewhere.looked_at({"folder": str(folder), "identity": 0.3})
    first = pd.read_csv(worked(folder, bound_pair("1emv"), tmp_path))["record"][0]
    assert pd.read_csv(worked(folder, bound_pair("1emv"), tmp_path))["record"][0] == first
    shutil.copy(folder / "1emv.pdb", folder / "mine.pdb")
    assert BACKEND.elsewhere.looked_at({"folder": str(folder), "identity": 0.3}) != looked_at
    second = pd.read_csv(worked(folder, bound_pair("1emv"), tmp_path))["record"][0]
    assert second != first
    record, templates = read(tmp_path / "templates" / "R" / "L" / second.split("/")[-2] / "templates.json")
    assert [one.entry for one in record.templates] == ["1EMV", "mine"]
    assert len(templates[0].contacts) == record.templates[0].contacts


def test_atoms_of_other_templates_are_refused(bound_pair, tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    write_structure(folder / "1emv.pdb", *bound_pair("1emv"))
    table = worked(folder, bound_pair("1emv"), tmp_path)
    (atoms,) = tmp_path.rglob(ATOMS)
    atoms.write_bytes(gzip.compress(gzip.decompress(atoms.read_bytes()).replace(b" CA ", b" CB ", 1)))
    with pytest.raises(InputError, match=r"these are not the atoms of templates\.json"):
        dock(BACKEND, *bound_pair("1emv"), Request(result=table))


def test_what_has_moved_takes_no_part_in_a_superposition():
    generator = np.random.default_rng(4)
    source = generator.normal(size=(60, 3)) * 12
    turn = Rotation.random(rng=generator)
    target = turn.apply(source) + 5.0
    target[:20] += 15.0  # a domain that has moved
    quaternion, shift, rmsd, kept = overlay(target, source)
    assert kept.tolist() == [False] * 20 + [True] * 40
    assert rmsd < 1e-6
    assert np.allclose(matrix(quaternion), turn.as_matrix())
    assert np.allclose(shift, 5.0)


@pytest.mark.parametrize(
    ("file", "name"),
    [("1ppe.cif.gz", "1PPE"), ("pdb1ppe.ent", "1PPE"), ("my_complex.pdb", "my_complex"), ("HGF-MET.cif", "HGF-MET")],
)
def test_complexes_are_named_after_their_files(tmp_path, file, name):
    assert name_of(tmp_path / file) == name
