"""A number of every pair, whatever method has docked it."""

from crossdock.analysis.metrics import Metric


def _of_pair(pair):
    best = pair.models[0]
    return round(1000 * sum(best.contacts.values()) / best.area, 2) if best.area else None


CONTACT_DENSITY = Metric(
    "contact_density",
    "residue pairs per 1000 A2",
    "high",
    "Contact density",
    "Residue pairs in contact in the first model, per 1000 square angstrom that it buries per side.",
    of_pair=_of_pair,
)
