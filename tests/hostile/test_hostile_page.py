"""Hostile text on the page: every answer of the API is JSON that a browser may have, and Chromium shows each section without running a word of it."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.hostile import readers
from tests.hostile.conftest import Filled
from tests.material import environment
from tests.peers.running import ROOT, up
from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.serve import application

pytestmark = pytest.mark.xdist_group("hostile")

DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
WIDE = {"from": "2010-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}

ASKED: dict[str, dict[str, str]] = {
    "about": {}, "records": DAY | {"action": "all", "limit": "1000"}, "sources": DAY | {"action": "all"}, "why?q=198.18.4.1": {}, "status": {}, "honeypot": WIDE,
    **{f"honeypot/{table}": WIDE | {"top": "1000"} for table in ("passwords", "users", "tunnels", "payloads", "commands", "sessions", "mails", "downloads")},
    "storyboard": WIDE | {"session": "s198.18.6.10"}, "warnings": WIDE | {"limit": "1000"}, "linkgraph": WIDE, "replay": DAY, "map": DAY, "beacon": {}, "today": DAY,
}  # fmt: skip


@pytest.fixture(scope="module")
def client(filled: Filled) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(filled.home).items():
            patch.setenv(name, value)
        (filled.home / "varde.toml").write_text("")
        station = Station(Context(filled.home / "store", filled.home / "varde.toml", tz="UTC"))
        yield TestClient(application(station), base_url="http://127.0.0.1:8420", raise_server_exceptions=False)


@pytest.mark.parametrize("path", ASKED)
def test_an_answer_is_json_that_no_browser_takes_for_a_page(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}", params=ASKED[path] or None)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "application/json" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json() is not None


FILES: dict[str, str] = {"linkgraph.svg": "svg", "linkgraph.html": "html", "fireplot.svg": "svg", "linkgraph.png": "png", "honeypot/logins.csv": "csv", "linkgraph.csv": "csv"}


@pytest.mark.parametrize("path", FILES)
def test_a_file_of_the_page_is_one_of_its_kind(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/{path}", params=WIDE | {"top": "1000"} if path.startswith("honeypot") else WIDE)
    assert answer.status_code == 200, answer.text[:300]
    kind = FILES[path]
    if kind == "svg":
        readers.svg(answer.content)
    elif kind == "html":
        assert readers.page(answer.text).tags.count("img") == 0 and "iframe" not in readers.page(answer.text).tags
    elif kind == "csv":
        assert len(readers.table(answer.text)) > 50
    else:
        assert answer.content.startswith(b"\x89PNG")
    assert not re.search(r"[\r\n\"]", answer.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('"'))


SECTIONS = ("?day=2026-11-20", "?view=honeypot&day=2026-11-20", "?view=graph&day=2026-11-20", "?view=warnings", "?view=map&day=2026-11-20", "?view=doctor", "?view=ask", "?view=lists", "?view=flows", "?view=gallery&day=2026-11-20")

LOOK = """() => ({
  title: document.title, scripts: [...document.scripts].filter(s => !s.src).length,
  handlers: [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on')),
  links: [...document.querySelectorAll('a[href]')].map(a => a.href).filter(h => !/^(https?|blob):/.test(h)), images: document.querySelectorAll('img[src=x], svg[onload], iframe, object, embed, base, meta[http-equiv]').length,
  text: document.body.innerText.length})"""
"""What is on the page that a string could have brought there."""


@pytest.mark.browser
@pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once")
def test_no_section_runs_what_a_stranger_wrote(filled: Filled) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with up(filled.home, listen=()) as running, playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        told: list[str] = []
        page.on("dialog", lambda dialog: (told.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: told.append(f"error {error}"))
        page.on("console", lambda line: told.append(line.text) if "Content Security Policy" in line.text else None)
        page.on("request", lambda request: None if request.url.startswith((running.url, "data:", "blob:")) else told.append(f"asked {request.url}"))
        for section in SECTIONS:
            found = _look(page, f"{running.url}/{section}")
            assert "taken" not in found["title"] and found["scripts"] == 0 and found["images"] == 0 and not found["handlers"] and not found["links"], (section, found)
            assert found["text"] > 50 and not told, (section, told)
        browser.close()


def _look(page: Any, address: str) -> Any:
    page.goto(address)
    with contextlib.suppress(Exception):  # a live view never rests
        page.wait_for_load_state("networkidle", timeout=2500)
    return page.evaluate(LOOK)
