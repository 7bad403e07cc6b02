"""Link graphs as pictures: nothing covers anything, at any size, whatever the names; measured on the geometry and on pixels."""

import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bench.links import TWO_WEEKS, synthetic_requests
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from varde.model import VardeError
from varde.query.graph import Graph, Options, link_graph
from varde.views.graph import FORMATS, GraphStyle, Look, arrange, as_document, draw_graph, measure, rows_for
from varde.views.graph.geometry import Box, Picture
from varde.views.graph.letters import elided, plain, width_of
from varde.views.graph.png import figure
from varde.views.graph.shapes import SHAPES, outline
from varde.views.palette import LINK_COLOURS, SCHEMES

HOSTILE = ("</text><script>alert(1)</script>", "\u202egnp.exe", "a\x00\x1b[31m", "مرحبا.example", "e\u0301\u0301\u0301\u0301", "𓀀" * 40, "W" * 400, "", "i", "]]>&<\"'")

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.integers(0, 400).map(lambda n: f"host{n}.example.org"))
requests = st.lists(st.tuples(texts, st.none() | st.integers(0, 65535), texts, st.integers(1, 10**6)), min_size=1, max_size=80)
sizes = st.tuples(st.integers(400, 8000), st.integers(300, 6000))


def frame(rows: list[tuple[str, int | None, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"source": pl.String, "port": pl.Int64, "target": pl.String, "count": pl.Int64}, orient="row")


def drawn(asked: pl.DataFrame, style: GraphStyle, **options: object) -> tuple[Graph, Picture]:
    graph = link_graph(asked, Options(rows_for(style), **options))  # type: ignore[arg-type]
    return graph, arrange(graph, style)


def covers(a: Box, b: Box) -> bool:
    return min(a.right, b.right) - max(a.left, b.left) > 1e-6 and min(a.bottom, b.bottom) - max(a.top, b.top) > 1e-6


def assert_readable(graph: Graph, picture: Picture) -> None:
    """Each pair looked at by itself: slower than what the picture says of itself, and independent of it."""
    objects = [(placed.node.number, placed.box) for placed in picture.objects]
    labels = [(label.node, label.box) for label in picture.labels]
    assert not [(a, b) for (a, x), (b, y) in combinations(objects, 2) if covers(x, y)]
    assert not [(a, b) for (a, x), (b, y) in combinations(labels, 2) if covers(x, y)]
    assert not [(a, b) for a, x in labels for b, y in objects if a != b and covers(x, y)]
    for _, box in objects + labels:
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= picture.width
        assert box.bottom <= picture.height
    assert measure(picture).node_overlaps == measure(picture).label_overlaps == 0
    assert picture.letters >= 9
    assert {placed.node.number for placed in picture.objects} == {node.number for node in graph.nodes}
    assert all(min(box.right - box.left, box.bottom - box.top) >= 8 for _, box in objects)
    assert graph.share >= 0.9


@settings(max_examples=40, deadline=None)
@given(rows=requests, size=sizes)
def test_nothing_covers_anything_at_any_size_with_any_names(rows: list[tuple[str, int | None, str, int]], size: tuple[int, int]) -> None:
    graph, picture = drawn(frame(rows), GraphStyle(*size))
    assert_readable(graph, picture)
    assert len(picture.labels) == len(picture.objects)


@pytest.mark.parametrize("size", [(400, 300), (400, 6000), (8000, 300), (1600, 1000), (8000, 6000)])
@pytest.mark.parametrize("count", [1, 200, 120_000])
def test_one_request_and_a_fortnight_of_them_are_readable(count: int, size: tuple[int, int]) -> None:
    shape = {"requests": count, "sources": min(count, 194), "ports": min(count, 14), "targets": min(count, 8437)}
    assert_readable(*drawn(synthetic_requests(**shape), GraphStyle(*size)))


def test_the_fortnight_shows_the_busiest_by_name_and_all_requests() -> None:
    asked = synthetic_requests(**TWO_WEEKS)
    graph, picture = drawn(asked, GraphStyle())
    assert measure(picture).labels_shown >= 40
    busiest = [node for node in graph.nodes if not node.folded][:10]
    shown = {run.text for label in picture.labels for run in label.runs}
    assert {node.label for node in busiest} <= shown
    assert graph.share == 1.0
    assert len(graph.nodes) <= 130


def test_requests_that_are_all_different_fit_too() -> None:
    rows = [(f"198.51.{n // 250}.{n % 250}", n % 65536, f"h{n}.example", 1) for n in range(20_000)]
    for size in ((400, 300), (1600, 1000)):
        assert_readable(*drawn(frame(rows), GraphStyle(*size)))


def test_area_is_proportional_to_requests_down_to_the_smallest_that_the_legend_names() -> None:
    rows = [(f"192.0.2.{n}", 25, f"mx{n}.example", 4**n) for n in range(8)]
    _, picture = drawn(frame(rows), GraphStyle())
    scale = picture.area_per_request
    for placed in picture.objects:
        wanted = max(placed.node.count, picture.smallest) * scale
        assert placed.area == pytest.approx(wanted)
        xs, ys = np.array(placed.points).T
        drawn_area = abs(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))) / 2
        assert drawn_area == pytest.approx(wanted, rel=1e-6)
        assert placed.box.right - placed.box.left == pytest.approx(xs.max() - xs.min())
    words = " ".join(text.text for text in picture.captions)
    assert f"{max(1, round(picture.smallest)):,} or fewer" in words
    assert "requests" in words


def test_every_outline_has_an_area_of_one_and_is_centred() -> None:
    for name in SHAPES:
        xs, ys = np.array(outline(name, 10, 20, 1)).T
        assert abs(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1))) / 2 == pytest.approx(1, rel=1e-6), name
        assert ((xs.max() + xs.min()) / 2, (ys.max() + ys.min()) / 2) == pytest.approx((10, 20))


def test_letters_are_as_wide_as_agg_draws_them() -> None:
    rows = [(f"198.51.100.{n}", port, name, n + 1) for n, (port, name) in enumerate([(25, "WWWWWWMMMM.example"), (443, "iiiillll.example"), (65535, "mx.example-with-hyphens.org")])]
    style = GraphStyle()
    _, picture = drawn(frame(rows), style)
    made = figure(picture, style)
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    for artist in made.axes[0].texts:
        if not artist.get_text():
            continue
        ink = artist.get_window_extent(canvas.get_renderer())
        told = next(run for run in (*picture.captions, *(r for label in picture.labels for r in label.runs))
                    if run.text == artist.get_text() and run.x == artist.get_position()[0])  # fmt: skip
        assert ink.width <= told.width + 1
        assert ink.width >= told.width - 5


def test_what_is_drawn_as_ink_stays_inside_its_label() -> None:
    """Drawn with and without labels: pixels differ only inside the boxes of labels and captions."""
    style = GraphStyle(700, 400, SCHEMES["light"])
    _, picture = drawn(frame([("192.0.2.1", 25, "gjpqy.ÅÇ|.example", 9), ("2001:db8::1", 65535, "mx2.example", 3)]), style)
    bare = Picture(picture.width, picture.height, picture.letters, picture.objects, (), picture.flows, picture.marks, (), 1.0, 1.0)
    with_labels, without = (pixels(one, style) for one in (picture, bare))
    changed = np.argwhere((with_labels != without).any(axis=2))
    assert len(changed) > 500
    boxes = [label.box for label in picture.labels] + [
        Box(text.x, text.baseline - text.size, text.x + text.width, text.baseline + 0.3 * text.size) for text in picture.captions
    ]
    outside = [(x, y) for y, x in changed if not any(b.left - 1 <= x <= b.right + 1 and b.top - 1 <= y <= b.bottom + 1 for b in boxes)]
    assert outside == []


def pixels(picture: Picture, style: GraphStyle) -> np.ndarray:
    canvas = FigureCanvasAgg(made := figure(picture, style))
    made.set_facecolor(style.scheme.ground)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_the_same_requests_give_the_same_octets() -> None:
    asked = synthetic_requests(2000, 40, 6, 300)
    for kind in ("png", "svg", "html"):
        style = GraphStyle(900, 600)
        first, second = (draw_graph(link_graph(asked.sample(fraction=1, shuffle=True, seed=seed), Options(rows_for(style))), kind, style) for seed in (1, 2))
        assert first == second, kind


def test_png_has_the_size_and_the_colours_that_were_asked() -> None:
    for scheme in LINK_COLOURS:
        style = GraphStyle(800, 500, SCHEMES[scheme])
        image = (imread(io.BytesIO(draw_graph(link_graph(frame([("a", 25, "b", 3)])), "png", style)))[:, :, :3] * 255).round().astype(int)
        assert image.shape == (500, 800, 3)
        seen = {tuple(colour) for colour in image.reshape(-1, 3).tolist()}
        colours = style.colours
        for wanted in (style.scheme.ground, colours.source, colours.port, colours.target):
            assert tuple(int(wanted[at : at + 2], 16) for at in (1, 3, 5)) in seen, (scheme, wanted)


def test_svg_parses_and_hostile_names_are_only_text() -> None:
    asked = frame([(name, 25, name[::-1], 5) for name in HOSTILE])
    graph, picture = drawn(asked, GraphStyle())
    root = ET.fromstring(draw_graph(graph, "svg", GraphStyle()))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "desc", "rect", "g", "path", "text", "title"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]
    shown = [run.text for label in picture.labels for run in label.runs]
    assert set(shown) <= {element.text for element in root.iter() if element.tag.endswith("}text")}
    assert not [text for text in shown if not text.isprintable() or "\u202e" in text]
    lengths = [(float(e.attrib["textLength"]), width_of(e.text or "", float(e.attrib["font-size"]))) for e in root.iter() if e.tag.endswith("}text") and "font-weight" not in e.attrib]
    assert all(abs(length - width) < 2 for length, width in lengths)


@settings(deadline=None)
@given(text=st.text(max_size=60), room=st.floats(0, 300))
def test_a_shortened_name_fits_and_keeps_its_end(text: str, room: float) -> None:
    shown = elided(plain(text), 10, room)
    assert shown == "" or width_of(shown, 10) <= room or shown == plain(text)
    if "\N{HORIZONTAL ELLIPSIS}" in shown and "\N{HORIZONTAL ELLIPSIS}" not in text:
        head, _, tail = shown.partition("\N{HORIZONTAL ELLIPSIS}")
        assert plain(text).startswith(head)
        assert plain(text).endswith(tail)
        assert len(tail) >= len(head)


def test_a_property_file_s_looks_are_drawn() -> None:
    looks = {("source", "192.0.2.1"): Look("#123456", "diamond", 100.0, "the spammer"), ("source", "192.0.2.2"): Look(size=25.0)}
    style = GraphStyle(looks=looks)
    _, picture = drawn(frame([("192.0.2.1", 25, "a.example", 1), ("192.0.2.2", 25, "a.example", 50)]), style)
    first, second = (next(p for p in picture.objects if p.node.label == name) for name in ("192.0.2.1", "192.0.2.2"))
    assert (first.fill, len(first.points)) == ("#123456", 4)
    assert first.area == pytest.approx(4 * second.area)
    assert "the spammer" in {run.text for label in picture.labels for run in label.runs}


def test_new_objects_say_so() -> None:
    before = frame([("192.0.2.1", 25, "a.example", 1)])
    graph, picture = drawn(frame([("192.0.2.1", 25, "a.example", 1), ("192.0.2.9", 25, "b.example", 1)]), GraphStyle(), before=before)
    marked = {label.node for label in picture.labels if label.runs[0].text == "new"}
    assert marked == {node.number for node in graph.nodes if node.label in ("192.0.2.9", "b.example")}


def test_json_counts_what_is_shown_and_has_every_member() -> None:
    asked = synthetic_requests(5000, 60, 8, 700)
    style = GraphStyle(800, 500)
    graph = link_graph(asked, Options(rows_for(style)))
    document = json.loads(draw_graph(graph, "json", style))
    assert (document["requests"], document["sources"], document["ports"], document["targets"]) == (5000, 60, 8, 700)
    assert document["triples"] == len(asked)
    assert document["layout"] == "columns"
    assert document["shown"]["nodes"] == len(document["nodes"])
    assert document["shown"]["edges"] == len(document["edges"])
    assert document["shown"]["folded_nodes"] == sum(node["kind"] == "group" for node in document["nodes"]) > 0
    assert document["readability"]["node_overlaps"] == document["readability"]["label_overlaps"] == 0
    assert {m["name"] for node in document["nodes"] if node["role"] == "target" for m in node["members"]} == set(asked["target"])
    assert as_document(graph, style, 0.0).keys() == document.keys()


def test_a_picture_without_requests_is_drawn_and_says_so() -> None:
    for kind in FORMATS:
        assert draw_graph(link_graph(frame([])), kind, GraphStyle())
    assert b"No requests" in draw_graph(link_graph(frame([])), "svg", GraphStyle())


@pytest.mark.parametrize("size", [(399, 300), (400, 299), (8001, 300), (400, 6001)])
def test_sizes_out_of_bounds_are_refused_in_words(size: tuple[int, int]) -> None:
    with pytest.raises(VardeError, match="400 x 300 to 8000 x 6000"):
        arrange(link_graph(frame([("a", 1, "b", 1)])), GraphStyle(*size))


def test_more_objects_than_rows_are_refused_with_the_height_they_need() -> None:
    rows = [(f"192.0.2.{n}", 25, "a.example", 1) for n in range(100)]
    with pytest.raises(VardeError, match="102 objects do not fit into 400 x 300 pixels: make it"):
        arrange(link_graph(frame(rows)), GraphStyle(400, 300))


@pytest.mark.parametrize("name", ["edges200.csv", "edges1000.csv", "edges10000.csv"])
def test_the_lab_s_graphs_are_readable(name: str, shared: Path) -> None:
    asked = pl.read_csv(shared / "data/lab/graphviz" / name, has_header=False, new_columns=["source", "port", "target"]).with_columns(count=pl.lit(1))
    for size in ((400, 300), (1600, 1000)):
        assert_readable(*drawn(asked, GraphStyle(*size)))


def test_the_smallest_object_is_eight_pixels_wide_to_the_last_bit() -> None:
    long, other = "</text><script>alert(1)</script>", "\u202egnp.exe"
    rows = [(long, None, long, 66), (long, 4, long, 311_526), (other, None, other, 499_999), *((long, port, long, 1) for port in range(4))]
    assert_readable(*drawn(frame(rows), GraphStyle(2441, 300)))


@pytest.mark.parametrize("height", [300, 1000, 5521, 5703, 6000])
def test_a_narrow_picture_labels_every_object_however_tall(height: int) -> None:
    rows = [(name * 3, port, name * 9, 3**port) for port, name in enumerate(("e\u0301", "</text>", "\u202egnp", "wide WIDE "))]
    graph, picture = drawn(frame(rows), GraphStyle(400, height))
    assert_readable(graph, picture)
    assert len(picture.labels) == len(picture.objects)

_MANY = """
import random
from concurrent.futures import ThreadPoolExecutor
from varde.views.graph.letters import width_of

names = [f"{random.Random(n).getrandbits(200):x}.example \\u00e6" for n in range(300)]
measured = lambda n: width_of(names[n % 300], 8 + n % 7, bold=n % 2 == 0)
with ThreadPoolExecutor(8) as pool:
    together = list(pool.map(measured, range(1200)))
width_of.cache_clear()
assert together == [measured(n) for n in range(1200)]
"""


def test_letters_are_measured_alike_by_many_threads_at_once() -> None:
    """The page draws several pictures at once. A process of its own, because what goes wrong here ends it."""
    done = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_name_of_blanks_can_be_seen() -> None:
    assert [plain(name) for name in ("  ", " a b ", "")] == [r"\u{20}\u{20}", " a b ", ""]
