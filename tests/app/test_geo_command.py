"""varde geo: tables that are fetched, proved, put in place and taken back; what people are told of their age."""

import base64
import gzip
import hashlib
import io
import ipaddress
import json
import sys
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cli_run import refused, varde
from material import ROOT, firewall_lines, stored, write_old
from mmdb import write_mmdb

from varde.app import context as contexts
from varde.app.context import Context
from varde.intel import Database
from varde.intel.geography import aged
from varde.intel.table_proof import KNOWN
from varde.store import Store

sys.path.insert(0, str(ROOT / "tests" / "collect"))

from stand_in import Answer, Asked, standing_in


@pytest.fixture(autouse=True)
def nothing_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of the build are months old, and large: here there are none unless a test writes some."""
    (tmp_path / "package" / "data").mkdir(parents=True)
    monkeypatch.setattr(contexts, "files", lambda name: tmp_path / "package")


def around(address: str) -> Any:
    """The network of a known address."""
    return ipaddress.ip_network(f"{address}/{48 if ':' in address else 24}", strict=False)


def csv(kind: str, country: str = "", only: int = 99) -> bytes:
    """Synthetic ranges around the addresses that everybody knows."""
    lines = []
    for text, code, system in KNOWN[:only]:
        lines.append(f"{around(text)[0]},{around(text)[-1]},{system if kind == 'as' else country or code}\n")
    return "".join(lines).encode()


def update(home: Path, *words: str, **more: str) -> Any:
    return varde(home, "geo", "update", *words, **more)


def shown(home: Path, *words: str) -> Any:
    return json.loads(varde(home, "geo", "show", "--json", *words).out)


def test_a_file_is_taken_and_places_what_is_read_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "mine-2026-11.csv.gz").write_bytes(gzip.compress(csv("country") + b"198.18.0.0,198.18.255.255,SE\n45.0.0.0,45.255.255.255,DK\n"))
    done = update(tmp_path, "--country", "mine-2026-11.csv.gz")
    assert done.status == 0 and "of 2026-11-01" in done.out and "right about 19 of 19 known addresses" in done.out
    (table,) = shown(tmp_path)["tables"]
    assert (table["name"], table["date"], table["origin"], table["licence"]) == ("country", "2026-11-01", "fetched", "as its supplier says")
    write_old(tmp_path / "fw.log", firewall_lines(0, 2) + firewall_lines(2, 2).replace(b"SRC=198.18.0", b"SRC=45.1.2"))
    assert varde(tmp_path, "read", "fw.log", "--tz", "UTC").status == 0
    # benchmarking space is nowhere, whatever a table says
    assert stored(Store(tmp_path / "store")).sort("offset")["src_cc"].to_list() == [None, None, "DK", "DK"]


def test_a_database_with_every_layout_is_taken_and_who_made_it_is_said(tmp_path: Path) -> None:
    known = {str(around(text)): {"country": {"iso_code": code}} for text, code, _ in KNOWN}
    write_mmdb(tmp_path / "c.mmdb", known, maker="DBIP-Country-Lite")
    done = update(tmp_path, "--country", "c.mmdb", "--json")
    assert json.loads(done.out)["tables"][0]["taken"] is True
    (table,) = shown(tmp_path)["tables"]
    assert (table["date"], table["licence"], "db-ip.com" in table["attribution"]) == ("2026-05-28", "CC BY 4.0", True)


def test_what_is_wrong_or_broken_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(csv("country"))
    assert update(tmp_path, "--country", "good.csv").status == 0
    before = shown(tmp_path)
    for name, content, said in (
        ("wrong.csv", csv("country", country="XK"), "it is wrong about 19 of 19"), ("half.csv", csv("country", only=12), "it is wrong about 7 of 19"),
        ("page.csv", b"<html>", "no range"), ("damaged.csv.gz", gzip.compress(csv("country"))[:60], "damaged.csv.gz"), ("empty.tar", tar({}), "no table in it"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        done = update(tmp_path, "--country", name)
        assert done.status == 1 and said in done.err and "What is in force stays" in done.err, done.err
    assert update(tmp_path, "--country", "absent.csv").status == 1
    assert shown(tmp_path) == before
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "store" / "geo").iterdir()) == ["country", "country.json"]


def tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return out.getvalue()


def test_check_changes_nothing_and_back_takes_the_last_one_back(tmp_path: Path) -> None:
    for month in ("2026-09", "2026-10"):
        (tmp_path / f"as-{month}.csv").write_bytes(csv("as") + f"45.0.0.0,45.0.0.{int(month[-2:])},64500\n".encode())
    assert "there is a table of 2026-09-01" in update(tmp_path, "--as", "as-2026-09.csv", "--check").out
    assert shown(tmp_path)["tables"] == []
    for month in ("2026-09", "2026-10"):
        assert update(tmp_path, "--as", f"as-{month}.csv").status == 0
    assert "in force already" in update(tmp_path, "--as", "as-2026-10.csv").out
    assert len(list((tmp_path / "store" / "geo").glob("*.npz"))) == 2
    assert "of 2026-09-01 from" in varde(tmp_path, "geo", "back").err
    assert shown(tmp_path)["tables"][0]["date"] == "2026-09-01"
    assert "the built-in table is in force" in varde(tmp_path, "geo", "back").err
    assert shown(tmp_path)["tables"] == [] and varde(tmp_path, "geo", "back").status == 1
    assert list((tmp_path / "store" / "geo").iterdir()) == []


def test_a_url_of_the_month_and_where_it_is_not_there_yet_of_the_last(tmp_path: Path) -> None:
    today = Context(tmp_path / "store").now().date()
    last = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)

    def answer(asked: Asked) -> Answer:
        return Answer(gzip.compress(csv("as"))) if f"{last:%Y-%m}" in asked.path else Answer(b"no", 404)

    with standing_in(answer) as server:
        (tmp_path / "varde.toml").write_text(f'[geo]\nas_from = "{server.url}/dbip-asn-lite-{{month}}.csv.gz"\n')
        done = update(tmp_path, "--as", f"{server.url}/dbip-asn-lite-{{month}}.csv.gz", "--config", "varde.toml")
        assert done.status == 0 and f"of {last.isoformat()}" in done.out and "IP Geolocation by DB-IP" in done.out
        assert len(server.asked) == 2
        assert "in force already" in update(tmp_path, "--as", f"{server.url}/dbip-asn-lite-{{month}}.csv.gz").out
        server.answer = lambda asked: Answer(b"gone", 500)
        done = update(tmp_path, "--as", f"{server.url}/dbip-asn-lite-{{month}}.csv.gz")
        assert done.status == 1 and "the server answered 500" in done.err and len(shown(tmp_path)["tables"]) == 1


def test_the_packages_of_the_build_are_asked_for_where_npm_asks(tmp_path: Path) -> None:
    archive = gzip.compress(tar({"package/asn-ipv4-num.csv": csv("as"), "package/asn-ipv4.csv": b"x", "package/README.md": b"y", "package/../../evil.csv": b"z"}))
    sums = {"integrity": "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()}

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith(".tgz"):
            return Answer(archive)
        return Answer({"version": "2.3.2026110119", "dist": {"tarball": f"{server.url}/asn.tgz", **sums}})

    with standing_in(answer) as server:
        there = {"npm_config_registry": server.url}
        done = update(tmp_path, "--as", "npm:@ip-location-db/asn", **there)
        assert done.status == 0 and "of 2026-11-01 from npm:@ip-location-db/asn@2.3.2026110119" in done.out and "RouteViews" in done.out
        assert server.paths()[0] == "/@ip-location-db%2Fasn/latest"
        sums["integrity"] = "sha512-" + base64.b64encode(b"x" * 64).decode()
        done = update(tmp_path, "--as", "npm:other", **there)
        assert done.status == 1 and "not what the registry means" in done.err
        done = update(tmp_path, **there)  # nothing named: both packages, of which neither is newer than what is in force
        assert "systems: nothing newer: the newest that its supplier has is of 2026-11-01" in done.out
    done = update(tmp_path, npm_config_registry="http://127.0.0.1:9")
    assert done.status == 1 and "What is in force stays" in done.err and len(shown(tmp_path)["tables"]) == 1


def test_what_the_owner_keeps_himself_is_not_fetched_and_goes_before(tmp_path: Path) -> None:
    known = {str(around(text)): {"country_code": "XK"} for text, _, _ in KNOWN}
    mine = write_mmdb(tmp_path / "mine.mmdb", known)
    (tmp_path / "good.csv").write_bytes(csv("country"))
    assert update(tmp_path, "--country", "good.csv").status == 0
    (tmp_path / "varde.toml").write_text(f'[geo]\ncountry = "{mine}"\n')
    assert "is yours, as [geo] says" in update(tmp_path, "--country", "good.csv", "--config", "varde.toml").out
    (table,) = shown(tmp_path, "--config", "varde.toml")["tables"]
    assert (table["origin"], table["date"]) == (str(mine), "2026-05-28")


def test_a_fetched_table_that_is_damaged_lets_everything_go_on(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_bytes(csv("country"))
    assert update(tmp_path, "--country", "good.csv").status == 0
    for path in (tmp_path / "store" / "geo").glob("*.npz"):
        path.write_bytes(b"PK")
    assert shown(tmp_path)["tables"] == []


@pytest.mark.parametrize("source", ["http://example.net/x.csv", "https://user:pw@example.net/x", "npm:Bad Name", "ftp://example.net/x"])
def test_what_is_no_source_is_refused(tmp_path: Path, source: str) -> None:
    assert update(tmp_path, "--country", source).status == 1
    (tmp_path / "varde.toml").write_text(f'[geo]\ncountry_from = "{source}"\n')
    assert "geo.country_from" in refused(tmp_path, "geo", "show", "--config", "varde.toml")


def test_people_are_told_when_tables_are_older_than_a_quarter(tmp_path: Path) -> None:
    today = date(2026, 11, 22)
    tables = [Database("country", "2026-06-17", "", ""), Database("as", "2026-08-24", "", ""), Database("as", "as its supplier says", "", "")]
    assert aged(tables, today) == ["the country table is of 2026-06-17, 158 days old: `varde geo update` looks for a newer one"]
    (tmp_path / "mine-2020-01.csv").write_bytes(csv("country"))
    assert update(tmp_path, "--country", "mine-2020-01.csv").status == 0
    write_old(tmp_path / "fw.log", firewall_lines(0, 3))
    assert varde(tmp_path, "read", "fw.log", "--tz", "UTC").status == 0
    assert "the country table is of 2020-01-01" in varde(tmp_path, "status").out
    assert "the country table is of 2020-01-01" in varde(tmp_path, "doctor", "fw.log").err
    for words in (("map", "fw.log"), ("geo", "show")):
        (notice,) = json.loads(varde(tmp_path, *words, "--json").out)["notices"]
        assert notice.startswith("the country table is of 2020-01-01")
