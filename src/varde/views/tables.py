"""The numbers behind a Fireplot: one JSON document, or the cells as CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence

import numpy as np

from varde.decode.rows import iso
from varde.model import PLANES
from varde.query import Answer
from varde.views.captions import Style
from varde.views.outlines import Mark

_NONE = np.empty((0, 2), dtype=np.int64)


def as_json(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> dict[str, object]:
    """The numbers behind the picture, with the keys of the command line's contract; the two ports where they are narrowed, findings where there are."""
    ports = [{"proto": p.proto, "port": p.port, "service": p.service, "events": p.events, "sources": p.sources} for p in answer.ports]
    narrowed = {"port_min": answer.port_min, "port_max": answer.port_max} if answer.narrowed else {}
    return {
        "from": iso(answer.window.first), "to": iso(answer.window.last), "tz": style.zone.key, **narrowed, "events": answer.total,
        "planes": answer.events, "sources": answer.sources, "ports": ports, **({"findings": [mark.document for mark in marks]} if marks else {}),
    }  # fmt: skip


def json_text(answer: Answer, style: Style, marks: Sequence[Mark] = ()) -> bytes:
    return (json.dumps(as_json(answer, style, marks), indent=1) + "\n").encode()


def csv_text(answer: Answer, style: Style) -> bytes:
    """One row a cell: when it begins, its lowest and highest port (none for records without), plane, events."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["time", "seconds", "port_from", "port_to", "plane", "events"])
    step = (answer.window.last - answer.window.first) / answer.width
    for plane in PLANES:
        for x, low, high, n in _counts(answer, plane.key):
            rows.writerow([iso(answer.window.first + x * step), f"{step.total_seconds():.3f}", low, high, plane.key, n])
    return out.getvalue().encode()


def _counts(answer: Answer, plane: str) -> Iterator[tuple[int, int | str, int | str, int]]:
    """(column, lowest port, highest port, events) of all that is counted of a plane."""
    for x, y, n in answer.cells[plane].tolist():
        yield x, *cell_ports(answer, y), n
    if answer.narrowed:
        return
    for name, planes in answer.strips().items():
        for x, n in planes.get(plane, _NONE).tolist():
            port: int | str = 0 if name == "port0" else ""
            yield x, port, port, n


def cell_ports(answer: Answer, row: int) -> tuple[int, int]:
    """Lowest and highest port that fall into a row (as the question rounds them); low > high where none does."""
    ratio = (answer.port_max / answer.port_min) ** (1 / (answer.height - 1))
    low = answer.port_min * ratio ** (row - 0.5)
    high = answer.port_min * ratio ** (row + 0.5)
    return max(answer.port_min, -int(-low // 1)), min(answer.port_max, -int(-high // 1) - 1)
