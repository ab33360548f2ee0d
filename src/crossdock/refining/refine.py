"""One docked model -> the refined one, judged; or the reason why it stays as docked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crossdock.docking.bodies import Body
from crossdock.errors import StructureError
from crossdock.geometry.rotations import matrix
from crossdock.geometry.superposition import superpose
from crossdock.machine import cpu_seconds
from crossdock.refining.checks import (
    COLUMNS,
    Clashes,
    clashes,
    flipped,
    handedness,
    kind_of_peptide,
    name_of,
    peptides,
    residue_table,
)
from crossdock.refining.complete import DISULFIDE_A, Field, complete, joined
from crossdock.refining.energies import KJ, interaction
from crossdock.refining.minimise import CONVERGED, Minimised, minimise, moving
from crossdock.refining.record import LEFT, REFINED, InteractionRecord, RefinedModel
from crossdock.structures.structure import Structure

#: A partner of two models is one rigid body if its atoms can be laid over each other this closely, in angstrom; files
#: of models have three decimals.
RIGID_A = 0.002


@dataclass(frozen=True)
class Refined:
    """A model that was tried.

    Attributes
    ----------
    record : RefinedModel
    body : Body or None
        Both partners with hydrogens; None of one that is left as docked.
    residues : DataFrame
        Rows of refined/residues.csv.
    """

    record: RefinedModel
    body: Body | None
    residues: pd.DataFrame


class Refiner:
    """Refines models of a pair; what is the same in several models is worked out once.

    Parameters
    ----------
    radius : float
        Residues with a heavy atom as near as this to the partner may move, in angstrom.
    platform, properties
        As `engine.platform` gives them.
    """

    def __init__(self, radius: float, platform: Any, properties: Mapping[str, str]) -> None:
        self.radius, self.platform, self.properties = radius, platform, dict(properties)
        self._completed: dict[str, list[tuple[Structure, Field]]] = {"receptor": [], "ligand": []}

    def refine(self, number: int, docked: Body) -> Refined:
        """Refine a model.

        Parameters
        ----------
        number : int
            Of the model.
        docked : Body
            With chain letters of their own.
        """
        began = cpu_seconds()
        made = _Made(self, number, docked)
        try:
            record, body, table = made.run()
        except StructureError as error:
            record, body, table = made.left(error.what)
        record = replace(record, cpu_seconds=round(cpu_seconds() - began, 2))
        return Refined(record, body, table.assign(model=number)[list(COLUMNS)])

    def completed(self, role: str, structure: Structure) -> Field:
        """Give a partner with hydrogens and parameters; of one that was only moved since, the same moved.

        Models take turns where a partner was docked as several conformers, so each of them is remembered.
        """
        for earlier, field in self._completed[role]:
            if not _same_atoms(earlier, structure):
                continue
            quaternion, shift, rmsd = superpose(structure.coord, earlier.coord)
            if rmsd < RIGID_A:
                return field.moved_to(structure, matrix(quaternion), shift)
        field = complete(structure, platform=self.platform, properties=self.properties)
        self._completed[role].append((structure, field))
        return field


class _Made:
    """A model under work."""

    def __init__(self, refiner: Refiner, number: int, docked: Body) -> None:
        self.refiner, self.number, self.docked = refiner, number, docked
        self.known: dict[str, Any] = {"model": number}

    def run(self) -> tuple[RefinedModel, Body | None, pd.DataFrame]:
        """Complete, minimise and judge it."""
        how = {"platform": self.refiner.platform, "properties": self.refiner.properties}
        field = self._field()
        side = np.isin(field.atoms.chain, self.docked.ligand.chains)
        free = moving(field, side, self.refiner.radius)
        before = clashes(field, side, free)
        self.known |= {
            "clashes_before": len(before.between),
            "inner_clashes_before": len(before.within),
            "free_residues": len(np.unique(field.residue[free])),
            "hydrogens": int((~field.heavy).sum()),
            "added_atoms": field.added,
            "held": tuple(name_of(field, one) for one in np.unique(field.residue[field.obstacle]).tolist()),
        }
        if not free.any():
            raise StructureError(f"no residue lies within {self.refiner.radius:g} A of the partner")
        found = minimise(field, free, **how)
        self.known |= {
            "iterations": found.iterations,
            "gradient_kJ_mol_nm": round(found.gradient, 3),
            "energy_before_kcal_mol": round(found.energy_before / KJ, 2),
            "energy_after_kcal_mol": round(found.energy_after / KJ, 2),
        }
        if not found.converged:
            raise StructureError(
                "the minimisation did not converge: "
                f"forces of {found.gradient:.3g} kJ/mol/nm are left, more than {CONVERGED:g}"
            )
        return self._judged(field, side, free, before, found, how)

    def left(self, why: str) -> tuple[RefinedModel, None, pd.DataFrame]:
        """Leave the model as docked."""
        return RefinedModel(state=LEFT, reason=why, **self.known), None, pd.DataFrame(columns=list(COLUMNS[1:]))

    def _field(self) -> Field:
        receptor, ligand = self.docked.receptor, self.docked.ligand
        if _bonded(receptor, ligand):
            columns = Structure.__dataclass_fields__
            both = Structure(*(np.concatenate([getattr(one, name) for one in (receptor, ligand)]) for name in columns))
            return complete(both, platform=self.refiner.platform, properties=self.refiner.properties)
        return joined(self.refiner.completed("receptor", receptor), self.refiner.completed("ligand", ligand))

    def _judged(
        self,
        field: Field,
        side: NDArray[np.bool_],
        free: NDArray[np.bool_],
        before: Clashes,
        found: Minimised,
        how: Mapping[str, Any],
    ) -> tuple[RefinedModel, Body | None, pd.DataFrame]:
        after = clashes(field, side, free, found.coord)
        table = residue_table(field, side, free, found.coord, (before, after))
        heavy = free & field.heavy
        shift = np.linalg.norm(found.coord - field.atoms.coord, axis=1)
        most = table.iloc[int(table["rmsd_A"].argmax())]
        hands = handedness(field), handedness(field, found.coord)
        turned = peptides(field), peptides(field, found.coord)
        kinds = {one: tuple(kind_of_peptide(angles[one]) for angles in turned) for one in turned[0]}
        backbone = heavy & np.isin(field.atoms.atom_name, ("N", "CA", "C", "O"))
        self.known |= {
            "clashes_after": len(after.between),
            "inner_clashes_after": len(after.within),
            "rmsd_A": round(float(np.sqrt((shift[heavy] ** 2).mean())), 3),
            "backbone_rmsd_A": round(float(np.sqrt((shift[backbone] ** 2).mean())), 3),
            "largest_shift_A": round(float(shift[heavy].max()), 3),
            "most_moved": f"{most['residue']} {most['chain']}{most['number']}",
            "inverted": tuple(name_of(field, one) for one in hands[0] if hands[0][one] * hands[1][one] <= 0),
            "peptides": tuple(
                f"{name_of(field, one)} {was} to {now}" for one, (was, now) in sorted(kinds.items()) if was != now
            )
            + tuple(f"{name_of(field, one)} flipped" for one in flipped(field, found.coord)),
        }
        if self.known["inverted"]:
            raise StructureError(f"the handedness of {', '.join(self.known['inverted'])} changed")
        refined = replace(field, atoms=field.atoms.with_coord(found.coord))
        energies = interaction(refined, side, **how)
        record = RefinedModel(
            state=REFINED,
            interaction=InteractionRecord(**{name: round(value, 2) for name, value in energies.items()}),
            **self.known,
        )
        return record, _written(refined, side), table


def _written(field: Field, side: NDArray[np.bool_]) -> Body:
    """Give both partners with hydrogens, residues in the order of the docked structure."""
    order = np.argsort(field.residue, kind="stable")
    return Body(field.atoms[order[~side[order]]], field.atoms[order[side[order]]])


def _same_atoms(one: Structure, other: Structure) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("chain", "residue_number", "insertion", "residue_name", "atom_name")
    )


def _bonded(receptor: Structure, ligand: Structure) -> bool:
    """Tell whether a disulfide joins both partners."""
    sulfur = [one.coord[(one.atom_name == "SG") & (one.residue_name == "CYS")] for one in (receptor, ligand)]
    if not len(sulfur[0]) or not len(sulfur[1]):
        return False
    distance = np.linalg.norm(sulfur[0][:, None] - sulfur[1][None], axis=2)
    return bool(((distance >= DISULFIDE_A[0]) & (distance <= DISULFIDE_A[1])).any())
