"""Tables and their columns: each field is defined here once, and schema, JSON keys and manual are derived from it."""

from dataclasses import dataclass

TYPES = ("time", "address", "integer", "text", "octets", "day")
"""time: microseconds since 1970 UTC. address: 16 octets, network order, IPv4 as ::ffff:a.b.c.d. octets: bytes as they
came. day: UTC date."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, a word of TYPES, one sentence, its unit, and the IPFIX elements it corresponds to."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    elements: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"field {self.name}: unknown type {self.type}")


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of record: its name, one sentence, and its columns in order."""

    name: str
    meaning: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


_TIME = Field("time", "time", "Start of what is described.", "us since 1970 UTC", (152,))
_RECEIVED = Field("received", "time", "When Varde read or received it.", "us since 1970 UTC")
_SENSOR = Field("sensor", "text", "Who observed it: named in the configuration, from the socket or file, never from content.")
_SOURCE = Field("source", "text", "Identity of the file or socket it came from; takes an import back.")
_FILE = Field("file", "text", "Path of the file, or the listener.")
_OFFSET = Field("offset", "integer", "Where its line begins in the uncompressed text.", "octets")
_DIALECT = Field("dialect", "text", "The format its line was read as.")

_ENDPOINTS = (
    Field("src_addr", "address", "Source address.", "", (8, 27)),
    Field("src_port", "integer", "Source port; null for protocols without ports.", "", (7,)),
    Field("dst_addr", "address", "Destination address; null where the line names none.", "", (12, 28)),
    Field("dst_port", "integer", "Destination port; null for protocols without ports.", "", (11,)),
    Field("proto", "integer", "IP protocol number.", "", (4,)),
    Field("src_cc", "text", "Country of the source: ISO 3166 alpha-2, -- for home, null for unknown."),
    Field("src_as", "integer", "Autonomous system of the source.", "", (16,)),
    Field("dst_cc", "text", "Country of the destination: ISO 3166 alpha-2, -- for home, null for unknown."),
    Field("dst_as", "integer", "Autonomous system of the destination.", "", (17,)),
    Field("src_net", "address", "Network of the source: /24 of IPv4, /64 of IPv6."),
    Field("dst_net", "address", "Network of the destination: /24 of IPv4, /64 of IPv6."),
)

_RAW = Field("raw", "text", "The line as it was read, at most 8 KiB.")
_DAY = Field("day", "day", "UTC day of `time`; the table is partitioned by it.")
_FROM_TEXT = (_DIALECT, _RAW, _SOURCE, _FILE, _OFFSET, _DAY)
_SESSION = Field("session", "text", "The sensor's own name of the connection; unique within a sensor.")
_SERVICE = Field("service", "text", "What was spoken to the sensor: ssh, telnet, smtp, http and so on.")

_TARGET = (
    Field("target", "text", "Where the visitor asked to be connected to: an address or a host name, as asked."),
    Field("target_addr", "address", "The target's address, where it is one."),
    Field("target_port", "integer", "The target's port."),
    Field("target_cc", "text", "Country of the target's address: ISO 3166 alpha-2, -- for home, null for unknown."),
    Field("target_as", "integer", "Autonomous system of the target's address."),
)

PROBES = Table(
    "probes",
    "A packet that a firewall logged.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("action", "text", "What was done with it: block, reject, allow, audit or unknown."),
        Field("tcp_flags", "integer", "TCP control bits.", "", (6,)),
        Field("icmp_type", "integer", "ICMP type.", "", (176, 178)),
        Field("icmp_code", "integer", "ICMP code.", "", (177, 179)),
        Field("length", "integer", "Length of the packet as the line gives it.", "octets", (224,)),
        Field("ttl", "integer", "Time to live or hop limit.", "", (192,)),
        Field("ip_id", "integer", "IPv4 identification.", "", (54,)),
        Field("tcp_window", "integer", "TCP window.", "", (186,)),
        Field("tcp_seq", "integer", "TCP sequence number.", "", (184,)),
        Field("in_if", "text", "Interface it came in by.", "", (10, 82)),
        Field("out_if", "text", "Interface it would leave by.", "", (14,)),
        Field("src_mac", "text", "Link-layer source address.", "", (56,)),
        Field("rule", "text", "Log prefix, rule name or rule number."),
        Field("chain", "text", "Chain, zone pair or direction."),
        Field("nat_src_addr", "address", "Source address after translation.", "", (225, 281)),
        Field("nat_src_port", "integer", "Source port after translation.", "", (227,)),
        Field("nat_dst_addr", "address", "Destination address after translation.", "", (226, 282)),
        Field("nat_dst_port", "integer", "Destination port after translation.", "", (228,)),
        Field("hostname", "text", "Host the line says it came from; claimed, not observed."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

LOGINS = Table(
    "logins",
    "An attempt to log in to a honeypot.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE,
        Field("user", "text", "The name that was tried, unescaped; octets that are not UTF-8 stay escaped."),
        Field("password", "text", "The password that was tried, unescaped; octets that are not UTF-8 stay escaped."),
        Field("success", "integer", "1 where the honeypot let it in, else 0."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

TUNNELS = Table(
    "tunnels",
    "A request to a honeypot to connect on to somewhere else.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE, *_TARGET,
        Field("claimed_src", "text", "The originator as the visitor names it; claimed, not observed."),
        Field("claimed_src_port", "integer", "The originator's port as the visitor names it; claimed, not observed."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

PAYLOADS = Table(
    "payloads",
    "What a visitor sent through a tunnel, or to a service that keeps it.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE, *_TARGET,
        Field("tunnel", "integer", "Number of the tunnel within the session."),
        Field("form", "text", "What it is: http, tls, smtp, ssh, or unknown."),
        Field("length", "integer", "How much was sent, as far as the sensor kept it.", "octets"),
        Field("data", "octets", "The octets themselves, at most 8 KiB."),
        Field("ehlo", "text", "Name that the client gave itself in SMTP."),
        Field("method", "text", "HTTP method."),
        Field("host", "text", "HTTP host."),
        Field("path", "text", "HTTP request target."),
        Field("referer", "text", "HTTP referer."),
        Field("agent", "text", "HTTP user agent."),
        Field("cookie", "text", "HTTP cookie."),
        Field("headers", "text", "All HTTP headers in order, as a JSON list of [name, value]."),
        Field("sni", "text", "Server name in a TLS ClientHello."),
        Field("ja4", "text", "JA4 fingerprint of a TLS ClientHello."),
        Field("ja4h", "text", "JA4H fingerprint as the sensor logged it."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

SESSIONS = Table(
    "sessions",
    "Something that became known of a connection to a honeypot; rows of one session are put together when asked.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE,
        Field("event", "text", "What happened: connect, version, fingerprint, terminal, variable, recording or close."),
        Field("version", "text", "The client's version string."),
        Field("hassh", "text", "HASSH fingerprint of an SSH client."),
        Field("terminal", "text", "Size of the client's terminal: columns x lines."),
        Field("variable", "text", "An environment variable that the client set: NAME=value."),
        Field("recording", "text", "File of the session's recorded terminal."),
        Field("duration", "integer", "How long it lasted.", "us"),
        *_FROM_TEXT,
    ),
)  # fmt: skip

COMMANDS = Table(
    "commands",
    "A line that a visitor typed into a honeypot.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE,
        Field("input", "text", "The line, unescaped."),
        Field("outcome", "text", "typed; answer to a question of a program; or unknown: the honeypot has no such command."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

DOWNLOADS = Table(
    "downloads",
    "A file that a visitor brought into a honeypot, by download or by upload.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE,
        Field("direction", "text", "download (the honeypot fetched it), upload (the visitor sent it), or failed."),
        Field("url", "text", "Where it came from."),
        Field("name", "text", "Name that the visitor gave it."),
        Field("sha256", "text", "SHA-256 of its contents, hexadecimal."),
        Field("kept", "text", "Where the honeypot keeps it."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

MAILS = Table(
    "mails",
    "What a visitor did in one connection to a simulated service: mails above all.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED, _SESSION, _SERVICE,
        Field("mails", "integer", "Mails delivered in the connection.", "mails"),
        Field("recipients", "integer", "Recipients of all of them.", "recipients"),
        Field("length", "integer", "Size of all of them.", "octets"),
        Field("ehlo", "text", "Name that the client gave itself."),
        Field("sender", "text", "First envelope sender."),
        Field("auth", "text", "Authentication method that the client used."),
        Field("credentials", "text", "Credentials that the client gave."),
        Field("tls", "integer", "1 where the connection was encrypted, else 0."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

CAPTURES = Table(
    "captures",
    "What a stranger sent to a port that listens and does not answer.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("end_time", "time", "When the connection ended.", "us since 1970 UTC", (153,)),
        Field("tls", "integer", "1 where it was sent inside TLS, else 0."),
        Field("length", "integer", "How much was sent, kept or not.", "octets"),
        Field("data", "octets", "The octets themselves, as far as they were kept."),
        Field("sha256", "text", "SHA-256 of what was kept, hexadecimal."),
        Field("form", "text", "What it is: http, tls, smtp, ssh, or unknown."),
        Field("known", "text", "Name of the known payload it is."),
        Field("ended", "text", "Why it ended: closed, reset, timeout, full or stopped."),
        *_FROM_TEXT,
    ),
)  # fmt: skip

REJECTS = Table(
    "rejects",
    "Samples of lines that a format claimed but could not read.",
    (
        Field("time", "time", "When it was rejected.", "us since 1970 UTC"), _SENSOR, _DIALECT,
        Field("reason", "text", "Why, from a small closed set."),
        Field("sample", "text", "The first octets of the line, controls escaped."),
        _SOURCE, _FILE, _OFFSET,
        Field("day", "day", "UTC day of `time`; the table is partitioned by it."),
    ),
)  # fmt: skip

COUNTERS = Table(
    "counters",
    "What became of every line: how many, per source, format and outcome.",
    (
        Field("time", "time", "When the batch was committed.", "us since 1970 UTC"), _SENSOR, _DIALECT,
        Field("outcome", "text", "lines, records, ignored, or reject:REASON."),
        Field("count", "integer", "How many.", "lines"),
        _SOURCE, _FILE, _OFFSET,
        Field("day", "day", "UTC day of `time`; the table is partitioned by it."),
    ),
)  # fmt: skip

RECORDS = (PROBES, LOGINS, TUNNELS, PAYLOADS, SESSIONS, COMMANDS, DOWNLOADS, MAILS, CAPTURES)
"""Tables of what was observed."""

TABLES = {table.name: table for table in (*RECORDS, REJECTS, COUNTERS)}
