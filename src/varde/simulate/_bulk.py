"""Lines by the million for benchmarks: heads by the clock, bodies from a pool, Zipf sources."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import NamedTuple

import numpy as np

from varde.simulate._background import SENSOR_SHARES, background
from varde.simulate._clock import SECOND, Clock, stamps
from varde.simulate._forms import FORMS, rows
from varde.simulate._places import HOSTS, PLACES, source_text
from varde.simulate._row import Row
from varde.simulate._tools import dress

BLOCK_OCTETS = 1 << 20
SHAPES = 12_000  # distinct bodies, source left open
SOURCES = len(PLACES) * HOSTS  # all IPv4 sources there are
DAY = 86_400 * SECOND
_HOLE = "\0"  # cannot occur in a line


class _Pool(NamedTuple):
    before: tuple[str, ...]
    """Body up to the source address; the whole body where the source is not exchanged."""
    after: tuple[str, ...]
    fixed: tuple[bool, ...]
    sources: tuple[str, ...]


def synthetic_lines(form: str, count: int, *, seed: int, start: datetime) -> Iterator[bytes]:
    """Yield blocks of about 1 MiB of whole lines of one form ("mikrotik", "linux", "filterlog"), LF ended.

    `count` lines in time order over the 24 hours from `start`, which must be aware. Background noise only: no
    campaigns, no lines of other programs. Shapes of packets come from a pool of some 12,000, sources of IPv4
    lines follow Zipf's law. Raises KeyError for an unknown form and ValueError for a naive `start`.
    """
    head = FORMS[form].head
    if start.tzinfo is None:
        raise ValueError(f"synthetic lines: start {start} has no time zone")
    rng, pool = np.random.default_rng([seed, count]), _pool(form, seed, start.date(), start.tzinfo)
    origin, block = round(start.timestamp()) * SECOND, BLOCK_OCTETS // _line_octets(pool, head)
    for first in range(0, count, block):
        size = min(block, count - first)
        offsets = (first + np.arange(size) + rng.random(size)) * DAY / count
        times = (origin + offsets.astype(np.int64)).tolist()
        heads = map(head, stamps(times, start.tzinfo), times)
        shape, source = rng.integers(0, len(pool.before), size).tolist(), _ranks(rng, size)
        yield "".join(_join(pool, heads, shape, source)).encode("ascii")


def _line_octets(pool: _Pool, head: Callable[[str, int], str]) -> int:
    """Octets of a usual line, line feed included."""
    bodies = sum(len(before) + len(after) for before, after in zip(pool.before, pool.after, strict=True))
    ends = head("2026-01-01T00:00:00.000000+00:00", DAY) + "198.18.123.123"
    return len(ends) + bodies // len(pool.before)


def _join(pool: _Pool, heads: Iterable[str], shapes: list[int], sources: list[int]) -> list[str]:
    before, after, fixed, names = pool  # local names: this loop is all that a benchmark waits for
    return [
        head + before[shape] + after[shape]
        if fixed[shape]
        else head + before[shape] + names[source] + after[shape]
        for head, shape, source in zip(heads, shapes, sources, strict=True)
    ]


def _ranks(rng: np.random.Generator, size: int) -> list[int]:
    """Indices of sources by Zipf's law: the busiest sends 6 % of all, the k-th a k-th of that."""
    ranks: list[int] = (SOURCES ** rng.random(size)).astype(np.int64).tolist()
    return [rank - 1 for rank in ranks]


def _pool(form: str, seed: int, day: date, zone: tzinfo) -> _Pool:
    """Bodies of one background day with a hole for the source, and all sources in shuffled order."""
    sensor = list(FORMS).index(form)
    rng = np.random.default_rng([seed, SHAPES])
    found = background(Clock(day, zone), seed, round(SHAPES / SENSOR_SHARES[sensor]))
    found = found.take(found.sensor == sensor)
    bodies = [_open(FORMS[form].body, row) for row in rows(found, dress(rng, found))]
    before, after, fixed = zip(*bodies, strict=True)
    sources = tuple(source_text(number, 4) for number in rng.permutation(SOURCES).tolist())
    return _Pool(before, after, fixed, sources)


def _open(body: Callable[[Row], str], row: Row) -> tuple[str, str, bool]:
    """What stands before and after the source address; an IPv6 line is kept whole."""
    if row.family == 6:
        return body(row), "\n", True
    before, _, after = body(row._replace(src=_HOLE)).partition(_HOLE)
    return before, after + "\n", False
