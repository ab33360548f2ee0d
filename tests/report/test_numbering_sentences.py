"""How an entry counts its residues, in sentences."""

from __future__ import annotations

import pytest

from crossdock.entries.identity import ChainRecord, Reference
from crossdock.report.numbering import numbering


def chain(letter, *stretches, kept=True):
    names = ("accession", "name", "start", "end", "first", "last")
    output = tuple(Reference(**dict(zip(names, one, strict=True))) for one in stretches)
    return ChainRecord(letter, letter, None, output, None, None, 1, 9, 9, kept)


@pytest.mark.parametrize(
    ("chains", "text"),
    [
        # ESR1 of 1a52, HLA-A2 and beta-2 microglobulin of 1duz with a viral peptide, PDGF-BB of 4qci.
        (
            [chain("A", ("P03372", "", 297, 554, 297, 554)), chain("B", ("P03372", "", 297, 554, 297, 554))],
            "Residue numbers of chains A and B are those of UniProt P03372.",
        ),
        (
            [
                chain("A", ("P01892", "", 25, 299, 1, 275)),
                chain("B", ("P61769", "", 21, 119, 0, 99)),
                chain("C"),
                chain("D", ("P01892", "", 25, 299, 1, 275), kept=False),
            ],
            "Add 24 to the residue numbers of chain A to get those of UniProt P01892. "
            "Residue numbers of chain B have no constant offset to those of UniProt P61769. "
            "The entry’s records do not relate the residue numbers of chain C to UniProt numbers.",
        ),
        (
            [chain("C", ("P01127", "", 82, 190, 1, 109))],
            "Add 81 to the residue numbers of chain C to get those of UniProt P01127.",
        ),
        # The beta2 adrenergic receptor with lysozyme in its third loop, 2rh1; and the androgen receptor of 1e3g.
        (
            [
                chain(
                    "A",
                    ("P07550", "", 1, 230, 1, 230),
                    ("P00720", "", 2, 161, 1002, 1161),
                    ("P07550", "", 264, 365, 264, 365),
                )
            ],
            "Residue numbers of chain A (1 to 230 and 264 to 365) are those of UniProt P07550. "
            "Subtract 1000 from the residue numbers of chain A (1002 to 1161) to get those of UniProt P00720.",
        ),
        (
            [chain("X", ("P10275", "", 663, 919, 662, 918))],
            "Add 1 to the residue numbers of chain X to get those of UniProt P10275.",
        ),
        ([chain("A"), chain("B")], "The entry’s records do not relate its residue numbers to UniProt numbers."),
        (
            [chain("A", ("P00760", "", None, None, 16, 245))],
            "The entry’s records do not relate its residue numbers to UniProt numbers.",
        ),
    ],
)
def test_how_an_entry_counts_is_said(chains, text):
    assert numbering(chains) == text
