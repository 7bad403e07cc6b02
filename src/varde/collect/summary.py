"""What reading one file came to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from varde.decode import Decoded
from varde.decode.flow import FlowDecoder
from varde.model import RECORDS

_OBSERVED = {table.name for table in RECORDS}


class _Reader(Protocol):
    """What a reader of captures counts."""

    packets: int
    left_out: Counter[str]


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """Of a file of flow exports: what it is, how many packets it has, those left out by reason, and what is known of each exporter."""

    kind: str
    packets: int
    left_out: dict[str, int]
    exporters: list[dict[str, Any]]
    title: str = ""
    "What it is, where it is no capture of exports."

    @classmethod
    def of(cls, *, kind: str, reader: _Reader, flows: FlowDecoder) -> "CaptureFacts":
        return cls(kind, reader.packets, {name: count for name, count in reader.left_out.items() if count}, flows.exporters())


@dataclass(slots=True)
class Summary:
    """What reading one file came to. `counts` by (dialect, outcome) covers what was new; `before` is what was not."""

    path: str
    sensor: str
    source: str = ""
    zone: str = ""
    reference: int = 0
    before: int = 0
    octets: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    stamps: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    tables: Counter[str] = field(default_factory=Counter)
    "Records of each table."
    strangers: list[tuple[int, str]] = field(default_factory=list)
    portless: Counter[str] = field(default_factory=Counter)
    "Records of protocols with ports that have none, by reason."
    unsaid: Counter[tuple[str, str]] = field(default_factory=Counter)
    "Records of honeypots that do not name their `source` or `session`, by dialect and which."
    rejects: list[tuple[str, str, int, str]] = field(default_factory=list)
    "(dialect, reason, offset, sample)"
    first: int | None = None
    last: int | None = None
    error: str = ""
    twice: list[tuple[str, str]] = field(default_factory=list)
    "(sensor, path) of texts stored before, for other sensors, that begin with the same records."
    capture: CaptureFacts | None = None
    "Of a capture: what it is and who exported."
    years: int = 0
    "Years that its yearless stamps were found to go back beyond the last one, by their order."

    def add(self, decoded: Decoded) -> None:
        self.counts.update(decoded.counts)
        self.stamps.update(decoded.stamps)
        self.portless.update(decoded.portless)
        self.unsaid.update(decoded.unsaid)
        self.strangers = (self.strangers + decoded.strangers)[:5]
        if len(self.rejects) < SAMPLES:
            self.rejects += decoded.rejects.select("dialect", "reason", "offset", "sample").rows()[: SAMPLES - len(self.rejects)]
        if not decoded.batch.is_empty():
            self.actions.update(dict(decoded.batch["action"].value_counts().rows()))
        for table, batch in decoded.tables():
            if table not in _OBSERVED:
                continue
            self.tables[table] += len(batch)
            self._extend(batch["time"].min(), batch["time"].max())

    def join(self, later: "Summary") -> None:
        """Add what another counted of text behind this one's."""
        for name in _COUNTERS:
            getattr(self, name).update(getattr(later, name))
        self.strangers = (self.strangers + later.strangers)[:5]
        self.rejects = (self.rejects + later.rejects)[:SAMPLES]
        self._extend(later.first, later.last)

    def _extend(self, first: Any, last: Any) -> None:
        self.first = min((x for x in (self.first, first) if x is not None), default=None)
        self.last = max((x for x in (self.last, last) if x is not None), default=None)

    def clear(self) -> None:
        """Forget what was counted, to begin anew."""
        for name in _COUNTERS:
            getattr(self, name).clear()
        self.strangers, self.rejects, self.first, self.last = [], [], None, None

    @property
    def lines(self) -> int:
        return self.counts["", "lines"]

    @property
    def records(self) -> int:
        return sum(count for (_, outcome), count in self.counts.items() if outcome == "records")

    @property
    def ignored(self) -> int:
        return self.counts["", "ignored"]

    @property
    def rejected(self) -> int:
        return sum(count for (_, outcome), count in self.counts.items() if outcome.startswith("reject:"))


_COUNTERS = ("counts", "stamps", "actions", "tables", "portless", "unsaid")

SAMPLES = 10
"""Rejected lines that a summary keeps."""
