"""A process that ends while its threads ask questions ends as it should, and not by a signal."""

import subprocess
import sys

import pytest

BEGIN = "import atexit, sys, threading, time\nfrom varde.app.leaving import leave\n"
SLEEPS = "threading.Thread(target=time.sleep, args=(600,), daemon={}).start()\n"
ASKS = """
import duckdb
def ask():
    while True:
        duckdb.connect().execute("select count(*) from range(3000000) a where hash(a.range) % 7 = 1").fetchall()
for _ in range(4):
    threading.Thread(target=ask, daemon=True).start()
time.sleep(0.5)
"""


def _run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("status", [0, 3, None])
def test_what_is_to_be_done_at_the_end_is_done(status: int | None) -> None:
    done = _run(SLEEPS.format("True") + f"atexit.register(print, 'tidy')\nprint('said')\nleave({status})")
    assert (done.returncode, done.stdout, done.stderr) == (status or 0, "said\ntidy\n", "")


def test_a_sentence_is_said() -> None:
    done = _run(SLEEPS.format("True") + "leave('why')")
    assert (done.returncode, done.stderr) == (1, "why\n")


def test_a_thread_that_is_to_be_waited_for_is() -> None:
    done = _run("threading.Thread(target=lambda: (time.sleep(0.5), print('done'))).start()\nleave(0)")
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_threads_in_the_midst_of_questions_end_nothing_badly() -> None:
    assert [_run(ASKS + "leave(0)").returncode for _ in range(3)] == [0, 0, 0]
