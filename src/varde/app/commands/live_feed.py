"""A feed as it happens: growing files, standard input and syslog in, lines out, until stopped or nobody reads any more."""

import asyncio
import contextlib
import select
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from varde.app.commands.files import refuse_foreign
from varde.app.context import Context
from varde.app.output import say
from varde.collect import Address, StandardInput, SyslogListener, Tail
from varde.decode import Lines, Origin
from varde.decode.events import events_of
from varde.decode.reader import Reader
from varde.export.logstalgia import Feed, pieces
from varde.model import VardeError

POLL_SECONDS = 0.2


def print_lines(lines: Iterable[str]) -> int:
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
    gone: bool = False
    "Nobody reads any more."
    readers: dict[str, Reader] = field(default_factory=dict)

    def take(self, sender: str, text: bytes) -> None:
        now = time.time_ns() // 1000
        reader = self.readers.setdefault(sender, Reader(self.context.dialects))
        origin = Origin(sender, sender, sender, now, self.context.zone, now, live=True)
        decoded = reader.read(Lines.of(text), origin)
        events = events_of(decoded).filter(pl.col("kind").is_in(list(self.kinds)))
        try:
            print_lines(self.feed.lines(events, now=now // 1_000_000))
        except BrokenPipeError:
            self.gone = True


async def live_feed(context: Context, paths: list[str], listen: tuple[str, ...], feed: Feed, kinds: tuple[str, ...]) -> None:
    """Follow the files and listen for syslog; without either, where the configuration says.

    Raises VardeError where a file cannot be followed or an address not be listened on.
    """
    printer = _Printer(context, feed, kinds)
    sources = [_source(path) for path in paths]
    listener = SyslogListener(printer.take, tuple(context.config.syslog.accept), None)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    addresses = listen or (() if paths else tuple(context.config.syslog.listen))
    try:
        for address in [await listener.listen(Address.parse(text)) for text in addresses]:
            say(f"listening for syslog on {address}")
        await _follow(sources, printer, stop, alone=not addresses)
    finally:
        await listener.close()


def _source(path: str) -> Tail | StandardInput:
    """What follows a path. Raises VardeError for what can never be followed; says what is waited for."""
    if path == "-":
        return StandardInput()
    if not Path(path).exists():
        say(f"{path}: no such file yet; it is followed when it appears")
        return Tail(path, whole=True)
    if not Path(path).is_file():
        raise VardeError(f"{path} is no file that can be followed; name a file, or - for standard input.")
    refuse_foreign(path)
    return Tail(path)


async def _follow(sources: list[Tail | StandardInput], printer: _Printer, stop: asyncio.Event, *, alone: bool) -> None:
    while not stop.is_set():
        for source in sources:
            if text := await asyncio.to_thread(source.poll):
                printer.take(source.path, text)
        if printer.gone or _reader_has_gone():
            say("nobody reads the feed any more")
            return
        if alone and all(isinstance(source, StandardInput) and source.ended for source in sources):
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL_SECONDS)


def _reader_has_gone() -> bool:
    """Whether the pipe that we write to has no other end: a closed window is noticed before the next line."""
    try:
        watched = select.poll()
        watched.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # no file at all
        return False
    return any(event & select.POLLERR for _, event in watched.poll(0))
