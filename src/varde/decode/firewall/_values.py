"""What lines have in the places of their shapes: numbers, digits of texts, and where stamps change."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.firewall._numerals import FEW, MANY, masks, numbers
from varde.decode.firewall._places import DIGITS_MAX, FIELDS, STAMPS, Ints, Places
from varde.decode.lines import Words

CHUNK = 2_048
"""Lines of which numbers are read at a time: all that is touched meanwhile fits into a processor's second cache."""

_ARE_NUMBERS = np.array([name not in STAMPS for name in FIELDS])
_PARTS = ((FEW, 1, FEW, 0), (MANY, FEW + 1, DIGITS_MAX, 0), (MANY, MANY + 1, DIGITS_MAX, MANY))
"""Digits that are read at a time, of numbers that have from so many to so many, but for so many at their end."""


def fields(places: Places, which: Ints, block: dict[int, Words], start: Ints) -> dict[str, Ints]:
    """Numbers of lines that begin at `start`, of which `which` are the places; 0 where a line has none."""
    found: dict[str, Ints] = {}
    longest = places.length[np.flatnonzero(np.bincount(which))].max(axis=0)
    for width, least, most, behind in _PARTS:
        columns = np.flatnonzero(_ARE_NUMBERS & (longest >= least) & (longest <= most))
        length = np.maximum(places.length[:, columns].T - behind, 0)
        end = np.maximum(places.begin[:, columns].T + length, 0)
        made = _numbers(block[width], end, masks(length, width), which, start)
        for column, value in zip(columns.tolist(), made, strict=True):
            found[FIELDS[column]] = value * 10**behind + found[FIELDS[column]] if behind else value
    return found


def _numbers(block: Words, end: Ints, mask: Words, which: Ints, start: Ints) -> Ints:
    """(fields, lines) numbers; `end` and `mask` are (fields, places)."""
    found = np.empty((len(end), len(start)), dtype=np.int64)
    for begin in range(0, len(start) if len(end) else 0, CHUNK):
        some = slice(begin, begin + CHUNK)
        mine = which[some]
        found[:, some] = numbers(block, start[some] + end.take(mine, axis=1), mask.take(mine, axis=1))
    return found


def digits_of_texts(places: Places, which: Ints, octets: NDArray[np.uint8], start: Ints) -> NDArray[np.uint8]:
    """(lines, as many as one has) octets; behind those of a line one that is no digit, again and again."""
    kept = places.kept[:, : places.kept_count[np.flatnonzero(np.bincount(which))].max()]
    digits = np.empty((len(start), kept.shape[1]), dtype=np.uint8)
    for begin in range(0, len(start), CHUNK):
        some = slice(begin, begin + CHUNK)
        digits[some] = octets[start[some, None] + kept.take(which[some], axis=0)]
    return digits


def changes(places: Places, which: Ints, block: Words, start: Ints) -> NDArray[np.intp]:
    """Rows of lines whose stamps are not those of the line before: most have the same where stamps are whole seconds. All rows
    where few have. `block` are words of eight octets."""
    kind = places.kinds.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy()
    same = _as_before(kind[which])
    same[:2] = False  # words that end with a stamp of the first line may begin before the block
    for column in (FIELDS.index(name) for name in STAMPS):
        length = places.length[which, column]
        end = start + places.begin[which, column] + length
        same &= _as_before(length)
        for behind in range(0, int(length.max()), MANY):
            same &= _as_before(block[end - behind - MANY])
            if same.sum() * 2 < len(same):
                return np.arange(len(same))
    return np.flatnonzero(~same)


def within_first_word(places: Places, which: int) -> bool:
    """Whether a line has a number that ends within its first MANY octets."""
    end = places.begin[which] + places.length[which]
    return bool((_ARE_NUMBERS & (places.length[which] > 0) & (end < MANY)).any())


def _as_before(values: NDArray[Any]) -> NDArray[np.bool_]:
    same = np.zeros(len(values), dtype=bool)
    np.equal(values[1:], values[:-1], out=same[1:])
    return same
