"""Write down how many atoms each protein of the panel has."""

import sys
from pathlib import Path

import pandas as pd

from crossdock.errors import CrossdockError
from crossdock.files import read_json, read_made, write_table

try:
    paths = map(Path, snakemake.input)  # noqa: F821
    records = {path.parent.name: read_made(path, read_json, "crossdock prepare") for path in paths}
    table = [{"protein": name, "atoms": record["n_atoms"]} for name, record in records.items()]
    write_table(snakemake.output[0], pd.DataFrame(table))  # noqa: F821
except CrossdockError as error:
    sys.exit(f"crossdock: error: {error}")
