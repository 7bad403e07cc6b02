"""The ledger is exact: whatever is lost, doubled and out of order within its window, it says how much."""

from collections.abc import Sequence

import numpy as np
import pytest
from flow_family import (
    NOW,
    ORIGIN,
    SECOND,
    V4,
    a_set,
    decode,
    ipfix,
    lost,
    template,
    v4_record,
    v5,
    v5_record,
    v9,
)
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.flow import FlowDecoder
from varde.decode.flow._ledger import WINDOW
from varde.decode.flow._ledger import Sequence as Ledger

WRAP = 2**32


def tell(ledger: Ledger, messages: Sequence[tuple[int, int, int, int]]) -> None:
    """Messages as (number, units, export in us, uptime in ms)."""
    columns = [np.array(column, np.int64) for column in zip(*messages, strict=True)] or [np.zeros(0, np.int64)] * 4
    ledger.see_all(*columns, np.zeros(len(messages), np.int64))


def told(ledger: Ledger) -> tuple[int, int, int]:
    """What is lost, doubled, and how often it began anew."""
    losses = ledger.take()
    return losses.lost, losses.duplicated, losses.restarts


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[int], list[int], list[int], int]:
    """Units of messages, the order in which they come (missing: lost, twice: doubled), where batches end, first number."""
    units = draw(st.lists(st.integers(1, 40), min_size=1, max_size=60))
    fates = draw(st.lists(st.integers(0, 9), min_size=len(units), max_size=len(units)))
    arrivals = [(place + draw(st.floats(0, 8)), place) for place, fate in enumerate(fates) for _ in range(0 if fate == 0 else 2 if fate == 1 else 1)]
    cuts = draw(st.lists(st.integers(0, len(arrivals)), max_size=4))
    first = draw(st.sampled_from([0, 1, 7, WRAP - 500, WRAP - 1]))
    return units, [place for _, place in sorted(arrivals)], sorted(cuts), first


@given(journeys())
def test_any_loss_doubling_and_disorder_within_the_window_is_counted_exactly(journey: tuple[list[int], list[int], list[int], int]) -> None:
    units, order, cuts, first = journey
    numbers = np.cumsum([0, *units])
    messages = [(int(first + numbers[place]) % WRAP, units[place], NOW * SECOND, 1000) for place in order]
    ledger = Ledger()
    for begin, end in zip([0, *cuts], [*cuts, len(messages)], strict=True):
        tell(ledger, messages[begin:end])
    came = set(order)
    span = range(min(came), max(came) + 1) if came else range(0)
    missing = sum(units[place] for place in span if place not in came)
    doubled = sum(units[place] * (order.count(place) - 1) for place in came)
    assert told(ledger) == (missing, doubled, 0)


def test_what_comes_late_is_no_longer_lost_and_counts_as_out_of_order() -> None:
    ledger = Ledger()
    tell(ledger, [(0, 10, NOW, 0), (30, 10, NOW, 0)])
    assert (ledger.losses.lost, ledger.losses.reordered) == (20, 0)
    tell(ledger, [(10, 10, NOW, 0)])
    assert (ledger.losses.lost, ledger.losses.reordered) == (10, 10)


def test_late_ones_correct_what_an_earlier_batch_reported() -> None:
    decoder = FlowDecoder()
    first = decode(v5(v5_record(), sequence=0), v5(v5_record(), sequence=2), decoder=decoder)
    second = decode(v5(v5_record(), sequence=1), decoder=decoder)
    assert (lost(first)["lost"], lost(second)["lost"]) == (1, -1)
    assert lost(first, second) == {"lost": 0, "reordered": 1, "duplicated": 0, "restarts": 0}


@pytest.mark.parametrize("uptime", [-1, 60_000], ids=["without uptime", "with uptime"])
def test_numbers_that_wrap_lose_nothing(uptime: int) -> None:
    ledger = Ledger()
    tell(ledger, [(WRAP - 20, 10, NOW, uptime), (WRAP - 10, 15, NOW, uptime), (5, 10, NOW, uptime)])
    assert told(ledger) == (0, 0, 0)


def test_an_uptime_that_wraps_together_with_a_loss_is_a_loss() -> None:
    ledger = Ledger()
    tell(ledger, [(100, 10, NOW * SECOND, WRAP - 1000), (130, 10, (NOW + 2) * SECOND, 1000)])
    assert told(ledger) == (20, 0, 0)


@pytest.mark.parametrize(
    "after", [(0, 10, (NOW + 60) * SECOND, 500), (0, 10, (NOW + 60) * SECOND, -1), (990, 10, (NOW + 60) * SECOND, 500), (5_000, 10, (NOW + 60) * SECOND, 500)],
    ids=["both fall", "numbers fall", "uptime falls, numbers a little", "uptime falls, numbers rise"],
)  # fmt: skip
def test_an_exporter_that_began_anew_is_told_from_loss(after: tuple[int, int, int, int]) -> None:
    ledger = Ledger()
    uptime = -1 if after[3] < 0 else 3_600_000
    tell(ledger, [(980, 20, NOW * SECOND, uptime), after, (after[0] + 10, 10, after[2] + SECOND, after[3] + 1000 if after[3] >= 0 else -1)])
    assert told(ledger) == (0, 0, 1)


def test_numbers_far_behind_count_as_begun_anew_only_when_they_go_on() -> None:
    ledger = Ledger()
    far = 10 * WINDOW
    tell(ledger, [(far, 10, NOW, -1), (50, 10, NOW, -1), (far + 10, 10, NOW, -1)])
    assert told(ledger) == (0, 10, 0)
    tell(ledger, [(50, 10, NOW, -1), (60, 10, NOW, -1), (70, 10, NOW, -1)])
    assert ledger.take().restarts == 1


def test_netflow_v5_counts_flows_v9_datagrams_and_ipfix_records() -> None:
    made = {
        "flows": [v5(v5_record(), v5_record(1), sequence=number) for number in (0, 2, 8)],
        "datagrams": [v9(a_set(0, template(256, *V4)), a_set(256, v4_record() * 2), sequence=number) for number in (0, 1, 3)],
        "records": [ipfix(a_set(2, template(256, *V4)), a_set(256, v4_record() * count), sequence=number) for number, count in ((0, 2), (2, 3), (5, 1), (9, 2))],
    }  # fmt: skip
    found = {}
    for unit, payloads in made.items():
        decoder = FlowDecoder()
        batches = [decode(*payloads, decoder=decoder), decoder.finish(ORIGIN)]
        assert {row for batch in batches for row in batch.losses["unit"]} == {unit}
        found[unit] = lost(*batches)["lost"]
    assert found == {"flows": 4, "datagrams": 1, "records": 3}


def test_an_exporter_that_numbers_by_a_rule_of_its_own_is_understood() -> None:
    """softflowd gives the number behind the last record, and leaves options records out; some firewalls number v9 records."""
    counts = (3, 5, 2, 4, 6, 1)
    ends = np.cumsum(counts).tolist()
    behind = [ipfix(a_set(2, template(256, *V4)), a_set(256, v4_record() * n), sequence=end) for n, end in zip(counts, ends, strict=True)]
    records = [v9(a_set(0, template(256, *V4)), a_set(256, v4_record() * n), sequence=end - n) for n, end in zip(counts, ends, strict=True)]
    for payloads in (behind, records):
        decoder = FlowDecoder()
        assert lost(decode(*payloads, decoder=decoder), decoder.finish(ORIGIN)) == {"lost": 0, "reordered": 0, "duplicated": 0, "restarts": 0}
        decoder = FlowDecoder()
        assert lost(decode(*payloads[:4], payloads[5], decoder=decoder), decoder.finish(ORIGIN))["lost"] == counts[4]


def test_every_domain_engine_and_exporter_has_numbers_of_its_own() -> None:
    payloads = [v5(v5_record(), sequence=number, engine=engine) for number in range(3) for engine in (1, 2)]
    batch = decode(*payloads)
    assert batch.losses.select("domain", "datagrams", "flows", "lost").rows() == [(1, 3, 3, 0), (2, 3, 3, 0)]
