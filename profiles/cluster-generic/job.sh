#!/bin/sh
# properties = {properties}
# Snakemake's own job script and one line more, the trap; the command goes to the run's folder first.
trap 'echo $? > ".snakemake/log/${{PBS_JOBID:-$JOB_ID}}.exit"' EXIT
{exec_job}
