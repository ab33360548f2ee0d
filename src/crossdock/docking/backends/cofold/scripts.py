"""What stands beside the inputs: the script that predicts, that for a cluster, and the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import TextWrapper

from crossdock.docking.backends.cofold.programs import NONE, SERVER, SHARED, Complex, How, Program
from crossdock.docking.backends.cofold.sequences import JOINED
from crossdock.docking.backends.cofold.terms import TERMS
from crossdock.version import __version__

_FILLED = TextWrapper(110, "   ", "   ", break_long_words=False, break_on_hyphens=False)
#: What to do for alignments.
_ALIGNMENTS = {
    SHARED: (
        "bash msas.sh",
        "makes an alignment of each sequence, in msas/. Run it where the network can be reached, such as on a login "
        "node; no GPU is used. It needs Python 3 and colabfold_batch, and sends the sequences to ColabFold's server. "
        "Without the network: bash msas.sh DATABASES searches databases on your disk, and needs Python 3 and "
        "colabfold_search. If you have alignments, write these inputs with --msa FOLDER instead.",
    ),
    SERVER: (
        "Nothing to do for alignments",
        "The program asks a server for those of each pair, in the next step. So the machine with the GPU needs the "
        "network, and your sequences leave it.",
    ),
    NONE: ("Nothing to do for alignments", "There are none. Without them, predictions of most pairs are worse."),
}


def run_script(program: Program, how: How) -> str:
    """Write the script that predicts batches, one after the other; a batch that fails does not stop the others."""
    commands = program.run(how) if program.run else []
    lines = [
        "#!/usr/bin/env bash",
        f"# Predict complexes with {program.title} ({program.needs}).",
        "#   bash run.sh          all batches, one after the other",
        "#   bash run.sh 001 003  some of them",
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")"',
        *(["python3 alignments.py check"] if how.msa == SHARED else []),
        "mkdir -p predictions",
        "predict() {",
        *(f"  {line}" for line in commands),
        "}",
        'if [ "$#" -eq 0 ]; then',
        "  set -- $(tail -n +2 pairs.csv | cut -d, -f3 | sort -u)",
        "fi",
        "failed=0",
        'for batch in "$@"; do',
        '  echo "batch $batch"',
        "  predict || failed=1",
        "done",
        'exit "$failed"',
    ]
    return "\n".join([*lines, ""])


def slurm_script(key: str, batches: int, width: int) -> str:
    """Write the script of a SLURM array: a job for each batch."""
    return f"""#!/usr/bin/env bash
# sbatch submit.slurm, in this folder. Adapt the lines below to your cluster: partition, account, time, memory.
#SBATCH --job-name=cofold-{key}
#SBATCH --array=1-{batches}
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=64G
#SBATCH --time=12:00:00
#SBATCH --output=slurm-%A_%a.out
##SBATCH --partition=gpu
set -euo pipefail
# Load here what the program needs, such as: module load cuda; source activate {key}
cd "${{SLURM_SUBMIT_DIR:-.}}"
bash run.sh "$(printf %0{width}d "$SLURM_ARRAY_TASK_ID")"
"""


def readme(
    program: Program,
    complexes: Sequence[Complex],
    how: How,
    title: str,
    out: Path,
    *,
    setting: str,
    left_out: Sequence[str] = (),
    joined: Sequence[str] = (),
) -> str:
    """Say what is in the folder and what to do, in order; `setting` is what the import needs of the config."""
    least, most = min(one.tokens for one in complexes), max(one.tokens for one in complexes)
    size = f"{least:,} to {most:,}" if least < most else f"{most:,}"
    lines = [
        f"{title}: {len(complexes)} pair{'s' if len(complexes) > 1 else ''} for {program.title}",
        f"Written by crossdock {__version__}. pairs.csv lists the pairs.",
        "",
        f"Residues of a pair, each a token: {size}{f' ({program.memory})' if program.memory else ''}",
        f"Seeds: {', '.join(map(str, how.seeds))}",
        "",
        *(f"{number}. {step}" for number, step in enumerate(_steps(program, how, out, setting), start=1)),
    ]
    if joined:
        lines += ["", f"Look at this first. {JOINED[0]}", *(f"  {one}" for one in joined), f"What to do: {JOINED[1]}."]
    if left_out:
        lines += ["", "Left out:", *(f"  {one}" for one in left_out)]
    if program.terms:
        one = TERMS[program.terms]
        lines += ["", f"Terms of use of {one.program}: {one.text} {one.address}", f"Before the import, {one.accept}."]
    return "\n".join([*lines, ""])


def _steps(program: Program, how: How, out: Path, setting: str) -> list[str]:
    """List what to do, and what each step needs and where."""
    steps = []
    if program.msa:
        steps.append(_ALIGNMENTS[how.msa])
    if program.run:
        where = "Run it on a machine with a GPU; on a cluster with SLURM, sbatch submit.slurm."
        needs = f"It needs Python 3 and {program.title} ({program.needs})."
        steps.append(("bash run.sh", f"predicts into predictions/. {where} {needs}"))
    else:
        upload = f"You need {program.needs}, which has some 30 jobs a day. Put what you download into this folder."
        steps.append(("Upload the files of inputs/", upload))
    place = "in the panel's folder, on the machine with crossdock. Copy this folder there first, with the predictions."
    steps += [(f"crossdock cofold import {out}", f"{place} {setting}"), ("crossdock run", "in the same place")]
    return [f"{command}\n{_FILLED.fill(text)}" for command, text in steps]
