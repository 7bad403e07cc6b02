"""A display without a screen, and the frames that Logstalgia draws on it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from typing import IO

import numpy as np

from tests.conftest import find_peer

WIDTH, HEIGHT = 640, 360
PADDLE = WIDTH * 2 // 3
"""Where the paddle stands: names of groups and paths are right of it."""
HOSTS = 130
"""Sources are left of it, and balls between it and the paddle."""

Frame = np.ndarray


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """The environment of programs that draw on it."""
    read, write = os.pipe()
    command = [str(find_peer("xvfb")), "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()  # when it is ready
        assert number, "Xvfb did not start"
        yield os.environ | {"DISPLAY": f":{number}", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    finally:
        process.terminate()
        process.wait(20)


def frames(stream: IO[bytes]) -> Iterator[Frame]:
    """Each frame of a stream of PPM pictures: rows of pixels of red, green, blue."""
    while stream.readline() == b"P6\n":
        assert stream.readline().split() == [b"%d" % WIDTH, b"%d" % HEIGHT, b"255"]
        octets = stream.read(WIDTH * HEIGHT * 3)
        assert len(octets) == WIDTH * HEIGHT * 3
        yield np.frombuffer(octets, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)


def pixels(part: Frame, colour: str) -> int:
    """How many pixels have this hue, brighter than a shadow: letters and balls are shaded at their rims."""
    wanted = np.frombuffer(bytes.fromhex(colour), dtype=np.uint8).astype(float)
    seen = part.reshape(-1, 3).astype(float)
    length = np.linalg.norm(seen, axis=1)
    alike = seen @ wanted > 0.995 * length * np.linalg.norm(wanted)
    return int((alike & (length > 90)).sum())


def balls(frame: Frame, colour: str) -> int:
    """Pixels of this hue where balls fly."""
    return pixels(frame[:, HOSTS : PADDLE - 20], colour)


def names(frame: Frame, colour: str) -> int:
    """Pixels of this hue where paths are written."""
    return pixels(frame[:, PADDLE:], colour)


def hosts(frame: Frame) -> int:
    """Lit pixels where sources are written."""
    return int((frame[45:, :HOSTS].max(axis=2) > 120).sum())
