"""The two directions of one conversation as two flows: who began it, within a batch and across batches, in bounds."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode import schema_of
from varde.decode.addresses import octets_of
from varde.live.orient import orient
from varde.live.pairs import ANSWER_US, Pairs
from varde.model import FLOWS

SECOND = 1_000_000
NOW = 1_795_300_000 * SECOND
EXPORTERS = [octets_of("192.0.2.254"), octets_of("192.0.2.253")]
ENDS = [(octets_of("10.0.0.5"), 40_001), (octets_of("203.0.113.5"), 51_022), (octets_of("10.0.0.5"), 51_022), (octets_of("2001:db8::5"), 443)]
CUMULATED = 27
"""FIN, SYN, PSH, ACK: a whole connection's control bits, the same both ways."""


def flow(src: int = 0, dst: int = 1, at: int = 0, **more: Any) -> dict[str, Any]:
    """A flow between two of ENDS that begins so many us after NOW."""
    (src_addr, src_port), (dst_addr, dst_port) = ENDS[src], ENDS[dst]
    ends = {"src_addr": src_addr, "src_port": src_port, "dst_addr": dst_addr, "dst_port": dst_port}
    return {"time": NOW + at, "end_time": NOW + at + SECOND, "proto": 6, "exporter": EXPORTERS[0], "domain": 0} | ends | more


def batch(*flows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(flows), schema=schema_of(FLOWS))


def began(*batches: list[dict[str, Any]], pairs: Pairs | None = None) -> list[str | None]:
    """Who began each flow of batches that came one after another."""
    pairs = pairs or Pairs()
    return [end for flows in batches for end in orient(batch(*flows), has_home=False, pairs=pairs)["initiator"]]


def test_of_two_directions_the_first_was_begun_by_its_source() -> None:
    there, back = flow(0, 1, at=0), flow(1, 0, at=30_000)
    assert began([there, back]) == ["src", "dst"]
    assert began([back, there]) == ["dst", "src"]


def test_the_other_direction_may_have_come_in_a_batch_before() -> None:
    assert began([flow(0, 1, at=0)], [], [flow(1, 0, at=30_000)]) == [None, "dst"]
    assert began([flow(1, 0, at=30_000)], [flow(0, 1, at=0)]) == [None, "src"]


def test_who_begins_from_a_servers_port_is_found_out_by_time() -> None:
    """A scanner chooses its source port as it likes; the port alone would make it the one that was visited."""
    scan, answer = flow(3, 0, at=0, tcp_flags=CUMULATED), flow(0, 3, at=20_000, tcp_flags=CUMULATED)
    assert began([scan]) == ["dst"]
    assert began([scan, answer]) == ["src", "dst"]


def test_a_part_of_a_connection_that_began_before_tells_nothing_against_its_port() -> None:
    """An exporter cuts long connections into flows: which way the first packet of a part went is chance."""
    assert began([flow(3, 0, at=0, tcp_flags=24), flow(0, 3, at=20_000, tcp_flags=24)]) == ["dst", "src"]


def test_what_one_direction_says_holds_for_the_other() -> None:
    assert began([flow(0, 1, at=50_000, tcp_flags=2, initiator="src"), flow(1, 0, at=0, tcp_flags=20)]) == ["src", "dst"]
    assert began([flow(0, 1, initiator="dst")], [flow(1, 0)]) == ["dst", "src"]
    assert began([flow(0, 1, rev_packets=3)], [flow(1, 0)]) == ["src", "dst"]


@pytest.mark.parametrize("other", [
    {"at": 0}, {"sampling": 100}, {"end_time": None}, {"exporter": EXPORTERS[1]}, {"domain": 1}, {"proto": 17}, {"at": ANSWER_US + 1}, {"src_port": 1},
])  # fmt: skip
def test_nothing_is_claimed_of_what_is_no_pair_or_has_no_exact_times(other: dict[str, Any]) -> None:
    assert began([flow(0, 1), flow(1, 0, **({"at": 30_000} | other))]) == [None, None if other != {"src_port": 1} else "dst"]


def test_a_ping_and_its_answer_are_a_pair_without_ports() -> None:
    ping, answer = (flow(*ends, at=at, proto=1, src_port=None, dst_port=None) for ends, at in (((0, 1), 0), ((1, 0), 900)))
    assert began([ping, answer]) == ["src", "dst"]


def test_a_flow_to_itself_and_flows_without_addresses_are_no_pair() -> None:
    assert began([flow(0, 0), flow(0, 0, at=5)]) == [None, None]
    assert began([flow(0, 1, src_addr=None), flow(1, 0, dst_addr=None, at=5)]) == [None, None]


def test_a_port_that_is_used_again_is_another_conversation() -> None:
    later = 600 * SECOND
    assert began([flow(0, 1, at=0), flow(1, 0, at=9)], [flow(1, 0, at=later), flow(0, 1, at=later + 9)]) == ["src", "dst", "src", "dst"]


def test_few_directions_are_remembered_those_that_came_last() -> None:
    pairs = Pairs(most=10)
    for number in range(200):
        began([flow(0, 1, src_port=number + 1024, at=number)], pairs=pairs)
        assert pairs.remembered <= 20
    assert began([flow(1, 0, at=500, dst_port=199 + 1024)], pairs=pairs) == ["dst"]
    assert began([flow(1, 0, at=500, dst_port=1024)], pairs=pairs) == [None]


def test_a_flood_in_one_batch_leaves_no_more_than_its_bound() -> None:
    pairs = Pairs(most=10)
    began([flow(0, 1, src_port=number) for number in range(1024, 6024)], pairs=pairs)
    assert pairs.remembered <= 10


def test_times_of_another_century_make_nothing_forgotten() -> None:
    pairs = Pairs()
    began([flow(0, 1)], pairs=pairs)
    began([flow(2, 3, at=10**15), flow(3, 2, at=-(10**15))], pairs=pairs)
    assert began([flow(1, 0, at=7)], pairs=pairs) == ["dst"]


FLOWS_OF = st.builds(
    flow, st.integers(0, 2), st.integers(0, 2), at=st.integers(0, 2 * ANSWER_US // SECOND).map(lambda second: second * SECOND),
    exporter=st.sampled_from(EXPORTERS), proto=st.sampled_from([6, 17]), tcp_flags=st.sampled_from([None, 16, CUMULATED]),
    sampling=st.sampled_from([None, 1, 10]), initiator=st.sampled_from([None, None, None, "src", "dst"]),
)  # fmt: skip


@settings(max_examples=80)
@given(st.lists(st.lists(FLOWS_OF, max_size=6), max_size=4))
def test_any_flows_in_any_batches_are_paired_as_a_look_at_all_of_them_does(batches: list[list[dict[str, Any]]]) -> None:
    came: list[dict[str, Any]] = []
    wanted: list[set[str | None]] = []
    for number, flows in enumerate(batches):  # no two begin at once, so that one is nearest
        for place, one in enumerate(flows):
            one["time"] += (number * 6 + place) ** 2
    for flows in batches:
        came += flows
        wanted += [_looked_up(one, came) for one in flows]
    assert all(end in ends for end, ends in zip(began(*batches), wanted, strict=True)), (began(*batches), wanted)


def _looked_up(one: dict[str, Any], came: list[dict[str, Any]]) -> set[str | None]:
    """What may be said of a flow by all that came, as plainly as can be; all ports here are alike."""
    if one["initiator"] is not None:
        return {one["initiator"]}
    turned = [other for other in came if _is_turned(one, other)]
    nearest = min((abs(other["time"] - one["time"]) for other in turned), default=None)
    return {_judged(one, other) for other in turned if abs(other["time"] - one["time"]) == nearest} or {None}


def _is_turned(one: dict[str, Any], other: dict[str, Any]) -> bool:
    ends = [(flow["src_addr"], flow["src_port"], flow["dst_addr"], flow["dst_port"]) for flow in (one, other)]
    same = all(one[name] == other[name] for name in ("exporter", "proto"))
    return same and ends[0][:2] == ends[1][2:] != ends[0][2:] == ends[1][:2] and abs(one["time"] - other["time"]) <= ANSWER_US


def _judged(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    if other["initiator"] is not None:
        return {"src": "dst", "dst": "src"}[other["initiator"]]
    if 10 in (one["sampling"], other["sampling"]) or one["time"] == other["time"]:
        return None
    return "src" if one["time"] < other["time"] else "dst"
