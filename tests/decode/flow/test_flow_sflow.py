"""sFlow v5: samples become rows of one packet, counters are passed over, both kinds of numbers are followed."""

import itertools
import struct

import numpy as np
import pytest
from flow_family import EXPORTER, NOW, ORIGIN, SECOND, TELEGRAF, address, decode, rejected, rows

from varde.decode.flow import Datagrams, FlowBatch, FlowDecoder, _sflow

AGENT = bytes([192, 0, 2, 33])
V4 = struct.pack(">BBHHHBBH4s4s", 0x45, 8, 60, 1, 0, 64, 6, 0, bytes([10, 0, 0, 5]), bytes([203, 0, 113, 5]))
TCP = struct.pack(">HHIIBB", 51022, 443, 1, 2, 0x50, 2) + bytes(6)
MACS = bytes.fromhex("00005e005302") + bytes.fromhex("00005e005301")


def datagram(*samples: bytes, sequence: int = 1, sub_agent: int = 0, count: int | None = None, agent: bytes = AGENT) -> bytes:
    kind = 1 if len(agent) == 4 else 2
    return struct.pack(">II", 5, kind) + agent + struct.pack(">IIII", sub_agent, sequence, 60_000, len(samples) if count is None else count) + b"".join(samples)


def tagged(kind: int, body: bytes) -> bytes:
    return struct.pack(">II", kind, len(body)) + body


def sample(*records: bytes, number: int = 1, rate: int = 256, in_if: int = 3, out_if: int = 4) -> bytes:
    return tagged(1, struct.pack(">8I", number, 3, rate, 1000, 0, in_if, out_if, len(records)) + b"".join(records))


def expanded(*records: bytes, number: int = 1, rate: int = 256) -> bytes:
    return tagged(3, struct.pack(">11I", number, 0, 3, rate, 1000, 0, 0, 70_000, 2, 5, len(records)) + b"".join(records))


def header(frame: bytes, protocol: int = 1) -> bytes:
    return tagged(1, struct.pack(">4I", protocol, 1000, 4, len(frame)) + frame + bytes(-len(frame) % 4))


def test_a_sampled_frame_is_a_row_with_its_rate() -> None:
    (row,) = rows(decode(datagram(sample(header(MACS + b"\x08\x00" + V4 + TCP))), received=NOW * SECOND))
    wanted = {
        "src_addr": "10.0.0.5", "dst_addr": "203.0.113.5", "src_port": 51022, "dst_port": 443, "proto": 6, "tcp_flags": 2, "tos": 8, "packets": 1,
        "octets": 60, "sampling": 256, "octets_scaled": 60 * 256, "in_if": 3, "out_if": 4, "exporter": "192.0.2.33", "src_mac": "00:00:5e:00:53:01",
        "time": NOW * SECOND, "src_net": "10.0.0.0", "initiator": "src",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_tags_and_labels_are_walked_to_the_packet() -> None:
    tagged_frame = MACS + b"\x81\x00\x00\x64\x88\x47" + (16001 << 12).to_bytes(4, "big") + (17 << 12 | 0x100).to_bytes(4, "big") + V4 + TCP
    (row,) = rows(decode(datagram(sample(header(tagged_frame)))))
    assert (row["vlan"], row["mpls"], row["dst_port"]) == (100, "16001/17", 443)


def test_ipv6_behind_extension_headers_and_icmp_are_read() -> None:
    ends = address("2001:db8::1") + address("2001:db8::2")
    v6 = struct.pack(">IHBB", 6 << 28 | 0x20 << 20, 24, 0, 64) + ends + bytes([58, 0]) + bytes(6) + bytes([128, 0]) + bytes(14)
    (row,) = rows(decode(datagram(sample(header(v6, protocol=12)))))
    assert (row["src_addr"], row["proto"], row["icmp_type"], row["tos"], row["octets"]) == ("2001:db8::1", 58, 128, 0x20, 64)


def test_fragments_have_no_ports() -> None:
    later = V4[:6] + b"\x00\x10" + V4[8:]
    (row,) = rows(decode(datagram(sample(header(later + TCP, protocol=11)))))
    assert row["proto"] == 6 and "dst_port" not in row


def test_samples_that_were_taken_apart_and_expanded_ones_are_read() -> None:
    v4 = tagged(3, struct.pack(">II4s4sIIII", 60, 17, bytes([10, 0, 0, 6]), bytes([203, 0, 113, 6]), 5000, 53, 0, 4))
    v6 = tagged(4, struct.pack(">II16s16sIIII", 80, 6, address("2001:db8::1"), address("2001:db8::2"), 5000, 22, 18, 0))
    router = tagged(1002, struct.pack(">I4sII", 1, bytes([192, 0, 2, 1]), 24, 16))
    gateway = tagged(1003, struct.pack(">I4sIIII", 1, bytes([192, 0, 2, 1]), 64500, 64512, 64513, 1) + struct.pack(">IIII", 2, 2, 64514, 64515))
    switch = tagged(1001, struct.pack(">IIII", 30, 0, 40, 0))
    first, second = rows(decode(datagram(expanded(v4, router, gateway, switch), expanded(v6, number=2))))
    assert (first["dst_port"], first["next_hop"], first["src_mask"], first["dst_mask"], first["vlan"], first["in_if"], first.get("out_if")) == (53, "192.0.2.1", 24, 16, 30, 70_000, None)
    assert (first["exporter_src_as"], first["exporter_dst_as"]) == (64512, 64515)
    assert (second["src_addr"], second["dst_port"], second["tcp_flags"], second["octets"]) == ("2001:db8::1", 22, 18, 80)


MPLS = b"\x88\x47" + (16001 << 12 | 0x100).to_bytes(4, "big")
V6 = struct.pack(">IHBB", 6 << 28 | 0x20 << 20, 24, 17, 64) + address("2001:db8::1") + address("2001:db8::2") + struct.pack(">HHHH", 5000, 53, 24, 0)
PACKETS = {
    "tcp": V4 + TCP, "later fragment": V4[:6] + b"\x00\x10" + V4[8:] + TCP, "options": b"\x46" + V4[1:] + bytes(4) + TCP, "icmp": V4[:9] + b"\x01" + V4[10:] + b"\x03\x01",
    "short": V4[:19], "no ports": V4 + b"\x01\x02\x03", "small header": b"\x44" + V4[1:] + TCP, "other version": b"\x50" + V4[1:], "udp6": V6,
    "hop by hop": V6[:6] + b"\x00" + V6[7:40] + bytes([17, 0]) + bytes(6) + V6[40:], "fragment6": V6[:6] + b"\x2c" + V6[7:40] + bytes([17, 0, 0, 9]) + bytes(4) + V6[40:],
    "short6": V6[:39], "nothing": b"",
}  # fmt: skip
FRAMES = {
    "ip": (11, b""), "ethernet": (1, MACS + b"\x08\x00"), "ethernet6": (1, MACS + b"\x86\xdd"), "no macs": (1, bytes(12) + b"\x08\x00"), "vlan": (1, MACS + b"\x81\x00\x00\x64\x08\x00"),
    "vlan 0": (1, MACS + b"\x81\x00\x00\x00\x08\x00"), "four vlans": (1, MACS + b"\x81\x00\x00\x64" * 4 + b"\x08\x00"), "five vlans": (1, MACS + b"\x81\x00\x00\x64" * 5 + b"\x08\x00"),
    "labels": (1, MACS + MPLS), "arp": (1, MACS + b"\x08\x06"), "cut": (1, MACS), "token ring": (2, MACS),
}  # fmt: skip
BESIDE = {
    "switch": tagged(1001, struct.pack(">IIII", 30, 0, 40, 0)), "switch of none": tagged(1001, bytes(16)), "short switch": tagged(1001, bytes(12)),
    "router": tagged(1002, struct.pack(">I4sII", 1, bytes([192, 0, 2, 1]), 24, 16)), "router6": tagged(1002, struct.pack(">I16sII", 2, address("2001:db8::9"), 64, 48)),
    "router of none": tagged(1002, struct.pack(">I4sII", 1, bytes(4), 257, 0)), "router of 3": tagged(1002, struct.pack(">I4sII", 3, bytes(4), 24, 16)),
    "gateway": tagged(1003, struct.pack(">I4sIIII", 1, bytes(4), 64500, 64512, 64513, 1) + struct.pack(">IIII", 2, 2, 64514, 64515)),
    "gateway6": tagged(1003, struct.pack(">I16sIIII", 2, bytes(16), 64500, 64512, 64513, 1) + struct.pack(">III", 2, 1, 64515)),
    "two segments": tagged(1003, struct.pack(">I4sIIII", 1, bytes(4), 64500, 64512, 64513, 2) + struct.pack(">IIIIII", 2, 1, 64514, 1, 1, 64515)),
    "no path": tagged(1003, struct.pack(">I4sIIII", 1, bytes(4), 64500, 64512, 64513, 0)), "path that lies": tagged(1003, struct.pack(">I4sIIII", 1, bytes(4), 64500, 64512, 64513, 1) + struct.pack(">III", 2, 9, 64514)),
    "another": tagged(1004, bytes(8)), "taken apart": tagged(3, struct.pack(">II4s4sIIII", 60, 17, bytes([10, 0, 0, 6]), bytes([203, 0, 113, 6]), 5000, 53, 0, 4)),
    "header": header(V4 + TCP, protocol=11), "length that lies": struct.pack(">II", 1002, 2**32 - 1) + bytes(16), "end": b"\x00\x00\x03",
}  # fmt: skip


def _by_themselves(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> FlowBatch:
    with monkeypatch.context() as patch:
        patch.setattr(_sflow, "find_long_paths", lambda octets, records: np.ones(len(records.unusual), bool))
        return decode(payload)


@pytest.mark.parametrize("frame", FRAMES)
def test_samples_read_together_give_what_each_gives_by_itself(frame: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every packet in every frame, beside every record, plain and expanded, cut off at every octet."""
    protocol, before = FRAMES[frame]
    kinds = [header(before + packet, protocol=protocol) for packet in PACKETS.values()]
    kinds += [header((before + V4 + TCP)[:size], protocol=protocol) for size in range(len(before) + 40)]
    samples = [sample(one, number=number) for number, one in enumerate(kinds)]
    both = [(kinds[0], more) for more in BESIDE.values()] + [(more, kinds[0]) for more in BESIDE.values()]
    both += [(kinds[0], one, other) for one, other in itertools.combinations(BESIDE.values(), 2)]
    samples += [build(*records, number=number) for build in (sample, expanded) for number, records in enumerate(both)]
    samples.append(sample(kinds[0], *(BESIDE["another"],) * 6, BESIDE["switch"]))
    payload = datagram(*samples)
    together, apart = decode(payload), _by_themselves(payload, monkeypatch)
    assert together.flows.equals(apart.flows) and together.counts == apart.counts
    assert together.counts["sflow5", "ignored"] + together.counts["sflow5", "records"] == len(samples)
    assert len(together.flows) > 100 or frame in ("arp", "cut", "token ring", "five vlans", "ethernet6")


def test_samples_at_the_end_of_the_buffer_are_read_without_what_lies_behind() -> None:
    whole = datagram(sample(header(V4 + TCP, protocol=11)))
    (row,) = rows(decode(whole))
    for spare in (b"", b"\xff" * 200):
        given = Datagrams.of([whole, spare], EXPORTER, NOW * SECOND)
        assert rows(FlowDecoder().decode(given, ORIGIN))[0] == row


def test_counters_scaled_beyond_what_a_column_holds_become_the_largest() -> None:
    packet = tagged(3, struct.pack(">II4s4sIIII", 2**32 - 1, 17, bytes([10, 0, 0, 6]), bytes([203, 0, 113, 6]), 5000, 53, 0, 4))
    (row,) = rows(decode(datagram(sample(packet, rate=2**32 - 1))))
    assert (row["octets"], row["octets_scaled"], row["packets_scaled"]) == (2**32 - 1, 2**63 - 1, 2**32 - 1)


def test_counters_other_samples_and_other_packets_are_counted_and_passed_over() -> None:
    arp = header(MACS + b"\x08\x06" + bytes(28))
    batch = decode(datagram(tagged(2, bytes(100)), tagged(4, bytes(60)), tagged(5, bytes(40)), sample(arp), sample(header(V4 + TCP, protocol=11), number=2)))
    assert (len(batch.flows), batch.counts["sflow5", "ignored"]) == (1, 4)


def test_datagrams_and_samples_are_both_numbered() -> None:
    frame = header(V4 + TCP, protocol=11)
    batch = decode(datagram(sample(frame, number=10), sequence=1), datagram(sample(frame, number=14), sequence=4))
    assert batch.losses.select("unit", "domain", "lost").rows() == [("datagrams", 0, 2), ("samples", 3, 3)]


def test_the_agent_is_the_exporter_and_its_parts_have_numbers_of_their_own() -> None:
    decoder = FlowDecoder()
    for sequence in (1, 2):
        decode(datagram(sequence=sequence, sub_agent=1), datagram(sequence=sequence + 50, sub_agent=2), datagram(sequence=sequence, agent=address("2001:db8::7")), decoder=decoder)
    assert [(one["exporter"], one["domain"], one["totals"]["lost"]) for one in decoder.exporters()] == [("192.0.2.33", 1, 0), ("192.0.2.33", 2, 0), ("2001:db8::7", 0, 0)]


@pytest.mark.parametrize(("payload", "reasons"), [
    (datagram(count=3), {"truncated": 1}), (datagram(struct.pack(">II", 1, 2**31)), {"truncated": 1}), (datagram(tagged(1, bytes(8))), {"sample": 1}),
    (struct.pack(">II", 5, 9) + bytes(40), {"version": 1}), (datagram()[:20], {"version": 1}), (datagram(count=2**32 - 1), {"truncated": 1}),
])  # fmt: skip
def test_malformed_datagrams_are_counted_by_reason(payload: bytes, reasons: dict[str, int]) -> None:
    batch = decode(payload, datagram(sample(header(V4 + TCP, protocol=11)), agent=bytes([192, 0, 2, 34])))
    assert (len(batch.flows), rejected(batch)) == (1, reasons)


@pytest.mark.usefixtures("shared")
def test_real_counters_and_drops_are_no_flows() -> None:
    for case in ("sflow_v5_example", "sflow_issue_15375", "sflow_issue_18876"):
        (path,) = (TELEGRAF / case).glob("*.bin")
        batch = decode(path.read_bytes())
        assert batch.flows.is_empty() and not rejected(batch) and batch.counts["sflow5", "ignored"] == 1
