"""SiLK's own flow files: each format, in both orders of octets; and files that are cut, damaged or lie about themselves.

The files are synthetic, written by the layouts that SiLK's comments describe: none was made by SiLK itself."""

import struct
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flow_family import ORIGIN
from tests.silk_family import (
    APART,
    FORMS,
    GENERIC,
    HOP,
    HOUR,
    IPV6,
    KEEPS_APPLICATION,
    MILLI,
    ROUTING,
    SPLIT,
    Flow,
    header,
    said,
    silk_file,
)

from varde.decode.rows import json_row
from varde.decode.silk import FORMATS, Reader
from varde.decode.silk._layouts import LAYOUTS
from varde.model import FLOWS, VardeError

UDP = Flow(src_port=53, dst_port=5353, proto=17, flags=0, first=0, rest=0, state=0, packets=1, octets=77, start=HOUR, elapsed=0, application=53)
PING = Flow(src_port=0, dst_port=8 << 8, proto=1, flags=0, first=0, rest=0, state=0, packets=3, octets=252, application=0)
PLAIN = Flow(state=0, first=0, rest=0, flags=0x13, application=0, next_hop="0.0.0.0")
HUGE = Flow(packets=64 * 20_000, octets=64 * 20_000 * 1400)
SIX = Flow(src="2001:db8::1", dst="2001:db8:0:1::2", next_hop="fe80::1")


def read(data: bytes, step: int = 0) -> tuple[pl.DataFrame, Reader, str]:
    """Rows, the reader, and what it said of the file's end; fed `step` octets at a time."""
    reader, frames, error = Reader(ORIGIN), [], ""
    try:
        for at in range(0, len(data), step or len(data) or 1):
            frames += [found.decoded.others["flows"] for found in reader.feed(data[at : at + (step or len(data))]) if "flows" in found.decoded.others]
        reader.finish()
    except VardeError as refused:
        error = str(refused)
    return pl.concat(frames) if frames else pl.DataFrame(), reader, error


def expected(flow: Flow, kept: set[str]) -> dict[str, object]:
    flow = said(flow)
    start, elapsed = (flow.start, flow.elapsed) if MILLI in kept else (flow.start // 1000 * 1000, flow.elapsed // 1000 * 1000)
    ported, icmp = flow.proto in (6, 17), flow.proto in (1, 58)
    found = {
        "time": start * 1000, "end_time": (start + elapsed) * 1000, "src_addr": flow.src, "dst_addr": flow.dst, "proto": flow.proto, "packets": flow.packets,
        "octets": flow.octets, "src_port": flow.src_port if ported else None, "dst_port": flow.dst_port if ported else None,
        "icmp_type": flow.dst_port >> 8 if icmp else None, "icmp_code": flow.dst_port & 255 if icmp else None, "tcp_flags": flow.flags if flow.proto == 6 else None,
    }  # fmt: skip
    if HOP in kept:
        found |= {"in_if": flow.in_if, "out_if": flow.out_if, "next_hop": None if flow.next_hop in ("0.0.0.0", "::") else flow.next_hop}
    extras = {"6871.30": f"{flow.flow_type:02x}", "6871.31": f"{flow.sensor:04x}"}
    if APART in kept:
        extras |= {"6871.14": f"{flow.first:02x}", "6871.15": f"{flow.rest:02x}", "6871.32": f"{flow.state:02x}"} if flow.state else {}
    if KEEPS_APPLICATION in kept and flow.application:
        extras["6871.33"] = f"{flow.application:04x}"
    return found | {"other": extras}


def told(row: dict[str, object], names: set[str]) -> dict[str, object]:
    import json

    from varde.decode.addresses import text_of

    found = {name: text_of(value) if isinstance(value, bytes) else value for name, value in row.items() if name in names}
    other = json.loads(str(row["other"] or "{}"))
    other.setdefault("6871.30", "03")  # versions 0 and 1 of the generic format have no type
    return found | {"other": other}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "zlib"])
@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("form", FORMS, ids=lambda key: f"{FORMATS[key[0]]}-{key[1]}")
def test_every_format_is_read(form: tuple[int, int], big: bool, compressed: bool) -> None:
    kept = FORMS[form][1]
    flows = [Flow(), UDP, PING, PLAIN, HUGE, *([SIX] if form[0] in (IPV6, ROUTING) else [])]
    found, reader, error = read(silk_file(*form, flows, big=big, compressed=compressed))
    assert error == "" and reader.count == len(flows)
    for row, flow in zip(found.iter_rows(named=True), flows, strict=True):
        wanted = expected(flow, kept)
        assert told(row, set(wanted)) == wanted, flow


def test_every_layout_has_a_file_here() -> None:
    assert set(FORMS) == set(LAYOUTS)


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_however_the_octets_come_the_rows_are_the_same(step: int) -> None:
    for compressed in (False, True):
        data = silk_file(GENERIC, 5, [replace(Flow(), src_port=number) for number in range(40)], compressed=compressed)
        assert read(data, step)[0].equals(read(data)[0])


def test_a_cut_file_gives_what_was_whole_and_says_so() -> None:
    data = silk_file(GENERIC, 5, [Flow()] * 5)
    found, _, error = read(data[:-10])
    assert len(found) == 4 and "ends in the midst of a record" in error and "what came before was read" in error
    packed = silk_file(ROUTING, 1, [Flow()] * 7, compressed=True)
    found, _, error = read(packed[:-10])
    assert len(found) == 6 and "ends in the midst of a block" in error


@pytest.mark.parametrize(("data", "words"), [
    (b"\xde\xad\xbe\xef\x00", "ends within its header"), (silk_file(GENERIC, 5, [])[:30], "ends within its header"),
    (header(GENERIC, 5, 52, compression=2), "compressed with lzo1x, which Varde does not unpack: let SiLK write it anew: `rwcat --compression-method=none"),
    (header(GENERIC, 5, 52, compression=3), "compressed with snappy"), (header(GENERIC, 5, 52, compression=77), "compressed with method 77"),
    (header(GENERIC, 6, 64), "records are FT_RWGENERIC version 6, which Varde does not read: print it: `rwcut --delimited"),
    (header(0x15, 5, 28), "records are FT_RWAUGWEB version 5"), (header(0x1D, 2, 1), "without flows"),
    (header(GENERIC, 5, 53), "says that records of FT_RWGENERIC version 5 have 53 octets; they have 52"),
    (header(GENERIC, 5, 52, file_version=5), "SiLK before version 1"),
    (struct.pack(">4sBBBBIHH", b"\xde\xad\xbe\xef", 0, GENERIC, 16, 0, 0, 0, 5) + bytes(40), "a record has no octets"),
    (header(GENERIC, 5, 52, entries=struct.pack(">II", 9, 4)), "an entry of its header at octet 16 says that it has 4 octets"),
    (header(GENERIC, 5, 52, entries=struct.pack(">II", 9, 2**32 - 1)), "says that it has 4,294,967,295 octets"),
    (header(GENERIC, 5, 52, entries=struct.pack(">II", 1, 8)), "names the hour of the file has 8 octets"),
    (header(GENERIC, 5, 52, entries=struct.pack(">II", 9, 8) * 1001), "more than 1,000 entries"),
    (header(GENERIC, 5, 52, compression=1) + struct.pack(">II", 2**31, 52), "a block of 2,147,483,648 octets"),
    (header(GENERIC, 5, 52, compression=1) + struct.pack(">II", 9, 53) + bytes(9), "that holds 53"),
    (header(GENERIC, 5, 52, compression=1) + struct.pack(">II", 9, 52) + bytes(9), "that zlib cannot unpack"),
])  # fmt: skip
def test_what_is_not_read_is_said_with_what_to_do(data: bytes, words: str) -> None:
    found, _, error = read(data)
    assert found.is_empty() and words in error


def test_a_block_that_unpacks_to_more_than_it_says_is_damage_and_costs_nothing() -> None:
    import zlib

    bomb = zlib.compress(bytes(50_000_000))
    _, _, error = read(header(GENERIC, 5, 52, compression=1) + struct.pack(">II", len(bomb), 52) + bomb)
    assert "says it holds 52 octets, and does not" in error


def test_records_that_cannot_be_are_rejects() -> None:
    flows = [Flow(), Flow(start=-1), Flow(start=2**62), Flow(start=8_000_000_000_000)]
    reader = Reader(ORIGIN)
    (found,) = reader.feed(silk_file(GENERIC, 5, flows))
    assert found.decoded.counts["silk", "records"] == 1 and found.decoded.counts["silk", "reject:record"] == 3
    assert found.decoded.rejects["offset"].to_list() == [found.end - 52 * left for left in (3, 2, 1)]
    assert len(found.decoded.others["flows"]) == 1


def test_counts_beyond_64_bits_are_rejects() -> None:
    data = silk_file(ROUTING, 3, [replace(Flow(), packets=2**63 + 1), Flow()])
    reader = Reader(ORIGIN)
    (found,) = reader.feed(data)
    assert found.decoded.counts["silk", "reject:record"] == 1 and len(found.decoded.others["flows"]) == 1


def test_rows_are_whole_rows_of_the_table() -> None:
    found, _, _ = read(silk_file(ROUTING, 1, [SIX]))
    (row,) = (json_row(row, FLOWS) for row in found.iter_rows(named=True))
    assert (row["time"], row["src_addr"], row["src_net"], row["next_hop"]) == ("2009-02-12T00:00:02.696000Z", "2001:db8::1", "2001:db8::", "fe80::1")
    assert found.columns == list(FLOWS.names) and row["dialect"] == "silk" and str(found["day"][0]) == "2009-02-12"


@settings(max_examples=300)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 400), st.binary(min_size=1, max_size=8), st.booleans())
def test_any_damage_gives_records_or_a_sentence_and_nothing_else(form: tuple[int, int], place: int, octets: bytes, compressed: bool) -> None:
    data = bytearray(silk_file(*form, [Flow(), UDP, PING], compressed=compressed))
    data[place % len(data) : place % len(data) + len(octets)] = octets
    found, reader, _ = read(bytes(data))
    assert len(found) <= reader.count <= len(data)


@given(st.binary(max_size=300))
def test_any_octets_behind_the_magic_give_records_or_a_sentence(octets: bytes) -> None:
    read(b"\xde\xad\xbe\xef" + octets)
    read(header(SPLIT, 5, 24, packed=True) + octets)
    read(header(SPLIT, 5, 24, packed=True, compression=1) + octets)
