"""What the answer allows a reader to conclude, what to leave out, and what to write into the config of the next run."""

from __future__ import annotations

from dataclasses import dataclass

from crossdock.remark import UNNOTICED_MEMBRANE
from crossdock.report.answer import CALLED, beyond_noise
from crossdock.report.remarks import rows
from crossdock.report.run_data import RunData
from crossdock.report.wording import joined, label, labels

#: Proteins that a sentence names; more are counted.
MOST_NAMED = 10
#: Pairs that it names.
MOST_PAIRS = 3


@dataclass(frozen=True)
class Advice:
    """What follows from a run.

    Attributes
    ----------
    head : str
        A few words.
    text : str
        With names of keys and files between backticks.
    link : str or None
        Where on the page to read on.
    """

    head: str
    text: str
    link: str | None = None


def advice(data: RunData) -> list[Advice]:
    """Say what follows from the run, and what does not.

    Parameters
    ----------
    data : RunData
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of Advice
    """
    if not any(pair.values.get("score") is not None for pair in data.pairs):
        return []
    return [_sound(data), *_left_out(data), *_next_run(data)]


def _sound(data: RunData) -> Advice:
    """Say what the numbers carry: a finding, where controls stand behind it, or else an order of questions."""
    never = "Not that a pair binds, how tightly, or that another does not."
    controls, metric = data.statistics.controls, "specificity"
    if data.docking.synthetic:
        return Advice("What can be said", "nothing about proteins: scores are made up.")
    if controls.unlike:
        said = "nothing from the q-values, as the controls are not alike to the ligands"
    elif controls.pairs:
        found = [pair for pair in data.pairs if (pair.values.get("q_value") or 1.0) <= CALLED]
        said = f"{len(found)} pair{'s stand' if len(found) != 1 else ' stands'}" if found else "no pair stands"
        said += " out against the controls"
    elif apart := beyond_noise(data):
        named = joined([label(data, pair) for pair in apart[:MOST_PAIRS]])
        more = f" and {len(apart) - MOST_PAIRS} more" if len(apart) > MOST_PAIRS else ""
        said = f"which pairs to test first: {named}{more}, farther out than chance alone would often give"
    elif apart is not None:
        said = "no pair stands out by more than chance alone could give; their order says no more than where to begin"
    else:
        metric = "specificity" if any(pair.values.get("specificity") for pair in data.pairs) else "score"
        said = f"which pairs to test first, in the order of their {metric}"
    return Advice("What can be said", f"{said}. {never}")


def _left_out(data: RunData) -> list[Advice]:
    """Name the proteins of which nothing can be concluded, and those whose remarks must be read first."""
    shown, found = labels(data), []
    others = [name for name, protein in data.proteins.items() if protein.identity.is_another]
    if others:
        names = _listed([shown[name] for name in others])
        text = f"{names}, in whose place {'another protein was' if len(others) == 1 else 'other proteins were'} docked"
        found.append(
            Advice("Leave out", f"{text}, as the config accepts: nothing here is about what is asked for.", "#warnings")
        )
    # What a ligand's note says, of its construct for example, puts no column in doubt.
    receptors = [member["name"] for member in data.panel["receptors"]]
    said = [(row, name) for row in rows(data) if row.top for name in row.proteins]
    careful = list(dict.fromkeys(name for row, name in said if not row.note or name in receptors))
    careful = [name for name in careful if name not in others]
    if careful:
        names = _listed([shown[name] for name in careful])
        found.append(Advice("Read with care", f"{names}, for the remarks before the matrix.", "#warnings"))
    return found


def _next_run(data: RunData) -> list[Advice]:
    """Say what to write into the config so that the next run can be trusted further."""
    panel, proteins, wanted = data.panel, data.proteins, []
    without_membrane = [
        name
        for name, protein in proteins.items()
        if not protein.identity.is_another and protein.says(UNNOTICED_MEMBRANE)
    ]
    if without_membrane:
        wanted.append(
            f"`membrane:` beside {_listed(without_membrane, code=True)}, which closes the faces that a membrane hides"
        )
    unknown = [name for name, protein in proteins.items() if protein.identity.verdict == "unknown"]
    expected = {name: proteins[name].identity.expected for name in unknown}
    if nameless := [name for name in unknown if not expected[name]]:
        wanted.append(f"`uniprot:` beside {_listed(nameless, code=True)}, so that what they are is checked")
    if silent := [name for name in unknown if expected[name]]:
        files = _listed([f"{expected[name]}.fasta" for name in silent], code=True, what="files")
        wanted.append(f"in `resources/sequences/`, {files}, with which {_listed(silent, code=True)} can be compared")
    if len(panel["receptors"]) < 2:
        wanted.append("a second receptor, without which nothing tells a good pair from a sticky ligand")
    elif not panel.get("controls"):
        wanted.append("`controls:`, without which nothing can be tested")
    if (panel.get("replicates") or 1) < 2 and data.docking.seeds_tell:
        wanted.append("`replicates: 3`, which measures the noise of the search")
    return [Advice("For the next run, in the config", f"{'; '.join(wanted)}.", "#methods-testing")] if wanted else []


def _listed(names: list[str], *, code: bool = False, what: str = "proteins") -> str:
    """Name proteins or files, or count them where they are many."""
    if len(names) > MOST_NAMED:
        return f"{len(names)} {what}"
    return joined([f"`{name}`" if code else name for name in names])
