"""Where answers are written: whole or not at all, and nothing that is no file loses its place."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cli_run import varde
from material import cowrie_login, environment, write_old

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
