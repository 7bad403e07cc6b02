"""logstalgia: a feed that the real Logstalgia draws, from files, the store, growing files or live syslog."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.commands.film import Film, shoot
from varde.app.context import Context
from varde.app.output import say
from varde.collect import Address, SyslogListener, Tail
from varde.decode import Lines, Origin
from varde.decode.events import KINDS, events_of
from varde.decode.reader import Reader
from varde.export.logstalgia import PRESETS, Feed, command, pieces
from varde.model import LOGINS, PROBES, VardeError
from varde.query import Engine
from varde.query.replay import replay

POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LogstalgiaOptions:
    """The switches of the command."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    kinds: tuple[str, ...] = KINDS
    sensor: str | None = None
    follow: bool = False
    listen: tuple[str, ...] = ()
    article: bool = False
    video: str | None = None
    size: str = "1280x720"
    speed: int = 1


def preset_command(name: str, *, article: bool) -> None:
    """Print the command that draws a feed."""
    wanted = f"{name}-article" if article and f"{name}-article" in PRESETS else name
    if wanted not in PRESETS:
        raise VardeError(f"no such preset: {name}. There are firewall and logins.")
    print(command(wanted))


def logstalgia_command(context: Context, paths: list[str], options: LogstalgiaOptions) -> None:
    """Write the feed, until there is no more of it or, live, until stopped."""
    unknown = set(options.kinds) - set(KINDS)
    if unknown:
        raise VardeError(f"no such kind: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}.")
    feed = Feed(options.article)
    if options.follow or options.listen:
        if options.video:
            raise VardeError("--video needs an end: leave out --follow and --listen.")
        asyncio.run(_live(context, paths, feed, options))
        return
    film = Film(options.video, options.size, options.speed) if options.video else None
    with asked_store(context, paths) as (store, summaries):
        engine = Engine(store)
        window = window_of(context, engine, (PROBES, LOGINS), options.day, options.since, options.until, sensor=options.sensor)
        lines = (line for part in replay(engine, window, options.kinds) for line in feed.lines(part))
        written = shoot(lines, film) if film else _print(lines)
        if not written:
            say_nothing(context, summaries, engine, (PROBES, LOGINS), "refused probe and no login attempt")
            raise SystemExit(1)


def _print(lines: Iterable[str]) -> int:
    """Answers how many octets; each write holds whole lines, and is flushed so that a reader behind a pipe sees it at once."""
    written = 0
    for piece in pieces(lines):
        written += len(piece)
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    return written


@dataclass(slots=True)
class _Printer:
    """Decodes what arrives and prints what is to be seen of it."""

    context: Context
    feed: Feed
    kinds: tuple[str, ...]
    readers: dict[str, Reader] = field(default_factory=dict)

    def take(self, sender: str, text: bytes) -> None:
        now = time.time_ns() // 1000
        reader = self.readers.setdefault(sender, Reader(self.context.dialects))
        origin = Origin(sender, sender, sender, now, self.context.zone, now, live=True)
        decoded = reader.read(Lines.of(text), origin)
        events = events_of(decoded).filter(pl.col("kind").is_in(list(self.kinds)))
        _print(self.feed.lines(events, now=now // 1_000_000))


async def _live(context: Context, paths: list[str], feed: Feed, options: LogstalgiaOptions) -> None:
    printer = _Printer(context, feed, options.kinds)
    addresses = options.listen or (() if paths else tuple(context.config.syslog.listen))
    listener = SyslogListener(printer.take, tuple(context.config.syslog.accept), None)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    bound = [await listener.listen(Address.parse(text)) for text in addresses]
    for address in bound:
        say(f"listening for syslog on {address}")
    tails = [Tail(path) for path in paths]
    try:
        while not stop.is_set():
            await _poll(tails, printer)
            await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=POLL_SECONDS)
    except BrokenPipeError:
        say("the feed's reader has gone")
    finally:
        await listener.close()


async def _poll(tails: list[Tail], printer: _Printer) -> None:
    for tail in tails:
        if text := await asyncio.to_thread(tail.poll):
            printer.take(tail.path, text)
