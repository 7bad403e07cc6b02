"""Questions about days, sources, records and what differs; and a store that changes while it is asked."""

import base64
import dataclasses
import json
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import NOON, firewall_lines, import_file, probe_batch, write_old

from varde.decode import schema_of
from varde.decode.rows import iso, json_row
from varde.model import NAT, TABLES, VardeError
from varde.query import (
    Engine,
    Window,
    day_counts,
    differences,
    extent,
    fireplot,
    records,
    reject_samples,
    sensors,
    source_total,
    top_destinations,
    top_sources,
    total,
    understand,
)
from varde.query import engine as engine_module
from varde.store import Store
from varde.views.axes import day_window

OSLO = ZoneInfo("Europe/Oslo")
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
def test_days_are_counted_on_the_zones_own_calendar_also_where_clocks_change(store: Store, zone: str) -> None:
    here = ZoneInfo(zone)
    moments = [datetime(2026, month, day, tzinfo=timezone.utc) + number * timedelta(minutes=30)
               for month, day in ((3, 28), (4, 4), (10, 3), (10, 24), (11, 1)) for number in range(120)]  # fmt: skip
    store.append("probes", probe_batch([{"time": m, "src": f"198.18.{n % 7}.1", "proto": (6, 17)[n % 2]} for n, m in enumerate(moments)]))
    window = Window(day_window(date(2026, 1, 1), here)[0], day_window(date(2027, 1, 1), here)[0])
    found = day_counts(Engine(store), window, here)
    expected = Counter(moment.astimezone(here).date().isoformat() for moment in moments)
    assert {row["day"]: row["events"] for row in found} == expected
    assert [row["day"] for row in found] == sorted(expected)
    assert all(sum(row["planes"].values()) == row["events"] for row in found)  # type: ignore[attr-defined]
    assert all(row["sources"] == min(7, row["events"]) for row in found)  # type: ignore[call-overload]


@given(groups=st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 4)), min_size=1, max_size=60), limit=st.integers(1, 20))
@settings(max_examples=25)
def test_paging_visits_each_record_once_in_order(tmp_path_factory: pytest.TempPathFactory, groups: list[tuple[int, str, int]], limit: int) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    places = {(second, source, number * 100 + n) for n, (second, source, number) in enumerate(groups)}
    store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=t), "source": s, "offset": o} for t, s, o in sorted(places, key=str)]))
    engine, window = Engine(store), Window(NOON, NOON + HOUR)
    seen, cursor = [], None
    for _ in range(len(places) + 2):
        page = records(engine, window, limit=limit, after=cursor)
        seen += [(row["time"], row["source"], row["offset"]) for row in page.records]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [(iso(NOON + timedelta(seconds=t)), s, o) for t, s, o in sorted(places)]


def cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "æ", "AAAA", "=" * 9, cursor_of([]), cursor_of({}), cursor_of([1, 2, 3]), cursor_of(["2026-01-01T00:00:00Z", "s"]), cursor_of(["x", "s", 1]),
     cursor_of(["2026-01-01T00:00:00Z", "s", "x"]), cursor_of(["2026-01-01T00:00:00Z", "s", 1e999]), cursor_of(["2026-01-01T00:00:00Z", "s", 2**80]),
     base64.urlsafe_b64encode(b"[" * 30000).decode(), cursor_of(["0001-01-01T00:00:00+23:00", "s", 1])],
)  # fmt: skip
def test_a_damaged_cursor_is_refused_in_words(store: Store, cursor: str) -> None:
    with pytest.raises(VardeError, match="cursor is damaged"):
        records(Engine(store), Window(NOON, NOON + HOUR), after=cursor)


def test_a_cursor_cannot_carry_a_question_of_its_own(store: Store) -> None:
    store.append("probes", probe_batch([{"time": NOON}]))
    hostile = cursor_of([iso(NOON - HOUR), "' OR 1=1; DROP TABLE probes; --", 0])
    assert len(records(Engine(store), Window(NOON, NOON + HOUR), after=hostile).records) == 1


def test_a_record_in_json_has_names_beside_numbers_and_no_nulls() -> None:
    row = probe_batch([{"time": NOON + timedelta(microseconds=5), "src": "2001:db8::1", "port": None, "proto": 58}]).row(0, named=True)
    out = json_row(row)
    assert (out["time"], out["src_addr"], out["proto"], out["proto_name"]) == ("2026-11-20T12:00:00.000005Z", "2001:db8::1", 58, "ipv6-icmp")
    assert not {"dst_port", "day", "tcp_flags"} & set(out)
    assert json_row(row | {"tcp_flags": 18})["tcp_flags"] == "SYN,ACK"


def test_the_first_and_last_record_and_the_busiest_sources_are_told(store: Store) -> None:
    assert extent(Engine(store)) == (None, None)
    probes = [{"time": NOON + timedelta(seconds=n), "src": f"198.18.0.{n % 3}", "port": n} for n in range(10)]
    store.append("probes", probe_batch(probes))
    engine, window = Engine(store), Window(NOON, NOON + HOUR)
    assert [iso(m) for m in extent(engine) if m] == [iso(NOON), iso(NOON + timedelta(seconds=9))]
    found = top_sources(engine, window, 2)
    assert [(row["src_addr"], row["events"], row["ports"], row["first"]) for row in found] == [
        ("198.18.0.0", 4, 4, iso(NOON)), ("198.18.0.1", 3, 3, iso(NOON + timedelta(seconds=1))),
    ]  # fmt: skip
    assert source_total(engine, window) == 3


def test_sensors_add_up_their_lines(store: Store, tmp_path: Path) -> None:
    text = firewall_lines(0, 20) + b"nothing of ours\n" * 3 + b"2026-11-20T12:00:00+00:00 gw kernel: [UFW BLOCK] IN=eth0 OUT= SRC=1.2.3.4 DST=\n"
    import_file(store, write_old(tmp_path / "fw.log", text))
    [found] = sensors(Engine(store))
    assert (found["sensor"], found["dialects"], found["lines"], found["records"], found["ignored"], found["rejects"]) == ("fw1", ["linux"], 24, 20, 3, 1)
    assert found["share_parsed"] == round(20 / 21, 6)
    assert found["last"] == iso(NOON + timedelta(seconds=19))
    assert datetime.fromisoformat(found["committed"]) > datetime.now(timezone.utc) - timedelta(minutes=5)
    [sample] = reject_samples(Engine(store))
    assert (sample["sensor"], sample["reason"]) == ("fw1", "form")


def test_a_sensor_without_a_record_has_no_last_packet(store: Store, tmp_path: Path) -> None:
    import_file(store, write_old(tmp_path / "fw.log", b"nothing of ours\n"))
    [found] = sensors(Engine(store))
    assert (found["records"], found["last"]) == (0, None)


def wanted(port: int, sources: int, when: datetime, proto: int = 6) -> list[dict[str, object]]:
    return [{"time": when + timedelta(seconds=n), "port": port, "proto": proto, "src": f"198.18.{n >> 8}.{n & 255}"} for n in range(sources)]


def test_a_port_is_news_when_many_more_addresses_want_it_than_on_the_days_before(store: Store) -> None:
    before = [p for days in range(1, 8) for p in wanted(22, 50, NOON - timedelta(days=days)) + wanted(7547, 2, NOON - timedelta(days=days))]
    now = wanted(22, 60, NOON) + wanted(7547, 100, NOON) + wanted(1234, 19, NOON) + wanted(5555, 30, NOON)
    store.append("probes", probe_batch(before + now))
    compared = differences(Engine(store), Window(NOON, NOON + HOUR))
    assert compared.days == 7
    assert [(d.proto, d.port, d.plane, d.sources, d.usual, d.events) for d in compared.found] == [
        ("tcp", 7547, "tcp4", 100, 2, 100), ("tcp", 5555, "tcp4", 30, 0, 30),
    ]  # fmt: skip
    assert [(d.first, d.last) for d in compared.found] == [(NOON, NOON + timedelta(seconds=n)) for n in (99, 29)]


def test_an_address_counts_once_a_day_for_its_port_however_often_it_comes(store: Store) -> None:
    again = [probe for _ in range(5) for probe in wanted(7547, 30, NOON)]
    store.append("probes", probe_batch(again + wanted(7547, 10, NOON - timedelta(days=1)) + wanted(7547, 10, NOON - timedelta(days=1))))
    [found] = differences(Engine(store), Window(NOON, NOON + HOUR)).found
    assert (found.sources, found.usual, found.events) == (30, 10, 150)


def test_days_before_are_counted_back_from_the_window_not_from_midnight_utc(store: Store) -> None:
    evening = datetime(2026, 11, 19, 23, tzinfo=timezone.utc)  # midnight in Oslo
    store.append("probes", probe_batch(wanted(22, 30, evening) + wanted(22, 30, evening + 2 * HOUR)))
    assert differences(Engine(store), Window(evening, evening + 24 * HOUR)).days == 0
    store.append("probes", probe_batch(wanted(22, 5, evening - 23 * HOUR) + wanted(22, 5, evening - HOUR)))
    assert differences(Engine(store), Window(evening, evening + 24 * HOUR)).days == 1


def test_a_filter_compares_with_itself_and_days_without_a_match_are_days_too(store: Store) -> None:
    old = [probe | {"src": f"203.0.113.{n % 250}"} for n, probe in enumerate(wanted(7547, 90, NOON - timedelta(days=1)))]
    store.append("probes", probe_batch(old + wanted(7547, 30, NOON)))
    assert differences(Engine(store), Window(NOON, NOON + HOUR)).found == []
    compared = differences(Engine(store), Window(NOON, NOON + HOUR, src="198.18.0.0/15"))
    assert (compared.days, [(d.port, d.usual) for d in compared.found]) == (1, [(7547, 0)])


def test_without_days_before_nothing_is_news(store: Store) -> None:
    store.append("probes", probe_batch(wanted(7547, 100, NOON)))
    compared = differences(Engine(store), Window(NOON, NOON + HOUR))
    assert (compared.days, compared.found) == (0, [])


def test_sums_and_destinations_of_an_as(store: Store) -> None:
    probes = [{"time": NOON + timedelta(seconds=n), "src": f"198.18.0.{n % 4}", "dst": f"198.51.100.{n % 2}", "asn": 64500 + n % 2} for n in range(8)]
    store.append("probes", probe_batch(probes))
    window = Window(NOON, NOON + HOUR, src_as=64501)
    found = total(Engine(store), window)
    assert (found.events, found.sources, found.first, found.last) == (4, 2, NOON + timedelta(seconds=1), NOON + timedelta(seconds=7))
    assert top_destinations(Engine(store), window, 5) == [{"dst_addr": "198.51.100.1", "events": 4, "sources": 2}]
    assert total(Engine(store), Window(NOON, NOON + HOUR, src_as=1)).events == 0


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [("NO", "country", "NO"), ("no", "country", "NO"), ("--", "country", "--"), ("23", "port", "port 23 (telnet)"), (" tcp/7547 ", "port", "TCP 7547 (cwmp)"),
     ("UDP/53", "port", "UDP 53 (dns)"), ("65535", "port", "port 65535"), ("0", "port", "port 0"), ("203.0.113.5", "address", "203.0.113.5"),
     ("2001:db8::1", "address", "2001:db8::1"), ("AS64521", "as", "AS64521"), ("as 0064521", "as", "AS64521"), ("as", "country", "AS"),
     ("port 23", "port", "port 23 (telnet)"), ("203.0.113.0/24", "network", "203.0.113.0/24"), ("2001:db8::/32", "network", "2001:db8::/32")],
)  # fmt: skip
def test_questions_are_understood(text: str, kind: str, title: str) -> None:
    question = understand(text)
    assert (question.kind, question.title) == (kind, title)
    Window(NOON, NOON + HOUR, **question.filters)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "  ", "AS4294967296", "AS1x", "65536", "tcp/", "tcp/x", "sctp/5", "-1", "٢٣", "NOR", "1.2.3", "1.2.3.4/33", "<script>", "' or 1=1", "9" * 200])
def test_what_is_no_question_is_told_what_a_question_may_be(text: str) -> None:
    with pytest.raises(VardeError, match="ask about an address"):
        understand(text)


def test_a_file_that_vanishes_between_listing_and_reading_is_asked_for_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=number), "offset": number}]))
    listed, calls = Store.files, []

    def list_then_merge(self: Store, *arguments: Any) -> list[str]:
        files = listed(self, *arguments)
        calls.append(len(files))
        if len(calls) == 1:
            self.compact(keep_hours=0)
            assert not all(Path(file).exists() for file in files)
        return files

    monkeypatch.setattr(Store, "files", list_then_merge)
    assert fireplot(Engine(store), Window(NOON, NOON + HOUR)).total == 5
    assert calls[0] == 5
    assert calls[1] < 5


def test_the_store_as_a_whole_is_asked_again_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=number), "offset": number}]))
    listed, calls = Store.files, []

    def list_then_merge(self: Store, *arguments: Any) -> list[str]:
        files = listed(self, *arguments)
        calls.append(files)
        if len(calls) == 1:
            self.compact(keep_hours=0)
        return files

    monkeypatch.setattr(Store, "files", list_then_merge)
    first, last = extent(Engine(store))
    assert (first, last) == (NOON, NOON + timedelta(seconds=2))


@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "garbage"])
def test_a_file_of_the_store_that_is_gone_or_damaged_is_said_in_words(store: Store, damage: str) -> None:
    store.append("probes", probe_batch([{"time": NOON}]))
    [file] = map(Path, store.files("probes"))
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes({"cut": file.read_bytes()[:-9], "empty": b"", "garbage": b"x" * 5000}[damage])
    for question in (lambda: fireplot(Engine(store), Window(NOON, NOON + HOUR)), lambda: extent(Engine(store))):
        with pytest.raises(VardeError, match=r"missing or damaged: .*part-"):
            question()


def test_a_thousand_questions_leave_no_more_behind_than_one(store: Store) -> None:
    store.append("probes", probe_batch([{"time": NOON}]))
    engine, counts = Engine(store), []
    for _ in range(3):
        for _ in range(5):
            source_total(engine, Window(NOON, NOON + HOUR))
            extent(engine)
        counts.append(engine._backend._connection().raw_sql("select count(*) from duckdb_views()").fetchone())
    assert counts[0] == counts[1] == counts[2]


def test_a_question_that_would_open_too_many_files_says_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        store.append("probes", probe_batch([{"time": NOON, "offset": number}]))
    monkeypatch.setattr(engine_module, "FILES_MAX", 0)
    monkeypatch.setattr(engine_module, "FILES_A_DAY", 3)
    with pytest.raises(VardeError, match="varde tidy"):
        fireplot(Engine(store), Window(NOON, NOON + HOUR))
    store.compact()
    assert fireplot(Engine(store), Window(NOON, NOON + HOUR)).total == 4


def test_one_engine_answers_several_threads_at_once(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=n), "offset": n} for n in range(50)]))
    engine = Engine(store)
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(lambda _: fireplot(engine, Window(NOON, NOON + HOUR)).total, range(12)))
    assert totals == [50] * 12


def test_a_table_of_an_older_store_gets_the_columns_that_have_come_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame([dict.fromkeys(schema_of(NAT)) | {"time": 1, "received": 1, "sensor": "edge", "source": "s", "offset": 1, "day": date(1970, 1, 1)}],
                        schema=schema_of(NAT))  # fmt: skip
    store = Store(tmp_path / "older")
    with monkeypatch.context() as then:
        then.setitem(TABLES, "nat", dataclasses.replace(NAT, fields=tuple(field for field in NAT.fields if field.name != "end_time")))
        store.append("nat", rows.drop("end_time"))
    engine = Engine(store)

    def ends() -> list[object]:
        return sorted((row["end_time"].microsecond if row["end_time"] else 0) for row in engine.ask_all("nat", engine.execute))

    assert ends() == [0]
    for end in (5, 6):
        store.append("nat", rows.with_columns(end_time=pl.lit(end, pl.Int64)))
    assert ends() == [0, 5, 6]
    store.compact(0)
    assert (ends(), len(store.files("nat"))) == ([0, 5, 6], 1)
