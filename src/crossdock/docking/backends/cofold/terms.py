"""Terms of use of programs whose outputs may not be used for everything: they are shown, and accepted in the config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crossdock.errors import InputError


@dataclass(frozen=True)
class Terms:
    """What a program's outputs may be used for.

    Attributes
    ----------
    program, address : str
    text : str
        What matters here, in short.
    accept : str
        How to accept them.
    """

    program: str
    text: str
    address: str
    accept: str


#: By the name under `cofold: accept:` in the config.
TERMS: Mapping[str, Terms] = {
    "alphafold3": Terms(
        "AlphaFold 3",
        "Outputs of AlphaFold 3 are for non-commercial use only, and may not be used to train models that predict "
        "biomolecular structures. Whoever passes them on passes these terms on with them.",
        "https://github.com/google-deepmind/alphafold3/blob/main/OUTPUT_TERMS_OF_USE.md",
        "add `cofold: {accept: [alphafold3]}` to the config",
    ),
    "alphafold_server": Terms(
        "AlphaFold Server",
        "Outputs of AlphaFold Server are for non-commercial use only. They may not be used in connection with any "
        "automated system that predicts the binding or interaction of the protein with ligands or peptides, nor to "
        "train models that predict biomolecular structures. Decide yourself whether they allow your use of crossdock.",
        "https://alphafoldserver.com/output-terms",
        "add `cofold: {accept: [alphafold_server]}` to the config",
    ),
}


def shown(names: Iterable[str]) -> list[str]:
    """Write terms out, a sentence or more each."""
    return [f"{TERMS[name].program}: {TERMS[name].text} {TERMS[name].address}" for name in dict.fromkeys(names) if name]


def not_accepted(name: str, count: int, where: str) -> InputError:
    """Say that models are not used since their terms have not been accepted."""
    one = TERMS[name]
    return InputError(
        f"{count} model{'s' if count != 1 else ''} of {one.program} not used, since the terms of {one.program} are not "
        f"accepted in the config: {one.text}",
        where=where,
        hint=f"read {one.address}; if you keep to them, {one.accept}",
    )
