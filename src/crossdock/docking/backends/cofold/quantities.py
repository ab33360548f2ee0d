"""The numbers of a prediction that crossdock keeps for each model and pair."""

from __future__ import annotations

from crossdock.quantity import Quantity

_BOTH = "The larger of both directions."
_MEAN = "Mean over all models and seeds of the pair: {}"
_FIRST = (
    Quantity("iptm", "", "high", "ipTM", f"Interface pTM as the program gave it for the pair. {_BOTH}"),
    Quantity(
        "ipsae",
        "",
        "high",
        "ipSAE",
        "Interface score from residues whose predicted error (PAE) is low, 0 to 1 (Dunbrack 2025). " + _BOTH,
    ),
    Quantity("lis", "", "high", "LIS", "Local interaction score, 0 to 1 (Kim 2024). Mean of both directions."),
    Quantity("ilis", "", "high", "iLIS", "Square root of LIS and LIS over residues in contact (AFM-LIS)."),
    Quantity("pdockq", "", "high", "pDockQ", "From the number of contacts and their pLDDT, 0 to 1 (Bryant 2022)."),
    Quantity("pdockq2", "", "high", "pDockQ2", "From pLDDT and PAE of the contacts, 0 to 1 (Zhu 2023). " + _BOTH),
)
NUMBERS = (
    *_FIRST,
    Quantity("ptm", "", "high", "pTM", "Predicted TM-score of the complex, as the program gave it."),
    Quantity("ipsae_min", "", "high", "Smaller ipSAE", "ipSAE, the smaller of both directions."),
    Quantity("ipsae_d0chn", "", "high", "ipSAE (d0 of chains)", "ipSAE with the d0 of both chains' lengths. " + _BOTH),
    Quantity("ipsae_d0dom", "", "high", "ipSAE (d0 of domains)", "ipSAE with the d0 of residues of low PAE. " + _BOTH),
    Quantity("iptm_pae", "", "high", "ipTM from PAE", "ipTM as it follows from the PAE alone. " + _BOTH),
    Quantity("clis", "", "high", "cLIS", "LIS over residues in contact (AFM-LIS). Mean of both directions."),
    Quantity("lia", "residue pairs", "high", "LIA", f"Pairs of residues with a PAE below 12 angstrom. {_BOTH}"),
    Quantity("interface_pae", "A", "low", "Interface PAE", "Mean predicted error over residues in contact."),
    Quantity("interface_plddt", "", "high", "Interface pLDDT", "Mean pLDDT of the residues in contact, 0 to 100."),
    Quantity(
        "cb_contacts", "residue pairs", "high", "CB contacts", "Pairs of residues with CB atoms within 8 angstrom."
    ),
    *(
        Quantity(f"{one.name}_mean", "", "high", f"Mean {one.label}", _MEAN.format(one.help[0].lower() + one.help[1:]))
        for one in _FIRST
    ),
)
