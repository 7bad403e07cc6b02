"""A picture of one value for wikis and alerts: name, value, the last hours as a line, and how old it is. 240 x 48, as SVG or PNG."""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw, ImageFont

from varde.views.palette import SCHEMES, Scheme

WIDTH, HEIGHT = 240, 48
SCALES = (1, 4)
"""Least and most of a PNG's size in whole times."""

_PAD = 6
_NAME_SIZE, _VALUE_SIZE, _UNIT_SIZE = 11, 17, 10
_NAME_LINE, _VALUE_LINE = 15, 39
"""Baselines."""

_LINE = (128, 20, WIDTH - _PAD, 42)
"""Left, top, right and bottom of the curve."""

_SMOOTH = 4
"""Times its size at which the curve of a PNG is drawn before it is made small."""

_FAMILY = "system-ui, 'DejaVu Sans', Verdana, sans-serif"
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Badge:
    """What is on it, in words; `points` are values of equal steps, the oldest first, None where unknown."""

    name: str
    value: str
    unit: str
    age: str
    points: Sequence[float | None]


def badge_svg(badge: Badge, scheme: str) -> str:
    """An SVG document that needs nothing beside itself."""
    look = SCHEMES[scheme]
    words = f"{badge.name}: {' '.join(filter(None, (badge.value, badge.unit)))}, {badge.age}"
    value = f'{escape(badge.value)}<tspan font-size="{_UNIT_SIZE}" font-weight="400" fill="{look.quiet}"> {escape(badge.unit)}</tspan>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label={quoteattr(words)}>',
        f"<title>{escape(words)}</title>",
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="4" fill="{look.panel}" stroke="{look.line}"/>',
        *(f'<path d="{_path([*run, (run[-1][0], _LINE[3]), (run[0][0], _LINE[3])])}Z" fill="{_colour(look)}" fill-opacity=".2"/>' for run in _runs(badge.points)),
        *(f'<path d="{_path(run)}" fill="none" stroke="{_colour(look)}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>' for run in _runs(badge.points)),
        f'<g font-family="{_FAMILY}" style="font-variant-numeric:tabular-nums">',
        f'<text x="{_PAD}" y="{_NAME_LINE}" font-size="{_NAME_SIZE}" fill="{look.ink}">{escape(badge.name)}</text>',
        f'<text x="{WIDTH - _PAD}" y="{_NAME_LINE}" font-size="{_UNIT_SIZE}" fill="{look.quiet}" text-anchor="end">{escape(badge.age)}</text>',
        f'<text x="{_PAD}" y="{_VALUE_LINE}" font-size="{_VALUE_SIZE}" font-weight="700" fill="{look.ink}">{value}</text>',
        "</g></svg>",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def badge_png(badge: Badge, scheme: str, scale: int = 1) -> bytes:
    """A PNG of so many times its size."""
    look = SCHEMES[scheme]
    image = _ground(badge, look, scale)
    pen = ImageDraw.Draw(image)
    pen.text((_PAD * scale, _NAME_LINE * scale), badge.name, look.ink, _font("", _NAME_SIZE * scale), anchor="ls")
    pen.text(((WIDTH - _PAD) * scale, _NAME_LINE * scale), badge.age, look.quiet, _font("", _UNIT_SIZE * scale), anchor="rs")
    bold = _font("-Bold", _VALUE_SIZE * scale)
    pen.text((_PAD * scale, _VALUE_LINE * scale), badge.value, look.ink, bold, anchor="ls")
    pen.text((_PAD * scale + pen.textlength(badge.value, bold) + 4 * scale, _VALUE_LINE * scale), badge.unit, look.quiet, _font("", _UNIT_SIZE * scale), anchor="ls")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _ground(badge: Badge, look: Scheme, scale: int) -> Image.Image:
    """Frame and curve, drawn large and made small."""
    times = scale * _SMOOTH
    large = Image.new("RGB", (WIDTH * times, HEIGHT * times), look.ground)
    pen = ImageDraw.Draw(large, "RGBA")
    pen.rounded_rectangle((0, 0, WIDTH * times - 1, HEIGHT * times - 1), 4 * times, look.panel, look.line, times)
    colour = _colour(look)
    for run in _runs(badge.points):
        points = [(x * times, y * times) for x, y in run]
        pen.polygon([*points, (points[-1][0], _LINE[3] * times), (points[0][0], _LINE[3] * times)], fill=f"{colour}33")
        pen.line(points, colour, round(1.5 * times), joint="curve")
    return large.resize((WIDTH * scale, HEIGHT * scale), Image.Resampling.LANCZOS)


def _runs(points: Sequence[float | None]) -> Iterator[list[_Point]]:
    """Places of what is known, piece by piece; what stands alone is a short stroke."""
    left, top, right, bottom = _LINE
    known = [value if value is not None and math.isfinite(value) else None for value in points]
    most = max((value for value in known if value is not None), default=0) or 1
    wide = (right - left) / max(1, len(known) - 1)
    run: list[_Point] = []
    for at, value in enumerate([*known, None]):
        if value is not None:
            run.append((left + at * wide, bottom - (bottom - top) * min(max(value, 0) / most, 1)))
        elif run:
            yield run if len(run) > 1 else [*run, (run[0][0] + wide, run[0][1])]
            run = []


def _path(points: Sequence[_Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _colour(look: Scheme) -> str:
    return look.planes["udp4"]


@lru_cache(maxsize=16)
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib; matplotlib itself takes a while to load, and is not asked."""
    found = find_spec("matplotlib")
    assert found is not None and found.origin is not None
    return ImageFont.truetype(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / f"DejaVuSans{weight}.ttf", size)
