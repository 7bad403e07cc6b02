"""Counters of warnings and sinks in Prometheus's text format 0.0.4, with a bounded number of series."""

from collections import Counter
from collections.abc import Iterable

from varde.deliver.sink import Row
from varde.deliver.worker import Status
from varde.export.warning import severity

FEEDS_MAX = 50
"""Feeds with a series of their own, those that come first; the rest is `other`, so that a feed's contents cannot add series."""

_GRADES = ((8, "high"), (4, "medium"), (0, "low"))
_OTHER = "other"


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
        return feed if feed in feeds or len(feeds) < FEEDS_MAX else _OTHER

    def told(self) -> dict[tuple[str, str], int]:
        return dict(self._told)


def exposition(counters: WarningCounters, sinks: Iterable[Status]) -> str:
    """The text of all series, each line ended by a line feed."""
    statuses = list(sinks)
    lines = [*_head("varde_alerts_total", "counter", "Records that warnings stand for, by feed and severity.")]
    lines += [f"varde_alerts_total{_labels(feed=feed, severity=grade)} {count}" for (feed, grade), count in sorted(counters.told().items())]
    for name, kind, meaning, value in _SINK_SERIES:
        lines += _head(name, kind, meaning)
        lines += [f"{name}{_labels(sink=status.name, kind=status.kind)} {value(status)}" for status in statuses]
    return "\n".join(lines) + "\n"


_SINK_SERIES = (
    ("varde_sink_sent_total", "counter", "Warnings delivered.", lambda status: status.sent),
    ("varde_sink_dropped_total", "counter", "Warnings never delivered because too many waited.", lambda status: status.dropped),
    ("varde_sink_refused_total", "counter", "Warnings that the other end would not take.", lambda status: status.refused),
    ("varde_sink_waiting", "gauge", "Warnings that wait to be delivered.", lambda status: status.waiting),
    ("varde_sink_up", "gauge", "1 where the last delivery worked, else 0.", lambda status: int(not status.error)),
)


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in labels.items()) + "}"


def escaped(value: str) -> str:
    """A label's value: backslash, quote and line feed mean something; what is no character is shown as an escape."""
    text = value.encode("utf-8", "backslashreplace").decode()
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
