"""A link graph's HTML in a real Chromium: folds open, names are found, nothing is fetched, no hostile name does anything."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from tests.conftest import find_peer
from varde.query.graph import Options, link_graph
from varde.views.graph import GraphStyle, draw_graph, rows_for
from varde.views.palette import LINK_COLOURS

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("page")]

HOSTILE = ["</script><script>document.title='owned'</script>", "<img src=x onerror=document.title='owned'>", "]]>", "\u2028\u202e"]
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(find_peer("chromium")), args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = [(f"192.0.2.{n % 60}", (25, 443)[n % 2], f"mx{n}.example.org", 1 + n % 7) for n in range(400)]
    rows += [(name, 80, name, 50) for name in HOSTILE]
    frame = pl.DataFrame(rows, schema=["source", "port", "target", "count"], orient="row")
    style = GraphStyle(1200, 800, title="</title>Synthetic & hostile")
    path = tmp_path_factory.mktemp("graph") / "graph.html"
    path.write_bytes(draw_graph(link_graph(frame, Options(rows_for(style))), "html", style))
    return path.as_uri()


@pytest.fixture(params=[(1440, 1000, "dark"), (1440, 1000, "light"), (360, 800, "dark"), (360, 800, "light")])
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    width, height, scheme = request.param
    opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    opened.said = []
    opened.on("console", lambda message: opened.said.append(message.text))
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    asked: list[str] = []
    opened.on("request", lambda one: asked.append(one.url))
    opened.goto(address)
    yield opened
    assert opened.said == []
    assert asked == [address]
    assert opened.title() == "</title>Synthetic & hostile"
    opened.close()


def colour(page: Any, part: str, key: str = "fill") -> str:
    return str(page.locator(part).first.evaluate(f"one => getComputedStyle(one).{key}"))


def css(rgb: str) -> str:
    return f"rgb({int(rgb[1:3], 16)}, {int(rgb[3:5], 16)}, {int(rgb[5:7], 16)})"


def test_the_picture_fits_the_window_in_the_reader_s_colours(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert colour(page, "path.fill-source") == css(LINK_COLOURS["dark" if dark else "light"].source)
    page.keyboard.press("l")
    assert colour(page, "path.fill-source") == css(LINK_COLOURS["light" if dark else "dark"].source)
    letters = page.locator("svg.linkgraph:visible text").first.evaluate("one => one.getBoundingClientRect().height")
    assert letters >= 9


def test_a_fold_opens_by_mouse_and_by_keyboard_and_shows_its_members(page: Any) -> None:
    fold = page.locator("svg:visible .object", has=page.locator(".hollow")).first
    fold.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    assert panel.is_visible()
    assert "folded into one" in panel.inner_text()
    assert panel.locator("li").count() >= 2
    assert page.locator("svg:visible .object.on").count() >= 2
    page.keyboard.press("Escape")
    assert panel.is_hidden()
    assert page.evaluate("document.activeElement.classList.contains('object')")
    fold.click(force=True)
    assert panel.is_visible()


def test_the_search_finds_members_of_folds(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("mx399.example")
    assert "1 found" in page.locator("#panel").inner_text()
    assert page.locator("svg:visible .object.hit").count() == 1
    page.locator("#panel li button").first.click()
    assert page.locator("svg:visible .object.on").count() >= 3
    page.locator("#search").fill("no such name")
    assert "Nothing found" in page.locator("#panel").inner_text()


def test_the_table_says_the_same(page: Any) -> None:
    objects = page.locator("svg:visible .object").count()
    page.keyboard.press("t")
    assert page.locator("#picture").is_hidden()
    assert page.locator("tbody tr").count() == objects
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#panel").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.locator("#picture").is_visible()
