"""How UniProt names a protein, and which names are one and the same."""

from __future__ import annotations

#: Accessions that UniProt has merged, old -> new. Alleles of HLA-A had an accession each before they became one entry.
MERGED = dict.fromkeys(("P01891", "P01892", "P05534", "P10316", "P13746", "P30443"), "P04439")


def current(accession: str) -> str:
    """Give the accession that UniProt uses today, without an isoform number."""
    base = accession.split("-")[0].upper()
    return MERGED.get(base, base)
