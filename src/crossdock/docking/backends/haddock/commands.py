"""The command `crossdock haddock`: finished runs of HADDOCK3 that are brought into a panel."""

from __future__ import annotations

import argparse
from typing import Any

from crossdock.errors import InputError


def add(commands: Any) -> None:
    """Describe it."""
    commands = commands.group("haddock", "use finished runs of HADDOCK3")
    brought = commands.add("import", _import, "use the models of finished HADDOCK3 runs as those of a panel's pairs")
    brought.description = (
        "Finds the runs of HADDOCK3 in a folder, at any depth, and decides by the sequences of the chains in their "
        "models which pair of the panel each is. The models are those that the last [caprieval] of a run scored "
        "(capri_ss.tsv); traceback.tsv says which rank each had in earlier modules. The result is written to jobs.csv "
        "in that folder; rows that you edit there are kept. Then start `crossdock run`."
    )
    brought.add_argument("folder", help="folder of a run (`run_dir` of its config), or a folder of runs")
    brought.add_argument(
        "-o", "--out", default="resources/haddock", help="folder in which the workflow looks for models"
    )
    brought.add_argument("--config", default="config.yaml", help="config of the panel")
    brought.add_argument("--results", default="results", help="folder in which prepared structures are looked for")
    brought.add_argument(
        "--entries", default="resources/entries", help="folder in which fetched entries are looked for"
    )


def _import(options: argparse.Namespace) -> None:
    from crossdock.docking.backends.haddock.bring import import_folder
    from crossdock.docking.matching.panel import known_of
    from crossdock.panel.config import read_config
    from crossdock.panel.panel import load_panel

    panel = load_panel(read_config(options.config), where=options.config)
    backends = [run.backend for run in panel.runs]
    if "haddock" not in backends:
        hint = "`haddock import` brings models for that backend; set it in the config, or give another with --config"
        raise InputError(f"expected `backend: haddock`, got {', '.join(backends)}", where=options.config, hint=hint)
    known, _ = known_of(panel, options.results, options.entries)
    print(import_folder(options.folder, known, options.out, config=options.config))
