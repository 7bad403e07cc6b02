"""Lines of many senders read as one block: a block of ten lines costs nearly what one of a thousand does, and there may be
hundreds of senders, each with a few lines at a time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode import flowtext
from varde.decode.batch import Decoded, Origin
from varde.decode.lines import Lines
from varde.decode.reader import Dialect, Reader

STARTS_MAX = 4096
"""Senders whose machine's start is remembered; the one that came first is forgotten first."""

Counts = dict[Origin, Counter[tuple[str, str]]]


class SendersReader:
    """Reads what many senders sent; remembers what they speak. Not shared between threads."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._starts = _Starts()
        # a header decides how later lines are read, so it must be a file's own: of senders nobody knows whose line comes next
        self._reader = Reader((d for d in dialects if not isinstance(d, flowtext.Dialect)), self._starts)

    def read(self, texts: dict[Origin, bytes], place: int) -> tuple[Decoded, Counts]:
        """Decode the texts as one block, and count for each origin. Raises nothing, as Reader.read.

        Each text ends with a line feed. The origins differ in sensor, source and file only. The first line gets `place` as
        its offset, the others count octets from there."""
        senders = Senders.of(texts, place)
        self._starts.senders = senders
        anybody = replace(senders.origins[0], sensor="", source="", file="")
        decoded = self._reader.read(Lines.of(b"".join(texts.values()), place), anybody)
        decoded.batch = senders.named(decoded.batch)
        decoded.others = {table: senders.named(batch) for table, batch in decoded.others.items()}
        decoded.rejects = senders.named(decoded.rejects)
        return decoded, senders.counts(decoded)


@dataclass(frozen=True, slots=True)
class Senders:
    """Whose lines stand where in a block."""

    origins: list[Origin]
    begins: NDArray[np.int64]
    "Offset of the first line of each."

    @classmethod
    def of(cls, texts: dict[Origin, bytes], place: int) -> "Senders":
        lengths = np.fromiter(map(len, texts.values()), dtype=np.int64, count=len(texts))
        return cls(list(texts), place + np.cumsum(lengths) - lengths)

    def at(self, offsets: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which of the origins the lines at these offsets belong to."""
        return np.searchsorted(self.begins, offsets, side="right") - 1

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Records or rejects with the sensor, source and file of their sender."""
        if frame.is_empty():
            return frame
        whose = self.at(frame["offset"].to_numpy())
        return frame.with_columns(
            pl.Series(name, [getattr(origin, name) for origin in self.origins], dtype=pl.String).gather(whose)
            for name in ("sensor", "source", "file")
        )

    def counts(self, decoded: Decoded) -> Counts:
        """What became of each sender's lines, as `Decoded.counts` says it of all."""
        made: Counts = {origin: Counter() for origin in self.origins}
        for dialect, outcome, offsets in decoded.fates:
            for index, count in enumerate(np.bincount(self.at(offsets), minlength=len(self.origins)).tolist()):
                if count:
                    made[self.origins[index]][dialect, outcome] += count
                    made[self.origins[index]]["", "lines"] += count
        return made


@dataclass(slots=True)
class _Starts:
    """When each sender's machine started, as `Start` says it of one."""

    senders: Senders | None = None
    moments: dict[str, int] = field(default_factory=dict)
    "us since 1970 UTC, by source."

    def of(self, captured: pl.DataFrame, origin: Origin) -> pl.Series | int:
        assert self.senders is not None
        counting = captured.select(
            pl.Series("sender", self.senders.at(captured["offset"].to_numpy())),
            pl.when(pl.col("kind") == "uptime").then(pl.col("stamp").cast(pl.Float64, strict=False)).alias("uptime"),
        )  # fmt: skip
        if counting["uptime"].null_count() == len(counting):
            return 0
        for sender, last in counting.drop_nulls().group_by("sender").max().rows():
            self._remember(self.senders.origins[sender].source, origin.reference - int(last * 1e6))
        starts = [self.moments.get(one.source, 0) for one in self.senders.origins]
        return pl.Series(starts, dtype=pl.Int64).gather(counting["sender"])

    def _remember(self, source: str, moment: int) -> None:
        self.moments.setdefault(source, moment)
        if len(self.moments) > STARTS_MAX:
            del self.moments[next(iter(self.moments))]
