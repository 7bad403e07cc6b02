"""Varde: who is knocking on the edge of the network, what is new, and what is known to be bad."""

__version__ = "0.1.0"
