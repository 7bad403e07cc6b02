"""Dionaea's JSON: [log_json], an object for each connection when it ends, and [log_incident], one for each thing that happens.

    {"connection": {"protocol": "mssqld", "transport": "tcp", "type": "accept"}, "credentials": [{"password": "", "username": "sa"}],
     "dst_ip": "192.0.2.10", "dst_port": 1433, "src_hostname": "", "src_ip": "198.51.100.7", "src_port": 40211, "timestamp": "..."}
    {"timestamp": "...", "name": "dionaea", "origin": "dionaea.modules.python.ftp.login", "data": {"username": "anonymous", ...}}

Source: DinoTools/dionaea, modules/python/dionaea/log_json.py and log_incident.py; its times are UTC. It does not say whether
it let a login in."""

from varde.decode.honeypot._dialect import Dialect, Found
from varde.decode.honeypot._objects import Event, found, part, word
from varde.decode.lines import Lines

_SERVICES = {
    "httpd": "http", "smbd": "smb", "mysqld": "mysql", "mssqld": "mssql", "ftpd": "ftp", "epmapper": "epmapper", "SipSession": "sip",
    "SipCall": "sip", "TftpServerHandler": "tftp", "mqttd": "mqtt", "pptpd": "pptp", "upnpd": "upnp", "memcached": "memcached",
}  # fmt: skip
_PROTOCOLS = {"udp": "17"}  # tls is TCP

_INCOMING = ("accept", "reject")
"""Types of connections that a visitor made; `connect` is one that Dionaea made, `listen` none."""

_LOGIN, _COMMAND = ".login", "dionaea.modules.python.ftp.command"
_DOWNLOADS = {"dionaea.download.complete.unique": "download", "dionaea.download.complete.again": "download"}
_EVENTS = {
    "dionaea.connection.tcp.accept": "connect", "dionaea.connection.tls.accept": "connect", "dionaea.connection.tcp.reject": "connect",
    "dionaea.connection.free": "close",
}  # fmt: skip
_MODULES = "dionaea.modules.python."


def _read(lines: Lines) -> Found:
    return found(lines, _events)


def _events(line: dict[str, object]) -> list[Event] | None:
    if line.get("name") == "dionaea" and "origin" in line:
        return _incident(line)
    if "connection" in line and "src_ip" in line and "dst_ip" in line:
        return _connection(line)
    return None


def _connection(line: dict[str, object]) -> list[Event]:
    """An ended connection, with all that was tried in it."""
    connection = part(line["connection"])
    if connection.get("type") not in _INCOMING:
        return []
    ends = {"src": "src_ip", "src_port": "src_port", "dst": "dst_ip", "dst_port": "dst_port"}
    peers = {name: word(line.get(key)) for name, key in ends.items()}
    common = _common(line, connection) | peers | {"session": f"{peers['src']}:{peers['src_port']}"}
    logins = [common | {"event": "login", "user": user, "password": password} for user, password in _pairs(line.get("credentials"), "username", "password")]
    commands = _pairs(part(line.get("ftp")).get("commands"), "command", "arguments")
    typed = [common | {"event": "command", "outcome": "typed", "input": f"{name or ''} {rest or ''}".strip()} for name, rest in commands]
    return [common | {"event": "connect"}, *logins, *typed]


def _incident(line: dict[str, object]) -> list[Event]:
    origin, data = word(line["origin"]) or "", part(line.get("data"))
    connection = part(data.get("connection"))
    event = _columns(origin, data)
    if event is None or not connection:
        return []
    ends = {"src": "remote_ip", "src_port": "remote_port", "dst": "local_ip", "dst_port": "local_port"}
    peers = {name: word(connection.get(key)) for name, key in ends.items()}
    # its number is an address in memory, which another connection may have later
    return [_common(line, connection) | peers | {"session": f"{peers['src']}:{peers['src_port']}"} | event]


def _columns(origin: str, data: dict[str, object]) -> Event | None:
    if origin in _EVENTS:
        return {"event": _EVENTS[origin]}
    if origin in _DOWNLOADS:
        return {"event": "file", "direction": _DOWNLOADS[origin], "url": word(data.get("url")), "kept": word(data.get("file"))}
    if origin.startswith(_MODULES) and origin.endswith(_LOGIN):
        return {"event": "login", "user": word(data.get("username")), "password": word(data.get("password"))}
    if origin == _COMMAND:
        return {"event": "command", "outcome": "typed", "input": f"{word(data.get('command')) or ''} {word(data.get('arguments')) or ''}".strip()}
    return None


def _common(line: dict[str, object], connection: dict[str, object]) -> Event:
    stamp, protocol = word(line.get("timestamp")), word(connection.get("protocol")) or ""
    utc = f"{stamp}Z" if stamp and not stamp.endswith("Z") else stamp
    return {"stamp": utc, "kind": "iso", "service": _SERVICES.get(protocol, protocol or None), "proto": _PROTOCOLS.get(str(connection.get("transport")))}


def _pairs(value: object, first: str, second: str) -> list[tuple[str | None, str | None]]:
    """Pairs of a list of objects, or of an object of lists (`flat_data`)."""
    if isinstance(value, list):
        return [(word(part(one).get(first)), word(part(one).get(second))) for one in value]
    ones, twos = (part(value).get(name) for name in (first, second))
    if not isinstance(ones, list) or not isinstance(twos, list):
        return []
    return [(word(one), word(two)) for one, two in zip(ones, twos, strict=False)]


_PIVOTS = ('"name": "dionaea"', '"name":"dionaea"', '"src_hostname":')

DIONAEA = Dialect(
    "dionaea", "Dionaea, JSON", _PIVOTS, _read, dict.fromkeys(("commands", "downloads", "logins", "sessions"), _PIVOTS),
    fix="enable the ihandler log_json (services/ihandlers-enabled/log_json.yaml) with a file: its SQLite database is not read.",
)  # fmt: skip
