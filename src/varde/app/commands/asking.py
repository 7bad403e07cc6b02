"""What commands that answer questions share: the store or a temporary one with what files hold, and the period."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from varde.app.context import Context
from varde.app.output import reading, say
from varde.app.period import period_of
from varde.decode.rows import iso
from varde.model import Table, counted
from varde.query import Engine, Window, extent
from varde.store import Store

if TYPE_CHECKING:
    from varde.collect import Summary


@contextlib.contextmanager
def asked_store(context: Context, paths: list[str], tables: tuple[Table, ...] | None = None) -> "Iterator[tuple[Store, list[Summary]]]":
    """The store, or a temporary one with what the files hold: one road from lines to answer, and memory stays flat.

    `tables`: the only ones that the answer is made of; of files that can be read again the records of others are left out."""
    if not paths:
        yield context.store, []
        return
    from varde.app.commands.files import size_of  # readers of files are for who names some

    with tempfile.TemporaryDirectory(prefix="varde-") as scratch:
        wanted = frozenset(table.name for table in tables) if tables and all(map(is_file, paths)) else None
        with reading(size_of(paths), context.quiet) as progress:
            store = Store(Path(scratch, "asked"))
            summaries = _read_all(context, store, paths, progress, wanted)
            if wanted and any(count for summary in summaries for (_, what), count in summary.unsaid.items() if what == "source"):
                # who asked may stand in another line of the session, which tells of another table
                store = Store(Path(scratch, "whole"))
                summaries = _read_all(context, store, paths, progress, None)
            _warn(context, summaries)
        yield store, summaries


def _read_all(context: Context, store: Store, paths: list[str], progress: Callable[[str, int], None], wanted: frozenset[str] | None) -> "list[Summary]":
    from varde.app.commands.files import refuse_foreign

    for path in paths:
        refuse_foreign(path)
    return [context.importer(path, store, progress=progress, wanted=wanted).read(path) for path in paths]


def _warn(context: Context, summaries: "list[Summary]") -> None:
    from varde.app.commands.files import warn_of_forms, warn_of_twice

    for summary in summaries:
        warn_of_twice(summary, stored=False)
        if summary.error:
            say(f"varde: {summary.path}: {summary.error}")
        say_left_out(context, summary)
    warn_of_forms(summaries)


def is_file(path: str) -> bool:
    """Whether a path leads to a file that can be read twice, which pipes cannot."""
    return path != "-" and Path(path).is_file()


def say_left_out(context: Context, summary: "Summary") -> None:
    """How many lines are missing from the answer; where there is no other, another sentence says so."""
    if not summary.rejected or not summary.records or context.quiet:
        return
    from varde.app.commands.files import spoken

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


def recent_window(context: Context, engine: Engine, paths: list[str], table: Table, day: str | None, since: str | None, until: str | None) -> Window:
    """The period that is asked for; where none is, the last 24 hours of a store, and all of files."""
    period = period_of(day, since, until, context.now(), context.zone)
    if period is None and paths:
        return window_of(context, engine, (table,), None, None, None)
    now = context.now()
    return Window(*(period or (now - timedelta(days=1), now)), action="all")


def say_nothing(context: Context, summaries: "list[Summary]", engine: Engine, tables: tuple[Table, ...], what: str) -> None:
    """Why there is no answer, and what to do."""
    from varde.app.commands.files import say_nothing_found

    for summary in summaries:
        if summary.error:
            continue  # which was said
        summary = _whole(context, summary)
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


def _whole(context: Context, summary: "Summary") -> "Summary":
    """What the file holds, where only some of its lines were looked at."""
    from varde.app.commands.files import decode_file
    from varde.decode.reader import UNASKED

    if not summary.counts["", UNASKED]:
        return summary
    return [whole for *_, whole, _ in decode_file(context, summary.path)][-1]


def _held(summary: "Summary") -> str:
    from varde.app.honeypots import called

    held = ", ".join(called(name, count) for name, count in summary.tables.most_common())
    assert summary.first is not None and summary.last is not None
    return f"it has {held}, from {iso(summary.first)[:10]} to {iso(summary.last)[:10]}"
