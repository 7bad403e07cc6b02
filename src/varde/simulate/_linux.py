"""Linux kernel LOG lines as ufw's rules print them, through rsyslog; fields in the order of nf_log_syslog."""

from ipaddress import IPv6Address

from varde.simulate._packets import ACK, FIN, GRE, ICMP, ICMPV6, IGMP, PSH, RST, SYN, TCP, UDP, URG
from varde.simulate._row import Form, Row

_WORDS = ((URG, "URG "), (ACK, "ACK "), (PSH, "PSH "), (RST, "RST "), (SYN, "SYN "), (FIN, "FIN "))
_FLAGS = {bits: "".join(word for bit, word in _WORDS if bits & bit) for bits in range(64)}
_MAC = "00:00:5e:00:53:02:00:00:5e:00:53:fe:"  # RFC 7042 documentation range; the EtherType follows
_SEQUENCE_PORTS = frozenset({23, 2323, 5555, 7547})  # the rule for these has --log-tcp-sequence
_UPTIME = 90 * 86400 * 1_000_000  # microseconds; the machine restarts every 90 days
_NAMES = {ICMP: "ICMP", ICMPV6: "ICMPv6", IGMP: "2", GRE: "47"}


def _head(stamp: str, micros: int) -> str:
    second, micro = divmod(micros % _UPTIME, 1_000_000)
    return f"{stamp} fw2 kernel: [{second:5d}.{micro:06d}] "


def _body(row: Row) -> str:
    verdict = "BLOCK" if row.refused else "ALLOW"
    ether = "08:00" if row.family == 4 else "86:dd"
    return f"[UFW {verdict}] IN=eth0 OUT= MAC={_MAC}{ether} {_network(row)}{_transport(row)}"


def _network(row: Row) -> str:
    if row.family == 6:
        label = row.seq & 0xFFFFF
        return (
            f"SRC={_expanded(row.src)} DST={_expanded(row.dst)} LEN={row.length} TC=0 HOPLIMIT={row.ttl} "
            f"FLOWLBL={label} "
        )
    fragment = "DF " if row.dont_fragment else ""
    return (
        f"SRC={row.src} DST={row.dst} LEN={row.length} TOS=0x00 PREC=0x00 TTL={row.ttl} ID={row.ip_id} "
        f"{fragment}"
    )


def _expanded(address: str) -> str:
    """The kernel writes all eight groups with four digits."""
    return IPv6Address(address).exploded


def _transport(row: Row) -> str:
    if row.proto == TCP:
        numbers = f"SEQ={row.seq} ACK=0 " if row.dport in _SEQUENCE_PORTS else ""
        ports = f"PROTO=TCP SPT={row.sport} DPT={row.dport}"
        return f"{ports} {numbers}WINDOW={row.window} RES=0x00 {_FLAGS[row.flags]}URGP=0 "
    if row.proto == UDP:
        return (
            f"PROTO=UDP SPT={row.sport} DPT={row.dport} LEN={row.length - (20 if row.family == 4 else 40)} "
        )
    if row.proto in (ICMP, ICMPV6):
        return f"PROTO={_NAMES[row.proto]} TYPE={row.dport} CODE=0 ID={row.sport} SEQ={row.seq & 0xFF} "
    return f"PROTO={_NAMES[row.proto]} "


FORM = Form(
    "linux",
    "fw2",
    "fw2-linux.log",
    _head,
    _body,
    (
        "{stamp} fw2 sshd[{pid}]: Failed password for root from 198.18.5.{host} port 40022 ssh2",
        "{stamp} fw2 CRON[{pid}]: (root) CMD (test -x /usr/sbin/anacron || run-parts /etc/cron.hourly)",
        "{stamp} fw2 dhclient[{pid}]: DHCPACK of 203.0.113.10 from 203.0.113.1",
        "{stamp} fw2 systemd[1]: Started Daily apt download activities.",
    ),
)
