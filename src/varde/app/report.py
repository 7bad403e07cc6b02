"""The doctor: what a file is, how much of it was read, and what to change so that nothing is missing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from varde.app.flow_report import advice_on_exports, findings_of_exports, fixes_of_exports, kind_of_exports
from varde.app.honeypots import told, unsaid
from varde.collect import Summary
from varde.decode import Lines, Origin
from varde.decode.reader import DIALECTS, Dialect, Reader
from varde.decode.recognise import advice_on, kind_of
from varde.decode.rows import iso
from varde.decode.stamps import has_year, has_zone
from varde.model import counted

SKEW_SECONDS = 120
"""A last line newer than its file by more than this: a clock or a zone is wrong."""

REASONS = {
    "form": "a line of this dialect in a form that Varde does not know, or cut off",
    "time": "no time stamp, or one that is no time",
    "address": "an address that is none",
    "port": "a port above 65535 or no number",
    "protocol": "a protocol that is neither a name nor 0 to 255",
    "too_long": "a line over 64 KiB",
    "json": "JSON that is cut off or damaged",
    "dict": "a Python dict that is cut off or damaged",
    "data": "octets that are not written as Python writes them",
}


@dataclass(slots=True)
class Report:
    """What the doctor says of one file."""

    path: str
    kind: str
    lines: int
    records: int
    ignored: int
    rejects: int
    dialects: dict[str, int]
    share_parsed: float | None
    "Of the lines that a dialect claims."
    first: str | None
    last: str | None
    already_read: int
    advice: str = ""
    "Where there is no firewall line in it: what it tells of, and what to do with such a file."
    findings: list[str] = field(default_factory=list)
    fixes: list[str] = field(default_factory=list)
    unmatched: list[dict[str, object]] = field(default_factory=list)
    unit: str = "line"
    "What `lines` counts."
    strangers: str = "programs"
    "What those that are ignored are of."


def examine(summary: Summary, dialects: tuple[Dialect, ...], now: datetime) -> Report:
    """The report on a file that was read (or only decoded)."""
    by_dialect = {name: n for (name, outcome), n in summary.counts.items() if outcome == "records" and n}
    known = summary.records + summary.rejected
    report = Report(
        summary.path, kind_of_exports(summary) if summary.capture else _kind(summary, by_dialect, dialects), summary.lines, summary.records, summary.ignored, summary.rejected,
        by_dialect, round(summary.records / known, 6) if known else None,
        iso(summary.first) if summary.first is not None else None, iso(summary.last) if summary.last is not None else None,
        summary.before,
    )  # fmt: skip
    report.unmatched = [{"offset": offset, "reason": "of another program", "sample": text} for offset, text in summary.strangers]
    report.unmatched += [{"offset": o, "reason": reason, "dialect": d, "sample": text} for d, reason, o, text in summary.rejects]
    if summary.capture:
        return _of_capture(report, summary)
    for check in (_stamps, _clock, _actions, _ports, _unsaid, _rejects, _damage):
        check(report, summary, now)
    report.advice = told(summary) if summary.records else _advice(report.kind, summary, dialects)
    spoken = [d for d in dialects if d.name in by_dialect]
    report.fixes += list(dict.fromkeys(fix for d in spoken for fix in _clock_fixes(d, summary)))
    if summary.actions["unknown"] or summary.rejected:
        report.fixes += [f"{d.title}: {d.fix}" for d in spoken if d.fix]
    return report


def _of_capture(report: Report, summary: Summary) -> Report:
    """What is said of flow exports, which have packets instead of lines and clocks of their own."""
    assert summary.capture is not None
    report.unit, report.strangers = ("record", "kinds") if summary.capture.title else ("packet", "protocols")
    report.advice = advice_on_exports(summary.capture)
    report.findings += findings_of_exports(summary)
    report.fixes += fixes_of_exports(summary)
    _damage(report, summary, datetime.now(timezone.utc))
    return report


def _kind(summary: Summary, by_dialect: dict[str, int], dialects: tuple[Dialect, ...]) -> str:
    titles = {d.name: d.title for d in dialects}
    if by_dialect:
        return ", ".join(titles[name] for name in sorted(by_dialect, key=lambda name: -by_dialect[name]))
    if summary.lines == 0:
        return "nothing new" if summary.before else "empty"
    if other := _other_dialect(summary, dialects):
        return f"no line is a {dialects[0].name} line; it looks like {other}"
    lines = [text for _, text in summary.strangers]
    if lines:
        return kind_of(lines)
    claimed = dict.fromkeys(titles[dialect] for dialect, *_ in summary.rejects if dialect in titles)
    return f"damaged lines ({', '.join(claimed)})" if claimed else "damaged lines"


def _advice(kind: str, summary: Summary, dialects: tuple[Dialect, ...]) -> str:
    other = _other_dialect(summary, dialects)
    return f"Say --as {other}, or leave --as away." if other else advice_on(kind)


def _other_dialect(summary: Summary, dialects: tuple[Dialect, ...]) -> str:
    """Where one dialect was asked for: the one that reads, or at least claims, most of the first lines; empty where none does."""
    if len(dialects) != 1:
        return ""
    text = "\n".join([text for _, text in summary.strangers] + [text for *_, text in summary.rejects]).encode()
    origin = Origin("", "", "", 0, ZoneInfo("UTC"), 0)
    counts = Counter[str]()
    for (dialect, _), count in Reader(DIALECTS.values()).read(Lines.of(text), origin).counts.items():
        counts[dialect] += count if dialect else 0
    name = counts.most_common(1)[0][0] if counts.total() else ""
    return name if name != dialects[0].name else ""


RSYSLOG_FORMAT = "rsyslog: let it write the file with the template RSYSLOG_FileFormat, not RSYSLOG_TraditionalFileFormat: year and zone are in each stamp"


def _clock_fixes(dialect: Dialect, summary: Summary) -> list[str]:
    """What would give the stamps of a dialect year and zone. What kernels and captures print has another fix, or none."""
    short = {kind for kind, count in summary.stamps.items() if count and kind != _UPTIME and not (has_year(kind) and has_zone(kind))}
    fixes = [f"{dialect.title}: {dialect.clock}"] if short and dialect.clock else []
    if "bsd" in short:
        fixes.append(RSYSLOG_FORMAT)
    return fixes


_UPTIME = "uptime"


def _stamps(report: Report, summary: Summary, now: datetime) -> None:
    yearless = sum(n for kind, n in summary.stamps.items() if not has_year(kind))
    zoneless = sum(n for kind, n in summary.stamps.items() if not has_zone(kind) and kind != _UPTIME)
    if yearless:
        date = datetime.fromtimestamp(summary.reference / 1e6, timezone.utc).date()
        report.findings.append(f"{counted(yearless, 'stamp has', 'stamps have')} no year: taken as the last such day not after {date} (the file's date); --year says otherwise")
    if summary.years:
        report.findings.append(f"their order says that they go back {counted(summary.years + 1, 'year')}")
    if zoneless:
        report.findings.append(f"{counted(zoneless, 'stamp has', 'stamps have')} no zone: read as {summary.zone}; --tz says otherwise")
    if summary.stamps[_UPTIME]:
        report.findings.append(f"{counted(summary.stamps[_UPTIME], 'stamp is', 'stamps are')} seconds since boot: counted back from the file's date")
        report.fixes.append("use `dmesg --time-format iso` or `journalctl -k -o short-iso`, which print the time of day")
    if summary.stamps["none"]:
        report.findings.append(f"{counted(summary.stamps['none'], 'line has', 'lines have')} no stamp: given the time at which they were read")


def _clock(report: Report, summary: Summary, now: datetime) -> None:
    if summary.last is None:
        return
    ahead = summary.last / 1e6 - summary.reference / 1e6
    if ahead > SKEW_SECONDS:
        report.findings.append(f"the last line is {ahead / 3600:.1f} h later than the file itself: the sender's clock or zone is wrong")
        report.fixes.append("set the zone of the sensor ([[sensor]] zone, or --tz), and NTP on the device")


def _actions(report: Report, summary: Summary, now: datetime) -> None:
    unknown = summary.actions["unknown"]
    if unknown:
        report.findings.append(f"{unknown:,} of {counted(summary.records, 'record')} {'does' if unknown == 1 else 'do'} not say whether the packet was refused: shown as refused")


def _ports(report: Report, summary: Summary, now: datetime) -> None:
    fragments, unsaid = (summary.portless[reason] for reason in ("fragment", "unsaid"))
    if not fragments + unsaid:
        return
    why = [counted(fragments, "fragment")] if fragments else []
    why += [counted(unsaid, "whose line does not say why", "whose lines do not say why")] if unsaid else []
    report.findings.append(f"{counted(fragments + unsaid, 'TCP or UDP record has', 'TCP or UDP records have')} no port: {', '.join(why)}")


def _unsaid(report: Report, summary: Summary, now: datetime) -> None:
    report.findings += unsaid(summary)


def _rejects(report: Report, summary: Summary, now: datetime) -> None:
    for (dialect, outcome), count in sorted(summary.counts.items()):
        if outcome.startswith("reject:") and count:
            reason = outcome.removeprefix("reject:")
            report.findings.append(f"{counted(count, f'{dialect} line'.strip())} rejected: {REASONS.get(reason, reason)}")


def _damage(report: Report, summary: Summary, now: datetime) -> None:
    if summary.error:
        report.findings.append(summary.error)
