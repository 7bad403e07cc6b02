"""Command line, configuration, HTTP: chooses and connects the other rooms, computes nothing itself."""

from varde.app.cli import main

__all__ = ["main"]
