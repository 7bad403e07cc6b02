"""The map's API: the world once, amounts by place with a tag, what lies within, and files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from material import NOON, probe_batch
from test_web import DAY, HERE, station_in
from warned import flow, flows

from varde.app.web.serve import FILE_SECURITY, application


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The page over ten probes from Norway, five from an address in no country."""
    with pytest.MonkeyPatch.context() as patch:
        station = station_in(tmp_path_factory.mktemp("home"), patch)
        probes: list[dict[str, object]] = [{"time": NOON, "port": 23, "src": f"198.18.0.{n % 4}", "cc": "NO", "asn": 64500} for n in range(10)]
        probes += [{"time": NOON, "port": 22, "src": "198.18.9.9"} for _ in range(5)]
        station.context.store.append("probes", probe_batch(probes))
        yield TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def ask(page: TestClient, **query: Any) -> Any:
    answer = page.get("/api/map", params=DAY | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_countries_with_their_names(page: TestClient) -> None:
    found = ask(page)
    assert found["rows"] == [{"key": "NO", "name": "Norway", "value": 10, "records": 10, "addresses": 4}]
    assert (found["table"], found["by"], found["level"], found["total"], found["known"], found["keys"]) == ("probes", "events", "country", 15, 10, 1)
    assert found["tables"] == ["probes"]


def test_a_day_without_flows_is_asked_about_probes_though_other_days_have_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    station.context.store.append("probes", probe_batch([{"time": NOON, "port": 23, "src": "198.18.0.1", "cc": "NO", "asn": 64500}]))
    station.context.store.append("flows", flows(flow(at=0)))  # ten years earlier
    with TestClient(application(station), base_url=HERE) as page:
        assert (ask(page)["table"], ask(page)["total"], ask(page)["tables"]) == ("probes", 1, ["flows", "probes"])
        assert ask(page, table="flows")["total"] == 0
        then = {"from": "2016-06-07T00:00:00Z", "to": "2016-06-08T00:00:00Z"}
        assert page.get("/api/map", params=then).json()["table"] == "flows"


def test_what_lies_within(page: TestClient) -> None:
    assert [(row["key"], row["value"]) for row in ask(page, cc="NO")["rows"]] == [(64500, 10)]
    assert [row["value"] for row in ask(page, cc="NO", **{"as": 64500})["rows"]] == [3, 3, 2, 2]
    assert [(row["key"], row["value"]) for row in ask(page, cc="NO", **{"as": 64500}, address="198.18.0.1")["rows"]] == [(23, 3)]


@pytest.mark.parametrize("path", ["map", "map/curve", "world"])
def test_what_the_page_has_is_not_sent_again(page: TestClient, path: str) -> None:
    first = page.get(f"/api/{path}", params=DAY)
    again = page.get(f"/api/{path}", params=DAY, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_the_world_has_shapes_places_and_names(page: TestClient) -> None:
    world = page.get("/api/world").json()
    assert len(world["shapes"]) > 170 and world["names"]["NO"] == "Norway" and len(world["places"]["NO"]) == 2


def test_the_bars_below_are_of_the_same_amounts(page: TestClient) -> None:
    found = page.get("/api/map/curve", params=DAY | {"buckets": 4}).json()
    assert (found["values"], found["table"], found["by"], found["from"]) == ([0, 0, 15, 0], "probes", "events", "2026-11-20T00:00:00Z")
    assert page.get("/api/map/curve", params=DAY | {"buckets": 4, "cc": "NO"}).json()["values"] == [0, 0, 10, 0]


@pytest.mark.parametrize(
    ("configuration", "home", "advice"),
    [("", None, "write [view] place"), ('[view]\nplace = "0, 0"\n', [5000, 2434], None), ('[view]\nplace = "ZZ"\n', None, "'ZZ' is no place")],
)
def test_the_world_knows_where_home_is_or_how_to_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: str, home: Any, advice: str | None) -> None:
    here = TestClient(application(station_in(tmp_path, monkeypatch, configuration)), base_url=HERE)
    world = here.get("/api/world").json()
    assert world["home"] == home
    assert advice in world["home_advice"] if advice else world["home_advice"] is None


@pytest.mark.parametrize("kind", ["png", "svg", "html", "csv", "json"])
def test_files(page: TestClient, kind: str) -> None:
    answer = page.get(f"/api/map.{kind}", params=DAY | {"style": "both", "scheme": "light"})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="map-2026-11-20.{kind}"'
    assert len(answer.content) > 80
    if kind == "html":
        assert answer.headers["content-security-policy"] == FILE_SECURITY


@pytest.mark.parametrize(("path", "query"), [
    ("map", {"table": "nonsense"}), ("map", {"by": "octets"}), ("map", {"direction": "up"}), ("map", {"cc": "NOR"}), ("map", {"as": -1}),
    ("map", {"cc": "NO", "as": 1, "address": "x"}), ("map.gif", {}), ("map.png", {"style": "pie"}), ("map.png", {"cc": "NO"}), ("map", {"top": 0}), ("map/curve", {"buckets": 0}), ("map/curve", {"buckets": 100_000}),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(page: TestClient, path: str, query: dict[str, Any]) -> None:
    answer = page.get(f"/api/{path}", params=DAY | query)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]
