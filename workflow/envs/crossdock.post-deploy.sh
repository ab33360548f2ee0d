#!/usr/bin/env bash
# Runs in the folder that Snakemake was started in: a checkout, or that of a run of an installed crossdock.
set -eu
if grep -qs '^name = "crossdock"' pyproject.toml; then
  python -m pip install .
else
  python -m pip install crossdock
fi
