"""What commands that answer questions share: the store or a temporary one with what files hold, and the period."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from varde.app.commands.files import refuse_foreign, size_of
from varde.app.context import Context
from varde.app.output import reading, say
from varde.app.period import period_of
from varde.app.report import examine
from varde.collect import Summary
from varde.decode.rows import iso
from varde.model import Table, counted
from varde.query import Engine, Window, extent
from varde.store import Store


@contextlib.contextmanager
def asked_store(context: Context, paths: list[str]) -> Iterator[tuple[Store, list[Summary]]]:
    """The store, or a temporary one with what the files hold: one road from lines to answer, and memory stays flat."""
    if not paths:
        yield context.store, []
        return
    with tempfile.TemporaryDirectory(prefix="varde-") as scratch:
        store, summaries = Store(Path(scratch)), []
        with reading(size_of(paths), context.quiet) as progress:
            for path in paths:
                refuse_foreign(path)
                summary = context.importer(path, store, progress=progress).read(path)
                summaries.append(summary)
                if summary.error:
                    say(f"varde: {path}: {summary.error}")
        yield store, summaries


def window_of(
    context: Context, engine: Engine, tables: tuple[Table, ...], day: str | None, since: str | None, until: str | None,
    *, sensor: str | None = None, src: str | None = None,
) -> Window:  # fmt: skip
    """The period that is asked for; all that there is where none is."""
    period = period_of(day, since, until, context.now(), context.zone)
    if period is None:
        first, last = extent(engine, tables)
        now = datetime.now(timezone.utc)
        period = (first or now - timedelta(days=1), (last or now) + timedelta(microseconds=1))
    return Window(*period, action="all", sensor=sensor, src=src)


def say_nothing(context: Context, summaries: list[Summary], engine: Engine, tables: tuple[Table, ...], what: str) -> None:
    """Why there is no answer, and what to do."""
    wanted = {table.name for table in tables}
    for summary in summaries:
        if not summary.error:  # which was said
            say(f"varde: {summary.path}{_why(context, summary, wanted, what)}")
    if summaries:
        return
    first, last = extent(engine, tables)
    if first is None or last is None:
        say(f"varde: the store {context.location} has no {what}. Fill it with `varde read FILES` or `varde up`, or name the files here.")
    else:
        say(f"varde: no {what} that match. The store has some from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")


def _why(context: Context, summary: Summary, wanted: set[str], what: str) -> str:
    held = ", ".join(counted(count, name.removesuffix("s")) for name, count in summary.tables.most_common())
    if any(summary.tables[name] for name in wanted) and summary.first is not None and summary.last is not None:
        return f" has no {what} that match; it has {held}, from {iso(summary.first)[:10]} to {iso(summary.last)[:10]}."
    if held:
        return f" has no {what}; it has {held}."
    report = examine(summary, context.dialects, context.now())
    return f": {report.kind}; it has no {what}. {report.advice or '`varde doctor` says more.'}"
