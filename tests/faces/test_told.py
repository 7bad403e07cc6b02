"""What a master was told is remembered beside Munin's own states, whatever stands there."""

import os
from pathlib import Path

import pytest

from varde.faces.told import OCTETS_MAX, read_told, state_file, write_told

NOW = 1_795_345_290.0


def test_what_was_told_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "varde_all-127.0.0.1"
    write_told(path, {"logins": 1795345280})
    assert read_told(path, NOW) == {"logins": 1795345280}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'"x"', b'{"logins": "1"}', b'{"logins": true}', b'{"logins": -5}', b'{"logins": 1e9}', b'{"nothing": 5}', b'{"logins": 1795349999}',
     b"[" * 20_000, b"\xff\xfe", b'{"logins": ' + b"9" * 5000 + b"}", b'{"logins": 5' + b" " * OCTETS_MAX + b"}"],
)  # fmt: skip
def test_a_damaged_state_or_one_of_the_future_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    assert read_told(path, NOW) == {}


def test_a_link_a_pipe_or_a_folder_in_its_place_is_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text('{"logins": 5}')
    (tmp_path / "link").symlink_to(other)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "absent"):
        assert read_told(tmp_path / name, NOW) == {}
    write_told(tmp_path / "link", {"logins": 7})
    assert other.read_text() == '{"logins": 5}'
    assert read_told(tmp_path / "link", NOW) == {"logins": 7}
    write_told(tmp_path / "folder", {"logins": 7})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link", "other", "pipe"]


def test_each_master_has_its_own(tmp_path: Path) -> None:
    assert state_file({"MUNIN_STATEFILE": f"{tmp_path}/varde_all-192.0.2.1", "MUNIN_PLUGSTATE": "/x"}, "all") == tmp_path / "varde_all-192.0.2.1"
    assert state_file({"MUNIN_PLUGSTATE": str(tmp_path), "MUNIN_MASTER_IP": "192.0.2.2"}, "logins") == tmp_path / "varde_logins-192.0.2.2"
    assert state_file({}, "all") is None
    assert state_file({"MUNIN_PLUGSTATE": str(tmp_path / "absent")}, "all") is None
