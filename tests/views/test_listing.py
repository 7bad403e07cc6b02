"""Tables for terminals and spreadsheets."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import visible
from varde.views.listing import BARS, bars, csv_of, fitted, text_of


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    rows = [{"name": "a", "count": 1}, {"name": "bbb", "count": 12345}]
    assert text_of(rows, ["name", "count"], str) == "name   count\na          1\nbbb   12,345"


def test_long_and_empty_cells() -> None:
    text = text_of([{"name": "x" * 100}, {"name": ""}, {"name": None}], ["name"], str)
    assert [len(line) for line in text.split("\n")] == [4, 60, 7, 0] and "(empty)" in text
    assert text_of([{"name": "  "}, {"name": " a"}], ["name"], str).split("\n")[1:] == [r"\x20\x20", " a"]


WIDE = [{"sha256": "a" * 64, "times": number, "first": "2026-11-20 00:00:24", "last": "2026-11-20 23:19:32", "url": "http://x/" + "y" * 40} for number in range(3)]


def test_a_narrow_table_leaves_out_what_says_least_and_says_so() -> None:
    columns = list(WIDE[0])
    assert fitted(WIDE, columns, str, 0) == (text_of(WIDE, columns, str), [])
    assert fitted(WIDE, columns, str, 200)[1] == []
    text, left_out = fitted(WIDE, columns, str, 150)
    assert left_out == ["first"] and "first" not in text and "…" in text  # a cell is cut anyway
    text, left_out = fitted(WIDE, columns, str, 60)
    assert left_out == ["first", "last"] and text.splitlines()[0].split() == ["sha256", "times", "url"]


@given(st.integers(30, 250))
def test_a_table_is_as_narrow_as_it_is_asked_to_be(room: int) -> None:
    text, left_out = fitted(WIDE, list(WIDE[0]), str, room)
    assert max(map(len, text.splitlines())) <= room
    assert set(text.splitlines()[0].split()) | set(left_out) == set(WIDE[0])


@given(st.lists(st.text()))
def test_csv_gives_back_what_went_in_visibly_and_no_formula(texts: list[str]) -> None:
    content = csv_of([{"text": text} for text in texts], ["text"]).decode()
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(content, newline=""))][1:]
    assert [text.removeprefix("'") if text[1:2] in ("=", "+", "-", "@") else text for text in read] == [visible(text) for text in texts]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in read)


@pytest.mark.parametrize("name", ["\x1b]0;owned\x07", "a\x00b", "\u202efdp.exe", "two\r\nlines", "\ud800", "\x9b31m"])
def test_nothing_that_a_terminal_obeys_stands_in_csv(name: str) -> None:
    listed = csv_of([{"text": name}], ["text"]).decode()
    assert all(line.isprintable() for line in listed.split("\r\n"))
    assert listed.count("\n") == 2


def test_bars_show_what_is_not_nothing() -> None:
    assert bars([0, 1, 1000]) == BARS[0] + BARS[1] + BARS[-1]
    assert bars([]) == "" and bars([0, 0]) == "  "
