"""ClusPro: what its server answers, and the files that a person can download from it."""
