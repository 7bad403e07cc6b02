"""The section Map in a real Chromium: countries, what lies within them, keyboard and telephone."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.material import NOON, firewall_line, wait_until
from tests.peers.running import ROOT, Running, up

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

DAY = f"{NOON:%Y-%m-%d}"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TO = "\u2013"  # as the page writes "up to"
NETWORKS = {"193.0.0": 30, "5.8.8": 20, "198.18.7": 10}
"""Probes from each: synthetic lines with addresses that the tables place, and of one network that has no place."""


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("map")
    sources = [f"{network}.{n}" for network, many in NETWORKS.items() for n in range(many)]
    lines = b"".join(firewall_line(n, when=NOON + timedelta(seconds=n), source=source) for n, source in enumerate(sources))
    (folder / "fw.log").write_bytes(lines)
    settings = folder / ".config" / "varde"
    settings.mkdir(parents=True)
    (settings / "varde.toml").write_text('[view]\nplace = "59.91, 10.75"\n')
    with up(folder, str(folder / "fw.log")) as running:
        yield running


def opened_at(page: Any, varde: Running, query: str = "") -> None:
    page.goto(f"{varde.url}/?view=map&day={DAY}{query}")
    playwright.expect(page.get_by_test_id("map-totals")).to_contain_text("60 probes")


def test_countries_their_shares_and_what_has_no_place(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    playwright.expect(page.get_by_test_id("headline")).to_have_text("Netherlands: 60\u202f% of probes with a known place")
    playwright.expect(page.get_by_test_id("map-totals")).to_contain_text("16.7\u202f% has no known place")
    titles = page.locator("circle.bubble title").all_text_contents()
    assert any("Netherlands: 30 probes" in title and "50\u202f% of all" in title for title in titles)


def test_a_click_goes_down_to_addresses_and_ports_and_back(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    side = page.get_by_test_id("map-side")
    side.get_by_role("button", name="Netherlands").click()
    playwright.expect(side.locator("h2")).to_have_text("1 system")
    side.locator("tbody button").first.click()
    playwright.expect(side.locator("h2")).to_have_text("30 addresses")
    side.locator("tbody button").first.click()
    playwright.expect(side.locator("h2")).to_have_text("1 port")
    page.go_back()
    playwright.expect(side.locator("h2")).to_have_text("30 addresses")
    side.get_by_role("button", name="World").click()
    playwright.expect(side.locator("h2")).to_have_text("Countries")


def test_styles_table_and_files(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.get_by_test_id("map-style").select_option("choropleth")
    page.locator("path.amount").first.wait_for(state="attached")
    assert page.locator("circle.bubble").count() == 0
    page.keyboard.press("t")
    playwright.expect(page.get_by_test_id("table").locator("tbody tr")).to_have_count(2)
    page.locator("summary", has_text="Download").click()
    command = page.locator(".command input").input_value()
    assert command.startswith(f"varde map --day {DAY} --style choropleth")
    with page.expect_download() as file:
        page.get_by_role("link", name="PNG picture").click()
    assert Path(file.value.path()).read_bytes().startswith(b"\x89PNG")


def test_arcs_lead_from_home_and_are_part_of_the_command(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    assert page.locator("path.arc").count() == 0
    page.get_by_test_id("map-arcs").click()
    playwright.expect(page.locator("path.arc")).to_have_count(2)
    assert page.get_by_test_id("map-arcs").get_attribute("aria-pressed") == "true"
    assert page.locator("path.arc title").last.text_content().startswith("Netherlands: 30 probes")
    page.locator("summary", has_text="Download").click()
    assert " --arcs " in page.locator(".command input").input_value()


def test_without_a_place_arcs_say_how_to_name_one(page: Any, tmp_path: Path) -> None:
    (tmp_path / "fw.log").write_bytes(firewall_line(1, when=NOON, source="193.0.0.1"))
    with up(tmp_path, str(tmp_path / "fw.log"), listen=()) as other:
        context = page.context.browser.new_context()
        opened = context.new_page()
        opened.goto(f"{other.url}/?view=map&day={DAY}&map.arcs=1")
        playwright.expect(opened.get_by_test_id("map-advice")).to_contain_text('[view] place = "59.91, 10.75"')
        context.close()


def test_a_part_of_the_period_is_picked_with_keys_and_by_dragging(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    bars = page.get_by_test_id("map-time")
    bars.focus()
    page.keyboard.press("ArrowRight")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("Nothing to locate")
    assert bars.get_attribute("aria-valuetext") == f"00:00{TO}00:15: 0 probes"
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_test_id("map-totals")).to_contain_text("60 probes")
    box = bars.bounding_box()
    assert box
    middle = box["x"] + box["width"] * 48.5 / 96  # the bar that begins at noon
    page.mouse.move(middle, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(middle + 2 * box["width"] / 96, box["y"] + 10, steps=3)
    page.mouse.up()
    playwright.expect(page.get_by_test_id("map-part")).to_have_text(f"12:00{TO}12:45: 60 probes")
    assert "map.part=2026-11-20T12:00:00Z/2026-11-20T12:45:00Z" in page.url
    page.reload()
    playwright.expect(page.get_by_test_id("map-part")).to_have_text(f"12:00{TO}12:45: 60 probes")
    page.get_by_test_id("map-whole").click()
    playwright.expect(page.get_by_test_id("map-part")).to_contain_text("the whole period")


def test_playing_walks_through_the_period_and_less_motion_has_no_play(page: Any, browser: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=map&day={DAY}&map.part=2026-11-20T11:00:00Z/2026-11-20T11:30:00Z")
    page.get_by_test_id("map-play").click()
    playwright.expect(page.get_by_test_id("map-part")).to_contain_text(f"12:00{TO}12:30: 60 probes")
    page.get_by_test_id("map-play").click()
    context = browser.new_context(reduced_motion="reduce")
    quiet = context.new_page()
    opened_at(quiet, varde)
    assert quiet.get_by_test_id("map-play").is_hidden() and quiet.get_by_test_id("map-on").is_visible()
    quiet.get_by_test_id("map-on").click()
    playwright.expect(quiet.get_by_test_id("map-part")).to_have_text(f"00:00{TO}00:15: 0 probes")
    context.close()


def test_asking_again_sends_nothing_that_the_page_has(browser: Any, tmp_path: Path) -> None:
    now = datetime.now(timezone.utc)
    (tmp_path / "fw.log").write_bytes(firewall_line(1, when=now, source="193.0.0.1"))
    with up(tmp_path, str(tmp_path / "fw.log"), listen=()) as today:
        context = browser.new_context()
        opened = context.new_page()
        statuses: list[int] = []
        opened.on("response", lambda answer: statuses.append(answer.status) if "/api/map?" in answer.url else None)
        opened.goto(f"{today.url}/?view=map")
        playwright.expect(opened.get_by_test_id("map-totals")).to_contain_text("1 probe")
        opened.locator("circle.bubble").evaluate("bubble => { bubble.dataset.kept = '1' }")
        with opened.expect_response(lambda answer: "/api/map?" in answer.url):
            opened.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(lambda: len(statuses) > 1, 10)
        assert statuses == [200, 304]
        assert opened.locator("circle.bubble[data-kept]").count() == 1, "the same picture was drawn again"
        context.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("query", ["", "&table=1", "&map.arcs=1&map.part=2026-11-20T12:00:00Z/2026-11-20T13:00:00Z", "&map.cc=NL&map.style=both"])
def test_axe_finds_nothing_wrong(browser: Any, varde: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened_at(opened, varde, query)
    opened.wait_for_timeout(800)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []
