"""The section Monitoring in a real Chromium, its API and its badges: values of the station, names to copy, keyboard, narrow windows."""

import json
import math
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.peers.running import ROOT, Running, up, wait_for
from tests.peers.test_prometheus import LINE, fetch, told
from varde.faces import STEP_SECONDS, Ring, board_of, write_board
from varde.model.panels import PANELS
from varde.store import Store

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOURS = 5


def past(store: Path) -> None:
    """Five synthetic hours as a station left them that was stopped a minute ago, with a gap in the third."""
    Store(store)
    ring, now = Ring(), time.time() - 60
    count = 0.0
    for step in range(HOURS * 360):
        count += round(10 + 8 * math.sin(step / 200))
        if not 800 < step < 900:
            ring.put(now - STEP_SECONDS * (HOURS * 360 - step), {"varde_refused_probes_total": {(("plane", "tcp4"),): count, (("plane", "udp4"),): count // 3}})
    write_board(board_of(store), {"written": str(now)}, {}, {}, ring)


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("monitored")
    past(folder / "store")
    (folder / "empty.log").write_text("")
    (folder / "bad.txt").write_text("203.0.113.5\n")
    (folder / "varde.toml").write_text(f'[[list]]\nname = "bad"\nurl = "{folder}/bad.txt"\n')
    with up(folder, "--config", str(folder / "varde.toml"), "--flows", "udp://127.0.0.1:0", str(folder / "empty.log"), listen=("udp://127.0.0.1:0",)) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for at in range(12):
                sender.sendto(LINE.format(at, at, 7000 + at).encode(), ("127.0.0.1", running.port("udp")))
        wait_for(lambda: any(line["now"] for line in lines(running, "probes")) and lines(running, "feeds"), 40)
        yield running


def lines(varde: Running, panel: str) -> list[dict[str, Any]]:
    (found,) = varde.get(f"panels/{panel}")["panels"]
    return list(found["lines"])


def _open(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=monitoring")
    page.get_by_test_id("names").wait_for()


def test_every_panel_is_shown_with_the_values_and_names_of_the_api(page: Any, varde: Running) -> None:
    _open(page, varde)
    for panel in PANELS:
        playwright.expect(page.get_by_test_id(f"panel-{panel.id}").get_by_role("heading")).to_have_text(panel.title)
    rows = page.get_by_test_id("names").locator("tbody tr").all()
    known = [(panel["title"], line) for panel in varde.get("panels")["panels"] for line in panel["lines"]]
    assert len(rows) == len(known)
    shown = [row.locator("td").all_inner_texts() for row in rows]
    assert [cells[3:] for cells in shown] == [[line["munin"], line["check"], line["prometheus"]] for _, line in known]
    assert [cells[:2] for cells in shown] == [[title, line["title"]] for title, line in known]
    assert page.get_by_test_id("panel-probes").locator("svg path.curve").count() >= 6
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("refused probe")


def test_the_names_are_those_of_the_other_faces(varde: Running) -> None:
    (line,) = [line for line in lines(varde, "probes") if line["name"] == "tcp4"]
    assert (line["munin"], line["check"]) == ("varde_probes.tcp4", "probes.tcp4")
    assert line["prometheus"] == 'sum(rate(varde_refused_probes_total{plane="tcp4"}[5m])) * 60'
    assert told(fetch(f"{varde.url}/metrics"))['varde_refused_probes_total{plane="tcp4"}'] == 12
    assert len(line["points"]) == 360
    known = [value for value in line["points"] if value is not None]
    assert 280 < len(known) < 345 and 0 < sum(known) / len(known) < 120, "five hours of a rate, with a gap"
    assert varde.get("panels")["panels"][0]["lines"][0].keys() == {"name", "title", "now", "munin", "check", "prometheus"}


def test_a_name_is_copied_by_keyboard(page: Any, varde: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _open(page, varde)
    page.get_by_role("button", name="Copy varde_logins.failed").focus()
    page.keyboard.press("Enter")
    playwright.expect(page.get_by_role("status").get_by_text("Copied", exact=True)).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "varde_logins.failed"


def test_a_title_leads_to_what_explains_it_and_the_rail_leads_here(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=monitoring")
    page.get_by_test_id("panel-warnings").get_by_role("link", name="Warnings by list", exact=True).click()
    page.wait_for_url("**view=warnings**")
    page.get_by_role("link", name="Monitoring").click()
    page.get_by_test_id("panel-logins").wait_for()


def test_values_come_without_the_reader_doing_anything(page: Any, varde: Running) -> None:
    _open(page, varde)
    before = page.locator(".note").inner_text()
    playwright.expect(page.locator(".note")).not_to_have_text(before, timeout=30_000)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (360, "light"), (1440, "dark"), (1440, "light")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(page: Any, varde: Running, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    _open(page, varde)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_badges_are_pictures_of_their_size(varde: Running, scheme: str, tmp_path: Path) -> None:
    for panel in PANELS:
        root = ElementTree.fromstring(fetch(f"{varde.url}/badge/{panel.id}.svg?scheme={scheme}"))
        assert (root.get("width"), root.get("height")) == ("240", "48") and panel.title in "".join(root.itertext())
    for scale in (1, 2):
        with urllib.request.urlopen(f"{varde.url}/badge/probes.tcp4.png?scheme={scheme}&scale={scale}", timeout=20) as answer:
            assert answer.headers["content-type"] == "image/png" and answer.headers["cross-origin-resource-policy"] == "cross-origin"
            (tmp_path / "b.png").write_bytes(answer.read())
        with Image.open(tmp_path / "b.png") as image:
            assert image.size == (240 * scale, 48 * scale)
            colours = {tuple(colour) for _, colour in image.convert("RGB").getcolors(1 << 20) or []}
        assert len(colours) > 20, "letters and a curve, not an empty box"


@pytest.mark.parametrize("path", ["badge/nope.svg", "badge/logins.gif", "badge/logins.svg?scheme=pink", "badge/logins.nope.png", "api/panels/nope", "badge/..%2fx.svg"])
def test_what_is_not_there_is_a_sentence(varde: Running, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{varde.url}/{path}", timeout=20)
    assert caught.value.code == 404 and json.load(caught.value)["detail"]
