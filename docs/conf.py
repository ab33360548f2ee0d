"""The documentation as a site: `make docs` builds it, and every warning is an error."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import generated

from crossdock import __version__

project = "crossdock"
copyright = "the authors of crossdock"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_copybutton"]
exclude_patterns: list[str] = []
root_doc = "index"
# Blocks without a language are commands, and words in single quotes of docstrings are names.
highlight_language = "none"
default_role = "literal"

html_theme = "furo"
html_title = f"crossdock {release}"
html_copy_source = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# The commands of a block are copied without the prompt and without what they print.
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

# The types stand in the docstrings.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False


def setup(app):
    """Fill the places of pages that the code itself describes."""
    app.connect("source-read", generated.fill)
