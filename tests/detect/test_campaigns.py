"""Scans by their shape: what is one, what is none, and what is told of it. All packets are synthetic."""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knocks import BEGIN, HOME, HOUR, OTHER, SCANNER, even, judged, octets, packets, ports_of, usual

import varde.simulate._art as art
from varde.detect import Campaigns
from varde.detect.campaigns import COLUMNS
from varde.detect.ranks import tau


@pytest.mark.parametrize("count", [8, 50, 400])
def test_many_ports_at_once_are_a_port_scan(count: int) -> None:
    (found,) = judged(packets(even(count, 0.2), np.random.default_rng(2).permutation(ports_of(count)).tolist()))
    assert (found.kind, found.plane, found.port_count, found.target_count, found.sources) == ("vertical", "tcp4", count, 1, (octets(SCANNER),))
    assert (found.events, found.first, found.last) == (count, BEGIN, BEGIN + even(count, 0.2)[-1])


def test_many_targets_are_a_sweep() -> None:
    (found,) = judged(packets(even(50, 0.1), 5901, dst=[f"192.0.2.{number}" for number in range(50)]))
    assert (found.kind, found.port_count, found.target_count, found.ports) == ("horizontal", 1, 50, (5901,))


@pytest.mark.parametrize("order", ["up", "down"])
@pytest.mark.parametrize("count", [50, 400])
def test_ports_in_order_slowly_are_a_diagonal(count: int, order: str) -> None:
    ports = ports_of(count)
    (found,) = judged(packets(even(count, 20), ports if order == "up" else ports[::-1]))
    assert (found.kind, found.order, found.port_count) == ("diagonal", order, count)
    assert abs(found.tau) == 1


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_ports_that_nobody_tries_shuffled_over_hours_are_a_slow_scan(hours: int) -> None:
    ports = np.random.default_rng(3).permutation(ports_of(50)).tolist()
    (found,) = judged(*usual(), packets(even(50, hours), ports))
    assert (found.kind, found.port_count) == ("random", 50)
    assert found.log_p < -20


def test_a_day_like_any_other_has_no_scan() -> None:
    assert judged(*usual()) == []


def test_who_knocks_at_what_everybody_knocks_at_is_no_scan() -> None:
    common = [21, 22, 23, 25, 80, 110, 143, 443, 445, 993, 3389, 8080]
    assert judged(*usual(), packets(even(12, 10), np.random.default_rng(1).permutation(common).tolist())) == []


def test_eight_rare_ports_of_one_source_in_a_day_are_found_where_nobody_does_that() -> None:
    rng = np.random.default_rng(8)
    ports = rng.choice(np.arange(1024, 65_000), 8, replace=False).tolist()
    found = judged(*usual(), packets(even(8, 24), ports))
    assert [one.kind for one in found] == ["random"]
    assert found[0].confidence == "low", "eight packets are easily invented"


def test_a_site_at_which_many_wander_needs_more_to_call_it_a_scan() -> None:
    rng = np.random.default_rng(9)
    wanderers = [packets(np.sort(rng.integers(-24 * HOUR, 24 * HOUR, 10)), rng.integers(1024, 65_000, 10).tolist(), src=f"198.18.{number >> 8}.{number & 255}") for number in range(400)]
    scan = packets(np.sort(rng.integers(0, 24 * HOUR, 8)).tolist(), rng.integers(1024, 65_000, 8).tolist())
    assert [one for one in judged(*usual(), *wanderers, scan) if one.kind == "random"] == []


@pytest.mark.parametrize("each", [60, 3])
def test_sources_that_take_turns_are_one_shared_scan_and_not_many(each: int) -> None:
    ports = ports_of(12 * each, seed=4) if each > 10 else list(range(4000, 4000 + 12 * each))
    times = even(12 * each, 2.5)
    parts = [packets(times[number::12], ports[number::12], src=f"198.51.100.{10 + number}", src_as=64_500, ttl=50, tcp_window=1024) for number in range(12)]
    (found,) = judged(*usual(), *parts)
    assert (found.kind, found.source_count, found.port_count, found.order) == ("coordinated", 12, 12 * each, "up")
    assert set(found.sources) == {octets(f"198.51.100.{10 + number}") for number in range(12)}


def test_two_that_try_the_same_ports_share_nothing() -> None:
    ports = ports_of(100)
    found = judged(*usual(), packets(even(100, 2), ports), packets(even(100, 2), ports, src=OTHER))
    assert sorted(one.kind for one in found) == ["diagonal", "diagonal"]


@pytest.mark.parametrize(("flags", "name"), [(41, "xmas"), (0, "null"), (1, "fin"), (3, "syn+fin")])
def test_flags_that_begin_no_connection_are_named(flags: int, name: str) -> None:
    (found,) = judged(packets(even(10, 0.2), ports_of(10), tcp_flags=flags))
    assert (found.kind, found.flags, found.port_count) == ("flags", name, 10)


def test_late_packets_and_answers_are_no_scan() -> None:
    many = ports_of(60)
    assert judged(packets(even(60, 1), many, tcp_flags=16, src_port=443)) == [], "ACK of a web server"
    assert judged(packets(even(60, 1), many, tcp_flags=18)) == [], "backscatter"
    assert judged(packets(even(60, 1), many, proto=17, src_port=53)) == [], "answers of DNS"
    assert judged(packets(even(60, 1), many, proto=17, src_port=443)) == [], "QUIC"
    assert judged(packets(even(60, 0.01), list(range(33_434, 33_494)), proto=17)) == [], "traceroute"


def test_an_ack_from_a_high_port_to_many_ports_is_a_scan() -> None:
    (found,) = judged(packets(even(20, 0.2), ports_of(20), tcp_flags=16))
    assert (found.kind, found.flags) == ("flags", "ack")


def test_open_ports_never_count_and_what_was_let_through_is_no_evidence() -> None:
    ports = ports_of(20)
    assert judged(packets(even(20, 0.2), ports), open_ports=tuple(f"tcp/{port}" for port in ports)) == []
    assert judged(packets(even(20, 0.2), ports, action="allow")) == []
    (found,) = judged(packets(even(20, 0.2), ports, action=["allow"] * 4 + ["block"] * 16))
    assert (found.port_count, found.allowed) == (16, 0)


def test_of_ipv6_the_network_of_64_bits_is_the_source() -> None:
    ports = ports_of(40)
    addresses = [f"2001:db8:1::{number:x}" for number in range(40)]
    frames = [packets([time], [port], src=src, dst="2001:db8:9::1") for time, port, src in zip(even(40, 0.2), ports, addresses, strict=True)]
    (found,) = judged(pl.concat(frames))
    assert (found.kind, found.plane, found.source_count, found.sources) == ("vertical", "tcp6", 1, (octets("2001:db8:1::"),))


def test_the_order_of_packets_within_an_hour_does_not_matter() -> None:
    frame = packets(even(50, 0.9), ports_of(50))
    assert judged(frame) == judged(frame.reverse()) == judged(*frame.sample(fraction=1.0, shuffle=True, seed=3).iter_slices(7))


def test_a_scan_that_grows_is_told_when_it_begins_and_when_it_has_grown() -> None:
    detectors = Campaigns(seed=1)
    frame = packets(even(400, 20), ports_of(400))
    told = []
    for hour in range(1, 22):
        begin = BEGIN + (hour - 1) * HOUR
        detectors.add(frame.filter(pl.col("time").is_between(begin, begin + HOUR, closed="left")))
        told += detectors.judge(begin + HOUR)
    diagonal = [one for one in told if one.kind == "diagonal"]
    assert len({(one.kind, one.sources[0], one.first) for one in diagonal}) == 1
    assert [one.port_count for one in diagonal] == sorted({one.port_count for one in diagonal})
    assert detectors.told[-1].port_count == 400
    assert detectors.judge(BEGIN + 23 * HOUR) == [], "nothing came"


def test_tools_are_named_by_their_marks() -> None:
    ports = ports_of(30)
    (found,) = judged(packets(even(30, 0.2), ports, ip_id=54_321, tcp_seq=7))
    assert found.tools == {"zmap": 1.0}
    target = int.from_bytes(octets(HOME)[12:], "big")
    (found,) = judged(packets(even(30, 0.2), ports, ip_id=[(target ^ port ^ 99) & 0xFFFF for port in ports], tcp_seq=99))
    assert found.tools == {"masscan": 1.0}
    (found,) = judged(packets(even(30, 0.2), ports, tcp_seq=target))
    assert found.tools == {"mirai": 1.0}


def test_a_researcher_is_labelled_and_not_left_out() -> None:
    (found,) = judged(packets(even(30, 0.2), ports_of(30), src="162.142.125.7"))
    assert (found.kind, found.researcher) == ("vertical", "Censys")


def drawing(begin: float = 0.0, hours: float = 6.0, src: str = SCANNER) -> pl.DataFrame:
    """A longship's hull and sail, as the synthetic day has them."""
    x, y = art.points(art.HULL + art.SAIL).T
    order = np.argsort(x, kind="stable")
    ports = np.exp(np.log(10_500) + y * (np.log(60_000) - np.log(10_500))).astype(int)
    return packets((begin * HOUR + x[order] * hours * HOUR).tolist(), ports[order].tolist(), src=src)


def test_a_drawing_is_art_and_a_scan_is_none() -> None:
    (found,) = judged(drawing())
    assert (found.kind, found.source_count) == ("art", 1)
    rng = np.random.default_rng(2)
    for order in (np.arange(400), np.arange(400)[::-1], rng.permutation(400), np.concatenate([rng.permutation(20) + 20 * block for block in rng.permutation(20)])):
        assert "art" not in {one.kind for one in judged(packets(even(400, 6), (2_000 + 20 * order).tolist()))}


@pytest.mark.parametrize("noise", [0, 10])
def test_two_slow_scans_at_once_are_two_and_no_drawing(noise: int) -> None:
    """Strokes up and down: who sends a second scan the other way must not hide both in the gallery."""
    ports = np.arange(5_000, 5_100)
    ports[np.random.default_rng(1).integers(0, 100, noise)] = 443
    found = judged(*usual(), packets(even(100, 6), ports.tolist()), packets(even(100, 6), ports[::-1].tolist(), src=OTHER))
    assert {one.kind for one in found} == {"diagonal"}
    assert {source for one in found for source in one.sources} == {octets(SCANNER), octets(OTHER)}


def test_the_same_ports_upwards_again_and_again_are_a_scan_and_no_drawing() -> None:
    found = judged(packets(even(400, 6), np.tile(np.arange(3_000, 3_800, 10), 5).tolist()))
    assert [one.kind for one in found] != ["art"]
    assert found


@pytest.mark.parametrize("step", [1, 7])
@pytest.mark.parametrize("turns", [2, 4])
def test_a_scan_back_and_forth_is_told_as_a_scan_though_it_is_a_picture(step: int, turns: int) -> None:
    """Each port once, every second, or fourth, in each of the strokes."""
    ports = 3_000 + step * np.arange(1_000)
    strokes = [ports[turn::turns][:: 1 if turn % 2 == 0 else -1] for turn in range(turns)]
    kinds = {one.kind for one in judged(packets(even(1_000, 6), np.concatenate(strokes).tolist()))}
    assert kinds & {"random", "diagonal", "vertical"}


def test_a_scan_back_and_forth_over_ports_at_any_distance_is_told_as_a_scan() -> None:
    ports = np.sort(np.random.default_rng(5).choice(60_000, 800, replace=False))
    back = np.concatenate([ports[::2], ports[1::2][::-1]])
    assert {one.kind for one in judged(packets(even(800, 6), back.tolist()))} & {"random", "diagonal", "vertical"}


def month_of_little() -> list[pl.DataFrame]:
    return [packets([-day * 24 * HOUR], [23], src=f"203.0.113.{day}") for day in range(34, 0, -1)]


def test_a_port_that_nobody_tried_for_a_month_is_new_when_several_networks_do() -> None:
    frames = [*month_of_little(), *(packets([number * HOUR // 2], [37_777], src=f"198.51.{number}.9") for number in range(8))]
    detectors = Campaigns(seed=1)
    found = []
    for frame in frames:
        detectors.add(frame)
        found += detectors.judge(0)
    new = [one for one in found if one.kind == "new"]
    assert {one.ports for one in new} == {(37_777,)}
    assert new[-1].source_count >= 5


def test_nothing_is_new_where_less_than_a_month_is_known() -> None:
    frames = [packets([number * HOUR // 2], [37_777], src=f"198.51.{number}.9") for number in range(8)]
    assert [one for one in judged(*frames) if one.kind == "new"] == []


def test_a_known_port_is_not_new_and_neighbours_are_one_network() -> None:
    known = [packets([-day * 24 * HOUR], [37_777], src=f"203.0.113.{day}") for day in range(34, 0, -1)]
    many = [packets([number * HOUR // 2], [37_777], src=f"198.51.{number}.9") for number in range(6)]
    near = [packets([number * HOUR // 2], [37_778], src=f"198.51.100.{number}") for number in range(6)]
    detectors = Campaigns(seed=1)
    for frame in (*known, *many, *near):
        detectors.add(frame)
        assert [one for one in detectors.judge(0) if one.kind == "new"] == []


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.binary(max_size=20), st.binary(max_size=20), st.integers(-5, 70_000), st.integers(-1, 300), st.integers(-1, 600)), max_size=40))
def test_any_rows_are_judged_and_nothing_is_raised(rows: list[tuple[int, bytes, bytes, int, int, int]]) -> None:
    columns = ["time", "src_addr", "dst_addr", "dst_port", "proto", "tcp_flags"]
    frame = pl.DataFrame(rows, schema={name: COLUMNS[name] for name in columns}, orient="row")
    detectors = Campaigns(seed=1)
    detectors.add(frame)
    detectors.judge(0)
    assert len(detectors) <= len(frame)


_ORDERS_OF_SIX = list(itertools.permutations(range(6)))


@given(st.sampled_from(_ORDERS_OF_SIX))
def test_kendalls_p_of_six_by_counting(order: tuple[int, ...]) -> None:
    found, log_p = tau(np.array(order))
    extreme = sum(abs(tau(np.array(one))[0]) >= abs(found) - 1e-9 for one in _ORDERS_OF_SIX) / 720
    assert log_p == pytest.approx(math.log(extreme), abs=1e-9)
