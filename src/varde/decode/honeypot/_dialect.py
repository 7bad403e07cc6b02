"""What a honeypot dialect is: a function from lines to events, and what people should know of it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.honeypot._memory import Memory
from varde.decode.lines import Lines

ROW = "row"
"""The place of an event's line in the block."""

EVENT_OF = {
    "login": "logins", "request": "tunnels", "payload": "payloads", "command": "commands", "file": "downloads", "mail": "mails",
    "connect": "sessions", "version": "sessions", "fingerprint": "sessions", "terminal": "sessions", "variable": "sessions",
    "recording": "sessions", "close": "sessions",
}  # fmt: skip
"""Kinds of events and the table each belongs to."""

SCHEMA: dict[str, pl.DataType] = {
    ROW: pl.Int64(), "event": pl.String(), "stamp": pl.String(), "kind": pl.String(),
    **dict.fromkeys(
        (
            "session", "service", "src", "src_port", "dst", "dst_port", "user", "password", "success", "target", "target_port",
            "claimed_src", "claimed_src_port", "tunnel", "data", "ja4", "ja4h", "input", "outcome", "direction", "url", "name",
            "sha256", "kept", "version", "hassh", "terminal", "variable", "recording", "duration", "mails", "recipients", "length",
            "ehlo", "sender", "auth", "credentials", "tls", "method", "host", "path", "agent", "proto",
        ),
        pl.String(),
    ),
}  # fmt: skip
"""Columns of an event, all text as it was captured. `kind` is that of the stamp (see `varde.decode.stamps`); `data` is
how Python writes the octets; `duration` is in microseconds; `proto` is an IP protocol number, TCP where it is null."""


def holds(text: pl.Series, words: Iterable[str]) -> pl.Series:
    """Which texts hold one of the words. An alternation of words is sought several octets at a time, which `contains_any` is not."""
    return text.str.contains("|".join(map(re.escape, words)))


def events(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with all columns of SCHEMA: those it lacks are null, others go."""
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in frame.columns]
    return frame.with_columns(missing).select([pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()])


def no_events() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def others(mine: pl.DataFrame, known: pl.DataFrame) -> NDArray[np.intp]:
    """Rows of a dialect's own lines that are no event."""
    rows, told = (frame[ROW].to_numpy() for frame in (mine, known))
    events_at = np.zeros(int(max(rows.max(initial=-1), told.max(initial=-1))) + 1, dtype=bool)
    events_at[told] = True
    silent: NDArray[np.intp] = rows[~events_at[rows]].astype(np.intp)
    return silent


@dataclass(frozen=True, slots=True)
class Found:
    """What a dialect made of lines: its events, the rows of lines that are its own and tell nothing, and the rows that
    it claims and cannot read, by reason. Lines in none of them are not its own."""

    events: pl.DataFrame = field(default_factory=no_events)
    silent: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    damaged: dict[str, NDArray[np.intp]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of honeypot logs. `pivots`: texts one of which stands in each of its lines. `tells`: the tables that its lines
    have rows of, each with texts one of which stands in every such line."""

    name: str
    title: str
    pivots: tuple[str, ...]
    read: Callable[[Lines], Found]
    tells: dict[str, tuple[str, ...]]
    fix: str = ""
    "What to set so that nothing is missing."
    clock: str = ""
    "What to set so that its stamps have year and zone."
    recalls: Callable[[Lines, Memory[Any]], Found] | None = None
    "As `read`, for blocks in the order of the text, where a line may need what an earlier block said."
    lost: str = ""
    "What its lines do not say, and which setting brings it back."
