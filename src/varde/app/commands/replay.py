"""replay: what the live view would have shown, as a film."""

import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from varde.app.commands.asking import asked_store, say_nothing, window_of
from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.output import put_in_place, say, visible
from varde.decode.events import KINDS
from varde.model import LOGINS, PROBES, VardeError
from varde.query.replay import curve, replay
from varde.views.live import LARGEST, SMALLEST, Film, frames, palette_image
from varde.views.palette import SCHEMES

GIF_RATE = 12
"""Frames a second of an animated picture: each costs as much as the first."""

GIF_FRAMES_MAX = 1800
"""More make a file that no page shows."""

FRAMES_MAX = 100_000
"""More than an hour of film is a wrong --speed."""

SPEED_MAX = 86_400
"""A day a second."""

VIDEOS = {
    ".webm": ("-pix_fmt", "yuv420p", "-crf", "32", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6"),
    ".mp4": ("-pix_fmt", "yuv420p", "-crf", "24"), ".mkv": ("-pix_fmt", "yuv420p", "-crf", "24"),
}  # fmt: skip
"""What ffmpeg is told for each suffix."""

_SHOWN = {"firewall": (PROBES, "refused probe"), "logins": (LOGINS, "login attempt")}
_GROUPS = {"logins": ("logins",), "firewall": ("tcp", "udp", "other")}


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """The switches of the command."""

    day: str | None = None
    since: str | None = None
    until: str | None = None
    kinds: tuple[str, ...] = KINDS
    sensor: str | None = None
    src: str | None = None
    speed: int = 1440
    size: str = ""
    "WIDTHxHEIGHT; empty for what suits the format."
    scheme: str = "dark"


def replay_command(context: Context, paths: list[str], output: str | None, options: ReplayOptions) -> None:
    """Draw a period as a film. Exit status 1 where there is nothing in it."""
    film, target = _film(context, options, output), Path(str(output))
    with asked_store(context, paths) as (store, summaries):
        engine = engine_of(context, store)
        window = window_of(context, engine, (PROBES, LOGINS), options.day, options.since, options.until, sensor=options.sensor, src=options.src)
        found = curve(engine, window, 1, options.kinds)
        events = found.probes[0] + found.failed[0] + found.accepted[0]
        if not events:
            wanted = [_SHOWN[kind] for kind in KINDS if kind in options.kinds]
            say_nothing(context, summaries, engine, tuple(table for table, _ in wanted), " and no ".join(words for _, words in wanted))
            raise SystemExit(1)
        count = film.count(window.last - window.first)
        _check_length(count, film, target)
        pictures = _shown(frames(replay(engine, window, options.kinds), window.first, window.last, film), count, quiet=context.quiet)
        if target.suffix.lower() == ".gif":
            _write_gif(pictures, film, target)
        else:
            _write_video(pictures, film, target)
    if not context.quiet:
        say(f"{target}: {events:,} events in {count:,} frames, {count / film.rate:.0f} seconds.")


def _film(context: Context, options: ReplayOptions, output: str | None) -> Film:
    """Raises VardeError for what cannot be drawn or written, before anything is read."""
    if output in (None, "-"):
        raise VardeError("say where to write the film: -o day.webm, or -o day.gif")
    suffix = Path(str(output)).suffix.lower()
    if suffix != ".gif" and suffix not in VIDEOS:
        raise VardeError(f"cannot tell what to write from {visible(str(output))!r}: use a suffix of {', '.join(('.gif', *VIDEOS))}")
    if suffix != ".gif" and shutil.which("ffmpeg") is None:
        raise VardeError(f"{suffix} needs the program ffmpeg: on Debian `apt install ffmpeg`. Without it: -o {Path(str(output)).stem}.gif")
    if unknown := set(options.kinds) - set(KINDS):
        raise VardeError(f"no such kind: {', '.join(sorted(unknown))}. There are {', '.join(KINDS)}.")
    if options.scheme not in SCHEMES:
        raise VardeError(f"no such scheme: {options.scheme}. There are {', '.join(SCHEMES)}.")
    width, height = _size(options.size or ("800x450" if suffix == ".gif" else "1280x720"))
    groups = tuple(group for kind in reversed(KINDS) if kind in options.kinds for group in _GROUPS[kind])
    rate = GIF_RATE if suffix == ".gif" else 25
    return Film(width, height, rate, options.speed, SCHEMES[options.scheme], context.zone, groups, context.config.view.note)


def _size(text: str) -> tuple[int, int]:
    width, by, height = text.lower().partition("x")
    if not (by and width.isdigit() and height.isdigit()):
        raise VardeError(f"--size is written as 1280x720, not {text!r}")
    size = int(width), int(height)
    if not all(least <= side <= most and side % 2 == 0 for least, side, most in zip(SMALLEST, size, LARGEST, strict=True)):
        raise VardeError(f"a film is {SMALLEST[0]}x{SMALLEST[1]} to {LARGEST[0]}x{LARGEST[1]} pixels, both even, not {text}")
    return size


def _check_length(count: int, film: Film, target: Path) -> None:
    most = GIF_FRAMES_MAX if target.suffix.lower() == ".gif" else FRAMES_MAX
    if count > most:
        faster = math.ceil(film.speed * count / most * 1.1)
        cure = f", or say --speed {faster}" if faster <= SPEED_MAX else ""
        raise VardeError(f"that would be {count:,} frames, and {target.suffix} may have {most:,}: ask about less time{cure}")


def _shown(pictures: Iterator[Image.Image], count: int, *, quiet: bool) -> Iterator[Image.Image]:
    """The same pictures; on a terminal with a bar of how many are drawn."""
    if quiet or not sys.stderr.isatty():
        return pictures
    from rich.console import Console
    from rich.progress import track

    return iter(track(pictures, "drawing", count, console=Console(stderr=True), transient=True))


def _write_gif(pictures: Iterator[Image.Image], film: Film, target: Path) -> None:
    """Whole or not at all, as every output."""
    colours = palette_image(film)
    few = (picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture in pictures)
    with put_in_place(str(target)) as beside:
        next(few).save(beside, format="GIF", save_all=True, append_images=few, duration=1000 // film.rate, loop=0, optimize=False)


def _write_video(pictures: Iterator[Image.Image], film: Film, target: Path) -> None:
    """Frames as they are drawn into ffmpeg; whole or not at all. Raises VardeError with what it says where it fails."""
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{film.width}x{film.height}", "-r", str(film.rate), "-i", "-")
    with put_in_place(str(target)) as beside:
        _encode(pictures, [str(shutil.which("ffmpeg")), "-y", "-loglevel", "error", *raw, *VIDEOS[target.suffix.lower()], f"file:{beside}"], target)


def _encode(pictures: Iterator[Image.Image], command: list[str], target: Path) -> None:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as encoder:  # noqa: S603 - a list, found on PATH
        assert encoder.stdin is not None and encoder.stderr is not None
        try:
            for picture in pictures:
                encoder.stdin.write(picture.tobytes())
            encoder.stdin.close()
        except BrokenPipeError:
            pass  # it says below why it ended
        said = encoder.stderr.read().decode(errors="replace").strip()
        status = encoder.wait()
    if status:
        raise VardeError(f"ffmpeg could not write {visible(str(target))}: {visible(said.splitlines()[-1]) if said else f'status {status}'}")
