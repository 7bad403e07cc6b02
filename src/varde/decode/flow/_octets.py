"""Octets to columns: big-endian numbers at many places at once, and texts of one width."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

INTEGER_MAX = 2**63 - 1
"""The largest number that a column holds; larger ones, which only damage and malice make, become it."""

_WHOLE = {1, 2, 4, 8}  # widths that NumPy has a type for
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_INLINE = 12  # octets of a text that stand in an Arrow view itself


def unsigned(octets: NDArray[np.uint8], at: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Big-endian numbers of 1 to 7 octets at places in a buffer; the places must lie inside."""
    value = np.zeros(len(at), np.int64)
    for place in range(width):
        value = value << 8 | octets[at + place]
    return value


def numbers(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Big-endian numbers of the rows of an (n, width) array; beyond 8 octets the last 8 count."""
    width = octets.shape[1]
    if width > 8:
        return numbers(octets[:, -8:])
    if width not in _WHOLE:
        return unsigned(np.ascontiguousarray(octets).ravel(), np.arange(len(octets)) * width, width)
    if len(octets) == 0:
        return np.zeros(0, np.int64)
    value = octets.view(f">u{width}")[:, 0]
    return np.minimum(value, INTEGER_MAX).astype(np.int64) if width == 8 else value.astype(np.int64)


def masked(values: NDArray[np.int64], mask: NDArray[np.bool_]) -> pl.Series:
    """Numbers, null where the mask is not set; built over the array's own memory."""
    bits = np.packbits(mask, bitorder="little")
    made = pl.from_arrow(pa.Array.from_buffers(pa.int64(), len(values), [pa.py_buffer(bits), pa.py_buffer(np.ascontiguousarray(values))]))
    assert isinstance(made, pl.Series)
    return made


def hexadecimal(octets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 2 * width) hexadecimal digits of an (n, width) array."""
    digits = np.empty((len(octets), octets.shape[1], 2), np.uint8)
    digits[:, :, 0] = _HEX[octets >> 4]
    digits[:, :, 1] = _HEX[octets & 15]
    return digits.reshape(len(octets), 2 * octets.shape[1])


def texts(letters: NDArray[np.uint8]) -> pl.Series:
    """A String series of the rows of an (n, width) array of ASCII letters, over the array's own memory."""
    count, width = letters.shape
    flat = np.ascontiguousarray(letters)
    if width <= _INLINE:
        return pl.Series(flat.view(f"S{width}").ravel().astype(str), dtype=pl.String)
    views = np.zeros((count, 4), np.uint32)
    views[:, 0] = width
    if count:
        views[:, 1] = flat[:, :4].copy().view(np.uint32).ravel()
    views[:, 3] = np.arange(count) * width
    made = pl.from_arrow(pa.StringViewArray.from_buffers(pa.string_view(), count, [None, pa.py_buffer(views), pa.py_buffer(flat)]))
    assert isinstance(made, pl.Series)
    return made
