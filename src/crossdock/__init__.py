"""crossdock: of these proteins, which could bind which, where, and how far can that be trusted?"""

__version__ = "0.1.0"
