"""Lines that are JSON objects, one by one: sightings are few among them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.decode.lines import Lines
from varde.decode.sightings._dialect import ROW

SEPARATOR = ","


def objects(
    lines: Lines, pivots: str | tuple[str, ...], read: Callable[[dict[str, Any]], Iterator[dict[str, Any]]]
) -> tuple[Iterator[dict[str, Any]], NDArray[np.intp]]:
    """Sightings of the lines that hold one of the pivots, and the rows of those among them that are no JSON object."""
    wanted = (pivots,) if isinstance(pivots, str) else pivots
    may_be = np.zeros(len(lines), dtype=bool)
    for pivot in wanted:
        may_be |= lines.text.str.contains(pivot, literal=True).to_numpy()
    rows = np.flatnonzero(may_be)
    made: list[dict[str, Any]] = []
    damaged: list[int] = []
    for row, line in zip(rows.tolist(), lines.text.gather(rows).to_list(), strict=True):
        if not line.lstrip().startswith("{"):
            continue  # somebody speaks of such an object
        found = _object(line)
        if found is None:
            damaged.append(row)
        else:
            made += [{ROW: row, **sighting} for sighting in read(found)]
    return iter(made), np.array(damaged, dtype=np.intp)


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text(value: Any) -> str | None:
    """A scalar as text; None for everything else, and for what a log writes where it has nothing."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode() if value not in ("", "-") else None
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def listed(value: Any) -> str | None:
    """Scalars of a list, or one, separated by commas."""
    parts = [text(part) for part in (value if isinstance(value, list) else [value])]
    return SEPARATOR.join(part.replace(SEPARATOR, " ") for part in parts if part) or None
