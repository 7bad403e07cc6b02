"""Captions of findings: they cover no data and no other words, stand near what they name, and what does not fit is counted."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from varde.model import PLANES
from varde.query import Answer, Window
from varde.query.engine import microseconds
from varde.views.axes import day_window
from varde.views.outlines import OUTLINED_MAX, Mark, taken_of
from varde.views.placing import (
    NOTHING,
    REACH,
    Letters,
    Marked,
    Placed,
    mark_out,
)

WIDTH, HEIGHT = 240, 120
DAY = Window(*day_window(date(2026, 11, 20), ZoneInfo("UTC")))
FIRST, LAST = microseconds(DAY.first), microseconds(DAY.last)
LETTERS = Letters(lambda words: 5.5 * len(words), 12.0, beside=20, above=16)


def answer_of(cells: list[tuple[int, int]], width: int = WIDTH, height: int = HEIGHT) -> Answer:
    """A day with one probe in each of these cells, column from the left and row from the bottom."""
    empty = {plane.key: np.empty((0, 3), dtype=np.int64) for plane in PLANES}
    grids = empty | {"tcp4": np.array([(x, y, 1) for x, y in cells], dtype=np.int64).reshape(-1, 3)}
    naked = {plane.key: np.empty((0, 2), dtype=np.int64) for plane in PLANES}
    return Answer(DAY, width, height, 1, 65535, {"tcp4": len(cells)}, 1, grids, naked, naked)


def mark(name: str, hours: tuple[float, float], ports: tuple[int, int], caption: str = "Port scan: 192.0.2.7, 1,000 ports, 2.8/s") -> Mark:
    first, last = (FIRST + round(hour * 3.6e9) for hour in hours)
    low, high = ports
    return Mark(name, "vertical", "Port scan", caption, ((first, low), (first, high), (last, high), (last, low)), ("tcp4",), 1000)


cells = st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), min_size=1, max_size=1500, unique=True)
spans = st.tuples(st.floats(-3, 27), st.floats(-3, 27)).map(sorted).map(tuple)
ranges = st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(sorted).map(tuple)
captions = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
marks = st.lists(st.tuples(spans, ranges, captions), max_size=OUTLINED_MAX + 4).map(lambda many: [mark(f"m{n}", *one) for n, one in enumerate(many)])


def pixels(placed: Placed, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of the picture and its margins that the words touch."""
    above, beside, (width, height) = LETTERS.above, LETTERS.beside, size
    canvas = np.zeros((height + above, width + beside), dtype=bool)
    box = placed.box
    assert box.left >= 0 and box.top >= -above and box.left + box.width <= width + beside and box.top + box.height <= height
    rows = slice(int(np.floor(box.top)) + above, int(np.ceil(box.top + box.height)) + above)
    canvas[rows, int(np.floor(box.left)) : int(np.ceil(box.left + box.width))] = True
    return canvas


@settings(deadline=None, max_examples=80)
@given(cells, marks)
def test_no_words_cover_data_or_other_words(cells: list[tuple[int, int]], marks: list[Mark]) -> None:
    answer = answer_of(cells)
    marked = mark_out(marks, answer, LETTERS)
    taken = np.pad(taken_of(answer), ((LETTERS.above, 0), (0, LETTERS.beside)))
    for placed in marked.placed:
        own = pixels(placed, (WIDTH, HEIGHT))
        assert not (own & taken).any()
        taken |= own


@settings(deadline=None, max_examples=30)
@given(cells, marks)
def test_every_finding_in_the_picture_is_outlined_or_counted(cells: list[tuple[int, int]], marks: list[Mark]) -> None:
    marked = mark_out(marks, answer_of(cells), LETTERS)
    inside = [one for one in marks if one.corners[0][0] < LAST and one.corners[2][0] > FIRST]
    assert len(inside) <= sum(1 + len(one.group.alike) for one in marked.placed) + marked.left_out <= len(marks)
    assert len({one.number for one in marked.placed}) == len(marked.placed) <= OUTLINED_MAX
    assert mark_out(marks, answer_of(cells), LETTERS) == marked


@settings(deadline=None, max_examples=30)
@given(cells, marks)
def test_a_caption_is_near_its_outline_and_says_all_its_words(cells: list[tuple[int, int]], marks: list[Mark]) -> None:
    for placed in mark_out(marks, answer_of(cells), LETTERS).placed:
        if placed.told:
            assert "".join(placed.words).replace(" ", "") == "".join(f"{placed.number}{placed.group.caption}".split())
            x, y = np.array(placed.outline).T
            assert placed.box.left <= x.max() + REACH + 1 and placed.box.left + placed.box.width >= x.min() - REACH - 1
            assert placed.box.top <= y.max() + REACH + 1 and placed.box.top + placed.box.height >= y.min() - REACH - 1
        else:
            assert placed.words == (str(placed.number),)
        if placed.leader:
            assert placed.box.nearest(placed.leader[0]) == placed.leader[0]


def only(marked: Marked) -> Placed:
    (placed,) = marked.placed
    return placed


def test_in_an_empty_picture_a_caption_stands_right_beside_its_outline_in_one_line() -> None:
    placed = only(mark_out([mark("a", (10, 11), (100, 1000))], answer_of([(0, 0)]), LETTERS))
    assert placed.told and placed.leader is None
    assert placed.words == ("1 Port scan: 192.0.2.7, 1,000 ports, 2.8/s",)


def test_where_no_line_fits_a_caption_is_broken_and_where_no_lines_fit_its_number_stands_for_it() -> None:
    one = mark("a", (10, 11), (100, 1000))
    columns = [(x, y) for x in range(0, WIDTH, 150) for y in range(HEIGHT)]
    broken = only(mark_out([one], answer_of(columns), LETTERS))
    assert broken.told and len(broken.words) == 2
    dense = [(x, y) for x in range(0, WIDTH, 24) for y in range(0, HEIGHT, 10)]
    marked = mark_out([one], answer_of(dense), replace(LETTERS, above=0))
    assert only(marked).words == ("1",) and marked.untold == marked.placed


def test_where_every_pixel_is_data_the_number_stands_in_the_margin() -> None:
    full = [(x, y) for x in range(WIDTH) for y in range(HEIGHT)]
    placed = only(mark_out([mark("a", (10, 11), (100, 1000))], answer_of(full), LETTERS))
    assert placed.box.top < 0 or placed.box.left >= WIDTH
    assert placed.leader is not None
    without = replace(LETTERS, beside=0, above=0)
    assert mark_out([mark("a", (10, 11), (100, 1000))], answer_of(full), without) == Marked((), 1)


def test_sources_of_one_shape_have_one_outline_that_says_how_many() -> None:
    same = [mark(f"m{n}", (10, 11 + n / 50), (100, 1000), f"Slow scan {n}") for n in range(5)]
    other_kind, elsewhere = replace(same[0], id="other", kind="flags"), mark("far", (18, 19), (100, 1000))
    marked = mark_out([*same, other_kind, elsewhere], answer_of([(0, 0)]), LETTERS)
    assert [(placed.mark.id, len(placed.group.alike)) for placed in marked.placed] == [("m0", 4), ("other", 0), ("far", 0)]
    assert " ".join(marked.placed[0].words) == "1 Slow scan 0, and 4 alike"
    assert marked.left_out == 0


def test_what_is_spread_over_the_picture_is_counted_and_not_outlined() -> None:
    wide = replace(mark("wide", (1, 23), (2, 60000)), events=20)
    dense, small = replace(wide, id="dense", events=4000), replace(wide, id="small", corners=mark("", (10, 11), (100, 200)).corners)
    marked = mark_out([wide, dense, small], answer_of([(0, 0)]), LETTERS)
    assert [placed.mark.id for placed in marked.placed] == ["dense", "small"]
    assert marked.left_out == 1


def test_more_than_are_outlined_are_counted_and_what_is_elsewhere_is_not() -> None:
    many = [mark(f"m{n}", (n, n + 0.5), (10, 20)) for n in range(OUTLINED_MAX + 3)]
    elsewhere = [mark("before", (-5, -4), (10, 20)), mark("after", (25, 26), (10, 20))]
    marked = mark_out([*elsewhere, *many], answer_of([(0, 0)]), LETTERS)
    assert [placed.mark.id for placed in marked.placed] == [f"m{n}" for n in range(OUTLINED_MAX)]
    assert marked.left_out == 3


def test_a_zoom_to_ports_shows_what_crosses_it_and_its_outline_ends_there() -> None:
    answer = replace(answer_of([(0, 0)]), port_min=400, port_max=500)
    placed = only(mark_out([mark("a", (10, 11), (100, 1000)), mark("b", (10, 11), (10, 20))], answer, LETTERS))
    assert placed.mark.id == "a"
    assert min(y for _, y in placed.outline) >= -6 and max(y for _, y in placed.outline) <= HEIGHT + 6


def test_an_empty_picture_has_nothing_to_outline() -> None:
    assert mark_out([mark("a", (10, 11), (100, 1000))], answer_of([]), LETTERS) == NOTHING


def test_a_large_picture_is_searched_in_coarser_cells_and_no_word_covers_data() -> None:
    rng = np.random.default_rng(5)
    width, height = 2400, 1200
    spots = {(int(x), int(y)) for x, y in zip(rng.integers(0, width, 9000), rng.integers(0, height, 9000), strict=True)}
    answer = answer_of(sorted(spots), width, height)
    marked = mark_out([mark("a", (10, 11), (100, 1000)), mark("b", (3, 20), (5000, 6000))], answer, LETTERS)
    taken = np.pad(taken_of(answer), ((LETTERS.above, 0), (0, LETTERS.beside)))
    assert len(marked.placed) == 2
    assert not any((pixels(placed, (width, height)) & taken).any() for placed in marked.placed)
