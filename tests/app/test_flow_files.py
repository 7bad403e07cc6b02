"""Captured flow exports on the command line: decode, read, doctor, forget, and what says no."""

import bz2
import gzip
import json
import lzma
from pathlib import Path

import pytest
import zstandard
from cli_run import refused, varde
from flow_family import NOW, V4, a_set, ipfix, template, v4_record, v5, v5_record, v9
from material import stored, write_old
from wire import ip4, pcap, udp

from varde.store import Store


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Two exporters' datagrams, one lost, one before its template, and other traffic."""
    payloads = [
        v5(v5_record(), v5_record(1), sequence=0), v9(a_set(256, v4_record(9) + bytes(2)), sequence=4), v9(a_set(0, template(256, *V4)), sequence=5),
        v5(v5_record(2, proto=1, dst_port=0x0303), sequence=7), b"GET / HTTP/1.0" + bytes(20),
    ]  # fmt: skip
    return write_old(tmp_path / "gw.pcap", pcap([ip4(udp(payload, port=9999 if number == 4 else 2055)) for number, payload in enumerate(payloads)]))


def test_decode_prints_flows_as_json_lines_with_the_packets_number(tmp_path: Path, capture: Path) -> None:
    done = varde(tmp_path, "decode", "gw.pcap")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert [(row["kind"], row["file"], row["line"], row["dialect"]) for row in rows] == [
        ("flow", "gw.pcap", 1, "netflow5"), ("flow", "gw.pcap", 1, "netflow5"), ("flow", "gw.pcap", 3, "netflow9"), ("flow", "gw.pcap", 4, "netflow5"),
    ]  # fmt: skip
    first = rows[0]
    assert {name: first[name] for name in ("src_addr", "dst_addr", "dst_port", "proto_name", "tcp_flags", "exporter", "time", "end_time")} == {
        "src_addr": "10.0.0.0", "dst_addr": "203.0.113.5", "dst_port": 443, "proto_name": "tcp", "tcp_flags": "SYN,ACK", "exporter": "192.0.2.254",
        "time": "2026-11-21T22:25:50Z", "end_time": "2026-11-21T22:26:00Z",
    }  # fmt: skip
    assert (rows[2]["late"], rows[3]["icmp_type"], "dst_port" in rows[3]) == (1, 3, False)


def test_fields_without_a_column_are_an_object(tmp_path: Path) -> None:
    fields = ((8, 4), (12, 4), (89, 1), (95, 4))
    write_old(tmp_path / "x.pcap", pcap([ip4(udp(v9(a_set(0, template(256, *fields)), a_set(256, bytes(8) + b"\x40\x0d\x00\x00\x01"))))]))
    (row,) = map(json.loads, varde(tmp_path, "decode", "x.pcap").out.splitlines())
    assert row["other"] == {"89": "40", "95": "0d000001"}


def test_read_stores_once_from_a_file_a_compressed_one_and_a_pipe(tmp_path: Path, capture: Path) -> None:
    write_old(tmp_path / "gw.pcap.gz", gzip.compress(capture.read_bytes()))
    (first,) = json.loads(varde(tmp_path, "read", "gw.pcap", "--json").out)
    (packed,) = json.loads(varde(tmp_path, "read", "gw.pcap.gz", "--json").out)
    piped = varde(tmp_path, "read", "-", "--sensor", "gw", "--json", stdin=capture.read_bytes())
    assert (first["records"], packed["records"], json.loads(piped.out)[0]["records"]) == (4, 0, 0)
    assert packed["already_read"] == len(capture.read_bytes())
    assert len(stored(Store(tmp_path / "store"), "flows")) == 4
    assert not list(tmp_path.glob("**/varde-*.capture"))


PACKERS = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstandard.compress}


@pytest.mark.parametrize("kind", ["pcap", "ipfix"])
@pytest.mark.parametrize("packer", PACKERS)
def test_compressed_captures_on_standard_input_are_recognised_as_from_files(tmp_path: Path, capture: Path, packer: str, kind: str) -> None:
    plain = capture.read_bytes() if kind == "pcap" else ipfix(a_set(2, template(256, *V4)), a_set(256, v4_record() * 3))
    packed = PACKERS[packer](plain)
    named = write_old(tmp_path / f"gw.{kind}.{packer}", packed)
    for command, form in (("decode", "--jsonl"), ("doctor", "--json")):
        from_file, piped = varde(tmp_path, command, named.name, form), varde(tmp_path, command, "-", form, stdin=packed)
        assert piped.status == from_file.status == 0
        assert _without_place(piped.out) == _without_place(from_file.out) != []
    (stored_once,) = json.loads(varde(tmp_path, "read", "-", "--sensor", "gw", "--json", stdin=packed).out)
    assert stored_once["records"] == len(stored(Store(tmp_path / "store"), "flows")) > 0


def _without_place(out: str) -> list[dict[str, object]]:
    """Rows of an answer without the name that the file has."""
    found = [json.loads(line) for line in out.splitlines()] if not out.startswith("[") else json.loads(out)
    return [{name: value for name, value in row.items() if name not in _PLACES} for row in found]


_PLACES = ("file", "path", "source", "sensor", "fixes", "elapsed")


def test_flows_where_packets_were_asked_for_are_told_with_the_command_that_shows_them(tmp_path: Path, capture: Path) -> None:
    done = varde(tmp_path, "fireplot", "-", "-o", "plot.png", stdin=capture.read_bytes())
    assert "4 flows: `varde decode -` shows them" in done.err


def test_forget_takes_flows_and_ledger_back(tmp_path: Path, capture: Path) -> None:
    varde(tmp_path, "read", "gw.pcap")
    assert "4 records taken back" in varde(tmp_path, "forget", "gw.pcap").err
    assert json.loads(varde(tmp_path, "read", "gw.pcap", "--json").out)[0]["records"] == 4


def test_the_doctor_names_protocols_exporters_templates_and_losses(tmp_path: Path, capture: Path) -> None:
    done = varde(tmp_path, "doctor", "gw.pcap")
    assert done.status == 0
    assert "gw.pcap: NetFlow v5, NetFlow v9 in a packet capture (pcap)" in done.err
    assert "5 packets: 4 records, 1 of other protocols, 0 rejected" in done.err
    assert "NetFlow v5 from 192.0.2.254, domain 0: 2 datagrams, 3 flows; 5 flows lost" in done.err
    assert "NetFlow v9 from 192.0.2.254, domain 0: 2 datagrams, 1 flow, 1 template; no datagrams lost" in done.err
    assert "1 flow came before the template it needs, and was read when that came" in done.err
    (report,) = json.loads(varde(tmp_path, "doctor", "gw.pcap", "--json").out)
    assert (report["unit"], report["share_parsed"], report["dialects"]) == ("packet", 1.0, {"netflow5": 3, "netflow9": 1})


def test_the_doctor_says_what_could_not_be_read_and_what_helps(tmp_path: Path) -> None:
    packets = [ip4(udp(v9(a_set(256, v4_record()), sequence=number))) for number in range(3)]
    write_old(tmp_path / "x.pcap", pcap([*packets, ip4(udp(v5(v5_record()), ), fragment=0x2000)], snap=2000) + b"\x00")
    done = varde(tmp_path, "doctor", "x.pcap")
    assert done.status == 1
    for words in ("3 rejected: sets whose template did not come in time", "announce its templates more often", "1 fragment of an IP packet", "ends in the midst of a packet"):
        assert words in done.err, words


def test_a_clock_that_is_off_and_sampling_are_said(tmp_path: Path) -> None:
    write_old(tmp_path / "x.pcap", pcap([ip4(udp(v5(v5_record(), seconds=NOW - 7200, sampling=100)))]))
    assert "its clock is 2.0 h behind the clock of who captured it" in varde(tmp_path, "doctor", "x.pcap").err


def test_a_capture_without_exports_says_so_and_what_else_can_be_done(tmp_path: Path) -> None:
    write_old(tmp_path / "web.pcap", pcap([ip4(udp(b"GET / HTTP/1.0" + bytes(30), port=80))]))
    for command in ("read", "decode", "doctor"):
        done = varde(tmp_path, command, "web.pcap")
        assert done.status == 1 and "without" in done.err, command
    assert "tcpdump -n -e -tttt" in varde(tmp_path, "doctor", "web.pcap").err


def test_commands_that_need_lines_name_those_that_read_exports(tmp_path: Path, capture: Path) -> None:
    assert "`varde decode FILE` and `varde read FILE` read the flow exports in it" in refused(tmp_path, "fireplot", "gw.pcap", "-o", "plot.png")
    assert not (tmp_path / "plot.png").exists()


def test_a_link_type_that_is_not_read_is_named(tmp_path: Path) -> None:
    write_old(tmp_path / "wifi.pcap", pcap([bytes(60)], link=105))
    for command in ("read", "decode", "doctor"):
        done = varde(tmp_path, command, "wifi.pcap")
        assert done.status == 1 and "link type 105" in done.err, command
