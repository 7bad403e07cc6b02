"""A picture as numbers and words that a page draws from: the geometry is the static picture's, the colours are names."""

from typing import Any

from varde.views.graph.geometry import Flow, Mark, Picture, Placed, Text
from varde.views.graph.style import GraphStyle
from varde.views.graph.svg import band, closed, words_of


def drawing(picture: Picture, style: GraphStyle) -> dict[str, Any]:
    """`flows`, `objects`, `labels`, `marks` and `captions` in drawing order.

    `d` is path data of SVG, places are pixels. A colour is a word (source, port, target, edge, new, ink, quiet, ground) that the
    page has a colour for, so that it changes between dark and light without asking again."""
    paint = words_of(style)
    return {
        "line": round(style.letters * 0.09, 2),
        "flows": [_flow(flow, paint) for flow in picture.flows],
        "objects": [_object(placed, paint) for placed in picture.objects],
        "labels": [{"node": label.node, "runs": [_text(run, paint) for run in label.runs]} for label in picture.labels],
        "marks": [_mark(mark, paint) for mark in picture.marks],
        "captions": [_text(run, paint) for run in picture.captions if run.text],
    }


def _flow(flow: Flow, paint: dict[str, str]) -> dict[str, Any]:
    return {"from": flow.edge.start, "to": flow.edge.end, "d": band(flow), "paint": paint.get(flow.colour, "ink"), "opacity": flow.opacity}


def _object(placed: Placed, paint: dict[str, str]) -> dict[str, Any]:
    """`rim`: the colour of the outline, where it is not that of every object."""
    fill = paint.get(placed.fill, "ink")
    rim = "new" if placed.node.new else fill if placed.hollow else "edge"
    return {"node": placed.node.number, "d": closed(placed.points), "paint": fill, "rim": rim, "hollow": placed.hollow}


def _mark(mark: Mark, paint: dict[str, str]) -> dict[str, Any]:
    return {"d": closed(mark.points), "paint": paint.get(mark.fill, "ink") if mark.fill else None, "rim": paint.get(mark.edge, "edge")}


def _text(run: Text, paint: dict[str, str]) -> list[Any]:
    """[left end, baseline, size, text, colour, width, whether it has a rim]"""
    return [round(run.x, 1), round(run.baseline, 1), round(run.size, 2), run.text, paint.get(run.colour, "ink"), round(run.width, 1), bool(run.halo)]
