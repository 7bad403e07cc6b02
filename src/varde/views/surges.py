"""Surges as documents for programs, rows of a table, and what is known of one in sentences."""

import math
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.detect.surge import HOURS_MIN, Surge
from varde.detect.usual import DAYS, SETTLED_HOURS, Known
from varde.model import counted, proto_name, service_name
from varde.query.surges import MIX_MIN, ROWS_MAX, Answer, Finding
from varde.views.campaigns import TOOL_WORDS
from varde.views.listing import bars
from varde.views.pace import whole_minutes
from varde.views.world import World

Row = dict[str, Any]

COLUMNS = ("time", "end_time", "proto", "proto_name", "dst_port", "plane", "service", "level", "confidence", "sources", "networks", "events",
           "window_hours", "window_networks", "expected", "log10_p", "log10_odds", "new_share", "in_force")  # fmt: skip
"""Keys of a surge that are one value; `countries`, `curve` and the like are in JSON alone."""

COUNTRIES = 10
"""Countries that are shown, as in the article's table."""

_LN10 = math.log(10)


def name_of(surge: Surge) -> str:
    """`tcp/7547 (cwmp)`, with IPv6 said."""
    service = service_name(proto_name(surge.proto), surge.port)
    family = " over IPv6" if surge.plane.endswith("6") else ""
    return f"{proto_name(surge.proto)}/{surge.port}{family}{f' ({service})' if service else ''}"


def document(answer: Answer) -> Row:
    """All that is known, for programs. Moments are ISO 8601 UTC, countries codes, null where none is known."""
    known = answer.known
    rests = {"hours": known.hours, "ports": known.ports, "busy_ports": known.busy, "dispersion": round(known.dispersion, 3), "dispersion_estimated": known.estimated}
    return {"from": iso(answer.window.first), "to": iso(answer.window.last), "baseline": rests, "left_out": answer.left_out,
            "surges": [finding_document(finding) for finding in answer.findings]}  # fmt: skip


def finding_document(finding: Finding) -> Row:
    surge, difference = finding.surge, finding.difference
    return row_of(finding) | {
        "countries": [{"country": code or None, "sources": count} for code, count in finding.countries.items()],
        "usual_countries": [{"country": code or None, "sources": count} for code, count in finding.usual_countries.items()],
        "usual_countries_of": finding.usual_of,
        "countries_g": round(difference.g, 1), "countries_freedom": difference.freedom, "countries_log10_p": round(difference.log_p / _LN10, 1),
        "tools": {name: round(share, 3) for name, share in finding.tools.items()}, "allowed": finding.allowed, "whole": finding.whole,
        "spoofed": finding.lies, "unroutable_share": round(finding.nowhere, 4),
        "curve": [{"time": _hour(each.hour), "networks": each.sources, "expected": round(each.expected, 3)} for each in surge.curve],
        "payloads": [{"time": iso(each.time), "form": each.form, "known": each.known, "sha256": each.sha256, "data": _text(each.data)} for each in finding.payloads],
        "reason": reason(surge), "advice": advice(finding), "evidence": evidence(finding), "page": page(finding),
    }  # fmt: skip


def row_of(finding: Finding) -> Row:
    """The values of COLUMNS."""
    surge = finding.surge
    values = (
        iso(finding.first), iso(finding.last), surge.proto, proto_name(surge.proto), surge.port, surge.plane, service_name(proto_name(surge.proto), surge.port) or None,
        surge.level, surge.confidence, finding.addresses, finding.networks, finding.events, surge.window, surge.sources, round(surge.expected, 3),
        round(surge.log_p / _LN10, 1), round(surge.log_odds / _LN10, 1), None if finding.new is None else round(finding.new, 3), not surge.over,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def table_rows(findings: Sequence[Finding], world: World, zone: ZoneInfo) -> list[Row]:
    """What a terminal shows first: one line a surge."""
    return [
        {"since": _local(each.first, zone), "port": name_of(each.surge), "level": each.surge.level, "sources": each.addresses, "networks": each.networks,
         "usual": f"{_number(each.surge.expected)} in {each.surge.window} h", "by hour": bars([round(hour.sources) for hour in each.surge.curve[-24:]]), "most from": _most(each, world)}
        for each in findings
    ]  # fmt: skip


def sentences(finding: Finding, world: World, zone: ZoneInfo) -> Iterator[str]:
    """What is known of one surge, each a line."""
    surge = finding.surge
    until = f"until {_local(finding.last, zone)}" if surge.over else "and goes on"
    yield f"{name_of(surge)} since {_local(finding.first, zone)}, {until}: {counted(finding.addresses, 'address', 'addresses')} in {counted(finding.networks, 'network')}, {counted(finding.events, 'packet')}"
    yield f"  {surge.level}, confidence {surge.confidence}: {reason(surge)}"
    yield f"  networks an hour: {' '.join(f'{hour.sources:.0f}' for hour in surge.curve[:24])}{' ...' if len(surge.curve) > 24 else ''}"
    yield from (f"  {line}" for line in country_table(finding, world))
    yield f"  {countries_sentence(finding, world)}"
    if finding.new is not None:
        yield f"  {finding.new:.0%} of these networks are in no record that is stored of the {DAYS // 7} weeks before"
    for name, share in finding.tools.items():
        yield f"  {share:.0%} of the addresses whose headers were logged bear the mark of {TOOL_WORDS[name]}"
    for payload in finding.payloads:
        yield f"  sent first: {payload.known or payload.form or 'unknown'}: {_text(payload.data)}"
    if not finding.whole:
        yield f"  of its records the first {ROWS_MAX:,} were looked at"
    yield f"  {advice(finding)}"
    yield f"  evidence: {evidence(finding)}"
    yield f"  page:     {page(finding)}"


def country_table(finding: Finding, world: World) -> list[str]:
    """Sources by country, the most first."""
    shown = list(finding.countries.items())[:COUNTRIES]
    if [code for code, _ in shown] == [""]:
        return []
    width = max((len(f"{count:,}") for _, count in shown), default=0)
    return [f"{count:>{width},} {_country(code, world)}" for code, count in shown]


def countries_sentence(finding: Finding, world: World) -> str:
    """Whether they come from elsewhere than usual, with the numbers of the test."""
    difference = finding.difference
    if finding.usual_of is None:
        return "nothing is stored before it, so nobody knows which countries are usual"
    if not difference.freedom:
        return "of the countries nothing is known"
    usual = "of this port" if finding.usual_of == "port" else f"of all ports (this one had fewer than {MIX_MIN} sources)"
    test = f"G = {difference.g:,.1f}, {counted(difference.freedom, 'degree')} of freedom, {_chance(difference.log_p)}"
    if difference.log_p > math.log(0.001):
        return f"they come from the usual countries {usual}: {test}"
    country, now, before = _shifted(finding)
    return f"not the usual countries {usual}: {_country(country, world)} has {now:.0%} of the sources and usually {before:.0%} ({test})"


def reason(surge: Surge) -> str:
    """Why it is called a surge, and how sure that is."""
    many = f"{surge.sources:,.0f} networks in {counted(surge.window, 'hour')}, where {_number(surge.expected)} are usual"
    odds = f"by chance {_chance(surge.log_odds)} an hour on any of {counted(surge.tests // 2, 'port')}"
    return f"{many}; {odds}; {basis(surge.known)}"


def basis(known: Known) -> str:
    """What expectations rest on."""
    if known.hours < HOURS_MIN:
        return f"nothing is judged yet: {counted(known.hours, 'hour')} {'was' if known.hours == 1 else 'were'} seen, and it takes {HOURS_MIN}"
    spread = f"spread k = {known.dispersion:.2f}"
    spread += f", estimated from {counted(known.busy, 'busy port')}" if known.estimated else ", assumed: too few ports are busy to estimate it"
    if known.hours >= SETTLED_HOURS:
        return f"against {known.hours / 24:.0f} days; {spread}"
    return f"there is no baseline of a week yet, only {counted(known.hours, 'hour')}: against these and what the other ports are like; {spread}"


def advice(finding: Finding) -> str:
    """What to do, which is mostly nothing."""
    if finding.lies:
        return f"block nobody: {finding.nowhere:.0%} of the senders' networks cannot exist, so the addresses are invented, and are other people's"
    if finding.allowed:
        name = f"{proto_name(finding.surge.proto)}/{finding.surge.port}"
        return f"{counted(finding.allowed, 'packet')} were let through: close {name}, or name it in [insight] open_ports where it is a service of yours"
    return "nothing to block: what was seen of it was refused"


def evidence(finding: Finding) -> str:
    """The command that shows its records."""
    surge, (first, last) = finding.surge, _ends(finding)
    words = f"proto {proto_name(surge.proto)} and dport {surge.port}"
    return shlex.join(["varde", "filter", words, "--table", "probes", "--since", iso(first), "--until", iso(last)])


def page(finding: Finding) -> str:
    """The place in the page that shows its records."""
    first, last = map(iso, _ends(finding))
    surge = finding.surge
    return f"/?from={first}&to={last}&evidence={first}/{last}/{surge.port}/{surge.port}/{surge.plane}"


def _ends(finding: Finding) -> tuple[datetime, datetime]:
    return whole_minutes(finding.first, finding.last)


def _shifted(finding: Finding) -> tuple[str, float, float]:
    """The country whose share grew most, its share now and usually."""
    now, usual = sum(finding.countries.values()), sum(finding.usual_countries.values())
    shares = [(code, count / now, finding.usual_countries.get(code, 0) / usual) for code, count in finding.countries.items()]
    return max(shares, key=lambda share: share[1] - share[2])


def _most(finding: Finding, world: World) -> str:
    code, count = next(iter(finding.countries.items()), ("", 0))
    return f"{_country(code, world)} {count / max(1, sum(finding.countries.values())):.0%}" if code else "unknown"


def _country(code: str, world: World) -> str:
    return {"": "unknown", "--": "home"}.get(code) or world.name(code)


def _chance(log_p: float) -> str:
    ten = log_p / _LN10
    return f"p = {math.exp(log_p):.2g}" if ten > -6 else f"p < 1e{math.ceil(ten)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else "fewer than 0.1"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _hour(hour: int) -> str:
    return iso(datetime.fromtimestamp(hour * 3600, timezone.utc))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
