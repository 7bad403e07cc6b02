"""The section Honeypot in a real Chromium: what a person sees, opens, plays back and hears, and what attackers may write."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.peers.running import ROOT, Running, up
from varde.simulate import MAIL_FILE, honeypot_day, honeypot_recordings, spam_day

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

UTC = ZoneInfo("UTC")
DAY = date(2026, 11, 20)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "</script><img src=x onerror=document.title='taken'>\u202egnp.exe\x1b[31m\x07"
LONG = "A" * 8000
MADE = {"sessions": 80, "relays": 4}


def _event(eventid: str, second: int, **fields: object) -> str:
    base = {"eventid": f"cowrie.{eventid}", "src_ip": "198.18.66.6", "src_port": 4000, "dst_ip": "192.0.2.1", "dst_port": 22, "session": "hostile",
            "protocol": "ssh", "message": "", "sensor": "pot1", "timestamp": f"{DAY}T12:00:{second:02d}.000000Z"}  # fmt: skip
    return json.dumps(base | fields)


def _hostile() -> str:
    """One visitor whose every word is meant for the reader's browser or terminal."""
    target = {"dst_ip": HOSTILE, "dst_port": 80, "id": 0}
    get = f"GET /{HOSTILE} HTTP/1.1\r\nHost: h.example\r\nX-One: {HOSTILE}\r\nX-Two: http://192.0.2.7/x.sh\r\n\r\n".encode()
    lines = [
        _event("session.connect", 0), _event("client.version", 1, version=f"SSH-2.0-{HOSTILE}"), _event("login.failed", 2, username=LONG, password=HOSTILE),
        _event("login.success", 3, username=HOSTILE, password=HOSTILE), _event("command.input", 4, input=HOSTILE),
        _event("direct-tcpip.request", 5, **target), _event("direct-tcpip.data", 6, data=repr(get), **target),
        _event("session.file_download", 7, url=f"http://192.0.2.7/{HOSTILE}", shasum="ab" * 32, outfile="dl/x"), _event("session.closed", 8, duration="8"),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two synthetic days of a honeypot with recordings, spam, and a hostile visitor."""
    folder = tmp_path_factory.mktemp("pot")
    names = []
    for day, newcomers in ((DAY - timedelta(days=1), 0), (DAY, 8)):
        names.append(folder / f"pot1-{day}.json")
        names[-1].write_bytes(honeypot_day(day, zone=UTC, newcomers=newcomers, **MADE)[0])
        for path, recording in honeypot_recordings(day, zone=UTC, newcomers=newcomers, **MADE).items():
            place = folder / "cowrie" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(recording)
    names += [folder / "pot1-hostile.json", folder / MAIL_FILE]
    names[-2].write_text(_hostile(), encoding="utf-8")
    names[-1].write_bytes(spam_day(DAY, zone=UTC, connections=9))
    config = folder / "varde.toml"
    config.write_text(f'[[sensor]]\nname = "pot1"\nfile = "{folder}/pot1-*"\nhome = "{folder / "cowrie"}"\n')
    with up(folder, *map(str, names), "--config", str(config), listen=()) as running:
        yield running


def _open(page: Any, varde: Running, own: str = "") -> None:
    page.goto(f"{varde.url}/?view=honeypot&day={DAY}{own}")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("never seen before", timeout=30000)


def _rows(page: Any) -> Any:
    return page.get_by_test_id("honeypot").locator(".sortable > tbody > tr")


def _recorded(varde: Running) -> str:
    answer = varde.get(f"honeypot/sessions?from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z&top=1000&accepted=true")
    return next(str(row["session"]) for row in answer["rows"] if row["recording"] and row["downloads"])


def test_the_first_view_says_what_is_new_and_ranks_what_was_tried(page: Any, varde: Running) -> None:
    _open(page, varde)
    playwright.expect(page.get_by_test_id("headline")).to_have_text(re.compile(r"passwords?, .*never seen before; [0-9]+ logins were let in"))
    playwright.expect(page.locator(".totals")).to_contain_text(re.compile(r"login attempts from [0-9]+ addresses \([0-9]+ new\); .* connections to mail servers"))
    body = page.get_by_test_id("honeypot")
    playwright.expect(body.get_by_role("group", name="Passwords", exact=True)).to_contain_text("123456")
    playwright.expect(body.locator(".new").first).to_have_text("new")
    playwright.expect(page.locator(".brief .skeleton, .brief .waiting")).to_have_count(0)
    assert "Honeypot" in page.title()


def test_without_probes_the_period_is_that_of_the_honeypot(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=honeypot")
    playwright.expect(page.get_by_test_id("date")).to_contain_text("20 November 2026")
    page.get_by_test_id("day-prev").click()
    page.wait_for_url(re.compile(f"view=honeypot&day={DAY - timedelta(days=1)}"))
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("no earlier day to compare")


def test_tables_are_ordered_filtered_and_say_the_command_that_makes_them(page: Any, varde: Running, tmp_path: Path) -> None:
    _open(page, varde, "&honeypot.table=pairs")
    _rows(page).first.wait_for()
    page.get_by_test_id("order").select_option("rarity")
    page.wait_for_url(re.compile("honeypot.order=rarity"))
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("User name").fill("pi")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile("honeypot.user=pi"))
    playwright.expect(page.get_by_test_id("chips")).to_contain_text("--user pi")
    playwright.expect(_rows(page)).to_have_count(1)
    page.get_by_text("Download", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV table").click()
    page.get_by_text("Download", exact=True).click()
    page.get_by_text("Download", exact=True).click()
    program, *words = shlex.split(page.get_by_label("The command that makes this table").input_value())
    environment = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    done = subprocess.run([sys.executable, "-P", "-m", program, *words, "--csv"], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == Path(saved.value.path()).read_bytes() and b"raspberry" in done.stdout
    page.get_by_test_id("honeypot").click()
    page.get_by_role("button", name="Remove the filter --user pi").click()
    page.wait_for_url(re.compile("(?!.*user=)"))


def test_a_curve_opens_into_its_table(page: Any, varde: Running) -> None:
    _open(page, varde, "&honeypot.table=passwords")
    page.locator(".curve summary").first.click()
    rows = page.locator(".curve table").first.locator("tr")
    playwright.expect(rows).to_have_count(14)
    playwright.expect(rows.first).to_contain_text(str(DAY))


def test_a_session_is_told_and_its_terminal_replayed(page: Any, varde: Running) -> None:
    _open(page, varde, "&honeypot.table=sessions&honeypot.accepted=1")
    page.get_by_role("button", name=_recorded(varde), exact=True).click()
    panel = page.get_by_test_id("panel")
    playwright.expect(panel.locator(".story")).to_contain_text(re.compile("came.*login let in.*typed.*file.*terminal recorded.*left", re.DOTALL))
    panel.get_by_test_id("replay").click()
    player = page.get_by_test_id("player")
    place = page.get_by_label("Place in the recording")
    end = int(place.get_attribute("max"))
    page.get_by_label("Speed").select_option("8")
    page.get_by_test_id("play").click()
    playwright.expect(page.get_by_test_id("play")).to_have_text("Play", timeout=20000)  # it has ended by itself
    assert int(place.input_value()) == end
    playwright.expect(player.locator(".terminal")).to_contain_text("saved [1204/1204]")
    place.fill("0")
    playwright.expect(player.locator(".terminal")).not_to_contain_text("saved")
    player.locator(".terminal").press("End")
    playwright.expect(player.locator(".terminal .fg2").first).to_have_text("root@svr04")
    player.get_by_text("As plain text").click()
    playwright.expect(page.get_by_test_id("transcript")).to_contain_text(re.compile(r"root@svr04:~# cd /tmp; wget"))
    page.keyboard.press("Escape")
    playwright.expect(panel).to_be_hidden()


def test_a_recording_that_is_gone_says_so_in_place(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.route("**/api/recording?*", lambda route: route.fulfill(status=400, json={"detail": "cannot read 'tty/x' below /home/cowrie: no such file"}))
    opened.goto(f"{varde.url}/?view=honeypot&day={DAY}&honeypot.session={_recorded(varde)}")
    opened.get_by_test_id("replay").click()
    playwright.expect(opened.get_by_test_id("error")).to_contain_text("cannot read")
    context.close()


def test_a_payload_opens_with_headers_in_order_and_octets(page: Any, varde: Running) -> None:
    _open(page, varde, "&honeypot.table=payloads&honeypot.form=http&src=198.18.66.6")
    page.get_by_test_id("honeypot").get_by_role("button", name="GET").click()
    panel = page.get_by_test_id("panel")
    playwright.expect(panel).to_contain_text(re.compile(r"Headers, in order\s*Host.*X-One.*X-Two", re.DOTALL))
    playwright.expect(panel).to_contain_text("hxxp://192[.]0[.]2[.]7/x.sh")
    panel.get_by_text(re.compile("^Octets, ")).click()
    playwright.expect(panel.locator(".dump")).to_contain_text("00000000  47 45 54 20 2f")
    address = page.url
    page.goto(address)
    playwright.expect(page.get_by_test_id("panel")).to_contain_text("Headers, in order")


def test_a_source_has_a_storyboard_and_why_tells_of_it(page: Any, varde: Running) -> None:
    _open(page, varde, "&honeypot.table=sources")
    page.get_by_role("button", name="198.18.66.6", exact=True).click()
    panel = page.get_by_test_id("panel")
    playwright.expect(panel).to_contain_text("2 login attempts, 1 let in; 1 tunnel request; 1 payload; 1 command; 1 file.")
    playwright.expect(panel).to_contain_text(re.compile("Asks web servers for.*h.example", re.DOTALL))
    panel.get_by_role("button", name="Why? All that is stored of it").click()
    page.wait_for_url(re.compile("why=198.18.66.6"))
    playwright.expect(panel).to_contain_text(re.compile("Why 198.18.66.6.*At honeypots.*let in", re.DOTALL))
    panel.get_by_role("link", name="Its storyboard").click()
    page.wait_for_url(re.compile("honeypot.source=198.18.66.6"))
    playwright.expect(page.get_by_test_id("panel")).to_contain_text("What happened")


@pytest.mark.parametrize("own", ["", *(f"&honeypot.table={name}" for name in ("passwords", "users", "pairs", "tunnels", "commands", "logins", "downloads")),
                                 "&honeypot.session=hostile&honeypot.pot=pot1", "&honeypot.source=198.18.66.6", "&why=198.18.66.6"])  # fmt: skip
def test_what_attackers_write_stays_words(page: Any, varde: Running, own: str) -> None:
    _open(page, varde, f"&src=198.18.66.6{own}")
    playwright.expect(page.locator("body")).to_contain_text("onerror=document.title")
    assert page.locator("img, main script, iframe").count() == 0
    text = page.locator("main").inner_text()
    assert not re.search("[\u202e\x1b\x07]", text), "a control or a mark that turns text around is shown as it came"
    if own != "&honeypot.table=downloads":
        assert "\\u202e" in text
    assert page.locator("main .untrusted").evaluate_all("es => es.every(e => getComputedStyle(e).unicodeBidi === 'isolate-override')")


def test_a_name_of_8000_letters_is_cut_with_a_note(page: Any, varde: Running) -> None:
    _open(page, varde, "&src=198.18.66.6&honeypot.table=users")
    playwright.expect(page.get_by_test_id("honeypot")).to_contain_text(re.compile("more characters"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


@pytest.mark.parametrize("megabytes", [1])
def test_an_answer_with_a_name_of_a_megabyte_does_not_stop_the_page(browser: Any, varde: Running, megabytes: int) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    row = {"user": "\u202e" + "x" * (megabytes * 1_000_000), "attempts": 1, "accepted": 0, "sources": 1, "passwords": 1, "first": f"{DAY}T01:00:00Z", "last": f"{DAY}T01:00:00Z", "new": True, "days": {}}
    opened.route("**/api/honeypot/users?*", lambda route: route.fulfill(json={"table": "users", "title": "", "rows": [row], "groups": 1, "records": 1}))
    opened.goto(f"{varde.url}/?view=honeypot&day={DAY}&honeypot.table=users")
    playwright.expect(opened.get_by_test_id("honeypot")).to_contain_text("more characters")
    assert len(opened.get_by_test_id("honeypot").inner_text()) < 2000
    context.close()


def test_days_without_visitors_lead_to_those_with_some(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=honeypot&day=2026-01-01")
    empty = page.get_by_test_id("empty")
    playwright.expect(empty).to_contain_text("Nobody visited a honeypot")
    empty.get_by_role("link", name=re.compile("latest day with visitors")).click()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("never seen before")


def test_a_table_without_rows_says_what_makes_some(page: Any, varde: Running) -> None:
    _open(page, varde, "&honeypot.table=captures")
    playwright.expect(page.get_by_test_id("empty")).to_contain_text("varde catch 7547")
    page.goto(f"{varde.url}/?view=honeypot&day={DAY}&honeypot.table=passwords&honeypot.user=nobody-has-this")
    playwright.expect(page.get_by_test_id("empty")).to_contain_text("--user nobody-has-this")
    page.get_by_role("button", name="Clear the filters").click()
    playwright.expect(_rows(page).first).to_contain_text("123456")


def test_a_question_that_fails_can_be_asked_again(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.route("**/api/honeypot/pairs?*", lambda route: route.abort())
    opened.goto(f"{varde.url}/?view=honeypot&day={DAY}&honeypot.table=pairs")
    playwright.expect(opened.get_by_test_id("error")).to_contain_text("No answer from Varde")
    opened.unroute("**/api/honeypot/pairs?*")
    opened.get_by_role("button", name="Try again").click()
    playwright.expect(_rows(opened).first).to_contain_text("123456")
    context.close()


VIEWS = ["", "&honeypot.table=pairs", "&honeypot.table=payloads&honeypot.form=http", "&honeypot.table=sessions", "&honeypot.table=captures",
         "&honeypot.session=hostile&honeypot.pot=pot1", "&honeypot.source=198.18.66.6", "&why=198.18.66.6"]  # fmt: skip


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("own", [*VIEWS, "replay"])
def test_axe_finds_nothing_wrong_and_nothing_sticks_out(browser: Any, varde: Running, scheme: str, width: int, own: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    _open(opened, varde, f"&honeypot.session={_recorded(varde)}" if own == "replay" else own)
    opened.wait_for_load_state("networkidle")
    if own == "replay":
        opened.get_by_test_id("replay").click()
        opened.get_by_label("Place in the recording").fill("99999")
        opened.get_by_text("As plain text").click()
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []


def test_an_empty_store_says_how_to_fill_it(browser: Any, tmp_path: Path) -> None:
    with up(tmp_path) as running:
        context = browser.new_context(viewport={"width": 360, "height": 740})
        opened = context.new_page()
        opened.goto(f"{running.url}/?view=honeypot")
        playwright.expect(opened.get_by_test_id("empty")).to_contain_text("varde up /home/cowrie/cowrie/var/log/cowrie/cowrie.json")
        context.close()
