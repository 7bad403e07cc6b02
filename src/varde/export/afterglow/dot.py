"""DOT in AfterGlow's form: `digraph structs` with its header, edges first, then nodes by name."""

from dataclasses import dataclass

from varde.export.afterglow.colours import dot_colour
from varde.export.afterglow.drawn import MAX_NODE_SIZE, Drawn, drawn, width_of
from varde.export.afterglow.looks import Applied
from varde.model import visible

EDGE_LENGTH = 1.5


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the header says, and whether labels stand beside their nodes."""

    title: str = ""
    edge_length: float = EDGE_LENGTH
    max_node_size: float = MAX_NODE_SIZE


def quoted(text: str) -> str:
    """A double-quoted string of DOT; backslashes are doubled, since `\\N` in a label has a meaning."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def dot(applied: Applied, sketch: Sketch) -> str:
    """The graph as text. A name that is both source and target is one node, as in AfterGlow."""
    said = applied.properties
    size = said.max_node_size if said.max_node_size is not None else sketch.max_node_size
    sized = any(f"size.{role}" in said.rules for role in applied.roles)
    head = f'graph [label={quoted(sketch.title or _title(said.path))}, fontsize=8];'
    node = f'node [shape=ellipse, style=filled, penwidth=0, fontsize=10, width={size:g}, height={size:g}, fontcolor="black", label=""'
    node += (", fixedsize=true" if sized else "") + (f", URL={_url(said.url)}" if said.url else "") + "];"
    lines = ["digraph structs {", head, node, f"edge [len={sketch.edge_length:g}];"]
    if said.switches.get("concentrate", True):
        lines.append("concentrate=true;")
    return "\n".join([*lines, "", *_edges(applied), "", *(_node(node, applied) for node in drawn(applied, size)), "}", ""])


def _title(path: str) -> str:
    return f"AfterGlow 1.6.6 - Property File: {path}" if path else "AfterGlow 1.6.6"


def _url(url: str) -> str:
    """Graphviz puts the node's name in the place of `\\N`."""
    return '"' + "\\N".join(visible(part).replace("\\", "\\\\").replace('"', "%22") for part in url.split("\\N")) + '"'


def _edges(applied: Applied) -> list[str]:
    lines = []
    for row in applied.edges().iter_rows(named=True):
        colour = dot_colour(row.get("color") or "")
        parts = [f"color={quoted(colour)},style=solid"] if colour else []
        parts += [f"penwidth={width:g}"] if (width := width_of(row)) else []
        parts += [f"label={quoted(row['label'])}"] if row.get("label") else []
        lines.append(f"{quoted(row['start'])} -> {quoted(row['end'])}" + (f" [{','.join(parts)}]" if parts else "") + ";")
    return lines


def _node(node: Drawn, applied: Applied) -> str:
    where = "xlabel" if applied.properties.switches.get("xlabels", True) else "label"
    parts = [f"fillcolor={quoted(node.colour)}", f"{where}={quoted(node.label)}"]
    if node.size is not None:
        parts.append(f'width="{node.size:.2f}",height="{node.size:.2f}"')
    parts.append(f"shape={node.shape}")
    return f"{quoted(node.name)} [{', '.join(parts)}]"
