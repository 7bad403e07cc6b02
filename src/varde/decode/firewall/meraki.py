"""Cisco Meraki flows and firewall rules (MX security appliances, MR access points).

    <134>1 1768199143.886213117 MX60 flows src=A dst=B mac=M protocol=udp sport=n dport=n pattern: allow all
    <134>1 1768199143.886213117 MX60 firewall src=A dst=B protocol=tcp sport=n dport=n pattern: 1 all

Source: Cisco Meraki documentation, "Syslog Server Overview and Configuration" and "Syslog Event Types and Log Samples":
in inbound rules 1 is deny and 0 is allow; from MX 18.101 on the event is named after the rule table. Events, URLs and
IDS alerts describe no packet. Older lines put the action before the addresses.
"""

from varde.decode.firewall._dialect import ADDRESS, PRINTABLE, Dialect, Form

_TAIL = (
    rf"(?:(?P<action_>[a-z]+) )?src=(?P<src>{ADDRESS}) dst=(?P<dst>{ADDRESS})(?: mac=(?P<src_mac>[!-~]+))? "
    r"protocol=(?P<proto>[A-Za-z0-9-]+)(?: sport=(?P<src_port>[0-9]+) dport=(?P<dst_port>[0-9]+))?"
    rf"(?: type=(?P<icmp_type>[0-9]+))?(?: pattern: (?P<rule>(?:Group Policy )?(?P<action>[A-Za-z0-9]+){PRINTABLE}))? ?"
)
_HEAD = r"(?:1 (?P<event_stamp>[0-9]{9,10}\.[0-9]+) )?(?P<hostname_>[!-~]+)"
_TABLES = ("flows", "firewall", "vpn_firewall", "cellular_firewall", "bridge_anyconnect_client_vpn_firewall")

MERAKI = Dialect(
    name="meraki",
    title="Cisco Meraki MX and MR",
    forms=tuple(Form(name, f" {name} ", _HEAD, _TAIL, fixed={"chain": name}, event_stamp="epoch") for name in _TABLES),
    claims=(rf"^[^=]* (?:{'|'.join(_TABLES)}) ", r"\bsrc=", r"\bdst=", r"\bprotocol="),
    tags=("", "[!-~]+ "),
    actions={"allow": "allow", "deny": "block", "0": "allow", "1": "block"},
    fix="Network-wide > General > Reporting: syslog server with role Flows; enable logging on each firewall rule",
    manual="Cisco Meraki: Syslog Server Overview and Configuration; Syslog Event Types and Log Samples",
)
