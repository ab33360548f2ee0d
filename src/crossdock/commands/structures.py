"""Commands that fetch, choose and prepare structures."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from crossdock.commands.options import Commands, add_key
from crossdock.panel.proteins import ROLES, Protein, changed, of_file
from crossdock.panel.schema import rule_of, schema


def add(commands: Commands) -> None:
    """Describe them."""
    fetch = commands.add("fetch", _fetch, "fetch an entry")
    fetch.add_argument(
        "entry",
        help="PDB id, alphafold:ACCESSION, demo:ID, the path of a structure file, or the .choice.json of an accession",
    )
    fetch.add_argument(
        "-o", "--out", required=True, help="file to write, ending in .cif.gz or .pdb.gz; a .json goes beside it"
    )
    for site in rule_of("entries")["properties"]:
        add_key(fetch, f"entries.{site}")

    prepare = commands.add("prepare", _prepare, "turn a selection of an entry into a docking-ready structure")
    prepare.add_argument(
        "entry",
        nargs="+",
        help="structure file (.pdb, .cif, with .gz or not); further files give a conformer of the protein each",
    )
    prepare.add_argument("-o", "--out", required=True, help="folder for structure.pdb and protein.json")
    prepare.add_argument("--name", help="name of the protein (default: name of the folder)")
    prepare.add_argument("--role", nargs="+", choices=ROLES, default=(), help="what the protein is in the panel")
    prepare.add_argument(
        "--sequence", help="FASTA file with the sequence of the accession, for entries without records"
    )
    for key in schema()["$defs"]["protein"]["properties"]:
        if key not in ("name", "entry", "membrane", "gene", "decide", "note"):
            add_key(prepare, f"protein.{key}")
    add_key(prepare, "protein.membrane.outside")
    prepare.epilog = "Write an equals sign if a value starts with a minus: --residues=-4-20."

    suggest = commands.add("suggest", _suggest, "list the available structures of a protein")
    suggest.add_argument("accession", help="UniProt accession, such as P60033")
    suggest.add_argument("--residues", metavar="FIRST-LAST", help="range that is needed, in UniProt numbers")
    suggest.add_argument("--yaml", action="store_true", help="print the best one as a config block")
    suggest.add_argument("-o", "--out", help="write the record of the best one, as ACCESSION.choice.json, for `fetch`")
    for site in rule_of("entries")["properties"]:
        add_key(suggest, f"entries.{site}")


def _fetch(options: argparse.Namespace) -> None:
    from crossdock.entries.sources import fetch
    from crossdock.panel.proteins import parse_entry

    if options.entry.endswith(".choice.json"):
        from crossdock.entries.choice import read_choice

        entry, chosen = read_choice(options.entry)
    else:
        entry, chosen = parse_entry(options.entry), None
    fetch(entry, options.out, sites=_sites(options), offline=options.offline, chosen=chosen)


def _sites(options: argparse.Namespace) -> dict[str, str]:
    """Gather the base URLs that a command was given."""
    return {site: getattr(options, site) for site in rule_of("entries")["properties"] if site != "offline"}


def _prepare(options: argparse.Namespace) -> None:
    from crossdock.steps.prepare import prepare

    given = {field.name: getattr(options, field.name, None) for field in fields(Protein) if field.name != "further"}
    given |= {"name": options.name or Path(options.out).name, "chains": tuple(options.chains or ())}
    given |= {"partners": tuple(getattr(options, "with")), "keep": tuple(options.keep)}
    given["membrane"] = {"outside": options.outside} if options.outside else None
    asked = changed(
        of_file(options.entry[0]), {key: value for key, value in given.items() if key not in ("entry", "note")}
    )
    more = {"role": options.role, "sequence": options.sequence}
    prepare(options.entry[0], asked, options.out, further=options.entry[1:], **more)


def _suggest(options: argparse.Namespace) -> None:
    from crossdock.entries.choice import recorded, write_choice
    from crossdock.entries.suggest import as_table, as_yaml, read_range, suggest

    residues = read_range(options.residues) if options.residues else None
    if options.offline:
        found = recorded(options.accession, residues, options.out)
    else:
        found = suggest(options.accession, residues=residues, sites=_sites(options))
        if options.out:
            write_choice(options.out, found)
    print(as_yaml(found) if options.yaml else as_table(found))
