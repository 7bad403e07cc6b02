"""Who knows the detectors: floods neither hide a scan nor fill the memory, and nobody is accused by what others send. All synthetic."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knocks import BEGIN, HOUR, SCANNER, even, octets, packets, ports_of, usual

from varde.detect import Campaigns
from varde.detect.cells import SOURCE_CELLS, Cells
from varde.detect.knocked import Key, knocked
from varde.detect.popularity import COMMON, Popularity
from varde.detect.strokes import Strokes

CELLS_MAX = 20_000


def flood(count: int, seed: int, cells_each: int = 1, port: int | None = None) -> pl.DataFrame:
    """Packets of invented sources, all over IPv4, to any port, within a day."""
    rng = np.random.default_rng(seed)
    numbers = np.repeat(rng.integers(1 << 24, 223 << 24, count), cells_each)
    mapped = [b"\x00" * 10 + b"\xff\xff" + int(number).to_bytes(4, "big") for number in numbers]
    ports = rng.integers(1, 65_536, len(numbers)) if port is None else np.full(len(numbers), port)
    return pl.DataFrame({
        "time": np.sort(rng.integers(BEGIN, BEGIN + 20 * HOUR, len(numbers))), "src_addr": mapped, "dst_addr": [octets("192.0.2.10")] * len(numbers), "dst_port": ports,
        "src_port": [40_000] * len(numbers), "proto": [6] * len(numbers), "tcp_flags": [2] * len(numbers), "action": ["block"] * len(numbers),
    })  # fmt: skip


@pytest.mark.parametrize("cells_each", [1, 3])
def test_a_flood_of_invented_sources_neither_hides_a_scan_nor_grows_memory(cells_each: int) -> None:
    detectors = Campaigns(seed=1, cells_max=CELLS_MAX)
    scan = packets(even(60, 20), ports_of(60))
    told = []
    for part in range(6):
        detectors.add(flood(15_000, part, cells_each))
        detectors.add(scan.filter(pl.col("time") // HOUR % 6 == part))
        told += detectors.judge(BEGIN + 20 * HOUR)
        assert len(detectors) <= CELLS_MAX
    assert detectors.left_out > 0, "what is forgotten is counted"
    assert SCANNER_OCTETS in {source for one in told for source in one.sources if one.kind in ("diagonal", "random")}


SCANNER_OCTETS = octets(SCANNER)


def test_a_flood_accuses_nobody() -> None:
    detectors = Campaigns(seed=1, cells_max=CELLS_MAX)
    for part in range(3):
        detectors.add(flood(20_000, part))
    assert [one for one in detectors.judge(BEGIN + 20 * HOUR) if one.kind != "tool"] == []


def test_one_source_with_all_ports_of_many_targets_is_bounded_and_told_in_number() -> None:
    detectors = Campaigns(seed=1)
    for target in range(3):
        times = np.linspace(target * HOUR, (target + 0.4) * HOUR, 65_535).astype(int).tolist()
        detectors.add(packets(times, list(range(1, 65_536)), dst=f"192.0.2.{target}"))
    found = detectors.judge(BEGIN + 4 * HOUR)
    assert len(detectors) <= SOURCE_CELLS
    assert [one.sources for one in found] == [(SCANNER_OCTETS,)] * len(found)
    assert max(one.events for one in found) == pytest.approx(3 * 65_535, rel=0.15)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 65_535), st.integers(0, 24 * 60)), min_size=1, max_size=7, unique_by=lambda each: each[0]))
def test_few_packets_accuse_nobody(knocks: list[tuple[int, int]]) -> None:
    detectors = Campaigns(seed=1)
    detectors.add(packets([minute * HOUR // 60 for _, minute in knocks], [port for port, _ in knocks]))
    assert detectors.judge(BEGIN + 25 * HOUR) == []


def test_one_packet_with_odd_flags_or_in_a_shared_scan_accuses_nobody() -> None:
    detectors = Campaigns(seed=1)
    detectors.add(packets([5], [4_000], src="203.0.113.1", tcp_flags=41))
    ports = list(range(4_000, 4_040))
    for number in range(4):
        detectors.add(packets(even(40, 2)[number::4], ports[number::4], src=f"198.51.100.{number + 1}"))
    detectors.add(packets([HOUR], [4_050], src="203.0.113.2"))
    for one in detectors.judge(BEGIN + 3 * HOUR):
        assert not {octets("203.0.113.1"), octets("203.0.113.2")} & set(one.sources)


def test_packets_from_a_victims_address_are_told_as_what_anybody_can_invent() -> None:
    """Who sends a few in somebody's name has the victim named with the least of confidence: what acts on findings waits for more."""
    for proto in (6, 17):
        detectors = Campaigns(seed=1)
        for frame in usual():
            detectors.add(frame)
        detectors.add(packets(even(10, 0.1), ports_of(10), src="203.0.113.77", proto=proto))
        found = detectors.judge(BEGIN + HOUR)
        assert {one.confidence for one in found} <= {"low"}
    detectors = Campaigns(seed=1)
    detectors.add(packets(even(300, 0.1), ports_of(300), src="203.0.113.77", proto=17))
    (found,) = detectors.judge(BEGIN + HOUR)
    assert found.confidence == "medium", "UDP asks for no answer: many are as easily invented as few"


def test_what_is_common_everywhere_cannot_be_made_rare_and_a_flood_makes_no_port_common() -> None:
    key = Key(1)
    quiet = Popularity(knocked(packets([0], [60_001]), key))
    common = np.array([6 << 16 | port for port in COMMON[6]])
    assert quiet.weight(common).max() == 0
    rare = np.array([6 << 16 | port for port in ports_of(200) if port not in COMMON[6]])
    flooded = Popularity(knocked(flood(60_000, 3), key))
    assert np.median(flooded.weight(rare)) == 1.0, "each port has the share that it had"


def test_ports_that_a_crowd_of_invented_sources_tries_do_not_hide_those_that_it_does_not() -> None:
    detectors = Campaigns(seed=1)
    for frame in usual():
        detectors.add(frame)
    detectors.add(flood(3_000, 9, port=7_777))
    detectors.add(packets(even(50, 20), ports_of(50)))
    assert SCANNER_OCTETS in {source for one in detectors.judge(BEGIN + 22 * HOUR) for source in one.sources}


def test_who_many_invented_wanderers_stand_for_is_still_found_when_it_tries_enough() -> None:
    rng = np.random.default_rng(4)
    detectors = Campaigns(seed=1)
    detectors.add(flood(2_000, 5, cells_each=20))
    detectors.add(packets(np.sort(rng.integers(0, 20 * HOUR, 200)).tolist(), rng.permutation(ports_of(200)).tolist()))
    assert SCANNER_OCTETS in {source for one in detectors.judge(BEGIN + 22 * HOUR) for source in one.sources}


def test_cells_meet_by_chance_alone_because_their_key_is_drawn() -> None:
    frame = packets(range(1_000), list(range(1, 1_001)))
    first, second = (knocked(frame, Key())["cell"] for _ in range(2))
    assert first.n_unique() == 1_000
    assert not set(first.to_list()) & set(second.to_list())


def test_who_is_forgotten_in_a_flood_is_drawn_by_the_key() -> None:
    frame = flood(5_000, 1)
    kept = []
    for seed in (1, 2):
        cells = Cells(Key(seed), cells_max=1_000)
        cells.add(knocked(frame, Key(seed)))
        kept.append(set(cells.settle()["src"].to_list()))
        assert len(cells) <= 1_000 and cells.left.crowded >= 4_000
    assert len(kept[0] & kept[1]) < 0.5 * len(kept[0])


def test_points_for_drawings_are_bounded() -> None:
    strokes = Strokes(most=5_000)
    for part in range(10):
        strokes.add(knocked(flood(2_000, part), Key(1)))
    assert len(strokes) <= 5_000


def test_stamps_from_the_future_and_the_past_do_no_harm() -> None:
    detectors = Campaigns(seed=1)
    detectors.add(packets(even(60, 0.2), ports_of(60)))
    assert detectors.judge(BEGIN + HOUR)
    detectors.add(packets([-(30 * 24) * HOUR], [9_999]))
    detectors.judge(BEGIN + HOUR)
    assert len(detectors) == 60
