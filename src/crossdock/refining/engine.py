"""OpenMM and PDBFixer, an optional extra: whether they are here, and on which device they compute."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from crossdock.errors import InputError

#: What `refine` needs.
PACKAGES = ("openmm", "pdbfixer")
INSTALL = 'pip install "crossdock[refine]"'


def missing() -> list[str]:
    """Name the packages that refinement needs and that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def need(where: str | None = None) -> None:
    """Stop where a package is missing.

    Raises
    ------
    InputError
        It names the command that installs them.
    """
    if lacking := missing():
        raise InputError(
            f"refinement needs {' and '.join(lacking)}, not installed here",
            where=where,
            hint=f"{INSTALL}, or remove `refine`",
        )


def versions() -> dict[str, str]:
    """Give the versions of both packages, for records."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def platform(asked: str = "auto") -> tuple[Any, dict[str, str]]:
    """Give an OpenMM platform and its properties.

    Parameters
    ----------
    asked : {"auto", "cpu", "cuda"}
        "auto" is CUDA if OpenMM has it and finds a card, else the processor, by one thread, so that the same input
        gives the same result.

    Raises
    ------
    InputError
        If "cuda" is asked for and cannot be used.
    """
    import openmm

    if asked != "cpu":
        try:
            cuda, properties = openmm.Platform.getPlatformByName("CUDA"), {"Precision": "mixed"}
            system = openmm.System()
            system.addParticle(1.0)
            openmm.Context(system, openmm.VerletIntegrator(0.001), cuda, properties)
            return cuda, properties
        except openmm.OpenMMException as error:
            if asked == "cuda":
                raise InputError(
                    f"OpenMM cannot use CUDA: {error}",
                    where="refine platform",
                    hint='pip install "openmm[cuda12]" on a machine with an NVIDIA card, or write `platform: cpu`',
                ) from error
    processor, properties = openmm.Platform.getPlatformByName("CPU"), {"Threads": "1", "DeterministicForces": "true"}
    for name, value in properties.items():  # for those contexts too that PDBFixer and OpenMM make by themselves
        processor.setPropertyDefaultValue(name, value)
    return processor, properties
