"""What AfterGlow draws of rows, whatever it is written as: its nodes, and how each of them looks."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from varde.export.afterglow.colours import dot_colour
from varde.export.afterglow.grammar import Literal
from varde.export.afterglow.looks import Applied

_DEFAULTS = {"source": ("red", "circle"), "event": ("lightblue", "box"), "target": ("yellow", "triangle")}
"""The articles' own scheme, where the property file says nothing."""

MAX_NODE_SIZE, MIN_NODE_SIZE = 0.2, 0.1  # inches, AfterGlow's own


@dataclass(frozen=True, slots=True)
class Drawn:
    """One node."""

    name: str
    role: str
    "source, event or target: of a name that is several of them, the first."
    label: str
    "Empty where labels are turned off."
    colour: str
    "As Graphviz may have it."
    shape: str
    count: int
    "Rows that it stands in."
    size: float | None
    "Inches, where the property file has sizes."


def drawn(applied: Applied, largest: float) -> Iterator[Drawn]:
    """Sources, then events, then targets; a name that was a node already is not one again. `largest`: inches of the largest."""
    seen: set[str] = set()
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
                yield _node(row, role, applied, biggest, largest)


def _sourcetarget(frame: pl.DataFrame, name: str) -> str:
    return str(frame.filter(pl.col("source") == name)["color.sourcetarget"][-1])


def _node(row: dict[str, object], role: str, applied: Applied, biggest: float, largest: float) -> Drawn:
    colour, shape = _DEFAULTS[role]
    label = "" if _labels_off(applied, role) else str(row.get("label") or row["name"])
    size = max(MIN_NODE_SIZE, largest * float(row["size"]) / biggest) if biggest > 0 else None  # type: ignore[arg-type]
    return Drawn(
        str(row["name"]), role, label, dot_colour(str(row.get("color") or "")) or colour, applied.properties.shapes.get(role, shape),
        int(str(row["count"])), size,
    )  # fmt: skip


def _labels_off(applied: Applied, role: str) -> bool:
    """`label.source=0` turns labels off."""
    rules = applied.properties.rules.get(f"label.{role}", [])
    return bool(rules) and rules[0][1].condition is None and rules[0][1].value in (Literal(0.0), Literal("0"))


def width_of(edge: dict[str, object]) -> float:
    """What a property file says of an edge's width in points; 0 where it says nothing, or what is no number."""
    try:
        return min(max(float(str(edge.get("size") or 0)), 0.0), 100.0)
    except ValueError:
        return 0.0
