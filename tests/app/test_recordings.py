"""A honeypot's files: those below its folder, and no other, whatever a log says."""

import os
from pathlib import Path

import pytest

from varde.app.config import parse
from varde.app.recordings import read_below, recording
from varde.decode.ttylog import HEAD, OPEN, OUTPUT, WRITE
from varde.model import VardeError

TTYLOG = HEAD.pack(OPEN, 0, 0, 0, 1_795_176_000, 0) + HEAD.pack(WRITE, 0, 2, OUTPUT, 1_795_176_001, 0) + b"# "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "cowrie"
    (folder / "tty").mkdir(parents=True)
    (folder / "tty" / "one").write_bytes(TTYLOG)
    (tmp_path / "secret").write_bytes(TTYLOG)
    return folder


def test_a_path_of_the_log_is_found_below_the_home(home: Path) -> None:
    config = parse(f'[[sensor]]\nname = "pot"\nhome = "{home}"\n', "test")
    for path in ("tty/one", str(home / "tty" / "one"), "tty/../tty/./one"):
        assert recording(config, "pot", path).events == [(1000, "# ")]
    with pytest.raises(VardeError, match="add to its"):
        recording(config, "other", "tty/one")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "tty/../../secret", "tty/out", "tty/away/secret", "", ".", "tty"])
def test_nothing_outside_is_read(home: Path, path: str) -> None:
    (home / "tty" / "out").symlink_to(home.parent / "secret")
    (home / "tty" / "away").symlink_to(home.parent)
    with pytest.raises(VardeError, match=r"not below|no regular file"):
        read_below(home, path, 1000)


@pytest.mark.parametrize("path", ["tty/absent", "tty/one/x", "tty/\0", "x" * 5000, "tty/loop", "tty/\ud800"])
def test_what_is_not_there_is_said_in_a_sentence(home: Path, path: str) -> None:
    (home / "tty" / "loop").symlink_to(home / "tty" / "loop")
    with pytest.raises(VardeError, match="cannot read"):
        read_below(home, path, 1000)


def test_links_below_the_home_may_be_followed_and_the_home_may_be_one(home: Path, tmp_path: Path) -> None:
    (home / "var").symlink_to(home / "tty")
    (tmp_path / "link").symlink_to(home)
    assert read_below(tmp_path / "link", "var/one", 1000) == TTYLOG


def test_pipes_do_not_block_and_large_files_are_not_read(home: Path) -> None:
    os.mkfifo(home / "tty" / "pipe")
    with pytest.raises(VardeError, match="no regular file"):
        read_below(home, "tty/pipe", 1000)
    with pytest.raises(VardeError, match="more than the 10 that are read"):
        read_below(home, "tty/one", 10)


def test_a_home_is_a_whole_path() -> None:
    with pytest.raises(VardeError, match="whole path"):
        parse('[[sensor]]\nname = "pot"\nhome = "cowrie"\n', "test")
