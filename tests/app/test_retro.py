"""The past is looked at when lists change: what only the new lists have, each pair once, with first contact, how many and how much."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from material import stored, wait_until
from warned import StandIn, entry, flow, flows

from varde.app import retro as module
from varde.app.context import Context
from varde.app.retro import Retro
from varde.app.station import Station
from varde.decode import schema_of
from varde.decode.addresses import matrix, octets_of, text_of
from varde.model import DNS, LOGINS, PROBES, TUNNELS, WARNINGS
from varde.store import Store

NOW = datetime(2016, 6, 9, 12, tzinfo=UTC)
BEFORE = int(NOW.timestamp() * 1e6)
NONE = StandIn({})
LISTED = StandIn({"203.0.113.5/32": [entry()], "198.51.100.7/32": [entry("drop", "SBL1")]})
DAY = 86_400


class Desk:
    """A store, and what a look at its past told."""

    def __init__(self, folder: Path, days: int = 30) -> None:
        self.store, self.told, self.said = Store(folder), list[dict[str, Any]](), list[str]()
        self.retro = Retro(self.store, days, self._tell, self.said.append, threading.Event(), settle=0.0, clock=NOW.timestamp)

    def _tell(self, warnings: pl.DataFrame) -> None:
        assert dict(warnings.schema) == schema_of(WARNINGS)
        self.told += warnings.rows(named=True)
        self.store.append("warnings", warnings)

    def look(self, old: StandIn = NONE, new: StandIn = LISTED) -> list[tuple[Any, ...]]:
        self.told.clear()
        self.retro.look(old, new, BEFORE)
        return [(text_of(row["src_addr"]), text_of(row["dst_addr"]) if row["dst_addr"] else None, row["kind"], row["count"], row["octets"]) for row in self.told]

    def add(self, table: Any, **fields: Any) -> None:
        moment = int((NOW - timedelta(days=1, seconds=-fields.pop("at", 0))).timestamp() * 1e6)
        known: dict[str, Any] = dict.fromkeys(schema_of(table)) | {
            "time": moment, "received": moment, "sensor": "pot1", "day": datetime.fromtimestamp(moment / 1e6, UTC).date(),
        }  # fmt: skip
        row = {name: octets_of(value) if name.endswith("_addr") else value for name, value in fields.items()}
        self.store.append(table.name, pl.DataFrame([known | row], schema=schema_of(table)))


def _at(days: float) -> float:
    """Seconds after the article's moment (7 June)."""
    return days * DAY


def test_flows_of_the_past_are_summed_by_pair_with_their_first_contact(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow(), flow(at=60, octets=600), flow(at=_at(1)), flow(dst="192.0.2.1"), flow(src="10.0.0.6")))
    assert desk.look() == [("10.0.0.5", "203.0.113.5", "flow", 3, 3400 + 600 + 3400), ("10.0.0.6", "203.0.113.5", "flow", 1, 3400)]
    first = desk.told[0]
    assert (first["retro"], first["time"], first["end_time"] - first["time"]) == (1, int(datetime(2016, 6, 7, 13, 51, 34, tzinfo=UTC).timestamp() * 1e6), DAY * 1_000_000)
    assert desk.said == ["2 contacts in the past with what is new on the lists"]


def test_what_was_listed_before_is_not_looked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow(), flow(src="198.51.100.7", dst="10.0.0.5")))
    assert desk.look(old=StandIn({"203.0.113.0/24": [entry()]})) == [("198.51.100.7", "10.0.0.5", "flow", 1, 3400)]
    assert desk.look(old=LISTED) == [] and desk.said == ["1 contact in the past with what is new on the lists"]


def test_a_pair_is_told_once_and_again_only_of_what_came_later(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow(), flow(at=60)))
    assert [count for *_, count, _ in desk.look()] == [2]
    assert desk.look() == [], "listed again after it had gone"
    desk.store.append("flows", flows(flow(at=3600)))
    assert [count for *_, count, _ in desk.look()] == [1]


def test_what_arrived_after_the_change_is_the_beacons(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow(received=BEFORE + 1), flow(src="10.0.0.6", received=BEFORE - 1)))
    assert [source for source, *_ in desk.look()] == ["10.0.0.6"]


def test_only_so_many_days_are_looked_at(tmp_path: Path) -> None:
    desk = Desk(tmp_path, days=2)  # 9 and 8 June
    desk.store.append("flows", flows(flow(), flow(src="10.0.0.6", at=_at(1))))
    assert [source for source, *_ in desk.look()] == ["10.0.0.6"]


def test_probes_logins_and_tunnels_are_looked_at_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for at in (0, 10):
        desk.add(PROBES, src_addr="198.51.100.7", dst_addr="192.0.2.9", dst_port=23, proto=6, length=40, at=at)
    desk.add(LOGINS, src_addr="198.51.100.7", user="root", at=20)
    desk.add(TUNNELS, src_addr="192.0.2.77", target="mail", target_addr="203.0.113.5", target_port=25, at=30)
    desk.add(TUNNELS, src_addr="192.0.2.77", target="no address", at=40)
    assert desk.look() == [
        ("198.51.100.7", "192.0.2.9", "scan", 2, 80), ("198.51.100.7", None, "login", 1, 0), ("192.0.2.77", "203.0.113.5", "flow", 1, 0),
    ]  # fmt: skip
    assert [(row["side"], row["name"], row["dst_port"]) for row in desk.told] == [("src", "probes", 23), ("src", "root", None), ("dst", "tunnel", 25)]
    assert desk.look() == []


class Names(StandIn):
    """Names that are listed, and those under them."""

    def __init__(self, *names: str) -> None:
        super().__init__({})
        self._names = names

    def lookup_names(self, names: list[str]) -> np.ndarray[Any, np.dtype[np.int32]]:
        return np.array([next((at for at, own in enumerate(self._names) if f".{name}".endswith(f".{own}")), -1) for name in names], dtype=np.int32)

    def rows(self, set_id: int) -> list[dict[str, Any]]:
        return [entry("otx", self._names[set_id])]


def test_names_that_a_resolver_told_of_are_looked_at_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    hits = [("www.evil.example", 0), ("www.evil.example", 10), ("mail.evil.example", 20), ("other.example", 30), (None, 40)]
    for name, at in hits:
        desk.add(DNS, src_addr="10.0.0.5", name=name, indicator=name or "203.0.113.5", seen="QNAME", outcome="nxdomain", lists="rpz.others", at=at)
    found = desk.look(Names(), Names("evil.example"))
    assert [(row["name"], row["count"], row["kind"], row["retro"]) for row in desk.told] == [("www.evil.example", 2, "dns", 1), ("mail.evil.example", 1, "dns", 1)]
    assert [row[:2] for row in found] == [("10.0.0.5", None)] * 2
    assert all("otx" in row["lists"] and "rpz.others" not in row["lists"] for row in desk.told), "what others said was told when it came"
    assert desk.look(Names(), Names("evil.example")) == []
    # what was told of one name of a client hides no other, though it was asked for before
    desk.look(Names("evil.example"), Names("evil.example", "other.example"))
    assert [row["name"] for row in desk.told] == ["other.example"]
    desk.add(DNS, src_addr="10.0.0.5", name="early.example", indicator="early.example", seen="QNAME", outcome="nxdomain", at=-500)
    desk.look(Names("evil.example", "other.example"), Names("evil.example", "other.example", "early.example"))
    assert [row["name"] for row in desk.told] == ["early.example"]


def test_a_look_is_bounded_in_what_it_tells_and_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOLD_MAX", 2)
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(*(flow(src=f"10.0.0.{host}") for host in range(1, 6))))
    assert len(desk.look()) == 2 and desk.said == ["5 contacts in the past with what is new on the lists; the first 2 are told, `varde warn --replay` shows all"]
    contacts = module.Past.contacts
    monkeypatch.setattr(module, "RUN_SECONDS", 0.2)
    monkeypatch.setattr(module.Past, "contacts", lambda past, *given: time.sleep(0.3) or contacts(past, *given))  # type: ignore[func-returns-value]
    other = Desk(tmp_path / "other")
    other.store.append("flows", flows(flow(at=_at(2), received=BEFORE - 1), flow()))
    assert len(other.look()) == 1 and "time was up at 2016-06-09" in other.said[0]


def test_changes_while_the_past_is_looked_at_are_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow(), flow(src="198.51.100.7", dst="10.0.0.5")))
    desk.retro.changed(NONE, StandIn({"203.0.113.5/32": [entry()]}))
    desk.retro.changed(StandIn({"203.0.113.5/32": [entry()]}), LISTED)
    desk.retro.start()
    wait_until(lambda: len(desk.told) == 2)
    desk.retro.stop()
    assert len(desk.said) == 1


def test_a_store_that_cannot_be_read_is_said_and_the_next_change_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    desk.store.append("flows", flows(flow()))
    files = list(tmp_path.rglob("flows/**/*.parquet"))
    content = files[0].read_bytes()
    files[0].write_bytes(b"rubbish")
    desk.retro.changed(NONE, LISTED)
    desk.retro.start()
    wait_until(lambda: desk.said)
    files[0].write_bytes(content)
    desk.retro.changed(NONE, LISTED)
    wait_until(lambda: desk.told)
    desk.retro.stop()
    assert "could not be looked for in the past: cannot read" in desk.said[0]


def test_nothing_is_looked_at_where_that_is_off(tmp_path: Path) -> None:
    desk = Desk(tmp_path, days=0)
    desk.retro.start()
    desk.retro.changed(NONE, LISTED)
    assert desk.retro._thread is None


def test_fresh_is_what_only_the_new_matcher_has() -> None:
    fresh = module.Fresh(StandIn({"203.0.113.0/25": [entry()]}), StandIn({"203.0.113.0/24": [entry("b")]}))
    addresses = pl.Series([octets_of(text) for text in ("203.0.113.5", "203.0.113.200", "192.0.2.1")])
    assert (fresh.lookup(matrix(addresses)) >= 0).tolist() == [False, True, False]
    assert fresh.rows(0)[0]["source"] == "b" and isinstance(fresh.lookup(matrix(addresses)), np.ndarray)


def test_a_station_tells_of_the_past_when_a_list_comes(tmp_path: Path) -> None:
    recent = (datetime.now(UTC) - timedelta(days=1)).timestamp() - datetime(2016, 6, 7, 13, 51, 34, tzinfo=UTC).timestamp()
    (tmp_path / "bad.txt").write_text("203.0.113.5\n")
    config = tmp_path / "varde.toml"
    config.write_text(f'[[list]]\nname = "bad"\nurl = "{tmp_path}/bad.txt"\n[[sink]]\nname = "w"\nkind = "file"\npath = "{tmp_path}/w.log"\n')
    Store(tmp_path / "store").append("flows", flows(flow(at=recent), flow(at=recent + 60)))
    station = Station(Context(tmp_path / "store", config, quiet=True))
    station.retro._settle = 0.0
    station.start()
    try:
        wait_until(lambda: (tmp_path / "w.log").exists() and (tmp_path / "w.log").read_text())
    finally:
        station.stop()
    line = (tmp_path / "w.log").read_text()
    assert " retro=1 " in line and "count=2" in line and "10.0.0.5:443 -> 203.0.113.5:51022 (TCP)" in line
    assert stored(Store(tmp_path / "store"), "warnings")["retro"].to_list() == [1]
