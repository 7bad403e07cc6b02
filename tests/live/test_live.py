"""What happens to a batch on arrival."""

import ipaddress
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from material import NOON, nowhere, probe_batch, stored

from varde.decode import Decoded, Origin, empty_batch
from varde.intel import Geography, Home, IntervalTable, Override
from varde.live import Hub, Writer, enrich, ingest
from varde.live.hub import MESSAGES_MAX, POINTS_MAX, points
from varde.model import REJECTS, VardeError
from varde.store import Progress, Store

NET = ipaddress.ip_network
ORIGIN = Origin("fw1", "source", "file", int(NOON.timestamp() * 1e6), ZoneInfo("UTC"), 0)


def decoded(count: int, first: int = 0) -> Decoded:
    batch = probe_batch([{"time": NOON, "offset": first + number, "port": number} for number in range(count)])
    return Decoded(batch, empty_batch(REJECTS), Counter({("", "lines"): count, ("linux", "records"): count}))


def place(**more: Any) -> Geography:
    return Geography(IntervalTable.of_networks([(NET("8.0.0.0/8"), 0)]), ["US"], IntervalTable.of_networks([(NET("8.0.0.0/8"), 15169)]), {}, **more)


def test_both_ends_of_each_record_are_told_where_they_are_and_nothing_else_changes() -> None:
    batch = probe_batch([{"time": NOON, "src": src, "dst": "8.8.4.4"} for src in ("8.8.8.8", "9.9.9.9", "8.8.8.8", "2a00::1")])
    done = enrich(batch, place())
    assert done["src_cc"].to_list() == ["US", None, "US", None]
    assert done["src_as"].to_list() == [15169, None, 15169, None]
    assert done["dst_cc"].to_list() == ["US"] * 4
    assert done.columns == batch.columns
    assert done.drop("src_cc", "src_as", "dst_cc", "dst_as").equals(batch.drop("src_cc", "src_as", "dst_cc", "dst_as"))


def test_a_dated_home_is_home_only_in_its_time() -> None:
    homes = [Home(NET("8.8.8.8/32"), NOON, None)]
    batch = probe_batch([{"time": NOON + timedelta(seconds=s), "src": "8.8.8.8"} for s in (-1, 0, 1)])
    assert enrich(batch, place(homes=homes))["src_cc"].to_list() == ["US", "--", "--"]


def test_an_empty_batch_is_enriched_to_an_empty_batch() -> None:
    assert enrich(probe_batch([]), place(overrides=[Override(NET("8.0.0.0/8"), country="NO")])).is_empty()


class Watching:
    def __init__(self) -> None:
        self.seen: list[int] = []
        self.commits = 0

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        self.seen.append(len(batch))

    def stored(self) -> None:
        self.commits += 1


def test_watchers_see_a_batch_at_once_and_the_store_when_it_is_committed(tmp_path: Path) -> None:
    store, watching = Store(tmp_path / "store"), Watching()
    writer = Writer(store, nowhere(), [watching])
    writer.add(decoded(3), ORIGIN)
    writer.add(decoded(0), ORIGIN)
    assert (watching.seen, writer.waiting, len(stored(store))) == ([3], 3, 0)
    writer.commit()
    writer.commit()
    assert (writer.waiting, len(stored(store)), watching.commits) == (0, 3, 1)
    counters = stored(store, "counters")
    assert dict(counters.group_by("outcome").agg(pl.col("count").sum()).rows()) == {"lines": 3, "records": 3}


def test_a_commit_is_due_by_rows_or_by_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(Store(tmp_path / "store"), nowhere(), commit_rows=5)
    assert not writer.is_due()
    writer.add(decoded(4), ORIGIN)
    assert not writer.is_due()
    writer.add(decoded(1), ORIGIN)
    assert writer.is_due()
    aged = Writer(Store(tmp_path / "store"), nowhere())
    aged.add(decoded(1), ORIGIN)
    assert not aged.is_due()
    monkeypatch.setattr(ingest, "COMMIT_SECONDS", 0.0)
    assert aged.is_due()


def test_a_refused_commit_keeps_the_records_for_the_next_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    writer = Writer(store, nowhere())
    writer.add(decoded(3), ORIGIN)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", lambda *_: (_ for _ in ()).throw(VardeError("the disk is full")))
        with pytest.raises(VardeError):
            writer.commit(Progress("source", 3))
    assert writer.waiting == 3
    writer.commit(Progress("source", 3))
    assert len(stored(store)) == 3


def test_what_a_socket_sent_is_stored_once_though_a_table_was_refused_midway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    writer, append = Writer(store, nowhere()), Store.append
    writer.add(decoded(3), ORIGIN)

    def refusing(store: Store, table: str, *rest: Any) -> int:
        if table == "counters":
            raise VardeError("the disk is full")
        return append(store, table, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", refusing)
        for _ in range(2):
            with pytest.raises(VardeError):
                writer.commit()
    assert (writer.waiting, writer.is_due()) == (3, True)
    writer.add(decoded(2, first=3), ORIGIN)
    writer.commit()
    assert sorted(stored(store)["offset"]) == [0, 1, 2, 3, 4]
    assert sum(stored(store, "counters").filter(pl.col("outcome") == "lines")["count"]) == 5
    assert (writer.waiting, writer.is_due()) == (0, False)


def test_a_commit_with_progress_that_is_written_again_adds_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for _ in range(2):
        writer = Writer(store, nowhere())
        writer.add(decoded(3), ORIGIN)
        writer.commit(Progress("source", 3))
    assert len(stored(store)) == 3
    assert stored(store, "counters").filter(pl.col("outcome") == "records")["count"].sum() == 3


def test_points_count_refused_probes_by_second_plane_and_port() -> None:
    probes: list[dict[str, object]] = [{"time": NOON + timedelta(milliseconds=300), "port": 23}, {"time": NOON, "port": 23}]
    probes += [{"time": NOON, "port": None, "proto": 1}, {"time": NOON, "port": 53, "proto": 17, "src": "2001:db8::1"}]
    probes += [{"time": NOON, "port": 23, "action": "allow"}, {"time": NOON, "proto": 47, "port": None}]
    found = points(probe_batch(probes))
    ms = int(NOON.timestamp()) * 1000
    assert found["events"] == 5
    assert sorted(found["points"], key=str) == sorted([[ms, "tcp4", 23, 2], [ms, "icmp", None, 1], [ms, "udp6", 53, 1], [ms, "other", None, 1]], key=str)  # type: ignore[call-overload]


def test_a_message_has_at_most_five_hundred_points_the_most_frequent_first() -> None:
    probes = [{"time": NOON, "port": port} for port in range(1, 700)] + [{"time": NOON, "port": 699}] * 5
    found = points(probe_batch(probes))
    assert (found["events"], len(found["points"])) == (704, POINTS_MAX)  # type: ignore[arg-type]
    assert found["points"][0][2:] == [699, 6]  # type: ignore[index]


def test_a_slow_subscriber_is_never_waited_for_and_others_hear_everything() -> None:
    hub = Hub()
    slow, quick, heard = hub.subscribe(), hub.subscribe(), 0
    for _ in range(MESSAGES_MAX + 20):
        hub.watch("probes", probe_batch([{"time": NOON}]))
        heard += quick.get_nowait()[0] == "probes"
    assert (slow.qsize(), heard) == (MESSAGES_MAX, MESSAGES_MAX + 20)


def test_who_has_left_is_told_nothing_also_while_many_come_and_go() -> None:
    hub, errors = Hub(), []

    def visit() -> None:
        for _ in range(200):
            mine = hub.subscribe()
            hub.leave(mine)
            hub.leave(mine)
            if mine.qsize() > MESSAGES_MAX:
                errors.append(mine)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    while any(visitor.is_alive() for visitor in visitors):
        hub.stored()
    gone = hub.subscribe()
    hub.leave(gone)
    hub.stored()
    assert (gone.qsize(), errors) == (0, [])


def test_a_watcher_that_was_too_slow_is_told_how_many_events_it_missed() -> None:
    hub = Hub()
    mine = hub.subscribe()
    batch = probe_batch([{"time": NOON, "port": 23}] * 3)
    for _ in range(MESSAGES_MAX + 2):
        hub.watch("probes", batch)
    seen = [mine.get_nowait() for _ in range(MESSAGES_MAX)]
    assert all("missed" not in data for _, data in seen)
    hub.stored()
    hub.watch("probes", batch)
    hub.watch("probes", batch)
    assert [mine.get_nowait()[1].get("missed") for _ in range(3)] == [None, 6, None]
