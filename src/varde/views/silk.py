"""Rows as SiLK's tools print them: columns of fixed widths with a bar behind each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import polars as pl

from varde.decode.addresses import text_of
from varde.detect import MODELS, Scan
from varde.model import visible
from varde.model.fields import (
    ADDRESS,
    ADDRESS_WIDTH,
    CODE,
    FLAG_LETTERS,
    INTEGER,
    MOMENT,
    SECONDS,
    WORD,
    Counted,
    Shown,
)
from varde.query.traffic import Limit, Ranking, Totals, Volume

POLICIES = ("ignore", "asv4", "mix", "force", "only")
"""What --ipv6-policy may say: leave IPv6 out; the same; as it is; IPv4 as ::ffff:a.b.c.d; only IPv6."""

_LETTERS = ((1, "F"), (2, "S"), (4, "R"), (8, "P"), (16, "A"), (32, "U"), (64, "E"), (128, "C"))
_MAPPED = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is printed."""

    titles: bool = True
    columnar: bool = True
    separator: str = "|"
    final: bool = True
    ipv6: str = "mix"

    def width(self, field: Shown) -> int:
        """Characters of a field in columns."""
        if field.form != ADDRESS:
            return field.width
        return ADDRESS_WIDTH["ignore" if self.ipv6 in ("ignore", "asv4") else "other"]

    def line(self, cells: Iterable[tuple[str, int]]) -> str:
        """Cells and their widths as a line, without its line feed."""
        texts = [text.rjust(width) if self.columnar else text for text, width in cells]
        return self.separator.join(texts) + (self.separator if self.final else "")


def cut(batches: Iterable[pl.DataFrame], fields: Sequence[Shown], style: Style) -> Iterator[str]:
    """Blocks of lines: titles, and a line for each row of frames whose columns are the fields' titles."""
    if style.titles:
        yield style.line((field.title, style.width(field)) for field in fields) + "\n"
    for frame in batches:
        texts = [_padded(written(frame[field.title], field, style), style.width(field), style) for field in fields]
        lines = pl.select(pl.concat_str(texts, separator=style.separator)).to_series().to_list()
        end = (style.separator if style.final else "") + "\n"
        yield "".join(line + end for line in lines)


def _padded(texts: pl.Series, width: int, style: Style) -> pl.Series:
    return texts.str.pad_start(width) if style.columnar else texts


def written(values: pl.Series, field: Shown, style: Style) -> pl.Series:
    """A column as text. What others wrote has nothing that a terminal obeys, and no separator."""
    if field.form == INTEGER:
        return values.cast(pl.String).fill_null("")
    distinct = values.drop_nulls().unique()
    write = _WRITERS[field.form]
    texts = pl.Series([write(value, style) for value in distinct.to_list()], dtype=pl.String)
    table = pl.DataFrame({"value": distinct, "text": texts})
    found = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")["text"]
    return found.fill_null(write(None, style))


def cell(value: Any, field: Shown, style: Style) -> str:
    """One value as text."""
    if field.form == INTEGER:
        return "" if value is None else str(value)
    return _WRITERS[field.form](value, style)


def _address(value: bytes | None, style: Style) -> str:
    if value is None:
        return "" if style.ipv6 == "mix" else "0.0.0.0"  # noqa: S104 - what SiLK prints
    text = text_of(value)
    return f"::ffff:{text}" if style.ipv6 == "force" and value.startswith(_MAPPED) else text


def _flags(value: int | None, style: Style) -> str:
    blank = " " if style.columnar else ""
    return "".join(letter if (value or 0) & bit else blank for bit, letter in _LETTERS)


def stamp(value: datetime, *, fraction: bool = True) -> str:
    """2009/02/12T00:00:02.696, UTC."""
    moment = value.astimezone(timezone.utc)
    return moment.strftime("%Y/%m/%dT%H:%M:%S") + (f".{moment.microsecond // 1000:03d}" if fraction else "")


def _word(value: str | None, style: Style) -> str:
    return visible(value or "").replace(style.separator, f"\\x{ord(style.separator):02x}")


_WRITERS: dict[str, Callable[[Any, Style], str]] = {
    ADDRESS: _address, FLAG_LETTERS: _flags, MOMENT: lambda value, style: stamp(value) if value else "",
    SECONDS: lambda value, style: f"{(value or 0) / 1e6:.3f}", WORD: _word, CODE: lambda value, style: (value or "--").lower(),
}  # fmt: skip


def uniq(rows: Iterable[dict[str, Any]], fields: Sequence[Shown], values: Sequence[Counted], style: Style) -> Iterator[str]:
    """Lines of groups: keys and sums."""
    columns = [(field.title, style.width(field)) for field in fields] + [(value.title, value.width) for value in values]
    if style.titles:
        yield style.line(columns)
    for row in rows:
        yield style.line(_group(row, fields, values, style))


def _group(row: dict[str, Any], fields: Sequence[Shown], values: Sequence[Counted], style: Style) -> list[tuple[str, int]]:
    return [(cell(row[field.title], field, style), style.width(field)) for field in fields] + [(str(row[value.title]), value.width) for value in values]


_PERCENT_WIDTH = 10


def stats(ranking: Ranking, fields: Sequence[Shown], values: Sequence[Counted], limit: Limit, style: Style) -> Iterator[str]:
    """Lines of a ranking, with each group's share of the whole and the sum of shares."""
    if style.titles:
        yield _input(ranking, values[0])
        yield _output(ranking, values[0], limit)
    if not ranking.rows:
        return
    if style.titles:
        heads = [(field.title, style.width(field)) for field in fields] + [(value.title, value.width) for value in values]
        yield style.line([*heads, (f"%{values[0].title}", _PERCENT_WIDTH), ("cumul_%", _PERCENT_WIDTH)])
    for row, (share, sum_of_shares) in zip(ranking.rows, shares(ranking, values[0]), strict=True):
        percents = [("?" if part is None else f"{part:.6f}", _PERCENT_WIDTH) for part in (share, sum_of_shares)]
        yield style.line([*_group(row, fields, values, style), *percents])


def shares(ranking: Ranking, first: Counted) -> Iterator[tuple[float | None, float | None]]:
    """Percent of the whole of each group, and of all groups up to it; None where there is no whole."""
    so_far = 0
    for row in ranking.rows:
        so_far += row[first.title]
        yield (100 * row[first.title] / ranking.total, 100 * so_far / ranking.total) if ranking.total else (None, None)


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _input(ranking: Ranking, first: Counted) -> str:
    total = f" and {ranking.total} Total {first.title}" if ranking.total else ""
    return f"INPUT: {_many(ranking.records, 'Record')} for {_many(ranking.bins, 'Bin')}{total}"


def _output(ranking: Ranking, first: Counted, limit: Limit) -> str:
    side, count = ("Bottom", "below") if limit.bottom else ("Top", "above"), len(ranking.rows)
    if limit.percentage is None and limit.threshold is None:
        shown = limit.count or count
        return f"OUTPUT: {side[0]} {_many(shown, 'Bin')} by {first.title}"
    if limit.percentage is not None:
        edge = f"{limit.percentage:.4f}% == {ranking.threshold}" if count else f"{limit.percentage:.4f}% ({ranking.threshold} {first.title})"
    else:
        edge = f"threshold {ranking.threshold}" if count else f"{ranking.threshold} {first.title}"
    return f"OUTPUT: {side[0]} {count} bins by {first.title} ({edge})" if count else f"OUTPUT: No bins {side[1]} threshold of {edge}"


_COUNT_WIDTHS = (("Records", 15), ("Bytes", 20), ("Packets", 17))


def count(rows: Iterable[tuple[datetime, float, float, float]], style: Style, *, fraction: bool) -> Iterator[str]:
    """Lines of bins of time: begin, records, octets, packets."""
    date = ("Date", 23 if fraction else 19)
    if style.titles:
        yield style.line([date, *_COUNT_WIDTHS])
    for begin, *sums in rows:
        cells = [(f"{value:.2f}", width) for value, (_, width) in zip(sums, _COUNT_WIDTHS, strict=True)]
        yield style.line([(stamp(begin, fraction=fraction), date[1]), *cells])


def statistics(totals: Totals) -> str:
    """What rwfilter says with --print-statistics."""
    read, passed = totals.read.records, totals.passed.records
    return f"Files {totals.files:5d}.  Read {read:10d}.  Pass {passed:10d}. Fail  {read - passed:10d}.\n"


def volumes(totals: Totals) -> str:
    """What rwfilter says with --print-volume-statistics."""
    lines = [f"{'':5s}|{'Recs':>18s}|{'Packets':>18s}|{'Bytes':>20s}|{'Files':>10s}|"]
    for name, volume, files in (("Total", totals.read, str(totals.files)), ("Pass", totals.passed, ""), ("Fail", totals.read.without(totals.passed), "")):
        lines.append(_volume(name, volume, files))
    return "\n".join(lines) + "\n"


def _volume(name: str, volume: Volume, files: str) -> str:
    return f"{name:>5s}|{volume.records:18d}|{volume.packets:18d}|{volume.octets:20d}|{files:>10s}|"


_RWSCAN = (("sip", 16), ("proto", 6), ("stime", 24), ("etime", 24), ("flows", 10), ("packets", 10), ("bytes", 10), ("scan_model", 12), ("scan_prob", 10))
_OF_MODEL = 2
"""Columns at the end that rwscan prints with --model-fields."""


def rwscan(scans: Iterable[Scan], style: Style, *, model_fields: bool, integers: bool) -> Iterator[str]:
    """Lines of scans as rwscan prints them; the model is its number, times are whole seconds UTC."""
    columns = _RWSCAN if model_fields else _RWSCAN[:-_OF_MODEL]
    if style.titles:
        yield style.line(columns)
    for scan in scans:
        address = str(int.from_bytes(scan.src_addr.removeprefix(_MAPPED), "big")) if integers else text_of(scan.src_addr)
        counts = (str(number) for number in (scan.flows, scan.packets, scan.octets, MODELS.index(scan.model)))
        texts = (address, str(scan.proto), _second(scan.first), _second(scan.last), *counts, f"{scan.probability:.6f}")
        yield style.line((text, width) for text, (_, width) in zip(texts, columns, strict=False))


def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1_000_000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
