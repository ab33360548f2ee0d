"""A small run with real coordinates, as the earlier steps would leave it."""

from __future__ import annotations

import copy
import functools
import gzip
import os
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from crossdock.analysis import network
from crossdock.analysis.hotspots import write_hotspots
from crossdock.analysis.matrix import panelwide, tidy
from crossdock.analysis.records import PairRecord
from crossdock.docking.record import write_docking
from crossdock.entries.identity import ChainRecord
from crossdock.files import write_json, write_table
from crossdock.records import write_record
from crossdock.remark import Item, Severity, free_text
from crossdock.report.payload import collect
from crossdock.report.run_data import RunData
from crossdock.structures.record import Identity, Missing, Origin, ProteinRecord, Selection, write_protein
from crossdock.structures.shape import Size
from crossdock.structures.structure import Structure, read_structure, write_structure
from pair_records import made_up_docking, write_pair

REPOSITORY = Path(__file__).parents[2]


def need(program: str | None, what: str) -> str:
    """Skip where a program is not installed; on the build machine that is a failure."""
    if program:
        return program
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed on this build machine")
    pytest.skip(f"{what} is not installed")


@dataclass(frozen=True)
class Partner:
    """A protein of the panel: its role, the demo entry and chain that it is taken from, and the texts shown for it."""

    name: str
    role: str
    entry: str
    chain: str
    label: str
    title: str = "a real protein"
    verdict: str = "matches"


PARTNERS = (
    Partner("trypsin", "receptor", "1ppe", "A", "Trypsin"),
    Partner("colicin-E9", "receptor", "1emv", "B", "Colicin E9 DNase", verdict="fragment"),
    Partner("CMTI-1", "ligand", "1ppe", "B", "CMTI-1"),
    Partner("Im9", "ligand", "1emv", "A", "Im9"),
)


def demo_chain(entry: str, chain: str) -> Structure:
    """Take one chain of a demo entry; the files have no element columns."""
    packed = resources.files("crossdock") / "demo" / f"{entry}.pdb.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines()
    atoms = [line for line in lines if line.startswith("ATOM") and line[21] == chain and line[16] in " A"]
    columns = [
        np.array([[float(a[30:38]), float(a[38:46]), float(a[46:54])] for a in atoms]),
        np.array([a[21] for a in atoms]),
        np.array([int(a[22:26]) for a in atoms]),
        np.array([a[26].strip() for a in atoms], dtype="U1"),
        np.array([a[17:20].strip() for a in atoms]),
        np.array([a[12:16].strip() for a in atoms]),
        np.array([a[12:16].strip().lstrip("0123456789")[0] for a in atoms]),
        np.array([float(a[60:66]) for a in atoms]),
        np.zeros(len(atoms), dtype=bool),
    ]
    return Structure(*columns)


def protein_record(partner: Partner, structure: Structure) -> ProteinRecord:
    """Write what `crossdock prepare` would say of it."""
    size = Size.of(structure.coord)
    about = ("Homo sapiens", 9606, 1, structure.n_residues, structure.n_residues)
    kept = ChainRecord(partner.chain, partner.chain, partner.label, (), *about, kept=True)
    left_out = ChainRecord("X", None, "another protein", (), *about, kept=False)
    reasons = {
        "matches": free_text("The chain is the protein expected.", Severity.DETAIL),
        "fragment": free_text("Residues 1-131 of 582: a part of it.", Severity.SERIOUS),
    }
    return ProteinRecord(
        name=partner.name,
        label=partner.name,
        role=(partner.role,),
        entry=Origin("demo", partner.entry, None, None, "0" * 64),
        title=partner.title,
        method="X-RAY DIFFRACTION",
        resolution_A=1.8,
        chains=(kept, left_out),
        selection=Selection((partner.chain,), (), 1, None, ()),
        kept=(),
        removed=(Item("chain", {"chain": "X", "description": "another protein"}, 40), Item("waters", count=120)),
        missing=Missing(2, 1, 0),
        n_residues=structure.n_residues,
        n_atoms=len(structure),
        extent_A=size.extent,
        radius_A=size.radius,
        ranges={partner.chain: (1, structure.n_residues)},
        sequence={partner.chain: "A" * structure.n_residues},
        identity=Identity(
            partner.verdict, None, (), None, None, (reasons.get(partner.verdict, free_text("Not checked.")),)
        ),
    )


@functools.cache
def _read_once(run_dir: Path) -> RunData:
    return collect(run_dir / "panel.json", run_dir)


def collected(run_dir: Path) -> RunData:
    """Give what a page has of a run that no test writes in: read once, with the words of this package, and a copy."""
    return copy.deepcopy(_read_once(run_dir))


def change(data: RunData, name: str, *, identity: dict | None = None, **changes) -> None:
    """Change what is known of a protein of a collected run, fields of its identity too."""
    record = replace(data.proteins[name], **changes)
    data.proteins[name] = replace(record, identity=replace(record.identity, **(identity or {})))


def some_poses(receptor: Structure, ligand: Structure, known: bool, n: int, rng: np.random.Generator) -> list[tuple]:
    """Give placements: the known one first if there is one, then the ligand turned and put beside the receptor."""
    placed = [(np.array([1.0, 0, 0, 0]), np.zeros(3))] if known else []
    while len(placed) < n:
        rotation = Rotation.random(random_state=rng)
        direction = rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        turned = rotation.apply(ligand.coord)
        reach = ((receptor.coord - receptor.coord.mean(0)) @ direction).max() - (
            (turned - turned.mean(0)) @ direction
        ).min()
        shift = receptor.coord.mean(0) + direction * (reach - 4.0) - turned.mean(0)
        placed.append((np.roll(rotation.as_quat(), 1), shift))
    return placed


def write_docked(folder: Path, receptor: Partner, ligand: Partner, bodies: dict, n_models: int, rng) -> PairRecord:
    """Write docking.json, interface.csv and pair.json of a pair; give its record."""
    known = receptor.entry == ligand.entry
    fixed, moving = bodies[receptor.name], bodies[ligand.name]
    rows = []
    for k, (q, t) in enumerate(some_poses(fixed, moving, known, n_models, rng)):
        score = -600.0 + 30 * k - 300 * (known and k == 0) - len(receptor.name + ligand.name)
        cluster = {"model": k, "cluster": k, "members": 80 // (k + 1), "representative": "Center"}
        scores = {"score": score, "center_score": score, "lowest_score": score - 20}
        terms = {"repulsion": 50.0, "attraction": score - 30, "electrostatics": -40.0, "contact": 12.0, "residue": 8.0}
        pose = dict(zip(("qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A"), [*q, *t], strict=True))
        rows.append({**cluster, **scores, **terms, "pose": k + 1, **pose})
    docking = made_up_docking(
        parameters={"rotations": 70000, "grid_A": 1.0}, seed=7, counts={"kept": 1000}, cpu_seconds=100.0
    )
    write_docking(folder / "docking.json", docking)
    models = pd.DataFrame(rows)
    poses = models.rename(columns={"pose": "rank"})
    members = models[["cluster", "pose"]]
    return write_pair(
        folder,
        (receptor.name, ligand.name),
        fixed,
        moving,
        docking,
        poses,
        models,
        members,
        known=receptor.entry.upper() if known else None,
    )


def write_run(
    results: Path,
    partners: tuple[Partner, ...] = PARTNERS,
    *,
    title: str = "Two known complexes",
    n_models: int = 3,
    asked: list[tuple[str, str]] | None = None,
    symmetric: bool = False,
) -> Path:
    """Write every file of a run that the report reads.

    Parameters
    ----------
    results : Path
    partners : tuple of Partner
    title : str
    n_models : int
        Of each pair.
    asked : list of tuple, optional
        Names of the pairs; all without it.
    symmetric : bool
        Whether the partners have no roles.

    Returns
    -------
    Path
        `results`.
    """
    rng = np.random.default_rng(7)
    bodies = {}
    for partner in partners:
        folder = results / "proteins" / partner.name
        write_structure(folder / "structure.pdb", demo_chain(partner.entry, partner.chain))
        bodies[partner.name] = read_structure(folder / "structure.pdb")
        write_protein(folder / "protein.json", protein_record(partner, bodies[partner.name]))
    receptors, ligands = ([p for p in partners if symmetric or p.role == role] for role in ("receptor", "ligand"))
    records = [
        write_docked(results / "pairs" / r.name / p.name, r, p, bodies, n_models, rng)
        for r in receptors
        for p in ligands
        if asked is None or (r.name, p.name) in asked
    ]
    for receptor in receptors:
        tables, moved = {}, {}
        for one in records:
            if receptor.name in ((one.receptor, one.ligand) if symmetric else (one.receptor,)):
                partner = one.ligand if one.receptor == receptor.name else one.receptor
                path = results / "pairs" / one.receptor / one.ligand / "residues.csv"
                tables[partner] = pd.read_csv(path, dtype={"chain": str, "number": str})
                moved |= {partner: one.ligand_chains} if one.receptor != receptor.name else {}
        write_hotspots(results / "proteins" / receptor.name, bodies[receptor.name], tables, moved=moved)
    members = [
        [
            {
                "name": p.name,
                "label": p.label,
                "role": p.role,
                "note": "a <b>remark</b>",
                "entry": {"source": "demo", "id": p.entry, "path": None},
            }
            for p in side
        ]
        for side in (receptors, ligands)
    ]
    known = [
        {"receptor": r.receptor, "ligand": r.ligand, "complex": r.known.complex, "note": None}
        for r in records
        if r.known
    ]
    settings = {"title": title, "backend": "local", "seed": 7, "docking": {}, "network": {}}
    settings["clustering"] = {"order": "consensus"}
    lists = {"receptors": members[0], "ligands": members[1], "known": known, "published": None}
    lists |= {"asked": asked, "symmetric": symmetric}
    write_json(results / "panel.json", settings | lists)
    found = panelwide(records, *([p.name for p in side] for side in (receptors, ligands)), symmetric=symmetric)
    scores = tidy(found)
    write_table(results / "scores.csv", scores)
    write_table(results / "ranks.csv", found.ranks)
    write_record(results / "statistics.json", found.record)
    nodes = [
        {"name": p.name, "label": p.label, "role": p.role, "n_residues": bodies[p.name].n_residues} for p in partners
    ]
    network.write(network.build(scores, nodes, top=1, symmetric=symmetric), results / "network")
    return results


def change_statistics(data: RunData, **changes) -> None:
    """Put other parts into what the pairs say together."""
    data.statistics = replace(data.statistics, **changes)
