"""`python -m varde` is the `varde` command."""

from varde.app import program

program()
