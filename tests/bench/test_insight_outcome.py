"""A little month from its packets to its rows, with Varde's own detectors; what is kept of a seed; and real logs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bench.insight import delay, ours, outcome, real
from bench.insight.grid import GRID, Cell
from bench.insight.months import Month, begin_of, month
from bench.insight.packets import BEGIN, DAY, HOME, HOUR, Site
from bench.insight.score import score

LITTLE = Site("little", HOME.first, 1, days=5, a_day=200)


def slow(**axes: object) -> tuple[Cell, ...]:
    wanted = [cell for cell in GRID if cell.kind == "diagonal" and cell.sources == 1 and cell.hours == 24 and all(getattr(cell, name) == value for name, value in axes.items())]
    return tuple(replace(cell, site=LITTLE) for cell in wanted)


@pytest.fixture(scope="module")
def little() -> Month:
    return month(1, LITTLE, slow(size=50))


def test_a_month_is_the_same_for_the_same_seed_and_its_campaigns_are_in_it(little: Month) -> None:
    again = month(1, LITTLE, slow(size=50))
    assert np.array_equal(again.packets, little.packets)
    assert again.injected == little.injected
    assert not np.array_equal(month(2, LITTLE, slow(size=50)).packets[:50], little.packets[:50])
    for number, truth in little.injected.items():
        own = little.packets[little.packets["origin"] == number]
        assert (len(own), set(own["src"].tolist())) == (truth.packets, set(truth.sources))
    sources = [source for truth in little.injected.values() for source in truth.sources]
    assert len(set(sources)) == len(sources), "no two campaigns have a source in common"
    innocent = little.packets[little.packets["origin"] <= 0]
    assert not set(sources) & set(innocent["src"].tolist())


def test_slow_scans_in_order_are_told_and_innocents_are_not(little: Month) -> None:
    ran = ours.run(little, 12 * HOUR)
    made = score(little, ran.alerts)
    assert all(told.at is not None and told.named for told in made.told.values())
    assert made.false == []
    assert ran.packets == len(little.packets)
    assert 0 < ran.cells < ran.packets


def test_a_month_of_nothing_but_background_has_no_campaign() -> None:
    quiet = month(1, LITTLE, ())
    assert quiet.injected == {}
    assert (quiet.packets["origin"] <= 0).all()


def test_the_begin_of_a_month_has_what_was_over_then(little: Month) -> None:
    begun = begin_of(little, 4)
    assert begun.packets["time"].max() < BEGIN + 4 * DAY
    assert set(begun.injected) == {number for number, truth in little.injected.items() if truth.last < BEGIN + 4 * DAY}
    assert begun.site.days == 4


def test_a_delay_is_the_time_from_the_first_packet(monkeypatch: pytest.MonkeyPatch, little: Month) -> None:
    monkeypatch.setattr(delay, "SITES", (LITTLE,))
    monkeypatch.setattr(delay, "month", lambda *_: little)
    monkeypatch.setattr(delay, "DAYS", LITTLE.days)
    monkeypatch.setattr(delay, "EVERY", 12 * HOUR)
    (row,) = delay.soon(1).to_dicts()
    assert row["campaigns"] == len(little.injected)
    assert 0 < row["middle"] <= row["latest"] <= 36
    assert 0 < row["of_span"] <= 1


def test_what_is_kept_of_a_seed_comes_back_and_a_half_of_it_does_not(tmp_path: Path) -> None:
    made = outcome.Outcome(
        pl.DataFrame([(1, "Varde", 0, True, True, "vertical", 1.0, 1.0, -9.0, None)], outcome.CAMPAIGNS, orient="row"),
        pl.DataFrame(schema=outcome.MONTHS), pl.DataFrame([(1, HOME.name, "random", -3.0, 1)], outcome.FALSE, orient="row"),
    )  # fmt: skip
    outcome.keep(made, tmp_path)
    again = outcome.kept(tmp_path)
    assert again is not None
    assert all(getattr(again, name).equals(getattr(made, name)) for name in outcome.NAMES)
    (tmp_path / "false.parquet").unlink()
    assert outcome.kept(tmp_path) is None


def test_real_scans_of_real_firewalls_are_found_and_nothing_else_is() -> None:
    read = real.logs()
    if not read:
        pytest.skip("there is no ../shared folder")
    assert sum(one.is_scan for one in read) == 3
    assert all(not one.kinds for one in read if not one.is_scan)
    assert {one.name for one in read if one.is_scan and one.kinds} >= {"iptables-scan-multi-port"}
