"""What a list format is, and what it makes of a list."""

import codecs
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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

BLOCK_OCTETS = 4 * 1024 * 1024
"""Text of a list of lines that is looked at at once: what is made of it on the way is ten times as much."""

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
        return _lines(self.data)

    def blocks(self) -> Iterator[tuple[int, pl.Series]]:
        """The same some lines at a time, with the number of lines before them: for formats of which no line says anything about another."""
        begin, before = 0, 0
        while begin < len(self.data) or not begin:
            feed = self.data.find(b"\n", begin + BLOCK_OCTETS)
            end = feed + 1 or len(self.data) + 1
            some = _lines(self.data[begin:end])
            yield before, some
            begin, before = end, before + len(some)

    @cached_property
    def head(self) -> pl.Series:
        """The lines by which its format is recognised: the first that are not empty."""
        text = Lines.of(self.data[:HEAD_OCTETS]).text.str.strip_chars()
        return text.filter(text != "")


def _lines(data: bytes) -> pl.Series:
    return Lines.of(data).text.str.head(LINE_MAX + 1).str.strip_chars()


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


def finish(name: str, entries: Entries | Iterable[Entries], origin: ListOrigin) -> ListRead:
    """Rows of the entries whose values can be read, rejects of the others. An indicator that an entry has twice is one row."""
    read = ListRead(name, pl.DataFrame(schema=SCHEMA))
    made: list[pl.DataFrame] = []
    for some in [entries] if isinstance(entries, Entries) else entries:
        for begin in range(0, len(some.value), PART_ROWS):
            good, bad = _part(some, origin, begin)
            if len(good):
                made.append(good)
            reject(read, some.line[bad["row"].to_numpy()], some.text.gather(bad["row"]), bad["reason"])
    if made:
        read.indicators = _distinct(_whole(made, origin))
    return read


def _part(entries: Entries, origin: ListOrigin, begin: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of some entries, without columns that say nothing, and `row, reason` of those that cannot be read."""
    kind = None if entries.kind is None else entries.kind.slice(begin, PART_ROWS)
    good, bad = (found.with_columns(pl.col("row") + begin) for found in classify(entries.value.slice(begin, PART_ROWS), kind))
    rows = _rows(good, entries, origin)
    return rows.select(column for column in rows if column.null_count() < len(column) and column.name != "source"), bad


def _whole(parts: list[pl.DataFrame], origin: ListOrigin) -> pl.DataFrame:
    """Parts as one. Columns that say the same of every row are made last: a million empty texts take as much as a million addresses."""
    made = pl.concat(parts, how="diagonal")
    said = {name: pl.lit(origin.name if name == "source" else None, kind).alias(name) for name, kind in SCHEMA.items()}
    return made.select(pl.col(name) if name in made.columns else said[name] for name in SCHEMA)


def _distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """The first of rows with the same type, value and id. Looked for among those alone that share a hash: over all, it took 310 MB of 1.5 M rows."""
    key = [name for name in ("type", "value", "id") if rows[name].null_count() < len(rows)]
    if not key:
        return rows
    hashed = np.concatenate([part.select(key).hash_rows().to_numpy() for part in rows.iter_slices(PART_ROWS)])
    ordered = np.sort(hashed)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return rows
    near = np.concatenate([np.searchsorted(twice, hashed[at : at + PART_ROWS]) for at in range(0, len(hashed), PART_ROWS)])
    shared = np.flatnonzero(twice[np.minimum(near, len(twice) - 1)] == hashed)
    first = rows.select(key)[shared].with_columns(row=pl.Series(shared)).unique(key, keep="first", maintain_order=True)["row"].to_numpy()
    kept = np.ones(len(rows), dtype=bool)
    kept[shared] = False
    kept[first] = True
    return rows.filter(pl.Series(kept))


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
