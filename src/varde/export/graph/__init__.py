"""Link graphs for other programs. To add one: a file with a function from a Graph to octets, and a line here."""

from collections.abc import Callable

from varde.export.graph.dot import dot
from varde.export.graph.gdf import gdf
from varde.export.graph.graphml import graphml
from varde.export.graph.graphson import graphson
from varde.export.graph.table import triples
from varde.query.graph import Graph

FORMATS: dict[str, Callable[[Graph], bytes]] = {"dot": dot, "gdf": gdf, "graphml": graphml, "graphson": graphson}
"""What a link graph can be written as, by suffix."""

__all__ = ["FORMATS", "dot", "gdf", "graphml", "graphson", "triples"]
