"""Whether a chain without records is a protein whose sequence is at hand."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crossdock.errors import InputError
from crossdock.panel.accession import current

if TYPE_CHECKING:
    from Bio.Align import PairwiseAligner

#: Fewest aligned residues that say anything, unless the chain itself is shorter.
FEWEST_ALIGNED = 20
#: Part of the aligned residues that must be the same; close homologues and orthologues lie below or near it.
SAME_PROTEIN = 0.95
#: Part of a chain that must align; the rest may be a tag or a fusion partner.
LEAST_ALIGNED = 0.5

# The header of UniProt's FASTA files: >sp|P14210|HGF_HUMAN Hepatocyte growth factor ...
_HEADER = re.compile(r">(?:sp|tr)\|([A-Z0-9]{6,10})(?:-\d+)?\|")
# Of gapped alignments with the gaps that `compare` has.
_LAMBDA, _K = 0.267, 0.041
# What one letter cannot carry into the substitution matrix.
_READABLE = str.maketrans({"U": "C", "O": "K", "J": "L"})


@dataclass(frozen=True)
class Comparison:
    """How a chain's sequence lies on an accession's.

    Attributes
    ----------
    identity : float
        Part of the aligned residues that are the same.
    aligned : float
        Part of the chain that is aligned.
    n_aligned : int
    start, end : int
        What the chain covers of the accession's sequence, counted from 1.
    """

    identity: float
    aligned: float
    n_aligned: int
    start: int
    end: int

    @property
    def same(self) -> bool:
        """True where the chain is the protein, or a part of it with point mutations, tags or a fusion."""
        return self.identity >= SAME_PROTEIN and self.aligned >= LEAST_ALIGNED

    def __str__(self) -> str:
        return (
            f"{100 * self.identity:.0f} % of {self.n_aligned} aligned residues are the same "
            f"({self.start}-{self.end} of the sequence; {100 * self.aligned:.0f} % of the chain is aligned)"
        )


def read_fasta(path: str | Path, expected: str | None = None) -> str:
    """Read the first sequence of a FASTA file.

    Parameters
    ----------
    path : str or Path
    expected : str, optional
        Accession that a header of UniProt's must name.

    Returns
    -------
    str
        One-letter codes in capitals.

    Raises
    ------
    InputError
        If there is no protein sequence in the file, or it is another protein's by its header.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"cannot read the sequence: {error.strerror or error}", where=str(path)) from error
    starts = [i for i, line in enumerate(lines) if line.startswith(">")]
    named = _HEADER.match(lines[starts[0]]) if starts else None
    if expected and named and current(named[1]) != current(expected):
        raise InputError(
            f"expected the sequence of {expected}, but the file is that of {named[1]}",
            where=str(path),
            hint=f"put UniProt's FASTA of {expected} there",
        )
    body = lines[starts[0] + 1 : starts[1] if len(starts) > 1 else None] if starts else []
    sequence = "".join("".join(body).split()).upper().rstrip("*")
    if not sequence or not sequence.isascii() or not sequence.isalpha():
        raise InputError(
            "expected a protein sequence in FASTA format",
            where=str(path),
            hint="a line `>name`, then lines of one-letter codes, as UniProt gives them",
        )
    return sequence


def compare(chain: str, sequence: str) -> Comparison | None:
    """Align a chain to the sequence of an accession.

    Parameters
    ----------
    chain : str
        One-letter codes of the residues that are there; gaps are not marked.
    sequence : str
        One-letter codes of the whole protein.

    Returns
    -------
    Comparison or None
        None where too little aligns to say anything.

    Notes
    -----
    Smith-Waterman with BLOSUM62, gaps 11 to open and 1 to extend, as BLAST has them (Altschul et al. 1997, Nucleic
    Acids Res 25:3389), so that loops missing from the structure cost little. A protein of another species that differs
    in fewer than 1 of 20 residues passes: the sequence alone does not name the organism.
    """
    pairs = aligned(chain, sequence)
    if not pairs or len(pairs) < min(FEWEST_ALIGNED, len(chain)):
        return None
    n, same = len(pairs), sum(chain[i] == sequence[j] for i, j in pairs)
    return Comparison(same / n, n / len(chain), n, pairs[0][1] + 1, pairs[-1][1] + 1)


def aligned(chain: str, sequence: str) -> list[tuple[int, int]]:
    """Align two sequences as `compare` does.

    Parameters
    ----------
    chain, sequence : str
        One-letter codes.

    Returns
    -------
    list of (int, int)
        Places in the chain and in the sequence that lie on each other, counted from 0.
    """
    if not chain or not sequence:
        return []
    alignments = _aligner().align(sequence.translate(_READABLE), chain.translate(_READABLE))
    if not len(alignments):
        return []
    blocks = zip(*alignments[0].aligned, strict=True)
    return [(int(j), int(i)) for (a, b), (c, d) in blocks for i, j in zip(range(a, b), range(c, d), strict=True)]


def bit_score(one: str, other: str) -> float:
    """Give the bit score of the alignment of two sequences, as BLAST has it.

    Parameters
    ----------
    one, other : str
        One-letter codes.

    Returns
    -------
    float
        In bits; 0 where one of them is empty.

    Notes
    -----
    (lambda S - ln K) / ln 2 with lambda 0.267 and K 0.041 for BLOSUM62 with gaps 11 and 1 (Altschul et al. 1997,
    Nucleic Acids Res 25:3389). It does not depend on the size of a database.
    """
    if not one or not other:
        return 0.0
    raw = float(_aligner().score(other.translate(_READABLE), one.translate(_READABLE)))
    return max(0.0, (_LAMBDA * raw - math.log(_K)) / math.log(2))


@cache
def _aligner() -> PairwiseAligner:
    from Bio.Align import PairwiseAligner, substitution_matrices  # most entries have records and need no alignment

    matrix = substitution_matrices.load("BLOSUM62")
    return PairwiseAligner(mode="local", substitution_matrix=matrix, open_gap_score=-12, extend_gap_score=-1)
