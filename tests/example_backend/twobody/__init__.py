"""Twobody for crossdock: an external program that puts two proteins together and twists both of them."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crossdock.docking.backends.contract import (
    Abilities,
    Backend,
    Model,
    Needs,
    Request,
    Result,
    Runs,
    text_beside,
)
from crossdock.errors import DockingError
from crossdock.quantity import Quantity

if TYPE_CHECKING:
    from crossdock.structures.shape import Size
    from crossdock.structures.structure import Structure

#: Measured on pairs of the demo: seconds for a pair of atoms in each orientation, and for starting the program.
SECONDS_PER_ATOM_PAIR, SECONDS_TO_START = 7e-8, 0.2
#: Best orientations that are tried again, twisted one way and the other.
TWISTED = 10


class TwoBody(Backend):
    """Both partners twisted, then pushed together."""

    name = "twobody"
    about = "an example: twists both partners and pushes them together"
    version = "0.3.0"
    can = Abilities(models=True, flexible=True)
    score = Quantity("fit", "contacts", "high", "Fit", "Ligand atoms in contact, less five for each that overlaps.")
    numbers = (
        Quantity(
            "plausibility",
            "share of the contacts",
            "high",
            "Plausibility",
            "Contacts of CA atoms between two apolar residues or two of opposite charge, as a share of all of them.",
        ),
    )
    options: Mapping[str, Any] = {
        "turns": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10000,
            "default": 40,
            "description": "Orientations of the ligand that are tried.",
        },
        "twist": {
            "type": "number",
            "minimum": 0,
            "maximum": 30,
            "default": 4.0,
            "description": "Degrees by which both partners are twisted about their longest axis, end to end.",
        },
        "toward": {
            "enum": ["anywhere", "centre"],
            "default": "anywhere",
            "description": "Where the ligand is pushed to: `anywhere` on the receptor, or across its `centre`.",
        },
    }
    references = text_beside(__name__, "references.bib")
    quick: Mapping[str, Any] = {"turns": 12}

    def dock(self, receptor: "Structure", ligand: "Structure", request: Request) -> Result:
        """Write both partners, run the program, and read its models."""
        from crossdock.structures.structure import write_structure

        asked = {**request.options, "seed": request.seed}
        with TemporaryDirectory() as folder:
            files = [Path(folder, name) for name in ("receptor.pdb", "ligand.pdb", "models.pdb")]
            write_structure(files[0], receptor)
            write_structure(files[1], ligand)
            program = [sys.executable, str(Path(__file__).with_name("program.py")), *map(str, files)]
            options = [f"--{key}={value}" for key, value in asked.items()]
            done = subprocess.run([*program, *options], capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
                raise DockingError(f"twobody ended with exit code {done.returncode}: {last}")
            models = list(_models(files[2].read_text(), len(receptor)))
        record = {
            "parameters": dict(request.options),
            "counts": {"orientations": request.options["turns"], "models": len(models)},
            "program_cpu_seconds": float(done.stdout),
        }
        return Result(models=models, record=record)

    def needs(self, receptor: "Size", ligand: "Size", options: Mapping[str, Any]) -> Needs:
        """Estimate by the pairs of atoms that are looked at."""
        pairs, turns = receptor.atoms * ligand.atoms, options["turns"]
        tried = turns + 2 * min(turns, TWISTED)
        return Needs(SECONDS_TO_START + SECONDS_PER_ATOM_PAIR * pairs * tried, 120 + 1e-4 * pairs)

    def methods(self, runs: Runs, cite: Callable[..., str]) -> Iterator[str]:
        """Say what the program does."""
        yield f"by twobody {self.version} {cite('twobody')}, which moves and twists both partners"
        if turns := runs.span("turns"):
            yield f"The ligand was tried in {turns} orientations, each pushed towards the receptor until they touched."
        if twist := runs.span("twist"):
            yield f"In the best of them both partners were twisted by {twist} degrees about their longest axes."


def _models(text: str, n_receptor: int) -> Iterator[Model]:
    """Read what the program wrote: REMARK FIT and PLAUSIBILITY, then the receptor's atoms and the ligand's."""
    import numpy as np

    from crossdock.structures.structure import parse_structure

    for number, block in enumerate(text.split("MODEL ")[1:], start=1):
        lines = block.splitlines()
        fit, plausibility = (float(word) for word in lines[1].split()[2::2])
        atoms = parse_structure(lines, where=f"model {number} of twobody")
        first = np.arange(len(atoms)) < n_receptor
        yield Model(atoms[first], atoms[~first], fit, {"plausibility": plausibility})


BACKEND = TwoBody()
