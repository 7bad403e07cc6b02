"""From the lists of the store to the files of a format: what `intel export` and `intel publish` both do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import polars as pl

from varde.app.context import Context
from varde.collect.lists import Taken
from varde.export.intel import FORMATS, ExportOptions, Format, Selection, Written, select
from varde.model import VardeError


@dataclass(frozen=True, slots=True)
class Exported:
    """What was asked for, what of it may be exported, its files, and the lists that were left out because they may not be passed on."""

    format: str
    rows: pl.DataFrame
    selection: Selection
    written: Written
    kept_back: tuple[str, ...]


def format_of(name: str) -> Format:
    """Raises VardeError for one that there is not."""
    if name not in FORMATS:
        raise VardeError(f"no such export format: {name}. There are {', '.join(FORMATS)}.")
    return FORMATS[name]


def taken(context: Context, lists: Sequence[str], *, shared: bool) -> tuple[Taken, Selection]:
    """Rows of the lists, those that are due read first, and what of them may be exported."""
    if context.config.list_sources(context.now()):
        context.lists.open()
        context.lists.poll()
    found = context.lists.indicators(lists, shared=shared)
    now = context.now()
    return found, select(found.rows, context.lists.guards, now=int(now.timestamp() * 1e6), lists=found.lists)


def export(context: Context, name: str, lists: Sequence[str], options: ExportOptions, *, shared: bool = False) -> Exported:
    """Write the lists in a format. Raises VardeError where there is none, or the format cannot do what is asked."""
    form = format_of(name)
    form.check(options, name)
    found, selection = taken(context, lists, shared=shared or form.shared)
    if not found.lists and not found.kept_back:
        raise VardeError("there are no lists to export. Write [[list]] into the configuration, or `varde intel import FILE`.", status=1)
    return Exported(name, found.rows, selection, form.write(selection, options), found.kept_back)


def stamped(now: datetime) -> str:
    """A moment as files tell it."""
    return now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
