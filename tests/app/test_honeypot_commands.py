"""honeypot and logstalgia, as a person runs them."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_run import varde
from material import cowrie, cowrie_login, firewall_lines, write_old

from varde.app.commands.honeypot import NAMES, TOLD


@pytest.fixture
def pot(tmp_path: Path) -> str:
    lines = [cowrie_login(0), cowrie_login(1, "admin", "=cmd|' /C calc'!A0"), cowrie_login(2, password="\\x1b[31m"), cowrie("command.input", 3, input="id")]
    return str(write_old(tmp_path / "pot.json", b"".join(lines)))


def test_a_table_for_people_hides_no_control(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "passwords", pot)
    assert done.status == 0 and "123456" in done.out and "\\x1b[31m" in done.out and "\x1b" not in done.out
    assert "Passwords: 3 of 3; 3 records in all" in done.err


def test_lines_that_are_missing_from_an_answer_are_counted(tmp_path: Path, pot: str) -> None:
    asked = cowrie("direct-tcpip.request", 4, dst_ip="192.0.2.9", dst_port=25, src_port=0)
    broken = b"".join(b'{"eventid":"cowrie.%s","time\n' % event for event in (b"login.failed", b"direct-tcpip.request"))
    (tmp_path / "pot.json").write_bytes((tmp_path / "pot.json").read_bytes() + asked + broken)
    one, both = "1 line of 7 could not be read and is left out", "2 lines of 7 could not be read and are left out"
    for command, missing in ((["honeypot", "users"], one), (["afterglow", "csv"], one), (["logstalgia"], both)):
        said = varde(tmp_path, *command, pot).err
        assert f"{pot}: {missing}; `varde doctor {pot}` says why." in said, command
    assert "left out" not in varde(tmp_path, "honeypot", "users", pot, "--quiet").err


def test_times_are_local_for_people_and_utc_for_programs(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "logins", pot, "--tz", "America/St_Johns")
    assert "2026-11-20 08:30:02" in done.out and "to 2026-11-20 08:30:02 (America/St_Johns)" in done.err
    rows = json.loads(varde(tmp_path, "honeypot", "logins", pot, "--tz", "America/St_Johns", "--json").out)["rows"]
    assert rows[0]["time"] == "2026-11-20T12:00:02Z"


def test_a_narrow_terminal_gets_a_narrow_table(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "passwords", pot, COLUMNS="80")
    assert max(map(len, done.out.splitlines())) <= 80
    assert "Not in 80 columns: first" in done.err
    assert "Not in" not in varde(tmp_path, "honeypot", "passwords", pot).err


def test_without_a_name_the_tables_are_listed(tmp_path: Path) -> None:
    done = varde(tmp_path, "honeypot")
    assert done.status == 0 and {line.split()[2] for line in done.out.splitlines()} == set(NAMES) == set(TOLD)
    assert max(map(len, done.out.splitlines())) <= 120


def test_a_terminal_of_another_character_set(tmp_path: Path, pot: str) -> None:
    two = str(write_old(tmp_path / "two.json", cowrie_login(0, "bj\u00f8rn", "\u5bc6") + cowrie_login(90_000, "bj\u00f8rn")))
    done = varde(tmp_path, "honeypot", "pairs", two, runner=["env", "PYTHONIOENCODING=ascii"])
    assert done.status == 0 and "bj\\xf8rn" in done.out and "\\u5bc6" in done.out


def test_the_store_says_what_it_holds_in_words(tmp_path: Path, pot: str) -> None:
    assert varde(tmp_path, "read", pot).status == 0
    said = varde(tmp_path, "status").out
    assert "  3 logins in 1 file" in said and "  1 command in 1 file" in said
    assert "last record 2026-11-20T12:00:03Z" in said  # the command's: no packet is needed


def test_json_and_csv(tmp_path: Path, pot: str) -> None:
    document = json.loads(varde(tmp_path, "honeypot", "pairs", pot, "--json").out)
    assert {row["user"] for row in document["rows"]} == {"root", "admin"} and document["records"] == 3
    rows = list(csv.DictReader(io.StringIO(varde(tmp_path, "honeypot", "users", pot, "--csv").out)))
    assert [(row["user"], row["attempts"]) for row in rows] == [("root", "2"), ("admin", "1")]
    assert varde(tmp_path, "honeypot", "passwords", pot, "-o", str(tmp_path / "p.csv")).status == 0
    assert "'=cmd|" in (tmp_path / "p.csv").read_text()


def test_nothing_found_says_what_there_is(tmp_path: Path, pot: str) -> None:
    done = varde(tmp_path, "honeypot", "tunnels", pot)
    assert done.status == 1 and "It has no tunnels but 3 logins, 1 event of a command: `varde honeypot logins" in done.err
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


def _tunnel(number: int, port: int = 25, **fields: object) -> bytes:
    return cowrie("direct-tcpip.request", number, dst_ip="mx.example", dst_port=port, **fields)


def test_requests_get_their_source_from_another_line_of_the_session(tmp_path: Path) -> None:
    """Only requests are read of a file, unless they do not say who made them."""
    first = cowrie("session.connect", 0, session="00aa")
    nameless = json.loads(_tunnel(1, session="00aa"))
    del nameless["src_ip"]
    pot = str(write_old(tmp_path / "pot.json", first + json.dumps(nameless).encode() + b"\n" + _tunnel(2)))
    assert varde(tmp_path, "linkgraph", pot, "-o", str(tmp_path / "x.csv")).status == 0
    assert {line.split(",")[0] for line in (tmp_path / "x.csv").read_text().splitlines()[1:]} == {"198.18.0.1", "198.18.0.3"}


def test_a_pipe_answers_as_a_file_does(tmp_path: Path) -> None:
    lines = b"".join(cowrie_login(n) + _tunnel(n) for n in range(5))
    pot = str(write_old(tmp_path / "pot.json", lines))
    piped, read = varde(tmp_path, "afterglow", "csv", "-", stdin=lines), varde(tmp_path, "afterglow", "csv", pot)
    assert piped.status == read.status == 0 and piped.out == read.out
    assert read.out.splitlines() == [f"198.18.0.{n + 1},25,mx.example" for n in range(5)]
    assert varde(tmp_path, "honeypot", "sources", "-", "--json", stdin=lines).out == varde(tmp_path, "honeypot", "sources", pot, "--json").out


def test_where_nothing_matches_all_that_there_is_is_told(tmp_path: Path) -> None:
    pot = str(write_old(tmp_path / "pot.json", cowrie_login(0) + cowrie_login(1) + _tunnel(2)))
    done = varde(tmp_path, "linkgraph", pot, "--only", "port=99")
    assert done.status == 1 and "has no tunnel requests that match; it has 2 logins, 1 tunnel, from 2026-11-20 to 2026-11-20" in done.err
    none = varde(tmp_path, "honeypot", "commands", pot)
    assert none.status == 1 and "It has no commands but 2 logins, 1 tunnel" in none.err


def test_two_forms_of_one_log_are_told_by_what_was_asked(tmp_path: Path) -> None:
    text = b"2026-11-20T12:00:00.000000Z [ssh,00aa,198.18.0.1] direct-tcp connection request to mx.example:25 from 127.0.0.1:1\n"
    paths = [str(write_old(tmp_path / "pot.json", _tunnel(0))), str(write_old(tmp_path / "pot.log", text))]
    assert "1 tunnel in one and 1 tunnel in the other" in varde(tmp_path, "linkgraph", *paths, "-o", str(tmp_path / "x.csv")).err
