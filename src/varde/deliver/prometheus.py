"""Counters of warnings and sinks for Prometheus, with a bounded number of series."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from varde.deliver.sink import Row
from varde.deliver.worker import Status
from varde.export.prometheus import COUNTER, GAUGE, Family, Samples
from varde.export.warning import severity
from varde.model.panels import LINES_MAX, OTHER

FEEDS_MAX = LINES_MAX - 1
"""Feeds with a series of their own, those that come first; the rest is `other`, so that a feed's contents cannot add series. All of them
together fit a panel: what has no line there is counted by no check."""

_GRADES = ((8, "high"), (4, "medium"), (0, "low"))


class WarningCounters:
    """Counts what was told, by feed and severity."""

    def __init__(self) -> None:
        self._told: Counter[tuple[str, str]] = Counter()

    def count(self, rows: Iterable[Row]) -> None:
        for row in rows:
            grade = next(name for least, name in _GRADES if severity(row) >= least)
            for feed in {str(entry.get("source", "")) for entry in row.get("lists", [])} or {row["kind"]}:
                self._told[self._known(feed), grade] += int(row.get("count", 1))

    def _known(self, feed: str) -> str:
        feeds = {name for name, _ in self._told}
        return feed if feed in feeds or len(feeds) < FEEDS_MAX else OTHER

    def told(self) -> dict[tuple[str, str], int]:
        return dict(self._told)


ALERTS = Family("varde_alerts_total", COUNTER, "Records that warnings stand for, by list and severity, since the start.", ("feed", "severity"))

_OF_SINKS = ("sink", "kind")
SINK_FAMILIES: dict[Family, Callable[[Status], int]] = {
    Family("varde_sink_sent_total", COUNTER, "Warnings delivered.", _OF_SINKS): lambda status: status.sent,
    Family("varde_sink_dropped_total", COUNTER, "Warnings never delivered because too many waited.", _OF_SINKS): lambda status: status.dropped,
    Family("varde_sink_refused_total", COUNTER, "Warnings that the other end would not take.", _OF_SINKS): lambda status: status.refused,
    Family("varde_sink_failures_total", COUNTER, "Tries to deliver that failed.", _OF_SINKS): lambda status: status.failures,
    Family("varde_sink_waiting", GAUGE, "Warnings that wait to be delivered.", _OF_SINKS): lambda status: status.waiting,
    Family("varde_sink_up", GAUGE, "1 where the last delivery worked, else 0.", _OF_SINKS): lambda status: int(not status.error),
}


def warning_families(counters: WarningCounters, sinks: Iterable[Status]) -> Iterator[tuple[Family, Samples]]:
    """What was told, and what each sink did with it."""
    statuses = list(sinks)
    yield ALERTS, {(feed, grade): count for (feed, grade), count in counters.told().items()}
    for family, value in SINK_FAMILIES.items():
        yield family, {(status.name, status.kind): value(status) for status in statuses}
