"""What was told is delivered: in order, at least once, through crashes, full disks and sinks that are down."""

import errno
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from material import python, wait_until

from varde.deliver import journal as journal_module
from varde.deliver.journal import Journal, open_journal


def rows(first: int, count: int = 1) -> list[dict[str, Any]]:
    return [{"n": number, "text": "æ" * 20} for number in range(first, first + count)]


def drained(journal: Journal, reader: str, most: int = 3) -> list[int]:
    seen = []
    while journal.waiting(reader):
        found, number = journal.read(reader, most)
        journal.delivered(reader, number)
        seen += [row["n"] for row in found]
    return seen


def test_each_reader_gets_all_in_order_at_its_own_pace(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment=200)
    for name in ("fast", "slow"):
        journal.join(name)
    journal.append(rows(1, 4))
    assert drained(journal, "fast") == [1, 2, 3, 4]
    journal.append(rows(5, 6))
    assert drained(journal, "slow") == list(range(1, 11))
    assert drained(journal, "fast") == list(range(5, 11))


def test_what_was_not_delivered_is_delivered_by_the_next_process_and_a_new_reader_begins_with_what_comes(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment=200)
    journal.join("a")
    journal.append(rows(1, 10))
    _, number = journal.read("a", 4)
    journal.delivered("a", number)
    journal.close()
    again = Journal(tmp_path)
    again.join("a")
    again.join("new")
    again.append(rows(11))
    assert drained(again, "a") == list(range(5, 12))
    assert drained(again, "new") == [11]


def test_numbers_go_on_when_everything_was_delivered_and_removed(tmp_path: Path) -> None:
    for first in (1, 4, 7):
        journal = Journal(tmp_path, segment=1)
        journal.join("a")
        journal.append(rows(first, 3))
        assert drained(journal, "a") == [first, first + 1, first + 2]
        assert not list(tmp_path.glob("*.jsonl"))
        journal.close()


def test_a_torn_last_line_and_a_damaged_one_harm_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.join("a")
    journal.append(rows(1, 3))
    journal.close()
    (segment,) = tmp_path.glob("*.jsonl")
    whole = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(whole[0] + b"\x00 no json \xff\n" + whole[2] + b'{"n": 4, "te')
    again = Journal(tmp_path)
    again.join("a")
    again.append(rows(5))
    assert drained(again, "a") == [1, 3, 5]


def test_too_much_drops_the_oldest_and_says_how_many(tmp_path: Path) -> None:
    journal = Journal(tmp_path, octets=2000, segment=500, memory=2)
    journal.join("down")
    for number in range(1, 101):
        journal.append(rows(number))
    seen = drained(journal, "down")
    assert seen == list(range(seen[0], 101))
    assert journal.dropped["down"] == seen[0] - 1 > 0
    assert sum(path.stat().st_size for path in tmp_path.glob("*.jsonl")) <= 2500


def test_a_full_disk_leaves_them_in_memory_until_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, full = os.write, True

    def write(descriptor: int, text: bytes) -> int:
        if full and len(text) > 10:
            real(descriptor, bytes(text[:10]))
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, text)

    journal = Journal(tmp_path)
    journal.join("a")
    journal.append(rows(1))
    monkeypatch.setattr(journal_module.os, "write", write)
    journal.append(rows(2, 2))
    assert "no space left" in journal.error
    found, _ = journal.read("a", 10)
    assert [row["n"] for row in found] == [1, 2, 3]
    full = False
    journal.append(rows(4))
    assert not journal.error
    journal.close()
    again = Journal(tmp_path)
    again.join("a")
    assert drained(again, "a") == [1, 2, 3, 4]


def test_more_than_memory_holds_while_the_disk_is_full_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    journal = Journal(tmp_path, memory=5)
    journal.join("a")
    journal.append(rows(1, 2))
    with monkeypatch.context() as patched:
        patched.setattr(journal_module.os, "write", refuse)
        for number in range(3, 13):
            journal.append(rows(number))
    journal.append(rows(13))
    assert drained(journal, "a") == [1, 2, *range(8, 14)]
    assert journal.dropped["a"] == 5
    journal.close()
    again = Journal(tmp_path)
    again.join("b")
    assert drained(again, "b") == []


def test_two_processes_have_a_journal_each(tmp_path: Path) -> None:
    one, two = open_journal(tmp_path), open_journal(tmp_path)
    assert {one.folder.name, two.folder.name} == {"0", "1"}
    one.close()
    assert open_journal(tmp_path).folder.name == "0"


CHILD = """
import sys
from pathlib import Path
from varde.deliver.journal import Journal
journal = Journal(Path(sys.argv[1]), segment=2000)
journal.join("a")
number = 0
while True:
    number += 1
    journal.append([{"n": number}])
    print(number, flush=True)
"""


def test_kill_9_while_spooling_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    before = Journal(tmp_path / "j")
    before.join("a")
    before.close()
    for _ in range(3):
        child = python(CHILD, str(tmp_path / "j"), home=tmp_path, stdout=subprocess.PIPE)
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(40)]
        child.send_signal(signal.SIGKILL)
        said += [int(line) for line in child.stdout.read().split()]
        child.wait()
        journal = Journal(tmp_path / "j")
        journal.join("a")
        seen = drained(journal, "a", 7)
        assert seen[: len(said)] == said
        assert len(seen) - len(said) <= 1, "the one that was being said"
        journal.close()


def test_waiting_ends_when_something_comes(tmp_path: Path) -> None:
    import threading

    journal = Journal(tmp_path)
    journal.join("a")
    begin = time.monotonic()
    threading.Timer(0.1, journal.append, [rows(1)]).start()
    assert journal.wait("a", 10)
    assert time.monotonic() - begin < 5
    wait_until(lambda: journal.waiting("a") == 1)


class AnyOrder(RuleBasedStateMachine):
    """Appends, reads, deliveries and restarts in any order: every reader sees all there was since it joined, none skipped."""

    @initialize(segment=st.integers(1, 300), memory=st.integers(0, 5))
    def begin(self, segment: int, memory: int) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp(prefix="varde-journal-"))
        self.segment, self.memory = segment, memory
        self.told = 0
        self.seen = {"a": 0, "b": 0}
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.folder, segment=self.segment, memory=self.memory)
        for reader in self.seen:
            self.journal.join(reader)

    @rule(count=st.integers(1, 7))
    def append(self, count: int) -> None:
        self.journal.append(rows(self.told + 1, count))
        self.told += count

    @rule(reader=st.sampled_from("ab"), most=st.integers(1, 5), delivered=st.booleans())
    def read(self, reader: str, most: int, delivered: bool) -> None:
        found, number = self.journal.read(reader, most)
        assert [row["n"] for row in found] == list(range(self.seen[reader] + 1, self.seen[reader] + 1 + len(found)))
        assert found or self.seen[reader] == self.told
        if delivered:
            self.journal.delivered(reader, number)
            self.seen[reader] += len(found)

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.open()

    @invariant()
    def nothing_is_dropped(self) -> None:
        if hasattr(self, "journal"):
            assert not self.journal.dropped.total()
            assert all(self.journal.waiting(reader) == self.told - seen for reader, seen in self.seen.items())

    def teardown(self) -> None:
        import shutil

        if hasattr(self, "journal"):
            self.journal.close()
            shutil.rmtree(self.folder)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
