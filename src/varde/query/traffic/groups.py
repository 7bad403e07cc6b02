"""Sums of groups: all of them, and the largest or smallest with their share of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.model import VardeError
from varde.model.fields import Counted, Shown
from varde.model.rollups import WEIGHT
from varde.query.rolled import number
from varde.query.traffic.columns import expression_of

GROUPS_MAX = 10_000_000
"""Groups of an answer: more do not fit into a terminal, a spreadsheet or memory."""

Group = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """Which groups: so many, those over a number, or those over a share of the whole (percent)."""

    count: int | None = None
    threshold: int | None = None
    percentage: float | None = None
    bottom: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """Groups in order of their first value, and what they are of."""

    rows: list[Group]
    records: int
    bins: int
    total: int
    "Of the first value, over all groups; 0 where it has no sum, as numbers of different addresses."
    threshold: int | None
    "What the first value must reach, where there is a threshold or percentage."


def groups(table: ir.Table, fields: Sequence[Shown], values: Sequence[Counted]) -> ir.Table:
    """A row for each group: fields by their titles, values by theirs, and `records#`."""
    wide = _wide(table, fields, values)
    sums = {value.title: _sum(wide, value) for value in values}
    return wide.group_by([field.title for field in fields]).aggregate(**sums, **{"records#": number(wide)})


def _wide(table: ir.Table, fields: Sequence[Shown], values: Sequence[Counted]) -> ir.Table:
    """Keys and what is counted, side by side."""
    keys = {field.title: _key(table, field) for field in fields}
    weight = {WEIGHT: table[WEIGHT]} if WEIGHT in table.columns else {}
    return table.select(**keys, **weight, **{f"v#{value.title}": expression_of(table, value.column) for value in values if value.column})


def _key(table: ir.Table, field: Shown) -> Any:
    column = expression_of(table, field.column)
    return column.fill_null(0) if column.type().is_integer() else column


def _sum(wide: ir.Table, value: Counted) -> Any:
    if not value.column:
        return number(wide)
    column = wide[f"v#{value.title}"]
    return column.nunique() if value.distinct else column.sum().fill_null(0).cast("int64")


def ranking(execute: "Any", table: ir.Table, fields: Sequence[Shown], values: Sequence[Counted], limit: Limit) -> Ranking:
    """The largest (smallest) groups. `execute` gives the rows of an expression. Ties are in order of the keys.

    Totals and groups are one question, so that what comes by a pipe is read once."""
    found, first = groups(table, fields, values), values[0]
    total = found.aggregate(
        **{"bins#": found.count(), "all#": found["records#"].sum().fill_null(0).cast("int64"),
           "total#": ibis.literal(0) if first.distinct else found[first.title].sum().fill_null(0).cast("int64")}
    )  # fmt: skip
    both = total.left_join(found, _within(total, found, first, limit))
    order = both[first.title].asc() if limit.bottom else both[first.title].desc()
    most = min(limit.count or GROUPS_MAX, GROUPS_MAX)
    rows = execute(both.order_by(order, *(field.title for field in fields)).limit(most))
    bins, records, whole = rows[0]["bins#"], rows[0]["all#"], int(rows[0]["total#"])
    kept = [{name: value for name, value in row.items() if not name.endswith("#")} for row in rows if row["records#"] is not None]
    return Ranking(kept, int(records), int(bins), whole, _edge(limit, whole))


def _edge(limit: Limit, whole: int) -> int | None:
    if limit.percentage is not None:
        return int(whole * limit.percentage / 100)
    return limit.threshold


def _within(total: ir.Table, found: ir.Table, first: Counted, limit: Limit) -> Any:
    if limit.percentage is not None:
        if first.distinct:
            raise VardeError(f"--percentage: numbers of different addresses have no sum to be a share of; use --threshold or --count for {first.title}")
        edge = (total["total#"] * (limit.percentage / 100)).floor()
    elif limit.threshold is not None:
        edge = ibis.literal(limit.threshold)
    else:
        return found["records#"] > 0
    return found[first.title] <= edge if limit.bottom else found[first.title] >= edge
