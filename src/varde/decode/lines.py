"""A block of text as spans of octets: lines are found, cut and handed to Polars without copying their text."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

LINE_MAX = 64 * 1024
"""Octets. A longer line is a reject before any expression sees it: no log format of ours comes near."""

_INLINE = 12  # octets that Arrow's string view keeps beside the length
_CACHED = 256 * 1024  # octets that are looked at while they are in a processor's second cache
_LF = 10
_CR = 13

Words = NDArray[np.uint32] | NDArray[np.uint64]
"""Octets of a block, a few at a time as one number, from each place on; the last of them the highest."""


def words(octets: NDArray[np.uint8], width: int) -> Words:
    """Numbers of so many octets, over the block's own memory. There must be at least as many octets."""
    return np.ndarray((len(octets) - width + 1,), dtype=f"<u{width}", buffer=octets.data, strides=(1,))


def places(octet: int, octets: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Where an octet stands in a block."""
    pieces = range(0, len(octets), _CACHED)
    return np.concatenate([np.flatnonzero(octets[at : at + _CACHED] == octet) + at for at in pieces] or [np.zeros(0, dtype=np.intp)])


_LOW = {width: np.array([(1 << 8 * some) - 1 for some in range(width + 1)], dtype=f"<u{width}") for width in (4, 8)}
"""By width of a word: which bits its first octets have, none to all of them."""


class Lines:
    """Lines of one block. `offset[i]` is where line i begins in the uncompressed text it came from."""

    __slots__ = ("_data", "_series", "_start", "length", "offset")

    def __init__(self, data: bytes, start: NDArray[np.int64], length: NDArray[np.int64], offset: NDArray[np.int64]):
        self._data = data
        self._start = start
        self._series: pl.Series | None = None
        self.length = length
        self.offset = offset

    @classmethod
    def of(cls, block: bytes, offset: int = 0) -> "Lines":
        """Split a block at line feeds; a carriage return before one is dropped. `offset` is where the block begins.

        Octets that are not UTF-8 are written as backslash escapes; offsets stay those of the original text."""
        start, length = _spans(block)
        begins = start + offset
        if not _is_utf8(block):
            block, start, length = _escaped(block, start, length)
        return cls(block, start, length, begins)

    def __len__(self) -> int:
        return len(self._start)

    @property
    def octets(self) -> NDArray[np.uint8]:
        """The block. Of a whole one each line but the last ends with a line feed."""
        return np.frombuffer(self._data, dtype=np.uint8)

    @property
    def start(self) -> NDArray[np.int64]:
        """Where each line begins in `octets`."""
        return self._start

    def spans(self, start: NDArray[np.int64], length: NDArray[np.int64]) -> pl.Series:
        """Parts of the block as a String series, sharing its memory; they must begin and end between characters."""
        return _series(self._data, start, length)

    @property
    def text(self) -> pl.Series:
        """The lines as a String series, sharing the block's memory."""
        if self._series is None:
            self._series = _series(self._data, self._start, self.length)
        return self._series

    def behind(self, skipped: NDArray[np.int64]) -> "Lines":
        """The lines without so many octets at the beginning of each."""
        return Lines(self._data, self._start + skipped, self.length - skipped, self.offset)

    def take(self, rows: NDArray[np.intp]) -> "Lines":
        return Lines(self._data, self._start[rows], self.length[rows], self.offset[rows])

    def cut(self, pivot: str) -> "tuple[NDArray[np.intp], pl.Series, pl.Series]":
        """Rows that contain the pivot, what stands before its first occurrence and what stands after."""
        found = self.text.str.find(pivot, literal=True)
        rows = np.flatnonzero(found.is_not_null().to_numpy())
        at = found.drop_nulls().to_numpy().astype(np.int64)
        start, length = self._start[rows], self.length[rows]
        skip = at + len(pivot.encode())
        return rows, _series(self._data, start, at), _series(self._data, start + skip, length - skip)


def _spans(block: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    octets = np.frombuffer(block, dtype=np.uint8)
    feeds = places(_LF, octets)
    ends = feeds if len(block) == 0 or block.endswith(b"\n") else np.append(feeds, len(block))
    start = np.zeros(len(ends), dtype=np.int64)
    start[1:] = ends[:-1] + 1
    length = ends - start
    if b"\r" in block:
        with_text = np.flatnonzero(length > 0)
        returns = with_text[octets[ends[with_text] - 1] == _CR]
        length[returns] -= 1
    return start, length


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _escaped(
    block: bytes, start: NDArray[np.int64], length: NDArray[np.int64]
) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    spans = zip(start.tolist(), length.tolist(), strict=True)
    pieces = [block[s : s + n].decode("utf-8", "backslashreplace").encode() for s, n in spans]
    lengths = np.fromiter((len(piece) for piece in pieces), dtype=np.int64, count=len(pieces))
    return b"\n".join(pieces), np.cumsum(lengths + 1) - lengths - 1, lengths


def _series(data: bytes, start: NDArray[np.int64], length: NDArray[np.int64]) -> pl.Series:
    """A String series over spans of `data`: Arrow's string view layout, built directly."""
    views = _views(np.frombuffer(data, dtype=np.uint8), start, length)
    array = pa.StringViewArray.from_buffers(pa.string_view(), len(views), [None, pa.py_buffer(views), pa.py_buffer(data)])
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def _views(octets: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.uint32]:
    """(n, 4) numbers of Arrow's string view: the length, and all octets of a short text, or the first of them and where they stand."""
    views = np.zeros((len(start), 4), dtype=np.uint32)
    views[:, 0] = length
    is_long = length > _INLINE
    long = slice(None) if is_long.all() else np.flatnonzero(is_long)
    if len(start[long]):
        views[long, 1] = words(octets, 4)[start[long]]
        views[long, 3] = start[long]
    short = np.flatnonzero(~is_long) if is_long.any() else slice(None)
    if len(start[short]):
        views[short, 1:] = _inline(octets, start[short], length[short])
    return views


def _inline(octets: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.uint32]:
    """(n, 3) numbers that hold the octets of texts of at most _INLINE, and zeros behind them."""
    near = start + _INLINE > len(octets)
    if near.any():  # what is read at once reaches beyond the end
        edge, made = max(0, len(octets) - _INLINE), np.empty((len(start), 3), dtype=np.uint32)
        if not near.all():
            made[~near] = _inline(octets, start[~near], length[~near])
        made[near] = _inline(np.pad(octets[edge:], (0, _INLINE)), start[near] - edge, length[near])
        return made
    made = np.empty((len(start), 3), dtype=np.uint32)
    made[:, :2] = (words(octets, 8)[start] & _LOW[8][np.minimum(length, 8)]).view(np.uint32).reshape(-1, 2)
    made[:, 2] = words(octets, 4)[start + 8] & _LOW[4][np.maximum(length - 8, 0)]
    return made
