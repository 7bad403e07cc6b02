"""Linux kernel packet log lines: iptables, nftables, ufw, firewalld, UniFi, Proxmox (PVEFW) and ulogd2 (LOGEMU).

    PREFIX IN=IF OUT=IF [MAC=..] SRC=A DST=B LEN=n TOS=.. TTL=n ID=n [DF] PROTO=P SPT=n DPT=n [SEQ= ACK=] WINDOW=n .. FLAGS URGP=n

Source: net/ipv4/netfilter/nf_log_ipv4 and nf_log_ipv6 of the kernel (what `nf_log_dump_packet` prints), ulogd2's
printpkt, PVE firewall logger; lines made with real rules. IPv6 has TC= HOPLIMIT= FLOWLBL=; UDP a second LEN=; an ICMP
error carries the packet it answers in square brackets. The prefix may be anything and may touch IN=.
"""

from collections.abc import Mapping

from varde.decode.firewall._action import action_of
from varde.decode.firewall._dialect import ADDRESS, Dialect, Form

_OUT = r"(?P<in_if>[!-~]*) (?:OUT=(?P<out_if>[!-~]*) )?"  # Proxmox leaves OUT= away
_BRIDGE = r"(?:PHYS(?:IN=[!-~]* (?:PHYSOUT=[!-~]* )?|OUT=[!-~]* ))?"
_HEX = "[0-9a-f]{2}"
# the whole link-layer header: destination, source, type
_MAC = rf"(?:MAC=(?:(?:{_HEX}:){{6}}(?P<src_mac>{_HEX}(?::{_HEX}){{5}})(?::{_HEX})*)? )?"
_MAC_DECODED = r"(?:MACSRC=(?P<src_mac>[!-~]*) MACDST=[!-~]* MACPROTO=[!-~]* )?"
_V4 = (
    rf"SRC=(?P<src>{ADDRESS}) DST=(?P<dst>{ADDRESS}) LEN=(?P<length>[0-9]+) TOS=[!-~]+ PREC=[!-~]+ TTL=(?P<ttl>[0-9]+) "
    r"ID=(?P<ip_id>[0-9]+) (?:CE )?(?:DF )?(?:MF )?(?:FRAG:[0-9]+ )?"
)
_V6 = (
    rf"SRC=(?P<src>{ADDRESS}) DST=(?P<dst>{ADDRESS}) LEN=(?P<length>[0-9]+) TC=[0-9]+ "
    r"(?:HOPLIMIT=(?P<ttl>[0-9]+) FLOWLBL=[0-9]+ |FLOWLBL=[0-9]+ HOPLIMIT=(?P<ttl_>[0-9]+) )"
)
_REST = r"(?: [ -~]*)?"  # what follows begins with a blank, or there were two ways to end what stands before
# flags are the words between RES= and URGP=; taking the other words too keeps this one-pass, and they name no flag
_TCP = (
    r"PROTO=(?P<proto>TCP) SPT=(?P<src_port>[0-9]+) DPT=(?P<dst_port>[0-9]+) "
    r"(?:SEQ=(?P<tcp_seq>[0-9]+) ACK=[0-9]+ )?WINDOW=(?P<tcp_window>[0-9]+)(?: (?P<flags>[A-Za-f0-9x= ]*)"
    r"(?:[!-/:-<>-@\[-`g-wyz{-~][ -~]*)?)?"
)
_UDP = rf"PROTO=(?P<proto>UDP(?:LITE)?) SPT=(?P<src_port>[0-9]+) DPT=(?P<dst_port>[0-9]+){_REST}"
_ICMP = rf"PROTO=(?P<proto>ICMP(?:v6)?) TYPE=(?P<icmp_type>[0-9]+) CODE=(?P<icmp_code>[0-9]+){_REST}"
# ports where they are printed, as of TCP that goes on with LEN= where others have WINDOW=; not one-pass, and so last
_OTHER = rf"PROTO=(?P<proto>[!-~]+)(?: SPT=(?P<src_port>[0-9]+) DPT=(?P<dst_port>[0-9]+))?{_REST}"

# everything optional and anything between, for what the forms above do not know; not one-pass and so last
_LOOSE = (
    r"(?P<in_if>[!-~]*)(?: OUT=(?P<out_if>[!-~]*))? (?:[ -~]*? )??(?:MACSRC=(?P<src_mac>[!-~]*) )?(?:[ -~]*? )??"
    rf"SRC=(?P<src>{ADDRESS}) DST=(?P<dst>{ADDRESS})(?: LEN=(?P<length>[0-9]+))?(?: [ -~]*?)?"
    r"(?: (?:TTL|HOPLIMIT)=(?P<ttl>[0-9]+))?(?: [ -~]*?)?(?: ID=(?P<ip_id>[0-9]+))?(?: [ -~]*?)? "
    r"PROTO=(?P<proto>[!-~]+)(?: SPT=(?P<src_port>[0-9]+) DPT=(?P<dst_port>[0-9]+))?"
    r"(?: TYPE=(?P<icmp_type>[0-9]+) CODE=(?P<icmp_code>[0-9]+))?"
    r"(?: SEQ=(?P<tcp_seq>[0-9]+) ACK=[0-9]+)?(?: WINDOW=(?P<tcp_window>[0-9]+))?(?: RES=[!-~]+)?"
    r"(?P<flags>(?: CWR| ECE| URG| ACK| PSH| RST| SYN| FIN)*)(?: .*)?"
)


def _form(name: str, ip: str, transport: str, mac: str = _MAC) -> Form:
    return Form(name, "IN=", "(?P<lead>[ -~]*)", _OUT + _BRIDGE + mac + ip + transport)


def _take_lead(lead: str) -> Mapping[str, str]:
    return {"rule": lead.strip()}


LINUX = Dialect(
    name="linux",
    title="Linux kernel log: iptables, nftables, ufw, firewalld, UniFi, Proxmox, ulogd2",
    forms=(
        _form("tcp", _V4, _TCP),
        _form("udp", _V4, _UDP),
        _form("icmp", _V4, _ICMP),
        _form("tcp of IPv6", _V6, _TCP),
        _form("udp of IPv6", _V6, _UDP),
        _form("icmp of IPv6", _V6, _ICMP),
        _form("tcp, decoded MAC", _V4, _TCP, _MAC_DECODED),
        _form("tcp of IPv6, decoded MAC", _V6, _TCP, _MAC_DECODED),
        _form("other protocol", _V4, _OTHER),
        Form("loose", "IN=", "(?P<lead>.*)", _LOOSE),
        Form("outgoing only", "OUT=", "(?P<lead>.*)", _LOOSE.replace("(?P<in_if>", "(?P<out_if>", 1).replace("(?: OUT=(?P<out_if>[!-~]*))?", "", 1)),
    ),
    claims=(" SRC=", " DST="),
    tags=(
        r"(?P<hostname>[!-~]+) kernel: \[ *[0-9]+\.[0-9]+\]",
        r"(?P<hostname>[!-~]+) kernel: ",
        r"kernel: (?:\[ *[0-9]+\.[0-9]+\])?",
        r"(?P<hostname>[!-~]+) ",
        "",
    ),
    lead=_take_lead,
    action=action_of,
    fragment=" FRAG:",
    fix="give each LOG rule a prefix that says what follows, as in --log-prefix 'BLOCK ' or nft log prefix \"BLOCK \"",
    manual="iptables-extensions(8) LOG; nft(8) log statement",
)
