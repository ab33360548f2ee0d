"""Config -> panel: every mistake found in one pass, before any work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from crossdock import plugins
from crossdock.errors import ConfigError, CrossdockError, InputError, cut, quoted
from crossdock.failure import Failure
from crossdock.files import read_json
from crossdock.panel.config import protein_rows
from crossdock.panel.pairs import Names, all_pairs, pairs_of
from crossdock.panel.proteins import ROLES, Protein, protein_from_record, proteins_of
from crossdock.panel.schema import backends_of, did_you_mean, problems_of, rule_of, schema, typed, with_defaults
from crossdock.records import from_json
from crossdock.spreadsheet import read_scores

#: The lists of proteins that a config has.
LISTS = tuple(f"{role}s" for role in ROLES)
#: Their averages need as many.
FEWEST_CONTROLS = 2
#: The key of the proteins that all others are docked with, and what it says for those that come with crossdock.
BACKGROUND, BUNDLED = "background", "bundled"
#: Proteins of a set of one's own: with fewer, no pair has a p-value that says anything.
FEWEST_STRANGERS = 20
#: The folder of further backends, in that of the run.
BESIDE = "backends"
_NAME = re.compile(r"[\w.+-]*\w")
#: Of a panel without roles, the list that stands for receptors and ligands.
PROTEINS = "proteins"


@dataclass(frozen=True)
class Known:
    """A pair whose complex is known; `complex` names the entry that holds both partners."""

    receptor: str
    ligand: str
    complex: str
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """What a panel asks of one backend: the attributes of `Panel` that hang on it."""

    backend: str
    replicates: int
    docking: dict[str, Any]
    settings: dict[str, Any]
    network: dict[str, Any]
    statistics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """The pairs of ligands and receptors that one config asks for, and how to dock them.

    `controls` are further ligands, which no receptor is expected to bind: docked as the others are, but no pairs of the
    panel. `asked` are the names of receptor and ligand of each pair; None where every ligand is docked to every
    receptor. A `symmetric` panel has proteins without roles: `receptors` and `ligands` are both the whole list, and
    each unordered pair is docked once. `left_out` are the proteins of the config that are in no pair. `docking` are the
    options of the backend, `settings` how it is worked on, which changes no result. `further` are the backends by which
    all pairs are docked too (`runs`). `results` is the folder of the run; `home` leads from there to that of the main
    backend's run, which has the proteins. `failures` are the proteins and pairs that could not be made, once that is
    known: the others are the panel. `background` tells whether each protein is docked with a set of others too: with
    `strangers`, or without these with the set that comes with crossdock. `steer_by` names a backend whose models of a
    pair steer the docking by the others, `steering` are that one's `settings`. `templates` says where
    known complexes of homologues are looked for, whose poses join the docked ones. `refine` says how the first models
    of each pair are refined; it is empty where they are not.
    """

    title: str
    receptors: tuple[Protein, ...]
    ligands: tuple[Protein, ...]
    controls: tuple[Protein, ...]
    replicates: int
    batch: int | str
    split: float | None
    backend: str
    seed: int
    docking: dict[str, Any]
    settings: dict[str, Any]
    clustering: dict[str, Any]
    affinity: dict[str, Any]
    network: dict[str, Any]
    entries: dict[str, Any]
    evidence: dict[str, Any]
    known: tuple[Known, ...] = ()
    published: str | None = None
    asked: tuple[Names, ...] | None = None
    symmetric: bool = False
    left_out: tuple[str, ...] = ()
    results: str = "results"
    failures: tuple[Failure, ...] = ()
    statistics: dict[str, Any] = field(default_factory=dict)
    further: tuple[Asked, ...] = ()
    home: str = ""
    background: bool = False
    strangers: tuple[Protein, ...] = ()
    steer_by: str = ""
    steering: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)
    refine: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def runs(self) -> tuple[Panel, ...]:
        """A panel for each backend, the main one's first; each has a folder of its own, and none has further ones.

        Only one whose backend keeps to sites has `steer_by`.
        """
        others = (
            replace(
                self,
                **vars(one),
                further=(),
                published=None,
                background=False,
                strangers=(),
                results=str(Path(self.results, BESIDE, one.backend)),
                home="../..",
            )
            for one in self.further
        )
        runs = (replace(self, further=()), *others)
        return tuple(
            run if not run.steer_by or _keeps_to_sites(run.backend) else replace(run, steer_by="") for run in runs
        )

    def proteins_in(self, results: str | Path) -> Path:
        """Give the folder with the prepared proteins, from that of the run."""
        return Path(os.path.normpath(Path(results, self.home, "proteins")))

    @cached_property
    def proteins(self) -> list[Protein]:
        """Receptors, ligands, controls, then those of a background set; a protein in two roles once."""
        members = (*self.receptors, *self.ligands, *self.controls, *self.strangers)
        return list({protein.name: protein for protein in members}.values())

    @cached_property
    def pairs(self) -> list[tuple[Protein, Protein]]:
        """Every (receptor, ligand) that is asked for, receptor by receptor."""
        if self.asked is not None:
            return [(self.protein(receptor), self.protein(ligand)) for receptor, ligand in self.asked]
        return [(receptor, ligand) for receptor in self.receptors for ligand in self.ligands]

    def pairs_of(self, name: str) -> list[tuple[Protein, Protein]]:
        """Every pair with a receptor; of a symmetric panel, every pair that a protein is in."""
        return [pair for pair in self.pairs if pair[0].name == name or (self.symmetric and pair[1].name == name)]

    @cached_property
    def docked(self) -> list[tuple[Protein, Protein]]:
        """Every pair that is docked: those of the panel, then those with controls."""
        return self.pairs + [(receptor, control) for receptor in self.receptors for control in self.controls]

    @property
    def of_pairs(self) -> Panel:
        """What the making of a pair depends on, without proteins and what only sums up."""
        return replace(
            self,
            title="",
            receptors=(),
            ligands=(),
            controls=(),
            batch=1,
            statistics={},
            network={},
            entries={},
            evidence={},
            settings={},
            steering={},
            templates={},
            published=None,
            asked=None,
            symmetric=False,
            left_out=(),
            results="",
            failures=(),
            further=(),
            background=False,
            strangers=(),
        )

    @cached_property
    def ligands_of(self) -> dict[str, list[str]]:
        """The names of the ligands that each receptor is paired with."""
        found: dict[str, list[str]] = {}
        for receptor, ligand in self.pairs:
            found.setdefault(receptor.name, []).append(ligand.name)
        return found

    def protein(self, name: str) -> Protein:
        """Find a protein by its name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Protein]:
        return {protein.name: protein for protein in self.proteins}

    def roles(self, name: str) -> tuple[str, ...]:
        """Name what a protein is in the panel: receptor, ligand, control, or several of them."""
        return tuple(role for role in ROLES if any(one.name == name for one in getattr(self, f"{role}s")))

    def is_known(self, receptor: str, ligand: str) -> Known | None:
        """Give the known complex of a pair, if the config names one."""
        return next((k for k in self.known if (k.receptor, k.ligand) == (receptor, ligand)), None)

    def to_record(self) -> dict[str, Any]:
        """Give the panel as `results/panel.json` holds it."""
        record = asdict(self)
        for role in (*ROLES, "stranger"):
            for protein in record[f"{role}s"]:
                protein["role"] = role
                protein["label"] = protein["label"] or protein["name"]
        return record


def counted(panel: Panel) -> str:
    """Say how many proteins a panel has and how many pairs of them are docked, such as `2 receptors x 3 ligands`."""

    def of(n: int, name: str) -> str:
        return f"{n} {name}{'s' if n != 1 else ''}"

    if panel.symmetric:
        return f"{of(len(panel.pairs), 'pair')} of {of(len(panel.receptors), 'protein')}"
    sides = f"{of(len(panel.receptors), 'receptor')} x {of(len(panel.ligands), 'ligand')}"
    return sides if panel.asked is None else f"{of(len(panel.pairs), 'pair')} of {sides}"


def read_panel(path: str | Path) -> Panel:
    """Read a resolved panel (`results/panel.json`)."""
    try:
        record = read_json(path)
        del record["crossdock_version"]
        if "settings" not in record:  # version 0.1.0 kept the server's under its name
            record["settings"] = record.get(record["backend"], {})
            chosen = plugins.usable(plugins.BACKENDS).get(record["backend"])
            known = chosen.options if chosen else record["docking"]
            record["docking"] = {key: value for key, value in record["docking"].items() if key in known}
        record.setdefault("evidence", with_defaults({}, rule_of("evidence")))  # 0.1.0 asked nobody
        record = {key: value for key, value in record.items() if key in Panel.__dataclass_fields__}
        record.setdefault("strangers", ())  # 0.1.0 had no background
        for role in (*LISTS, "strangers"):
            record[role] = tuple(protein_from_record(protein) for protein in record[role])
        record["known"] = tuple(Known(**known) for known in record["known"])
        record["further"] = tuple(Asked(**one) for one in record.get("further", ()))
        record["left_out"] = tuple(record.get("left_out", ()))
        record["failures"] = tuple(from_json(one, Failure) for one in record.get("failures", ()))
        asked = record.get("asked")  # 0.1.0 always docked all pairs
        record["asked"] = None if asked is None else tuple((receptor, ligand) for receptor, ligand in asked)
        return Panel(**record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "expected results/panel.json of this version; remove it, and `crossdock run` writes it again"
        raise InputError(f"cannot be read as a panel: {error}", where=str(path), hint=hint) from error


def load_panel(config: Mapping[str, Any], *, where: str = "config.yaml") -> Panel:
    """Make the panel that a config asks for.

    Parameters
    ----------
    config : mapping
        As read from YAML; paths in it are relative to the working directory.
    where : str
        Name of the config for messages.

    Returns
    -------
    Panel

    Raises
    ------
    ConfigError
        With every problem found.
    """
    problems: list[CrossdockError] = []
    named = backends_of(config)
    top = schema(*named) | {"required": []}
    plain = typed({key: value for key, value in config.items() if key not in (*LISTS, PROTEINS, BACKGROUND)}, top)
    problems += problems_of(plain, top, "")
    lists = _lists(config, problems)
    background, strangers = _background(config.get(BACKGROUND), problems)
    problems += _name_problems(lists)
    problems += _stranger_problems(strangers, lists)
    alike = PROTEINS in lists
    problems += _role_problems(config, alike)
    both = plain.get("orders") == "both" if alike else None
    proteins = lists.pop(PROTEINS, ())
    members = lists | {role: proteins for role in LISTS[:2] if alike}
    panel = None
    try:
        values = with_defaults(plain, top)
        values.pop("backends", None)
        values |= {BACKGROUND: background, "strangers": strangers}
        values["steer_by"] = _guide(values.pop("attract"))
        steering = dict(values.get(values["steer_by"] or "none") or {})
        values["refine"] = _refined(values.get("refine"))
        homo, _ = values.pop("homo"), values.pop("orders")
        asked = _asked(values.pop("pairs"), members, problems, homo=homo, both=both)
        known, known_problems = _known_pairs(values.pop("known"), members)
        problems += known_problems
        backend, *further = _asked_of_backends(
            named or (values["backend"],), values, plain.get("docking", {}), problems
        )
        if alike:
            known = _in_order(known, asked)
        panel = _without_idle(
            Panel(
                **(members | values | vars(backend)),
                known=known,
                asked=asked,
                symmetric=alike and not both,
                further=tuple(further),
                steering=steering,
            )
        )
    except (TypeError, ValueError, AttributeError, KeyError):
        if not problems:  # a wrong type that the schema has already named ends up here
            raise
    problems += _published_problems(plain.get("published"))
    problems += _backend_problems(plain, named)
    problems += _replicate_problems(plain, named)
    problems += _steering_problems(plain, named or ("local",))
    problems += _conformer_problems([] if panel is None else panel.docked, named or ("local",))
    problems += _job_problems(plain)
    problems += _control_problems(members if panel is None else {role: getattr(panel, role) for role in LISTS})
    problems += _network_problems(plain, members, background)
    if problems or panel is None:
        raise ConfigError(problems, where=where)
    return panel


def _lists(config: Mapping[str, Any], problems: list[CrossdockError]) -> dict[str, Any]:
    """Read the lists of proteins that a config has: with roles, or one without; controls beside either."""
    lists: dict[str, Any] = {}
    for role in (PROTEINS, "controls") if PROTEINS in config else LISTS:
        asked = config.get(role)
        if role == "controls" and asked in (None, [], "bundled"):
            asked = str(resources.files("crossdock.demo") / "controls.tsv") if asked else None
        rows = [] if role == "controls" and asked is None else protein_rows(asked, role, problems)
        lists[role] = tuple(proteins_of(rows, problems))
    return lists


def _background(asked: Any, problems: list[CrossdockError]) -> tuple[bool, tuple[Protein, ...]]:
    """Tell whether proteins are docked with a set of others, and give these if they are the user's own."""
    if asked in (None, [], "", "none"):
        return False, ()
    if asked == BUNDLED:
        return True, ()
    strangers = tuple(proteins_of(protein_rows(asked, BACKGROUND, problems), problems))
    if strangers and len(strangers) < FEWEST_STRANGERS:
        what = f"{len(strangers)} proteins are too few: expected at least {FEWEST_STRANGERS}, better 40"
        hint = f"list more proteins that are unlike each other, or write `{BACKGROUND}: {BUNDLED}`"
        problems.append(InputError(what, where=BACKGROUND, hint=hint))
    return True, strangers


def _stranger_problems(strangers: Sequence[Protein], lists: Mapping[str, tuple[Protein, ...]]) -> Iterator[InputError]:
    """Find names of a background set that are taken, within it or by a protein of the panel."""
    taken = {one.name.lower(): f"one of the {role}" for role, proteins in lists.items() for one in proteins}
    for protein in strangers:
        if other := taken.get(protein.name.lower()):
            hint = "give each protein its own name, and list no protein of the panel"
            yield InputError(f"{quoted(protein.name)} is {other} too", where=BACKGROUND, hint=hint)
        taken[protein.name.lower()] = f"another protein of `{BACKGROUND}`"


def _role_problems(config: Mapping[str, Any], alike: bool) -> Iterator[InputError]:
    """Find keys of a panel with roles in one without, and the other way round."""
    if alike:
        for role in LISTS[:2]:
            if role in config:
                hint = "use `proteins` for proteins without roles, or `receptors` and `ligands`"
                yield InputError(f"`proteins` and `{role}` cannot be combined", where=role, hint=hint)
        return
    for key in ("homo", "orders"):
        if key in config:
            hint = f"remove `{key}`, or list the proteins under `proteins:` instead of `receptors:` and `ligands:`"
            yield InputError(f"`{key}` is only for a panel of `proteins`", where=key, hint=hint)


def _asked(
    value: Any,
    members: Mapping[str, tuple[Protein, ...]],
    problems: list[CrossdockError],
    *,
    homo: bool,
    both: bool | None,
) -> tuple[Names, ...] | None:
    """Give the pairs that a config asks for by name; None where they are all ligands on all receptors."""
    names = {role: [protein.name for protein in members[f"{role}s"]] for role in ROLES[:2]}
    asked = pairs_of(value, names, problems, both=both)
    if asked is None and both is not None:
        asked = all_pairs(names["receptor"], homo=homo, both=both)
        if not asked and names["receptor"]:
            hint = "list a second protein, or write `homo: true` to dock the protein to itself"
            problems.append(InputError("one protein makes no pair", where=PROTEINS, hint=hint))
    if asked is None or (both is not False and len(asked) == len(names["receptor"]) * len(names["ligand"])):
        return None
    return tuple(asked)


def _in_order(known: tuple[Known, ...], asked: tuple[Names, ...] | None) -> tuple[Known, ...]:
    """Name known pairs of proteins without roles in the orders in which they are docked."""
    turned = [replace(one, receptor=one.ligand, ligand=one.receptor) for one in known]
    found = {(one.receptor, one.ligand): one for one in (*known, *turned)}
    return tuple(one for names, one in found.items() if asked is None or names in asked)


def _without_idle(panel: Panel) -> Panel:
    """Leave out the proteins that are in no pair."""
    if panel.asked is None:
        return panel
    used = [{pair[side] for pair in panel.asked} for side in (0, 1)]
    if panel.symmetric:
        used = [used[0] | used[1]] * 2
    receptors, ligands = (
        tuple(protein for protein in proteins if protein.name in names)
        for proteins, names in zip((panel.receptors, panel.ligands), used, strict=True)
    )
    idle = [one.name for one in panel.proteins if one not in (*receptors, *ligands, *panel.controls, *panel.strangers)]
    complete = len(panel.asked) == len(receptors) * len(ligands) and not panel.symmetric
    asked = None if complete else panel.asked
    return replace(panel, receptors=receptors, ligands=ligands, asked=asked, left_out=tuple(idle))


def without(panel: Panel, failures: Sequence[Failure]) -> Panel:
    """Leave out what could not be made.

    Parameters
    ----------
    panel : Panel
    failures : sequence of Failure
        Each with the name of a protein, or of receptor and ligand. A control of which a pair failed is left out, and
        so is a last one.

    Returns
    -------
    Panel

    Raises
    ------
    InputError
        If no pair is left.
    """
    if not failures:
        return panel
    proteins = {one.names[0] for one in failures if len(one.names) == 1}
    pairs = {one.names for one in failures if len(one.names) == 2}
    names = [(one.name, other.name) for one, other in panel.pairs]
    asked = [pair for pair in names if pair not in pairs and not proteins & set(pair)]
    if not asked:
        reasons = "; ".join(f"{' and '.join(one.names)}: {one.what}" for one in failures[:5])
        more = f"; and {len(failures) - 5} more" if len(failures) > 5 else ""
        raise InputError(f"no pair could be docked: {reasons}{more}", hint=failures[0].hint or None)
    lost = proteins | {ligand for _, ligand in pairs}
    controls = tuple(one for one in panel.controls if one.name not in lost)
    controls = controls if len(controls) >= FEWEST_CONTROLS else ()
    strangers = tuple(one for one in panel.strangers if one.name not in lost)
    background = panel.background and (not panel.strangers or bool(strangers))
    panel = replace(panel, background=background, strangers=strangers)
    made = _without_idle(replace(panel, asked=tuple(asked), controls=controls))
    known = tuple(one for one in panel.known if (one.receptor, one.ligand) in asked)
    return replace(made, known=known, left_out=panel.left_out, failures=tuple(failures))


def _name_problems(lists: dict[str, tuple[Protein, ...]]) -> Iterator[InputError]:
    """Find names that are taken; names are folders, and some disks do not tell `AR` from `ar`."""
    for role, proteins in lists.items():
        seen: dict[str, str] = {}
        for protein in proteins:
            other = seen.get(protein.name.lower())
            if other == protein.name:
                yield InputError(
                    f"the name {quoted(protein.name)} is given to two {role}",
                    where=role,
                    hint="give each protein its own name",
                )
            elif other:
                yield InputError(
                    f"the names {quoted(other)} and {quoted(protein.name)} differ only by case",
                    where=role,
                    hint="names become folders, and some disks ignore case",
                )
            seen[protein.name.lower()] = protein.name
    ligands = {protein.name.lower() for protein in lists.get("ligands", lists.get(PROTEINS, ()))}
    for control in lists["controls"]:
        if control.name.lower() in ligands:
            role = "protein of the panel" if PROTEINS in lists else "ligand"
            yield InputError(
                f"{quoted(control.name)} is a {role} and a control",
                where="controls",
                hint="use proteins as controls that are not among those of the panel",
            )
    own = {
        (str(entry), protein.chains): protein.name
        for role, proteins in lists.items()
        for protein in proteins
        if role != "controls"
        for entry in protein.entries
    }
    for control in lists["controls"]:
        found = (own.get((str(entry), control.chains)) for entry in control.entries)
        if same := next(filter(None, found), None):
            yield InputError(
                f"{quoted(control.name)} is {quoted(same)} of the panel under another name",
                where="controls",
                hint="controls must not be expected to bind the panel's receptors",
            )
    receptors = {protein.name.lower(): protein for protein in lists.get("receptors", ())}
    for ligand in (*lists.get("ligands", ()), *lists["controls"]):
        receptor = receptors.get(ligand.name.lower())
        if receptor and receptor != ligand:
            yield InputError(
                f"{quoted(ligand.name)} is a ligand and {quoted(receptor.name)} a receptor, but their keys differ",
                where="ligands",
                hint="use two names, or identical keys for a protein in both roles",
            )


def _known_pairs(
    rows: list[dict[str, Any]], lists: dict[str, tuple[Protein, ...]]
) -> tuple[tuple[Known, ...], list[InputError]]:
    pairs, problems = [], []
    for number, row in enumerate(rows, start=1):
        partners = {}
        for role in ("receptor", "ligand"):
            names = {protein.name: protein for protein in lists[f"{role}s"]}
            if row[role] in names:
                partners[role] = names[row[role]]
            else:
                problems.append(
                    InputError(
                        f"{quoted(row[role])} is not a {role} of this panel",
                        where=f"known {number}",
                        hint=did_you_mean(row[role], names),
                    )
                )
        if len(partners) < 2:
            continue
        if any(partner.entry.source == "uniprot" for partner in partners.values()):
            problems.append(
                InputError(
                    f"{row['receptor']} or {row['ligand']} has no `entry:`, so its structure may be any",
                    where=f"known {number}",
                    hint="write the entry of the complex for both partners",
                )
            )
            continue
        if partners["receptor"].entry != partners["ligand"].entry:
            problems.append(
                InputError(
                    f"{row['receptor']} comes from {partners['receptor'].entry}, "
                    f"{row['ligand']} from {partners['ligand'].entry}",
                    where=f"known {number}",
                    hint="both partners must come from the entry of their complex",
                )
            )
            continue
        entry = partners["receptor"].entry
        pairs.append(
            Known(
                row["receptor"], row["ligand"], entry.id.upper() if not entry.path else entry.path, row.get("note", "")
            )
        )
    return tuple(pairs), problems


def _published_problems(path: Any) -> Iterator[InputError]:
    if not isinstance(path, str):
        return
    try:
        header, _, _ = read_scores(path, f"published table {quoted(path)}")
    except InputError as error:
        yield InputError(error.what, where=f"published {error.where}", hint=error.hint)
        return
    if header[0] != "ligand":
        yield InputError(
            f"expected a first column `ligand` and one column for each receptor, got {cut(', '.join(header))}",
            where=f"published {path}",
        )


def _asked_of_backends(
    names: Sequence[str], values: dict[str, Any], given: Mapping[str, Any], problems: list[CrossdockError]
) -> list[Asked]:
    """Part the values of a config into what is asked of each backend, and take out the sections of all backends.

    `given` is the config's `docking`: an option under the name of a backend comes before one for all.
    """
    found = plugins.usable(plugins.BACKENDS)
    top = {one.name for one in fields(Panel)}
    keys = {name: one.settings_key for name, one in found.items() if one.settings}
    sections = {name: values.get(key, {}) if key in top else values.pop(key, {}) for name, key in keys.items()}
    known = schema(*names)["properties"]["docking"]["properties"]
    asked = []
    for name in names:
        chosen = found.get(name)
        rules = chosen.options if chosen else {}
        own = given.get(name) if len(names) > 1 and name not in rules else {}
        options = {**given, **(own or {})}
        docking = {key: options.get(key, rule["default"]) for key, rule in rules.items()}
        # The schema has looked at these by the rule of the first backend that has such an option.
        other = [key for key in rules if key not in (own or {}) and rules[key] != known[key]]
        problems += [problem for key in other for problem in problems_of(docking[key], rules[key], f"docking {key}")]
        once = chosen is not None and not _varies(chosen)
        ranking = {key: dict(values[key]) for key in ("network", "statistics")}
        for key, value in ranking.items():
            rule = schema(name)["properties"][key]["properties"]["metric"]
            if len(names) > 1 and value["metric"] not in rule["enum"]:
                value["metric"] = rule["default"]
        replicates = 1 if once else values["replicates"]
        asked.append(Asked(name, replicates, docking, sections.get(name, {}), **ranking))
    return asked


def _backend_problems(config: Mapping[str, Any], asked: Sequence[str]) -> Iterator[InputError]:
    if "backends" in config and "backend" in config:
        hint = "keep `backends`, with the main one first"
        yield InputError("`backend` and `backends` cannot be combined", where="backends", hint=hint)
    where = "backends" if "backends" in config else "backend"
    listed = config.get("backends")
    if isinstance(listed, list):
        for name in dict.fromkeys(name for name in listed if listed.count(name) > 1):
            yield InputError(f"the backend {quoted(name)} is listed twice", where=where, hint="name each once")
    names = list(plugins.points(plugins.BACKENDS))
    for name in asked:
        if name not in names:
            yield InputError(f"there is no backend {quoted(name)}", where=where, hint=did_you_mean(name, names))
            continue
        if len(asked) > 1 and not _NAME.fullmatch(name):
            yield InputError(f"the name of the backend {quoted(name)} cannot be that of a folder", where=where)
        try:
            plugins.load(plugins.BACKENDS, name)
        except InputError as error:
            yield error
    places = config.get("templates")
    looked_for = isinstance(places, dict) and (places.get("folder") or places.get("search"))
    usable = plugins.usable(plugins.BACKENDS)
    used = [usable[name] for name in asked if name in usable]
    if looked_for and used and not any(one.can.templates or one.settings_key == "templates" for one in used):
        what = f"{', '.join(one.name for one in used)} cannot use known complexes, so `templates` would do nothing"
        yield InputError(what, where="templates", hint="remove it, or list `template` among the `backends` too")


def _varies(backend: Any) -> bool:
    """Tell whether a backend gives another result when it docks a pair again."""
    return backend.elsewhere is None and bool(backend.can.seeds)


def _replicate_problems(config: Mapping[str, Any], asked: Sequence[str]) -> Iterator[InputError]:
    """Find replicates that no backend makes; of several backends, each that can does."""
    replicates, found = config.get("replicates", 1), plugins.usable(plugins.BACKENDS)
    backends = [found[name] for name in asked if name in found]
    if backends and not any(map(_varies, backends)) and isinstance(replicates, int) and replicates > 1:
        key, named = ("backend", backends[0].name) if len(backends) == 1 else ("backends", f"[{', '.join(asked)}]")
        yield InputError(
            f"{replicates} replicates with `{key}: {named}`, which gives the same result each time",
            where="replicates",
            hint="remove `replicates`",
        )


def _guide(asked: str) -> str:
    """Name the backend of `from BACKEND`; empty where something else is asked for."""
    return asked.removeprefix("from ").strip() if asked.startswith("from ") else ""


def _refined(asked: Any) -> dict[str, Any]:
    """Give how models are refined, defaults filled in; empty where they are not."""
    given = {} if asked is True else asked
    return with_defaults(given, rule_of("refine")) if isinstance(given, dict) else {}


def _keeps_to_sites(name: str) -> bool:
    """Tell whether a backend is drawn to residues that attract."""
    backend = plugins.usable(plugins.BACKENDS).get(name)
    return bool(backend and backend.can.sites)


def _steering_problems(config: Mapping[str, Any], asked: Sequence[str]) -> Iterator[InputError]:
    """Find out whether the models of a backend can steer the docking by others."""
    asked_for = config.get("attract")
    if not asked_for or not isinstance(asked_for, str):
        return
    name = _guide(asked_for)
    guides = [one for one, backend in plugins.usable(plugins.BACKENDS).items() if backend.confidence]
    if name not in guides:
        what = f"expected {' or '.join(f'`from {one}`' for one in guides)}, got {quoted(asked_for)}"
        hint = "residues that are known to bind stand under `attract` of their protein"
        yield InputError(what, where="attract", hint=hint)
    elif not any(map(_keeps_to_sites, asked)):
        able = [one for one in plugins.usable(plugins.BACKENDS) if _keeps_to_sites(one)]
        yield InputError(
            f"`attract: from {name}` steers no backend of this panel ({', '.join(asked)})",
            where="attract",
            hint=f"use it with {' or '.join(able)}, such as `backends: [{able[0]}, {name}]`" if able else "remove it",
        )


def _docks_conformers(name: str) -> bool:
    """Tell whether a backend docks every conformer of a partner."""
    backend = plugins.usable(plugins.BACKENDS).get(name)
    return bool(backend and backend.can.conformers)


def _conformer_problems(pairs: Sequence[tuple[Protein, Protein]], asked: Sequence[str]) -> Iterator[InputError]:
    """Find proteins with several conformers where no backend of the panel docks more than one."""
    known = [name for name in asked if name in plugins.usable(plugins.BACKENDS)]
    if not known or any(map(_docks_conformers, asked)):
        return
    able = [one for one in plugins.usable(plugins.BACKENDS) if _docks_conformers(one)]
    for protein in {one.name: one for pair in pairs for one in pair if one.several}.values():
        what = f"{' and '.join(known)} would dock only the first conformer of {protein.name}"
        hint = f"name one entry and one model, or use a backend that docks conformers: {', '.join(able)}"
        yield InputError(what, where="backends" if len(asked) > 1 else "backend", hint=hint)


def _job_problems(config: Mapping[str, Any]) -> Iterator[InputError]:
    """Find settings of jobs that exclude each other."""
    if config.get("split") and config.get("batch", "auto") not in ("auto", 1):
        yield InputError(
            "`batch` and `split` cannot be combined",
            where="split",
            hint="with `batch: 1` each pair is one job, which can be split",
        )


def _control_problems(lists: Mapping[str, tuple[Protein, ...]]) -> Iterator[InputError]:
    counts = len(lists["controls"]), len(lists["receptors"])
    if counts[0] and min(counts) < 2:
        yield InputError(
            f"{counts[0]} control{'s' if counts[0] > 1 else ''} on {counts[1]} receptor{'s' if counts[1] > 1 else ''}: "
            "averages need at least 2 of each",
            where="controls",
            hint="add one, or remove `controls`",
        )


def _network_problems(
    config: Mapping[str, Any], lists: Mapping[str, tuple[Protein, ...]], background: bool
) -> Iterator[InputError]:
    network = config.get("network")
    if isinstance(network, Mapping) and network.get("metric") == "q_value" and not lists["controls"]:
        yield InputError(
            "q-values need controls, and the config has none",
            where="network metric",
            hint="list proteins that are not expected to bind under `controls:`",
        )
    if isinstance(network, Mapping) and network.get("metric") == "background_q" and not background:
        yield InputError(
            "q-values against a background need one, and the config has none",
            where="network metric",
            hint=f"add `{BACKGROUND}: {BUNDLED}`",
        )
