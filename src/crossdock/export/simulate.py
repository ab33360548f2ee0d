"""Minimise the whole complex, then simulate it in implicit solvent: `python simulate.py [STEPS]`, of 2 fs each."""

import sys

from openmm import LangevinMiddleIntegrator, XmlSerializer, unit
from openmm.app import DCDReporter, PDBFile, Simulation, StateDataReporter

if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with open("system.xml", encoding="utf-8") as file:
        system = XmlSerializer.deserialize(file.read())
    pdb = PDBFile("complex.pdb")
    integrator = LangevinMiddleIntegrator(300 * unit.kelvin, 1 / unit.picosecond, 2 * unit.femtoseconds)
    simulation = Simulation(pdb.topology, system, integrator)
    simulation.context.setPositions(pdb.positions)
    simulation.minimizeEnergy()
    with open("minimised.pdb", "w", encoding="utf-8") as file:
        PDBFile.writeFile(pdb.topology, simulation.context.getState(positions=True).getPositions(), file, keepIds=True)
    simulation.context.setVelocitiesToTemperature(300 * unit.kelvin)
    every = max(1, min(5_000, steps))
    what = {"step": True, "potentialEnergy": True, "temperature": True, "speed": True}
    simulation.reporters += [DCDReporter("trajectory.dcd", every), StateDataReporter("log.csv", every, **what)]
    simulation.step(steps)
