"""Marks that tools leave in headers: by them one tool is told from another, and sources of one owner are told to be alike.

ZMap's identification 54321; Mirai's sequence number that is the destination; masscan's identification that is mixed of destination,
port and sequence number. A program that is compiled anew may leave none: no mark says nothing."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

TOOLS = ("", "mirai", "zmap", "masscan")
"""By number; 0 is none that is known."""

MIRAI, ZMAP, MASSCAN = 1, 2, 3
_ZMAP_ID = 54_321

AS_BITS, WINDOW_BITS, TTL_BITS = 32, 16, 8
"""A mark in one number: tool, TTL, window and AS, from high to low; 0 is unknown of each."""


def bears(dst_low: NDArray[np.uint64]) -> dict[str, pl.Expr]:
    """Whether a packet bears the mark of each tool, null where its headers were not logged. `dst_low`: low 64 bits of destinations."""
    number = pl.Series((dst_low & np.uint64(0xFFFFFFFF)).astype(np.int64))
    return {
        "mirai": pl.col("tcp_seq") == number, "zmap": pl.col("ip_id") == _ZMAP_ID,
        "masscan": pl.col("ip_id") == (pl.lit(number) ^ pl.col("dst_port") ^ pl.col("tcp_seq")) & 0xFFFF,
    }  # fmt: skip


def mark(rows: pl.DataFrame, dst_low: NDArray[np.uint64]) -> pl.Series:
    """Tool << 56 | TTL << 48 | window << 32 | AS of each row."""
    known = bears(dst_low)
    tool = pl.when(known["mirai"]).then(MIRAI).when(known["zmap"]).then(ZMAP).when(known["masscan"]).then(MASSCAN).otherwise(0)
    fields = ((tool, AS_BITS + WINDOW_BITS + TTL_BITS), (_within("ttl", TTL_BITS), AS_BITS + WINDOW_BITS), (_within("tcp_window", WINDOW_BITS), AS_BITS), (_within("src_as", AS_BITS), 0))
    whole: Any = sum((field.cast(pl.Int64) * 2**shift for field, shift in fields), pl.lit(0, pl.Int64))
    return rows.select(mark=whole)["mark"]


def _within(name: str, bits: int) -> pl.Expr:
    return pl.when(pl.col(name).is_between(0, 2**bits - 1)).then(pl.col(name)).otherwise(0)


def tool_of(marks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place in TOOLS."""
    return np.asarray(marks >> (AS_BITS + WINDOW_BITS + TTL_BITS))


def ttl_of(marks: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray((marks >> (AS_BITS + WINDOW_BITS)) & (2**TTL_BITS - 1))


def window_of(marks: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray((marks >> AS_BITS) & (2**WINDOW_BITS - 1))


def as_of(marks: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(marks & (2**AS_BITS - 1))
