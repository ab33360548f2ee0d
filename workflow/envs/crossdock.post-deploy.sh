#!/usr/bin/env bash
# Runs in the folder that Snakemake was started in: the checkout, which pyproject.toml describes.
set -eu
python -m pip install .
