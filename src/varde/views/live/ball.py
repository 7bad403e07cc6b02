"""What flies, and how too many become few: as on the page (`web/src/ball.ts`)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from zlib import crc32

import polars as pl

from varde.decode.addresses import text_of
from varde.decode.events import cells

FOREVER_MS = 2**62
"""A grain of time that holds all events."""

GROUPS = ("logins", "tcp", "udp", "other")
GROUPS_MAX = 2 * len(GROUPS)
"""Each accepted or not: what the last fold leaves at most."""


@dataclass(frozen=True, slots=True)
class Ball:
    """One or more events that are alike. `sources` and `paths` are more than one where several were folded."""

    kind: str
    source: str | None
    path: str
    accepted: bool
    count: int
    sources: int = 1
    paths: int = 1

    @property
    def group(self) -> str:
        if self.kind == "logins":
            return "logins"
        return self.path[:3].lower() if self.path.startswith(("TCP", "UDP")) else "other"

    @property
    def v6(self) -> bool:
        return self.source is not None and ":" in self.source


def balls_of(events: pl.DataFrame) -> list[Ball]:
    """Events that are alike, as balls; columns as of `varde.decode.events.SCHEMA`."""
    names = ("kind", "src_addr", "path", "accepted")
    alike = cells(events, FOREVER_MS).group_by(names).agg(pl.col("count").sum()).sort(names)
    return [Ball(kind, None if source is None else text_of(source), path, accepted, count) for kind, source, path, accepted, count in alike.iter_rows()]


def share(text: str) -> float:
    """A number from 0 to 1 that is always the same for a text: places that do not jump about."""
    return crc32(text.encode()) / 2**32


def _network(source: str | None) -> str:
    if source is None:
        return ""
    return ":".join(source.split(":")[:4]) if ":" in source else source.rpartition(".")[0]


_FOLDS: tuple[Callable[[Ball], str], ...] = (
    lambda ball: f"{ball.source}\n{ball.path}", lambda ball: f"{_network(ball.source)}\n{ball.path}", lambda ball: ball.path,
)  # fmt: skip


def fold(balls: Iterable[Ball], most: int) -> list[Ball]:
    """The same events as at most `most` balls, but never fewer than one for each group and outcome; no event is lost."""
    single = _fold_by(balls, _FOLDS[0])
    folded = single
    for key in _FOLDS:
        folded = _fold_by(folded, key)
        if len(folded) <= most:
            return folded
    telling = sorted(single, key=lambda ball: (not ball.accepted, -ball.count))
    alone = max(0, most - GROUPS_MAX)
    return telling[:alone] + _fold_by(telling[alone:], lambda ball: ball.group)


def _fold_by(balls: Iterable[Ball], key: Callable[[Ball], str]) -> list[Ball]:
    found: dict[tuple[str, bool, str], Ball] = {}
    for ball in balls:
        name = (ball.kind, ball.accepted, key(ball))
        found[name] = _merged(found[name], ball) if name in found else ball
    return list(found.values())


def _merged(a: Ball, b: Ball) -> Ball:
    """Named after the one with more events, so that what is shown is never made up."""
    return replace(
        b if b.count > a.count else a, count=a.count + b.count,
        sources=max(a.sources, b.sources) if a.source == b.source else a.sources + b.sources,
        paths=max(a.paths, b.paths) if a.path == b.path else a.paths + b.paths,
    )  # fmt: skip
