"""Write down how large each protein of the panel is."""

import sys
from pathlib import Path

from crossdock import log
from crossdock.failure import failure_of
from crossdock.files import write_json
from crossdock.structures.record import read_protein
from crossdock.unexpected import end_with

log.show()
try:
    paths = map(Path, snakemake.input)  # noqa: F821
    records = {path.parent.name: read_protein(path) for path in paths if not failure_of(path)}
    keys = ("n_atoms", "extent_A", "radius_A")
    sizes = {name: {key: getattr(record, key) for key in keys} for name, record in records.items()}
    write_json(snakemake.output[0], sizes)  # noqa: F821
except Exception as error:
    sys.exit(end_with(error))
