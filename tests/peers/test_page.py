"""The page in a real Chromium: what a person sees, does with mouse and keyboard, and hears from a screen reader."""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.material import wait_until
from tests.peers.running import PATIENCE, ROOT, Running, up
from varde.simulate import honeypot_day, synthetic_day

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
    """A station with one synthetic day of three sensors."""
    folder = tmp_path_factory.mktemp("page")
    logs = synthetic_day(DAY, zone=ZoneInfo("UTC"), probes=8000)
    for log in logs:
        (folder / log.name).write_bytes(log.text)
    with up(folder, *[str(folder / log.name) for log in logs]) as running:
        running.refused = sum(sum(log.planes.values()) for log in logs)  # type: ignore[attr-defined]
        yield running


def _open(page: Any, varde: Running, query: str = f"?day={DAY}") -> None:
    page.goto(f"{varde.url}/{query}")
    page.get_by_test_id("headline").wait_for()
    playwright.expect(page.get_by_test_id("legend")).to_contain_text(re.compile("TCP [0-9]"), timeout=15000)  # the cells are here


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
        playwright.expect(tooltip).to_contain_text(re.compile("address|nothing"), timeout=15000)
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


TO = "\N{EN DASH}"
NOON = f"{DAY}T12:00:00Z/{DAY}T14:00:00Z"


def test_totals_legend_and_table_of_a_zoom_speak_of_the_same_probes(page: Any, varde: Running) -> None:
    first, last = NOON.split("/")
    inside = varde.get(f"fireplot/at?from={first}&to={last}&port_min=20&port_max=30")
    assert 0 < inside["events"] < varde.refused  # type: ignore[attr-defined]
    _open(page, varde, f"?day={DAY}&zoom={NOON}/20/30")
    sums = page.locator(".totals")
    playwright.expect(sums).to_have_text(f"In this zoom, 12:00{TO}14:00, ports 20{TO}30: {inside['events']:,} refused probes from {inside['sources']:,} addresses.")
    playwright.expect(page.locator(".totals-line")).to_contain_text(f"The whole day: {varde.refused:,} refused probes")  # type: ignore[attr-defined]
    legend = page.get_by_test_id("legend")
    playwright.expect(legend).to_contain_text("in this zoom")
    assert sum(int(text.replace(",", "")) for text in legend.locator("b").all_inner_texts()) == inside["events"]
    page.keyboard.press("t")
    playwright.expect(page.get_by_test_id("table").locator("caption").nth(1)).to_contain_text(f"{inside['sources']:,},")


def test_a_zoom_in_time_alone_holds_what_has_no_port_too(page: Any, varde: Running) -> None:
    first, last = NOON.split("/")
    whole = varde.get(f"fireplot/at?from={first}&to={last}")["events"]
    assert whole > varde.get(f"fireplot/at?from={first}&to={last}&port_min=1&port_max=65535")["events"]
    for ports in ("", "/1/65535"):
        _open(page, varde, f"?day={DAY}&zoom={NOON}{ports}")
        playwright.expect(page.locator(".totals")).to_contain_text(f"In this zoom, 12:00{TO}14:00: {whole:,} refused probes")


def test_an_empty_zoom_says_that_it_is_the_zoom_that_is_empty(page: Any, varde: Running) -> None:
    _open(page, varde, f"?day={DAY}&zoom={DAY}T03:00:00Z/{DAY}T03:00:30Z/64000/64010")
    playwright.expect(page.locator(".totals")).to_contain_text(f"In this zoom, 03:00:00{TO}03:00:30, ports 64000{TO}64010: nothing was refused; 0 shows all.")
    playwright.expect(page.get_by_test_id("headline")).not_to_contain_text("Nothing was refused")
    page.keyboard.press("0")
    playwright.expect(page.locator(".totals")).to_contain_text(f"{varde.refused:,} refused probes")  # type: ignore[attr-defined]


def test_the_first_day_has_none_to_compare_with_and_says_so(page: Any, varde: Running) -> None:
    _open(page, varde)
    playwright.expect(page.get_by_test_id("headline")).to_have_text("There is no earlier day to compare this one with.")
    playwright.expect(page.get_by_test_id("panel")).to_contain_text("There is no earlier day to compare with")


def test_while_the_days_are_compared_words_and_shapes_stand_in_the_panel(page: Any, varde: Running) -> None:
    held: list[Any] = []
    page.route("**/api/today?*", lambda route: held.append(route))
    page.goto(f"{varde.url}/?day={DAY}")
    playwright.expect(page.get_by_test_id("panel")).to_contain_text("Comparing with the days before…")
    playwright.expect(page.get_by_test_id("panel").locator(".skeleton span")).to_have_count(3)
    playwright.expect(page.get_by_test_id("headline")).to_have_text("Friday 20 November 2026")
    playwright.expect(page.locator(".totals")).to_contain_text(f"{varde.refused:,} refused probes")  # type: ignore[attr-defined]
    held[0].continue_()
    playwright.expect(page.get_by_test_id("panel").locator(".skeleton")).to_have_count(0)


@pytest.mark.parametrize(
    ("question", "words"),
    [("tcp/23", r"probes wanted it, from [0-9,]+ addresses"), ("AS64521", r"No probe came from there.*autonomous system"),
     ("203.0.113.0/24", r"No probe came from it.*Aimed at it.*probes from"), ("NO", "probes? came from there|No probe came from there")],
)  # fmt: skip
def test_why_explains_ports_systems_destinations_and_says_where_it_looked(page: Any, varde: Running, question: str, words: str) -> None:
    _open(page, varde)
    page.keyboard.press("/")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    panel = page.get_by_test_id("panel")
    playwright.expect(panel).to_contain_text(re.compile(words, re.DOTALL))
    playwright.expect(panel).to_contain_text(re.compile(r"Looked through everything stored, 2026-11-20 00:0\d:\d\d to 2026-11-2"))
    for scroller in panel.locator(".scroller").all():
        assert scroller.evaluate("e => e.scrollWidth <= e.clientWidth"), "a table is cut"


def test_what_is_aimed_at_an_address_can_be_filtered(page: Any, varde: Running) -> None:
    _open(page, varde, f"?day={DAY}&why=203.0.113.0/24")
    page.get_by_role("button", name="Show only probes at this").click()
    page.wait_for_url(re.compile("dst=203.0.113.0/24"))
    playwright.expect(page.get_by_test_id("chips")).to_contain_text("--dst 203.0.113.0/24")
    aimed = varde.get(f"fireplot/at?from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z&dst=203.0.113.0/24")["events"]
    playwright.expect(page.locator(".totals")).to_contain_text(f"{aimed:,} refused probes")


@pytest.mark.parametrize("width", [1440, 1920])
def test_the_tables_are_not_cut(browser: Any, varde: Running, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    opened = context.new_page()
    _open(opened, varde, f"?day={DAY}&table=1")
    playwright.expect(opened.get_by_test_id("table")).to_contain_text("telnet")
    for scroller in opened.get_by_test_id("table").locator(".scroller").all():
        assert scroller.evaluate("e => e.scrollWidth <= e.clientWidth")
    context.close()


def test_the_tooltip_goes_when_its_place_is_opened(page: Any, varde: Running) -> None:
    _open(page, varde)
    box = page.get_by_test_id("fireplot").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    playwright.expect(page.get_by_test_id("tooltip")).to_be_visible()
    page.mouse.click(x, y)
    playwright.expect(page.get_by_test_id("panel")).to_contain_text("Log lines")
    playwright.expect(page.get_by_test_id("tooltip")).to_be_hidden()


def test_the_command_of_the_download_menu_draws_the_same_picture(page: Any, varde: Running, tmp_path: Path) -> None:
    _open(page, varde, f"?day={DAY}&zoom={NOON}/20/30")
    page.get_by_text("Download", exact=True).click()
    program, *words = shlex.split(page.get_by_label("The command that makes this picture").input_value())
    assert program == "varde"
    environment = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-m", program, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"fireplot-{DAY}.png").read_bytes().startswith(b"\x89PNG")


def test_a_section_is_fetched_when_it_is_first_shown(page: Any, varde: Running) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _open(page, varde)
    assert not [url for url in asked if re.search("doctor|calendar", url)]
    page.get_by_role("link", name="Doctor", exact=True).click()
    playwright.expect(page.get_by_test_id("doctor")).to_contain_text("mikrotik")
    assert [url for url in asked if "/assets/doctor" in url]


def test_a_section_that_does_not_come_is_said_with_what_to_do(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    _open(opened, varde)
    opened.route("**/assets/doctor*", lambda route: route.abort())
    opened.get_by_role("link", name="Doctor", exact=True).click()
    playwright.expect(opened.get_by_test_id("error")).to_contain_text("Doctor did not come from")
    opened.unroute("**/assets/doctor*")
    opened.get_by_role("button", name="Try again").click()
    playwright.expect(opened.get_by_test_id("doctor")).to_contain_text("mikrotik")
    context.close()


def test_a_question_that_fails_says_so_and_can_be_asked_again(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.route("**/api/days?*", lambda route: route.abort())
    opened.goto(f"{varde.url}/?view=calendar")
    playwright.expect(opened.get_by_test_id("error")).to_contain_text("No answer from Varde")
    opened.unroute("**/api/days?*")
    opened.get_by_role("button", name="Try again").click()
    playwright.expect(opened.get_by_test_id("calendar")).to_contain_text("November")
    context.close()


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
@pytest.mark.parametrize(
    "query", [f"?day={DAY}", f"?day={DAY}&table=1", f"?day={DAY}&zoom={NOON}/20/30", f"?day={DAY}&why=203.0.113.0/24", "?view=calendar", "?view=doctor", "?view=lists", "?day=2025-01-01"]
)  # fmt: skip
def test_axe_finds_nothing_wrong(browser: Any, varde: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(f"{varde.url}/{query}")
    opened.wait_for_selector("h1", state="attached")  # a busy machine takes its time
    opened.wait_for_timeout(800)
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []


@pytest.mark.parametrize("query", [f"?day={DAY}", f"?day={DAY}&table=1", f"?day={DAY}&why=203.0.113.0/24", "?view=calendar", "?view=doctor", f"?view=live&day={DAY}&why=tcp/22"])
def test_axe_finds_nothing_wrong_while_answers_are_awaited(browser: Any, varde: Running, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": 1440, "height": 800}, color_scheme="dark", bypass_csp=True)
    opened = context.new_page()
    held: list[Any] = []
    opened.route(re.compile("/api/(?!about)"), lambda route: held.append(route))
    opened.goto(f"{varde.url}/{query}")
    opened.locator(".waiting").first.wait_for()
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_a_page_that_comes_slowly_is_never_without_a_heading(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 800})
    opened = context.new_page()
    # headings are counted at every change of the page, from the first one on
    opened.add_init_script(
        "window.counts = []; new MutationObserver(() => window.counts.push(document.querySelectorAll('h1').length))"
        ".observe(document, {childList: true, subtree: true})"
    )

    def late(route: Any) -> None:
        time.sleep(0.6)
        route.continue_()

    opened.route(re.compile("/api/about|/assets/edge"), late)
    opened.goto(f"{varde.url}/?day={DAY}")
    playwright.expect(opened.get_by_test_id("headline")).to_contain_text("compare", timeout=15000)
    counts = opened.evaluate("window.counts")
    context.close()
    assert 1 in counts
    assert set(counts[counts.index(1) :]) == {1}


@pytest.mark.parametrize("width", [320, 360])
def test_nothing_sticks_out_on_a_phone(browser: Any, varde: Running, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme="dark", has_touch=True, device_scale_factor=3)
    opened = context.new_page()
    _open(opened, varde)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate("document.querySelector('.rail').scrollWidth") <= width, "a section is cut"
    for menu in ("Filter", "Download", "Look"):
        opened.locator("summary", has_text=menu).tap()
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, menu
    context.close()


def test_the_list_of_keys_begins_with_the_first(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 480})
    opened = context.new_page()
    _open(opened, varde)
    opened.keyboard.press("?")
    assert opened.get_by_role("heading", name="Keys and gestures").is_visible()
    assert opened.evaluate("document.querySelector('dialog.help').scrollTop") == 0
    opened.keyboard.press("Escape")
    assert not opened.get_by_role("heading", name="Keys and gestures").is_visible()
    context.close()


IN_SIGHT = "(() => { const box = document.querySelector('.rail [aria-current]')?.getBoundingClientRect(); return Boolean(box && box.width && box.left >= 0 && box.right <= innerWidth) })()"


@pytest.mark.parametrize("width", [320, 360, 720])
def test_a_narrow_screen_shows_where_one_is_and_cuts_nothing_of_the_doctor(browser: Any, varde: Running, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 600})
    opened = context.new_page()
    for view in ("fireplot", "live", "graph", "honeypot", "flows", "map", "warnings", "lists", "ask", "calendar", "doctor"):
        opened.goto(f"{varde.url}/?view={view}")
        # asked in one step: the rail is drawn again when the page learns more
        wait_until(lambda: opened.evaluate(IN_SIGHT), PATIENCE / 1000)
    opened.locator(".doctor table").first.wait_for()
    assert opened.evaluate("[...document.querySelectorAll('.doctor .scroller')].filter(box => box.scrollWidth > box.clientWidth).length") == 0
    assert opened.get_by_role("cell").count() > 8 and opened.get_by_role("columnheader", name="Parsed").count() == 1
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
        playwright.expect(opened.get_by_test_id("live")).to_contain_text(re.compile("live"))
        playwright.expect(opened.get_by_test_id("legend")).to_contain_text("40", timeout=20000)
        context.close()


# the live view and the link graph



@pytest.fixture(scope="module")
def pot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A station with a synthetic day of one firewall and two of a honeypot."""
    folder = tmp_path_factory.mktemp("pot")
    files = {log.name: log.text for log in synthetic_day(DAY, zone=ZoneInfo("UTC"), probes=3000)[:1]}
    files |= {f"{day}.json": honeypot_day(day, zone=ZoneInfo("UTC"), seed=day.day)[0] for day in (DAY - timedelta(days=1), DAY)}
    for name, text in files.items():
        (folder / name).write_bytes(text)
    with up(folder, *[str(folder / name) for name in files]) as running:
        yield running


@pytest.fixture
def seen(browser: Any, pot: Running) -> Iterator[Any]:
    """As `page`, at the station with a honeypot."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", lambda request: problems.append(request.url) if not request.url.startswith((pot.url, "data:", "blob:")) else None)
    yield opened
    context.close()
    assert problems == []


def _login(number: int, user: str, password: str, *, accepted: bool) -> bytes:
    """A synthetic login as Cowrie's remote syslog output sends it."""
    event = {
        "eventid": f"cowrie.login.{'success' if accepted else 'failed'}", "src_ip": "198.51.100.77", "src_port": 40000 + number, "dst_ip": "192.0.2.1",
        "dst_port": 22, "session": f"{number:012x}", "protocol": "ssh", "message": "login attempt", "sensor": "pot", "username": user, "password": password,
        "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    return json.dumps(event, ensure_ascii=False).encode()


def _send(varde: Running, *messages: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for message in messages:
            sender.sendto(message, ("127.0.0.1", varde.port("udp")))


def test_a_login_that_is_let_in_is_loud(browser: Any, tmp_path: Path) -> None:
    with up(tmp_path) as varde:
        context = browser.new_context(viewport={"width": 1200, "height": 800})
        opened = context.new_page()
        opened.goto(f"{varde.url}/?view=live")
        playwright.expect(opened.get_by_test_id("headline")).to_have_text("Listening: nothing has arrived yet")
        playwright.expect(opened.get_by_test_id("live")).to_contain_text("live")
        _send(varde, _login(1, "root", "123456", accepted=False), _login(2, "pi", "raspberry", accepted=True))
        playwright.expect(opened.get_by_test_id("let-in")).to_contain_text("198.51.100.77 let in as pi with raspberry")
        playwright.expect(opened.get_by_test_id("headline")).to_contain_text("1 login refused; 1 login let in")
        playwright.expect(opened.get_by_test_id("live-lines")).to_contain_text("root")
        hostile = "<img src=x onerror=document.title='taken'>\u202e"
        _send(varde, _login(3, hostile, hostile, accepted=True), *[_login(n, f"user{n}", "x" * 3000, accepted=False) for n in range(4, 90)])
        playwright.expect(opened.get_by_test_id("let-in").locator("li")).to_have_count(2)
        playwright.expect(opened.get_by_test_id("headline")).to_contain_text("87 logins refused; 2 logins let in")
        assert opened.title() != "taken"
        assert opened.locator("img[src='x']").count() == 0
        context.close()


def _sums(page: Any) -> tuple[int, int, int]:
    """Probes, failed and accepted logins of the headline."""
    text = page.get_by_test_id("headline").inner_text().replace(",", "")
    found = re.search(r": (\d+) probes? and (\d+) logins? refused; (?:(\d+) logins? let in|nobody)", text)
    assert found, text
    return int(found[1]), int(found[2]), int(found[3] or 0)


def test_a_replay_to_the_end_has_shown_every_event(seen: Any, pot: Running) -> None:
    curve = pot.get(f"replay/curve?from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z")
    seen.goto(f"{pot.url}/?view=live&day={DAY}&live.speed=86400")
    playwright.expect(seen.get_by_test_id("play")).to_have_attribute("aria-label", "Play", timeout=30000)  # it has come to the end
    playwright.expect(seen.get_by_test_id("headline")).to_contain_text(f"{sum(curve['accepted'])} logins let in")
    assert _sums(seen) == tuple(sum(curve[name]) for name in ("probes", "failed", "accepted"))
    playwright.expect(seen.get_by_test_id("let-in").locator("li").first).to_contain_text("let in as root")


def test_the_clock_by_keyboard_and_as_a_link(seen: Any, pot: Running) -> None:
    seen.goto(f"{pot.url}/?view=live&day={DAY}&live.speed=60")
    time = seen.get_by_test_id("replay-time")
    playwright.expect(time).not_to_have_text("00:00:00")
    seen.keyboard.press("p")
    playwright.expect(seen.get_by_test_id("play")).to_have_attribute("aria-label", "Play")
    seen.get_by_test_id("seek").focus()
    for _ in range(5):
        seen.keyboard.press("PageUp")
    seen.keyboard.press("ArrowRight")
    playwright.expect(time).to_have_text(re.compile(r"1[0-9]:\d\d:\d\d"))
    assert re.search(r"live\.at=2026-11-20T1[0-9]:", seen.url)
    moment = time.inner_text()
    seen.get_by_test_id("headline").click()
    seen.keyboard.press(".")
    playwright.expect(seen.get_by_test_id("speed")).to_have_value("600")
    assert "live.speed=600" in seen.url
    seen.reload()
    playwright.expect(seen.get_by_test_id("headline")).to_contain_text(f"{moment[:5]}{TO}")
    seen.keyboard.press("l")
    playwright.expect(seen.get_by_test_id("mode-live")).to_have_attribute("aria-pressed", "true")
    playwright.expect(seen.get_by_test_id("headline")).to_contain_text("Listening")


def test_the_table_says_what_the_balls_say_and_a_name_who_aimed_at_it(seen: Any, pot: Running) -> None:
    seen.goto(f"{pot.url}/?view=live&day={DAY}&live.speed=86400")
    playwright.expect(seen.get_by_test_id("play")).to_have_attribute("aria-label", "Play", timeout=30000)
    seen.keyboard.press("t")
    row = seen.get_by_test_id("table").locator("tr", has=seen.get_by_role("button", name="Who aimed at root?"))
    playwright.expect(row).to_contain_text("login")
    row.get_by_role("button").click()
    log = seen.get_by_test_id("live-log")
    playwright.expect(log).to_contain_text("Logins as root")
    playwright.expect(log.locator("table")).to_contain_text("123456")
    log.get_by_role("button", name=re.compile("Why 198")).first.click()
    playwright.expect(seen.get_by_test_id("panel")).to_contain_text("Looked through everything stored")
    assert "view=live" in seen.url


def test_only_logins_are_shown_and_counted_where_asked(seen: Any, pot: Running) -> None:
    seen.goto(f"{pot.url}/?view=live&day={DAY}&live.speed=86400&live.kind=logins")
    playwright.expect(seen.get_by_test_id("play")).to_have_attribute("aria-label", "Play", timeout=30000)
    curve = pot.get(f"replay/curve?from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z")
    playwright.expect(seen.get_by_test_id("headline")).to_contain_text(f": {sum(curve['failed']):,} logins refused; {sum(curve['accepted'])} logins let in")


def test_a_past_that_does_not_come_is_said_and_asked_for_again(browser: Any, pot: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.route("**/api/replay?*", lambda route: route.abort())
    opened.goto(f"{pot.url}/?view=live&day={DAY}")
    playwright.expect(opened.get_by_test_id("error")).to_contain_text("No answer from Varde")
    opened.unroute("**/api/replay?*")
    opened.get_by_role("button", name="Try again").click()
    playwright.expect(opened.get_by_test_id("headline")).to_contain_text("probes and")
    context.close()


def test_nothing_flies_for_those_who_want_no_motion(browser: Any, pot: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(f"{pot.url}/?view=live&day={DAY}&live.speed=600")
    playwright.expect(opened.get_by_test_id("headline")).to_contain_text("probes and")
    playwright.expect(opened.locator(".court")).to_have_attribute("data-motion", "still")
    opened.keyboard.press("p")
    opened.wait_for_timeout(1200)
    first = opened.get_by_test_id("court").screenshot()
    opened.wait_for_timeout(400)
    assert opened.get_by_test_id("court").screenshot() == first
    context.close()


def _graph(page: Any, pot: Running, query: str = f"?view=graph&day={DAY}") -> Any:
    page.goto(f"{pot.url}/{query}")
    page.get_by_test_id("linkgraph").locator(".object").first.wait_for()
    return page.get_by_test_id("linkgraph")


def test_the_graph_says_what_is_new_and_lights_up_who_asked(seen: Any, pot: Running) -> None:
    picture = _graph(seen, pot)
    graph = pot.get(f"linkgraph?from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z&compare=before")
    fresh = sum(node["total_members"] for node in graph["nodes"] if node["new"] and node["role"] == "target")
    playwright.expect(seen.get_by_test_id("headline")).to_contain_text(f"{fresh} target")
    playwright.expect(seen.locator(".totals")).to_contain_text(f"{graph['requests']:,} requests: {graph['sources']} sources, {graph['ports']} ports, {graph['targets']} targets")
    picture.locator(".object[data-node='0']").hover()
    assert 2 <= seen.locator(".lit .object").count() < len(graph["nodes"])
    playwright.expect(seen.get_by_test_id("tooltip")).to_contain_text("request")
    seen.get_by_test_id("compare").click()
    seen.wait_for_url(re.compile("graph.compare=off"))
    playwright.expect(seen.get_by_test_id("panel")).to_contain_text("The busiest")


def test_a_fold_opens_and_each_member_can_be_asked_about_and_filtered(seen: Any, pot: Running) -> None:
    picture = _graph(seen, pot)
    fold = picture.locator(".object[aria-label*='198.51.100.0/24']").first
    fold.click()
    members = seen.get_by_test_id("members")
    assert members.locator("li").count() > 3
    assert "graph.open=target" in seen.url
    name = members.locator("li .untrusted").first.inner_text()
    members.get_by_role("button", name=f"Only {name}").click()
    playwright.expect(seen.get_by_test_id("chips")).to_contain_text(f"--only {name}")
    playwright.expect(seen.locator(".totals")).to_contain_text("1 target")
    seen.get_by_role("button", name=f"Remove the filter --only {name}").click()
    playwright.expect(seen.locator(".totals")).not_to_contain_text("1 target.")


def test_the_graph_by_keyboard_alone(seen: Any, pot: Running) -> None:
    picture = _graph(seen, pot)
    seen.keyboard.press("f")
    seen.keyboard.type("www.news")
    playwright.expect(seen.get_by_test_id("panel")).to_contain_text("found")
    assert seen.locator(".lit .object").count() == 1
    seen.keyboard.press("Control+a")
    seen.keyboard.press("Delete")
    picture.locator(".object[tabindex='0']").focus()
    seen.keyboard.press("ArrowRight")
    seen.keyboard.press("ArrowDown")
    label = seen.evaluate("document.activeElement.getAttribute('aria-label')")
    assert " port, " in label
    seen.keyboard.press("Enter")
    playwright.expect(seen.get_by_test_id("panel").locator("h2")).to_have_text(label.split(":")[0])
    seen.keyboard.press("+")
    assert "scale(1.4" in picture.locator("> g").get_attribute("transform")
    seen.keyboard.press("0")
    assert "scale(1.000)" in picture.locator("> g").get_attribute("transform")
    seen.keyboard.press("t")
    playwright.expect(seen.get_by_test_id("table")).to_contain_text("www.news.example")


def test_the_graphs_command_draws_the_same(seen: Any, pot: Running, tmp_path: Path) -> None:
    _graph(seen, pot, f"?view=graph&day={DAY}&graph.only=port=443&graph.targets=domain")
    seen.get_by_text("Download", exact=True).click()
    program, *words = shlex.split(seen.get_by_label("The command that makes it").input_value())
    environment = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    done = subprocess.run([sys.executable, "-m", program, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    sums = seen.locator(".totals").inner_text().split(".")[0]
    assert sums in done.stderr
    assert (tmp_path / f"linkgraph-{DAY}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("view", "words"), [("graph", "No requests to be connected on are stored"), ("live", "Listening: nothing has arrived yet")])
def test_nothing_there_says_why_and_what_to_do(browser: Any, tmp_path: Path, view: str, words: str) -> None:
    with up(tmp_path) as varde:
        context = browser.new_context(viewport={"width": 800, "height": 800})
        opened = context.new_page()
        opened.goto(f"{varde.url}/?view={view}")
        playwright.expect(opened.get_by_test_id("headline")).to_have_text(words)
        playwright.expect(opened.locator("main")).to_contain_text("varde up" if view == "graph" else "udp://")
        context.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize(
    "query",
    ["?view=live&live.mode=live", f"?view=live&day={DAY}", f"?view=live&day={DAY}&table=1", f"?view=live&day={DAY}&why=198.18.0.51", f"?view=graph&day={DAY}",
     f"?view=graph&day={DAY}&table=1", f"?view=graph&day={DAY}&graph.open=port%2025", "?view=graph&day=2025-01-01"],
)  # fmt: skip
def test_axe_finds_nothing_wrong_with_live_and_graph(browser: Any, pot: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(f"{pot.url}/{query}")
    opened.get_by_test_id("headline").wait_for()
    opened.wait_for_timeout(1500)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []
