"""Real exports, read as other collectors read them and as their exporters meant them."""

import ipaddress
import re
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flow_family import (
    LAB,
    NOW,
    ORIGIN,
    SECOND,
    SHARED,
    TELEGRAF,
    address,
    datagrams,
    decode_lab,
    lost,
    rejected,
    rows,
)

from varde.decode.addresses import text_of
from varde.decode.flow import Datagrams, FlowDecoder
from varde.model import PROTOCOLS

pytestmark = pytest.mark.usefixtures("shared")

TELEGRAF_CASES = (
    "ipfix_example", "ipfix_pen_35632", "issue_13305", "issue_14370", "netflow_v5_example", "netflow_v9_example", "sflow_issue_15918",
)  # fmt: skip
_FLAGS = "FSRPAUEC"  # the bits from the lowest, as Telegraf prints them from the highest


def _flags(text: str) -> int:
    return sum(1 << _FLAGS.index(letter) for letter in text if letter != ".")


def _plain(value: str) -> Any:
    return value.strip('"') if value.startswith('"') else int(value.rstrip("ui"))


MEANT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "src": ("src_addr", str), "dst": ("dst_addr", str), "src_port": ("src_port", int), "dst_port": ("dst_port", int),
    "protocol": ("proto", lambda name: next(number for number, known in PROTOCOLS.items() if known == name)),
    "in_bytes": ("octets", int), "in_total_bytes": ("octets", int), "in_packets": ("packets", int), "in_total_packets": ("packets", int),
    "tcp_flags": ("tcp_flags", _flags), "src_tos": ("tos", lambda text: int(str(text), 0)), "in_snmp": ("in_if", int), "out_snmp": ("out_if", int),
    "src_mask": ("src_mask", int), "dst_mask": ("dst_mask", int), "bgp_src_as": ("exporter_src_as", int), "bgp_dst_as": ("exporter_dst_as", int),
    "in_src_mac": ("src_mac", str), "direction": ("observed", str), "flow_start_ms": ("time", lambda ms: ms * 1000), "flow_end_ms": ("end_time", lambda ms: ms * 1000),
    "type_29305_85": ("rev_octets", lambda text: int(text, 16)), "type_29305_86": ("rev_packets", lambda text: int(text, 16)),
    "ip_total_len": ("", int), "sampling_interval": ("sampling", int), "ipv4_total_len": ("octets", int), "agent_ip": ("exporter", str),
    "next_hop": ("next_hop", str),
}  # fmt: skip
"""Telegraf's names for what columns here are called."""

_FREE = {
    "netflow_v5_example": {"flow_start_ms"},
    "sflow_issue_15918": {"in_total_packets", "direction", "src_tos", "protocol", "dst_port", "src_port", "in_snmp", "out_snmp"},
}  # fmt: skip
"""What Telegraf means something else by: the pool of packets that a sample was taken from, an empty header field, sides of the sample."""


def expected(case: str) -> list[dict[str, Any]]:
    """Telegraf's flow records by our columns."""
    found = []
    for line in (TELEGRAF / case / "expected.out").read_text().splitlines():
        if not line.startswith("netflow,") or "src=" not in line:
            continue
        pairs = re.findall(r'(\w+)=("[^"]*"|[^,\s]+)', line.split(" ", 1)[1])
        fields = {name: _plain(value) for name, value in pairs if name in MEANT and name not in _FREE.get(case, ())}
        found.append({MEANT[name][0]: MEANT[name][1](value) for name, value in fields.items() if MEANT[name][0]})
    return found


@pytest.mark.parametrize("case", TELEGRAF_CASES)
def test_telegraf_reads_the_same_in_its_own_examples(case: str) -> None:
    payloads = [path.read_bytes() for path in sorted((TELEGRAF / case).glob("*.bin"))]
    wanted = expected(case)
    moment = max((row["time"] for row in wanted if row.get("time")), default=NOW * SECOND)
    read = rows(FlowDecoder().decode(datagrams(payloads, received=moment), ORIGIN))
    assert len(read) == len(wanted) > 0
    left = [row | _absent(row) for row in read]
    for record in wanted:
        record = {name: value for name, value in record.items() if _is_told(name, value, record)}
        match = next((row for row in left if all(row.get(name) == value for name, value in record.items())), None)
        assert match is not None, f"no row has {record}; rows: {left}"
        left.remove(match)


def _absent(row: dict[str, Any]) -> dict[str, Any]:
    """Columns that are null here for what is no answer there."""
    return {"next_hop": row.get("next_hop", "0.0.0.0")}


def _is_told(name: str, value: Any, record: dict[str, Any]) -> bool:
    """Ports and flags of protocols that have none are null here; so are times and sampling of zero."""
    ported = record.get("proto") in (6, 17)
    return not (name in ("src_port", "dst_port") and not ported) and not (name == "tcp_flags" and record.get("proto") != 6) and bool(value or name not in ("time", "end_time", "sampling"))


EXPORTS = {
    "softflowd_v5": 409, "softflowd_v9": 535, "softflowd_v10": 535, "softflowd_v10_Amilli": 535, "softflowd_v10_Tvlan": 535, "softflowd_v10_tcp": 535,
    "softflowd_v10_b": 300, "pmacct_nfprobe_v5": 409, "pmacct_nfprobe_v9": 535, "pmacct_nfprobe_v10": 535,
}  # fmt: skip
"""Flows in the exports of one capture: v5 has no IPv6, -b has both directions in one record."""


@pytest.mark.parametrize("name", EXPORTS)
def test_real_exporters_are_read_whole_and_nothing_is_lost(name: str) -> None:
    decoder = FlowDecoder()
    batch = decode_lab(name, decoder)
    rest = decoder.finish(ORIGIN)
    assert len(batch.flows) == EXPORTS[name]
    assert not rejected(batch) and not rejected(rest)
    assert lost(batch, rest) == {"lost": 0, "reordered": 0, "duplicated": 0, "restarts": 0}
    assert batch.flows["other"].drop_nulls().str.contains("59|29305.5").all()


def _conversations(name: str) -> Counter[tuple[Any, ...]]:
    """Ends, protocol, packets and octets of each flow of a lab export; IPv4 only, so that v5 compares."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows(decode_lab(name)):
        if ":" not in row["src_addr"]:
            found[tuple(row.get(key) for key in ("src_addr", "src_port", "dst_addr", "dst_port", "proto", "icmp_type", "icmp_code", "packets", "octets"))] += 1
    return found


def test_all_protocols_of_one_exporter_tell_the_same_flows() -> None:
    v5 = _conversations("softflowd_v5")
    for name in ("softflowd_v9", "softflowd_v10", "softflowd_v10_Amilli", "softflowd_v10_tcp"):
        assert _conversations(name) == v5, name


def test_two_exporters_of_one_capture_count_the_same_packets_and_octets() -> None:
    for version in ("v5", "v9", "v10"):
        ours, theirs = decode_lab(f"softflowd_{version}").flows, decode_lab(f"pmacct_nfprobe_{version}").flows
        assert ours["packets"].sum() == theirs["packets"].sum()
        assert ours["octets"].sum() == theirs["octets"].sum()


def test_a_biflow_has_the_counters_of_both_directions() -> None:
    both, single = decode_lab("softflowd_v10_b").flows, decode_lab("softflowd_v10").flows
    assert both["packets"].sum() + both["rev_packets"].sum() == single["packets"].sum()
    assert both["octets"].sum() + both["rev_octets"].sum() == single["octets"].sum()


def test_flows_lie_where_their_packets_were_captured_whatever_clock_they_count_by() -> None:
    """The sample was captured within a minute of 2026-11-21 14:06:40; its exporters say so by uptime, boot time and milliseconds."""
    first, last = 1_795_269_990, 1_795_270_040
    for name in EXPORTS:
        times = decode_lab(name).flows["time"] // SECOND
        assert first <= int(times.min()) and int(times.max()) <= last, name


def test_sampling_is_taken_from_options_data() -> None:
    batch = decode_lab("softflowd_v9_s10")
    assert set(batch.flows["sampling"]) == {10}
    assert (batch.flows["octets_scaled"] == batch.flows["octets"] * 10).all()


def test_fifty_thousand_flows_of_silk_are_counted() -> None:
    data = (SHARED / "silk" / "small.pdu").read_bytes()
    payloads = [data[at : at + 1464] for at in range(0, len(data), 1464)]
    batch = FlowDecoder().decode(Datagrams.of(payloads, address("192.0.2.1"), 1_234_400_000 * SECOND), ORIGIN)
    assert (len(batch.flows), lost(batch)["lost"], rejected(batch)) == (50_000, 0, {})
    records = [struct.unpack_from(">4s4s4xHHIIII", payload, 24 + 48 * place) for payload in payloads for place in range(payload[3])]
    assert (batch.flows["packets"].sum(), batch.flows["octets"].sum()) == (sum(one[4] for one in records), sum(one[5] for one in records))
    assert [text_of(one) for one in batch.flows["src_addr"].head(500)] == [str(ipaddress.IPv4Address(one[0])) for one in records[:500]]
    assert (batch.flows["end_time"] - batch.flows["time"]).sum() == sum(one[7] - one[6] for one in records) * 1000


def test_the_lab_captures_are_there() -> None:
    assert len(list(LAB.glob("*.jsonl"))) >= len(EXPORTS)
