"""refined.json: what refinement made of the first models of a pair, field by field."""

from __future__ import annotations

from dataclasses import dataclass

REFINED, LEFT = "refined", "left as docked"


@dataclass(frozen=True)
class InteractionRecord:
    """Interaction energy of the partners in a refined model (MM/GBSA on one structure), in kcal/mol.

    Attributes
    ----------
    total : float
        Sum of the others.
    van_der_waals, coulomb : float
        Between the partners, in vacuum.
    generalized_born, surface : float
        What the implicit solvent changes.
    """

    total: float
    van_der_waals: float
    coulomb: float
    generalized_born: float
    surface: float


@dataclass(frozen=True, kw_only=True)
class RefinedModel:
    """A model before and after.

    Attributes
    ----------
    model : int
        Its number, from 0.
    state : str
        ``refined``, or ``left as docked``.
    reason : str
        Why it was left; empty of one that was refined.
    clashes_before, clashes_after : int or None
        Heavy atom pairs of the two partners nearer than 2.3 A. Like all that follows, None where nothing was computed.
    inner_clashes_before, inner_clashes_after : int or None
        The same within a partner, where an atom of the pair may move.
    clashscore_before, clashscore_after : float or None
        MolProbity's, of the whole model; None where its program is not installed.
    free_residues : int
        Residues that may move.
    hydrogens, added_atoms : int
        How many were added; `added_atoms` are heavy ones.
    held : tuple of str
        What has no parameters of the force field and is a fixed obstacle, such as ``ZN A301``.
    rmsd_A, backbone_rmsd_A, largest_shift_A : float or None
        Of the heavy atoms of residues that may move, in angstrom.
    most_moved : str
        The residue with the largest RMSD.
    energy_before_kcal_mol, energy_after_kcal_mol : float or None
        Of the part that was minimised, with solvent and without springs, before and after the last stage.
    interaction : InteractionRecord or None
    iterations : int
    gradient_kJ_mol_nm : float or None
        Root mean square of the forces that are left.
    inverted : tuple of str
        Residues whose CA has changed its handedness.
    peptides : tuple of str
        Peptide bonds that became cis, trans or twisted, such as ``PRO A39 trans to twisted``, and residues whose C-O
        bond points the other way now, such as ``GLY A57 flipped``.
    dockq_before, dockq_after, irmsd_before_A, irmsd_after_A, fnat_before, fnat_after : float or None
        Beside the known complex.
    dg_kcal_mol : float or None
        Predicted free energy of binding of the refined model (PRODIGY's equation), in kcal/mol; None of one in which
        too many atoms overlap (`crossdock.analysis.affinity.withheld`).
    cpu_seconds : float
    """

    model: int
    state: str
    reason: str = ""
    clashes_before: int | None = None
    clashes_after: int | None = None
    inner_clashes_before: int | None = None
    inner_clashes_after: int | None = None
    clashscore_before: float | None = None
    clashscore_after: float | None = None
    free_residues: int = 0
    hydrogens: int = 0
    added_atoms: int = 0
    held: tuple[str, ...] = ()
    rmsd_A: float | None = None
    backbone_rmsd_A: float | None = None
    largest_shift_A: float | None = None
    most_moved: str = ""
    energy_before_kcal_mol: float | None = None
    energy_after_kcal_mol: float | None = None
    interaction: InteractionRecord | None = None
    iterations: int = 0
    gradient_kJ_mol_nm: float | None = None
    inverted: tuple[str, ...] = ()
    peptides: tuple[str, ...] = ()
    dockq_before: float | None = None
    dockq_after: float | None = None
    irmsd_before_A: float | None = None
    irmsd_after_A: float | None = None
    fnat_before: float | None = None
    fnat_after: float | None = None
    dg_kcal_mol: float | None = None
    cpu_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RefinedRecord:
    """The refined models of a pair, and how they were made.

    Attributes
    ----------
    receptor, ligand : str
    force_field : tuple of str
        OpenMM's files.
    radius_A : float
        Residues as near as this to the partner may move.
    ph : float
    software : dict of str to str
        Versions of OpenMM and PDBFixer, and MolProbity's program where it is installed.
    platform : str
        Of OpenMM.
    models : tuple of RefinedModel
    cpu_seconds, peak_memory_MB : float
        Of the process.
    asked_for : str
        Fingerprint of what it is made of.
    """

    receptor: str
    ligand: str
    force_field: tuple[str, ...]
    radius_A: float
    ph: float
    software: dict[str, str]
    platform: str
    models: tuple[RefinedModel, ...]
    cpu_seconds: float
    peak_memory_MB: float
    asked_for: str
