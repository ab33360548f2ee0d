"""What several test modules share: the demo's structures, programs, and the data that may lie beside the checkout."""

import copy
import dataclasses
import functools
import gc
import hashlib
import importlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from crossdock.entries import entry as entries
from crossdock.structures import prepare as preparation
from crossdock.structures import site
from crossdock.structures.membrane import find_membrane
from crossdock.structures.prepare import prepare
from demo_entries import DEMO, PAIRS
from real_entries import SHARED, missing

#: Files that take longest, beside those of tests/workflow.
LONGEST = ["benchmark", "compiled", "engines", "independent_readers", "modes", "page_sizes", "pages", "refine", "wheel"]


def pytest_collection_modifyitems(config, items):
    """Put the longest tests first: where several files run at a time, the short ones fill what is left.

    Without ../shared, as on other machines than those of the developers, tests of its benchmark complexes are left out.
    """
    items.sort(
        key=lambda item: item.path.parent.name != "workflow" and item.path.stem.removeprefix("test_") not in LONGEST
    )
    if not SHARED.is_dir():
        left_out = [item for item in items if "shared" in item.fixturenames]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "shared" not in item.fixturenames]


def pytest_collection_finish():
    """What was collected stays to the end: no search for garbage looks through it again."""
    gc.collect()
    gc.freeze()


@functools.lru_cache(64)
def _read(path, *_state):
    """Read an entry whose atoms nobody changes."""
    entry = entries.read_entry(path)
    for column in vars(entry.atoms).values():
        column.flags.writeable = False
    return entry


def _read_once(path):
    """Read an entry, or give what was read of the same file before."""
    if not Path(path).is_file():
        return entries.read_entry(path)
    state = os.stat(path)
    entry = _read(str(path), state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    own = {name: value for name, value in vars(entry).items() if name != "atoms"}
    return dataclasses.replace(entry, **copy.deepcopy(own))


def _found_once():
    """Give a `find_membrane` that gives what was found in the same structure before."""
    known = {}

    def find(structure, *, trusted=None):
        columns = [*vars(structure).values(), *([] if trusted is None else [trusted])]
        key = hashlib.sha256(b"".join(np.ascontiguousarray(column).tobytes() for column in columns)).digest()
        if key not in known:
            known[key] = find_membrane(structure, trusted=trusted)
        return copy.deepcopy(known[key])

    return find


@pytest.fixture(autouse=True, scope="session")
def _entries_are_read_once():
    """Reading, and looking for a membrane, take most of the time of preparing; tests prepare the same few entries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "read_entry", _read_once)
        patch.setattr(site, "find_membrane", _found_once())
        yield


@pytest.fixture(scope="session")
def need():
    """Give the path of a program; without it skip, except where everything must be there."""

    def program(*names):
        found = next((path for name in names if (path := shutil.which(name))), None)
        return found or missing(f"{names[0]} is not installed")

    return program


@pytest.fixture(scope="session")
def need_module():
    """Give a module that the tests compare with; without it skip, except where everything must be there."""

    def module(name, reason):
        return (
            importlib.import_module(name)
            if os.environ.get("CI") == "true"
            else pytest.importorskip(name, reason=reason)
        )

    return module


@pytest.fixture(scope="session")
def prodigy(need_module):
    reason = "PRODIGY is not here: `pip install prodigy-prot` (it compiles freesasa)"
    return need_module("prodigy_prot.modules.prodigy", reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of benchmark complexes and other large data; without it, no test that needs it is run."""
    return SHARED


@pytest.fixture(scope="session")
def bound_pair():
    """Give receptor and ligand of a demo entry as the complex has them."""

    @functools.cache
    def pair(entry):
        receptor, ligand = PAIRS[entry]
        path = DEMO / f"{entry}.pdb.gz"
        return tuple(prepare(path, name=chain, chains=[chain])[0] for chain in (receptor, ligand))

    return pair
