"""A docked model -> the same with hydrogens, minimised near its interface."""
