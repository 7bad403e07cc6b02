"""Work in a process of its own: its answer, what it refuses, and each way in which it may not end."""

import os
import threading
import time

import pytest

from varde.collect import child
from varde.collect.child import Answer, ask_child, serve
from varde.model import VardeError

DEEDS = {
    "double": lambda given: given * 2, "refuse": lambda given: _refuse(given), "die": lambda given: os._exit(given), "sleep": time.sleep, "print": lambda given: print(given) or given,
}  # fmt: skip


def _refuse(text: str) -> None:
    raise VardeError(text, status=3)


def main() -> None:
    serve(lambda task: DEEDS[task[0]](task[1]))


def _ask(deed: str, given: object, seconds: float = 60.0, stop: threading.Event | None = None) -> Answer | None:
    return ask_child("tests.collect.test_child" if __name__.startswith("tests.") else __name__, (deed, given), stop or threading.Event(), seconds)


@pytest.mark.parametrize("given", [21, "x" * 3_000_000, None])
def test_an_answer_of_any_size_comes_back(given: object) -> None:
    if given is None:
        assert _ask("print", None) == Answer(None), "and none is one too"
    else:
        assert _ask("double", given) == Answer(given * 2)  # type: ignore[operator]


def test_what_the_work_prints_is_no_part_of_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert _ask("print", "aloud") == Answer("aloud")
    assert capfd.readouterr().err == "aloud\n"


def test_what_the_work_refuses_is_raised_here() -> None:
    with pytest.raises(VardeError, match="no such thing") as raised:
        _ask("refuse", "no such thing")
    assert raised.value.status == 3


def test_a_process_that_dies_is_said() -> None:
    with pytest.raises(VardeError, match=r"died \(status 7\)"):
        _ask("die", 7)


def test_one_that_takes_too_long_is_ended() -> None:
    with pytest.raises(VardeError, match="took more than 0 minutes"):
        _ask("sleep", 60, seconds=0.3)


def test_it_ends_with_those_who_do_not_wait_for_it() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    assert _ask("sleep", 60, stop=stop) is None


def test_no_process_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object, **named: object) -> None:
        raise OSError

    monkeypatch.setattr(child.subprocess, "Popen", refused)
    assert _ask("double", 1) is None
