"""The page of the day: what is worth a sentence, in which words, and that strangers' words harm no sink; all made up here."""

import html as html_module
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.addresses import octets_of
from varde.detect import Campaign, Surge, key_of
from varde.detect.likelihood import Difference
from varde.detect.surge import Hour
from varde.detect.usual import Known
from varde.query import Window
from varde.query.beside import Beside, Compared
from varde.query.brief import Brief, Fresh, Past, Pot, Silent
from varde.query.campaigns import Found
from varde.query.ledger import Account
from varde.query.newcomers import Arrived, Newcomer
from varde.query.novelty import LetIn, Novelty
from varde.query.surges import Answer, Finding
from varde.query.warnings import Counted
from varde.views.brief import Feed, Told, document, stands_out, told
from varde.views.brief.formats import MAIL_WIDTH, Extra, as_html, as_markdown, as_text
from varde.views.said import QUOTED_MAX, Quoted, html, listed, markdown, plain
from varde.views.world import World

UTC = ZoneInfo("UTC")
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
A_DAY = timedelta(days=1)
NOW, BEFORE, WEEK = Window(DAY, DAY + A_DAY), Window(DAY - A_DAY, DAY), Window(DAY - 7 * A_DAY, DAY - 6 * A_DAY)
WORLD = World(1, 1, [], {}, {}, {"BR": "Brazil", "IS": "Iceland"}, "")
BASE = "https://varde.example.net"
NOBODY = LetIn(0, 0, None, None, 0.0)
KNOWN = Known(240, 100, 9, 2.5, 2.5, True)


def day(**more: object) -> Brief:
    """A quiet day, with what is said of it changed."""
    times = Beside(NOW, 1, BEFORE, (WEEK,), DAY - 30 * A_DAY)
    quiet = Brief(
        times, Compared(40_000, 39_000, 41_000.0), Compared(6_000, 6_100, 5_900.0), [], 300, [], Answer(NOW, KNOWN, [], 0), Found(NOW, [], 0, 0, 0), {}, None, None,
        Compared(0, 0, 0.0), [], None, None, [],
    )  # fmt: skip
    return replace(quiet, **more)  # type: ignore[arg-type]


def page(found: Brief, *feeds: Feed) -> Told:
    return told(found, feeds, WORLD, UTC)


def sentences(found: Brief, *feeds: Feed) -> dict[str, str]:
    return {each.topic: plain(each.said) for each in page(found, *feeds).sentences}


def test_a_quiet_day_is_one_line_with_its_numbers() -> None:
    text = as_text(page(day()), BASE, width=500)
    assert text == (
        "Friday 20 November 2026 (UTC): A quiet time: 40,000 refused probes from 6,000 addresses, against 39,000 on the day before and usually 41,000 on a Friday; nothing stands out.\n"
        f"  {BASE}/?day=2026-11-20&tz=UTC\n"
    )
    assert page(day()).quiet and page(day()).unknown == ()


def test_without_a_day_before_nothing_is_compared_and_that_is_said_once() -> None:
    alone = day(times=Beside(NOW, 1, None, (), DAY), probes=Compared(9), sources=Compared(3), touched=Compared(0))
    text = as_text(page(alone), BASE, width=500)
    assert "9 refused probes from 3 addresses; nothing is stored before, so there is nothing to compare with." in text
    assert "week" not in text


def test_without_a_week_before_that_is_said_once() -> None:
    young = day(times=Beside(NOW, 1, BEFORE, (), DAY - 2 * A_DAY), probes=Compared(90_000, 40_000))
    told_of = page(young)
    assert not told_of.quiet
    assert told_of.unknown == ("No week before is stored yet, so nothing is said of what is usual on a Friday.",)
    assert plain(told_of.sentences[0].said) == "90,000 refused probes, against 40,000 on the day before; from 6,000 addresses, against 6,100 and usually 5,900."


@pytest.mark.parametrize(("now", "reference", "stands"), [
    (150, 100, False), (151, 100, True), (67, 100, False), (60, 100, True), (2, 1, False), (3, 0, True), (2, 0, False), (0, 5, False), (0, 9, True), (10**9, 1, True),
])  # fmt: skip
def test_what_stands_out_differs_by_more_than_days_and_chance_do(now: int, reference: int, stands: bool) -> None:
    assert stands_out(Compared(now, reference)) is stands
    assert stands_out(Compared(now, 10**9, float(reference))) is stands, "the usual counts, where there is one"
    assert not stands_out(Compared(now))


def surge(level: str = "alarm", port: int = 7547, over: bool = False) -> Finding:
    first = int(DAY.timestamp()) // 3600 + 14
    found = Surge(key_of("tcp4", port), first, level, KNOWN, 2_000, first + 9, 6, 400.0, 0.3, -900.0, [Hour(first, 400.0, 0.3)], over)
    at = DAY + timedelta(hours=14, minutes=52)
    return Finding(found, at, DAY + timedelta(hours=23), 900, 800, 400, True, 0, {"BR": 600, "": 200}, {}, None, Difference(0.0, 0, 0.0), 1.0, {}, 0.0, ())


def test_a_surge_says_since_when_how_many_and_what_is_usual() -> None:
    found = day(surges=Answer(NOW, KNOWN, [surge(), surge(over=True, port=23)], 0))
    first, second = [plain(each.said) for each in page(found).sentences if each.topic == "surge"]
    assert first == ("tcp/7547 (cwmp) was suddenly wanted by 800 addresses since 14:52, and still was at the end: 400 networks in 6 hours, where 0.3 are usual; "
                     "75% of them from Brazil (alarm, confidence high).")  # fmt: skip
    assert "until 23:00: " in second
    (linked, *_) = [each.page for each in page(found).sentences if each.topic == "surge"]
    assert linked.startswith("/?from=2026-11-20T14:52:00Z&to=2026-11-20T23:01:00Z&evidence=")


def test_less_sure_surges_share_a_sentence() -> None:
    found = day(surges=Answer(NOW, KNOWN, [surge(), *(surge("notice", port) for port in (1, 2, 3, 4))], 7))
    said = sentences(found)
    assert said["less sure surges"].startswith("11 ports more were wanted by more addresses than usual, which is less sure, first of all tcp/1")
    assert said["less sure surges"].endswith("tcp/3 (compressnet) (800 addresses).") or "tcp/3" in said["less sure surges"]


def campaign(kind: str = "diagonal", source: str = "198.51.100.7", **more: object) -> Campaign:
    first = int((DAY + timedelta(hours=1)).timestamp() * 1e6)
    address = octets_of(source)
    assert address is not None
    made = Campaign(kind, "tcp4", first, first + 19 * 3_600_000_000, 420, (address,), 1, tuple(range(100, 520)), 420, (octets_of("192.0.2.1") or b"",), 1, -99.0)
    return replace(made, **more)  # type: ignore[arg-type]


def test_each_kind_of_scan_has_its_least_likely_one_and_how_many_more() -> None:
    found = day(campaigns=Found(NOW, [campaign(), campaign(source="198.51.100.8"), campaign("vertical")], 9, 9, 0))
    said = sentences(found)
    assert said["scan: diagonal"].startswith("Slow scan in order: one source (198.51.100.7) went ")
    assert said["scan: diagonal"].endswith(" There were 2 in all, against none on the day before.")
    assert said["scan: vertical"].endswith(" There was none on the day before.")
    (linked,) = [each for each in page(found).sentences if each.topic == "scan: diagonal"]
    assert "finding=diagonal-tcp4-2026112001-198.51.100.7" in linked.page and linked.compared == Compared(2, 0)


def test_scans_that_come_every_day_and_those_of_researchers_are_no_news() -> None:
    many = [campaign(source=f"198.51.100.{number}") for number in range(1, 9)]
    assert page(day(campaigns=Found(NOW, many, 9, 9, 0), campaigns_before={"diagonal": Past(7, -80.0)})).quiet
    assert not page(day(campaigns=Found(NOW, many * 4, 9, 9, 0), campaigns_before={"diagonal": Past(7, -80.0)})).quiet
    rare = page(day(campaigns=Found(NOW, [campaign(log_p=-161.0), *many], 9, 9, 0), campaigns_before={"diagonal": Past(7, -80.0)}))
    assert [each.topic for each in rare.sentences] == ["probes", "scan: diagonal"], "none of the day before was half as unlikely"
    assert page(day(campaigns=Found(NOW, [campaign(researcher="Shadowserver"), campaign("tool")], 9, 9, 0))).quiet


def test_newcomers_are_told_where_the_loudest_is_louder_than_of_a_day() -> None:
    loud = [Newcomer("198.51.100.7", "BR", 64500, 1_000, 3), Newcomer("198.51.100.8", None, None, 300, 1)]
    assert sentences(day(newcomers=loud))["newcomers"] == (
        "Loudest of those never seen in the 30 days before: 198.51.100.7 (Brazil) with 1,000 packets to 3 ports and 198.51.100.8 with 300 packets to 1 port; "
        "the loudest had 300 on the day before."
    )
    assert page(day(newcomers=loud[1:])).quiet


def test_new_countries_are_named() -> None:
    assert sentences(day(countries=[Arrived("IS", 4, 9)]))["countries"] == "1 country from which nobody came in the 30 days before: Iceland (4 addresses, 9 packets)."


def pot(let_in: LetIn = NOBODY, *fresh: Fresh, accepted: int = 0) -> Pot:
    return Pot(Novelty(7, {"logins": 100}, let_in, {}), Compared(100, 100, 100.0), Compared(accepted, 0), fresh)


def test_the_honeypot_has_a_sentence_for_what_is_new_and_for_who_was_let_in() -> None:
    fresh = Fresh("passwords", Compared(12, 0), ("hunter2", "Sommer2026", "a", "b"))
    said = sentences(day(pot=pot(LetIn(3, 2, "198.51.100.7", "BR", 0.0), fresh, accepted=3)))
    assert said["let in"] == "The honeypot let 3 logins in, against none on the day before; most from 198.51.100.7 in Brazil."
    assert said["new passwords"] == '12 passwords tried at the honeypot, never seen before, against none on the day before; most often "hunter2", "Sommer2026" and "a".'
    assert page(day(pot=pot(NOBODY, Fresh("users", Compared(12, 11), ("x",))))).quiet, "as many are new every day"
    assert page(day(pot=pot(NOBODY, Fresh("users", Compared(1, 90), ("x",))))).quiet, "fewer are no news"


def test_lists_losses_and_silent_sensors_are_told() -> None:
    lost = Account("router", "192.0.2.1", 0, "netflow9", "flows", "", "", {"lost": 500, "flows": 1_500, "datagrams": 9}, None)
    found = day(
        touched=Compared(7, 0, 0.0), touched_lists=[Counted("otx", 7, 1, 0, 0, "", "")], flows=Compared(1_500, 1_400), seen=[lost], seen_before=[],
        silent=[Silent("fw2", 30)],
    )  # fmt: skip
    said = sentences(found, Feed("drop", 90_000, None, 3600), Feed("feodo", 9 * 86_400, None, 3600), Feed("mine", None, "no such host", 3600))
    assert said["touched"] == '7 records touched what lists have, against none on the day before and usually none on a Friday: "otx" (7).'
    assert said["losses"] == "500 flows and datagrams never came or were dropped, against none on the day before; 75 % of what was exported was seen."
    assert said["silent"] == 'Nothing was heard of 1 sensor: "fw2" (30 records on the day before); what it would have seen is missing here.'
    assert said["feeds"] == '2 of 3 lists are old, against which what comes is matched: "feodo" (looked at 9 days ago) and "mine" (never fetched, the last try failed).'
    assert "flows" not in said


def test_without_a_firewall_the_first_sentence_is_of_what_there_is() -> None:
    alone = {"probes": None, "sources": None}
    assert plain(page(day(**alone, flows=Compared(1_500, 1_400))).sentences[0].said) == "A quiet time: 1,500 flows, against 1,400 on the day before; nothing stands out."
    loud = page(day(**alone, flows=Compared(9_500, 1_400), pot=pot()))
    assert [plain(each.said) for each in loud.sentences] == ["9,500 flows, against 1,400 on the day before."], "said once"
    (only,) = page(day(**alone, pot=Pot(pot().novelty, Compared(900, 100, 120.0), Compared(0, 0), ()))).sentences
    assert plain(only.said) == "900 login attempts at the honeypot, against 100 on the day before and usually 120 on a Friday."
    assert only.page == "/?day=2026-11-20&tz=UTC&view=honeypot"


def test_several_silent_sensors_are_named_and_counted() -> None:
    said = sentences(day(silent=[Silent(name, 30) for name in ("a", "b", "c", "d")]))["silent"]
    assert said.startswith('Nothing was heard of 4 sensors, first of all "a" (30 records on the day before), ') and said.endswith("; what they would have seen is missing here.")


def test_a_silent_honeypot_is_not_told_three_times() -> None:
    nothing = Pot(pot().novelty, Compared(0, 500), Compared(0, 13), ())
    assert set(sentences(day(pot=nothing, silent=[Silent("pot", 500)]))) == {"probes", "silent"}


def test_a_period_longer_than_what_is_stored_says_that_nothing_is_compared() -> None:
    long = Beside(Window(DAY, DAY + 4 * A_DAY), 4, None, (), DAY - A_DAY)
    assert page(day(times=long, touched=Compared(7))).unknown == ("Of what was there in the 4 days before not all is stored, so nothing is compared with it.",)


def test_a_few_lost_flows_are_every_days() -> None:
    lost = Account("router", "192.0.2.1", 0, "netflow9", "flows", "", "", {"lost": 1, "flows": 1_500, "datagrams": 9}, None)
    assert page(day(flows=Compared(1_500, 1_400), seen=[lost], seen_before=[])).quiet


def test_other_periods_have_other_words() -> None:
    window = Window(DAY + timedelta(hours=6, seconds=7), DAY + timedelta(hours=30, seconds=7))
    times = Beside(window, 1, Window(window.first - A_DAY, window.first), (WEEK,), DAY - 30 * A_DAY)
    told_of = page(day(times=times, probes=Compared(400_000, 39_000, 41_000.0)))
    assert told_of.title == "2026-11-20 06:00 to 2026-11-21 06:00 (UTC)"
    assert "against 39,000 a day earlier and usually 41,000 at that time of the week" in plain(told_of.sentences[0].said)
    assert told_of.sentences[0].page == "/?from=2026-11-20T06:00:00Z&to=2026-11-21T06:01:00Z&tz=UTC"
    long = Beside(Window(DAY, DAY + 14 * A_DAY), 14, Window(DAY - 14 * A_DAY, DAY), (), DAY - 30 * A_DAY)
    assert "in the 14 days before" in plain(page(day(times=long, probes=Compared(400_000, 39_000))).sentences[0].said)


def test_programs_have_numbers_and_whole_addresses() -> None:
    found = day(surges=Answer(NOW, KNOWN, [surge()], 0))
    made = json.loads(json.dumps(document(page(found), found, BASE, UTC)))
    assert (made["from"], made["to"], made["tz"], made["quiet"]) == ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "UTC", False)
    assert made["before"] == {"from": "2026-11-19T00:00:00Z", "to": "2026-11-20T00:00:00Z"} and len(made["weeks"]) == 1
    first, second = made["sentences"]
    assert (first["number"], first["before"], first["usual"]) == (40_000, 39_000, 41_000.0)
    assert (second["topic"], second["number"], second["before"], second["usual"]) == ("surge", 800, None, 0.3)
    assert all(each["url"].startswith(f"{BASE}/?") for each in made["sentences"])


# what strangers wrote

HOSTILE = (
    "<script>alert(1)</script>", "](https://evil.example) [x", "``` `` `", "`", "* # 1. > - + _ ~~a~~ | b", "&lt;img src=x&gt;", "\x1b]0;owned\x07\x1b[2J", "\u202egnp.exe", "http://evil.example www.evil.example a@evil.example",
    "new\nline\r\n\r\nSubject: x", "", " ", "  spaced  ", '"', "\\", "\\`", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace"), "x" * 5_000,
)  # fmt: skip


def hostile_day(text: str) -> Told:
    fresh = Fresh("passwords", Compared(12, 0), (text, "plain"))
    return page(day(pot=pot(NOBODY, fresh), silent=[Silent(text, 30)], touched=Compared(7, 0), touched_lists=[Counted(text, 7, 1, 0, 0, "", "")]), Feed(text, None, None, 1))


class Shape(HTMLParser):
    """Tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def shape(text: str) -> Shape:
    parsed = Shape()
    parsed.feed(text)
    return parsed


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_change_no_sink(text: str) -> None:
    harmless, tried = hostile_day("harmless"), hostile_day(text)
    for line in as_text(tried, BASE).splitlines():
        assert line.isprintable()
    assert shape(as_html(tried, BASE)).tags == shape(as_html(harmless, BASE)).tags
    assert len(as_markdown(tried, BASE).splitlines()) == len(as_markdown(harmless, BASE).splitlines())
    assert max(map(len, as_markdown(tried, BASE).splitlines())) < 900


@given(st.text(max_size=80))
def test_any_quotation_is_one_code_span(text: str) -> None:
    quoted = Quoted(text)
    assert len(quoted.shown) <= QUOTED_MAX and "\n" not in quoted.shown
    span = markdown((quoted,))
    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert span.endswith(fence[0]) and fence[0] not in re.findall("`+", inner), "nothing inside ends it"
    assert html((quoted,)) == f"<code>{html_module.escape(quoted.shown)}</code>"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["P", "S", "N", "L"]), max_size=40))
def test_words_are_no_markup(words: str) -> None:
    said = markdown((words,))
    assert re.sub(r"\\([\\`*_{}\[\]<>#|~!&])", r"\1", said) == words
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|]", said)


def test_enumerations() -> None:
    assert [plain(listed((name,) for name in names)) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == ["", "a", "a and b", "a, b and c"]


def test_extras_stand_below_with_whom_to_name() -> None:
    extra = Extra("tcp/7547 <b>", ["here  ▁█", "\x1b[2J"], "DShield & co")
    text, marked, page_of = (write(page(day()), BASE, [extra]) for write in (as_text, as_markdown, as_html))
    assert "tcp/7547 <b>" in text and "\x1b" not in text + marked + page_of
    assert "    here  ▁█" in marked and "DShield \\& co" in marked
    assert "tcp/7547 &lt;b&gt;" in page_of and "DShield &amp; co" in page_of


def test_mail_lines_are_short_but_for_addresses() -> None:
    lines = as_text(hostile_day("x" * 50), BASE, width=MAIL_WIDTH).splitlines()
    assert all(len(line) <= MAIL_WIDTH or line.startswith(f"  {BASE}") for line in lines)


def test_the_html_page_needs_nothing_and_runs_nothing(tmp_path: Path) -> None:
    text = as_html(hostile_day("<img src=x onerror=alert(1)>"), BASE)
    assert "default-src 'none'" in text and "<script" not in text and "<img" not in text
    assert not re.search(r'(?:src|href)="(?!https://varde\.example\.net/)', text)
