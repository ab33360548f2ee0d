"""How the local engine docks, in the sentences of a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crossdock.docking.backends.contract import Runs


def sentences(runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
    """Write them, as `crossdock.docking.backends.contract.Backend.methods` says."""
    yield (
        "as rigid bodies by its local engine: correlation by fast Fourier transforms, of the family of PIPER "
        f"{cite('piper')}"
    )
    yield from _sampling(runs, cite)
    yield (
        f"The energy is a sum over atom pairs of soft repulsion and attraction, screened charges {cite('gabb')} and a "
        f"contact potential of 18 atom types {cite('zhang')}, and over residue pairs of a potential of 20 amino acids, "
        f"both potentials derived from solved complexes against docking decoys {cite('dars')}; scores are in arbitrary "
        "units, and lower is better."
    )
    if runs.values("templates"):
        yield (
            "Of pairs with a known complex of homologues, poses over it were added: both partners were superposed on "
            "it, and the pose was refined and scored as the docked ones were."
        )
    if runs.seeds:
        drawn = ", ".join(map(str, runs.seeds[:3])) + (" and others" if len(runs.seeds) > 3 else "")
        yield f"The start orientation was drawn at random (seed{'s' if len(runs.seeds) > 1 else ''} {drawn})."


def _sampling(runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
    """Say how the poses were searched, as far as every docking wrote it down."""
    rotations, spacing, per_rotation = (runs.span(key) for key in ("rotations", "spacing", "per_rotation"))
    apart, kept = runs.span("apart"), runs.span("kept")
    text = f"The moving partner was set in {rotations} uniform orientations {cite('spirals')}" if rotations else ""
    if text and spacing:
        text += f" on a grid of {spacing} Å"
    if text and per_rotation:
        text += f", {per_rotation} translations of each being kept and rescored off the grid"
    if kept and apart:
        best = f"the best {kept} poses that lie {apart} Å (RMSD) apart were refined as rigid bodies"
        text += f"; {best}" if text else best.capitalize()
    if text:
        yield f"{text}."
