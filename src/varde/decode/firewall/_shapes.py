"""Lines that differ in nothing but numbers, addresses and stamps are read once, and those are put in as columns.

A busy firewall prints few sentences. Digits that no expression tells apart are blanked, and lines that are then alike have
one shape. Of each shape one line is matched, once for all blocks, to see where its fields stand (`_places`). Of lines that
are alike but for their numbers, addresses and stamps, one goes through the engine and stands for all of them (`_fold`), in
later blocks too (`_sentences`)."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from varde.decode.batch import Origin
from varde.decode.firewall._columns import FIRST, LAST, PORT_MAX, times
from varde.decode.firewall._dialect import Dialect
from varde.decode.firewall._digits import literals, seeing_headers, told
from varde.decode.firewall._fold import Fold, Spoken
from varde.decode.firewall._numerals import eights, masks, numbers
from varde.decode.firewall._places import ADDRESSES, FIELDS, PLACES_MAX, STAMPS, Ints, Places, find
from varde.decode.firewall._sentences import Sentences
from varde.decode.lines import Lines

LINES_MIN = 1_000
"""Lines of a block: looking for shapes costs as much as reading some hundred lines."""

ROWS_MIN = 3
"""Lines of a new shape in a block: finding its places costs as much as reading three."""

CHUNK = 4_096
"""Lines of which numbers are read at a time: all that is touched meanwhile fits into a processor's second cache."""

SHAPES_MAX = 20_000
"""Shapes remembered: a month of a firewall has fewer, and what is new to it is then learnt anew."""

_BLANK = 10  # a line feed, which no line has
_ZERO = 48
_NO_TOP = 2**63 - 1
_TOPS = np.array([255] * 4 * len(ADDRESSES) + [PORT_MAX if name.endswith("_port") else _NO_TOP for name in FIELDS[4 * len(ADDRESSES) :]])
_ARE_NUMBERS = np.array([name not in STAMPS for name in FIELDS])
_AT_ONCE = 8  # digits
_CACHED = 256 * 1024  # octets that are worked on while they are in a processor's second cache
_NO_PLACES, _UNSEEN = -1, -2


class Shapes:
    """What was found out about the shapes of one dialect's lines. Not shared between threads."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._texts = literals(dialect)
        self._known: dict[bytes, int] = {}
        self._places = Places.none()
        self._sentences = Sentences()

    def fold(self, lines: Lines, origin: Origin) -> Fold | None:
        """Fold a block as far as it can be; None where that is not worth while. `lines` must be all of the block."""
        if self._texts is None or len(lines) < LINES_MIN:
            return None
        blanked = _blanked(lines, self._texts)
        shape, first, names = _numbered(blanked, lines)
        often = np.bincount(shape, minlength=len(first)) >= ROWS_MIN
        new = np.flatnonzero((self._numbers(names) == _UNSEEN) & often & (lines.length[first] < PLACES_MAX))
        if len(new):
            self._learn(lines, first[new], [names[row] for row in new.tolist()])
        number = self._numbers(names)[shape]
        return self._fold(number, blanked, lines, origin) if (number >= 0).any() else None

    def _numbers(self, names: list[bytes]) -> Ints:
        return np.array([self._known.get(name, _UNSEEN) for name in names], dtype=np.int64)

    def _learn(self, lines: Lines, rows: NDArray[np.intp], names: list[bytes]) -> None:
        """Find the places of new shapes, of which `rows` are lines."""
        if len(self._known) + len(names) > SHAPES_MAX:
            self._known, self._places = {}, Places.none()
        seeing = lines.take(rows).text.str.contains(seeing_headers()).to_numpy()
        found, of = find(self._dialect, lines, rows[~seeing], self._texts or ())
        number = np.full(len(rows), _NO_PLACES)
        number[np.flatnonzero(~seeing)[of]] = np.arange(len(found)) + len(self._places)
        self._known.update(zip(names, number.tolist(), strict=True))
        self._places = self._places.followed(found)

    def _fold(self, number: Ints, blanked: NDArray[np.uint8], lines: Lines, origin: Origin) -> Fold:
        rows = np.flatnonzero(number >= 0)
        which = number[rows]
        values, good = self._numbers_in(which, lines, lines.start[rows], blanked)
        moments = times(self._stamps(which, lines, lines.start[rows]), origin, 0)
        good &= moments.is_between(FIRST, LAST).fill_null(value=False).to_numpy()
        values["time"] = moments.fill_null(0).to_numpy()
        rows = rows[good]
        sentence, _, names = _numbered(blanked, lines)
        return Fold.of(rows, {name: value[good] for name, value in values.items()}, Spoken(sentence, names, self._sentences))

    def _numbers_in(
        self, which: Ints, lines: Lines, start: Ints, blanked: NDArray[np.uint8]
    ) -> tuple[dict[str, Ints], NDArray[np.bool_]]:
        """Numbers of lines that begin at `start`, and in which of them none is out of its range. Digits of texts are put
        back: blank are then only numbers, addresses, stamps, and what nobody asks for."""
        places, words, octets = self._places, eights(lines.octets), lines.octets
        present = np.bincount(which, minlength=len(places)) > 0
        columns = np.flatnonzero((places.length[present] > 0).any(axis=0) & _ARE_NUMBERS)
        length, kept = places.length[:, columns], places.kept[:, : places.kept_count[present].max()].astype(np.int16)
        end, mask = places.begin[:, columns] + length, masks(length)
        long = np.flatnonzero((length[present] > _AT_ONCE).any(axis=0))
        end_of_high = np.maximum(end[:, long] - _AT_ONCE, 0)
        high_mask = masks(np.maximum(length[:, long] - _AT_ONCE, 0))
        found = np.empty((len(start), len(columns)), dtype=np.int64)
        for begin in range(0, len(start), CHUNK):
            some = slice(begin, begin + CHUNK)
            mine, lead = which[some], start[some, None]
            found[some] = numbers(words, lead + end[mine], mask[mine])
            if len(long):
                found[some, long] += 10**_AT_ONCE * numbers(words, lead + end_of_high[mine], high_mask[mine])
            at = lead + kept[mine]
            blanked[at] = octets[at]
        good = np.logical_and.reduce(found <= _TOPS[columns], axis=1)
        return {FIELDS[column]: found[:, place] for place, column in enumerate(columns.tolist())}, good

    def _stamps(self, which: Ints, lines: Lines, start: Ints) -> pl.DataFrame:
        """Columns STAMPS, `kind` and `event_kind` of lines."""
        stamps = {}
        for column, name in enumerate(FIELDS):
            if name in STAMPS:
                length = self._places.length[which, column]
                spans = lines.spans(start + self._places.begin[which, column], length) if length.any() else None
                stamps[name] = pl.repeat("", len(which), eager=True) if spans is None else spans
        return self._places.kinds[which].with_columns(**stamps)


def _blanked(lines: Lines, texts: tuple[bytes, ...]) -> NDArray[np.uint8]:
    """The block without the digits that nothing tells apart, a line feed at its end."""
    octets = lines.octets
    blanked = np.empty(len(octets) + 1, dtype=np.uint8)
    blanked[-1] = _BLANK
    for begin in range(0, len(octets), _CACHED):
        some = octets[begin : begin + _CACHED]
        is_digit = some - _ZERO <= 9  # unsigned: what is below "0" wraps around
        np.subtract(some, (some - _BLANK) * is_digit, out=blanked[begin : begin + len(some)])
    if texts:
        at = np.flatnonzero(told(octets, texts))
        blanked[at] = octets[at]
    return blanked if octets[-1] != _BLANK else blanked[:-1]


def _numbered(text: NDArray[np.uint8], lines: Lines) -> tuple[Ints, NDArray[np.intp], list[bytes]]:
    """A number for each line, the same for lines that are the same in `text`; for each number its first line, and what
    that is in `text`."""
    offsets = np.append(lines.start, len(text))
    array = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(lines), [None, pa.py_buffer(offsets), pa.py_buffer(text)])
    coded = array.dictionary_encode()
    number = np.frombuffer(coded.indices.buffers()[1], dtype=np.int32, count=len(lines)).astype(np.int64)
    first = np.zeros(len(coded.dictionary), dtype=np.intp)
    first[number[::-1]] = np.arange(len(lines))[::-1]
    return number, first, coded.dictionary.to_pylist()
