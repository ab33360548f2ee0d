"""One co-folded model: chains, coordinates and confidences, all cut to amino acids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crossdock.entries.amino_acids import LETTERS, element_of, parent_of
from crossdock.entries.atom_table import Atoms, Table
from crossdock.entries.entry import decoded, file_format
from crossdock.entries.mmcif import read_cif, read_cif_atoms
from crossdock.entries.pdb_format import read_pdb_atoms
from crossdock.entries.prediction import looks_like_plddt, plddt_scale
from crossdock.errors import InputError, StructureError
from crossdock.structures.structure import Structure

#: Largest model file: a table of atoms takes ten times its size, and a million atoms are 100 MB.
LARGEST_MODEL = 300_000_000
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
#: Residues without a known kind that are one token all the same.
_UNKNOWN = frozenset({"UNK", "N", "DN"})
#: Nucleotides that are one token; all others are modified.
_PLAIN_NUCLEOTIDES = frozenset({"A", "C", "G", "U", "DA", "DC", "DG", "DT"})


@dataclass(frozen=True)
class Confidence:
    """What a program's files say of one model, by token.

    Attributes
    ----------
    pae : ndarray, dtype=float32, shape=(t, t), optional
        Rows aligned, columns scored, in angstrom.
    plddt : ndarray, dtype=float64, shape=(t,), optional
        From 0 to 100; that of the model file is used without it.
    atom_plddt : ndarray, dtype=float64, shape=(a,), optional
        The same by heavy atom, or by token.
    atom_chains : sequence of str, optional
        Chain of each of these, where a file says it.
    token_of_atom : ndarray, dtype=int64, shape=(a,), optional
        Where a file says it.
    token_places : tuple of (sequence of str, sequence of int), optional
        Chain and residue number of each token, where a file says it.
    iptm, ptm, ranking : float, optional
        `ranking` is what the program itself orders models by.
    pair_iptm : ndarray, dtype=float64, shape=(c, c), optional
        Rows aligned, columns scored; NaN where it is unknown.
    pair_names : sequence of str, optional
        Chains of its rows; those of the model file, in order, without it.
    pair_ipsae : ndarray, dtype=float64, shape=(c, c), optional
        ipSAE as the program gave it; rows aligned, columns scored, NaN where it is unknown.
    ipsae_names : sequence of str, optional
        Chains of its rows.
    alone : bool
        Whether no program says anything of the model: then its B column is a pLDDT only in chains where it looks so.
    where : str
        For messages.
    """

    pae: NDArray[np.float32] | None = None
    plddt: NDArray[np.float64] | None = None
    atom_plddt: NDArray[np.float64] | None = None
    atom_chains: Sequence[str] | None = None
    token_of_atom: NDArray[np.int64] | None = None
    token_places: tuple[Sequence[str], Sequence[int]] | None = None
    iptm: float | None = None
    ptm: float | None = None
    ranking: float | None = None
    pair_iptm: NDArray[np.float64] | None = None
    pair_names: Sequence[str] | None = None
    pair_ipsae: NDArray[np.float64] | None = None
    ipsae_names: Sequence[str] | None = None
    alone: bool = False
    where: str = ""


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


@dataclass(frozen=True)
class Molecules:
    """A model file taken apart into residues and tokens.

    Attributes
    ----------
    atoms : Atoms
        Heavy atoms of the first model, one location each.
    of_atom : ndarray, dtype=int64, shape=(a,)
        Index of each atom's residue.
    first : ndarray, dtype=int64, shape=(m,)
        First atom of each residue.
    amino : ndarray, dtype=bool, shape=(m,)
        Amino acids of a chain that have a CA atom.
    single : ndarray, dtype=bool, shape=(m,)
        Standard amino acids and nucleotides of a chain: one token each.
    chained : ndarray, dtype=bool, shape=(m,)
        All residues of a chain, modified ones too.
    """

    atoms: Atoms
    of_atom: NDArray[np.int64]
    first: NDArray[np.int64]
    amino: NDArray[np.bool_]
    single: NDArray[np.bool_]
    chained: NDArray[np.bool_]

    @classmethod
    def read(cls, content: bytes, where: str) -> Molecules:
        """Read a PDB or mmCIF file.

        Raises
        ------
        StructureError
            If it is neither, is cut off, or an atom cannot be trusted.
        """
        table = _table(content, where)
        if table.faults:
            fault = table.faults[0]
            raise StructureError(fault.what, where=f"{where}, line {fault.line}")
        keep = (table.atoms.model == 0) & np.isin(table.atoms.altloc, ["", "A", "."])
        symbols = _elements(table.atoms)
        keep &= ~np.isin(symbols, ["H", "D"])
        atoms = replace(table.atoms, element=symbols)[keep]
        in_chain = np.where(table.mark == -1, table.atom_record, table.mark == 1)[keep]
        if not len(atoms):
            raise StructureError("there is no atom in this file", where=where)
        changed = np.ones(len(atoms), dtype=bool)
        changed[1:] = False
        for column in (atoms.chain, atoms.number, atoms.insertion, atoms.residue):
            changed[1:] |= column[1:] != column[:-1]
        first, of_atom = np.flatnonzero(changed), np.cumsum(changed) - 1
        names = atoms.residue[first]
        has = {one: np.bincount(of_atom, atoms.name == one, len(first)) > 0 for one in ("N", "CA", "C")}
        backbone = has["N"] & has["CA"] & has["C"]
        known = np.array([parent_of(name) is not None for name in names.tolist()])
        # Some programs write a modified residue as HETATM, and a file need not list its polymers.
        chained = in_chain[first] | (backbone & ~_alone(atoms, first))
        amino = has["CA"] & (known | backbone) & chained
        plain = np.isin(names, [*LETTERS, *_PLAIN_NUCLEOTIDES, *_UNKNOWN])
        return cls(atoms, of_atom, first, amino, plain & in_chain[first], chained)

    @cached_property
    def chains(self) -> list[str]:
        """Names of all chains, ligands' too, in file order."""
        return list(dict.fromkeys(self.atoms.chain.tolist()))

    @cached_property
    def alpha(self) -> NDArray[np.int64]:
        """The CA atom of each amino acid, shape=(n,)."""
        return self._atom("CA")

    @cached_property
    def beta(self) -> NDArray[np.int64]:
        """The CB atom of each amino acid, its CA atom where it has none, shape=(n,)."""
        return np.where((found := self._atom("CB")) >= 0, found, self.alpha)

    def _atom(self, name: str) -> NDArray[np.int64]:
        """Give the first atom of a name of each amino acid, -1 where there is none."""
        place = np.full(len(self.first), -1)
        here = np.flatnonzero(self.atoms.name == name)[::-1]
        place[self.of_atom[here]] = here
        return place[self.amino]

    def tokens(self, confidence: Confidence, count: int) -> NDArray[np.int64]:
        """Give the token of each amino acid, shape=(n,).

        Parameters
        ----------
        confidence : Confidence
            What it says of tokens is used, else the programs' common rule: one a standard residue, one a heavy atom of
            anything else.
        count : int
            How many tokens there are.

        Raises
        ------
        InputError
            If tokens and model do not fit.
        """
        if confidence.token_of_atom is not None:
            if len(confidence.token_of_atom) != len(self.atoms):
                raise _of_another(len(confidence.token_of_atom), "atoms", len(self.atoms), confidence.where)
            found = confidence.token_of_atom[self.alpha]
        elif confidence.token_places is not None and len(confidence.token_places[0]) == count:
            found = self._placed(*confidence.token_places, confidence.where)
        else:
            widths = self._widths(count)
            if widths is None:
                raise InputError(
                    f"it is of another model: it has {count} residues or other tokens, the model has "
                    f"{int(self.amino.sum())} amino acids and {self.n_tokens} tokens",
                    where=confidence.where,
                )
            start = np.cumsum(widths) - widths
            within = np.where(widths[self.amino] > 1, self.alpha - self.first[self.amino], 0)
            found = start[self.amino] + within
        if len(found) and (found.min() < 0 or found.max() >= count):
            raise InputError("its tokens are not those of the model", where=confidence.where)
        return found

    @property
    def n_tokens(self) -> int:
        """How many tokens the programs' common rule gives."""
        return int(np.where(self.single, 1, np.bincount(self.of_atom)).sum())

    def _widths(self, count: int) -> NDArray[np.int64] | None:
        """Give the number of tokens of each residue, shape=(m,), so that there are so many in all; None if none fit."""
        sizes = np.bincount(self.of_atom)
        names = self.atoms.residue[self.first]
        rules = (
            np.where(self.single, 1, sizes),
            # Some programs take selenomethionine for methionine, or have a token for any residue of a chain.
            np.where(self.single | (self.chained & (names == "MSE")), 1, sizes),
            np.where(self.chained, 1, sizes),
            np.ones(len(self.first), dtype=np.int64),
            np.where(self.amino, 1, 0),
        )
        return next((one for one in rules if one.sum() == count), None)

    def _placed(self, names: Sequence[str], numbers: Sequence[int], where: str) -> NDArray[np.int64]:
        """Find the tokens of amino acids by chain and residue number."""
        starts: dict[tuple[str, int], int] = {}
        counts: dict[tuple[str, int], int] = {}
        for at, place in enumerate(zip(map(str, names), map(int, numbers), strict=True)):
            starts.setdefault(place, at)
            counts[place] = counts.get(place, 0) + 1
        # Ligands may have been taken out of the model, but not residues of its proteins.
        own = set(self.atoms.chain[self.alpha].tolist())
        here = set(zip(self.atoms.chain[self.first].tolist(), self.atoms.number[self.first].tolist(), strict=True))
        for chain in sorted(own):
            theirs, ours = ({number for name, number in places if name == chain} for places in (starts, here))
            if theirs != ours:
                raise _of_another(len(theirs), f"residues of chain {chain}", len(ours), where)
        found = []
        for alpha, first in zip(self.alpha.tolist(), self.first[self.amino].tolist(), strict=True):
            place = (str(self.atoms.chain[alpha]), int(self.atoms.number[alpha]))
            found.append(starts[place] + (alpha - first if counts[place] > 1 else 0))
        return np.array(found, dtype=np.int64)

    def body(self, plddt: NDArray[np.float64]) -> Structure:
        """Give the amino acids, with the pLDDT of all atoms, shape=(a,), as their B-factors."""
        chosen = self.amino[self.of_atom]
        atoms = self.atoms[chosen]
        element = np.char.capitalize(atoms.element)
        columns = (atoms.coord, atoms.chain, atoms.number, atoms.insertion, atoms.residue, atoms.name, element)
        return Structure(*columns, np.nan_to_num(plddt[chosen]), np.zeros(len(atoms), dtype=bool))

    def of_residues(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give each atom the value of its amino acid, of values with shape=(n,); NaN where it is of none."""
        spread = np.full(len(self.first), np.nan)
        spread[self.amino] = values
        return spread[self.of_atom]


def _alone(atoms: Atoms, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which residues stand alone in their chain: an amino acid there is a ligand."""
    names, counts = np.unique(atoms.chain[first], return_counts=True)
    return np.isin(atoms.chain[first], names[counts == 1])


def _elements(atoms: Atoms) -> NDArray[np.str_]:
    """Give the element of each atom, in capitals."""
    rows = list(
        zip(atoms.residue.tolist(), atoms.name.tolist(), atoms.element.tolist(), atoms.field.tolist(), strict=True)
    )
    known = {
        row: element_of(row[1], amino_acid=parent_of(row[0]) is not None, written=row[2], field=row[3])
        for row in set(rows)
    }
    return np.array([known[row] for row in rows], dtype="U2")


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


def _table(content: bytes, where: str) -> Table:
    """Read all atoms."""
    if len(content) > LARGEST_MODEL:
        raise StructureError(f"the model is larger than {LARGEST_MODEL / 1e6:.0f} MB", where=where)
    try:
        kind = file_format(content)
    except StructureError as error:
        raise StructureError(error.what, where=where) from None
    text = decoded(content)
    if kind == "mmcif":
        return read_cif_atoms(read_cif(text, where), text, where)
    lines = text.rstrip().split("\n")
    # Not every program writes END; a line without its end was cut off.
    if not (text.endswith("\n") or lines[-1].startswith("END")):
        raise StructureError("the file ends early, in the middle of a line", where=f"{where}, line {len(lines)}")
    return read_pdb_atoms(lines, where)


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
            raise InputError("it is of another model: its pLDDT is not that of the model file", where=said.where)
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
        raise _of_another(len(values), "atoms", len(atoms), said.where)
    names, found = np.array([str(one) for one in said.atom_chains]), np.full(len(atoms), np.nan)
    for chain in dict.fromkeys(atoms.chain[model.beta].tolist()):
        theirs, own = names == chain, atoms.chain == chain
        if theirs.sum() != own.sum():
            raise _of_another(int(theirs.sum()), f"atoms of chain {chain}", int(own.sum()), said.where)
        found[own] = values[theirs]
    return found


def _of_another(theirs: int, what: str, ours: int, where: str) -> InputError:
    """Say that a file is of another model than the one beside it."""
    if theirs == ours:
        return InputError(f"it is of another model: its {what} have other numbers", where=where)
    return InputError(f"it is of another model: it has {theirs} {what}, the model has {ours}", where=where)


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
