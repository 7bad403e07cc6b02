"""AfterGlow 1.6's world: its CSV in and out, its property files without Perl behind them, its DOT and its GraphSON.

AfterGlow evaluates a property file as Perl, so whoever writes one can run commands. Here an expression is read by a
grammar of its own into a tree, and the tree becomes columns: there is nothing that could run anything.
"""

from varde.export.afterglow.colours import rgb_of
from varde.export.afterglow.dot import Sketch, dot
from varde.export.afterglow.graphson import graphson
from varde.export.afterglow.looks import Applied, apply, fills, requests_left
from varde.export.afterglow.properties import Properties, read_properties
from varde.export.afterglow.table import Rows, read_rows, requests_of, rows_of, write_rows

__all__ = ["Applied", "Properties", "Rows", "Sketch", "apply", "dot", "fills", "graphson", "read_properties", "read_rows", "requests_left", "requests_of", "rgb_of", "rows_of", "write_rows"]
