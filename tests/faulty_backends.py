"""A small backend that keeps to the contract, and others that differ from it in one fault each.

It puts the ligand beside the receptor in a few orientations, each in a frame of the partner's own atoms.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from crossdock.docking.backends.contract import FREE, Abilities, Backend, Elsewhere, Model, Needs, Result
from crossdock.quantity import Quantity

TITLE = "@misc{own2026, author = {Own, Ann}, title = {Docking by standing beside}, year = {2026}}"


def frame(coord):
    """Give a rotation and an origin that go with a body wherever it lies."""
    first, last = coord[0] - coord.mean(0), coord[-1] - coord.mean(0)
    x = first / np.linalg.norm(first)
    z = np.cross(x, last)
    z /= np.linalg.norm(z)
    return np.array([x, np.cross(z, x), z]), coord.mean(0)


def poses(receptor, ligand, seed, closed=None, count=6):
    """Give rotations, translations and scores, the best first."""
    from scipy.spatial import cKDTree

    (mine, centre), (theirs, middle) = frame(receptor.coord), frame(ligand.coord)
    fixed, moving = (receptor.coord - centre) @ mine.T, (ligand.coord - middle) @ theirs.T
    tree, found = cKDTree(fixed), []
    for turn in np.linalg.qr(np.random.default_rng(seed).normal(size=(count, 3, 3)))[0]:
        turn = turn * np.sign(np.linalg.det(turn))
        turned = moving @ turn.T
        far = np.linalg.norm(fixed, axis=1).max() + np.linalg.norm(turned, axis=1).max()
        out = turn[:, 0]
        while tree.query(turned + (far - 1) * out, distance_upper_bound=3)[0].min() > 2.8:
            far -= 1
        met = tree.query(turned + far * out, distance_upper_bound=5)[0] < 5
        score = -float(met.sum())
        if closed is not None and closed[tree.query((turned + far * out)[met])[1]].mean() > 0.02:
            continue
        rotation = mine.T @ turn @ theirs
        found.append((score, rotation, mine.T @ (far * out) + centre - rotation @ middle))
    return sorted(found, key=lambda one: one[0])


class Good(Backend):
    name, about, version = "good", "puts the ligand beside the receptor", "1.0"
    can = Abilities(threads=True, sites=True, split=True)
    numbers = (Quantity("beauty", better="high", help="Of no meaning."),)
    options: Mapping = {"turns": {"type": "integer", "minimum": 1, "default": 6, "description": "Orientations."}}
    settings: Mapping = {"patience": {"type": "number", "default": 1, "description": "Of no effect."}}
    references = TITLE

    def dock(self, receptor, ligand, request):
        closed = request.receptor_site.closed
        seeds = request.scan["seeds"] if request.scan else self.seeds(request)
        found = [pose for seed in seeds for pose in poses(receptor, ligand, seed, closed, request.options["turns"])]
        found.sort(key=lambda one: one[0])
        return self.result(found, receptor, ligand)

    def seeds(self, request):
        return [
            [request.seed, part] for part in (1, 2, *([3, 4, 5, 6] if request.receptor_site.closed is not None else []))
        ]

    def result(self, found, receptor, ligand):
        import pandas as pd
        from scipy.spatial.transform import Rotation

        quaternions = [np.roll(Rotation.from_matrix(turn).as_quat(), 1) for _, turn, _ in found]
        rows = [
            (rank, score, 1.0, *q, *shift)
            for rank, ((score, _, shift), q) in enumerate(zip(found, quaternions, strict=True), start=1)
        ]
        names = ["rank", "score", "beauty", "qw", "qx", "qy", "qz", "tx_A", "ty_A", "tz_A"]
        return Result(pd.DataFrame(rows, columns=names), record={"parameters": {"turns": 6}})

    def scan(self, receptor, ligand, request, part, parts):
        return {"seeds": np.array([[request.seed, part]])}

    def join(self, scans):
        return {"seeds": np.concatenate([scan["seeds"] for scan in scans]).tolist()}

    def needs(self, receptor, ligand, options):
        return Needs(1.0, 100.0)

    def methods(self, runs, cite):
        return [f"by standing beside {cite('own2026')}", "It was quick."]


def fault(**attributes):
    """Make a backend like the good one but for some attributes."""
    return type("Faulty", (Good,), {"name": "faulty", **attributes})()


def moves_its_input(self, receptor, ligand, request):
    result = Good.dock(self, receptor, ligand, request)
    ligand.coord[:] += 1
    return result


def random(self, receptor, ligand, request):
    ours = np.random.default_rng().integers(1 << 30)
    return self.result(poses(receptor, ligand, ours), receptor, ligand)


def by_threads(self, receptor, ligand, request):
    return self.result(poses(receptor, ligand, [request.seed, request.threads]), receptor, ligand)


def as_it_lies(self, receptor, ligand, request):
    """Turn the ligand as it lies in its file."""
    _, shift = np.eye(3), receptor.coord.mean(0) - ligand.coord.mean(0)
    shift = shift + np.array([0, 0, 30.0 + request.seed])
    return self.result([(-1.0, np.eye(3), shift)], receptor, ligand)


def blind(self, receptor, ligand, request):
    return Good.dock(self, receptor, ligand, replace(request, receptor_site=FREE))


def without_a_column(self, receptor, ligand, request):
    return Result(Good.dock(self, receptor, ligand, request).poses.drop(columns="tx_A"))


def worst_first(self, receptor, ligand, request):
    table = Good.dock(self, receptor, ligand, request).poses
    turned = table.iloc[::-1].reset_index(drop=True).assign(rank=range(1, len(table) + 1))
    return Result(turned)


def of_another_sequence(self, receptor, ligand, request):
    return Result(models=[Model(receptor, receptor, -1.0, {"beauty": 1.0})])


def far_away(self, receptor, ligand, request):
    (mine, _), (theirs, middle) = frame(receptor.coord), frame(ligand.coord)
    turn = mine.T @ theirs
    return self.result([(-float(request.seed), turn, receptor.coord.mean(0) + 500 * mine[0] - turn @ middle)], 0, 0)


def of_nothing(self, receptor, ligand, request):
    return Result()


def of_no_rows(self, receptor, ligand, request):
    return Result(Good.dock(self, receptor, ligand, request).poses.head(0))


def without_its_number(self, receptor, ligand, request):
    table = Good.dock(self, receptor, ligand, request).poses
    return Result(table.drop(columns="beauty"), record={"parameters": {}})


def of_no_use(self, commands):
    raise ZeroDivisionError("no commands today")


def of_a_taken_name(self, commands):
    commands.add("dock", print, "dock in another way")


class Nowhere(Elsewhere):
    """Brings results for any pair, out of nothing."""

    keeps = "a/b"
    result = ready = work = lambda *_: "found"

    def problems(self, structure):
        return []


RULE = Good.options["turns"]
GOOD = Good()
#: Name -> the faulty backend, the words of the check that finds it, and those of the fault.
FAULTY = {
    "no_backend": (object(), "it is a Backend", "not derived from"),
    "misnamed": (fault(name="another"), "it is a Backend", "its name is 'another'"),
    "no_version": (fault(version=""), "it is a Backend", "no `version`"),
    "no_default": (fault(options={"turns": RULE, "x": {"description": "X."}}), "of their own", "no default"),
    "no_words": (
        fault(options={"turns": RULE, "x": {"type": "integer", "default": 1}}),
        "of their own",
        "no description",
    ),
    "wrong_default": (fault(options={"turns": {**RULE, "default": 0}}), "rules", "at least 1, got 0"),
    "no_rule": (fault(options={"turns": RULE, "x": {**RULE, "type": "whole"}}), "rules", "no rule of JSON schema"),
    "wrong_quick": (fault(quick={"turn": 1}), "rules", "no such option"),
    "reserved": (fault(options={"turns": RULE, "threads": RULE}), "of their own", "options['threads']"),
    "network": (fault(), "a config can have", "a key 'network' is in every config"),
    "taken": (fault(numbers=(Quantity("score"),)), "names of their own", "'score' is called"),
    "metric": (fault(numbers=(Quantity("cluster_size"),)), "names of their own", "'cluster_size' is called"),
    "twice": (fault(numbers=(*Good.numbers, Quantity("beauty"))), "names of their own", "two of its numbers"),
    "unmapped": (fault(options=None), "it is a Backend", "`options` is NoneType"),
    "listed": (fault(options={"turns": 6}), "it is a Backend", "its rule is int"),
    "odd_key": (fault(settings={"My key": RULE}), "it is a Backend", "settings['My key']: expected a key of small"),
    "odd_words": (fault(options={"turns": {**RULE, "description": 5}}), "it is a Backend", "`description` is not text"),
    "texts": (fault(numbers=("beauty",)), "it is a Backend", "not all of crossdock.quantity.Quantity"),
    "unnamed": (fault(name=None), "it is a Backend", "`name` is NoneType"),
    "unable": (fault(can=None), "it is a Backend", "a required attribute is missing"),
    "no_place": (fault(elsewhere=object()), "from a server", "not derived from Elsewhere"),
    "nowhere": (fault(elsewhere=Nowhere()), "from a server", "in an empty folder: found"),
    "needy": (fault(needs=lambda *_: Needs(-1.0)), "needs()", "cpu_seconds is -1.0"),
    "cards": (fault(gpus=lambda *_: None), "needs()", "gpus() gives None"),
    "moving": (fault(dock=moves_its_input), "it docks", "changed coord of the ligand"),
    "columns": (fault(dock=without_a_column), "it docks", "no column tx_A"),
    "worst_first": (fault(dock=worst_first), "it docks", "better score than the one before"),
    "broken": (fault(dock=lambda *_: 1 / 0), "it docks", "ZeroDivisionError"),
    "sequence": (fault(dock=of_another_sequence, can=Abilities(models=True)), "it docks", "another sequence"),
    "no_models": (fault(can=Abilities(models=True)), "it docks", "it gave poses"),
    "terms": (fault(terms=(Quantity("beauty"),), numbers=()), "it docks", "do not add up"),
    "random": (fault(dock=random), "the same request", "gave two results"),
    "no_seeds": (fault(can=Abilities(seeds=False)), "another seed", "gives other poses"),
    "seeds": (fault(seeds=lambda *_: [[1, 1], [1, 2]]), "another seed", "gives the same poses"),
    "threads": (fault(dock=by_threads), "threads", "with 2 threads"),
    "lying": (fault(dock=as_it_lies), "positions of the partners", "depends on the positions"),
    "parts": (fault(join=lambda self, scans: {"seeds": [[1, 1]]}), "parts of the search", "other poses than the whole"),
    "objects": (fault(scan=lambda *_: {"x": np.array([{}])}), "parts of the search", "pickle"),
    "sites": (fault(dock=blind), "blocked atoms", "are blocked"),
    "silent": (fault(methods=lambda *_: []), "methods()", "no sentences"),
    "uncited": (fault(methods=lambda self, runs, cite: [cite("who")]), "methods()", "does not have: who"),
    "stopped": (fault(methods=lambda *_: ["by itself."]), "methods()", "no full stop"),
    "bibtex": (fault(references="@misc{a, title = "), "methods()", "not BibTeX"),
    "far": (fault(dock=far_away), "are analysed", "no residues of its best model touch"),
    "numberless": (fault(dock=without_its_number), "are analysed", "gives no pose a value"),
}
