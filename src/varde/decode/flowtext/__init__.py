"""Flows as other programs print them: one file each; a block of lines in, rows of the table `flows` and the rejects out.

A header says which columns follow, and later blocks go on with it: such texts are read by one reader, from the beginning to
the end. To add one: write `NAME.py` with a `Dialect` and add it to DIALECTS."""

from varde.decode.flowtext._dialect import Dialect
from varde.decode.flowtext._reader import FlowTextReader
from varde.decode.flowtext.nfdump import NFDUMP_CSV
from varde.decode.flowtext.nfdump_json import NFDUMP_JSON
from varde.decode.flowtext.rwcut import RWCUT

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (RWCUT, NFDUMP_CSV, NFDUMP_JSON)}
"""In the order in which they are asked."""

__all__ = ["DIALECTS", "Dialect", "FlowTextReader"]
