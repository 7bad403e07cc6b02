"""What BIND, Zeek and Suricata found on lists, read from lines of theirs."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode import Decoded, Lines, Origin
from varde.decode.reader import DIALECTS, Reader
from varde.decode.rows import json_row
from varde.decode.sightings import DIALECTS as SIGHTINGS
from varde.model import DNS

DATA = Path(__file__).parents[1] / "data" / "sightings"
NOW = 1_795_305_600_000000
LEFT_OUT = {"received", "sensor", "source", "file", "raw", "src_net", "dst_net", "dialect"}


def decode(text: bytes, *, only: str = "") -> Decoded:
    known = [SIGHTINGS[only]] if only else DIALECTS.values()
    return Reader(known).read(Lines.of(text), Origin("ns", "s", "x", NOW, ZoneInfo("UTC"), NOW))


def rows_of(decoded: Decoded) -> list[dict[str, object]]:
    if DNS.name not in decoded.others:
        return []
    return [{key: value for key, value in json_row(row, DNS).items() if key not in LEFT_OUT} for row in decoded.others[DNS.name].rows(named=True)]


@pytest.mark.parametrize("name", SIGHTINGS)
def test_golden(name: str) -> None:
    """Each line of NAME.log is the row of NAME.jsonl, or none."""
    decoded = decode((DATA / f"{name}.log").read_bytes())
    expected = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    assert rows_of(decoded) == expected
    assert decoded.counts[name, "records"] == len(expected)


@pytest.mark.parametrize("name", SIGHTINGS)
def test_the_example_is_read(name: str) -> None:
    assert decode(SIGHTINGS[name].example.encode()).counts[name, "records"] == 1


@pytest.mark.parametrize("name", SIGHTINGS)
@given(st.data())
def test_damaged_lines_are_counted(name: str, data: st.DataObject) -> None:
    """Whatever is cut out of a line or put into it, each line is a record, a reject or ignored."""
    lines = (DATA / f"{name}.log").read_bytes().splitlines()
    line = data.draw(st.sampled_from(lines))
    at = data.draw(st.integers(0, len(line)))
    cut = data.draw(st.integers(0, 20))
    text = line[:at] + data.draw(st.binary(max_size=12)) + line[at + cut :] + b"\n"
    decoded = decode(text)
    outcomes = sum(count for (dialect, outcome), count in decoded.counts.items() if outcome != "lines")
    assert outcomes == decoded.counts["", "lines"] == text.count(b"\n")


@pytest.mark.parametrize("name", SIGHTINGS)
def test_a_hostile_line_is_read_in_linear_time(name: str) -> None:
    """64 kB of what an expression likes best, a hundred times."""
    example = SIGHTINGS[name].example.encode()
    for filler in (b"\t", b"/", b" rpz", b'"', b"\\", b"{", b"a.", b"Intel::"):
        line = (example[:60] + filler * (60_000 // len(filler)) + example[60:])[:65_000].replace(b"\n", b"")
        decoded = decode((line + b"\n") * 20)
        assert decoded.counts["", "lines"] == 20


def test_a_name_that_says_more_than_a_name() -> None:
    """What stands in a name is the asker's: it is neither the zone nor another line."""
    line = (
        "2026-11-21T17:08:54.387Z rpz: info: client @0x1 192.0.2.7#5 (a): rpz QNAME NXDOMAIN rewrite "
        "x\\032rewrite\\032good.example/A/IN.example/A/IN via x\\032rewrite\\032good.example/A/IN.example.drop.rpz\n"
    )
    (row,) = rows_of(decode(line.encode()))
    assert row["name"] == "x\\032rewrite\\032good.example/a/in.example"
    assert row["lists"] == "drop.rpz"


def test_an_object_that_speaks_of_an_alert_is_none() -> None:
    assert rows_of(decode(b'{"event_type":"http","http":{"url":"/?q=\\"event_type\\":\\"alert\\""}}\n')) == []
    assert rows_of(decode(b'{"event_type":"alert","alert":"none"}\n')) == []


def test_a_cut_object_is_a_reject() -> None:
    decoded = decode((DATA / "suricata-alert.log").read_bytes()[:200] + b"\n")
    assert decoded.counts["suricata-alert", "reject:json"] == 1
    assert decoded.rejects["sample"][0].startswith('{"timestamp"')


def test_a_port_or_address_that_is_none_is_a_reject() -> None:
    line = (DATA / "suricata-alert.log").read_bytes().splitlines()[0]
    assert decode(line.replace(b"51022", b"70000")).counts["suricata-alert", "reject:port"] == 1
    assert decode(line.replace(b"203.0.113.5", b"203.0.113.500")).counts["suricata-alert", "reject:address"] == 1
    assert decode(line.replace(b"2026-11-21T", b"2026-13-21T")).counts["suricata-alert", "reject:time"] == 1
