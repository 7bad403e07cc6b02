"""What a station says of the one before it that was killed."""

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cli_run import Up
from material import probe_batch, wait_until

from varde.app.gap import last_received, told
from varde.app.standing import STATIONS
from varde.store import Facts, Store

LEFT = {"pid": 4711, "host": "here", "started": 1_795_345_290_000_000, "written": 1_795_345_290_000_000}


def filled(folder: Path, source: str, count: int, every: float, until: datetime) -> Store:
    """`count` records of a source, the last of which was received at a moment."""
    store = Store(folder / "store")
    store.append("probes", probe_batch({"time": until - timedelta(seconds=every * n), "source": source, "offset": n} for n in range(count)))
    return store


def test_the_pace_is_that_of_the_last_minute_that_was_stored(tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    store = filled(tmp_path, "syslog:192.0.2.1", 600, 0.5, now - timedelta(seconds=30))
    last, rate = last_received(store, now.timestamp())
    assert abs(last - (now.timestamp() - 30)) < 0.01
    assert rate == 2.0
    said = told(store, LEFT)
    assert "process 4711) was killed or lost its power" in said
    assert "about 20 records of 10 s" in said
    assert f"after {now - timedelta(seconds=30):%Y-%m-%dT%H:%M}" in said


def test_files_do_not_count_for_they_are_read_again(tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    store = filled(tmp_path, "0a1b", 600, 0.1, now)
    assert last_received(store, now.timestamp()) == (0.0, 0.0)
    said = told(store, LEFT)
    assert "after 2026-11-22T11:01:30Z, when it started" in said
    assert "about" not in said


def test_an_empty_store_has_nothing_to_say_of_paces(tmp_path: Path) -> None:
    assert last_received(Store(tmp_path / "store"), time.time()) == (0.0, 0.0)


def test_a_station_that_was_killed_is_told_once_and_one_that_was_stopped_is_not(tmp_path: Path) -> None:
    arguments = ("/dev/null", "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0")
    with Up(tmp_path, *arguments) as first:
        first.wait_for("page at")
        wait_until(lambda: Facts(tmp_path / "store" / "facts").names(STATIONS))
        first.stop(9)
    with Up(tmp_path, *arguments) as second:
        second.wait_for(f"the station before (process {first.process.pid}) was killed or lost its power")
        wait_until(lambda: [*said_by(tmp_path)] == [second.process.pid])
        assert second.stop() == 0
    with Up(tmp_path, *arguments) as third:
        third.wait_for("page at")
        wait_until(lambda: [*said_by(tmp_path)] == [third.process.pid])
        assert "was killed" not in third.said


def said_by(home: Path) -> list[int]:
    facts = Facts(home / "store" / "facts")
    return [int((facts.get(name) or {}).get("pid", 0)) for name in facts.names(STATIONS)]
