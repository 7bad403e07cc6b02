"""What the page is told of warnings and exporters, and what it may say: the same numbers as the command line's."""

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cli_run import varde
from fastapi.testclient import TestClient
from material import environment
from warned import ARTICLE, StandIn, entry, flow, flows, ledger, with_lines

from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.serve import application
from varde.app.web.writing import WRITES
from varde.collect.flow_intake import EXPORTERS
from varde.live import warnings_of

HERE = "http://127.0.0.1:8420"
LISTS = {"203.0.113.0/24": [entry()], "198.51.100.7/32": [entry("drop", "SBL9", "DROP", ""), entry("own", None, "", "")]}  # type: ignore[arg-type]
DAY = {"from": "2016-06-07T00:00:00Z", "to": "2016-06-08T00:00:00Z"}
PAGE = {WRITES: "1"}


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    return made(tmp_path, monkeypatch)


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = "") -> Station:
    """A station whose store has five warnings: three of one flow, one of each of two lists, one the day before."""
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    (folder / "varde.toml").write_text(configuration)
    station = Station(Context(folder / "store", folder / "varde.toml", tz="UTC"))
    rows = [flow(at=number, dst_cc="NL") for number in range(3)]
    rows += [flow(src="198.51.100.7", dst="10.0.0.6", at=5, src_cc="SE"), flow(at=-86_400, src="10.0.0.7", dst_cc="NL")]
    lists = StandIn(LISTS)
    station.context.store.append("warnings", with_lines(warnings_of(flows(*rows), lists, lists)))
    station.context.store.append("losses", ledger(flows=992, lost=8))
    return station


def page_of(station: Station) -> TestClient:
    return TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def ask(station: Station, path: str, **query: Any) -> Any:
    answer = page_of(station).get(f"/api/{path}", params=DAY | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def say(station: Station, headers: dict[str, str] = PAGE, **body: Any) -> tuple[int, str]:
    answer = page_of(station).post("/api/warnings/said", json=body, headers=headers)
    told = answer.json()
    return answer.status_code, told.get("sentence") or str(told["detail"])


@pytest.mark.parametrize("by", ["list", "country", "host"])
def test_counts_are_those_of_the_command(station: Station, tmp_path: Path, by: str) -> None:
    told = ask(station, "warnings")
    document = json.loads(varde(tmp_path, "warn", "--stats", "--by", by, "--day", "2016-06-07", "--tz", "UTC", "--json").out)
    assert told["by"][by] == document["rows"]
    assert (told["unacknowledged"], told["share_seen"], told["flows_seen"]) == (document["unacknowledged"], 0.992, document["flows_seen"])
    assert told["total"]["count"] == 4


def test_days_are_counted_up_to_the_end_of_the_period(station: Station, tmp_path: Path) -> None:
    document = json.loads(varde(tmp_path, "warn", "--stats", "--since", "2016-05-09", "--until", "2016-06-07", "--tz", "UTC", "--json").out)
    assert ask(station, "warnings")["by"]["day"] == document["rows"]
    assert [row["day"] for row in document["rows"]] == ["2016-06-06", "2016-06-07"]
    auckland = ask(station, "warnings", tz="Pacific/Auckland")
    assert [row["day"] for row in auckland["by"]["day"]] == ["2016-06-07", "2016-06-08"]


def test_the_newest_warnings_come_first_and_say_whether_they_are_open(station: Station) -> None:
    assert say(station, kind="ack", what="drop", why="known") == (200, "drop: acknowledged up to now")
    told = ask(station, "warnings", limit=2)
    assert [(row["src_addr"], row["open"]) for row in told["warnings"]] == [("198.51.100.7", False), ("10.0.0.5", True)]
    assert (told["unacknowledged"], [(each["kind"], each["what"], each["why"]) for each in told["said"]]) == (3, [("ack", "drop", "known")])


def test_what_the_page_says_the_command_line_knows_and_takes_back(station: Station, tmp_path: Path) -> None:
    assert say(station, kind="mute", what="203.0.113.0/24", until="2h")[0] == 200
    (muted,) = json.loads(varde(tmp_path, "warn", "mute", "--json").out)
    until = datetime.fromisoformat(muted["until"])
    assert muted["what"] == "203.0.113.0/24" and 7100 < (until - datetime.now(timezone.utc)).total_seconds() < 7300
    assert [each["in_force"] for each in ask(station, "warnings")["said"]] == [True]
    assert varde(tmp_path, "warn", "mute", "203.0.113.0/24", "--undo").status == 0
    assert ask(station, "warnings")["said"] == []
    assert say(station, kind="mute", what="203.0.113.0/24", undo=True)[0] == 400


@pytest.mark.parametrize(("body", "words"), [
    ({"kind": "ack", "what": "two words"}, "name an address"), ({"kind": "mute", "what": "otx", "until": "yesterday"}, "not in the time to come"),
    ({"kind": "shout", "what": "all"}, "kind"), ({"kind": "ack", "what": "x" * 301}, "what"), ({"kind": "ack", "what": "all", "more": 1}, "more"),
    ({"kind": "ack"}, "what"), ({"kind": "ack", "what": "all", "why": "x" * 301}, "why"),
])  # fmt: skip
def test_what_cannot_be_said_is_refused_in_words(station: Station, body: dict[str, Any], words: str) -> None:
    status, told = say(station, **body)
    assert status in (400, 422) and words in told
    assert ask(station, "warnings")["said"] == []


@pytest.mark.parametrize("headers", [{}, {WRITES: "1", "sec-fetch-site": "cross-site"}, {WRITES: "1", "sec-fetch-site": "same-site"}])
def test_another_sites_page_may_not_write(station: Station, headers: dict[str, str]) -> None:
    status, told = say(station, headers, kind="ack", what="all")
    assert status == 400 and "only Varde's own page may write" in told
    assert ask(station, "warnings")["said"] == []
    asked = page_of(station).options("/api/warnings/said", headers={"origin": "http://evil.example", "access-control-request-method": "POST", "access-control-request-headers": WRITES})
    assert asked.status_code >= 400 and "access-control-allow-origin" not in asked.headers


def test_a_page_that_may_not_write_says_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = made(tmp_path, monkeypatch, "[web]\nwrite = false\n")
    assert ask(station, "warnings")["may_write"] is False
    status, told = say(station, kind="ack", what="all")
    assert status == 400 and "varde warn ack" in told


def test_with_a_token_nobody_writes_without_it(station: Station) -> None:
    page = TestClient(application(station, "a-token-of-ours-1"), base_url=HERE)
    assert page.post("/api/warnings/said", json={"kind": "ack", "what": "all"}, headers=PAGE).status_code == 401
    assert page.post("/api/warnings/said", json={"kind": "ack", "what": "all"}, headers=PAGE | {"authorization": "Bearer a-token-of-ours-1"}).status_code == 200


def test_exporters_are_told_with_their_ledger_clock_and_templates(station: Station) -> None:
    seen = int(ARTICLE.timestamp() * 1e6)
    fact = {"sensor": "router", "exporter": "192.0.2.1", "domain": 0, "protocol": "netflow5", "seen": seen, "skew": -2_500_000, "sampling": {"rate": 100},
            "templates": [{"number": 256, "options": False, "seen": seen, "fields": [{}, {}]}]}  # fmt: skip
    station.context.store.facts.put(EXPORTERS, {"exporters": [fact]})
    station.context.store.append("losses", ledger("other", at=1, flows=5, lost=0, unit="none", restarts=2))
    told = ask(station, "exporters")
    other, router = told["exporters"]
    assert (router["lost"], router["share_seen"], router["skew_seconds"], router["sampling"]) == (8, 0.992, -2.5, 100)
    assert router["templates"] == [{"number": 256, "options": False, "seen": "2016-06-07T13:51:34Z", "fields": 2}]
    assert (other["restarts"], other["heard"], other["templates"], other["share_seen"]) == (2, None, None, None)
    assert (told["share_seen"], told["known"], told["total"]) == (0.992, 1, 2)
    assert ask(station, "exporters", **{"from": "2020-01-01", "to": "2020-01-02"})["exporters"] == []


def test_about_knows_when_there_were_warnings_and_flows(station: Station) -> None:
    tables = page_of(station).get("/api/about").json()["tables"]
    assert tables["warnings"]["last"] == "2016-06-07T13:51:39Z" and tables["losses"]["first"] == "2016-06-07T13:51:34Z"
