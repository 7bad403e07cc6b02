"""varde surges: the table for people, documents for programs, what it says where there is nothing; synthetic days."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cli_run import refused, varde
from material import probe_batch
from tests.query.test_surges import BEFORE, DAY, article, background

from varde.store import Store

PERIOD = ("--since", "2026-10-25T00:00:00Z", "--until", "2026-10-26T00:00:00Z")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("surges")
    store = Store(home / "s")
    store.append("probes", probe_batch([*background(BEFORE + 1, DAY - timedelta(days=BEFORE)), *article()]))
    return home


def test_people_read_when_where_from_and_why(home: Path) -> None:
    done = varde(home, "surges", *PERIOD, "--store", "s", "--tz", "Europe/Oslo")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["since", "port", "level", "sources", "networks", "usual", "by", "hour", "most", "from"]
    assert "tcp/7547 (cwmp)" in lines[1] and "alarm" in lines[1]
    assert "2026-10-25 14:52" in lines[1], "in Oslo, on the day that has 25 hours"
    assert "  552 Brazil" in lines and "   10 United States" in lines
    assert any("Brazil has 57% of the sources and usually" in line and "degrees of freedom" in line for line in lines)
    assert any("nothing to block" in line for line in lines)


def test_the_evidence_it_names_has_its_records(home: Path) -> None:
    (found,) = json.loads(varde(home, "surges", *PERIOD, "--store", "s", "--json").out)["surges"]
    program, *rest = found["evidence"].split(" ", 1)
    assert program == "varde"
    import shlex

    shown = varde(home, *shlex.split(rest[0]), "--store", "s", "--json")
    rows = json.loads(shown.out)
    assert len(rows) == found["events"] == 968, shown.err
    assert found["page"].startswith("/?from=2026-10-25T13:5")


def test_programs_get_one_document(home: Path) -> None:
    document = json.loads(varde(home, "surges", *PERIOD, "--store", "s", "--json").out)
    assert document["baseline"]["dispersion_estimated"] and document["baseline"]["hours"] == 24 * (BEFORE + 1)
    (found,) = document["surges"]
    assert (found["proto"], found["dst_port"], found["level"], found["sources"], found["new_share"]) == (6, 7547, "alarm", 968, 1.0)
    assert found["countries"][0] == {"country": "BR", "sources": 552} and found["curve"][0]["time"] == "2026-10-25T13:00:00Z"
    rows = varde(home, "surges", *PERIOD, "--store", "s", "--csv").out.splitlines()
    assert rows[0].startswith("time,end_time,proto,") and len(rows) == 2


def test_none_is_status_1_and_says_what_was_looked_at(home: Path) -> None:
    done = varde(home, "surges", "--day", "2026-10-20", "--tz", "UTC", "--store", "s")
    assert (done.status, done.out) == (1, "")
    assert "no port was wanted by more strangers than usual; against 1" in done.err or "no baseline of a week yet" in done.err
    assert varde(home, "surges", "--store", "nothing").status == 1


def test_open_ports_are_configured(home: Path) -> None:
    (home / "varde.toml").write_text('[insight]\nopen_ports = ["tcp/7547"]\n')
    assert varde(home, "surges", *PERIOD, "--store", "s", "--config", "varde.toml").status == 1
    (home / "varde.toml").write_text('[insight]\nopen_ports = ["7547"]\n')
    assert "write tcp/443" in refused(home, "surges", *PERIOD, "--store", "s", "--config", "varde.toml")


def test_a_country_is_two_letters(home: Path) -> None:
    assert "such as BR" in refused(home, "surges", *PERIOD, "--store", "s", "--country", "Brazil")
