"""The background of the scan benchmark has the statistics that it says it has."""

import numpy as np
import polars as pl
import pytest
from bench.insight import background
from bench.insight.packets import (
    BEGIN,
    DAY,
    HOME,
    OFFICE,
    SURVEY,
    TCP,
    UDP,
    Packets,
    Site,
    frame,
    number_of,
    octets_of,
)

LITTLE = Site("little", HOME.first, 1, days=6, a_day=800)
LITTLE_OFFICE = Site("little office", OFFICE.first, 512, days=3, a_day=1_500, silent_from=16)


@pytest.fixture(scope="module")
def home() -> Packets:
    return background.background(np.random.default_rng(5), LITTLE)


@pytest.fixture(scope="module")
def office() -> Packets:
    return background.background(np.random.default_rng(5), LITTLE_OFFICE)


def asking(packets: Packets) -> pl.DataFrame:
    """What was refused and begins something, with the day."""
    rows = pl.DataFrame({name: packets[name] for name in ("time", "src", "dst", "src_port", "dst_port", "proto", "flags", "allowed", "origin")})
    begins = ((pl.col("proto") == TCP) & (pl.col("flags") == 2)) | ((pl.col("proto") == UDP) & ~pl.col("src_port").is_in((53, 123, 443)))
    return rows.filter(begins & ~pl.col("allowed") & (pl.col("dst_port") >= 0)).with_columns(day=pl.col("time") // DAY)


def test_it_is_in_order_of_time_and_within_its_days(home: Packets) -> None:
    assert (np.diff(home["time"]) >= 0).all()
    assert home["time"].min() >= BEGIN
    assert home["time"].max() < BEGIN + LITTLE.days * DAY


def test_the_same_seed_makes_the_same_background_and_another_one_another(home: Packets) -> None:
    assert np.array_equal(background.background(np.random.default_rng(5), LITTLE), home)
    assert not np.array_equal(background.background(np.random.default_rng(6), LITTLE)[:100], home[:100])


def test_hours_are_seasonal_and_in_bursts() -> None:
    counts = np.histogram(background.moments(np.random.default_rng(1), 24_000, 400), bins=400 * 24, range=(BEGIN, BEGIN + 400 * DAY))[0].reshape(400, 24)
    mean = counts.mean()
    assert mean == pytest.approx(1_000, rel=0.03)
    spread = np.mean([column.mean() ** 2 / (column.var() - column.mean()) for column in counts.T])
    assert spread == pytest.approx(background.SPREAD, rel=0.15), "variance of the same hour is mean + mean^2 / k"
    assert counts.mean(axis=0).max() > 1.4 * counts.mean(axis=0).min()


def test_few_ports_have_most_of_the_knocks_and_most_ports_few(home: Packets) -> None:
    shares = asking(home).group_by("dst_port").agg(pl.col("src").n_unique()).sort("src", descending=True)
    assert set(shares["dst_port"].to_list()[:8]) & {23, 22, 445, 3389, 80, 443} >= {23, 22, 445}
    assert len(shares) > 1_000
    assert shares["src"][0] > 20 * shares["src"].median()  # type: ignore[operator]


def test_no_innocent_of_a_single_address_tries_eight_rare_ports_a_day(home: Packets) -> None:
    common = background.popularity()[0][: background.COMMON]
    innocent = asking(home).filter((pl.col("origin") != SURVEY) & ~pl.col("dst_port").is_in(common) & ~pl.col("dst_port").is_between(33_434, 33_534))
    assert innocent.group_by("src", "day").agg(pl.col("dst_port").n_unique())["dst_port"].max() < 8  # type: ignore[operator]


def test_no_stranger_of_an_office_sweeps_it(office: Packets) -> None:
    tried = asking(office).filter((pl.col("src_port") != 443) & (pl.col("origin") != SURVEY)).group_by("src", "day").agg(pl.col("dst").n_unique())
    assert tried["dst"].max() <= background.OFFICE_TARGETS  # type: ignore[operator]
    assert office["dst"].max() > 400


def test_who_looks_like_a_scan_is_there(home: Packets) -> None:
    """Late answers to many ports, traceroute in order, shared addresses that are let through, peers of one port."""
    late = home[(home["src_port"] == 443) & (home["proto"] == UDP)]
    assert len(np.unique(late["dst_port"])) > 50
    traced = home[(home["dst_port"] >= 33_434) & (home["dst_port"] < 33_534) & (home["ttl"] < 8)]
    assert len(traced) > 20
    assert home["allowed"].sum() > 1_000
    assert len(np.unique(home["src"][home["dst_port"] == 51_413])) > 500


def test_a_frame_says_what_the_packets_say(home: Packets) -> None:
    rows = frame(home[:2_000], LITTLE)
    assert [number_of(octets) for octets in rows["src_addr"]] == home["src"][:2_000].tolist()
    assert set(rows["dst_addr"]) == {octets_of(LITTLE.first)}
    assert rows["tcp_flags"].is_null().to_numpy().tolist() == (home["flags"][:2_000] < 0).tolist()
    assert (rows["action"] == "allow").to_numpy().tolist() == home["allowed"][:2_000].tolist()


