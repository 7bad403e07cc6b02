"""The catalogue of errors: made from the source, and true of what the command line says."""

import re
from pathlib import Path

import pytest
from cli_run import varde

from varde.app.error_catalogue import CLOSED, GAP, OPENED, ROOMS, errors


def test_each_error_is_of_a_room_that_says_what_to_do() -> None:
    told = errors()
    assert len(told) > 500
    assert {one.room for one in told} <= ROOMS.keys()
    assert all(meaning.endswith(".") and remedy.endswith(".") for _, meaning, remedy in ROOMS.values())


def test_few_errors_only_pass_on_what_something_else_said() -> None:
    told = errors()
    assert sum(not one.text for one in told) < 0.2 * len(told)


@pytest.mark.parametrize(
    "asked",
    [("fireplot", "--calendar", "2026", "--day", "today", "-o", "a.png"), ("flow", "replay", "--to", "nowhere"), ("why", "nobody knows"), ("read", "no-such-file")],
)
def test_what_the_command_line_says_is_in_it_with_its_status(asked: tuple[str, ...], tmp_path: Path) -> None:
    done = varde(tmp_path, *asked)
    sentence = next(line for line in done.err.splitlines() if line.startswith("varde: ")).removeprefix("varde: ")
    assert any(_fits(one.text, sentence) and one.status == done.status for one in errors() if one.text), sentence


def _fits(text: str, sentence: str) -> bool:
    """Whether the parts between a text's gaps stand in the sentence, in their order, the first at its beginning."""
    first, *rest = re.split(f"{OPENED}[^{CLOSED}]*{CLOSED}|{GAP}", text)
    if not sentence.startswith(first):
        return False
    at = len(first)
    for part in rest:
        found = sentence.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
