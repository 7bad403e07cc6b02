"""honeypot and logstalgia, as a person runs them."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_run import varde
from material import cowrie, cowrie_login, firewall_lines, write_old


@pytest.fixture
def pot(tmp_path: Path) -> str:
    lines = [cowrie_login(0), cowrie_login(1, "admin", "=cmd|' /C calc'!A0"), cowrie_login(2, password="\\x1b[31m"), cowrie("command.input", 3, input="id")]
    return str(write_old(tmp_path / "pot.json", b"".join(lines)))


def test_a_table_for_people_hides_no_control(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "passwords", pot)
    assert done.status == 0 and "123456" in done.out and "\\x1b[31m" in done.out and "\x1b" not in done.out
    assert "Passwords: 3 of 3; 3 records in all" in done.err


def test_json_and_csv(tmp_path: Path, pot: str) -> None:
    document = json.loads(varde(tmp_path, "honeypot", "pairs", pot, "--json").out)
    assert {row["user"] for row in document["rows"]} == {"root", "admin"} and document["records"] == 3
    rows = list(csv.DictReader(io.StringIO(varde(tmp_path, "honeypot", "users", pot, "--csv").out)))
    assert [(row["user"], row["attempts"]) for row in rows] == [("root", "2"), ("admin", "1")]
    assert varde(tmp_path, "honeypot", "passwords", pot, "-o", str(tmp_path / "p.csv")).status == 0
    assert "'=cmd|" in (tmp_path / "p.csv").read_text()


def test_nothing_found_says_what_there_is(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "tunnels", pot)
    assert done.status == 1 and "It has no tunnels but 3 logins, 1 command: `varde honeypot logins" in done.err
    assert varde(tmp_path, "honeypot", "nonsense", pot).status == 2
    empty = varde(tmp_path, "honeypot", "passwords")
    assert empty.status == 1 and "has no passwords" in empty.err


def test_the_store_answers_as_the_file_does(tmp_path: Path, pot: str) -> None:
    assert varde(tmp_path, "read", pot).status == 0
    from_store, from_file = (json.loads(varde(tmp_path, "honeypot", "passwords", *more, "--json").out) for more in ([], [pot]))
    assert from_store["rows"] == from_file["rows"]


def test_the_feed_of_both_kinds_in_order(tmp_path: Path, pot: str) -> None:
    log = str(write_old(tmp_path / "fw.log", firewall_lines(0, 2)))
    lines = varde(tmp_path, "logstalgia", pot, log).out.splitlines()
    assert [line.split("|")[2] for line in lines] == ["TCP:1", "root", "TCP:2", "admin", "root"]
    assert all(line.count("|") == 6 for line in lines)
    assert varde(tmp_path, "logstalgia", pot, "--kind", "firewall").status == 1
    assert "URI=^.,100" in varde(tmp_path, "logstalgia", "--preset", "logins").out
    assert varde(tmp_path, "logstalgia", "--preset", "nope").status == 2


def test_decode_prints_records_of_all_kinds(tmp_path: Path, pot: str) -> None:
    rows = [json.loads(line) for line in varde(tmp_path, "decode", pot).out.splitlines()]
    assert sorted(row["kind"] for row in rows) == ["command", "login", "login", "login"]
    assert rows[0]["src_addr"] == "198.18.0.1" and rows[0]["line"] == 1
