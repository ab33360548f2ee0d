"""The proteins of the bundled background, and what their pairs have by its search; see PROVENANCE.md."""
