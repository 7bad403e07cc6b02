"""OpenCanary's log: a JSON object a line, in its file, over TCP, or carried by syslog.

    {"dst_host": "192.0.2.10", "dst_port": 22, "local_time": "2026-11-21 13:13:43.225079", "logdata": {"PASSWORD": "daniel",
    "USERNAME": "root", ...}, "logtype": 4002, "node_id": "canary-1", "src_host": "198.51.100.7", "src_port": 60831}

Source: thinkst/opencanary, opencanary/logger.py (the numbers of `logtype`; both its times are UTC) and opencanary/modules.
It refuses every login."""

from dataclasses import dataclass

from varde.decode.honeypot._dialect import Dialect, Found
from varde.decode.honeypot._objects import Event, found, part, word
from varde.decode.lines import Lines


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a `logtype` tells: the events, the service, and how to make their columns of `logdata`."""

    events: tuple[str, ...]
    service: str
    columns: tuple[tuple[str, str], ...] = ()
    says: tuple[tuple[str, str], ...] = ()


_NAMES = (("user", "USERNAME"), ("password", "PASSWORD"))
_WEB = (("host", "HOSTNAME"), ("path", "PATH"), ("agent", "USERAGENT"))
_UNSAID = "<not supplied>"  # what modules/http.py writes for a missing field

_KINDS = {
    2000: _Kind(("login",), "ftp", _NAMES),
    3000: _Kind(("payload",), "http", _WEB, (("method", "GET"),)),
    3001: _Kind(("login", "payload"), "http", (*_NAMES, *_WEB), (("method", "POST"),)),
    4000: _Kind(("connect",), "ssh"),
    4001: _Kind(("version",), "ssh", (("version", "REMOTEVERSION"),)),
    4002: _Kind(("login",), "ssh", _NAMES),
    6001: _Kind(("login",), "telnet", _NAMES),
    6002: _Kind(("connect",), "telnet"),
    7001: _Kind(("login",), "httpproxy", _NAMES),
    8001: _Kind(("login",), "mysql", _NAMES),
    9001: _Kind(("login",), "mssql", (("user", "UserName"), ("password", "Password"))),
    9002: _Kind(("login",), "mssql", _NAMES),
    12001: _Kind(("login",), "vnc", (("password", "VNC Password"),)),
    17001: _Kind(("command",), "redis", (), (("outcome", "typed"),)),
    18001: _Kind(("connect",), "tcp"),
    18002: _Kind(("connect",), "tcp"),
}
"""By `logtype`; others (a port scan, a file opened, the program's own messages) tell nothing that a table has a column for."""


def _read(lines: Lines) -> Found:
    return found(lines, _events)


def _events(line: dict[str, object]) -> list[Event] | None:
    if "logtype" not in line or "logdata" not in line:
        return None
    number = line["logtype"]
    kind = _KINDS.get(number) if isinstance(number, int) else None
    if kind is None:
        return []
    said = part(line["logdata"])
    columns = {name: _said(said.get(key)) for name, key in kind.columns}
    common = _common(line) | {"service": kind.service} | columns | dict(kind.says)
    if "command" in kind.events:
        common["input"] = f"{word(said.get('CMD')) or ''} {word(said.get('ARGS')) or ''}".strip()
    return [common | {"event": event} | ({"success": "0"} if event == "login" else {}) for event in kind.events]


def _common(line: dict[str, object]) -> Event:
    stamp = word(line.get("utc_time")) or word(line.get("local_time"))
    ends = (("src", "src_host"), ("src_port", "src_port"), ("dst", "dst_host"), ("dst_port", "dst_port"))
    peers = {name: _end(line.get(key)) for name, key in ends}
    # only `SSH_NEW_CONNECTION` has a number of its own
    session = f"{peers['src']}:{peers['src_port']}"
    return {"stamp": f"{stamp}Z" if stamp else None, "kind": "iso", "session": session} | peers


def _end(value: object) -> str | None:
    """Where there is no peer, the logger writes an empty text and -1."""
    text = word(value)
    return text if text not in ("", "-1") else None


def _said(value: object) -> str | None:
    text = word(value)
    return text if text != _UNSAID else None


_PIVOTS = ('"logdata":',)

OPENCANARY = Dialect(
    "opencanary", "OpenCanary", _PIVOTS, _read, dict.fromkeys(("commands", "logins", "payloads", "sessions"), _PIVOTS),
    fix='write its log to a file: "logger" with handler "logging.FileHandler" in opencanary.conf.',
)  # fmt: skip
