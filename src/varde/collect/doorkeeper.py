"""Who may still be taken in: every bound of `varde catch`, and what came of those that were over one."""

import ipaddress
from collections import Counter
from dataclasses import dataclass, field

CAPTURE_MAX = 64 * 1024
"""Octets kept of one connection: attacks say what they are in the first packets, and the largest datagram fits."""

IDLE_SECONDS = 10.0
"""Silence after which a connection is ended: a client that gets no answer sends nothing more."""

TOTAL_SECONDS = 60.0
"""Length of a connection: one octet every nine seconds must not keep a place for ever."""

CONNECTIONS_MAX = 1000
"""At once: with CAPTURE_MAX the memory of all is bounded by 64 MiB, with TLS by about twice that."""

SOURCE_CONNECTIONS_MAX = 20
"""At once from one source: one must not take the places of all."""

SOURCE_HOUR_MAX = 200
"""Captures an hour from one source: it says the same again."""

DAY_MAX = 256 * 1024 * 1024
"""Octets stored a day, one half for TCP and one for UDP, whose senders can be forged: a flood of one does not hide the other."""

ROW_OCTETS = 512
"""What a capture takes beside its payload, as an upper bound."""

SOURCES_MAX = 65_536
"""Sources remembered for the hour, 10 MB; the one that came first is forgotten first."""

_HOUR = 3600
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds in force. Connections are at once, seconds are of one connection."""

    capture: int = CAPTURE_MAX
    idle: float = IDLE_SECONDS
    total: float = TOTAL_SECONDS
    connections: int = CONNECTIONS_MAX
    source_connections: int = SOURCE_CONNECTIONS_MAX
    source_hour: int = SOURCE_HOUR_MAX
    day: int = DAY_MAX
    sources: int = SOURCES_MAX


def source_of(address: str) -> str:
    """Whom an address belongs to: itself for IPv4, its /64 for IPv6, where one host has as many as it likes."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((int(ipaddress.IPv6Address(address)) >> 64 << 64, 64)))


@dataclass(slots=True)
class Doorkeeper:
    """Counts who is in and what was taken. Times are seconds since 1970."""

    bounds: Bounds = field(default_factory=Bounds)
    refused: Counter[str] = field(default_factory=Counter)
    "By reason: too_many_connections, too_many_of_source, too_many_in_hour, day_full."
    open: Counter[str] = field(default_factory=Counter)
    "Connections by source."
    _hour: int = -1
    _in_hour: dict[str, int] = field(default_factory=dict)
    _day: int = -1
    _taken: Counter[str] = field(default_factory=Counter)
    _connections: int = 0

    @property
    def connections(self) -> int:
        return self._connections

    def enter(self, source: str, now: float) -> bool:
        """Whether a connection may stay; if so it counts until `leave`."""
        checks = {
            "too_many_connections": self._connections >= self.bounds.connections,
            "too_many_of_source": self.open[source] >= self.bounds.source_connections,
        }
        if self._is_refused(checks) or not self.may_send(source, "tcp", now):
            return False
        self.open[source] += 1
        self._connections += 1
        return True

    def leave(self, source: str) -> None:
        self._connections -= 1
        self.open[source] -= 1
        if not self.open[source]:
            del self.open[source]

    def may_send(self, source: str, proto: str, now: float) -> bool:
        """Whether one capture more of a source may be taken."""
        self._turn(now)
        return not self._is_refused({
            "too_many_in_hour": self._in_hour.get(source, 0) >= self.bounds.source_hour,
            "day_full": self._taken[proto] >= self.bounds.day // 2,
        })  # fmt: skip

    def took(self, source: str, proto: str, octets: int, now: float) -> None:
        """Count one capture."""
        self._turn(now)
        self._in_hour[source] = self._in_hour.get(source, 0) + 1
        if len(self._in_hour) > self.bounds.sources:
            del self._in_hour[next(iter(self._in_hour))]
        self._taken[proto] += octets + ROW_OCTETS

    def stored_before(self, octets: int, now: float) -> None:
        """Count what another run stored today, whichever protocol it was."""
        self._turn(now)
        for proto in ("tcp", "udp"):
            self._taken[proto] += octets // 2

    def _is_refused(self, checks: dict[str, bool]) -> bool:
        reason = next((reason for reason, over in checks.items() if over), None)
        if reason:
            self.refused[reason] += 1
        return reason is not None

    def _turn(self, now: float) -> None:
        """Begin a new hour or day where one has passed."""
        if int(now // _HOUR) != self._hour:
            self._hour, self._in_hour = int(now // _HOUR), {}
        if int(now // _DAY) != self._day:
            self._day, self._taken = int(now // _DAY), Counter()
