"""Write down the panel that the config, its lists and the command line together ask for."""

import sys

from crossdock import log
from crossdock.files import write_json
from crossdock.unexpected import end_with

log.show()
try:
    write_json(snakemake.output[0], snakemake.params.panel)  # noqa: F821
except Exception as error:
    sys.exit(end_with(error))
