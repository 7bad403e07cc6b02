"""BSD packet filter log as tcpdump prints it: `tcpdump -n -e -tttt -r /var/log/pflog` (OpenBSD: `-ttt`).

    STAMP rule 53/0(match): block in on em0: 192.0.2.1.53742 > 198.51.100.2.22: Flags [S], seq 1, win 65535, length 0
    STAMP rule 2/(match) block in on em0: 192.0.2.1.53742 > 198.51.100.2.22: S 1:1(0) win 65535 (DF)

Source: tcpdump print-pflog.c, print-tcp.c, print-udp.c, print-icmp.c; OpenBSD's tcpdump(8), which prints the second form.
The port follows the last dot of an address. Where ports stand, tcpdump has decoded TCP, SCTP, DCCP or else UDP, whose
payload it may describe in any words. OpenBSD prints ACK behind the other flags, as the word `ack`. The differences that FreeBSD's `-ttt` prints say no time of day; with the bare
clock of no `-t` they look alike, so neither counts as a stamp.
"""

from varde.decode.firewall._dialect import PRINTABLE, V4, Dialect, Form

_V6 = r"[0-9a-f:]*:[0-9a-f:.]*[0-9a-f:]"
# a clock or a difference of times: see above
_HEAD = r"(?: ?[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+ )?"
_RULE = (
    r"(?P<rule>[0-9A-Za-z_./*-]+?)(?:\.\.[0-9]+)?/(?:[0-9]+)?\([a-z -]+\):? (?:\[uid [0-9]+, pid [0-9]+\] )?"
    r"(?P<action>[a-z-]+) (?:(?P<chain>in) on (?P<in_if>[!-9;-~]+)|(?P<chain_>out) on (?P<out_if>[!-9;-~]+)): "
    r"(?:\[uid [0-9]+, pid [0-9]+\] )?(?:IP6? )?"
)
_LENGTH = rf"(?:{PRINTABLE}\(ttl (?P<ttl>[0-9]+), id (?P<ip_id>[0-9]+), len (?P<length>[0-9]+){PRINTABLE}|{PRINTABLE})"
_TCP = (
    r"(?:Flags \[(?P<flags>[A-Za-z.]+)\](?:, seq (?P<tcp_seq>[0-9]+))?|"
    r"(?P<flags_>(?:[FSRPUEW]+|\.) (?:(?P<tcp_seq_>[0-9]+):[0-9]+\([0-9]+\))?(?: ?ack)?))"
    rf"(?:[ -~]*? win (?P<tcp_window>[0-9]+))?{_LENGTH}"
)
_ICMP = rf"(?P<proto>ICMP6?|icmp6?)[,:]? (?P<icmp_type>echo request|echo reply|[a-z]+(?: [a-z]+)?){PRINTABLE}"
_ICMP_TYPES = {"echo request": "8", "echo reply": "0"}
_ICMP6_TYPES = {
    "echo request": "128", "echo reply": "129", "router solicitation": "133", "router sol": "133", "router advertisement": "134",
    "router adv": "134", "neighbor solicitation": "135", "neighbor sol": "135", "neighbor advertisement": "136",
    "neighbor adv": "136",
}  # fmt: skip
_NAMED = r"(?P<proto>igmp|IGMP|pim|PIM|GRE|gre|ESP|esp|AH|ah|OSPF|VRRP|vrrp|CARP|carp)(?:v[0-9]+)?[(:, ]"
_NUMBERED = r"(?:ip-proto-|\[?proto )(?P<proto>[0-9]+)"


def _ports(address: str) -> str:
    return rf"(?P<src>{address})\.(?P<src_port>[0-9]+) > (?P<dst>{address})\.(?P<dst_port>[0-9]+): "


def _ends(address: str) -> str:
    return rf"(?P<src>{address}) > (?P<dst>{address}): "


def _forms(version: str, address: str, icmp_types: dict[str, str]) -> tuple[Form, ...]:
    def form(name: str, ends: str, rest: str, fixed: dict[str, str] | None = None) -> Form:
        words = {"icmp_type": icmp_types} if "icmp_type" in rest else {}
        return Form(f"{name} of {version}", "rule ", _HEAD, _RULE + ends + rest, fixed=fixed or {}, words=words)

    return (
        form("tcp", _ports(address), _TCP, {"proto": "tcp"}),
        form("sctp", _ports(address), rf"(?:\([0-9]+\) )?sctp{PRINTABLE}", {"proto": "sctp"}),
        form("dccp", _ports(address), rf"DCCP{PRINTABLE}", {"proto": "dccp"}),
        form("udp", _ports(address), rf"(?:[UDPudp]+,? (?:length )?[0-9]+)?{_LENGTH}", {"proto": "udp"}),
        form("icmp", _ends(address), _ICMP),
        form("other protocol", _ends(address), _NAMED + PRINTABLE),
        form("numbered protocol", _ends(address), _NUMBERED + PRINTABLE),
    )


PF = Dialect(
    name="pf",
    title="BSD packet filter (pflog as tcpdump text): OpenBSD, FreeBSD, NetBSD",
    forms=_forms("IPv4", V4, _ICMP_TYPES) + _forms("IPv6", _V6, _ICMP6_TYPES),
    claims=(r"rule [0-9A-Za-z_./*-]+\([a-z -]+\)", " on "),
    tags=("", r"(?P<hostname>[!-~]+) (?:pf|pflog|pflogd|tcpdump|root)(?:\[[0-9]+\])?: "),
    actions={"pass": "allow", "match": "audit", "block": "block", "synproxy-drop": "block"},
    fragment=r"ip-proto-|\(frag ",
    fix="tcpdump -n -e -tttt -r /var/log/pflog (OpenBSD: -ttt), so that lines carry their date",
    manual="pflogd(8), tcpdump(8), pf.conf(5) log; tcpdump print-pflog.c",
)
