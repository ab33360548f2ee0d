"""How `crossdock run` starts Snakemake: with the installed workflow and profile, and the options of the user."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from crossdock.errors import InputError
from crossdock.installed import SNAKEFILE, home, profiles

#: The config of a run, where none is named.
CONFIG = "config.yaml"
_NONE = "none"


def snakemake_command(arguments: Sequence[str]) -> list[str]:
    """Write the command that runs the workflow in the current folder.

    Parameters
    ----------
    arguments : sequence of str
        Options and targets as Snakemake takes them. A target that ends in .yaml or .yml is the config.

    Returns
    -------
    list of str
        The program and its arguments. It is the Snakemake of the Python that runs crossdock.

    Raises
    ------
    InputError
        If there is no config, several, or a profile has to be adapted to the user's cluster first.
    SystemExit
        If Snakemake does not know an option (code 2).
    """
    own, others = _split_own(arguments)
    from snakemake.cli import get_argument_parser

    # Only Snakemake's own parser tells targets from values of options.
    reader = get_argument_parser()
    reader.prog = "crossdock run"
    reader.usage = "crossdock run [CONFIG] [OPTION ...]; `snakemake --help` lists the options"
    asked = reader.parse_args(others)
    configs = sorted(target for target in asked.targets if Path(target).suffix.lower() in (".yaml", ".yml"))
    for config in configs:
        others.pop(len(others) - 1 - others[::-1].index(config))
    _check_config(configs, asked)
    options = [f"--snakefile={home() / SNAKEFILE}"]
    # All profiles are given as `--profile`, since Snakemake would add a `profiles/default` of the current folder.
    options += [f"--profile={_profile(name)}" for name in own.profiles]
    options += ["--workflow-profile=none", *(f"--configfile={config}" for config in configs)]
    # -P: no module in the folder of the run takes the place of one of Snakemake's.
    # Snakemake takes the last `--config` alone.
    settings = [*(asked.config or ()), *([f"results={own.results}"] if own.results else [])]
    last = ["--config", *settings] if own.results else []
    return [sys.executable, "-P", "-m", "snakemake", *options, *_before_dashes(others, last)]


def profile_folder(name: str) -> Path:
    """Give the folder of a profile that comes with crossdock.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = profiles()
    if name not in known:
        raise InputError(f"crossdock has no profile {name!r}", hint=f"its profiles are {', '.join(known)}")
    return known[name]


def _split_own(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Give `profiles` and `results`, which are not Snakemake's to read, and all other arguments."""
    ahead, behind = _at_dashes(arguments)
    reader = argparse.ArgumentParser(add_help=False, prog="crossdock run", allow_abbrev=False)
    reader.add_argument("--profile", "--workflow-profile", action="append", default=[], dest="profiles")
    reader.add_argument("--results")
    found, others = reader.parse_known_args(ahead)
    given = found.profiles or [os.environ.get("SNAKEMAKE_PROFILE") or "default"]
    found.profiles = [name for name in given if name != _NONE] or [_NONE]
    return found, [*others, *behind]


def _at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part arguments at the two dashes after which nothing is an option."""
    place = [*arguments, "--"].index("--")
    return list(arguments[:place]), list(arguments[place:])


def _before_dashes(arguments: Sequence[str], more: Sequence[str]) -> list[str]:
    """Add options to arguments."""
    ahead, behind = _at_dashes(arguments)
    return [*ahead, *more, *behind]


def _profile(name: str) -> str:
    """Find a profile: the user's own under this name, else crossdock's, else one that Snakemake finds."""
    if name != "default":  # a folder profiles/default may be that of another workflow
        for own in (Path(name), Path("profiles", name)):
            if own.is_file() or (own / "profile.yaml").is_file():
                return str(own.absolute())
    folder = profiles().get(name)
    if folder is None:
        return name
    if len(list(folder.iterdir())) > 1 and not Path("profiles", name).is_dir():
        raise InputError(
            f"the profile {name!r} needs settings of your cluster, and its scripts beside the run",
            hint=f'mkdir -p profiles && cp -r "$(crossdock workflow --profile {name})" profiles/; then edit the files '
            f"in profiles/{name} and run the same command again",
        )
    return str(folder)


def _check_config(configs: Sequence[str], asked: argparse.Namespace) -> None:
    """See that there is one config, and that it is a file."""
    if len(configs) > 1 or (configs and asked.configfile):
        several = [*configs, *map(str, asked.configfile or ())]
        raise InputError(f"expected one config, got {', '.join(several)}", hint="name one: `crossdock run my.yaml`")
    if asked.configfile:
        return
    config = Path(configs[0]) if configs else Path(asked.directory or ".", CONFIG)
    if config.is_file():
        return
    folder = next((target for target in asked.targets if Path(target, CONFIG).is_file()), None)
    if folder:
        raise InputError("this is a folder with a config", where=folder, hint=f"cd {folder} && crossdock run")
    raise InputError(
        "there is no config here" if not configs else "there is no such config",
        where=str(config),
        hint="`crossdock init DIR --from demo` writes one into a folder; or name yours: `crossdock run my.yaml`",
    )
