"""How each program names its files: patterns tell programs apart.

The layouts are those of AlphaFold 2.3, ColabFold 1.6.3 (and the names of older versions), AlphaFold 3.0.4 and its
server, Boltz 2.2, Chai 0.6.1, Protenix and OpenFold 3, as their sources write them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from crossdock.docking.backends.cofold import readers
from crossdock.docking.backends.cofold.confidence import Confidence
from crossdock.docking.backends.cofold.readers import Parts


@dataclass(frozen=True)
class Layout:
    """How a program writes a model.

    Attributes
    ----------
    program : str
        As people call it.
    pattern : pattern
        Of the model file's name. Its groups fill in the names of `parts`; `job`, `seed`, `sample` and `rank` are what
        they say.
    parts : dict of str to tuple of str
        Kind of a file beside the model -> its possible names.
    needs : tuple of str
        Kinds of which one must be there.
    enough : tuple of str
        Kinds of which one is enough where none of `needs` is there, and no other program's is.
    read : callable
        Takes the confidences out of the files and the match.
    version : callable
        Gives the version from the model's name, empty where it is unknown.
    terms : str
        Name of the terms of use that have to be accepted (`terms.TERMS`).
    """

    program: str
    pattern: re.Pattern[str]
    parts: dict[str, tuple[str, ...]]
    needs: tuple[str, ...]
    read: Callable[[Parts, dict[str, str]], Confidence]
    version: Callable[[str], str] = field(default=lambda name: "")
    terms: str = ""
    enough: tuple[str, ...] = ()

    def names(self, groups: dict[str, str], kind: str) -> list[str]:
        """List the possible names of a file beside the model."""
        return [name.format_map(groups) for name in self.parts[kind]]


def _multimer(name: str) -> str:
    """Give the version of AlphaFold's parameters that a model's name says."""
    found = re.search(r"multimer_v(\d)", name)
    return f"multimer_v{found[1]}" if found else ""


_STRUCTURE = r"\.(?:cif|pdb)"
#: A model that is scored without what a program says of it, such as a docked one.
ALONE = Layout("no program", re.compile(rf".+{_STRUCTURE}"), {}, (), lambda parts, groups: Confidence(alone=True))
_AF3_TERMS, _SERVER_TERMS = "alphafold3", "alphafold_server"

#: The more telling names first.
LAYOUTS = (
    Layout(
        "OpenFold 3",
        re.compile(rf"(?P<stem>(?P<job>.+)_seed_(?P<seed>\d+)_sample_(?P<sample>\d+))_model{_STRUCTURE}"),
        {
            "summary": ("{stem}_confidences_aggregated.json",),
            "full": ("{stem}_confidences.json", "{stem}_confidences.npz"),
        },
        ("summary",),
        readers.openfold3,
        enough=("full",),
    ),
    Layout(
        "Protenix",
        re.compile(rf"(?P<before>(?P<job>.+?)(?:_seed_(?P<seed>\d+))?)_sample_(?P<sample>\d+){_STRUCTURE}"),
        {
            "summary": (
                "{before}_summary_confidence_sample_{sample}.json",
                "{before}_summary_confidences_sample_{sample}.json",
            ),
            "full": ("{before}_full_data_sample_{sample}.json",),
        },
        ("summary",),
        readers.protenix,
        enough=("full",),
    ),
    Layout(
        "Chai-1",
        re.compile(rf"pred\.(?P<label>(?:.+_)?(?:model_idx|rank)_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "scores": ("scores.{label}.npz", "scores.{label}.json", "scores_{label}.npz", "ranking_{label}.json"),
            "pae": tuple(f"pae{dot}{{label}}{end}" for dot in "._" for end in (".npy", ".npz")),
        },
        ("scores",),
        readers.chai,
        enough=("pae",),
    ),
    Layout(
        "Boltz",
        re.compile(rf"(?P<stem>(?P<job>.+)_model_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "summary": ("confidence_{stem}.json",),
            "pae": ("pae_{stem}.npz", "pae_{stem}.npy"),
            "plddt": ("plddt_{stem}.npz", "plddt_{stem}.npy"),
        },
        ("summary",),
        readers.boltz,
        enough=("pae",),
    ),
    Layout(
        "AlphaFold Server",
        re.compile(rf"(?P<before>(?P<job>.+)_)model(?P<after>_(?P<sample>\d+)){_STRUCTURE}"),
        {
            "summary": ("{before}summary_confidences{after}.json",),
            "full": ("{before}full_data{after}.json", "{before}confidences{after}.json"),
        },
        ("summary",),
        readers.alphafold3,
        terms=_SERVER_TERMS,
        enough=("full",),
    ),
    Layout(
        "AlphaFold 3",
        re.compile(
            r"(?P<before>(?:(?P<job>.+?)_)??(?:seed-(?P<seed>\d+)_sample-(?P<sample>\d+)_|ranked_(?P<rank>\d+)_)?)"
            rf"model{_STRUCTURE}"
        ),
        {
            "summary": ("{before}summary_confidences.json",),
            "full": ("{before}confidences.json", "{before}full_data.json"),
        },
        ("summary",),
        readers.alphafold3,
        terms=_AF3_TERMS,
        enough=("full",),
    ),
    Layout(
        "ColabFold",
        re.compile(
            r"(?P<job>.+)_(?P<kind>unrelaxed|relaxed)_"
            rf"(?P<rest>(?:.*?rank_(?P<rank>\d+))?.*?model_(?P<sample>\d+)(?:.*?seed_(?P<seed>\d+))?.*?){_STRUCTURE}"
        ),
        {
            "scores": (
                "{job}_scores_{rest}.json",
                "{job}_unrelaxed_{rest}_scores.json",
                "{job}_{rest}_scores.json",
                "{job}_relaxed_{rest}_scores.json",
            ),
            "first_pae": ("{job}_predicted_aligned_error_v1.json",),
        },
        ("scores",),
        readers.colabfold,
        version=_multimer,
    ),
    Layout(
        "AlphaFold-Multimer",
        re.compile(
            rf"(?:(?P<kind>unrelaxed|relaxed)_(?P<model>model_(?P<sample>\d+).*?(?:pred_(?P<seed>\d+))?)"
            rf"|ranked_(?P<rank>\d+)){_STRUCTURE}"
        ),
        {
            "pae": ("pae_{model}.json",),
            "confidence": ("confidence_{model}.json",),
            "ranking": ("ranking_debug.json",),
            "given": ("iptm_ptm.json",),
            # AlphaPulldown's ModelCIF has the errors in a second file, and ipTM in the first.
            "pairwise": ("ranked_{rank}_local_pairwise_qa.cif",),
            "entry": ("ranked_{rank}.cif",),
        },
        ("pae", "ranking", "pairwise"),
        readers.alphafold2,
        version=_multimer,
    ),
    Layout(
        "AlphaFold DB",
        re.compile(rf"(?P<job>.+)-model_(?P<release>v\d+){_STRUCTURE}"),
        {
            "pae": ("{job}-predicted_aligned_error_{release}.json",),
            "scores": ("{job}-scores_{release}.json",),
        },
        ("pae",),
        readers.database,
    ),
)
