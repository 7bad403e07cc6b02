"""DOT in AfterGlow's form: `digraph structs` with its header, edges first, then nodes by name."""

from dataclasses import dataclass

import polars as pl

from varde.export.afterglow.colours import dot_colour
from varde.export.afterglow.grammar import Literal
from varde.export.afterglow.looks import Applied
from varde.model import visible

_DEFAULTS = {"source": ("red", "circle"), "event": ("lightblue", "box"), "target": ("yellow", "triangle")}
"""The articles' own scheme, where the property file says nothing."""

MAX_NODE_SIZE, MIN_NODE_SIZE = 0.2, 0.1  # inches, AfterGlow's own
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
    return "\n".join([*lines, "", *_edges(applied), "", *_nodes(applied, size), "}", ""])


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
        parts += [f"penwidth={width:g}"] if (width := _number(row.get("size"))) else []
        parts += [f"label={quoted(row['label'])}"] if row.get("label") else []
        lines.append(f"{quoted(row['start'])} -> {quoted(row['end'])}" + (f" [{','.join(parts)}]" if parts else "") + ";")
    return lines


def _number(text: str | None) -> float:
    try:
        return min(max(float(text or 0), 0.0), 100.0)
    except ValueError:
        return 0.0


def _nodes(applied: Applied, largest: float) -> list[str]:
    """Sources, then events, then targets; a name that was a node already is not one again."""
    seen: set[str] = set()
    lines = []
    targets = set(applied.frame["target"])
    both = "color.sourcetarget" in applied.frame.columns
    for role in applied.roles:
        nodes = applied.nodes(role)
        biggest = float(nodes["size"].max() or 0.0) if "size" in nodes.columns else 0.0  # type: ignore[arg-type]
        for row in nodes.iter_rows(named=True):
            if row["name"] not in seen:
                seen.add(row["name"])
                if role == "source" and both and row["name"] in targets:
                    row["color"] = _sourcetarget(applied.frame, row["name"])
                lines.append(_node(row, role, applied, biggest, largest))
    return lines


def _sourcetarget(frame: pl.DataFrame, name: str) -> str:
    return str(frame.filter(pl.col("source") == name)["color.sourcetarget"][-1])


def _node(row: dict[str, object], role: str, applied: Applied, biggest: float, largest: float) -> str:
    said = applied.properties
    colour, shape = _DEFAULTS[role]
    label = row.get("label") or row["name"]
    if _labels_off(applied, role):
        label = ""
    where = "xlabel" if said.switches.get("xlabels", True) else "label"
    parts = [f"fillcolor={quoted(dot_colour(str(row.get('color') or '')) or colour)}", f"{where}={quoted(str(label))}"]
    if biggest > 0:
        wide = max(MIN_NODE_SIZE, largest * float(row["size"]) / biggest)  # type: ignore[arg-type]
        parts.append(f'width="{wide:.2f}",height="{wide:.2f}"')
    parts.append(f"shape={said.shapes.get(role, shape)}")
    return f"{quoted(str(row['name']))} [{', '.join(parts)}]"


def _labels_off(applied: Applied, role: str) -> bool:
    """`label.source=0` turns labels off."""
    rules = applied.properties.rules.get(f"label.{role}", [])
    return bool(rules) and rules[0][1].condition is None and rules[0][1].value in (Literal(0.0), Literal("0"))
