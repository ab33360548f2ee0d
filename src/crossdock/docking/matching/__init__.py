"""Which pair of a panel a model from elsewhere is of: by sequences, coordinates and names, and by a person's table."""
