"""logstalgia: a feed that the real Logstalgia draws, from files, the store, growing files or live syslog."""

import asyncio
from dataclasses import dataclass

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.commands.film import Film, shoot
from varde.app.commands.live_feed import live_feed, print_lines
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.decode.events import KINDS
from varde.export.logstalgia import PRESETS, Feed, command
from varde.model import LOGINS, PROBES, VardeError
from varde.query.replay import replay

_TABLES = {"firewall": PROBES, "logins": LOGINS}
"""Where the records of each kind are."""


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
        asyncio.run(live_feed(context, paths, options.listen, feed, options.kinds))
        return
    film = Film(options.video, options.size, options.speed) if options.video else None
    tables = tuple(_TABLES[kind] for kind in options.kinds)
    with asked_store(context, paths, tables) as (store, summaries):
        engine = engine_of(context, store)
        window = window_of(context, engine, (PROBES, LOGINS), options.day, options.since, options.until, sensor=options.sensor)
        lines = (line for part in replay(engine, window, options.kinds) for line in feed.lines(part))
        written = shoot(lines, film) if film else print_lines(lines)
        if not written:
            say_nothing(context, summaries, engine, (PROBES, LOGINS), "refused probes and login attempts")
            raise SystemExit(1)
