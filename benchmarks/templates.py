"""How good are models over known complexes of homologues? The benchmark's complexes and the 306 others as the library.

    python benchmarks/templates.py DIR_BM5 DIR_COMPLEXES --table complexes.tsv --out FILE.tsv [--kept FOLDER]

DIR_BM5 has <ID>/{r_u,l_u,r_b,l_b}.pdb, DIR_COMPLEXES the files that complexes.tsv names. The library are the bound
complexes of both. Each complex is asked for in turn without itself and without its near copies (95 % identity or more
on both sides): those of the benchmark with their unbound partners, the others with their bound ones, taken apart. Each
partner is first turned at random and put elsewhere, so that its place in the file says nothing. Models are judged by
DockQ, as benchmarks/docking.py does; one is acceptable from 0.23 on. A row a complex; rows that are there already are
not made again. `--kept FOLDER` keeps the templates that were found, which takes most of the time, for the next time.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from crossdock.analysis.reference import ACCEPTABLE, compare, mappings
from crossdock.docking.backends.contract import Request, Site
from crossdock.docking.backends.template.find import Rules, find
from crossdock.docking.backends.template.library import SHORTEST, Chain, Complex, protein_of
from crossdock.docking.backends.template.poses import dock
from crossdock.docking.backends.template.record import RECORD, keep, read
from crossdock.docking.poses import place
from crossdock.errors import DockingError
from crossdock.geometry.rotations import matrix, random_rotation
from crossdock.structures.structure import Structure, read_structure
from docking import closed, heavy, wilson

COLUMNS = (
    *("id", "partners", "templates", "models", "template", "receptor_identity", "ligand_identity", "coverage"),
    *("contacts", "contacts_kept", "moved_A", "dockq_first", "best_dockq_top10", "best_dockq"),
)
#: Classes by the identity of the less similar side, in percent.
CLASSES = ((30, 50), (50, 70), (70, 95), (95, 101))


@dataclass(frozen=True)
class Known:
    """A known complex, and the partners that are asked for, with the same residue numbers."""

    id: str
    partners: str
    bound: tuple[Structure, Structure]
    asked: tuple[Structure, Structure]


def benchmark(folder: Path) -> Iterator[Known]:
    for place_ in sorted(path for path in folder.iterdir() if (path / "r_u.pdb").is_file()):
        r_u, l_u, r_b, l_b = (heavy(read_structure(place_ / f"{one}.pdb")) for one in ("r_u", "l_u", "r_b", "l_b"))
        yield Known(place_.name, "unbound", (r_b, l_b), (r_u, l_u))


def others(folder: Path, table: Path) -> Iterator[Known]:
    files = {path.name: path for path in folder.rglob("*.pdb")}
    for row in pd.read_csv(table, sep="\t", dtype=str).itertuples():
        bodies = [heavy(read_structure(files[name])) for name in str(row.files).split(",")]
        sides = [
            body[np.isin(body.chain, list(letters)) & ~body.hetero]
            for body, letters in zip((bodies[0], bodies[-1]), (str(row.chains1), str(row.chains2)), strict=True)
        ]
        yield Known(str(row.id), "bound", (sides[0], sides[1]), (sides[0], sides[1]))


def as_complex(known: Known) -> Complex:
    chains = []
    for side, body in zip("12", known.bound, strict=True):
        for letter in body.chains:
            one = protein_of(body[(body.chain == letter) & ~body.hetero])
            if len(one) >= SHORTEST:
                chains.append(Chain(f"{side}{letter}", one.body))
    return Complex(known.id, tuple(chains))


def elsewhere(body: Structure, generator: np.random.Generator) -> Structure:
    return body.moved(matrix(random_rotation(generator)), generator.normal(size=3) * 50)


def numbered(body: Structure) -> Structure:
    """Give a partner as one chain with numbers of its own, by which models are judged."""
    places = list(zip(body.chain.tolist(), body.residue_number.tolist(), body.insertion.tolist(), strict=True))
    numbers = {one: number for number, one in enumerate(dict.fromkeys(places), start=1)}
    of_atom = np.array([numbers[one] for one in places])
    return replace(body, chain=np.full(len(body), "A"), residue_number=of_atom, insertion=np.full(len(body), ""))


def templates_of(
    known: Known, partners: tuple[Structure, Structure], library: list[Complex], kept: Path
) -> Path | None:
    """Find the templates of a complex, or take those that are kept; None where there is none."""
    there = sorted((kept / "receptor" / known.id).glob(f"*/{RECORD}"))
    if there or (kept / f"{known.id}.none").is_file():
        return there[0] if there else None
    rules = Rules(exclude=frozenset([known.id.upper()]), copies=False)
    found = find(*map(protein_of, partners), library, rules)
    if not found.templates:
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{known.id}.none").write_text(str(found.left_out))
        return None
    return keep(found, ("receptor", known.id), kept, "the benchmark's library")


def judged(known: Known, library: list[Complex], kept: Path) -> dict[str, object]:
    """Make the models of a complex over its templates, and judge them."""
    generator = np.random.default_rng(int.from_bytes(known.id.encode(), "little") % 2**32)
    receptor, ligand = (elsewhere(body[~body.hetero], generator) for body in known.asked)
    row: dict[str, object] = {"id": known.id, "partners": known.partners, "templates": 0, "models": 0}
    path = templates_of(known, (receptor, ligand), library, kept)
    if path is None:
        return row
    sites = [Site(closed(body)) for body in (receptor, ligand)]
    record, _ = read(path)
    row["templates"] = len(record.templates)
    try:
        made = dock(receptor, ligand, Request(receptor_site=sites[0], ligand_site=sites[1], result=path))
    except DockingError:  # the partners fit over none of them
        return row
    poses = made.poses
    if known.partners == "bound":
        native = tuple(numbered(body) for body in known.bound)
        receptor, ligand = numbered(receptor), numbered(ligand)
    else:
        native = known.bound
    found = mappings((native[0], native[1]), receptor, ligand)
    quality = [one["DockQ"] for one in compare(found, [place(ligand, pose) for _, pose in poses.iterrows()])]
    first = poses.iloc[0]
    return row | {
        "models": len(poses),
        "template": made.record["templates"]["1"][0]["entry"],
        "receptor_identity": round(float(first["receptor_identity"]), 3),
        "ligand_identity": round(float(first["ligand_identity"]), 3),
        "coverage": round(float(first["template_coverage"]), 3),
        "contacts": int(first["template_contacts"]),
        "contacts_kept": int(first["contacts_kept"]),
        "moved_A": round(float(first["moved_A"]), 2),
        "dockq_first": round(quality[0], 3),
        "best_dockq_top10": round(max(quality[:10]), 3),
        "best_dockq": round(max(quality), 3),
    }


def summary(table: pd.DataFrame) -> str:
    """Write the shares of complexes found, by partners and identity of the less similar side."""
    lines = []
    for partners, part in table.groupby("partners", sort=False):
        have = part[part["models"] > 0]
        known = (part["templates"] > 0).sum()
        lines.append(f"{partners}: {known} of {len(part)} complexes have a template, {len(have)} a model over one")
        least = 100 * have[["receptor_identity", "ligand_identity"]].min(axis=1)
        groups = [("all", have), *((f"{a} to {min(b, 100)} %", have[(least >= a) & (least < b)]) for a, b in CLASSES)]
        for name, own in groups:
            cells = []
            for top, column in (("T1", "dockq_first"), ("T10", "best_dockq_top10")):
                hits = int((own[column] >= ACCEPTABLE).sum())
                low, high = wilson(hits, len(own))
                share = 100 * hits / max(len(own), 1)
                cells.append(f"{top} {share:.0f} % ({100 * low:.0f}-{100 * high:.0f})")
            median = f"median DockQ of the first {own['dockq_first'].median():.2f}" if len(own) else ""
            lines.append(f"  {name:12s} n={len(own):3d}  {'  '.join(cells)}  {median}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bm5", type=Path)
    parser.add_argument("complexes", type=Path)
    parser.add_argument("--table", type=Path, required=True, help="complexes.tsv")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kept", type=Path, help="folder for the templates that were found")
    parser.add_argument("--ids", nargs="+")
    parser.add_argument("--partners", choices=("unbound", "bound"), help="only the benchmark's, or only the others")
    options = parser.parse_args()
    known = [*benchmark(options.bm5), *others(options.complexes, options.table)]
    library = [as_complex(one) for one in known]
    done = set(pd.read_csv(options.out, sep="\t")["id"]) if options.out.is_file() else set()
    left = [one for one in known if one.id not in done and one.id in (options.ids or {one.id})]
    left = [one for one in left if one.partners == (options.partners or one.partners)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, options.out.open("a", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t", restval="")
        if not done:
            writer.writeheader()
        for number, one in enumerate(left, start=1):
            writer.writerow(judged(one, library, options.kept or Path(scratch)))
            handle.flush()
            print(f"\r{number}/{len(left)} complexes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(summary(pd.read_csv(options.out, sep="\t")))


if __name__ == "__main__":
    main()
