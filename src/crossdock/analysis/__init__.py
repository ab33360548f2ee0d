"""Poses -> numbers: interfaces, matrices, the network."""
