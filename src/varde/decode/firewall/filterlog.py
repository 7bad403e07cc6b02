"""pfSense and OPNsense filter log: comma-separated values whose columns depend on IP version and protocol.

    RULE,SUB,ANCHOR,TRACKER,IF,REASON,ACTION,DIR,4,TOS,ECN,TTL,ID,OFFSET,FLAGS,NUM,PROTO,LENGTH,SRC,DST,...
    RULE,SUB,ANCHOR,TRACKER,IF,REASON,ACTION,DIR,6,CLASS,FLOW,HOPLIMIT,PROTO,NUM,LENGTH,SRC,DST,...

Source: pfSense documentation, "Raw Filter Log Format"; OPNsense filterlog, `description.txt` (ICMP words are those of
pf.conf(5)). pfSense prints ICMP types as words of its own; OPNsense before 2026 prints `datalength=N` for ICMP.
"""

from varde.decode.firewall._dialect import ADDRESS, V4, Dialect, Form

_ANY = r"[!-+\x2d-~]*"
# OPNsense prints 0 and FreeBSD (null) where a rule has no label
_HEAD = rf"(?P<rule_>[0-9]+),{_ANY},{_ANY},(?:0|\(null\)|(?P<rule>[!-+\x2d-~]+))?,(?P<IF>[!-+\x2d-~]+),{_ANY},(?P<action>[a-z-]+)"
_V4 = (
    r"0x[0-9a-f]+,[A-Z0-9]*,(?P<ttl>[0-9]+),(?P<ip_id>[0-9]+),[0-9]+,[A-Za-z+]+,(?P<proto>[0-9]+),[A-Za-z0-9()-]+,"
    rf"(?P<length>[0-9]+),(?P<src>{V4}),(?P<dst>{V4}),"
)
_V6 = (
    r"0x[0-9a-f]+,0x[0-9a-f]+,(?P<ttl>[0-9]+),[A-Za-z0-9()-]+,(?P<proto>[0-9]+),"
    rf"(?P<length>[0-9]+),(?P<src>{ADDRESS}),(?P<dst>{ADDRESS}),"
)
_PORTS = r"(?P<src_port>[0-9]+),(?P<dst_port>[0-9]+),[0-9]+"
_TCP = _PORTS + rf",(?P<flags>[A-Z]*),(?P<tcp_seq>[0-9]*)(?::[0-9]+)?,[0-9]*,(?P<tcp_window>[0-9]*),{_ANY},{_ANY}"
_ICMP = r"(?:datalength=[0-9]+,(?P<icmp_type>[a-z0-9-]+),(?P<icmp_code>[a-z0-9-]*)|(?P<icmp_type_>[a-z]+)),[ -~]*"
_REST = r"(?:datalength=[0-9]+)?[ -~]*"

_CODES = {
    "net-unr": "0", "host-unr": "1", "proto-unr": "2", "port-unr": "3", "needfrag": "4", "srcfail": "5", "net-unk": "6",
    "host-unk": "7", "isolate": "8", "net-prohib": "9", "host-prohib": "10", "net-tos": "11", "host-tos": "12",
    "filter-prohib": "13", "host-preced": "14", "cutoff-preced": "15", "redir-net": "0", "redir-host": "1",
    "redir-tos-net": "2", "redir-tos-host": "3", "normal-adv": "0", "common-adv": "16", "transit": "0", "reassemb": "1",
    "badhead": "0", "optmiss": "1", "badlen": "2",
}  # fmt: skip
_CODES6 = {
    "noroute-unr": "0", "admin-unr": "1", "notnbr-unr": "2", "beyond-unr": "2", "addr-unr": "3", "port-unr": "4",
    "transit": "0", "reassemb": "1", "badhead": "0", "nxthdr": "1", "redironlink": "0", "redirrouter": "1",
}  # fmt: skip
_TYPES = {
    "echorep": "0", "unreach": "3", "squench": "4", "redir": "5", "althost": "6", "echoreq": "8", "routeradv": "9",
    "routersol": "10", "timex": "11", "paramprob": "12", "timereq": "13", "timerep": "14", "inforeq": "15", "inforep": "16",
    "maskreq": "17", "maskrep": "18",
    "request": "8", "reply": "0", "unreachproto": "3", "unreachport": "3", "timeexceed": "11", "redirect": "5",
    "maskreply": "18", "needfrag": "3", "tstamp": "13", "tstampreply": "14",
}  # fmt: skip
_TYPES6 = {
    "unreach": "1", "toobig": "2", "timex": "3", "paramprob": "4", "echoreq": "128", "echorep": "129", "groupqry": "130",
    "listqry": "130", "grouprep": "131", "listenrep": "131", "groupterm": "132", "listendone": "132", "routersol": "133",
    "routeradv": "134", "neighbrsol": "135", "neighbradv": "136", "redir": "137", "routrrenum": "138",
}  # fmt: skip
_WORDS = {"icmp_type": _TYPES, "icmp_code": _CODES}
_WORDS6 = {"icmp_type": _TYPES6, "icmp_code": _CODES6}


def _forms(direction: str) -> tuple[Form, ...]:
    head = _HEAD.replace("(?P<IF>", "(?P<in_if>" if direction == "in" else "(?P<out_if>")
    way = {"chain": direction}
    v4, v6 = f",{direction},4,", f",{direction},6,"
    return (
        Form(f"tcp {direction}", v4, head, _V4 + _TCP, fixed=way),
        Form(f"udp {direction}", v4, head, _V4 + _PORTS, fixed=way),
        Form(f"icmp {direction}", v4, head, _V4 + _ICMP, fixed=way, words=_WORDS),
        Form(f"other protocol {direction}", v4, head, _V4 + _REST, fixed=way),
        Form(f"tcp of IPv6 {direction}", v6, head, _V6 + _TCP, fixed=way),
        Form(f"udp of IPv6 {direction}", v6, head, _V6 + _PORTS, fixed=way),
        Form(f"icmp of IPv6 {direction}", v6, head, _V6 + _ICMP, fixed=way, words=_WORDS6),
        Form(f"other protocol of IPv6 {direction}", v6, head, _V6 + _REST, fixed=way),
    )


_PROGRAM = r"filterlog(?:\[[0-9]+\])?: ?"

FILTERLOG = Dialect(
    name="filterlog",
    title="pfSense and OPNsense filter log",
    forms=_forms("in") + _forms("out"),
    claims=("filterlog", r",(?:in|out),[46],"),
    tags=(_PROGRAM, rf"(?P<hostname>[!-~]+) {_PROGRAM}"),
    actions={"pass": "allow", "block": "block", "reject": "reject", "synproxy-drop": "block"},
    fragment=r",(?:in|out),4,0x[0-9a-f]+,[A-Z0-9]*,[0-9]+,[0-9]+,[1-9]",
    fix="Status > System Logs > Settings: log packets of the default block rules, send firewall events to the remote log server",
    clock="Status > System Logs > Settings: log message format syslog (RFC 5424)",
    manual="pfSense documentation: Raw Filter Log Format; OPNsense ports: filterlog/files/description.txt",
)
