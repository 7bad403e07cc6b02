"""What fields mean: addresses, counters, clocks, ICMP, sampling, names, translations, and what has no column."""

import json
import struct
from datetime import datetime, timezone
from typing import Any

import pytest
from flow_family import (
    EXPORTER,
    NOW,
    ORIGIN,
    SECOND,
    V4,
    Field,
    a_set,
    address,
    datagrams,
    decode,
    ipfix,
    ipfix_options,
    rejected,
    rows,
    template,
    v4_record,
    v5,
    v5_record,
    v9,
    v9_options,
)  # fmt: skip

from varde.decode.addresses import text_of
from varde.decode.flow import FlowDecoder, Settings

ENDS: tuple[Field, ...] = ((8, 4), (12, 4))
ENDS_OCTETS = bytes([10, 0, 0, 5, 203, 0, 113, 5])
MS = NOW * 1000
NTP = 2_208_988_800


def one(fields: tuple[Field, ...], octets: bytes, *, version: int = 10, decoder: FlowDecoder | None = None, **header: int) -> dict[str, Any]:
    """The row of one record from 10.0.0.5 to 203.0.113.5 with more fields."""
    build, number = (ipfix, 2) if version == 10 else (v9, 0)
    batch = decode(build(a_set(number, template(256, *ENDS, *fields)), a_set(256, ENDS_OCTETS + octets), **header), decoder=decoder)
    assert not rejected(batch)
    (row,) = rows(batch)
    return row


def u(width: int, value: int) -> bytes:
    return value.to_bytes(width, "big")


@pytest.mark.parametrize("width", range(1, 9))
def test_counters_of_reduced_size_are_read(width: int) -> None:
    value = 256**width // 3
    row = one(((1, width), (2, width)), u(width, value) + u(width, 5))
    assert (row["octets"], row["packets"]) == (value, 5)


def test_a_counter_beyond_what_a_column_holds_becomes_the_largest() -> None:
    row = one(((1, 8), (2, 8), (34, 4)), b"\xff" * 8 + u(8, 2**40) + u(4, 2**30))
    assert (row["octets"], row["octets_scaled"], row["packets_scaled"]) == (2**63 - 1, 2**63 - 1, 2**63 - 1)


@pytest.mark.parametrize(("element", "column"), [(1, "octets"), (85, "octets"), (2, "packets"), (86, "packets"), (23, "octets"), (24, "packets")])
def test_counters_have_several_elements(element: int, column: str) -> None:
    assert one(((element, 4),), u(4, 99))[column] == 99


def test_a_field_of_no_octets_is_none() -> None:
    row = one(((7, 0), (11, 2), (4, 1)), u(2, 443) + b"\x06")
    assert "src_port" not in row and row["dst_port"] == 443


def test_a_field_longer_than_its_element_is_kept_and_not_believed() -> None:
    row = one(((4, 1), (11, 4)), b"\x06" + u(4, 70_000))
    assert "dst_port" not in row and json.loads(row["other"]) == {"11": "00011170"}


def test_both_families_in_one_template_give_the_one_that_is_filled() -> None:
    fields = ((8, 4), (12, 4), (27, 16), (28, 16))
    v6 = address("2001:db8::1") + address("2001:db8::2")
    batch = decode(ipfix(a_set(2, template(256, *fields)), a_set(256, bytes(8) + v6 + ENDS_OCTETS + bytes(32))))
    assert [(row["src_addr"], row["dst_addr"], row["src_net"]) for row in rows(batch)] == [
        ("2001:db8::1", "2001:db8::2", "2001:db8::"), ("10.0.0.5", "203.0.113.5", "10.0.0.0"),
    ]  # fmt: skip


def test_variable_lengths_of_either_form_are_walked() -> None:
    fields = ((8, 4), (100, 65535, 35632), (12, 4), (101, 65535, 35632), (1, 4))
    long = b"x" * 300
    record = ENDS_OCTETS[:4] + b"\x03abc" + ENDS_OCTETS[4:] + b"\xff" + u(2, 300) + long + u(4, 42)
    empty = ENDS_OCTETS[:4] + b"\x00" + ENDS_OCTETS[4:] + b"\xff\x00\x01z" + u(4, 43)
    batch = decode(ipfix(a_set(2, template(256, *fields)), a_set(256, record + empty + bytes(2))))
    first, second = rows(batch)
    assert (first["dst_addr"], first["octets"], json.loads(first["other"])) == ("203.0.113.5", 42, {"35632.100": "616263", "35632.101": long.hex()})
    assert (second["dst_addr"], second["octets"], json.loads(second["other"])) == ("203.0.113.5", 43, {"35632.100": "", "35632.101": "7a"})
    assert not rejected(batch)


def test_a_variable_length_that_leads_out_of_its_set_ends_the_set() -> None:
    fields = ((8, 4), (12, 4), (82, 65535))
    good = ENDS_OCTETS + b"\x02ab"
    batch = decode(ipfix(a_set(2, template(256, *fields)), a_set(256, good + ENDS_OCTETS + b"\x50ab")))
    assert (len(batch.flows), rejected(batch)) == (1, {"truncated": 1})


def test_a_set_too_short_for_any_record_is_counted_whether_lengths_vary_or_not() -> None:
    for fields in (((8, 4), (12, 4), (82, 65535)), ((8, 4), (12, 4), (82, 4))):
        batch = decode(ipfix(a_set(2, template(256, *fields)), a_set(256, b"abcde")))
        assert (len(batch.flows), rejected(batch)) == (0, {"truncated": 1})


def test_lists_are_passed_over_by_their_length() -> None:
    row = one(((291, 65535), (1, 4)), b"\x05\x00\x01\x02\x03\x04" + u(4, 9))
    assert row["octets"] == 9 and "other" not in row


def test_what_has_no_column_is_kept_by_element_and_enterprise() -> None:
    row = one(((89, 1), (40, 2, 6871), (89, 1)), b"\x40\x00\x01\x41")
    assert json.loads(row["other"]) == {"89": "40", "6871.40": "0001", "89#2": "41"}


def test_an_enterprise_field_is_not_the_element_of_the_same_number() -> None:
    row = one(((1, 4, 9), (2, 4)), u(4, 77) + u(4, 3))
    assert "octets" not in row and json.loads(row["other"]) == {"9.1": "0000004d"}


def test_reverse_fields_are_the_other_direction() -> None:
    fields = ((2, 4), (1, 4), (6, 1), (4, 1), (2, 4, 29305), (1, 4, 29305), (6, 1, 29305), (239, 1))
    row = one(fields, u(4, 5) + u(4, 500) + b"\x02\x06" + u(4, 4) + u(4, 4000) + b"\x12" + b"\x02")
    assert {name: row[name] for name in ("packets", "octets", "rev_packets", "rev_octets", "tcp_flags", "rev_tcp_flags", "initiator")} == {
        "packets": 5, "octets": 500, "rev_packets": 4, "rev_octets": 4000, "tcp_flags": 2, "rev_tcp_flags": 18, "initiator": "dst",
    }  # fmt: skip


@pytest.mark.parametrize(("flags", "initiator"), [(2, "src"), (18, None), (0x17, None), (0, None)])
def test_syn_without_ack_says_who_began(flags: int, initiator: str | None) -> None:
    assert one(((4, 1), (6, 1)), bytes([6, flags])).get("initiator") == initiator


@pytest.mark.parametrize(
    ("fields", "octets"),
    [
        (((4, 1), (32, 2)), b"\x01\x03\x01"), (((4, 1), (176, 1), (177, 1)), b"\x01\x03\x01"), (((4, 1), (7, 2), (11, 2)), b"\x01\x00\x00\x03\x01"),
        (((32, 2),), b"\x03\x01"), (((4, 1), (139, 2)), b"\x3a\x03\x01"),
    ],
)  # fmt: skip
def test_icmp_has_type_and_code_wherever_they_stand_and_no_ports(fields: tuple[Field, ...], octets: bytes) -> None:
    row = one(fields, octets)
    assert (row["icmp_type"], row["icmp_code"]) == (3, 1)
    assert "src_port" not in row and "dst_port" not in row and row["proto"] in (1, 58)


def test_icmp_of_netflow_v5_stands_in_the_destination_port() -> None:
    (row,) = rows(decode(v5(v5_record(proto=1, dst_port=0x0800))))
    assert (row["icmp_type"], row["icmp_code"], row.get("dst_port"), row.get("tcp_flags")) == (8, 0, None, None)


CLOCKS = {
    "milliseconds": (((152, 8), (153, 8)), u(8, MS - 9000) + u(8, MS - 4000)), "seconds": (((150, 4), (151, 4)), u(4, NOW - 9) + u(4, NOW - 4)),
    "microseconds, NTP": (((154, 8), (155, 8)), u(4, NOW - 9 + NTP) + bytes(4) + u(4, NOW - 4 + NTP) + bytes(4)),
    "nanoseconds, NTP": (((156, 8), (157, 8)), u(4, NOW - 9 + NTP) + bytes(4) + u(4, NOW - 4 + NTP) + bytes(4)),
    "microseconds, plain": (((154, 8), (155, 8)), u(8, (MS - 9000) * 1000) + u(8, (MS - 4000) * 1000)),
    "nanoseconds, plain": (((156, 8), (157, 8)), u(8, (MS - 9000) * 10**6) + u(8, (MS - 4000) * 10**6)),
    "before export": (((158, 4), (159, 4)), u(4, 9_000_000) + u(4, 4_000_000)),
    "start and duration": (((152, 8), (161, 4)), u(8, MS - 9000) + u(4, 5000)), "end and duration": (((153, 8), (162, 4)), u(8, MS - 4000) + u(4, 5_000_000)),
    "boot in the record": (((160, 8), (22, 4), (21, 4)), u(8, MS - 100_000) + u(4, 91_000) + u(4, 96_000)),
    "boot unknown": (((22, 4), (21, 4)), u(4, 91_000) + u(4, 96_000)),
}  # fmt: skip


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_clock_tells_the_same_time(clock: str) -> None:
    row = one(*CLOCKS[clock])
    late = 4 * SECOND if clock == "boot unknown" else 0  # then the flow ended when it was exported
    assert (row["time"] - late, row["end_time"] - late) == ((NOW - 9) * SECOND, (NOW - 4) * SECOND)


@pytest.mark.parametrize(("uptime", "first", "last", "ago"), [
    (60_000, 10_000, 20_000, 50), (5_000, 2**32 - 5_000, 1_000, 10), (60_000, 61_000, 62_000, -1),
], ids=["usual", "wrapped between", "after the header was made"])  # fmt: skip
def test_uptimes_count_back_from_export_and_wrap(uptime: int, first: int, last: int, ago: int) -> None:
    row = one(((22, 4), (21, 4)), u(4, first) + u(4, last), version=9, uptime=uptime)
    assert row["time"] == (NOW - ago) * SECOND
    assert row["end_time"] - row["time"] == (last - first) % 2**32 * 1000


def test_the_boot_time_of_options_data_is_what_uptimes_count_from() -> None:
    decoder = FlowDecoder()
    options = a_set(3, ipfix_options(300, [(143, 4)], [(160, 8)])) + a_set(300, bytes(4) + u(8, MS - 100_000))
    decode(ipfix(options), decoder=decoder)
    row = one(((22, 4), (21, 4)), u(4, 91_000) + u(4, 96_000), decoder=decoder)
    assert (row["time"], row["end_time"]) == ((NOW - 9) * SECOND, (NOW - 4) * SECOND)


def test_a_flow_without_times_happened_when_it_was_received() -> None:
    row = one(((1, 4),), u(4, 1))
    assert row["time"] == NOW * SECOND and "end_time" not in row


@pytest.mark.parametrize("ms", [0, MS + 90_000_000, MS - 51 * 86_400_000, 2**63, 2**64 - 1])
def test_times_that_cannot_be_are_those_of_receipt_and_counted(ms: int) -> None:
    decoder = FlowDecoder()
    row = one(((152, 8),), u(8, ms), decoder=decoder)
    assert row["time"] == NOW * SECOND
    assert decoder.exporters()[0]["totals"]["times"] == (1 if ms else 0)


def test_an_exporter_whose_clock_was_never_set_counts_from_receipt_and_its_skew_is_known() -> None:
    decoder = FlowDecoder()
    batch = decode(v9(a_set(0, template(256, *V4)), a_set(256, v4_record(first=50_000, last=55_000)), seconds=1000), decoder=decoder)
    (row,) = rows(batch)
    assert (row["time"], row["end_time"]) == ((NOW - 10) * SECOND, (NOW - 5) * SECOND)
    assert decoder.exporters()[0]["skew"] == (NOW - 1000) * SECOND


def test_mpls_labels_vlan_macs_and_direction_are_read() -> None:
    fields = ((70, 3), (71, 3), (72, 3), (58, 2), (56, 6), (80, 6), (61, 1))
    row = one(fields, u(3, 16001 << 4) + u(3, 299776 << 4 | 1) + bytes(3) + u(2, 100) + bytes.fromhex("00005e005301") + bytes.fromhex("00005e005302") + b"\x01")
    assert {name: row[name] for name in ("mpls", "vlan", "src_mac", "dst_mac", "observed")} == {
        "mpls": "16001/299776", "vlan": 100, "src_mac": "00:00:5e:00:53:01", "dst_mac": "00:00:5e:00:53:02", "observed": "egress",
    }  # fmt: skip


def test_an_exporter_behind_a_proxy_is_named_by_the_record() -> None:
    assert one(((130, 4),), bytes([192, 0, 2, 99]))["exporter"] == "192.0.2.99"
    assert one(((130, 4),), bytes(4))["exporter"] == text_of(EXPORTER)


# sampling


def sampler(scopes: tuple[Field, ...], fields: tuple[Field, ...], *records: bytes) -> bytes:
    return v9(a_set(1, v9_options(300, scopes, fields)), a_set(300, b"".join(records)), sequence=0)


def flow(fields: tuple[Field, ...] = (), octets: bytes = b"", sequence: int = 1) -> bytes:
    return v9(a_set(0, template(256, *ENDS, (10, 4), (1, 4), *fields)), a_set(256, ENDS_OCTETS + u(4, 7) + u(4, 100) + octets), sequence=sequence)


SAMPLERS = {
    "interval of the system": (sampler(((1, 4),), ((34, 4), (35, 1)), bytes(4) + u(4, 50) + b"\x02"), (), b"", 50),
    "interval by sampler": (sampler(((1, 4),), ((48, 1), (50, 4)), bytes(4) + b"\x01" + u(4, 10), bytes(4) + b"\x02" + u(4, 20)), ((48, 1),), b"\x02", 20),
    "the only sampler, not named": (sampler(((1, 4),), ((48, 1), (50, 4)), bytes(4) + b"\x01" + u(4, 10)), (), b"", 10),
    "one of several, not named": (sampler(((1, 4),), ((48, 1), (50, 4)), bytes(4) + b"\x01" + u(4, 10), bytes(4) + b"\x02" + u(4, 20)), (), b"", None),
    "by interface": (sampler(((2, 4),), ((34, 4),), u(4, 6) + u(4, 5), u(4, 7) + u(4, 25)), (), b"", 25),
    "packets and space": (sampler(((1, 4),), ((304, 2), (305, 4), (306, 4)), bytes(4) + u(2, 1) + u(4, 1) + u(4, 99)), (), b"", 100),
    "size of population": (sampler(((1, 4),), ((309, 4), (310, 4)), bytes(4) + u(4, 2) + u(4, 128)), (), b"", 64),
    "probability": (sampler(((1, 4),), ((311, 8),), bytes(4) + struct.pack(">d", 1 / 512)), (), b"", 512),
    "scope of no octets": (sampler((), ((34, 4),), u(4, 40)), (), b"", 40),
    "an interval of zero": (sampler(((1, 4),), ((34, 4),), bytes(4) + u(4, 0)), (), b"", None),
    "in the record itself": (sampler(((1, 4),), ((34, 4),), bytes(4) + u(4, 50)), ((34, 4),), u(4, 8), 8),
    "zero in the record": (sampler(((1, 4),), ((34, 4),), bytes(4) + u(4, 50)), ((34, 4),), u(4, 0), 50),
}  # fmt: skip


@pytest.mark.parametrize("case", SAMPLERS)
def test_sampling_is_what_the_exporter_says(case: str) -> None:
    options, fields, octets, rate = SAMPLERS[case]
    (row,) = rows(decode(options, flow(fields, octets)))
    assert row.get("sampling") == rate
    assert (row["octets"], row["octets_scaled"]) == (100, 100 * (rate or 1))


def test_the_configuration_goes_before_what_the_exporter_says() -> None:
    decoder = FlowDecoder(Settings(sampling={EXPORTER: 1000}))
    options, fields, octets, _ = SAMPLERS["in the record itself"]
    assert [row["sampling"] for row in rows(decode(options, flow(fields, octets), v5(v5_record(), sampling=5), decoder=decoder))] == [1000, 1000]
    assert decoder.exporters()[1]["sampling"]["source"] == "configuration"


def test_a_rate_that_changes_holds_from_where_it_changed() -> None:
    def rate(value: int, sequence: int) -> bytes:
        return v9(a_set(1, v9_options(300, ((1, 4),), ((34, 4),))), a_set(300, bytes(4) + u(4, value)), sequence=sequence)

    batch = decode(rate(10, 0), flow(sequence=1), rate(20, 2), flow(sequence=3))
    assert sorted(row["sampling"] for row in rows(batch)) == [10, 20]


def test_each_domain_has_its_own_rate() -> None:
    def both(domain: int, value: int) -> bytes:
        return v9(a_set(1, v9_options(300, ((1, 4),), ((34, 4),))), a_set(300, bytes(4) + u(4, value)),
                  a_set(0, template(256, *ENDS, (1, 4))), a_set(256, ENDS_OCTETS + u(4, 1)), domain=domain)  # fmt: skip

    assert {(row["domain"], row["sampling"]) for row in rows(decode(both(1, 10), both(2, 300)))} == {(1, 10), (2, 300)}


def test_the_header_of_v5_says_its_rate_and_zero_is_none() -> None:
    batch = decode(v5(v5_record(), sampling=1 << 14 | 100), v5(v5_record(), sampling=0, sequence=1))
    assert [row.get("sampling") for row in rows(batch)] == [100, None]


def test_interfaces_and_vrfs_are_named_from_options_data() -> None:
    decoder = FlowDecoder()
    names = v9(a_set(1, v9_options(300, ((2, 4),), ((82, 8),))), a_set(300, u(4, 7) + b"Te0/0/7\x00" + u(4, 8) + b"Te0/0/8\x00"))
    vrfs = v9(a_set(1, v9_options(301, ((1, 4),), ((234, 4), (236, 6)))), a_set(301, bytes(4) + u(4, 3) + b"blue\x00\x00"), sequence=1)
    fields = ((10, 4), (14, 4), (234, 4))
    batch = decode(names, vrfs, v9(a_set(0, template(256, *ENDS, *fields)), a_set(256, ENDS_OCTETS + u(4, 7) + u(4, 9) + u(4, 3) + ENDS_OCTETS + u(4, 8) + u(4, 7) + u(4, 4)), sequence=2), decoder=decoder)
    assert [(row.get("in_if_name"), row.get("out_if_name"), row["vrf"]) for row in rows(batch)] == [("Te0/0/7", None, "blue"), ("Te0/0/8", "Te0/0/7", "4")]
    (shown,) = decoder.exporters()
    assert (shown["interfaces"], shown["vrfs"], len(shown["options"])) == ({7: "Te0/0/7", 8: "Te0/0/8"}, {3: "blue"}, 3)


# older and fixed formats


def test_netflow_v1_and_v7_are_read() -> None:
    head = v5_record()[:36]
    for size in (11, 7):
        one_record = head + bytes(2) + bytes([6, 0, 18]) + bytes(size)
        (row,) = rows(decode(struct.pack(">HHIII", 1, 1, 60_000, NOW, 0) + one_record))
        assert (row["dialect"], row["dst_addr"], row["packets"], row["tcp_flags"], row["time"]) == ("netflow1", "203.0.113.5", 2, 18, (NOW - 50) * SECOND)
    (row,) = rows(decode(struct.pack(">HHIIIII", 7, 1, 60_000, NOW, 0, 5, 0) + v5_record() + bytes([192, 0, 2, 9])))
    assert (row["dialect"], row["src_mask"], row["exporter_dst_as"]) == ("netflow7", 24, 64513)


@pytest.mark.parametrize(("payload", "flows", "reasons"), [
    (v5(v5_record(), v5_record(1), count=0), 0, {"count": 1}), (v5(v5_record(), count=30), 1, {"truncated": 1}), (v5(v5_record(), v5_record(1))[:-1], 1, {"truncated": 1}),
    (v5(*map(v5_record, range(31))), 31, {}), (v5(count=0), 0, {}), (v5(v5_record(), v5_record(1), count=1), 1, {}), (v5()[:20], 0, {"version": 1}),
    (b"", 0, {"version": 1}), (b"\x00\x05", 0, {"version": 1}), (bytes(65_507), 0, {"version": 1}), (b"\x00\x08" + bytes(100), 0, {"version": 1}),
])  # fmt: skip
def test_counts_and_lengths_that_lie_are_counted_and_what_is_there_is_read(payload: bytes, flows: int, reasons: dict[str, int]) -> None:
    batch = decode(payload, v5(v5_record(), engine=9))
    assert (len(batch.flows) - 1, rejected(batch)) == (flows, reasons)


# translations


def test_asa_events_are_translations_and_flows_only_where_they_moved_something() -> None:
    fields = (*ENDS, (7, 2), (11, 2), (4, 1), (225, 4), (226, 4), (227, 2), (228, 2), (233, 1), (323, 8), (231, 4), (232, 4), (33002, 2))

    def event(kind: int, sent: int, got: int) -> bytes:
        return ENDS_OCTETS + u(2, 4000) + u(2, 443) + b"\x06" + bytes([198, 51, 100, 1]) + ENDS_OCTETS[4:] + u(2, 61000) + u(2, 443) + bytes([kind]) + u(8, MS - 2000) + u(4, sent) + u(4, got) + u(2, 1)

    batch = decode(v9(a_set(0, template(256, *fields)), a_set(256, event(1, 0, 0) + event(2, 500, 900) + event(3, 0, 0))))
    nat = batch.nat
    assert nat["firewall_event"].to_list() == [1, 2, 3]
    assert (text_of(nat["nat_src_addr"][0]), nat["nat_src_port"][0], nat["time"][0]) == ("198.51.100.1", 61000, (NOW - 2) * SECOND)
    (row,) = rows(batch)
    assert (row["octets"], row["rev_octets"], row["initiator"]) == (500, 900, "src")


def test_an_event_that_says_when_it_began_lasted_from_then_to_the_event() -> None:
    fields = (*ENDS, (7, 2), (11, 2), (4, 1), (225, 4), (227, 2), (233, 1), (152, 8), (323, 8))

    def event(kind: int, began: int, at: int) -> bytes:
        return ENDS_OCTETS + u(2, 4000) + u(2, 443) + b"\x06" + bytes([198, 51, 100, 1]) + u(2, 61000) + bytes([kind]) + u(8, began) + u(8, at)

    nat = decode(v9(a_set(0, template(256, *fields)), a_set(256, event(1, MS - 9000, MS - 9000) + event(2, MS - 9000, MS - 2000)))).nat
    assert nat.select("time", "end_time").rows() == [((NOW - 9) * SECOND, (NOW - 9) * SECOND), ((NOW - 9) * SECOND, (NOW - 2) * SECOND)]


def test_an_exporter_that_fills_translation_fields_in_every_flow_makes_rows_only_for_translations() -> None:
    fields = (*ENDS, (7, 2), (11, 2), (4, 1), (1, 4), (225, 4), (226, 4), (227, 2), (228, 2))

    def record(nat_src: bytes, port: int) -> bytes:
        return ENDS_OCTETS + u(2, 4000) + u(2, 443) + b"\x06" + u(4, 100) + nat_src + ENDS_OCTETS[4:] + u(2, port) + u(2, 443)

    batch = decode(v9(a_set(0, template(256, *fields)), a_set(256, record(ENDS_OCTETS[:4], 4000) + record(bytes(4), 0) + record(bytes([198, 51, 100, 1]), 61000))))
    assert (len(batch.flows), batch.nat["nat_src_port"].to_list()) == (3, [61000])


def test_blocks_of_ports_are_kept_with_both_ends() -> None:
    batch = decode(ipfix(
        a_set(2, template(256, (8, 4), (225, 4), (230, 1), (361, 2), (362, 2)) + template(257, (8, 4), (225, 4), (230, 1), (361, 2), (363, 2), (364, 2))),
        a_set(256, ENDS_OCTETS[:4] + bytes([198, 51, 100, 1, 16]) + u(2, 1024) + u(2, 1535)), a_set(257, ENDS_OCTETS[:4] + bytes([198, 51, 100, 1, 17]) + u(2, 2000) + u(2, 4) + u(2, 100)),
    ))  # fmt: skip
    assert batch.flows.is_empty()
    assert batch.nat.select("event", "first_port", "last_port").rows() == [(16, 1024, 1535), (17, 2000, 2396)]


def test_records_that_tell_of_no_two_ends_are_ignored_and_counted() -> None:
    batch = decode(ipfix(a_set(2, template(3072, (313, 65535))), a_set(3072, b"\x04abcd\x02ef")))
    assert batch.flows.is_empty() and batch.counts["ipfix", "ignored"] == 2


def test_a_live_exporter_is_the_sensor_by_its_name_or_address() -> None:
    from dataclasses import replace

    decoder = FlowDecoder(Settings(sensors={EXPORTER: "edge"}))
    live = replace(ORIGIN, live=True)
    named = decoder.decode(datagrams([v5(v5_record())]), live)
    unnamed = decoder.decode(datagrams([v5(v5_record())], exporter=address("2001:db8::9")), live)
    assert (named.flows["sensor"][0], unnamed.flows["sensor"][0]) == ("edge", "2001:db8::9")


@pytest.mark.parametrize("hours", [(0, 1), (0, 24), (24, 0, 0)])
def test_each_flow_is_of_the_day_of_its_time(hours: tuple[int, ...]) -> None:
    begin = NOW // 86_400 * 86_400 - 86_400  # midnight, before what came
    records = b"".join(ENDS_OCTETS + u(8, (begin + hour * 3600) * 1000) for hour in hours)
    batch = decode(ipfix(a_set(2, template(256, *ENDS, (152, 8))), a_set(256, records)))
    assert [row["day"] for row in rows(batch)] == [datetime.fromtimestamp(row["time"] // 1_000_000, timezone.utc).date() for row in rows(batch)]
    assert len({row["day"] for row in rows(batch)}) == len({hour // 24 for hour in hours})
