"""`varde why`: lists, rules, what is published, and where the store has seen it."""

import json
import re
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from cli_run import varde
from material import probe_batch
from tests.query.test_surges import BEFORE, DAY, article, background
from tests.query.test_took_part import KNOCKER, SCANNER, knocks, scan
from warned import flow, flows, ledger

from varde.store import Store

RPZ = Path(__file__).parents[1] / "data" / "sightings" / "bind-rpz.log"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A store with two lists and the log of a resolver."""
    (tmp_path / "names.csv").write_text("domain,url,id\nevil.example.com,https://otx.example/pulse/5f0c,5f0c\na.b.evil.example.com,,x\n")
    (tmp_path / "nets.txt").write_text("203.0.113.0/24\n203.0.113.5\n198.51.100.66\n2001:db8:bad::/48\n")
    (tmp_path / "varde.toml").write_text(
        f'[[allow]]\nentry = "198.51.100.66"\nreason = "ours"\n[[publish]]\nname = "zone"\nformat = "rpz"\npath = "{tmp_path}/rpz.db"\nlists = ["names"]\n'
    )
    for name in ("names.csv", "nets.txt"):
        assert varde(tmp_path, "intel", "import", name, "--config", "varde.toml").status == 0
    assert varde(tmp_path, "read", str(RPZ)).status == 0
    return tmp_path


def why(home: Path, what: str) -> dict[str, object]:
    asked = varde(home, "why", what, "--json", "--config", "varde.toml")
    assert asked.status == 0, asked.err
    document: dict[str, object] = json.loads(asked.out)
    return document


def test_a_name_under_a_listed_one(home: Path) -> None:
    found = why(home, "WWW.evil.example.com.")
    assert [(entry["value"], entry["id"], entry["url"]) for entry in found["lists"]] == [("evil.example.com", "5f0c", "https://otx.example/pulse/5f0c")]  # type: ignore[attr-defined]
    assert found["outputs"] == [{"name": "zone", "format": "rpz", "path": f"{home}/rpz.db", "published": None}]
    assert found["allow"] == {"entry": "=www.evil.example.com", "also_frees": 0, "examples": []}


def test_a_listed_name_with_another_under_it(home: Path) -> None:
    found = why(home, "evil.example.com")
    assert found["allow"] == {"entry": "evil.example.com", "also_frees": 1, "examples": ["a.b.evil.example.com"]}
    assert {(each["table"], each["part"]): each["records"] for each in found["seen"]} == {("dns", "name"): 5, ("dns", "indicator"): 5}  # type: ignore[attr-defined]
    text = varde(home, "why", "evil.example.com", "--config", "varde.toml").out
    assert "listed by names:5f0c as evil.example.com, since " in text
    assert '[[allow]] entry = "evil.example.com"; it frees 1 entry more: a.b.evil.example.com' in text
    assert f"goes into zone (rpz): {home}/rpz.db, never published yet" in text
    assert varde(home, "intel", "publish", "--config", "varde.toml").status == 0
    assert re.search(r"rpz.db, published last at 20..-..-..T..:..:..Z", varde(home, "why", "evil.example.com", "--config", "varde.toml").out)


def test_an_address_and_the_networks_around_it(home: Path) -> None:
    found = why(home, "203.0.113.5")
    assert sorted(entry["value"] for entry in found["lists"]) == ["203.0.113.0/24", "203.0.113.5"]  # type: ignore[attr-defined]
    assert found["outputs"] == []
    assert [entry["value"] for entry in why(home, "2001:db8:bad::7")["lists"]] == ["2001:db8:bad::/48"]  # type: ignore[attr-defined]


def test_a_network_and_what_lies_in_it(home: Path) -> None:
    found = why(home, "203.0.112.0/22")
    assert found["lists"] == []
    assert found["inside"]["entries"] == 2  # type: ignore[index]
    assert found["allow"]["also_frees"] == 2  # type: ignore[index]


def test_what_is_allowed_or_private_says_so(home: Path) -> None:
    assert why(home, "198.51.100.66")["rules"] == ["allowed 198.51.100.66/32"]
    assert "private" in why(home, "10.1.2.3")["rules"][0]  # type: ignore[index]
    (home / "varde.toml").write_text((home / "varde.toml").read_text() + '[[publish]]\nname = "wall"\nformat = "nft"\npath = "/x.nft"\n')
    for what, outputs in (("198.51.100.66", []), ("203.0.113.5", ["wall"]), ("evil.example.com", ["zone"])):
        assert [output["name"] for output in why(home, what)["outputs"]] == outputs, "what is never matched goes nowhere, and a name into no firewall"  # type: ignore[attr-defined]
    assert "to let it through" not in varde(home, "why", "198.51.100.66", "--config", "varde.toml").out


def test_an_entry_that_is_never_matched_lists_nobody(home: Path) -> None:
    """One mistake in a list would else make every address look listed."""
    (home / "wide.txt").write_text("0.0.0.0/0\nco.uk\n")
    (home / "varde.toml").write_text('[[publish]]\nname = "wall"\nformat = "nft"\npath = "/x.nft"\n')
    assert varde(home, "intel", "import", "wide.txt", "--config", "varde.toml").status == 0
    for what, rule in (("1.1.1.1", "prefix shorter than /8"), ("shop.co.uk", "public suffix")):
        found = why(home, what)
        assert [entry["not_matched"] for entry in found["lists"]] == [rule]  # type: ignore[attr-defined]
        assert (found["outputs"], found["allow"]) == ([], None)
        text = varde(home, "why", what, "--config", "varde.toml").out
        assert f"which is not matched ({rule})" in text and "to let it through" not in text
    assert [entry.get("not_matched") for entry in why(home, "203.0.113.5")["lists"]].count(None) == 2  # type: ignore[attr-defined]


def test_ports_and_countries_have_no_lists(home: Path) -> None:
    for what in ("tcp/23", "NO", "AS64500"):
        asked = varde(home, "why", what)
        assert (asked.status, "nothing is known about" in asked.err) == (1, True)


@pytest.mark.parametrize("what", ["", "nonsense!", "a..b", "x" * 300 + ".example", "203.0.113.5; rm", "\x1b[2J.example"])
def test_what_is_no_question_is_said(home: Path, what: str) -> None:
    asked = varde(home, "why", what)
    assert asked.status in (1, 2)
    assert "Traceback" not in asked.err
    assert "\x1b" not in asked.err


def test_what_flows_tell_is_told_with_what_was_seen_of_them(home: Path) -> None:
    store = Store(home / "store")
    store.append("flows", flows(flow()))
    store.append("losses", ledger(flows=992, lost=8))
    assert why(home, "203.0.113.5")["share_seen"] == 0.992
    assert "99.2 % of exported flows seen; lost: 8 flows of router" in varde(home, "why", "203.0.113.5").out
    assert "exported flows" not in varde(home, "why", "2001:db8:bad::1").out, "no flow has it"


def test_an_address_has_the_scans_and_surges_it_had_a_part_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.app.commands.why.PART_SECONDS", 300.0)  # however busy the machine of the tests is
    store = Store(tmp_path / "s")
    store.append("probes", probe_batch([*background(BEFORE + 1, DAY - timedelta(days=BEFORE)), *article(), *scan(), *knocks()]))
    done = varde(tmp_path, "why", SCANNER, "--store", "s")
    assert done.status == 0, done.err
    told = done.out
    assert "Slow scan in order: One source" in told
    assert f"varde filter 'src in {SCANNER} and proto tcp and dport 20000-20833'" in told and "surge of" not in told
    assert "surge of tcp/7547 (cwmp) (alarm) since 2026-10-25T13:00:00Z: 3 packets of it" in varde(tmp_path, "why", KNOCKER, "--store", "s").out
    found = json.loads(varde(tmp_path, "why", KNOCKER, "--store", "s", "--json").out)
    assert (found["scans"], [surge["dst_port"] for surge in found["surges"]], found["not_looked"]) == ([], [7547], None)
    port = json.loads(varde(tmp_path, "why", "tcp/7547", "--store", "s", "--json").out)
    assert (port["scans"], port["surges"]) == ([], []), "only of addresses and networks"


def test_what_takes_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object) -> None:
        time.sleep(2)  # the watch looks at its clock in a thread, which a busy machine lets wait
        raise duckdb.InterruptException("as DuckDB is told to end")

    monkeypatch.setattr("varde.app.commands.why.PART_SECONDS", 0.0)
    monkeypatch.setattr("varde.app.commands.why.took_part", endless)
    Store(tmp_path / "s").append("probes", probe_batch(scan()))
    told = varde(tmp_path, "why", SCANNER, "--store", "s").out
    assert "were not looked for: the question took longer than 0 s" in told and "`varde scans` and `varde surges` look as long as it takes" in told
