"""Where the demo's entries are, and which chains of them are its pairs."""

from pathlib import Path

DEMO = Path(__file__).parents[1] / "src" / "crossdock" / "demo"
#: The demo's pairs: entry, receptor chain, ligand chain.
PAIRS = {"1ppe": ("A", "B"), "1emv": ("B", "A"), "1jtg": ("B", "A"), "1bvn": ("A", "B")}
