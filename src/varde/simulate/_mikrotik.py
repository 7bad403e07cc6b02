"""MikroTik RouterOS firewall lines as rsyslog stores them: topics, prefix, chain, interfaces, packet."""

from varde.simulate._packets import ACK, FIN, ICMP, PSH, RST, SYN, TCP, UDP, URG
from varde.simulate._row import Form, Row

_WORDS = ((SYN, "SYN"), (ACK, "ACK"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (URG, "URG"))
_FLAGS = {bits: ",".join(word for bit, word in _WORDS if bits & bit) for bits in range(64)}
_PATH = "input: in:ether1 out:(unknown 0)"
_MAC = "00:00:5e:00:53:01"  # RFC 7042 documentation range


def _head(stamp: str, _micros: int) -> str:
    return f"{stamp} fw1 "


def _body(row: Row) -> str:
    verdict = "BLOCK" if row.refused else "ACCEPT"
    start = f"firewall,info {verdict} {_PATH}, connection-state:new src-mac {_MAC}, proto "
    # RouterOS prints the length of the IPv6 payload, not of the packet
    return f"{start}{_proto(row)}, {_ends(row)}, len {row.length if row.family == 4 else row.length - 40}"


def _proto(row: Row) -> str:
    if row.proto == TCP:
        return f"TCP ({_FLAGS[row.flags]})"
    if row.proto == UDP:
        return "UDP"
    return f"ICMP (type {row.dport}, code 0)" if row.proto == ICMP else str(row.proto)


def _ends(row: Row) -> str:
    if row.proto not in (TCP, UDP):
        return f"{row.src}->{row.dst}"
    if row.family == 4:
        return f"{row.src}:{row.sport}->{row.dst}:{row.dport}"
    return f"[{row.src}]:{row.sport}->[{row.dst}]:{row.dport}"


FORM = Form(
    "mikrotik",
    "fw1",
    "fw1-mikrotik.log",
    _head,
    _body,
    (
        "{stamp} fw1 dhcp,info dhcp-lan assigned 192.0.2.{host} to 00:00:5E:00:53:21",
        "{stamp} fw1 system,info,account user operator logged in from 192.0.2.{host} via winbox",
        "{stamp} fw1 interface,info ether4 link up (speed 1G, full duplex)",
    ),
)
