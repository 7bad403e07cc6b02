"""What records may be chosen by: one row a key. Switches, the filter language, its sentences and the manual are made of it."""

from dataclasses import dataclass

END, SET, COUNTRY, SYSTEM, PROTO, NUMBER, PORT, FLAGS, TEXT, WAY, TIME, SECONDS = (
    "end", "set", "country", "system", "proto", "number", "port", "flags", "text", "way", "time", "seconds",
)  # fmt: skip

OF_FILE = ", or a file of a set"
"""What ends of flows may be where files can be read."""

VALUES = {
    END: f"an address, a network, a country such as DE, AS3301, home{OF_FILE}",
    SET: "a file: SiLK's .set, or text",
    COUNTRY: "codes such as de,no; -- is home",
    SYSTEM: "numbers of autonomous systems, as 3301 or AS3301",
    PROTO: "numbers, ranges or names, as 6,17, 0-255 or tcp",
    NUMBER: "numbers or ranges, as 22, 1-1024, 1M-; k, M and G are thousands",
    PORT: "numbers, ranges or services, as 22,80,8000-8100 or ssh",
    FLAGS: "letters of FSRPAUEC, high over mask, as S/SA",
    TEXT: "words, separated by commas",
    WAY: "in, inweb, out, outweb, int2int, ext2ext or all; inbound, outbound, internal, transit",
    TIME: "2009/02/13T12 or 2009/02/13:12:00:00-2009/02/13:12:59:59.999, UTC",
    SECONDS: "numbers or ranges, as 10-60; 5m and 2h too",
}
"""Kinds of keys, and what values of each look like."""

EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST, HAS = "=", "!=", "<", "<=", ">", ">=", "~"

SIGNS = {
    EQUAL: "is", UNEQUAL: "is not", LESS: "is below", AT_MOST: "is at most", MORE: "is over", AT_LEAST: "is at least", HAS: "has",
}  # fmt: skip
"""Signs of the filter language, as a sentence says them."""

_ORDERED = (EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST)
SIGNS_OF = dict.fromkeys(VALUES, (EQUAL, UNEQUAL)) | dict.fromkeys((NUMBER, PORT, SECONDS, TIME), _ORDERED) | {TEXT: (EQUAL, UNEQUAL, HAS)}
"""Which signs a kind of key may have."""

SPELLINGS = {
    "=": EQUAL, "==": EQUAL, "is": EQUAL, "in": EQUAL, "from": EQUAL, "to": EQUAL, "!=": UNEQUAL, "<>": UNEQUAL, "<": LESS, "<=": AT_MOST, ">": MORE,
    ">=": AT_LEAST, "~": HAS, "has": HAS, "contains": HAS, "over": MORE, "under": LESS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """Something to choose records by."""

    name: str
    "Its word in the filter language."
    kind: str
    "A word of VALUES."
    columns: tuple[str, ...]
    "Columns of which any may fit."
    meaning: str
    "What a sentence calls it."
    words: tuple[str, ...] = ()
    "Other words for it in the language."
    switches: tuple[str, ...] = ()
    "Switches of the command line, without their dashes; the first is the main one."
    refusing: tuple[str, ...] = ()
    "Switches that ask for the opposite."


def _address(name: str, columns: tuple[str, ...], meaning: str, words: tuple[str, ...], switches: tuple[str, ...]) -> Key:
    return Key(name, END, columns, meaning, words, switches, tuple(f"not-{switch}" for switch in switches))


_BOTH = ("src_addr", "dst_addr")

KEYS = (
    _address("src", ("src_addr",), "the source", ("sip", "source", "saddress", "src_addr"), ("saddress", "sip", "scidr")),
    _address("dst", ("dst_addr",), "the destination", ("dip", "destination", "daddress", "dst_addr"), ("daddress", "dip", "dcidr")),
    _address("any", _BOTH, "either end", ("host", "address", "ip", "net"), ("any-address", "any-cidr")),
    _address("nexthop", ("next_hop",), "the next router", ("nhip", "next_hop"), ("next-hop-id", "nhip")),
    _address("exporter", ("exporter",), "the exporter", (), ("exporter",)),
    Key("sipset", SET, ("src_addr",), "the source", ("srcset",), ("sipset",), ("not-sipset",)),
    Key("dipset", SET, ("dst_addr",), "the destination", ("dstset",), ("dipset",), ("not-dipset",)),
    Key("anyset", SET, _BOTH, "either end", ("set",), ("anyset",), ("not-anyset",)),
    Key("nhipset", SET, ("next_hop",), "the next router", (), ("nhipset",), ("not-nhipset",)),
    Key("scc", COUNTRY, ("src_cc",), "the source's country", ("src_cc",), ("scc",)),
    Key("dcc", COUNTRY, ("dst_cc",), "the destination's country", ("dst_cc",), ("dcc",)),
    Key("country", COUNTRY, ("src_cc", "dst_cc"), "the country of either end", ("cc",), ("country", "any-cc")),
    Key("sas", SYSTEM, ("src_as",), "the source's autonomous system", ("src_as",), ("sas",)),
    Key("das", SYSTEM, ("dst_as",), "the destination's autonomous system", ("dst_as",), ("das",)),
    Key("as", SYSTEM, ("src_as", "dst_as"), "the autonomous system of either end", ("asn",), ("as",)),
    Key("proto", PROTO, ("proto",), "the protocol", ("protocol", "pro"), ("proto", "protocol")),
    Key("sport", PORT, ("src_port",), "the source port", ("src_port",), ("sport",)),
    Key("dport", PORT, ("dst_port",), "the destination port", ("dst_port",), ("dport",)),
    Key("port", PORT, ("src_port", "dst_port"), "either port", ("aport",), ("aport",)),
    Key("octets", NUMBER, ("octets",), "the number of octets", ("bytes",), ("bytes", "octets")),
    Key("packets", NUMBER, ("packets",), "the number of packets", ("pkts",), ("packets",)),
    Key("bpp", NUMBER, ("bpp",), "the number of octets a packet", (), ("bytes-per-packet",)),
    Key("flags", FLAGS, ("tcp_flags",), "the TCP flags", ("tcp_flags",), ("flags-all",)),
    Key("initial", FLAGS, ("initial_flags",), "the first packet's TCP flags", ("initial_flags",), ("flags-initial",)),
    Key("icmptype", NUMBER, ("icmp_type",), "the ICMP type", ("icmp_type",), ("icmp-type",)),
    Key("icmpcode", NUMBER, ("icmp_code",), "the ICMP code", ("icmp_code",), ("icmp-code",)),
    Key("in_if", NUMBER, ("in_if",), "the interface it came in by", ("input",), ("input-index",)),
    Key("out_if", NUMBER, ("out_if",), "the interface it left by", ("output",), ("output-index",)),
    Key("vlan", NUMBER, ("vlan",), "the VLAN", (), ("vlan",)),
    Key("sensor", TEXT, ("sensor",), "the sensor", ("sensors",), ("sensors",)),
    Key("direction", WAY, ("direction",), "the direction", ("type", "way"), ("type",)),
    Key("duration", SECONDS, ("duration",), "the duration", ("dur",), ("duration",)),
    Key("stime", TIME, ("time",), "the beginning", ("time", "start"), ("stime", "stime-window")),
    Key("etime", TIME, ("end_time",), "the end", ("end", "end_time"), ("etime", "etime-window")),
    Key("action", TEXT, ("action",), "what was done with it", (), ("action",)),
    Key("user", TEXT, ("user",), "the user name", (), ("user",)),
    Key("password", TEXT, ("password",), "the password", (), ("password",)),
    Key("service", TEXT, ("service",), "the service", (), ("service",)),
    Key("target", TEXT, ("target",), "the target", (), ("target",)),
    Key("name", TEXT, ("name",), "the name", (), ("name",)),
)  # fmt: skip
"""In the order in which the manual has them."""

COMPUTED = {"bpp": ("octets", "packets"), "initial_flags": ("other",), "duration": ("time", "end_time")}
"""Columns that are not stored, and what they are made of."""

BY_WORD = {word: key for key in KEYS for word in (key.name, *key.words)}
"""Keys by all their words in the language."""
