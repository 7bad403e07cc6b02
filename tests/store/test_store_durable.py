"""What is on the disk and what is not: marks, and what is cut off after the machine started anew."""

import json
import shutil
from pathlib import Path

import pytest
from deltalake import CommitProperties
from deltalake.exceptions import CommitFailedError
from material import NOON, probe_batch, stored

from varde.model import VardeError
from varde.store import Progress, Store, durable
from varde.store import store as store_module


@pytest.fixture
def boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says which start of the machine this is."""
    path = tmp_path / "boot"
    path.write_text("first\n")
    monkeypatch.setattr(durable, "BOOT", path)
    return path


def filled(folder: Path, commits: int) -> Store:
    store = Store(folder / "store")
    for number in range(commits):
        add(store, number)
    return store


def add(store: Store, number: int) -> int:
    return store.append("probes", probe_batch([{"time": NOON, "offset": number}]), Progress("s", number + 1))


def commit_without_mark(store: Store, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process does that is stopped between a commit and its mark."""
    with monkeypatch.context() as stopped:
        stopped.setattr(durable.Durable, "settle", lambda self: durable.Mark())
        add(store, number)


def test_every_commit_is_marked_with_the_start_of_the_machine(tmp_path: Path, boot: Path) -> None:
    store = filled(tmp_path, 3)
    mark = durable.Durable(store.path, "probes").read()
    assert mark == durable.Mark(store.version("probes"), durable.NONE, "first")


def test_where_a_process_was_killed_nothing_is_cut(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 2)
    commit_without_mark(store, 2, monkeypatch)
    again = Store(store.path)
    assert len(stored(again)) == 3
    assert add(again, 3) == 1
    mark = durable.Durable(store.path, "probes").read()
    assert mark is not None and mark.version == again.version("probes"), "the next commit brings both to the disk"


def test_after_a_start_of_the_machine_a_commit_without_mark_is_cut_and_told_and_read_again(
    tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path, 2)
    commit_without_mark(store, 2, monkeypatch)
    torn = store.path / "probes" / "_delta_log" / f"{store.version('probes'):020}.json"
    torn.write_bytes(b"")
    boot.write_text("second\n")
    again = Store(store.path)
    assert sorted(stored(again)["offset"]) == [0, 1]
    assert not torn.exists()
    assert (again.facts.get("cut/probes") or {})["commits"] == 1
    assert (again.offset("probes", "s"), add(again, 2)) == (2, 1)
    assert sorted(stored(Store(store.path))["offset"]) == [0, 1, 2]


def test_a_table_that_was_being_made_is_made_again(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    commit_without_mark(store, 0, monkeypatch)
    boot.write_text("second\n")
    again = Store(store.path)
    assert (again.version("probes"), again.files("probes")) == (-1, [])
    assert add(again, 0) == 1


def test_a_store_of_before_there_were_marks_is_taken_as_it_is(tmp_path: Path, boot: Path) -> None:
    store = filled(tmp_path, 3)
    for path in (store.path / "durable").iterdir():
        path.unlink()
    boot.write_text("second\n")
    again = Store(store.path)
    assert len(stored(again)) == 3
    add(again, 3)
    mark = durable.Durable(store.path, "probes").read()
    assert mark is not None and (mark.version, mark.boot) == (again.version("probes"), "second")


def test_a_checkpoint_that_is_not_on_the_disk_is_cut_with_the_hint_at_it(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 4)
    delta = store._table("probes")
    assert delta is not None
    delta.create_checkpoint()
    log = store.path / "probes" / "_delta_log"
    checkpoint = next(log.glob("*.checkpoint.parquet"))
    checkpoint.write_bytes(b"")
    boot.write_text("second\n")
    assert len(stored(Store(store.path))) == 4
    assert not checkpoint.exists()
    assert not (log / "_last_checkpoint").exists()


def test_checkpoints_are_made_and_marked_every_so_many_commits(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CHECKPOINT_AFTER", 3)
    store = filled(tmp_path, 7)
    mark = durable.Durable(store.path, "probes").read()
    hint = json.loads((store.path / "probes" / "_delta_log" / "_last_checkpoint").read_text())
    assert mark is not None and mark.checkpoint == hint["version"] > 0
    assert mark.version - mark.checkpoint < 3


def test_who_may_not_write_reads_up_to_the_mark(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 2)
    commit_without_mark(store, 2, monkeypatch)
    boot.write_text("second\n")

    def refused(self: durable.Durable) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(durable.Durable, "recover", refused)
    assert sorted(stored(Store(store.path))["offset"]) == [0, 1]


def test_a_commit_that_another_machine_is_making_is_not_cut(tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "WAIT_SECONDS", 0.2)
    store = filled(tmp_path, 2)
    with durable.Durable(store.path, "probes").committing():
        commit_without_mark(store, 2, monkeypatch)
        boot.write_text("of another machine\n")
        assert len(stored(Store(store.path))) == 3


def test_a_damaged_mark_is_as_none(tmp_path: Path, boot: Path) -> None:
    store = filled(tmp_path, 2)
    (store.path / "durable" / "probes").write_bytes(bytes(128))
    boot.write_text("second\n")
    assert len(stored(Store(store.path))) == 2
    assert add(Store(store.path), 2) == 1


def test_a_commit_that_cannot_begin_is_refused_and_not_said_to_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 1)

    def full(self: durable.Durable) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable.Durable, "committing", full)
    with pytest.raises(VardeError, match="the disk is full"):
        store.append("probes", probe_batch([{"time": NOON, "offset": 1}]))
    assert len(stored(store)) == 1


def test_a_sync_that_fails_after_the_commit_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 1)

    def refuses(self: durable.Durable) -> durable.Mark:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(durable.Durable, "settle", refuses)
        assert store.append("probes", probe_batch([{"time": NOON, "offset": 1}])) == 1, "of a socket: it stands"
        with pytest.raises(VardeError, match="input/output error"):
            add(store, 2)
    assert add(store, 2) == 0, "of a file: tried again, and known by its progress"
    assert len(stored(store)) == 3


def test_a_table_that_somebody_removed_begins_with_a_mark_of_its_own(tmp_path: Path) -> None:
    store = filled(tmp_path, 5)
    shutil.rmtree(store.path / "probes")
    again = Store(store.path)
    add(again, 0)
    mark = durable.Durable(store.path, "probes").read()
    assert mark is not None and mark.version == again.version("probes") < 5


def test_a_deletion_that_an_append_came_before_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path, 2)
    once, failed = Store._delete_once, [CommitFailedError("a concurrent transaction added new data")]

    def overtaken(self: Store, table: str, rows: str, properties: CommitProperties) -> int:
        if table == "probes" and failed:
            raise failed.pop()
        return once(self, table, rows, properties)

    monkeypatch.setattr(Store, "_delete_once", overtaken)
    assert store.forget("s") == 2
    assert (len(stored(store)), store.offset("probes", "s")) == (0, 0)
