"""The commands `crossdock cofold`: scores of co-folded models, and models that are brought into a panel."""

from __future__ import annotations

import argparse
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock.errors import InputError

if TYPE_CHECKING:
    from crossdock.panel.panel import Panel

_log = logging.getLogger(__name__)
#: Files that cannot be read of which a warning is given.
MOST_LINES = 30


def add(commands: Any) -> None:
    """Describe them."""
    from crossdock.docking.backends.cofold.quantities import CUTOFF_A

    commands = commands.group("cofold", "score models of complexes from AlphaFold, Boltz, Chai and others, or use them")
    score = commands.add(
        "score", _score, "print the scores of predicted complexes: ipTM, ipSAE, LIS, pDockQ and others"
    )
    score.description = (
        "Reads what AlphaFold-Multimer, AlphaPulldown, ColabFold, AlphaFold 3 and its server, Boltz, Chai-1, Protenix "
        "and OpenFold 3 write, and scores every pair of protein chains. Most scores have two directions: the "
        "prediction is aligned on residues of one chain, and the places of the other's residues are judged. No panel "
        "is needed. The file of any other model, such as a docked one (complex.cif, models/model_00.pdb), gets the "
        "scores that need its coordinates alone, and pDockQ if both partners are predicted structures."
    )
    score.epilog = (
        "What the numbers say: ipTM, ipSAE, LIS, pDockQ and pDockQ2 go from 0 to 1, higher is better. ipSAE ignores "
        "parts that the prediction is unsure of, so long disordered tails do not lower it. No single cutoff tells "
        "binders from non-binders: docs/cofold.md has published thresholds with their false positive rates. Compare "
        "pairs that the same program predicted in the same way."
    )
    score.add_argument("path", help="folder (any nesting, zip archives too), zip archive, or the file of one model")
    score.add_argument(
        "--cutoff",
        type=_angstrom,
        default=CUTOFF_A,
        metavar="ANGSTROM",
        help="PAE below which residues count for ipSAE; 10 is usual, 15 was proposed for AlphaFold 2",
    )
    score.add_argument("--json", action="store_true", help="print everything as JSON")

    brought = commands.add("import", _import, "use predicted complexes as the models of a panel's pairs")
    brought.description = (
        "Finds the predictions in a folder, at any depth, and decides by the sequences of their chains which pair of "
        "the panel each is. The result is written to jobs.csv in that folder; rows that you edit there are kept. "
        "Complexes whose pair is certain, or filled in by you, are imported with all their models and scores. Then "
        "start `crossdock run`."
    )
    brought.add_argument("folder", help="folder (any nesting, zip archives too) or zip archive")
    brought.add_argument(
        "-o", "--out", default="resources/cofold", help="folder in which the workflow looks for models"
    )
    brought.add_argument("--config", default="config.yaml", help="config of the panel")
    brought.add_argument("--results", default="results", help="folder in which prepared structures are looked for")
    brought.add_argument(
        "--entries", default="resources/entries", help="folder in which fetched entries are looked for"
    )
    brought.add_argument("--cutoff", type=_angstrom, default=CUTOFF_A, metavar="ANGSTROM", help="PAE cutoff of ipSAE")
    _describe_inputs(commands)


def _describe_inputs(commands: Any) -> None:
    from crossdock.docking.backends.cofold.programs import BATCH, PROGRAMS

    inputs = commands.add("inputs", _inputs, "write inputs for a program that predicts complexes, of all pairs")
    inputs.description = (
        "Writes a folder for a machine with a GPU: the sequences of every pair of the panel, controls too, as the "
        "program wants them, scripts that run it (run.sh, and submit.slurm for a cluster), and a README.txt with the "
        "steps. Copy the folder there, run the scripts, copy it back, and `crossdock cofold import FOLDER` finds the "
        "pair of each prediction by its sequences. Alignments are made once a sequence, by msas.sh, and all pairs "
        "share them."
    )
    inputs.epilog = (
        "Example: crossdock cofold inputs --for boltz -o inputs_boltz. Structures must be fetched first: "
        "`crossdock run --until fetch`. Run the command again after you have changed the panel: alignments and "
        "predictions in the folder are kept."
    )
    inputs.add_argument(
        "--for",
        dest="program",
        required=True,
        type=_program,
        metavar=f"{{{','.join(PROGRAMS)}}}",
        help="program that will predict them",
    )
    inputs.add_argument("-o", "--out", required=True, metavar="DIR", help="folder to write")
    inputs.add_argument(
        "--whole",
        action="store_true",
        help="sequences of whole chains, not of the part that is docked; slower, and nearer to the protein in the cell",
    )
    inputs.add_argument(
        "--msa",
        metavar="server|none|DIR",
        help="alignments: of a folder with an .a3m file a sequence, under any names; of a server, which is asked for "
        "each pair; or none. Without this option, msas.sh makes them",
    )
    inputs.add_argument("--seeds", type=_number, metavar="N", help="seeds a pair; by default the panel's replicates")
    inputs.add_argument("--batch", type=_number, default=BATCH, metavar="N", help="pairs of one job of a cluster")
    inputs.add_argument("--config", default="config.yaml", help="config of the panel")
    inputs.add_argument("--results", default="results", help="folder in which prepared structures are looked for")
    inputs.add_argument("--entries", default="resources/entries", help="folder in which fetched entries are looked for")


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 1000, got {text!r}")
    return int(text)


def _program(text: str) -> str:
    """Take the name that the command line has for a program, or the program's own, such as `AlphaFold 3`."""
    from crossdock.docking.backends.cofold.programs import PROGRAMS
    from crossdock.panel.schema import did_you_mean

    def plain(name: str) -> str:
        return re.sub(r"[^a-z0-9]", "", name.lower())

    names = {plain(name): key for key, program in PROGRAMS.items() for name in (program.title, key)}
    if plain(text) not in names:
        raise argparse.ArgumentTypeError(f"there is no program {text!r} here; {did_you_mean(text, PROGRAMS)}")
    return names[plain(text)]


def _setting(panel: Panel, config: str) -> str:
    """Say how the config uses imported models, or what it needs to do so."""
    names = [run.backend for run in panel.runs]
    has = f"backends: [{', '.join(names)}]" if len(names) > 1 else f"backend: {names[0]}"
    if "cofold" in names:
        return f"Its {config} has `{has}`, which uses them."
    if panel.steer_by == "cofold":
        return f"Its {config} has `attract: from cofold`, which uses them."
    both = f"`backends: [{', '.join([*names, 'cofold'])}]`"
    return f"Its {config} has `{has}`: before the import, set `backend: cofold` in it, or {both} to have both."


def _angstrom(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"expected a number of angstrom above 0 and up to 100, got {text!r}")
    return value


def _score(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cofold.find import find_predictions
    from crossdock.docking.backends.cofold.report import Scored, as_json, as_text
    from crossdock.docking.backends.cofold.terms import shown

    finds = find_predictions(options.path, alone=True, needed=not options.json)
    for text in shown(one.layout.terms for one in finds.found):
        _log.warning("terms of use of %s", text)
    models = [Scored.of(found, prediction, options.cutoff) for found, prediction in finds.read()]
    for title, several in (("not read", finds.problems), ("doubtful", finds.doubts)):
        for problem in several[:MOST_LINES]:
            _log.warning("%s: %s: %s", title, problem.where, problem.what)
        if len(several) > MOST_LINES:
            _log.warning("%s: %d more; --json lists all", title, len(several) - MOST_LINES)
    if options.json:
        import json

        print(json.dumps(as_json(models, finds.problems, finds.doubts, options.cutoff), indent=1))
    if not models:
        raise InputError("none of the predictions could be read", where=options.path)
    if not options.json:
        print("\n".join(as_text(models, options.cutoff)))


def _import(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cofold.bring import import_folder
    from crossdock.docking.matching.panel import known_of
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel

    asked = load_panel(read_config(options.config), where=options.config)
    panel = next((run for run in asked.runs if run.backend == "cofold"), None)
    if panel is None and asked.steer_by != "cofold":
        both = ", ".join([*(run.backend for run in asked.runs), "cofold"])
        hint = (
            f"set `backends: [{both}]` to have both methods, `backend: cofold` to have predictions alone, or `attract: "
            "from cofold` to let them steer the docking; --config names another config"
        )
        raise InputError("nothing in the config uses imported predictions", where=options.config, hint=hint)
    accept = (panel.settings if panel else asked.steering).get("accept", ())
    known, _ = known_of(asked, options.results, options.entries)
    how = {"config": options.config, "accept": accept, "cutoff": options.cutoff}
    print(import_folder(options.folder, known, options.out, **how))


def _inputs(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.cofold.find import MANY
    from crossdock.docking.backends.cofold.inputs import complexes_of, names_of, write_inputs
    from crossdock.docking.backends.cofold.programs import NONE, PROGRAMS, SERVER, SHARED, How
    from crossdock.docking.backends.cofold.sequences import JOINED, read_sequences
    from crossdock.docking.backends.cofold.terms import shown
    from crossdock.errors import ConfigError, CrossdockError
    from crossdock.failure import failure_of
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel
    from crossdock.progress import track

    program = PROGRAMS[options.program]
    msa = options.msa if options.msa in (SERVER, NONE) else SHARED
    if options.msa and msa not in program.msa:
        raise InputError(
            f"{program.title} has no use for --msa {options.msa}",
            where="--msa",
            hint="leave it out, or give none or a folder with alignments" if program.msa else "leave it out",
        )
    panel = load_panel(read_config(options.config), where=options.config)
    sequences, joined, problems = dict[str, dict[str, str]](), list[str](), list[CrossdockError]()
    for protein in track(panel.proteins, "sequences read", least=MANY):
        try:
            read = read_sequences(protein, options.results, options.entries, whole=options.whole)
            sequences[protein.name] = read.sequences
            joined += read.joined
        except CrossdockError as error:
            if failure_of(Path(options.results, "proteins", protein.name, "structure.pdb")):
                _log.warning("left out: all pairs of %s, since it cannot be prepared: %s", protein.name, error.what)
            else:
                problems.append(error)
    if problems:
        raise ConfigError(problems, where=options.config)
    chains = {name: list(of_chain.values()) for name, of_chain in sequences.items()}
    pairs = [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    complexes = complexes_of([pair for pair in pairs if chains.keys() >= set(pair)], chains)
    how = How(names_of(sequences), tuple(range(1, (options.seeds or panel.replicates) + 1)), msa)
    folder = options.msa if msa == SHARED else None
    setting = _setting(panel, Path(options.config).name)
    about = {"title": panel.title, "setting": setting, "joined": joined, "batch": options.batch, "msas": folder}
    written = write_inputs(options.out, options.program, complexes, how, **about)
    for text in shown([program.terms]):
        _log.warning("terms of use of %s", text)
    if joined:
        _log.warning("%s\n  %s\n  -> %s", JOINED[0], "\n  ".join(joined), JOINED[1])
    for text in written.left_out:
        _log.warning("left out: %s", text)
    if folder and written.lacking:
        _log.warning("no alignment in %s of %s; msas.sh makes them", folder, ", ".join(written.lacking))
    n = len(written.complexes)
    print(f"{n} pair{'s' if n != 1 else ''} for {program.title} in {options.out}; what to do next is in its README.txt")
