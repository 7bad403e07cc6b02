"""Captured exports: every kind of file, link and transport gives the same datagrams, and a store each record once."""

import io
import itertools
import random
import struct
from collections import Counter
from pathlib import Path

import pytest
from flow_family import NOW, V4, a_set, ipfix, template, v4_record, v5, v5_record, v9
from hypothesis import given, settings
from hypothesis import strategies as st
from material import UTC, importer, nowhere, stored
from wire import DST, FRAMES, SRC, ip4, ip6, pcap, pcapng, tcp, udp

from varde.collect import CaptureDecoder, Summary, kind_of_capture
from varde.collect.capture import (
    PACKET_MAX,
    READERS,
    DatagramReader,
    Export,
    MessageReader,
    PcapngReader,
    PcapReader,
)
from varde.collect.exports import AHEAD_OCTETS, Exports
from varde.collect.importer import Importer
from varde.collect.packets import TCP, Segment
from varde.collect.text import Text
from varde.decode import Origin
from varde.decode.addresses import text_of
from varde.decode.reader import DIALECTS
from varde.live import ingest
from varde.model import VardeError
from varde.store import Store

PAYLOADS = [v5(v5_record(number), sequence=number) for number in range(5)]


def read(data: bytes, reader: object | None = None, step: int = 7) -> list[Export]:
    """Feed a file in small pieces."""
    kind = kind_of_capture(data[:4096])
    assert kind
    reader = reader or READERS[kind]()
    return [export for at in range(0, len(data), step) for export in reader.feed(data[at : at + step])] + reader.finish()


@pytest.mark.parametrize("frame", FRAMES)
def test_packets_of_every_link_type_are_unwrapped(frame: str) -> None:
    link, wrap = FRAMES[frame]
    found = read(pcap([wrap(ip4(udp(payload))) for payload in PAYLOADS], link=link))
    assert [export.payload for export in found] == PAYLOADS
    assert [export.packet for export in found] == [1, 2, 3, 4, 5]
    assert {text_of(export.exporter) for export in found} == {"192.0.2.254"}
    assert [export.received for export in found] == [(NOW + number) * 1_000_000 + 500_000 for number in range(5)]


@pytest.mark.parametrize("data", [
    pcap([ip4(udp(payload)) for payload in PAYLOADS], order=order, nano=nano) for order, nano in itertools.product("<>", (False, True))
] + [pcapng([ip4(udp(payload)) for payload in PAYLOADS], order=order, resolution=resolution) for order, resolution in itertools.product("<>", (None, 3, 9))])  # fmt: skip
def test_either_byte_order_and_every_resolution_of_time_are_read(data: bytes) -> None:
    found = read(data)
    assert [(export.payload, export.received) for export in found] == [(payload, (NOW + number) * 1_000_000 + 500_000) for number, payload in enumerate(PAYLOADS)]


def test_offsets_say_where_packets_begin() -> None:
    data = pcap([ip4(udp(payload)) for payload in PAYLOADS])
    for export in read(data):
        assert data[export.offset + 16 + 28 :].startswith(export.payload)


def test_ipv6_and_other_traffic_are_told_apart() -> None:
    reader = PcapReader()
    dns = ip4(struct.pack(">HHHH", 53, 4000, 20, 0) + b"\x12\x34" + bytes(10))
    found = read(pcap([ip6(udp(PAYLOADS[0])), dns, ip4(b"\x08\x00" + bytes(20), proto=1), b"\x00" * 30, ip4(udp(PAYLOADS[1])[:8 + 24], fragment=0x2000)]), reader)
    assert [(text_of(export.exporter), export.payload) for export in found] == [("2001:db8::fe0", PAYLOADS[0])]
    assert dict(reader.left_out) == {"other": 2, "no_ip": 1, "fragment": 1, "cut": 0}


def test_damage_on_a_port_of_exports_is_given_to_the_decoder() -> None:
    found = read(pcap([ip4(udp(PAYLOADS[0], port=9999)), ip4(udp(PAYLOADS[1][:30], port=9999)), ip4(udp(b"\x00\x05" + bytes(9), port=2055)), ip4(udp(bytes(40), port=53))]))
    assert [export.packet for export in found] == [1, 2, 3]


def test_packets_that_were_captured_in_part_are_counted() -> None:
    reader = PcapReader()
    found = read(pcap([ip4(udp(PAYLOADS[0])), ip4(udp(PAYLOADS[1]))], snap=60), reader)
    assert [len(export.payload) for export in found] == [32, 32] and reader.left_out["cut"] == 2


def test_a_packet_of_a_time_that_no_calendar_has_is_left_out_and_counted() -> None:
    """A resolution of whole seconds lets a stamp say years beyond 9999, in which no date can be written."""
    packets = [ip4(udp(payload)) for payload in PAYLOADS]
    reader = PcapngReader()
    assert reader.feed(pcapng(packets, resolution=0, seconds=2**33)) == []
    assert reader.left_out == {"no_time": len(packets)} and reader.packets == len(packets)
    assert len(PcapngReader().feed(pcapng(packets, resolution=0))) == len(packets)


MESSAGES = [ipfix(a_set(2, template(256, *V4)), sequence=0), *(ipfix(a_set(256, v4_record(n) * 2), sequence=2 * n) for n in range(6))]
STREAM = b"".join(MESSAGES)


def segments(start: int, size: int) -> list[bytes]:
    """The stream of messages cut into segments, with the handshake before."""
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    begins = [(start + 1 + size * number) % 2**32 for number in range(len(pieces))]
    return [ip4(tcp(b"", start, flags=2), 6), *(ip4(tcp(piece, begin), 6) for piece, begin in zip(pieces, begins, strict=True))]


@pytest.mark.parametrize("start", [1000, 2**32 - 40])
@pytest.mark.parametrize("size", [1, 13, 40, 5000])
def test_messages_in_tcp_are_put_together_whatever_its_segments(size: int, start: int) -> None:
    found = read(pcap(segments(start, size)), step=100_000)
    assert [export.payload for export in found] == MESSAGES
    assert {export.transport for export in found} == {1}


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_segments_out_of_order_and_doubled_make_the_same_messages(rng: random.Random) -> None:
    syn, *rest = segments(77, 29)
    shuffled = [packet for _, packet in sorted((number + rng.uniform(0, 6), packet) for number, packet in enumerate(rest) for _ in range(rng.choice((1, 1, 2))))]
    assert [export.payload for export in read(pcap([syn, *shuffled]), step=100_000)] == MESSAGES


def test_segments_that_wait_for_one_that_never_came_are_bounded_in_octets() -> None:
    exports, left_out = Exports(), Counter[str]()
    segment = Segment(SRC, 40_000, DST, 4739, TCP, b"", 99, flags=2)
    exports.of(segment, left_out)
    for number in range(100):
        exports.of(segment._replace(payload=bytes(60_000), sequence=1000 + 60_000 * number, flags=16), left_out)
        (connection,) = exports._connections.values() or (None,)
        if connection is None:
            break
        assert sum(map(len, connection.ahead.values())) <= AHEAD_OCTETS
    assert left_out["lost_segment"] == 1


def test_a_capture_that_begins_in_the_midst_of_a_connection_is_read_from_its_next_message() -> None:
    whole = [ip4(tcp(message, 5000 + sum(map(len, MESSAGES[:number]))), 6) for number, message in enumerate(MESSAGES)]
    assert [export.payload for export in read(pcap(whole[2:]), step=100_000)] == MESSAGES[2:]


def test_files_of_messages_and_of_datagrams_are_cut_where_they_end() -> None:
    assert [export.payload for export in read(STREAM)] == MESSAGES
    padded = b"".join(payload.ljust(1464, b"\x00") for payload in PAYLOADS)
    full = v5(*map(v5_record, range(30)))
    for data, expected in ((b"".join(PAYLOADS), PAYLOADS), (padded, PAYLOADS), (full + full, [full, full])):
        for step in (7, 72, 10_000):
            assert [export.payload for export in read(data, DatagramReader(), step=step)] == expected


@pytest.mark.parametrize(("reader", "data"), [
    (PcapReader(), pcap([])[:24] + struct.pack("<IIII", 0, 0, PACKET_MAX + 1, 0)), (MessageReader(), STREAM + bytes(40)), (MessageReader(), b"\x00\x0a\x00\x03" + bytes(30)),
    (DatagramReader(), v5(v5_record()) + bytes(3000)), (PcapngReader(), pcapng([])[:28] + bytes(12)), (PcapReader(), pcap([b""], link=147)),
])  # fmt: skip
def test_damaged_files_say_where_and_what_came_before_is_kept(reader: object, data: bytes) -> None:
    with pytest.raises(VardeError, match=r"damaged at octet|link type"):
        reader.feed(data)


@settings(max_examples=80)
@given(st.sampled_from([pcap, pcapng]), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=6), st.integers(0, 700))
def test_any_damage_to_a_capture_gives_records_or_one_sentence(make: object, changes: list[tuple[int, int]], size: int) -> None:
    data = bytearray(make([ip4(udp(payload)) for payload in PAYLOADS]))
    for place, octet in changes:
        data[place % len(data)] = octet
    data = bytes(data[: max(4, size)])
    kind = kind_of_capture(data)
    if kind is None:
        return
    decoder = CaptureDecoder(kind, Origin("gw", "s", "f", 0, UTC, 0))
    pieces = list(decoder.pieces(Text(io.BytesIO(data))))
    assert pieces[-1].is_last and pieces[-1].end <= len(data)
    assert sum(piece.decoded.counts["", "lines"] for piece in pieces) == decoder.reader.packets


# into a store


def templated(count: int, first: int = 0) -> list[bytes]:
    """Packets of v9 flows whose template stands in the first of them only."""
    payloads = [v9(*([a_set(0, template(256, *V4))] if number == 0 else []), a_set(256, v4_record(number)), sequence=number) for number in range(first, first + count)]
    return [ip4(udp(payload)) for payload in payloads]


def read_into(store: Store, path: Path, sensor: str = "gw") -> Summary:
    return importer(store, sensor).read(str(path))


def stored_sources(store: Store) -> list[str]:
    return sorted(text_of(octets) for octets in stored(store, "flows")["src_addr"])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_capture_is_stored_once_however_often_it_is_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "export.pcap"
    path.write_bytes(pcap(templated(20)))
    first = read_into(store, path)
    renamed = path.rename(tmp_path / "export.1.pcap")
    again = read_into(store, renamed)
    assert (first.records, again.records, again.before) == (20, 0, renamed.stat().st_size)
    assert len(stored_sources(store)) == len(set(stored_sources(store))) == 20
    assert stored(store, "losses")["lost"].sum() == 0 and stored(store, "losses")["datagrams"].sum() == 20


def test_a_capture_that_grew_is_read_on_with_the_templates_of_its_beginning(store: Store, tmp_path: Path) -> None:
    path, whole = tmp_path / "export.pcap", pcap(templated(30))
    sizes = [24 + 5 * (len(whole) - 24) // 30, len(whole) // 2, len(whole) // 2 + 3, len(whole)]
    for size in sizes:
        path.write_bytes(whole[:size])
        read_into(store, path)
    assert stored_sources(store) == sorted(f"10.0.0.{number}" for number in range(30))
    counters = stored(store, "counters")
    assert int(counters.filter(counters["outcome"] == "lines")["count"].sum()) == 30
    assert (stored(store, "losses")["lost"].sum(), stored(store, "losses")["datagrams"].sum()) == (0, 30)


def test_data_that_waited_for_a_template_of_the_part_that_came_later_is_stored_once(store: Store, tmp_path: Path) -> None:
    packets = [ip4(udp(v9(a_set(256, v4_record(number)), sequence=number))) for number in range(3)]
    packets.append(ip4(udp(v9(a_set(0, template(256, *V4)), sequence=3))))
    path, whole = tmp_path / "export.pcap", pcap(packets)
    early = pcap(packets[:2])
    for data in (early, whole, whole):
        path.write_bytes(data)
        read_into(store, path)
    assert stored_sources(store) == ["10.0.0.0", "10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize("datagrams", [1, 3, 7])
def test_small_commits_and_other_pieces_store_the_same(store: Store, tmp_path: Path, datagrams: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.collect.capture_import.DATAGRAMS", datagrams)
    monkeypatch.setattr(ingest.Writer, "is_due", lambda self: True)
    path = tmp_path / "export.pcap"
    path.write_bytes(pcap(segments(5, 50) + templated(20)))
    assert read_into(store, path).records == 32
    assert len(stored(store, "flows")) == 32
    assert read_into(store, path).records == 0


def test_an_import_can_be_taken_back_with_its_ledger(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "export.pcap"
    path.write_bytes(pcap(templated(5)))
    summary = read_into(store, path)
    assert store.forget(summary.source) == 5
    assert stored(store, "flows").is_empty() and stored(store, "losses").is_empty()


def test_two_captures_that_begin_alike_are_two(store: Store, tmp_path: Path) -> None:
    common = templated(3)
    for name, more in (("a", 10), ("b", 60)):
        (tmp_path / f"{name}.pcap").write_bytes(pcap(common + templated(4, more)))
        assert read_into(store, tmp_path / f"{name}.pcap").records == 7


def test_an_earlier_state_of_a_capture_adds_nothing(store: Store, tmp_path: Path) -> None:
    whole = pcap(templated(20))
    (tmp_path / "now.pcap").write_bytes(whole)
    (tmp_path / "then.pcap").write_bytes(pcap(templated(12)))
    assert [read_into(store, tmp_path / name).records for name in ("now.pcap", "then.pcap", "then.pcap")] == [20, 0, 0]


def test_a_capture_longer_than_the_blocks_by_which_texts_are_known_is_stored_once(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.collect.identity.LINK", 1000)
    path, whole = tmp_path / "export.pcap", pcap(templated(60))
    for size in (2500, 2500, 4001, len(whole)):
        path.write_bytes(whole[:size])
        read_into(store, path)
    assert len(stored_sources(store)) == len(set(stored_sources(store))) == 60


def test_the_summary_names_exporters_and_what_was_left_out(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "export.pcap"
    path.write_bytes(pcap([*templated(4), ip4(b"\x08\x00" + bytes(20), proto=1), ip4(udp(PAYLOADS[0]), fragment=1)]) + b"\x00" * 5)
    summary = read_into(store, path)
    assert summary.capture is not None
    assert (summary.lines, summary.records, summary.ignored) == (6, 4, 2)
    assert summary.capture.left_out == {"other": 1, "fragment": 1}
    assert [exporter["protocol"] for exporter in summary.capture.exporters] == ["netflow9"]
    assert "ends in the midst of a packet" in summary.error


def test_an_importer_shows_captured_flows_to_its_watchers(store: Store, tmp_path: Path) -> None:
    class Seen:
        tables: list[str]

        def __init__(self) -> None:
            self.tables, self.commits = [], 0

        def watch(self, table: str, batch: object) -> None:
            self.tables.append(table)

        def stored(self) -> None:
            self.commits += 1

    seen = Seen()
    (tmp_path / "x.pcap").write_bytes(pcap(templated(3)))
    Importer(store, nowhere(), tuple(DIALECTS.values()), UTC, sensor="gw", watchers=(seen,)).read(str(tmp_path / "x.pcap"))
    assert seen.tables == ["flows", "losses"] and seen.commits == 1
