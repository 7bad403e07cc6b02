"""Where answers are written: whole or not at all, and nothing that is no file loses its place."""

import io
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cli_run import varde
from material import cowrie_login, environment, write_old

from varde.app import output
from varde.app.output import put_in_place, write_output
from varde.model import VardeError


def test_a_pipe_with_a_name_stays_one_and_gets_what_is_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe.csv").read_bytes()), daemon=True)
    reader.start()
    write_output(str(tmp_path / "pipe.csv"), b"a,b\n")
    reader.join(10)
    assert (got, (tmp_path / "pipe.csv").is_fifo()) == ([b"a,b\n"], True)


def test_a_link_stays_one_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "today.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("today.csv")
    write_output(str(tmp_path / "link.csv"), b"new")
    assert ((tmp_path / "link.csv").is_symlink(), (tmp_path / "today.csv").read_text()) == (True, "new")


def test_standard_output_by_its_name_stays_a_link(tmp_path: Path) -> None:
    """Whoever may write to /dev would otherwise put a file in its place."""
    write_old(tmp_path / "pot.json", b"".join(cowrie_login(n) for n in range(3)))
    (tmp_path / "out.csv").symlink_to("/dev/stdout")
    run = [sys.executable, "-m", "varde", "honeypot", "users", "pot.json", "-o", "out.csv"]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60)
    assert done.stdout.startswith("user,"), done.stderr
    assert (tmp_path / "out.csv").readlink() == Path("/dev/stdout")


@pytest.mark.parametrize(("name", "words"), [("folder", "is a directory"), ("nowhere/x", "no such file or directory"), ("/dev/full", "no space left")])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(VardeError, match=words):
        write_output(str(tmp_path / name), b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_is_not_finished_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")

    def stopped(beside: Path) -> None:
        beside.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), put_in_place(str(tmp_path / "x")) as beside:
        stopped(beside)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x", "old")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_stopped_leaves_no_copy_of_the_log_behind(tmp_path: Path, number: int) -> None:
    os.mkfifo(tmp_path / "pot.json")
    (tmp_path / "tmp").mkdir()
    child = subprocess.Popen([sys.executable, "-m", "varde", "honeypot", "users", "pot.json"], stderr=subprocess.DEVNULL, cwd=tmp_path,
                             env=environment(tmp_path, TMPDIR=str(tmp_path / "tmp")))  # fmt: skip
    with (tmp_path / "pot.json").open("wb") as log:
        log.write(cowrie_login(1))
        log.flush()
        end = time.monotonic() + 30
        while not any((tmp_path / "tmp").iterdir()):
            assert time.monotonic() < end
            time.sleep(0.05)
        child.send_signal(number)
        assert child.wait(30) == 128 + number
    assert not any((tmp_path / "tmp").iterdir())


def test_a_film_that_fails_leaves_yesterdays(tmp_path: Path) -> None:
    write_old(tmp_path / "pot.json", b"".join(cowrie_login(n) for n in range(50)))
    fake = tmp_path / "ffmpeg"
    fake.write_text('#!/bin/sh\nfor last; do :; done\necho half > "${last#file:}"\necho broken >&2\nexit 1\n')
    fake.chmod(0o755)
    (tmp_path / "x.webm").write_text("yesterday's")
    done = varde(tmp_path, "replay", "pot.json", "-o", "x.webm", "--speed", "600", PATH=f"{tmp_path}:/bin:/usr/bin")
    assert (done.status, "could not write x.webm: broken" in done.err) == (2, True), done.err
    assert (tmp_path / "x.webm").read_text() == "yesterday's"
    assert not list(tmp_path.glob(".x*"))


PATIENCE = 60.0
"""Seconds, of a busy machine."""


def _until(terminal: int, words: bytes) -> bytes:
    """What a program writes to a terminal up to some words."""
    told = b""
    while words not in told:
        assert select.select([terminal], [], [], PATIENCE)[0], told
        told += os.read(terminal, 4096)
    return told


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_long_question_says_that_it_is_one_and_ends_when_told(tmp_path: Path, number: int, status: int) -> None:
    """On a terminal; with nothing said and no trace of the program's insides when it is interrupted."""
    ours, theirs = pty.openpty()
    endless = "select sum(a.range * b.range) from range(10000000) a, range(10000000) b"
    command = [sys.executable, "-P", "-m", "varde", "sql", endless, "--store", str(tmp_path / "store"), "--seconds", "600"]
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=environment(tmp_path) | {"TERM": "xterm"}) as running:
        os.close(theirs)
        try:
            _until(ours, b"asking the store")
            running.send_signal(number)
            assert running.wait(PATIENCE) == status
            assert b"Traceback" not in os.read(ours, 65536)
        finally:
            running.kill()
            os.close(ours)


def test_a_question_that_is_answered_soon_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with output.asking(lambda: 50.0):
        pass
    assert terminal.getvalue() == ""
    monkeypatch.setattr(output, "SOON_SECONDS", 0.0)
    with output.asking(lambda: 50.0), output.asking(lambda: 50.0):  # one bar for both
        time.sleep(0.5)
    assert "asking the store" in terminal.getvalue()
