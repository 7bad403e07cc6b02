"""Flows to or from listed addresses become warnings, and repeats are summed."""

import json
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from warned import OTX, StandIn, entry, flow, flows

from varde.decode import schema_of
from varde.decode.addresses import text_of
from varde.live import LISTS_MAX, Warner, together, warnings_of
from varde.live.answers import Answers
from varde.live.repeats import Repeats
from varde.model import WARNINGS


def found(*rows: dict[str, Any], **more: Any) -> pl.DataFrame:
    return warnings_of(flows(*rows), OTX, OTX, **more)


def test_only_flows_with_a_listed_end_become_warnings() -> None:
    made = found(flow(dst="198.51.100.1"), flow(), flow(src="203.0.113.9", dst="10.0.0.6"), flow(src="192.0.2.1", dst="192.0.2.2"))
    assert dict(made.schema) == schema_of(WARNINGS)
    assert made.select("side", "kind", "count").rows() == [("dst", "flow", 1), ("src", "flow", 1)]
    assert [text_of(a) for a in made["dst_addr"]] == ["203.0.113.5", "10.0.0.6"]
    assert json.loads(made["lists"][0]) == [entry() | {"first_seen": "2016-06-01T00:00:00Z"}]


def test_nothing_listed_gives_an_empty_frame_of_the_table() -> None:
    for made in (found(flow(dst="198.51.100.1")), warnings_of(flows(), OTX, OTX), found(flow(dst="198.51.100.1") | {"src_addr": None})):
        assert made.is_empty() and dict(made.schema) == schema_of(WARNINGS)


def test_a_flow_between_two_listed_ends_is_told_of_both() -> None:
    made = found(flow(src="203.0.113.1", dst="203.0.113.2"))
    assert sorted(made["side"]) == ["dst", "src"]


def test_direction_is_the_flows() -> None:
    assert found(flow(direction="outbound"), flow())["direction"].to_list() == ["outbound", None]


def test_what_weakens_the_evidence_is_said() -> None:
    made = found(flow(sampling=1000), flow(late=1, sampling=1), flow(rev_packets=3, rev_octets=180), retro=True)
    assert made["sampled"].to_list() == [1, 0, 0]
    assert made["late"].to_list() == [0, 1, 0]
    assert made["one_way"].to_list() == [1, 1, 0]
    assert made["retro"].to_list() == [1, 1, 1]
    assert made.select("packets", "octets").rows() == [(12, 3400), (12, 3400), (15, 3580)]


def test_an_answer_in_the_same_batch_or_a_later_one_is_known_as_one() -> None:
    there, back = flow(), flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=443)
    assert found(there, back)["one_way"].to_list() == [0, 0]
    answers = Answers()
    assert found(there, answers=answers)["one_way"].to_list() == [1]
    assert found(back | {"sampling": 1}, answers=answers)["one_way"].to_list() == [0]
    assert found(flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=444), answers=answers)["one_way"].to_list() == [1]


def test_an_echo_is_answered_whatever_stands_in_its_ports() -> None:
    ping = flow(proto=1, sport=0, dport=2048, icmp_type=8, icmp_code=0)
    pong = flow(src="203.0.113.5", dst="10.0.0.5", proto=1, sport=0, dport=0, icmp_type=0, icmp_code=0)
    made = found(ping, pong)
    assert made["one_way"].to_list() == [0, 0]
    assert made["community_id"].n_unique() == 1


def test_an_answer_of_long_ago_is_none_and_few_pairs_are_remembered() -> None:
    back = flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=443)
    answers = Answers(window=60)
    found(flow(), answers=answers)
    assert found(back | {"time": back["time"] + 61_000_000, "end_time": back["time"] + 61_000_000}, answers=answers)["one_way"].to_list() == [1]
    small = Answers(pairs=2)
    found(*(flow(sport=port, at=port) for port in range(1, 6)), answers=small)
    late = [flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=port, at=6) for port in (1, 5)]
    assert found(*late, answers=small)["one_way"].to_list() == [1, 0]


def test_an_address_in_thousands_of_pulses_names_a_bounded_number() -> None:
    many = StandIn({"203.0.113.0/24": [entry(own=str(number)) for number in range(5000)]})
    made = warnings_of(flows(flow()), many, many)
    assert len(json.loads(made["lists"][0])) == LISTS_MAX


def test_a_replay_has_one_row_for_each_host_and_list() -> None:
    made = found(flow(), flow(at=5), flow(src="10.0.0.6"), flow(dst="203.0.113.6", at=1))
    assert together(made)["count"].to_list() == [3, 1]
    assert sorted(together(made, by_address=True)["count"]) == [1, 1, 2]
    assert together(pl.concat([together(made), together(made)]))["count"].to_list() == [6, 2]


def repeats_of(seconds: float = 60, **more: Any) -> Repeats:
    return Repeats(seconds, **more)


def test_the_first_is_told_at_once_and_repeats_are_summed() -> None:
    repeats = repeats_of()
    first = repeats.take(found(flow(), flow(at=2)), clock=100)
    assert first.select("count", "packets", "octets").rows() == [(2, 24, 6800)]
    assert (first["end_time"] - first["time"]).to_list() == [2_000_000]
    for number in range(3, 6):
        assert repeats.take(found(flow(at=number, dst=f"203.0.113.{number}")), clock=100 + number).is_empty()
    assert repeats.due(clock=159).is_empty()
    told = repeats.due(clock=160)
    assert told.select("count", "packets").rows() == [(3, 36)]
    assert (told["time"][0] - first["time"][0], told["end_time"][0] - first["time"][0]) == (3_000_000, 5_000_000)
    assert repeats.due(clock=219).is_empty() and repeats.due(clock=220).is_empty()
    assert len(repeats.take(found(flow()), clock=221)) == 1, "forgotten by now, so told at once again"


def test_hosts_lists_and_kinds_are_kept_apart_and_addresses_if_asked_for() -> None:
    batch = found(flow(), flow(src="10.0.0.6"), flow(src="2001:db8::5", dst="2001:db8:bad::1"), flow(dst="203.0.113.6"))
    assert sorted(repeats_of().take(batch, 0)["count"]) == [1, 1, 2]
    assert repeats_of(by_address=True).take(batch, 0)["count"].to_list() == [1, 1, 1, 1]
    other = batch.with_columns(kind=pl.lit("dns"))
    assert len(repeats_of().take(pl.concat([batch, other]), 0)) == 6


def test_an_answer_belongs_to_what_it_answers() -> None:
    told = repeats_of().take(found(flow(), flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=443, at=1)), 0)
    assert told.select("side", "count", "one_way").rows() == [("dst", 2, 0)]


def test_few_are_remembered_and_what_is_forgotten_is_told() -> None:
    repeats = repeats_of(most=2)
    assert len(repeats.take(found(flow(), flow(src="10.0.0.6")), 0)) == 2
    assert repeats.take(found(flow()), 1).is_empty()
    told = repeats.take(found(flow(src="10.0.0.7")), 2)
    assert sorted(text_of(a) for a in told["src_addr"]) == ["10.0.0.5", "10.0.0.7"]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 50)), max_size=30))
def test_every_flow_is_counted_exactly_once(steps: list[tuple[int, float]]) -> None:
    warner, clock, told = Warner(OTX, seconds=30), 0.0, []
    for host, wait in steps:
        clock += wait
        told += [warner.due(clock), warner.take(flows(flow(src=f"10.0.0.{host}")), clock)]
    told.append(warner.rest())
    assert sum(frame["count"].sum() for frame in told) == len(steps) == warner.found
    assert sum(frame["packets"].sum() for frame in told) == 12 * len(steps)


def test_matching_looks_only_at_what_is_there() -> None:
    class Counting(StandIn):
        asked = 0

        def lookup(self, octets: np.ndarray) -> np.ndarray:
            self.asked += len(octets)
            return super().lookup(octets)

    lists = Counting({"203.0.113.0/24": [entry()]})
    warnings_of(flows(flow(), flow() | {"dst_addr": None}), lists, lists)
    assert lists.asked == 3
