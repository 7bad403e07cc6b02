"""What an append writes by itself is what the tables' library would have written."""

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st
from material import NOON, probe_batch
from polars.testing import assert_frame_equal

from varde.decode import schema_of
from varde.model import TABLES
from varde.store import Store, parts
from varde.store.columns import arrow_schema

_START = datetime(2026, 11, 19, 22, tzinfo=timezone.utc)


def whole(table: str, batch: pl.DataFrame) -> pa.Table:
    """A batch as the library would be given it."""
    ordered = batch.select(pl.col(name).cast(dtype) for name, dtype in schema_of(TABLES[table]).items())
    return ordered.to_arrow().cast(arrow_schema(TABLES[table].fields))


def _values(kind: str) -> st.SearchStrategy[object]:
    few = {
        "text": st.sampled_from(["", "a", "æ", "x" * 40, "line\nline"]), "octets": st.binary(max_size=20),
        "address": st.binary(min_size=16, max_size=16), "integer": st.integers(-(2**62), 2**62), "time": st.integers(0, 2**52),
    }[kind]  # fmt: skip
    return st.one_of(st.none(), few)


@st.composite
def batches(draw: st.DrawFn, table: str) -> pl.DataFrame:
    """Rows of up to three days; columns of one value, of some, or of none."""
    count = draw(st.integers(1, 30))
    columns: dict[str, list[object]] = {}
    for field in TABLES[table].fields:
        if field.name == "day":
            columns["day"] = [date(2026, 11, 20) + timedelta(days=n) for n in draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))]
        elif draw(st.booleans()):
            columns[field.name] = [draw(_values(field.type))] * count
        else:
            columns[field.name] = draw(st.lists(_values(field.type), min_size=count, max_size=count))
    return pl.DataFrame(columns, schema=schema_of(TABLES[table]))


@pytest.mark.parametrize("table", ["probes", "logins", "payloads"])
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_rows_are_read_back_as_the_library_would_have_written_them(table: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder, batch = tmp_path_factory.mktemp("parts"), data.draw(batches(table))
    store = Store(folder / "store")
    for _ in range(2):
        store.append(table, batch)
    write_deltalake(folder / "library", whole(table, batch), partition_by=["day"])
    expected = pl.read_delta(str(folder / "library"))
    stored = pl.read_delta(str(store.path / table))
    assert_frame_equal(stored, pl.concat([expected, expected]).select(stored.columns), check_row_order=False)


def test_files_have_the_columns_and_types_that_the_library_gives_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    batch = probe_batch([{"time": NOON, "offset": n} for n in range(5)])
    store.append("probes", batch)
    write_deltalake(tmp_path / "library", whole("probes", batch), partition_by=["day"])
    [by_itself], [by_library] = store.files("probes"), (tmp_path / "library").rglob("*.parquet")
    ours, theirs = (pq.ParquetFile(path).schema.to_arrow_schema() for path in (by_itself, by_library))
    assert [(field.name, field.type) for field in ours] == [(field.name, field.type) for field in theirs]  # what has no nulls may say so
    assert pl.read_parquet_schema(by_itself) == pl.read_parquet_schema(by_library)


def test_the_log_tells_how_many_rows_a_file_has_and_from_when_to_when(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    first = _START + timedelta(microseconds=1)
    for _ in range(2):
        store.append("probes", probe_batch([{"time": first, "offset": 0}, {"time": _START + timedelta(hours=1), "offset": 1}]))
    actions = [json.loads(line) for line in (store.path / "probes" / "_delta_log" / f"{1:020}.json").read_text().splitlines()]
    [told] = [json.loads(action["add"]["stats"]) for action in actions if "add" in action]
    assert told["numRecords"] == 2
    assert (told["minValues"]["time"], told["maxValues"]["time"]) == ("2026-11-19T22:00:00.000001Z", "2026-11-19T23:00:00.000000Z")
    assert store.sizes()[0].rows == 4
    assert store.expire("probes", datetime(2126, 1, 1, tzinfo=timezone.utc)) == 4


def test_many_appends_leave_a_checkpoint(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for number in range(102):
        store.append("counters", _counter(number))
    assert list((store.path / "counters" / "_delta_log").glob("*.checkpoint.parquet"))
    assert len(DeltaTable(store.path / "counters").file_uris()) == 102


def _counter(number: int) -> pl.DataFrame:
    row = {"time": 1_795_000_000_000_000, "day": date(2026, 11, 18), "count": number, "outcome": "records", "offset": number}
    return pl.DataFrame([row], schema=schema_of(TABLES["counters"]))


def test_files_that_could_not_be_written_are_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.concat([probe_batch([{"time": NOON + timedelta(days=n), "offset": n}]) for n in range(3)])
    written: list[Path] = []

    def fails_at_the_third(data: object, target: Path, **how: object) -> None:
        written.append(target)
        target.write_bytes(b"half a file")
        if len(written) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.pq, "write_table", fails_at_the_third)
    with pytest.raises(OSError, match="No space left"):
        parts.write_parts(tmp_path, "probes", rows)
    assert len(written) == 3
    assert not any(path.exists() for path in written)
