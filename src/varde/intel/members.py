"""Where indicators come from: distinct (list, entry, since when) rows, their text kept once."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

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


def members_of(indicators: pl.DataFrame) -> tuple[Members, NDArray[np.int32]]:
    """The distinct rows, and which of them each indicator has."""
    keys = [*TEXTS, "first_seen"]
    numbered = indicators.select(pl.struct(keys).rank("dense").cast(pl.Int32).alias("row") - 1, *keys)
    distinct = numbered.unique("row", keep="first").sort("row")
    known = pl.concat([distinct[name].drop_nulls() for name in TEXTS]).unique().sort()
    place = pl.DataFrame({"text": known, "at": np.arange(len(known), dtype=np.int32)})
    text = [_places(distinct[name], place) for name in TEXTS]
    encoded = [value.encode() for value in known.to_list()]
    begin = np.concatenate([[0], np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))])
    letters = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    seen = distinct["first_seen"].fill_null(-1).to_numpy().astype(np.int64)
    return Members(np.column_stack(text), seen, begin, letters), numbered["row"].to_numpy().astype(np.int32)


def _places(texts: pl.Series, place: pl.DataFrame) -> NDArray[np.int32]:
    joined = pl.DataFrame({"text": texts}).join(place, on="text", how="left", maintain_order="left")
    return joined["at"].fill_null(-1).to_numpy().astype(np.int32)
