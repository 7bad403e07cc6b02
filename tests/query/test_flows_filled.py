"""What files of flows leave out, because other columns say it, is there for every question; also beside files of older stores."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from varde.decode import schema_of
from varde.decode.addresses import networks, octets_of, text_of
from varde.model import FLOWS
from varde.query import Engine
from varde.query.hold import Hold
from varde.query.sql import Bounds, held_sql
from varde.store import Store, columns

NOW = 1_795_300_000_000_000
ENDS = [("10.1.2.3", "203.0.113.77"), ("2001:db8:1:2:3:4:5:6", "::1"), ("255.255.255.255", None), ("::ffff:0:0", "::fffe:ffff:ffff"), (None, None)]
LEFT_OUT = ("src_net", "dst_net", "packets_scaled", "octets_scaled")


def flows(sampling: int | None) -> pl.DataFrame:
    """Synthetic flows between ENDS, of which one packet in `sampling` was looked at."""
    rows: list[dict[str, Any]] = [
        {
            "time": NOW + number, "offset": number, "src_addr": src and octets_of(src), "dst_addr": dst and octets_of(dst), "sampling": sampling,
            "packets": number or None, "octets": number * 1000 or None,
        }
        for number, (src, dst) in enumerate(ENDS)
    ]  # fmt: skip
    made = pl.DataFrame(rows, schema=schema_of(FLOWS)).with_columns(day=pl.from_epoch("time", "us").dt.date())
    scaled = [(pl.col(name) * (sampling or 1)).alias(f"{name}_scaled") for name in ("packets", "octets")]
    return made.with_columns(networks(made["src_addr"]).alias("src_net"), networks(made["dst_addr"]).alias("dst_net"), *scaled)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A file without the columns, one of sampled flows, and one as older versions wrote it."""
    made = Store(tmp_path / "store")
    for sampling in (None, 100):
        made.append(FLOWS.name, flows(sampling))
    with monkeypatch.context() as older:
        older.setattr(columns, "NETWORKS", {})
        older.setattr(columns, "SAID", {})
        made.append(FLOWS.name, flows(1))
    return made


def expected(name: str) -> list[Any]:
    return [value for sampling in (None, 1, 100) for value in flows(sampling)[name].to_list()]


def test_files_leave_out_what_other_columns_say_and_what_no_row_has(store: Store) -> None:
    there = [pl.read_parquet_schema(file).keys() for file in store.files(FLOWS.name)]
    assert sorted([name for name in LEFT_OUT if name in names] for names in there) == [[], [*LEFT_OUT[2:]], [*LEFT_OUT]]
    assert [names for names in there if "tcp_flags" in names or "octets" not in names] == []


def test_what_no_file_has_is_asked_for_and_is_absent(store: Store) -> None:
    engine = Engine(store)
    found = engine.ask_all(FLOWS.name, lambda table: engine.execute(table.aggregate(all=table.count(), known=table.tcp_flags.count(), ports=table.src_port.count())))
    assert found == [{"all": 15, "known": 0, "ports": 0}]


def test_merged_files_and_those_that_came_later_are_one_table(store: Store) -> None:
    store.append(FLOWS.name, flows(None).with_columns(tcp_flags=pl.lit(2, pl.Int64)))
    store.compact()
    store.append(FLOWS.name, flows(None))
    engine = Engine(store)
    found = engine.ask_all(FLOWS.name, lambda table: engine.execute(table.aggregate(all=table.count(), known=table.tcp_flags.count(), octets=table.octets.sum())))
    assert found == [{"all": 25, "known": 5, "octets": 50_000}]
    rows = store.rows_of(FLOWS.name, "", 5, ["tcp_flags", "src_port"])
    assert rows.columns == ["tcp_flags", "src_port"]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_questions_see_it_filled(store: Store, name: str) -> None:
    engine = Engine(store)
    found = engine.ask_all(FLOWS.name, lambda table: engine.execute(table.order_by(table.sampling.asc(nulls_first=True), "offset").select(name)))
    assert [row[name] for row in found] == expected(name)


def test_sql_sees_it_filled(store: Store) -> None:
    question = f"select {', '.join(LEFT_OUT)} from flows order by sampling nulls first, \"offset\""
    found = held_sql(store, question, Hold(60), Bounds()).rows
    texts = [[value if value is None or isinstance(value, int) else text_of(value) for value in expected(name)] for name in LEFT_OUT]
    assert found == list(zip(*texts, strict=True))


def test_compacted_files_of_both_kinds_answer_the_same(store: Store) -> None:
    store.compact()
    assert len(store.files(FLOWS.name)) == 1
    test_sql_sees_it_filled(store)
