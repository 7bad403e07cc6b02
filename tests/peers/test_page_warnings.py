"""The sections Warnings and Flows in a real Chromium: counts, acknowledging, muting, exporters, and what attackers may write."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.peers.running import ROOT, Running, up
from tests.warned import ARTICLE, StandIn, entry, flow, flows, ledger, with_lines
from varde.collect.flow_intake import EXPORTERS
from varde.live import warnings_of
from varde.store import Store

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "</script><img src=x onerror=document.title='taken'>\u202egnp.exe"
NOW = datetime.now(timezone.utc)
NOON = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
"""Of a day that is over, so that what is acknowledged now was before now."""

DAY = f"{NOON:%Y-%m-%d}"


def _after(moment: datetime) -> float:
    return (moment - ARTICLE).total_seconds()


def filled(folder: Path) -> Store:
    """A store with 23 synthetic warnings of one day and five of the day before, its ledger, and two exporters."""
    lists = StandIn({"203.0.113.0/24": [entry()], "198.51.100.0/24": [entry("drop", "SBL9", HOSTILE, "javascript:alert(1)")], "2001:db8:bad::/48": [entry("v6", "1", "Net", "")]})
    at = _after(NOON)
    rows = [flow(at=at + 60 * n, src=f"10.0.0.{5 + n % 3}", dst=f"203.0.113.{n}", dst_cc="NL", packets=9, octets=900) for n in range(15)]
    rows += [flow(at=at + 90 * n, src=f"198.51.100.{n}", dst="10.0.0.9", src_cc="SE" if n % 2 else None) for n in range(7)]
    rows += [flow(at=at + 600, src="2001:db8::5", dst="2001:db8:bad::7", dst_cc="NO")]
    rows += [flow(at=at - 86_400 + n, dst="203.0.113.99", dst_cc="NL") for n in range(5)]
    store = Store(folder / "store")
    store.append("warnings", with_lines(warnings_of(flows(*rows), lists, lists)))
    store.append("losses", ledger("edge", at=at, flows=992, lost=8, reordered=3, restarts=1, dropped=0))
    store.append("losses", ledger(HOSTILE, at=at + 1, flows=70, lost=0, unit="none", protocol="sflow5", domain=4_294_967_295))
    seen = int((NOW - timedelta(seconds=40)).timestamp() * 1e6)
    known = {"sensor": "edge", "exporter": "192.0.2.1", "domain": 0, "protocol": "netflow5", "seen": seen, "skew": 7_500_000_000, "sampling": {"rate": 100},
             "templates": [{"number": 256 + n, "options": n == 1, "seen": seen, "fields": [{}] * 18} for n in range(2)]}  # fmt: skip
    store.facts.put(EXPORTERS, {"exporters": [known]})
    return store


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("warned")
    filled(folder)
    (folder / "varde.toml").write_text(f'[[list]]\nname = "bad"\nurl = "{folder}/bad.txt"\n')
    (folder / "bad.txt").write_text("203.0.113.5\n")
    with up(folder, "--config", str(folder / "varde.toml"), "--flows", "udp://127.0.0.1:0", str(_nothing(folder))) as running:
        running.folder = folder  # type: ignore[attr-defined]
        yield running


def _nothing(folder: Path) -> Path:
    """A log without a line, so that no log of this machine is looked for."""
    path = folder / "empty.log"
    path.write_text("")
    return path


def _command(varde: Running, *words: str) -> Any:
    folder = varde.folder  # type: ignore[attr-defined]
    run = subprocess.run([sys.executable, "-m", "varde", *words, "--store", str(folder / "store"), "--tz", "UTC"], capture_output=True, text=True, timeout=60,
                         env={"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder), "PATH": "/usr/bin:/bin", "TZ": "UTC"})  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _open(page: Any, varde: Running, query: str) -> None:
    page.goto(f"{varde.url}/{query}")
    page.locator(".warned table").first.wait_for()


@pytest.mark.parametrize("by", ["list", "country", "host"])
def test_the_tables_have_the_numbers_of_the_command(page: Any, varde: Running, by: str) -> None:
    _open(page, varde, f"?view=warnings&day={DAY}")
    document = _command(varde, "warn", "--stats", "--by", by, "--day", DAY, "--json")
    rows = page.get_by_test_id(f"by-{by}").locator("tbody tr")
    playwright.expect(rows).to_have_count(len(document["rows"]))
    for number, row in enumerate(document["rows"]):
        cells = rows.nth(number).locator("td").all_inner_texts()
        assert (cells[0].strip(), cells[1].strip(), cells[2]) == (row[by], f"{row['count']:,}", f"{row['warnings']:,}")
    playwright.expect(page.get_by_test_id("seen")).to_contain_text("99.2 % of exported flows seen")


def test_days_lead_to_their_warnings_and_a_step_stays_in_the_section(page: Any, varde: Running) -> None:
    _open(page, varde, "?view=warnings")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("23 warnings on ")
    page.get_by_test_id("by-day").get_by_role("link").nth(1).click()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("5 warnings on ")
    page.get_by_test_id("day-next").click()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("23 warnings on ")
    assert "view=warnings" in page.url


def test_a_host_is_asked_about_with_one_click(page: Any, varde: Running) -> None:
    _open(page, varde, f"?view=warnings&day={DAY}")
    page.get_by_test_id("by-host").get_by_role("button", name="Why 10.0.0.9?").click()
    page.wait_for_url(re.compile("why=10.0.0.9"))


def test_a_warning_is_acknowledged_by_keyboard_and_taken_back(page: Any, varde: Running) -> None:
    _open(page, varde, f"?view=warnings&day={DAY}")
    beacon = page.get_by_test_id("beacon")
    playwright.expect(beacon).to_contain_text("28 warnings")
    first = page.get_by_test_id("newest").get_by_role("button").first
    first.focus()
    page.keyboard.press("Enter")
    what = page.locator("[name=what]")
    playwright.expect(what).to_be_focused()
    assert what.input_value() in ("10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.9")
    what.fill("drop")
    page.locator("[name=why]").fill("our own scanner")
    assert page.get_by_label("The command that says this").input_value().startswith("varde warn ack drop --why ")
    page.keyboard.press("Enter")
    playwright.expect(page.get_by_test_id("say-answer")).to_have_text("drop: acknowledged up to now")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("16 of them not acknowledged")
    playwright.expect(beacon).to_contain_text("21 warnings")
    (said,) = _command(varde, "warn", "ack", "--json")
    assert (said["what"], said["why"]) == ("drop", "our own scanner")
    page.get_by_role("button", name="Take back: ack drop").click()
    playwright.expect(page.get_by_test_id("say-answer")).to_have_text("drop: the ack is taken back")
    playwright.expect(beacon).to_contain_text("28 warnings")


def test_a_mute_that_cannot_be_is_refused_in_the_form(browser: Any, varde: Running) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened = context.new_page()  # a refusal is an error of the network in the browser's log
    _open(opened, varde, f"?view=warnings&day={DAY}")
    opened.locator("[name=kind]").select_option("mute")
    opened.locator("[name=what]").fill("otx")
    opened.locator("[name=until]").fill("yesterday")
    opened.get_by_role("button", name="Say it").click()
    playwright.expect(opened.get_by_test_id("say-answer")).to_contain_text("not in the time to come")
    assert _command(varde, "warn", "mute", "--json") == []
    context.close()


def test_what_attackers_name_their_lists_stays_text(page: Any, varde: Running) -> None:
    _open(page, varde, f"?view=warnings&day={DAY}")
    newest = page.get_by_test_id("newest")
    playwright.expect(newest).to_contain_text("<img src=x onerror")
    assert page.locator("img[src=x]").count() == 0 and page.title() != "taken"
    assert all(not href.startswith("javascript") for href in newest.locator("a").evaluate_all("links => links.map(link => link.href)"))
    _open(page, varde, f"?view=flows&day={DAY}")
    playwright.expect(page.get_by_test_id("flows")).to_contain_text("<img src=x onerror")


def test_exporters_stand_with_ledger_clock_and_templates(page: Any, varde: Running) -> None:
    _open(page, varde, f"?view=flows&day={DAY}")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("1,062 flows; 99.2 % of exported flows seen; lost: 8 flows of edge")
    row = page.get_by_role("row").filter(has_text="edge").filter(has_text="NetFlow v5 of 192.0.2.1, domain 0")
    for words in ("992", "8 flows", "1 in 100", "behind", "2, "):
        playwright.expect(row).to_contain_text(words)
    row.locator("summary").click()
    playwright.expect(row).to_contain_text("257 (options): 18 fields")
    other = page.get_by_role("row").filter(has_text="sFlow v5")
    for words in ("not numbered", "unknown", "domain 4294967295"):
        playwright.expect(other).to_contain_text(words)


def test_a_day_without_any_says_what_it_takes(page: Any, varde: Running) -> None:
    page.goto(f"{varde.url}/?view=warnings&day=2024-02-03")
    playwright.expect(page.get_by_test_id("empty")).to_contain_text("varde intel import")
    page.goto(f"{varde.url}/?view=flows&day=2024-02-03")
    playwright.expect(page.get_by_test_id("empty")).to_contain_text("1 exporter is known from other times")


def test_a_page_that_may_not_write_shows_the_command_alone(browser: Any, tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "varde.toml").write_text("[web]\nwrite = false\n")
    with up(tmp_path, "--config", str(tmp_path / "varde.toml"), "--flows", "udp://127.0.0.1:0", str(_nothing(tmp_path))) as running:
        opened = browser.new_page()
        _open(opened, running, f"?view=warnings&day={DAY}")
        playwright.expect(opened.get_by_test_id("say")).to_contain_text("This page may not write")
        assert opened.get_by_role("button", name="Say it").count() == 0
        assert opened.get_by_label("The command that says this").input_value().startswith("varde warn ack all ")
        opened.close()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("query", [f"?view=warnings&day={DAY}", f"?view=flows&day={DAY}", "?view=warnings&day=2024-02-03"])
def test_axe_finds_nothing_wrong_and_nothing_sticks_out(browser: Any, varde: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(f"{varde.url}/{query}")
    opened.locator(".warned table, .empty").first.wait_for()
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        assert opened.evaluate("[...document.querySelectorAll('.warned [role=table]')].filter(table => table.scrollWidth > 360).length") == 0
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == []
