r"""Check Point Log Exporter: firewall log, format `syslog` and format `splunk` (pairs between bars).

    <134>1 STAMP HOST CheckPoint n - [action:"Drop"; ...; dst:"B"; ...; proto:"6"; s_port:"n"; service:"n"; src:"A"]
    time=1768199143|hostname=fw1|product=Firewall|action=Drop|ifdir=inbound|ifname=eth1|...|dst=B|...|src=A|

Source: Check Point Log Exporter administration guide (formats, `\=` and `\]` escapes) and its list of log fields:
`s_port` is the source port, `service` the destination port. Lines of other products (blades) describe no packet, nor
do those that sum up dropped packets without an address of their own.
"""

from varde.decode.firewall._dialect import Dialect, Form, Pairs

_PRODUCT = r"(?:VPN(?:-1)? *(?:&|\\u0026) *)?Fire ?Wall(?:-1)?"
_KEYS: dict[str, str | tuple[str, str]] = {
    "src": "src", "src_port": "s_port", "dst": "dst", "dst_port": "service", "proto": "proto", "action": "action",
    "rule": "rule_name", "rule_": "rule", "chain_": "ifdir", "from_zone": "inzone", "to_zone": "outzone",
    "nat_src": "xlatesrc", "nat_src_port": "xlatesport", "nat_dst": "xlatedst", "nat_dst_port": "xlatedport",
    "icmp_type": "icmp_type", "icmp_code": "icmp_code",
}  # fmt: skip
_INSIDE = _KEYS | {"in_if": "ifname"}
_OUTSIDE = _KEYS | {"out_if": "ifname"}
_SYSLOG = Pairs(before=r"(?:^|; ?|\[)", assign=":", value=r'[^ ;"]+')
# the bar behind a value is asked for: an address cut off at the end of a datagram is another address
_BARS = Pairs(before=r"(?:^|\|)", value=r"[^|]*", after=r"\|", quote="", escapes=True)
_WHERE = {"product": _PRODUCT, "proto": ".+"}


def _syslog(direction: str, keys: dict[str, str | tuple[str, str]]) -> Form:
    return Form(
        f"syslog {direction}", " CheckPoint ", r"1 (?P<event_stamp>[0-9T:.Z+-]+) (?P<hostname_>[!-~]+)",
        r"[!-~]+ [!-~]+ \[(?P<pairs>.*)\]?", keys, pairs=_SYSLOG, where=_WHERE | {"ifdir": direction}, event_stamp="iso",
    )  # fmt: skip


def _bars(direction: str, keys: dict[str, str | tuple[str, str]]) -> Form:
    return Form(
        f"splunk {direction}", "time=", "", r"(?P<event_stamp>[0-9]{10})\|(?P<pairs>.*)", keys | {"hostname_": "hostname"},
        pairs=_BARS, where=_WHERE | {"ifdir": direction}, event_stamp="epoch",
    )  # fmt: skip


CHECKPOINT = Dialect(
    name="checkpoint",
    title="Check Point (Log Exporter)",
    forms=(
        _syslog("inbound", _INSIDE), _syslog("outbound", _OUTSIDE), _bars("inbound", _INSIDE), _bars("outbound", _OUTSIDE),
    ),
    claims=(r'[|; \[]loguid[=:]', rf'[|; ]product[=:]"?{_PRODUCT}["|]', r"[|; ]src[=:]", r"[|; ]dst[=:]"),
    actions={
        "accept": "allow", "drop": "block", "reject": "reject", "block": "block", "encrypt": "allow", "decrypt": "allow",
        "monitor": "audit", "detect": "audit", "prevent": "block",
    },
    fix="cp_log_export add name varde target-server ADDRESS target-port 5514 protocol tcp format syslog",
    manual="Check Point Log Exporter administration guide; Log Exporter: list of log fields",
)  # fmt: skip
