"""sql: plain SQL over the store."""

import contextlib
import sys
from typing import Any

from varde.app.context import Context
from varde.app.output import asking, say, visible
from varde.app.tables import Output, save
from varde.decode.rows import iso
from varde.model.engine import EMBEDDED
from varde.query.hold import Hold
from varde.query.sql import ADVICE, QUESTION_MAX, Bounds, Result, held_sql
from varde.views.listing import text_of


def sql_command(context: Context, question: str, rows: int, seconds: float, output: Output) -> None:
    """Rows of a SELECT, as a table for people or in a format for programs."""
    asked = sys.stdin.read(QUESTION_MAX + 1) if question == "-" else question
    if context.config.engine.url != EMBEDDED:
        say(f"varde: `varde sql` is DuckDB's SQL and is answered on this machine, not by {context.config.engine.url}: of few days, or ask with "
            "filter, stats, uniq and count, which the cluster answers")  # fmt: skip
    hold = Hold(seconds, ADVICE)
    with contextlib.nullcontext() if context.quiet else asking(lambda: hold.progress):
        found = held_sql(context.store, asked, hold, Bounds(rows))
    columns, table = _named(found)
    if output.kind is not None:
        save(table, columns, output)
    elif table:
        print(text_of(table, columns, visible))
    if found.more:
        say(f"varde: these are the first {rows:,} rows; --rows gives more")
    if not table:
        if output.kind is None:
            say("varde: no rows match")
        raise SystemExit(1)


def _named(found: Result) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns with names of their own, and rows by them."""
    columns: list[str] = []
    for name in found.columns:
        columns.append(name if name not in columns else f"{name}_{len(columns) + 1}")
    return columns, [dict(zip(columns, map(_readable, row), strict=True)) for row in found.rows]


def _readable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if hasattr(value, "astimezone"):
        return iso(value)
    return value if isinstance(value, int | float | str | type(None)) else str(value)
