"""AfterGlow's `-j`. Edges name their ends by number; numbers are those of names, not of labels as AfterGlow's own are, so they lead
somewhere where labels are turned off too."""

from varde.export.afterglow.colours import rgb_of
from varde.export.afterglow.drawn import drawn, width_of
from varde.export.afterglow.looks import Applied
from varde.export.graphson import EVENT_TARGET, SOURCE_EVENT, SOURCE_TARGET, document, edge, vertex
from varde.model import visible

_RELATIONS = {("source", "event"): SOURCE_EVENT, ("event", "target"): EVENT_TARGET, ("source", "target"): SOURCE_TARGET}


def graphson(applied: Applied, max_node_size: float) -> bytes:
    """Vertices with colour, size, shape and rows, edges with what the property file says of them."""
    said = applied.properties.max_node_size
    nodes = list(drawn(applied, said if said is not None else max_node_size))
    number = {node.name: str(at) for at, node in enumerate(nodes, 1)}
    return document(
        (
            vertex(number[node.name], visible(node.label), color=rgb_of(node.colour), size=node.size, shape=node.shape, occurrences=node.count)
            for node in nodes
        ),
        (
            edge(
                str(at), number[row["start"]], number[row["end"]], _RELATIONS[row["start_role"], row["end_role"]], occurrences=row["count"],
                color=rgb_of(row.get("color") or ""), size=width_of(row) or None, text=visible(row.get("label") or "") or None,
            )
            for at, row in enumerate(applied.edges().iter_rows(named=True), 1)
        ),
    )  # fmt: skip
