"""Flows as messages: what goes out comes back from the decoder as it was, in datagrams that fit and are counted."""

import struct

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.flow_family import EXPORTER, ORIGIN, SECOND, address, lost, rejected

from varde.decode import schema_of
from varde.decode.flow import Datagrams, FlowDecoder, Settings
from varde.export.flow import UNSENT, Exporter
from varde.export.flow._shapes import SHAPES_MAX
from varde.model import FLOWS

NOW = 1_795_300_000 * SECOND + 123_456
ROOM = 1472

FULL = {
    "time": NOW - 5_000_123, "end_time": NOW - 1_000_001, "src_addr": address("192.0.2.7"), "dst_addr": address("203.0.113.9"), "src_port": 51022,
    "dst_port": 443, "proto": 6, "tcp_flags": 0x11B, "packets": 2**40, "octets": 2**62, "tos": 184, "in_if": 70_000, "out_if": 2,
    "next_hop": address("198.51.100.1"), "src_mask": 24, "dst_mask": 0, "exporter_src_as": 4_200_000_000, "exporter_dst_as": 64500, "vlan": 4094,
    "src_mac": "00:00:5e:00:53:01", "dst_mac": "00:00:5e:00:53:ff", "observed": "egress", "end_reason": 3, "initiator": "dst",
    "rev_packets": 7, "rev_octets": 900, "rev_tcp_flags": 18,
}  # fmt: skip
SIX = {
    "time": NOW - 2_000_000, "end_time": NOW - 1_000_000, "src_addr": address("2001:db8::1"), "dst_addr": address("2001:db8::2"), "proto": 58,
    "icmp_type": 128, "icmp_code": 0, "packets": 1, "octets": 64, "src_mask": 64, "dst_mask": 48, "next_hop": address("fe80::1"), "sampling": 1000,
}  # fmt: skip
PING = {"time": NOW - 900_000, "src_addr": address("192.0.2.7"), "dst_addr": address("203.0.113.9"), "proto": 1, "icmp_type": 3, "icmp_code": 13, "packets": 0}
BARE = {"time": NOW - 800_000, "src_addr": address("192.0.2.7"), "packets": 1}
MIXED = {"time": NOW - 700_000, "src_addr": address("192.0.2.7"), "dst_addr": address("2001:db8::2"), "proto": 41, "octets": 5}


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    """Rows of the table `flows` with what is not said null."""
    return pl.DataFrame([dict.fromkeys(FLOWS.names) | row for row in rows], schema=schema_of(FLOWS))


def messages(exporter: Exporter, flows: pl.DataFrame, now: int = NOW) -> list[bytes]:
    return [exporter.stamp(body, now) for body in exporter.bodies(flows)]


def returned(sent: list[bytes]) -> pl.DataFrame:
    """What the decoder makes of messages; nothing may be rejected, lost or late."""
    found = FlowDecoder(Settings()).decode(Datagrams.of(sent, EXPORTER, NOW), ORIGIN)
    assert rejected(found) == {}
    assert not any(lost(found).values())
    return found.flows


def said(flows: pl.DataFrame, columns: list[str]) -> list[tuple[object, ...]]:
    return flows.sort("time").select(columns).rows()


@pytest.mark.parametrize("row", [FULL, SIX, PING, BARE, MIXED], ids=["full", "six", "ping", "bare", "mixed"])
def test_a_flow_comes_back_with_what_it_had_and_nothing_else(row: dict[str, object]) -> None:
    back = returned(messages(Exporter(10, ROOM), frame(row)))
    own = {"received", "sensor", "exporter", "domain", "packets_scaled", "octets_scaled", "src_net", "dst_net", "late", "dialect", "source", "file", "offset", "day"}
    columns = [name for name in FLOWS.names if name not in own]
    assert said(back, columns) == said(frame(row), columns)


def test_what_netflow_9_cannot_say_is_left_out_and_all_else_is_there() -> None:
    rows = frame(FULL, SIX, PING)
    back = returned(messages(Exporter(9, ROOM), rows))
    columns = [name for name in FULL if not name.startswith("rev_")]
    assert said(back, columns) == said(rows, columns)
    assert back["rev_packets"].null_count() == 3


def test_every_moment_comes_back_to_the_microsecond() -> None:
    moments = [NOW - 10 * SECOND + number for number in range(0, 3_000_000, 997)]
    rows = frame(*({"time": moment, "end_time": moment + 1, "src_addr": address("192.0.2.7"), "packets": 1} for moment in moments))
    assert said(returned(messages(Exporter(10, ROOM), rows)), ["time", "end_time"]) == said(rows, ["time", "end_time"])


@given(st.integers(576 - 28, 9000), st.sampled_from([9, 10]), st.integers(1, 400))
def test_no_message_is_longer_than_there_is_room_and_all_are_counted(room: int, version: int, count: int) -> None:
    rows = frame(*([FULL, SIX, PING, BARE] * 100)[:count])
    exporter = Exporter(version, room, domain=77)
    sent = messages(exporter, rows)
    assert max(map(len, sent)) <= room
    records = packets = 0
    for message in sent:
        place, domain = (8, 12) if version == 10 else (12, 16)
        number, source = struct.unpack_from(">I", message, place)[0], struct.unpack_from(">I", message, domain)[0]
        assert (number, source) == (records if version == 10 else packets, 77)
        if version == 10:
            assert struct.unpack_from(">H", message, 2)[0] == len(message)
        records, packets = records + _data_records(message, version, exporter), packets + 1
    assert records == count == exporter.records


def _data_records(message: bytes, version: int, exporter: Exporter) -> int:
    """How many a message has, told by the lengths of its one set and of its template's records."""
    header = 16 if version == 10 else 20
    number, length = struct.unpack_from(">HH", message, header)
    assert header + length == len(message)
    if number < 256:
        return 0
    shape = next(shape for at, shape in exporter._numbers.values() if at == number)
    return (length - 4) // int(shape.dtype.itemsize)


def test_the_sequence_goes_round() -> None:
    exporter = Exporter(10, ROOM, records=2**32 - 1)
    sent = messages(exporter, frame(PING, PING))
    assert [struct.unpack_from(">I", message, 8)[0] for message in sent] == [2**32 - 1, 2**32 - 1]
    assert struct.unpack_from(">I", messages(exporter, frame(PING))[0], 8)[0] == 1


def test_templates_are_sent_once_and_again_when_asked_for() -> None:
    exporter = Exporter(10, ROOM)
    first, again = messages(exporter, frame(FULL, SIX)), messages(exporter, frame(FULL, SIX))
    assert len(first) == len(again) + 1, "both templates stand in one message"
    (repeated,) = [exporter.stamp(body, NOW) for body in exporter.announcement()]
    assert repeated[16:] == first[0][16:]


def test_a_later_record_of_a_known_template_is_read_by_what_was_repeated() -> None:
    exporter = Exporter(10, ROOM)
    messages(exporter, frame(FULL))
    late = [exporter.stamp(body, NOW) for body in exporter.announcement()] + messages(exporter, frame(FULL))
    assert len(returned(late)) == 1


def test_more_shapes_than_templates_keep_who_when_and_how_much() -> None:
    optional = ["tos", "in_if", "out_if", "vlan", "end_reason", "src_mask", "dst_mask", "exporter_src_as", "exporter_dst_as"]
    base = {"time": NOW, "src_addr": address("192.0.2.7"), "dst_addr": address("203.0.113.9"), "proto": 6, "packets": 1, "octets": 2}
    rows = frame(*(base | {name: 1 for place, name in enumerate(optional) if number >> place & 1} for number in range(2**9)))
    exporter = Exporter(10, ROOM)
    back = returned(messages(exporter, rows))
    assert exporter.shortened == 2**9 - SHAPES_MAX
    assert said(back, list(base)) == said(rows, list(base))


def test_values_that_no_field_can_hold_are_left_out() -> None:
    odd = BARE | {"src_port": 70_000, "vlan": -1, "src_mac": "not:a:mac", "observed": "sideways", "end_reason": 999}
    back = returned(messages(Exporter(10, ROOM), frame(odd)))
    assert back.select("src_port", "vlan", "src_mac", "observed", "end_reason").row(0) == (None,) * 5
    assert set(UNSENT) < set(FLOWS.names)
