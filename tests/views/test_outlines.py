"""Outlines: they hold their data with air around it, are convex, and end at the edges of the picture."""

import math
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.views.test_placing import DAY, FIRST, HEIGHT, LAST, WIDTH, answer_of

from varde.views.outlines import AIR, Mark, Point, Polygon, Sheet, cut, edge_points, hull, outline_of

SHEET = Sheet.of(answer_of([]))
points = st.tuples(st.integers(-50, 300), st.integers(-50, 200)).map(lambda point: (float(point[0]), float(point[1])))
clouds = st.lists(points, min_size=1, max_size=40)


def turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def holds(polygon: Polygon, point: Point, slack: float = 1e-6) -> bool:
    """Whether a point is within a convex polygon: to no side of any edge."""
    turns = [turn(a, b, point) for a, b in zip(polygon, (*polygon[1:], polygon[0]), strict=True)]
    return min(turns) >= -slack or max(turns) <= slack


@given(clouds)
def test_a_hull_is_convex_and_holds_all_its_points(cloud: list[Point]) -> None:
    found = hull(cloud)
    assert set(found) <= set(cloud)
    if len(found) > 2:
        assert all(holds(found, point) for point in cloud)
        assert all(turn(a, b, c) > 0 for a, b, c in zip(found, (*found[1:], found[0]), (*found[2:], *found[:2]), strict=True))


@given(clouds)
def test_a_cut_polygon_lies_within_the_rectangle_and_within_the_polygon(cloud: list[Point]) -> None:
    whole = hull(cloud)
    part = cut(whole, 0, 0, WIDTH, HEIGHT)
    assert all(-1e-9 <= x <= WIDTH + 1e-9 and -1e-9 <= y <= HEIGHT + 1e-9 for x, y in part)
    assert {point for point in whole if 0 <= point[0] <= WIDTH and 0 <= point[1] <= HEIGHT} <= set(part)
    if len(whole) > 2:
        assert all(holds(whole, point, 1e-3) for point in part)


@given(st.lists(st.tuples(st.integers(FIRST, LAST - 1), st.integers(1, 65535)), min_size=1, max_size=30))
def test_an_outline_has_air_around_all_its_data(corners: list[tuple[int, int]]) -> None:
    polygon = outline_of(Mark("a", "art", "Drawing", "", tuple(corners)), SHEET)
    for time, port in corners:
        x, y = SHEET.point(time, port)
        around = [(x + (AIR - 0.2) * math.cos(turn), y + (AIR - 0.2) * math.sin(turn)) for turn in (0, 0.8, 1.6, 2.4, 3.2, 4.0, 4.8, 5.6)]
        # beyond the picture there is none, and an outline that is cut at both of its edges ends there
        inside = [point for point in around if 0 <= point[0] <= WIDTH and 0 <= point[1] <= HEIGHT]
        assert all(holds(polygon, point, 1e-3) for point in inside)


def test_one_packet_has_an_outline_that_is_seen() -> None:
    polygon = outline_of(Mark("a", "art", "Drawing", "", ((FIRST + (LAST - FIRST) // 2, 443),)), SHEET)
    x, y = zip(*polygon, strict=True)
    assert max(x) - min(x) == 2 * AIR and round(max(y) - min(y), 6) == 2 * AIR


def test_port_and_time_are_where_the_picture_draws_them() -> None:
    noon = DAY.first + timedelta(hours=12)
    x, y = SHEET.point(int(noon.timestamp() * 1e6), 65535)
    assert (x, y) == (WIDTH / 2, 0.5)
    assert SHEET.point(FIRST, 1) == (0, HEIGHT - 0.5)


def test_what_lies_before_after_or_beside_has_no_outline() -> None:
    hour = 3_600_000_000
    assert outline_of(Mark("a", "art", "", "", ((FIRST - hour, 20), (FIRST - 1, 30))), SHEET) == ()
    assert outline_of(Mark("a", "art", "", "", ((LAST + 1, 20), (LAST + hour, 30))), SHEET) == ()
    narrow = Sheet(WIDTH, HEIGHT, FIRST, LAST, 400, 500)
    assert outline_of(Mark("a", "art", "", "", ((FIRST, 20), (LAST - 1, 30))), narrow) == ()


@given(clouds, st.floats(0.5, 20))
def test_points_of_an_edge_are_no_further_apart_than_asked(cloud: list[Point], step: float) -> None:
    polygon = hull(cloud)
    along = edge_points(polygon, step).tolist()
    assert set(polygon) <= {(x, y) for x, y in along} | {polygon[0]}
    assert all(math.dist(a, b) <= step + 1e-9 for a, b in pairwise(along))
