"""One local calendar day as a stretch of microseconds, and the stamps that logs of that day carry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property

SECOND = 1_000_000  # microseconds; the unit of every time column


@dataclass(frozen=True)
class Clock:
    """The day as its zone lives it: 23, 24 or 25 hours long."""

    day: date
    zone: tzinfo

    @cached_property
    def start(self) -> int:
        """Local midnight, microseconds since 1970 UTC."""
        return _micros(datetime.combine(self.day, time(), self.zone))

    @cached_property
    def end(self) -> int:
        """The next local midnight; the first microsecond that is not of this day."""
        return _micros(datetime.combine(self.day + timedelta(days=1), time(), self.zone))

    def at(self, wall: str) -> int:
        """Microseconds since 1970 UTC when the clock on the wall shows `wall` ("14:52")."""
        return _micros(datetime.combine(self.day, time.fromisoformat(wall), self.zone))


def _micros(moment: datetime) -> int:
    return round(moment.timestamp()) * SECOND


def stamps(times: Iterable[int], zone: tzinfo) -> list[str]:
    """ISO 8601 with microseconds and offset, as rsyslog writes files and pfSense writes RFC 5424."""
    seconds: dict[int, tuple[str, str]] = {}  # many probes share a second: convert each once
    answer = []
    for moment in times:
        second, micro = divmod(moment, SECOND)
        if (ends := seconds.get(second)) is None:
            ends = seconds[second] = _second(second, zone)
        answer.append(f"{ends[0]}.{micro:06d}{ends[1]}")
    return answer


def _second(second: int, zone: tzinfo) -> tuple[str, str]:
    text = datetime.fromtimestamp(second, zone).isoformat()
    return text[:19], text[19:]  # YYYY-MM-DDTHH:MM:SS is 19 characters, the offset follows
