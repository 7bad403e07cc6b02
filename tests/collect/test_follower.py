"""A followed file gives each line once, through growth, rotation, truncation and absence."""

import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from material import (
    each_once,
    firewall_line,
    firewall_lines,
    import_file,
    importer,
    stored,
    stored_lines,
    write_old,
)

from varde.collect import Follower
from varde.store import Store


class Scene:
    """A log that a program writes, a follower, and a store."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "fw.log"
        self.store = Store(folder / "store")
        self.seen: list[int] = []
        self.follower = self.new_follower()
        self.number = 0
        self.written = b""

    def new_follower(self) -> Follower:
        return Follower(replace(importer(self.store), watchers=(self,)), str(self.log))

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        self.seen.append(len(batch))

    def stored(self) -> None:
        """A follower tells its watchers also of commits."""

    def append(self, text: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(text)
        self.written += text

    def write_lines(self, count: int) -> None:
        self.append(firewall_lines(self.number, count))
        self.number += count

    def settle(self) -> None:
        """Poll until nothing new comes."""
        for _ in range(3):
            while self.follower.poll():
                pass

    def check(self) -> None:
        self.settle()
        self.follower.close()
        assert stored_lines(self.store) == each_once(self.written)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_lines_are_seen_when_they_are_written_and_stored_when_the_follower_closes(scene: Scene) -> None:
    scene.write_lines(3)
    assert scene.follower.poll() == 0  # what is there is imported at once
    scene.write_lines(2)
    assert scene.follower.poll() == 2
    assert scene.seen == [3, 2]
    scene.check()


def test_a_file_that_appears_later_is_followed_from_its_beginning(scene: Scene) -> None:
    assert scene.follower.poll() == 0
    assert "no such file yet" in scene.follower.last_error
    scene.append(b"")
    scene.follower.poll()
    assert scene.follower.last_error == ""
    scene.write_lines(4)
    scene.check()


def test_a_file_that_began_empty_is_the_same_text_after_a_restart(scene: Scene) -> None:
    scene.append(b"")
    scene.settle()
    scene.write_lines(5)
    scene.settle()
    scene.follower.close()
    scene.follower = scene.new_follower()
    scene.write_lines(5)
    scene.check()
    assert import_file(scene.store, scene.log).records == 0


def test_a_first_line_written_in_two_parts_is_the_same_text_after_a_restart(scene: Scene) -> None:
    line = firewall_line(0)
    scene.append(line[:50])
    scene.settle()
    scene.append(line[50:])
    scene.number = 1
    scene.write_lines(3)
    scene.settle()
    scene.follower.close()
    assert import_file(scene.store, scene.log).records == 0
    scene.check()


def test_a_line_that_is_completed_later_is_one_line(scene: Scene) -> None:
    scene.write_lines(2)
    scene.settle()
    line = firewall_line(2)
    for cut in range(0, len(line), 37):
        scene.append(line[cut : cut + 37])
        scene.follower.poll()
    scene.check()


def test_rotation_by_rename_loses_no_line_of_either_file(scene: Scene) -> None:
    scene.write_lines(5)
    scene.settle()
    scene.write_lines(3)
    old = scene.log.rename(scene.folder / "fw.log.1")
    with old.open("ab") as still_open:
        still_open.write(firewall_line(900))
    scene.written += firewall_line(900)
    scene.write_lines(4)
    scene.check()


def test_between_rename_and_the_new_file_the_old_one_is_read_on(scene: Scene) -> None:
    scene.write_lines(2)
    scene.settle()
    old = scene.log.rename(scene.folder / "fw.log.1")
    scene.settle()
    with old.open("ab") as still_open:
        still_open.write(firewall_line(900))
    scene.written += firewall_line(900)
    scene.settle()
    scene.write_lines(2)
    scene.check()


def test_copytruncate_loses_nothing_and_doubles_nothing(scene: Scene) -> None:
    scene.write_lines(6)
    scene.settle()
    shutil.copyfile(scene.log, scene.folder / "fw.log.1")
    os.truncate(scene.log, 0)
    scene.settle()
    scene.write_lines(3)
    scene.check()
    assert import_file(scene.store, scene.folder / "fw.log.1").records == 0


def test_of_a_log_that_is_rotated_twice_between_two_looks_no_generation_is_missed(scene: Scene) -> None:
    scene.write_lines(3)
    scene.settle()
    for number in range(3):
        scene.write_lines(2)
        scene.log.rename(scene.folder / f"fw.log-2026112{number}")
    scene.write_lines(4)
    scene.check()


def test_a_log_that_is_rotated_while_nothing_runs_is_read_on_from_where_it_was(scene: Scene) -> None:
    scene.write_lines(3)
    scene.settle()
    scene.follower.close()
    scene.write_lines(2)
    scene.log.rename(scene.folder / "fw.log.2")
    scene.write_lines(2)
    scene.log.rename(scene.folder / "fw.log.1")
    scene.write_lines(1)
    scene.follower = scene.new_follower()
    scene.check()


def test_a_missed_generation_of_a_name_with_its_date_before_the_suffix_is_of_the_same_sensor(scene: Scene) -> None:
    scene.write_lines(3)
    scene.settle()
    scene.log.rename(scene.folder / "fw-20261121.log")
    scene.write_lines(2)
    scene.log.rename(scene.folder / "fw-20261122.log")
    scene.write_lines(1)
    scene.check()
    assert stored(scene.store, "probes")["sensor"].n_unique() == 1


def test_older_generations_and_logs_of_others_are_left_alone(scene: Scene) -> None:
    write_old(scene.folder / "fw.log.1", firewall_lines(500, 3))
    scene.write_lines(3)
    scene.settle()
    (scene.folder / "fw-2.log").write_bytes(firewall_lines(600, 3))
    (scene.folder / "fw.log.bak").write_bytes(firewall_lines(700, 3))
    scene.log.rename(scene.folder / "fw.log.2")
    scene.write_lines(3)
    scene.check()


def test_the_end_of_a_log_that_was_cut_before_it_was_read_is_found_in_its_copy(scene: Scene) -> None:
    scene.write_lines(6)
    scene.settle()
    scene.write_lines(4)
    shutil.copyfile(scene.log, scene.folder / "fw.log.1")
    os.truncate(scene.log, 0)
    scene.settle()
    scene.write_lines(3)
    scene.check()


def test_a_missed_generation_that_may_not_be_read_is_told_and_the_log_followed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.write_lines(3)
    scene.settle()
    closed = scene.folder / "fw.log.1"
    scene.log.rename(scene.folder / "fw.log.2")
    closed.write_bytes(firewall_lines(600, 3))
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(closed) and may(path, mode))
    scene.write_lines(3)
    scene.check()
    assert "fw.log.1: may not be read" in scene.follower.last_error


def test_an_unended_line_of_a_rotated_file_is_not_lost(scene: Scene) -> None:
    scene.write_lines(2)
    scene.settle()
    scene.append(firewall_line(2).rstrip(b"\n"))
    scene.settle()
    scene.log.rename(scene.folder / "fw.log.1")
    scene.written += b"\n"
    scene.number = 3
    scene.write_lines(2)
    scene.check()


def test_a_directory_in_place_of_the_file_is_an_error_until_it_is_a_file_again(scene: Scene) -> None:
    scene.write_lines(2)
    scene.settle()
    scene.log.unlink()
    scene.log.mkdir()
    scene.settle()
    assert scene.follower.last_error
    scene.log.rmdir()
    scene.write_lines(2)
    scene.check()
    assert scene.follower.last_error == ""


def test_a_pipe_in_place_of_the_file_does_not_stop_the_follower(scene: Scene) -> None:
    scene.write_lines(2)
    scene.settle()
    scene.log.unlink()
    os.mkfifo(scene.log)
    scene.settle()
    assert scene.follower.last_error
    scene.log.unlink()
    scene.write_lines(2)
    scene.check()


def test_permission_that_is_lost_is_an_error_and_found_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.write_lines(2)
    scene.settle()
    scene.log.rename(scene.folder / "fw.log.1")
    scene.write_lines(2)
    allowed = Path.open

    def refused(path: Path, *arguments: object, **named: object) -> object:
        if path == scene.log:
            raise PermissionError(13, "Permission denied", str(path))
        return allowed(path, *arguments, **named)  # type: ignore[arg-type, call-overload]

    with monkeypatch.context() as patch:  # root may read what it likes, so the refusal is made up
        patch.setattr(Path, "open", refused)
        scene.settle()
        assert "ermission denied" in scene.follower.last_error
    scene.check()
    assert scene.follower.last_error == ""


def test_a_compressed_file_is_read_once_and_not_followed(scene: Scene) -> None:
    import gzip

    text = firewall_lines(0, 50)
    write_old(scene.log, gzip.compress(text))
    scene.written = text
    scene.settle()
    scene.follower.close()
    assert import_file(scene.store, scene.log).records == 0
    assert len(scene.follower.totals) <= 1
    assert stored_lines(scene.store) == each_once(text)


def test_a_log_put_back_to_an_earlier_state_gives_its_new_lines(scene: Scene) -> None:
    """As after the snapshot of a virtual machine is restored."""
    scene.write_lines(50)
    scene.settle()
    scene.follower.close()
    write_old(scene.log, firewall_lines(0, 30))
    scene.follower = scene.new_follower()
    scene.settle()
    scene.append(firewall_lines(700, 5))
    scene.settle()
    scene.follower.close()
    lines = stored_lines(scene.store)
    assert set(lines) == set(each_once(scene.written))


def test_the_summary_of_a_followed_file_counts_all_of_it(scene: Scene) -> None:
    scene.write_lines(5)
    scene.settle()
    scene.write_lines(4)
    scene.append(b"somebody else's line\n")
    scene.settle()
    scene.follower.close()
    assert (scene.follower.totals[0].records, scene.follower.totals[0].ignored) == (9, 1)
    counters = stored(scene.store, "counters")
    assert counters.filter(counters["outcome"] == "lines")["count"].sum() == 10


def test_over_two_hundred_random_operations_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    _random_walk(Scene(tmp_path), random.Random(20261121), 220)


def _random_walk(scene: Scene, chance: random.Random, steps: int) -> None:
    held = b""
    rotations = 0

    def finish_line() -> None:
        nonlocal held
        scene.append(held)
        held = b""

    scene.write_lines(1)
    scene.settle()  # what was rotated before it was first looked at is not asked for
    for _ in range(steps):
        what = chance.choice(["write", "write", "write", "part", "poll", "poll", "rename", "truncate", "restart"])
        if what == "write":
            finish_line()
            scene.write_lines(chance.randint(1, 5))
        elif what == "part" and not held:
            line = firewall_line(scene.number)
            scene.number += 1
            cut = chance.randint(1, len(line) - 1)
            scene.append(line[:cut])
            held = line[cut:]
        elif what == "poll":
            scene.follower.poll()
        elif what == "rename" and scene.log.exists():
            finish_line()
            rotations += 1
            scene.log.rename(scene.folder / f"fw.log.{rotations}")
        elif what == "truncate" and scene.log.exists():
            finish_line()
            rotations += 1
            shutil.copyfile(scene.log, scene.folder / f"fw.log.{rotations}")
            os.truncate(scene.log, 0)
            scene.settle()  # what is shorter than before is known to be cut; what has grown beyond that is not
        elif what == "restart":
            scene.follower.close()
            scene.follower = scene.new_follower()
    finish_line()
    scene.write_lines(1)  # a log that was renamed is missed when a new one stands in its place
    scene.check()


def test_while_the_disk_refuses_no_more_than_a_commit_waits_in_memory(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from varde.collect import follow
    from varde.model import VardeError

    scene.write_lines(10)
    scene.settle()
    opened = scene.follower._open
    assert opened is not None
    opened.writer.commit_rows = 20
    monkeypatch.setattr(follow, "PIECE", 2000)  # about eight lines
    scene.write_lines(200)

    def full(*_: object) -> int:
        raise VardeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "append", full)
        for _ in range(30):
            scene.follower.poll()
        assert "the disk is full" in scene.follower.last_error
        assert 20 <= opened.writer.waiting < 40
    scene.settle()
    scene.follower.close()
    assert scene.follower.last_error == ""
    assert stored_lines(scene.store) == each_once(scene.written)
