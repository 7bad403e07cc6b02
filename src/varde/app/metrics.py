"""What a running station tells Prometheus: flows by exporter, warnings, sinks, lists, probes and logins."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from varde import __version__
from varde.app.board_metrics import ABOUT
from varde.app.mailfilters import FAMILIES as MAIL_FAMILIES
from varde.app.mailfilters import mail_metrics
from varde.app.publishing import Publishing
from varde.app.station import Station
from varde.collect.flow_intake import EXPORTERS
from varde.deliver import ALERTS, SINK_FAMILIES, warning_families
from varde.export.prometheus import COUNTER, GAUGE, Family, Samples
from varde.model import PLANES
from varde.model import RECORDS as OBSERVED

EXPORTERS_MAX = 200
"""Observation domains with series of their own, those heard last; the rest is summed as `other`, because who forges senders could add series."""

LISTS_MAX = 200
"""Lists with series of their own, in the order of the configuration."""

Exporter = dict[str, Any]
_OTHER = "other"
_DOMAIN = ("sensor", "exporter", "domain", "protocol")

BUILD = Family("varde_build_info", GAUGE, "1, with the version that runs.", ("version",))
PROBES = Family("varde_probes_total", COUNTER, "Packets that firewalls logged, by what was done with them, since the start.", ("action",))
REFUSED_PROBES = Family("varde_refused_probes_total", COUNTER, "Packets that firewalls refused, by plane of the Fireplot, since the start.", ("plane",))
PORT_PROBES = Family("varde_port_probes_total", COUNTER, "Packets that firewalls refused, of the ports knocked at most of late and of all other, since the start.", ("port",))
LOGINS = Family("varde_logins_total", COUNTER, "Logins that honeypots reported, failed and accepted, since the start.", ("outcome",))
RECORDS = Family("varde_records_total", COUNTER, "Records that arrived, by their table, since the start.", ("table",))
WAITING = Family("varde_waiting_records", GAUGE, "Records that arrived and are not committed yet.", ("of",))
LINES_LOST = Family("varde_lines_lost_total", COUNTER, "Lines that arrived and were not taken, by reason.", ("reason",))

_TOTALS = {
    "datagrams": "Datagrams that came.", "flows": "Flows that came.", "duplicated": "What came twice, in the unit of the exporter's numbers.",
    "reordered": "What came later than its successors, in the unit of the exporter's numbers.", "late": "Flows that waited for their template.",
    "undecodable": "Datagrams that could not be read.", "unknown_template": "Sets whose template never came.",
    "restarts": "Times that the exporter began anew.",
}  # fmt: skip
FLOW_TOTALS = {name: Family(f"varde_flow_{name}_total", COUNTER, meaning, _DOMAIN) for name, meaning in _TOTALS.items()}
"""By the names of an exporter's totals, which begin with the collector."""

FLOW_LOST = Family("varde_flow_lost", GAUGE, "Missing by sequence number, in `unit`; what comes late after all makes it smaller.", (*_DOMAIN, "unit"))
FLOW_HEARD = Family("varde_flow_last_heard_timestamp_seconds", GAUGE, "When the exporter was heard last, in seconds since 1970 UTC.", _DOMAIN)
FLOW_SKEW = Family("varde_flow_clock_behind_seconds", GAUGE, "How far the exporter's clock is behind ours; negative where it is ahead.", _DOMAIN)
FLOW_TEMPLATES = Family("varde_flow_templates", GAUGE, "Templates in force.", _DOMAIN)
KERNEL_DROPPED = Family("varde_flow_kernel_dropped_total", COUNTER, "Datagrams that this machine's kernel dropped before they were read.")
REFUSED = Family("varde_flow_refused_total", COUNTER, "Datagrams of senders that are not accepted.")

LIST_INDICATORS = Family("varde_list_indicators", GAUGE, "Indicators of a list that are matched.", ("list",))
LIST_AGE = Family("varde_list_age_seconds", GAUGE, "Since a list was last read or found unchanged.", ("list",))
LIST_DAMAGED = Family("varde_list_damaged", GAUGE, "1 where what is stored of a list cannot be read whole, so that nothing of it is matched, else 0.", ("list",))
LIST_UP = Family("varde_list_up", GAUGE, "1 where the last try to read a list worked, else 0.", ("list",))

PUBLISHED = Family("varde_published_total", COUNTER, "Generations of published files that this station made by itself, since the start.")
PUBLISH_FAILED = Family("varde_publish_failures_total", COUNTER, "Tries to publish that failed, refused by a guard or by a reload, since the start.")
PUBLISH_UP = Family("varde_publish_up", GAUGE, "1 where the last try to publish worked, else 0; absent where nothing is published by itself.")
PUBLISH_TRIED = Family("varde_publish_last_try_timestamp_seconds", GAUGE, "When publishing was tried last, in seconds since 1970 UTC.")

SURGES = Family("varde_surges", GAUGE, "Ports that more strangers want than usual, by how sure that is; absent while nothing is judged.", ("level",))
SCANS = Family("varde_scans", GAUGE, "Scans that go on, by kind; absent while nothing is judged.", ("kind",))
WARNINGS = Family("varde_warnings_total", COUNTER, "Warnings since the start, told and muted.", ("how",))
SPOOL = Family("varde_spool_bytes", GAUGE, "Octets of warnings on disk that some sink may still need.")

FAMILIES = (
    *ABOUT, BUILD, PROBES, REFUSED_PROBES, PORT_PROBES, LOGINS, RECORDS, WAITING, LINES_LOST, *FLOW_TOTALS.values(), FLOW_LOST, FLOW_HEARD, FLOW_SKEW, FLOW_TEMPLATES, KERNEL_DROPPED,
    REFUSED, LIST_INDICATORS, LIST_DAMAGED, LIST_AGE, LIST_UP, PUBLISHED, PUBLISH_FAILED, PUBLISH_UP,
    PUBLISH_TRIED, SURGES, SCANS, WARNINGS, ALERTS, *SINK_FAMILIES, SPOOL, *MAIL_FAMILIES,
)  # fmt: skip
"""All of them, for the manual."""


def metrics_of(station: Station) -> Iterator[tuple[Family, Samples]]:
    """Every family with what it has now. Asks no table of the store: a scrape costs nearly nothing."""
    yield BUILD, {(__version__,): 1}
    yield from _arrived(station)
    yield from _flows((station.context.store.facts.get(EXPORTERS) or {}).get("exporters", []))
    yield from _collector(station)
    yield from _lists(station.context.lists.status()["lists"][:LISTS_MAX])
    yield from _publishing(station.publishing)
    yield SURGES, {(level,): count for level, count in (station.surging.levels or {}).items()}
    yield SCANS, {(kind,): count for kind, count in (station.scan_search.counts or {}).items()}
    beacon = station.beacon
    yield WARNINGS, {("told",): beacon.told - beacon.muted, ("muted",): beacon.muted}
    yield from warning_families(beacon.counters, beacon.delivery.status())
    yield SPOOL, {(): beacon.delivery.journal.octets()}
    yield from mail_metrics(station.mail)


def _arrived(station: Station) -> Iterator[tuple[Family, Samples]]:
    counts = station.outcomes.counts()
    for family, table, usual in ((PROBES, "probes", ()), (LOGINS, "logins", ("failed", "accepted"))):
        none: dict[tuple[str, ...], int] = {(outcome,): 0 for outcome in usual}
        yield family, none | {(outcome,): count for (name, outcome), count in counts.items() if name == table}
    yield REFUSED_PROBES, {(plane,): count for plane, count in (dict.fromkeys((plane.key for plane in PLANES), 0) | station.knocks.planes()).items()}
    yield PORT_PROBES, {(port,): count for port, count in station.knocks.ports().items()}
    tables: Counter[tuple[str, ...]] = Counter({(table.name,): 0 for table in OBSERVED})
    for (table, _), count in counts.items():
        tables[table,] += count
    yield RECORDS, dict(tables)
    yield WAITING, {("syslog",): station.waiting(), ("flows",): station.flows.writer.waiting}
    yield LINES_LOST, {(reason,): count for reason, count in dict(station.lost).items()}  # a copy: other threads add to it


def _flows(exporters: list[Exporter]) -> Iterator[tuple[Family, Samples]]:
    """Of what is kept of exporters every few seconds."""
    known = sorted(exporters, key=lambda one: -int(one["seen"]))
    for name, family in FLOW_TOTALS.items():
        yield family, _summed(known, name)
    yield FLOW_LOST, _summed(known, "lost", unit=True)
    shown = {_labels(one): one for one in reversed(known[:EXPORTERS_MAX])}
    yield FLOW_HEARD, {labels: int(one["seen"]) / 1e6 for labels, one in shown.items()}
    yield FLOW_SKEW, {labels: int(one["skew"]) / 1e6 for labels, one in shown.items() if one["skew"] is not None}
    yield FLOW_TEMPLATES, {labels: len(one["templates"]) for labels, one in shown.items()}


def _labels(one: Exporter) -> tuple[str, ...]:
    return str(one["sensor"]), one["exporter"] or "", str(one["domain"]), str(one["protocol"])


def _summed(known: list[Exporter], name: str, *, unit: bool = False) -> Samples:
    """One of their totals by labels, those beyond EXPORTERS_MAX together; connections of one domain are one."""
    sums: Counter[tuple[str, ...]] = Counter()
    for number, one in enumerate(known):
        labels = _labels(one) if number < EXPORTERS_MAX else (_OTHER,) * len(_DOMAIN)
        sums[labels + ((str(one["unit"]),) if unit else ())] += int(one["totals"].get(name, 0))
    return dict(sums)


def _collector(station: Station) -> Iterator[tuple[Family, Samples]]:
    receiver = station.flows.receiver
    dropped = [count for count in receiver.dropped() if count is not None] if receiver.listens else []
    yield KERNEL_DROPPED, {(): sum(dropped)} if dropped else {}
    yield REFUSED, {(): station.flows.guard.counters["refused_sender"]}


def _lists(told: list[dict[str, Any]]) -> Iterator[tuple[Family, Samples]]:
    yield LIST_INDICATORS, {(one["name"],): 0 if one["damaged"] else one["indicators"] for one in told}
    yield LIST_DAMAGED, {(one["name"],): int(one["damaged"] is not None) for one in told}
    yield LIST_AGE, {(one["name"],): one["age_seconds"] for one in told if one["age_seconds"] is not None}
    yield LIST_UP, {(one["name"],): int(not one["error"]) for one in told}


def _publishing(publishing: Publishing) -> Iterator[tuple[Family, Samples]]:
    last, wanted = publishing.result, publishing.is_wanted
    yield PUBLISHED, {(): publishing.published} if wanted else {}
    yield PUBLISH_FAILED, {(): publishing.failures} if wanted else {}
    yield PUBLISH_UP, {(): int(not last.error)} if wanted and last.tried else {}
    yield PUBLISH_TRIED, {(): last.tried / 1e6} if wanted and last.tried else {}
