"""Chromium for the tests of the page; each file of tests has a `varde` of its own, which serves it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import find_peer
from tests.peers.running import PATIENCE, Running

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
STEP_MS = 20_000
"""For a step of a test: a busy machine takes its time."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = find_peer("chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(chromium), args=SWITCHES)
        playwright.expect.set_options(timeout=PATIENCE)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, varde: Running) -> Iterator[Any]:
    """A page that must not log an error, fail a request, ask anybody else for anything, or run what a stranger wrote."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    context.set_default_timeout(STEP_MS)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if not request.url.startswith((varde.url, "data:", "blob:")) else None)
    yield opened
    title = opened.title()
    context.close()
    assert problems == []
    assert "taken" not in title
