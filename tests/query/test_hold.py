"""A hold on a question: it ends at once when it is told to, when its time is over, and before it began."""

import threading
import time
from pathlib import Path

import pytest

from varde.model import VardeError
from varde.query import Engine
from varde.query.hold import Hold
from varde.query.sql import Bounds, held_sql
from varde.store import Store

ENDLESS = "select count(*) from range(3000000) a, range(3000000) b where hash(a.range + b.range) % 7 = 1"
SOON = 10.0
"""Seconds within which an ended question is over, also on a busy machine: left alone it would take hours."""


def test_another_thread_ends_a_question(tmp_path: Path) -> None:
    hold = Hold(600)
    threading.Timer(0.3, hold.stop).start()
    began = time.monotonic()
    with pytest.raises(VardeError, match="was stopped"):
        held_sql(Store(tmp_path), ENDLESS, hold, Bounds(10))
    assert time.monotonic() - began < SOON


def test_a_question_ends_when_its_time_is_over(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match=r"longer than 0\.2 s and was stopped: ask about fewer days"):
        held_sql(Store(tmp_path), ENDLESS, Hold(0.2), Bounds(10))


def test_what_was_stopped_before_it_began_is_not_asked(tmp_path: Path) -> None:
    hold = Hold(60)
    hold.stop()
    engine = Engine(Store(tmp_path))
    with pytest.raises(VardeError, match="was stopped"), engine.held(hold, "1GB"):
        pytest.fail("the question was put")


def test_progress_is_told_while_it_runs_and_not_after(tmp_path: Path) -> None:
    hold, seen = Hold(60), []
    assert hold.progress is None
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            seen.append(hold.progress)
            if seen[-1] is not None or len(seen) > 200:
                hold.stop()

    watch = threading.Thread(target=look)
    watch.start()
    with pytest.raises(VardeError):
        held_sql(Store(tmp_path), ENDLESS, hold, Bounds(10))
    done.set()
    watch.join()
    assert any(share is not None and 0 <= share <= 100 for share in seen)
    assert hold.progress is None


@pytest.mark.parametrize(
    "question",
    ["select repeat(range::varchar, 1000000) from range(5000)", "select list(range) from range(400000000)",
     "select a.range, b.range, repeat('x', 5000) from range(1000) a, range(100) b"],
)  # fmt: skip
def test_an_answer_that_is_too_large_is_refused(tmp_path: Path, question: str) -> None:
    with pytest.raises(VardeError, match=r"memory|Memory|larger than 1 MB"):
        held_sql(Store(tmp_path), question, Hold(60), Bounds(1000, "300MB", 2000, 2**20))


def test_values_are_cut_and_keep_their_types(tmp_path: Path) -> None:
    found = held_sql(Store(tmp_path), "select 7 as a, 7 as a, repeat('é', 50) as t, [1, 2] as l, null as n, 1.5 as d", Hold(60), Bounds(10, cell=20, octets=2**20))
    assert len(set(found.columns)) == 6 and found.columns[2:] == ["t", "l", "n", "d"]
    assert found.rows == [(7, 7, "é" * 20, "[1, 2]", None, "1.5")]


def test_what_arrow_says_of_an_interrupt_is_told_as_the_end_of_time(tmp_path: Path) -> None:
    """An answer that is read in batches ends with an OSError of pyarrow."""
    def read() -> None:
        time.sleep(0.3)
        raise OSError("INTERRUPT Error: Interrupted!")

    hold, engine = Hold(0.0, "look elsewhere"), Engine(Store(tmp_path))
    with pytest.raises(VardeError, match="took longer than 0 s and was stopped: look elsewhere"), engine.held(hold, "1GB"):
        read()


def test_an_error_of_input_that_nobody_asked_for_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such disk"), Engine(Store(tmp_path)).held(Hold(60), "1GB"):
        raise OSError("no such disk")
