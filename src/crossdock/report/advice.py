"""What the answer allows a reader to conclude, what to leave out, and what to write into the config of the next run."""

from __future__ import annotations

from typing import Any

from crossdock.report.answer import CALLED, beyond_noise, doubts, joined, labels
from crossdock.structures.site import UNNOTICED

Record = dict[str, Any]

#: Proteins that a sentence names; more are counted.
MOST_NAMED = 10


def advice(data: Record) -> list[Record]:
    """Say what follows from the run, and what does not.

    Parameters
    ----------
    data : dict
        What `crossdock.report.payload.collect` gives.

    Returns
    -------
    list of dict
        Each ``head`` (a few words), ``text`` (names of keys and files between backticks) and ``link`` (where on the
        page to read on, or None).
    """
    if not any(pair["values"].get("score") is not None for pair in data["pairs"]):
        return []
    return [_sound(data), *_left_out(data), *_next_run(data)]


def _sound(data: Record) -> Record:
    """Say what the numbers carry: a finding, where controls stand behind it, or else an order of questions."""
    never = "Not that a pair binds, how tightly, or that another does not."
    if data["statistics"]["controls"]["pairs"]:
        found = [pair for pair in data["pairs"] if (pair["values"].get("q_value") or 1.0) <= CALLED]
        said = f"{len(found)} pair{'s stand' if len(found) != 1 else ' stands'}" if found else "no pair stands"
        return _item("Sound to say", f"{said} out against the controls. {never}")
    if data["docking"]["synthetic"]:
        return _item("Sound to say", "nothing about proteins: scores are made up.")
    if not beyond_noise(data):
        return _item(
            "Sound to say",
            "no pair stands out by more than noise alone could give; their order says no more than where to begin. "
            f"{never}",
        )
    return _item(
        "Sound to say",
        f"which pairs to test first, in the order of their specificity, and where on both proteins to look. {never}",
    )


def _left_out(data: Record) -> list[Record]:
    """Name the proteins of which nothing can be concluded, and those whose remarks must be read first."""
    shown, found = labels(data), []
    others = [name for name, protein in data["proteins"].items() if _verdict(protein) == "mismatch"]
    if others:
        entries = "its entry holds another protein" if len(others) == 1 else "their entries hold other proteins"
        found.append(_item("Leave out", f"{_listed([shown[name] for name in others])}: {entries} than asked for.",
                           "#proteins"))  # fmt: skip
    careful = [name for name in doubts(data) if name not in others]
    if careful:
        names = _listed([shown[name] for name in careful])
        found.append(_item("Read with care", f"{names}, for the remarks before the matrix.", "#warnings"))
    return found


def _next_run(data: Record) -> list[Record]:
    """Say what to write into the config so that the next run can be trusted further."""
    panel, proteins, wanted = data["panel"], data["proteins"], []
    bare = [
        name
        for name, protein in proteins.items()
        if _verdict(protein) != "mismatch" and any(UNNOTICED in text for text in protein["warnings"])
    ]
    if bare:
        wanted.append(f"`membrane:` beside {_listed(bare, code=True)}, which closes the faces that a membrane hides")
    unknown = [name for name, protein in proteins.items() if _verdict(protein) == "unknown"]
    if unknown:
        what = "they are" if len(unknown) > 1 else "it is"
        wanted.append(
            f"`uniprot:` and the sequence of {_listed(unknown, code=True)}, so that crossdock checks what {what}"
        )
    if not panel.get("controls"):
        wanted.append("`controls:`, without which nothing can be tested")
    if (panel.get("replicates") or 1) < 2:
        wanted.append("`replicates: 3`, which measures the noise of the search")
    return [_item("For the next run, in the config", f"{'; '.join(wanted)}.", "#methods-testing")] if wanted else []


def _verdict(protein: Record) -> str:
    return (protein.get("identity") or {}).get("verdict", "unknown")


def _item(head: str, text: str, link: str | None = None) -> Record:
    return {"head": head, "text": text, "link": link}


def _listed(names: list[str], *, code: bool = False) -> str:
    """Name proteins, or count them where they are many."""
    if len(names) > MOST_NAMED:
        return f"{len(names)} proteins"
    return joined([f"`{name}`" if code else name for name in names])
