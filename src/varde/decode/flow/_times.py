"""When a flow began and ended, from whichever clock its exporter counts by (RFC 7011 section 6.1, RFC 7012 times)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.flow._octets import masked, numbers
from varde.decode.flow._records import Records, values
from varde.decode.flow._rows import Rows

Column = NDArray[np.int64]

UNKNOWN = np.int64(-(2**62))
"""A time that nobody says."""

DAY = 86_400_000_000
"""us. An exporter whose clock is further than this from ours has none that it was set by: its times count from receipt."""

LONGEST = 50 * DAY
"""A flow that began longer ago than a 32-bit uptime in ms reaches back (49.7 days) did not: its time is damaged."""

_WRAP = 2**32
_SANE = 2**52  # ms beyond it would not fit in us; it is in no year that anybody means
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Of each row: the exporter's time of export and its uptime in ms (None where unknown), how far it is behind us where it is too far
    (else None), and when we received it."""

    export: Column
    uptime: Column | None
    behind: Column | None
    received: Column


def clock_of(records: Records, rows: Rows) -> Clock:
    """The clock of each row's message; IPFIX has no uptime, but may say when the exporter started (element 160)."""
    of_sets = rows.of_sets("received") - rows.of_sets("export")
    far = np.abs(of_sets) > DAY
    behind = rows.spread(np.where(far, of_sets, 0)) if far.any() else None
    return Clock(rows.each("export"), _uptimes(records, rows), behind, rows.each("received"))


def _uptimes(records: Records, rows: Rows) -> Column | None:
    """From headers, else counted from when the exporter started, as the record or options data say."""
    if not records.layout.has("start_uptime", "end_uptime"):
        return None
    if (rows.of_sets("uptime") >= 0).all():
        return rows.each("uptime")
    ended = values(records, records.layout.slots.get("end_uptime", records.layout.slots.get("start_uptime", 0)))
    if "boot" not in records.layout.slots and (rows.of_sets("uptime") < 0).all() and not any(facts.boot for facts in rows.facts):
        return ended
    boot = rows.boot()
    if "boot" in records.layout.slots:
        boot = np.minimum(values(records, records.layout.slots["boot"]), _SANE) * 1000
    uptime = rows.each("uptime")
    counted = np.where(boot > 0, (rows.each("export") - boot) // 1000, ended)  # where nobody says when it did, the flow ended at export
    return np.where(uptime < 0, counted, uptime)


def moments(records: Records, clock: Clock) -> tuple[Column, "pl.Series | Column | None", NDArray[np.bool_] | None]:
    """Start and end of each row in us since 1970 UTC, and which rows said impossible times (None: none did).

    A start that nobody says is the time of observation, then the time of receipt; an end that nobody says is the time of observation
    where a start is said beside it (a firewall that tells that a connection ended, and when it began), else null."""
    start, end = _said(records, clock, "start"), _said(records, clock, "end")
    seen = _said(records, clock, "seen") if start is None or end is None else None
    start, end = _lasting(records, seen if start is None else start, end)
    if end is None and start is not seen:
        end = seen
    good_start, good_end = _possible(start, clock), _possible(end, clock)
    masks = [~good & (moment != UNKNOWN) for moment, good in ((start, good_start), (end, good_end)) if moment is not None and good is not None]
    wrong = np.logical_or.reduce(masks) if masks else None
    if start is None:
        start = clock.received
    elif good_start is not None:
        start = np.where(good_start, start, clock.received)
    if end is None:
        return start, None, wrong
    end = np.maximum(start, end)
    return start, end if good_end is None else masked(end, good_end), wrong


def _possible(moment: Column | None, clock: Clock) -> NDArray[np.bool_] | None:
    """Which times are known and can be; None where all are, or there is no column."""
    if moment is None:
        return None
    ago = clock.received - moment
    if len(ago) and ago.min() >= -DAY and ago.max() <= LONGEST:
        return None
    result: NDArray[np.bool_] = (ago >= -DAY) & (ago <= LONGEST)
    return result


def _lasting(records: Records, start: Column | None, end: Column | None) -> tuple[Column | None, Column | None]:
    """Where only one end and a duration are said, the other."""
    for slot, unit in (("lasted_ms", 1000), ("lasted_us", 1)):
        if slot in records.layout.slots and (start is None) != (end is None):
            lasted = values(records, records.layout.slots[slot]) * unit
            start, end = (end - lasted if start is None and end is not None else start), (start + lasted if start is not None else end)
    return start, end


def _said(records: Records, clock: Clock, which: str) -> Column | None:
    for form, read in _FORMS.items():
        place = records.layout.slots.get(f"{which}_{form}")
        if place is not None:
            moment = read(records, place, clock)
            good = _possible(moment, clock) if clock.behind is not None else None
            return moment if good is None or clock.behind is None else np.where(good | (moment == UNKNOWN), moment, moment + clock.behind)
    return None


def _scaled(unit: int) -> Callable[[Records, int, Clock], Column]:
    def read(records: Records, place: int, clock: Clock) -> Column:
        count = values(records, place)
        moment = np.minimum(count, _SANE) * unit
        return moment if count.all() else np.where(count == 0, UNKNOWN, moment)

    return read


def _ntp(plain: int) -> Callable[[Records, int, Clock], Column]:
    """NTP's seconds since 1900 and fraction (RFC 7011 section 6.1.9); some exporters send a plain count, which is before 1970."""

    def read(records: Records, place: int, clock: Clock) -> Column:
        octets = records.octets(place)
        seconds, fraction = numbers(octets[:, :4]), numbers(octets[:, 4:])
        counted = (np.minimum(seconds, _NTP_EPOCH // 2) * _WRAP + fraction) // plain
        proper = (seconds - _NTP_EPOCH) * _SECOND + (fraction * _SECOND >> 32)
        said = np.where(seconds >= _NTP_EPOCH, proper, counted)
        return np.where((seconds == 0) & (fraction == 0), UNKNOWN, said)

    return read


def _ago(records: Records, place: int, clock: Clock) -> Column:
    return clock.export - values(records, place)


def _uptime(records: Records, place: int, clock: Clock) -> Column:
    """ms since the exporter started, which wraps after 49.7 days."""
    assert clock.uptime is not None
    return clock.export - _signed(clock.uptime - values(records, place)) * 1000


def _signed(difference: Column) -> Column:
    """A difference of counters of 32 bits: the nearest of those it may be."""
    return (difference + _WRAP // 2 & _WRAP - 1) - _WRAP // 2


_FORMS: dict[str, Callable[[Records, int, Clock], Column]] = {
    "ns": _ntp(1000), "us": _ntp(1), "ms": _scaled(1000), "ago": _ago, "uptime": _uptime, "s": _scaled(_SECOND),
}  # fmt: skip
"""The finer before the coarser."""
