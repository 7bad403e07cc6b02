"""The form that Nagios and Icinga read: ranges, labels, one line, states; hostile words break nothing; late is never OK."""

import io
import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.faces.nagios import (
    LINES_MAX,
    NUMBERS_MAX,
    Deadline,
    Number,
    Range,
    Result,
    State,
    UnwellError,
    figure,
    judged,
    number_of,
    one_line,
    printed,
    told,
    worst,
)
from varde.model import VardeError

RANGES = [
    ("10", [-0.1, 10.1], [0, 5, 10]), ("10:", [9.99, -5], [10, 1e12]), ("~:10", [10.1], [-1e12, 10]), ("10:20", [9, 21], [10, 15, 20]),
    ("@10:20", [10, 15, 20], [9.9, 20.1]), ("-5:5", [-5.1, 6], [-5, 0, 5]), ("0", [1, -1], [0]), ("@0", [0], [1]), (".5:", [0.4], [0.5]), ("0:", [-1], [0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "alerts", "quiet"), RANGES)
def test_a_range_alerts_where_the_guidelines_say(text: str, alerts: list[float], quiet: list[float]) -> None:
    one = Range.parse(text)
    assert [one.alerts(value) for value in alerts] == [True] * len(alerts)
    assert [one.alerts(value) for value in quiet] == [False] * len(quiet)
    assert one.alerts(math.nan)
    assert Range.parse(str(one)) == one


@pytest.mark.parametrize("text", ["", ":", "x", "10:x", "20:10", "~", "1:2:3", "1e3", "--1", "٣", "1_0", "@", "10 20", "inf", "9" * 40, "5d", "@@1"])
def test_what_is_no_range_is_a_sentence(text: str) -> None:
    if text == ":":
        assert Range.parse(text) == Range()
        return
    with pytest.raises(VardeError, match="range"):
        Range.parse(text)


def test_seconds_and_shares_have_suffixes() -> None:
    assert str(Range.parse("10m:36h", "s")) == "600:129600"
    assert str(Range.parse("~:5%", "%")) == "~:5"
    assert [number_of(text, "s") for text in ("90", "90s", "1.5m", "2d")] == [90, 90, 90, 172800]
    with pytest.raises(VardeError, match="36h"):
        number_of("5%", "s")


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.booleans())
def test_a_range_is_read_as_it_is_written(start: float, width: float, inside: bool) -> None:
    one = Range(float(figure(start)), float(figure(start + width)), inside)
    again = Range.parse(str(one))
    assert (again.start, again.end, again.inside) == (one.start, one.end, one.inside)


def test_numbers_are_written_as_the_guidelines_have_them() -> None:
    assert str(Number("age", 27000.0, "s", Range(end=21600), Range(10, 20, inside=True), 0)) == "age=27000s;21600;@10:20;0"
    assert str(Number("size MB", 31.5, "MB", least=None)) == "'size MB'=31.5MB"
    assert str(Number("share", 0.5, "%", None, None, 0, 100)) == "share=0.5%;;;0;100"
    assert [str(Number("x", value, least=None)) for value in (None, math.nan, math.inf, 1e15, 1 / 3)] == ["x=U", "x=U", "x=U", "x=1000000000000000", "x=0.333333"]
    assert str(Number(" a='|\n b", 1, least=None)) == r"'a___\n b'=1"


HOSTILE = ["a|b=1", "a\nOK - fine", "\x1b[2J", "\u202eabc", "<script>", "$HOSTNAME$", "\udcff", "\u2028x", "a\rb", "\0", "x" * 10_000]


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words(word: str) -> None:
    text = printed("feed", Result(State.WARNING, f"list {word} is old", (Number(word, 1.0),), (word,), (word,), f"http://h/{word}"), 2)
    first, *more = text.splitlines()
    assert first.startswith("FEED WARNING - list ")
    assert first.count("|") == 1 and first.index("|") < first.rindex("=")
    assert len(text.encode(errors="backslashreplace").splitlines()) == 3 and text.endswith("\n")
    assert not any("|" in line for line in more)
    assert re.fullmatch(r"[\x20-\x7e\n]*", text)
    assert not re.search(r"[<>$]", text)
    assert len(first) < 3000


@given(st.text(), st.text(), st.integers(0, 3))
def test_whatever_stands_in_it_it_is_one_line(text: str, label: str, verbose: int) -> None:
    out = printed("x", Result(State.OK, text, (Number(label, 1.0),), (text,)), verbose)
    first, *more = out.removesuffix("\n").split("\n")
    assert len(more) == (1 if verbose else 0)
    assert out.splitlines() == [first, *more]
    words, bar, numbers = first.partition(" | ")
    assert bar and "|" not in words and "|" not in numbers
    assert re.fullmatch(r"('[^'=]+'|[^'= ]+)=1;;;0", numbers)


def test_more_is_shown_when_it_is_asked_for_and_bounded() -> None:
    result = Result(State.OK, "well", tuple(Number(f"n{at}", at) for at in range(500)), ("more",) * 100, ("evidence",), "http://page/")
    plain, once, twice = (printed("x", result, verbose).splitlines() for verbose in (0, 1, 2))
    assert len(plain) == 1 and plain[0].count("=") == NUMBERS_MAX and "http" not in plain[0]
    assert len(once) == 1 + LINES_MAX + 1 and once[-1] == "and 61 more lines"
    assert twice[-1] == "and 62 more lines"
    assert printed("x", Result(State.OK, "well", (), ("m",), ("e",), "http://page/"), 2).splitlines()[1:] == ["m", "e", "see http://page/"]
    assert printed("x", Result(State.CRITICAL, "bad", link="http://page/?a=1&b=2")) == "X CRITICAL - bad http://page/?a=1&b=2\n"


def test_the_worst_of_several_is_what_is_known_to_be_bad() -> None:
    assert worst([State.OK, State.UNKNOWN]) is State.UNKNOWN
    assert worst([State.WARNING, State.UNKNOWN]) is State.WARNING
    assert worst([State.CRITICAL, State.WARNING]) is State.CRITICAL
    assert worst([]) is State.OK
    assert judged(5, Range(end=4), Range(end=4)) is State.CRITICAL
    assert judged(5, None, None) is State.OK


def _raise(error: Exception) -> Result:
    raise error


def test_what_fails_is_unknown_and_late_is_what_was_asked() -> None:
    patient = Deadline(5)
    assert patient.result(lambda: Result(State.OK, "well")) == Result(State.OK, "well")
    assert Deadline(5).result(lambda: _raise(UnwellError(State.CRITICAL, "down"))) == Result(State.CRITICAL, "down")
    assert Deadline(5).result(lambda: _raise(VardeError("odd"))) == Result(State.UNKNOWN, "odd")
    found = Deadline(5).result(lambda: _raise(ZeroDivisionError("by zero")))
    assert found.state is State.UNKNOWN and "ZeroDivisionError: by zero" in found.text
    began = time.monotonic()
    late = Deadline(0.2, State.CRITICAL).result(lambda: time.sleep(3) or Result(State.OK, "well"))  # type: ignore[func-returns-value]
    assert late.state is State.CRITICAL and "0.2 s" in late.text
    assert time.monotonic() - began < 2


def test_what_nobody_could_read_is_unknown() -> None:
    stream = io.StringIO()
    assert told("x\n", State.WARNING, stream) == 1 and stream.getvalue() == "x\n"
    stream.close()
    assert told("x\n", State.OK, stream) == 3


def test_backquotes_are_quotes() -> None:
    assert one_line("run `varde up`") == "run 'varde up'"
