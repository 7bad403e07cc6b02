"""varde scans: what it finds in flows and probes, in the format of rwscan, for programs and for people."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_run import refused, varde
from tests.detect.test_scans import HARMLESS, SCANNERS, Row

from varde.decode.addresses import text_of
from varde.views.silk import stamp

COLUMNS = "sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|eTime|iType|iCode"
_LETTERS = ((1, "F"), (2, "S"), (4, "R"), (8, "P"), (16, "A"))


def printed(row: Row) -> str:
    """A flow as rwcut prints it."""
    from datetime import datetime, timezone

    ends = [stamp(datetime.fromtimestamp(row[name] / 1e6, timezone.utc)) for name in ("time", "end_time")]
    flags = "".join(letter for bit, letter in _LETTERS if row["tcp_flags"] & bit)
    icmp = "|".join(("" if row["icmp_type"] is None else str(row["icmp_type"]), "" if row["icmp_type"] is None else "0"))
    return f"{text_of(row['src_addr'])}|{text_of(row['dst_addr'])}|{row['src_port'] or 0}|{row['dst_port'] or 0}|{row['proto']}|{row['packets']}|{row['octets']}|{flags}|{'|'.join(ends)}|{icmp}"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the synthetic day as printed flows, stored."""
    home = tmp_path_factory.mktemp("scans")
    rows = [row for make, _ in SCANNERS.values() for row in make()] + [row for make in HARMLESS for row in make()]
    rows.sort(key=lambda row: int(row["time"]))
    (home / "day.txt").write_text("\n".join([COLUMNS, *map(printed, rows)]) + "\n")
    assert varde(home, "read", "day.txt", "--store", "s").status == 0
    return home


EXPECTED = {(source, proto) for source, (_, proto) in SCANNERS.items()}


def test_what_scans_in_a_store_is_found_and_nothing_else(day: Path) -> None:
    found = json.loads(varde(day, "scans", "--table", "flows", "--store", "s", "--json").out)
    assert {(row["src_addr"], row["proto"]) for row in found} == EXPECTED
    (sweep,) = (row for row in found if row["src_addr"] == "203.0.113.1")
    assert sweep == {
        "src_addr": "203.0.113.1", "proto": 6, "proto_name": "tcp", "time": "2026-11-21T22:26:41Z", "end_time": "2026-11-21T22:30:01Z", "flows": 200,
        "packets": 200, "octets": 8000, "addresses": 200, "ports": 1, "shape": "addresses", "scan_model": "blr", "scan_prob": sweep["scan_prob"],
    }  # fmt: skip
    assert {row["src_addr"]: row["shape"] for row in found if row["proto"] == 6}["203.0.113.2"] == "ports"


def test_rwscans_format(day: Path) -> None:
    lines = varde(day, "scans", "--store", "s", "--rwscan-format", "--sip=203.0.113.1").out.splitlines()
    assert lines[0] == "             sip| proto|                   stime|                   etime|     flows|   packets|     bytes|  scan_model| scan_prob|"
    assert lines[1].startswith("     203.0.113.1|     6|     2026-11-21 22:26:41|     2026-11-21 22:30:01|       200|       200|      8000|           2|  0.9")
    assert lines[1].endswith("|") and len(lines[0]) == len(lines[1])


def test_the_formats_switches(day: Path) -> None:
    ask = ("scans", "--store", "s", "--sip=203.0.113.1")
    plain = varde(day, *ask, "--rwscan-format", "--no-titles", "--no-columns", "--no-final-delimiter", "--no-model-fields").out
    assert plain == "203.0.113.1|6|2026-11-21 22:26:41|2026-11-21 22:30:01|200|200|8000\n"
    assert varde(day, *ask, "--rwscan-format", "--delimited=,", "--no-titles").out.startswith("203.0.113.1,6,2026-11-21 22:26:41,2026-11-21 22:30:01,200,200,8000,2,0.9")
    database = varde(day, *ask, "--scandb").out
    assert database.startswith("3405803777|6|2026-11-21 22:26:41|2026-11-21 22:30:01|200|200|8000|2|0.9") and database.endswith("|\n")


def test_programs_get_csv_and_people_a_table(day: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(varde(day, "scans", "--table", "flows", "--store", "s", "--csv").out)))
    assert {(row["src_addr"], int(row["proto"])) for row in rows} == EXPECTED
    done = varde(day, "scans", "--table", "flows", "--store", "s")
    assert len(done.out.splitlines()) == 1 + len(EXPECTED) and "8 sources scanned" in done.err
    assert "203.0.113.2" in done.out and "ports" in done.out


def test_files_are_looked_at_and_filters_choose(day: Path) -> None:
    found = json.loads(varde(day, "scans", "--from", "day.txt", "proto udp", "--json").out)
    assert [(row["src_addr"], row["proto"]) for row in found] == [("203.0.113.5", 17)]


def test_nobody_is_said(day: Path) -> None:
    done = varde(day, "scans", "--store", "s", "--sip=192.0.2.80")
    assert (done.status, done.out, done.err.strip()) == (1, "", "varde: nobody scanned among these records")
    assert json.loads(varde(day, "scans", "--store", "s", "--sip=192.0.2.80", "--json").out) == []


def test_the_random_walk_takes_the_set_of_those_that_are_there(day: Path) -> None:
    (day / "hosts.txt").write_text("198.51.100.0/24\n198.18.0.0/15\n192.0.2.9\n")
    found = json.loads(varde(day, "scans", "--store", "s", "--trw-internal-set", "hosts.txt", "--json").out)
    models = {(row["src_addr"], row["proto"]): row["scan_model"] for row in found}
    assert models.keys() >= EXPECTED - {("203.0.113.7", 6)}
    assert models["203.0.113.1", 6] == "trw" and models["203.0.113.5", 17] == "blr" and models["203.0.113.2", 6] == "blr"
    walked = varde(day, "scans", "--store", "s", "--trw-internal-set", "hosts.txt", "--scan-model=1", "--rwscan-format", "--no-titles", "--sip=203.0.113.1").out
    assert "|           1|256.000000|" in walked


def test_probes_of_a_firewall(tmp_path: Path) -> None:
    line = "Nov 20 10:{:02}:{:02} fw kernel: IN=eth0 OUT= SRC={} DST=192.0.2.1 LEN=40 PROTO=TCP SPT={} DPT={} WINDOW=1024 RES=0x00 SYN URGP=0"
    scanner = [line.format(n // 60, n % 60, "203.0.113.66", 40000, 1000 + n) for n in range(120)]
    retries = [line.format(n // 60, n % 60, "198.51.100.3", 30000 + n, 25) for n in range(120)]
    (tmp_path / "fw.log").write_text("\n".join(scanner + retries) + "\n")
    assert varde(tmp_path, "read", "fw.log", "--store", "s", "--year", "2026").status == 0
    (row,) = json.loads(varde(tmp_path, "scans", "--store", "s", "--table", "probes", "--json").out)
    assert (row["src_addr"], row["flows"], row["ports"], row["octets"], row["shape"]) == ("203.0.113.66", 120, 120, 4800, "ports")


@pytest.mark.parametrize(("switches", "words"), [
    (["--scan-model=trw"], "needs --trw-internal-set"), (["--scan-model=guess"], "there are hybrid, trw, blr"), (["--table", "logins"], "scans are found in flows and probes"),
    (["--trw-theta0", "0.2", "--trw-theta1", "0.8"], "must be less"), (["--trw-internal-set", "missing.set"], "cannot read the set missing.set"),
    (["--json", "--csv"], "are 2 formats"), (["-o", "scans.txt"], "use a suffix of"), (["--from", "missing.txt"], "cannot read missing.txt"),
])  # fmt: skip
def test_wrong_switches_are_said(day: Path, switches: list[str], words: str) -> None:
    assert words in refused(day, "scans", "--store", "s", *switches)


def test_a_full_disk_is_said(day: Path) -> None:
    (day / "full.csv").symlink_to("/dev/full")
    assert "cannot write full.csv: no space left on device" in refused(day, "scans", "--store", "s", "-o", "full.csv")
