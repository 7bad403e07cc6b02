"""Large lists are read in a process of their own: the same comes of it, and whatever becomes of the process is said."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from varde.collect import apart, child, feeds
from varde.collect import lists as lists_module
from varde.collect.list_source import ListSource
from varde.collect.lists import APART_OCTETS, Lists
from varde.intel import Guards
from varde.model import VardeError

TEXT = "".join(f"203.0.113.{n}\n" for n in range(1, 101)) + "word\n"


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is large."""
    monkeypatch.setattr(lists_module, "APART_OCTETS", 0)


def _lists(folder: Path, said: list[str], text: str | None = TEXT) -> Lists:
    path = folder / "mine.txt"
    if text is not None:
        path.write_text(text)
    made = Lists(folder / "facts", [ListSource("mine", str(path))], Guards.of(allowed=["203.0.113.9"]), note=said.append)
    made.apart = True
    return made


def _hits(lists: Lists, *last: int) -> list[bool]:
    found: list[bool] = (lists.matcher.lookup_v4(np.array([0xCB007100 + n for n in last], dtype=np.uint32)) >= 0).tolist()
    return found


@pytest.mark.usefixtures("large")
def test_a_list_that_is_read_apart_is_the_same_as_one_that_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    lists = _lists(tmp_path, said)
    monkeypatch.setattr(lists_module, "read_list", lambda *words: pytest.fail("read here"))
    assert lists.poll()
    (told,) = lists.status()["lists"]
    assert (told["indicators"], told["rejected"], told["suppressed"], told["error"], _hits(lists, 5, 9)) == (100, 1, 1, None, [True, False])
    assert (said, lists.poll()) == ([], False)


@pytest.mark.usefixtures("large")
def test_what_goes_wrong_apart_is_said_once_and_when_it_is_well_it_may_be_said_again(tmp_path: Path) -> None:
    said: list[str] = []
    lists = _lists(tmp_path, said)
    lists.poll()
    (tmp_path / "mine.txt").write_text("")
    lists.poll()
    (tmp_path / "mine.txt").write_text("\n")
    lists.poll()
    assert ["held back" in text for text in said] == [True]
    (tmp_path / "mine.txt").write_text(TEXT)
    lists.poll()
    (tmp_path / "mine.txt").write_text("")
    lists.poll()
    assert ["held back" in text for text in said] == [True, True]
    assert _hits(lists, 5) == [True]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("program", "how"), [("import os; os.kill(os.getpid(), 9)", "signal 9"), ("raise SystemExit(3)", "status 3")])
def test_a_process_that_dies_is_said_and_the_last_good_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, how: str) -> None:
    said: list[str] = []
    lists = _lists(tmp_path, said)
    lists.poll()
    monkeypatch.setattr(child, "_PROGRAM", program)
    (tmp_path / "mine.txt").write_text("203.0.113.200\n" * 20)
    for _ in range(2):
        lists.poll()
    assert [(how in text, "last good set stays" in text) for text in said] == [(True, True)]
    assert (_hits(lists, 5, 200), how in lists.status()["lists"][0]["error"]) == ([True, False], True)


def test_a_process_that_hangs_is_ended_by_its_time_and_by_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_PROGRAM", "import time; time.sleep(600)")
    task = apart.Task(tmp_path, (), Guards.of(), "x", force=False, now=0.0, limits=None)
    with pytest.raises(VardeError, match="minutes and was ended"):
        apart.read_apart(task, threading.Event(), 0.3)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    assert apart.read_apart(task, stop) is None
    assert time.monotonic() - began < 60


@pytest.mark.usefixtures("large")
def test_where_no_process_can_be_begun_the_list_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: object, **terms: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    lists = _lists(tmp_path, [])
    assert lists.poll() and _hits(lists, 5) == [True]


def test_small_files_are_read_here_and_feeds_that_never_came_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = _lists(tmp_path, [])
    feed = ListSource("feed", "https://lists.example/list.txt")
    assert not lists._is_large(ListSource("mine", str(tmp_path / "mine.txt"))) and lists._is_large(feed)
    (tmp_path / "mine.txt").write_bytes(b"\n" * APART_OCTETS)
    assert lists._is_large(ListSource("mine", str(tmp_path / "mine.txt")))
    monkeypatch.setattr(feeds, "fetch", lambda *words, **terms: feeds.Fetched(b"203.0.113.5\n"))
    small = Lists(tmp_path / "facts", [feed])
    small.poll()
    assert not small._is_large(feed)


def test_the_process_ends_when_who_began_it_is_killed(tmp_path: Path) -> None:
    """A fifo that nobody writes to keeps it reading for ever."""
    os.mkfifo(tmp_path / "fifo")
    code = (
        "import sys, threading; from pathlib import Path; from varde.collect import apart; from varde.collect.list_source import ListSource; from varde.intel import Guards\n"
        "import subprocess; whole = subprocess.Popen\n"
        "def popen(*words, **terms):\n    made = whole(*words, **terms); print(made.pid, flush=True); return made\n"
        "subprocess.Popen = popen\n"
        "apart.read_apart(apart.Task(Path(sys.argv[1]), (ListSource('x', sys.argv[1] + '/fifo'),), Guards.of(), 'x', False, 1e9, None), threading.Event())"
    )
    with subprocess.Popen([sys.executable, "-P", "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        with (tmp_path / "fifo").open("wb"):  # returns when the child has opened it
            parent.send_signal(signal.SIGKILL)
            parent.wait(30)
            ends = time.monotonic() + 30
            while _runs(child) and time.monotonic() < ends:
                time.sleep(0.05)
        assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
