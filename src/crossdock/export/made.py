"""What is written for a program."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Programs, by the name of their folder, and what each is called.
PROGRAMS = {
    "haddock3": "HADDOCK3",
    "cluspro": "ClusPro",
    "alphafold3": "AlphaFold 3",
    "boltz": "Boltz-2",
    "chai": "Chai-1",
    "openmm": "OpenMM",
}


@dataclass
class Made:
    """Files of a program, and what to say of them.

    Attributes
    ----------
    files : dict of str to str
        Name in the program's folder -> text.
    readme : tuple of str
        Three lines: what to run, what the files ask for, what comes then.
    notes : list of str
        What is not as in the model: residues left out or renumbered.
    """

    files: dict[str, str] = field(default_factory=dict)
    readme: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
