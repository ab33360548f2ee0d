"""The docking program itself: two PDB files in, a PDB file of models out. It knows nothing of crossdock.

Each partner is laid into a frame of its own atoms, so that where it lies in its file does not matter. The ligand is
turned and pushed along a line until it touches the receptor; the best orientations are tried again with both partners
twisted about their longest axes, one way and the other.
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

TOUCH_A, CONTACT_A, OVERLAP_A, KEPT = 3.0, 5.0, 2.6, 10
APOLAR = {"ALA", "VAL", "LEU", "ILE", "MET", "PHE", "TRP", "PRO", "TYR", "CYS"}
CHARGE = {"ASP": -1, "GLU": -1, "LYS": 1, "ARG": 1}


@dataclass
class Body:
    """Atom lines of a PDB file, and their coordinates in a frame of the body's own, angstrom."""

    lines: list
    coord: np.ndarray

    def named(self, name):
        return np.array([line[12:16].strip() == name for line in self.lines])

    def residues(self):
        return np.array([line[17:20] for line in self.lines])


def read(path):
    lines = [line for line in Path(path).read_text().splitlines() if line.startswith(("ATOM", "HETATM"))]
    coord = np.array([[float(line[at : at + 8]) for at in (30, 38, 46)] for line in lines])
    coord = coord - coord.mean(axis=0)
    axes = np.linalg.eigh(coord.T @ coord)[1].T[::-1]
    # Of the two ways along an axis the one in which the body reaches further; the third makes it right-handed.
    axes *= np.where(((coord @ axes.T) ** 3).sum(axis=0) < 0, -1, 1)[:, None]
    axes[2] = np.cross(axes[0], axes[1])
    return Body(lines, coord @ axes.T)


def twisted(body, degrees):
    """Turn each atom about the longest axis, x, the more the further along it lies."""
    x, y, z = body.coord.T
    angle = np.radians(degrees) * x / np.ptp(x)
    cos, sin = np.cos(angle), np.sin(angle)
    return replace(body, coord=np.column_stack([x, cos * y - sin * z, sin * y + cos * z]))


def pushed(fixed, moving, way):
    """Give the shift along `way` at which the first atoms touch, coming from far away."""
    apart = (fixed[:, None] - moving[None]).astype(np.float32)
    along = apart @ way.astype(np.float32)
    beside = TOUCH_A**2 - ((apart**2).sum(axis=-1) - along**2)
    hit = beside > 0
    return float((along[hit] + np.sqrt(beside[hit])).max()) if hit.any() else None


def judged(receptor, ligand):
    """Give fit and plausibility of two bodies as they lie."""
    square = ((receptor.coord[:, None] - ligand.coord[None]).astype(np.float32) ** 2).sum(axis=-1)
    nearest = square.min(axis=0)
    fit = int((nearest < CONTACT_A**2).sum()) - 5 * int((nearest < OVERLAP_A**2).sum())
    sides = [receptor.named("CA"), ligand.named("CA")]
    near = square[np.ix_(*sides)] < 10.0**2
    mine, theirs = receptor.residues()[sides[0]], ligand.residues()[sides[1]]
    apolar = np.isin(mine, list(APOLAR))[:, None] & np.isin(theirs, list(APOLAR))[None]
    charges = [np.array([CHARGE.get(name, 0) for name in names]) for names in (mine, theirs)]
    good = apolar | (charges[0][:, None] * charges[1][None] < 0)
    return fit, round(float(good[near].mean()), 3) if near.any() else 0.0


def placed(receptor, ligand, turn, way):
    turned = replace(ligand, coord=ligand.coord @ turn.T)
    shift = pushed(receptor.coord, turned.coord, way)
    if shift is None:
        return None
    moved = replace(turned, coord=turned.coord + shift * way)
    return (*judged(receptor, moved), receptor, moved)


def search(receptor, ligand, turns, twist, toward, seed):
    rng = np.random.default_rng(seed)
    rotations, found = np.linalg.qr(rng.normal(size=(turns, 3, 3)))[0], []
    rotations *= np.linalg.det(rotations)[:, None, None]
    ways = rng.normal(size=(turns, 3))
    if toward == "centre":
        ways[:] = np.sign(ways[:, :1]) * [0.0, 0.0, 1.0]
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    for turn, way in zip(rotations, ways, strict=True):
        if one := placed(receptor, ligand, turn, way):
            found.append((*one[:2], turn, way))
    found.sort(key=lambda one: (-one[0], -one[1]))
    models = []
    for _, _, turn, way in found[:KEPT]:
        both = [placed(twisted(receptor, by), twisted(ligand, by), turn, way) for by in {twist, -twist}]
        models += [max((one for one in both if one), key=lambda one: one[:2])] if any(both) else []
    return sorted(models, key=lambda one: (-one[0], -one[1]))


def written(models):
    for number, (fit, plausibility, receptor, ligand) in enumerate(models, start=1):
        yield f"MODEL     {number:4d}"
        yield f"REMARK FIT {fit} PLAUSIBILITY {plausibility}"
        for body in (receptor, ligand):
            for line, at in zip(body.lines, body.coord, strict=True):
                yield f"{line[:30]}{at[0]:8.3f}{at[1]:8.3f}{at[2]:8.3f}{line[54:]}"
        yield "ENDMDL"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("receptor")
    parser.add_argument("ligand")
    parser.add_argument("models")
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--twist", type=float, default=4.0)
    parser.add_argument("--toward", choices=["anywhere", "centre"], default="anywhere")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    models = search(read(asked.receptor), read(asked.ligand), asked.turns, asked.twist, asked.toward, asked.seed)
    Path(asked.models).write_text("\n".join([*written(models), "END", ""]))
    print(f"{time.process_time():.2f}")


if __name__ == "__main__":
    main()
