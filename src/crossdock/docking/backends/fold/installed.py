"""What is known of a co-folding program that a user has installed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Installed:
    """A program.

    Attributes
    ----------
    name : str
        Of its backend, which `cofold.programs.PROGRAMS` knows it by.
    command : str
        What is looked for in PATH.
    own : tuple of str
        What of its command line crossdock writes, or keeps to itself, so that nobody can give it as a further argument.
    """

    name: str
    command: str
    own: tuple[str, ...]

    @property
    def variable(self) -> str:
        """Of the environment: the folder of the program."""
        return f"CROSSDOCK_{self.name.upper()}"


# The command lines are those of `cofold.programs`, where the documents that they were read in are named.
BOLTZ = Installed(
    "boltz",
    "boltz",
    ("--out_dir", "--seed", "--diffusion_samples", "--output_format", "--write_full_pae", "--use_msa_server"),
)
CHAI = Installed(
    "chai",
    "chai-lab",
    (
        *("--seeds", "--seed", "--samples", "--num-diffn-samples", "--msas", "--msa-directory", "--server"),
        *("--use-msa-server", "--use-templates-server", "--fasta-file", "--output-dir"),
    ),
)
COLABFOLD = Installed(
    "colabfold",
    "colabfold_batch",
    ("--num-models", "--random-seed", "--num-seeds", "--msa-mode", "--msa-only", "--templates"),
)
