"""The section Ask in a real Chromium: writing a question, its answer, what it leads to, ending it, and what attackers may have written."""

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.peers.running import ROOT, Running, up
from tests.warned import ARTICLE, flow, flows, ledger
from varde.store import Store

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("page"),
    pytest.mark.skipif(not (ROOT / "src/varde/app/page/index.html").exists(), reason="the page is not built: start ./varde once"),
]

DAY = "2026-11-20"
SHIFT = int((datetime(2026, 11, 20, 12, tzinfo=timezone.utc) - ARTICLE).total_seconds())
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "<img src=x onerror=document.title='taken'>\u202egnp"
ENDLESS = "select count(*) from range(3000000) a, range(3000000) b where hash(a.range %2B b.range) %25 7 = 1"
TOP = "&ask.q=inbound&ask.table=flows&ask.show=top&ask.fields=scc&ask.value=bytes"


@pytest.fixture(scope="module")
def varde(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Forty synthetic flows of two countries, one lost beside them, of a sensor with a hostile name."""
    folder = tmp_path_factory.mktemp("ask")
    made = [
        flow(f"203.0.113.{n % 5}", "10.0.0.5", 1024 + n, 22 if n % 4 else 53, at=SHIFT + 300 * n, octets=1000 * (n + 1), direction="inbound", sensor=HOSTILE,
             src_cc="NO" if n % 4 else "DE")
        for n in range(40)
    ]  # fmt: skip
    store = Store(folder / "store")
    store.append("flows", flows(*made))
    store.append("losses", ledger(at=SHIFT, flows=40, lost=1))
    with up(folder) as running:
        yield running


def opened_at(page: Any, varde: Running, query: str = "") -> None:
    page.goto(f"{varde.url}/?view=ask&day={DAY}{query}")
    page.get_by_test_id("ask-go").or_(page.get_by_test_id("ask-go-sql")).locator("visible=true").first.wait_for()


def test_a_question_is_written_with_the_words_that_are_offered(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.keyboard.press("e")
    playwright.expect(page.get_by_test_id("ask-input")).to_be_focused()
    page.keyboard.type("inb")
    playwright.expect(page.get_by_role("option", name="inbound")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("dpor")
    page.get_by_role("option", name="dport").click()
    page.keyboard.type("22")
    playwright.expect(page.get_by_test_id("ask-said")).to_contain_text("flows of which the direction is inbound and the destination port is 22")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    playwright.expect(page.get_by_test_id("headline")).to_have_text("30 flows of which the direction is inbound and the destination port is 22")
    assert "ask.q=inbound%20dport%2022" in page.url
    playwright.expect(page.get_by_test_id("ask-seen")).to_contain_text("97.56 % of exported flows seen")


def test_a_mended_text_is_asked_at_once_though_the_mistake_still_stands_below(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    field = page.get_by_test_id("ask-input")
    field.fill("inbound dprt 22")
    playwright.expect(page.get_by_test_id("ask-said")).to_contain_text("Did you mean dport?")
    field.press("Enter")
    playwright.expect(page.get_by_test_id("headline")).not_to_contain_text("flows of which")
    page.route("**/ask/read*", lambda route: None)  # what it means is not read in time
    field.fill("inbound dport 22")
    field.press("Enter")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("30 flows of which the direction is inbound")


def test_who_writes_before_the_words_are_here_goes_on_writing(page: Any, varde: Running) -> None:
    held: list[Any] = []
    page.route("**/ask/known*", lambda route: held.append(route))
    opened_at(page, varde)
    page.get_by_test_id("mode-sql").click()
    page.get_by_test_id("ask-sql").fill("select 1")
    page.get_by_test_id("mode-words").click()
    page.get_by_test_id("ask-input").fill("")
    page.keyboard.type("inb")
    assert len(held) == 1  # the question went out, once
    held[0].continue_()
    playwright.expect(page.get_by_test_id("ask-of")).to_be_visible()
    playwright.expect(page.get_by_role("option", name="inbound")).to_be_visible()
    assert page.get_by_test_id("ask-input").input_value() == "inb"
    page.reload()
    page.get_by_test_id("ask-input").fill("inbound dport 22")
    page.get_by_test_id("ask-go").click()
    playwright.expect(page.get_by_test_id("headline")).to_have_text("Ask")
    held[1].continue_()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("30 flows")


def test_a_mistake_is_marked_and_the_nearest_word_taken(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.get_by_test_id("ask-input").fill("inbound and dprt 22")
    playwright.expect(page.get_by_test_id("ask-said")).to_contain_text("The word at character 13 is no key. Did you mean dport?")
    assert page.locator(".ask-mark mark").inner_text() == "dprt"
    page.get_by_test_id("ask-go").click()  # a question that is known to be wrong is not put
    page.get_by_role("button", name="Write dport").click()
    playwright.expect(page.get_by_test_id("ask-said")).to_contain_text("the destination port is 22")
    assert page.get_by_test_id("ask-input").input_value() == "inbound and dport 22"


def test_an_example_is_an_answer_and_a_link(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.get_by_role("link", name="inbound and not src home").click()
    playwright.expect(page.get_by_test_id("ask-table").locator("tbody tr")).to_have_count(2)
    page.reload()
    playwright.expect(page.get_by_test_id("ask-table").locator("tbody tr")).to_have_count(2)
    assert page.get_by_test_id("ask-input").input_value() == "inbound and not src home"


def test_groups_have_bars_an_order_and_their_records(page: Any, varde: Running) -> None:
    opened_at(page, varde, TOP)
    table = page.get_by_test_id("ask-table")
    playwright.expect(table.locator("tbody tr")).to_have_count(2)
    assert table.locator("tbody tr").first.locator("td").all_inner_texts()[:3] == ["NO", "630\u202fkB", "76.8\u202f%"]
    assert page.get_by_test_id("chart").locator("rect").count() == 2
    table.get_by_role("button", name="Bytes").click()
    table.get_by_role("button", name="Bytes").click()
    playwright.expect(table.locator("tbody tr").first).to_contain_text("DE")
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    command = page.get_by_label("The command that answers the same").input_value()
    assert command.startswith(f"varde stats inbound --table flows --fields=scc --values=bytes --count=10 --day {DAY} --store ")
    table.locator("tbody tr", has_text="DE").get_by_role("link", name="show").click()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("10 flows of which the source's country is in DE and the direction is inbound")
    page.go_back()
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("40 flows")


def test_over_time_is_a_curve_and_a_table(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.get_by_test_id("ask-show").select_option("time")
    page.get_by_test_id("ask-bin").select_option("3600")
    page.get_by_test_id("ask-go").click()
    playwright.expect(page.get_by_test_id("chart").locator("path.steps")).to_be_attached()
    assert "most at 2026-11-20 12:00:00: 12" in page.get_by_test_id("chart").locator("svg").get_attribute("aria-label")
    assert [row.split("\t")[1] for row in page.get_by_test_id("ask-table").locator("tbody tr").all_inner_texts()] == ["12", "12", "12", "4"]


def test_an_address_leads_to_why_and_why_back_to_its_records(page: Any, varde: Running) -> None:
    opened_at(page, varde, "&ask.q=dport+53&ask.show=records")
    page.get_by_role("link", name="Why 203.0.113.0?").first.click()
    playwright.expect(page.get_by_role("heading", name="Why 203.0.113.0?")).to_be_visible()
    assert "why=203.0.113.0" in page.url
    page.goto(f"{varde.url}/?view=ask&day={DAY}&ask.q=any+203.0.113.0&ask.show=records")
    playwright.expect(page.get_by_test_id("headline")).to_contain_text("8 flows of which either end is 203.0.113.0")


def test_what_attackers_wrote_is_text(page: Any, varde: Running) -> None:
    opened_at(page, varde, "&ask.show=top&ask.fields=sensor")
    playwright.expect(page.get_by_test_id("ask-table")).to_contain_text("<img src=x onerror=document.title='taken'>")
    assert page.get_by_test_id("ask-table").locator(".unseen").count() == 1
    assert page.locator("img").count() == 0
    opened_at(page, varde, "&ask.mode=sql&ask.q=select+distinct+sensor+as+%22%3Cb%3Ex%22+from+flows")
    playwright.expect(page.get_by_test_id("ask-table")).to_contain_text("onerror=document.title")
    assert page.locator("img, .ask b").count() == 0


def test_sql_answers_and_says_what_it_cannot(page: Any, varde: Running) -> None:
    opened_at(page, varde)
    page.get_by_test_id("mode-sql").click()
    page.get_by_test_id("ask-sql").fill("select src_addr, sum(octets) as octets from flows group by 1 order by 2 desc")
    page.keyboard.press("Control+Enter")
    playwright.expect(page.get_by_test_id("headline")).to_have_text("5 rows")
    playwright.expect(page.get_by_role("link", name="Why 203.0.113.4?")).to_be_visible()
    page.get_by_test_id("ask-sql").fill("select * from read_csv('/etc/passwd')")
    page.get_by_test_id("ask-go-sql").click()
    playwright.expect(page.get_by_test_id("error")).to_contain_text("file system operations are disabled")


def test_cancel_ends_the_question_at_the_server(page: Any, varde: Running) -> None:
    """Two may be answered at once: were a cancelled one still going on, the third would be refused."""
    for _ in range(3):
        opened_at(page, varde, f"&ask.mode=sql&ask.q={ENDLESS.replace(' ', '+')}")
        page.get_by_role("progressbar").wait_for()
        page.get_by_test_id("ask-cancel").click()
        playwright.expect(page.get_by_test_id("ask-cancelled")).to_be_visible()
        assert page.evaluate("document.activeElement.dataset.testid") == "ask-sql"
        page.wait_for_timeout(1500)
    page.get_by_test_id("ask-sql").fill("select 42 as answer")
    page.get_by_test_id("ask-go-sql").click()
    playwright.expect(page.get_by_test_id("ask-table")).to_contain_text("42")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("query", ["", TOP, "&ask.show=time", "&ask.q=dport+22&ask.show=records", "&ask.mode=sql&ask.q=select+*+from+flows", "&ask.q=dprt&ask.show=records"])
def test_axe_finds_nothing_wrong(browser: Any, varde: Running, scheme: str, width: int, query: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core comes with the front end's packages: start ./varde once from a checkout")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened_at(opened, varde, query)
    if query:
        opened.locator("[data-testid=ask-table], [data-testid=error]").first.wait_for()
    opened.wait_for_timeout(500)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.add_script_tag(path=str(AXE))
    found = opened.evaluate("axe.run(document, {resultTypes: ['violations']})")
    context.close()
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []
