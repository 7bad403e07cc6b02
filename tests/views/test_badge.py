"""Badges: what is on them in words and as a curve, whatever a name holds, in both looks."""

import io
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from varde.views.badge import HEIGHT, WIDTH, Badge, badge_png, badge_svg

HOSTILE = "</text><script>alert(1)</script>\"'&\u202e"
SVG = "{http://www.w3.org/2000/svg}"
BADGE = Badge("Login attempts", "24", "a minute", "4 s ago", [1.0, 5.0, None, 3.0, 2.0])


def picture(badge: Badge, scheme: str = "dark", scale: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(badge_png(badge, scheme, scale))).convert("RGB")


def test_words_are_words_and_the_curve_breaks_where_nothing_is_known() -> None:
    root = ElementTree.fromstring(badge_svg(BADGE, "dark"))
    assert "".join(root.find(f"{SVG}title").itertext()) == "Login attempts: 24 a minute, 4 s ago"  # type: ignore[union-attr]
    strokes = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert [path.count("L") for path in strokes] == [1, 1] and strokes[0] == "M128.0 37.6L154.5 20.0"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_what_a_name_holds_stays_text(scheme: str) -> None:
    root = ElementTree.fromstring(badge_svg(Badge(HOSTILE, HOSTILE, HOSTILE, HOSTILE, [1.0]), scheme))
    assert not list(root.iter(f"{SVG}script")) and {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "rect", "path", "g", "text", "tspan"}
    assert picture(Badge(HOSTILE, HOSTILE, HOSTILE, HOSTILE, []), scheme).size == (WIDTH, HEIGHT)


def test_looks_and_values_are_different_pictures_of_the_same_size() -> None:
    dark, light = picture(BADGE), picture(BADGE, "light")
    assert dark.size == light.size == (240, 48) and dark.getpixel((4, 4)) != light.getpixel((4, 4))
    other = picture(Badge("Login attempts", "25", "a minute", "4 s ago", BADGE.points))
    box = ImageChops.difference(dark, other).getbbox()
    assert box is not None and box[2] < 120 and box[1] > 18, "only the value is another"
    assert picture(BADGE, scale=3).size == (720, 144)


@pytest.mark.parametrize("points", [[], [None], [0.0], [0.0, 0.0], [float("inf"), 1.0], [-5.0, 3.0], [None, 4.0, None]])
def test_any_curve_is_drawn(points: list[float | None]) -> None:
    badge = Badge("x", "1", "", "1 s ago", points)
    assert "nan" not in badge_svg(badge, "dark") and picture(badge).size == (240, 48)
