"""filter and cut: the records that pass, for other commands, for programs and for people."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import polars as pl
import pyarrow as pa

from varde.app.context import Context
from varde.app.output import say, written_whole
from varde.app.tables import Output, save
from varde.app.traffic import KIND, Asked, Records, records_of, require_pipe
from varde.decode.rows import iso, json_row
from varde.model import TABLES
from varde.model.fields import Shown
from varde.query.filters import All, sentence
from varde.query.traffic import fields_of, passing, shown, totals, totals_of
from varde.query.traffic.labels import fields_of_maps
from varde.store.columns import arrow_schema
from varde.views.silk import Style, cut, statistics, volumes

ORDER = ("time", "source", "offset")
"""Of records: total, so that the same question has the same answer."""

GLANCE = 100
"""Records that a terminal shows of a filter that is told nothing of where to."""


@dataclass(frozen=True)
class FilterOptions:
    passed: str | None = None
    failed: str | None = None
    max_pass: int | None = None
    max_fail: int | None = None
    statistics: str | None = None
    volumes: str | None = None
    explain: bool = False


def filter_command(context: Context, asked: Asked, options: FilterOptions, output: Output) -> None:
    """Where nothing is said of where records go, a pipe gets them and a terminal is shown the first."""
    destinations = [options.passed, options.failed, options.statistics, options.volumes, output.kind]
    several = sum(place is not None for place in destinations) > 1
    passed = options.passed
    if not any(destinations) and not sys.stdout.isatty():
        passed = "stdout"
    records = records_of(context, asked, several=several or (not any(destinations) and sys.stdout.isatty()))
    if options.explain:
        say(f"varde: asked for {_explained(records)}")
    written = [_pass_on(records, place, most, failing=failing) for place, most, failing in
               ((passed, options.max_pass, False), (options.failed, options.max_fail, True)) if place]  # fmt: skip
    if output.kind:
        written.append(_save_records(records, options.max_pass, output))
    if options.statistics or options.volumes:
        written.append(_print_statistics(records, options))
    if not written:
        written.append(_glance(records))
    if not any(written):
        raise SystemExit(1)


def _explained(records: Records) -> str:
    """Table, conditions and period, in words."""
    conditions = f" of which {sentence(All(tuple(records.nodes)))}" if records.nodes else ""
    period = f", from {iso(records.window.first)} up to {iso(records.window.last)}" if records.window else ""
    return records.table + conditions + period


def ordered(table: ir.Table, most: int | None) -> ir.Table:
    """Records in order of time, at most so many."""
    table = table.order_by([name for name in ORDER if name in table.columns])
    return table if most is None else table.limit(most)


def _pass_on(records: Records, place: str, most: int | None, *, failing: bool) -> int:
    """Write records as an Arrow stream; answers how many."""
    if place in ("stdout", "-"):
        require_pipe("--fail=stdout" if failing else "--pass=stdout")
    fields = TABLES[records.table].fields
    schema = arrow_schema(fields)
    names = [field.name for field in fields]

    def write(table: ir.Table) -> int:
        chosen = passing(table, records.nodes, failing=failing)
        count = 0
        with written_whole("-" if place == "stdout" else place) as file:
            with pa.ipc.new_stream(file, schema.with_metadata({KIND: records.table.encode()})) as stream:
                for batch in records.answerer.batches(ordered(chosen.select(names), most)):
                    stream.write_batch(batch.cast(schema))
                    count += len(batch)
            file.flush()
        return count

    return records.ask(write)


def _save_records(records: Records, most: int | None, output: Output) -> int:
    table = TABLES[records.table]
    found = records.about(lambda rows: records.answerer.arrow(ordered(rows.select([field.name for field in table.fields]), most)))
    if output.kind in ("json", "jsonl", "csv"):
        rows = [json_row(row, table) for row in found.to_pylist()]
        save(rows, [field.name for field in table.fields if field.type != "day"], output)
    else:
        save(found, [], output)
    return len(found)


def _print_statistics(records: Records, options: FilterOptions) -> int:
    found = totals_of(records.ask(lambda table: records.answerer.execute(totals(table, records.nodes)))[0])
    for place, write in ((options.statistics, statistics), (options.volumes, volumes)):
        if place:
            _print(place, write(found))
    return found.passed.records


def _print(place: str, text: str) -> None:
    if place in ("stdout", "stderr", "-"):
        stream = sys.stderr if place == "stderr" else sys.stdout
        stream.write(text)
        stream.flush()
    else:
        with written_whole(place) as file:
            file.write(text.encode())


def _glance(records: Records) -> int:
    """The first records, and how many there are."""
    count = records.about(lambda table: records.answerer.execute(table.aggregate(count=table.count())))[0]["count"]
    if count == 0:
        records.matched_nothing()
    print_cut(records, None, GLANCE, Style())
    if count > GLANCE:
        say(f"varde: these are the first {GLANCE} of {count:,}; `| varde cut` shows all of them")
    return int(count)


def cut_command(context: Context, asked: Asked, fields: str | None, most: int | None, style: Style, output: Output) -> None:
    """The fields of records as rwcut prints them, or for programs."""
    records = records_of(context, asked)
    if output.kind is None:
        if not print_cut(records, fields, most, style):
            records.matched_nothing()
        return

    def found(table: ir.Table) -> tuple[list[Shown], Any]:
        chosen = fields_of(fields, table, fields_of_maps(asked.maps))
        return chosen, records.answerer.arrow(shown(ordered(table, most), chosen))

    chosen, rows = records.about(found)
    save(named(rows, chosen, output), [key_of(field) for field in chosen], output)
    if not len(rows):
        records.matched_nothing()


def print_cut(records: Records, fields: str | None, most: int | None, style: Style) -> int:
    """Print line after line, batch after batch; answers how many records."""

    def write(table: ir.Table) -> int:
        chosen = fields_of(fields, table, fields_of_maps(records.asked.maps))
        counter = _Counter()
        batches = records.answerer.batches(shown(ordered(table, most), chosen))
        for text in cut(counter.passing(_frames(batches)), chosen, style):
            sys.stdout.write(text)
        return counter.rows

    return records.about(write)


@dataclass
class _Counter:
    """How many rows went by."""

    rows: int = 0

    def passing(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        for frame in frames:
            self.rows += len(frame)
            yield frame


def _frames(batches: Any) -> Iterator[pl.DataFrame]:
    for batch in batches:
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        yield frame


_KEYS = {"sport": "src_port", "dport": "dst_port"}


def key_of(field: Shown) -> str:
    """The key of a field in JSON and CSV: its column's name."""
    return _KEYS.get(field.column, field.column)


def named(rows: Any, fields: Sequence[Shown], output: Output) -> Any:
    """Rows of a pyarrow table under their keys: values for people in text formats, and as they are in Parquet."""
    renamed = rows.rename_columns([key_of(field) for field in fields])
    if output.kind == "parquet":
        return renamed
    return [readable(row) for row in renamed.to_pylist()]


def readable(row: dict[str, Any]) -> dict[str, Any]:
    """Addresses and times as text; durations in seconds."""
    from varde.decode.addresses import text_of

    def value(name: str, given: Any) -> Any:
        if isinstance(given, bytes):
            return text_of(given) if len(given) == 16 else given.decode("utf-8", "backslashreplace")
        if name == "duration" and given is not None:
            return given / 1e6
        return iso(given) if hasattr(given, "astimezone") else given

    return {name: value(name, given) for name, given in row.items()}
