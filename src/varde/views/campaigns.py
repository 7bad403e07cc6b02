"""Scans in words: a sentence that needs no manual, why it is believed, what to do, and where its records are.

    Campaign -> name_of, caption, sentence, reason, advice      for people
             -> identity, link, evidence, document, row_of      for programs and for the next click

Of a source of IPv6 its /64 is named, because that is who acted. Where sources are is known by `origins`, which may be left out."""

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from varde.decode.addresses import text_of
from varde.decode.rows import iso
from varde.detect import Campaign
from varde.model import counted, service_name
from varde.model.findings import kind_named
from varde.model.planes import PLANES
from varde.model.researchers import RESEARCHERS
from varde.views.origins import Origin, Origins, countries
from varde.views.pace import every, every_short, lasting, whole_minutes

Row = dict[str, Any]

CAPTION_MAX = 60
"""Characters of a caption: more covers what it stands beside."""

NAMED_MAX = 20
"""Ports that are named one by one in the command that shows the evidence, and sources whose block is suggested: more is not read."""

FEW_PACKETS = 10
"""Packets of a source below which it is accused of nothing by itself."""

BLOCK_EVENTS, BLOCK_ALLOWED = 100, 10
"""Packets of a source, and those of them that were let through, from which on a block changes something: less is over before anybody reads it."""

LIMIT_SECONDS = 20.0
"""Between two ports, from which on usual limits do not count to 15 in five minutes."""

COLUMNS = ("id", "kind", "plane", "time", "end_time", "source", "sources", "country", "asn", "events", "ports", "port_min", "port_max", "targets",
           "order", "tau", "log10_p", "confidence", "allowed", "flags", "researcher", "sentence")  # fmt: skip
"""Keys of a campaign that are one value; lists and the other words are in JSON alone."""

_LN10 = math.log(10)
_MAPPED = bytes(10) + b"\xff\xff"
_NOWHERE: Mapping[bytes, Origin] = {}
_PLANES = {plane.key: plane for plane in PLANES}
_SHORT = {"vertical": "Port scan", "horizontal": "Sweep", "block": "Block scan", "diagonal": "Slow scan", "random": "Slow scan", "coordinated": "Shared scan",
          "flags": "Odd flags", "tool": "Tool", "new": "New port", "art": "Drawing"}  # fmt: skip
"""Titles for captions."""

FLAG_WORDS = {"xmas": "FIN, PSH and URG (Xmas)", "null": "no flag at all (NULL)", "fin": "FIN alone", "syn+fin": "SYN and FIN", "ack": "ACK alone"}
"""What was set in packets of a scan by odd flags."""

_SHORT_FLAGS = {"xmas": "Xmas scan", "null": "NULL scan", "fin": "FIN scan", "syn+fin": "SYN+FIN scan", "ack": "ACK scan"}
"""The same as scanners call it."""

TOOL_WORDS = {"mirai": "Mirai (the sequence number is the destination)", "zmap": "ZMap (identification 54321)", "masscan": "masscan (identification mixed of address, port and sequence)"}
"""What a tool is known by."""


# who and what


def who(campaign: Campaign) -> str:
    """`198.51.100.7`, `2001:db8::/64`, or `20 sources`."""
    return source_text(campaign.sources[0]) if campaign.source_count == 1 and campaign.sources else counted(campaign.source_count, "source")


def source_text(source: bytes) -> str:
    """An IPv4 address, or the /64 of an IPv6 one."""
    return text_of(source) if source.startswith(_MAPPED) else f"{text_of(source[:8] + bytes(8))}/64"


def name_of(campaign: Campaign) -> str:
    """`Slow scan in order, down, by 198.51.100.7`."""
    what = f" {_one_port(campaign)}" if campaign.kind == "new" and campaign.port_count == 1 and campaign.ports else ""
    title = f"{kind_named(campaign.kind).title}{what}{f', {campaign.order}' if campaign.order else ''}"
    return f"{title}{',' if ',' in title else ''} by {who(campaign)}"


def caption(campaign: Campaign, zone: ZoneInfo) -> str:
    """What, who, how many and how fast, in at most CAPTION_MAX characters; what is new or marked has its hour instead."""
    head = f"{_SHORT_FLAGS.get(campaign.flags, _SHORT[campaign.kind])}{f' {campaign.order}' if campaign.order else ''}: {who(campaign)}"
    has_pace = campaign.kind not in ("new", "tool", "art")
    last = every_short(_pieces(campaign), _seconds(campaign)) if has_pace else f"since {_moment(campaign.first, zone):%H:%M}"
    parts = [head, _many_short(campaign), last]
    while len(parts) > 1 and len(", ".join(filter(None, parts))) > CAPTION_MAX:
        parts.pop()
    return ", ".join(filter(None, parts))[:CAPTION_MAX]


def sentence(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> str:
    """Who did what, how much of it and how fast, so that somebody understands it who knows no word of the manual."""
    return f"{_subject(campaign, origins)} {_DID[campaign.kind](campaign, zone)}."


def reason(campaign: Campaign) -> str:
    """Why it is believed, with the numbers behind it, and what nobody can know."""
    words = [_chance(campaign), _tau(campaign), _marks(campaign), _few(campaign), _invented(campaign)]
    return "; ".join([f"confidence {campaign.confidence}", *filter(None, words)])


def words(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> str:
    """Sentence, reason and advice behind each other, for a message."""
    why, what = reason(campaign), advice(campaign)
    return f"{sentence(campaign, zone, origins)} {why[0].upper()}{why[1:]}. {what[0].upper()}{what[1:]}."


def words_of_rest(kinds: Mapping[str, int], sources: int, first: int, zone: ZoneInfo) -> str:
    """What scans were that nobody was told of one by one: how many of each kind, and what tells them. `first`: us since 1970 UTC."""
    listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda one: (-one[1], one[0])))
    return f"{counted(sum(kinds.values()), 'scan')} more in the hour before, by {counted(sources, 'source')}: {listed}. `varde scans --since '{_moment(first, zone):%Y-%m-%d %H:%M}'` tells them."


def advice(campaign: Campaign) -> str:
    """What to do, which is mostly nothing, and why."""
    if campaign.researcher:
        where = opt_out(campaign)
        how = f"; who wants to be left alone says so at {where}" if where else "; its own pages say how to be left alone"
        return f"block nobody: {campaign.researcher} measures the Internet and says who it is{how}"
    if not campaign.allowed:
        return "nothing to do: all of it was refused already"
    passed = f"{counted(campaign.allowed, 'packet')} {'was' if campaign.allowed == 1 else 'were'} let through"
    close = "close what they reached, or name it in [insight] open_ports where it is a service of yours"
    blocked = block(campaign)
    return f"{passed}: {close}; to block {', '.join(blocked)} for a day would help too" if blocked else f"{passed}: {close}; a block would change nothing"


def block(campaign: Campaign) -> tuple[str, ...]:
    """Networks whose block would change something, mostly none.

    None of a known researcher, none whose address whoever sent it may have invented (all but TCP that was let through, and that often), and none of few packets."""
    events = campaign.events / max(1, campaign.source_count)
    allowed = campaign.allowed / max(1, campaign.source_count)
    helps = campaign.plane.startswith("tcp") and events >= BLOCK_EVENTS and allowed >= BLOCK_ALLOWED
    if not helps or campaign.researcher or campaign.source_count > NAMED_MAX or not kind_named(campaign.kind).is_alert:
        return ()
    return tuple(source_text(source) for source in campaign.sources)


def opt_out(campaign: Campaign) -> str:
    """Where the researcher says how to be left alone; empty where that is not known."""
    return next((one.opt_out for one in RESEARCHERS if one.name == campaign.researcher), "")


# where its records are


def identity(campaign: Campaign) -> str:
    """The same for as long as it is the same campaign: `diagonal-tcp4-2026112001-198.51.100.7`."""
    hour = datetime.fromtimestamp(campaign.first // 1_000_000, timezone.utc)
    source = text_of(campaign.sources[0]) if campaign.sources else "-"
    return f"{campaign.kind}-{campaign.plane}-{hour:%Y%m%d%H}-{source}"


def evidence(campaign: Campaign, zone: ZoneInfo) -> str:
    """The command that shows its records; its moments are those of the zone, and say so."""
    first, last = (end.astimezone(zone).isoformat() for end in _ends(campaign))
    words = ["varde", "filter", _condition(campaign), "--table", "probes", "--since", first, "--until", last]
    return shlex.join(word for word in words if word)


def link(campaign: Campaign) -> str:
    """The place in the page that shows its records."""
    first, last = (iso(end) for end in _ends(campaign))
    ports = "none/" if not _has_ports(campaign) else f"{campaign.port_min}/{campaign.port_max}" if _whole(campaign) else "/"
    source = {"src": source_text(campaign.sources[0])} if campaign.source_count == 1 and campaign.sources else {}
    action = {"action": "all"} if campaign.allowed else {}
    place = {"from": first, "to": last, **source, **action, "evidence": f"{first}/{last}/{ports}/{campaign.plane}", "finding": identity(campaign)}
    return f"/?{urlencode(place, safe='/:')}"


def document(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> Row:
    """All that is known, for programs. Moments are ISO 8601 UTC, null what nobody knows."""
    return row_of(campaign, zone, origins) | {
        "title": kind_named(campaign.kind).title, "name": name_of(campaign), "caption": caption(campaign, zone), "reason": reason(campaign), "advice": advice(campaign),
        "block": list(block(campaign)), "opt_out": opt_out(campaign) or None, "evidence": evidence(campaign, zone), "page": link(campaign),
        "source_list": [_source(source, origins) for source in campaign.sources], "port_list": list(campaign.ports), "target_list": [text_of(target) for target in campaign.targets],
        "ports_an_hour": None if campaign.ports_an_hour is None else round(campaign.ports_an_hour, 3),
        "tools": {name: round(share, 3) for name, share in campaign.tools.items()}, "outline": [{"time": iso(time), "port": port} for time, port in campaign.outline],
    }  # fmt: skip


def row_of(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> Row:
    """The values of COLUMNS."""
    only = campaign.sources[0] if campaign.source_count == 1 and campaign.sources else None
    origin = origins.get(only, Origin()) if only is not None else Origin()
    values = (
        identity(campaign), campaign.kind, campaign.plane, iso(campaign.first), iso(campaign.last), source_text(only) if only is not None else None, campaign.source_count,
        origin.country or None, origin.asn, campaign.events, campaign.port_count, campaign.port_min, campaign.port_max, campaign.target_count,
        campaign.order or None, round(campaign.tau, 3) if campaign.tau else None, round(campaign.log_p / _LN10, 1) if campaign.log_p else None,
        campaign.confidence, campaign.allowed, campaign.flags or None, campaign.researcher or None, sentence(campaign, zone, origins),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def table_row(campaign: Campaign, zone: ZoneInfo, origins: Origins = _NOWHERE) -> Row:
    """What a terminal shows first: one line a campaign."""
    places = countries(campaign.sources, origins)
    return {
        "since": f"{_moment(campaign.first, zone):%Y-%m-%d %H:%M}", "kind": campaign.kind, "source": who(campaign), "from": places[0][0].removeprefix("the ") if places else "unknown",
        "lasts": lasting(_seconds(campaign)), "packets": campaign.events, "ports": campaign.port_count, "targets": campaign.target_count, "confidence": campaign.confidence,
    }  # fmt: skip


# the parts of a sentence


def _subject(campaign: Campaign, origins: Origins) -> str:
    own = f" of {campaign.researcher}" if campaign.researcher else ""
    if campaign.source_count == 1 and campaign.sources:
        source = campaign.sources[0]
        origin = origins.get(source, Origin())
        place = f" in {origin.name}" if origin.name else ""
        named = ", ".join(filter(None, [source_text(source), f"AS{origin.asn}" if origin.asn is not None else ""]))
        return f"One source{own}{place} ({named})"
    found = countries(campaign.sources, origins)
    places = f" in {found[0][0]}" if len(found) == 1 else f" in {len(found)} countries ({found[0][1]:,} in {found[0][0]})" if found else ""
    return f"{counted(campaign.source_count, 'source')}{own}{places}"


def _vertical(campaign: Campaign, zone: ZoneInfo) -> str:
    return f"tried {_ports(campaign)} of {_targets(campaign)} {_while(campaign, zone)}{_paced(campaign)}"


def _horizontal(campaign: Campaign, zone: ZoneInfo) -> str:
    return f"tried {_ports(campaign)} at {_targets(campaign)} {_while(campaign, zone)}{_paced(campaign)}"


def _diagonal(campaign: Campaign, zone: ZoneInfo) -> str:
    first, last = (campaign.port_max, campaign.port_min) if campaign.order == "down" else (campaign.port_min, campaign.port_max)
    ends = f" from {first:,} to {last:,}" if first is not None and last is not None else ""
    unseen = "; no limit by the minute sees that" if _seconds(campaign) >= LIMIT_SECONDS * campaign.port_count else ""
    return f"went {campaign.order or 'through'} {_ports(campaign)}{ends} {_while(campaign, zone)}{_paced(campaign)}{unseen}"


def _random(campaign: Campaign, zone: ZoneInfo) -> str:
    return f"tried {_ports(campaign)} that hardly anybody tries, in no order, {_while(campaign, zone)}{_paced(campaign)}"


def _coordinated(campaign: Campaign, zone: ZoneInfo) -> str:
    if campaign.target_count > campaign.port_count:
        return f"shared out {_targets(campaign)} among them, {_each(campaign, campaign.target_count)}, and tried {_ports(campaign)} there {_while(campaign, zone)}"
    between = f" between {campaign.port_min:,} and {campaign.port_max:,}" if campaign.port_min is not None and campaign.port_count > 1 else ""
    return f"shared out {_ports(campaign)}{between} among them, {_each(campaign, campaign.port_count)}, {_while(campaign, zone)}{_paced(campaign)}"


def _flags(campaign: Campaign, zone: ZoneInfo) -> str:
    flags = FLAG_WORDS.get(campaign.flags, f"the flags {campaign.flags}")
    return f"sent {counted(campaign.events, 'packet')} with {flags}, as no connection begins, to {_ports(campaign)} of {_targets(campaign)} {_while(campaign, zone)}"


def _tool(campaign: Campaign, zone: ZoneInfo) -> str:
    names = " and ".join(TOOL_WORDS.get(name, name) for name in campaign.tools) or "a scanning tool"
    return f"sent {counted(campaign.events, 'packet')} that bear the mark of {names}, to {_ports(campaign)} of {_targets(campaign)} {_while(campaign, zone)}"


def _new(campaign: Campaign, zone: ZoneInfo) -> str:
    return f"tried {_ports(campaign)}, where nobody had come in the month before, with {counted(campaign.events, 'packet')} {_while(campaign, zone)}"


def _art(campaign: Campaign, zone: ZoneInfo) -> str:
    between = f" on ports {campaign.port_min:,} to {campaign.port_max:,}" if campaign.port_min is not None else ""
    return f"drew a picture into the Fireplot, with {counted(campaign.events, 'packet')}{between} {_while(campaign, zone)}"


_DID: dict[str, Callable[[Campaign, ZoneInfo], str]] = {
    "vertical": _vertical, "horizontal": _horizontal, "block": _horizontal, "diagonal": _diagonal, "random": _random,
    "coordinated": _coordinated, "flags": _flags, "tool": _tool, "new": _new, "art": _art,
}  # fmt: skip
"""What follows the subject, by kind."""


def _ports(campaign: Campaign) -> str:
    """`420 ports`, `1,000 UDP ports`; one by its name."""
    if not _has_ports(campaign):
        return "ICMP" if campaign.plane == "icmp" else "no port"
    if campaign.port_count == 1 and campaign.ports:
        return _one_port(campaign)
    protocol = "" if campaign.plane == "tcp4" else f"{_PLANES[campaign.plane].title.partition(' ')[0]} "
    return counted(campaign.port_count, f"{protocol}port") + (" over IPv6" if campaign.plane.endswith("6") else "")


def _one_port(campaign: Campaign) -> str:
    protocol, port = campaign.plane[:3], campaign.ports[0]
    service = service_name(protocol, port)
    return f"{protocol}/{port}{' over IPv6' if campaign.plane.endswith('6') else ''}{f' ({service})' if service else ''}"


def _targets(campaign: Campaign) -> str:
    one = campaign.target_count == 1 and campaign.targets
    return text_of(campaign.targets[0]) if one else counted(campaign.target_count, "address", "addresses")


def _while(campaign: Campaign, zone: ZoneInfo) -> str:
    return f"in {lasting(_seconds(campaign))} from {_moment(campaign.first, zone):%Y-%m-%d %H:%M} on"


def _paced(campaign: Campaign) -> str:
    pace = every(_pieces(campaign), _seconds(campaign))
    return f", {pace}" if pace else ""


def _each(campaign: Campaign, count: int) -> str:
    share = count / max(1, campaign.source_count)
    return f"about {share:,.0f} each" if share >= 2 else "each taking others"


def _many_short(campaign: Campaign) -> str:
    if campaign.kind in ("flags", "tool", "art"):
        return counted(campaign.events, "packet")
    if not _has_ports(campaign):
        return counted(campaign.target_count, "address", "addresses")
    ports = _one_port(campaign) if campaign.port_count == 1 and campaign.ports else counted(campaign.port_count, "port")
    return f"{ports} at {counted(campaign.target_count, 'address', 'addresses')}" if campaign.target_count > 1 else ports


def _pieces(campaign: Campaign) -> int:
    """What its pace is counted in: ports or addresses, and packets where it is after both."""
    most = max(campaign.port_count if _has_ports(campaign) else 0, campaign.target_count)
    return campaign.events if campaign.kind in ("block", "flags") else most


# the parts of a reason


def _chance(campaign: Campaign) -> str:
    """`by chance once in 10^40`."""
    if campaign.log_p >= 0:
        return ""
    ten = -campaign.log_p / _LN10
    once = f"10^{ten:.0f}" if ten >= 6 else f"{float(f'{10**ten:.2g}'):,.0f}"
    return f"by chance once in {once}, with all sources counted that were looked at"


def _tau(campaign: Campaign) -> str:
    if not campaign.order:
        return ""
    ideal = "-1 is strictly down" if campaign.tau < 0 else "1 is strictly up"
    return f"tau {campaign.tau:.2f}, where 0 is no order and {ideal}"


def _marks(campaign: Campaign) -> str:
    marked = [f"{share:.0%} of its sources bear the mark of {TOOL_WORDS.get(name, name)}" for name, share in campaign.tools.items()]
    return "" if campaign.kind == "tool" else "; ".join(marked)


def _few(campaign: Campaign) -> str:
    each = campaign.events / max(1, campaign.source_count)
    return f"only {counted(max(1, round(each)), 'packet')} of each source" if each < FEW_PACKETS else ""


def _invented(campaign: Campaign) -> str:
    """Nobody proves a sender by a packet that nobody answered."""
    if campaign.plane.startswith("udp"):
        return "senders of UDP can be invented"
    return "" if campaign.allowed else "what was refused proves no sender: an address can be invented"


# ends and numbers


def _has_ports(campaign: Campaign) -> bool:
    return _PLANES[campaign.plane].has_ports


def _whole(campaign: Campaign) -> bool:
    """Whether all of its ports are known, so that the least and the largest are."""
    return bool(campaign.ports) and campaign.port_count <= len(campaign.ports)


def _condition(campaign: Campaign) -> str:
    parts = []
    if campaign.sources:  # all of them, or the busiest: what others did meanwhile is no evidence
        parts.append(f"src in {','.join(source_text(source) for source in campaign.sources)}")
    if _has_ports(campaign):
        parts.append(f"proto {campaign.plane[:3]}")
        parts += [f"dport {_port_words(campaign)}"] if _whole(campaign) else []
    elif campaign.plane == "icmp":
        parts.append("proto icmp,ipv6-icmp")
    return " and ".join(parts)


def _port_words(campaign: Campaign) -> str:
    if campaign.port_count <= NAMED_MAX:
        return ",".join(str(port) for port in sorted(campaign.ports))
    return f"{campaign.port_min}-{campaign.port_max}"


def _ends(campaign: Campaign) -> tuple[datetime, datetime]:
    return whole_minutes(*(datetime.fromtimestamp(end // 1_000_000, timezone.utc) for end in (campaign.first, campaign.last)))


def _seconds(campaign: Campaign) -> float:
    return (campaign.last - campaign.first) / 1e6


def _moment(time: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(time // 1_000_000, timezone.utc).astimezone(zone)


def _source(source: bytes, origins: Origins) -> Row:
    origin = origins.get(source, Origin())
    return {"source": source_text(source), "country": origin.country or None, "asn": origin.asn, "as_name": origin.holder or None}


def ranked(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Least likely first; those without a probability after them, the busiest first."""
    return sorted(campaigns, key=lambda one: (one.log_p, -one.events, identity(one)))
