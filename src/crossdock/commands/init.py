"""The command that makes a panel of names."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crossdock.commands.options import Commands, add_key
from crossdock.errors import InputError
from crossdock.panel.schema import rule_of

if TYPE_CHECKING:
    from crossdock.steps.init import Started

_LISTS = ("receptors", "ligands", "proteins")
_EXAMPLES = """\
Each name is a gene symbol, a UniProt accession or entry name, a PDB id (1xwd, or 1xwd:C for a chain), an AlphaFold id
(alphafold:P35372), a structure file, a folder of these, a text file with one name a line, a table whose first column
has the names, or a FASTA file.

examples:
  crossdock init fertility --receptors FSHR AR ESR1 --ligands ligands.txt
  crossdock init screen --receptors P35372 --ligands models/ --organism human
  crossdock init mouse --receptors Fshr --ligands secreted.fasta list.csv --organism mouse
  crossdock init first --from demo

Nothing is guessed: a name that may mean several proteins, or a file that holds several, becomes a row that says under
`decide` what there is to choose from, and `crossdock check` refuses the panel until that cell is empty."""

_PAIR_EXAMPLES = """\
examples:
  crossdock pair 1ppe:E 1ppe:I
  crossdock pair receptor.pdb ligand.pdb -o my_pair
  crossdock pair FSHR P01225 --organism human"""


def add(commands: Commands) -> None:
    """Describe it."""
    init = commands.add("init", _init, "make a panel of gene names, ids, files or lists of them")
    init.description = (
        "Writes config.yaml and a table for each role into a folder. UniProt is asked which proteins are meant, PDBe, "
        "RCSB and AlphaFold DB which structures there are; the structures are downloaded and looked into."
    )
    init.formatter_class = _Examples
    init.epilog = _EXAMPLES
    init.add_argument("folder", metavar="DIR", help="folder of the panel, made if it is not there")
    for role in _LISTS:
        text = {"receptors": "names of the proteins that stay fixed", "ligands": "names of the proteins that move"}
        text["proteins"] = "names of proteins that are docked to each other, in place of receptors and ligands"
        init.add_argument(f"--{role}", nargs="+", metavar="NAME", default=(), help=text[role])
    init.add_argument("--from", dest="bundled", choices=("demo", "published"), help="a panel that comes with crossdock")
    _add_places(init)

    pair = commands.add("pair", _pair, "say whether two proteins could bind, and where: a panel of one pair")
    pair.description = (
        "Docks two proteins, and each with a background of 39 others, and makes the report: models of the pair, and "
        "how much it stands out from pairs that do not bind. With several pairs, make one panel (`crossdock init`), in "
        "which q counts them. Names are read as `crossdock init` reads them."
    )
    pair.formatter_class = _Examples
    pair.epilog = _PAIR_EXAMPLES
    pair.add_argument("receptor", help="name, id or file of the protein that stays fixed")
    pair.add_argument("ligand", help="name, id or file of the protein that moves")
    pair.add_argument(
        "-o", "--out", metavar="DIR", default="pair", help="folder of the pair (default: pair), made if it is not there"
    )
    pair.add_argument("--cores", default="all", help="processors to use")
    pair.add_argument("-n", "--dry-run", action="store_true", help="make the panel, list the jobs, and run none")
    _add_places(pair)


def _add_places(parser: argparse.ArgumentParser) -> None:
    """Add where names are looked up, and what becomes of a panel that is there."""
    parser.add_argument("--organism", default="human", help="organism of gene symbols: a name or a taxonomy id")
    parser.add_argument("--title", help="heading of the report")
    parser.add_argument("--force", action="store_true", help="replace a panel in DIR; its old files are kept as .bak")
    parser.add_argument("--sites", metavar="CONFIG", help="take `entries` and `evidence` of this config")
    for site in rule_of("entries")["properties"]:
        add_key(parser, f"entries.{site}")
    add_key(parser, "evidence.uniprot")
    parser.set_defaults(uniprot=None, **{site: None for site in rule_of("entries")["properties"]})


class _Examples(argparse.RawDescriptionHelpFormatter):
    """Help whose examples stay as they were written."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def _init(options: argparse.Namespace) -> None:
    from crossdock.steps.init import init

    words = {role: getattr(options, role) for role in _LISTS if getattr(options, role)}
    if options.bundled:
        _from_bundle(options, words)
        return
    if set(words) not in ({"receptors", "ligands"}, {"proteins"}):
        raise InputError(
            "expected --receptors and --ligands, or --proteins, or --from",
            where="crossdock init",
            hint="`crossdock init --help` shows examples",
        )
    print(_rendered(init(options.folder, words, **_places(options))))


def _pair(options: argparse.Namespace) -> None:
    from crossdock.steps.init import init
    from crossdock.steps.launch import snakemake_command

    folder = Path(options.out)
    if (folder / "config.yaml").is_file() and not options.force:
        hint = f"`cd {shlex.quote(str(folder))} && crossdock run` goes on with it; or give another folder, or --force"
        raise InputError("this folder has a panel already", where=str(folder), hint=hint)
    made = init(
        folder,
        {"receptors": [options.receptor], "ligands": [options.ligand]},
        background=True,
        **{"title": f"{Path(options.receptor).stem} and {Path(options.ligand).stem}", **_places(options)},
    )
    print(_rendered(made, then=False))
    if any(one.decide for some in made.lists.values() for one in some):
        hint = (
            "repeat the command with --force and another name; or edit the tables, then `crossdock run` in that folder"
        )
        raise InputError("a protein needs a decision, so nothing was docked", where=str(folder), hint=hint)
    os.chdir(folder)
    command = snakemake_command([f"--cores={options.cores}", *(["--dry-run"] if options.dry_run else [])])
    sys.stdout.flush()
    os.execv(command[0], command)  # Snakemake takes the place of this process, as for `crossdock run`


def _places(options: argparse.Namespace) -> dict[str, Any]:
    """Give what `init` is told beside the names."""
    from crossdock.entries.organism import taxid_of

    entries, evidence = _sites(options)
    title = {"title": options.title} if options.title else {}
    return {
        "taxid": taxid_of(options.organism),
        "sites": entries,
        "evidence": evidence,
        "force": options.force,
        **title,
    }


def _from_bundle(options: argparse.Namespace, words: dict[str, Any]) -> None:
    from crossdock.panel.drafts import check_free
    from crossdock.steps.bundled import bundled_panel

    if words:
        raise InputError("--from takes no names", where="crossdock init", hint="give either --from, or lists of names")
    check_free(Path(options.folder), ["config.yaml"], force=options.force)
    print(f"wrote {bundled_panel(options.bundled, Path(options.folder))}")
    print(_next(Path(options.folder)))


def _sites(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Gather sites: those of a config, and over them those of the command line."""
    from crossdock.panel.config import read_config
    from crossdock.panel.schema import typed

    config = read_config(options.sites) if options.sites else {}
    entries, evidence = (typed(config.get(key) or {}, rule_of(key)) for key in ("entries", "evidence"))
    given = {site: getattr(options, site) for site in rule_of("entries")["properties"]}
    entries |= {site: value for site, value in given.items() if value is not None}
    return entries, evidence | ({} if options.uniprot is None else {"uniprot": options.uniprot})


def _rendered(made: Started, *, then: bool = True) -> str:
    """Lay out what became of each name, what is to be decided, and what to do next."""
    from crossdock import terminal

    rows: list[tuple[str, ...]] = [("name", "from", "gene", "uniprot", "entry", "chains", "residues", "")]
    for drafts in made.lists.values():
        for one in drafts:
            cells = [one.keys.get(key, "") for key in ("gene", "uniprot", "entry", "chains", "residues")]
            cells[2] = Path(cells[2]).name if "/" in cells[2] else cells[2]
            rows.append((one.name, Path(one.source).name[:30], *cells, "to decide" if one.decide else ""))
    width = shutil.get_terminal_size((120, 24)).columns
    widths = terminal.fitted(rows, width)
    lines = [line for row in rows for line in terminal.lines(row, widths)]
    waiting = {f"{role} {one.name}": one.decide for role, some in made.lists.items() for one in some if one.decide}
    if waiting:
        count = f"{len(waiting)} row{'s need' if len(waiting) > 1 else ' needs'} a decision"
        said = {text: [name for name, other in waiting.items() if other == text] for text in waiting.values()}
        lines += ["", f"{count} (column `decide` of the tables):"]
        lines += [f"- {', '.join(names)}: {text}" for text, names in said.items()]
    lines += [f"note: {note}" for note in dict.fromkeys(made.notes)]
    lines += ["", "wrote " + ", ".join(map(str, made.files))]
    return "\n".join([*lines, *([_next(made.folder)] if then else [])])


def _next(folder: Path) -> str:
    return f"Next:\n  cd {shlex.quote(str(folder))}\n  crossdock check\n  crossdock run"
