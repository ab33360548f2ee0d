"""What the steps of a pair are asked: where its files are, and how it is docked and analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crossdock.panel.panel import Panel


@dataclass(frozen=True)
class PairFiles:
    """The two structures of a pair.

    Attributes
    ----------
    receptor, ligand : Path
        Prepared structures, or any PDB or mmCIF files.
    receptor_record, ligand_record : Path, optional
        Each one's protein.json, which says where it may be met.
    """

    receptor: Path
    ligand: Path
    receptor_record: Path | None = None
    ligand_record: Path | None = None

    @classmethod
    def of_proteins(cls, proteins: Path, receptor: str, ligand: str) -> PairFiles:
        """Give the files of a pair of a run, from its folder of proteins."""
        first, second = (proteins / name for name in (receptor, ligand))
        record = "protein.json"
        return cls(first / "structure.pdb", second / "structure.pdb", first / record, second / record)


@dataclass(frozen=True)
class Docks:
    """How a pair is docked.

    Attributes
    ----------
    backend : str
    options : mapping
        Of the backend; those that are not named have their defaults.
    seed : int
        Of the random start orientations.
    result : Path, optional
        What was made of the pair elsewhere, such as on a server.
    guide : tuple of (str, Path), optional
        Another backend, and what it has of the pair (its record, or a table of records): the interface of its models
        attracts.
    templates : Path, optional
        The table of known complexes of homologues of all pairs, or the record of this pair: poses over them join the
        docked ones.
    """

    backend: str = "local"
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    result: Path | None = None
    guide: tuple[str, Path] | None = None
    templates: Path | None = None

    @classmethod
    def of_panel(
        cls,
        panel: Panel,
        replicate: int = 1,
        result: Path | None = None,
        guide: tuple[str, Path] | None = None,
        templates: Path | None = None,
    ) -> Docks:
        """Give how a panel docks its pairs, the first docking being number 1."""
        return cls(panel.backend, panel.docking, panel.seed + replicate - 1, result, guide, templates)


@dataclass(frozen=True)
class Clusters:
    """How poses are grouped into models: keys of `clustering:` in a config."""

    radius: float = 9.0
    min_size: int = 10
    models: int = 10
    order: str = "consensus"


#: Groups as the config's defaults have them.
AS_USUAL = Clusters()


@dataclass(frozen=True)
class Judged:
    """What a pair's models are analysed by.

    Attributes
    ----------
    receptor, ligand : str
        Names that are shown.
    known : str, optional
        Name of the complex that both structures were selected from, and lie in as they bind.
    note : str
        Words shown with it.
    temperature : float
        Of dissociation constants, in degrees Celsius.
    """

    receptor: str
    ligand: str
    known: str | None = None
    note: str = ""
    temperature: float = 25.0

    @classmethod
    def of_panel(cls, panel: Panel, receptor: str, ligand: str) -> Judged:
        """Give what a panel says of a pair."""
        known = panel.is_known(receptor, ligand)
        about: dict[str, Any] = {"known": known.complex, "note": known.note} if known else {}
        return cls(receptor, ligand, **about, **panel.affinity)

    def as_settings(self) -> dict[str, Any]:
        """Give what a fingerprint is made of."""
        return asdict(self)
