"""Fortinet FortiGate traffic log: key=value, text values in quotes (in FortiOS 5.0 mostly without).

    date=2026-01-12 time=06:25:43 ... type="traffic" subtype="forward" ... srcip=A srcport=n srcintf="port1" dstip=B ...

Source: FortiOS Log Message Reference, log IDs 2 to 20 (traffic); log field names since 5.0. `eventtime` is a count since
1970 UTC in seconds or nanoseconds, `tz` the zone of date and time. Other types (event, utm) describe no packet.
"""

from varde.decode.firewall._dialect import Dialect, Form, Pairs

# the device prints the addresses before names of hosts and users, which peers can choose
_STYLE = Pairs(once=False)
_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "srcip", "src_port": "srcport", "dst": "dstip", "dst_port": "dstport", "proto": "proto", "action": "action",
    "rule": "policyname", "rule_": "policyid", "chain": "subtype", "in_if": "srcintf", "out_if": "dstintf",
    "src_mac": "srcmac", "nat_src": "transip", "nat_src_port": "transport", "nat_dst": "tranip",
    "nat_dst_port": "tranport", "hostname_": "devname",
}  # fmt: skip
_HEAD = r"(?:[ -~]* )?"
_TAIL = r"(?P<event_date>[0-9]{4}-[0-9]{2}-[0-9]{2}) time=(?P<event_clock>[0-9]{2}:[0-9]{2}:[0-9]{2}) (?P<pairs>.*)"
_TRAFFIC = {"type": "traffic"}
_ALLOWED = ("accept", "close", "timeout", "client-rst", "server-rst", "start", "ip-conn", "dns")

FORTIGATE = Dialect(
    name="fortigate",
    title="Fortinet FortiGate traffic log",
    forms=(
        Form(
            "event time", "date=", _HEAD, "(?P<pairs>.*)", _KEYS | {"event_stamp": ("eventtime", "([0-9]{10,19})")},
            pairs=_STYLE, where=_TRAFFIC, event_stamp="epoch_any",
        ),
        Form(
            "date and time", "date=", _HEAD, _TAIL, _KEYS | {"event_zone": ("tz", "([+-][0-9]{4})")},
            pairs=_STYLE, where=_TRAFFIC, event_stamp="iso",
        ),
    ),
    claims=(r"date=[0-9]", r'\btype="traffic"|^[^"]*\btype=traffic', r"\b(?:devid|logid)="),
    tags=("", "(?P<hostname>[!-~]+) "),
    actions={"deny": "block", **dict.fromkeys(_ALLOWED, "allow")},
    fix="config log syslogd setting: set format default; config log setting: set local-in-deny-unicast enable; "
    "log all sessions on the implicit deny policy",
    manual="FortiOS Log Message Reference: Traffic (log IDs 2-20)",
)  # fmt: skip
