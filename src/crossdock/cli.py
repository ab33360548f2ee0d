"""The command line: one subcommand per step of the workflow, and a few for people."""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock import __version__
from crossdock.errors import CrossdockError, InputError
from crossdock.schema import problems_of, rule_of, schema

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crossdock.structures.structure import Structure


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows defaults, where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default not in (None, (), False) else action.help


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; give the exit code (0 done, 1 failed, 2 bad input)."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0
    try:
        options.run(options)
    except CrossdockError as error:
        print(f"crossdock: error: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("crossdock: interrupted; nothing half-written was left", file=sys.stderr)
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Describe every subcommand and option."""
    parser = argparse.ArgumentParser(
        prog="crossdock",
        description="Of these proteins, which could bind which, where, and how far can that be trusted? Docks every "
        "ligand of a panel against every receptor. Start with `crossdock check config.yaml`, then run `snakemake`; the "
        "other commands are its steps.",
    )
    parser.add_argument("--version", action="version", version=f"crossdock {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], None] | None, text: str, *, under: Any = commands
    ) -> argparse.ArgumentParser:
        made = under.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            formatter_class=_Help,
        )
        if run:
            made.set_defaults(run=run)
        return made

    check = command("check", _check, "look a config over before any work is done")
    check.add_argument("config", nargs="?", default="config.yaml", help="the config file")
    check.add_argument("--entries", default="resources/entries", help="folder in which fetched entries are looked for")

    fetch = command("fetch", _fetch, "fetch an entry")
    fetch.add_argument(
        "entry",
        help="PDB id, alphafold:ACCESSION, demo:ID, the path of a structure file, or the .choice.json of an accession",
    )
    fetch.add_argument(
        "-o", "--out", required=True, help="file to write, ending in .cif.gz or .pdb.gz; a .json goes beside it"
    )
    for site in rule_of("entries")["properties"]:
        _add_key(fetch, f"entries.{site}")

    prepare = command("prepare", _prepare, "turn a selection of an entry into a docking-ready structure")
    prepare.add_argument("entry", help="structure file (.pdb, .cif, with .gz or not)")
    prepare.add_argument("-o", "--out", required=True, help="folder for structure.pdb and protein.json")
    prepare.add_argument("--name", help="name of the protein; the folder's name without it")
    prepare.add_argument(
        "--sequence", help="FASTA file with the sequence of the accession, for entries without records"
    )
    for key in schema()["$defs"]["protein"]["properties"]:
        if key not in ("name", "entry", "membrane", "note"):
            _add_key(prepare, f"protein.{key}", dest="partners" if key == "with" else None)
    _add_key(prepare, "protein.membrane.outside")
    prepare.epilog = "A list that starts with a minus needs an equals sign: --residues=-4-20."

    suggest = command("suggest", _suggest, "list structures of a protein to choose from")
    suggest.add_argument("accession", help="UniProt accession, such as P60033")
    suggest.add_argument("--residues", metavar="FIRST-LAST", help="range that is needed, in UniProt numbers")
    suggest.add_argument("--yaml", action="store_true", help="print the best one as a config block")
    suggest.add_argument("-o", "--out", help="record of the best one to write, as ACCESSION.choice.json, for `fetch`")
    for site in rule_of("entries")["properties"]:
        _add_key(suggest, f"entries.{site}")

    dock = command("dock", _dock, "dock two structures")
    _add_pair(dock)
    dock.add_argument(
        "-o", "--out", required=True, help="folder for poses.csv.gz and docking.json, clusters.csv and models/"
    )
    dock.add_argument(
        "--receptor-record",
        help="the receptor's protein.json; residues that it closes are not docked to, and its attract pulls",
    )
    dock.add_argument("--ligand-record", help="the ligand's protein.json, for the same")
    for key in ("backend", *(f"docking.{key}" for key in rule_of("docking")["properties"]), "seed"):
        _add_key(dock, key)
    dock.add_argument(
        "--job", help="with `--backend cluspro`, job.json of the pair, or the table that `crossdock cluspro dock` wrote"
    )
    dock.add_argument("--threads", type=int, default=1, help="threads; the result does not depend on them")
    dock.add_argument("--poses-only", action="store_true", help="stop before clustering")
    _add_clustering(dock)

    cluspro = command("cluspro", None, "dock on the ClusPro server, or use results from it").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    brought = command("import", _cluspro_import, "take what was downloaded from the server by hand", under=cluspro)
    brought.add_argument(
        "folder",
        help="with cluspro.JOB.tar.bz2, cluspro_scores.JOB.SET.csv and jobs.csv (columns job,receptor,ligand: names of "
        "the panel)",
    )
    brought.add_argument("-o", "--out", default="resources/cluspro", help="folder that the workflow looks into")
    brought.add_argument("--config", default="config.yaml", help="the panel that the names are of")
    served = command("dock", _cluspro_dock, "hand in every pair without an imported result, and wait", under=cluspro)
    served.add_argument("panel", help="panel.json of the run")
    served.add_argument("--results", default="results", help="folder of the run")
    served.add_argument("-o", "--out", required=True, help="table to write: which job is which pair")
    jobs = command("jobs", _cluspro_jobs, "list the jobs that were handed in, and where each stands", under=cluspro)
    jobs.epilog = (
        "States: new (not on the server), sending (handed in, no answer known), sent (on the server), fetched (models "
        "are here, score tables are not), finished, failed."
    )
    found = command("found", _cluspro_found, "say that a job whose answer was lost is on the server", under=cluspro)
    found.add_argument("name", help="of the job, such as p0123456789ab")
    found.add_argument("number", help="that the server's pages give it")
    forget = command("forget", _cluspro_forget, "take a job out; the next run hands it in again", under=cluspro)
    forget.add_argument("name", help="of the job, such as p0123456789ab")
    for one in (served, jobs, found, forget):
        one.add_argument("--folder", default="resources/cluspro", help="where jobs are kept")

    cluster = command("cluster", _cluster, "group the poses of a pair and write models")
    _add_pair(cluster)
    cluster.add_argument("poses", help="poses.csv.gz")
    cluster.add_argument("-o", "--out", required=True, help="folder for clusters.csv and models/")
    _add_clustering(cluster)

    interface = command("interface", _interface, "list contacts, surfaces and predicted affinity of a pair's models")
    _add_pair(interface)
    interface.add_argument("--docking", required=True, help="docking.json")
    interface.add_argument("--poses", required=True, help="poses.csv.gz")
    interface.add_argument("--models", required=True, help="models/models.csv")
    interface.add_argument(
        "--names", nargs=2, metavar=("RECEPTOR", "LIGAND"), help="names; the structures' folders' without them"
    )
    interface.add_argument(
        "--known",
        metavar="COMPLEX",
        help="name of the complex that both structures were selected from, and lie in as they bind: judge models by it",
    )
    interface.add_argument("--note", default="", help="words shown with the known complex")
    _add_key(interface, "affinity.temperature")
    interface.add_argument(
        "--replicates", nargs="*", default=(), metavar="POSES", help="poses.csv.gz of further dockings of the pair"
    )
    interface.add_argument(
        "-o",
        "--out",
        required=True,
        help="the pair's folder, with models/: interface.csv, residues.csv, pair.json, drawings/, complex.cif, "
        "view.pml and view.cxc are put beside it",
    )

    hotspots = command("hotspots", _hotspots, "tell where on a receptor its ligands meet it")
    hotspots.add_argument("receptor", help="structure.pdb of the receptor")
    hotspots.add_argument("residues", nargs="+", help="residues.csv of its pairs, each in a folder named as the ligand")
    hotspots.add_argument("--top", type=int, default=5, help="models of each ligand that count")
    hotspots.add_argument("-o", "--out", required=True, help="folder for hotspots.csv and hotspots.pdb")

    for name, run, text in (
        ("matrix", _matrix, "line all pairs up as matrices"),
        ("network", _network, "make the ligand-receptor network"),
    ):
        made = command(name, run, text)
        made.add_argument("panel", help="panel.json of the run")
        made.add_argument("--results", default="results", help="folder of the run")

    specificity = command("specificity", _specificity, "tell what a matrix of scores holds beyond its averages")
    specificity.description = (
        "Tell how much of a matrix of docking scores is explained by what each receptor and each ligand scores on "
        "average, and which pairs stand out once both are taken out. Any table will do: results/matrix/score.csv of a "
        "run, ClusPro's scores, a table from a paper."
    )
    specificity.add_argument("table", help="CSV: a first column of ligands, then a column a receptor; no empty cell")
    specificity.add_argument("--higher", action="store_true", help="higher scores are better (signs are turned)")
    specificity.add_argument("--sizes", help="CSV with columns protein,size (residues): tell what size explains")
    specificity.add_argument("-o", "--out", help="folder for specificity.csv, robust_z.csv, best.csv and more")

    compare = command("compare", _compare, "put a run beside a published table of the same panel")
    compare.add_argument("scores", help="results/panel.json of a run, or a table of scores (results/matrix/score.csv)")
    compare.add_argument(
        "published",
        nargs="?",
        help="CSV with a first column of ligands, then a column a receptor; the config's without it",
    )
    compare.add_argument(
        "--claims", help="CSV with columns claim,receptor,ligands; without it NAME.claims.csv beside PUBLISHED"
    )
    compare.add_argument("--results", default="results", help="folder of the run")
    compare.add_argument("-o", "--out", help="comparison.json to write")

    javascript = command("javascript", _javascript, "get the report's JavaScript from its npm packages")
    javascript.add_argument("package", help="folder with package.json and package-lock.json")
    javascript.add_argument("-o", "--out", required=True, help="folder for the scripts")

    report = command("report", _report, "write the report of a run")
    report.add_argument("panel", help="panel.json of the run")
    report.add_argument("--results", default="results", help="folder of the run")
    report.add_argument("--javascript", default="resources/js", help="folder that `crossdock javascript` filled")
    report.add_argument("-o", "--out", default="results/report.html", help="page to write")
    return parser


def _add_pair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("receptor", help="structure that stays fixed (prepared, or any PDB or mmCIF file)")
    parser.add_argument("ligand", help="structure that moves")


def _add_clustering(parser: argparse.ArgumentParser) -> None:
    _add_key(parser, "clustering.radius")
    _add_key(parser, "clustering.min_size")
    _add_key(parser, "clustering.models", flag="--max-models")
    _add_key(parser, "clustering.order")


def _add_key(parser: argparse.ArgumentParser, path: str, *, flag: str | None = None, dest: str | None = None) -> None:
    """Add the option of a config key, with the type, choices, default and meaning that the schema has."""
    rule = rule_of(path)
    words = rule["description"].rstrip(".").replace("%", "%%")
    words = words if words[1].isupper() else words[0].lower() + words[1:]
    settings: dict[str, Any] = {"help": words, "default": rule.get("default")}
    kinds = rule.get("type", ())
    if kinds == "boolean":
        settings["action"] = "store_true"
    elif "array" in kinds:
        settings |= {"nargs": "+", "default": ()}
    elif "enum" in rule:
        settings["choices"] = rule["enum"]
    elif "integer" in kinds or "number" in kinds:
        settings["type"] = partial(_number, rule)
        settings["metavar"] = path.rpartition(".")[2].upper()
    if dest:
        settings["dest"] = dest
    name = path.rpartition(".")[2].replace("_", "-")
    parser.add_argument(flag or f"--{name}", **settings)


def _number(rule: dict[str, Any], text: str) -> float:
    """Read a number, within the bounds that the schema gives it."""
    value = int(text) if "integer" in rule["type"] else float(text)
    if problem := next(problems_of(value, rule, ""), None):
        raise argparse.ArgumentTypeError(problem.what)
    return value


def _check(options: argparse.Namespace) -> None:
    from crossdock.check import check_panel, render
    from crossdock.config import read_config
    from crossdock.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    findings = check_panel(panel, options.entries, where=options.config)
    live = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 24)).columns if live else 120
    print(render(panel, findings, width=width, color=live and not os.environ.get("NO_COLOR")))
    if findings.failures:
        # What is wrong, and what to do, stands in the table.
        counts = f"{len(findings.failures)} of {len(panel.proteins)} proteins cannot be used"
        raise InputError(f"{counts}: {'; '.join(str(one.where) for one in findings.problems)}", where=options.config)


def _fetch(options: argparse.Namespace) -> None:
    from crossdock.proteins import parse_entry
    from crossdock.structures.choice import read_choice
    from crossdock.structures.sources import fetch

    is_choice = options.entry.endswith(".choice.json")
    entry, chosen = read_choice(options.entry) if is_choice else (parse_entry(options.entry), None)
    fetch(entry, options.out, sites=_sites(options), offline=options.offline, chosen=chosen)


def _sites(options: argparse.Namespace) -> dict[str, str]:
    """Gather the base URLs that a command was given."""
    return {site: getattr(options, site) for site in rule_of("entries")["properties"] if site != "offline"}


def _prepare(options: argparse.Namespace) -> None:
    from crossdock.structures.prepare import prepare_to
    from crossdock.structures.sources import read_record

    prepare_to(
        options.out,
        options.entry,
        name=options.name or Path(options.out).name,
        label=options.label,
        chains=options.chains or None,
        partners=options.partners,
        copies=options.copies,
        model=options.model,
        residues=options.residues,
        keep=options.keep,
        uniprot=options.uniprot,
        organism=options.organism,
        accept=options.accept,
        sequence=options.sequence,
        accessible=options.accessible,
        blocked=options.blocked,
        attract=options.attract,
        outside=options.outside,
        antibody=options.antibody,
        repair=options.repair,
        provenance=read_record(options.entry),
    )


def _suggest(options: argparse.Namespace) -> None:
    from crossdock.structures.choice import recorded, write_choice
    from crossdock.structures.suggest import as_table, as_yaml, read_range, suggest

    residues = read_range(options.residues) if options.residues else None
    if options.offline:
        found = recorded(options.accession, residues, options.out)
    else:
        found = suggest(options.accession, residues=residues, sites=_sites(options))
        if options.out:
            write_choice(options.out, found)
    print(as_yaml(found) if options.yaml else as_table(found))


def _structure(path: str) -> Structure:
    """Read a prepared structure; any other file is prepared first, all its protein chains kept."""
    from crossdock.structures.structure import is_prepared, read_structure

    if is_prepared(path):
        return read_structure(path)
    from crossdock.structures.prepare import inspect, prepare  # Biopython takes a while to load

    chains = [chain["chain"] for chain in inspect(path)["chains"]]
    structure, record = prepare(path, name=Path(path).stem, chains=chains)
    print(
        f"{path}: prepared on the fly, chains {' '.join(record['selection']['chains'])}, {len(structure)} atoms; "
        "for ions, single chains or an identity check run `crossdock prepare` first",
        file=sys.stderr,
    )
    return structure


def _dock(options: argparse.Namespace) -> None:
    from crossdock.docking.backends import Options, load_backend
    from crossdock.docking.poses import write_poses
    from crossdock.files import write_json

    if options.threads < 1 or (options.rotations is not None and options.rotations < 1):
        raise InputError("expected at least 1 thread and 1 rotation")
    if Path(options.out).is_file():
        raise InputError("expected a folder to write to, got a file", where=options.out)
    backend = load_backend(options.backend)
    receptor, ligand = _structure(options.receptor), _structure(options.ligand)
    began, cpu = time.monotonic(), time.process_time()
    asked = Options(
        sampling=options.sampling,
        rotations=options.rotations,
        seed=options.seed,
        threads=options.threads,
        device=options.device,
        job=options.job,
        coefficients=options.coefficients,
        **_site(receptor, options.receptor_record, "receptor"),
        **_site(ligand, options.ligand_record, "ligand"),
        progress=_progress(),
    )
    docking = backend(receptor, ligand, asked)
    for note in docking.record.get("notes", ()):
        print(note, file=sys.stderr)
    folder = Path(options.out)
    write_json(
        folder / "docking.json",
        {
            "backend": options.backend,
            **docking.record,
            "seed": options.seed,
            "docked": datetime.now(UTC).isoformat(timespec="seconds"),
            "threads": options.threads,
            "cpu_seconds": round(time.process_time() - cpu, 2),
            "wall_seconds": round(time.monotonic() - began, 2),
            "peak_memory_MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "receptor": _described(options.receptor, receptor),
            "ligand": _described(options.ligand, ligand),
        },
    )
    write_poses(folder / "poses.csv.gz", docking.poses)
    if not options.poses_only:
        options.poses = folder / "poses.csv.gz"
        _cluster(options, receptor, ligand)


def _cluspro_import(options: argparse.Namespace) -> None:
    from crossdock.config import read_config
    from crossdock.docking.cluspro.imports import bring, find_jobs
    from crossdock.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    asked = {(receptor.name, ligand.name) for receptor, ligand in panel.docked}
    jobs = find_jobs(options.folder)
    if strangers := [f"{job.receptor}, {job.ligand}" for job in jobs if (job.receptor, job.ligand) not in asked]:
        raise InputError(
            f"not in the panel: {'; '.join(strangers)}",
            where=str(Path(options.folder, "jobs.csv")),
            hint=f"receptor and ligand as {options.config} names them",
        )
    for job in jobs:
        bring(job, options.out)
    left = len(asked) - len({(job.receptor, job.ligand) for job in jobs})
    print(f"{len(jobs)} jobs imported into {options.out}; {left} of {len(asked)} pairs are not among them")


def _cluspro_dock(options: argparse.Namespace) -> None:
    from crossdock.docking.cluspro.client import Server
    from crossdock.docking.cluspro.credentials import credentials
    from crossdock.docking.cluspro.dispatch import Dispatch, Order, Pace
    from crossdock.docking.cluspro.imports import imported
    from crossdock.docking.cluspro.ledger import Ledger, write_jobs
    from crossdock.docking.cluspro.preflight import preflight
    from crossdock.panel import read_panel
    from crossdock.structures.structure import read_structure

    def say(text: str) -> None:
        print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}  {text}", flush=True)

    panel, folder = read_panel(options.panel), Path(options.folder)
    asked = panel.cluspro
    names = [(receptor.name, ligand.name) for receptor, ligand in panel.docked]
    pairs = [pair for pair in names if not imported(folder, *pair)]
    proteins = {
        name: read_structure(Path(options.results, "proteins", name, "structure.pdb"))
        for name in dict.fromkeys(name for pair in pairs for name in pair)
    }
    ledger = Ledger(folder / "jobs")
    orders = [Order.of(*pair, (proteins[pair[0]], proteins[pair[1]])) for pair in pairs]
    pace = Pace(
        in_flight=asked["in_flight"],
        pause_s=asked["pause_s"],
        first_look_s=60 * asked["first_look_min"],
        look_every_s=60 * asked["look_every_min"],
        deadline_s=3600 * asked["deadline_h"],
    )
    with ledger.alone(say):
        states = [(ledger.read(order.name) or {"state": "new"})["state"] for order in orders]
        if "new" in states:
            preflight(proteins, pairs, say)
        if set(states) != {"finished"}:
            server = Server(asked["url"], credentials(), send_secret=asked["send_secret"])
            Dispatch(ledger, server, orders, pace, downloads=folder / "downloads", say=say).work()
        write_jobs(options.out, ledger, [(one.receptor, one.ligand, one.name) for one in orders])


def _cluspro_jobs(options: argparse.Namespace) -> None:
    from crossdock.docking.cluspro.ledger import Ledger

    records = Ledger(Path(options.folder, "jobs")).records()
    if not records:
        print(f"no jobs in {Path(options.folder, 'jobs')}")
        return
    print("{:14s} {:>10s}  {:9s} {}".format("name", "job", "state", "receptor, ligand"))
    for record in records:
        cells = (record["name"], record.get("job", "-"), record["state"], f"{record['receptor']}, {record['ligand']}")
        print("{:14s} {:>10s}  {:9s} {}".format(*cells))


def _cluspro_found(options: argparse.Namespace) -> None:
    from crossdock.docking.cluspro.ledger import Ledger, stamp

    ledger = Ledger(Path(options.folder, "jobs"))
    if not options.number.isdecimal():
        raise InputError(f"expected the number of a job, got {options.number!r}")
    with ledger.alone(print):
        if (state := ledger.known(options.name)["state"]) != "sending":
            raise InputError(f"job {options.name} is {state}: its number is not asked for")
        ledger.change(options.name, state="sent", job=options.number, sent=stamp(time.time()))


def _cluspro_forget(options: argparse.Namespace) -> None:
    from crossdock.docking.cluspro.ledger import Ledger

    ledger = Ledger(Path(options.folder, "jobs"))
    with ledger.alone(print):
        finished = ledger.known(options.name)["state"] == "finished"
        ledger.forget(options.name)
    if finished:
        print("its poses are in the results already: run `snakemake --forcerun cluspro dock` to take the new ones")


def _site(structure: Structure, path: str | None, role: str) -> dict[str, NDArray[np.bool_] | None]:
    """Give the options that close atoms of a partner, or make them pull, by its protein.json."""
    from crossdock.files import read_json
    from crossdock.structures.site import atoms_of

    if not path:
        return {}
    record = read_json(path)
    if missing := {"docking_mask", "attract"} - set(record):
        what = f"not a protein.json of this version: no {', '.join(sorted(missing))}"
        raise InputError(what, where=path, hint="run `crossdock prepare` again")
    mask = record["docking_mask"] or {}
    return {
        f"{role}_closed": atoms_of(structure, mask.get("blocked")),
        f"{role}_attract": atoms_of(structure, record["attract"]),
    }


def _described(path: str, structure: Structure) -> dict[str, Any]:
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return {"n_residues": structure.n_residues, "n_atoms": len(structure), "sha256": digest}


def _progress() -> Callable[[int, int], None]:
    """Report progress on stderr: in place on a terminal, a line every tenth in a log."""
    began, last, live = time.monotonic(), [0], sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if not live and done < total and done * 10 // total == last[0]:
            return
        last[0] = done * 10 // total
        left = (time.monotonic() - began) * (total - done) / done
        text = f"docking: {done}/{total} orientations, {100 * done // total} %, about {left:.0f} s left"
        print(
            f"\r{text}  " if live else text, end="\n" if not live or done == total else "", file=sys.stderr, flush=True
        )

    return report


def _cluster(options: argparse.Namespace, receptor: Structure | None = None, ligand: Structure | None = None) -> None:
    from crossdock.docking.models import write_models
    from crossdock.docking.poses import read_poses

    write_models(
        options.out,
        receptor or _structure(options.receptor),
        ligand or _structure(options.ligand),
        read_poses(options.poses),
        radius=options.radius,
        min_size=options.min_size,
        models=options.max_models,
        order=options.order,
    )


def _interface(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.pair import write_pair
    from crossdock.docking.poses import read_poses
    from crossdock.files import read_json, read_made

    names = options.names or [Path(path).parent.name or Path(path).stem for path in (options.receptor, options.ligand)]
    docking = read_made(options.docking, read_json, "crossdock dock")
    receptor, ligand = _structure(options.receptor), _structure(options.ligand)
    for role, path, body in (("receptor", options.receptor, receptor), ("ligand", options.ligand, ligand)):
        docked = docking.get(role)
        if not isinstance(docked, dict) or "sha256" not in docked:
            raise InputError(f"not the record of a docking: it names no {role}", where=options.docking)
        if _described(path, body)["sha256"] != docked["sha256"]:
            raise InputError(
                f"this is not the {role} that was docked", where=path, hint=f"{options.docking} says which"
            )
    models = read_made(options.models, pd.read_csv, "crossdock cluster")
    if "model" not in models or "qw" not in models:
        raise InputError("not a table of models", where=options.models, hint="expected models/models.csv of the pair")
    write_pair(
        options.out,
        names,
        receptor,
        ligand,
        docking,
        read_poses(options.poses),
        models,
        read_made(Path(options.models).with_name("members.csv"), pd.read_csv, "crossdock cluster"),
        known=options.known,
        note=options.note,
        temperature=options.temperature,
        replicates=[read_poses(path) for path in options.replicates],
    )


def _hotspots(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.hotspots import write_hotspots
    from crossdock.files import read_made

    if options.top < 1:
        raise InputError(f"expected at least 1 model, got {options.top}", where="--top")
    text = {"chain": str, "number": str}
    tables: dict[str, pd.DataFrame] = {}
    for path in options.residues:
        table = read_made(path, lambda path: pd.read_csv(path, dtype=text), "crossdock interface")
        tables[Path(path).parent.name] = table
        if missing := {"side", "model", "contacts", *text} - set(table):
            raise InputError(f"not a residues.csv: no column {', '.join(sorted(missing))}", where=path)
    write_hotspots(options.out, _structure(options.receptor), tables, top=options.top)


def _matrix(options: argparse.Namespace) -> None:
    import numpy as np
    import pandas as pd

    from crossdock.analysis.interaction import met_residues
    from crossdock.analysis.matrix import ERRORS, METRICS, panelwide, published, tidy
    from crossdock.files import read_json, read_made, write_json, write_table
    from crossdock.panel import read_panel

    panel, results = read_panel(options.panel), Path(options.results)
    text = {"chain": str, "number": str, "residue": str}
    pairs, met = [], {}
    for receptor, ligand in panel.docked:
        folder = results / "pairs" / receptor.name / ligand.name
        pairs.append(read_made(folder / "pair.json", read_json, "crossdock interface"))
        if ligand in panel.ligands:
            residues = read_made(
                folder / "residues.csv", lambda path: pd.read_csv(path, dtype=text), "crossdock interface"
            )
            energies = np.array([model["score"] for model in pairs[-1]["models"]])
            met[receptor.name, ligand.name] = met_residues(energies, residues)
    names = [one.name for one in panel.receptors], [one.name for one in panel.ligands]
    found = panelwide(pairs, *names, controls=[one.name for one in panel.controls], met=met)
    for metric, table in found.tables.items():
        # Made-up scores are named in every table that they reach, and so is an error that a number must not go without.
        corner = "ligand (SYNTHETIC)" if any("SYNTHETIC" in pair["backend"] for pair in pairs) else "ligand"
        if metric in ERRORS:
            corner += f" ({METRICS[metric][0]}, error {ERRORS[metric]:g} on solved complexes)"
        write_table(results / "matrix" / f"{metric}.csv", table.rename_axis(corner).reset_index())
    scores = tidy(found, [pair for pair in pairs if (pair["receptor"], pair["ligand"]) in met])
    if panel.published:
        scores = pd.concat([scores, published(panel.published, *names)], ignore_index=True)
    write_table(results / "scores.csv", scores)
    write_table(results / "ranks.csv", found.ranks)
    write_json(results / "statistics.json", found.record)


def _specificity(options: argparse.Namespace) -> None:
    from crossdock.analysis.table import read_matrix, read_sizes, told, whole, write_tables

    scores = whole(read_matrix(options.table), options.table)
    sizes = read_sizes(options.sizes) if options.sizes else None
    scores = -scores if options.higher else scores
    print(told(scores, where=options.table, sizes=sizes))
    if options.out:
        write_tables(options.out, scores, sizes=sizes)


def _compare(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.compare import compare, read_claims, told
    from crossdock.analysis.table import read_matrix, whole
    from crossdock.files import read_json, read_made, write_json
    from crossdock.panel import read_panel

    results, published, ranks, doubts = Path(options.results), options.published, None, {}
    if options.scores.endswith(".json"):
        panel = read_panel(options.scores)
        published = published or panel.published
        scores = read_made(results / "matrix" / "score.csv", read_matrix, "crossdock matrix")
        ranks = read_made(results / "ranks.csv", pd.read_csv, "crossdock matrix")
        for protein in panel.proteins:
            path = results / "proteins" / protein.name / "protein.json"
            identity = read_made(path, read_json, "crossdock prepare")["identity"]
            if identity["verdict"] == "mismatch":
                doubts[protein.name] = identity["explanation"]
    else:
        scores = read_matrix(options.scores)
    if not published:
        raise InputError("no published table", where=options.scores, hint="give one, or `published:` in the config")
    beside = Path(published).with_suffix(".claims.csv")
    claims = options.claims or (beside if beside.is_file() else None)
    found = compare(
        whole(scores, options.scores),
        read_matrix(published),
        ranks=ranks,
        claims=read_claims(claims) if claims else None,
        doubts=doubts,
    )
    print(told(found))
    if options.out:
        write_json(options.out, found)


def _network(options: argparse.Namespace) -> None:
    import pandas as pd

    from crossdock.analysis.network import build, write
    from crossdock.analysis.network_style import write_style
    from crossdock.files import read_json
    from crossdock.panel import read_panel

    panel, results = read_panel(options.panel), Path(options.results)
    proteins = [
        {
            "name": one.name,
            "label": one.label or one.name,
            "role": role,
            "n_residues": read_json(results / "proteins" / one.name / "protein.json")["n_residues"],
        }
        for role, members in (("receptor", panel.receptors), ("ligand", panel.ligands))
        for one in members
    ]
    scores = pd.read_csv(results / "scores.csv", dtype={"receptor": str, "ligand": str})
    graph = build(scores, proteins, **panel.network)
    write(graph, results / "network")
    write_style(results / "network" / "style.xml", graph)


def _javascript(options: argparse.Namespace) -> None:
    from crossdock.report.javascript import install

    install(options.package, options.out)


def _report(options: argparse.Namespace) -> None:
    from crossdock.report.build import build

    build(options.panel, options.results, options.javascript, options.out)


if __name__ == "__main__":
    sys.exit(main())
