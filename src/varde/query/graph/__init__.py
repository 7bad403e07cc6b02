"""Link graphs: who asked which port of whom.

`requests` (one row a distinct source, port and target, with how often) become nodes and edges; what does not fit the
rows that a picture has is folded into counted nodes that keep their members.
"""

from varde.query.graph.build import Options, link_graph
from varde.query.graph.folding import ROLES
from varde.query.graph.grouping import GROUPINGS
from varde.query.graph.nodes import Edge, Graph, Member, Node
from varde.query.graph.requests import COLUMNS, NAME_MAX, checked

__all__ = ["COLUMNS", "GROUPINGS", "NAME_MAX", "ROLES", "Edge", "Graph", "Member", "Node", "Options", "checked", "link_graph"]
