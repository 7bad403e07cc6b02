"""SonicWall SonicOS syslog messages about connections and dropped packets.

    id=firewall sn=SERIAL time="2026-01-12 06:25:43 UTC" fw=W pri=5 c=64 m=36 msg="TCP connection dropped" ... src=A:n:X1 dst=B:n:X0 proto=tcp/445

Source: SonicOS Log Events Reference Guide (syslog fields `src` and `dst` as address, port, interface and name between
colons; `srcV6` and `dstV6` for IPv6; `fw_action`). Messages about web sites, users, VPN and the like describe no packet.
"""

from varde.decode.firewall._dialect import Dialect, Form, Pairs

# the device prints the addresses before user and host names, and those in quotes
_STYLE = Pairs(before=r"(?:^| )", value=r'[^ "]+', once=False)
_PLACE = r"[0-9.]*:[0-9]*:([!-9;-~]+)(?::[!-~]*)?"
_KEYS: dict[str, str | tuple[str, str]] = {
    "src": ("src", r"([0-9.]+)(?::[!-~]*)?"), "src_": "srcV6", "src_port": ("src", r"[0-9.]*:([0-9]+)(?::[!-~]*)?"),
    "dst": ("dst", r"([0-9.]+)(?::[!-~]*)?"), "dst_": "dstV6", "dst_port": ("dst", r"[0-9.]*:([0-9]+)(?::[!-~]*)?"),
    "in_if": ("src", _PLACE), "out_if": ("dst", _PLACE), "src_mac": "srcMac",
    "from_zone": "srcZone", "to_zone": "dstZone", "rule": "rule", "rule_": "m",
    "nat_src": ("natSrc", r"([0-9.]+)(?::[0-9]*)?"), "nat_src_port": ("natSrc", "[0-9.]+:([0-9]+)"),
    "nat_dst": ("natDst", r"([0-9.]+)(?::[0-9]*)?"), "nat_dst_port": ("natDst", "[0-9.]+:([0-9]+)"),
    "action": ("msg", r"(?i:.*(Opened|Closed|dropped|denied|rejected|blocked)[.]?)"),
    "event_stamp": ("time", "([0-9][0-9: .-]+(?: UTC)?)"),
}  # fmt: skip
_MESSAGES = r"(?:Connection (?:Opened|Closed)|.*\b(?:packets?|connections?|traffic)\b.* (?:dropped|denied|rejected|blocked)[.]?)"
_HEAD = r"(?:(?P<hostname_>[!-<>-~]+) +)? *id=[!-~]+ +"
_ICMP: dict[str, str | tuple[str, str]] = {
    "icmp_type": "type", "icmp_code": "code", "icmp_type_": "icmpType", "icmp_code_": "icmpCode",
}  # fmt: skip
_PROTO: dict[str, str | tuple[str, str]] = {"proto": ("proto", r"([a-z0-9-]+)(?:/[!-~]*)?")}


def _form(name: str, keys: dict[str, str | tuple[str, str]], where: dict[str, str], fixed: dict[str, str]) -> Form:
    return Form(
        name, "sn=", _HEAD, r"[!-~]+ +(?P<pairs>.*)", _KEYS | _ICMP | keys, fixed, _STYLE, where, event_stamp="iso"
    )


SONICWALL = Dialect(
    name="sonicwall",
    title="SonicWall SonicOS",
    forms=(
        _form("connection", _PROTO, {"msg": _MESSAGES, "proto": ".+"}, {}),
        # older releases leave the protocol of dropped ICMP to the message
        _form("ICMP", {}, {"msg": r"ICMP packet .*dropped.*"}, {"proto": "icmp"}),
    ),
    claims=(r"\bid=[!-~]+ +sn=", r'msg="(?:Connection (?:Opened|Closed)|[^"]*(?:packets?|connections?) [^"]*dropped)', r"\bsrc"),
    tags=("",),
    actions={
        "opened": "allow", "closed": "allow", "dropped": "block", "denied": "block", "blocked": "block", "rejected": "reject",
    },
    fix="Log > Settings: enable syslog for `Connection Opened`, `... dropped`; Log > Syslog: format Enhanced, time in UTC",
    manual="SonicOS Log Events Reference Guide: Syslog fields; Log Event Messages",
)  # fmt: skip
