"""DShield's history of a port, as its API answers: one entry a day of UTC. https://isc.sans.edu/api/ (porthistory)"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

DAYS_MAX = 1_000
"""Entries that are looked at: nobody asks for more than a month or two."""

COUNT_MAX = 10**12
"""What a day's count can be at most: the whole Internet has 4,294,967,296 addresses of IPv4."""

_DAY = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicDay:
    """What DShield's sensors saw of a port on one day of UTC, TCP and UDP together: packets, their sources, and how many sensors."""

    day: date
    records: int
    sources: int
    targets: int


def read_history(data: bytes) -> list[PublicDay]:
    """Days in their order; entries that are none are left out. The API numbers them in an object, beside what was asked; a list of them is
    read too. Raises ValueError for what is no JSON of either kind."""
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(document, dict | list):
        raise ValueError("no object and no list")  # noqa: TRY004 - of what was sent, not of what the program did
    found = {each.day: each for each in map(_day, _entries(document)) if each is not None}
    return [found[day] for day in sorted(found)]


def _entries(document: dict[str, Any] | list[Any]) -> Iterator[Any]:
    each = document if isinstance(document, list) else document.get("data") if isinstance(document.get("data"), list) else list(document.values())
    yield from each[:DAYS_MAX] if isinstance(each, list) else []


def _day(entry: Any) -> PublicDay | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("date"), str) or not _DAY.fullmatch(entry["date"]):
        return None
    counts = [_count(entry.get(name)) for name in ("records", "sources", "targets")]
    try:
        day = date.fromisoformat(entry["date"])
    except ValueError:
        return None
    return None if counts[1] is None else PublicDay(day, counts[0] or 0, counts[1], counts[2] or 0)


def _count(value: Any) -> int | None:
    """A count, which old answers have as text. None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 13:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX else None
