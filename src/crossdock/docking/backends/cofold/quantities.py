"""The numbers of a prediction that crossdock keeps for each model and pair, with what was published of them."""

from __future__ import annotations

from crossdock.quantity import Quantity

#: PAE below which a pair of residues counts for ipSAE, in angstrom; DunbrackLab's README has 15 for AlphaFold 2.
CUTOFF_A = 10.0
_BOTH = "The larger of both directions."
#: Values that 5 % and, where it is given, 1 % of the pairs reach that do not bind (fruit fly, human and yeast,
#: AlphaFold-Multimer), by their best model and by the mean: AFM-LIS, thresholds_data_yfh_keep_iLIS.xlsx.
_REACHED = {
    "iptm": ((0.59, 0.72), (0.338,)),
    "ilis": ((0.339, 0.551), (0.12, 0.303)),
    "pdockq": ((0.366,), ()),
    "pdockq2": ((0.023,), ()),
}
_ABOUT = {
    "iptm": ("ipTM", f"Interface pTM as the program gave it for the pair. {_BOTH}"),
    "ipsae": ("ipSAE", f"Score of the interface over residues whose predicted error (PAE) is low, 0 to 1. {_BOTH}"),
    "lis": ("LIS", "Local interaction score, 0 to 1: how far below 12 angstrom the PAE is. Mean of both directions."),
    "ilis": ("iLIS", "Square root of LIS times LIS over residues in contact, 0 to 1."),
    "pdockq": ("pDockQ", "From the number of contacts and their pLDDT, 0 to 1."),
    "pdockq2": ("pDockQ2", f"From pLDDT and PAE of the contacts, 0 to 1. {_BOTH}"),
}
#: Scores whose mean over all models of a pair is a number of its own.
MEANS = tuple(_ABOUT)
_PUBLISHED = {
    "ipsae": " Of AlphaFold DB's complexes, 0.6 or more together with a pDockQ2 of 0.23 or more was reached by 4.3 % "
    "of homodimers and 0.4 % of heterodimers that are false (Han et al. 2026).",
    "lis_mean": " With AlphaFold-Multimer, 7.4 % of pairs that do not bind reached 0.073 (AFM-LIS).",
}


def _reached(name: str, values: tuple[float, ...]) -> str:
    """Say how many pairs that do not bind reach a value."""
    if not values:
        return _PUBLISHED.get(name, "")
    said = [f"{share} % reached {value:g}" for share, value in zip((5, 1), values, strict=False)]
    return f" Of pairs that do not bind, with AlphaFold-Multimer, {' and '.join(said)} (AFM-LIS)."


def _first(name: str) -> Quantity:
    label, text = _ABOUT[name]
    return Quantity(name, "", "high", label, text + _reached(name, _REACHED.get(name, ((), ()))[0]))


def _mean(name: str) -> Quantity:
    label, _ = _ABOUT[name]
    text = f"Mean {label} over all models and seeds of the pair."
    published = _reached(f"{name}_mean", _REACHED.get(name, ((), ()))[1])
    return Quantity(f"{name}_mean", "", "high", f"Mean {label}", text + published, name)


#: Numbers that are computed from a PAE, and those of them that are means.
_OF_PAE: tuple[str, ...] = (
    *("ipsae", "lis", "ilis", "pdockq2", "ipsae_min", "ipsae_d0chn", "ipsae_d0dom", "iptm_pae", "clis", "lia"),
    *("interface_pae", "ipsae_mean", "lis_mean", "ilis_mean", "pdockq2_mean"),
)
#: Number -> why no pair of a panel has it, and what to do.
ABSENT = dict.fromkeys(
    _OF_PAE,
    (
        "it is computed from the PAE, and no PAE was imported for any of the pairs",
        "import the predictions again with the files of their PAE (docs/cofold.md says which)",
    ),
)
#: What must be the same in all pairs for their numbers to be on one scale.
ONE_SCALE = {
    "program": "program",
    "version": "version of the program",
    "ipsae_cutoff_A": "PAE cutoff of ipSAE",
}
NUMBERS = (
    *map(_first, _ABOUT),
    Quantity("complex_iptm", "", "high", "ipTM of the complex", "ipTM over all of the complex's interfaces, as given."),
    Quantity("ptm", "", "high", "pTM", "Predicted TM-score of the complex, as the program gave it."),
    Quantity("ipsae_min", "", "high", "Smaller ipSAE", "ipSAE, the smaller of both directions."),
    Quantity("ipsae_d0chn", "", "high", "ipSAE (d0 of chains)", f"ipSAE with the d0 of both chains' lengths. {_BOTH}"),
    Quantity("ipsae_d0dom", "", "high", "ipSAE (d0 of domains)", f"ipSAE with the d0 of residues of low PAE. {_BOTH}"),
    Quantity("iptm_pae", "", "high", "ipTM from PAE", f"ipTM as it follows from the PAE alone. {_BOTH}"),
    Quantity("clis", "", "high", "cLIS", "LIS over residues in contact. Mean of both directions."),
    Quantity("lia", "residue pairs", "high", "LIA", f"Pairs of residues with a PAE below 12 angstrom. {_BOTH}"),
    Quantity("interface_pae", "A", "low", "Interface PAE", "Mean predicted error over residues in contact."),
    Quantity("interface_plddt", "", "high", "Interface pLDDT", "Mean pLDDT of the residues in contact, 0 to 100."),
    Quantity("cb_contacts", "residue pairs", "high", "CB contacts", "Pairs of residues with CB atoms within 8 A."),
    *map(_mean, _ABOUT),
)
