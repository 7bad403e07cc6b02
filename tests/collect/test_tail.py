"""New lines of growing files, nothing remembered."""

from pathlib import Path

from varde.collect import Tail


def test_only_what_is_new_and_only_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\n")
    tail = Tail(str(log))
    assert tail.poll() == b""
    with log.open("ab") as file:
        file.write(b"one\ntw")
        file.flush()
        assert tail.poll() == b"one\n"
        file.write(b"o\n")
    assert (tail.poll(), tail.poll()) == (b"two\n", b"")


def test_through_rotation_and_truncation(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\n")
    tail = Tail(str(log))
    tail.poll()
    log.rename(tmp_path / "log.1")
    log.write_bytes(b"new file\n")
    assert b"".join(tail.poll() for _ in range(4)) == b"new file\n"
    log.write_bytes(b"cut\n")
    assert b"".join(tail.poll() for _ in range(4)) == b"cut\n"


def test_a_file_that_appears_later_is_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tail = Tail(str(log))
    assert tail.poll() == b""
    log.write_bytes(b"first\n")
    assert tail.poll() == b"first\n"


def test_an_endless_line_is_dropped_not_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"")
    tail = Tail(str(log))
    tail.poll()
    with log.open("ab") as file:
        file.write(b"x" * 200_000)
        file.flush()
        tail.poll()
        file.write(b"\nnext\n")
    assert tail.poll().endswith(b"next\n")


def test_what_was_waited_for_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "fw.log"
    tail = Tail(str(log), whole=True)
    log.write_bytes(b"one\n")  # before anybody polled
    assert tail.poll() == b"one\n"
    assert tail.poll() == b""
