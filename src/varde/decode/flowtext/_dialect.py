"""What a dialect of printed flows is: how a header is known, and which columns stand under which of its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

ROW = "row"
"""The place of a flow's line in the block."""

_TEXTS = (
    "stamp", "end", "duration", "src", "src_port", "dst", "dst_port", "proto", "packets", "octets", "flags", "in_if", "out_if", "next_hop",
    "icmp_type", "icmp_code", "tos", "way", "src_as", "dst_as", "src_mask", "dst_mask", "exporter",
    "rev_packets", "rev_octets", "vlan", "src_mac", "dst_mac",
)  # fmt: skip

SCHEMA: dict[str, pl.DataType] = {ROW: pl.Int64(), **dict.fromkeys(_TEXTS, pl.String())}
"""Columns of a printed flow, all text as it was written; null or empty where there is none."""

COLUMNS_MAX = 96
"""Columns of a header: nfdump prints 48, SiLK has 40 fields."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of the lines after a header are: words of SCHEMA, or "" for those that are not kept."""

    dialect: "Dialect"
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of printed flows. A line with `header` at its beginning names the columns of those that follow."""

    name: str
    title: str
    manual: str
    pivots: tuple[str, ...]
    "One of them stands in each header."
    header: str
    "An expression that finds headers."
    delimiter: str
    names: Mapping[str, str]
    "Words of a header in lower case, and the column of SCHEMA that each is."
    example: str
    utc: bool = False
    "Whether stamps without a zone are UTC."
    ways: Mapping[str, str] | None = None
    "What its words for the way of a flow are here."
    end: str = ""
    "A line that begins with it ends the flows."
    join: Callable[[pl.Series], pl.DataFrame] | None = None
    "For formats of several lines a record: ROW of the last line of each, and its columns as SCHEMA has them."
    recalls: bool = True
    "Lines are read by what earlier ones say."
    fix: str = ""
    "How it is printed."
    clock: str = ""
    "How its stamps get a zone."

    def layout(self, header: str) -> Layout | None:
        """The columns that a header names; None where it is none."""
        words = header.strip().rstrip(self.delimiter).lower().split(self.delimiter)
        known = [self.names.get(word.strip()) for word in words]
        if len(words) > COLUMNS_MAX or (None in known and sum(column is not None for column in known) < 2):
            return None
        columns = tuple(column or "" for column in known)
        return Layout(self, tuple("" if column in columns[:at] else column for at, column in enumerate(columns)))
