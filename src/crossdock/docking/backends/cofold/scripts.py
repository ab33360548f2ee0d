"""What stands beside the inputs: the script that predicts, that for a cluster, and the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossdock.docking.backends.cofold.programs import NONE, SERVER, SHARED, Complex, How, Program
from crossdock.docking.backends.cofold.terms import TERMS
from crossdock.version import __version__


def run_script(program: Program, how: How) -> str:
    """Write the script that predicts batches, one after the other; a batch that fails does not stop the others."""
    commands = program.run(how) if program.run else []
    shared = [
        "if ! ls msas/*.a3m > /dev/null 2>&1; then",
        '  echo "there are no alignments: run msas.sh first" >&2',
        "  exit 1",
        "fi",
    ]
    lines = [
        "#!/usr/bin/env bash",
        f"# Predict complexes with {program.title} ({program.needs}).",
        "#   bash run.sh          all batches, one after the other",
        "#   bash run.sh 001 003  some of them",
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")"',
        *(shared if how.msa == SHARED else []),
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
    program: Program, complexes: Sequence[Complex], left_out: Sequence[str], how: How, title: str, out: Path
) -> str:
    """Say what is in the folder and what to do, in order."""
    least, most = min(one.tokens for one in complexes), max(one.tokens for one in complexes)
    size = f"{least:,} to {most:,}" if least < most else f"{most:,}"
    lines = [
        f"{title}: {len(complexes)} pair{'s' if len(complexes) > 1 else ''} for {program.title}",
        f"Written by crossdock {__version__}. pairs.csv lists the pairs.",
        "",
        f"Residues of a pair, each a token: {size}{f' ({program.memory})' if program.memory else ''}",
        f"Seeds: {', '.join(map(str, how.seeds))}",
        f"Needed: {program.needs}",
        "",
        *(f"{number}. {step}" for number, step in enumerate(_steps(program, how, out), start=1)),
    ]
    if left_out:
        lines += ["", "Left out:", *(f"  {one}" for one in left_out)]
    if program.terms:
        one = TERMS[program.terms]
        lines += ["", f"Terms of use of {one.program}: {one.text} {one.address}", f"Before the import, {one.accept}."]
    return "\n".join([*lines, ""])


def _steps(program: Program, how: How, out: Path) -> list[str]:
    """List what to do."""
    steps = []
    if program.msa:
        steps.append(
            {
                SHARED: "bash msas.sh: makes one alignment a sequence; its first lines say where they come from",
                SERVER: "Nothing for alignments: a server is asked for each pair. Your sequences leave your machine.",
                NONE: "Nothing for alignments: there are none. Without them, predictions of most pairs are worse.",
            }[how.msa]
        )
    if program.run:
        steps.append("bash run.sh: predicts into predictions/; on a cluster with SLURM, sbatch submit.slurm")
    else:
        steps.append("Upload the files of inputs/. An account has some 30 jobs a day. Put what you download here.")
    steps.append(f"crossdock cofold import {out}: in the panel's folder, with `backend: cofold` in its config")
    return [*steps, "crossdock run"]
