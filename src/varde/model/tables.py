"""Tables and their columns: each field is defined here once, and schema, JSON keys and manual are derived from it."""

from dataclasses import dataclass

TYPES = ("time", "address", "integer", "text", "day")
"""time: microseconds since 1970 UTC. address: 16 octets, network order, IPv4 as ::ffff:a.b.c.d. day: UTC date."""


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
        _DIALECT,
        Field("raw", "text", "The line as it was read, at most 8 KiB."),
        _SOURCE, _FILE, _OFFSET,
        Field("day", "day", "UTC day of `time`; the table is partitioned by it."),
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

TABLES = {table.name: table for table in (PROBES, REJECTS, COUNTERS)}
