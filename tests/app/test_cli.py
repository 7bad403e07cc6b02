"""The command line: answers, exit statuses, and one sentence for whatever is wrong."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import pytest
from cli_run import as_nobody, refused, varde
from material import FIREWALL, cowrie_login, environment, firewall_line, firewall_lines, write_old

from varde.model import ALLOWED

COMMANDS = ("fireplot", "up", "listen", "catch", "captures", "demo", "simulate", "read", "forget", "decode", "doctor", "status", "tidy", "config", "honeypot", "logstalgia", "linkgraph", "afterglow")
DAY = ("--day", "2026-11-20", "--tz", "UTC")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_old(tmp_path / "fw.log", firewall_lines(0, 200))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store holds 200 records of sensor fw."""
    home = tmp_path_factory.mktemp("home")
    write_old(home / "fw.log", firewall_lines(0, 200))
    assert varde(home, "read", "fw.log").status == 0
    return home


# ---- help ----


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = varde(tmp_path, command, "--help")
    assert done.status == 0
    assert f"varde {command}" in done.out
    assert not list(tmp_path.iterdir())  # help makes no store, no configuration


def test_the_help_names_every_command_and_imports_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "varde", "--help"], capture_output=True, text=True, env=environment(tmp_path))
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert not imported & {"polars", "ibis", "duckdb", "fastapi", "matplotlib", "pyarrow", "deltalake", "numpy", "pydantic"}
    assert all(re.search(rf"\b{command}\b", done.stdout) for command in COMMANDS)


def test_the_version_names_the_tables_it_carries(tmp_path: Path) -> None:
    done = varde(tmp_path, "--version")
    assert done.status == 0
    assert re.match(r"varde [0-9]+\.[0-9]+\.[0-9]+\S*\n", done.out)


@pytest.mark.parametrize("arguments", [["nonsense"], ["fireplot", "--nonsense"], ["read"], ["fireplot", "--width", "x"], ["fireplot", "--width", "10"]])
def test_wrong_usage_is_status_2(tmp_path: Path, arguments: list[str]) -> None:
    assert varde(tmp_path, *arguments).status == 2


# ---- one sentence for whatever is wrong with a file ----


@pytest.mark.parametrize("command", ["read", "decode", "doctor", "fireplot"])
def test_a_missing_file_and_a_folder_are_said(tmp_path: Path, command: str) -> None:
    assert "nothing.log: no such file" in refused(tmp_path, command, "nothing.log")
    assert "is a directory; name the files in it" in refused(tmp_path, command, str(tmp_path))


@pytest.mark.parametrize("command", ["read", "decode", "fireplot"])
def test_binary_files_are_called_by_their_name(tmp_path: Path, command: str) -> None:
    for name, content, words in (("x.png", b"\x89PNG\r\n\x1a\n", "a picture"), ("x.bin", bytes(range(256)) * 20, "binary data"), ("x.gz", gzip.compress(b"\x7fELF"), "a program")):
        (tmp_path / name).write_bytes(content)
        assert words in refused(tmp_path, command, name)


@pytest.mark.parametrize("command", ["read", "decode", "doctor", "fireplot"])
def test_an_empty_file_and_one_of_other_lines_is_status_1(tmp_path: Path, command: str) -> None:
    write_old(tmp_path / "empty.log", b"")
    write_old(tmp_path / "other.log", b"Nov 20 12:00:00 host sshd[1]: Accepted publickey\n" * 30)
    for name in ("empty.log", "other.log"):
        done = varde(tmp_path, command, name)
        assert done.status == 1, done.err
        assert done.err


def test_the_doctor_says_what_a_picture_is_and_goes_on(tmp_path: Path, log: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = varde(tmp_path, "doctor", "x.png", "fw.log", "--json")
    assert done.status == 0
    assert [report["kind"] for report in json.loads(done.out)] == ["a picture (PNG)", json.loads(done.out)[1]["kind"]]
    assert json.loads(done.out)[1]["records"] == 200


def test_the_doctor_counts_records_without_a_port_and_says_which_are_fragments(tmp_path: Path) -> None:
    start = firewall_line(1).partition(b" PROTO=")[0]
    write_old(tmp_path / "fw.log", b"".join([firewall_line(0), start + b" FRAG:185 PROTO=UDP\n", start + b" PROTO=TCP INCOMPLETE [4 bytes]\n"]))
    findings = json.loads(varde(tmp_path, "doctor", "fw.log", "--json").out)[0]["findings"]
    assert "2 TCP or UDP records have no port: 1 fragment, 1 whose line does not say why" in findings


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root needs setpriv to try without root's rights")
def test_a_file_that_may_not_be_read_says_which_group_helps(tmp_path: Path, log: Path) -> None:
    log.chmod(0)
    (tmp_path / "free").mkdir()
    runner = as_nobody(tmp_path)
    (tmp_path / "free").chmod(0o777)
    for command in ("read", "fireplot"):
        sentence = refused(tmp_path, command, "fw.log", runner=runner, VARDE_STORE=str(tmp_path / "free" / "store"))
        assert "permission denied. Logs are often readable by group adm" in sentence


NO_FIREWALL_LOGS = {
    "auth.log": (b"Nov 20 12:00:00 host sshd[1]: Accepted publickey for a\n", "an SSH server's log", "`varde honeypot logins FILE`"),
    "auth5424.log": (b"<38>1 2026-11-20T12:00:00+00:00 host sshd 44 - - Invalid user a\n", "an SSH server's log", "`varde honeypot logins FILE`"),
    "cowrie.log": (b"2026-11-20T12:00:00.1Z [cowrie.ssh.factory.CowrieSSHFactory] New connection\n", "a Cowrie honeypot log (text)", "`varde honeypot logins FILE`"),
    "audit.log": (b"type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e\n", "a log of the Linux audit system", "Varde has no command"),
    "conn.log": (b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n", "a Zeek log", "Varde has no command"),
    "flows9.bin": (b"\x00\x09\x00\x01" + bytes(16) + b"\x00\x00\x00\x10" + bytes(12), "NetFlow v9 datagrams", "from packet captures (pcap)"),
    "nfcapd.1": (b"\x0c\xa5\x01\x00" + bytes(100), "an nfdump file", "`nfdump -r FILE -o csv`"),
    "flows.rw": (b"\xde\xad\xbe\xef" + bytes(100), "a SiLK file", "`varde set cat FILE`"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_FIREWALL_LOGS)
def test_well_known_files_that_are_no_firewall_logs_are_named_with_who_reads_them_and_not_drawn(tmp_path: Path, name: str) -> None:
    content, kind, reader = NO_FIREWALL_LOGS[name]
    write_old(tmp_path / name, content)
    for command in (["doctor"], ["read"], ["decode"], ["fireplot", "-o", "plot.png"]):
        done = varde(tmp_path, *command, name)
        assert done.status in (1, 2), command
        assert kind in done.err and reader in done.err, command
    assert not (tmp_path / "plot.png").exists()


HONEYPOT_LOGS = {
    "cowrie.json": (cowrie_login(0), "Cowrie, JSON", "1 login: `varde honeypot logins cowrie.json`"),
    "events.log": (b"2026-11-20T12:00:00.334157Z b45eaad21cc3 login attempt [root/root] failed\n", "Cowrie, text by session", "1 login"),
    "endlessh.log": (b"2026-11-20T12:00:00.500Z CLOSE host=::ffff:203.0.113.9 port=43202 fd=5 time=20.008 bytes=37\n", "Endlessh", "1 event of a session"),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEYPOT_LOGS)
def test_logs_of_honeypots_are_read_but_are_no_fireplot(tmp_path: Path, name: str) -> None:
    content, kind, held = HONEYPOT_LOGS[name]
    write_old(tmp_path / name, content)
    assert kind in varde(tmp_path, "doctor", name).err
    drawn = varde(tmp_path, "fireplot", name, "-o", "plot.png")
    assert (drawn.status, (tmp_path / "plot.png").exists()) == (1, False)
    assert kind in drawn.err and f"It has no probes but {held}" in drawn.err


def test_files_beside_a_firewall_log_that_hold_no_line_of_one_are_said(tmp_path: Path, log: Path) -> None:
    write_old(tmp_path / "auth.log", NO_FIREWALL_LOGS["auth.log"][0])
    done = varde(tmp_path, "fireplot", "fw.log", "auth.log", "-o", "plot.png", "--quiet")
    assert (done.status, (tmp_path / "plot.png").exists()) == (0, True)
    (said,) = done.err.splitlines()
    assert said.startswith("varde: auth.log: an SSH server's log.")


def test_the_doctor_prints_the_fix_for_what_is_missing_and_no_other(tmp_path: Path) -> None:
    def fixes(line: bytes) -> str:
        write_old(tmp_path / "fw.log", line)
        return "\n".join(json.loads(varde(tmp_path, "doctor", "fw.log", "--json").out)[0]["fixes"])

    body = firewall_line(0).partition(b" ")[2]
    assert fixes(firewall_line(0)) == ""
    only_stamps = fixes(b"Nov 20 12:00:00 " + body)
    assert "RSYSLOG_FileFormat" in only_stamps and "--log-prefix" not in only_stamps
    only_prefix = fixes(firewall_line(0).replace(b"[UFW BLOCK] ", b""))
    assert "--log-prefix" in only_prefix and "RSYSLOG_FileFormat" not in only_prefix
    router = b"Nov 20 12:00:00 r1 firewall,info BLOCK input: in:ether1 out:(unknown 0), proto UDP, 203.0.113.7:5060->198.51.100.2:5060, len 442\n"
    assert "syslog-time-format=iso8601" in fixes(router)
    assert "log-prefix" not in fixes(router)
    assert "rsyslog" not in fixes(b"[ 2222.251058] " + body.removeprefix(b"gw kernel: "))


def test_the_wrong_dialect_says_which_one_it_looks_like(tmp_path: Path, log: Path) -> None:
    for command in (["doctor"], ["decode"], ["read"], ["fireplot", "-o", "x.png"]):
        done = varde(tmp_path, *command, "fw.log", "--as", "mikrotik")
        assert done.status == 1
        assert "no line is a mikrotik line; it looks like linux" in done.err
        assert "Say --as linux, or leave --as away." in done.err


def test_a_sensor_that_does_not_exist_lists_those_that_do(filled: Path) -> None:
    assert "no such sensor: nope. There are fw." in refused(filled, "fireplot", "--only-sensor", "nope", "-o", "x.png")


def test_the_wrong_dialect_finds_nothing_and_an_unknown_one_lists_those_there_are(tmp_path: Path, log: Path) -> None:
    assert varde(tmp_path, "decode", "fw.log", "--as", "mikrotik").status == 1
    assert varde(tmp_path, "decode", "fw.log", "--as", "linux").out.count("\n") == 200
    assert "no such dialect: nonsense. There are" in refused(tmp_path, "decode", "fw.log", "--as", "nonsense")


# ---- periods, zones, filters ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--day", "nonsense"], "is no day"), (["--day", "2026-02-30"], "is no day"), (["--day", "0001-01-01"], "years"), (["--day", "9999-12-31"], "years"),
     (["--since", "x"], "is no moment"), (["--since", "²h"], "is no moment"), (["--since", "9999-12-31", "--until", "9999-12-31"], "years"),
     (["--since", "0001-01-01", "--tz", "Asia/Tokyo"], "years"), (["--since", "2026-11-20", "--until", "2026-11-19"], "period is empty"),
     (["--since", "99999d"], "years"), (["--day", "today", "--since", "6h"], "--day names the whole period"), (["--tz", "Nowhere/Atall"], "is no time zone"),
     (["--tz", "Europe"], "is no time zone"), (["--tz", "../../etc/passwd"], "is no time zone"), (["--tz", "x" * 300], "is no time zone"),
     (["--src", "x"], "is no address or network"), (["--dst", "1.2.3.4/99"], "is no address or network"), (["--plane", "tcp5"], "no such plane"),
     (["--action", "drop"], "no such action"), (["--port-min", "500", "--port-max", "400"], "--port-min must be below"),
     (["--scheme", "pink"], "no such scheme"), (["-o", "x.pdf"], "use a suffix of"), (["-o", "x"], "use a suffix of"),
     (["--json", "-o", "x.png"], "--json writes JSON, and x.png is named as PNG"), (["--json", "-o", "x.CSV"], "leave out --json, or end the name in .json"),
     (["--calendar", "2026", "--json", "-o", "x.svg"], "--json writes JSON"), (["--calendar", "2026", "-o", "x.pdf"], "use a suffix of"),
     (["--calendar", "2026", "--day", "today"], "--calendar names the whole period"), (["--calendar", "2026", "--since", "6h"], "--calendar names the whole period"),
     (["-o", "/nonexistent/x.png"], "cannot write"), (["-o", "a" * 250 + ".png"], "cannot write")],
)  # fmt: skip
def test_a_wrong_switch_is_said_in_one_sentence(tmp_path: Path, log: Path, arguments: list[str], words: str) -> None:
    assert words in refused(tmp_path, "fireplot", "fw.log", *arguments)


@pytest.mark.parametrize("arguments", [["--port-min", "0"], ["--port-max", "65536"], ["--year", "0"], ["--calendar", "0"], ["--calendar", "99999"], ["--top", "-1"], ["--height", "1000000000"]])
def test_a_number_out_of_range_is_usage(tmp_path: Path, log: Path, arguments: list[str]) -> None:
    done = varde(tmp_path, "fireplot", "fw.log", *arguments)
    assert done.status == 2
    assert re.search("Invalid value for '--[a-z-]+'", done.err)


def test_until_a_day_includes_that_day(tmp_path: Path, log: Path) -> None:
    both = json.loads(varde(tmp_path, "fireplot", "fw.log", "--since", "2026-11-20", "--until", "2026-11-20", "--tz", "Europe/Oslo", "--json").out)
    assert (both["from"], both["to"]) == ("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z")
    named = json.loads(varde(tmp_path, "fireplot", "--since", "yesterday", "--until", "yesterday", "--tz", "UTC", "--json", "fw.log").out)
    assert datetime.fromisoformat(named["to"]) - datetime.fromisoformat(named["from"]) == (datetime(2026, 1, 2) - datetime(2026, 1, 1))


# ---- answers ----


def test_the_json_document_has_the_contracts_keys_and_the_sum_of_the_file(tmp_path: Path, log: Path) -> None:
    document = json.loads(varde(tmp_path, "fireplot", "fw.log", "--json").out)
    assert set(document) == {"from", "to", "tz", "events", "planes", "sources", "ports", "input"}
    assert (document["events"], document["sources"], document["planes"]["tcp4"]) == (200, 200, 200)
    assert document["input"] == {"lines": 200, "records": 200, "ignored": 0, "rejects": 0}
    assert not list(tmp_path.glob("data*")) + list(tmp_path.glob("store*"))  # files are drawn without storing


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doctype html>"), ("json", b"{"), ("csv", b"time,"), ("PNG", b"\x89PNG")])
def test_the_suffix_says_what_is_written(tmp_path: Path, log: Path, suffix: str, magic: bytes) -> None:
    done = varde(tmp_path, "fireplot", "fw.log", "-o", f"plot.{suffix}")
    assert (done.status, done.out) == (0, "")
    assert (tmp_path / f"plot.{suffix}").read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.glob(".plot*")] == []


def test_a_dash_writes_the_picture_to_standard_output(tmp_path: Path, log: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "varde", "fireplot", "-", "-o", "-"], input=log.read_bytes(), capture_output=True, env=environment(tmp_path))
    assert done.stdout.startswith(b"\x89PNG")


def test_a_picture_that_could_not_be_drawn_leaves_the_old_one(tmp_path: Path, log: Path) -> None:
    (tmp_path / "plot.png").write_bytes(b"old")
    refused(tmp_path, "fireplot", "nothing.log", "-o", "plot.png")
    assert (tmp_path / "plot.png").read_bytes() == b"old"


@pytest.mark.parametrize("name", sorted(path.stem for path in FIREWALL.glob("*.log") if ".events" not in path.name))
def test_each_capture_counts_as_its_golden_records_do(tmp_path: Path, name: str) -> None:
    shutil.copyfile(FIREWALL / f"{name}.log", tmp_path / f"{name}.log")
    os.utime(tmp_path / f"{name}.log", (1_795_300_000, 1_795_300_000))
    golden = [json.loads(line) for line in (FIREWALL / f"{name}.jsonl").read_text().splitlines()]
    refused_ = [row for row in golden if row["action"] not in ALLOWED]
    done = varde(tmp_path, "fireplot", f"{name}.log", "--json", "--tz", "Europe/Oslo", "--since", "2000-01-01", "--until", "2030-01-01", "--quiet")
    document = json.loads(done.out)
    assert done.status == (0 if refused_ else 1)
    assert document["events"] == len(refused_)
    assert document["sources"] == len({row["src_addr"] for row in refused_})
    planes: Counter[str] = Counter()
    for row in refused_:
        v6 = "6" if ":" in row["src_addr"] else "4"
        planes[{6: f"tcp{v6}", 17: f"udp{v6}", 1: "icmp", 58: "icmp"}.get(row["proto"], "other")] += 1
    assert {key: n for key, n in document["planes"].items() if n} == planes
    assert document["input"]["records"] == len(golden)


def test_a_log_that_runs_over_new_year_keeps_its_order(tmp_path: Path) -> None:
    stamps = ["Dec 30 23:00:00", "Dec 31 23:59:59", "Jan  1 00:00:01", "Jan  2 01:00:00"]
    line = firewall_line(0).decode().partition(" ")[2]
    path = tmp_path / "fw.log"
    path.write_bytes("".join(f"{stamp} {line}" for stamp in stamps).encode())
    os.utime(path, (datetime(2026, 1, 2, 2, tzinfo=timezone.utc).timestamp(),) * 2)
    times = [json.loads(row)["time"] for row in varde(tmp_path, "decode", "fw.log", "--tz", "UTC").out.splitlines()]
    assert times == ["2025-12-30T23:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z", "2026-01-02T01:00:00Z"]
    document = json.loads(varde(tmp_path, "fireplot", "fw.log", "--json", "--tz", "UTC").out)
    assert (document["from"], document["to"], document["events"]) == ("2025-12-30T00:00:00Z", "2026-01-03T00:00:00Z", 4)


def test_files_of_many_hundred_days_are_drawn_at_once(tmp_path: Path) -> None:
    from datetime import timedelta

    start = datetime(2024, 6, 1, tzinfo=timezone.utc)
    write_old(tmp_path / "years.log", b"".join(firewall_line(n, when=start + timedelta(days=n)) for n in range(800)))
    assert json.loads(varde(tmp_path, "fireplot", "years.log", "--json").out)["events"] == 800


def test_several_files_of_different_years_and_dialects_are_one_picture(tmp_path: Path, log: Path) -> None:
    old = datetime(2021, 3, 1, tzinfo=timezone.utc)
    write_old(tmp_path / "old.log", b"".join(firewall_line(n, when=old) for n in range(5)))
    (tmp_path / "packed.log.gz").write_bytes(gzip.compress(firewall_lines(500, 7)))
    document = json.loads(varde(tmp_path, "fireplot", "fw.log", "old.log", "packed.log.gz", "--json", "--tz", "UTC").out)
    assert (document["events"], document["from"], document["to"]) == (212, "2021-03-01T00:00:00Z", "2026-11-21T00:00:00Z")


def test_a_pipe_is_read_whole_though_it_can_be_read_but_once(tmp_path: Path, log: Path) -> None:
    script = f"{sys.executable} -m varde fireplot <(cat fw.log) --json --tz UTC"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60)
    assert json.loads(done.stdout)["events"] == 200


def test_an_address_is_forgotten_and_a_whole_internet_only_on_demand(tmp_path: Path, log: Path) -> None:
    assert varde(tmp_path, "read", "fw.log").status == 0
    done = varde(tmp_path, "forget", "198.18.0.7")
    assert (done.status, done.err) == (0, "198.18.0.7: 1 probe deleted, with the files they stood in\n")
    again = varde(tmp_path, "forget", "198.18.0.7")
    assert (again.status, again.err) == (1, "varde: nothing is stored of 198.18.0.7.\n")
    assert "4,294,967,296 addresses" in refused(tmp_path, "forget", "0.0.0.0/0")
    assert varde(tmp_path, "forget", "0.0.0.0/0", "--yes").status == 0
    assert json.loads(varde(tmp_path, "status", "--json").out)["store"]["tables"][0]["rows"] == 0


def test_read_status_forget_and_tidy_tell_one_story(tmp_path: Path, log: Path) -> None:
    assert varde(tmp_path, "status").out.splitlines()[1].startswith("it is empty")
    assert json.loads(varde(tmp_path, "read", "fw.log", "--json").out)[0]["records"] == 200
    again = varde(tmp_path, "read", "fw.log")
    assert again.status == 0
    assert "had been read before" in again.err
    document = json.loads(varde(tmp_path, "status", "--json").out)
    assert [(s["sensor"], s["records"]) for s in document["sensors"]] == [("fw", 200)]
    assert document["store"]["tables"][0]["rows"] == 200
    assert "sensor fw: linux, 100.0 % parsed" in varde(tmp_path, "status").out
    assert varde(tmp_path, "tidy").status == 0
    assert "200 records taken back" in varde(tmp_path, "forget", str(log)).err
    assert varde(tmp_path, "forget", "fw.log").status == 1
    assert json.loads(varde(tmp_path, "read", "fw.log", "--json").out)[0]["records"] == 200


def test_the_same_text_under_another_sensor_is_warned_of_with_both_names_and_the_way_back(tmp_path: Path, log: Path) -> None:
    assert "warning" not in varde(tmp_path, "read", "fw.log").err
    done = varde(tmp_path, "read", "-", "--quiet", stdin=log.read_bytes())
    assert done.status == 0
    (warning,) = done.err.splitlines()
    assert "standard input, read for sensor stdin, begins with the lines of fw.log, read for sensor fw" in warning
    assert "`varde forget -`" in warning and "--sensor fw" in warning
    assert "200 records taken back" in varde(tmp_path, "forget", "-").err
    assert varde(tmp_path, "read", "-", "--quiet", "--sensor", "fw", stdin=log.read_bytes()).err == ""


def test_status_tells_the_last_record_from_the_last_commit(filled: Path) -> None:
    line = next(line for line in varde(filled, "status").out.splitlines() if line.startswith("sensor fw"))
    match = re.search(r"last record (\S+), last stored (\S+)$", line)
    assert match and match[1] == "2026-11-20T12:03:19Z"
    assert abs(datetime.fromisoformat(match[2]).timestamp() - time.time()) < 300


def test_one_is_not_many(tmp_path: Path) -> None:
    write_old(tmp_path / "fw.log", b"Nov 20 12:00:00 " + firewall_line(0).partition(b" ")[2].replace(b"[UFW BLOCK] ", b""))
    said = varde(tmp_path, "doctor", "fw.log").err + varde(tmp_path, "fireplot", "fw.log", "-o", "x.png").err
    said += varde(tmp_path, "read", "fw.log").err + varde(tmp_path, "status").out + varde(tmp_path, "forget", "fw.log").err
    assert "1 line: 1 record, " in said
    assert "1 refused probe from 1 address\n" in said
    assert "1 record taken back" in said
    assert not re.findall(r"\b1 (?:\w+ )?(?:lines|records|stamps|probes|addresses|rows|files|packets|are|have|do)\b", said)


def test_one_bad_file_does_not_keep_the_others_from_being_read(tmp_path: Path, log: Path) -> None:
    done = varde(tmp_path, "read", "nothing.log", "fw.log", "--json")
    assert done.status == 2
    assert json.loads(done.out)[0]["records"] == 200
    assert "nothing.log: no such file" in done.err


def test_decode_writes_a_json_object_a_line_with_kind_file_and_line(tmp_path: Path, log: Path) -> None:
    write_old(tmp_path / "mixed.log", b"other\n" + firewall_lines(0, 2) + b"other\n" + firewall_lines(2, 1))
    rows = [json.loads(line) for line in varde(tmp_path, "decode", "mixed.log").out.splitlines()]
    assert [(row["kind"], row["file"], row["line"]) for row in rows] == [("probe", "mixed.log", n) for n in (2, 3, 5)]
    assert rows[0]["src_addr"] == "198.18.0.0"
    assert rows[0]["time"] == "2026-11-20T12:00:00Z"


def test_a_question_without_an_answer_is_status_1_and_says_why(filled: Path, tmp_path: Path) -> None:
    done = varde(filled, "fireplot", "--day", "2020-01-01", "--tz", "UTC", "--json")
    assert done.status == 1
    assert "nothing in that period. The store has records from 2026-11-20" in done.err
    assert json.loads(done.out)["events"] == 0
    assert "is empty. Fill it with" in varde(tmp_path, "fireplot", "-o", "x.png").err


def test_the_store_answers_with_filters(filled: Path) -> None:
    def events(*filters: str) -> int:
        return json.loads(varde(filled, "fireplot", *DAY, "--json", *filters).out)["events"]

    assert events() == 200
    assert events("--src", "198.18.0.0/28") == 16
    assert events("--only-sensor", "fw", "--plane", "tcp4", "--plane", "udp4") == 200
    assert events("--plane", "udp4") == 0


def test_the_csv_of_the_store_adds_up(filled: Path) -> None:
    assert varde(filled, "fireplot", *DAY, "-o", "x.csv").status == 0
    rows = list(csv.DictReader(io.StringIO((filled / "x.csv").read_text())))
    assert sum(int(row["events"]) for row in rows) == 200


@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doctype html>"), ("json", b"{"), ("csv", b"day,")])
def test_a_calendar_is_what_its_suffix_says_and_a_line_tells_its_sum(filled: Path, suffix: str, magic: bytes) -> None:
    done = varde(filled, "fireplot", "--calendar", "2026", "--tz", "UTC", "-o", f"year.{suffix}")
    assert (done.status, done.out) == (0, "")
    assert (filled / f"year.{suffix}").read_bytes().startswith(magic)
    assert done.err == ("" if suffix == "json" else f"year.{suffix}: 200 refused probes on 1 day of 2026\n")


def test_a_calendar_answers_in_json_and_heeds_filters(filled: Path) -> None:
    asked = ("fireplot", "--calendar", "2026", "--tz", "UTC", "--json")
    document = json.loads(varde(filled, *asked).out)
    assert document == {"year": 2026, "tz": "UTC", "events": 200, "days": [{"day": "2026-11-20", "events": 200, "sources": 200, "planes": {"tcp4": 200}}]}
    assert json.loads(varde(filled, *asked, "--port-max", "50").out)["events"] == 50
    assert json.loads(varde(filled, *asked, "--src", "198.18.0.0/28").out)["events"] == 16
    empty = varde(filled, "fireplot", "--calendar", "2020", "-o", "empty.png")
    assert empty.status == 1
    assert "The store has records from 2026-11-20" in empty.err
    assert (filled / "empty.png").read_bytes().startswith(b"\x89PNG")


def test_two_ports_narrow_totals_sources_and_ports(filled: Path) -> None:
    document = json.loads(varde(filled, "fireplot", *DAY, "--json", "--port-min", "20", "--port-max", "29", "--top", "99").out)
    assert (document["events"], document["sources"], document["planes"]["tcp4"], len(document["ports"])) == (10, 10, 10, 10)
    assert {port["port"] for port in document["ports"]} == set(range(20, 30))
    assert varde(filled, "fireplot", *DAY, "--port-min", "20", "--port-max", "29", "-o", "x.svg").err == "x.svg: 10 refused probes from 10 addresses\n"
    assert "only ports 20 to 29" in (filled / "x.svg").read_text()
    none = varde(filled, "fireplot", *DAY, "--port-min", "5000", "-o", "x.svg")
    assert none.status == 1
    assert "no refused packets to ports 5000 to 65535 on 2026-11-20; 200 to others: leave out --port-min and --port-max." in none.err


def test_records_that_were_let_through_are_named_where_none_were_refused(tmp_path: Path) -> None:
    write_old(tmp_path / "fw.log", b"".join(firewall_line(n, verdict="ALLOW") for n in range(213)))
    done = varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.svg")
    assert done.status == 1
    assert "varde: no refused packets on 2026-11-20; 213 allowed: --action all." in done.err
    assert "213 allowed: --action all" in (tmp_path / "x.svg").read_text()
    assert varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "--action", "all", "-o", "x.svg").status == 0


def test_fragments_are_counted_and_drawn(tmp_path: Path) -> None:
    line = firewall_line(0).decode()
    fragment = re.sub(r"PROTO=TCP .*", "FRAG:185 PROTO=UDP ", line)
    write_old(tmp_path / "fw.log", (line + fragment * 3).encode())
    assert varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.svg").status == 0
    assert "no port: 3 of these" in (tmp_path / "x.svg").read_text()
    assert varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.csv").status == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert [(row["plane"], row["port_from"], row["events"]) for row in rows] == [("tcp4", "1", "1"), ("udp4", "", "3")]


@pytest.mark.parametrize(("strays", "hint"), [(1, "1 of 201 records lies far from the others and stretches the axis over 2,848 days; --day 2026-11-20 leaves it out."), (2, "2 of 202 records lie"), (3, "")])
def test_stray_lines_that_stretch_the_axis_are_said(tmp_path: Path, strays: int, hint: str) -> None:
    old = datetime(2019, 2, 3, tzinfo=timezone.utc)
    write_old(tmp_path / "fw.log", b"".join(firewall_line(n, when=old) for n in range(strays)) + firewall_lines(0, 200))
    done = varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.png")
    assert done.status == 0
    assert hint in done.err
    assert len(done.err.splitlines()) == 1 + bool(hint)
    assert varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.png", "--quiet").err == ""
    assert varde(tmp_path, "fireplot", "fw.log", "--tz", "UTC", "-o", "x.png", "--day", "2026-11-20").err == "x.png: 200 refused probes from 200 addresses\n"


# ---- configuration ----


@pytest.mark.parametrize(
    ("text", "words"),
    [("nonsense = 1", "nonsense: there is no such setting"), ("zoen = 'UTC'", "did you mean zone?"), ("[syslog]\nlisen = []", "syslog.lisen: there is no such setting; did you mean listen?"),
     ("[[sensor]]\nname = 'a'\nadress = 'x'", "did you mean address?"), ("keep_days = 3", "it belongs into section [store]"), ("[geo]\nxyzzy = 1", "section geo may have country, as"),
     ("[[home]]\nnetwork = '192.0.2.1'\nfrom = 2026-03-01\nto = 2026-03-01", "home.0: `to`"),
     ("\n".join(f"x{n} = 1" for n in range(9)), "and 4 more"), ("zone = 'Mars'", "zone: 'Mars' is no time zone"), ("[store]\nkeep_days = 0", "store.keep_days"),
     ("[store]\nkeep_days = 999999999999", "store.keep_days"), ("[web]\nlisten = 5", "web.listen"), ("[web]\nlisten = 'nowhere'", "web.listen"),
     ("[view]\nscheme = 'pink'", "view.scheme"), ("[[sensor]]\naddress = '1.2.3.4'", "sensor.0.name"), ("[[sensor]]\nname = 'a'\naddress = 'x'", "sensor.0.address"),
     ("[[home]]\nnetwork = 'x'", "home.0.network"), ("[[home]]\nnetwork = '192.0.2.1'\nfrom = 'x'", "home.0.from"), ("[[override]]\nnetwork = '192.0.2.1'\ncountry = 'Norway'", "override.0.country"),
     ("[[override]]\nnetwork = '192.0.2.1'\nas = -1", "override.0.as"), ("[syslog]\nlisten = ['http://x']", "syslog.listen.0"), ("[syslog]\nlisten = 'udp://[::]:1'", "syslog.listen"),
     ("[syslog]\naccept = ['x']", "syslog.accept.0"), ("[store", "varde.toml"), ("a = ", "varde.toml"), ("files = [1]", "files.0")],
)  # fmt: skip
def test_every_mistake_in_the_configuration_names_its_setting(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "varde.toml").write_text(text)
    for command in (["config", "check"], ["status"]):
        sentence = refused(tmp_path, *command, "--config", "varde.toml")
        assert words in sentence
        assert "varde.toml" in sentence


def test_a_configuration_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert "cannot read the configuration" in refused(tmp_path, "config", "check", "--config", "nothing.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    assert "cannot read the configuration" in refused(tmp_path, "config", "check", "--config", "x.toml")


def test_the_example_is_right_and_is_written_once(tmp_path: Path) -> None:
    assert varde(tmp_path, "config", "init").status == 0
    assert varde(tmp_path, "config", "check").status == 0
    assert "exists and is left alone" in refused(tmp_path, "config", "init")
    example = varde(tmp_path, "config", "init", "-").out
    uncommented = re.sub(r"^# ?(\[\[|[a-z_]+ = )", r"\1", example, flags=re.MULTILINE)
    (tmp_path / "all.toml").write_text(uncommented)
    done = varde(tmp_path, "config", "show", "--config", "all.toml")
    assert done.status == 0, done.err
    absent = refused(tmp_path, "config", "check", "--config", "all.toml")  # the files of the example are nobody's
    assert all(path in absent for path in ("/etc/varde/cert.pem", "/etc/varde/dialects.toml", "/var/lib/GeoIP/GeoLite2-Country.mmdb")), absent


def test_the_token_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[web]\ntoken = "a-secret-of-some-length"\n')
    done = varde(tmp_path, "config", "show", "--config", "varde.toml")
    assert json.loads(done.out)["web"]["token"] == "(set)"
    assert "a-secret" not in done.out + done.err


# ---- terminals, pipes, interrupts ----


HOSTILE_NAMES = [b"new\nline.log", b"\x1b[31mred\x1b]0;title\x07.log", b"caf\xe9.log", "\u202egnp.log".encode(), b"'; rm -rf $HOME `x`.log", b"-.log", b"\xf0\x9f\x94\xa5.log"]
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]")


def test_hostile_file_names_are_read_and_made_visible(tmp_path: Path) -> None:
    paths = [os.fsencode(tmp_path) + b"/" + name for name in HOSTILE_NAMES]
    for number, path in enumerate(paths):
        write_old(Path(os.fsdecode(path)), firewall_lines(number * 100, 5))
    for command in (["read"], ["doctor"], ["fireplot", "-o", "x.html"]):
        done = varde(tmp_path, *command, *paths)
        assert done.status == 0, done.err
        assert not INVISIBLE.search(done.err + done.out), command
    assert len([json.loads(row) for row in varde(tmp_path, "decode", *paths).out.splitlines()]) == 35
    assert sum(sensor["records"] for sensor in json.loads(varde(tmp_path, "status", "--json").out)["sensors"]) == 35
    assert not INVISIBLE.search(varde(tmp_path, "status").out)
    for path in paths:
        missing = varde(tmp_path, "read", path + b"x")
        assert not INVISIBLE.search(missing.err)
        assert len(missing.err.splitlines()) == 1
    assert "5 records taken back" in varde(tmp_path, "forget", paths[0]).err
    assert "5 records taken back" in varde(tmp_path, "forget", paths[2]).err


@pytest.mark.parametrize("command", ["decode big.log", "fireplot big.log --json --top 60000", "config show"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, command: str) -> None:
    write_old(tmp_path / "big.log", firewall_lines(0, 5000))
    reader = "true" if command.startswith("config") else "head -c 1"
    script = f"set -o pipefail; {sys.executable} -m varde {command} | {reader} >/dev/null"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["fireplot fw.log --json >&-", "read - <&-", "doctor fw.log 2>&-"])
def test_a_stream_that_is_closed_is_as_if_it_went_nowhere(tmp_path: Path, log: Path, command: str) -> None:
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m varde {command}"], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (1 if "read" in command else 0, False), done.stderr


def test_a_full_standard_output_is_said_in_one_sentence(tmp_path: Path, log: Path) -> None:
    for command in ("decode fw.log", "fireplot fw.log -o -"):
        done = subprocess.run(["bash", "-c", f"{sys.executable} -m varde {command} > /dev/full"], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60)
        assert "Traceback" not in done.stderr
        assert "no space left on device" in done.stderr.lower()
        assert done.returncode == 2


def test_an_interrupt_ends_quietly_with_status_130(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-m", "varde", "read", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path))
    assert child.stdin is not None
    child.stdin.write(firewall_lines(0, 10))
    child.stdin.flush()
    end = time.monotonic() + 30
    while not (tmp_path / "store" / "store.json").exists():  # the store is opened just before reading begins
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130  # while it waits for more lines
    assert child.stderr is not None and b"Traceback" not in child.stderr.read()


@pytest.mark.parametrize("store", ["strange", "file", "newer"])
def test_a_store_that_cannot_be_used_is_said(tmp_path: Path, log: Path, store: str) -> None:
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "thesis.tex").write_text("x")
    (tmp_path / "file").write_text("x")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "store.json").write_text('{"version": 99}')
    for command in (["status"], ["read", "fw.log"], ["tidy"], ["fireplot", "--json"], ["forget", "x"]):
        assert str(tmp_path / store) in refused(tmp_path, *command, "--store", str(tmp_path / store))


def test_a_synthetic_day_is_what_simulate_says_it_is(tmp_path: Path) -> None:
    done = varde(tmp_path, "simulate", "syn", "--day", "2026-11-19", "--probes", "3000", "--background-only", "--tz", "UTC")
    assert done.status == 0
    said = sum(int(n.replace(",", "")) for n in re.findall(r"([0-9,]+) of them refused", done.err))
    logs = sorted(str(path) for path in (tmp_path / "syn").glob("*.log"))
    document = json.loads(varde(tmp_path, "fireplot", *logs, "--config", "syn/synthetic.toml", "--day", "2026-11-19", "--tz", "UTC", "--json").out)
    assert document["events"] == said == 3000
    assert "cannot write to" in refused(tmp_path, "simulate", "syn/synthetic.toml", "--day", "2026-11-19")
    assert "years" in refused(tmp_path, "simulate", "x", "--day", "0001-01-01")
