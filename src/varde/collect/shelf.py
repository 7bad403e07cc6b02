"""Lists on disk: what each holds and how its fetching went, under `facts/lists/`; and the matcher made of them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import polars as pl

from varde.collect.feed_terms import FeedError
from varde.collect.pages import Pages
from varde.collect.rowfile import RowsError, check_rows, read_rows, row_parts, write_rows
from varde.decode.intel import SCHEMA
from varde.intel import Matcher, dumped, load
from varde.intel.give_back import give_back
from varde.model import VardeError
from varde.store.facts import Facts, cannot, write_atomically

_GROUP = "lists"

SETTLED_SECONDS = 60.0
"""Rows are written before what is told about them."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What is known about a list. Moments are us since 1970 UTC."""

    name: str
    url: str
    format: str = ""
    imported: bool = False
    "Read by hand, not fetched."
    digest: str = ""
    "Of its rows: another one, and the matcher is built anew."
    indicators: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0
    checked: int | None = None
    "When it was last read, or found unchanged, without a mistake."
    changed: int | None = None
    "When its rows changed."
    etag: str | None = None
    last_modified: str | None = None
    stamp: str = ""
    "Of a file: what tells that it changed."
    error: str | None = None
    failures: int = 0
    "Attempts in a row that failed."
    tried: int | None = None
    not_before: int | None = None
    "Until when the server asked not to be asked again."
    cursor: dict[str, Any] = field(default_factory=dict)
    "What a client wishes to know at its next run."
    held: dict[str, Any] | None = None
    "What came and was not taken, because it emptied or shrank: `indicators`, `was`, `since`."


class Shelf:
    """Lists in the folder of facts. Several processes may read while one writes."""

    def __init__(self, folder: Path) -> None:
        self._facts = Facts(folder)
        self.folder = folder
        self._folder = folder / _GROUP
        self.image = folder / "matcher.bin"
        "The matcher as one file, which other processes map."

    def signature(self) -> tuple[tuple[str, int], ...]:
        """Differs when any list's state was written."""
        try:
            return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in self._folder.glob("*.json")))
        except OSError:
            return ()  # a file went while we looked: next time

    def stamps(self) -> dict[str, tuple[int, ...]]:
        """Of each list; differs when a file of it was touched in any way, went, or may no longer be read."""
        found: dict[str, tuple[int, ...]] = {}
        for path in sorted([*self._folder.glob("*.json"), *self._folder.glob("*.parquet")]):
            with suppress(OSError):  # it went while we looked
                found[path.stem] = (*found.get(path.stem, ()), path.stat().st_ctime_ns)
        return found

    def unknown(self) -> list[str]:
        """Lists of which there is something, and of which nothing is known: not those that come into being just now."""
        return [path.stem for path in sorted({*self._folder.glob("*.json"), *self._folder.glob("*.parquet")})
                if self.state(path.stem) is None and _age(path) > SETTLED_SECONDS and not (path.suffix == ".parquet" and path.with_suffix(".json").exists())]  # fmt: skip

    def states(self) -> Iterator[ListState]:
        for name in self._facts.names(_GROUP):
            if state := self.state(name.removeprefix(f"{_GROUP}/")):
                yield state

    def state(self, name: str) -> ListState | None:
        """None where there is none, or one that cannot be read: the list is then as if never fetched."""
        told = self._facts.get(f"{_GROUP}/{name}")
        known = {f.name for f in fields(ListState)}
        try:
            return None if told is None else ListState(**{key: value for key, value in told.items() if key in known})
        except TypeError:
            return None

    def put_state(self, state: ListState) -> None:
        """Raises VardeError when the disk refuses."""
        self._facts.put(f"{_GROUP}/{state.name}", asdict(state))

    def damage(self, name: str) -> str:
        """Why a list that has rows cannot be read whole; empty where it can."""
        state = self.state(name)
        if state is None:
            return f"what is known of it ({self._folder / name}.json) is missing or damaged" if name in self.stamps() else ""
        try:
            if state.digest:
                check_rows(self._file(name))
        except RowsError as error:
            return str(error)
        return ""

    def rows(self, name: str, columns: Sequence[str] = tuple(SCHEMA)) -> pl.DataFrame:
        """Columns of a list's rows. Raises RowsError where they cannot be read, all of them."""
        return read_rows(self._file(name), columns)

    def parts(self, name: str, columns: Sequence[str] = tuple(SCHEMA)) -> Iterator[pl.DataFrame]:
        """The same, some rows at a time. Raises RowsError, in all but the rarest cases before the first."""
        try:
            yield from row_parts(self._file(name), columns)
        except RowsError as error:
            raise RowsError(str(error), name) from error

    def put(self, state: ListState, rows: pl.DataFrame) -> None:
        """Rows first, then what is told about them. Raises VardeError when the disk refuses."""
        write_rows(self._file(state.name), rows)
        self.put_state(state)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def pages(self, name: str) -> Pages:
        """What has come of a harvest that is not finished."""
        return Pages(self._folder.parent / "harvest" / name)

    def forget(self, name: str) -> None:
        self.pages(name).clear()
        self._file(name).unlink(missing_ok=True)  # first: rows of which nothing is known are taken for damage
        self._facts.remove(f"{_GROUP}/{name}")

    def matcher(self) -> Matcher | None:
        """The matcher of the last run; None where there is none. Raises VardeError where there is one that cannot be used."""
        return load(self.image) if self.image.exists() else None

    def put_matcher(self, matcher: Matcher) -> Matcher:
        """Write it and map it again. Raises VardeError when the disk refuses."""
        try:
            self.image.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.image, dumped(matcher))
        except OSError as error:
            raise VardeError(cannot(self.image.parent, error)) from error
        del matcher
        give_back()
        return load(self.image)


def _age(path: Path) -> float:
    """Seconds since a file was written; none for one that went."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def failed(state: ListState, error: VardeError, now: int) -> ListState:
    """The state after an attempt that failed; what it held stays."""
    wait = error.wait if isinstance(error, FeedError) else 0.0
    return replace(state, error=str(error), failures=state.failures + 1, tried=now, not_before=now + int(wait * 1e6) if wait else None)
