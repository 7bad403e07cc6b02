"""Lines that differ in nothing but numbers, addresses and stamps are read once, and those are put in as columns.

A busy firewall prints few sentences. Digits that no expression tells apart are blanked, and lines that are then alike have
one shape. Of each shape one line is matched, once for all blocks, to see where its fields stand (`_places`). Of lines that
are alike but for their numbers, addresses and stamps, one goes through the engine and stands for all of them (`_fold`), in
later blocks too (`_sentences`)."""

from collections import Counter

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from varde.decode.batch import Origin
from varde.decode.firewall._columns import PORT_MAX, times
from varde.decode.firewall._dialect import Dialect
from varde.decode.firewall._digits import literals, seeing_headers, told_at
from varde.decode.firewall._fold import Fold, Spoken
from varde.decode.firewall._numerals import FEW, MANY
from varde.decode.firewall._places import ADDRESSES, FIELDS, NUMBERS, PLACES_MAX, STAMPS, Ints, Places, find
from varde.decode.firewall._sentences import Sentences
from varde.decode.firewall._values import changes, digits_of_texts, fields, within_first_word
from varde.decode.lines import Lines, words
from varde.decode.moments import FIRST, LAST

LINES_MIN = 1_000
"""Lines of a block: looking for shapes costs as much as reading some hundred lines."""

ROWS_MIN = 3
"""Lines of a shape until it is learnt: finding its places costs as much as reading three."""

LEARN_MIN = 1_000
"""Lines of all shapes that are to be learnt: to begin with it costs as much as reading some hundred."""

SHAPES_MAX = 20_000
"""Shapes remembered: a month of a firewall has fewer, and what is new to it is then learnt anew."""

_ZERO = 48
_FEED = (10 - _ZERO) % 256  # a line feed among blanked octets
_UNUSED = 0xF5 - _ZERO  # this and the next nine are no octets of UTF-8
_NO_DIGIT = b"."
_MOST = {f"{name} {part}": 255 for name in ADDRESSES for part in range(4)} | {name: PORT_MAX for name in NUMBERS if name.endswith("_port")}
_CACHED = 256 * 1024  # octets that are worked on while they are in a processor's second cache
_NO_PLACES, _UNSEEN = -1, -2


class Shapes:
    """What was found out about the shapes of one dialect's lines. Not shared between threads."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._texts = literals(dialect)
        self._known: dict[bytes, int] = {}
        self._rare: Counter[bytes] = Counter()
        self._places = Places.none()
        self._said = Sentences()

    def fold(self, lines: Lines, origin: Origin) -> Fold | None:
        """Fold a block as far as it can be; None where that is not worth while. `lines` must be all of the block."""
        if self._texts is None or len(lines) < LINES_MIN:
            return None
        shape, first, names = _numbered(_blanked(lines, self._texts), lines)
        new = np.flatnonzero((self._numbers(names) == _UNSEEN) & (lines.length[first] < PLACES_MAX))
        if len(often := self._often(new, names, np.bincount(shape, minlength=len(first)))):
            self._learn(lines, first[often], [names[row] for row in often.tolist()])
        number = self._numbers(names)[shape]
        return self._fold(number, lines, origin) if (number >= 0).any() else None

    def _often(self, new: NDArray[np.intp], names: list[bytes], count: Ints) -> NDArray[np.intp]:
        """Those of the new shapes that had lines enough by now, if that is worth while; else they are noted."""
        seen = np.array([self._rare[names[row]] for row in new.tolist()], dtype=np.int64) + count[new]
        often = (seen >= ROWS_MIN) & (seen[seen >= ROWS_MIN].sum() >= LEARN_MIN)
        if len(self._rare) > SHAPES_MAX:
            self._rare.clear()
        self._rare.update({names[row]: int(count[row]) for row in new[~often].tolist()})
        learnt: NDArray[np.intp] = new[often]
        return learnt

    def _numbers(self, names: list[bytes]) -> Ints:
        return np.array([self._known.get(name, _UNSEEN) for name in names], dtype=np.int64)

    def _learn(self, lines: Lines, rows: NDArray[np.intp], names: list[bytes]) -> None:
        """Find the places of new shapes, of which `rows` are lines."""
        if len(self._known) + len(names) > SHAPES_MAX:
            self._known, self._places, self._said = {}, Places.none(), Sentences()
        seeing = lines.take(rows).text.str.contains(seeing_headers()).to_numpy()
        found, of = find(self._dialect, lines, rows[~seeing], self._texts or ())
        number = np.full(len(rows), _NO_PLACES)
        number[np.flatnonzero(~seeing)[of]] = np.arange(len(found)) + len(self._places)
        self._known.update(zip(names, number.tolist(), strict=True))
        self._places = self._places.followed(found)

    def _fold(self, number: Ints, lines: Lines, origin: Origin) -> Fold:
        rows = np.flatnonzero(number >= 0)
        if rows[0] == 0 and within_first_word(self._places, number[0]):
            rows = rows[1:]
        which, start = number[rows], lines.start[rows]
        block = {width: words(lines.octets, width) for width in (FEW, MANY)}
        values = fields(self._places, which, block, start)
        good = np.logical_and.reduce([values[name] <= most for name, most in _MOST.items() if name in values], axis=0)
        first = changes(self._places, which, block[MANY], start)
        moments = times(self._stamps(which[first], lines, start[first]), origin, 0)
        spread = np.repeat(np.arange(len(first)), np.diff(first, append=len(rows)))
        good &= moments.is_between(FIRST, LAST).fill_null(value=False).to_numpy()[spread]
        values["time"] = moments.fill_null(0).to_numpy()[spread]
        sentence, names = _sentences(which, digits_of_texts(self._places, which, lines.octets, start))
        if not good.all():
            rows, sentence, values = rows[good], sentence[good], {name: value[good] for name, value in values.items()}
        return Fold.of(len(lines), rows, values, Spoken(rows, sentence, names, self._said))

    def _stamps(self, which: Ints, lines: Lines, start: Ints) -> pl.DataFrame:
        """Columns STAMPS, `kind` and `event_kind` of lines."""
        stamps = {}
        for name in STAMPS:
            column = FIELDS.index(name)
            length = self._places.length[which, column]
            spans = lines.spans(start + self._places.begin[which, column], length) if length.any() else None
            stamps[name] = pl.repeat("", len(which), eager=True) if spans is None else spans
        return self._places.kinds[which].with_columns(**stamps)


def _blanked(lines: Lines, texts: tuple[bytes, ...]) -> NDArray[np.uint8]:
    """The block with all digits that nothing tells apart made one, and a line feed at its end; other octets stay apart from
    each other."""
    octets = lines.octets
    blanked = np.empty(len(octets) + 1, dtype=np.uint8)
    blanked[-1] = _FEED
    for begin in range(0, len(octets), _CACHED):
        some = blanked[begin : min(begin + _CACHED, len(octets))]
        np.subtract(octets[begin : begin + _CACHED], _ZERO, out=some)  # unsigned: what is below "0" wraps around
        np.multiply(some, (some > 9).view(np.uint8), out=some)
    at = told_at(octets, texts)
    blanked[at] = octets[at] - _ZERO + _UNUSED
    return blanked if blanked[-2] != _FEED else blanked[:-1]


def _numbered(text: NDArray[np.uint8], lines: Lines) -> tuple[Ints, NDArray[np.intp], list[bytes]]:
    """A number for each line, the same for lines that are the same in `text`; for each number its first line, and what
    that is in `text`."""
    offsets = np.append(lines.start, len(text))
    array = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(lines), [None, pa.py_buffer(offsets), pa.py_buffer(text)])
    number, names = _coded(array)
    first = np.zeros(len(names), dtype=np.intp)
    first[number[::-1]] = np.arange(len(lines))[::-1]
    return number, first, names


def _sentences(which: Ints, digits: NDArray[np.uint8]) -> tuple[Ints, list[bytes]]:
    """A number for each line, the same for lines of one shape with the same digits in texts; and a name for each number."""
    keys = np.concatenate([which.astype("<i4")[:, None].view(np.uint8), digits], axis=1)
    array = pa.FixedSizeBinaryArray.from_buffers(pa.binary(keys.shape[1]), len(keys), [None, pa.py_buffer(keys)])
    number, names = _coded(array)
    return number, [name.rstrip(_NO_DIGIT) for name in names]  # how many there are at most is another matter in each block


def _coded(array: pa.Array) -> tuple[Ints, list[bytes]]:
    coded = array.dictionary_encode()
    number = np.frombuffer(coded.indices.buffers()[1], dtype=np.int32, count=len(array)).astype(np.int64)
    return number, coded.dictionary.to_pylist()
