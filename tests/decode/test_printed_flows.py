"""Flows that rwcut and nfdump printed: what is read, what is refused, and that later blocks go on with the header."""

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode import Decoded, Lines, Origin
from varde.decode.flowtext import DIALECTS
from varde.decode.reader import DIALECTS as ALL
from varde.decode.reader import Reader
from varde.decode.rows import json_row
from varde.model import FLOWS

ORIGIN = Origin("probe", "s", "f", 1_795_300_000_000_000, ZoneInfo("Europe/Oslo"), 1_795_300_000_000_000)

RWCUT = b"""sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|duration|eTime|in|out|type|iType|iCode|
192.0.2.7|203.0.113.9|29617|53|17|1|56||2009/02/12T00:00:02.696|0.049|2009/02/12T00:00:02.745|192|172|out|||
203.0.113.9|192.0.2.7|22|29618|6|524|630958| S PA   |2009/02/12T00:00:03.004|1.000|2009/02/12T00:00:04.004|10|192|inweb|||
2001:db8::1|2001:db8::2|0|771|58|9|504||2009/02/12T00:00:09.843|0.000|2009/02/12T00:00:09.843|1|2|int2int|3|3|
"""

NFDUMP = b"""ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk
2009-02-12 01:00:02,2009-02-12 01:00:02,0.049,192.0.2.7,203.0.113.9,29617,53,UDP,........,0,0,1,56,0,0,192,172,64500,64501,24,16
Summary
flows,bytes,packets,avg_bps,avg_pps,avg_bpp
1,56,1,0,0,56
"""

NFDUMP_JSON = b"""[
{
\t"type" : "FLOW",
\t"first" : "2009-02-12T01:00:02.696",
\t"last" : "2009-02-12T01:00:02.745",
\t"in_packets" : 1,
\t"in_bytes" : 56,
\t"proto" : 17,
\t"src_port" : 29617,
\t"dst_port" : 53,
\t"src4_addr" : "192.0.2.7",
\t"dst4_addr" : "203.0.113.9",
\t"label" : "<none>"
},
{
\t"type" : "FLOW",
\t"first" : "2009-02-12T01:00:03.000",
\t"last" : "2009-02-12T01:00:03.500",
\t"in_packets" : 2,
\t"in_bytes" : 99,
\t"proto" : 6,
\t"tcp_flags" : "...AP.SF",
\t"src_port" : 1,
\t"dst_port" : 2,
\t"src6_addr" : "2001:db8::1",
\t"dst6_addr" : "2001:db8::2"
}]
"""


def read(text: bytes, *more: bytes, origin: Origin = ORIGIN) -> tuple[list[dict[str, object]], list[Decoded]]:
    reader, answers, place = Reader(ALL.values()), [], 0
    for block in (text, *more):
        answers.append(reader.read(Lines.of(block, place), origin))
        place += len(block)
    rows = [json_row(row, FLOWS) for answer in answers if "flows" in answer.others for row in answer.others["flows"].iter_rows(named=True)]
    return rows, answers


def test_rwcuts_columns_are_flows() -> None:
    rows, (answer,) = read(RWCUT)
    first, second, third = rows
    assert (first["time"], first["end_time"]) == ("2009-02-12T00:00:02.696000Z", "2009-02-12T00:00:02.745000Z")
    assert (first["src_port"], first["dst_port"], first["packets"], first["octets"], first["in_if"], first["direction"]) == (29617, 53, 1, 56, 192, "outbound")
    assert (second["tcp_flags"], second["direction"]) == ("SYN,PSH,ACK", "inbound")
    assert (third["icmp_type"], third["icmp_code"], third["src_addr"], third["direction"]) == (3, 3, "2001:db8::1", "internal")
    assert "src_port" not in third and "dst_port" not in third
    assert answer.counts["", "lines"] == 4 and answer.counts["silk-rwcut", "records"] == 3 and answer.counts["silk-rwcut", "ignored"] == 1


def test_columns_may_stand_in_any_order_and_width() -> None:
    (row,), _ = read(b"            sTime| pro|      dIP|   bytes|packets|   sIP|\n2009/02/12T00:00:02|   1| 10.0.0.1|      84|      1|10.0.0.2|\n")
    assert (row["src_addr"], row["dst_addr"], row["octets"], row["proto"]) == ("10.0.0.2", "10.0.0.1", 84, 1)


def test_a_later_block_goes_on_with_the_header() -> None:
    lines = RWCUT.splitlines(keepends=True)
    rows, answers = read(b"".join(lines[:2]), b"".join(lines[2:]))
    assert rows == read(RWCUT)[0] and [answer.counts["silk-rwcut", "records"] for answer in answers] == [1, 2]


def test_a_second_header_changes_what_columns_are() -> None:
    rows, _ = read(RWCUT + b"sTime|sIP|dIP|pro|packets|bytes\n2009/02/13T00:00:00|10.0.0.1|10.0.0.2|6|3|4\n")
    assert (rows[3]["src_addr"], rows[3]["packets"]) == ("10.0.0.1", 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.0.0.999|10.0.0.2|1|2|6|3|4||2009/02/12T00:00:02|0|2009/02/12T00:00:02|1|2|in|||", "address"),
        ("10.0.0.1|10.0.0.2|1|70000|6|3|4||2009/02/12T00:00:02|0|2009/02/12T00:00:02|1|2|in|||", "port"),
        ("10.0.0.1|10.0.0.2|1|2|600|3|4||2009/02/12T00:00:02|0|2009/02/12T00:00:02|1|2|in|||", "proto"),
        ("10.0.0.1|10.0.0.2|1|2|6|-3|4||2009/02/12T00:00:02|0|2009/02/12T00:00:02|1|2|in|||", "number"),
        ("10.0.0.1|10.0.0.2|1|2|6|3|4||2009/02/30T00:00:02|0|2009/02/12T00:00:02|1|2|in|||", "time"),
        ("10.0.0.1|10.0.0.2|1|2|6", "columns"),
    ],
)  # fmt: skip
def test_damaged_lines_are_rejects(line: str, reason: str) -> None:
    rows, (answer,) = read(RWCUT + line.encode() + b"\n")
    assert len(rows) == 3 and answer.counts["silk-rwcut", f"reject:{reason}"] == 1
    assert answer.rejects["reason"].to_list() == [reason]


def test_nfdumps_csv_is_local_time_and_ends_with_its_summary() -> None:
    (row,), (answer,) = read(NFDUMP)
    assert (row["time"], row["end_time"]) == ("2009-02-12T00:00:02Z", "2009-02-12T00:00:02.049000Z")
    assert (row["proto"], row["exporter_src_as"], row["src_mask"], row["in_if"]) == (17, 64500, 24, 192)
    assert answer.counts["nfdump-csv", "records"] == 1 and answer.rejects.is_empty()


def test_nfdumps_newer_csv() -> None:
    (row,), _ = read(b"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n2009-02-12 01:00:02.696,0.049,17,192.0.2.7,1,203.0.113.9,53,1,56,1\n")
    assert (row["time"], row["octets"]) == ("2009-02-12T00:00:02.696000Z", 56)


def test_nfdumps_json_has_a_line_a_member() -> None:
    one, two = read(NFDUMP_JSON)[0]
    assert (one["time"], one["end_time"], one["dst_port"], one["octets"]) == ("2009-02-12T00:00:02.696000Z", "2009-02-12T00:00:02.745000Z", 53, 56)
    assert (two["src_addr"], two["tcp_flags"], two["packets"]) == ("2001:db8::1", "FIN,SYN,PSH,ACK", 2)


@pytest.mark.parametrize("cut", range(3, 26))
def test_an_object_may_be_cut_between_two_blocks(cut: int) -> None:
    lines = NFDUMP_JSON.splitlines(keepends=True)
    rows, _ = read(b"".join(lines[:cut]), b"".join(lines[cut:]))
    whole = read(NFDUMP_JSON)[0]
    assert [{**row, "offset": 0} for row in rows] == [{**row, "offset": 0} for row in whole]


def test_one_object_a_line() -> None:
    line = DIALECTS["nfdump-json"].example.encode() + b"\n"
    assert len(read(line * 3)[0]) == 3


@pytest.mark.parametrize("name", DIALECTS)
def test_the_example_of_a_dialect_is_read(name: str) -> None:
    rows, (answer,) = read(DIALECTS[name].example.encode() + b"\n")
    assert len(rows) == 1 and answer.counts[name, "records"] == 1


@given(st.lists(st.text(alphabet="|,0123456789.:sIPTime/ -", max_size=80), max_size=20))
def test_any_lines_behind_a_header_are_counted_once(lines: list[str]) -> None:
    text = RWCUT + "\n".join(lines).encode()
    _, (answer,) = read(text)
    outcomes = sum(count for (_, outcome), count in answer.counts.items() if outcome != "lines")
    assert outcomes == answer.counts["", "lines"] == len(Lines.of(text))


def test_firewall_lines_in_between_are_still_the_firewalls() -> None:
    line = b"Nov 20 10:00:00 fw kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=40 PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0\n"
    _, (answer,) = read(RWCUT + line)
    assert len(answer.batch) == 1 and answer.counts["silk-rwcut", "records"] == 3


PRINTED = Path(__file__).parents[1] / "data" / "flowtext"
TIMES = ("time", "end_time")


@pytest.mark.parametrize("name", ["nfdump-1.7.1.csv", "nfdump-1.7.1.json"])
def test_what_nfdump_really_prints(name: str) -> None:
    golden = [json.loads(line) for line in (PRINTED / f"{name}.jsonl").read_text().splitlines()]
    rows, (answer,) = read((PRINTED / name).read_bytes(), origin=replace(ORIGIN, zone=ZoneInfo("UTC")))
    told = [{key: value for key, value in row.items() if key not in ("file", "received", "sensor", "source", "raw")} for row in rows]
    assert told == [{key: value for key, value in row.items() if key not in ("file", "received", "sensor", "source", "kind", "line")} for row in golden]
    assert len(rows) == 5 and answer.rejects.is_empty()


def test_both_of_nfdumps_formats_say_the_same() -> None:
    """CSV has whole seconds and zeros for what a flow does not have; all else is equal."""
    one, other = ([json.loads(line) for line in (PRINTED / f"nfdump-1.7.1.{form}.jsonl").read_text().splitlines()] for form in ("csv", "json"))
    own = {"file", "line", "offset", "dialect", *TIMES, "sensor"}
    for first, second in zip(one, other, strict=True):
        assert second.keys() <= first.keys()
        assert all(first[key] == value for key, value in second.items() if key not in own)
        assert {value for key, value in first.items() if key not in second} <= {0}
        assert all(first[time][:19] == second[time][:19] or first[time] < second[time] for time in TIMES)


def test_the_other_direction_and_link_layer_of_nfdump_are_kept() -> None:
    rows = [json.loads(line) for line in (PRINTED / "nfdump-1.7.1.json.jsonl").read_text().splitlines()]
    full = next(row for row in rows if "rev_packets" in row)
    assert (full["rev_packets"], full["rev_octets"], full["vlan"], full["src_mac"], full["dst_mac"]) == (7, 900, 4094, "00:00:5e:00:53:01", "00:00:5e:00:53:ff")
    assert sum("rev_packets" in row or "src_mac" in row for row in rows) == 1, "zeros are nothing"
