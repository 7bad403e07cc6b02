"""Serial numbers of zones: they rise with every change, whatever the clock does (RFC 1982, RFC 1912 section 2.2)."""

import re
from datetime import datetime, timezone

_ALL = 1 << 32
_HALF = 1 << 31
_A_DAY = 100
"""Serials of a day, as YYYYMMDDnn has them; a day with more goes on into the next one's."""

_SOA = re.compile(rb"^\S*[ \t]+(?:[0-9]+[ \t]+)?(?:IN[ \t]+)?SOA[ \t]+\S+[ \t]+\S+[ \t]*\(?\s*([0-9]{1,10})\b", re.MULTILINE | re.IGNORECASE)
_HEAD = 8192
"""Octets in which the SOA stands: it is the first record."""


def is_after(new: int, old: int) -> bool:
    """Whether a secondary takes `new` for newer than `old` (RFC 1982 section 3.2)."""
    return 0 < (new - old) % _ALL < _HALF


def next_serial(old: int | None, now: datetime) -> int:
    """YYYYMMDD00 of today in UTC if that is later than `old`, else one more than that."""
    today = int(now.astimezone(timezone.utc).strftime("%Y%m%d")) * _A_DAY
    if old is None or is_after(today, old):
        return today
    return (old + 1) % _ALL or 1  # some programs take 0 for no serial


def serial_of(zone: bytes) -> int | None:
    """The serial in a zone file; None where there is no SOA at its beginning."""
    found = _SOA.search(zone[:_HEAD])
    return int(found[1]) if found and int(found[1]) < _ALL else None


def with_serial(zone: bytes, serial: int) -> bytes:
    """The same zone with another serial."""
    found = _SOA.search(zone[:_HEAD])
    return zone if found is None else zone[: found.start(1)] + str(serial).encode() + zone[found.end(1) :]
