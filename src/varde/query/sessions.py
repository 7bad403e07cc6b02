"""Sessions of a honeypot, put together from what became known of them in all tables."""

import json
from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import at_port
from varde.query.engine import Engine, Window
from varde.query.honeypot import Row, plain

_TABLES = ("sessions", "logins", "tunnels", "payloads", "commands", "downloads")
_COUNTS: dict[str, Callable[[ir.Table], ir.Value]] = {
    "logins": lambda t: t.count(), "accepted": lambda t: t.success.sum(), "commands": lambda t: (t.outcome == "typed").sum(),
    "tunnels": lambda t: t.count(), "downloads": lambda t: t.count(),
}  # fmt: skip
_COUNT_OF = {"logins": "logins", "accepted": "logins", "commands": "commands", "tunnels": "tunnels", "downloads": "downloads"}

EVENTS_MAX = 2000
"""Events of one session, or of one source, that are told: more are counted."""

RECORDINGS_MAX = 8
"""Recorded terminals of one session: a client may open several at once."""


def sessions(engine: Engine, window: Window, *, limit: int = 50, user: str | None = None, accepted: bool = False) -> list[Row]:
    """Sessions that did something in the window, newest first: session, sensor, src_addr, first, last, duration in seconds,
    version, hassh, terminal, recording, logins, accepted, commands, tunnels, downloads. `user`: only those that tried this name. `accepted`: only those that
    were let in."""

    def question(_: ir.Table) -> list[Row]:
        parts = {name: engine.records(window, name) for name in _TABLES}
        whole = _together(parts)
        if user is not None:
            tried = parts["logins"].filter(parts["logins"].user == user).select("sensor", "session").distinct()
            whole = whole.semi_join(tried, ("sensor", "session"))
        if accepted:
            whole = whole.filter(whole.accepted > 0)
        return engine.execute(whole.order_by(ibis.desc("first"), "sensor", "session").limit(limit))

    rows = [plain(row) for row in engine.ask(window, question, "sessions")]
    return [row | {"duration": None if row["duration"] is None else row["duration"] / 1e6} for row in rows]


def _together(parts: dict[str, ir.Table]) -> ir.Table:
    keys = ("sensor", "session")
    seen = [t.filter(t.session.notnull()).select("sensor", "session", "time", "src_addr", "src_cc", "src_as", "service") for t in parts.values()]
    base = ibis.union(*seen).group_by(*keys).aggregate(
        first=ibis._.time.min(), last=ibis._.time.max(), src_addr=ibis._.src_addr.max(), src_cc=ibis._.src_cc.max(),
        src_as=ibis._.src_as.max(), service=ibis._.service.max(),
    )  # fmt: skip
    facts = parts["sessions"].group_by(*keys).aggregate(
        version=ibis._.version.max(), hassh=ibis._.hassh.max(), duration=ibis._.duration.max(), recording=ibis._.recording.max(),
        terminal=ibis._.terminal.max(),
    )
    whole = base.left_join(facts, keys).drop("sensor_right", "session_right")
    for name, count in _COUNTS.items():
        table = parts[_COUNT_OF[name]]
        counted = table.group_by(*keys).aggregate(**{name: count(table)})
        whole = whole.left_join(counted, keys).drop("sensor_right", "session_right")
        whole = whole.mutate(**{name: whole[name].fill_null(0)})
    return whole


def recordings(engine: Engine, window: Window, session: str) -> list[Row]:
    """Recorded terminals of a session in order of time: time, sensor, recording (the path that the log names)."""
    def question(t: ir.Table) -> list[Row]:
        mine = t.filter(t.session == session, t.recording.notnull())
        return engine.execute(mine.order_by("time", "recording").select("time", "sensor", "recording").limit(RECORDINGS_MAX))

    return [plain(row) for row in engine.ask(window, question, "sessions")]


def storyboard(engine: Engine, window: Window, session: str | None = None) -> list[Row]:
    """What happened, in order of time: [{time, kind, session, sensor, src_addr, service, text}, ...]. Of one session, or of all in
    the window, with mails and captures, which have none. `accepted` of logins: whether it was let in; `example` of payloads: the
    name by which `payload` finds it."""
    events: list[Row] = []
    for name in _TABLES if session is not None else (*_TABLES, "mails", "captures"):
        events += [_told(name, row) for row in engine.ask(window, lambda t: _rows(engine, t, session), name)]
    return sorted(events, key=lambda row: (row["time"], row["kind"]))[:EVENTS_MAX]


def _rows(engine: Engine, table: ir.Table, session: str | None) -> list[Row]:
    if session is not None:
        table = table.filter(table.session == session)
    return [plain(row) for row in engine.execute(table.order_by("time", "source", "offset").limit(EVENTS_MAX))]


def _told(table: str, row: Row) -> Row:
    kind = row["event"] if table == "sessions" else table.removesuffix("s")
    about = {key: row.get(key) for key in ("time", "session", "sensor", "src_addr", "service")}
    more: Row = {}
    if table == "logins":
        more = {"accepted": row["success"] == 1}
    elif table == "payloads":
        more = {"example": f"{row['offset']}:{row['source']}"}
    return about | {"kind": kind, "text": _TEXT[table](row)} | more


def _session_text(row: Row) -> str:
    said = (row["version"], row["hassh"], row["terminal"], row["variable"], row["recording"])
    lasted = f"{row['duration'] / 1e6:.1f} s" if row["duration"] is not None else None
    return next((str(value) for value in (*said, lasted) if value), "")


def _payload_text(row: Row) -> str:
    to = at_port(row["target"], row["target_port"]) if row["target"] else ""
    if row["method"]:
        return f"{row['method']} {row['host'] or to}{row['path'] or ''}"
    if row["ehlo"]:
        return f"EHLO {row['ehlo']} to {to}"
    if row["sni"]:
        return f"TLS {row['sni']} to {to}"
    fingerprint = row["ja4"] or row["ja4h"]
    return f"{fingerprint or row['form'] or 'payload'} to {to}"


_TEXT: dict[str, Any] = {
    "sessions": _session_text,
    "logins": lambda row: f"{row['user']} / {row['password']} {'accepted' if row['success'] else 'refused'}",
    "tunnels": lambda row: at_port(row["target"] or "?", row["target_port"]),
    "payloads": _payload_text,
    "commands": lambda row: row["input"],
    "mails": lambda row: f"{row['mails'] or 0} mails to {row['recipients'] or 0} recipients from {row['sender'] or '?'}",
    "captures": lambda row: f"port {row['dst_port']}: {row['known'] or row['form']}, {row['length']} octets",
    "downloads": lambda row: " ".join(str(row[key]) for key in ("direction", "url", "name", "sha256") if row[key]),
}


def headers(row: Row) -> list[tuple[str, str]]:
    """The HTTP headers of a payload's row, in order."""
    return [(str(name), str(value)) for name, value in json.loads(row["headers"] or "[]")]
