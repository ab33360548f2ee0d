"""Scripts for PyMOL and ChimeraX, and the complex as mmCIF: opened where the program is there, read back where not."""

import os
import re
import subprocess

import gemmi
import numpy as np
import pytest

from crossdock.analysis.interface import residue_contacts
from crossdock.analysis.scripts import chimerax_script, pymol_script
from crossdock.structures.modelcif import write_mmcif
from crossdock.structures.structure import distinct_chains, write_structure


@pytest.fixture
def folder(bound_pair, tmp_path):
    """Give a pair's folder with two models; both partners have chain A, as in many entries."""
    receptor, ligand = bound_pair("1emv")
    receptor = receptor.with_chains({"B": "A"})
    letters = distinct_chains(receptor.chains, ligand.chains)
    placed = [ligand, ligand.with_coord(ligand.coord + np.array([4.0, 0, 0]))]
    contacts = [residue_contacts(receptor, body.with_chains(letters)) for body in placed]
    for number, body in enumerate(placed):
        write_structure(tmp_path / f"models/model_{number:02d}.pdb", receptor, body.with_chains(letters))
    chains = receptor.chains, [letters[chain] for chain in ligand.chains]
    for name, script in (("view.pml", pymol_script), ("view.cxc", chimerax_script)):
        (tmp_path / name).write_text(script(("E9", "Im9"), chains, contacts))
    write_mmcif(tmp_path / "complex.cif", receptor, ligand.with_chains(letters))
    return tmp_path, contacts, chains, (receptor, ligand)


def test_pymol_draws_the_pair(folder, need):
    """Headless: objects, colours and dashes are there, and the picture is not empty."""
    program = need("/usr/bin/pymol", "pymol")
    path, contacts, _, bodies = folder
    (path / "ask.pml").write_text(
        "@view.pml\npython\n"
        "print('ATOMS', cmd.count_atoms('model_00'), cmd.count_atoms('model_00_receptor_interface and name CA'))\n"
        "print('OBJECTS', ' '.join(cmd.get_names('objects')))\n"
        "print('SHOWN', ' '.join(cmd.get_names('objects', 1)))\n"
        "python end\nray 320, 240\npng view.png\n"
    )
    done = subprocess.run(
        [program, "-cq", "ask.pml"],
        cwd=path,
        env=os.environ | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    printed = done.stdout
    assert "Error" not in printed
    residues = contacts[0][["receptor_chain", "receptor_number"]].drop_duplicates()
    assert f"ATOMS {sum(map(len, bodies))} {len(residues)}" in printed
    objects = re.search("^OBJECTS (.*)", printed, re.MULTILINE)[1].split()
    assert {"model_00", "model_01", "model_00_hydrogen_bonds", "model_00_all"} <= set(objects)
    shown = re.search("^SHOWN (.*)", printed, re.MULTILINE)[1].split()
    assert "model_00_all" in shown
    assert "model_01_all" not in shown
    assert (path / "view.png").stat().st_size > 5000


def test_scripts_do_not_call_a_model_docked(folder):
    """A predicted complex has the same files."""
    for name in ("view.pml", "view.cxc"):
        assert "ocked" not in (folder[0] / name).read_text().splitlines()[0]


def test_the_chimerax_script_names_what_is_there(folder):
    path, contacts, (receptor, ligand), _ = folder
    text = (path / "view.cxc").read_text()
    assert re.findall(r"^open (\S+)", text, re.MULTILINE) == ["models/model_00.pdb", "models/model_01.pdb"]
    assert f"color #1/{','.join(receptor)} #0072b2" in text
    assert f"color #2/{','.join(ligand)} #d97a00" in text
    (shown,) = re.findall(rf"^show #1/{ligand[0]}:(\S+) atoms", text, re.MULTILINE)
    assert shown.split(",") == contacts[0]["ligand_number"].drop_duplicates().tolist()


def test_the_complex_is_read_back_from_mmcif(folder):
    path, _, (receptor, ligand), bodies = folder
    model = gemmi.read_structure(str(path / "complex.cif"))[0]
    assert [chain.name for chain in model] == [*receptor, *ligand]
    assert model.count_atom_sites() == sum(map(len, bodies))
    first = bodies[0].coord[0]
    assert model[0][0][0].pos.tolist() == pytest.approx(first.tolist(), abs=1e-3)


def test_models_without_plddt_have_no_colours_by_it(folder):
    path = folder[0]
    assert "_ma_" not in (path / "complex.cif").read_text()
    assert not any("plddt" in (path / name).read_text() for name in ("view.pml", "view.cxc"))


def test_negative_residue_numbers_are_no_ranges_to_pymol(bound_pair):
    contacts = residue_contacts(*bound_pair("1emv")).assign(receptor_number="-3")
    assert r"resi \-3" in pymol_script(("R", "L"), (["B"], ["A"]), [contacts])
