"""The beacon: flows that arrive become lines in every sink, rows in the store and messages on the page."""

import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from material import nowhere, stored, wait_until
from warned import OTX, flow, flows

from varde.app import beacon as beacon_module
from varde.app.beacon import FACT, Beacon, lit, live_path, spool_of
from varde.app.context import Context
from varde.decode import Decoded
from varde.live import Hub, Writer
from varde.model import ACK, MUTE, VardeError
from varde.store import Store


def context_of(home: Path, more: str = "") -> Context:
    config = home / "varde.toml"
    config.write_text(f'[[sink]]\nname = "ossec"\nkind = "file"\npath = "{home}/w.log"\n{more}')
    return Context(home / "store", config)


def lines(home: Path) -> list[str]:
    path = home / "w.log"
    return path.read_text().splitlines() if path.exists() else []


def test_a_flow_to_a_listed_address_is_a_line_within_a_second_and_a_row_in_the_store(tmp_path: Path) -> None:
    context, hub = context_of(tmp_path), Hub()
    mine = hub.subscribe()
    with lit(context, OTX, pytest.fail, hub) as beacon:
        writer = Writer(context.store, nowhere(), [beacon])
        began = time.monotonic()
        writer.add_all(Decoded(others={"flows": flows(flow(), flow(dst="192.0.2.1"))}), {})
        wait_until(lambda: lines(tmp_path))
        assert time.monotonic() - began < 1
    assert lines(tmp_path)[0].startswith("2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP) https://otx.")
    kept = stored(context.store, "warnings")
    assert kept["line"].to_list() == lines(tmp_path)
    event, data = mine.get_nowait()
    assert event == "warnings" and data["rows"][0]["line"] == lines(tmp_path)[0]  # type: ignore[index]
    (shown,) = [json.loads(line) for line in live_path(context.store.path).read_bytes().splitlines()]
    assert shown["dst_addr"] == "203.0.113.5"
    assert [(status.name, status.kind, status.sent, status.waiting) for status in beacon.status()] == [("ossec", "file", 1, 0)]
    assert 'varde_sink_sent_total{sink="ossec",kind="file"} 1' in beacon.metrics()


def test_repeats_are_told_when_they_are_due_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_module, "POLL_SECONDS", 0.05)
    context = context_of(tmp_path, "[warn]\nrepeat_seconds = 1\n")
    with lit(context, OTX, pytest.fail) as beacon:
        for second in range(4):
            beacon.watch("flows", flows(flow(at=second)))
        wait_until(lambda: len(lines(tmp_path)) == 2)
        beacon.watch("flows", flows(flow(at=9)))
        beacon.watch("probes", flows(flow(at=10)))
    assert [word for line in lines(tmp_path) for word in line.split() if word.startswith("count=")] == ["count=1", "count=3", "count=1"]
    assert stored(context.store, "warnings")["count"].sum() == 5


def test_what_is_muted_is_stored_and_told_nobody_and_told_again_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_module, "POLL_SECONDS", 0.05)
    context = context_of(tmp_path)

    def say(kind: str, what: str) -> None:
        entry = {"kind": kind, "what": what, "made": "2000-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z", "why": ""}
        context.store.facts.put(FACT, {"entries": [entry, "damaged", {"kind": "mute"}]})

    say(MUTE, "203.0.113.0/24")
    with lit(context, OTX, pytest.fail) as beacon:
        beacon.watch("flows", flows(flow()))
        say(ACK, "all")
        time.sleep(0.3)
        beacon.watch("flows", flows(flow(src="10.0.0.6")))
        assert beacon.muted == 1
    assert [line.split()[3] for line in lines(tmp_path)] == ["10.0.0.6:443"]
    assert len(stored(context.store, "warnings")) == 2


def test_a_store_that_refuses_keeps_no_warning_from_being_told_and_gets_them_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon_module, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(beacon_module, "COMMIT_SECONDS", 0.05)
    context, said, full = context_of(tmp_path), list[str](), True
    real = Store.append

    def append(self: Store, table: str, batch: pl.DataFrame, progress: Any = None) -> int:
        if full:
            raise VardeError("cannot write: the disk is full.")
        return real(self, table, batch, progress)

    monkeypatch.setattr(Store, "append", append)
    with lit(context, OTX, said.append) as beacon:
        for host in range(5):
            beacon.watch("flows", flows(flow(src=f"10.0.1.{host}")))
        wait_until(lambda: len(lines(tmp_path)) == 5 and said)
        time.sleep(0.3)
        full = False
        wait_until(lambda: context.store.files("warnings"))
    assert len(stored(context.store, "warnings")) == 5
    assert said == ["cannot write: the disk is full. Warnings wait in memory and are tried again."]


def test_what_one_process_could_not_deliver_the_next_one_does(tmp_path: Path) -> None:
    context, said = context_of(tmp_path), list[str]()
    (tmp_path / "w.log").mkdir()
    with lit(context, OTX, said.append) as beacon:
        beacon.watch("flows", flows(flow(), flow(src="10.0.0.6")))
        wait_until(lambda: beacon.status()[0].error)
    (tmp_path / "w.log").rmdir()
    with lit(context, OTX, said.append):
        wait_until(lambda: len(lines(tmp_path)) == 2)
    assert "is a directory" in said[0] and str(spool_of(context.store.path)) in said[0]


def test_a_sink_that_cannot_work_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="needs address"):
        Beacon(context_of(tmp_path, '[[sink]]\nname = "x"\nkind = "syslog"\n'), OTX, print)
