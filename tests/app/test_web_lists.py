"""Lists, outputs and generations in the API; rehearsing, publishing, taking back; and that only the page may write."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from test_web import HERE, station_in

from varde.app.web.serve import application

OWN = {"x-varde-page": "1"}


def page_of(folder: Path, patch: pytest.MonkeyPatch, more: str = "") -> TestClient:
    (folder / "bad.txt").write_text("203.0.113.5\n198.51.100.0/24\n")
    station = station_in(folder, patch, (
        f'[[list]]\nname = "bad"\nurl = "{folder}/bad.txt"\n[[publish]]\nname = "wall"\nformat = "edl"\npath = "{folder}/wall.txt"\nlists = ["bad"]\n{more}'
    ))  # fmt: skip
    station.context.lists.update()
    return TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    return page_of(tmp_path, monkeypatch)


def told(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_lists_and_outputs_before_anything_was_published(page: TestClient) -> None:
    found = told(page.get("/api/lists"))
    assert [(one["name"], one["indicators"], one["error"], one["held"]) for one in found["lists"]] == [("bad", 2, None, None)]
    assert [(one["name"], one["entries"]) for one in found["outputs"]] == [("wall", None)]
    assert (found["generations"], found["may_write"]) == ([], True)


def test_publish_and_take_back(page: TestClient, tmp_path: Path) -> None:
    dry = told(page.post("/api/lists/publish", json={"dry": True}, headers=OWN))
    assert dry["sentence"].startswith("nothing was written")
    assert not (tmp_path / "wall.txt").exists()
    assert told(page.post("/api/lists/publish", json={}, headers=OWN))["generation"] == 1
    first = (tmp_path / "wall.txt").read_text()
    (tmp_path / "bad.txt").write_text("203.0.113.5\n198.51.100.0/24\n192.0.2.7\n")
    assert told(page.post("/api/lists/update", json={"name": "bad"}, headers=OWN))["list"]["indicators"] == 3
    assert told(page.post("/api/lists/publish", json={}, headers=OWN))["generation"] == 2
    assert "192.0.2.7" in (tmp_path / "wall.txt").read_text()
    back = told(page.post("/api/lists/rollback", json={"number": 1}, headers=OWN))
    assert back["sentence"].startswith("rolled back to generation 1")
    assert "192.0.2.7" not in (tmp_path / "wall.txt").read_text()
    assert "203.0.113.5" in first
    assert [(one["number"], one["of"]) for one in told(page.get("/api/lists"))["generations"]] == [(3, 1), (2, 2), (1, 1)]


def test_a_rehearsal_says_who_would_have_been_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(tmp_path, monkeypatch, '[publishing]\nrehearse_days = 30\n')
    found = told(page.get("/api/lists/rehearsal"))
    assert (found["flows"], found["host_count"]) == (0, 0)
    assert "there is no ledger" in found["flows_seen"]


@pytest.mark.parametrize("path", ["publish", "rollback", "update"])
def test_no_other_page_can_write(page: TestClient, path: str) -> None:
    body = {"name": "bad"} if path == "update" else {}
    assert page.post(f"/api/lists/{path}", json=body).status_code == 400
    assert page.post(f"/api/lists/{path}", json=body, headers=OWN | {"sec-fetch-site": "cross-site"}).status_code == 400


def test_a_page_that_may_not_write_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(tmp_path, monkeypatch, "[web]\nwrite = false\n")
    answer = page.post("/api/lists/publish", json={}, headers=OWN)
    assert (answer.status_code, "varde intel publish" in answer.json()["detail"]) == (400, True)
    assert told(page.get("/api/lists"))["may_write"] is False


@pytest.mark.parametrize(("path", "body"), [
    ("publish", {"what": 1}), ("rollback", {"number": -1}), ("rollback", {"number": 99}), ("update", {"name": "nobody"}), ("update", {}), ("update", {"name": "x" * 999}),
])  # fmt: skip
def test_what_cannot_be_done_is_said(page: TestClient, path: str, body: dict[str, Any]) -> None:
    answer = page.post(f"/api/lists/{path}", json=body, headers=OWN)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]
