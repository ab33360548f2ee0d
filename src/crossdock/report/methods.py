"""How the run was done: a paragraph for a paper with its references, the config, run times, and how to do it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from crossdock.analysis.affinity import PUBLISHED_ERROR_KCAL_MOL
from crossdock.analysis.background import TEMPERATURE
from crossdock.docking.backends import load_backend
from crossdock.docking.backends.contract import Elsewhere, Runs
from crossdock.errors import InputError
from crossdock.panel.proteins import Entry, field_of
from crossdock.panel.schema import option_arguments, rule_of, schema
from crossdock.remark import BUILT_ATOMS, BUILT_RESIDUES, CHAIN, TAKEN_AS, UNNOTICED_MEMBRANE, Item
from crossdock.report.references import REFERENCES, Reference, parse
from crossdock.report.run_data import BackendRun, RunData
from crossdock.report.sentences import say
from crossdock.report.wording import labels
from crossdock.structures.record import ProteinRecord
from crossdock.structures.summary import summarize

Record = dict[str, Any]

# What protein.json counts as kept: the chains themselves, what was changed in them, and ions, ligands and waters.
_CHANGED = (TAKEN_AS, BUILT_RESIDUES, BUILT_ATOMS)


@dataclass
class Description:
    """What the report says of how the run was done.

    Attributes
    ----------
    version : str
        Of crossdock.
    paragraphs : list of str
        Ready for a paper, with numbers of references in brackets.
    keys : list of str
        Of references, in the order in which they are cited.
    known : dict of str to Reference
        All that can be cited: crossdock's own and the backend's.
    """

    version: str
    paragraphs: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    known: dict[str, Reference] = field(default_factory=lambda: dict(REFERENCES))

    def cite(self, *keys: str) -> str:
        """Give the numbers of some references, in brackets, numbering new ones."""
        for key in keys:
            if key not in self.known:
                raise InputError(
                    f"the methods cite {key!r}, which no reference has", hint="`Backend.references` has them"
                )
            if key not in self.keys:
                self.keys.append(key)
        return f"[{', '.join(str(self.keys.index(key) + 1) for key in keys)}]"

    @property
    def references(self) -> list[str]:
        """The references in the order of their numbers."""
        return [self.known[key].text for key in self.keys]

    @property
    def bibtex(self) -> str:
        """All of them, and crossdock, as BibTeX."""
        own = (
            f"@misc{{crossdock,\n  author = {{{{The crossdock developers}}}},\n  title = {{crossdock}},\n"
            f"  note = {{Software, version {self.version}}}\n}}\n"
        )
        return "\n".join([own, *(self.known[key].bibtex(key) for key in self.keys)])


def describe(data: RunData, version: str) -> Description:
    """Write the methods of a run.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.
    version : str
        Of crossdock, where the dockings do not say theirs.

    Returns
    -------
    Description
    """
    versions = ", ".join(data.docking.versions) or version
    made = Description(versions)
    parts = [_docking, _models, _further, _scores, _testing, _comparison, _affinity, _refined, _structures]
    made.paragraphs = [" ".join(filter(None, part(data, made))) for part in parts]
    made.paragraphs = [text for text in made.paragraphs if text]
    return made


def run_times(data: RunData) -> Record | None:
    """Give total, least, median and most CPU seconds of the pairs, and how many; None where none was written down."""
    seconds = data.docking.pair_seconds
    if not seconds:
        return None
    return {
        "total": sum(seconds),
        "least": min(seconds),
        "median": median(seconds),
        "most": max(seconds),
        "pairs": len(seconds),
    }


def config_text(panel: Record) -> str:
    """Write a resolved panel as the YAML of a config that asks for it again (`config_of`)."""
    return yaml.safe_dump(config_of(panel), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)


def config_of(panel: Record) -> Record:
    """Give a resolved panel as a config that asks for it again.

    Parameters
    ----------
    panel : dict
        As panel.json holds it.

    Returns
    -------
    dict
        Lists are written out and settings filled in; of proteins, sites and the server only what differs from the
        defaults.
    """
    config: Record = {"title": panel.get("title")}
    asked, alike = panel.get("asked"), panel.get("symmetric")
    lists = {"proteins": "receptors"} if alike else {"receptors": "receptors", "ligands": "ligands"}
    for key, role in (lists | {"controls": "controls"}).items():
        if panel.get(role):
            config[key] = [_protein(one) for one in panel[role]]
    if asked is not None:
        config["pairs"] = [list(names) for names in asked]
    if panel.get("background"):
        config["background"] = [_protein(one) for one in panel.get("strangers") or []] or "bundled"
    if panel.get("known"):
        known = [{key: row[key] for key in ("receptor", "ligand", "note") if row.get(key)} for row in panel["known"]]
        config["known"] = known
    steering = {panel["steer_by"]: panel["steering"]} if panel.get("steer_by") else {}
    steering["attract"] = f"from {panel['steer_by']}" if steering else ""
    sections = [_section_of(str(one.get("backend"))) for one in (panel, *(panel.get("further") or []))]
    values = panel | steering | {sections[0]: panel.get("settings")} | _of_further(panel)
    for key in schema()["properties"]:
        if key in config or key in ("receptors", "ligands", "background") or values.get(key) in (None, "", [], {}):
            continue
        value: Any = values[key]
        if key in ("entries", "templates", panel.get("steer_by"), *sections):
            value = {name: item for name, item in dict(value).items() if item != rule_of(f"{key}.{name}")["default"]}
        if value not in ({}, []):
            config[key] = value
    return config


def _of_further(panel: Record) -> Record:
    """Give the keys of a config that are others where it has several backends."""
    further = panel.get("further") or []
    if not further:
        return {}
    each = [panel, *further]
    usual = rule_of("network.metric")["default"]  # which a backend has that lacks the metric that was asked for
    return {
        "network": next((one["network"] for one in each if one["network"]["metric"] != usual), panel["network"]),
        "backend": None,
        "backends": [one["backend"] for one in each],
        "docking": {one["backend"]: one["docking"] for one in each if one["docking"]},
        "replicates": max(one["replicates"] for one in each),
        **{_section_of(one["backend"]): one["settings"] for one in further},
    }


def commands(data: RunData) -> str:
    """Write the commands that make the run again, and its first pair alone."""
    panel, parameters = data.panel, data.docking.parameters
    lines = ["# in a folder with the config of this run as config.yaml", *_imports(data), "crossdock check"]
    lines += ["crossdock run"]
    # One that was steered needs the other backend's models too.
    first = next((pair for pair in data.pairs if not pair.steered), None)
    if data.docking.methods and not data.docking.clusters and first:
        files = [f"results/proteins/{name}" for name in (first.receptor, first.ligand)]
        options = {"backend": panel.get("backend"), "seed": next(iter(data.docking.seeds), panel.get("seed"))}
        asked = panel.get("docking") or {}
        options |= {f"docking.{key}": asked.get(key, parameters.get(key)) for key in _options(panel)}
        clustering = panel.get("clustering") or {}
        options |= {
            f"clustering.{key}": clustering.get(key)
            for key in ("radius", "min_size", "models", "order")
            if key != "min_size" or clustering.get("order") == "size"
        }
        given = shlex.join(option_arguments({key: _option_value(value) for key, value in options.items()}))
        records = " ".join(
            f"--{side}-record {file}/protein.json" for side, file in zip(("receptor", "ligand"), files, strict=True)
        )
        elsewhere = _elsewhere(str(panel.get("backend")))
        if elsewhere and elsewhere.record:
            given += f" \\\n  --result resources/{elsewhere.keeps}/{first.receptor}/{first.ligand}/{elsewhere.record}"
        lines += [
            "",
            "# its first pair alone" if first is data.pairs[0] else "# one pair alone",
            f"crossdock dock {' '.join(f'{file}/structure.pdb' for file in files)} \\\n  {records} \\\n  {given} -o "
            f"out",
        ]
    return "\n".join(lines) + "\n"


def _imports(data: RunData) -> Iterable[str]:
    """Give the commands that bring results which were made elsewhere, of every backend of the run that takes such."""
    runs = {str(data.panel.get("backend")): data.docking} | {run.backend: run.docking for run in data.further}
    for name in dict.fromkeys((*runs, str(data.panel.get("steer_by") or ""), *_steering_of(data))):
        elsewhere = _elsewhere(name)
        if not elsewhere or not elsewhere.imports:
            continue
        if elsewhere.record:
            gathers = elsewhere.gathers(_settings_of(data, name))
            also = ", for pairs that are not found during the run" if gathers else ""
            yield f"# FOLDER has the {elsewhere.thing}s of this run{also}"
        else:
            yield "# only if results were downloaded by hand"
        yield f"crossdock {elsewhere.imports} FOLDER"


def _steering_of(data: RunData) -> list[str]:
    """Name the backends whose models steered the dockings of further backends."""
    return [str(run.panel.get("steer_by") or "") for run in data.further]


def _settings_of(data: RunData, name: str) -> Record:
    """Give the settings of a backend of the run, or of one that steers it."""
    panels = [data.panel, *(run.panel for run in data.further)]
    own = next((one["settings"] for one in panels if one.get("backend") == name and one.get("settings")), None)
    return own or next((one["steering"] for one in panels if one.get("steer_by") == name), None) or {}


def _section_of(name: str) -> str:
    """Name the key of a config that has the settings of a backend."""
    try:
        return load_backend(name).settings_key
    except InputError:
        return name  # not installed


def _elsewhere(name: str) -> Elsewhere | None:
    """Give what is done elsewhere for a backend; None where it docks here, or is not installed."""
    try:
        return load_backend(name).elsewhere if name else None
    except InputError:
        return None


def _docking(data: RunData, made: Description) -> Iterable[str]:
    docking, panel = data.docking, data.panel
    if docking.synthetic:
        yield say("methods-synthetic")
    name = panel.get("backend") or (docking.backends or ["unknown"])[0]
    snakemake = made.cite("snakemake")
    sentences = list(_of_backend(data, made, name))
    yield say(
        "methods-docking",
        docked=say(f"methods-pairs-{data.counts['kind']}", **data.counts),
        version=made.version,
        snakemake=snakemake,
        backend=sentences[0],
    )
    yield from sentences[1:]


def _option_value(value: Any) -> Any:
    """Give a value as an option has it: a list as several words, what has keys as JSON."""
    return tuple(value) if isinstance(value, list) else json.dumps(value) if isinstance(value, dict) else value


def _options(panel: Record) -> Iterable[str]:
    """Name the options of a panel's backend, as far as they are known here."""
    try:
        return load_backend(str(panel.get("backend"))).options
    except InputError:
        return panel.get("docking") or {}


def _further(data: RunData, made: Description) -> Iterable[str]:
    for run in data.further:
        sentences = list(_of_backend(run, made, run.backend))
        yield say("methods-further", n=len(run.pairs), backend=sentences[0])
        yield from sentences[1:]
    if data.several:
        yield say("methods-agreement", cited=made.cite("dockq", "dockq2"))


def _of_backend(run: RunData | BackendRun, made: Description, name: str) -> Iterable[str]:
    """Give what a backend says of itself; where it is not installed here, its name and version."""
    docking, panel = run.docking, run.panel
    try:
        backend = load_backend(name)
    except InputError:
        version = "".join(method.version for method in docking.methods.values())
        return [f"by the method {name}{f' {version}' if version else ''}"]
    made.known |= parse(backend.references)
    runs = Runs(
        parameters=docking.parameters,
        differing=docking.differing,
        seeds=docking.seeds,
        pairs=len(run.pairs),
        receptors=len(panel["receptors"]),
        ligands=len(panel["ligands"]),
        order=(panel.get("clustering") or {}).get("order", "consensus"),
    )
    return [sentence.strip() for sentence in backend.methods(runs, made.cite)] or [f"by the method {name}"]


def _models(data: RunData, made: Description) -> Iterable[str]:
    clustering = data.panel.get("clustering") or {}
    if data.docking.clusters:
        yield say("methods-own-clusters")
        return
    asked = clustering.get("order", "consensus")
    # Without the terms of an energy there is one weighting alone.
    order = "energy" if asked == "consensus" and not data.docking.weighted else asked
    cited = made.cite("clustering", "cluspro2017")
    yield say(
        "methods-groups" if data.docking.modelled else "methods-clusters",
        order=order,
        radius=clustering.get("radius"),
        most=clustering.get("models"),
        cited=cited,
    )


def _scores(data: RunData, made: Description) -> Iterable[str]:
    of = {"of": data.of.in_text, "turned": data.of.better == "high", "score": data.of_score}
    yield say("methods-specificity", cited=made.cite("tukey"), kind=data.counts["kind"], **of)
    replicates, noise = data.panel.get("replicates") or 1, data.statistics.noise
    if noise:
        yield say("methods-noise", replicates=replicates, sd=noise.sd, freedom=noise.freedom, **of)
        if noise.conformers is not None:
            yield say("methods-noise-conformers", sd=noise.conformers)
    else:
        yield say("methods-docked-once", **of)


def _testing(data: RunData, made: Description) -> Iterable[str]:
    if (behind := data.statistics.background) and behind.tested:
        yield say(
            "methods-background",
            own=behind.own,
            proteins=behind.proteins,
            behind=behind.pairs,
            rotations=behind.rotations,
            temperature=TEMPERATURE,
            cited=made.cite("tails"),
        )
        if not data.panel.get("controls") and not data.further:
            return
    controls = data.statistics.controls
    if controls.pairs:
        yield say(
            "methods-controls",
            pairs=controls.pairs,
            ligands=controls.ligands,
            names=labels_of(data.panel.get("controls") or []),
            cited=made.cite("fdr"),
            least_q=controls.least_q,
        )
    else:
        yield say("methods-no-controls") if not controls.problem else say("controls-unusable", problem=controls.problem)
        if (chance := data.statistics.chance) and chance.limit is not None:
            yield say("methods-noise-test", limit=chance.limit)


def _comparison(data: RunData, made: Description) -> Iterable[str]:
    known = sum(bool(pair.known) for pair in data.pairs)
    if known:
        yield say("methods-dockq", n=known, cited=made.cite("dockq", "dockq2"))


def _affinity(data: RunData, made: Description) -> Iterable[str]:
    if data.pairs:
        temperature = data.pairs[0].affinity.temperature_C
        cited = made.cite("prodigy")
        yield say("methods-affinity", cited=cited, error=PUBLISHED_ERROR_KCAL_MOL, temperature=temperature)


def _refined(data: RunData, made: Description) -> Iterable[str]:
    if how := data.panel.get("refine"):
        cited = {"openmm": made.cite("openmm"), "field": made.cite("ff14sb"), "solvent": made.cite("obc")}
        yield say("methods-refined", models=how["models"], radius=how["radius"], **cited)


def _structures(data: RunData, made: Description) -> Iterable[str]:
    shown = labels(data)
    proteins = data.proteins
    paths = {
        member["name"]: member["entry"].get("path") for role in ("receptors", "ligands") for member in data.panel[role]
    }
    sources = {protein.entry.source for protein in proteins.values()}
    sources |= {one.source for protein in proteins.values() for one in protein.conformers}
    cited = [*(["pdb"] if sources & {"rcsb", "demo", "uniprot"} else [])]
    cited += ["alphafold", "alphafold-db"] if any(_is_model(protein) for protein in proteins.values()) else []
    structures = [f"{shown[name]}, {_described(protein, paths.get(name))}" for name, protein in proteins.items()]
    yield say("methods-structures", cited=made.cite(*cited) if cited else "", structures=structures)
    for name, protein in proteins.items():
        if protein.identity.verdict == "mismatch":
            yield say("methods-mismatch", protein=shown[name], why=protein.identity.explanation)
        if protein.conformers:
            own_labels, along = (
                [one.label for one in protein.conformers],
                sum(bool(one.mode) for one in protein.conformers),
            )
            cited_modes = made.cite("torsional-modes") if along else ""
            yield say("methods-conformers", protein=shown[name], labels=own_labels, made=along, cited=cited_modes)
    items = [(item, name) for name, protein in proteins.items() for item in protein.kept]

    def counts(chosen: Iterable[tuple[Item, str]]) -> list[str]:
        return [f"{item.count} {item.text} of {shown[name]}" for item, name in chosen]

    if kept := [(item, name) for item, name in items if item.code not in (CHAIN, *_CHANGED)]:
        yield say("methods-kept", items=counts(kept))
    if changed := [(item, name) for item, name in items if item.code in _CHANGED]:
        yield say("methods-changed", items=counts(changed))
    unmarked = [shown[name] for name, protein in proteins.items() if protein.says(UNNOTICED_MEMBRANE)]
    if unmarked:
        yield say("methods-membrane", names=unmarked)
    closed = [shown[name] for name, protein in proteins.items() if protein.docking_mask]
    if closed:
        yield say("methods-closed", names=closed)
    pulling = [shown[name] for name, protein in proteins.items() if protein.attract]
    if pulling:
        yield say("methods-attract", names=pulling)
    if led := [pair.steered for pair in data.pairs if pair.steered]:
        yield say("methods-steered", n=len(led), total=len(data.pairs), by=led[0])


def _is_model(protein: ProteinRecord) -> bool:
    sources = {protein.entry.source, *(one.source for one in protein.conformers)}
    return "alphafold" in sources or "ALPHAFOLD" in (protein.method or "").upper()


def _described(protein: ProteinRecord, path: str | None) -> str:
    """Name a structure: its entry or the user's file, how it was solved, chains and residues."""
    entry, about = protein.entry, summarize(protein)
    name = entry.id
    if path:
        name = f"the file {Path(path).name}"
    else:
        name = f"AlphaFold DB {name}" if entry.source == "alphafold" else name.upper() if len(name) == 4 else name
    method = f" ({about.method.replace(' A', ' Å')})" if about.method else ""
    several = len(protein.selection.chains) + len(protein.selection.partners) > 1
    chains = f", chain{'s' if several else ''} {about.chains}" if about.chains else ""
    return f"{name}{method}{chains}, residues {', '.join(about.spans).replace('-', '–')}"


def labels_of(members: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the texts shown for some proteins."""
    return [str(member.get("label") or member["name"]) for member in members]


def _protein(member: Mapping[str, Any]) -> Record:
    """Give a protein's keys as a config has them, defaults left out."""
    keys: Record = {"name": member["name"]}
    if member.get("label") not in (None, "", member["name"]):
        keys["label"] = member["label"]
    entry, *further = (Entry(**one) for one in (member["entry"], *member.get("further", ())))
    if entry.source != "uniprot":
        keys["entry"] = [str(one) for one in (entry, *further)] if further else str(entry)
    for key, rule in schema()["$defs"]["protein"]["properties"].items():
        value = member.get(field_of(key))
        if key not in ("name", "label", "entry") and value not in (None, [], "", rule.get("default")):
            keys[key] = value
    return keys
