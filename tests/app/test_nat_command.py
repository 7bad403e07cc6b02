"""varde flow nat, from captured exports to the answer. All addresses and events are synthetic."""

import csv
import io
import json
import struct
from datetime import datetime, timezone
from pathlib import Path

from cli_run import refused, varde
from flow_family import NOW, a_set, template, v9
from wire import ip4, pcap, udp

OUTSIDE, PEER = bytes([198, 51, 100, 7]), bytes([203, 0, 113, 9])
"""The outside address, and the other end."""

FIELDS = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (225, 4), (227, 2), (230, 1), (323, 8))


def told(event: int, at: int, inside: int = 5) -> bytes:
    """A NAT event `at` seconds after NOW: 192.168.88.`inside`:4000 went out as 198.51.100.7:61000."""
    return struct.pack(">4s4sHHB4sHBQ", bytes([192, 168, 88, inside]), PEER, 4000, 443, 6, OUTSIDE, 61000, event, (NOW + at) * 1000)


def clock(at: int) -> str:
    return f"{datetime.fromtimestamp(NOW + at, timezone.utc):%Y-%m-%d %H:%M:%S}"


def filled(home: Path, *events: bytes) -> Path:
    """A home whose store has read a capture with these events."""
    export = v9(a_set(0, template(256, *FIELDS)), a_set(256, b"".join(events)))
    (home / "nat.pcap").write_bytes(pcap([ip4(udp(export))], seconds=NOW + 3))
    assert varde(home, "read", "nat.pcap").status == 0
    return home


ASKED = ("flow", "nat", "--address", "198.51.100.7", "--port", "61000", "--proto", "tcp")


def test_who_had_a_port_at_a_time_is_told_in_a_sentence_and_a_table(tmp_path: Path) -> None:
    home = filled(tmp_path, told(4, 0), told(5, 60), told(4, 90, 6))
    done = varde(home, *ASKED, "--at", clock(30), "--tz", "UTC")
    assert done.status == 0
    assert "192.168.88.5 had 198.51.100.7:61000; times are of UTC" in done.out
    assert clock(0) in done.out and clock(60) in done.out and "192.168.88.6" not in done.out
    later = varde(home, *ASKED, "--at", clock(100))
    assert "192.168.88.6 had 198.51.100.7:61000" in later.out and "no end told" in later.out


def test_a_moment_is_read_and_told_in_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    home = filled(tmp_path, told(4, 0), told(5, 60))
    local = clock(30 + 3600)
    done = varde(home, *ASKED, "--at", local, "--tz", "Etc/GMT-1")
    assert done.status == 0 and "times are of Etc/GMT-1" in done.out
    assert varde(home, *ASKED, "--at", local, "--tz", "UTC").status == 1


def test_json_and_csv_have_the_spans_with_moments_in_utc(tmp_path: Path) -> None:
    home = filled(tmp_path, told(4, 0), told(5, 60), told(4, 90, 6))
    document = json.loads(varde(home, *ASKED, "--since", clock(-10), "--until", clock(120), "--tz", "UTC", "--json").out)
    assert [(span["inside_addr"], span["inside_port"], span["told_by"], span["records"]) for span in document["translations"]] == [
        ("192.168.88.5", 4000, "events", 2), ("192.168.88.6", 4000, "events", 1),
    ]  # fmt: skip
    first, second = document["translations"]
    assert (first["to"], second["to"], second["proto_name"], second["peer_addr"]) == (f"{clock(60)}Z".replace(" ", "T"), None, "tcp", "203.0.113.9")
    rows = list(csv.DictReader(io.StringIO(varde(home, *ASKED, "--since", clock(-10), "--until", clock(120), "--tz", "UTC", "--csv").out)))
    assert [(row["inside_addr"], row["from"]) for row in rows] == [("192.168.88.5", first["from"]), ("192.168.88.6", second["from"])]


def test_where_nobody_had_it_the_nearest_are_told(tmp_path: Path) -> None:
    home = filled(tmp_path, told(4, 0), told(5, 60), told(4, 90, 6))
    done = varde(home, *ASKED, "--at", clock(75), "--tz", "UTC")
    assert (done.status, done.out) == (1, "")
    assert f"no translation of address 198.51.100.7 and port 61000 at {clock(75)}" in done.err
    assert f"the last before it: 192.168.88.5:4000 had 198.51.100.7:61000 (tcp) from {clock(0)} to {clock(60)}" in done.err
    assert f"the first after it: 192.168.88.6:4000 had 198.51.100.7:61000 (tcp) from {clock(90)} to no end told" in done.err


def test_without_flows_and_without_translations_what_to_do_is_said(tmp_path: Path) -> None:
    done = varde(tmp_path, *ASKED)
    assert done.status == 1 and "no flows were received yet" in done.err
    record = struct.pack(">IIIHHIIIIHHBBBBHHBBH", 0x0A000005, 0xCB007105, 0, 1, 2, 10, 1000, 1000, 2000, 443, 51022, 0, 27, 6, 0, 0, 0, 24, 24, 0)
    flow5 = struct.pack(">HHIIIIBBH", 5, 1, 3_600_000, NOW, 0, 1, 0, 0, 0) + record
    (tmp_path / "flows.pcap").write_bytes(pcap([ip4(udp(flow5))], seconds=NOW))
    assert varde(tmp_path, "read", "flows.pcap").status == 0
    done = varde(tmp_path, *ASKED)
    assert done.status == 1 and "none of the flows that are stored tells of a translation" in done.err and "nat-events=yes" in done.err


def test_what_cannot_be_asked_is_refused_in_words(tmp_path: Path) -> None:
    for switches, words in (
        (["--at", "noon"], "is no moment"), (["--at", "6h", "--since", "7h"], "--at names one moment"), (["--proto", "quic"], "is no protocol"),
        (["--address", "router"], "is no address or network"), (["--json", "--csv"], "two forms"),
    ):  # fmt: skip
        assert words in refused(tmp_path, "flow", "nat", *switches)
