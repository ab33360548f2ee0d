"""Files for programs that predict complexes: sequences, and the interface as pockets where their formats have them."""

from __future__ import annotations

from dataclasses import replace

from crossdock.docking.backends.cofold.inputs import complexes_of, refused_by
from crossdock.docking.backends.cofold.programs import OWN, PROGRAMS, SERVER, Complex, How, Pocket
from crossdock.errors import StructureError
from crossdock.export.docked import Docked, Partner
from crossdock.export.made import Made
from crossdock.structures.record import Place

#: By name in `PROGRAMS`: how alignments are had, and what to run with NAME in place of the complex's name.
_HOW = {
    "af3": (
        OWN,
        "Run: python run_alphafold.py --json_path NAME.json --model_dir WEIGHTS --db_dir DATABASES "
        "--output_dir predictions",
        "AlphaFold 3 takes no residues of a pocket or a contact, so the interface is not in NAME.json: whether its "
        "models have the same one is a test of it.",
    ),
    "boltz": (
        SERVER,
        "Run: boltz predict NAME.yaml --use_msa_server --out_dir predictions (its sequences go to a server for the "
        "alignments)",
        "Each chain in contact is asked to touch the residues of the partner that it touches in the model (pocket); "
        "remove `constraints` to predict without them.",
    ),
    "chai": (
        SERVER,
        "Run: chai-lab fold --use-msa-server --constraint-path NAME.restraints.csv NAME.fasta predictions (its "
        "sequences go to a server for the alignments)",
        "Each chain in contact is asked to touch the residues of the partner that it touches in the model (pocket); "
        "leave --constraint-path out to predict without them.",
    ),
}


def make(docked: Docked, key: str) -> Made:
    """Write the files of a model for a program that predicts complexes.

    Parameters
    ----------
    docked : Docked
    key : {"af3", "boltz", "chai"}

    Raises
    ------
    StructureError
        If the program does not take the sequences.
    """
    program, (msa, run, asked) = PROGRAMS[key], _HOW[key]
    one = complex_of(docked)
    if refused := refused_by(program, one):
        raise StructureError(refused)
    made = Made({name.removeprefix("./"): text for name, text in program.files(".", [one], How({}, (1,), msa)).items()})
    made.notes = [f"{text}; the sequence is joined there" for text in docked.joined]
    made.notes += [
        f"{partner.name}: ions and ligands are not in the input ({', '.join(partner.left_out)})"
        for partner in docked.partners
        if partner.left_out
    ]
    then = "Then: crossdock cofold score predictions"
    made.readme = (run.replace("NAME", one.name), asked.replace("NAME", one.name), then)
    return made


def complex_of(docked: Docked) -> Complex:
    """Give sequences and pockets of a model: chains of the receptor first, and residues by place in their sequence."""
    receptor, ligand = docked.partners
    sequences = [[*partner.read.sequences.values()] for partner in docked.partners]
    names = (receptor.name, ligand.name)
    (one,) = complexes_of([names], dict(zip(names, sequences, strict=True)))
    number = {(0, letter): at for at, letter in enumerate(receptor.read.sequences)}
    number |= {(1, letter): len(number) + at for at, letter in enumerate(ligand.read.sequences)}
    places: dict[tuple[int, int], set[int]] = {}
    for pair in docked.contacts:
        for side, (partner, own, other) in enumerate(_both(docked, pair)):
            chain, binder = number[side, own.chain], number[1 - side, other.chain]
            places.setdefault((binder, chain), set()).add(partner.place_in_sequence(own))
    pockets = [Pocket(binder, chain, tuple(sorted(own))) for (binder, chain), own in sorted(places.items())]
    return replace(one, pockets=tuple(pockets))


def _both(docked: Docked, pair: tuple[Place, Place]) -> tuple[tuple[Partner, Place, Place], ...]:
    receptor, ligand = pair
    return (docked.receptor, receptor, ligand), (docked.ligand, ligand, receptor)
