import hashlib
import re
import shlex
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from crossdock import __version__, log
from crossdock.steps.check import (
    check_panel,
    check_place,
    check_results,
    estimate,
)
from crossdock.panel.config import read_configs
from crossdock.docking.backends import load_backend
from crossdock.entries.choice import chosen
from crossdock.entries.sources import fetched
from crossdock.errors import CrossdockError
from crossdock.failure import tries_of
from crossdock.steps.estimate import TOO_LITTLE, keep_speed, kept_speed, time_needed
from crossdock.files import read_json
from crossdock.installed import javascript
from crossdock.steps.inside_snakemake import Inside
from crossdock.steps.jobs import (
    TYPICAL,
    analysis_arguments,
    batch_size,
    batches,
    combinations,
    docking_arguments,
    gpus,
    memory_mb,
    parts,
    refining_min,
    runtime_min,
    REFINING_MB,
)
from crossdock.panel.panel import load_panel
from crossdock.panel.schema import option_of
from crossdock.panel.schema import option_arguments
from crossdock.records import from_json
from crossdock.structures.record import ProteinRecord
from crossdock.plugins import METRICS as METRICS_OF_OTHERS
from crossdock.plugins import packages
from crossdock.steps.matrix import metrics
from crossdock.steps.remote import ready, result, table_of_all, waiting
from crossdock.steps.background_set import docked_with, of_background, work_of
from crossdock.steps.steering import guide_of, steered, table_of
from crossdock.steps.templates import looking
from crossdock.steps.templates import table_of as templates_of
from crossdock.structures.shape import Size
from crossdock.unexpected import end_with

log.show()

# Where nobody activated the environment, the rules find the `crossdock` that is installed beside this Snakemake.
shell.prefix(f'export PATH="$PATH":{shlex.quote(str(Path(sys.executable).parent))}; ')

INSIDE = Inside(workflow)
# Dockings of all panels that are run here, by what they are made of: a pair that two of them share is docked once.
KEPT = "resources/dockings"
BACKGROUND_KEPT = "resources/background"
ENTRY_FOLDER = "resources/entries"
# A config given on the command line stands alone: merged into config.yaml, it would inherit that panel's other keys.
CONFIGS = INSIDE.configfiles or ["config.yaml"]
CONFIG = ", ".join(CONFIGS)

try:
    check_place(INSIDE.snakefile)
    # Not Snakemake's own `config`, in which NO has become false and 0123 is 83.
    PANEL = load_panel(read_configs(CONFIGS, INSIDE.config_settings), where=CONFIG)
    RESULTS = PANEL.results
    # A panel for each backend, by the folder of its run.
    RUNS = {run.results: run for run in PANEL.runs}
    BACKENDS = {folder: load_backend(run.backend) for folder, run in RUNS.items()}
    BACKEND, METRICS = BACKENDS[RESULTS], metrics(PANEL)
    if INSIDE.is_main_process:
        check_results(PANEL)
    # Of the backends that take all pairs at once, those that compute here and ask no server.
    COMPUTED = {
        folder: backend.elsewhere
        for folder, backend in BACKENDS.items()
        if backend.elsewhere and backend.elsewhere.computes
    }
    # Known complexes of homologues may be looked for without a backend of their own: their poses join the docked ones.
    LOOKING = looking(PANEL)
    TEMPLATES = templates_of(PANEL)
    LAID_OVER = LOOKING is not None and LOOKING.results not in COMPUTED
    if LAID_OVER:
        COMPUTED[LOOKING.results] = load_backend(LOOKING.backend).elsewhere
    # Pairs whose results nobody has brought are handed in, where the backend docks elsewhere.
    HANDED_IN = {folder: waiting(run) for folder, run in RUNS.items()}
    if LAID_OVER:
        HANDED_IN[LOOKING.results] = waiting(LOOKING)
    # Jobs on other nodes parse this file again; looking into every entry once is enough.
    if INSIDE.is_main_process:
        findings = check_panel(
            PANEL, ENTRY_FOLDER, where=CONFIG, seen="resources/checked.json"
        )
        findings.stop_if_nothing_is_left(PANEL)
        SECONDS = {folder: estimate(run, findings) for folder, run in RUNS.items()}
except Exception as error:
    sys.exit(end_with(error))

ENTRIES = {
    entry.filename: entry for protein in PANEL.proteins for entry in protein.entries
}
# Without the network, entries that are here are inputs like any file of the user's; nothing makes or removes them.
FETCHED = {
    name: entry
    for name, entry in ENTRIES.items()
    if not (entry.remote and PANEL.entries["offline"] and fetched(entry, ENTRY_FOLDER))
}
# A choice that has been made is an input too, so that no rerun makes another.
CHOICES = {
    entry.choice: entry
    for entry in FETCHED.values()
    if entry.choice and not chosen(entry, ENTRY_FOLDER)
}


# Several pairs in a job, where single ones would be too many or too short.
BATCHES = {folder: batches(run) for folder, run in RUNS.items()}
# Folders of the backends that give the same kind of result as the main one, poses or models, and those of others.
ALIKE = [
    folder
    for folder, backend in BACKENDS.items()
    if backend.can.models == BACKEND.can.models
]
UNLIKE = {
    folder: backend for folder, backend in BACKENDS.items() if folder not in ALIKE
}


@cache
def size_of(record):
    """Give the size of a prepared protein; before it is there, Snakemake asks again later."""
    try:
        return from_json(read_json(record), ProteinRecord).size
    except ValueError:  # a broken record: the job that reads it says so
        return TYPICAL


def sizes_of(panel, receptor, *ligands):
    """Give the sizes of both partners of each docking of pairs, from which follows what their jobs need."""
    records = [
        f"{RESULTS}/proteins/{name}/protein.json" for name in (receptor, *ligands)
    ]
    own, *others = map(size_of, records)
    # Each conformer of one partner is docked with each of the other, one after the other.
    fixed, *moving = (
        PANEL.protein(name).most_conformers for name in (receptor, *ligands)
    )
    times = [combinations(panel, fixed, n) for n in moving]
    return [
        (own, other) for other, n in zip(others, times, strict=True) for _ in range(n)
    ]


def any_of(names):
    return "|".join(sorted(map(re.escape, names))) or "(?!)"


wildcard_constraints:
    run=any_of(RUNS),
    entry=any_of(FETCHED),
    choice=any_of(CHOICES),
    protein=any_of(protein.name for protein in PANEL.proteins),
    receptor=any_of(protein.name for protein in PANEL.receptors),
    ligand=any_of(protein.name for protein in (*PANEL.ligands, *PANEL.controls)),
    batch=r"\d+",
    part=r"\d+",
    parts=r"\d+",
    replicate=any_of(
        map(str, range(2, max(run.replicates for run in RUNS.values()) + 1))
    ),


def failed(step, *of):
    """Name the record of how often a step failed; entries are shared by panels, and so are theirs."""
    return failed_in("resources" if step in ("choose", "fetch") else RESULTS, step, *of)


def failed_in(folder, step, *of):
    return f"{folder}/failed/{step}/{'/'.join(of)}.json"


def tries(step, *of):
    """Tell how often a step failed. As a parameter, it makes the next run try again."""
    return tries_of(failed(step, *of))


def tries_in(folder, step, *of):
    return tries_of(failed_in(folder, step, *of))


def folder_of_run(wildcards):
    return wildcards.get("run", RESULTS)


def version_of(wildcards):
    """Give what docks: scores of two versions may not stand in one matrix."""
    return __version__, BACKENDS[wildcards.run].version


def of_backend(run):
    """Name a backend in Snakemake's own report, if the panel has several."""
    return {"backend": run.backend} if PANEL.further else {}


def of_proteins(file):
    return [f"{RESULTS}/proteins/{protein.name}/{file}" for protein in PANEL.proteins]


def background_of(run):
    """Give the tables of what a panel's proteins have with its background."""
    return [f"{RESULTS}/background/{name}.csv" for name in of_background(run)]


def of_pairs(file, pairs, folder):
    return [
        f"{folder}/pairs/{receptor.name}/{ligand.name}/{file}"
        for receptor, ligand in pairs
    ]


def shortened(names):
    if len(names) <= 5:
        return ", ".join(names)
    return f"{len(names)} ligands, {names[0]} to {names[-1]}"


def batch_of(wildcards):
    """Give the ligands of a batch."""
    return BATCHES[wildcards.run][wildcards.receptor][wildcards.batch]


def of_batch(file, wildcards):
    return [f"{RESULTS}/proteins/{ligand}/{file}" for ligand in batch_of(wildcards)]


def made_of_pairs(file, pairs=PANEL.pairs, folder=RESULTS):
    """Give what tells that pairs are made: a file of each, or the tables of the batches that they are made in."""
    if not BATCHES[folder]:
        return of_pairs(file, pairs, folder)
    receptors = dict.fromkeys(receptor.name for receptor, _ in pairs)
    return [
        f"{folder}/batches/{receptor}/{batch}.csv"
        for receptor in receptors
        for batch in BATCHES[folder][receptor]
    ]


def of_all_backends(file):
    return [
        path
        for folder, run in RUNS.items()
        for path in made_of_pairs(file, run.pairs, folder)
    ]


def unrefined(wildcards):
    """Give the ligands of a batch whose models are not refined, as options: controls are no pairs of the panel."""
    controls = {control.name for control in PANEL.controls} if PANEL.refine else set()
    return option_arguments(
        {"unrefined": tuple(one for one in batch_of(wildcards) if one in controls)}
    )


def refined():
    """Give what tells that the first models of all pairs are refined, if they are to be."""
    files = ("refined/refined.json", "refined/interface.csv") if PANEL.refine else ()
    return [path for file in files for path in of_all_backends(file)]


def shown(drawings, **how):
    """Mark drawings for Snakemake's own report, unless the panel has so many that no browser would open it."""
    return report(drawings, **how) if len(PANEL.docked) <= 500 else drawings


def network_file(name, purpose):
    return report(
        f"{{run}}/network/{name}",
        caption="../report/network.rst",
        category="Network",
        labels={"for": purpose, **({"run": "{run}"} if PANEL.further else {})},
    )


def replicates(wildcards):
    """Give the poses of a pair's further dockings."""
    folder = f"{wildcards.run}/pairs/{wildcards.receptor}/{wildcards.ligand}"
    return [
        f"{folder}/replicates/{number}/poses.csv.gz"
        for number in range(2, RUNS[wildcards.run].replicates + 1)
    ]


def remote(wildcards):
    """Give what has been made of a pair elsewhere, where the backend docks there."""
    if not BACKENDS[wildcards.run].elsewhere:
        return []
    pair = wildcards.receptor, wildcards.ligand
    if found := result(RUNS[wildcards.run], *pair):
        return found
    table = str(table_of_all(RUNS[wildcards.run]))
    again = wildcards.run in COMPUTED and tries_in(wildcards.run, "dock", *pair)
    return table if again else ancient(table)


@cache
def guide_in(run, receptor, ligand):
    """Give the backend whose models steer the docking of a pair and the file that has them, if any do."""
    return guide_of(RUNS[run], receptor, ligand, table_of(PANEL))


def guide(wildcards):
    """Give the models that steer the docking of a pair; of a table, what is of the pair counts, not its date."""
    found = guide_in(wildcards.run, wildcards.receptor, wildcards.ligand)
    if not found:
        return []
    return ancient(str(found[1])) if found[1] == table_of(PANEL) else str(found[1])


def guides_of_batch(wildcards):
    """Give the models that steer the dockings of a batch, the table of further ones last."""
    found = [
        guide_in(wildcards.run, wildcards.receptor, ligand)
        for ligand in batch_of(wildcards)
    ]
    own, table = {str(one[1]) for one in found if one}, str(table_of(PANEL))
    return sorted(own - {table}) + ([ancient(table)] if table in own else [])


def templates(wildcards):
    """Give the table of known complexes, for a backend that adds poses over them to its own.

    What is of the pair counts, not the date of the table.
    """
    joins = TEMPLATES and BACKENDS[wildcards.run].can.templates
    return ancient(str(TEMPLATES)) if joins else []


def of_pair(wildcards, input):
    """Write where a docking finds what was made of its pair before, as options.

    Parameters that follow from the input are not compared with those of the last run.
    """
    made = option_arguments(
        {"result": input.get("job", []), "scans": tuple(input.get("scans", []))}
    )
    if input.get("templates"):
        made += ["--templates", str(TEMPLATES)]
    if input.guide:
        made += ["--guide", RUNS[wildcards.run].steer_by, str(input.guide)]
    return made


def bodies(folder, backend, *_):
    """Give the files of models with coordinates of their own, where the backend makes such."""
    names = ["bodies.pdb.gz", "confidence.npz"] if backend.can.models else []
    return [f"{folder}/{name}" for name in names]


def bodies_of(wildcards):
    folder = f"{wildcards.run}/pairs/{wildcards.receptor}/{wildcards.ligand}"
    return bodies(folder, BACKENDS[wildcards.run])


def scans(wildcards):
    """Give the parts that the search of a pair is split into, if it is; that follows from sizes, once they are known."""
    if not PANEL.split or "replicate" in wildcards.keys():
        return []
    partners = [PANEL.protein(name) for name in (wildcards.receptor, wildcards.ligand)]
    if any(one.several for one in partners):
        return []
    sizes = read_json(checkpoints.sizes.get().output[0])
    pair = wildcards.receptor, wildcards.ligand
    if not all(name in sizes for name in pair):
        return []
    n = parts(RUNS[wildcards.run], *(Size.recorded(sizes[name]) for name in pair))
    folder = f"{wildcards.run}/pairs/{wildcards.receptor}/{wildcards.ligand}/scan"
    return [f"{folder}/{part}-of-{n}.npz" for part in range(1, n + 1)] if n > 1 else []


@cache
def content(path):
    """Tell by a hash what a file of the user's holds; nothing where there is none.

    As a parameter it makes a step run again when the content changes, and only then. As inputs, such files would be
    looked at by their date, which a copy may keep, and braces in their paths would be wildcards.
    """
    if path is None or not Path(path).is_file():
        return None
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def choice(wildcards):
    """Give the record by which an entry was chosen, if it was."""
    entry = ENTRIES[wildcards.entry]
    return f"resources/entries/{entry.choice}" if entry.choice else []


def sites(wildcards, output):
    """Write the base URLs that the config gives, as options.

    Snakemake does not compare parameters that follow from the output: another mirror fetches nothing again.
    """
    places = {site: url for site, url in PANEL.entries.items() if site != "offline"}
    return [f"{option_of(site)}={url}" for site, url in places.items()]


def selection(wildcards):
    protein = PANEL.protein(wildcards.protein)
    return [*protein.options(), *option_arguments({"sequence": protein.sequence})]


def membership(wildcards, output):
    """Write what the panel says of a protein that changes no structure, as options.

    Parameters that follow from the output are not compared: a receptor that becomes a ligand too is not docked again.
    """
    protein = PANEL.protein(wildcards.protein)
    return option_arguments({"label": protein.label, "role": PANEL.roles(protein.name)})


def closed(*names):
    """Give the keys that close residues to docking or make them pull: when one changes, so does the docking."""
    partners = [PANEL.protein(name) for name in names]
    return [
        str((one.accessible, one.blocked, one.attract, one.outside, one.antibody))
        for one in partners
    ]
