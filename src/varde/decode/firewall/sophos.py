"""Sophos Firewall (XG, XGS; SFOS) firewall log and Sophos UTM (SG, ASG) packet filter log.

    device="SFW" date=2026-01-12 time=06:25:43 timezone="CET" ... log_type="Firewall" ... log_subtype="Denied" ... src_ip="A"
    device_name="SFW" timestamp="2026-01-12T06:25:43+0100" ... log_type="Firewall" ... src_ip="A" src_port=n dst_ip="B"
    2026:01:12-06:25:43 HOST ulogd[n]: id="2001" ... sub="packetfilter" name="Packet dropped" action="drop" ... srcip="A"

Source: SFOS syslog guide, "Firewall" (default and Central Reporting format); SFOS Logfile Guide 17.5; lines of UTM 9.
Content filter, IPS, mail and event logs describe no packet. The older format names its zone by abbreviation, which tells
nothing certain: its time counts as local.
"""

from varde.decode.firewall._dialect import Dialect, Form

_XG: dict[str, str | tuple[str, str]] = {
    "src": "src_ip", "src_port": "src_port", "dst": "dst_ip", "dst_port": "dst_port", "proto": "protocol",
    "action": "log_subtype", "rule": "fw_rule_name", "rule_": "fw_rule_id", "in_if": "in_interface",
    "out_if": "out_interface", "src_mac": "src_mac", "icmp_type": "icmp_type", "icmp_code": "icmp_code",
}  # fmt: skip
_OLD: dict[str, str | tuple[str, str]] = {
    "from_zone": "srczone", "to_zone": "dstzone", "nat_src": "tran_src_ip", "nat_src_port": "tran_src_port",
    "nat_dst": "tran_dst_ip", "nat_dst_port": "tran_dst_port", "event_date": "date", "event_clock": "time",
}  # fmt: skip
_NEW: dict[str, str | tuple[str, str]] = {
    "from_zone": "src_zone", "to_zone": "dst_zone", "nat_src": "src_trans_ip", "nat_src_port": "src_trans_port",
    "nat_dst": "dst_trans_ip", "nat_dst_port": "dst_trans_port", "event_stamp": "timestamp",
}  # fmt: skip
_UTM: dict[str, str | tuple[str, str]] = {
    "src": "srcip", "src_port": "srcport", "dst": "dstip", "dst_port": "dstport", "proto": "proto", "action": "action",
    "rule": "fwrule", "in_if": "initf", "out_if": "outitf", "src_mac": "srcmac", "length": "length", "ttl": "ttl",
    "flags": "tcpflags", "icmp_type": "type", "icmp_code": "code",
}  # fmt: skip
_FIREWALL = {"log_type": "Firewall", "protocol": ".+"}

SOPHOS = Dialect(
    name="sophos",
    title="Sophos Firewall (SFOS) and Sophos UTM",
    forms=(
        Form("SFOS", "device_name=", "", keys=_XG | _NEW, where=_FIREWALL, event_stamp="iso"),
        Form("SFOS, device standard format", "device=", "", keys=_XG | _OLD, where=_FIREWALL, event_stamp="iso"),
        Form("UTM packet filter", ' sub="packetfilter" ', r"ulogd(?:\[[0-9]+\])?: [ -~]*", keys=_UTM, where={"proto": ".+"}),
    ),
    claims=(r'log_type="Firewall"|sub="packetfilter"', r"\b(?:src_ip|srcip)=", r"\b(?:protocol|proto)="),
    tags=("", "(?P<hostname>[!-~]+) "),
    actions={
        "allowed": "allow", "denied": "block", "drop": "block", "dropped": "block", "reject": "reject", "rejected": "reject",
        "accept": "allow",
    },
    fix="System services > Log settings: send Firewall logs to syslog, format Central Reporting; log the default drop rule",
    manual="Sophos Firewall syslog guide: Firewall; SFOS Logfile Guide 17.5: Firewall",
)  # fmt: skip
