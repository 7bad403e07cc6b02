"""Panels: what monitoring draws, checks and alerts on. One stable name each, in every face.

A panel is a Munin graph, its lines are the fields; `varde check metric PANEL.LINE` looks at one; the samples it is made of are the families
of `/metrics`; the badge is its picture.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from varde.model.findings import KINDS
from varde.model.planes import PLANES

LINES_MAX = 40
"""Lines of a panel that has one for each of something, those named first in the alphabet: more cannot be told apart."""

OTHER = "other"
"""The line of all those that have none of their own."""

NAME = re.compile(r"[a-z_][a-z0-9_]*")
_NO_NAME = re.compile(r"[^a-z0-9_]+")
_LIKE_A_SUM = re.compile(r"_[0-9a-f]{8}$")
_PORT = re.compile(r"(tcp|udp)/[0-9]+")
_NAME_MOST = 40

Samples = Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]
"""Values by family, and by pairs of label and value in their order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: the sum of the samples of a family that have one of the values of a label, or of all."""

    name: str
    title: str
    family: str
    label: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """A curve for every value of a label."""

    family: str
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What belongs in one picture. `rate`: its families only grow, and what counts is how much a minute."""

    id: str
    title: str
    unit: str
    "Of a value, or of what comes a minute."
    about: str
    lines: tuple[Line, ...] | Each
    rate: bool = True
    stacked: bool = False
    page: str = "?"
    "The address of the page that explains it."

PANELS = (
    Panel("logins", "Login attempts", "logins", "Logins tried at honeypots: those that failed, and those that were let in.", (
        Line("failed", "failed", "varde_logins_total", "outcome", ("failed",)), Line("accepted", "accepted", "varde_logins_total", "outcome", ("accepted",)),
    ), page="?view=honeypot"),
    Panel("tunnels", "Tunnel attempts", "requests", "Connections to elsewhere that intruders asked a honeypot for (direct-tcpip).", (
        Line("requests", "requests", "varde_records_total", "table", ("tunnels",)),
    ), page="?view=graph"),
    Panel("probes", "Refused probes", "probes", "Packets that firewalls refused, by protocol and version of IP.", tuple(
        Line(plane.key, plane.title, "varde_refused_probes_total", "plane", (plane.key,)) for plane in PLANES
    ), stacked=True),
    Panel("ports", "Ports knocked at most", "probes", "Refused probes of the ports that were knocked at most of late, and of all others.",
          Each("varde_port_probes_total", "port")),
    Panel("surges", "Ports that many want", "ports", "Ports that more strangers want than usual at this hour, by how sure that is.", (
        Line("alarm", "alarms", "varde_surges", "level", ("alarm",)), Line("notice", "notices", "varde_surges", "level", ("notice",)),
    ), rate=False),
    Panel("scans", "Scans that go on", "scans", "Scans of the last hours, fast and slow, by kind.", tuple(
        Line(kind.name, kind.title.lower(), "varde_scans", "kind", (kind.name,)) for kind in KINDS
    ), rate=False, stacked=True),
    Panel("warnings", "Warnings by list", "records", "Records that touched something listed, by the list that says so.",
          Each("varde_alerts_total", "feed"), page="?view=warnings"),
    Panel("flows", "Flows received and lost", "flows", "Flows that came, and what is missing by the exporters' sequence numbers.", (
        Line("received", "received", "varde_flow_flows_total"),
        Line("lost", "lost, in flows or records", "varde_flow_lost", "unit", ("flows", "records", "samples")),
        Line("lost_datagrams", "lost datagrams", "varde_flow_lost", "unit", ("datagrams",)),
        Line("dropped", "datagrams dropped by the kernel", "varde_flow_kernel_dropped_total"),
    ), page="?view=flows"),
    Panel("feeds", "Age of lists", "seconds", "Since each list was last read or found unchanged.", Each("varde_list_age_seconds", "list"), rate=False,
          page="?view=lists"),
    Panel("mails", "Mails caught", "mails", "Mails that intruders tried to send, spam mostly, caught by INetSim or a listening port.", (
        Line("caught", "caught", "varde_records_total", "table", ("mails",)),
    ), page="?view=honeypot"),
    Panel("amavis", "Mail through Amavis", "messages", "Messages that amavisd received, by what it found in them; read over SNMP.", (
        Line("clean", "clean", "varde_amavis_messages_total", "content", ("clean",)),
        Line("spam", "spam", "varde_amavis_messages_total", "content", ("spam", "spammy")),
        Line("virus", "infected", "varde_amavis_messages_total", "content", ("virus",)),
        Line("banned", "with forbidden attachments", "varde_amavis_messages_total", "content", ("banned",)),
        Line("bad_header", "with broken headers", "varde_amavis_messages_total", "content", ("bad_header",)),
        Line("other", "others", "varde_amavis_messages_total", "content", ("unchecked", "oversized", "mta_failed")),
    ), stacked=True, page="?view=doctor"),
    Panel("amavis_processes", "Processes of Amavis", "processes", "Child processes of amavisd, by what they do.", tuple(
        Line(state, state, "varde_amavis_processes", "state", (state,)) for state in ("idle", "transfer", "decode", "virus", "spam", "other")
    ), rate=False, stacked=True, page="?view=doctor"),
    Panel("postfix_queues", "Queues of Postfix", "messages", "Files in the queues of the Postfix beside amavisd.", tuple(
        Line(queue, queue, "varde_amavis_queue_files", "queue", (queue,)) for queue in ("maildrop", "incoming", "active", "deferred")
    ), rate=False, page="?view=doctor"),
    Panel("waiting", "Records not yet committed", "records", "What would be lost if the machine went down now.", (
        Line("syslog", "of syslog", "varde_waiting_records", "of", ("syslog",)), Line("flows", "of flows", "varde_waiting_records", "of", ("flows",)),
    ), rate=False, page="?view=doctor"),
)  # fmt: skip

BY_ID = {panel.id: panel for panel in PANELS}


@dataclass(frozen=True, slots=True)
class Curve:
    """A line as it is drawn: the name of its field, its words and its value; None where nothing is known of it now."""

    name: str
    title: str
    value: float | None


def curves(panel: Panel, samples: Samples) -> list[Curve]:
    """The lines of a panel with what they have now, in the order of the panel."""
    if isinstance(panel.lines, Each):
        return _each(panel.lines, samples)
    return [Curve(line.name, line.title, _sum(line, samples)) for line in panel.lines]


def _sum(line: Line, samples: Samples) -> float | None:
    found = samples.get(line.family, {})
    chosen = [value for labels, value in found.items() if not line.label or dict(labels).get(line.label) in line.values]
    # a family that is there has counted none of these yet
    return sum(chosen) if chosen or found else None


def _each(each: Each, samples: Samples) -> list[Curve]:
    sums: dict[str, float] = {}
    for labels, value in samples.get(each.family, {}).items():
        name = dict(labels).get(each.label, "")
        sums[name] = sums.get(name, 0) + value
    return [Curve(field_name(name), name, sums[name]) for name in sorted(sums)[:LINES_MAX]]


def field_name(text: str) -> str:
    """A name that Munin, SNMP and shells take, always the same for the same text: `tcp/23` is `tcp_23`.

    What would be the same for two texts, or too long, gets a check sum."""
    plain = _NO_NAME.sub("_", text)
    name = plain[:_NAME_MOST].strip("_") if plain[:1].isalpha() else f"_{plain[:_NAME_MOST]}".rstrip("_")
    if NAME.fullmatch(name) and (text == name or _PORT.fullmatch(text)) and not _LIKE_A_SUM.search(name):
        return name
    return f"{name.rstrip('_') or '_'}_{zlib.crc32(text.encode('utf-8', 'backslashreplace')):08x}"
