"""What a period is held against, and what it has that the weeks before had not; synthetic records."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from material import probe_batch
from warned import flow, flows, ledger

from varde.decode import schema_of
from varde.decode.addresses import octets_of
from varde.model import LOGINS, WARNINGS, Table
from varde.query import Engine, Window
from varde.query.beside import Beside, Compared, beside, compared, shifted
from varde.query.brief import Brief, brief
from varde.query.newcomers import COUNTRY_FLOOR, LOUD_MIN, loud_newcomers, new_countries
from varde.query.port_days import port_days
from varde.query.summary import total
from varde.store import Store

OSLO, UTC = ZoneInfo("Europe/Oslo"), ZoneInfo("UTC")
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
A_DAY = timedelta(days=1)
WINDOW = Window(DAY, DAY + A_DAY)


def daily(day: datetime, count: int = 60, sensor: str = "fw1") -> Iterator[dict[str, object]]:
    """So many packets of a day, the first soon after midnight, each of an address of its own that comes every day."""
    for number in range(count):
        at = day + timedelta(minutes=5 + number * 1400 / count)
        yield {"time": at, "src": f"198.18.{number // 200}.{number % 200 + 1}", "port": 22 + number % 3, "cc": "US", "sensor": sensor}


def engine_of(folder: Path, *probes: Iterator[dict[str, object]]) -> Engine:
    store = Store(folder)
    store.append("probes", probe_batch([row for rows in probes for row in rows]))
    return Engine(store)


def add(engine: Engine, table: Table, rows: list[dict[str, Any]]) -> None:
    known = dict.fromkeys(schema_of(table))
    frame = pl.DataFrame([known | row for row in rows], schema=schema_of(table))
    engine.store.append(table.name, frame.with_columns(day=pl.from_epoch("time", "us").dt.date()))


def login(at: datetime, user: str, password: str, success: int = 0) -> dict[str, Any]:
    stamp = int(at.timestamp() * 1e6)
    return {"time": stamp, "received": stamp, "sensor": "pot", "src_addr": octets_of("198.18.9.9"), "user": user, "password": password, "success": success,
            "source": "s", "offset": stamp % 10**9, "session": "a"}  # fmt: skip


def ages(times: Beside) -> list[int]:
    return [(times.now.first - week.first).days for week in times.weeks]


def test_a_day_is_held_against_the_one_before_and_the_same_weekdays(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, *(daily(DAY - age * A_DAY, 10 + age) for age in range(23)))
    times = beside(engine, WINDOW, UTC)
    assert times.days == 1 and times.before == Window(DAY - A_DAY, DAY)
    assert ages(times) == [7, 14, 21]
    counted = compared(times, lambda window: total(engine, window).events)
    assert counted == Compared(10, 11, 24.0) and counted.reference == 24.0


def test_days_of_which_the_store_has_not_all_are_no_comparison(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, daily(DAY), ({"time": DAY - timedelta(hours=6)} for _ in range(3)))
    times = beside(engine, WINDOW, UTC)
    assert times.before is None and times.weeks == ()
    assert compared(times, lambda window: 5) == Compared(5, None, None)


def test_days_on_which_nothing_was_recorded_are_no_comparison(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, daily(DAY), *(daily(DAY - age * A_DAY) for age in (2, 14, 30)))
    times = beside(engine, WINDOW, UTC)
    assert times.before is None, "a machine that was off saw no quiet day"
    assert ages(times) == [14]


def test_what_was_told_of_later_has_no_zero_before(tmp_path: Path) -> None:
    times = beside(engine_of(tmp_path, *(daily(DAY - age * A_DAY, 3) for age in range(23))), WINDOW, UTC)
    assert compared(times, lambda window: 5, DAY - 8 * A_DAY) == Compared(5, 5, 5.0), "of the weeks one"
    assert compared(times, lambda window: 5, DAY - 3 * A_DAY) == Compared(5, 5, None)
    assert compared(times, lambda window: 5, DAY - timedelta(hours=5)) == Compared(5, None, None)


def test_a_day_of_25_hours_is_a_day_and_hours_are_those_of_the_clock(tmp_path: Path) -> None:
    first, last = datetime(2026, 10, 25, tzinfo=OSLO), datetime(2026, 10, 26, tzinfo=OSLO)
    window = Window(first.astimezone(timezone.utc), last.astimezone(timezone.utc))
    assert window.last - window.first == timedelta(hours=25)
    times = beside(engine_of(tmp_path, *(daily(window.first - age * A_DAY) for age in range(-1, 12))), window, OSLO)
    assert times.days == 1
    assert times.before is not None and times.before.last - times.before.first == timedelta(hours=24) and times.before.last == window.first
    week = shifted(window, 7, OSLO)
    assert (week.first.astimezone(OSLO).hour, week.last.astimezone(OSLO).hour) == (0, 0)


def test_a_fortnight_has_no_usual_weekday(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, *(daily(DAY - age * A_DAY, 3) for age in range(60)))
    times = beside(engine, Window(DAY - 13 * A_DAY, DAY + A_DAY), UTC)
    assert times.days == 14 and times.weeks == () and times.before is not None and times.before.last == DAY - 13 * A_DAY


def loud(address: str, count: int, day: datetime = DAY) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {"time": day + timedelta(seconds=60 + number), "src": address, "port": 1000 + number % 7, "cc": "NL", "asn": 64500}


def test_loud_addresses_that_never_came_are_named_the_loudest_first(tmp_path: Path) -> None:
    known, new, louder, soft = "203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"
    engine = engine_of(tmp_path, daily(DAY), daily(DAY - A_DAY), loud(known, 200), loud(known, 1, DAY - A_DAY), loud(new, LOUD_MIN), loud(louder, 90), loud(soft, LOUD_MIN - 1))
    found = loud_newcomers(engine, WINDOW, DAY - A_DAY)
    assert [(each.address, each.country, each.system, each.events, each.ports) for each in found] == [(louder, "NL", 64500, 90, 7), (new, "NL", 64500, LOUD_MIN, 7)]
    assert loud_newcomers(engine, WINDOW, DAY) == [], "nothing is stored before, and so all would be new"


def test_who_was_let_in_before_is_not_new(tmp_path: Path) -> None:
    allowed = ({**row, "action": "allow"} for row in loud("203.0.113.2", 3, DAY - A_DAY))
    engine = engine_of(tmp_path, daily(DAY), daily(DAY - A_DAY), loud("203.0.113.2", 90), allowed)
    assert loud_newcomers(engine, WINDOW, DAY - A_DAY) == []


def test_a_country_is_new_with_enough_sources_and_none_before(tmp_path: Path) -> None:
    def of(code: str, sources: int, day: datetime = DAY) -> Iterator[dict[str, object]]:
        for number in range(sources):
            yield {"time": day + timedelta(minutes=number), "src": f"203.0.113.{number + 1}", "cc": code}

    engine = engine_of(tmp_path, daily(DAY), daily(DAY - A_DAY), of("IS", COUNTRY_FLOOR), of("FO", COUNTRY_FLOOR - 1), of("NO", 9), of("NO", 1, DAY - A_DAY))
    assert [(each.country, each.sources, each.events) for each in new_countries(engine, WINDOW, DAY - A_DAY)] == [("IS", 3, 3)]
    assert new_countries(engine, WINDOW, None) == []


def test_a_ports_days_are_those_of_utc_and_count_both_protocols_once(tmp_path: Path) -> None:
    rows = [{"time": DAY + timedelta(hours=hour), "src": src, "port": 7547, "proto": proto} for hour, src, proto in
            ((0, "203.0.113.1", 6), (1, "203.0.113.1", 17), (23, "203.0.113.2", 6), (24, "203.0.113.3", 6))]  # fmt: skip
    engine = engine_of(tmp_path, iter(rows), daily(DAY - A_DAY), iter([{"time": DAY, "port": 7547, "proto": 6, "action": "allow", "src": "203.0.113.9"}]))
    found = port_days(engine, 7547, date(2026, 11, 1), date(2026, 11, 21))
    assert found == {date(2026, 11, 19): 0, date(2026, 11, 20): 2, date(2026, 11, 21): 1}, "days of which nothing is stored are unknown"
    assert port_days(engine, 7547, date(2025, 1, 1), date(2025, 1, 3)) == {}


@pytest.fixture
def whole(tmp_path: Path) -> Brief:
    """A day on which a sensor fell silent, a honeypot heard new names, and a list was touched."""
    engine = engine_of(tmp_path, daily(DAY), daily(DAY - A_DAY), daily(DAY - A_DAY, 30, "fw2"))
    hour = timedelta(hours=1)
    add(engine, LOGINS, [login(DAY - A_DAY + hour / 4, "root", "123456"), login(DAY + hour, "root", "123456", 1), *(login(DAY + 2 * hour, "evil", "new") for _ in range(3))])
    stamp = int((DAY + hour).timestamp() * 1e6)
    touched = {"time": stamp, "received": stamp, "kind": "flow", "count": 7, "lists": '[{"source": "otx"}, {"source": "drop"}]', "sensor": "fw1"}
    add(engine, WARNINGS, [touched, touched | {"kind": "surge", "count": 1, "lists": "[]"}, touched | {"kind": "scan", "count": 1, "lists": "[]"}])
    moved = int((DAY + hour).timestamp() * 1e6)
    engine.store.append("flows", flows(flow() | {"time": moved, "end_time": moved, "received": moved, "day": DAY.date()}))
    lost = ledger(lost=10, flows=90).with_columns(time=pl.lit(moved, pl.Int64).cast(ledger().schema["time"]), day=pl.lit(DAY.date()))
    engine.store.append("losses", lost)
    return brief(engine, WINDOW, UTC)


def test_all_of_a_day_is_asked(whole: Brief) -> None:
    assert whole.probes == Compared(60, 90) and whole.sources == Compared(60, 60)
    assert [(each.sensor, each.before) for each in whole.silent] == [("fw2", 30)]
    assert whole.pot is not None
    assert whole.pot.logins == Compared(4, 1) and whole.pot.let_in == Compared(1, 0)
    fresh = {each.ranking: each for each in whole.pot.fresh}
    assert (fresh["passwords"].count, fresh["passwords"].names) == (Compared(1, 1), ("new",))
    assert fresh["users"].names == ("evil",)
    assert whole.touched == Compared(7, 0), "what the detectors warned of is no list"
    assert {each.key: each.count for each in whole.touched_lists} == {"otx": 7, "drop": 7}
    assert whole.flows == Compared(1) and whole.seen is not None and sum(account.counts["lost"] for account in whole.seen) == 10
    assert whole.campaigns.campaigns == [] and whole.campaigns_before == {}


def test_of_what_nothing_is_stored_is_none(tmp_path: Path) -> None:
    found = brief(engine_of(tmp_path, daily(DAY)), WINDOW, UTC)
    assert found.pot is None and found.flows is None and found.seen is None and found.campaigns_before is None
    assert found.newcomers == [] and found.newcomers_before is None and found.silent == []
