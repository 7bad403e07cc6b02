"""A campaign: what one source, or several together, did over a while, with the numbers that say so."""

from dataclasses import dataclass, field

SOURCES_MAX = 100
PORTS_MAX = 2_000
TARGETS_MAX = 100
"""Of more there are counts, and the first of them."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A finding of the detectors of scans. Times in us since 1970 UTC, addresses 16 octets."""

    kind: str
    "One of model.findings.KINDS."
    plane: str
    "One of model.PLANES: most of its packets are in it."
    first: int
    last: int
    events: int
    sources: tuple[bytes, ...]
    "The busiest first, at most SOURCES_MAX. Of IPv6 the /64 that acted, as its first address."
    source_count: int
    ports: tuple[int, ...]
    "In the order of first touch, at most PORTS_MAX."
    port_count: int
    targets: tuple[bytes, ...]
    target_count: int
    log_p: float = 0.0
    "ln of how likely chance alone would do that, over all sources that were looked at; 0 where no probability applies."
    confidence: str = "medium"
    "high, medium or low."
    order: str = ""
    "up or down, where it went through ports in order."
    tau: float = 0.0
    "Kendall's tau of time and port."
    allowed: int = 0
    "Of its packets those that were let through."
    flags: str = ""
    "Of kind flags: xmas, null, fin, syn+fin, ack or another combination by letters."
    tools: dict[str, float] = field(default_factory=dict)
    "Share of its sources that bear the mark of a tool."
    researcher: str = ""
    "Name of the known research scanner that all of its sources belong to."
    outline: tuple[tuple[int, int], ...] = ()
    "Corners, as time and port, of a polygon around its data: what pictures draw."

    @property
    def port_min(self) -> int | None:
        return min(self.ports, default=None)

    @property
    def port_max(self) -> int | None:
        return max(self.ports, default=None)

    @property
    def hours(self) -> float:
        return (self.last - self.first) / 3.6e9

    @property
    def ports_an_hour(self) -> float | None:
        """None where it is too short to tell."""
        return self.port_count / self.hours if self.last - self.first >= 60_000_000 else None
