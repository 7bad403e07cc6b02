"""Stamps of lines to moments: headers of every kind, years that are left out, zones and clock changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from firewall_family import read, records

from varde.decode.headers import HEADERS
from varde.decode.stamps import KINDS, microseconds

OSLO = ZoneInfo("Europe/Oslo")
PACKET = "{} BLOCK IN=eth0 OUT= SRC=203.0.113.7 DST=198.51.100.2 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=ICMP TYPE=8 CODE=0"

_HEADERS = {
    "rfc3164": ("Nov 12 03:14:01 gw kernel:", "2026-11-12T02:14:01+00:00"),
    "rfc3164, priority": ("<134>Nov  2 03:14:01 gw kernel:", "2026-11-02T02:14:01+00:00"),
    "rfc3164, fraction": ("Nov 12 03:14:01.250 gw kernel:", "2026-11-12T02:14:01.250000+00:00"),
    "rfc3164, UTC": ("Nov 12 03:14:01 UTC gw kernel:", "2026-11-12T03:14:01+00:00"),
    "iso, Z": ("2026-11-12T03:14:01Z gw kernel:", "2026-11-12T03:14:01+00:00"),
    "iso, offset": ("<6>2026-11-12T03:14:01.5-05:00 gw kernel:", "2026-11-12T08:14:01.500000+00:00"),
    "iso, no zone": ("2026-11-12 03:14:01 gw kernel:", "2026-11-12T02:14:01+00:00"),
    "iso, comma": ("2026-11-12 03:14:01,250 gw kernel:", "2026-11-12T02:14:01.250000+00:00"),
    "rfc5424": ("<4>1 2026-11-12T03:14:01.123456+01:00 gw kernel - - -", "2026-11-12T02:14:01.123456+00:00"),
    "rfc5424, data": ('<4>1 2026-11-12T03:14:01Z gw kernel 12 - [a@1 b="c\\]"][d@1]', "2026-11-12T03:14:01+00:00"),
    "rfc3164 with year": ("Nov 12 2024 03:14:01 gw kernel:", "2024-11-12T02:14:01+00:00"),
    "proxmox": ("0 3 PVEFW-HOST-IN 12/Nov/2026:03:14:01 +0100", "2026-11-12T02:14:01+00:00"),
    "colons": ("2026:11:12-03:14:01 gw kernel:", "2026-11-12T02:14:01+00:00"),
    "routeros": ("nov/12 03:14:01 gw", "2026-11-12T02:14:01+00:00"),
    "routeros, year": ("nov/12/2024 03:14:01 gw", "2024-11-12T02:14:01+00:00"),
    "clock": ("03:14:01 gw", "2026-11-21T02:14:01+00:00"),
    "clock, yesterday": ("23:59:59 gw", "2026-11-20T22:59:59+00:00"),
    "epoch": ("1794449641.250000 gw", "2026-11-12T02:14:01.250000+00:00"),
    "uptime": ("[ 2223.837178]", "2026-11-21T22:26:40+00:00"),
}


@pytest.mark.parametrize(("start", "moment"), _HEADERS.values(), ids=_HEADERS)
def test_a_header_gives_its_moment(start: str, moment: str) -> None:
    (row,) = records(read(PACKET.format(start).encode()))
    assert row["time"] == moment
    assert row["rule"] == "BLOCK"


def test_every_kind_of_header_is_tried_here() -> None:
    tried = {name.split(",")[0] for name in _HEADERS}
    assert tried == {header.name for header in HEADERS} - {"none"}


def test_a_line_without_a_stamp_is_a_reject_in_a_file_and_now_in_a_socket() -> None:
    line = PACKET.format("").strip().encode()
    assert read(line).counts["linux", "reject:time"] == 1
    (row,) = records(read(line, live=True))
    assert row["time"] == "2026-11-21T22:26:40+00:00"


def _moments(kind: str, texts: list[str], reference: datetime, zone: ZoneInfo = OSLO) -> list[str | None]:
    us = microseconds(pl.Series(texts), kind, zone, int(reference.timestamp() * 1_000_000))
    return [None if one is None else datetime.fromtimestamp(one / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S") for one in us]


def test_the_year_left_out_is_the_last_in_which_the_moment_was() -> None:
    new_year = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
    assert _moments("bsd", ["Dec 31 23:59:59", "Jan  1 01:00:00", "Jan  2 00:30:00", "Jan  3 02:00:00"], new_year) == [
        "2026-12-31 22:59:59", "2027-01-01 00:00:00", "2027-01-01 23:30:00", "2026-01-03 01:00:00",
    ]  # fmt: skip


def test_29_february_without_a_year() -> None:
    assert _moments("bsd", ["Feb 29 12:00:00"], datetime(2028, 3, 1, tzinfo=UTC)) == ["2028-02-29 11:00:00"]
    assert _moments("bsd", ["Feb 29 12:00:00"], datetime(2029, 2, 1, tzinfo=UTC)) == ["2028-02-29 11:00:00"]
    assert _moments("bsd", ["Feb 29 12:00:00"], datetime(2027, 3, 1, tzinfo=UTC)) == ["2024-02-29 11:00:00"]


def test_an_hour_that_a_clock_change_skips_or_repeats() -> None:
    reference = datetime(2026, 11, 1, tzinfo=UTC)
    skipped, before, after = _moments("bsd", ["Mar 29 02:30:00", "Mar 29 01:59:59", "Mar 29 03:00:00"], reference)
    assert (before, after) == ("2026-03-29 00:59:59", "2026-03-29 01:00:00")
    assert skipped == "2026-03-29 01:30:00"
    assert _moments("bsd", ["Oct 25 02:30:00", "Oct 25 03:00:00"], reference) == ["2026-10-25 00:30:00", "2026-10-25 02:00:00"]


def test_zones_of_stamps_and_of_the_origin() -> None:
    reference = datetime(2026, 11, 21, tzinfo=UTC)
    texts = ["2026-07-01T12:00:00Z", "2026-07-01T12:00:00+0530", "2026-07-01 12:00:00 UTC", "2026-07-01 12:00:00"]
    assert _moments("iso", texts, reference) == [
        "2026-07-01 12:00:00", "2026-07-01 06:30:00", "2026-07-01 12:00:00", "2026-07-01 10:00:00",
    ]  # fmt: skip
    assert _moments("iso", texts[3:], reference, ZoneInfo("Asia/Kathmandu")) == ["2026-07-01 06:15:00"]
    assert _moments("apache", ["12/Nov/2026:03:14:01 -0330"], reference) == ["2026-11-12 06:44:01"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bsd", "Foo 12 03:14:01"), ("bsd", "Nov 31 03:14:01"), ("bsd", "Nov 12 25:14:01"), ("bsd", "Nov 12 03:61:01"),
        ("iso", "2026-13-12T03:14:01Z"), ("iso", "2026-02-30T03:14:01Z"), ("iso", "0000-00-00 00:00:00"), ("iso", ""),
        ("slashes", "2026/11/12"), ("colons", "2026:11:12 03:14:01"), ("clock", "3:14:01"), ("epoch", "now"),
        ("epoch_any", "17944496"), ("routeros", "NOV/12 03:14:01"), ("no such kind", "2026-11-12T03:14:01Z"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_null(kind: str, text: str) -> None:
    assert _moments(kind, [text], datetime(2026, 11, 21, tzinfo=UTC)) == [None]


def test_counts_since_1970_by_their_length() -> None:
    counts = ["1794449641", "1794449641250", "1794449641250000", "1794449641250000999"]
    us = microseconds(pl.Series(counts), "epoch_any", OSLO, 0).to_list()
    assert us == [1794449641000000, 1794449641250000, 1794449641250000, 1794449641250000]


def test_a_column_of_one_kind_may_be_empty() -> None:
    for kind in KINDS:
        assert microseconds(pl.Series([], dtype=pl.String), kind, OSLO, 0).to_list() == []
