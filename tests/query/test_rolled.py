"""Sums of files that were made before: the same answers as from the records, also where a window begins within an hour."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warned import flow, flows

from varde.model import FLOWS, VardeError
from varde.model.filters import BY_WORD, EQUAL
from varde.model.rollups import rollup_of
from varde.query import Engine, Window, blank
from varde.query.filters import Condition, Node
from varde.query.filters.values import Country
from varde.query.places import Within, places
from varde.query.traffic import Limit, Ranking, columns_of, fields_of, passing, ranking, values_of
from varde.store import Store

FIRST = datetime(2026, 11, 17, tzinfo=timezone.utc)
DAYS = 4
ROWS = 600
TODAY = date(2026, 11, 20)
MINUTES = DAYS * 24 * 60


def made(day: int) -> pl.DataFrame:
    """Synthetic flows of one day; some lack what others have."""
    rng = np.random.default_rng(day)
    start = FIRST + timedelta(days=day)
    rows = [
        flow(f"198.51.100.{rng.integers(9)}", f"203.0.113.{rng.integers(5)}", int(rng.integers(1024, 1030)), int(rng.choice([22, 53, 443])), int(rng.choice([1, 6, 17])),
             time=int((start + timedelta(seconds=int(rng.integers(86_400)))).timestamp()) * 1_000_000, day=start.date(), octets=int(rng.integers(10_000)), packets=int(rng.integers(1, 9)))
        for _ in range(ROWS)
    ]  # fmt: skip
    some = pl.int_range(0, ROWS) % 3 == 0
    return flows(*rows).with_columns(
        src_cc=pl.when(some).then(pl.lit("NO")).otherwise(pl.lit("DE")), src_as=pl.when(some).then(pl.lit(224)).otherwise(None).cast(pl.Int64),
        octets_scaled=pl.when(some).then(pl.col("octets") * 100).otherwise(None), rev_octets=pl.when(some).then(7).otherwise(None).cast(pl.Int64),
        src_port=pl.when(pl.col("proto") == 1).then(None).otherwise("src_port"), icmp_type=pl.when(pl.col("proto") == 1).then(8).otherwise(None).cast(pl.Int64),
        icmp_code=pl.when(pl.col("proto") == 1).then(0).otherwise(None).cast(pl.Int64), dst_port=pl.when(pl.col("proto") == 1).then(None).otherwise("dst_port"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    """The same flows in two stores, one of which has sums of all days but the last."""
    stores = [Store(tmp_path_factory.mktemp(name) / "store") for name in ("plain", "summed")]
    for store in stores:
        for day in range(DAYS):
            store.append(FLOWS.name, made(day))
    assert stores[1].roll_up(TODAY, smallest=1) == "flows: 3 files summed up by the hour and by the day"
    return Engine(stores[0]), Engine(stores[1])


def ranked(engine: Engine, window: Window, fields: str, values: str, nodes: list[Node]) -> Ranking:
    flows_of = blank(FLOWS.name)
    chosen, counted = fields_of(fields, flows_of), values_of(values, flows_of)
    columns = columns_of(flows_of, chosen, counted, nodes)
    assert columns is not None
    return engine.ask_sums(window, lambda sums_of: ranking(engine.execute, passing(sums_of(columns), nodes), chosen, counted, Limit(count=50)), FLOWS.name)


WINDOWS = st.tuples(st.integers(0, MINUTES - 1), st.integers(1, MINUTES)).map(
    lambda ends: Window(FIRST + timedelta(minutes=ends[0]), FIRST + timedelta(minutes=ends[0] + ends[1]), "all")
)
GERMAN = Condition(BY_WORD["scc"], EQUAL, (Country("DE"),))


@given(WINDOWS, st.sampled_from(["sip", "dip", "dport", "sport,proto", "proto", "scc,sip", "sip,dip"]), st.sampled_from(["bytes,packets", "records", "bytes,distinct:sip"]), st.booleans())
@settings(deadline=None, max_examples=25)
def test_rankings_are_those_of_the_records(both: tuple[Engine, Engine], window: Window, fields: str, values: str, german: bool) -> None:
    plain, summed = both
    nodes: list[Node] = [GERMAN] if german else []
    assert ranked(summed, window, fields, values, nodes) == ranked(plain, window, fields, values, nodes)


@given(WINDOWS, st.sampled_from(["octets", "packets", "flows"]), st.sampled_from(["in", "out", "both"]), st.sampled_from([Within(), Within("NO"), Within("NO", 224), Within("NO", 224, "198.51.100.1")]))
@settings(deadline=None, max_examples=25)
def test_maps_are_those_of_the_records(both: tuple[Engine, Engine], window: Window, by: str, direction: str, within: Within) -> None:
    found = [places(engine, window, FLOWS, by=by, direction=direction, within=within, top=20) for engine in both]
    assert found[0] == found[1]


def test_sums_answer_where_the_records_cannot(both: tuple[Engine, Engine], tmp_path: Path) -> None:
    """Data files are not opened for what their sums tell."""
    store = Store(tmp_path / "store")
    store.append(FLOWS.name, made(0))
    store.roll_up(TODAY, smallest=1)
    (file,) = store.files(FLOWS.name)
    Path(file).write_bytes(b"rubbish")
    engine, day = Engine(store), Window(FIRST, FIRST + timedelta(days=1), "all")
    assert ranked(engine, day, "sip", "bytes", []) == ranked(both[0], day, "sip", "bytes", [])
    part = Window(FIRST + timedelta(hours=3), FIRST + timedelta(hours=9), "all")
    assert ranked(engine, part, "dport", "records", []) == ranked(both[0], part, "dport", "records", [])
    with pytest.raises(VardeError, match="missing or damaged"):
        ranked(engine, Window(FIRST, FIRST + timedelta(minutes=90), "all"), "sip", "bytes", [])
    with pytest.raises(VardeError, match="missing or damaged"):
        ranked(engine, day, "sip,dip", "bytes", [])


def test_sums_of_what_was_replaced_or_taken_back_are_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for day in (0, 1):
        store.append(FLOWS.name, made(day).with_columns(source=pl.lit(f"file {day}")))
    store.roll_up(TODAY, smallest=1)
    before = store.rollups.octets()
    store.forget("file 0")
    assert store.roll_up(TODAY, smallest=1) == ""
    assert 0 < store.rollups.octets() < before
    engine, window = Engine(store), Window(FIRST, FIRST + timedelta(days=DAYS), "all")
    assert ranked(engine, window, "proto", "records", []).records == ROWS


def test_only_what_a_roll_up_has_is_asked_of_it() -> None:
    """More than 1000 octets is said of a flow, not of an hour; pairs of ends are in none."""
    assert rollup_of({"src_addr", "src_cc", "sensor"}) is not None
    assert rollup_of({"src_addr", "octets"}) is None and rollup_of({"src_addr", "dst_addr"}) is None
