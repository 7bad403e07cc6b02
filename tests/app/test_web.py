"""The page's API: shapes, refusals in words, headers, doors."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from material import NOON, environment, probe_batch
from warned import flow, flows

from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.serve import CONTENT_SECURITY, application
from varde.views.ledger import NO_LEDGER

DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
HERE = "http://127.0.0.1:8420"


def station_in(folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = "") -> Station:
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    (folder / "varde.toml").write_text(configuration)
    return Station(Context(folder / "store", folder / "varde.toml", tz="UTC"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The page over 40 probes on TCP/23, 5 on UDP/53 over IPv6, 7 of ICMP from as many addresses, one of port 0."""
    with pytest.MonkeyPatch.context() as patch:
        station = station_in(tmp_path_factory.mktemp("home"), patch, '[[override]]\nnetwork = "198.18.0.0/15"\ncountry = "NO"\nas = 64500\nas_name = "Synthetic"\n')
        probes: list[dict[str, object]] = [{"time": NOON + timedelta(seconds=n), "port": 23, "src": f"198.18.0.{n}", "cc": "NO", "asn": 64500} for n in range(40)]
        probes += [{"time": NOON + timedelta(seconds=n), "port": 53, "proto": 17, "src": "2001:db8::1"} for n in range(5)]
        probes += [{"time": NOON, "port": None, "proto": 1, "src": f"198.18.1.{n}"} for n in range(7)] + [{"time": NOON, "port": 0}]
        station.context.store.append("probes", probe_batch(probes))
        yield TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def ask(page: TestClient, path: str, **query: Any) -> Any:
    answer = page.get(f"/api/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_about_tells_version_period_databases_and_listeners(page: TestClient) -> None:
    about = ask(page, "about")
    assert {"version", "synthetic", "tz", "now", "first", "last", "databases", "listeners"} <= set(about)
    assert (about["first"], about["last"], about["tz"], about["synthetic"]) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:39Z", "UTC", False)
    assert all(shape(d) == dict.fromkeys(("name", "date", "licence", "attribution", "origin"), "str") for d in about["databases"])


def test_days_are_only_those_with_data(page: TestClient) -> None:
    found = ask(page, "days", year=2026, tz="Europe/Oslo")
    assert (found["year"], found["tz"]) == (2026, "Europe/Oslo")
    assert found["days"] == [{"day": "2026-11-20", "events": 53, "sources": 48, "planes": {"icmp": 7, "tcp4": 41, "udp6": 5}}]
    assert ask(page, "days", year=2025)["days"] == []


def test_the_fireplots_cells_add_up_and_lie_in_the_picture(page: TestClient) -> None:
    tile = ask(page, "fireplot", **DAY, width=200, height=100)
    assert (tile["width"], tile["height"], tile["port_min"], tile["port_max"], tile["events"], tile["sources"]) == (200, 100, 1, 65535, 53, 48)
    assert set(tile["planes"]) == {"tcp4", "udp4", "tcp6", "udp6", "icmp", "other"}
    for plane in tile["planes"].values():
        x, y, n = plane["cells"][::3], plane["cells"][1::3], plane["cells"][2::3]
        assert len(x) == len(y) == len(n)
        assert all(0 <= v < 200 for v in x)
        assert all(0 <= v < 100 for v in y)
    cells = sum(sum(plane["cells"][2::3]) for plane in tile["planes"].values())
    strips = sum(tile["strips"]["icmp"][1::2]) + sum(tile["strips"]["other"][1::2])
    strips += sum(sum(v[1::2]) for name in ("port0", "no_port") for v in tile["strips"][name].values())
    assert cells + strips == tile["events"] == sum(plane["events"] for plane in tile["planes"].values())
    assert set(tile["strips"]["port0"]) == set(tile["strips"]["no_port"]) == {"tcp4", "udp4", "tcp6", "udp6"}
    assert tile["outside"] == 0


def test_two_ports_narrow_the_fireplots_numbers_and_say_how_many_are_outside(page: TestClient) -> None:
    tile = ask(page, "fireplot", **DAY, width=200, height=100, port_min=20, port_max=60)
    cells = sum(sum(plane["cells"][2::3]) for plane in tile["planes"].values())
    assert cells == tile["events"] == sum(plane["events"] for plane in tile["planes"].values())
    assert tile["events"] == ask(page, "fireplot/at", **DAY, port_min=20, port_max=60)["events"]
    assert tile["events"] + tile["outside"] == 53
    assert sum(tile["strips"]["icmp"][1::2]) == 7  # of the whole period, whatever the ports


def test_what_has_no_port_is_asked_for_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    bare: list[dict[str, object]] = [{"time": NOON, "port": None, "proto": 17, "src": f"198.18.1.{n}"} for n in range(3)]
    others: list[dict[str, object]] = [{"time": NOON, "port": 53, "proto": 17}, {"time": NOON, "port": None, "proto": 1}]
    station.context.store.append("probes", probe_batch(bare + others))
    page = TestClient(application(station), base_url=HERE, raise_server_exceptions=False)
    assert ask(page, "fireplot/at", **DAY)["events"] == 5
    assert ask(page, "fireplot/at", **DAY, portless=1)["events"] == 3
    assert ask(page, "fireplot/at", **DAY, portless=1, plane="tcp4")["events"] == 0
    assert {row["src_addr"] for row in ask(page, "records", **DAY, portless=1)["records"]} == {"198.18.1.0", "198.18.1.1", "198.18.1.2"}


def test_the_beacon_tells_what_is_matched_and_which_warnings_nobody_has_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.5\n")
    station = station_in(tmp_path, monkeypatch, f'[[list]]\nname = "bad"\nurl = "{tmp_path}/bad.txt"\n')
    page = TestClient(application(station), base_url=HERE, raise_server_exceptions=False)
    empty = {"indicators": 0, "lists": [], "days": 30, "unacknowledged": 0, "more": False, "warnings": [], "share_seen": None}
    assert ask(page, "beacon") | {"lists": []} == empty | {"flows_seen": NO_LEDGER}
    station.context.lists.poll()
    now = int(station.context.now().timestamp() * 1e6)
    station.beacon.watch("flows", flows(flow(time=now, end_time=now, received=now)))
    told = ask(page, "beacon")
    assert (told["indicators"], [one["name"] for one in told["lists"]], told["unacknowledged"]) == (1, ["bad"], 1)
    assert "10.0.0.5:443 -> 203.0.113.5:51022 (TCP)" in told["warnings"][0]["line"]
    station.flows.writer.commit()
    assert (ask(page, "beacon")["unacknowledged"], len(station.beacon.recent)) == (1, 0)


def test_times_may_be_epoch_seconds_and_zones(page: TestClient) -> None:
    for begin, end in (("1795176000", "1795179600"), ("2026-11-20T13:00:00+01:00", "2026-11-20T14:00:00+01:00"), ("1795176000.0", "1795179600.5")):
        assert ask(page, "fireplot", **{"from": begin, "to": end})["events"] == 53


def test_what_lies_under_the_pointer_is_counted_whole(page: TestClient) -> None:
    found = ask(page, "fireplot/at", **DAY, port_min=20, port_max=60, plane="tcp4")
    assert (found["events"], found["sources"]) == (40, 40)
    assert found["ports"] == [{"plane": "tcp4", "proto": "tcp", "port": 23, "service": "telnet", "events": 40, "sources": 40}]
    assert len(found["top_sources"]) == 5
    icmp = ask(page, "fireplot/at", **DAY, plane="icmp")
    assert (icmp["events"], icmp["sources"], icmp["ports"]) == (7, 7, [])
    assert ask(page, "fireplot/at", **DAY, port_min=0, port_max=0)["events"] == 1


def test_ports_and_sources_are_tables_with_totals(page: TestClient) -> None:
    ports = ask(page, "ports", **DAY, limit=2)
    assert ([p["port"] for p in ports["ports"]], ports["total_ports"]) == ([23, 53], 3)
    sources = ask(page, "sources", **DAY, limit=3)
    assert (len(sources["sources"]), sources["total_sources"]) == (3, 48)
    assert set(sources["sources"][0]) == {"src_addr", "src_cc", "src_as", "src_as_name", "events", "ports", "first", "last"}
    assert ask(page, "sources", **DAY, src="198.18.1.0/24")["total_sources"] == 7


def test_records_are_paged_to_the_end_each_once(page: TestClient) -> None:
    seen, after = [], None
    while True:
        answer = ask(page, "records", **DAY, limit=10, **({"after": after} if after else {}))
        seen += [(row["time"], row["offset"]) for row in answer["records"]]
        after = answer["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 53
    assert seen == sorted(seen)


def test_a_tile_between_two_ports_counts_what_lies_between_them(page: TestClient) -> None:
    tile = ask(page, "fireplot", **DAY, port_min=20, port_max=60)
    assert (tile["events"], tile["sources"]) == (45, 41)
    assert {key: plane["events"] for key, plane in tile["planes"].items() if plane["events"]} == {"tcp4": 40, "udp6": 5}
    assert ask(page, "fireplot", **DAY, port_min=1, port_max=65535)["events"] == 53
    assert ask(page, "fireplot", **DAY, port_min=60000, port_max=65535)["events"] == 0


def test_today_says_that_there_is_no_day_before(page: TestClient) -> None:
    assert ask(page, "today", **DAY) == {
        "headline": "There is no earlier day to compare this one with.", "totals": "53 refused probes from 48 addresses.", "days_before": 0, "cards": [],
    }  # fmt: skip


def test_today_is_held_against_the_day_before_in_the_words_of_the_brief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    begin = NOON - timedelta(hours=36)
    before = [{"time": begin + timedelta(minutes=n), "port": 23, "src": f"198.18.0.{n}"} for n in range(30)]
    now = [{"time": NOON + timedelta(seconds=n), "port": 23 + n % 2, "src": f"198.18.0.{n}"} for n in range(40)]
    station.context.store.append("probes", probe_batch([*before, *now]))
    page = TestClient(application(station), base_url=HERE, raise_server_exceptions=False)
    assert ask(page, "today", **DAY, tz="UTC")["totals"] == "40 refused probes, against 30 on the day before; from 40 addresses, against 30."
    assert ask(page, "today", **DAY, port_min=24, port_max=24)["totals"] == "20 refused probes, against none on the day before; from 20 addresses, against none."


def test_a_filter_that_matches_nothing_is_not_a_quiet_day(page: TestClient) -> None:
    assert ask(page, "today", **DAY, src="203.0.113.1")["headline"] == "Nothing in this period matches the filters."


WHY = {"q", "kind", "title", "facts", "from", "to", "events", "total_sources", "first", "last", "ports", "sources", "destinations", "aimed", "honeypot", "listed", "seen"}


def test_why_tells_who_wants_a_port_and_where(page: TestClient) -> None:
    why = ask(page, "why", q="tcp/23")
    assert set(why) == WHY
    assert (why["kind"], why["title"], why["events"], why["total_sources"], why["aimed"]) == ("port", "TCP 23 (telnet)", 40, 40, None)
    assert why["destinations"] == [{"dst_addr": "198.51.100.2", "events": 40, "sources": 40}]
    assert (why["first"], why["last"]) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:39Z")


def test_why_looks_at_both_sides_of_an_address(page: TestClient) -> None:
    source = ask(page, "why", q="198.18.0.7")
    assert (source["events"], source["aimed"]["events"]) == (1, 0)
    target = ask(page, "why", q="198.51.100.2")
    assert (target["events"], target["sources"], target["facts"]) == (0, [], [{"label": "Kind", "value": "address"}])
    assert (target["aimed"]["events"], target["aimed"]["total_sources"]) == (53, 48)
    assert target["aimed"]["ports"][0]["port"] == 23
    assert ask(page, "why", q="198.51.100.0/24")["aimed"]["events"] == 53


def test_why_knows_an_as_by_number_name_and_countries(page: TestClient) -> None:
    why = ask(page, "why", q="AS64500")
    assert (why["kind"], why["title"], why["events"], why["total_sources"], why["aimed"]) == ("as", "AS64500", 40, 40, None)
    facts = {fact["label"]: fact["value"] for fact in why["facts"]}
    assert (facts["Kind"], facts["Name"], facts["Countries"]) == ("autonomous system", "Synthetic", "NO")
    assert ask(page, "why", q="AS64501")["events"] == 0


def test_why_knows_countries_and_networks(page: TestClient) -> None:
    assert ask(page, "why", q="no")["events"] == 40
    assert ask(page, "why", q="2001:db8::/32")["ports"][0]["port"] == 53


@pytest.mark.parametrize(("q", "label", "value"), [("198.18.0.7", "AS", "AS64500 Synthetic"), ("198.18.0.7", "Country", "NO"), ("2001:db8::1", "AS", "unknown")])
def test_why_says_where_an_address_is(page: TestClient, q: str, label: str, value: str) -> None:
    assert {"label": label, "value": value} in ask(page, "why", q=q)["facts"]


def test_status_has_sensors_rejects_store_and_notes(page: TestClient) -> None:
    status = ask(page, "status")
    assert {"sensors", "rejects", "store", "notes"} <= set(status)
    assert {"path", "bytes", "free", "tables"} <= set(status["store"])
    assert status["store"]["tables"][0] | {"bytes": 0} == {"name": "probes", "rows": 53, "files": 1, "bytes": 0}


def test_about_tells_the_switches_that_find_the_same_store(page: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switches = ask(page, "about")["switches"]
    assert switches[::2] == ["--store", "--config", "--tz"]
    assert Path(switches[1]).name == "store"
    station_in(tmp_path, monkeypatch)
    monkeypatch.delenv("VARDE_STORE")
    bare = TestClient(application(Station(Context())), base_url=HERE)
    assert ask(bare, "about")["switches"] == []


@pytest.mark.parametrize(
    ("path", "media", "magic"),
    [("fireplot.png", "image/png", b"\x89PNG"), ("fireplot.svg", "image/svg+xml", b"<?xml"), ("fireplot.html", "text/html; charset=utf-8", b"<!doctype html>"),
     ("fireplot.csv", "text/csv; charset=utf-8", b"time,"), ("fireplot.json", "application/json", b"{")],
)  # fmt: skip
def test_pictures_are_downloads(page: TestClient, path: str, media: str, magic: bytes) -> None:
    answer = page.get(f"/api/{path}", params=DAY | {"width": 200, "height": 100})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.content.startswith(magic)
    assert answer.headers["content-disposition"] == f'attachment; filename="fireplot-2026-11-20.{path.partition(".")[2]}"'


def test_thumbnail_and_calendar_are_pictures(page: TestClient) -> None:
    for path, query in (("thumbnail.png", {"day": "2026-11-20", "scheme": "light"}), ("calendar.png", {"year": 2026})):
        answer = page.get(f"/api/{path}", params=query)
        assert answer.status_code == 200
        assert answer.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [("fireplot", {"from": DAY["to"], "to": DAY["from"]}, "period is empty"), ("fireplot", DAY | {"width": 10**9}, "width"), ("fireplot", DAY | {"height": -1}, "height"),
     ("fireplot", DAY | {"tz": "Mars/Base"}, "time zone"), ("fireplot", DAY | {"tz": "../../etc/passwd"}, "time zone"), ("fireplot", DAY | {"tz": "Europe"}, "time zone"),
     ("fireplot", DAY | {"tz": "x" * 5000}, "time zone"), ("fireplot", DAY | {"plane": "<script>"}, "no such plane"), ("fireplot", DAY | {"action": "drop"}, "no such action"),
     ("fireplot", DAY | {"src": "x'"}, "no address"), ("fireplot", DAY | {"port_min": 70000}, "port_min"), ("fireplot", DAY | {"port_min": 9, "port_max": 9}, "port_min"),
     ("fireplot", DAY | {"port_max": 0}, "port_min"), ("fireplot", {"from": "x", "to": DAY["to"]}, "is no time"), ("fireplot", {"from": "0001-01-01T00:00:00+12:00", "to": DAY["to"]}, "years"),
     ("fireplot", {"from": DAY["from"], "to": "9999-12-31T23:59:59Z"}, "years"), ("fireplot", {"from": "²", "to": DAY["to"]}, "is no time"), ("fireplot", {"from": "9" * 30, "to": DAY["to"]}, "is no time"),
     ("fireplot", {"to": DAY["to"]}, "from"), ("today", {"from": "0001-01-01T00:00:00Z", "to": DAY["to"]}, "years"), ("records", DAY | {"after": "nonsense"}, "cursor is damaged"),
     ("records", DAY | {"limit": 10**6}, "limit"), ("why", {"q": "<script>alert(1)</script>"}, "ask about an address"), ("why", {"q": "x" * 300}, "q"), ("why", {}, "q"),
     ("days", {"year": 99999}, "year"), ("days", {"year": "x"}, "year"), ("thumbnail.png", {"day": "0001-01-01"}, "years"), ("thumbnail.png", {"day": "9999-12-31"}, "years"),
     ("thumbnail.png", {"day": "2026-11-20", "scheme": "pink"}, "no such scheme"), ("fireplot.exe", DAY, "no such format"), ("calendar.png", {"year": 0}, "year"),
     ("fireplot/at", DAY | {"plane": ["tcp4", "nonsense"]}, "no such plane"), ("sources", DAY | {"country": "NOR"}, "country")],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(page: TestClient, path: str, query: dict[str, Any], words: str) -> None:
    answer = page.get(f"/api/{path}", params=query)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/json"
    detail = answer.json()["detail"]
    assert isinstance(detail, str)
    assert words in detail


@pytest.mark.parametrize("query", [{"sensor": "x' or 1=1 --"}, {"country": "';"}, {"sensor": "\x00"}, {"sensor": "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")}])
def test_hostile_filters_match_nothing_and_break_nothing(page: TestClient, query: dict[str, str]) -> None:
    assert ask(page, "fireplot", **DAY, **query)["events"] == 0


@pytest.mark.parametrize("path", ["/api/about", "/api/fireplot", "/api/nothing", "/nothing", "/", "/api/fireplot.exe", "/api/openapi.json", "/api/thumbnail.png?day=2026-11-20"])
def test_every_answer_carries_the_security_headers(page: TestClient, path: str) -> None:
    headers = page.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "unsafe" not in CONTENT_SECURITY
    assert "access-control-allow-origin" not in headers


def test_the_downloaded_page_may_not_be_framed_or_sniffed(page: TestClient) -> None:
    headers = page.get("/api/fireplot.html", params=DAY).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/%2e%2e/config.py", "/assets/..%2f..%2f..%2fcli.py", "/..%5c..%5cconfig.py", "//etc/passwd", "/assets/%00", "/%c0%ae%c0%ae/config.py"])
def test_no_path_leads_out_of_the_page(page: TestClient, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code in (400, 404)
    assert "import" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil", "192.168.1.5:8420", "0.0.0.0:8420"])
def test_a_foreign_host_name_is_not_served_on_loopback(page: TestClient, host: str) -> None:
    for more in ({}, {"x-forwarded-host": "127.0.0.1"}, {"forwarded": "host=localhost"}):
        answer = page.get("/api/about", headers={"host": host, **more})
        assert answer.status_code in (400, 421), (host, more)
        assert "version" not in answer.json()


@pytest.mark.parametrize("host", ["127.0.0.1:8420", "localhost:8420", "localhost", "[::1]:8420", "127.9.9.9"])
def test_loopback_names_are_served(page: TestClient, host: str) -> None:
    assert page.get("/api/about", headers={"host": host}).status_code == 200


def test_a_name_of_the_configuration_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = TestClient(application(station_in(tmp_path, monkeypatch, '[web]\nhosts = ["varde.example.net"]\n')), base_url=HERE)
    assert page.get("/api/about", headers={"host": "varde.example.net"}).status_code == 200
    assert page.get("/api/about", headers={"host": "other.example.net"}).status_code == 421


def test_with_a_token_nothing_is_served_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-of-some-length"
    app = application(station_in(tmp_path, monkeypatch), token)

    def fresh() -> TestClient:
        return TestClient(app, base_url="http://192.0.2.1:8420", raise_server_exceptions=False)

    for path in ("/", "/api/about", "/api/openapi.json", "/assets/x.js", "/nothing"):
        answer = fresh().get(path)
        assert answer.status_code == 401
        assert "token is needed" in answer.json()["detail"]
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY
    for wrong in ("", "wrong", token[:-1], token + "x", "\u00e6\u00f8"):
        assert fresh().get("/api/about", params={"token": wrong}).status_code == 401
    assert fresh().get("/api/about", headers={"authorization": f"Bearer {token}"}).status_code == 200
    page = fresh()
    first = page.get("/api/about", params={"token": token})
    assert first.status_code == 200
    assert re.search("httponly.*samesite=strict", first.headers["set-cookie"].lower())
    assert page.get("/api/about").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_the_api_only_answers_questions(page: TestClient, method: str) -> None:
    assert page.request(method, "/api/about").status_code == 405


def test_the_openapi_document_describes_every_address(page: TestClient) -> None:
    document = page.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.")
    expected = {"about", "days", "fireplot", "fireplot/at", "ports", "sources", "records", "today", "why", "status", "live", "fireplot.{kind}", "calendar.png", "thumbnail.png"}
    assert {path.removeprefix("/api/") for path in document["paths"]} >= expected
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert method["responses"]["200"]
            assert method["description"].strip().endswith("."), path
            assert all(parameter["schema"] for parameter in method.get("parameters", []))
    references = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', page.get("/api/openapi.json").text))
    assert references <= set(document.get("components", {}).get("schemas", {}))


def test_an_empty_store_answers_every_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = TestClient(application(station_in(tmp_path, monkeypatch)), base_url=HERE)
    assert ask(page, "about")["first"] is None
    assert ask(page, "fireplot", **DAY)["events"] == 0
    assert ask(page, "fireplot/at", **DAY)["events"] == 0
    assert ask(page, "today", **DAY)["headline"] == "Nothing was refused in this period."
    assert ask(page, "why", q="203.0.113.5")["events"] == 0
    assert ask(page, "records", **DAY) == {"records": [], "next": None}
    assert ask(page, "status")["sensors"] == []
    assert ask(page, "days", year=2026)["days"] == []


def test_a_page_behind_a_path_is_found_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = application(station_in(tmp_path, monkeypatch))
    page = TestClient(app, base_url=HERE, root_path="/varde")
    assert page.get("/varde/api/about").status_code == 200
    assert page.get("/api/about").status_code == 200


def test_why_tells_what_lists_have_of_an_address_and_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    (tmp_path / "bad.csv").write_text("domain,url\nevil.example,https://otx.example/pulse/5f0c\n")
    station.context.lists.import_file(str(tmp_path / "bad.csv"), "bad")
    with TestClient(application(station), base_url=HERE, raise_server_exceptions=False) as page:
        name = ask(page, "why", q="www.evil.example")
        assert (name["kind"], name["seen"], name["listed"]["allow"]["entry"]) == ("name", [], "=www.evil.example")
        assert [entry["url"] for entry in name["listed"]["lists"]] == ["https://otx.example/pulse/5f0c"]
        assert ask(page, "why", q="10.0.0.1")["listed"]["rules"] == ["private 10.0.0.0/8"]
        assert page.get("/api/why", params={"q": "no question!"}).status_code == 400
