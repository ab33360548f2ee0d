"""Records of made-up pairs, for tests of what is computed from them."""

from crossdock.analysis.pair import analyse, write_analysis
from crossdock.analysis.records import AffinityRecord, ModelRecord, PairRecord
from crossdock.docking.backends import load_backend
from crossdock.docking.record import DecoysRecord, DockingRecord, Method, Partner


def made_up_docking(**changes) -> DockingRecord:
    """Give the record of a docking by the local engine, of partners that are nowhere."""
    terms = load_backend("local").terms
    method = Method(numbers=terms, terms=tuple(term.name for term in terms))
    partners = {"receptor": Partner(100, 800, ""), "ligand": Partner(50, 400, "")}
    return DockingRecord(**{"backend": "local", "asked_for": "", "method": method, **partners} | changes)


def write_pair(folder, *what, **how) -> PairRecord:
    """Analyse a pair and write its files, as the step does; give the record."""
    found = analyse(*what, **how)
    write_analysis(folder, found)
    return found.record


def made_up_model(**changes) -> ModelRecord:
    """Give a model that buries 750 square angstrom a side."""
    numbers = {
        "model": 0,
        "cluster": 0,
        "members": 9,
        "score": -10.0,
        "pose": 1,
        "quaternion": (1.0, 0.0, 0.0, 0.0),
        "translation_A": (0.0, 0.0, 0.0),
        "receptor_residues": 3,
        "ligand_residues": 3,
        "contacts": {"non-bonded": 4},
        "overlaps": 0,
        "buried_receptor_A2": 700.0,
        "buried_ligand_A2": 800.0,
    }
    return ModelRecord(**numbers | changes)


def made_up_pair(
    receptor: str, ligand: str, scores: list[float], model: ModelRecord, decoys: DecoysRecord | None, *, n_poses: int
) -> PairRecord:
    """Give a pair with one model; a score for each docking of it."""
    return PairRecord(
        receptor=receptor,
        ligand=ligand,
        backend="local",
        seed=1,
        score=sum(scores) / len(scores),
        replicate_scores=tuple(scores),
        decoys=decoys,
        cluster_size=model.members,
        n_poses=n_poses,
        affinity=AffinityRecord("a count of contacts", 25.0, 1.89, ""),
        ligand_chains={"A": "A"},
        models=(model,),
    )
