"""The entries of the demo panel and of the bundled controls, so that both run without a network; see PROVENANCE.md."""
