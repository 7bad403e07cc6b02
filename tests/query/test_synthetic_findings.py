"""The synthetic day has one of each kind of finding, and the detectors find each of them and nothing on the day before."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from material import import_file

from varde.decode.addresses import text_of
from varde.detect import Campaign
from varde.model.findings import kind_named
from varde.query import Engine, Window
from varde.query.campaigns import campaigns
from varde.simulate import synthetic_day
from varde.store import Store

FRIDAY = date(2026, 11, 20)
BEGIN = datetime(2026, 11, 20, tzinfo=timezone.utc)
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Two days at three firewalls; the second has the campaigns."""
    folder = tmp_path_factory.mktemp("days")
    store = Store(folder / "store")
    for age in (1, 0):
        for log in synthetic_day(FRIDAY - age * A_DAY, zone=ZoneInfo("UTC"), seed=age + 1, probes=20_000, campaigns=not age):
            path = folder / f"{age}-{log.name}"
            path.write_bytes(log.text)
            import_file(store, path, log.sensor)
    return Engine(store)


@pytest.fixture(scope="module")
def found(engine: Engine) -> list[Campaign]:
    return campaigns(engine, Window(BEGIN, BEGIN + A_DAY)).campaigns


def sure(found: list[Campaign], kind: str) -> list[Campaign]:
    return [one for one in found if one.kind == kind and one.confidence == "high"]


@pytest.mark.parametrize(("kind", "ports", "targets", "sources"), [
    ("vertical", 1000, 1, 1), ("horizontal", 1, 254, 1), ("block", 20, 24, 1), ("random", 72, 1, 1), ("coordinated", 720, 1, 12),
])  # fmt: skip
def test_each_kind_is_found_whole(found: list[Campaign], kind: str, ports: int, targets: int, sources: int) -> None:
    whole = [(one.port_count, one.target_count, one.source_count) for one in sure(found, kind)]
    assert (ports, targets, sources) in whole


def test_the_slow_scan_goes_down_for_nineteen_hours(found: list[Campaign]) -> None:
    (one,) = sure(found, "diagonal")
    assert one.order == "down" and 380 <= one.port_count <= 420 and one.hours > 18


def test_odd_flags_are_named(found: list[Campaign]) -> None:
    assert sorted((one.flags, one.port_count) for one in sure(found, "flags")) == [("fin", 80), ("null", 80), ("syn+fin", 80), ("xmas", 200)]


def test_no_campaign_is_told_twice(found: list[Campaign]) -> None:
    alerts = [one for one in found if kind_named(one.kind).is_alert and one.confidence == "high"]
    sources = [text_of(source) for one in alerts for source in one.sources]
    assert len(sources) == len(set(sources)), sources


def test_the_day_before_has_no_alert_of_which_the_detectors_are_sure(engine: Engine) -> None:
    before = campaigns(engine, Window(BEGIN - A_DAY, BEGIN)).campaigns
    assert [one for one in before if kind_named(one.kind).is_alert and one.confidence == "high"] == []
