"""The live feed as a person runs it: what cannot be followed, what appears later, who stops it and who no longer reads."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_run import Up, as_nobody, refused, varde
from material import environment, firewall_line, firewall_lines, write_old


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--follow", "."), "is no file that can be followed"), (("--follow", "program"), "which is no log of lines"),
        (("--listen", "nonsense"), "is no address to listen on"), (("--follow", "--video", "x.webm"), "--video needs an end"),
        (("--kind", "shoes"), "no such kind: shoes. There are firewall, logins"), (("--video", "film"), "end it in .webm or .mp4"),
        (("--video", "x.webm", "--size", "640x361"), "two even numbers"), (("--video", "none/x.webm"), "there is no folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF" + bytes(4096))
    assert words in refused(tmp_path, "logstalgia", *arguments)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert f"127.0.0.1:{port}: the port is taken" in refused(tmp_path, "logstalgia", "--listen", f"udp://127.0.0.1:{port}")


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret.log").write_bytes(firewall_lines(0, 3))
    (tmp_path / "secret.log").chmod(0)
    for arguments in (("--follow",), ()):
        done = varde(tmp_path, "logstalgia", *arguments, "secret.log", runner=as_nobody(tmp_path) or ["env"])
        assert (done.status, done.out) == (2, "") and "secret.log" in done.err and "permission denied" in done.err


def test_a_path_that_appears_later_and_an_end_by_hand(tmp_path: Path) -> None:
    with Up(tmp_path, "--follow", "later.log", command="logstalgia") as feed:
        assert "later.log: no such file yet; it is followed when it appears" in feed.wait_for("no such file yet")
        (tmp_path / "later.log").write_bytes(firewall_line(6, port=7547))
        assert feed.wait_for("|TCP:7547|").endswith("|198.18.0.6|TCP:7547|200|10|1|60A8D0")
        assert feed.stop(signal.SIGINT) == 0


def run(home: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-B", "-m", "varde", "logstalgia", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=home, env=environment(home))


def test_what_another_program_writes_is_followed_to_its_end(tmp_path: Path) -> None:
    with run(tmp_path, "--follow", "-") as feed:
        out, err = feed.communicate(firewall_lines(0, 3) + firewall_line(3).rstrip(), timeout=60)
    assert (feed.returncode, err) == (0, b"")
    assert [line.split(b"|")[2] for line in out.splitlines()] == [b"TCP:1", b"TCP:2", b"TCP:3", b"TCP:4"]


def test_it_ends_when_nobody_reads_any_more(tmp_path: Path) -> None:
    (tmp_path / "fw.log").touch()
    with run(tmp_path, "--follow", "fw.log") as feed:
        assert feed.stdout is not None and feed.stderr is not None
        feed.stdout.close()  # and no line ever comes
        assert feed.wait(60) == 0
        assert feed.stderr.read() == b"nobody reads the feed any more\n"


def test_a_pipe_that_is_closed_under_a_long_feed(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", firewall_lines(0, 5000))
    read, write = os.pipe()
    command = [sys.executable, "-B", "-m", "varde", "logstalgia", str(log)]
    with subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(tmp_path)) as feed:
        os.close(write)
        assert os.read(read, 100)
        os.close(read)
        _, err = feed.communicate(timeout=60)
    assert (feed.returncode, err) == (0, b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"hello\n", "text of a kind"), (b"a" * 1_000_000, "damaged"), (firewall_lines(0, 3), "3 probes")],
)
def test_files_without_logins_say_what_they_are(tmp_path: Path, content: bytes, words: str) -> None:
    log = str(write_old(tmp_path / "x.log", content))
    for command in (("logstalgia", "--kind", "logins"), ("afterglow", "csv"), ("linkgraph",), ("honeypot", "passwords")):
        done = varde(tmp_path, *command, log)
        assert done.status == 1 and words in done.err, done.err
        assert len(done.err.splitlines()) == 1


def test_records_that_do_not_match_are_told_from_none(tmp_path: Path) -> None:
    log = str(write_old(tmp_path / "x.log", firewall_lines(0, 3)))
    done = varde(tmp_path, "logstalgia", log, "--day", "2026-01-01")
    assert done.status == 1
    assert "has no refused probes and login attempts that match; it has 3 probes, from 2026-11-20 to 2026-11-20" in done.err
