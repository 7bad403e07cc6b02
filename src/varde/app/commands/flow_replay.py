"""flow replay: stored flows, or those of files, to a collector as an exporter sends them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ibis.expr.types as ir
import polars as pl

from varde.app.commands.traffic import ORDER
from varde.app.context import Context
from varde.app.output import octets, say
from varde.app.traffic import Asked, Records, records_of
from varde.deliver.replay import Pace, Replay, Target
from varde.export.flow import VERSIONS
from varde.model import FLOWS, VardeError, counted

RATE = 10_000
"""Flows a second over UDP where nobody says: a collector with the buffer that systems give it keeps up."""

INTERRUPTED = 130
"""Exit status of what Ctrl-C ended."""


def replay_command(context: Context, asked: Asked, target: Target, pace: Pace | None, version: int, domain: int, limit: int | None, *, shift: bool) -> int:
    """Send and say how much went out. Returns the exit status. `pace` None: the usual one of UDP or TCP."""
    if asked.table != FLOWS.name:
        raise VardeError(f"--table {asked.table}: what collectors take is flows")
    target.find()  # before anything is read
    records = records_of(context, asked)
    usual = Pace(rate=RATE if target.scheme == "udp" else 0)
    replay = Replay(target, pace or usual, version, domain, shift)
    status, shortened = 0, 0
    try:
        with _showing(context, asked, records, limit) as replay.progress:
            shortened = records.about(lambda table: replay.run(_batches(records, table, limit, replay)))
    except KeyboardInterrupt:
        status = INTERRUPTED
    if not replay.sent.flows and not status:
        say("varde: no flows match, and none were sent")
        return 1
    _report(replay, shortened, stopped=bool(status))
    return status


def _batches(records: Records, table: ir.Table, limit: int | None, replay: Replay) -> Iterator[pl.DataFrame]:
    if replay.sent.flows:  # a question is put again where a file of the store was merged away under it
        raise VardeError(f"the store was tidied while flows were read: {counted(replay.sent.flows, 'flow')} had gone out. Send the rest with --since.")
    rows = table.select(list(FLOWS.names)).order_by([name for name in ORDER if name in table.columns])
    for batch in records.answerer.batches(rows if limit is None else rows.limit(limit)):
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _report(replay: Replay, shortened: int, *, stopped: bool) -> None:
    sent, title = replay.sent, VERSIONS[replay.version].title
    say(f"varde: {'stopped: ' if stopped else ''}{counted(sent.flows, 'flow')} sent to {replay.target} as {title}, in {counted(sent.messages, 'message')} of {octets(sent.octets)}")
    if shortened:
        say(f"varde: {counted(shortened, 'flow')} went without some fields: there were more combinations of fields than templates")


@contextmanager
def _showing(context: Context, asked: Asked, records: Records, limit: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar over flows, on a terminal only."""
    if context.quiet or not sys.stderr.isatty():
        yield lambda flows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    total: Any = None if asked.by_pipe else records.about(lambda table: records.answerer.execute(table.aggregate(count=table.count())))[0]["count"]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("sending flows", total=total if limit is None or total is None else min(total, limit))
        yield lambda flows: bar.update(task, completed=flows)
