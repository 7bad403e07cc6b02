"""stats, uniq and count: sums of records by what they have in common, and over time."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from varde.app.commands.traffic import key_of, readable
from varde.app.context import Context
from varde.app.tables import Output, save
from varde.app.traffic import Asked, records_of
from varde.model import VardeError
from varde.model.fields import Counted, Shown
from varde.query.traffic import Limit, Ranking, fields_of, groups, ranking, spread, values_of
from varde.query.traffic.labels import fields_of_maps
from varde.views import silk
from varde.views.silk import Style

TOP = 10
"""Groups of a ranking for which no limit is named."""


def stats_command(context: Context, asked: Asked, fields: str, values: str, limit: Limit, style: Style, output: Output, *, percents: bool = True) -> None:
    """The largest or smallest groups."""
    if sum(part is not None for part in (limit.count, limit.threshold, limit.percentage)) > 1:
        raise VardeError("--count, --threshold and --percentage are three limits; name one of them")
    records = records_of(context, asked)

    chosen, counted = fields_of(fields, records.blank, fields_of_maps(asked.maps)), values_of(values, records.blank)
    found = records.added_up(lambda table: ranking(records.answerer.execute, table, chosen, counted, limit), chosen, counted)
    if output.kind is None:
        _write(silk.stats(found, chosen, counted, limit, style))
    else:
        _save_ranking(found, chosen, counted, output)
    if not found.records:
        records.matched_nothing()


def _save_ranking(found: Ranking, chosen: Sequence[Shown], counted: Sequence[Counted], output: Output) -> None:
    shares = silk.shares(found, counted[0])
    rows = [_keyed(row, chosen, counted) | {"percent": share, "cumulative": sums} for row, (share, sums) in zip(found.rows, shares, strict=True)]
    columns = [*_columns(chosen, counted), "percent", "cumulative"]
    save(rows, columns, output, document={"records": found.records, "bins": found.bins, "total": found.total, "rows": rows})


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)


def value_key(value: Counted) -> str:
    """The key of what is counted in JSON and CSV."""
    return f"{value.column}_distinct" if value.distinct else value.column or "records"


def _columns(fields: Sequence[Shown], values: Sequence[Counted]) -> list[str]:
    return [*map(key_of, fields), *map(value_key, values)]


def _keyed(row: dict[str, Any], fields: Sequence[Shown], values: Sequence[Counted]) -> dict[str, Any]:
    return readable({key_of(field): row[field.title] for field in fields} | {value_key(value): row[value.title] for value in values})


def uniq_command(context: Context, asked: Asked, fields: str, values: str, style: Style, output: Output) -> None:
    """All groups, in order of their keys."""
    records = records_of(context, asked)

    chosen, counted = fields_of(fields, records.blank, fields_of_maps(asked.maps)), values_of(values, records.blank)
    titles = [field.title for field in chosen]
    rows = records.added_up(lambda table: records.answerer.execute(groups(table, chosen, counted).order_by(titles)), chosen, counted)
    if output.kind is None:
        _write(silk.uniq(rows, chosen, counted, style))
    else:
        save([_keyed(row, chosen, counted) for row in rows], _columns(chosen, counted), output)
    if not rows:
        records.matched_nothing()


def count_command(context: Context, asked: Asked, seconds: float, scheme: int, style: Style, output: Output, *, skip_empty: bool) -> None:
    """Records, octets and packets over time."""
    records = records_of(context, asked)
    rows = records.about(lambda table: records.answerer.execute(spread(table, seconds, scheme)))
    found = list(bins(rows, round(seconds * 1_000_000), skip_empty=skip_empty))
    if output.kind is None:
        _write(silk.count(found, style, fraction=seconds != int(seconds)))
    else:
        names = ("time", "records", "octets", "packets")
        save([readable(dict(zip(names, row, strict=True))) for row in found], names, output)
    if not found:
        records.matched_nothing()


BINS_MAX = 1_000_000
"""Bins with those that are empty."""


def bins(rows: list[dict[str, Any]], size: int, *, skip_empty: bool) -> Iterator[tuple[datetime, float, float, float]]:
    """Rows in order, and the empty bins between them."""
    if rows and (rows[-1]["bin"] - rows[0]["bin"]) // size > BINS_MAX and not skip_empty:
        raise VardeError(f"--bin-size: the period has more than {BINS_MAX:,} bins of it. Use larger ones, a shorter period, or --skip-zeroes.")
    place = rows[0]["bin"] if rows else 0
    for row in rows:
        while not skip_empty and place < row["bin"]:
            yield _moment(place), 0.0, 0.0, 0.0
            place += size
        yield _moment(row["bin"]), float(row["records"]), float(row["octets"]), float(row["packets"])
        place = row["bin"] + size


def _moment(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=us)
