"""Lines that hold a JSON object each, read one by one: for honeypots whose objects differ in depth."""

import json
from collections.abc import Callable

import numpy as np
import polars as pl

from varde.decode.honeypot._dialect import ROW, SCHEMA, Found
from varde.decode.honeypot._escapes import encodable
from varde.decode.lines import Lines

Event = dict[str, str | None]
"""Columns of SCHEMA that an event has, but its row."""


def found(lines: Lines, events_of: Callable[[dict[str, object]], list[Event] | None]) -> Found:
    """What `events_of` makes of the object of each line: its events, or None for an object that is another program's.

    What stands before the first brace is a syslog header."""
    rows: list[Event] = []
    places, silent, damaged = [], [], []
    for place, text in enumerate(lines.text.to_list()):
        value = loaded(text)
        events = None if value is None else events_of(value)
        if value is None:
            damaged.append(place)
        elif events is not None:
            silent += [] if events else [place]
            rows += events
            places += [place] * len(events)
    return Found(_frame(rows, places), np.array(silent, dtype=np.intp), {"json": np.array(damaged, dtype=np.intp)} if damaged else {})


def loaded(text: str) -> dict[str, object] | None:
    """The object that a line holds, None where it holds none."""
    try:
        value = json.loads(text[text.find("{") :])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _frame(rows: list[Event], places: list[int]) -> pl.DataFrame:
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in SCHEMA if name != ROW}
    return pl.DataFrame({ROW: places} | columns, schema=SCHEMA)


def part(value: object) -> dict[str, object]:
    """An object within an object; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def word(value: object) -> str | None:
    """A value as text, words of a list with blanks between them; None for what is neither."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, (int, float)):
        return str(value)
    return encodable(" ".join(str(one) for one in value)) if isinstance(value, list) else None
