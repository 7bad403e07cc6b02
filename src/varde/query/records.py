"""The records behind a picture, a page at a time."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.decode.rows import iso, json_row
from varde.model import VardeError
from varde.query.engine import Engine, Window

PAGE_MAX = 1000
_OFFSETS = 2**63  # what the column can hold
_DAMAGED = "the page's cursor is damaged; ask for the first page again"


@dataclass(frozen=True, slots=True)
class Page:
    """Records as JSON-ready rows, newest last, and the cursor of the next page (None at the end)."""

    records: list[dict[str, Any]]
    next: str | None


def records(engine: Engine, window: Window, *, limit: int = 100, after: str | None = None) -> Page:
    """Records of a window in order of time. `after` is the cursor of the page before. Raises VardeError for a bad cursor."""
    limit = max(1, min(limit, PAGE_MAX))
    rows = engine.ask(window, lambda table: engine.execute(_page(table, limit + 1, after)))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page([json_row(row) for row in rows], _cursor(rows[-1]) if more else None)


def _page(table: ir.Table, limit: int, after: str | None) -> ir.Table:
    if after is not None:
        moment, source, offset = _read_cursor(after)
        later = table.time > moment
        tied = (table.time == moment) & ((table.source > source) | ((table.source == source) & (table.offset > offset)))
        table = table.filter(later | tied)
    return table.order_by("time", "source", "offset").limit(limit)


def _cursor(row: dict[str, Any]) -> str:
    place = [iso(row["time"]), row["source"], row["offset"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read_cursor(text: str) -> tuple[ir.Value, str, int]:
    try:
        moment, source, offset = json.loads(base64.urlsafe_b64decode(text.encode()))
        when = datetime.fromisoformat(moment).astimezone(timezone.utc)
        place = ibis.literal(when, type="timestamp('UTC')"), str(source), int(offset)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise VardeError(_DAMAGED) from error
    if not 0 <= place[2] < _OFFSETS:
        raise VardeError(_DAMAGED)
    return place
