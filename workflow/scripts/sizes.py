"""Write down how many atoms each protein of the panel has."""

from pathlib import Path

import pandas as pd

from crossdock.files import read_json, write_table

records = {Path(path).parent.name: read_json(path) for path in snakemake.input}  # noqa: F821
table = [{"protein": name, "atoms": record["n_atoms"]} for name, record in records.items()]
write_table(snakemake.output[0], pd.DataFrame(table))  # noqa: F821
