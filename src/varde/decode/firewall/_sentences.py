"""Records of sentences that earlier blocks had: lines that differ from those in numbers, addresses and stamps alone are not
read again."""

import numpy as np
import polars as pl

from varde.decode.batch import Origin
from varde.decode.firewall._columns import of_origin
from varde.decode.firewall._places import Ints

SENTENCES_MAX = 20_000
"""Remembered: a month of a firewall has fewer, and what is new to it is then read anew."""

_UNSEEN = -1


class Sentences:
    """What was read of one dialect's sentences, by their text without what varies. Not shared between threads."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._records = pl.DataFrame()

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, names: list[bytes]) -> Ints:
        """Row of `records` of each sentence, -1 where it was not read."""
        return np.array([self._rows.get(name, _UNSEEN) for name in names], dtype=np.int64)

    def records(self, origin: Origin) -> pl.DataFrame:
        """A record of each sentence as if a line of this origin had it; its numbers, addresses and times are of some line."""
        return self._records.with_columns(of_origin(origin)) if len(self) else self._records

    def remember(self, names: list[bytes], records: pl.DataFrame) -> None:
        """Keep a record of each of these sentences, of which none is remembered."""
        if len(self) + len(names) > SENTENCES_MAX:
            self._rows, self._records = {}, pl.DataFrame()
            names, records = names[:SENTENCES_MAX], records.head(SENTENCES_MAX)
        if names:
            kept = _copied(records.with_columns(raw=pl.lit(""), offset=pl.lit(0, dtype=pl.Int64)))
            self._rows.update(zip(names, range(len(self), len(self) + len(names)), strict=True))
            self._records = pl.concat([self._records, kept], rechunk=True) if len(self._records) else kept


def _copied(records: pl.DataFrame) -> pl.DataFrame:
    """The same in memory of its own: texts are parts of the block that they were read from, and would keep all of it."""
    made = pl.from_arrow(records.to_arrow(compat_level=pl.CompatLevel.oldest()))
    assert isinstance(made, pl.DataFrame)
    return made
