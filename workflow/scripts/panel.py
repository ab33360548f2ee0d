"""Write down the panel that the config, its lists and the command line together ask for."""

import sys

from crossdock.errors import CrossdockError
from crossdock.files import write_json

try:
    write_json(snakemake.output[0], snakemake.params.panel)  # noqa: F821
except CrossdockError as error:
    sys.exit(f"crossdock: error: {error}")
