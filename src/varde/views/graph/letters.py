"""Letters: how wide a text really is, and which characters a picture may show."""

import unicodedata
from functools import lru_cache
from threading import Lock

from matplotlib.backends.backend_agg import get_hinting_flag
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

FAMILY = "DejaVu Sans"  # comes with matplotlib, so a text is as wide on every machine
ASCENT, DESCENT = 0.93, 0.24
"""Of the font, in letters' heights: no character that `plain` lets through leaves them."""

LINE = ASCENT + DESCENT
_LONGEST = 300  # characters; a label has room for fewer

_IN_USE = Lock()
"""A font has one size and one text at a time, and other threads run while it measures: two at once corrupt the memory of the process."""


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    """Its own copy of what Agg draws with: sizes set here are nobody else's."""
    return FT2Font(findfont(f"{FAMILY}:bold" if bold else FAMILY))


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width in pixels, as Agg draws it; blanks at the ends count."""
    flags = get_hinting_flag()  # type: ignore[no-untyped-call]
    with _IN_USE:
        font = _font(bold)
        font.set_size(size, 72)
        # strokes around it: the font measures ink, and the ends of a text may be blank or narrow
        font.set_text(f"|{text}|", 0, flags=flags)
        both = font.get_width_height()[0]
        font.set_text("||", 0, flags=flags)
        return float(both - font.get_width_height()[0]) / 64 + 1.0


@lru_cache(maxsize=65536)
def _shown(character: str) -> bool:
    """Printable, from left to right, standing alone, and in the font: anything else could move or hide its neighbours."""
    if not character.isprintable() or unicodedata.category(character)[0] == "M":
        return False
    if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        return False
    with _IN_USE:
        return _font(False).get_char_index(ord(character)) != 0


def plain(text: str) -> str:
    """Text as a picture may have it: what it cannot show safely, and blanks alone, is written as \\u{...}."""
    is_blank = text.isspace()
    return "".join(c if _shown(c) and not is_blank else f"\\u{{{ord(c):x}}}" for c in text[:_LONGEST])


def elided(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or its beginning and end with … between them, at most `room` pixels wide; empty where nothing fits."""
    if width_of(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(_cut(text, middle), size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low) if low else ""


def _cut(text: str, kept: int) -> str:
    """Of what is kept the end gets the larger part: in a host name it says whose it is."""
    tail = (kept * 3 + 4) // 5
    return text[: kept - tail] + "\N{HORIZONTAL ELLIPSIS}" + (text[-tail:] if tail else "")
