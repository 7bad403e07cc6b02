"""Traps that exporters in the field and attackers set, as far as no other file has a test of them; and that each named one has."""

import ast
import re
import struct
import time
from pathlib import Path

import pytest
from flow_family import (
    EXPORTER,
    NOW,
    ORIGIN,
    SECOND,
    V4,
    a_set,
    address,
    datagrams,
    decode,
    lost,
    rejected,
    rows,
    template,
    v4_record,
    v5,
    v5_record,
    v9,
    v9_options,
)  # fmt: skip

from varde.decode.flow import FlowDecoder, _held, _streams

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "explanation" / "what-arrives.md"
OTHER = ((12, 4), (8, 4), (1, 8))
HOUR = 3600


def test_every_trap_that_is_written_down_has_its_test() -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)`: ((?:`test_[a-z0-9_]+`(?:, )?)+)", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 30
    for path, names in named:
        there = {node.name for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)}
        assert set(re.findall(r"test_[a-z0-9_]+", names)) <= there, path


@pytest.mark.parametrize("padding", range(8))
@pytest.mark.parametrize("records", [1, 2, 5])
def test_padding_of_any_length_up_to_seven_octets_is_no_record(records: int, padding: int) -> None:
    body = b"".join(v4_record(number) for number in range(records)) + bytes(padding)
    batch = decode(v9(a_set(0, template(256, *V4) + bytes(padding % 4)), a_set(256, body), a_set(256, v4_record(9))))
    assert (len(batch.flows), rejected(batch)) == (records + 1, {})


@pytest.mark.parametrize("count", [0, 1, 2, 7, 65_535])
def test_the_count_in_a_header_of_v9_changes_nothing(count: int) -> None:
    """Some exporters count records, some sets, and attackers what they like."""
    payload = v9(a_set(0, template(256, *V4)), a_set(256, v4_record() * 3))
    batch = decode(payload[:2] + count.to_bytes(2, "big") + payload[4:])
    assert (len(batch.flows), rejected(batch)) == (3, {})


def test_an_options_template_without_a_scope_holds_options_and_no_flows() -> None:
    options = v9_options(300, (), ((34, 4), (8, 4), (12, 4)))
    batch = decode(v9(a_set(1, options), a_set(300, (100).to_bytes(4, "big") + bytes(range(8))), a_set(0, template(256, *V4)), a_set(256, v4_record())))
    assert [row["sampling"] for row in rows(batch)] == [100]
    assert batch.counts["netflow9", "options"] == 1


def test_a_domain_that_changes_has_templates_and_numbers_of_its_own() -> None:
    decoder = FlowDecoder()
    before = decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(1)), sequence=1000, domain=1), decoder=decoder)
    between = decode(v9(a_set(256, v4_record(2)), sequence=5, domain=2), decoder=decoder)
    after = decode(v9(a_set(0, template(256, *V4)), sequence=6, domain=2), v9(sequence=7, domain=2), v9(sequence=8, domain=2), decoder=decoder)
    assert [len(batch.flows) for batch in (before, between, after)] == [1, 0, 1]
    assert lost(before, between, after, decoder.finish(ORIGIN)) == {"lost": 0, "reordered": 0, "duplicated": 0, "restarts": 0}


@pytest.mark.parametrize("size", [0, 65_507])
@pytest.mark.parametrize("fill", [b"\x00", b"\xff", b"\x00\x09", b"\x00\x0a", b"\x00\x00\x00\x05\x00\x00\x00\x01", b"\x00\x05\x00\x1e"])
def test_datagrams_of_no_octets_and_of_as_many_as_udp_has_harm_no_other(size: int, fill: bytes) -> None:
    payload = (fill * size)[:size]
    decoder = FlowDecoder()
    batch = decode(payload, v5(v5_record(3)), payload, decoder=decoder)
    assert batch.counts["", "lines"] == 3
    assert "10.0.0.3" in {row["src_addr"] for row in rows(batch)}
    assert len(decode(v5(v5_record(4), sequence=1), decoder=decoder).flows) == 1
    if not size:
        assert rejected(batch) == {"version": 2}


def test_an_exporter_that_speaks_by_either_family_is_one() -> None:
    """A socket of both families hands on IPv4 as ::ffff:a.b.c.d."""
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4))), decoder=decoder, exporter=address("::ffff:192.0.2.254"))
    (row,) = rows(decode(v9(a_set(256, v4_record()), sequence=1), decoder=decoder, exporter=EXPORTER))
    assert row["exporter"] == "192.0.2.254"


SPOOFS = {
    "templates of the same numbers": [v9(a_set(0, template(256, *OTHER)), sequence=n) for n in range(3)],
    "templates that cannot be used": [v9(a_set(0, template(256, (8, 65535))))],
    "numbers far ahead": [v9(sequence=2**31 + n) for n in range(4)], "sampling": [v9(a_set(1, v9_options(300, ((1, 4),), ((34, 4),))), a_set(300, bytes(4) + (9999).to_bytes(4, "big")))],
    "noise": [bytes([0, 9]) + bytes([n]) * 300 for n in range(20)],
}  # fmt: skip


@pytest.mark.parametrize("spoof", SPOOFS)
def test_a_second_exporter_with_the_same_domain_and_numbers_changes_nothing_for_the_first(spoof: str) -> None:
    sent = [v9(a_set(0, template(256, *V4)), a_set(256, v4_record(n)), sequence=n) for n in range(6)]
    alone, beside = FlowDecoder(), FlowDecoder()
    wanted = [decode(payload, decoder=alone) for payload in sent]
    found = []
    for payload in sent:
        decode(*SPOOFS[spoof], decoder=beside, exporter=address("192.0.2.66"))
        found.append(decode(payload, decoder=beside))
    assert [batch.flows.equals(other.flows) for batch, other in zip(found, wanted, strict=True)] == [True] * 6
    mine = [one for one in beside.exporters() if one["exporter"] == "192.0.2.254"]
    assert (mine[0]["totals"], mine[0]["sampling"]) == (alone.exporters()[0]["totals"], alone.exporters()[0]["sampling"])


@pytest.mark.parametrize("spoof", SPOOFS)
def test_who_speaks_in_an_exporters_name_is_forgotten_with_its_next_templates(spoof: str) -> None:
    """UDP proves nothing: what is sent under the same address is believed, but not for longer than the exporter is silent."""
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(1)), sequence=10), decoder=decoder)
    decode(*SPOOFS[spoof], decoder=decoder)
    batch = decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(2)), sequence=11, seconds=NOW + 1), decoder=decoder, received=(NOW + 1) * SECOND)
    assert [row["src_addr"] for row in rows(batch)] == ["10.0.0.2"]


FLOODS = {
    "templates": lambda domain: v9(a_set(0, template(256, *((1000 + n, 4) for n in range(50)))), domain=domain),
    "options": lambda domain: v9(a_set(1, v9_options(300, ((1, 4),), ((34, 4),))), a_set(300, b"".join(struct.pack(">II", n, 100) for n in range(50))), domain=domain),
    "names": lambda domain: v9(a_set(1, v9_options(300, ((2, 4),), ((82, 4),))), a_set(300, b"".join(n.to_bytes(4, "big") + b"eth0" for n in range(50))), domain=domain),
    "samplers": lambda domain: v9(a_set(1, v9_options(300, ((1, 4),), ((48, 4), (50, 4)))), a_set(300, b"".join(struct.pack(">III", 0, n, n + 1) for n in range(50))), domain=domain),
    "sources": lambda domain: struct.pack(">IIIIIII", 5, 1, 1, domain, 1, 1, 50) + b"".join(struct.pack(">II8I", 1, 32, 1, n, 1, 1, 0, 1, 1, 0) for n in range(50)),
}  # fmt: skip


@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_of_exporters_that_each_tell_much_stays_in_bounds(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 2000
    monkeypatch.setattr(_streams, "REMEMBERED_IN_ALL", most)
    decoder = FlowDecoder()
    for begin in range(0, 300, 20):
        decoder.decode(datagrams([FLOODS[what](domain) for domain in range(begin, begin + 20)]), ORIGIN)
        streams = decoder._streams
        assert streams._whole == sum(stream.weigh() for stream in streams) <= most
        assert len(streams._by_number) == len(streams)
    assert 5 < len(decoder.exporters()) < 50
    decoder.end(0)
    assert (streams._whole, len(streams)) == (0, 0)


def test_the_latest_exporter_is_remembered_however_much_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streams, "REMEMBERED_IN_ALL", 20)
    decoder = FlowDecoder()
    decode(*(FLOODS["templates"](domain) for domain in range(3)), decoder=decoder)
    assert [one["domain"] for one in decoder.exporters()] == [2]


def test_what_an_exporter_told_is_copied_as_quickly_as_it_is_long() -> None:
    """Rates that change from datagram to datagram are kept apart, beside as many names as there may be."""
    decoder = FlowDecoder()
    names = v9_options(300, ((2, 4),), ((82, 4),))
    for begin in range(0, 60_000, 6000):
        decode(v9(a_set(1, names), a_set(300, b"".join(n.to_bytes(4, "big") + b"eth0" for n in range(begin, begin + 6000)))), decoder=decoder)
    rate = v9_options(301, ((1, 4),), ((34, 4),))
    began = time.process_time()
    for turn in range(5):
        decode(*(v9(a_set(1, rate), a_set(301, struct.pack(">II", 0, 1 + turn * 100 + n))) for n in range(40)), decoder=decoder)
    assert time.process_time() - began < 3


@pytest.mark.parametrize("jump", [-86_400, -HOUR, HOUR, 86_400, 10 * 365 * 86_400], ids=["a day back", "an hour back", "an hour ahead", "a day ahead", "ten years ahead"])
def test_our_own_clock_may_jump(jump: int) -> None:
    """What waits is given up only when time goes on; templates, numbers and later flows are not touched."""
    decoder = FlowDecoder()
    decode(v9(a_set(0, template(256, *V4)), sequence=0), v9(a_set(257, v4_record(7)), sequence=1), v9(sequence=2), v9(sequence=3), decoder=decoder)
    found = decode(v9(a_set(256, v4_record(8)), sequence=4), decoder=decoder, received=(NOW + jump) * SECOND)
    assert [row["src_addr"] for row in rows(found)] == ["10.0.0.8"]
    waits = jump * SECOND <= _held.HELD_TIME
    assert rejected(found) == ({} if waits else {"unknown_template": 1})
    back = decode(v9(a_set(0, template(257, *V4)), a_set(257, v4_record(9)), sequence=5), decoder=decoder)
    assert {row["src_addr"] for row in rows(back)} == ({"10.0.0.9", "10.0.0.7"} if waits else {"10.0.0.9"})
    assert lost(found, back)["lost"] == 0


@pytest.mark.parametrize("jump", [-86_400, -HOUR, HOUR, 86_400], ids=["a day back", "an hour back", "an hour ahead", "a day ahead"])
def test_an_exporters_clock_may_jump_without_a_loss_or_a_restart(jump: int) -> None:
    """Its age goes on, and its numbers; flows lie where they were, by its age and by when they came."""
    decoder = FlowDecoder()
    batches = [
        decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(n, first=60_000, last=61_000)), sequence=n, seconds=NOW + n + (jump if n >= 5 else 0), uptime=62_000 + 1000 * n),
               decoder=decoder, received=(NOW + n) * SECOND)
        for n in range(10)
    ]  # fmt: skip
    assert [len(batch.flows) for batch in batches] == [1] * 10
    assert lost(*batches, decoder.finish(ORIGIN)) == {"lost": 0, "reordered": 0, "duplicated": 0, "restarts": 0}
    ages = [(NOW + n) * SECOND - row["time"] for n, batch in enumerate(batches) for row in rows(batch)]
    assert all(-86_400 * SECOND <= age <= 2 * 86_400 * SECOND for age in ages)
