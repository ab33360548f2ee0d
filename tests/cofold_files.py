"""A made-up complex, laid out as each program that predicts complexes writes its files."""

import io
import itertools
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crossdock.entries.amino_acids import LETTERS

MADE_UP = "This file was made up for a test. No program has predicted it."
THREE = {letter: name for name, letter in LETTERS.items()}
BACKBONE = {"N": (-0.5, 1.3, 0.0), "CA": (0.0, 0.0, 0.0), "C": (1.5, 0.0, 0.0), "O": (2.1, 1.1, 0.0)}
BETA = (-0.5, -0.8, 1.2)
#: Atoms of phosphoserine beyond those of every residue, and of a ligand and a glycan.
SEP = ("OG", "P", "O1P", "O2P", "O3P")
LIGANDS = {"LIG": ("C1", "C2", "N3", "O4"), "NAG": ("C1", "C2", "O5")}


_COLUMNS = """
group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id label_entity_id label_seq_id
pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy B_iso_or_equiv auth_seq_id auth_asym_id pdbx_PDB_model_num
"""
COLUMNS = _COLUMNS.split()


@dataclass
class Complex:
    """Chains side by side, with errors that differ by direction.

    `modified` are places (chain, residue from 0) of phosphoserines; `ligands` (chain, residue name) stand behind.
    """

    chains: dict = field(default_factory=lambda: {"A": "MKTAYIAKQRSGLE", "B": "GSHMLEDPVDAF"})
    modified: tuple = ()
    ligands: tuple = ()
    seed: int = 1

    def __post_init__(self):
        draw = np.random.default_rng(self.seed)
        self.atoms = []  # chain, number, residue, atom, element, xyz, pLDDT, ATOM or HETATM
        self.tokens = []  # chain, residue number
        self.alpha = []  # token of each amino acid
        for side, (name, letters) in enumerate(self.chains.items()):
            for at, letter in enumerate(letters):
                number, plddt = at + 1, round(float(draw.uniform(60, 98)), 2)
                changed = (name, at) in self.modified
                residue = "SEP" if changed else THREE[letter]
                atoms = {one: xyz for one, xyz in BACKBONE.items()}
                if letter != "G":
                    atoms["CB"] = BETA
                atoms |= {one: (0.3 * k, -1.5, 2.0) for k, one in enumerate(SEP)} if changed else {}
                shift = np.array([3.8 * at, 7.0 * side, 0.6 * draw.normal()])
                for atom, xyz in atoms.items():
                    if atom == "CA":
                        self.alpha.append(len(self.tokens))
                    if changed:
                        self.tokens.append((name, number))
                    place = tuple(np.round(np.array(xyz) + shift, 3))
                    self.atoms.append(
                        (name, number, residue, atom, atom[0], place, plddt, "HETATM" if changed else "ATOM")
                    )
                if not changed:
                    self.alpha[-1:] = [len(self.tokens)]
                    self.tokens.append((name, number))
        for name, residue in self.ligands:
            for k, atom in enumerate(LIGANDS[residue]):
                place = (5.0 + k, 3.0, 5.0)
                self.atoms.append((name, 1, residue, atom, atom[0], place, 50.0, "HETATM"))
                self.tokens.append((name, 1))
        n = len(self.tokens)
        self.pae = np.round(draw.uniform(0.3, 14.0, (n, n)), 2)
        for one, other in itertools.pairwise(self.alpha):
            if self.tokens[one][0] == self.tokens[other][0]:
                # The PAE of neighbours is never large.
                self.pae[one, other], self.pae[other, one] = (
                    self.pae[one, other] % 2 + 0.3,
                    self.pae[other, one] % 2 + 0.3,
                )
        self.plddt = np.array([one[6] for one in self.atoms if one[3] == "CA"])

    @property
    def cut(self):
        """The errors of amino acids alone."""
        return self.pae[np.ix_(self.alpha, self.alpha)]

    @property
    def all_chains(self):
        return [*self.chains, *(name for name, _ in self.ligands)]

    def pdb(self):
        lines = [f"REMARK {MADE_UP}"]
        for k, (chain, number, residue, atom, element, (x, y, z), b, record) in enumerate(self.atoms, start=1):
            lines.append(
                f"{record:<6}{k:5d}  {atom:<3} {residue:>3} {chain}{number:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
                f"  1.00{b:6.2f}          {element:>2}"
            )
        return "\n".join([*lines, "TER", "END", ""])

    def cif(self, *, scale=1.0, order="af3"):
        columns = COLUMNS
        if order != "af3":
            columns = columns[:4] + columns[:3:-1]
        entity = {name: k for k, name in enumerate(self.all_chains, start=1)}
        lines = ["data_made_up", f"# {MADE_UP}", "loop_", "_entity.id", "_entity.type"]
        lines += [f"{entity[name]} {'polymer' if name in self.chains else 'non-polymer'}" for name in entity]
        lines += ["#", "loop_", "_entity_poly.entity_id", "_entity_poly.type"]
        lines += [f"{entity[name]} polypeptide(L)" for name in self.chains]
        lines += ["#", "loop_", *(f"_atom_site.{one}" for one in columns)]
        for k, (chain, number, residue, atom, element, (x, y, z), b, record) in enumerate(self.atoms, start=1):
            row = {
                "group_PDB": record, "id": k, "type_symbol": element, "label_atom_id": atom, "label_alt_id": ".",
                "label_comp_id": residue, "label_asym_id": chain, "label_entity_id": entity[chain],
                "label_seq_id": number if chain in self.chains else ".", "pdbx_PDB_ins_code": "?",
                "Cartn_x": x, "Cartn_y": y, "Cartn_z": z, "occupancy": "1.00", "B_iso_or_equiv": round(b * scale, 4),
                "auth_seq_id": number, "auth_asym_id": chain, "pdbx_PDB_model_num": 1,
            }  # fmt: skip
            lines.append(" ".join(str(row[one]) for one in columns))
        return "\n".join([*lines, "#", ""])

    # --- programs

    def colabfold(self, folder, job="a_b", rest="rank_001_alphafold2_multimer_v3_model_3_seed_000", **more):
        folder = Path(folder)
        scores = {
            "plddt": self.plddt.tolist(),
            "max_pae": 14.0,
            "pae": self.cut.tolist(),
            "ptm": 0.7,
            "iptm": 0.6,
        } | more
        write(folder / f"{job}_scores_{rest}.json", scores)
        write(folder / f"{job}_unrelaxed_{rest}.pdb", self.pdb())

    def alphafold2(self, folder, models=(("model_1_multimer_v3_pred_0", 0.8),), iptm=False):
        ranking = {"iptm+ptm": dict(models), "order": [name for name, _ in sorted(models, key=lambda one: -one[1])]}
        if iptm:
            ranking["iptm"] = {name: value - 0.1 for name, value in models}
        write(folder / "ranking_debug.json", ranking)
        for k, (name, _) in enumerate(models):
            one = [{"predicted_aligned_error": self.cut.round(1).tolist(), "max_predicted_aligned_error": 31.75}]
            write(folder / f"pae_{name}.json", one)
            moved = Complex(self.chains, seed=self.seed + k)
            write(folder / f"unrelaxed_{name}.pdb", moved.pdb())
            write(folder / f"ranked_{ranking['order'].index(name)}.pdb", moved.pdb())
            write(folder / f"result_{name}.pkl", b"\x80\x04cos\nsystem\n(S'false'\ntR.")

    def modelcif(self, folder, rank=0, more=(), iptm=0.66):
        """Write a model and its errors as AlphaPulldown's converter does; `more` are further files of its archive."""
        metrics = ["loop_", *(f"_ma_qa_metric.{one}" for one in ("id", "name", "type", "mode"))]
        metrics += ["1 pLDDT pLDDT global", "2 pTM pTM global", "3 ipTM ipTM global", "4 PAE PAE local-pairwise", "#"]
        columns = ("ordinal_id", "model_id", "metric_id", "metric_value")
        whole = ["loop_", *(f"_ma_qa_metric_global.{one}" for one in columns)]
        whole += ["1 1 1 80.5", "2 1 2 0.7", f"3 1 3 {iptm}", "#"]
        write(Path(folder) / f"ranked_{rank}.cif", "\n".join([self.cif(), *metrics, *whole, ""]))
        sides = [f"label_{one}_id_{k}" for k in (1, 2) for one in ("asym", "seq", "comp")]
        pairs = ["data_made_up", *metrics, "loop_"]
        pairs += [f"_ma_qa_metric_local_pairwise.{one}" for one in (*columns[:2], *sides, *columns[2:])]
        residues = [(*self.tokens[at], "UNK") for at in self.alpha]
        k = 0
        for i, one in enumerate(residues):
            for j, other in enumerate(residues):
                k += 1
                pairs.append(" ".join(map(str, (k, 1, *one, *other, 4, self.cut[i, j]))))
        with zipfile.ZipFile(Path(folder) / f"ranked_{rank}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"ranked_{rank}_local_pairwise_qa.cif", "\n".join([*pairs, "#", ""]))
            for path in more:
                archive.write(path, path.name)

    def alphafold3(self, folder, prefix, *, confidences="confidences", after="", chain_ids=None, ranking=0.8):
        folder = Path(folder)
        c = len(self.all_chains)
        pairs = np.round(np.linspace(0.5, 0.7, c * c).reshape(c, c), 2)
        summary = {
            "chain_iptm": [0.6] * c, "chain_pair_iptm": ((pairs + pairs.T) / 2).round(2).tolist(),
            "chain_ptm": [0.8] * c, "fraction_disordered": 0.0, "has_clash": 0.0, "iptm": 0.6, "ptm": 0.7,
            "ranking_score": ranking,
        }  # fmt: skip
        summary |= {"chain_ids": chain_ids} if chain_ids else {}
        full = {
            "atom_chain_ids": [one[0] for one in self.atoms], "atom_plddts": [one[6] for one in self.atoms],
            "contact_probs": [[0.0]], "pae": self.pae.tolist(),
            "token_chain_ids": [one for one, _ in self.tokens], "token_res_ids": [one for _, one in self.tokens],
        }  # fmt: skip
        write(folder / f"{prefix}model{after}.cif", self.cif())
        write(folder / f"{prefix}summary_confidences{after}.json", summary)
        write(folder / f"{prefix}{confidences}{after}.json", full)

    def boltz(self, folder, job="a_b", sample=0, score=0.9, pae=True):
        folder = Path(folder)
        c = len(self.all_chains)
        pairs = {str(i): {str(j): round(0.5 + 0.1 * i + 0.01 * j, 3) for j in range(c)} for i in range(c)}
        said = {"confidence_score": score, "ptm": 0.7, "iptm": 0.6, "complex_plddt": 0.9, "pair_chains_iptm": pairs}
        stem = f"{job}_model_{sample}"
        write(folder / f"{stem}.cif", self.cif(order="boltz"))
        write(folder / f"confidence_{stem}.json", said)
        if pae:
            write(folder / f"pae_{stem}.npz", npz(pae=self.pae.astype(np.float32)))

    def chai(self, folder, sample=0, score=0.8, pae=None):
        folder = Path(folder)
        c = len(self.all_chains)
        pairs = np.linspace(0.4, 0.8, c * c, dtype=np.float32).reshape(1, c, c)
        scores = {"aggregate_score": [score], "ptm": [0.7], "iptm": [0.6], "per_chain_pair_iptm": pairs}
        write(folder / f"pred.model_idx_{sample}.cif", self.cif(order="chai"))
        write(folder / f"scores.model_idx_{sample}.npz", npz(**scores))
        if pae:
            content = npy(self.pae) if pae.endswith(".npy") else npz(pae=self.pae)
            write(folder / pae, content)

    def protenix(self, folder, name="a_b", seed=101, sample=0, ranking=0.7, full=True):
        folder = Path(folder)
        c = len(self.all_chains)
        place = folder / name / f"seed_{seed}" / "predictions"
        said = {
            "plddt": 80.0,
            "ptm": 0.7,
            "iptm": 0.6,
            "chain_pair_iptm": np.full((c, c), 0.55).tolist(),
            "ranking_score": ranking,
        }
        write(place / f"{name}_sample_{sample}.cif", self.cif())
        write(place / f"{name}_summary_confidence_sample_{sample}.json", said)
        if full:
            token, index = [], -1
            last = None
            for chain, number, _, _, _, _, _, record in self.atoms:
                index += record == "HETATM" or (chain, number) != last
                last = (chain, number)
                token.append(index)
            data = {
                "token_pair_pae": self.pae.tolist(),
                "atom_plddt": [one[6] / 100 for one in self.atoms],
                "atom_to_token_idx": token,
            }
            write(place / f"{name}_full_data_sample_{sample}.json", data)

    def openfold3(self, folder, query="a_b", seed=42, sample=1, packed="json", model="cif"):
        folder = Path(folder)
        stem = f"{query}_seed_{seed}_sample_{sample}"
        place = folder / query / f"seed_{seed}"
        said = {
            "avg_plddt": 80.0,
            "iptm": 0.6,
            "ptm": 0.7,
            "sample_ranking_score": 0.75,
            "chain_pair_iptm": {"(A, B)": 0.65},
        }
        # Its PDB files have no END.
        write(place / f"{stem}_model.{model}", self.cif() if model == "cif" else self.pdb().replace("TER\nEND\n", ""))
        write(place / f"{stem}_confidences_aggregated.json", said)
        plddt = np.array([one[6] for one in self.atoms])
        if packed == "json":
            write(place / f"{stem}_confidences.json", {"plddt": plddt.tolist(), "pae": self.pae.tolist()})
        else:
            write(place / f"{stem}_confidences.npz", npz(plddt=plddt, pae=self.pae))


def write(path, content):
    """Write text, bytes or JSON; folders are made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def npz(**arrays):
    """Pack arrays as numpy does."""
    made = io.BytesIO()
    np.savez(made, **arrays)
    return made.getvalue()


def npy(array):
    """Write an array as numpy does."""
    made = io.BytesIO()
    np.save(made, array)
    return made.getvalue()
