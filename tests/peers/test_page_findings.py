"""Findings in a real Chromium: outlines on the live Fireplot and what opens from them, the HTML file, the gallery; mouse, keyboard, phone."""

import re
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.material import wait_until
from tests.peers.running import PATIENCE, ROOT, Running, up
from varde.simulate import synthetic_day

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

DAY = date(2026, 11, 20)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A station with one synthetic day."""
    folder = tmp_path_factory.mktemp("findings")
    logs = synthetic_day(DAY, zone=ZoneInfo("UTC"), probes=8000)
    for log in logs:
        (folder / log.name).write_bytes(log.text)
    with up(folder, *[str(folder / log.name) for log in logs]) as running:
        yield running


@pytest.fixture(params=[(1440, 900, "dark"), (390, 844, "light")], ids=["wide", "phone"])
def page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """A window that nothing is said in and that stays within its width."""
    width, height, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    assert said == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def opened(page: Any, varde: Running, query: str = f"?day={DAY}") -> Any:
    """The cards of findings, once they are there."""
    page.goto(f"{varde.url}/{query}")
    cards = page.get_by_test_id("findings").locator("button")
    cards.first.wait_for()
    return cards


def slow_scan(varde: Running) -> dict[str, Any]:
    for _ in range(20):
        answer = varde.get(f"findings?from={DAY}T00:00:00Z&to=2026-11-21T00:00:00Z&tz=UTC&width=1040&height=417")
        if answer["ready"]:
            return max((one for one in answer["findings"] if one["kind"] == "diagonal"), key=lambda one: one["last"] - one["first"])
    raise AssertionError("the findings did not come")


def axe(page: Any) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })")
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def test_a_card_opens_what_was_found_and_the_address_leads_to_it_again(page: Any, varde: Running) -> None:
    finding = slow_scan(varde)
    opened(page, varde).filter(has_text=finding["source"]).first.click()
    told = page.get_by_test_id("finding")
    playwright.expect(told).to_contain_text(finding["sentence"])
    playwright.expect(told).to_contain_text("Why it is believed")
    assert told.get_by_label("The command that shows its records").input_value() == finding["evidence"]
    assert f"finding={finding['id']}" in page.url
    address = told.get_by_label("The address of this finding").input_value()
    assert axe(page) == []
    page.goto(address)
    playwright.expect(page.get_by_test_id("finding")).to_contain_text(finding["sentence"])
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_test_id("findings")).to_be_visible()
    assert "finding=" not in page.url


def test_the_fragment_of_a_file_names_a_finding_too(page: Any, varde: Running) -> None:
    finding = slow_scan(varde)
    page.goto(f"{varde.url}/?day={DAY}#finding={finding['id']}")
    playwright.expect(page.get_by_test_id("finding")).to_contain_text(finding["sentence"])


def test_a_finding_that_is_not_there_says_so(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?day={DAY}&finding=diagonal-tcp4-2026112001-192.0.2.254")
    playwright.expect(page.get_by_test_id("finding")).to_contain_text("The period shown has no finding of that name")
    page.get_by_role("button", name="Close").click()
    playwright.expect(page.get_by_test_id("findings")).to_be_visible()


def test_log_lines_of_a_finding_are_those_of_its_source(page: Any, varde: Running) -> None:
    finding = slow_scan(varde)
    page.goto(f"{varde.url}/?day={DAY}&finding={finding['id']}")
    page.get_by_test_id("finding").get_by_role("button", name="Its log lines").click()
    playwright.expect(page.get_by_test_id("records")).to_contain_text(f"{finding['events']:,} probe")
    assert f"src={finding['source']}" in page.url


def test_a_click_on_an_outline_opens_what_was_found(browser: Any, varde: Running) -> None:
    finding = slow_scan(varde)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    with page.expect_response(re.compile(r"/api/findings\?")) as asked:
        opened(page, varde)
    place = next(one for one in asked.value.json()["places"]["shown"] if one["id"] == finding["id"])
    canvas = page.get_by_test_id("fireplot").bounding_box()
    # the plot begins 118 px from the left and 20 from the top, as web/src/frame.ts has it
    x, y = (sum(point[axis] for point in place["outline"]) / len(place["outline"]) for axis in (0, 1))
    page.mouse.move(canvas["x"] + 118 + x, canvas["y"] + 20 + y)
    playwright.expect(page.locator(".card.strong")).to_contain_text(finding["source"])
    page.mouse.click(canvas["x"] + 118 + x, canvas["y"] + 20 + y)
    playwright.expect(page.get_by_test_id("finding")).to_contain_text(finding["sentence"])
    page.close()


def test_outlines_go_and_come_with_a_key_and_the_address_remembers(page: Any, varde: Running) -> None:
    cards = opened(page, varde)
    marks = page.get_by_test_id("findings").locator(".card-mark")
    playwright.expect(marks.first).to_have_text("1")
    with_outlines = page.screenshot()
    page.locator("body").press("o")
    playwright.expect(page.get_by_test_id("outlines-button")).to_have_attribute("aria-pressed", "false")
    playwright.expect(marks.first).to_be_hidden()
    assert "outlines=off" in page.url and cards.count() > 0
    assert page.screenshot() != with_outlines
    page.get_by_test_id("outlines-button").click()
    playwright.expect(marks.first).to_be_visible()
    assert "outlines" not in page.url


def test_the_table_reads_findings_to_who_sees_no_outlines(page: Any, varde: Running) -> None:
    finding = slow_scan(varde)
    opened(page, varde, f"?day={DAY}&table=1")
    table = page.get_by_test_id("finding-table")
    playwright.expect(table.locator("caption")).to_contain_text("Findings, ")
    row = table.get_by_role("row").filter(has_text=finding["source"]).first
    playwright.expect(row).to_contain_text(f"{finding['events']:,}")
    assert axe(page) == []
    row.get_by_role("button").press("Enter")
    playwright.expect(page.get_by_test_id("finding")).to_contain_text(finding["sentence"])


def test_findings_that_are_still_looked_for_come_when_they_are_there(browser: Any, varde: Running) -> None:
    page, waited = browser.new_page(viewport={"width": 1440, "height": 900}), []

    def late(route: Any) -> None:
        if waited:
            route.continue_()
        else:
            waited.append(route.request.url)
            route.fulfill(json={"from": "", "to": "", "ready": False, "note": None, "left_out": 0, "findings": [], "places": None})

    page.route("**/api/findings?*", late)
    opened(page, varde)
    assert len(waited) == 1
    page.close()


def test_hostile_words_of_a_finding_are_words(browser: Any, varde: Running) -> None:
    hostile = "<img src=x onerror=document.title='owned'>\u202e"
    finding = slow_scan(varde) | {"sentence": hostile, "reason": hostile, "caption": hostile, "title": hostile, "source": hostile, "id": "x"}
    answer = {"from": "", "to": "", "ready": True, "note": None, "left_out": 0, "findings": [finding], "places": None}
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.route("**/api/findings?*", lambda route: route.fulfill(json=answer))
    opened(page, varde, f"?day={DAY}&table=1").first.click()
    playwright.expect(page.get_by_test_id("finding")).to_contain_text("<img src=x")
    assert "owned" not in page.title() and page.locator("img[src=x]").count() == 0
    assert "\u202e" not in page.locator("body").inner_text()
    page.close()


def test_the_gallery_says_when_nobody_drew_and_draws_what_was_drawn(page: Any, varde: Running) -> None:
    drawing = {"id": "art-x", "time": f"{DAY}T15:10:00Z", "caption": "Drawing: 2 sources", "sentence": "2 sources drew a picture.", "reason": "why", "evidence": "varde filter x",
               "picture": {"from": f"{DAY}T15:00:00Z", "to": f"{DAY}T21:20:00Z", "port_min": 10000, "port_max": 62000, "action": "all", "source": ["198.19.255.61", "198.19.255.62"]}}  # fmt: skip
    answer = {"ready": True, "note": None, "left_out": 0, "events": 9000, "width": 320, "height": 150, "drawings": []}
    page.route("**/api/gallery?*", lambda route: route.fulfill(json=answer))
    page.goto(f"{varde.url}/?view=gallery&day={DAY}")
    playwright.expect(page.get_by_test_id("empty")).to_contain_text("Nobody drew anything")
    answer["drawings"] = [drawing]
    page.reload()
    image = page.get_by_test_id("gallery").locator("img")
    wait_until(lambda: page.evaluate("document.querySelector('.drawing img')?.naturalWidth === 320"))
    playwright.expect(image).to_have_count(1)
    assert axe(page) == []
    page.get_by_role("link", name="show it in the Fireplot").click()
    page.wait_for_url(re.compile(rf"day={DAY}.*zoom=.*finding=art-x"))


@pytest.fixture(scope="module")
def file(varde: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture as one file, as the page gives it."""
    slow_scan(varde)  # so that they are known
    path = tmp_path_factory.mktemp("file") / "fireplot.html"
    with urllib.request.urlopen(f"{varde.url}/api/fireplot.html?from={DAY}T00:00:00Z&to=2026-11-21T00:00:00Z&tz=UTC", timeout=60) as answer:
        path.write_bytes(answer.read())
    return path


@pytest.mark.parametrize(("width", "height"), [(1240, 900), (1000, 600), (800, 900), (641, 700), (390, 844), (320, 640)])
def test_in_a_file_numbers_and_words_stay_in_their_boxes_and_open_what_they_name(browser: Any, file: Path, varde: Running, width: int, height: int) -> None:
    page, said = browser.new_page(viewport={"width": width, "height": height}), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    marks = page.locator(".mark:visible")
    assert marks.count() > 2
    boxes = [(mark.bounding_box(), mark.locator("span").bounding_box()) for mark in marks.all()]
    assert all(inner["width"] <= outer["width"] + 1 for outer, inner in boxes), "words are wider than the place that was found for them"
    for number, (one, _) in enumerate(boxes):
        for other, _ in boxes[number + 1 :]:
            apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"] or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert apart, "two captions overlap"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    finding = slow_scan(varde)
    marks.and_(page.locator(f'[href="#finding={finding["id"]}"]')).press("Enter")
    playwright.expect(page.locator("details[open]")).to_contain_text(finding["sentence"])
    assert page.url.endswith(f"#finding={finding['id']}")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.reload()
    playwright.expect(page.locator("details[open]")).to_contain_text(finding["sentence"])
    page.get_by_label("Outline them in the picture").uncheck()
    playwright.expect(marks).to_have_count(0)
    assert axe(page) == []
    assert said == []
    page.close()
