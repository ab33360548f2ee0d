"""What is made of a model with coordinates of its own: a real prediction, read back by other programs."""

import ast
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import gemmi
import numpy as np
import pandas as pd
import pytest
import yaml
from Bio.PDB.MMCIF2Dict import MMCIF2Dict

from crossdock.analysis.affinity import predict
from crossdock.analysis.interface import TEXT
from crossdock.analysis.records import PairRecord
from crossdock.analysis.scripts import LIGAND, PLDDT_BANDS, RECEPTOR
from crossdock.analysis.surface import areas_together, surface
from crossdock.cli import main
from crossdock.files import read_json
from crossdock.panel.config import read_config
from crossdock.panel.panel import load_panel
from crossdock.records import read_record
from crossdock.steps.analyse import analyse
from crossdock.steps.dock import dock
from crossdock.steps.hotspots import hotspots
from crossdock.steps.pairs import Docks, Judged, PairFiles
from crossdock.steps.prepare import prepare
from crossdock.structures.structure import read_structure

#: Chains of the prediction by AlphaFold-Multimer, which stand for the panel's structures.
CHAINS = {"barnase": "B", "barstar": "C"}


@pytest.fixture(scope="module")
def run(shared, tmp_path_factory):
    """The folder of a run with Boltz's prediction of barnase and barstar, and that prediction."""
    folder = tmp_path_factory.mktemp("run")
    predictions = shared / "cofold/barnase_barstar"
    for name, chain in CHAINS.items():
        structure = gemmi.read_structure(str(next(predictions.glob("af2_multimer/*.cif"))))
        for other in [one.name for one in structure[0] if one.name != chain]:
            structure[0].remove_chain(other)
        structure.write_pdb(str(folder / f"{name}.pdb"))
    config = {"backend": "cofold"} | {
        f"{role}s": [{"name": name, "entry": f"{name}.pdb"}]
        for role, name in (("receptor", "barnase"), ("ligand", "barstar"))
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "models").mkdir()
    for path in (predictions / "boltz2").iterdir():
        (folder / "models" / path.name).write_bytes(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        panel = load_panel(read_config("config.yaml"), where="config.yaml")
        assert main(["cofold", "import", "models"]) == 0
        for protein in panel.proteins:
            prepare(protein.entry.path, protein, Path("results/proteins", protein.name))
        files, pair = PairFiles.of_proteins(Path("results/proteins"), *CHAINS), Path("results/pairs", *CHAINS)
        dock(files, Docks.of_panel(panel, result=Path("resources/cofold", *CHAINS, "prediction.json")), pair)
        where = {"docking": pair / "docking.json", "poses": pair / "poses.csv.gz"}
        analyse(files, Judged.of_panel(panel, *CHAINS), pair, **where)
        hotspots(panel, "barnase", Path("results/proteins/barnase"))
    return folder, predictions / "boltz2"


@pytest.fixture(scope="module")
def pair(run):
    """The folder of the pair."""
    return run[0] / "results/pairs" / "/".join(CHAINS)


@pytest.fixture(scope="module")
def cif(pair):
    """The complex as Biopython reads it: item -> values."""
    return MMCIF2Dict(str(pair / "complex.cif"))


def boltz(run):
    """The chains of the prediction: residue name and pLDDT of each residue."""
    model = gemmi.read_structure(str(next(run[1].glob("*.cif"))))[0]
    return [[(one.name, np.mean([atom.b_iso for atom in one])) for one in chain] for chain in model]


def rows(cif, category, *names):
    """Give the rows of a table."""
    return list(zip(*(cif[f"_{category}.{name}"] for name in names), strict=True))


def test_plddt_of_each_residue_stands_in_modelcif(run, cif):
    found = defaultdict(list)
    for chain, name, value in rows(cif, "ma_qa_metric_local", "label_asym_id", "label_comp_id", "metric_value"):
        found[chain].append((name, float(value)))
    assert list(found) == list(CHAINS.values())
    for mine, theirs in zip(found.values(), boltz(run), strict=True):
        # The panel's structures lack ends that were predicted.
        names, predicted = [name for name, _ in mine], [name for name, _ in theirs]
        start = next(at for at in range(len(predicted)) if predicted[at : at + len(names)] == names)
        values = [value for _, value in theirs[start : start + len(names)]]
        np.testing.assert_allclose([value for _, value in mine], values, atol=0.011)
    number, model, metric = zip(*rows(cif, "ma_qa_metric_local", "ordinal_id", "model_id", "metric_id"), strict=True)
    assert number == tuple(str(1 + at) for at in range(len(number)))
    kinds = dict(rows(cif, "ma_qa_metric", "id", "type"))
    assert {kinds[one] for one in metric} == {"pLDDT"}
    assert set(model) == set(cif["_ma_model_list.model_id"]) == set(cif["_atom_site.pdbx_PDB_model_num"])


def test_numbers_of_the_model_are_those_of_its_program(run, cif):
    said = read_json(next(run[1].glob("confidence_*.json")))
    metrics = {number: tuple(more) for number, *more in rows(cif, "ma_qa_metric", "id", "type", "mode", "name")}
    assert metrics["1"] == ("pLDDT", "local", "pLDDT")
    values = {
        metrics[one]: float(value) for one, value in rows(cif, "ma_qa_metric_global", "metric_id", "metric_value")
    }
    expected = {
        ("ipTM", "global", "ipTM"): said["iptm"],
        ("pTM", "global", "pTM"): said["ptm"],
        ("other", "global", "Confidence"): said["confidence_score"],
    }
    assert values == pytest.approx(expected, abs=1e-5)
    assert cif["_ma_qa_metric.type_other_details"][-1] not in (".", "?"), "a type of its own must be described"


def test_every_residue_is_found_by_its_labels(pair, cif):
    """As Mol* and others look them up: chain and number, the entity of the chain, the sequence of the entity."""
    atoms = set(rows(cif, "atom_site", "label_entity_id", "label_asym_id", "label_seq_id", "label_comp_id"))
    entities = dict(rows(cif, "struct_asym", "id", "entity_id"))
    local = rows(cif, "ma_qa_metric_local", "label_asym_id", "label_seq_id", "label_comp_id")
    assert {(entities[chain], chain, number, name) for chain, number, name in local} == atoms
    sequence = set(rows(cif, "entity_poly_seq", "entity_id", "num", "mon_id"))
    assert {(entity, number, name) for entity, _, number, name in atoms} == sequence
    structure = gemmi.read_structure(str(pair / "complex.cif"))
    assert [chain.name for chain in structure[0]] == list(CHAINS.values())
    model = gemmi.read_structure(str(pair / "models/model_00.pdb"))
    b_factors = [[atom.atom.b_iso for atom in one[0].all()] for one in (structure, model)]
    np.testing.assert_allclose(*b_factors, atol=0.006)


def test_errors_of_the_model_are_those_of_the_prediction(run, pair):
    (path,) = run[1].glob("pae_*.npz")
    whole = np.load(path)["pae"]
    kept = np.load(pair / "models/pae.npz")["model_00"] * 0.25
    sizes = [len(one) for one in boltz(run)]
    assert sum(sizes) == len(whole)
    own = [read_structure(run[0] / f"results/proteins/{name}/structure.pdb").n_residues for name in CHAINS]
    starts = [size - n for size, n in zip(sizes, own, strict=True)]  # what is lacking are the first residues
    at = [*range(starts[0], sizes[0]), *range(sizes[0] + starts[1], sum(sizes))]
    assert abs(kept - whole[np.ix_(at, at)]).max() <= 0.1251


def test_interface_affinity_and_drawings_are_of_the_models_own_coordinates(run, pair):
    contacts = pd.read_csv(pair / "interface.csv", dtype=dict.fromkeys(TEXT, str))
    model = gemmi.read_structure(str(pair / "models/model_00.pdb"))
    near = gemmi.ContactSearch(5.0)
    near.ignore = gemmi.ContactSearch.Ignore.SameChain
    search = gemmi.NeighborSearch(model[0], gemmi.UnitCell(), 5.0).populate()
    pairs = {
        tuple(sorted((one.chain.name, str(one.residue.seqid)) for one in (found.partner1, found.partner2)))
        for found in near.find_contacts(search)
    }
    keys = [f"{side}_{key}" for side in ("receptor", "ligand") for key in ("chain", "number")]
    assert {((a, b), (c, d)) for a, b, c, d in contacts[keys].itertuples(index=False)} == pairs
    record = read_record(pair / "pair.json", PairRecord, "crossdock analyse").models[0]
    whole = read_structure(pair / "models/model_00.pdb")
    partners = [whole[whole.chain == chain] for chain in CHAINS.values()]
    areas = areas_together(*map(surface, partners))
    assert record.dg_kcal_mol == pytest.approx(predict(*partners, areas).dg, abs=0.02)
    assert record.plddt
    residues = pd.read_csv(pair / "residues.csv", dtype={"chain": str, "number": str})
    met = residues[residues["contacts"] > 0]
    drawn = re.findall('data-residues="([^"]*)"', (pair / "drawings/interface_00.svg").read_text())
    keys = {f"{one.side}.{one.chain}:{one.number}" for one in met.itertuples()}
    assert keys == {key for words in drawn for key in words.split()}
    spots = pd.read_csv(run[0] / "results/proteins/barnase/hotspots.csv", dtype={"chain": str, "number": str})
    touched = spots[spots["frequency"] > 0]
    assert set(touched["number"]) == set(contacts["receptor_number"])


#: Prints chain, pLDDT and colour (0 to 255) of each CA atom after a command of the script.
ASK = """{command}
python
seen = []
cmd.iterate("model_00 and name CA", "seen.append((chain, b, color))", space={{"seen": seen}})
print("{command}", [(chain, b, [round(255 * part) for part in cmd.get_color_tuple(one)]) for chain, b, one in seen])
python end
"""


def test_pymol_colours_by_plddt_and_back(pair, need, tmp_path):
    program = need("/usr/bin/pymol", "pymol")
    ask = tmp_path / "ask.pml"
    ask.write_text("@view.pml\n" + "".join(ASK.format(command=one) for one in ("plddt", "partners")))
    where = {"cwd": pair, "env": os.environ | {"PATH": "/usr/bin:/bin"}, "timeout": 300}
    done = subprocess.run([program, "-cq", str(ask)], capture_output=True, text=True, check=True, **where)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("plddt [", "partners [")))
    by_plddt, by_partner = (ast.literal_eval(said[one]) for one in ("plddt", "partners"))
    assert len(by_plddt) == len(by_partner) > 150
    for _, b, tone in by_plddt:
        colour = next(colour for above, colour in PLDDT_BANDS if b > above)
        assert "#" + bytes(tone).hex() == colour, b
    assert {(chain, "#" + bytes(tone).hex()) for chain, _, tone in by_partner} == {("B", RECEPTOR), ("C", LIGAND)}
