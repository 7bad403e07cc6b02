"""Cisco ASA, PIX, FWSM and Firepower Threat Defense messages about packets.

    [HOST] [:] %ASA-4-106023: Deny tcp src outside:192.0.2.1/63016 dst inside:198.51.100.8/53 by access-group "acl" [0x0, 0x0]
    [HOST] [:] %FTD-6-430003: EventPriority: Low, ..., AccessControlRuleAction: Block, SrcIP: 192.0.2.1, DstIP: ...
    HOST SFIMS: Protocol: TCP, SrcIP: 192.0.2.1, ..., AccessControlRuleAction: Block with reset, ...

Source: Cisco Secure Firewall ASA Series Syslog Messages (106001 to 106100, 710003); Cisco Secure Firewall Threat Defense
Syslog Messages (430002, 430003). Where a message says IP, the protocol is not told: it is given as `ip`, 0. Interfaces stand before addresses, `outside:` or `outside/`. Other numbers (sessions
built and torn down, VPN, rates as 733100) describe no packet and are ignored.
"""

from varde.decode.firewall._dialect import ADDRESS, PRINTABLE, Dialect, Form, Pairs

_MESSAGE = r"%(?:ASA|PIX|FWSM|FTD)-(?:[a-z]+-)?[0-7]"
_HEAD = rf"(?:(?P<hostname_>[!-$&-9;-~][!-~]*?) ?)??:? *{_MESSAGE}"
_NAME = r"[!-'*-.0-9;-~]+"  # of an interface: no slash, colon or parenthesis
_USER = r"(?: ?\([!-'*-~ ]*\))*"  # identity firewall: user, group, domain name
_FLAGS = r" flags (?P<flags>[A-Z ]*?) +on interface (?P<in_if>[!-~]+)" + PRINTABLE
_PORTS = rf"from (?P<src>{ADDRESS})/(?P<src_port>[0-9]+) to (?P<dst>{ADDRESS})/(?P<dst_port>[0-9]+)"
_SRC = rf"src (?:(?P<in_if>{_NAME}): ?)?(?P<src>{ADDRESS})"
_DST = rf"dst (?:(?P<out_if>{_NAME}): ?)?(?P<dst>{ADDRESS})"
_ACL = rf'{PRINTABLE} by access[-_]group "?(?P<rule>[!#-~]+)"?' + PRINTABLE
_ICMP = r",? \(?type (?P<icmp_type>[0-9]+), code (?P<icmp_code>[0-9]+)\)?"
_BLOCK = {"action": "block"}
_IP = {"proto": "ip"}
_END = rf"(?:[.,; ]{PRINTABLE})?"  # what follows an address begins so, or there were two ways to end it


def _form(number: int, name: str, tail: str, pivot: str = ": ", fixed: dict[str, str] = _BLOCK) -> Form:
    return Form(f"{number} {name}", f"-{number}{pivot}", _HEAD, tail, fixed={"rule": str(number), **fixed})


def _acl(name: str, tail: str) -> Form:
    return Form(f"106023 {name}", "-106023: Deny ", _HEAD, tail, fixed=_BLOCK)


_FTD = Pairs(
    before="(?:^|, )",
    assign=": ",
    value=".*?",
    after="(?:, [A-Za-z][A-Za-z_ ]*: |$)",
    quote="",
    once=False,  # the addresses stand before User, URL and what else a peer can choose
)
_FTD_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "SrcIP", "dst": "DstIP", "src_port": "SrcPort", "dst_port": "DstPort", "proto": "Protocol",
    "action": "AccessControlRuleAction", "rule": "AccessControlRuleName", "in_if": "IngressInterface",
    "out_if": "EgressInterface", "from_zone": "IngressZone", "to_zone": "EgressZone", "icmp_type": "ICMPType",
    "icmp_code": "ICMPCode", "nat_src": "NAT_InitiatorIP", "nat_src_port": "NAT_InitiatorPort",
    "nat_dst": "NAT_ResponderIP", "nat_dst_port": "NAT_ResponderPort",
}  # fmt: skip
_SFIMS_HEAD = r"(?:(?P<hostname_>[!-~]+) )?"
_FTD_WORDS = {"icmp_type": {"echo request": "8", "echo reply": "0"}, "icmp_code": {"no code": "0"}}


def _connection(name: str, pivot: str, head: str = _HEAD) -> Form:
    return Form(
        f"{name} connection", pivot, head, keys=_FTD_KEYS, pairs=_FTD,
        where={"AccessControlRuleAction": ".+", "Protocol": ".+"}, words=_FTD_WORDS,
    )  # fmt: skip


ASA = Dialect(
    name="asa",
    title="Cisco ASA, PIX, FWSM, Firepower Threat Defense",
    forms=(
        _acl("ports", rf"(?P<proto>tcp|udp|sctp) {_SRC}/(?P<src_port>[0-9]+){_USER} {_DST}/(?P<dst_port>[0-9]+){_USER}{_ACL}"),
        _acl("icmp", rf"(?P<proto>icmp6?) {_SRC}{_USER} {_DST}{_USER}{_ICMP}{_ACL}"),
        _acl("other protocol", rf"(?:protocol )?(?P<proto>[a-z0-9-]+) {_SRC}{_USER} {_DST}{_USER}{_ACL}"),
        Form(
            "106100 access list", "-106100: access-list ", _HEAD,
            r"(?P<rule>[!-~]+) (?P<action>[a-z-]+) (?P<proto>[a-z0-9-]+) "
            rf"(?P<in_if>{_NAME})/(?P<src>{ADDRESS})\((?P<src_port>[0-9]+)\){_USER} -> "
            rf"(?P<out_if>{_NAME})/(?P<dst>{ADDRESS})\((?P<dst_port>[0-9]+)\){_USER} hit-cnt [0-9]+{PRINTABLE}",
        ),
        _form(106001, "inbound TCP", rf"Inbound TCP connection denied {_PORTS}{_FLAGS}", fixed=_BLOCK | {"proto": "tcp"}),
        _form(106015, "no connection", rf"Deny TCP \(no connection\) {_PORTS}{_FLAGS}", fixed=_BLOCK | {"proto": "tcp"}),
        _form(106006, "inbound UDP", rf"Deny inbound UDP {_PORTS} on interface (?P<in_if>[!-~]+){PRINTABLE}",
              fixed=_BLOCK | {"proto": "udp"}),
        _form(106007, "DNS", rf"Deny inbound UDP {_PORTS} due to DNS [A-Za-z]+{PRINTABLE}", fixed=_BLOCK | {"proto": "udp"}),
        _form(106010, "inbound", rf"(?:protocol )?(?P<proto>[a-z0-9-]+) {_SRC}(?:/(?P<src_port>[0-9]+))?{_USER} {_DST}"
              rf"(?:/(?P<dst_port>[0-9]+))?{_USER}{PRINTABLE}", pivot=": Deny inbound "),
        _form(106014, "inbound ICMP", rf"Deny inbound (?P<proto>icmp6?) {_SRC}{_USER} {_DST}{_USER}{_ICMP}{PRINTABLE}"),
        _form(106021, "reverse path", rf"Deny (?P<proto>[A-Za-z0-9-]+) reverse path check from (?P<src>{ADDRESS}) to "
              rf"(?P<dst>{ADDRESS}) on interface (?P<in_if>[!-~]+){PRINTABLE}"),
        _form(710003, "to the box", rf"(?P<proto>TCP|UDP) access denied by ACL from (?P<src>{ADDRESS})/(?P<src_port>[0-9]+) to "
              rf"(?P<in_if>{_NAME}):(?P<dst>{ADDRESS})/(?P<dst_port>[0-9]+){PRINTABLE}"),
        _form(106022, "connection spoof", rf"Deny (?P<proto>[A-Za-z0-9-]+) connection spoof from (?P<src>{ADDRESS}) to "
              rf"(?P<dst>{ADDRESS}) on interface (?P<in_if>[!-~]+){PRINTABLE}"),
        _form(106016, "spoof", rf"Deny IP spoof from \((?P<src>{ADDRESS})\) to (?P<dst>{ADDRESS}) on interface (?P<in_if>[!-~]+){PRINTABLE}",
              fixed=_BLOCK | _IP),
        _form(106012, "options", rf"Deny IP from (?P<src>{ADDRESS}) to (?P<dst>{ADDRESS}), IP options:?{PRINTABLE}", fixed=_BLOCK | _IP),
        _form(106017, "land attack", rf"Deny IP due to Land Attack from (?P<src>{ADDRESS}) to (?P<dst>{ADDRESS}){_END}", fixed=_BLOCK | _IP),
        Form("106002 outbound list", "-106002: ", _HEAD,
             rf"(?P<proto>tcp|udp|icmp|TCP|UDP|ICMP) [Cc]onnection denied by outbound list (?P<rule>[!-~]+) src (?P<src>{ADDRESS})"
             rf"(?: (?P<src_port>[0-9]+))? dest (?P<dst>{ADDRESS})(?: (?P<dst_port>[0-9]+))?{_END}", fixed=_BLOCK),
        _connection("430003", "-430003: "),
        _connection("430002", "-430002: "),
        _connection("SFIMS", "SFIMS: ", _SFIMS_HEAD),
    ),
    claims=(rf"{_MESSAGE}-(?:1060(?:0[1267]|1[024567]|2[123])|106100|710003|43000[23]):| SFIMS: Protocol: ",),
    actions={
        "denied": "block", "permitted": "allow", "est-allowed": "allow",
        "allow": "allow", "trust": "allow", "fastpath": "allow", "monitor": "audit", "block": "block",
        "block with reset": "reject", "interactive block": "block", "interactive block with reset": "reject",
    },
    fix="logging message 106023; `log` on each access-list entry",
    clock="logging timestamp rfc5424 (times in UTC with a year)",
    manual="Cisco Secure Firewall ASA Series Syslog Messages: 106001-106100, 710003; Threat Defense: 430002, 430003",
)  # fmt: skip
