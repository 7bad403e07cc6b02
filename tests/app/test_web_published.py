"""Published files over HTTP: only what is meant for others, with an ETag, behind the same doors as the page."""

from pathlib import Path

import pytest
from cli_run import varde
from fastapi.testclient import TestClient
from material import environment

from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.serve import application

HERE = "http://127.0.0.1:8420"
CONFIG = (
    '[[publish]]\nname = "edges"\nformat = "edl"\npath = "{home}/edge.txt"\n[[publish]]\nname = "router"\nformat = "routeros"\npath = "{home}/r.rsc"\nshared = true\n'
    '[[publish]]\nname = "own"\nformat = "pf"\npath = "{home}/pf.txt"\n'
)  # fmt: skip


def _client(home: Path, monkeypatch: pytest.MonkeyPatch, token: str | None = None) -> TestClient:
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    return TestClient(application(Station(Context(home / "store", home / "varde.toml")), token), base_url=HERE)


def _publish(home: Path, text: bytes) -> None:
    (home / "varde.toml").write_text(CONFIG.replace("{home}", str(home)))
    assert varde(home, "intel", "import", "-", "--name", "bad", "--config", "varde.toml", stdin=text).status == 0
    assert varde(home, "intel", "publish", "--config", "varde.toml").status == 0


def test_what_others_fetch_is_served_and_not_sent_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(tmp_path, b"203.0.113.5\nevil.example\n")
    client = _client(tmp_path, monkeypatch)
    answer = client.get("/published/edges")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "203.0.113.5\n", "text/plain; charset=utf-8")
    assert client.get("/published/edges?part=names").text == "evil.example\n"
    assert "address=203.0.113.5 " in client.get("/published/router").text
    again = client.get("/published/edges", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert client.get("/published/edges", headers={"If-None-Match": f'W/{answer.headers["etag"]}'}).status_code == 304
    _publish(tmp_path, b"203.0.113.5\n203.0.113.7\nevil.example\n")
    fresh = client.get("/published/edges", headers={"If-None-Match": answer.headers["etag"]})
    assert (fresh.status_code, fresh.text) == (200, "203.0.113.5\n203.0.113.7\n")


@pytest.mark.parametrize("path", ["own", "none", "edges?part=moon", "..%2fvarde.toml", "edges%00", ""])
def test_nothing_else_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    _publish(tmp_path, b"203.0.113.5\n")
    assert _client(tmp_path, monkeypatch).get(f"/published/{path}").status_code == 404


def test_what_was_published_for_nobody_else_is_not_served_until_it_is_made_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(tmp_path, b"203.0.113.5\n")
    path = tmp_path / "varde.toml"
    path.write_text(path.read_text() + "shared = true\n")
    assert _client(tmp_path, monkeypatch).get("/published/own").status_code == 404
    assert varde(tmp_path, "intel", "publish", "--config", "varde.toml").status == 0
    assert _client(tmp_path, monkeypatch).get("/published/own").text.endswith("\n203.0.113.5\n")


def test_nothing_is_there_before_the_first_publishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "varde.toml").write_text(CONFIG.replace("{home}", str(tmp_path)))
    assert _client(tmp_path, monkeypatch).get("/published/edges").status_code == 404


def test_a_token_is_asked_for_as_for_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(tmp_path, b"203.0.113.5\n")
    client = _client(tmp_path, monkeypatch, "0123456789abcdef")
    assert client.get("/published/edges").status_code == 401
    assert client.get("/published/edges", headers={"Authorization": "Bearer 0123456789abcdef"}).text == "203.0.113.5\n"
    assert client.get("/published/edges?token=0123456789abcdef").status_code == 200
