"""What the page's live view and link graph ask: the past in steps, its curve, graphs laid out; bounds, hostile names, nothing there."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from material import NOON, cowrie, cowrie_login, import_file, probe_batch, write_old
from tests.app.test_web import HERE, ask, station_in

from varde.app.web import past
from varde.app.web.serve import application

DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
HOSTILE = ["</script><img src=x onerror=alert(1)>", "a|b\n\u202eevil", "=1+1", "x" * 5000]
NOON_MS = int(NOON.timestamp() * 1000)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """60 probes on TCP/23 in a minute from noon, 30 failed logins of which 4 under hostile names, one accepted; requests of two days."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        store = (station := station_in(folder, patch)).context.store
        store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=n), "port": 23, "src": f"198.18.0.{n}"} for n in range(60)]))
        logins = [cowrie_login(n) for n in range(26)] + [cowrie_login(n, user=name) for n, name in enumerate(HOSTILE)] + [cowrie_login(30, success=True)]
        asked = [cowrie("direct-tcpip.request", n, dst_ip=f"mx{n % 40}.example", dst_port=25) for n in range(200)]
        asked += [cowrie("direct-tcpip.request", n, dst_ip=name, dst_port=443) for n, name in enumerate(HOSTILE)]
        asked += [cowrie("direct-tcpip.request", n - 86_400, dst_ip=f"mx{n}.example", dst_port=25) for n in range(20)]
        import_file(store, write_old(folder / "pot.json", b"".join(logins + asked)), "pot")
        yield TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def test_about_says_of_when_the_other_tables_are(page: TestClient) -> None:
    tables = ask(page, "about")["tables"]
    assert tables["logins"] == {"first": "2026-11-20T12:00:00Z", "last": "2026-11-20T12:00:30Z"}
    assert tables["tunnels"]["first"] == "2026-11-19T12:00:00Z"


def balls_of(answer: dict[str, Any]) -> list[list[Any]]:
    return [ball for one in answer["slices"] for ball in one["balls"]]


def test_the_past_is_told_in_order_with_every_event_counted(page: TestClient) -> None:
    answer = ask(page, "replay", **DAY)
    assert (answer["from"], answer["to"], answer["events"]) == ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", 91)
    assert sum(one["events"] for one in answer["slices"]) == 91
    balls = balls_of(answer)
    assert [ball[0] for ball in balls] == sorted(ball[0] for ball in balls)
    assert [ball for ball in balls if ball[5]] == [[NOON_MS + 30_000, "logins", "198.18.0.31", "root", "123456", True, 1]]
    assert {ball[3] for ball in balls if ball[1] == "firewall"} == {"TCP:23"}


@pytest.mark.parametrize("step", [60, 600, 86_400])
def test_a_coarser_past_has_the_same_events_in_fewer_slices(page: TestClient, step: int) -> None:
    answer = ask(page, "replay", **DAY, step=step)
    assert sum(ball[6] for ball in balls_of(answer)) == 91
    moments = {ball[0] for ball in balls_of(answer)}
    assert all(moment % max(1000, step * 1000 // 60) == 0 for moment in moments)
    assert len(answer["slices"]) == 1


def test_an_answer_that_has_told_enough_says_up_to_when(page: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "EVENTS_MAX", 10)
    begin, seen = DAY["from"], 0
    for _ in range(3):
        answer = ask(page, "replay", **{"from": begin, "to": DAY["to"]})
        seen, begin = seen + answer["events"], answer["to"]
        if begin == DAY["to"]:
            break
    assert (seen, begin) == (91, DAY["to"])


def test_only_of_a_kind_and_of_a_source(page: TestClient) -> None:
    assert ask(page, "replay", **DAY, kind="logins")["events"] == 31
    assert ask(page, "replay", **DAY, kind="firewall", src="198.18.0.0/29")["events"] == 8
    assert ask(page, "replay", **{"from": "2025-01-01T00:00:00Z", "to": "2025-01-02T00:00:00Z"})["slices"] == []


def test_the_curve_adds_up(page: TestClient) -> None:
    curve = ask(page, "replay/curve", **DAY, buckets=24)
    assert {name: [n for n in curve[name] if n] for name in ("probes", "failed", "accepted")} == {"probes": [60], "failed": [30], "accepted": [1]}
    assert (len(curve["probes"]), curve["probes"][12], curve["accepted"][12]) == (24, 60, 1)
    minute = ask(page, "replay/curve", **{"from": "2026-11-20T12:00:00Z", "to": "2026-11-20T12:01:00Z"}, buckets=60)
    assert minute["probes"] == [1] * 60
    assert sum(ask(page, "replay/curve", **DAY, kind="logins")["probes"]) == 0


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("replay", {"kind": "flows"}, 400), ("replay", {"step": 1}, 422), ("replay", {"step": 1e9}, 422), ("replay/curve", {"buckets": 0}, 422),
        ("replay/curve", {"kind": "flows"}, 400), ("replay/curve", {"buckets": 10**7}, 422), ("linkgraph", {"width": 10}, 422), ("linkgraph", {"width": 10**6}, 422),
        ("linkgraph", {"group_sources": "colour"}, 400), ("linkgraph", {"compare": "whenever"}, 400), ("linkgraph", {"only": ["x"] * 17}, 422),
        ("linkgraph", {"only": "x" * 301}, 422), ("linkgraph", {"only": ""}, 422), ("linkgraph", {"src": "nobody"}, 400), ("linkgraph.exe", {}, 400),
        ("linkgraph.svg", {"scheme": "mauve"}, 400), ("linkgraph", {"enlarged": 99}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_a_sentence(page: TestClient, path: str, query: dict[str, Any], status: int) -> None:
    answer = page.get(f"/api/{path}", params=DAY | query)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"]) > 10


def test_a_graph_is_laid_out_with_a_place_for_everything(page: TestClient) -> None:
    graph = ask(page, "linkgraph", **DAY, width=900, height=600)
    assert (graph["requests"], graph["sources"], graph["ports"], graph["targets"], graph["compared"]) == (204, 200, 2, 44, False)
    assert graph["readability"]["node_overlaps"] == graph["readability"]["label_overlaps"] == 0
    assert graph["shown"]["share_of_requests"] == 1
    numbers = [node["id"] for node in graph["nodes"]]
    assert numbers == list(range(len(numbers))) == sorted(one["node"] for one in graph["drawing"]["objects"])
    assert {(flow["from"], flow["to"]) for flow in graph["drawing"]["flows"]} == {(edge["from"], edge["to"]) for edge in graph["edges"]}
    words = {"source", "port", "target", "edge", "new", "ink", "quiet", "ground"}
    assert {one["paint"] for one in graph["drawing"]["objects"]} | {run[4] for one in graph["drawing"]["labels"] for run in one["runs"]} <= words
    assert all(run[0] >= 0 and run[0] + run[5] <= 900 for one in graph["drawing"]["labels"] for run in one["runs"])


def test_hostile_names_are_drawn_as_they_are_and_hide_nothing(page: TestClient) -> None:
    answer = page.get("/api/linkgraph", params=DAY | {"only": "port=443"})
    names = {member["name"] for node in answer.json()["nodes"] for member in node["members"]}
    assert HOSTILE[0] in names and "=1+1" in names
    drawn = json.dumps([one["runs"] for one in answer.json()["drawing"]["labels"]], ensure_ascii=False)
    assert "\u202e" not in drawn and "\\n" not in drawn


def test_what_is_new_is_told_and_nothing_is_new_against_nothing(page: TestClient) -> None:
    graph = ask(page, "linkgraph", **DAY, only="port=25", compare="before")
    assert graph["compared"] is True
    fresh = {member["name"] for node in graph["nodes"] if node["new"] and node["role"] == "target" for member in node["members"]}
    assert fresh == {f"mx{n}.example" for n in range(20, 40)}
    first = ask(page, "linkgraph", **{"from": "2026-11-19T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, compare="before")
    assert first["compared"] is False and first["requests"] == 20


def test_members_of_a_fold_are_bounded_and_counted(page: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.app.web.linkgraph.MEMBERS_MAX", 2)
    graph = ask(page, "linkgraph", **DAY, width=400, height=300)
    assert max(len(node["members"]) for node in graph["nodes"]) == 2
    assert sum(node["total_members"] for node in graph["nodes"]) == 200 + 2 + 44


def test_filters_are_the_command_lines_and_nothing_left_is_an_empty_graph(page: TestClient) -> None:
    assert ask(page, "linkgraph", **DAY, only=["port=25", "*.example"], **{"except": "mx1.example"})["targets"] == 39
    none = ask(page, "linkgraph", **DAY, only="192.0.2.200")
    assert (none["requests"], none["nodes"], none["drawing"]["objects"]) == (0, [], [])


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("png", b"\x89PNG"), ("svg", b"<svg"), ("html", b"<!doctype html>"), ("csv", b""), ("dot", b""), ("gdf", b"nodedef>"), ("graphml", b"<?xml"), ("graphson", b'{"graph"'), ("json", b"{")],
)
def test_the_graph_as_a_file(page: TestClient, kind: str, begins: bytes) -> None:
    answer = page.get(f"/api/linkgraph.{kind}", params=DAY)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begins) and len(answer.content) > 300
    assert answer.headers["content-disposition"] == f'attachment; filename="linkgraph-2026-11-20.{kind}"'
