"""Palo Alto Networks PAN-OS traffic log: comma-separated values, quoted where they hold commas.

    [STAMP HOST] 1,RECEIVED,SERIAL,TRAFFIC,drop,VERSION,GENERATED,SRC,DST,NATSRC,NATDST,RULE,USER,...,PROTOCOL,ACTION,...

Source: PAN-OS Administrator's Guide, Syslog Field Descriptions, Traffic Log Fields; the columns up to the action are the
same from 7.1 on. Times are the firewall's local time. Other types (THREAT, SYSTEM, ...) are ignored.
"""

from varde.decode.firewall._dialect import ADDRESS, Dialect, Form

_FIELD = r'(?:"(?:[ -!#-~]|"")*"|[ !#-+\x2d-~]*),'


def _field(name: str, pattern: str = r"[ !#-+\x2d-~]*") -> str:
    return rf"(?P<{name}>{pattern}),"


_RULE = r'(?:"(?P<rule_>(?:[ -!#-~]|"")*)"|(?P<rule>[ !#-+\x2d-~]*)),'
_NUMBER = "[0-9]*"
_TAIL = (
    "(?:start|end|drop|deny)," + _FIELD + _field("event_stamp", "[0-9/: TZ.+-]*")
    + _field("src", ADDRESS) + _field("dst", ADDRESS)
    + _field("nat_src", "[0-9a-fA-F.:]*") + _field("nat_dst", "[0-9a-fA-F.:]*") + _RULE
    + 4 * _FIELD  # source user, destination user, application, virtual system
    + _field("from_zone") + _field("to_zone") + _field("in_if") + _field("out_if")
    + 4 * _FIELD  # log action, future use, session, repeat count
    + _field("src_port", _NUMBER) + _field("dst_port", _NUMBER)
    + _field("nat_src_port", _NUMBER) + _field("nat_dst_port", _NUMBER)
    + _FIELD + _field("proto", "[a-z0-9-]+") + r"(?P<action>[a-z-]+)(?:,.*)?"
)  # fmt: skip
_HEAD = r"1,[0-9/: T.+Z-]*,[0-9A-Za-z]*"

PANOS = Dialect(
    name="panos",
    title="Palo Alto Networks PAN-OS traffic log",
    forms=(Form("traffic", ",TRAFFIC,", _HEAD, _TAIL, event_stamp="slashes"),),
    claims=(r",TRAFFIC,(?:start|end|drop|deny),",),
    tags=("(?P<hostname>[!-~]+) ", ""),
    actions={
        "allow": "allow", "deny": "block", "drop": "block", "drop-icmp": "reject", "reset-client": "reject",
        "reset-server": "reject", "reset-both": "reject",
    },
    fix="log forwarding profile: syslog, default format, facility LOG_USER, and log at session start on rules that deny",
    manual="PAN-OS Administrator's Guide: Syslog Field Descriptions, Traffic Log Fields",
)  # fmt: skip
