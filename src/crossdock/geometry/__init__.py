"""Surfaces, spheres and rotations, each in one place."""
