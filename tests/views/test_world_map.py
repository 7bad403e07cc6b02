"""The map: bubbles by area, what is not on it said, the same octets each time, and nothing of others breaks out."""

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from varde.model import VardeError
from varde.query.places import Place, Places
from varde.views.projection import HEIGHT, WIDTH, unit
from varde.views.world import World, load_world
from varde.views.worldmap import FORMATS, Drawing, draw_map, drawing_of
from varde.views.worldmap.drawing import share_said

SQUARE = [(100, 100), (300, 100), (300, 300), (100, 300), (100, 100)]
WORLD = World(1000, 500, [(0, 0), (1000, 0), (1000, 500), (0, 500), (0, 0)], {"NO": [SQUARE]}, {"NO": (200, 200), "US": (800, 200)},
              {"NO": "Norway", "US": "United States"}, "nobody")  # fmt: skip
PERIOD = (datetime(2026, 11, 20, tzinfo=timezone.utc), datetime(2026, 11, 21, tzinfo=timezone.utc))


def drawing(*rows: Place, by: str = "octets", total: int = 0, style: str = "both", world: World = WORLD, note: str = "") -> Drawing:
    known = sum(row.value for row in rows)
    found = Places("flows", by, "in", "country", list(rows), len(rows), known, max(total, known), 7)
    return drawing_of(found, world, period=PERIOD, zone=ZoneInfo("UTC"), scheme="dark", style=style, note=note)


NORWAY, STATES = Place("NO", 4_000_000, 30, 5), Place("US", 1_000_000, 10, 2)


def test_areas_are_amounts_and_shares_are_of_the_known_and_of_all() -> None:
    first, second = drawing(NORWAY, STATES, total=10_000_000).marks
    assert first.radius / second.radius == pytest.approx(2)
    assert (first.of_known, first.of_all) == (0.8, 0.4)
    assert drawing(NORWAY, total=8_000_000).totals == "8.0 MB of 7 addresses in 1 country; 50.0% has no known place"


def test_a_country_that_is_on_no_map_stays_in_the_list() -> None:
    (mark,) = drawing(Place("ZZ", 5, 1, 1)).marks
    assert (mark.x, mark.name) == (None, "ZZ")
    for kind in FORMATS:
        assert draw_map(drawing(Place("ZZ", 5, 1, 1)), kind)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("style", ["bubbles", "choropleth", "both"])
def test_the_same_answer_gives_the_same_octets(kind: str, style: str) -> None:
    assert draw_map(drawing(NORWAY, STATES, style=style), kind) == draw_map(drawing(NORWAY, STATES, style=style), kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_a_picture_too(kind: str) -> None:
    made = draw_map(drawing(), kind)
    assert made
    assert "Nothing to locate" in drawing().totals


def test_a_picture_has_the_width_that_is_asked_for() -> None:
    assert Image.open(io.BytesIO(draw_map(drawing(NORWAY), "png", 800))).size[0] == 800


def test_what_a_picture_rests_on_is_broken_into_lines_that_fit() -> None:
    long = "; ".join(f"said number {number}" for number in range(30))
    texts = re.findall(r"<text[^>]*>([^<]*said number[^<]*)</text>", draw_map(drawing(NORWAY, note=long), "svg", 640).decode())
    assert len(texts) > 1 and {word for text in texts for word in re.findall("[0-9]+", text)} == {str(number) for number in range(30)}
    low, high = (Image.open(io.BytesIO(draw_map(drawing(NORWAY, note=note), "png", 640))).size[1] for note in ("short", long))
    assert high > low, "the map keeps its size"


def test_html_says_each_share_and_has_a_table() -> None:
    text = draw_map(drawing(NORWAY, STATES, total=10_000_000, note='<script>alert("x")</script>'), "html").decode()
    assert "Norway: 4.0 MB, 80.0% of what has a place, 40.0% of all, 5 addresses" in text
    assert text.count("<tr>") == 3
    assert "<script" not in text
    ElementTree.fromstring(re.search(r"<svg.*</svg>", text, re.DOTALL)[0])  # type: ignore[index]


def test_json_has_a_stable_schema() -> None:
    document = json.loads(draw_map(drawing(NORWAY), "json"))
    assert sorted(document) == ["addresses", "by", "countries", "direction", "known", "rows", "table", "total"]
    assert document["rows"] == [{"country": "NO", "name": "Norway", "value": 4_000_000, "of_known": 1.0, "of_all": 1.0, "records": 30, "addresses": 5}]


def test_the_world_that_the_build_made_is_whole() -> None:
    world = load_world(Path(__file__).parents[2] / "src" / "varde" / "data")
    assert len(world.shapes) > 170
    assert len(world.places) > 230
    assert {world.name(code) for code in ("NO", "CN", "US", "SG")} == {"Norway", "China", "United States", "Singapore"}
    for rings in world.shapes.values():
        assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)
        assert all(0 <= x <= world.width and 0 <= y <= world.height for ring in rings for x, y in ring)
    norway = world.places["NO"]
    assert world.width / 2 < norway[0] < world.width * 0.55 and norway[1] < world.height * 0.1


def test_without_a_world_there_is_still_a_list(tmp_path: Path) -> None:
    made = draw_map(drawing(NORWAY, world=load_world(tmp_path)), "svg")
    assert b"4.0 MB" in made


HOME = (500, 400)


def with_arcs(*rows: Place, style: str = "bubbles") -> Drawing:
    known = sum(row.value for row in rows)
    found = Places("flows", "octets", "in", "country", list(rows), len(rows), known, known, 7)
    return drawing_of(found, WORLD, period=PERIOD, zone=ZoneInfo("UTC"), scheme="dark", style=style, home=HOME)


def test_arcs_lead_from_home_to_each_place_the_largest_on_top() -> None:
    arcs = with_arcs(NORWAY, STATES, Place("ZZ", 5, 1, 1), Place("NO", 0, 0, 0)).arcs
    assert [(arc.code, arc.start, arc.end) for arc in arcs] == [("US", HOME, (800, 200)), ("NO", HOME, (200, 200))]
    assert arcs[1].width / arcs[0].width == pytest.approx(2)
    assert all(arc.pull[1] < min(arc.start[1], arc.end[1]) for arc in arcs)
    assert drawing(NORWAY, STATES).arcs == []


@pytest.mark.parametrize("style", ["bubbles", "choropleth"])
def test_arcs_are_in_each_picture(style: str) -> None:
    html = draw_map(with_arcs(NORWAY, STATES, style=style), "html").decode()
    assert len(re.findall(r'd="M500,400Q[0-9]+,[0-9]+ [0-9]+,[0-9]+" fill="none"', html)) == 2 and "<title>home</title>" in html
    for kind in ("png", "svg"):
        assert draw_map(with_arcs(NORWAY, STATES, style=style), kind) != draw_map(drawing(NORWAY, STATES, style=style), kind)


@pytest.mark.parametrize(("text", "place"), [("0, 0", (5000, 2434)), ("NO", (200, 200)), ("us", (800, 200))])
def test_home_is_degrees_or_a_country(text: str, place: tuple[int, int]) -> None:
    assert WORLD.place_of(text) == place


@pytest.mark.parametrize("text", ["91, 0", "0, 181", "ZZ", "Oslo", "", "1" * 400])
def test_what_is_no_place_is_said(text: str) -> None:
    with pytest.raises(VardeError, match="is no place: write degrees"):
        WORLD.place_of(text)


def test_places_are_projected_as_the_outlines_are() -> None:
    """Oslo lies in Norway's outline, and the edges of the world at those of the map."""
    assert (unit(-180, 0)[0], unit(180, 0)[0], unit(0, 90)[1], unit(0, -90)[1]) == (0, WIDTH, 0, HEIGHT)
    world = load_world(Path(__file__).parents[2] / "src" / "varde" / "data")
    if not world.shapes:
        pytest.skip("the build made no outlines: start ./varde once")
    x, y = unit(10.75, 59.91)
    crossings = [a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) > x for ring in world.shapes["NO"] for a, b in pairwise(ring) if (a[1] > y) != (b[1] > y)]
    assert sum(crossings) % 2 == 1


@pytest.mark.parametrize(("part", "whole", "said"), [(1, 2, "50.0%"), (2, 2, "100.0%"), (9_999_999, 10_000_000, "99.9%"), (1, 10_000_000, "less than 0.1%"), (1, 1000, "0.1%")])
def test_a_share_is_neither_all_nor_nothing_unless_it_is(part: int, whole: int, said: str) -> None:
    assert share_said(part, whole) == said
