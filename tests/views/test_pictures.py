"""Pictures and tables of a known answer: sizes, colours, escapes, sums."""

import base64
import csv
import io
import json
import re
import struct
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import NOON, probe_batch
from matplotlib.image import imread

from varde.model import PLANES
from varde.query import Answer, Difference, Engine, PortCount, Window, fireplot
from varde.store import Store
from varde.views import FORMATS, SCHEMES, Style, draw_fireplot
from varde.views.axes import day_window
from varde.views.calendar import THUMB, draw_calendar, thumbnail
from varde.views.density import FAINTEST, equalised, picture, strip
from varde.views.fireplot import cell_ports, period_title, totals
from varde.views.palette import rgb
from varde.views.sentences import card, headline

OSLO = ZoneInfo("Europe/Oslo")
LEFT, TOP = 128, 74
"""Where the port area begins: the HTML page's hover relies on it too."""

HOSTILE = "</script><script>alert(1)</script>\"'<&>${title} \u202e"


def answer_of(cells: dict[str, list[list[int]]], *, width: int = 200, height: int = 120, port0: int = 0, bare: int = 0) -> Answer:
    keys = [plane.key for plane in PLANES]
    grids = {key: np.array(cells.get(key, []), dtype=np.int64).reshape(-1, 3) for key in keys}
    zero = {key: np.array([[3, port0]] if port0 and key == "tcp4" else [], dtype=np.int64).reshape(-1, 2) for key in keys}
    naked = {key: np.array([[5, bare]] if bare and key == "icmp" else [], dtype=np.int64).reshape(-1, 2) for key in keys}
    events = {key: int(grids[key][:, 2].sum() + zero[key][:, 1].sum() + naked[key][:, 1].sum()) for key in keys}
    ports = [PortCount("tcp4", "tcp", 23, "telnet", 10, 4), PortCount("udp4", "udp", 53, "dns", 3, 1)]
    window = Window(*day_window(date(2026, 11, 20), OSLO))
    return Answer(window, width, height, 1, 65535, events, 7, grids, zero, naked, ports)


ANSWER = answer_of({"tcp4": [[10, 20, 4], [10, 21, 1], [199, 119, 2]], "udp4": [[0, 0, 9]], "udp6": [[100, 60, 1]]}, port0=2, bare=3)


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
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_day_without_probes_is_a_picture_too(kind: str, scheme: str) -> None:
    assert draw_fireplot(answer_of({}), kind, Style(SCHEMES[scheme]))


def test_an_svg_is_well_formed_and_its_words_are_text() -> None:
    tree = ET.fromstring(draw_fireplot(ANSWER, "svg", Style(zone=OSLO, title=HOSTILE, note=HOSTILE)))
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert words.count(HOSTILE) == 2
    assert {"443 https", "12:00", "24:00", "port 0", "ICMP", "other", "hours in Europe/Oslo", totals(ANSWER)} <= set(words)
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
    sources = [attrs["src"] for tag, attrs in page.tags if "src" in attrs]
    assert len(sources) == 1
    assert sources[0] is not None
    png = base64.b64decode(sources[0].removeprefix("data:image/png;base64,"))
    assert png == draw_fireplot(ANSWER, "png", Style(zone=OSLO, title=HOSTILE, note=HOSTILE))


def test_the_data_of_the_html_page_is_what_its_hover_needs() -> None:
    text = draw_fireplot(ANSWER, "html", Style(zone=OSLO)).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert (data["left"], data["top"], data["width"], data["height"], data["tz"]) == (LEFT, TOP, 200, 120, "Europe/Oslo")
    assert data["cells"]["tcp4"] == [10, 20, 4, 10, 21, 1, 199, 119, 2]
    assert "<" not in found[1]
    assert "<td>telnet</td><td>10</td><td>4</td>" in text


def test_the_json_document_has_the_keys_of_the_contract() -> None:
    document = json.loads(draw_fireplot(ANSWER, "json", Style(zone=OSLO)))
    assert set(document) == {"from", "to", "tz", "events", "planes", "sources", "ports"}
    assert (document["from"], document["to"], document["tz"]) == ("2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z", "Europe/Oslo")
    assert (document["events"], document["sources"]) == (ANSWER.total, 7)
    assert document["ports"][0] == {"proto": "tcp", "port": 23, "service": "telnet", "events": 10, "sources": 4}


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
    assert totals(ANSWER) == "22 refused probes from 7 addresses"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    store = Store(tmp_path_factory.mktemp("store"))
    store.append("probes", probe_batch([{"time": NOON + timedelta(minutes=n), "port": 1 + n * 37} for n in range(200)]))
    return Engine(store)


def test_a_year_is_a_picture_with_a_thumbnail_on_each_day_that_has_probes(engine: Engine) -> None:
    drawn = pixels(draw_calendar(engine, 2026, Style()))
    quiet = pixels(draw_calendar(Engine(engine.store), 2025, Style()))
    assert drawn.shape == quiet.shape
    colour = (drawn != quiet).any(axis=2)
    rows, columns = np.nonzero(colour[60:, 40:])
    day = (columns // (THUMB[0] + 4), rows // (THUMB[1] + 4))
    assert set(zip((day[0] + 1).tolist(), (day[1] + 1).tolist(), strict=True)) == {(20, 11)}


def test_a_thumbnail_has_the_size_that_was_asked_for(engine: Engine) -> None:
    assert header_size(thumbnail(engine, date(2026, 11, 20), Style(), 260, 104)) == (260, 104)
    assert header_size(thumbnail(engine, date(2026, 11, 19), Style(), 16, 16)) == (16, 16)


def test_a_picture_from_the_store_shows_each_port_where_it_belongs(engine: Engine) -> None:
    window = Window(*day_window(date(2026, 11, 20), ZoneInfo("UTC")))
    answer = fireplot(engine, window, width=240, height=120)
    made = picture(answer, SCHEMES["dark"])
    x = int((NOON - window.first) / timedelta(days=1) * 240)
    assert tuple(made[119, x]) != rgb(SCHEMES["dark"].ground)
    assert tuple(made[0, 0]) == rgb(SCHEMES["dark"].ground)


def test_sentences_name_port_number_and_comparison() -> None:
    utc = timezone.utc
    found = Difference("tcp", 7547, "tcp6", 1043, 2.2, 5000, datetime(2026, 11, 20, 14, 52, tzinfo=utc), datetime(2026, 11, 20, 23, 0, tzinfo=utc))
    assert headline([found], ANSWER, OSLO) == "TCP/7547 over IPv6 was wanted by 1,043 addresses, on the days before 2 a day"
    assert headline([], ANSWER, OSLO).startswith("Nothing stands out")
    assert headline([], answer_of({}), OSLO) == "Nothing was refused in this period."
    made = card(found, OSLO)
    assert (made["port_min"], made["port_max"], made["plane"], made["from"]) == (7547, 7547, "tcp6", "2026-11-20T14:52:00Z")
    assert "5,000 probes from 15:52 to 00:00" in str(made["text"])


def test_no_rule_of_matplotlibs_global_state_is_changed_by_drawing() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    for kind in FORMATS:
        draw_fireplot(ANSWER, kind, Style())
    assert dict(mpl.rcParams) == before
