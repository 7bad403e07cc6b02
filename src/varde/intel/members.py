"""Where indicators come from: distinct (list, entry, since when) rows, their text kept once."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.intel.arrays import contiguous

TEXTS = ("source", "id", "name", "url")
"""Columns of an indicator that tell where it comes from."""


class Row(TypedDict):
    """One list's entry, as a warning tells it. `first_seen` is us since 1970 UTC."""

    source: str
    id: str | None
    name: str | None
    url: str | None
    first_seen: int | None


@dataclass(frozen=True, slots=True)
class Members:
    """Row i has the texts `text[i]` (places in `begin`; -1: null), in the order of TEXTS, and `first_seen[i]` (-1: null)."""

    text: NDArray[np.int32]
    first_seen: NDArray[np.int64]
    begin: NDArray[np.int64]
    letters: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.first_seen)

    def row(self, number: int) -> Row:
        source, entry, name, url = (self._text(at) for at in self.text[number].tolist())
        seen = int(self.first_seen[number])
        return {"source": source or "", "id": entry, "name": name, "url": url, "first_seen": seen if seen >= 0 else None}

    def _text(self, at: int) -> str | None:
        return None if at < 0 else self.letters[self.begin[at] : self.begin[at + 1]].tobytes().decode("utf-8", "replace")


@dataclass(slots=True)
class _Part:
    """The distinct rows of a part of the indicators; `text` are places in its own `texts` (-1: null)."""

    texts: pl.Series
    text: NDArray[np.int32]
    first_seen: NDArray[np.int64]


class Gathering:
    """Members of indicators that come in parts."""

    def __init__(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        self._parts = [_Part(pl.Series([], dtype=pl.String), np.zeros((0, len(TEXTS)), dtype=np.int32), nothing)]
        self._count = 0

    def add(self, part: pl.DataFrame) -> NDArray[np.int32]:
        """The number of each row for now; `members` tells what it becomes."""
        texts = pl.concat([part[name].drop_nulls().unique() for name in TEXTS]).unique()
        place = pl.DataFrame({"text": texts, "at": np.arange(len(texts), dtype=np.int32)})
        seen = part["first_seen"].fill_null(-1).to_numpy().astype(np.int64)
        codes = pl.DataFrame({**{name: _places(part[name], place) for name in TEXTS}, "first_seen": seen})
        row = codes.select(pl.struct(pl.all()).rank("dense").cast(pl.Int32) - 1).to_series()
        known = codes.with_columns(row.alias("row")).unique("row", keep="any").sort("row")
        self._parts.append(_Part(texts, known.select(TEXTS).to_numpy().astype(np.int32), known["first_seen"].to_numpy()))
        self._count += len(known)
        return row.to_numpy() + np.int32(self._count - len(known))

    def members(self) -> tuple[Members, NDArray[np.int32]]:
        """All members in the order of their texts, and which of them each number of `add` stands for."""
        known = pl.concat([part.texts for part in self._parts]).unique().sort()
        place = pl.DataFrame({"text": known, "at": np.arange(len(known), dtype=np.int32)})
        text = np.concatenate([_renumbered(part.text, _places(part.texts, place)) for part in self._parts])
        seen = np.concatenate([part.first_seen for part in self._parts])
        order = np.lexsort([seen, *text.T[::-1]])
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (text[order[1:]] != text[order[:-1]]).any(axis=1) | (seen[order[1:]] != seen[order[:-1]])
        number = np.empty(len(order), dtype=np.int32)
        number[order] = np.cumsum(fresh) - 1
        first = order[fresh]
        return Members(text[first], seen[first], *contiguous(known)), number


def _renumbered(text: NDArray[np.int32], known: NDArray[np.int32]) -> NDArray[np.int32]:
    """Places among the texts of a part as places among all; -1 stays."""
    return np.append(known, np.int32(-1))[text]


def _places(texts: pl.Series, place: pl.DataFrame) -> NDArray[np.int32]:
    joined = pl.DataFrame({"text": texts}).join(place, on="text", how="left", maintain_order="left")
    return joined["at"].fill_null(-1).to_numpy().astype(np.int32)
