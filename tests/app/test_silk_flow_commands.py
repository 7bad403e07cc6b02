"""SiLK flow files as a person meets them: read, decode, doctor, filter --from, and what is damaged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_run import Up, refused, varde
from material import stored
from tests.silk_family import GENERIC, ROUTING, SPLIT, Flow, header, silk_file

from varde.store import Store

DATA = Path(__file__).parents[1] / "data" / "silk"
FILES = ("generic.rw", "routing.rw", "in-S6_20090212.00")


@pytest.mark.parametrize("name", FILES)
def test_decode_prints_what_the_golden_has(tmp_path: Path, name: str) -> None:
    done = varde(tmp_path, "decode", str(DATA / name))
    printed = [json.loads(line) for line in done.out.splitlines()]
    golden = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    assert (done.status, done.err) == (0, "")
    assert [row | {"file": name, "received": ""} for row in printed] == golden


def test_read_stores_each_record_once(tmp_path: Path) -> None:
    for name in FILES:
        first = varde(tmp_path, "read", str(DATA / name), "--store", "s")
        assert first.status == 0 and "SiLK flow file, FT_RW" in first.err, first.err
    assert len(stored(Store(tmp_path / "s"), "flows")) == 9
    again = varde(tmp_path, "read", str(DATA / "generic.rw"), "--store", "s")
    assert "had been read before" in again.err
    assert len(stored(Store(tmp_path / "s"), "flows")) == 9


def test_a_file_that_grew_is_read_on(tmp_path: Path) -> None:
    flows = [replace(Flow(), src_port=1000 + number) for number in range(200)]
    whole = silk_file(GENERIC, 5, flows)
    (tmp_path / "grow.rw").write_bytes(whole[: -52 * 80])
    assert varde(tmp_path, "read", "grow.rw", "--store", "s").status == 0
    (tmp_path / "grow.rw").write_bytes(whole)
    assert varde(tmp_path, "read", "grow.rw", "--store", "s").status == 0
    ports = stored(Store(tmp_path / "s"), "flows")["src_port"].to_list()
    assert sorted(ports) == list(range(1000, 1200))


def test_the_doctor_says_what_it_is(tmp_path: Path) -> None:
    (report,) = json.loads(varde(tmp_path, "doctor", "--json", str(DATA / "in-S6_20090212.00")).out)
    assert (report["kind"], report["unit"], report["records"], report["rejects"]) == ("SiLK flow file, FT_RWSPLIT version 5", "record", 3, 0)
    assert report["advice"] == "" and report["first"] == "2009-02-12T00:00:00Z"


def test_questions_are_put_to_files(tmp_path: Path) -> None:
    done = varde(tmp_path, "cut", "--from", str(DATA / "generic.rw"), "--fields", "sip,sport,dport,flags,stime", "--delimited", "--no-titles", "--ipv6-policy=ignore")
    assert done.out.splitlines()[:2] == ["192.0.2.7|53|5353||2009/02/12T00:00:00.000", "192.0.2.7|29617|443|FSPA|2009/02/12T00:00:02.696"]
    statistics = varde(tmp_path, "filter", "--from", str(DATA / "generic.rw"), "--from", str(DATA / "routing.rw"), "--proto=6", "--print-statistics=stdout").out
    assert "Read          6.  Pass          2. Fail           4." in statistics


def test_a_pipe_and_a_compressed_file_are_read(tmp_path: Path) -> None:
    import gzip

    whole = (DATA / "generic.rw").read_bytes()
    (tmp_path / "flows.rw.gz").write_bytes(gzip.compress(whole))
    assert len(varde(tmp_path, "decode", "flows.rw.gz").out.splitlines()) == 3
    assert len(varde(tmp_path, "decode", "-", stdin=whole).out.splitlines()) == 3
    assert varde(tmp_path, "read", "-", "--store", "s", stdin=whole).status == 0
    assert len(stored(Store(tmp_path / "s"), "flows")) == 3


def test_what_is_whole_of_a_cut_file_is_kept_and_said(tmp_path: Path) -> None:
    (tmp_path / "cut.rw").write_bytes(silk_file(ROUTING, 3, [Flow()] * 5)[:-3])
    done = varde(tmp_path, "decode", "cut.rw")
    assert len(done.out.splitlines()) == 4 and "ends in the midst of a record" in done.err
    read = varde(tmp_path, "read", "cut.rw", "--store", "s")
    assert "ends in the midst of a record" in read.err and len(stored(Store(tmp_path / "s"), "flows")) == 4


@pytest.mark.parametrize(("content", "words"), [
    (header(GENERIC, 5, 52, compression=2), "rwcat --compression-method=none"), (header(SPLIT, 6, 40), "rwcut --delimited"),
    (header(GENERIC, 5, 60), "have 60 octets; they have 52"), (b"\xde\xad\xbe\xef\x00\x16\x10\x00", "ends within its header"),
])  # fmt: skip
def test_files_that_are_not_read_are_said_with_what_to_do(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "odd.rw").write_bytes(content)
    for command in (["decode", "odd.rw"], ["doctor", "odd.rw"], ["read", "odd.rw", "--store", "s"]):
        done = varde(tmp_path, *command)
        assert done.status == 1 and words in done.err, (command, done.err)


def test_a_set_is_no_flow_file(tmp_path: Path) -> None:
    (tmp_path / "hosts.txt").write_text("192.0.2.1\n")
    assert varde(tmp_path, "set", "build", "hosts.txt", "-o", "hosts.set").status == 0
    assert "`varde set cat FILE` reads sets" in refused(tmp_path, "decode", "hosts.set")


def test_up_imports_files_of_flows_and_does_not_follow_them(tmp_path: Path) -> None:
    with Up(tmp_path, str(DATA / "generic.rw"), "--store", "s", "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0") as up:
        up.wait_for("page at ")
        assert "SiLK flow file, FT_RWGENERIC version 5" in up.said
        assert up.stop() == 0
    assert len(stored(Store(tmp_path / "s"), "flows")) == 3


def test_flags_of_the_first_packet_are_asked_about(tmp_path: Path) -> None:
    done = varde(tmp_path, "cut", "--from", str(DATA / "generic.rw"), "--flags-initial=S/SA", "--fields", "dport", "--no-titles", "--delimited")
    assert done.out == "443\n"
