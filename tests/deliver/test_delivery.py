"""All sinks at once: each at its own pace, none lost while one is down, and what goes wrong is said once."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ends import Receiver, free_port, hooks
from material import python, wait_until
from warned import warning

from varde.deliver import (
    Delivery,
    SinkError,
    SinkSettings,
    Status,
    WarningCounters,
    sink_of,
    warning_families,
)
from varde.deliver import worker as worker_module
from varde.deliver.journal import Journal
from varde.deliver.prometheus import FEEDS_MAX
from varde.export.prometheus import escaped, exposition


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other within a tenth of a second."""
    monkeypatch.setattr(worker_module, "RETRY_FIRST", 0.02)
    monkeypatch.setattr(worker_module, "RETRY_LAST", 0.1)
    monkeypatch.setattr(worker_module, "IDLE_SECONDS", 0.05)


class Keeping:
    """Keeps what it is given; fails as it is told."""

    batch = 3

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.failing: Exception | None = None
        self.held = threading.Event()
        self.held.set()

    def ready(self, waiting: int, clock: float) -> bool:
        return waiting > 0

    def send(self, rows: Sequence[dict[str, Any]]) -> str:
        self.held.wait(20)
        if self.failing:
            raise self.failing
        self.rows += [row["n"] for row in rows]
        return "kept"

    def close(self) -> None: ...


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(first, first + count)]


def delivery(folder: Path, said: list[str], **sinks: Any) -> Delivery:
    made = Delivery({name: ("test", sink) for name, sink in sinks.items()}, folder, said.append)
    made.start()
    return made


def test_a_sink_that_hangs_keeps_no_other_waiting(tmp_path: Path) -> None:
    slow, fast = Keeping(), Keeping()
    slow.held.clear()
    going = delivery(tmp_path, [], slow=slow, fast=fast)
    going.tell(rows(1, 10))
    wait_until(lambda: fast.rows == list(range(1, 11)))
    assert slow.rows == []
    slow.held.set()
    wait_until(lambda: slow.rows == list(range(1, 11)))
    going.stop()


def test_what_is_down_gets_everything_in_order_when_it_is_back_and_both_are_said_once(tmp_path: Path) -> None:
    sink, said = Keeping(), []  # type: tuple[Keeping, list[str]]
    sink.failing = SinkError("the line is cut.")
    going = delivery(tmp_path, said, siem=sink)
    for number in range(1, 30):
        going.tell(rows(number, 1))
    wait_until(lambda: going.status()[0].error)
    status = going.status()[0]
    assert status.failures > 0 and abs(time.time() - status.since / 1e6) < 60
    assert replace(status, failures=0, since=0) == Status("siem", "test", 0, 29, 0, 0, "the line is cut.", "")
    sink.failing = None
    wait_until(lambda: sink.rows == list(range(1, 30)))
    wait_until(lambda: not going.status()[0].error)
    assert going.status()[0].since == 0
    going.stop()
    assert [text.partition(": ")[2][:16] for text in said] == ["the line is cut.", "it works again; "]


class Hour:
    """In place of a worker's event: waiting takes no time but that of a clock of its own, on which a warning comes every second."""

    def __init__(self, journal: Journal, sink: Keeping) -> None:
        self.clock, self.waits, self._journal, self._sink, self._told = 0.0, list[float](), journal, sink, 0
        self._tell(1)

    def _tell(self, count: int) -> None:
        self._journal.append(rows(self._told, count))
        self._told += count

    def is_set(self) -> bool:
        return self._sink.failing is None and not self._journal.waiting("siem")

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.clock += seconds
        if self.clock >= 3600:
            self._sink.failing = None
        else:
            self._tell(int(self.clock) + 1 - self._told)
        return False


def test_a_sink_that_is_down_for_an_hour_loses_nothing_and_is_tried_once_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "RETRY_FIRST", 1.0)
    monkeypatch.setattr(worker_module, "RETRY_LAST", 60.0)
    journal, sink, said = Journal(tmp_path), Keeping(), list[str]()
    sink.failing = SinkError("the line is cut.")
    journal.join("siem")
    worker = worker_module.Worker("siem", "test", sink, journal, said.append)
    worker._stop = hour = Hour(journal, sink)  # type: ignore[assignment]
    worker._run()
    assert sink.rows == list(range(hour._told)) and hour._told > 3500
    assert (max(hour.waits), len(hour.waits) < 70) == (60.0, True)
    assert [text.partition(": ")[2][:16] for text in said] == ["the line is cut.", "it works again; "]
    assert (journal.dropped["siem"], worker.status().waiting, worker.status().sent) == (0, 0, hour._told)


def test_what_a_stop_leaves_is_delivered_by_the_next_start(tmp_path: Path) -> None:
    sink = Keeping()
    sink.failing = SinkError("down.")
    first = delivery(tmp_path, [], siem=sink)
    first.tell(rows(1, 5))
    wait_until(lambda: first.status()[0].error)
    first.stop(0.1)
    sink.failing = None
    second = delivery(tmp_path, [], siem=sink)
    second.tell(rows(6, 1))
    wait_until(lambda: sink.rows == [1, 2, 3, 4, 5, 6])
    second.stop()


def test_a_warning_that_no_one_can_take_does_not_keep_back_the_next(tmp_path: Path) -> None:
    said: list[str] = []

    class Picky(Keeping):
        def send(self, rows: Sequence[dict[str, Any]]) -> str:
            if any(row["n"] == 4 for row in rows):
                raise KeyError("kind")
            if any(row["n"] == 6 for row in rows) and len(rows) == 1:
                raise SinkError("it answers 422.", final=True)
            return super().send(rows)

    sink = Picky()
    going = delivery(tmp_path, said, hook=sink)
    going.tell(rows(1, 9))
    wait_until(lambda: sink.rows[-1:] == [9])
    going.stop()
    assert sink.rows == [1, 2, 3, 5, 7, 8, 9]
    assert going.status()[0].refused == 2
    assert said == ["sink hook: KeyError: 'kind'. 1 warning left out.", "sink hook: it answers 422. 1 warning left out."]


def test_a_full_disk_is_said_once_and_delivers_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from varde.deliver import journal

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    sink, said = Keeping(), []  # type: tuple[Keeping, list[str]]
    going = delivery(tmp_path, said, siem=sink)
    monkeypatch.setattr(journal.os, "write", refuse)
    monkeypatch.setattr(journal.os, "pwrite", refuse)
    for number in range(1, 6):
        going.tell(rows(number, 1))
        wait_until(lambda number=number: sink.rows == list(range(1, number + 1)))  # type: ignore[misc]
    monkeypatch.undo()
    going.stop()
    assert len(said) == 1 and "no space left on device" in said[0]


def test_a_webhook_that_fails_hangs_and_answers_500_gets_all_in_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    told = [warning(src=f"10.0.0.{number}") for number in range(1, 6)]
    with hooks(500, 1.2, 503, 200, 429) as server:
        sink = sink_of(SinkSettings(name="hook", kind="webhook", url=f"http://127.0.0.1:{server.port}", timeout=0.5))
        going = delivery(tmp_path, said, hook=sink)
        going.tell(told)
        wait_until(lambda: going.status()[0].sent == 5)
        going.stop()
    bodies = [json.loads(post.body)["src_addr"] for post in server.posts]
    assert list(dict.fromkeys(bodies)) == [row["src_addr"] for row in told]
    assert len(bodies) == 9


def test_a_syslog_end_that_restarts_again_and_again_misses_nothing(tmp_path: Path) -> None:
    port, ends = free_port(), []
    going = delivery(tmp_path, [], siem=sink_of(SinkSettings(name="siem", kind="syslog", address=f"tcp://127.0.0.1:{port}", framing="lf", timeout=2.0)))
    for number in range(4):
        going.tell([warning(src=f"10.0.{number}.{each}") for each in range(1, 51)])
        ends.append(Receiver(port).open())
        wait_until(lambda number=number: f"10.0.{number}.25:".encode() in ends[-1].text())  # type: ignore[misc]
        ends[-1].close()
    ends.append(Receiver(port).open())
    wait_until(lambda: not going.status()[0].waiting)
    going.stop()
    seen = b"".join(end.text() for end in ends)
    assert all(f" 10.0.{number}.{each}:443 -> ".encode() in seen for number in range(4) for each in range(1, 51))


CHILD = """
import sys
from pathlib import Path
from warned import warning
from varde.deliver import Delivery, SinkSettings, sink_of
sink = sink_of(SinkSettings(name="siem", kind="syslog", address=sys.argv[2], framing="lf", timeout=2.0))
going = Delivery({"siem": ("syslog", sink)}, Path(sys.argv[1]), print)
going.start()
for number in range(1, int(sys.argv[3]) + 1):
    going.tell([warning(src=f"10.{sys.argv[4]}.{number >> 8}.{number & 255}")])
    print("told", number, flush=True)
going.stop(30)
"""


def test_kill_9_while_a_sink_is_down_loses_nothing(tmp_path: Path) -> None:
    port, told = free_port(), []
    for life in (1, 2):
        child = python(CHILD, str(tmp_path / "j"), f"tcp://127.0.0.1:{port}", "100000", str(life), home=tmp_path, stdout=subprocess.PIPE)
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith(b"told"):
                told.append((life, int(line.split()[1])))
                if told[-1][1] == 60:
                    break
        child.send_signal(signal.SIGKILL)
        told += [(life, int(line.split()[1])) for line in child.stdout.read().splitlines() if line.startswith(b"told") and len(line.split()) == 2]
        child.wait()
    receiver = Receiver(port).open()
    last = python(CHILD, str(tmp_path / "j"), f"tcp://127.0.0.1:{port}", "3", "3", home=tmp_path, stdout=subprocess.PIPE)
    last.communicate(timeout=60)
    seen = receiver.text()
    receiver.close()
    missing = [at for at in [*told, (3, 1), (3, 2), (3, 3)] if f" 10.{at[0]}.{at[1] >> 8}.{at[1] & 255}:443 ".encode() not in seen]
    assert not missing and len(told) >= 120


def test_two_deliveries_of_one_store_do_not_meet(tmp_path: Path) -> None:
    one, two = Keeping(), Keeping()
    first, second = delivery(tmp_path, [], siem=one), delivery(tmp_path, [], siem=two)
    first.tell(rows(1, 2))
    second.tell(rows(3, 2))
    wait_until(lambda: one.rows == [1, 2] and two.rows == [3, 4])
    first.stop()
    second.stop()


def test_counters_are_text_for_prometheus() -> None:
    counters = WarningCounters()
    counters.count([warning(), warning() | {"count": 4}, warning() | {"direction": "outbound", "one_way": 0}])
    text = exposition(warning_families(counters, [Status("siem", "syslog", 5, 2, 1, 0, "down", "", failures=7)]))
    assert 'varde_alerts_total{feed="otx",severity="high"} 1\n' in text
    assert 'varde_alerts_total{feed="otx",severity="low"} 5\n' in text
    assert 'varde_sink_waiting{sink="siem",kind="syslog"} 2\n' in text
    assert 'varde_sink_failures_total{sink="siem",kind="syslog"} 7\n' in text
    assert 'varde_sink_up{sink="siem",kind="syslog"} 0\n' in text
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert {line.partition("{")[0] for line in text.splitlines() if not line.startswith("#")} == named


def test_feeds_cannot_add_series_without_end_and_labels_cannot_be_left() -> None:
    counters = WarningCounters()
    row = warning()
    counters.count([row | {"lists": [{"source": f"feed{number}"}]} for number in range(FEEDS_MAX + 20)])
    assert len({feed for feed, _ in counters.told()}) == FEEDS_MAX + 1
    assert sum(counters.told().values()) == FEEDS_MAX + 20
    assert escaped('a"b\\c\nd\udc80') == 'a\\"b\\\\c\\nd\\\\udc80'


def test_a_delivery_without_sinks_keeps_nothing(tmp_path: Path) -> None:
    going = delivery(tmp_path, [])
    going.tell(rows(1, 3))
    assert not list((tmp_path / "0").glob("*.jsonl"))
    going.stop()
