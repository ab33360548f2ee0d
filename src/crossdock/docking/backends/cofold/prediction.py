"""One co-folded model: chains, coordinates and confidences, all cut to amino acids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from crossdock.docking.backends.cofold.confidence import Confidence, of_another
from crossdock.docking.backends.cofold.tokens import Molecules
from crossdock.entries.amino_acids import LETTERS, parent_of
from crossdock.entries.prediction import looks_like_plddt, plddt_scale
from crossdock.errors import InputError
from crossdock.structures.structure import Structure

#: Largest mean difference of the pLDDT of two files of one model: they round differently.
PLDDT_ROUNDING = 1.0
#: By how much a number may be outside its range, as by rounding.
ROUNDING = 1e-3
#: The largest error of a PAE of so many residues and more is between these: programs give 0.25 to 32 angstrom, and some
#: scripts a share of that.
FEWEST, LEAST_PAE_A, MOST_PAE_A = 10, 1.0, 100.0
#: The CA atoms of neighbours in a chain are 3.8 angstrom apart, in truth and in the model, so that the place of one,
#: seen from the other, is off by twice as much at most.
NEIGHBOUR_PAE_A = 7.6


@dataclass(frozen=True, repr=False)
class Prediction:
    """One model of a complex, as a program wrote it, cut to amino acids.

    Attributes
    ----------
    program, version : str
        `version` is empty where no file says it.
    job, model : str
        What was predicted, and which of its models this is.
    seed, sample : int or None
    body : Structure
        Heavy atoms of amino acids, chains under their own names, which may have several letters; their B-factors are
        pLDDT, 0 to 100, or 0 where no file says it.
    chains : tuple of str
        Names of chains with an amino acid, in file order.
    chain : ndarray, dtype=int64, shape=(n,)
        Index of each residue's chain.
    number : ndarray, dtype=int64, shape=(n,)
        Residue numbers as written.
    letters : str
        One-letter codes of the n residues; modified residues have their parent's.
    plddt : ndarray, dtype=float64, shape=(n,)
        From 0 to 100; that of the CB atom where each atom has its own; NaN where no file says it.
    center : ndarray, dtype=float64, shape=(n, 3)
        CB atoms, CA where there is none, in angstrom.
    pae : ndarray, dtype=float32, shape=(n, n), or None
        Predicted aligned errors in angstrom, rows aligned, columns scored.
    iptm, ptm, ranking : float or None
        As the program gave them; by `ranking` it orders models, the highest first.
    pair_iptm : ndarray, dtype=float64, shape=(c, c)
        ipTM of each pair of chains as the program gave it, rows aligned, columns scored; NaN where it is unknown.
    pair_ipsae : ndarray, dtype=float64, shape=(c, c)
        The same of ipSAE.
    where : str
        The model's file.
    doubt : str
        Why its errors may be those of another model; empty without a reason.
    """

    program: str
    version: str
    job: str
    model: str
    seed: int | None
    sample: int | None
    body: Structure
    chains: tuple[str, ...]
    chain: NDArray[np.int64]
    number: NDArray[np.int64]
    letters: str
    plddt: NDArray[np.float64]
    center: NDArray[np.float64]
    pae: NDArray[np.float32] | None
    iptm: float | None
    ptm: float | None
    ranking: float | None
    pair_iptm: NDArray[np.float64] = field(compare=False)
    pair_ipsae: NDArray[np.float64] = field(compare=False)
    where: str = ""
    doubt: str = ""

    def __repr__(self) -> str:
        return f"<{self.program} model {self.model} of {self.job}, {len(self.letters)} residues>"

    @property
    def sequences(self) -> list[str]:
        """The sequence of each chain, in one-letter codes."""
        return ["".join(self.letters[at] for at in self.residues(one)) for one in range(len(self.chains))]

    def residues(self, chain: int) -> NDArray[np.int64]:
        """Give the indices of a chain's residues."""
        return np.flatnonzero(self.chain == chain)


def assemble(
    names: tuple[str, str, str, str], draw: tuple[int | None, int | None], content: bytes, said: Confidence, where: str
) -> Prediction:
    """Put a model file and what its program says of it together.

    Parameters
    ----------
    names : tuple of str
        Program, version, job and model.
    draw : tuple of int or None
        Seed and sample.
    content : bytes
        The model file.
    said : Confidence
    where : str
        The model file, for messages.

    Raises
    ------
    InputError
        If the model cannot be read, or what is said is of another model.
    """
    model = Molecules.read(content, where)
    atoms, beta = model.atoms, model.beta
    if not len(beta):
        raise InputError("there is no protein in this model", where=where)
    chains = tuple(dict.fromkeys(atoms.chain[beta].tolist()))
    index = {name: at for at, name in enumerate(chains)}
    plddt = _plddt(model, said)
    parents = [parent_of(name) or "" for name in atoms.residue[model.alpha].tolist()]
    pairs = _pairs(said, chains, model.chains)
    _check_iptm(said, pairs)
    pae, doubt = None, ""
    index_of = np.array([index[name] for name in atoms.chain[beta].tolist()], dtype=np.int64)
    if said.pae is not None:
        tokens = model.tokens(said, len(said.pae))
        pae = said.pae if len(tokens) == len(said.pae) else said.pae[np.ix_(tokens, tokens)]
        _check_pae(pae, said.where)
        doubt = _doubt(pae, index_of, atoms.number[beta], chains)
    return Prediction(
        *names,
        *draw,
        body=model.body(plddt),
        chains=chains,
        chain=index_of,
        number=atoms.number[beta],
        letters="".join(LETTERS.get(name, "X") for name in parents),
        plddt=plddt[beta],
        center=atoms.coord[beta],
        pae=pae,
        iptm=said.iptm,
        ptm=said.ptm,
        ranking=said.ranking,
        pair_iptm=pairs,
        pair_ipsae=_given(said.pair_ipsae, said.ipsae_names or chains, chains),
        where=where,
        doubt=doubt,
    )


def _check_pae(pae: NDArray[np.float32], where: str) -> None:
    if not np.isfinite(pae).all():
        row, column = (int(one) + 1 for one in np.argwhere(~np.isfinite(pae))[0])
        raise InputError(f"the PAE has values that are not numbers, the first at residues {row}, {column}", where=where)
    if pae.size and pae.min() < 0:
        raise InputError(f"the PAE has a value below 0: {pae.min():g}", where=where)
    if len(pae) >= FEWEST and not LEAST_PAE_A < pae.max() <= MOST_PAE_A:
        raise InputError(f"the PAE is not in angstrom: its largest value is {pae.max():g}", where=where)


def _doubt(pae: NDArray[np.float32], chain: NDArray[np.int64], number: NDArray[np.int64], names: Sequence[str]) -> str:
    """Say where the PAE of neighbours in a chain is larger than it can be, as if its chains were in another order."""
    one = np.arange(len(pae) - 1)
    bonded = (np.diff(chain) == 0) & (np.diff(number) == 1)
    large = np.minimum(pae[one, one + 1], pae[one + 1, one])
    at = np.flatnonzero(bonded & (large > NEIGHBOUR_PAE_A))
    if not len(at):
        return ""
    first = int(at[0])
    return (
        f"the PAE of residues {number[first]} and {number[first + 1]} of chain {names[chain[first]]} is "
        f"{large[first]:.1f} A, and neighbours cannot have more than {NEIGHBOUR_PAE_A} A: it may be of another model, "
        "or of its chains in another order"
    )


def _check_iptm(said: Confidence, pairs: NDArray[np.float64]) -> None:
    known = pairs[np.isfinite(pairs)].tolist()
    for name, values in (("ipTM", [said.iptm]), ("pTM", [said.ptm]), ("ipTM of a pair of chains", known)):
        for value in values:
            if value is not None and not -ROUNDING <= value <= 1.0 + ROUNDING:
                raise InputError(f"the {name} is not between 0 and 1: {value:g}", where=said.where)


def _plddt(model: Molecules, said: Confidence) -> NDArray[np.float64]:
    """Give the pLDDT of each atom, shape=(a,): of a file of its own, else of the model file."""
    written = model.atoms.b_factor[model.beta]
    if said.alone:
        return _recognised(model)
    if said.atom_plddt is not None:
        values = _of_atoms(model, said, said.atom_plddt)
    elif said.plddt is not None:
        values = model.of_residues(said.plddt[model.tokens(said, len(said.plddt))])
    elif np.ptp(written) == 0 and written[0] in (0.0, 1.0):
        return np.full(len(model.atoms), np.nan)  # Boltz-1 wrote 1 for every atom
    else:
        return model.atoms.b_factor * (100.0 if written.max() <= 1.0 else 1.0)
    found = values[model.beta]
    if not np.isfinite(found).all() or found.min() < 0 or found.max() > 100.5:
        raise InputError("the pLDDT is not between 0 and 100", where=said.where)
    if np.ptp(written) > 0:
        written = written * (100.0 if written.max() <= 1.0 else 1.0)
        expected = [found] if said.plddt is None else [found, *_as_boltz_writes(model, said.plddt)]
        if all(abs(one - written).mean() > PLDDT_ROUNDING for one in expected):
            what = "it is of another model: the pLDDT beside it is not that of the model file"
            raise InputError(what, where=said.where)
    return values


def _as_boltz_writes(model: Molecules, plddt: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Give the pLDDT that Boltz writes beside each amino acid in a model file, shape=(n,), from that of tokens.

    Notes
    -----
    It counts one token for each residue of a chain, though a modified one has a token for each atom, and until April
    2025 one for each ligand too (data/write/mmcif.py, pull request 240 of jwohlwend/boltz). So amino acids after a
    modified residue or a ligand have the pLDDT of another token there.
    """
    sizes = np.bincount(model.of_atom)
    for widths in (np.where(model.chained, 1, sizes), np.ones(len(sizes), dtype=np.int64)):
        if widths.sum() <= len(plddt):
            yield plddt[(np.cumsum(widths) - widths)[model.amino]]


def _of_atoms(model: Molecules, said: Confidence, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the pLDDT of each atom of the model, shape=(a,), of a file that has them by atom, or by token.

    Raises
    ------
    InputError
        If it has them of other atoms than the proteins of the model.
    """
    atoms = model.atoms
    if len(values) == len(atoms):
        return values
    if said.pae is not None and len(values) == len(said.pae):
        return model.of_residues(values[model.tokens(said, len(values))])
    if said.atom_chains is None or len(said.atom_chains) != len(values):
        raise of_another(len(values), "atoms", len(atoms), said.where)
    names, found = np.array([str(one) for one in said.atom_chains]), np.full(len(atoms), np.nan)
    for chain in dict.fromkeys(atoms.chain[model.beta].tolist()):
        theirs, own = names == chain, atoms.chain == chain
        if theirs.sum() != own.sum():
            raise of_another(int(theirs.sum()), f"atoms of chain {chain}", int(own.sum()), said.where)
        found[own] = values[theirs]
    return found


def _recognised(model: Molecules) -> NDArray[np.float64]:
    """Give the pLDDT of each atom; NaN in chains whose B column holds something else, such as an experiment's."""
    atoms = replace(model.atoms, polymer=model.amino[model.of_atom])
    found = np.full(len(atoms), np.nan)
    for chain in dict.fromkeys(atoms.chain[model.beta].tolist()):
        own = atoms.chain == chain
        if looks_like_plddt(atoms[own]):
            found[own] = atoms.b_factor[own] * plddt_scale(atoms.b_factor[model.beta[own[model.beta]]])
    return found


def _pairs(said: Confidence, chains: Sequence[str], everything: Sequence[str]) -> NDArray[np.float64]:
    """Give the ipTM of each pair of protein chains; that of a complex of two chains is that of the pair."""
    if said.pair_iptm is not None:
        names = list(said.pair_names or (everything if len(everything) == len(said.pair_iptm) else chains))
        if not set(chains) <= set(names) and all(re.fullmatch(r"[1-9]\d*", name) for name in names):
            # OpenFold 3 wrote chains as numbers from 1, by their names in alphabetical order (core/runners/writer.py).
            numbered = {str(at): name for at, name in enumerate(sorted(everything), start=1)}
            names = [numbered.get(name, name) for name in names]
        return _given(said.pair_iptm, names, chains)
    found = np.full((len(chains), len(chains)), np.nan)
    if len(chains) == len(everything) == 2 and said.iptm is not None:
        found[0, 1] = found[1, 0] = said.iptm
    return found


def _given(values: NDArray[np.float64] | None, names: Sequence[str], chains: Sequence[str]) -> NDArray[np.float64]:
    """Give a program's number of each pair of protein chains, NaN where it is unknown."""
    found = np.full((len(chains), len(chains)), np.nan)
    names = list(names)
    if values is not None and len(names) == len(values) and set(chains) <= set(names):
        at = np.array([names.index(name) for name in chains])
        found = values[np.ix_(at, at)].copy()
    np.fill_diagonal(found, np.nan)
    return found
