"""One packet with everything that a firewall can print about it, and what a line form is."""

from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """One packet at one firewall; numbers as in `Packets` and `Headers`."""

    family: int
    src: str
    dst: str
    proto: int
    sport: int
    dport: int
    flags: int
    refused: int
    length: int
    ttl: int
    ip_id: int
    dont_fragment: int
    window: int
    seq: int


class Form(NamedTuple):
    """How one make of firewall writes a line: head, then body; the line feed is not part of it."""

    name: str
    sensor: str
    file: str
    head: Callable[[str, int], str]
    """(ISO stamp, microseconds since 1970 UTC) -> everything before the packet, with its blank."""
    body: Callable[[Row], str]
    notices: tuple[str, ...]
    """Whole lines of other programs in the same file; `{stamp}`, `{host}` and `{pid}` are left open."""
