"""What a map can be written as."""

import json
from collections.abc import Callable

from varde.views.listing import csv_of
from varde.views.worldmap.drawing import Drawing, Mark

WIDTH = 1200

COLUMNS = ("country", "name", "value", "of_known", "of_all", "records", "addresses")


def draw_map(drawing: Drawing, kind: str, width: int = WIDTH) -> bytes:
    """Draw as one of FORMATS; the same answer gives the same octets."""
    return FORMATS[kind](drawing, width)


def document(drawing: Drawing) -> dict[str, object]:
    """For programs: the schema is stable."""
    found = drawing.places
    return {
        "table": found.table, "by": found.by, "direction": found.direction, "total": found.total, "known": found.known,
        "countries": found.keys, "addresses": found.addresses, "rows": [_row(mark) for mark in drawing.marks], **drawing.rests,
    }  # fmt: skip


def _row(mark: Mark) -> dict[str, object]:
    return {
        "country": mark.code, "name": mark.name, "value": mark.value, "of_known": round(mark.of_known, 6), "of_all": round(mark.of_all, 6),
        "records": mark.records, "addresses": mark.addresses,
    }  # fmt: skip


def _png(drawing: Drawing, width: int) -> bytes:
    from varde.views.worldmap.figure import png

    return png(drawing, width)


def _svg(drawing: Drawing, width: int) -> bytes:
    from varde.views.worldmap.figure import svg

    return svg(drawing, width)


def _html(drawing: Drawing, width: int) -> bytes:
    from varde.views.worldmap.html import html

    return html(drawing)


def _csv(drawing: Drawing, width: int) -> bytes:
    return csv_of([_row(mark) for mark in drawing.marks], COLUMNS)


def _json(drawing: Drawing, width: int) -> bytes:
    return (json.dumps(document(drawing), indent=1) + "\n").encode()


FORMATS: dict[str, Callable[[Drawing, int], bytes]] = {"png": _png, "svg": _svg, "html": _html, "json": _json, "csv": _csv}
