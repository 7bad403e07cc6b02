"""What commands that answer questions share: the store or a temporary one with what files hold, and the period."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from varde.app.commands.files import (
    refuse_foreign,
    say_nothing_found,
    size_of,
    spoken,
    warn_of_forms,
    warn_of_twice,
)
from varde.app.context import Context
from varde.app.output import reading, say
from varde.app.period import period_of
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
                warn_of_twice(summary, stored=False)
                if summary.error:
                    say(f"varde: {path}: {summary.error}")
                _say_rejected(context, summary)
            warn_of_forms(summaries)
        yield store, summaries


def _say_rejected(context: Context, summary: Summary) -> None:
    """How many lines are missing from the answer; where there is no other, another sentence says so."""
    if not summary.rejected or not summary.records or context.quiet:
        return
    verb = "is" if summary.rejected == 1 else "are"
    say(f"varde: {spoken(summary.path)}: {counted(summary.rejected, 'line')} of {summary.lines:,} could not be read and {verb} left out; "
        f"`varde doctor {summary.path}` says why.")  # fmt: skip


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
    for summary in summaries:
        if summary.error:
            continue  # which was said
        if any(summary.tables[table.name] for table in tables):
            say(f"varde: {summary.path} has no {what} that match; {_held(summary)}.")
        else:
            say_nothing_found(context, summary, tables[0])
    if summaries:
        return
    first, last = extent(engine, tables)
    if first is None or last is None:
        say(f"varde: the store {context.location} has no {what}. Fill it with `varde read FILES` or `varde up`, or name the files here.")
    else:
        say(f"varde: no {what} that match. The store has some from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")


def _held(summary: Summary) -> str:
    held = ", ".join(counted(count, name.removesuffix("s"), name) for name, count in summary.tables.most_common())
    assert summary.first is not None and summary.last is not None
    return f"it has {held}, from {iso(summary.first)[:10]} to {iso(summary.last)[:10]}"
