"""What the doctor says of honeypot logs: which command reads them, what they have lost, and what is told twice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_run import Done, varde

LAB = Path(__file__).parents[1] / "data" / "honeypot" / "lab"
DATA = LAB.parent

Cli = Callable[..., Done]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return lambda *arguments: varde(tmp_path, *arguments)


def _report(cli: Cli, *paths: Path) -> dict[str, object]:
    return dict(json.loads(cli("doctor", *map(str, paths), "--json").out)[0])


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("lab/cowrie.json", ("varde honeypot logins", "varde linkgraph")),
        ("lab/inetsim/service.log", ("varde honeypot logins", "varde honeypot mails")),
        ("endlessh.log", ("varde honeypot sessions",)),
    ],
)
def test_a_picture_of_packets_is_not_drawn_of_a_honeypot_and_the_command_that_reads_it_is_named(
    cli: Cli, tmp_path: Path, name: str, commands: tuple[str, ...]
) -> None:
    picture = tmp_path / "x.png"
    done = cli("fireplot", str(DATA / name), "-o", str(picture))
    assert done.status == 1
    assert not picture.exists()
    assert all(f"`{command} {DATA / name}`" in done.err for command in commands), done.err


def test_what_plain_syslog_has_lost_is_said_with_the_setting_that_brings_it_back(cli: Cli) -> None:
    said = cli("doctor", str(LAB / "localsyslog.log")).err
    assert "194 records without a source, 194 records without a session" in said
    assert "format = cef" in said and "[output_localsyslog]" in said


def test_what_names_all_has_lost_nothing(cli: Cli) -> None:
    for name in ("cowrie.json", "cowrie.log", "audit.log", "remotesyslog.nul"):
        assert "without a" not in cli("doctor", str(LAB / name)).err, name


def test_a_text_by_session_whose_first_line_is_elsewhere_is_said_to_have_lost_its_source(cli: Cli, tmp_path: Path) -> None:
    rest = tmp_path / "audit.log"
    rest.write_text("".join((LAB / "audit.log").read_text().splitlines(keepends=True)[1:]))
    said = cli("doctor", str(rest)).err
    assert "4 records without a source" in said and "format = cef" in said


def test_the_report_of_inetsim_names_the_log_that_has_addresses(cli: Cli) -> None:
    done = cli("honeypot", "mails", str(LAB / "inetsim" / "report.txt"))
    assert done.status == 1
    report = _report(cli, LAB / "inetsim" / "report.txt")
    assert report["kind"] == "an INetSim report"
    assert "service.log" in str(report["advice"])


@pytest.mark.parametrize("command", [("doctor",), ("read",), ("honeypot", "users")])
def test_the_same_sessions_as_text_and_as_json_are_said_to_count_twice(cli: Cli, command: tuple[str, ...]) -> None:
    said = cli(*command, str(LAB / "cowrie.json"), str(LAB / "cowrie.log")).err
    assert "30 logins in one and 30 logins in the other" in said and "counts twice" in said


def test_rotated_parts_of_one_log_do_not_count_twice(cli: Cli, tmp_path: Path) -> None:
    lines = (LAB / "cowrie.json").read_text().splitlines(keepends=True)
    parts = [tmp_path / "cowrie.json", tmp_path / "cowrie.json.2026-11-20"]
    parts[0].write_text("".join(lines[::2]))
    parts[1].write_text("".join(lines[1::2]))
    assert "twice" not in cli("doctor", *map(str, parts)).err


def test_two_honeypots_of_the_same_time_do_not_count_twice(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere.log"
    shutil.copy(LAB / "cowrie.log", other)
    assert "twice" not in cli("doctor", str(LAB / "cowrie.json"), str(other)).err


def test_who_sent_no_mail_is_no_sender(cli: Cli) -> None:
    done = cli("honeypot", "mails", str(LAB / "inetsim" / "service.log"))
    assert len(done.out.splitlines()) == 4 and "Senders of mail: 3 of 3; 8 records in all" in done.err


def test_what_a_file_has_is_said_in_the_words_of_its_doctor(cli: Cli) -> None:
    done = cli("honeypot", "mails", str(LAB / "cowrie.json"))
    told = "; ".join(map(str, (_report(cli, LAB / "cowrie.json")["advice"],)))
    for words in ("117 events of sessions", "24 events of commands", "30 logins", "3 files"):
        assert words in done.err and words in told, words


def test_a_session_is_told_with_its_own_beginning_and_end(cli: Cli) -> None:
    done = cli("honeypot", "sessions", str(LAB / "cowrie.json"), "--session", "89f9df1f812e")
    assert "What happened in session 89f9df1f812e: 28; from 2026-11-21 16:52:28 to 2026-11-21 16:52:31 (UTC)" in done.err
