"""Which organism a chain is from, by the taxonomy ids and names that entries give."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from crossdock.errors import InputError, quoted

#: Taxonomy id -> scientific name, and the mnemonic in which UniProt entry names end (UniProt's list of organisms,
#: speclist.txt). Old entries name the organism without its taxonomy id. Strains stand beside their species.
ORGANISMS = {
    9606: ("Homo sapiens", "HUMAN"),
    9544: ("Macaca mulatta", "MACMU"),
    10090: ("Mus musculus", "MOUSE"),
    10116: ("Rattus norvegicus", "RAT"),
    9913: ("Bos taurus", "BOVIN"),
    9823: ("Sus scrofa", "PIG"),
    9940: ("Ovis aries", "SHEEP"),
    9796: ("Equus caballus", "HORSE"),
    9615: ("Canis lupus familiaris", "CANLF"),
    9986: ("Oryctolagus cuniculus", "RABIT"),
    9031: ("Gallus gallus", "CHICK"),
    8355: ("Xenopus laevis", "XENLA"),
    7955: ("Danio rerio", "DANRE"),
    7227: ("Drosophila melanogaster", "DROME"),
    6239: ("Caenorhabditis elegans", "CAEEL"),
    3702: ("Arabidopsis thaliana", "ARATH"),
    4932: ("Saccharomyces cerevisiae", "YEASX"),
    559292: ("Saccharomyces cerevisiae S288C", "YEAST"),
    4896: ("Schizosaccharomyces pombe", "SCHPM"),
    284812: ("Schizosaccharomyces pombe 972h-", "SCHPO"),
    562: ("Escherichia coli", "ECOLX"),
    83333: ("Escherichia coli K-12", "ECOLI"),
    1423: ("Bacillus subtilis", "BACIU"),
    224308: ("Bacillus subtilis subsp. subtilis str. 168", "BACSU"),
    1773: ("Mycobacterium tuberculosis", "MYCTX"),
    83332: ("Mycobacterium tuberculosis H37Rv", "MYCTU"),
    287: ("Pseudomonas aeruginosa", "PSEAI"),
    208964: ("Pseudomonas aeruginosa PAO1", "PSEAE"),
    274: ("Thermus thermophilus", "THETH"),
    300852: ("Thermus thermophilus HB8", "THET8"),
}
#: Common names, as people type them.
_COMMON = {
    "human": 9606,
    "man": 9606,
    "rhesus": 9544,
    "rhesus macaque": 9544,
    "macaque": 9544,
    "mouse": 10090,
    "rat": 10116,
    "cow": 9913,
    "cattle": 9913,
    "bovine": 9913,
    "pig": 9823,
    "sheep": 9940,
    "horse": 9796,
    "dog": 9615,
    "rabbit": 9986,
    "chicken": 9031,
    "frog": 8355,
    "xenopus": 8355,
    "zebrafish": 7955,
    "fly": 7227,
    "fruit fly": 7227,
    "drosophila": 7227,
    "worm": 6239,
    "c. elegans": 6239,
    "arabidopsis": 3702,
    "yeast": 559292,
    "e. coli": 83333,
    "e coli": 83333,
    # UniProt files what is known of these under the strain.
    "saccharomyces cerevisiae": 559292,
    "escherichia coli": 83333,
}
# Names that have these words are not a genus and a species.
_NOT_BINOMIAL = {"virus", "phage", "viroid", "sp.", "construct"}
# A genus and a species in words; not "human", "synthetic construct" or "artificial gene".
_SPECIES = re.compile(
    r"(?!synthetic|artificial|unidentified|unknown|uncultured|phage)[a-z]{3,} [a-z]{3,}(?<!construct)"
)
# What a peptide synthesiser or a designer makes has no organism of its own.
_SYNTHETIC = 32630


def species_of(name: str) -> str:
    """Give the species of an organism's scientific name, strain and subspecies left out, in lower case."""
    words = name.lower().split(" (")[0].split()
    return " ".join(words if _NOT_BINOMIAL & set(words) else words[:2])


def can_be_of(organism: int | None, taxids: Collection[int], names: Iterable[str]) -> bool:
    """Tell whether a chain can be of an organism; one without a record, or made by synthesis, can.

    A strain counts as its species and a species as its strains, as far as their names are known. Names alone, as old
    entries give them, tell only where all have the form of a species' name, and then by the genus: Canis familiaris and
    Rattus rattus stand in many for dog and rat.

    Parameters
    ----------
    organism : int or None
        NCBI taxonomy id, None for any.
    taxids : collection of int
        Taxonomy ids that the entry gives the chain.
    names : iterable of str
        Scientific names that it gives.
    """
    if organism is None or {organism, _SYNTHETIC} & set(taxids):
        return True
    known, species = ORGANISMS.get(organism), {species_of(name) for name in names}
    if taxids:
        return known is not None and species_of(known[0]) in species
    if known is None or not species or not all(_SPECIES.fullmatch(name) for name in species):
        return True
    return known[0].lower().split()[0] in {name.split()[0] for name in species}


def taxid_of(text: str) -> int:
    """Read an organism: a taxonomy id, a common name, a scientific name or UniProt's mnemonic.

    Raises
    ------
    InputError
        If it is not known here.
    """
    name = " ".join(text.split()).lower()
    if name.isdecimal() and int(name) > 0:
        return int(name)
    known = {one.lower(): taxid for taxid, names in ORGANISMS.items() for one in names} | _COMMON
    if name in known:
        return known[name]
    raise InputError(
        f"the organism {quoted(text)} is not known by name",
        where="--organism",
        hint="give its NCBI taxonomy id (https://www.ncbi.nlm.nih.gov/taxonomy), or one of "
        "human, mouse, rat, cow, pig, chicken, zebrafish, fly, worm, yeast, e. coli",
    )
