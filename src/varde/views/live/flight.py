"""Which balls are in the air and where each is, as on the page (`web/src/flight.ts`): a place follows from the time alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from varde.views.live.ball import GROUPS_MAX, Ball, fold, share

OUT, BACK, ON, RING = 1.3, 0.7, 0.35, 1.6
"""Seconds from source to paddle, of a bounce, from paddle to name, and of the ring there."""

TICK = 0.1
"""Seconds between two launches: what happens in between flies together."""

MOST = 320
"""Balls in the air."""

_SHARE = 0.2  # of the free places that one launch may take, so that a burst is a stream and not a salvo
_REACH = 110  # pixels that a ball bounces back
PENDING_MAX = 2000


@dataclass(frozen=True, slots=True)
class Shot:
    """A ball in the air: when it was thrown, s, and the heights of its source and of what it is aimed at, px."""

    ball: Ball
    born: float
    y0: float
    y1: float
    spin: float

    @property
    def life(self) -> float:
        return OUT + (ON + RING if self.ball.accepted else BACK)

    @property
    def radius(self) -> float:
        return (5 if self.ball.accepted else 3) + min(11.0, 1.7 * math.log2(self.ball.count))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a ball is: phase out, back, on or ring, and how much of it is done, 0 to 1."""

    x: float
    y: float
    alpha: float
    phase: str
    done: float


@dataclass(frozen=True, slots=True)
class Court:
    """Where balls begin, where the paddle stands, and where names begin, px."""

    left: float
    wall: float
    right: float


def spot_of(shot: Shot, court: Court, now: float) -> Spot | None:
    """Where a ball is; None before and after its time."""
    age = now - shot.born
    if not 0 <= age < shot.life:
        return None
    if age < OUT:
        done = age / OUT
        return Spot(court.left + (court.wall - court.left) * done, shot.y0 + (shot.y1 - shot.y0) * done, min(1.0, done * 8), "out", done)
    return _passed(shot, court, age - OUT) if shot.ball.accepted else _bounced(shot, court, (age - OUT) / BACK)


def _bounced(shot: Shot, court: Court, done: float) -> Spot:
    away = 1 - (1 - done) ** 2
    slope = (shot.y1 - shot.y0) / max(1.0, court.wall - court.left)
    return Spot(court.wall - _REACH * away, shot.y1 + _REACH * away * (slope + shot.spin / 2), (1 - done) ** 1.5, "back", done)


def _passed(shot: Shot, court: Court, age: float) -> Spot:
    if age < ON:
        return Spot(court.wall + (court.right - court.wall) * age / ON, shot.y1, 1.0, "on", age / ON)
    done = (age - ON) / RING
    return Spot(court.right, shot.y1, 1 - done, "ring", done)


@dataclass(slots=True)
class Flight:
    """Balls that wait and balls in the air; no event is ever dropped."""

    most: int = MOST
    shots: list[Shot] = field(default_factory=list)
    pending: list[Ball] = field(default_factory=list)

    def add(self, balls: list[Ball]) -> None:
        self.pending += balls
        if len(self.pending) > PENDING_MAX:
            self.pending = fold(self.pending, PENDING_MAX // 2)

    def step(self, now: float, aim: Callable[[Ball, float], tuple[float, float]]) -> list[Shot]:
        """Launch what is due and forget what has landed; to be called every TICK."""
        self.shots = [shot for shot in self.shots if now - shot.born < shot.life]
        free = self.most - len(self.shots)
        if not self.pending or free < GROUPS_MAX:
            return []
        balls, self.pending = fold(self.pending, max(GROUPS_MAX, math.ceil(free * _SHARE))), []
        made = []
        for number, ball in enumerate(balls):
            born = now + number * TICK / len(balls)
            made.append(Shot(ball, born, *aim(ball, born), 2 * share(f"{ball.source} {ball.path} {born}") - 1))
        self.shots += made
        return made
