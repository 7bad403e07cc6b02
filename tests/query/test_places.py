"""Amounts by country, system, address and port; own networks are never a place."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from material import NOON, probe_batch
from warned import flow, flows

from varde.model import FLOWS, LOGINS, PROBES, VardeError
from varde.query import Engine, Window
from varde.query.places import Within, over_time, places
from varde.store import Store

DAY = Window(NOON - timedelta(days=1), NOON + timedelta(days=1), "all")
LONG = Window(NOON - timedelta(days=7300), NOON + timedelta(days=1), "all")


def located(batch: pl.DataFrame, **columns: list[object]) -> pl.DataFrame:
    return batch.with_columns(pl.Series(name, values, dtype=batch.schema[name]) for name, values in columns.items())


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    store = Store(tmp_path / "store")
    sources = ("203.0.113.5", "203.0.113.5", "203.0.113.9", "198.51.100.7", "192.0.2.1")
    probes = probe_batch([{"time": NOON, "src": src, "port": port} for src, port in zip(sources, (23, 22, 23, 23, 80), strict=True)])
    store.append("probes", located(probes, src_cc=["NO", "NO", "NO", "US", None], src_as=[1, 1, 2, 3, None], dst_cc=["--"] * 5))
    sent = flows(
        flow("10.0.0.5", "203.0.113.5", octets=1000), flow("203.0.113.5", "10.0.0.5", octets=70),
        flow("10.0.0.5", "198.51.100.7", octets=500),
    )
    sent = sent.with_columns(octets_scaled=pl.Series([1000, 70, 5000]), rev_octets=pl.Series([10, None, None], dtype=pl.Int64))
    store.append("flows", located(sent, src_cc=["--", "NO", "--"], dst_cc=["NO", "--", "US"]))
    return Engine(store)


def test_probes_by_country(engine: Engine) -> None:
    found = places(engine, DAY, PROBES, by="events", direction="in", within=Within(), top=10)
    assert [(row.key, row.value, row.addresses) for row in found.rows] == [("NO", 3, 2), ("US", 1, 1)]
    assert (found.known, found.total, found.keys, found.addresses) == (4, 5, 2, 4)


def test_what_lies_within(engine: Engine) -> None:
    in_norway = places(engine, DAY, PROBES, by="events", direction="in", within=Within("NO"), top=10)
    assert (in_norway.level, [(row.key, row.value) for row in in_norway.rows]) == ("as", [(1, 2), (2, 1)])
    in_system = places(engine, DAY, PROBES, by="events", direction="in", within=Within("NO", 1), top=10)
    assert (in_system.level, [(row.key, row.value) for row in in_system.rows]) == ("address", [("203.0.113.5", 2)])
    at = places(engine, DAY, PROBES, by="events", direction="in", within=Within("NO", 1, "203.0.113.5"), top=10)
    assert (at.level, [(row.key, row.value) for row in at.rows]) == ("port", [(22, 1), (23, 1)])


def test_flows_in_out_and_both(engine: Engine) -> None:
    """Sampled flows count for what they stand for, both directions where a record has both."""
    amounts = {
        direction: {row.key: row.value for row in places(engine, LONG, FLOWS, by="octets", direction=direction, within=Within(), top=10).rows}
        for direction in ("in", "out", "both")
    }
    assert amounts == {"in": {"NO": 70}, "out": {"US": 5000, "NO": 1010}, "both": {"US": 5000, "NO": 1080}}


def test_the_first_rows_and_the_sums_of_all(engine: Engine) -> None:
    found = places(engine, DAY, PROBES, by="events", direction="in", within=Within(), top=1)
    assert ([row.key for row in found.rows], found.keys, found.known) == (["NO"], 2, 4)


@pytest.mark.parametrize(("table", "by", "direction"), [(PROBES, "octets", "in"), (FLOWS, "votes", "in"), (FLOWS, "octets", "up"), (LOGINS, "packets", "in")])
def test_what_cannot_be_asked_is_said(engine: Engine, table: object, by: str, direction: str) -> None:
    with pytest.raises(VardeError):
        places(engine, DAY, table, by=by, direction=direction, within=Within(), top=1)  # type: ignore[arg-type]


def test_an_empty_store_has_no_place(tmp_path: Path) -> None:
    found = places(Engine(Store(tmp_path / "empty")), DAY, FLOWS, by="octets", direction="both", within=Within(), top=1)
    assert (found.rows, found.total, found.known) == ([], 0, 0)


def test_amounts_over_time_add_up_to_the_map(engine: Engine) -> None:
    sums = over_time(engine, DAY, PROBES, by="events", direction="in", within=Within(), buckets=4)
    assert sums == [0, 0, 5, 0]
    assert over_time(engine, DAY, PROBES, by="events", direction="in", within=Within("NO"), buckets=4) == [0, 0, 3, 0]
    for direction in ("in", "out", "both"):
        whole = places(engine, LONG, FLOWS, by="octets", direction=direction, within=Within(), top=10)
        assert sum(over_time(engine, LONG, FLOWS, by="octets", direction=direction, within=Within(), buckets=7)) == whole.total
