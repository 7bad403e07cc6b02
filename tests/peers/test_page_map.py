"""The section Map in a real Chromium: countries, what lies within them, keyboard and telephone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.material import NOON, firewall_line
from tests.peers.running import ROOT, Running, up

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

DAY = f"{NOON:%Y-%m-%d}"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
NETWORKS = {"193.0.0": 30, "5.8.8": 20, "198.18.7": 10}
"""Probes from each: synthetic lines with addresses that the tables place, and of one network that has no place."""


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("map")
    sources = [f"{network}.{n}" for network, many in NETWORKS.items() for n in range(many)]
    lines = b"".join(firewall_line(n, when=NOON + timedelta(seconds=n), source=source) for n, source in enumerate(sources))
    (folder / "fw.log").write_bytes(lines)
    with up(folder, str(folder / "fw.log")) as running:
        yield running


def opened_at(page: Any, varde: Running, query: str = "") -> None:
    page.goto(f"{varde.url}/?view=map&day={DAY}{query}")
    playwright.expect(page.get_by_test_id("map-totals")).to_contain_text("60 probes")


def test_countries_their_shares_and_what_has_no_place(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    playwright.expect(page.get_by_test_id("headline")).to_have_text("Netherlands: 60\u202f% of probes")
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


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("query", ["", "&table=1", "&map.cc=NL&map.style=both"])
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
