"""What a list format is, and what it makes of a list."""

import codecs
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import SAMPLE_MAX, schema_of
from varde.decode.intel._times import times
from varde.decode.intel._values import classify
from varde.decode.lines import LINE_MAX, Lines
from varde.model import INDICATORS

SAMPLES_MAX = 10_000
"""Rejected entries that are kept with their text: a person reads fewer; the counts by reason are exact."""

TEXT_MAX = 512
"""Characters kept of what a list says about an indicator."""

PART_ROWS = 1 << 16
"""Entries looked at at once: what is made of them on the way is some hundred octets for each."""

HEAD_OCTETS = 64 * 1024
"""Octets by which a format is recognised: lists begin with at most a page of licence."""

_MOMENTS = ("first_seen", "last_seen", "expires")
_TEXTS = ("id", "name", "url", "description")
_WEB = "^https?://[^\\s\"<>]+$"
SCHEMA = schema_of(INDICATORS)
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""As PowerShell and Notepad write text."""


@dataclass(frozen=True, slots=True)
class ListOrigin:
    """The list's name, and when it was read (us since 1970 UTC)."""

    name: str
    received: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that cannot be read: its line (in JSON documents its number), its text, and why."""

    line: int
    text: str
    reason: str


@dataclass(slots=True)
class ListRead:
    """What a list holds: rows with the columns of INDICATORS, samples of what was rejected, and how many for which reason."""

    format: str
    indicators: pl.DataFrame
    rejected: list[Rejected] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)


class ListText:
    """The text of a list, whole."""

    def __init__(self, data: bytes) -> None:
        self.data = _as_lines(data)

    @cached_property
    def lines(self) -> pl.Series:
        """Its lines, without white space around them; what is no UTF-8 as escapes. A line too long for any list is cut to one character more."""
        return Lines.of(self.data).text.str.head(LINE_MAX + 1).str.strip_chars()

    @cached_property
    def head(self) -> pl.Series:
        """The lines by which its format is recognised: the first that are not empty."""
        text = Lines.of(self.data[:HEAD_OCTETS]).text.str.strip_chars()
        return text.filter(text != "")


def _as_lines(data: bytes) -> bytes:
    """UTF-8 with line feeds, as far as the octets tell that they are something else: UTF-16 by its mark, and carriage returns alone."""
    if data.startswith(_UTF_16):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data.removeprefix(_BOM)


@dataclass(frozen=True, slots=True)
class ListFormat:
    """A format: `claims` tells it by the list's first lines, `read` reads all of it and never raises."""

    name: str
    title: str
    manual: str
    "Where it is described."
    example: str
    claims: Callable[[pl.Series], bool]
    read: Callable[[ListText, ListOrigin], ListRead]


@dataclass(slots=True)
class Entries:
    """Entries of a list before their values are looked at; all columns have one row for each."""

    line: NDArray[np.int64]
    text: pl.Series
    "What a rejected entry is shown as."
    value: pl.Series
    kind: pl.Series | None = None
    "What the list says the value is: address, domain, url, hash or other; null where it does not."
    about: dict[str, pl.Series] = field(default_factory=dict)
    "Further columns of INDICATORS as text."


def finish(name: str, entries: Entries, origin: ListOrigin) -> ListRead:
    """Rows of the entries whose values can be read, rejects of the others. An indicator that an entry has twice is one row."""
    count = len(entries.value)
    made, refused = zip(*(_part(entries, origin, begin) for begin in range(0, max(count, 1), PART_ROWS)), strict=True)
    read, bad = ListRead(name, pl.concat(made).unique(["type", "value", "id"], keep="first", maintain_order=True)), pl.concat(refused)
    reject(read, entries.line[bad["row"].to_numpy()], entries.text.gather(bad["row"]), bad["reason"])
    return read


def _part(entries: Entries, origin: ListOrigin, begin: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of some entries, and `row, reason` of those that cannot be read."""
    kind = None if entries.kind is None else entries.kind.slice(begin, PART_ROWS)
    good, bad = (found.with_columns(pl.col("row") + begin) for found in classify(entries.value.slice(begin, PART_ROWS), kind))
    return _rows(good, entries, origin), bad


def reject(read: ListRead, line: NDArray[np.int64], text: pl.Series, reason: pl.Series) -> None:
    """Count entries that cannot be read, and keep samples of them in the order of the list."""
    read.reasons.update(dict(reason.value_counts().iter_rows()))
    some = text.head(SAMPLES_MAX).str.slice(0, SAMPLE_MAX)
    made = zip(line[:SAMPLES_MAX].tolist(), some.to_list(), reason.head(SAMPLES_MAX).to_list(), strict=True)
    read.rejected = sorted([*read.rejected, *(Rejected(*row) for row in made)], key=lambda r: r.line)[:SAMPLES_MAX]


def _rows(good: pl.DataFrame, entries: Entries, origin: ListOrigin) -> pl.DataFrame:
    """The columns of INDICATORS."""
    about = {name: column.gather(good["row"]) for name, column in entries.about.items()}
    columns = {name: about[name].str.slice(0, TEXT_MAX) for name in _TEXTS if name in about}
    columns |= {name: times(about[name]) for name in _MOMENTS if name in about}
    if "confidence" in about:
        columns["confidence"] = about["confidence"].cast(pl.Float64, strict=False).clip(0, 100).cast(pl.Int64, strict=False)
    made = good.drop("row").with_columns(pl.lit(origin.name).alias("source"), *(column.alias(name) for name, column in columns.items()))
    absent = [pl.lit(None).alias(field.name) for field in INDICATORS.fields if field.name not in made.columns]
    made = made.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    web = pl.when(pl.col("url").str.contains(_WEB)).then("url")
    seen = pl.col("first_seen").fill_null(origin.received)
    return made.with_columns(web, seen)
