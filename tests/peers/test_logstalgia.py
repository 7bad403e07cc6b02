"""The real Logstalgia draws Varde's feed: a day of files, a honeypot, live syslog, a film, and what attackers write."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from tests.conftest import find_peer
from tests.material import cowrie_login, firewall_line, write_old
from tests.peers.display import HEIGHT, HOSTS, PADDLE, WIDTH, Frame, balls, display, frames, hosts, names
from tests.peers.running import ROOT, wait_for
from varde.export.logstalgia import ACCEPTED_COLOUR, FAILED_COLOUR, FILM_GROUPS, PRESETS, REFUSED_COLOUR

pytestmark = pytest.mark.peer("logstalgia", "xvfb")

GROUPS = [word for group in FILM_GROUPS for word in ("-g", group)]
ENOUGH = 8  # pixels; a ball has about twenty
LETTERS = 60  # pixels; a name of four letters has as many
LIVE_SECONDS = 40.0  # on a busy machine; three are usual
RAW = Path(os.environ.get("VARDE_FRAMES", "")) if os.environ.get("VARDE_FRAMES") else None
"""A folder for frames that a person wants to look at."""


@pytest.fixture(scope="module")
def surroundings() -> Iterator[dict[str, str]]:
    with display() as made:
        yield made | {"PYTHONPATH": str(ROOT / "src")}


def varde(folder: Path, environment: dict[str, str], *arguments: str) -> bytes:
    """What the program prints; it must end well."""
    command = [sys.executable, "-P", "-m", "varde", *arguments]
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment | {"HOME": str(folder)}, timeout=100, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@contextlib.contextmanager
def drawing(environment: dict[str, str], *arguments: str, stdin: IO[bytes] | int = subprocess.DEVNULL) -> Iterator[Iterator[Frame]]:
    """Frames of a running Logstalgia."""
    command = [str(find_peer("logstalgia")), f"-{WIDTH}x{HEIGHT}", "-x", *arguments[:-1], "-o", "-", "-r", "25", arguments[-1]]
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert process.stdout is not None
    try:
        yield frames(process.stdout)
    finally:
        process.kill()
        process.wait(20)


def seen(environment: dict[str, str], feed: Path, *colours: str, speed: int = 5) -> dict[str, Frame]:
    """For each colour the first frame in which it flies between an address and a path, until all have been seen or the feed ends."""
    found: dict[str, Frame] = {}
    with drawing(environment, "-s", str(speed), *GROUPS, str(feed)) as drawn:
        for frame in drawn:
            found |= {colour: frame for colour in colours if colour not in found and _flies(frame, colour)}
            if len(found) == len(colours):
                break
    return found


def _flies(frame: Frame, colour: str) -> bool:
    beside = FAILED_COLOUR if colour == ACCEPTED_COLOUR else colour  # the group of both is Login
    return balls(frame, colour) >= ENOUGH and hosts(frame) > LETTERS and names(frame, beside) > LETTERS


def keep(name: str, frame: Frame) -> None:
    if RAW is not None:
        (RAW / f"{name}.ppm").write_bytes(b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + frame.tobytes())


def test_the_synthetic_day(surroundings: dict[str, str], tmp_path: Path) -> None:
    varde(tmp_path, surroundings, "simulate", "day", "--day", "2026-11-20", "--probes", "2000")
    logs = [str(path) for path in sorted((tmp_path / "day").glob("*.[lj]*"))]
    text = varde(tmp_path, surroundings, "logstalgia", *logs, "--since", "2026-11-20 14:00", "--until", "2026-11-20 14:30")
    colours = {line.split(b"|")[6].decode() for line in text.splitlines()}
    assert {REFUSED_COLOUR, FAILED_COLOUR} <= colours, "half an hour with probes and logins"
    (tmp_path / "feed").write_bytes(text)
    found = seen(surroundings, tmp_path / "feed", REFUSED_COLOUR, FAILED_COLOUR)
    assert set(found) == {REFUSED_COLOUR, FAILED_COLOUR}
    for colour, frame in found.items():
        keep(f"day-{colour}", frame)


def test_a_honeypots_logins(surroundings: dict[str, str], tmp_path: Path) -> None:
    log = write_old(tmp_path / "pot.json", b"".join(cowrie_login(number, success=number % 4 == 0) for number in range(12)))
    (tmp_path / "feed").write_bytes(varde(tmp_path, surroundings, "logstalgia", str(log)))
    found = seen(surroundings, tmp_path / "feed", FAILED_COLOUR, ACCEPTED_COLOUR, speed=1)
    assert set(found) == {FAILED_COLOUR, ACCEPTED_COLOUR}, "an accepted password is written in its own colour"
    keep("accepted", found[ACCEPTED_COLOUR])


HOSTILE = (
    'x - - [20/Nov/2026:10:00:00 +0000] "GET / HTTP/1.0" 200 1',  # a web server's line, which Logstalgia looks for in the first line
    "a|b|c|500|9999999|0|00FF00", "\x1b[31m\x00\r\n", "\U0001f525" * 300 + "1800000000", "x" * 10_000, "500 Internal", "%s%n" * 50, "\u202eabc", "",
)  # fmt: skip


def test_hostile_names_hide_nothing(surroundings: dict[str, str], tmp_path: Path) -> None:
    logins = [cowrie_login(number, user, user) for number, user in enumerate(HOSTILE)]
    probe = firewall_line(len(HOSTILE), port=22)
    logs = [str(write_old(tmp_path / "pot.json", b"".join(logins))), str(write_old(tmp_path / "fw.log", probe))]
    text = varde(tmp_path, surroundings, "logstalgia", *logs)
    lines = text.splitlines()
    assert len(lines) == len(HOSTILE) + 1
    assert all(line.count(b"|") == 6 and len(line) < 1023 for line in lines)
    (tmp_path / "feed").write_bytes(text)
    found = seen(surroundings, tmp_path / "feed", REFUSED_COLOUR, speed=3)
    assert found, "the probe after them is drawn"
    keep("hostile", found[REFUSED_COLOUR])


@contextlib.contextmanager
def following(folder: Path, environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A live feed of syslog, and its port."""
    command = [sys.executable, "-P", "-m", "varde", "logstalgia", "--follow", "--listen", "udp://127.0.0.1:0"]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment | {"HOME": str(folder)}, cwd=folder)
    try:
        wait_for(lambda: b"listening for syslog on" in (folder / "said").read_bytes() or process.poll() is not None, 60)
        words = (folder / "said").read_text()
        assert process.poll() is None, words
        yield process, int(words.split()[-1].rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(30)


def test_live_syslog_over_a_pipe(surroundings: dict[str, str], tmp_path: Path) -> None:
    """With --sync, and the switches of the preset: balls have the colours of their sources."""
    with following(tmp_path, surroundings) as (feed, port), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        assert feed.stdout is not None
        stop = threading.Event()
        began = time.monotonic()

        def send() -> None:
            number = 0
            while not stop.wait(0.25):
                number += 1
                sender.sendto(b"<4>" + firewall_line(number, port=23), ("127.0.0.1", port))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            with drawing(surroundings, *PRESETS["firewall"][1:], stdin=feed.stdout) as drawn:
                feed.stdout.close()  # only Logstalgia holds it now
                frame = next((one for one in drawn if _has_a_ball(one)), None)
                took = time.monotonic() - began
        finally:
            stop.set()
            thread.join()
    assert frame is not None
    keep("live", frame)
    assert took < LIVE_SECONDS
    wait_for(lambda: feed.poll() is not None)
    assert feed.returncode == 0, (tmp_path / "said").read_text()


def _has_a_ball(frame: Frame) -> bool:
    """Something lit between the sources and the paddle, below the clock."""
    return int((frame[40:, HOSTS : PADDLE - 30].max(axis=2) > 90).sum()) >= ENOUGH


@pytest.mark.peer("ffmpeg")
def test_a_film_that_plays(surroundings: dict[str, str], tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", b"".join(firewall_line(number, port=22) for number in range(6)))
    film = tmp_path / "-film.webm"
    varde(tmp_path, surroundings, "logstalgia", str(log), "--video", film.name, "--size", f"{WIDTH}x{HEIGHT}", "--speed", "4")
    read = [str(find_peer("ffmpeg")), "-v", "error", "-i", str(film), "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    done = subprocess.run(read, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    played = np.frombuffer(done.stdout, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH, 3)
    assert 25 < len(played) < 250, "five seconds at four times the speed, and the last ball's way"
    assert any(balls(frame, REFUSED_COLOUR) >= ENOUGH for frame in played)
