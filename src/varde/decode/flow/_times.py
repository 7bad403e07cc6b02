"""When a flow began and ended, from whichever clock its exporter counts by (RFC 7011 section 6.1, RFC 7012 times)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._octets import numbers
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
_SANE = 2**52  # ms or s beyond it would not fit in us
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Of each row: the exporter's time of export and its uptime in ms (-1 where unknown), and how far it is behind us."""

    export: Column
    uptime: Column
    behind: Column
    received: Column


def clock_of(records: Records, rows: Rows) -> Clock:
    """The clock of each row's message; IPFIX has no uptime, but may say when the exporter started (element 160)."""
    received, export = rows.each("received"), rows.each("export")
    uptime, boot = rows.each("uptime"), rows.boot()
    if "boot" in records.layout.slots:
        boot = np.minimum(values(records, records.layout.slots["boot"]), _SANE) * 1000
    uptime = np.where((uptime < 0) & (boot > 0), (export - boot) // 1000, uptime)
    off = received - export
    return Clock(export, uptime, np.where(np.abs(off) > DAY, off, 0), received)


def moments(records: Records, clock: Clock) -> tuple[Column, Column, int]:
    """Start and end of each row in us since 1970 UTC, and how many rows said impossible times.

    A start that nobody says is the time of observation, then the time of receipt; an end that nobody says is UNKNOWN."""
    start, end = _said(records, clock, "start"), _said(records, clock, "end")
    start = np.where(start == UNKNOWN, _said(records, clock, "seen"), start)
    start, end = _lasting(records, start, end)
    wrong = _impossible(start, clock) | _impossible(end, clock)
    start = np.where((start == UNKNOWN) | _impossible(start, clock), clock.received, start)
    end = np.where(_impossible(end, clock), UNKNOWN, end)
    return start, np.where(end == UNKNOWN, UNKNOWN, np.maximum(start, end)), int(wrong.sum())


def _impossible(moment: Column, clock: Clock) -> NDArray[np.bool_]:
    ago = clock.received - moment
    result: NDArray[np.bool_] = (moment != UNKNOWN) & ((ago > LONGEST) | (ago < -DAY))
    return result


def _lasting(records: Records, start: Column, end: Column) -> tuple[Column, Column]:
    """Where only one end and a duration are said, the other."""
    for slot, unit in (("lasted_ms", 1000), ("lasted_us", 1)):
        if slot in records.layout.slots:
            lasted = values(records, records.layout.slots[slot]) * unit
            known_start, known_end = start != UNKNOWN, end != UNKNOWN
            start, end = (
                np.where(~known_start & known_end, end - lasted, start),
                np.where(known_start & ~known_end, start + lasted, end),
            )
    return start, end


def _said(records: Records, clock: Clock, which: str) -> Column:
    for form, read in _FORMS.items():
        place = records.layout.slots.get(f"{which}_{form}")
        if place is not None:
            moment = read(records, place, clock)
            if clock.behind.any():
                moment = np.where(_impossible(moment, clock), moment + clock.behind, moment)
            return moment
    return np.full(len(records), UNKNOWN)


def _scaled(unit: int) -> Callable[[Records, int, Clock], Column]:
    def read(records: Records, place: int, clock: Clock) -> Column:
        count = values(records, place)
        return np.where((count == 0) | (count > _SANE), UNKNOWN, np.minimum(count, _SANE) * unit)

    return read


def _ntp(plain: int) -> Callable[[Records, int, Clock], Column]:
    """NTP's seconds since 1900 and fraction (RFC 7011 section 6.1.9); some exporters send a plain count, which is before 1970."""

    def read(records: Records, place: int, clock: Clock) -> Column:
        octets = records.octets(place)
        seconds, fraction = numbers(octets[:, :4]), numbers(octets[:, 4:])
        counted = (seconds * _WRAP + fraction) // plain if plain > 1 else seconds * _WRAP + fraction
        proper = (seconds - _NTP_EPOCH) * _SECOND + (fraction * _SECOND >> 32)
        said = np.where(seconds >= _NTP_EPOCH, proper, counted)
        return np.where((seconds == 0) & (fraction == 0), UNKNOWN, said)

    return read


def _ago(records: Records, place: int, clock: Clock) -> Column:
    return clock.export - values(records, place)


def _uptime(records: Records, place: int, clock: Clock) -> Column:
    """ms since the exporter started, which wraps after 49.7 days; where nobody says when it did, the flow ended at export."""
    last = records.layout.slots.get("end_uptime", place)
    now = np.where(clock.uptime < 0, values(records, last), clock.uptime)
    return clock.export - _signed(now - values(records, place)) * 1000


def _signed(difference: Column) -> Column:
    """A difference of counters of 32 bits: the nearest of those it may be."""
    return (difference + _WRAP // 2) % _WRAP - _WRAP // 2


_FORMS: dict[str, Callable[[Records, int, Clock], Column]] = {
    "ms": _scaled(1000), "us": _ntp(1), "ns": _ntp(1000), "ago": _ago, "uptime": _uptime, "s": _scaled(_SECOND),
}  # fmt: skip
"""The finer before the coarser."""
