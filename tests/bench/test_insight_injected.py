"""Campaigns of the scan benchmark are what their cells say: order, noise, sources, pace and marks."""

from dataclasses import replace

import numpy as np
import pytest
from bench.insight import injected, nmap
from bench.insight.grid import BLOCK_WIDTH, GRID, Cell
from bench.insight.packets import DAY, HOUR, Packets
from hypothesis import given
from hypothesis import strategies as st

NOBODY: frozenset[int] = frozenset()
NOWHERE = np.arange(20_000, 50_000)


def cell(kind: str, **axes: object) -> Cell:
    return next(one for one in GRID if one.kind == kind and all(getattr(one, name) == value for name, value in axes.items()))


def made(one: Cell, seed: int = 1) -> tuple[Packets, injected.Injected]:
    return injected.inject(np.random.default_rng(seed), one, 7, seed, NOBODY, NOWHERE)


@pytest.mark.parametrize("one", GRID[::7], ids=Cell.label)
def test_what_is_true_of_a_campaign_is_so(one: Cell) -> None:
    packets, truth = made(one)
    assert truth.sources == frozenset(packets["src"].tolist())
    assert (truth.first, truth.last) == (packets["time"].min(), packets["time"].max())
    assert truth.packets == len(packets)
    assert (packets["origin"] == 7).all()
    assert len(truth.sources) <= max(one.sources, one.size if one.kind == "new" else 0)
    assert (packets["dst"] < one.site.addresses).all()
    assert ((packets["dst_port"] >= 1) & (packets["dst_port"] <= 65_535)).all()
    if one.order != "nmap":
        assert truth.last - truth.first <= injected.span_of(one) * 1.01
        assert one.kind in ("art", "new") or truth.last - truth.first >= 0.7 * injected.span_of(one)


@pytest.mark.parametrize(("order", "sign"), [("up", 1), ("down", -1)])
def test_a_scan_in_order_without_noise_is_in_order(order: str, sign: int) -> None:
    packets, _ = made(cell("diagonal", order=order, noise=0, size=50, sources=1))
    assert (np.diff(packets["dst_port"]) * sign > 0).all()


def test_a_shuffled_scan_is_in_no_order() -> None:
    packets, _ = made(cell("random", noise=0, size=400, sources=1))
    assert abs(np.mean(np.diff(packets["dst_port"]) > 0) - 0.5) < 0.1


@given(size=st.sampled_from((8, 50, 400)), seed=st.integers(0, 999))
def test_noise_is_a_fifth_and_every_port_is_still_tried(size: int, seed: int) -> None:
    steps, strays = injected.noisy(np.random.default_rng(seed), size, 20)
    real = steps[strays == 0]
    assert set(real.tolist()) == set(range(size))
    wrong = (np.diff(real) <= 0).sum() + (strays == 1).sum()
    assert len(steps) - size + 1 > 0
    assert wrong / len(steps) <= 0.35
    clean, none = injected.noisy(np.random.default_rng(seed), size, 0)
    assert clean.tolist() == list(range(size)) and not none.any()


def test_sources_share_out_the_ports_and_none_has_one_twice() -> None:
    packets, truth = made(cell("coordinated", noise=0, size=400, sources=20, order="up"))
    assert len(truth.sources) == 20
    assert len(np.unique(packets["dst_port"])) == len(packets) == 400
    assert set(np.unique(packets["src"], return_counts=True)[1]) == {20}
    assert (np.diff(packets["dst_port"]) > 0).all(), "together they go in order"
    assert len(np.unique(packets["src"][:20])) == 20, "dealt like cards"


def test_half_of_all_crews_are_neighbours() -> None:
    one = cell("coordinated", size=50, sources=4, noise=0, order="up")
    near = [len({source >> 12 for source in made(one, seed)[1].sources}) == 1 for seed in range(60)]
    assert 15 < sum(near) < 45


def test_a_sweep_tries_one_port_of_many_addresses_and_a_block_many_of_many() -> None:
    swept, _ = made(cell("horizontal", size=400, noise=0, sources=1))
    assert (len(np.unique(swept["dst"])), len(np.unique(swept["dst_port"]))) == (400, 1)
    block, _ = made(cell("block", size=50, noise=0, sources=1))
    assert (len(np.unique(block["dst"])), len(np.unique(block["dst_port"]))) == (BLOCK_WIDTH, 50)


def test_odd_flags_are_odd_and_the_same_in_a_campaign() -> None:
    flags = [np.unique(made(cell("flags", sources=1), seed)[0]["flags"]).tolist() for seed in range(20)]
    assert all(len(each) == 1 for each in flags)
    assert {each[0] for each in flags} == set(injected.ODD_FLAGS.values())


def test_ipv6_comes_from_other_addresses_of_one_network() -> None:
    packets, truth = made(cell("diagonal, IPv6", size=50, noise=0))
    assert len(truth.sources) == 1
    assert len(np.unique(packets["host"])) == len(packets)


def test_a_new_port_is_one_that_nobody_wanted_for_a_month() -> None:
    packets, truth = made(cell("new", size=50))
    assert len(truth.sources) == len(packets) == 50
    assert len(np.unique(packets["dst_port"])) == 1
    assert packets["dst_port"][0] not in NOWHERE
    assert truth.first > packets["time"].min() - 1 and (truth.first - injected.BEGIN) >= injected.SILENT_DAYS * DAY


def test_sources_that_somebody_has_are_not_taken() -> None:
    one = cell("diagonal", sources=1, size=8, noise=0)
    _, first = made(one)
    _, second = injected.inject(np.random.default_rng(1), one, 7, 1, first.sources, NOWHERE)
    assert not first.sources & second.sources


@pytest.mark.parametrize("template", range(5))
def test_nmap_asks_common_ports_first_and_each_twice(template: int) -> None:
    ports = np.array([22, 80, 443, *range(5_000, 5_040)])
    asked, seconds = nmap.probes(np.random.default_rng(3), ports, nmap.TEMPLATES[template])
    assert sorted(asked.tolist()) == sorted([*ports, *ports])
    order = list(dict.fromkeys(asked.tolist()))
    assert set(order[:3]) == {22, 80, 443}
    assert (np.diff(seconds) >= 0).all()


def test_a_paranoid_scan_takes_five_minutes_a_packet() -> None:
    packets, _ = made(cell("nmap -T0"))
    assert np.diff(packets["time"]).mean() == pytest.approx(300e6, rel=0.1)


def test_the_grid_is_all_that_was_asked_for() -> None:
    for kind in ("vertical", "horizontal", "block"):
        assert sum(one.kind == kind for one in GRID) == 3 * 3 * 2 * 3 * 3
    assert len(set(GRID)) == len(GRID)
    assert {one.hours for one in GRID} == {1, 6, 24}


def test_cells_with_one_packet_a_source_count_for_no_goal() -> None:
    one = cell("coordinated", size=8, sources=4)
    assert one.counts
    assert not replace(one, sources=20).counts
    assert injected.span_of(one) == HOUR * one.hours
