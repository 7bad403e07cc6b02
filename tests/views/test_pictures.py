"""Pictures and tables of a known answer: sizes, colours, escapes, sums."""

import base64
import csv
import html
import io
import json
import os
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import NOON, SOURCES, probe_batch
from matplotlib.image import imread

from varde.model import PLANES
from varde.query import Absence, Answer, Comparison, Difference, Engine, PortCount, Window, fireplot
from varde.store import Store
from varde.views import FORMATS, LISTS_PORTS, SCHEMES, Style, draw_fireplot
from varde.views.axes import day_window
from varde.views.captions import heading, legend, period_title, probes_from, totals
from varde.views.density import FAINTEST, coarser, equalised, picture, strip
from varde.views.emptiness import why_empty
from varde.views.palette import rgb
from varde.views.sentences import card, headline
from varde.views.tables import cell_ports

OSLO = ZoneInfo("Europe/Oslo")
LEFT, TOP = 128, 74
"""Where the port area begins."""

HOSTILE = "</script><script>alert(1)</script>\"'<&>${title} \u202e"


def answer_of(
    cells: dict[str, list[list[int]]], *, width: int = 200, height: int = 120, port0: int = 0, bare: int = 0, fragments: int = 0
) -> Answer:
    """A day in Oslo with these cells; port 0 of TCP in column 3, ICMP in column 5, UDP fragments in column 7."""
    keys = [plane.key for plane in PLANES]
    grids = {key: np.array(cells.get(key, []), dtype=np.int64).reshape(-1, 3) for key in keys}
    zero = {key: np.array([[3, port0]] if port0 and key == "tcp4" else [], dtype=np.int64).reshape(-1, 2) for key in keys}
    portless = {"icmp": [[5, bare]] if bare else [], "udp4": [[7, fragments]] if fragments else []}
    naked = {key: np.array(portless.get(key, []), dtype=np.int64).reshape(-1, 2) for key in keys}
    events = {key: int(grids[key][:, 2].sum() + zero[key][:, 1].sum() + naked[key][:, 1].sum()) for key in keys}
    ports = [PortCount("tcp4", "tcp", 23, "telnet", 12345, 4321), PortCount("udp6", "udp", 53, "dns", 3, 1)]
    window = Window(*day_window(date(2026, 11, 20), OSLO))
    return Answer(window, width, height, 1, 65535, events, 7, grids, zero, naked, ports)


def narrowed(answer: Answer, low: int, high: int) -> Answer:
    """The same cells as those between two ports; what has no port is outside."""
    answer.port_min, answer.port_max = low, high
    whole = answer.total
    answer.events = {key: int(cells[:, 2].sum()) for key, cells in answer.cells.items()}
    answer.outside = whole - answer.total
    return answer


def words_of(svg: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


ANSWER = answer_of({"tcp4": [[10, 20, 4], [10, 21, 1], [199, 119, 2]], "udp4": [[0, 0, 9]], "udp6": [[100, 60, 1]]}, port0=2, bare=3, fragments=1500)


def header_size(png: bytes) -> tuple[int, int]:
    """Width and height from the IHDR chunk (PNG specification, 11.2.2)."""
    assert png[:16] == b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    return struct.unpack(">II", png[16:24])


def pixels(png: bytes) -> np.ndarray:
    return (imread(io.BytesIO(png), format="png")[:, :, :3] * 255).round().astype(int)


@pytest.mark.parametrize(("width", "height"), [(200, 120), (1040, 417), (64, 64), (333, 777)])
def test_a_png_is_as_large_as_its_plot_area_and_margins(width: int, height: int) -> None:
    sizes = {header_size(draw_fireplot(answer_of({}, width=w, height=h), "png", Style())) for w, h in ((width, height),)}
    base = header_size(draw_fireplot(answer_of({}, width=100, height=100), "png", Style()))
    assert sizes == {(base[0] - 100 + width, base[1] - 100 + height)}


def test_every_cell_of_the_plot_area_is_the_pixel_it_should_be() -> None:
    cells = [[0, 0, 5], [199, 0, 5], [0, 119, 5], [199, 119, 5], [77, 44, 5]]
    lone = answer_of({"tcp4": cells + [[x, 60, 5] for x in range(20, 180)] * 15})  # dense, so that dots are one pixel each
    drawn = pixels(draw_fireplot(lone, "png", Style()))
    area = drawn[TOP : TOP + 120, LEFT : LEFT + 200]
    for x, y, _ in cells:
        assert tuple(area[119 - y, x]) == rgb(SCHEMES["dark"].planes["tcp4"]) or {x, y} & {0, 119, 199}
    assert tuple(area[119 - 44, 77]) == rgb(SCHEMES["dark"].planes["tcp4"])
    assert tuple(area[119 - 45, 77]) != rgb(SCHEMES["dark"].planes["tcp4"])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("count", [1, 7, 1_000_000])
def test_a_lone_point_is_never_lost_beside_crowds(scheme: str, count: int) -> None:
    crowd = [[x, y, 10**6 + x] for x in range(100, 200) for y in range(60)]
    for cells in ([[10, 20, count]], [[10, 20, count], *crowd]):
        made = picture(answer_of({"tcp4": cells}), SCHEMES[scheme]).astype(int)
        ground, full = np.array(rgb(SCHEMES[scheme].ground)), np.array(rgb(SCHEMES[scheme].planes["tcp4"]))
        share = np.abs(made[119 - 20, 10] - ground).sum() / np.abs(full - ground).sum()
        assert share >= FAINTEST - 0.02


@given(counts=st.lists(st.integers(1, 10**9), min_size=1, max_size=50))
def test_more_events_are_never_fainter_and_the_most_are_full(counts: list[int]) -> None:
    alpha = equalised(np.array(counts, dtype=np.int64))
    assert all(FAINTEST - 1e-6 <= a <= 1 for a in alpha)
    order = np.argsort(counts, kind="stable")
    assert (np.diff(alpha[order]) >= -1e-6).all()
    assert alpha[int(np.argmax(counts))] == pytest.approx(1)


def test_a_quiet_plane_lies_on_top_of_a_busy_one() -> None:
    made = picture(answer_of({"tcp4": [[5, 5, 1000]], "udp6": [[5, 5, 1]]}), SCHEMES["dark"])
    assert tuple(made[119 - 5, 5]) == rgb(SCHEMES["dark"].planes["udp6"])


def test_a_strip_has_its_points_over_its_whole_height() -> None:
    made = strip({"icmp": np.array([[5, 3]])}, 20, 10, SCHEMES["light"])
    assert {tuple(p) for p in made[:, 5]} == {rgb(SCHEMES["light"].planes["icmp"])}
    assert {tuple(p) for p in made[:, 6]} == {rgb(SCHEMES["light"].ground)}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_answer_gives_the_same_octets(kind: str) -> None:
    style = Style(zone=OSLO, note="synthetic data")
    assert draw_fireplot(ANSWER, kind, style) == draw_fireplot(ANSWER, kind, style)


@pytest.mark.parametrize("kind", FORMATS)
def test_formats_say_whether_they_list_ports(kind: str) -> None:
    assert ANSWER.ports
    same = draw_fireplot(ANSWER, kind, Style()) == draw_fireplot(replace(ANSWER, ports=[]), kind, Style())
    assert same != (kind in LISTS_PORTS)


def test_matplotlib_is_loaded_for_pictures_alone() -> None:
    code = """
import sys
import varde.app.commands.fireplot
from varde.views import FORMATS, prepare
def loaded(kind): prepare(kind); return "matplotlib.figure" in sys.modules
assert [loaded(kind) for kind in ("json", "csv", "png")] == [False, False, True]
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(SOURCES)})


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_day_without_probes_is_a_picture_too(kind: str, scheme: str) -> None:
    assert draw_fireplot(answer_of({}), kind, Style(SCHEMES[scheme]))


def test_an_svg_is_well_formed_and_its_words_are_text() -> None:
    tree = ET.fromstring(draw_fireplot(replace(ANSWER, width=1040), "svg", Style(zone=OSLO, title=HOSTILE, note=HOSTILE)))
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count(HOSTILE) == 2
    assert {"443 https", "12:00", "24:00", "port 0", "no port", "ICMP", "other", "no port: 1,500 of these", "port 0: 2 of these", "hours in Europe/Oslo", totals(ANSWER)} <= set(words)
    assert not [e for e in tree.iter() if e.tag.endswith("}script") or any("href" in a and not v.startswith(("#", "data:")) for a, v in e.attrib.items())]


def test_titles_and_notes_with_dollars_and_backslashes_are_drawn_as_they_are() -> None:
    tree = ET.fromstring(draw_fireplot(ANSWER, "svg", Style(title="$x^2$ \\frac{", note="$\\")))
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"$x^2$ \\frac{", "$\\"} <= set(words)


class _Page(HTMLParser):
    """Tags with their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)


def test_the_html_page_escapes_hostile_words_and_fetches_nothing() -> None:
    text = draw_fireplot(ANSWER, "html", Style(zone=OSLO, title=HOSTILE, note=HOSTILE)).decode()
    page = _Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert "alert(1)" not in "".join(page.texts["script"])
    assert HOSTILE in "".join(page.texts["h1"])
    assert not re.search(r"(src|href|action|url\()\s*=?\s*[\"']?(https?:)?//", text)
    images = [str(attrs[name]) for _, attrs in page.tags for name in ("src", "srcset") if name in attrs]
    assert len(images) == 2 * (1 + len(ANSWER.strips()))
    assert all(image.startswith("data:image/png;base64,") for image in images)
    wide = [base64.b64decode(str(attrs["src"]).partition(",")[2]) for tag, attrs in page.tags if tag == "img"]
    assert (pixels(wide[0]) == picture(ANSWER, SCHEMES["dark"])).all()
    assert "<footer>" + html.escape(HOSTILE) + "</footer>" in text


def test_the_data_of_the_html_page_is_what_its_hover_needs() -> None:
    text = draw_fireplot(ANSWER, "html", Style(zone=OSLO)).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert (data["width"], data["height"], data["tz"]) == (200, 120, "Europe/Oslo")
    assert data["cells"]["tcp4"] == [10, 20, 4, 10, 21, 1, 199, 119, 2]
    assert "<" not in found[1]
    assert (data["strips"]["no_port"]["udp4"], data["strips"]["port0"]["tcp4"], data["strips"]["icmp"]["icmp"]) == ([7, 1500], [3, 2], [5, 3])
    assert "<td>TCP</td><td>23</td><td>telnet</td><td>12,345</td><td>4,321</td>" in text
    assert "<td>UDP over IPv6</td><td>53</td>" in text


def test_the_json_document_has_the_keys_of_the_contract() -> None:
    document = json.loads(draw_fireplot(ANSWER, "json", Style(zone=OSLO)))
    assert set(document) == {"from", "to", "tz", "events", "planes", "sources", "ports"}
    assert (document["from"], document["to"], document["tz"]) == ("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z", "Europe/Oslo")
    assert (document["events"], document["sources"]) == (ANSWER.total, 7)
    assert document["ports"][0] == {"proto": "tcp", "port": 23, "service": "telnet", "events": 12345, "sources": 4321}


def test_the_cells_of_the_csv_add_up_to_all_events() -> None:
    rows = list(csv.DictReader(io.StringIO(draw_fireplot(ANSWER, "csv", Style()).decode())))
    assert sum(int(row["events"]) for row in rows) == ANSWER.total
    for plane in PLANES:
        assert sum(int(row["events"]) for row in rows if row["plane"] == plane.key) == ANSWER.events[plane.key]
    moments = [datetime.fromisoformat(row["time"]) for row in rows]
    assert all(ANSWER.window.first <= moment < ANSWER.window.last for moment in moments)
    assert {(row["port_from"], row["port_to"]) for row in rows if row["plane"] == "icmp"} == {("", "")}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@given(low=st.integers(1, 60000), span=st.integers(1, 65000), height=st.integers(2, 600), port=st.integers(1, 65535))
def test_the_ports_of_a_cell_are_those_that_the_question_put_there(low: int, span: int, height: int, port: int) -> None:
    import math

    high = min(65535, low + span)
    port = min(max(port, low), high)
    answer = answer_of({}, height=height)
    answer.port_min, answer.port_max = low, high
    row = math.floor((math.log10(port) - math.log10(low)) * (height - 1) / (math.log10(high) - math.log10(low)) + 0.5)
    first, last = cell_ports(answer, row)
    assert first - 1 <= port <= last + 1  # one step at most where a port lies on the edge of two rows
    assert low <= first
    assert last <= high


def test_the_title_is_the_day_or_both_ends_and_names_the_zone() -> None:
    assert period_title(ANSWER, OSLO) == "Friday 20 November 2026 (Europe/Oslo)"
    two_hours = answer_of({})
    two_hours.window = Window(NOON, NOON + timedelta(hours=2))
    assert period_title(two_hours, OSLO) == "2026-11-20 13:00 to 2026-11-20 15:00 (Europe/Oslo)"
    assert totals(ANSWER) == "1,522 refused probes from 7 addresses"
    lone = answer_of({"tcp4": [[1, 1, 1]]})
    lone.sources = 1
    assert totals(lone) == "1 refused probe from 1 address"


def test_what_has_no_port_is_drawn_in_a_strip_of_its_own() -> None:
    without, drawn = (pixels(draw_fireplot(answer_of({}, width=1040, fragments=n, port0=1), "png", Style())) for n in (0, 3))
    area = (drawn != without).any(axis=2)[TOP + 120 :, LEFT : LEFT + 1040]  # captions and empty words are above
    rows, columns = np.nonzero(area)
    assert set(columns.tolist()) <= {6, 7, 8}  # the strip's frame may blend at its edges
    assert len(set(rows.tolist())) >= 8
    udp = rgb(SCHEMES["dark"].planes["udp4"])
    assert (drawn[TOP + 120 :, LEFT + 7] == udp).all(axis=1).sum() >= 8
    assert not (drawn[:, :, :] == udp).all(axis=2)[TOP : TOP + 120].any()


def test_the_cells_strips_and_legend_of_two_ports_are_only_theirs() -> None:
    answer = narrowed(answer_of({"tcp4": [[10, 20, 4]]}, port0=2, bare=3, fragments=5), 20, 100)
    words = words_of(draw_fireplot(answer, "svg", Style(zone=OSLO)))
    assert heading(answer, Style(zone=OSLO)) == "Friday 20 November 2026 (Europe/Oslo), only ports 20 to 100"
    assert {heading(answer, Style(zone=OSLO)), "4 refused probes from 7 addresses", "TCP 4", "hours in Europe/Oslo", "12:00"} <= set(words)
    assert not {"port 0", "no port", "ICMP", "other"} & set(words)
    rows = list(csv.DictReader(io.StringIO(draw_fireplot(answer, "csv", Style()).decode())))
    assert [(row["plane"], row["events"]) for row in rows] == [("tcp4", "4")]
    document = json.loads(draw_fireplot(answer, "json", Style()))
    assert (document["port_min"], document["port_max"], document["events"]) == (20, 100, 4)
    text = draw_fireplot(answer, "html", Style(zone=OSLO)).decode()
    assert "only ports 20 to 100</h1>" in text
    assert 'data-strip="' not in text.partition("<script")[0]


def test_the_legend_leaves_no_words_outside_the_picture() -> None:
    busy = answer_of({plane.key: [[1, 1, 123456]] for plane in PLANES}, width=64, height=64, port0=1, fragments=1)
    tree = ET.fromstring(draw_fireplot(busy, "svg", Style(zone=OSLO, note="small print " * 6)))
    wide, high = (float(tree.get(name, "").removesuffix("pt")) for name in ("width", "height"))
    entries = [entry.words for entry in legend(busy, SCHEMES["dark"])]
    found = [e for e in tree.iter("{http://www.w3.org/2000/svg}text") if e.text in entries]
    assert len(found) == len(entries) == 8
    for element in found:
        assert 0 <= float(element.get("x", "")) < wide
        assert 0 <= float(element.get("y", "")) < high
    assert header_size(draw_fireplot(busy, "png", Style()))[1] > header_size(draw_fireplot(answer_of({}, width=64, height=64), "png", Style()))[1]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [("2026-11-20T12:00", "2026-11-20T12:20", {"minutes in UTC", "12:05"}), ("2026-11-01", "2026-11-20", {"days in UTC", "1 Nov"}),
     ("2024-06-01", "2026-08-10", {"months in UTC", "Jan", "2025", "2026"}), ("2001-06-01", "2026-08-10", {"years in UTC", "2010", "2020"})],
)  # fmt: skip
def test_the_words_under_the_axis_are_those_of_its_span(first: str, last: str, words: set[str]) -> None:
    answer = answer_of({"tcp4": [[1, 1, 1]]}, width=1040)
    answer.window = Window(*(datetime.fromisoformat(text).replace(tzinfo=timezone.utc) for text in (first, last)))
    assert words <= set(words_of(draw_fireplot(answer, "svg", Style())))
    page = _Page(draw_fireplot(answer, "html", Style()).decode())
    assert words <= {line for text in page.texts["span"] + page.texts["p"] for line in text.split("\n")}


FRIDAY = datetime(2026, 11, 20, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("window", "absence", "words"),
    [({}, Absence({"allow": 213}, 0, FRIDAY, FRIDAY), "no refused packets on 2026-11-20; 213 allowed: --action all"),
     ({}, Absence({"allow": 1213, "audit": 2}, 0, FRIDAY, FRIDAY), "no refused packets on 2026-11-20; 1,213 allowed, 2 audited: --action all"),
     ({"action": "allow"}, Absence({"block": 5}, 9, FRIDAY, FRIDAY), "no allowed packets on 2026-11-20; 5 blocked: --action all"),
     ({"src": "192.0.2.1"}, Absence({}, 1000, FRIDAY, FRIDAY), "no refused packets on 2026-11-20; 1,000 that the filters leave out"),
     ({"action": "all"}, Absence({}, 0, FRIDAY - timedelta(days=9), FRIDAY - timedelta(days=2)), "no packets on 2026-11-20; the records are from 2026-11-11 to 2026-11-18"),
     ({}, Absence({}, 0, FRIDAY + timedelta(days=2), FRIDAY + timedelta(days=2)), "no refused packets on 2026-11-20; the records are from 2026-11-22: --day 2026-11-22"),
     ({}, Absence({}, 0, FRIDAY - timedelta(days=2), FRIDAY + timedelta(days=2)), "no refused packets on 2026-11-20"),
     ({}, Absence({}, 0, None, None), "no refused packets on 2026-11-20; there are no records at all"), ({}, None, "no refused packets on 2026-11-20"),
     ({"last": FRIDAY}, None, "no refused packets from 2026-11-20 00:00 to 2026-11-20 11:00"),
     ({"last": day_window(date(2026, 11, 22), OSLO)[1]}, None, "no refused packets from 2026-11-20 to 2026-11-22")],
)  # fmt: skip
def test_an_empty_picture_says_why_and_what_to_do(window: dict[str, object], absence: Absence | None, words: str) -> None:
    answer = answer_of({}, width=1040)
    answer.window, answer.absence = replace(answer.window, **window), absence
    assert why_empty(answer, OSLO) == words
    drawn = words_of(draw_fireplot(answer, "svg", Style(zone=OSLO)))
    assert words in " ".join(drawn)
    assert words in "".join(_Page(draw_fireplot(answer, "html", Style(zone=OSLO)).decode()).texts["p"])


def test_an_empty_picture_of_two_ports_says_how_many_go_to_others() -> None:
    answer = narrowed(answer_of({}, bare=1213), 20, 100)
    assert why_empty(answer, OSLO) == "no refused packets to ports 20 to 100 on 2026-11-20; 1,213 to others: leave out --port-min and --port-max"


def test_words_are_drawn_into_an_empty_picture_only() -> None:
    empty, dot = (pixels(draw_fireplot(answer_of(cells), "png", Style())) for cells in ({}, {"tcp4": [[0, 0, 1]]}))
    middle = slice(TOP + 50, TOP + 75), slice(LEFT + 20, LEFT + 180)
    ground = np.array(rgb(SCHEMES["dark"].ground))
    assert (np.abs(empty[middle] - ground).sum(axis=2) > 300).sum() > 50
    assert (np.abs(dot[middle] - ground).sum(axis=2) > 300).sum() == 0
    assert "packets" not in " ".join(words_of(draw_fireplot(ANSWER, "svg", Style())))


@given(cells=st.lists(st.tuples(st.integers(0, 199), st.integers(0, 119), st.integers(1, 9)), max_size=60), width=st.integers(1, 300), height=st.integers(1, 200))
def test_fewer_cells_lose_no_events(cells: list[tuple[int, int, int]], width: int, height: int) -> None:
    fine = answer_of({"tcp4": [list(cell) for cell in cells]}, port0=2, bare=3, fragments=4)
    coarse = coarser(fine, width, height)
    assert (coarse.width, coarse.height) == (min(width, 200), min(height, 120))
    x, y, n = coarse.cells["tcp4"].T
    assert n.sum() == sum(cell[2] for cell in cells)
    assert ((x >= 0) & (x < coarse.width) & (y >= 0) & (y < coarse.height)).all()
    assert len({*zip(x.tolist(), y.tolist(), strict=True)}) == len(x)
    assert coarse.strips()["no_port"]["udp4"].tolist() == [[7 * coarse.width // 200, 4]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    store = Store(tmp_path_factory.mktemp("store"))
    store.append("probes", probe_batch([{"time": NOON + timedelta(minutes=n), "port": 1 + n * 37} for n in range(200)]))
    return Engine(store)


def test_a_picture_from_the_store_shows_each_port_where_it_belongs(engine: Engine) -> None:
    window = Window(*day_window(date(2026, 11, 20), ZoneInfo("UTC")))
    answer = fireplot(engine, window, width=240, height=120)
    made = picture(answer, SCHEMES["dark"])
    x = int((NOON - window.first) / timedelta(days=1) * 240)
    assert tuple(made[119, x]) != rgb(SCHEMES["dark"].ground)
    assert tuple(made[0, 0]) == rgb(SCHEMES["dark"].ground)


def difference(usual: float, sources: int = 1043, events: int = 5000) -> Difference:
    first, last = (datetime(2026, 11, 20, hour, minute, tzinfo=timezone.utc) for hour, minute in ((14, 52), (23, 0)))
    return Difference("tcp", 7547, "tcp6", sources, usual, events, first, last)


@pytest.mark.parametrize(
    ("usual", "days", "words"),
    [(2.2, 3, "against 2 a day on the 3 days before"), (0.4, 3, "against less than 1 a day on the 3 days before"), (0, 7, "against none on the 7 days before"),
     (1, 1, "against 1 on the day before"), (1234, 7, "against 1,234 a day on the 7 days before")],
)  # fmt: skip
def test_the_headline_names_port_number_and_what_it_compares_with(usual: float, days: int, words: str) -> None:
    assert headline(Comparison(days, [difference(usual)]), 5000) == f"TCP/7547 over IPv6 was wanted by 1,043 addresses, {words}."


@pytest.mark.parametrize(
    ("compared", "events", "action", "words"),
    [(Comparison(3), 9, "refused", "Nothing stands out: no port was wanted by many more addresses than on the 3 days before."),
     (Comparison(0), 9, "refused", "There is no earlier day to compare this one with."), (Comparison(0), 0, "refused", "Nothing was refused in this period."),
     (Comparison(3), 0, "all", "Nothing was logged in this period."), (Comparison(3), 0, "audit", "Nothing in this period has the action audit.")],
)  # fmt: skip
def test_a_day_without_news_says_why(compared: Comparison, events: int, action: str, words: str) -> None:
    assert headline(compared, events, action) == words


def test_a_card_points_at_its_place_in_the_picture() -> None:
    made = card(difference(2.2), 3, OSLO)
    assert (made["port_min"], made["port_max"], made["plane"], made["from"]) == (7547, 7547, "tcp6", "2026-11-20T14:52:00Z")
    assert made["title"] == "TCP/7547 over IPv6 wanted by 1,043 addresses"
    assert made["text"] == "5,000 probes from 15:52 to 00:00, against 2 a day on the 3 days before."


def test_one_of_a_thing_has_no_plural() -> None:
    assert probes_from(1, 1, ANSWER.window) == "1 refused probe from 1 address"
    assert probes_from(2000, 2, replace(ANSWER.window, action="all")) == "2,000 probes (all) from 2 addresses"
    assert str(card(difference(2.2, 1, 1), 1, OSLO)["text"]).startswith("1 probe from ")


def test_no_rule_of_matplotlibs_global_state_is_changed_by_drawing() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    for kind in FORMATS:
        draw_fireplot(ANSWER, kind, Style())
    assert dict(mpl.rcParams) == before
