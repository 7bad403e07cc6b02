"""Common Event Format lines that describe a packet or connection: UniFi, and any product that can print CEF.

    [STAMP HOST] CEF:0|VENDOR|PRODUCT|VERSION|ID|NAME|SEVERITY|src=A spt=n dst=B dpt=n proto=TCP act=blocked ...

Source: ArcSight Common Event Format, Implementation Standard (header, extension, escapes; key dictionary). Values are
not quoted, hold blanks, end where the next key begins, and escape `=` and `\\`. A line without both addresses and a
protocol is an event and no packet; but UniFi names the destination of a threat by client and zone alone, where it has an alias.
"""

from varde.decode.firewall._dialect import Dialect, Form, Pairs

_FIELD = r"(?:[^|\\]|\\.)*"
_TAIL = rf"(?:{_FIELD}\|){{4}}(?P<rule_>{_FIELD})\|{_FIELD}\|(?P<pairs>.*)"
_STYLE = Pairs(before="(?:^| )", value=".*?", after=r"(?: [A-Za-z0-9_.\[\]-]+=|$)", quote="", escapes=True)
_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "src", "src_": "c6a2", "src_port": "spt", "dst": "dst", "dst_": "c6a3", "dst_port": "dpt", "proto": "proto",
    "action": "act", "rule": "UNIFIpolicyName", "chain": "deviceDirection", "in_if": "deviceInboundInterface",
    "out_if": "deviceOutboundInterface", "src_mac": "smac", "nat_src": "sourceTranslatedAddress",
    "nat_src_port": "sourceTranslatedPort", "nat_dst": "destinationTranslatedAddress",
    "nat_dst_port": "destinationTranslatedPort", "from_zone": "UNIFIsrcZone", "to_zone": "UNIFIdstZone",
}  # fmt: skip
_HEAD = r"(?:(?P<hostname_>[!-~]+) )?(?:[!-~]+: ?)?"


_UNIFI_TIME: dict[str, str | tuple[str, str]] = {"event_stamp": "UNIFIutcTime"}


def _form(name: str, stamp: dict[str, str | tuple[str, str]], kind: str) -> Form:
    return Form(
        name, "CEF:0|", _HEAD, _TAIL, keys=_KEYS | stamp, pairs=_STYLE, event_stamp=kind, where={"proto": ".+"}
    )


CEF = Dialect(
    name="cef",
    title="Common Event Format: UniFi and others",
    forms=(
        _form("receipt time", {"event_stamp": ("rt", "([0-9]{10,19})")}, "epoch_any"),
        _form("UniFi time", _UNIFI_TIME, "iso"),
        Form(
            "UniFi, destination without address", "CEF:0|", _HEAD, _TAIL, fixed={"dst": ""}, pairs=_STYLE, event_stamp="iso",
            keys={group: key for group, key in (_KEYS | _UNIFI_TIME).items() if group.rstrip("_") != "dst"},
            where={"proto": ".+", "UNIFIdstZone": ".+"}, without=("dst", "c6a3"),
        ),
        _form("time of the header", {}, ""),
    ),
    # UniFi's lines about flows are told from other products' events by the zone of the destination
    claims=(r"CEF:[01]\|", r"[ |](?:src|c6a2)=", r"[ |](?:dst|c6a3|UNIFIdstZone)=", r"[ |]proto="),
    actions={
        **dict.fromkeys(("block", "blocked", "deny", "denied", "drop", "dropped", "discard", "discarded"), "block"),
        **dict.fromkeys(("reject", "rejected", "reset", "reset-both", "reset-client", "reset-server"), "reject"),
        **dict.fromkeys(("allow", "allowed", "accept", "accepted", "permit", "permitted", "pass", "passed"), "allow"),
    },
    fix="UniFi: Settings > CyberSecure > Traffic Logging, activity logging to a SIEM server, with flows",
    manual="ArcSight Common Event Format (CEF) Implementation Standard; UniFi Network: SIEM integration",
)
