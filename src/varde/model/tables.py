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
    one: str = ""
    "What one record is called, for programs; the name without its s where it is not given."

    def __post_init__(self) -> None:
        object.__setattr__(self, "one", self.one or self.name.removesuffix("s"))

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
    Field("src_port", "integer", "Source port; null for protocols without ports.", "", (7, 180, 182)),
    Field("dst_addr", "address", "Destination address; null where the line names none.", "", (12, 28)),
    Field("dst_port", "integer", "Destination port; null for protocols without ports.", "", (11, 181, 183)),
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
_FROM_EXPORT = (_DIALECT, _SOURCE, _FILE, Field("offset", "integer", "Where its datagram or message begins in the file or stream.", "octets"), _DAY)
_OTHER = Field("other", "text", "Fields that have no column, as a JSON object by element number or enterprise.number, in hexadecimal.")
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

COLLECTOR = "flows"
"""The sensor that the lines of live flow exports are counted for; the flows themselves have the sensor of who exported them."""

FLOWS = Table(
    "flows",
    "Packets between two ends that a router or probe counted together.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("end_time", "time", "When its last packet was seen.", "us since 1970 UTC", (153,)),
        Field("exporter", "address", "Who exported it: the sender of the datagram, or the agent it names.", "", (130, 131)),
        Field("domain", "integer", "Observation domain, source id, or engine type and number.", "", (149,)),
        Field("packets", "integer", "Packets, as exported.", "packets", (2, 86, 298, 24)),
        Field("octets", "integer", "Octets of these packets, as exported; of the network layer where the exporter says that.", "octets", (1, 85, 231, 23, 352)),
        Field("sampling", "integer", "One packet of how many was looked at; null where nobody says.", "packets", (34, 305)),
        Field("packets_scaled", "integer", "Packets times sampling; as exported where nobody says.", "packets"),
        Field("octets_scaled", "integer", "Octets times sampling; as exported where nobody says.", "octets"),
        Field("rev_packets", "integer", "Packets of the other direction, where one record has both (RFC 5103).", "packets", (299,)),
        Field("rev_octets", "integer", "Octets of the other direction.", "octets", (232,)),
        Field("tcp_flags", "integer", "TCP control bits of all packets together.", "", (6,)),
        Field("rev_tcp_flags", "integer", "TCP control bits of the other direction."),
        Field("icmp_type", "integer", "ICMP type.", "", (176, 178)),
        Field("icmp_code", "integer", "ICMP code.", "", (177, 179)),
        Field("tos", "integer", "IPv4 type of service or IPv6 traffic class.", "", (5,)),
        Field("in_if", "integer", "Number of the interface it came in by.", "", (10,)),
        Field("out_if", "integer", "Number of the interface it left by.", "", (14,)),
        Field("in_if_name", "text", "That interface's name, from options data.", "", (82,)),
        Field("out_if_name", "text", "That interface's name, from options data."),
        Field("next_hop", "address", "The next router.", "", (15, 62)),
        Field("src_mask", "integer", "Prefix length of the route to the source.", "bits", (9, 29)),
        Field("dst_mask", "integer", "Prefix length of the route to the destination.", "bits", (13, 30)),
        Field("exporter_src_as", "integer", "Autonomous system of the source as the exporter says.", "", (16,)),
        Field("exporter_dst_as", "integer", "Autonomous system of the destination as the exporter says.", "", (17,)),
        Field("vlan", "integer", "VLAN it came in by.", "", (58, 243)),
        Field("vrf", "text", "Name of its VRF, from options data, else its number.", "", (234, 236)),
        Field("mpls", "text", "MPLS labels from the top, with / between.", "", (70, 71, 72, 73, 74, 75, 76, 77, 78, 79)),
        Field("src_mac", "text", "Link-layer source address.", "", (56,)),
        Field("dst_mac", "text", "Link-layer destination address.", "", (80,)),
        Field("observed", "text", "Where it was counted: ingress or egress.", "", (61,)),
        Field("end_reason", "integer", "Why the exporter ended it.", "", (136,)),
        Field("direction", "text", "inbound, outbound, internal or transit, by the own networks; null where none are known."),
        Field("initiator", "text", "Which end began it: src or dst; null where nothing tells."),
        Field("late", "integer", "1 where it waited for its template, else 0."),
        _OTHER, *_FROM_EXPORT,
    ),
)  # fmt: skip

NAT = Table(
    "nat",
    "A translation that a firewall or carrier made or ended: who had this port at that time.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("end_time", "time", "When it ended or was last seen; null where only one moment is told.", "us since 1970 UTC", (153,)),
        Field("exporter", "address", "Who exported it.", "", (130, 131)),
        Field("domain", "integer", "Observation domain, source id, or engine type and number.", "", (149,)),
        Field("event", "integer", "NAT event, by IANA's registry natEvent.", "", (230,)),
        Field("firewall_event", "integer", "Firewall event: 1 created, 2 deleted, 3 denied, 4 alert, 5 update.", "", (233,)),
        Field("nat_src_addr", "address", "Source address after translation.", "", (225, 281)),
        Field("nat_src_port", "integer", "Source port after translation.", "", (227,)),
        Field("nat_dst_addr", "address", "Destination address after translation.", "", (226, 282)),
        Field("nat_dst_port", "integer", "Destination port after translation.", "", (228,)),
        Field("first_port", "integer", "First port of a block of ports.", "", (361,)),
        Field("last_port", "integer", "Last port of a block of ports.", "", (362,)),
        _OTHER, *_FROM_EXPORT,
    ),
)  # fmt: skip

DNS = Table(
    "dns",
    "Something that a resolver, Zeek or Suricata found on a list: mostly a name that somebody asked for.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("name", "text", "The name that was asked for, without a last dot; null where none was."),
        Field("asked", "text", "The type of record that was asked for: A, AAAA, MX and so on."),
        Field("indicator", "text", "What was found: a name, an address, a network, a URL, a hash."),
        Field("seen", "text", "Where: QNAME, IP, CLIENT-IP, NSDNAME or NSIP (RPZ), DNS::IN_REQUEST, Conn::IN_RESP and so on (Zeek), alert (Suricata)."),
        Field("outcome", "text", "What was answered or done, in lower case: nxdomain, nodata, drop, tcp-only, local-data, passthru; seen; allowed, blocked."),
        Field("lists", "text", "What the program calls the lists that have it, separated by commas: policy zones, sources, a signature."),
        Field("community_id", "text", "Community ID of the flow it was seen in, as the program says, else of the ends."),
        *_FROM_TEXT,
    ),
    one="dns_hit",
)  # fmt: skip

WARNINGS = Table(
    "warnings",
    "Something listed as bad was touched, or a port was suddenly wanted by many; repeats of one host and list are one row each time they are told.",
    (
        _TIME, _SENSOR, *_ENDPOINTS, _RECEIVED,
        Field("end_time", "time", "When the last of what it stands for was seen.", "us since 1970 UTC"),
        Field("kind", "text", "flow, dns, login, scan or surge."),
        Field("name", "text", "The name that was asked for, in warnings of kind dns; of a scan its kind: vertical, diagonal, and so on; more where it stands for several."),
        Field("side", "text", "Which end is listed: src or dst; null of a surge and of a scan."),
        Field("direction", "text", "inbound, outbound, internal or transit; null where no own networks are known."),
        Field("lists", "text", "Lists that hold it, as JSON: [{source, id, name, url, first_seen}]."),
        Field("packets", "integer", "Packets of all it stands for; of a surge those that were refused since it began, of a scan those of all its sources.", "packets"),
        Field("octets", "integer", "Octets of all it stands for.", "octets"),
        Field("sampled", "integer", "1 where only some packets were looked at, else 0."),
        Field("one_way", "integer", "1 where no answer was seen, else 0."),
        Field("late", "integer", "1 where it waited for its template, else 0."),
        Field("retro", "integer", "1 where it was found in what was stored before it was listed, else 0."),
        Field("count", "integer", "How many records it stands for; 1 of a surge and of a scan, which are told when they begin, and when they grow or end.", "records"),
        Field("community_id", "text", "Community ID of the flow, version 1, seed 0."),
        Field("level", "text", "Of a surge: notice, alarm, or over. Of a scan: found, grown (tenfold), over, or more: the sum of those beyond what an hour has."),
        Field("networks", "integer", "Of a surge: how many different networks of sources it had, in its least likely window; when it is over, in all. Of a scan: how many sources.", "networks"),
        Field("reason", "text", "Of a surge: what was usual, and how unlikely so many are. Of a scan: who did what, how sure that is, and what to do."),
        Field("line", "text", "The warning as one line."),
        Field("day", "day", "UTC day of `time`; the table is partitioned by it."),
    ),
)  # fmt: skip

LOSSES = Table(
    "losses",
    "The loss ledger: what of an exporter's data came, and what did not, in a span of time.",
    (
        Field("time", "time", "Beginning of the span.", "us since 1970 UTC"),
        Field("end_time", "time", "End of the span.", "us since 1970 UTC"),
        _SENSOR,
        Field("exporter", "address", "Who exported."),
        Field("domain", "integer", "Observation domain, source id, or engine type and number."),
        Field("protocol", "text", "netflow1, netflow5, netflow7, netflow9, ipfix or sflow5."),
        Field("unit", "text", "What its sequence numbers count: flows, datagrams, records or samples; none where it has none."),
        Field("datagrams", "integer", "Datagrams that came.", "datagrams"),
        Field("flows", "integer", "Flows that came.", "flows"),
        Field("lost", "integer", "Missing by sequence number, after those that came late.", "units"),
        Field("reordered", "integer", "Came later than their successors.", "units"),
        Field("duplicated", "integer", "Came again.", "units"),
        Field("dropped", "integer", "Dropped by this machine's kernel before Varde saw them; null where it cannot be told.", "datagrams"),
        Field("undecodable", "integer", "Could not be read.", "datagrams"),
        Field("unknown_template", "integer", "Sets whose template never came.", "sets"),
        Field("late", "integer", "Flows that waited for their template.", "flows"),
        Field("restarts", "integer", "Times that the exporter began anew."),
        _SOURCE, _FILE, Field("offset", "integer", "Where the last of its datagrams begins in the file or stream.", "octets"),
        Field("day", "day", "UTC day of `time`; the table is partitioned by it."),
    ),
)  # fmt: skip

READINGS = Table(
    "readings",
    "A number that another program's SNMP agent told: amavisd's counters, its processes, the queues behind it.",
    (
        Field("time", "time", "When it was read.", "us since 1970 UTC"), _SENSOR, _RECEIVED,
        Field("name", "text", "What its MIB calls it."),
        Field("kind", "text", "counter, which only grows, or gauge."),
        Field("value", "integer", "The number."),
        Field("grown", "integer", "By how much a counter grew since it was read before, restarts and wraps told apart; null the first time, and for gauges."),
        _SOURCE, Field("file", "text", "The agent that was asked."), Field("offset", "integer", "Null: an agent has no lines."),
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

RECORDS = (PROBES, LOGINS, TUNNELS, PAYLOADS, SESSIONS, COMMANDS, DOWNLOADS, MAILS, CAPTURES, FLOWS, NAT, DNS)
"""Tables of what was observed."""

TABLES = {table.name: table for table in (*RECORDS, WARNINGS, LOSSES, READINGS, REJECTS, COUNTERS)}
