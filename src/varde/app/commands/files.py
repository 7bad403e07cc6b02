"""read, decode, doctor: what to do with files."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from varde.app.commands.flow_files import capture_summary, decode_capture
from varde.app.context import Context
from varde.app.honeypots import called, twice
from varde.app.output import octets, print_json, reading, say, visible
from varde.app.report import Report, examine
from varde.collect import HEAD, KINDS, Summary, blocks, kind_of_capture, open_text, what_is
from varde.collect.text import Text
from varde.decode import Decoded, Lines
from varde.decode.reader import Reader
from varde.decode.recognise import advice_on
from varde.decode.rows import json_row
from varde.model import TABLES, Table, VardeError, counted


def size_of(paths: list[str]) -> int:
    """Octets of plain files; 0 when any is compressed or a pipe, because nobody knows then."""
    total = 0
    for path in paths:
        if path == "-" or path.endswith((".gz", ".xz", ".zst", ".bz2")) or not Path(path).is_file():
            return 0
        total += Path(path).stat().st_size
    return total


def read_command(context: Context, paths: list[str], *, as_json: bool) -> None:
    """Import files; one that cannot be read does not keep the others from it."""
    reports, failed = [], 0
    summaries: list[Summary] = []
    with reading(size_of(paths), context.quiet or as_json) as progress:
        for path in paths:
            try:
                refuse_foreign(path, captures=True)
                summary = context.importer(path, context.store, progress=progress).read(path)
            except VardeError as error:
                say(f"varde: {error}")
                failed = max(failed, error.status)
                continue
            warn_of_twice(summary)
            summaries.append(summary)
            reports.append(examine(summary, context.dialects, context.now()))
    if as_json:
        print_json([dataclasses.asdict(report) for report in reports])
    elif not context.quiet:
        for report in reports:
            print_report(report)
    warn_of_forms(summaries)
    if failed:
        raise SystemExit(failed)
    if not any(report.records or report.already_read for report in reports):
        raise SystemExit(1)


def decode_command(context: Context, paths: list[str]) -> None:
    """Records as JSON lines, with kind, file and line."""
    records = 0
    for path in paths:
        refuse_foreign(path, captures=True)
        stream, kind = _opened(path)
        if kind:
            records += decode_capture(context, path, stream, kind)
            continue
        last = context.blank_summary(path)
        for decoded, lines, summary, first_line in decode_file(context, path, stream):
            numbers = dict(zip(lines.offset.tolist(), range(first_line, first_line + len(lines)), strict=True))
            for table, batch in decoded.tables():
                print_rows(TABLES[table], batch, summary.path, numbers)
            records, last = records + decoded.records(), summary
        say_nothing_found(context, last)
    if not records:
        raise SystemExit(1)


def _opened(path: str) -> tuple[Text, str | None]:
    """A file, and what kind of capture it is, if it is one."""
    stream = open_text(path)
    try:
        return stream, kind_of_capture(stream.peek(HEAD))
    except VardeError:
        stream.close()
        raise


def print_rows(table: Table, batch: pl.DataFrame, path: str, numbers: dict[int, int]) -> None:
    for row in batch.iter_rows(named=True):
        place = {"kind": table.one, "file": path, "line": numbers[row["offset"]]}
        sys.stdout.write(json.dumps(place | json_row(row, table)) + "\n")


def doctor_command(context: Context, paths: list[str], *, as_json: bool) -> None:
    """Look at files without storing anything."""
    reports = []
    summaries: list[Summary] = []
    for path in paths:
        foreign = what_is(path) if path != "-" else None
        stream, kind = _opened(path)
        if kind:
            reports.append(examine(capture_summary(context, path, stream, kind), context.dialects, context.now()))
            continue
        if foreign:
            stream.close()
            reports.append(Report(path, foreign, 0, 0, 0, 0, {}, None, None, None, 0, advice=_no_lines(path, foreign)))
            continue
        last = [summary for _, _, summary, _ in decode_file(context, path, stream)][-1:] or [context.blank_summary(path)]
        summaries += last
        reports.append(examine(last[0], context.dialects, context.now()))
    if as_json:
        print_json([dataclasses.asdict(report) for report in reports])
    else:
        for report in reports:
            print_report(report, full=True)
    warn_of_forms(summaries)
    for notice in context.notices():
        say(notice)
    if not any(report.records for report in reports):
        raise SystemExit(1)


def decode_file(context: Context, path: str, stream: Text | None = None) -> Iterator[tuple[Decoded, Lines, Summary, int]]:
    """Blocks of one file, decoded: what came of each, its lines, the summary so far, the number of its first line."""
    reader = Reader(context.dialects)
    stream = stream or open_text(path)
    summary = context.blank_summary(path)
    first_line = 1
    try:
        for block in blocks(stream):
            lines = Lines.of(block.data, block.offset)
            decoded = reader.read(lines, context.origin(summary))
            summary.add(decoded)
            yield decoded, lines, summary, first_line
            first_line += len(lines)
    except VardeError as error:
        if not summary.lines:
            raise
        summary.error = str(error)
        say(f"varde: {path}: {error}")
    finally:
        stream.close()


def refuse_foreign(path: str, *, captures: bool = False) -> None:
    """Raises VardeError that says what a file is that holds no lines of text; with `captures` flow exports are none such."""
    foreign = what_is(path) if path != "-" else None
    if foreign and not (captures and foreign in KINDS):
        raise VardeError(f"{_no_lines(path, foreign)} Varde reads logs as text, also compressed.")


def _no_lines(path: str, foreign: str) -> str:
    return f"{path} is {foreign}, which is no log of lines. {advice_on(foreign)}".rstrip()


def say_nothing_found(context: Context, summary: Summary, table: Table | None = None) -> None:
    """Where a file holds no record, or none of the table that is asked for: what it is instead, and what reads it."""
    if summary.tables[table.name] if table else summary.records:
        return
    report = examine(summary, context.dialects, context.now())
    more = report.advice or f"It has no line that Varde knows; `varde doctor {summary.path}` says more."
    if summary.tables:
        held = ", ".join(called(name, count) for name, count in summary.tables.most_common())
        named = "-" if summary.path == "-" else spoken(summary.path)
        shown = [f"`varde {command} {named}`" for name, command in _READERS.items() if summary.tables[name]][:2]
        more = f"It has {f'no {table.name} but ' if table else ''}{held}: {' and '.join(shown)} show{'' if shown[1:] else 's'} them."
    say(f"varde: {spoken(summary.path)}: {report.kind}. {more}")


def warn_of_forms(summaries: list[Summary]) -> None:
    """Say where two files are one honeypot's log in two forms."""
    for sentence in twice(summaries):
        say(f"varde: warning: {visible(sentence)}")


_READERS = {
    "probes": "fireplot", "logins": "honeypot logins", "tunnels": "linkgraph", "mails": "honeypot mails", "payloads": "honeypot payloads",
    "commands": "honeypot commands", "downloads": "honeypot downloads", "sessions": "honeypot sessions", "captures": "captures", "dns": "decode",
    "flows": "decode", "nat": "decode",
}  # fmt: skip
"""The command that shows the records of each table; of what a file has, the first two are named."""


def warn_of_twice(summary: Summary, *, stored: bool = True) -> None:
    """Say that a text was read before for another sensor; `stored` is whether it now stands in the store twice."""
    for sensor, path in summary.twice:
        cure = f"If both are one log, take this copy back with `varde forget {summary.path}` and read it with --sensor {sensor}."
        say(f"varde: warning: {spoken(summary.path)}, read for sensor {summary.sensor}, begins with the lines of {spoken(path)}, read for sensor {sensor}: "
            f"they count twice. {cure if stored else f'If both are one log, leave one out or name both with --sensor {sensor}.'}")  # fmt: skip


def spoken(path: str) -> str:
    """A path as sentences have it."""
    return "standard input" if path == "-" else path


def print_report(report: Report, *, full: bool = False) -> None:
    """The doctor's summary of one file, for people."""
    say(f"{spoken(report.path)}: {report.kind}")
    if report.already_read:
        say(f"  {octets(report.already_read)} of it had been read before")
    if report.lines:
        say(f"  {counted(report.lines, report.unit)}: {counted(report.records, 'record')}, {report.ignored:,} of other {report.strangers}, {report.rejects:,} rejected")
    if report.first:
        say(f"  from {report.first} to {report.last}")
    for finding in filter(None, [report.advice, *report.findings]):
        say(f"  - {visible(finding)}")
    for fix in report.fixes if full or report.rejects else []:
        say(f"  fix: {visible(fix)}")
    shown = report.unmatched if full else [u for u in report.unmatched if "dialect" in u][:2]
    for line in shown if full or not report.records else shown[:2]:
        say(f"  offset {line['offset']}, {line['reason']}: {visible(str(line['sample']))[:160]}")
