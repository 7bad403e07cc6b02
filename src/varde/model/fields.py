"""What of a flow is shown, grouped and counted, with the names, numbers and widths of SiLK's tools."""

from dataclasses import dataclass

ADDRESS, INTEGER, FLAG_LETTERS, MOMENT, SECONDS, WORD, CODE = "address", "integer", "flags", "moment", "seconds", "word", "code"
"""How a field is written."""

ADDRESS_WIDTH = {"ignore": 15, "other": 39}
"""Characters of an address by what --ipv6-policy says."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field: its title, its width, how it is written, and the column it is of."""

    title: str
    width: int
    form: str
    column: str
    meaning: str
    number: int | None = None
    "By which rwcut and its kin know it too."
    words: tuple[str, ...] = ()
    "Other names of it."

    @property
    def name(self) -> str:
        """Its first name, in lower case."""
        return self.words[0] if self.words else self.title.lower()


FIELDS = (
    Shown("sIP", 39, ADDRESS, "src_addr", "Source address.", 1, ("sip", "src", "src_addr")),
    Shown("dIP", 39, ADDRESS, "dst_addr", "Destination address.", 2, ("dip", "dst", "dst_addr")),
    Shown("sPort", 5, INTEGER, "sport", "Source port; 0 for protocols without ports.", 3, ("sport", "src_port")),
    Shown("dPort", 5, INTEGER, "dport", "Destination port; of ICMP its type times 256, and its code.", 4, ("dport", "dst_port")),
    Shown("pro", 3, INTEGER, "proto", "Protocol number.", 5, ("protocol", "proto", "pro")),
    Shown("packets", 10, INTEGER, "packets", "Packets, as exported.", 6, ("packets", "pkts")),
    Shown("bytes", 10, INTEGER, "octets", "Octets, as exported.", 7, ("bytes", "octets")),
    Shown("flags", 8, FLAG_LETTERS, "tcp_flags", "TCP flags of all packets.", 8, ("flags", "tcp_flags")),
    Shown("sTime", 23, MOMENT, "time", "Beginning, UTC.", 9, ("stime", "time")),
    Shown("duration", 9, SECONDS, "duration", "Seconds between beginning and end.", 10, ("duration", "dur")),
    Shown("eTime", 23, MOMENT, "end_time", "End, UTC.", 11, ("etime", "end_time")),
    Shown("sen", 12, WORD, "sensor", "Who observed it.", 12, ("sensor", "sen")),
    Shown("in", 5, INTEGER, "in_if", "Interface it came in by.", 13, ("in", "in_if")),
    Shown("out", 5, INTEGER, "out_if", "Interface it left by.", 14, ("out", "out_if")),
    Shown("nhIP", 39, ADDRESS, "next_hop", "Next router.", 15, ("nhip", "next_hop")),
    Shown("type", 8, WORD, "direction", "Direction: inbound, outbound, internal, transit.", 21, ("type", "direction")),
    Shown("iTy", 3, INTEGER, "icmp_type", "ICMP type.", None, ("itype", "ity", "icmp_type")),
    Shown("iCo", 3, INTEGER, "icmp_code", "ICMP code.", None, ("icode", "ico", "icmp_code")),
    Shown("scc", 3, CODE, "src_cc", "Country of the source.", None, ("scc", "src_cc")),
    Shown("dcc", 3, CODE, "dst_cc", "Country of the destination.", None, ("dcc", "dst_cc")),
    Shown("sAS", 10, INTEGER, "src_as", "Autonomous system of the source.", None, ("sas", "src_as")),
    Shown("dAS", 10, INTEGER, "dst_as", "Autonomous system of the destination.", None, ("das", "dst_as")),
    Shown("sNet", 39, ADDRESS, "src_net", "The source's /24 or /64.", None, ("snet", "src_net")),
    Shown("dNet", 39, ADDRESS, "dst_net", "The destination's /24 or /64.", None, ("dnet", "dst_net")),
    Shown("exporter", 39, ADDRESS, "exporter", "Who exported it.", None, ("exporter",)),
    Shown("vlan", 5, INTEGER, "vlan", "VLAN it came in by.", None, ("vlan",)),
    Shown("tos", 3, INTEGER, "tos", "Type of service.", None, ("tos",)),
    Shown("action", 8, WORD, "action", "What was done with it.", None, ("action",)),
    Shown("user", 20, WORD, "user", "User name.", None, ("user",)),
    Shown("password", 20, WORD, "password", "Password.", None, ("password",)),
    Shown("service", 8, WORD, "service", "Service of a honeypot.", None, ("service",)),
    Shown("success", 7, INTEGER, "success", "Whether it was let in.", None, ("success",)),
    Shown("target", 30, WORD, "target", "Where to.", None, ("target",)),
    Shown("name", 30, WORD, "name", "Name that was asked for.", None, ("name",)),
    Shown("rule", 16, WORD, "rule", "Rule of a firewall.", None, ("rule",)),
)  # fmt: skip

BY_FIELD = {word: field for field in FIELDS for word in field.words} | {str(field.number): field for field in FIELDS if field.number}
"""Fields by all their names and by number."""

CUT_DEFAULT = tuple(field for field in FIELDS if field.number is not None and field.number <= 12)
"""What rwcut shows where nothing is said."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted of a group: its title, its width, and the column it is of."""

    title: str
    width: int
    column: str
    meaning: str
    words: tuple[str, ...]
    distinct: bool = False
    "Different values instead of a sum."


VALUES = (
    Counted("Records", 10, "", "Records.", ("records", "flows")),
    Counted("Packets", 15, "packets", "Packets, as exported.", ("packets", "pkts")),
    Counted("Bytes", 20, "octets", "Octets, as exported.", ("bytes", "octets")),
    Counted("sIP-Distinct", 20, "src_addr", "Different sources.", ("sip-distinct", "distinct:sip"), distinct=True),
    Counted("dIP-Distinct", 20, "dst_addr", "Different destinations.", ("dip-distinct", "distinct:dip"), distinct=True),
    Counted("sPort-Distinct", 14, "sport", "Different source ports.", ("distinct:sport",), distinct=True),
    Counted("dPort-Distinct", 14, "dport", "Different destination ports.", ("distinct:dport",), distinct=True),
)  # fmt: skip

BY_VALUE = {word: value for value in VALUES for word in value.words}
"""What is counted, by all its names."""
