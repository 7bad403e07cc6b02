"""What is known of a payload: the columns of PAYLOADS that come from its octets."""

from dataclasses import dataclass

READ_MAX = 64 * 1024
"""Octets of a payload that are looked at: as much as a capture keeps; what tells one payload from another comes first."""

TEXT_MAX = 8192
"""Characters of one value that are kept: a header longer than that is noise, and a line of syslog is no longer either."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What the octets say; the field names are those of table `payloads`."""

    form: str = "unknown"
    "http, tls, smtp, ssh or unknown."
    ehlo: str | None = None
    method: str | None = None
    host: str | None = None
    path: str | None = None
    "The request target as it was sent: a path, an absolute URL, an authority or *."
    referer: str | None = None
    agent: str | None = None
    cookie: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    "All of them in order, duplicates kept, folded lines joined by a blank."
    sni: str | None = None
    ja4: str | None = None


def readable(octets: bytes) -> str:
    """Text of octets; those that are not UTF-8 are escaped as `\\xNN`. At most TEXT_MAX characters."""
    return octets[: 4 * TEXT_MAX].decode("utf-8", "backslashreplace")[:TEXT_MAX]
