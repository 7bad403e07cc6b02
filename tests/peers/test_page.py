"""The page in a real Chromium: what a person sees, does with mouse and keyboard, and hears from a screen reader."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import find_peer
from tests.peers.running import ROOT, Running, up
from varde.simulate import synthetic_day

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

DAY = date(2026, 11, 20)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A station with one synthetic day of three sensors."""
    folder = tmp_path_factory.mktemp("page")
    logs = synthetic_day(DAY, zone=ZoneInfo("UTC"), probes=8000)
    for log in logs:
        (folder / log.name).write_bytes(log.text)
    with up(folder, *[str(folder / log.name) for log in logs]) as running:
        running.refused = sum(sum(log.planes.values()) for log in logs)  # type: ignore[attr-defined]
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = find_peer("chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(chromium), args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, varde: Running) -> Iterator[Any]:
    """A page that must not log an error, fail a request or ask anybody else for anything."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if not request.url.startswith((varde.url, "data:", "blob:")) else None)
    yield opened
    context.close()
    assert problems == []


def _open(page: Any, varde: Running, query: str = f"?day={DAY}") -> None:
    page.goto(f"{varde.url}/{query}")
    page.get_by_test_id("headline").wait_for()
    playwright.expect(page.get_by_test_id("legend")).to_contain_text("TCP")


def test_the_first_view_is_the_day_with_its_counts(page: Any, varde: Running) -> None:
    _open(page, varde, "")
    playwright.expect(page.locator("body")).to_contain_text(f"{varde.refused:,} refused probes")  # type: ignore[attr-defined]
    playwright.expect(page.get_by_test_id("date")).to_contain_text("20 November 2026")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "Varde" in page.title()


def test_hover_tells_and_click_shows_the_original_lines(page: Any, varde: Running) -> None:
    _open(page, varde)
    box = page.get_by_test_id("fireplot").bounding_box()
    tooltip = page.get_by_test_id("tooltip")
    x, top, height = box["x"] + box["width"] / 2, int(box["y"]), int(box["height"])
    for place in range(top + height // 2, top + height * 9 // 10, 4):
        page.mouse.move(x, place)
        page.wait_for_timeout(250)
        if re.search(r"address", tooltip.inner_text()):
            break
    playwright.expect(tooltip).to_contain_text("address")
    page.mouse.click(x, place)
    records = page.get_by_test_id("records")
    playwright.expect(records).to_contain_text(re.compile(r"firewall,info|SRC=|filterlog"))


def test_zooming_asks_the_server_for_new_cells_and_the_address_is_a_link(page: Any, varde: Running) -> None:
    _open(page, varde)
    box = page.get_by_test_id("fireplot").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with page.expect_response(re.compile(r"/api/fireplot\?")) as asked:
        page.mouse.wheel(0, -400)
    assert asked.value.ok
    page.wait_for_url(re.compile("zoom="))
    zoomed = page.url
    page.goto(zoomed)
    playwright.expect(page.get_by_test_id("legend")).to_contain_text("TCP")
    assert page.url == zoomed


def test_days_calendar_and_doctor_by_keyboard_alone(page: Any, varde: Running) -> None:
    _open(page, varde)
    page.keyboard.press("[")
    page.wait_for_url(re.compile(str(DAY - timedelta(days=1))))
    playwright.expect(page.get_by_test_id("empty").first).to_be_visible()
    page.keyboard.press("]")
    page.wait_for_url(re.compile(str(DAY)))
    page.keyboard.press("t")
    playwright.expect(page.get_by_test_id("table")).to_contain_text("telnet")
    page.goto(f"{varde.url}/?view=calendar")
    playwright.expect(page.get_by_test_id("calendar")).to_contain_text("20")
    page.goto(f"{varde.url}/?view=doctor")
    playwright.expect(page.get_by_test_id("doctor")).to_contain_text("mikrotik")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("query", [f"?day={DAY}", f"?day={DAY}&table=1", "?view=calendar", "?view=doctor", "?day=2025-01-01"])
def test_axe_finds_nothing_wrong(browser: Any, varde: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(f"{varde.url}/{query}")
    opened.wait_for_load_state("load")
    opened.wait_for_timeout(800)
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_nothing_sticks_out_on_a_phone(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark", has_touch=True, device_scale_factor=3)
    opened = context.new_page()
    _open(opened, varde)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_a_hostile_line_is_shown_as_text(browser: Any, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=document.title='taken'>"
    log = tmp_path / "hostile.log"
    line = f"2026-11-20T12:00:00+00:00 fw1 firewall,info BLOCK{hostile} input: in:ether1 out:x, proto TCP (SYN), 198.51.100.9:5555->192.0.2.1:23, len 40"
    log.write_text(line + "\n", encoding="utf-8")
    with up(tmp_path, str(log), listen=()) as varde:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        opened = context.new_page()
        opened.goto(f"{varde.url}/?day=2026-11-20&evidence=2026-11-20T11:59:00Z/2026-11-20T12:01:00Z/1/65535")
        playwright.expect(opened.get_by_test_id("records")).to_contain_text("onerror", timeout=10000)
        assert opened.title() != "taken"
        assert opened.locator("img[src='x']").count() == 0
        context.close()


def test_lines_that_arrive_are_drawn_without_asking_again(browser: Any, tmp_path: Path) -> None:
    import socket

    with up(tmp_path) as varde:
        context = browser.new_context(viewport={"width": 1200, "height": 800})
        opened = context.new_page()
        opened.goto(varde.url)
        playwright.expect(opened.get_by_test_id("empty").first).to_be_visible()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        now = datetime.now(timezone.utc)
        for port in range(20, 60):
            line = f"{now.isoformat()} fw1 firewall,info BLOCK input: in:ether1 out:(unknown 0), proto TCP (SYN), 198.51.100.9:5555->192.0.2.1:{port}, len 40"
            sender.sendto(f"<134>{line}".encode(), ("127.0.0.1", varde.port("udp")))
        playwright.expect(opened.get_by_test_id("live")).to_contain_text(re.compile("live"), timeout=5000)
        playwright.expect(opened.get_by_test_id("legend")).to_contain_text("40", timeout=20000)
        context.close()
