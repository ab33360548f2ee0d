"""Everything that was found, as one page."""
