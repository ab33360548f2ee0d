"""Numbers of the energy function, as tables, each made or explained by the file named in its first line."""
