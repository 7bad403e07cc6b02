"""varde replay: films of what the live view would have shown, and what it says when it cannot."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cli_run import varde
from material import cowrie_login, firewall_lines, write_old
from PIL import Image


@pytest.fixture
def logs(tmp_path: Path) -> tuple[str, str]:
    """Five minutes of probes and of logins, of which one was let in; synthetic."""
    write_old(tmp_path / "fw.log", firewall_lines(0, 300))
    write_old(tmp_path / "pot.json", b"".join(cowrie_login(n, success=n == 100) for n in range(200)))
    return "fw.log", "pot.json"


def test_an_animated_picture_needs_no_other_program(tmp_path: Path, logs: tuple[str, str]) -> None:
    done = varde(tmp_path, "replay", *logs, "-o", "all.gif", "--speed", "60", "--size", "480x270", PATH="/nowhere")
    assert done.status == 0, done.err
    assert "all.gif: 500 events in " in done.err
    film = Image.open(tmp_path / "all.gif")
    assert (film.size, film.format) == ((480, 270), "GIF")
    assert 60 < film.n_frames <= int(done.err.split(" events in ")[1].split(" frames")[0])
    assert not list(tmp_path.glob(".all.gif*"))


@pytest.mark.skipif(shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("suffix", ["webm", "mp4"])
def test_ffmpeg_makes_a_film_as_long_as_it_says(tmp_path: Path, logs: tuple[str, str], suffix: str) -> None:
    done = varde(tmp_path, "replay", *logs, "--kind", "logins", "-o", f"-x.{suffix}", "--speed", "120", "--size", "480x270")
    assert done.status == 0, done.err
    frames = int(done.err.split(" events in ")[1].split(" frames")[0])
    asked = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames,width,height", "-of", "csv=p=0", f"file:-x.{suffix}"]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    assert told == f"480,270,{frames}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say where to write the film"), (["-o", "-"], "say where to write the film"), (["-o", "x.avi"], "use a suffix of .gif, .webm, .mp4, .mkv"),
        (["-o", "x.webm"], ".webm needs the program ffmpeg: on Debian `apt install ffmpeg`. Without it: -o x.gif"), (["-o", "x.gif", "--size", "wide"], "--size is written as 1280x720"),
        (["-o", "x.gif", "--size", "481x270"], "both even"), (["-o", "x.gif", "--size", "99999x99999"], "480x270 to 3840x2160"),
        (["-o", "x.gif", "--kind", "flows"], "no such kind: flows"), (["-o", "x.gif", "--scheme", "mauve"], "no such scheme"),
        (["-o", "x.gif", "--speed", "1"], "ask about less time, or say --speed 3"), (["-o", "nowhere/x.gif", "--speed", "600"], "cannot write nowhere/x.gif: no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_filmed_is_said_with_what_to_do(tmp_path: Path, logs: tuple[str, str], arguments: list[str], words: str) -> None:
    done = varde(tmp_path, "replay", *logs, *arguments, PATH="/nowhere")
    assert done.status == 2
    assert words in done.err
    assert not list(tmp_path.glob("x.*"))


def test_no_speed_is_named_that_is_none(tmp_path: Path, logs: tuple[str, str]) -> None:
    """A stray stamp stretches the period over centuries."""
    (tmp_path / "old.json").write_bytes(cowrie_login(0).replace(b"2026-", b"1970-"))
    done = varde(tmp_path, "replay", *logs, "old.json", "-o", "x.gif", "--speed", "86400")
    assert (done.status, done.err.strip().endswith("ask about less time")) == (2, True), done.err


def test_what_ffmpeg_refuses_is_told_in_its_words(tmp_path: Path, logs: tuple[str, str]) -> None:
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "ffmpeg"
    fake.write_text("#!/bin/sh\n/usr/bin/head -c 1000 >/dev/null\necho 'Unknown encoder' >&2\nexit 1\n")
    fake.chmod(0o755)
    done = varde(tmp_path, "replay", *logs, "-o", "x.webm", "--speed", "600", PATH=str(tmp_path / "bin"))
    assert (done.status, "ffmpeg could not write x.webm: Unknown encoder" in done.err) == (2, True), done.err


def test_nothing_to_film_says_so(tmp_path: Path, logs: tuple[str, str]) -> None:
    done = varde(tmp_path, "replay", logs[0], "--kind", "logins", "-o", "x.gif")
    assert done.status == 1
    assert "300 probes" in done.err
    assert not (tmp_path / "x.gif").exists()
