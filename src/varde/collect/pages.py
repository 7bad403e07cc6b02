"""What has come of a harvest that takes many pages, so that one that breaks off goes on where it stood."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from varde.collect.feed_terms import FeedError
from varde.collect.rowfile import RowsError, read_rows, write_rows
from varde.decode.intel import SCHEMA, ListRead, Rejected
from varde.model import VardeError
from varde.store.facts import cannot, write_atomically

SAMPLES = 1_000
"""Rejected entries kept of all pages: a person reads fewer, the counts are exact."""


class Pages:
    """Pages in a folder of their own: rows, the entries (pulses, events) that each page told about, and where to go on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def cursor(self) -> dict[str, Any]:
        """Where to go on; empty where nothing was begun, or where it cannot be read."""
        return self._document("cursor.json")

    @property
    def noted(self) -> dict[str, Any]:
        """What was noted with each page, all together; the last is right. Reads every page's document: ask once a run."""
        found: dict[str, Any] = {}
        for _, about in self._pages():
            found |= about.get("noted", {})
        return found

    def add(self, read: ListRead, entries: Iterable[str], cursor: dict[str, Any], noted: Mapping[str, Any] | None = None) -> None:
        """A page: what it tells of `entries` replaces what was known of them. Raises VardeError when the disk refuses.

        The cursor is written with every page, so it must not grow with them; `noted` is written once, beside the page."""
        number = int(self.cursor.get("pages", 0))
        about = {
            "entries": list(entries), "format": read.format, "reasons": dict(read.reasons), "noted": dict(noted or {}),
            "rejected": [[one.line, one.text, one.reason] for one in read.rejected[:SAMPLES]],
        }  # fmt: skip
        write_rows(self._folder / f"{number:06d}.parquet", read.indicators)
        try:
            write_atomically(self._folder / f"{number:06d}.json", json.dumps(about).encode())
            write_atomically(self._folder / "cursor.json", json.dumps({**cursor, "pages": number + 1}).encode())
        except OSError as error:
            raise VardeError(cannot(self._folder, error)) from error

    def merged(self, base: pl.DataFrame | None, gone: Iterable[str] = ()) -> ListRead:
        """`base` with what the pages tell; without `gone`. Of an entry that several pages tell about, the last is right.

        Raises FeedError where one is damaged; all are thrown away then, and the next run asks for them anew."""
        try:
            return self._merged(base, gone)
        except RowsError as error:
            self.clear()
            raise FeedError(f"what had come of it is damaged and is asked for anew: {error}") from error

    def _merged(self, base: pl.DataFrame | None, gone: Iterable[str]) -> ListRead:
        found = ListRead("", pl.DataFrame(schema=SCHEMA))
        frames = [_of_page(pl.DataFrame(schema=SCHEMA) if base is None else base, _BASE)]
        last = dict.fromkeys(gone, _GONE)
        for number, about in self._pages():
            last |= dict.fromkeys(about.get("entries", ()), number)
            if "entries" not in about:
                raise RowsError(f"{self._folder / f'{number:06d}.json'} is missing or damaged")
            frames.append(_of_page(read_rows(self._folder / f"{number:06d}.parquet"), number))
            found.format = about.get("format", "")
            found.reasons += Counter(about.get("reasons", {}))
            found.rejected += [Rejected(*one) for one in about.get("rejected", ())[: SAMPLES - len(found.rejected)]]
        found.indicators = _current(pl.concat(frames), last).unique(["type", "value", "id"], keep="last", maintain_order=True)
        return found

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pages(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in range(int(self.cursor.get("pages", 0))):
            yield number, self._document(f"{number:06d}.json")

    def _document(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads((self._folder / name).read_text())
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}


_BASE, _GONE = -1, 2**62  # the rows that a list had come before its first page; what is gone is gone from every page
_PAGE = "page"


def _of_page(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    return rows.with_columns(pl.lit(number, pl.Int64).alias(_PAGE))


def _current(rows: pl.DataFrame, last: Mapping[str, int]) -> pl.DataFrame:
    """Rows of pages without those of an entry that a later page told about, in one look at all of them."""
    told = pl.DataFrame({"id": list(last), "last": list(last.values())}, schema={"id": pl.String, "last": pl.Int64})
    joined = rows.join(told, on="id", how="left", maintain_order="left")
    return joined.filter(pl.col("last").is_null() | (pl.col("last") <= pl.col(_PAGE))).drop("last", _PAGE)
