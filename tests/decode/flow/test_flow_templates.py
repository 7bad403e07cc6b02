"""Data is read with the template that was valid when it arrived, and waits where there was none."""

import json

import pytest
from flow_family import (
    NOW,
    ORIGIN,
    SECOND,
    V4,
    a_set,
    address,
    datagrams,
    decode,
    ipfix,
    ipfix_options,
    lost,
    rejected,
    rows,
    template,
    v4_record,
    v9,
    v9_options,
)  # fmt: skip

from varde.decode.flow import FlowDecoder, _held, _streams
from varde.decode.flow._templates import FIELDS_MAX

OTHER = ((4, 1), (12, 4), (8, 4), (1, 8))
"""A template of other fields, and of another length."""

OTHER_RECORD = bytes([17]) + bytes([198, 51, 100, 7]) + bytes([10, 9, 9, 9]) + (77).to_bytes(8, "big")


def test_data_before_its_template_is_held_and_read_when_it_comes() -> None:
    decoder = FlowDecoder()
    before = decode(v9(a_set(256, v4_record(1) + v4_record(2))), decoder=decoder)
    assert before.flows.is_empty() and not rejected(before)
    after = decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(3)), sequence=1), decoder=decoder, received=(NOW + 60) * SECOND)
    assert [(row["src_addr"], row["late"], row["received"] // SECOND - NOW) for row in rows(after)] == [
        ("10.0.0.3", 0, 60), ("10.0.0.1", 1, 0), ("10.0.0.2", 1, 0),
    ]  # fmt: skip
    assert after.losses["late"].to_list() == [2] and lost(after)["lost"] == 0


def test_data_before_its_template_in_one_batch_is_read_too() -> None:
    batch = decode(v9(a_set(256, v4_record(1))), v9(a_set(0, template(256, *V4)), sequence=1))
    assert [(row["src_addr"], row["late"]) for row in rows(batch)] == [("10.0.0.1", 1)]


def test_data_is_never_read_with_a_later_or_an_earlier_template() -> None:
    payloads = [
        v9(a_set(0, template(256, *V4)), a_set(256, v4_record(1)), sequence=0), v9(a_set(256, v4_record(2)), sequence=1),
        v9(a_set(256, v4_record(3)), a_set(0, template(256, *OTHER)), a_set(256, OTHER_RECORD), sequence=2), v9(a_set(256, OTHER_RECORD), sequence=3),
    ]  # fmt: skip
    expected = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.9.9.9", "10.9.9.9"]
    assert sorted(row["src_addr"] for row in rows(decode(*payloads))) == expected
    one_by_one, decoder = [], FlowDecoder()
    for payload in payloads:
        one_by_one += rows(decode(payload, decoder=decoder))
    assert [row["src_addr"] for row in one_by_one] == expected
    assert {row["octets"] for row in one_by_one} == {180, 77}


@pytest.mark.parametrize("size", [1, 10])
def test_data_that_a_new_template_has_overtaken_is_read_with_the_one_it_was_sent_for(size: int) -> None:
    """By sequence numbers: on UDP the datagram with the new template may come first."""
    sent = [
        v9(a_set(0, template(256, *V4)), a_set(256, v4_record(1)), sequence=2**32 - 1), v9(a_set(0, template(256, *OTHER)), sequence=1),
        v9(a_set(256, v4_record(2)), sequence=0), v9(a_set(0, template(256, *OTHER)), sequence=3), v9(a_set(256, OTHER_RECORD), sequence=2), v9(a_set(256, v4_record(3)), sequence=0),
    ]  # fmt: skip
    decoder = FlowDecoder()
    found = [row for at in range(0, len(sent), size) for row in rows(decode(*sent[at : at + size], decoder=decoder))]
    assert sorted((row["src_addr"], row["octets"]) for row in found) == [("10.0.0.1", 180), ("10.0.0.2", 180), ("10.0.0.3", 180), ("10.9.9.9", 77)]


@pytest.mark.parametrize(("more", "seconds"), [({"sequence": 2, "seconds": NOW + 1}, 0), ({"sequence": 2}, 6), ({"sequence": 2**31}, 0)], ids=["began anew", "much later", "far off"])
def test_an_exporter_that_began_anew_is_read_with_its_new_template(more: dict[str, int], seconds: int) -> None:
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4)), sequence=7), v9(a_set(0, template(256, *OTHER)), sequence=8), decoder=decoder)
    found = rows(decode(v9(a_set(256, OTHER_RECORD), **more), decoder=decoder, received=(NOW + seconds) * SECOND))
    assert [(row["src_addr"], row["octets"]) for row in found] == [("10.9.9.9", 77)]


def test_what_a_template_replaced_goes_with_it() -> None:
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4)), sequence=7), v9(a_set(0, template(256, *OTHER)), sequence=8), v9(a_set(0, template(256)), sequence=9), decoder=decoder)
    (stream,) = decoder._streams
    assert (stream.fields, stream.replaced) == (0, {})


def test_a_template_that_cannot_be_used_takes_the_place_of_the_one_before() -> None:
    decoder = FlowDecoder()
    batch = decode(v9(a_set(0, template(256, *V4))), v9(a_set(0, template(256, (8, 65535)))), v9(a_set(256, v4_record())), decoder=decoder)
    assert batch.flows.is_empty() and rejected(batch) == {"field_length": 1}
    assert rejected(decoder.finish(ORIGIN)) == {"unknown_template": 1}


@pytest.mark.parametrize(("number", "left"), [(256, {"257"}), (2, {"300"}), (3, {"256", "257"})], ids=["one", "all templates", "all options templates"])
def test_ipfix_withdraws_templates(number: int, left: set[str]) -> None:
    options = a_set(3, ipfix_options(300, [(149, 4)], [(41, 8)]))
    decoder = FlowDecoder()
    decode(ipfix(a_set(2, template(256, *V4) + template(257, *V4)), options), decoder=decoder)
    decode(ipfix(a_set(3 if number == 3 else 2, template(number))), decoder=decoder)
    known = {str(one["number"]) for one in decoder.exporters()[0]["templates"]}
    assert known & {"256", "257"} == left & {"256", "257"}
    if number == 256:
        decode(ipfix(a_set(256, v4_record())), decoder=decoder)
        assert rejected(decoder.finish(ORIGIN)) == {"unknown_template": 1}


def test_exporters_domains_connections_and_protocols_have_templates_of_their_own() -> None:
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4)), domain=1), decoder=decoder)
    others = [
        decode(v9(a_set(256, v4_record()), domain=2), decoder=decoder), decode(ipfix(a_set(256, v4_record()), domain=1), decoder=decoder),
        decode(v9(a_set(256, v4_record()), domain=1), decoder=decoder, exporter=address("192.0.2.7")),
        decode(v9(a_set(256, v4_record()), domain=1), decoder=decoder, transport=3),
    ]  # fmt: skip
    assert all(batch.flows.is_empty() for batch in others)
    assert len(decode(v9(a_set(256, v4_record()), domain=1), decoder=decoder).flows) == 1


def test_the_templates_of_a_connection_end_with_it() -> None:
    decoder = FlowDecoder()
    decode(ipfix(a_set(2, template(256, *V4))), decoder=decoder, transport=9)
    decoder.end(9)
    assert decode(ipfix(a_set(256, v4_record())), decoder=decoder, transport=9).flows.is_empty()


def test_what_waits_is_bounded_in_octets_and_in_time() -> None:
    decoder = FlowDecoder()
    body = bytes(1400)
    count = _held.HELD_PER_STREAM // (len(body) + 256) + 10
    first = decode(*(v9(a_set(256, body), sequence=number) for number in range(count)), decoder=decoder)
    assert rejected(first) == {"unknown_template": 10}
    later = decode(v9(sequence=count), decoder=decoder, received=NOW * SECOND + _held.HELD_TIME + SECOND)
    assert rejected(later)["unknown_template"] == count - 10
    assert later.losses["unknown_template"].to_list() == [count - 10]


def test_a_flood_of_exporters_with_data_without_template_stays_in_bounds() -> None:
    decoder = FlowDecoder()
    count = _streams.STREAMS_MAX + 50
    payloads = [v9(a_set(256, bytes(100)), domain=domain) for domain in range(count)]
    batch = decode(*payloads, decoder=decoder)
    assert len(decoder.exporters()) == _streams.STREAMS_MAX
    assert rejected(batch) == {"unknown_template": 50}
    assert int(batch.losses["datagrams"].sum()) == count


def test_a_flood_of_templates_drops_the_one_unused_for_longest() -> None:
    decoder = FlowDecoder()
    numbers = range(256, 256 + _streams.TEMPLATES_MAX)
    decode(*(v9(a_set(0, template(number, *V4)), sequence=number - 256) for number in numbers), decoder=decoder)
    decode(v9(a_set(256, v4_record())), decoder=decoder)
    decode(v9(a_set(0, template(9000, *V4))), decoder=decoder)
    known = [one["number"] for one in decoder.exporters()[0]["templates"]]
    assert len(known) == _streams.TEMPLATES_MAX and 256 in known and 257 not in known
    assert decoder.exporters()[0]["totals"]["template_flood"] == 1


def test_a_restart_knows_templates_options_and_numbers() -> None:
    decoder = FlowDecoder()
    options = a_set(1, v9_options(257, [(1, 4)], [(34, 4), (35, 1)])) + a_set(257, bytes(4) + (100).to_bytes(4, "big") + b"\x01")
    decode(v9(a_set(0, template(256, *V4)), options, sequence=5), v9(sequence=6), v9(sequence=7), v9(sequence=8), decoder=decoder)
    state = json.loads(json.dumps(decoder.state()))
    again = FlowDecoder()
    assert again.restore(state) == 1
    batch = decode(v9(a_set(256, v4_record()), sequence=12), decoder=again)
    assert [(row["src_addr"], row["sampling"], row["octets_scaled"]) for row in rows(batch)] == [("10.0.0.0", 100, 18_000)]
    assert lost(batch)["lost"] == 3
    (shown,) = again.exporters()
    assert {one["number"]: one["seen"] for one in shown["templates"]} == {256: NOW * SECOND, 257: NOW * SECOND}


@pytest.mark.parametrize("damage", [
    {}, {"version": 9}, {"version": 1, "streams": 7}, {"version": 1, "streams": [7, {}, {"exporter": "no address"}]},
    {"version": 1, "streams": [{"exporter": "192.0.2.1", "protocol": "netflow9", "domain": 0, "seen": 0, "rule": 0, "sequence": {"base": None, "expected": 0, "export": 0, "uptime": 0},
     "facts": {"sampling": None, "boot": None, "selectors": [], "by_interface": [], "interfaces": [], "vrfs": []}, "templates": [{"number": 256, "scopes": 0, "seen": 0, "fields": [[8, -4, 0]]}]}]},
])  # fmt: skip
def test_a_damaged_state_is_left_out(damage: dict) -> None:
    assert FlowDecoder().restore(damage) == 0


@pytest.mark.parametrize(
    ("payload", "reasons"),
    [
        (v9(a_set(0, template(255, *V4))), {"template_id": 1}),
        (v9(a_set(0, template(256))), {"template_fields": 1}),
        (v9(a_set(0, template(256, (8, 0), (12, 0)))), {"template_fields": 1}),
        (v9(a_set(0, template(256, *((9, 1),) * (FIELDS_MAX + 1)))), {"template_fields": 1}),
        (v9(a_set(0, b"\x01\x00\xff\xff" + bytes(40))), {"truncated": 1}),
        (v9(a_set(0, template(256, (8, 65535)))), {"field_length": 1}),
        (v9(a_set(1, v9_options(256, [(1, 4)], [(34, 4)])[:2] + b"\x00\x05" + bytes(8))), {"scope": 1}),
        (ipfix(a_set(3, b"\x01\x00\x00\x01\x00\x02" + bytes([0, 34, 0, 4]))), {"scope": 1}),
        (ipfix(a_set(2, template(256, (100, 4, 35632))[:-2])), {"truncated": 1}),
        (v9(a_set(77, bytes(8))), {"set_id": 1}),
        (ipfix(a_set(0, bytes(8))), {"set_id": 1}),
        (v9(a_set(256, bytes(8), length=3)), {"set_length": 1}),
        (v9(a_set(256, bytes(8), length=40)), {"truncated": 1}),
        (ipfix(a_set(2, template(256, *V4)), length=400), {"truncated": 1}),
    ],
)
def test_malformed_templates_and_sets_are_counted_by_reason(payload: bytes, reasons: dict[str, int]) -> None:
    decoder = FlowDecoder()
    good = v9(a_set(0, template(300, *V4)), a_set(300, v4_record()), sequence=1, domain=9)
    batch = decode(payload, good, decoder=decoder)
    assert rejected(batch) == reasons
    assert len(batch.flows) == 1, "the next datagram is read"
    assert batch.rejects["reason"].to_list() == list(reasons)


def test_the_rest_of_a_datagram_behind_a_template_that_is_skipped_is_read() -> None:
    batch = decode(v9(a_set(0, template(256) + template(257, *V4)), a_set(257, v4_record())))
    assert (len(batch.flows), rejected(batch)) == (1, {"template_fields": 1})


def test_padding_is_no_record_and_a_zero_filled_datagram_no_damage() -> None:
    padded = v9(a_set(0, template(256, *V4)), a_set(256, v4_record() + bytes(3)), a_set(256, v4_record(1) * 2 + bytes(7))) + bytes(900)
    batch = decode(padded)
    assert (len(batch.flows), rejected(batch)) == (3, {})


def test_state_grows_with_no_datagram_that_says_nothing_new() -> None:
    decoder = FlowDecoder()
    payload = v9(a_set(0, template(256, *V4)), a_set(256, v4_record()))
    decode(payload, decoder=decoder)
    before = decoder.state()["streams"][0]
    for number in range(50):
        decoder.decode(datagrams([v9(a_set(0, template(256, *V4)), a_set(256, v4_record()), sequence=number + 1)]), ORIGIN)
    (after,) = decoder.state()["streams"]
    assert {name: after[name] for name in ("templates", "facts")} == {name: before[name] for name in ("templates", "facts")}
