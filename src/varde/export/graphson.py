"""GraphSON 1.0 in its NORMAL mode, as AfterGlow writes it and Blueprints reads it
(https://github.com/tinkerpop/blueprints/wiki/GraphSON-Reader-and-Writer-Library). Names that begin with `_` are the format's own."""

import json
from collections.abc import Iterable
from typing import Any

SOURCE_EVENT, EVENT_TARGET, SOURCE_TARGET = "sourcevent", "eventtarget", "sourcetarget"
"""Labels of edges, which the format demands. The first is AfterGlow's own spelling, which its readers ask for; its format of two
columns has none, so the third is ours."""


def vertex(number: str, label: str, **told: Any) -> dict[str, Any]:
    """A node; what is None is left out."""
    return {"_id": number, "_type": "vertex", "_label": label, **_given(told)}


def edge(number: str, start: str, end: str, label: str, **told: Any) -> dict[str, Any]:
    """An edge between two vertices, by their numbers."""
    return {"_id": number, "_type": "edge", "_outV": start, "_inV": end, "_label": label, **_given(told)}


def _given(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def document(vertices: Iterable[dict[str, Any]], edges: Iterable[dict[str, Any]]) -> bytes:
    """The file of these elements, one a line. JSON in ASCII: no mark in a name turns a reader's line around."""
    parts = [",\n".join(map(json.dumps, some)) for some in (vertices, edges)]
    return f'{{"graph": {{"mode": "NORMAL",\n"vertices": [\n{parts[0]}\n],\n"edges": [\n{parts[1]}\n]\n}}}}\n'.encode()
