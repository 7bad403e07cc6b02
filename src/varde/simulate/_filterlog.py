"""pfSense filterlog lines in RFC 5424 form: comma-separated, other columns for IPv4 and IPv6."""

from varde.simulate._packets import ACK, FIN, GRE, ICMP, ICMPV6, IGMP, PSH, RST, SYN, TCP, UDP, URG
from varde.simulate._row import Form, Row

_LETTERS = ((FIN, "F"), (SYN, "S"), (RST, "R"), (PSH, "P"), (ACK, "A"), (URG, "U"))
_FLAGS = {bits: "".join(letter for bit, letter in _LETTERS if bits & bit) for bits in range(64)}
_NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", IGMP: "igmp", GRE: "gre", ICMPV6: "ICMPv6"}
_OPTIONS = {0: "", 4: "mss", 12: "mss;nop;wscale;nop;nop;sackOK", 20: "mss;sackOK;TS;nop;wscale"}  # by octets
_RULES = {1: "7,,,1000000103,igb0,match,block,in", 0: "92,,,1607812345,igb0,match,pass,in"}  # by refused


def _head(stamp: str, _micros: int) -> str:
    return f"<134>1 {stamp} fw3.example.net filterlog 92653 - - "


def _body(row: Row) -> str:
    return f"{_RULES[row.refused]},{_network(row)},{row.src},{row.dst},{_transport(row)}"


def _network(row: Row) -> str:
    name = _NAMES[row.proto]
    if row.family == 4:
        fragment = "DF" if row.dont_fragment else "none"
        return f"4,0x0,,{row.ttl},{row.ip_id},0,{fragment},{row.proto},{name},{row.length}"
    upper = name if row.proto == ICMPV6 else name.upper()
    return f"6,0x00,0x{row.seq & 0xFFFFF:05x},{row.ttl},{upper},{row.proto},{row.length - 40}"


def _transport(row: Row) -> str:
    header = 20 if row.family == 4 else 40
    if row.proto == TCP:
        options = _OPTIONS[row.length - header - 20]
        return f"{row.sport},{row.dport},0,{_FLAGS[row.flags]},{row.seq},,{row.window},,{options}"
    if row.proto == UDP:
        return f"{row.sport},{row.dport},{row.length - header - 8}"
    if row.proto == ICMP:
        return f"request,{row.sport},{row.seq & 0xFF}"
    return "" if row.proto == ICMPV6 else f"datalength={row.length - header}"


FORM = Form(
    "filterlog",
    "fw3",
    "fw3-pfsense.log",
    _head,
    _body,
    (
        "<30>1 {stamp} fw3.example.net dhcpd 4411 - - DHCPACK on 203.0.113.{host} to 00:00:5e:00:53:31",
        "<78>1 {stamp} fw3.example.net /usr/sbin/cron {pid} - - (root) CMD (/usr/sbin/newsyslog)",
        "<38>1 {stamp} fw3.example.net sshd {pid} - - Connection closed by 203.0.113.{host} port 50022",
    ),
)
