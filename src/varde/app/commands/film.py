"""A film of a feed: Logstalgia draws it into ffmpeg."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from varde.app.output import put_in_place, say, visible
from varde.export.logstalgia import FILM_GROUPS, pieces
from varde.model import VardeError, counted

RATE = 25
"""Frames a second, of Logstalgia and of the film."""

SIZE_MIN, SIZE_MAX = 160, 7680  # pixels of a side; Logstalgia's clock needs the one, no screen has more than the other
_LAST_SECONDS = 8  # what a ball needs to cross at Logstalgia's own speed
_SIZE = re.compile(r"([0-9]{2,4})x([0-9]{2,4})")
_SWITCHES = ("--disable-progress", "--no-bounce", "-x", "-o", "-", "-r", str(RATE))
_PACKED = ("-pix_fmt", "yuv420p")
"""The form of colours that browsers and telephones can show."""


@dataclass(frozen=True, slots=True)
class Film:
    """Where it goes, how large it is in pixels, and how many times as fast as it happened."""

    target: str
    size: str = "1280x720"
    speed: int = 1

    def __post_init__(self) -> None:
        sides = _SIZE.fullmatch(self.size)
        if sides is None or not all(SIZE_MIN <= int(side) <= SIZE_MAX and int(side) % 2 == 0 for side in sides.groups()):
            raise VardeError(f"--size is two even numbers from {SIZE_MIN} to {SIZE_MAX}, as in 1280x720; not {self.size!r}.")
        if not Path(self.target).suffix:
            raise VardeError(f"cannot tell what film to write from {self.target!r}: end it in .webm or .mp4.")
        if not Path(self.target).absolute().parent.is_dir():
            raise VardeError(f"cannot write {self.target}: there is no folder {Path(self.target).absolute().parent}")


def shoot(lines: Iterable[str], film: Film) -> int:
    """Draw the lines of a feed; answers how many they were, and draws nothing of none.

    Raises VardeError where a program is missing or fails.
    """
    programs = [shutil.which(name) for name in ("logstalgia", "ffmpeg")]
    if not all(programs):
        raise VardeError("--video needs the programs logstalgia and ffmpeg: on Debian `apt install logstalgia ffmpeg`. Without them: "
                         "the feed alone, or the page's Live view.")  # fmt: skip
    # a file and no pipe: Logstalgia waits forever for more of a pipe that has ended
    with tempfile.NamedTemporaryFile(prefix="varde-", suffix=".feed") as feed:
        for piece in pieces(lines):
            feed.write(piece)
        feed.flush()
        count, seconds = _measured(Path(feed.name))
        if count:
            say(f"drawing {counted(count, 'ball')}: at most {_spoken(seconds / film.speed + _LAST_SECONDS)} of film")
            with put_in_place(film.target) as beside:
                _draw(str(programs[0]), str(programs[1]), feed.name, film, beside)
            say(f"{visible(film.target)}: {counted(count, 'ball')}")
    return count


def _measured(feed: Path) -> tuple[int, int]:
    """Lines of a feed, and seconds from the first to the last."""
    count, first, last = 0, b"0", b"0"
    with feed.open("rb") as file:
        for count, line in enumerate(file, 1):
            last = line.partition(b"|")[0]
            first = last if count == 1 else first
    return count, int(last) - int(first)


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _draw(logstalgia: str, ffmpeg: str, feed: str, film: Film, target: Path) -> None:
    groups = [word for group in FILM_GROUPS for word in ("-g", group)]
    draw = [logstalgia, f"-{film.size}", *_SWITCHES, "-s", str(film.speed), *groups, feed]
    # absolute, because a name may begin with a hyphen
    encode = [ffmpeg, "-y", "-loglevel", "error", "-r", str(RATE), "-f", "image2pipe", "-vcodec", "ppm", "-i", "-", *_PACKED, str(target.absolute())]
    drawer = subprocess.Popen(draw, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)  # noqa: S603
    encoder = subprocess.Popen(encode, stdin=drawer.stdout)  # noqa: S603
    assert drawer.stdout is not None
    drawer.stdout.close()
    try:
        refused = encoder.wait()
        drawn = drawer.poll() if refused else drawer.wait()
    finally:
        # Logstalgia draws on to its end when nobody looks any more
        for child in (drawer, encoder):
            child.kill()
            child.wait()
    if drawn:
        raise VardeError(f"logstalgia ended with status {drawn}; what it said stands above. Without a display run `xvfb-run varde logstalgia ... --video`.")
    if refused:
        raise VardeError(f"ffmpeg ended with status {refused}; what it said stands above.")
