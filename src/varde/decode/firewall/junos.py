"""Juniper SRX session log, structured and in words, Junos firewall filter log, and NetScreen traffic log.

    <14>1 STAMP HOST RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.34 source-address="A" source-port="n" ...]
    STAMP HOST RT_FLOW: RT_FLOW_SESSION_DENY: session denied A/n->B/n SERVICE 6(0) POLICY FROM TO ...
    STAMP HOST fpc0 PFE_FW_SYSLOG_IP: FW: ge-1/0/10.0  D  tcp A B  n n (2 packets)
    STAMP HOST fpc0 PFE_FW_SYSLOG_ETH_IP: FW: xe-0/0/3.0  A TYPE MAC -> MAC  tcp A B n  n (1 packets)
    STAMP HOST NAME: NetScreen device_id=ID [VSYS]system-notification-00257(traffic): start_time="..." ... src=A dst=B

Source: Junos OS, "Information Provided in Session Log Entries for SRX Series Services Gateways" (order and meaning of
the fields) and "show security log file"; ScreenOS Message Log Reference Guide, Traffic (00257). Messages of screens,
IDP, UTM and application tracking are no packet log and are ignored.
"""

from varde.decode.firewall._dialect import ADDRESS, PRINTABLE, Dialect, Form, Pairs

_WORD = r"[!-~]+"
_MAC = r"[0-9A-Fa-f:]{17}"  # not kept: in the lines seen it shows the first octets of the packet, not of its frame
_EVENT = r"(?P<action>DENY|CREATE|CLOSE)(?:_LS)?"
# the whole header of RFC 5424 up to the message identifier, or what a relay left of it
_TIMED = rf"(?:1 (?P<event_stamp>[0-9T:.Z+-]+) (?P<hostname_>{_WORD}) )?RT_FLOW [!-~]+ "
_STRUCTURED = Pairs(before=r"(?:^| )", escapes=True, once=False)  # addresses stand before the names of users
_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "source-address", "src_port": "source-port", "dst": "destination-address", "dst_port": "destination-port",
    "nat_src": "nat-source-address", "nat_src_port": "nat-source-port", "nat_dst": "nat-destination-address",
    "nat_dst_port": "nat-destination-port", "proto": "protocol-id", "icmp_type": "icmp-type", "rule": "policy-name",
    "from_zone": "source-zone-name", "to_zone": "destination-zone-name", "in_if": "packet-incoming-interface",
}  # fmt: skip

_TAGGED = r"RT_FLOW(?:\[[0-9]+\])?: "
_ENDS = rf"(?P<src>{ADDRESS})/(?P<src_port>[0-9]+)->(?P<dst>{ADDRESS})/(?P<dst_port>[0-9]+) (?:0x[0-9a-f]+ )?{_WORD} "
_NAT = (
    rf"(?P<nat_src>{ADDRESS})/(?P<nat_src_port>[0-9]+)->(?P<nat_dst>{ADDRESS})/(?P<nat_dst_port>[0-9]+) (?:0x[0-9a-f]+ )?"
    rf"(?:{_WORD} ){{2,6}}?"  # types and names of the rules, by release; a number ends them
)
_POLICY = rf"(?P<rule>{_WORD}) (?P<from_zone>{_WORD}) (?P<to_zone>{_WORD})"

_SCREEN = Pairs(before=r"(?:^| )")
_SCREEN_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "src", "src_port": "src_port", "dst": "dst", "dst_port": "dst_port", "proto": "proto", "action": "action",
    "rule": "policy_id", "from_zone": "src zone", "to_zone": "dst zone", "event_stamp": "start_time",
    "icmp_type": "icmp type", "nat_src": "src-xlated ip", "nat_dst": "dst-xlated ip",
}  # fmt: skip


def _spoken(name: str, tail: str) -> Form:
    return Form(name, "RT_FLOW_SESSION_", _TAGGED, tail)


JUNOS = Dialect(
    name="junos",
    title="Juniper Junos (SRX RT_FLOW, firewall filters) and NetScreen",
    forms=(
        Form("structured", "RT_FLOW_SESSION_", _TIMED, rf"{_EVENT} \[junos@{_WORD} (?P<pairs>.*)", _KEYS,
             pairs=_STRUCTURED, event_stamp="iso"),
        _spoken("denied", rf"{_EVENT}: session denied {_ENDS}(?:None )?(?P<proto>[0-9]+)\((?P<icmp_type>[0-9]+)\) {_POLICY}"
                rf"(?: {_WORD} {_WORD} {_WORD} (?P<in_if>{_WORD}))?{PRINTABLE}"),
        _spoken("created", rf"{_EVENT}: session created {_ENDS}{_NAT}(?P<proto>[0-9]+) {_POLICY} [0-9]+"
                rf"(?: {_WORD} (?P<in_if>{_WORD}))?{PRINTABLE}"),
        _spoken("closed", rf"{_EVENT}: session closed [A-Za-z -]*: {_ENDS}{_NAT}(?P<proto>[0-9]+) {_POLICY} [0-9]+{PRINTABLE}"),
        Form("firewall filter", "PFE_FW_SYSLOG_IP: FW: ", f" *(?:{_WORD} )?",
             rf"(?P<in_if>{_WORD}) +(?P<action>[A-Z]) +(?P<proto>[a-z0-9-]+) +(?P<src>{ADDRESS}) +(?P<dst>{ADDRESS}) +"
             r"(?P<src_port>[0-9]+) +(?P<dst_port>[0-9]+) \([0-9]+ packets\) ?"),
        Form("firewall filter of Ethernet", "PFE_FW_SYSLOG_ETH_IP: FW: ", f" *(?:{_WORD} )?",
             rf"(?P<in_if>{_WORD}) +(?P<action>[A-Z]) +{_WORD} +{_MAC} -> {_MAC} +(?P<proto>[a-z0-9-]+) +"
             rf"(?P<src>{ADDRESS}) +(?P<dst>{ADDRESS}) +(?P<src_port>[0-9]+) +(?P<dst_port>[0-9]+) \([0-9]+ packets\) ?"),
        Form("NetScreen", "(traffic): ", r"[ -~]*NetScreen device_id=(?P<hostname_>[!-~]+) [ -~]*-00257", keys=_SCREEN_KEYS,
             pairs=_SCREEN, event_stamp="iso"),
    ),
    claims=(r"RT_FLOW_SESSION_(?:DENY|CREATE|CLOSE)|system-notification-00257\(traffic\)|PFE_FW_SYSLOG_(?:ETH_)?IP: FW:",
            r"source-address|->|src=|FW:"),
    tags=(" ?(?P<hostname>[!-~]*[!-9;-~]) ", ""),
    actions={"deny": "block", "reject": "reject", "create": "allow", "close": "allow", "permit": "allow",
             "a": "allow", "d": "block", "r": "reject"},
    fix="set security log mode stream; `then log session-init` on each policy that denies",
    clock="set security log format sd-syslog",
    manual="Junos OS: Information Provided in Session Log Entries for SRX Series; show firewall log; ScreenOS Message Log Reference: Traffic",
)  # fmt: skip
