"""Colours as property files name them: X11 names with their numbered shades, #RRGGBB and #RRGGBBAA."""

import re

from matplotlib.colors import CSS4_COLORS

_HEX = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
_SHADES = {"": 1.0, "1": 1.0, "2": 0.932, "3": 0.804, "4": 0.548}
"""X11's numbered colours are the first one darkened by so much."""

_GREY = re.compile(r"gr[ae]y([0-9]{1,3})")
_NAMED = re.compile(r"([a-z]+)([1-4]?)")
_X11 = {"green": "#00ff00", "gray": "#bebebe", "grey": "#bebebe", "maroon": "#b03060", "purple": "#a020f0", "violetred": "#d02090",
        "lightgoldenrod": "#eedd82", "lightslateblue": "#8470ff", "navyblue": "#000080"}  # fmt: skip
"""Where X11 means another colour than CSS, or CSS has none."""


def rgb_of(colour: str) -> str | None:
    """#rrggbb of a colour, None for what is none. Transparency is left out."""
    wanted = colour.strip().lower()
    if _HEX.fullmatch(wanted):
        return wanted[:7]
    if (grey := _GREY.fullmatch(wanted)) and int(grey[1]) <= 100:
        return f"#{round(int(grey[1]) * 2.55):02x}" + f"{round(int(grey[1]) * 2.55):02x}" * 2
    named = _NAMED.fullmatch(wanted)
    if named is None:
        return None
    base = _X11.get(named[1]) or CSS4_COLORS.get(named[1])
    if not isinstance(base, str):
        return None
    parts = (round(int(base[at : at + 2], 16) * _SHADES[named[2]]) for at in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def dot_colour(colour: str) -> str | None:
    """The colour as Graphviz may have it: a name it knows or hexadecimal digits, None for anything else."""
    wanted = colour.strip().lower()
    known = wanted in ("transparent", "invisible") or rgb_of(wanted) is not None
    return wanted if known else None
