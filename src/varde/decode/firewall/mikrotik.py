"""MikroTik RouterOS firewall lines, versions 5 to 7, as the router prints them and as syslog relays them.

    TOPICS PREFIX CHAIN: in:IF out:IF, [connection-mark:M] [connection-state:S] [src-mac MAC,] proto P, A->B, [NAT ...,] len N

Source: RouterOS manual, "Log" and "Filter" (action=log); lines of public logs. The comma before `src-mac` and `proto`
is missing in RouterOS 7, interface names may hold spaces, `out:(none)` became `out:(unknown 0)`.
"""

import re
import string
from collections.abc import Mapping

from varde.decode.firewall._action import action_of
from varde.decode.firewall._dialect import ADDRESS, V4, Dialect, Form

_NOT_COMMA = r"[ -+\x2d-~]"
_IF = r"[!-+\x2d-~]+"
_INTERFACES = rf"(?P<in_if>{_IF}) out:(?P<out_if>{_NOT_COMMA}+), ?"
_MARK_OR_STATE = rf"(?:connection-(?:mark:{_IF} (?:connection-state:[a-z,]+ )?|state:[a-z,]+ ))?"
_STATE = _MARK_OR_STATE + r"(?:src-mac (?P<src_mac>[0-9A-Fa-f:]+),? )?"
_PROTO = r"proto (?P<proto>[A-Za-z0-9-]+)(?: \((?P<flags>[A-Z,]+)\))?, "
_V4_PORTS = rf"(?P<src>{V4}):(?P<src_port>[0-9]+)->(?P<dst>{V4}):(?P<dst_port>[0-9]+)"
_V6_PORTS = rf"\[(?P<src>{ADDRESS})\]:(?P<src_port>[0-9]+)->\[(?P<dst>{ADDRESS})\]:(?P<dst_port>[0-9]+)"
_NO_PORTS = rf"\[?(?P<src>{ADDRESS})\]?->\[?(?P<dst>{ADDRESS})\]?"
# what follows must not begin with a digit, or there were two ways to end the length
_LEN = r", len (?P<length>[0-9]+)(?:[ -/:-~][ -~]*)?"
_ICMP = r"proto (?P<proto>[A-Za-z0-9-]+) \(type (?P<icmp_type>[0-9]+), code (?P<icmp_code>[0-9]+)\), "
_NAT_SRC = r"\([0-9.]+:[0-9]+->(?P<nat_src>[0-9.]+):(?P<nat_src_port>[0-9]+)\)->[0-9.]+:[0-9]+"
_NAT_DST = r"[0-9.]+:[0-9]+->\([0-9.]+:[0-9]+->(?P<nat_dst>[0-9.]+):(?P<nat_dst_port>[0-9]+)\)"
_NAT_ONLY = r"\([0-9.]+:[0-9]+->(?P<nat_dst>[0-9.]+):(?P<nat_dst_port>[0-9]+)\)"

# interface names with spaces or commas, options in any order: every form at once, not one-pass and so last
_LOOSE_START = (
    rf"(?P<in_if>[ -~]*?) out:(?P<out_if>{_NOT_COMMA}*), ?(?:[ -~]*?src-mac (?P<src_mac>[0-9A-Fa-f:]+))?[ -~]*?"
)
_LOOSE_PROTO = (
    r"proto (?P<proto>[A-Za-z0-9-]+)(?: \((?:type (?P<icmp_type>[0-9]+), code (?P<icmp_code>[0-9]+)|(?P<flags>[A-Z,]*))\))?, "
)
_LOOSE_ENDS = (
    rf"(?:\[(?P<src>{ADDRESS})\]|(?P<src_>{V4}|{ADDRESS}))(?::(?P<src_port>[0-9]+))?->"
    rf"(?:\[(?P<dst>{ADDRESS})\]|(?P<dst_>{V4}|{ADDRESS}))(?::(?P<dst_port>[0-9]+))?"
)


def _form(name: str, ends: str, start: str = _STATE + _PROTO, nat: str = "") -> Form:
    return Form(name, " in:", "(?P<lead>[ -~]*)", _INTERFACES + start + ends + (f", NAT {nat}" if nat else "") + _LEN)


_CHAIN_LETTERS = string.ascii_letters + string.digits + "_-"
_TOPICS = re.compile(r"[a-z-]+(?:,!?[a-z-]+)+")


def _take_lead(lead: str) -> Mapping[str, str]:
    """`[host] [topics] [prefix] chain:` -> hostname, rule, chain. The prefix may hold anything, the topics again too."""
    words = lead.strip().split(" ")
    at = next((place for place, word in enumerate(words) if _TOPICS.fullmatch(word)), None)
    found = {"hostname": "", "rule": " ".join(words), "chain": ""}
    if at is not None:
        found["hostname"] = words[at - 1] if at else ""
        found["rule"] = " ".join(words[at + 1 :])
    rest, chain = _split_chain(found["rule"])
    if chain:
        found["chain"] = chain
        found["rule"] = rest or chain
    if at is None and " " in found["rule"]:
        found["hostname"], found["rule"] = found["rule"].split(" ", 1)
    return found


def _split_chain(text: str) -> tuple[str, str]:
    """`prefix chain:` -> prefix, chain; both empty where the text does not end so."""
    if not text.endswith(":"):
        return "", ""
    rest = text[:-1].rstrip(_CHAIN_LETTERS)
    return rest.strip(), text[len(rest) : -1]


MIKROTIK = Dialect(
    name="mikrotik",
    title="MikroTik RouterOS",
    forms=(
        _form("ports", _V4_PORTS),
        _form("icmp", _NO_PORTS, start=_STATE + _ICMP),
        _form("ports of IPv6", _V6_PORTS),
        _form("no ports", _NO_PORTS),
        _form("source NAT", _V4_PORTS, nat=_NAT_SRC),
        _form("destination NAT", _V4_PORTS, nat=_NAT_DST),
        _form("NAT of the target", _V4_PORTS, nat=_NAT_ONLY),
        Form("loose", " in:", "(?P<lead>.*)", _LOOSE_START + _LOOSE_PROTO + _LOOSE_ENDS + r"(?:, NAT [ -~]*?)?, len (?P<length>[0-9]+).*"),
    ),
    claims=(" in:", " out:", "proto "),
    lead=_take_lead,
    action=action_of,
    fix="/ip firewall filter: give each logging rule log-prefix=BLOCK (or ALLOW)",
    clock="/system logging action set remote bsd-syslog=yes syslog-time-format=iso8601",
    manual="RouterOS manual: Log; Filter",
)
