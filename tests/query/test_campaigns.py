"""Scans of a store: the synthetic day has each of its campaigns once, with its sources, and nothing else."""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from material import import_file, importer, write_old

from varde.decode.addresses import octets_of
from varde.query import Engine, Window
from varde.query.campaigns import Found, campaigns, each_packet
from varde.simulate import synthetic_day
from varde.store import Store

DAY = date(2026, 11, 20)
WINDOW = Window(datetime(2026, 11, 19, 12, tzinfo=timezone.utc), datetime(2026, 11, 21, 12, tzinfo=timezone.utc))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("scans")
    with_day = Store(folder / "store")
    for log in synthetic_day(DAY, zone=ZoneInfo("UTC"), seed=3):
        write_old(folder / log.name, log.text)
        importer(with_day, log.sensor).read(str(folder / log.name))
    return with_day


@pytest.fixture(scope="module")
def found(store: Store) -> Found:
    return campaigns(Engine(store), WINDOW)


def test_each_campaign_of_the_synthetic_day_is_found_once_and_nothing_else(found: Found) -> None:
    kinds = Counter(one.kind for one in found.campaigns if one.kind != "tool")
    # no port is new on the only day that is known
    assert kinds == {"diagonal": 1, "vertical": 1, "horizontal": 1, "block": 1, "random": 1, "coordinated": 1, "flags": 4, "art": 1}
    assert {one.flags for one in found.campaigns if one.kind == "flags"} == {"xmas", "null", "fin", "syn+fin"}


@pytest.mark.parametrize(
    ("kind", "sources", "ports", "targets", "hours"),
    [("diagonal", 1, 410, 1, 19), ("vertical", 1, 1000, 1, 0.1), ("horizontal", 1, 1, 254, 0.025), ("coordinated", 12, 720, 1, 2.5), ("block", 1, 20, 24, 0.133), ("random", 1, 72, 1, 20.2), ("art", 2, 527, 1, 6)],
)  # fmt: skip
def test_what_is_told_of_each(found: Found, kind: str, sources: int, ports: int, targets: int, hours: float) -> None:
    (one,) = [one for one in found.campaigns if one.kind == kind]
    assert (one.source_count, one.port_count, one.target_count) == (sources, pytest.approx(ports, rel=0.03), targets)
    assert one.hours == pytest.approx(hours, rel=0.1)
    assert one.outline and len(one.sources) == sources


def test_the_slow_scan_goes_down_and_the_shared_one_up(found: Found) -> None:
    by_kind = {one.kind: one for one in found.campaigns}
    assert by_kind["diagonal"].order == "down"
    assert by_kind["coordinated"].order == "up"
    assert by_kind["diagonal"].tau < -0.9


def test_the_same_day_without_campaigns_has_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for log in synthetic_day(DAY, zone=ZoneInfo("UTC"), seed=4, campaigns=False):
        write_old(tmp_path / log.name, log.text)
        importer(store, log.sensor).read(str(tmp_path / log.name))
    assert [one.kind for one in campaigns(Engine(store), WINDOW).campaigns if one.kind != "tool"] == []


def test_what_was_looked_at_is_counted_and_open_ports_are_not(store: Store, found: Found) -> None:
    without = campaigns(Engine(store), WINDOW, ("tcp/5901",))
    assert "horizontal" not in {one.kind for one in without.campaigns}
    assert without.events < found.events
    assert found.sources > 5_000 and found.left_out == 0


def test_a_period_without_packets_has_no_scans(store: Store) -> None:
    empty = campaigns(Engine(store), Window(WINDOW.first - timedelta(days=99), WINDOW.first - timedelta(days=98)))
    assert (empty.campaigns, empty.events, empty.sources) == ([], 0, 0)


def test_packets_are_shown_in_order(store: Store) -> None:
    seen: list[int] = []
    each_packet(Engine(store), WINDOW, lambda frame: seen.extend(frame["time"].to_list()))
    assert seen == sorted(seen) and len(seen) > 40_000


def test_a_scan_that_began_before_the_period_is_seen_whole(tmp_path: Path) -> None:
    begin = datetime(2026, 11, 18, 12, tzinfo=timezone.utc)
    lines = b"".join(
        f"{(begin + timedelta(minutes=10 * step)).isoformat()} gw kernel: [UFW BLOCK] IN=eth0 OUT= MAC= SRC=198.51.100.7 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=241 ID=7 PROTO=TCP "
        f"SPT=40000 DPT={3_000 + 7 * step} WINDOW=1024 RES=0x00 SYN URGP=0\n".encode()
        for step in range(300)
    )  # fmt: skip
    store = Store(tmp_path / "store")
    import_file(store, write_old(tmp_path / "ufw.log", lines))
    (one,) = campaigns(Engine(store), Window(begin + timedelta(days=1), begin + timedelta(days=3))).campaigns
    assert (one.kind, one.order, one.port_count, one.sources) == ("diagonal", "up", 300, (octets_of("198.51.100.7"),))
