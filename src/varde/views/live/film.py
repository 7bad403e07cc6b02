"""Frames of the live view: Pillow draws them twice as large, and halving them makes the edges smooth."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import polars as pl
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from varde.model import service_name
from varde.views.graph.letters import plain
from varde.views.live.ball import GROUPS, Ball, balls_of
from varde.views.live.flight import BACK, OUT, TICK, Court, Flight, Shot, Spot, spot_of
from varde.views.live.lanes import FADE, Ends, Lane
from varde.views.palette import SCHEMES, Scheme

SMALLEST, LARGEST = (480, 270), (3840, 2160)
"""Pixels of a film."""

_TIMES = 2  # drawn so much larger
_ROW, _PAD, _HEAD = 18, 12, 56
_PADDLE, _AHEAD, _TAU = 44.0, 0.07, 0.07  # px high at least; s that it sees coming; s in which it comes most of the way
_COUNTED = 10  # events from which a ball says how many it stands for
_TAIL = 0.09  # s of flight that a tail is long
_ENDS_EVERY = 0.2  # s between two drawings of the names
_LOGINS = {"dark": ("#ff5a4f", "#ffe14d"), "light": ("#c8281e", "#8a1f9c"), "classic": ("#ff5a4f", "#ffff00")}
"""Colours of failed and accepted logins, as on the page."""

_STEPS = 12
"""From ground to colour, where 256 are all there are: nearer ones would be taken for each other."""

_TITLES = {"logins": "LOGINS", "tcp": "TCP", "udp": "UDP", "other": "OTHER"}
_END_SECONDS = OUT + BACK + 1.0
"""Of the film after the last event, so that it lands."""


@dataclass(frozen=True, slots=True)
class Film:
    """Size in pixels, frames a second, how many times as fast as it happened, colours, zone, and which groups are shown."""

    width: int = 1280
    height: int = 720
    rate: int = 25
    speed: float = 1440.0
    scheme: Scheme = SCHEMES["dark"]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    groups: tuple[str, ...] = GROUPS
    title: str = ""

    @property
    def rows(self) -> int:
        return max(12, (self.height - _HEAD - 2 * _PAD) // _ROW)

    @property
    def beside(self) -> tuple[int, int]:
        """Pixels for the names on the left and on the right."""
        return (150, 170) if self.width < 900 else (210, 230)

    @property
    def court(self) -> Court:
        left, right = self.beside
        return Court(left + 10, self.width - right - 34, self.width - right - 8)

    def count(self, length: timedelta) -> int:
        """Frames of a period."""
        return math.ceil((length.total_seconds() / self.speed + _END_SECONDS) * self.rate)


def frames(parts: Iterator[pl.DataFrame], first: datetime, last: datetime, film: Film) -> Iterator[Image.Image]:
    """A picture for each frame. `parts`: events in order of time, as of `varde.query.replay`."""
    stage = _Stage(film, first, last)
    due = _ticks(parts, first, film.speed)
    upcoming = next(due, None)
    for number in range(film.count(last - first)):
        now = number / film.rate
        while upcoming is not None and upcoming[0] * TICK <= now:
            stage.take(upcoming[1])
            upcoming = next(due, None)
        yield stage.frame(now)


def _ticks(parts: Iterator[pl.DataFrame], first: datetime, speed: float) -> Iterator[tuple[int, list[Ball]]]:
    """Number of each tick of the film that has events, and its balls."""
    begin, grain = int(first.timestamp() * 1e6), TICK * speed * 1e6
    for part in parts:
        numbered = part.with_columns(((pl.col("time").dt.epoch("us") - begin) / grain).floor().cast(pl.Int64).alias("tick"))
        for alike in numbered.partition_by("tick", maintain_order=True):
            yield int(alike["tick"][0]), balls_of(alike.drop("tick"))


class _Stage:
    """What is on the screen, and has been counted so far."""

    def __init__(self, film: Film, first: datetime, last: datetime) -> None:
        self.film, self.first, self.last = film, first, last
        self.flight, self.ends = Flight(), Ends(film.rows, film.groups)
        self.sums: Counter[str] = Counter()
        self.paddle = [film.height / 2 - _PADDLE / 2, film.height / 2 + _PADDLE / 2]
        self.ticked = self.ended = -1.0
        self.before = 0.0
        self.back = self._ground()

    def take(self, balls: list[Ball]) -> None:
        for ball in balls:
            self.sums["probes" if ball.kind == "firewall" else "accepted" if ball.accepted else "failed"] += ball.count
        self.flight.add(balls)

    def _aim(self, ball: Ball, now: float) -> tuple[float, float]:
        source, target = self.ends.aim(ball, now)
        return _y(source), _y(target)

    def frame(self, now: float) -> Image.Image:
        if now - self.ticked >= TICK - 1e-9:
            self.ticked = now
            self.flight.step(now, self._aim)
        if now - self.ended >= _ENDS_EVERY - 1e-9 or self.ended < 0:
            self.ended = now
            self.back = self._ground()
            self._names(now)
        picture = self.back.copy()
        brush = _Brush(picture, self.film)
        brush.words(16, 20, self._clock(now), 15, self.film.scheme.ink, bold=True)
        brush.words(16, 42, self._sentence(), 12, self.film.scheme.quiet)
        self._move(now)
        for shot in sorted(self.flight.shots, key=lambda shot: shot.ball.accepted):  # who is let in lies on top
            if spot := spot_of(shot, self.film.court, now):
                brush.ball(shot, spot, now)
        brush.paddle(*self.paddle)
        return picture.reduce(_TIMES)

    def _ground(self) -> Image.Image:
        return Image.new("RGB", (self.film.width * _TIMES, self.film.height * _TIMES), self.film.scheme.ground)

    def _clock(self, now: float) -> str:
        at = min(self.last, self.first + timedelta(seconds=now * self.film.speed)).astimezone(self.film.zone)
        return f"{at:%Y-%m-%d %H:%M}" + (f"   {self.film.title}" if self.film.title else "")

    def _sentence(self) -> str:
        sums = self.sums
        refused = [f"{sums[key]:,} {word}{'' if sums[key] == 1 else 's'}" for key, word, groups in (("probes", "probe", GROUPS[1:]), ("failed", "login", GROUPS[:1])) if set(groups) & set(self.film.groups)]
        let_in = f"; {sums['accepted']:,} login{'' if sums['accepted'] == 1 else 's'} let in" if "logins" in self.film.groups else ""
        return f"{' and '.join(refused)} refused{let_in}. {self.film.speed:,.0f} times as fast as it happened."

    def _names(self, now: float) -> None:
        brush, film = _Brush(self.back, self.film), self.film
        left, right = film.beside
        for row, lane in enumerate([*self.ends.sources.rows, self.ends.sources.others]):
            brush.name(lane, left - 2, row, now, end=True, room=left - 12)
        for band in self.ends.bands:
            at = film.width - right + 4
            brush.words(at, _y(band.first - 1), _TITLES[band.group], 11, film.scheme.quiet)
            brush.line(at, _y(band.first - 1) + _ROW / 2, film.width - 8, _y(band.first - 1) + _ROW / 2, film.scheme.line, 1)
            lanes = self.ends.targets[band.group]
            for row, lane in enumerate([*lanes.rows, lanes.others]):
                brush.name(lane, at, band.first + row, now, end=False, room=right - 60, group=band.group)
        for y in range(_HEAD + _PAD, film.height - _PAD, 8):
            brush.line(film.court.wall + 3, y, film.court.wall + 3, y + 2, film.scheme.line, 1)

    def _move(self, now: float) -> None:
        """The paddle goes where balls come next, as wide as they are apart."""
        share, self.before = 1 - math.exp(-(now - self.before) / _TAU), now
        due = [shot.y1 for shot in self.flight.shots if not shot.ball.accepted and -0.04 <= shot.born + OUT - now <= _AHEAD]
        if not due:
            return
        spare = max(0.0, _PADDLE - (max(due) - min(due))) / 2 + 6
        self.paddle[0] += (min(due) - spare - self.paddle[0]) * share
        self.paddle[1] += (max(due) + spare - self.paddle[1]) * share


def _y(row: int) -> float:
    return _HEAD + _PAD + _ROW * (row + 0.5)


@lru_cache(maxsize=16)
def _font(size: int, bold: bool, mono: bool = False) -> ImageFont.FreeTypeFont:
    family = "DejaVu Sans Mono" if mono else "DejaVu Sans"  # both come with matplotlib
    return ImageFont.truetype(findfont(f"{family}:bold" if bold else family), size * _TIMES)


@lru_cache(maxsize=4096)
def _mixed(colour: str, ground: str, alpha: float) -> str:
    parts = [(int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(over * alpha + under * (1 - alpha)):02x}" for over, under in parts)


class _Brush:
    """Draws in the film's pixels on a larger picture."""

    def __init__(self, picture: Image.Image, film: Film) -> None:
        self.draw, self.film = ImageDraw.Draw(picture), film
        self.failed, self.accepted = _LOGINS[film.scheme.name]

    def _faded(self, colour: str, alpha: float) -> str:
        return _mixed(colour, self.film.scheme.ground, round(max(0.0, min(1.0, alpha)), 2))

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float) -> None:
        self.draw.line([(x0 * _TIMES, y0 * _TIMES), (x1 * _TIMES, y1 * _TIMES)], colour, max(1, round(width * _TIMES)))

    def words(self, x: float, y: float, text: str, size: int, colour: str, *, bold: bool = False, mono: bool = False, anchor: str = "lm") -> None:
        self.draw.text((x * _TIMES, y * _TIMES), text, colour, _font(size, bold, mono), anchor=anchor)

    def name(self, lane: Lane | None, x: float, row: int, now: float, *, end: bool, room: float, group: str = "") -> None:
        """A name that fades when it is not used; at the right edge how often it was aimed at."""
        alpha = 0.0 if lane is None else min(1.0, (FADE - (now - lane.used)) / (FADE / 2))
        if lane is None or alpha <= 0:
            return
        ink = self.accepted if lane.accepted and lane.name != "others" else self.film.scheme.ink
        text = _fitting(_spoken(lane.name, group), room)
        self.words(x, _y(row), text, 11, self._faded(ink, alpha), mono=True, anchor="rm" if end else "lm")
        if end:
            self._dot(x + 10, _y(row), 2, self._faded(self.film.scheme.quiet, alpha))
        else:
            self.words(self.film.width - 8, _y(row), f"{lane.count:,}", 10, self._faded(self.film.scheme.quiet, alpha), anchor="rm")

    def _dot(self, x: float, y: float, r: float, fill: str | None, line: str | None = None, width: float = 0) -> None:
        box = [(x - r) * _TIMES, (y - r) * _TIMES, (x + r) * _TIMES, (y + r) * _TIMES]
        self.draw.ellipse(box, fill, line, round(width * _TIMES))

    def colour(self, ball: Ball) -> str:
        if ball.kind == "logins":
            return self.accepted if ball.accepted else self.failed
        planes = self.film.scheme.planes
        return planes["icmp"] if ball.group == "other" else planes[f"{ball.group}{6 if ball.v6 else 4}"]

    def ball(self, shot: Shot, spot: Spot, now: float) -> None:
        colour = self.colour(shot.ball)
        if spot.phase == "ring":
            self._ring(shot, spot, colour)
            return
        if spot.phase == "back":
            self._flash(shot, spot, colour)
        elif before := spot_of(shot, self.film.court, max(shot.born, now - _TAIL * (3 if shot.ball.accepted else 1))):
            self.line(before.x, before.y, spot.x, spot.y, self._faded(colour, 0.35 * spot.alpha), max(1.5, shot.radius))
        self._shape(shot, spot, self._faded(colour, spot.alpha))
        if shot.ball.count >= _COUNTED and spot.phase == "out":
            self.words(spot.x, spot.y - shot.radius - 8, f"{shot.ball.count:,}", 10, self.film.scheme.ink, anchor="mm")

    def _shape(self, shot: Shot, spot: Spot, colour: str) -> None:
        """Shape doubles colour: TCP a dot, UDP a ring, IPv6 square, a login a diamond."""
        ball, r, x, y = shot.ball, shot.radius, spot.x * _TIMES, spot.y * _TIMES
        hollow = ball.group == "udp"
        fill, line, wide = (self.film.scheme.ground, colour, 2 * _TIMES) if hollow else (colour, colour, 1)
        if ball.kind == "logins":
            d = r * 1.3 * _TIMES
            self.draw.polygon([(x, y - d), (x + d, y), (x, y + d), (x - d, y)], colour)
        elif ball.v6:
            self.draw.rectangle([x - r * _TIMES, y - r * _TIMES, x + r * _TIMES, y + r * _TIMES], fill, line, wide)
        else:
            self._dot(spot.x, spot.y, r, fill, line if hollow else None, 2)
        if ball.accepted:
            self._dot(spot.x, spot.y, r + 6, None, colour, 2)

    def _flash(self, shot: Shot, spot: Spot, colour: str) -> None:
        if spot.done < 0.35:
            half, x = shot.radius + 4 + 14 * spot.done, self.film.court.wall + 3
            self.line(x, shot.y1 - half, x, shot.y1 + half, self._faded(colour, 1 - spot.done / 0.35), 2)

    def _ring(self, shot: Shot, spot: Spot, colour: str) -> None:
        """Who was let in: a ring spreads around the name, and says it."""
        for late in (0.0, 0.25):
            if (done := spot.done - late) > 0:
                self._dot(spot.x, spot.y, shot.radius + 6 + 46 * done, None, self._faded(colour, spot.alpha), 3 * (1 - spot.done) + 1)
        many = f" x{shot.ball.count:,}" if shot.ball.count > 1 else ""
        text = _fitting(f"let in: {_spoken(shot.ball.path, 'logins')}", 240) + many
        font = _font(12, True)
        wide = font.getlength(text) / _TIMES + 16
        left, right = (spot.x - wide - 14) * _TIMES, (spot.x - 14) * _TIMES
        self.draw.rounded_rectangle([left, (spot.y - 11) * _TIMES, right, (spot.y + 11) * _TIMES], 11 * _TIMES, self._faded(colour, 2 * spot.alpha))
        self.words(spot.x - wide - 6, spot.y, text, 12, self.film.scheme.ground, bold=True)

    def paddle(self, top: float, bottom: float) -> None:
        x = self.film.court.wall + 1
        self.draw.rounded_rectangle([x * _TIMES, top * _TIMES, (x + 5) * _TIMES, bottom * _TIMES], 5, self.film.scheme.ink)


@lru_cache(maxsize=4096)
def _spoken(name: str, group: str) -> str:
    """A path as people say it: `23 telnet`, `ICMP 8/0`, a user name; what could turn or hide letters is spelled out."""
    if group == "logins" or not group:
        return plain(name) if name or not group else "(empty)"
    port = name.partition(":")[2]
    if group == "other" or not port.isdigit():
        return plain(name.replace(":", " "))
    return f"{port} {service_name(group, int(port))}".strip()


@lru_cache(maxsize=4096)
def _fitting(text: str, room: float) -> str:
    """The text, or its beginning and an ellipsis, at most so many pixels wide."""
    wide = _font(11, False, mono=True).getlength("0") / _TIMES
    most = int(room / wide)
    return text if len(text) <= most else text[: max(1, most - 1)] + "\N{HORIZONTAL ELLIPSIS}"


def palette_image(film: Film) -> Image.Image:
    """The colours of a film for a picture that may have 256 only: each on its way into the ground."""
    colours = [film.scheme.ink, film.scheme.quiet, *_LOGINS[film.scheme.name], *dict.fromkeys(film.scheme.planes.values())]
    steps = min(_STEPS, 255 // len(colours))
    mixed = [film.scheme.ground] + [_mixed(colour, film.scheme.ground, round((step + 1) / steps, 3)) for colour in colours for step in range(steps)]
    image = Image.new("P", (1, 1))
    image.putpalette([int(colour[at : at + 2], 16) for colour in mixed[:256] for at in (1, 3, 5)])
    return image
