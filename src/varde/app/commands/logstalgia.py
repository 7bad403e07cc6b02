"""logstalgia: a feed that the real Logstalgia draws, from files, the store, growing files or live syslog."""

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.context import Context
from varde.app.output import say
from varde.collect import Address, SyslogListener, Tail
from varde.decode import Lines, Origin
from varde.decode.events import KINDS, events_of
from varde.decode.reader import Reader
from varde.export.logstalgia import PRESETS, Feed, command
from varde.model import LOGINS, PROBES, VardeError
from varde.query import Engine
from varde.query.replay import replay

POLL_SECONDS = 0.2
VIDEO_RATE = 25
"""Frames a second, of Logstalgia and of the video."""


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
    with asked_store(context, paths) as (store, summaries):
        engine = Engine(store)
        window = window_of(context, engine, (PROBES, LOGINS), options.day, options.since, options.until, sensor=options.sensor)
        lines = (line for part in replay(engine, window, options.kinds) for line in feed.lines(part))
        written = _film(lines, options) if options.video else _print(lines)
        if not written:
            say_nothing(context, summaries, engine, (PROBES, LOGINS), "refused probe and no login attempt")
            raise SystemExit(1)


def _print(lines: Iterator[str]) -> int:
    """Each line is flushed, so that a reader behind a pipe sees it at once."""
    count = 0
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        count += 1
    return count


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
        for line in self.feed.lines(events, now=now // 1_000_000):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()


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


def _film(lines: Iterator[str], options: LogstalgiaOptions) -> int:
    """Let Logstalgia draw into ffmpeg. Raises VardeError where either is missing or fails."""
    target = Path(str(options.video))
    programs = [shutil.which(name) for name in ("logstalgia", "ffmpeg")]
    if not all(programs):
        raise VardeError("--video needs the programs logstalgia and ffmpeg: on Debian `apt install logstalgia ffmpeg`. Without them: "
                         "the feed alone, or the page's Live view.")  # fmt: skip
    count = 0

    def counted() -> Iterator[str]:
        nonlocal count
        for line in lines:
            count += 1
            yield line + "\n"

    draw = [str(programs[0]), f"-{options.size}", *PRESETS["firewall"][1:4], "-s", str(options.speed), "-x", "-o", "-", "-r", str(VIDEO_RATE),
            "-g", "TCP,URI=^TCP,35", "-g", "UDP,URI=^UDP,25", "-g", "ICMP,URI=^ICMP,10", "-g", "Login,URI=^.,30", "-"]  # fmt: skip
    encode = [str(programs[1]), "-y", "-loglevel", "error", "-r", str(VIDEO_RATE), "-f", "image2pipe", "-vcodec", "ppm", "-i", "-", str(target)]
    with subprocess.Popen(draw, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as drawer:  # noqa: S603
        encoder = subprocess.Popen(encode, stdin=drawer.stdout)  # noqa: S603
        assert drawer.stdin is not None and drawer.stdout is not None
        drawer.stdout.close()
        drawer.stdin.writelines(line.encode() for line in counted())
        drawer.stdin.close()
        failed = encoder.wait() or drawer.wait()
    if failed:
        raise VardeError(f"logstalgia or ffmpeg ended with status {failed}; without a display run `xvfb-run varde logstalgia ... --video`.")
    say(f"{target}: {count:,} balls")
    return count
