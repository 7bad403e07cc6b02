"""Whatever arrives becomes rows or rejects and nothing else, in time that grows with its length, and later datagrams are read."""

import random
import struct
import time
from collections.abc import Sequence

import pytest
from damage import flipped
from flow_family import (
    NOW,
    ORIGIN,
    V4,
    a_set,
    datagrams,
    decode,
    golden_payloads,
    ipfix,
    lost,
    rejected,
    template,
    v4_record,
    v5,
    v5_record,
    v9,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode.addresses import text_of
from varde.decode.batch import schema_of
from varde.decode.flow import REASONS, FlowBatch, FlowDecoder
from varde.decode.flow._read_templated import LAYOUTS_MAX
from varde.model import FLOWS, LOSSES, NAT, REJECTS

GOOD = v9(a_set(0, template(999, *V4)), a_set(999, v4_record()), domain=4_000_000_000)


def check(batch: FlowBatch, count: int) -> None:
    """What holds of every answer."""
    for frame, table in ((batch.flows, FLOWS), (batch.nat, NAT), (batch.losses, LOSSES), (batch.rejects, REJECTS)):
        assert dict(frame.schema) == schema_of(table)
    assert batch.counts["", "lines"] == count
    reasons = {outcome.removeprefix("reject:") for _, outcome in batch.counts if outcome.startswith("reject:")}
    assert reasons <= set(REASONS)
    assert batch.flows["time"].null_count() == 0 and batch.flows["day"].null_count() == 0
    ages = (batch.flows["received"] - batch.flows["time"]).to_list()
    assert all(-86_400_000_000 <= age <= 50 * 86_400_000_000 for age in ages)
    assert all(row["sensor"] and row["dialect"] for row in batch.flows.iter_rows(named=True))
    for row in batch.decoded().others.values():
        assert not row.is_empty()


def survive(payloads: Sequence[bytes], decoder: FlowDecoder | None = None) -> None:
    """Decode damage, then a good datagram; both answers hold, and the good one is read."""
    decoder = decoder or FlowDecoder()
    check(decoder.decode(datagrams(payloads), ORIGIN), len(payloads))
    after = decoder.decode(datagrams([GOOD]), ORIGIN)
    check(after, 1)
    assert "10.0.0.0" in {text_of(octets) for octets in after.flows["src_addr"].drop_nulls()}
    decoder.finish(ORIGIN)
    FlowDecoder().restore(decoder.state())
    decoder.exporters()


HEADS = st.sampled_from([b"\x00\x05\x00\x02", b"\x00\x09\x00\x02", b"\x00\x0a\x00\x40", b"\x00\x00\x00\x05\x00\x00\x00\x01", b"\x00\x07\x00\x01", b"\x00\x01\x00\x01", b""])


@settings(max_examples=150)
@given(st.lists(st.tuples(HEADS, st.binary(max_size=200)).map(b"".join), max_size=6))
def test_any_octets_give_rows_or_rejects_and_nothing_else(payloads: list[bytes]) -> None:
    survive(payloads)


@st.composite
def templated(draw: st.DrawFn) -> bytes:
    """A datagram of sets whose numbers, lengths and fields are anything."""
    build = draw(st.sampled_from([v9, ipfix]))
    number = 0 if build is v9 else 2
    elements = st.sampled_from([1, 2, 4, 7, 8, 10, 12, 21, 22, 27, 28, 32, 34, 48, 61, 70, 82, 130, 152, 154, 160, 225, 230, 233, 291, 361, 210, 60_000])
    fields = draw(st.lists(st.tuples(elements, st.sampled_from([0, 1, 2, 3, 4, 5, 8, 16, 17, 65535])), max_size=8))
    sets = [a_set(number, template(256, *fields)), a_set(256, draw(st.binary(max_size=120)))]
    sets.append(a_set(number + 1, draw(st.binary(max_size=40))))
    sets.append(a_set(draw(st.integers(0, 300)), draw(st.binary(max_size=30)), length=draw(st.one_of(st.none(), st.integers(0, 80)))))
    return build(*draw(st.permutations(sets)), sequence=draw(st.integers(0, 2**32 - 1)), seconds=draw(st.sampled_from([0, NOW, 2**32 - 1])))


@settings(max_examples=200)
@given(st.lists(templated(), max_size=5))
def test_any_templates_and_data_give_rows_or_rejects_and_nothing_else(payloads: list[bytes]) -> None:
    survive(payloads)


@pytest.mark.usefixtures("shared")
def test_real_datagrams_cut_off_anywhere_are_survived() -> None:
    for payload in golden_payloads():
        decoder = FlowDecoder()
        step = max(1, len(payload) // 60)
        survive([payload[:size] for size in range(0, len(payload), step)], decoder)


@pytest.mark.usefixtures("shared")
def test_real_datagrams_with_changed_octets_are_survived() -> None:
    rng = random.Random(4)
    for payload in golden_payloads():
        damaged = [_changed(payload, rng) for _ in range(25)]
        survive(damaged)
        decoder = FlowDecoder()
        decoder.decode(datagrams([payload]), ORIGIN)
        survive(damaged, decoder)


def _changed(payload: bytes, rng: random.Random) -> bytes:
    octets = bytearray(payload)
    for _ in range(rng.randint(1, 4)):
        octets[rng.randrange(min(len(octets), 400))] = rng.randrange(256)
    return bytes(octets)


def _batches(payloads: list[bytes], size: int) -> tuple[int, dict[str, int]]:
    decoder = FlowDecoder()
    found = [decode(*payloads[at : at + size], decoder=decoder) for at in range(0, len(payloads), size)]
    return sum(len(batch.flows) for batch in found), lost(*found, decoder.finish(ORIGIN))


def test_how_datagrams_are_batched_changes_nothing() -> None:
    payloads = [v9(a_set(0, template(256, *V4)), a_set(256, v4_record(number) * (1 + number % 5)), sequence=number) for number in range(40) if number not in (7, 8, 20)]
    answers = {str(_batches(payloads, size)) for size in (1, 3, 10, 40)}
    assert answers == {str((sum(1 + n % 5 for n in range(40) if n not in (7, 8, 20)), {"lost": 3, "reordered": 0, "duplicated": 0, "restarts": 0}))}


def _many_sets(count: int) -> bytes:
    return v9(a_set(256, b"") * count)


HOSTILE = {
    "empty sets": lambda size: v9(a_set(256, b"") * (size // 4)),
    "sets of one octet": lambda size: v9(a_set(0, template(256, (8, 4), (12, 4))), a_set(256, b"x") * (size // 5)),
    "template of many fields": lambda size: v9(a_set(0, template(256, *((9, 1),) * (size // 4)))),
    "many templates": lambda size: v9(a_set(0, b"".join(template(256 + n % 5000, (8, 4)) for n in range(size // 8)))),
    "one template again and again": lambda size: v9(a_set(0, b"".join(template(256, (8, 4), (12, 4), (1 + n % 2, 4)) for n in range(size // 16)))),
    "variable fields of nothing": lambda size: ipfix(a_set(2, template(256, (8, 4), (82, 65535), (83, 65535))), a_set(256, bytes(size))),
    "options of one octet": lambda size: v9(a_set(1, struct.pack(">HHH", 256, 4, 4) + struct.pack(">HHHH", 1, 1, 34, 1)), a_set(256, bytes(range(256)) * (size // 256))),
    "sampling that changes each time": lambda size: v9(a_set(1, struct.pack(">HHH", 256, 4, 4) + struct.pack(">HHHH", 1, 1, 34, 2)), a_set(256, b"".join(b"\x00" + (n + 1).to_bytes(2, "big") for n in range(size // 3)))),
    "withdrawals": lambda size: ipfix(a_set(2, template(256, *V4)), a_set(2, template(256) * (size // 4))),
    "withdrawn and announced by turns": lambda size: ipfix(*(part for _ in range(size // 28) for part in (a_set(2, template(256, (8, 4))), a_set(2, template(256)), a_set(256, b"abcd")))),
    "as many templates as sets": lambda size: v9(*(part for n in range(size // 33) for part in (a_set(0, template(256 + n, (8, 4), (12, 4), (1000 + n, 1))), a_set(256 + n, bytes(9))))),
    "sets of as many templates": lambda size: v9(*(a_set(256 + n % 65_280, b"") for n in range(size // 4))),
    "records of addresses only": lambda size: v9(a_set(0, template(256, (8, 4))), a_set(256, bytes(size))),
    "sflow samples of nothing": lambda size: struct.pack(">IIIIIII", 5, 1, 1, 0, 1, 1, size // 8) + struct.pack(">II", 1, 0) * (size // 8),
    "sflow sources": lambda size: struct.pack(">IIIIIII", 5, 1, 1, 0, 1, 1, size // 40) + b"".join(struct.pack(">II8I", 1, 32, 1, n, 1, 1, 0, 1, 1, 0) for n in range(size // 40)),
    "sflow records of nothing": lambda size: struct.pack(">IIIIIII", 5, 1, 1, 0, 1, 1, 1) + struct.pack(">II8I", 1, size - 40, 1, 1, 1, 1, 0, 1, 1, 9) + bytes(size - 72),
    "template and data by turns": lambda size: v9(*(part for n in range(size // 40) for part in (a_set(0, template(256, (8, 4), (1 + n % 2, 4))), a_set(256, bytes(8))))),
}  # fmt: skip


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_datagrams_of_the_greatest_length_take_a_moment(shape: str) -> None:
    """Twenty of 60 kB: an hour's worth of work for whoever is not linear."""
    payload = HOSTILE[shape](60_000)[:65_507]
    decoder = FlowDecoder()
    decoder.decode(datagrams([payload]), ORIGIN)
    began = time.process_time()
    for _ in range(4):
        check_shape = decoder.decode(datagrams([payload] * 5), ORIGIN)
    assert time.process_time() - began < 20
    assert check_shape.counts["", "lines"] == 5


@pytest.mark.parametrize("shape", ["withdrawn and announced by turns", "as many templates as sets", "sets of as many templates", "template and data by turns"])
def test_twice_as_many_hostile_datagrams_cost_twice_as_much(shape: str) -> None:
    """Together in one batch, as a flood is read: what is looked up for each of them must not grow with their number."""
    payload = HOSTILE[shape](20_000)
    costs = []
    for count in (5, 20):
        began = time.process_time()
        decode(*[payload] * count)
        costs.append(time.process_time() - began)
    assert costs[1] < 4 * 2.5 * costs[0] + 0.2


def test_what_waited_for_thousands_of_templates_is_read_in_a_moment_or_rejected() -> None:
    decoder, numbers = FlowDecoder(), range(256, 2056)
    decode(*(v9(a_set(number, bytes(9)), sequence=number) for number in numbers), decoder=decoder)
    began = time.process_time()
    batch = decode(v9(*(a_set(0, template(number, (8, 4), (12, 4), (1000 + number, 1))) for number in numbers)), decoder=decoder)
    assert time.process_time() - began < 10
    assert batch.counts["netflow9", "records"] == LAYOUTS_MAX and batch.counts["netflow9", "reject:layouts"] + LAYOUTS_MAX == len(numbers)
    assert rejected(decoder.finish(ORIGIN)) == {}


def test_of_too_many_templates_those_with_the_most_data_are_read() -> None:
    """A flood of templates must not displace those by which a router sends its flows."""
    flood = v9(*(part for n in range(2 * LAYOUTS_MAX) for part in (a_set(0, template(256 + n, (8, 4), (12, 4), (1000 + n, 1))), a_set(256 + n, bytes(9)))), domain=6)
    router = v9(a_set(0, template(256, *V4)), a_set(256, v4_record(1) + v4_record(2)))
    batch = decode(flood, router)
    assert {"10.0.0.1", "10.0.0.2"} <= {text_of(octets) for octets in batch.flows["src_addr"]}
    assert batch.counts["netflow9", "reject:layouts"] == LAYOUTS_MAX + 1


def test_flipped_lines_of_text_are_no_flows() -> None:
    text = flipped([b"Nov 20 12:00:00 gw kernel: IN=eth0 OUT= SRC=198.18.0.1 DST=198.51.100.2"], 3, 20)
    batch = decode(*text.split(b"\n"))
    assert batch.flows.is_empty() and batch.counts["", "reject:version"] == batch.counts["", "lines"]


def test_rejects_are_samples_and_their_count_is_exact() -> None:
    batch = decode(*[v5(v5_record(), count=30, sequence=number * 30) for number in range(200)])
    assert batch.counts["netflow5", "reject:truncated"] == 200
    assert 0 < len(batch.rejects) <= 20
    assert set(batch.rejects["reason"]) == {"truncated"} and all(len(sample) <= 128 for sample in batch.rejects["sample"])
    assert batch.losses["undecodable"].to_list() == [200]
