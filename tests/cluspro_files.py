"""Result files as ClusPro names and lays them out. The scores in them are made up: no docking has been done."""

import io
import tarfile

import numpy as np
from scipy.spatial.transform import Rotation

from crossdock.structures.structure import Structure, atom_records

#: A score table that a user of the server has published: members, center and lowest energy of five clusters.
PUBLISHED = [
    (123, -716.1, -770.2),
    (114, -754.7, -872.7),
    (107, -620.8, -716.9),
    (98, -673.4, -815.4),
    (80, -796.3, -796.3),
]
SETS = ("000", "002", "004", "006")


def score_csv(rows=PUBLISHED, *, blank_second=False):
    """Write a score table as the server's download has it."""
    lines = ["Cluster,Members,Representative,Weighted Score"]
    for number, (members, center, lowest) in enumerate(rows):
        lines.append(f"{number},{members},Center,{center}")
        lines.append(f"{'' if blank_second else number},{'' if blank_second else members},Lowest Energy,{lowest}")
    return "\n".join(lines) + "\n"


def model_pdb(receptor, ligand, *, name, seed=0, moved=0.1):
    """Write a model: two blocks, each behind a header, with the chain letters that were handed in.

    The whole is laid elsewhere, and each atom moved a little, as minimisation does.
    """
    generator = np.random.default_rng(seed)
    turn, shift = Rotation.random(rng=generator).as_matrix(), generator.normal(scale=40, size=3)
    lines = []
    for header, body, letter in (("rec.pdb", receptor, "R"), (f"lig.{name}.pdb", ligand, "L")):
        body = body[body.atom_name != "OXT"]
        coord = (body.coord + generator.normal(scale=moved, size=body.coord.shape)) @ turn.T + shift
        block = [f"HEADER {header}"]
        if letter == "R":
            block += ["REMARK original generated coordinate pdb file", "REMARK SYNTHETIC no docking was done"]
        for line in atom_records(body.with_coord(coord)):
            block.append(f"{line[:54]}  1.00  0.00      {letter}{line[21]}1   " if line.startswith("ATOM") else "TER")
        lines += [
            *(line for line, after in zip(block, [*block[1:], ""], strict=True) if line != "TER" or not after),
            "TER",
        ]
    return "\n".join(lines) + "\n"


def archive(models, *, job="1234567", extra=()):
    """Pack models, {(set, rank): text}, as the server does; `extra` are further members."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as out:
        for (coefficients, rank), text in models.items():
            member = tarfile.TarInfo(f"cluspro.{job}/model.{coefficients}.{rank:02d}.pdb")
            content = text.encode()
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
        for member, content in extra:
            member.size = len(content)
            out.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def placed(ligand: Structure, seed: int) -> Structure:
    """Put a ligand at some other place."""
    generator = np.random.default_rng(seed)
    turn = Rotation.random(rng=generator).as_matrix()
    middle = ligand.coord.mean(axis=0)
    return ligand.with_coord((ligand.coord - middle) @ turn.T + middle + generator.normal(scale=10, size=3))
