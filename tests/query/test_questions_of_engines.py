"""The suite of questions that engines are compared by: complete, and of answers that say something."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from tests import questions
from tests.synthetic_tables import fill

import varde.query
from varde.query import Engine
from varde.query.embedded import Embedded
from varde.store import Store

HAS_NOTHING = {"a table without records"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(fill(Store(tmp_path_factory.mktemp("asked") / "store"), 1500, many=15_000))


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_every_question_has_an_answer_that_says_something(engine: Engine, name: str) -> None:
    answer = questions.plain(questions.QUESTIONS[name](engine))
    assert questions.is_empty(answer) == (name in HAS_NOTHING)


def _asked_of_engines() -> set[str]:
    """Public functions of the room that take an engine."""
    found = set()
    for module in pkgutil.walk_packages(varde.query.__path__, "varde.query."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if first is not None and first.annotation is Engine and not name.startswith("_"):
                found.add(name)
    return found


def test_no_question_is_left_out() -> None:
    text = Path(questions.__file__).read_text()
    known = _asked_of_engines()
    assert len(known) > 40
    assert {name for name in known if f"{name}(" not in text and f": {name}," not in text} <= {"with_sources"}, "add it to tests/questions.py"


def test_what_is_compared_on_a_cluster_are_questions_of_the_suite() -> None:
    assert questions.QUESTIONS.keys() > questions.OTHER_SHAPES


def test_a_difference_is_found_and_named() -> None:
    one = {"a": [1, 2.0, {"b": None}], "c": "x"}
    assert questions.difference(one, {"a": [1, 2.0 + 1e-12, {"b": None}], "c": "x"}) == ""
    assert questions.difference(one, {"a": [1, 2.1, {"b": None}], "c": "x"}).startswith(".a[1]")
    assert questions.difference(one, {"a": [1, 2.0], "c": "x"}) != ""
    assert questions.difference(one, {"a": [1, 2.0, {"b": 0}], "c": "x"}) != ""


def test_an_engine_asks_the_backend_that_it_is_given(engine: Engine) -> None:
    class Counting(Embedded):
        asked = 0

        def arrow(self, expression: object) -> object:
            self.asked += 1
            return super().arrow(expression)  # type: ignore[arg-type]

    backend = Counting()
    questions.total(Engine(engine.store, backend), questions.ALL)
    assert backend.asked == 1
