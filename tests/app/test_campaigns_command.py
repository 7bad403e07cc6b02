"""varde scans: who scanned among packets that a firewall met, for people and for programs. All packets here are synthetic."""

import csv
import io
import json
import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cli_run import refused, varde
from desk import background
from material import firewall_line, write_old

from varde.views.campaigns import COLUMNS

DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
SLOW, FAST = "203.0.113.77", "203.0.113.78"
PERIOD = ("--day", "2026-11-20", "--tz", "UTC")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a day of background, a slow scan and a fast one, stored and as a file."""
    folder = tmp_path_factory.mktemp("campaigns")
    rows = [(row["time"], str(row["src"]), int(str(row["port"]))) for row in background(DAY, 24)]
    rows += [(DAY + timedelta(hours=1, seconds=163 * number), SLOW, 51_000 - 121 * number) for number in range(420)]
    rows += [(DAY + timedelta(hours=9, seconds=number), FAST, 1 + number) for number in range(200)]
    lines = [firewall_line(number, when=when, source=source, port=port) for number, (when, source, port) in enumerate(sorted(rows))]  # type: ignore[arg-type,type-var]
    write_old(folder / "fw.log", b"".join(lines))
    assert varde(folder, "read", "fw.log", "--store", "s").status == 0
    return folder


def test_people_get_a_table_and_a_sentence_of_each(home: Path) -> None:
    done = varde(home, "scans", "--store", "s", *PERIOD)
    assert done.status == 0
    head, *rows = done.out.split("\n\n", maxsplit=1)[0].splitlines()
    assert head.split() == ["since", "kind", "source", "from", "lasts", "packets", "ports", "targets", "confidence"]
    assert sorted(row.split()[2:4] for row in rows) == [["diagonal", SLOW], ["vertical", FAST]]
    assert f"One source ({SLOW}) went down 420 ports from 51,000 to 301 in 19 hours from 2026-11-20 01:00 on, one every 2.7 minutes; no limit by the minute sees that." in done.out
    assert f"One source ({FAST}) tried 200 ports of 198.51.100.2 in 3.3 minutes from 2026-11-20 09:00 on, 1 a second." in done.out
    assert "  nothing to do: all of it was refused already" in done.out and done.err.startswith("varde: 2 scans among ")


def test_the_evidence_that_is_named_shows_its_records(home: Path) -> None:
    (scan,) = json.loads(varde(home, "scans", "--store", "s", *PERIOD, "--kind", "diagonal", "--json").out)["scans"]
    command = shlex.split(scan["evidence"])
    assert command[0] == "varde"
    records = varde(home, *command[1:], "--store", "s", "--csv").out.splitlines()
    assert len(records) == 1 + 420


def test_files_are_read_whole_and_give_the_same(home: Path) -> None:
    read, asked = (json.loads(varde(home, "scans", *where, "--json", "-q").out) for where in (("fw.log",), ("--store", "s", *PERIOD)))
    assert [scan["id"] for scan in read["scans"]] == [scan["id"] for scan in asked["scans"]] and read["events"] == asked["events"]
    assert {scan["kind"]: (scan["source"], scan["events"]) for scan in read["scans"]} == {"diagonal": (SLOW, 420), "vertical": (FAST, 200)}


def test_programs_get_lines_and_csv(home: Path) -> None:
    lines = [json.loads(line) for line in varde(home, "scans", "fw.log", "--jsonl", "-q").out.splitlines()]
    assert len(lines) == 2 and lines[0]["port_list"] and lines[0]["advice"]
    varde(home, "scans", "fw.log", "-o", "out.csv", "-q")
    rows = list(csv.DictReader(io.StringIO((home / "out.csv").read_text())))
    assert [row["id"] for row in rows] == [line["id"] for line in lines] and tuple(rows[0]) == COLUMNS


def test_open_ports_never_count(home: Path) -> None:
    (home / "varde.toml").write_text(f"[insight]\nopen_ports = {[f'tcp/{port}' for port in range(1, 201)]}\n")
    found = json.loads(varde(home, "scans", "fw.log", "--config", "varde.toml", "--json").out)["scans"]
    assert [scan["kind"] for scan in found] == ["diagonal"]


def test_nobody_is_said(home: Path) -> None:
    other = varde(home, "scans", "fw.log", "--kind", "block")
    assert (other.status, other.out) == (1, "") and other.err.strip().endswith("; 2 scans of other kinds")
    before = varde(home, "scans", "--store", "s", "--day", "2026-11-01", "--tz", "UTC")
    assert before.status == 1 and "nobody scanned among 0 packets of 0 sources" in before.err
    empty = varde(home, "scans", "--store", "none", "--day", "2026-11-01", "--json")
    assert empty.status == 1 and json.loads(empty.out)["scans"] == [] and "has no packets that a firewall met" in empty.err


def test_a_store_of_flows_is_led_to_the_models(tmp_path: Path) -> None:
    (tmp_path / "day.txt").write_text("sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|eTime\n192.0.2.1|192.0.2.2|1|2|6|1|40|S|2026/11/20T10:00:00|2026/11/20T10:00:01\n")
    assert varde(tmp_path, "read", "day.txt", "--store", "s").status == 0
    assert "`varde scans --table flows` judges these" in varde(tmp_path, "scans", "--store", "s", *PERIOD).err


@pytest.mark.parametrize(("words", "says"), [
    (["--kind", "nope"], "--kind nope: there are vertical,"), (["missing.log"], "missing.log: no such file"), (["./missing"], "missing: no such file"),
    (["--kind", "flags", "--rwscan-format"], "leave out the filter and the switches of rwscan"), (["--kind", "flags", "dport 22"], "leave out the filter"),
    (["fw.log", "dport 22"], "fw.log is a file"), (["--day", "someday"], "is no day"), (["--json", "--csv"], "are 2 formats"),
])  # fmt: skip
def test_what_is_wrong_is_said(home: Path, words: list[str], says: str) -> None:
    assert says in refused(home, "scans", *words)


def test_of_many_alike_not_all_are_told_and_of_each_kind_one_is(tmp_path: Path) -> None:
    rows = [(row["time"], str(row["src"]), int(str(row["port"]))) for row in background(DAY, 24)]
    rows += [(DAY + timedelta(hours=1, seconds=163 * number), SLOW, 51_000 - 121 * number) for number in range(60)]
    rows += [(DAY + timedelta(hours=9, seconds=number), f"198.51.100.{source}", 1 + number) for source in range(12) for number in range(300)]
    lines = [firewall_line(number, when=when, source=source, port=port) for number, (when, source, port) in enumerate(sorted(rows))]  # type: ignore[arg-type,type-var]
    write_old(tmp_path / "fw.log", b"".join(lines))
    done = varde(tmp_path, "scans", "fw.log", "--tz", "UTC")
    table, *told = done.out.split("\n\n")
    assert len(table.splitlines()) == 1 + 13 and len(told) == 10 and any(f"One source ({SLOW}) went down" in one for one in told)
    assert "varde: 10 of them are told in sentences; --json and --kind have the others" in done.err
