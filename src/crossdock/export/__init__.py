"""A docked model -> files that other programs take as they are: what each wants, and its three lines of README."""
