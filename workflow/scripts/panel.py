"""Write down the panel that the config, its lists and the command line together ask for."""

from crossdock.files import write_json

write_json(snakemake.output[0], snakemake.params.panel)  # noqa: F821
