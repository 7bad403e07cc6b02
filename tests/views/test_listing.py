"""Tables for terminals and spreadsheets."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from varde.views.listing import BARS, bars, csv_of, text_of


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    rows = [{"name": "a", "count": 1}, {"name": "bbb", "count": 12345}]
    assert text_of(rows, ["name", "count"], str) == "name   count\na          1\nbbb   12,345"


def test_long_and_empty_cells() -> None:
    text = text_of([{"name": "x" * 100}, {"name": ""}, {"name": None}], ["name"], str)
    assert [len(line) for line in text.split("\n")] == [4, 60, 7, 0] and "(empty)" in text


@given(st.lists(st.text()))
def test_csv_gives_back_what_went_in_and_no_formula(texts: list[str]) -> None:
    valid = [text.encode("utf-8", "ignore").decode() for text in texts]
    content = csv_of([{"text": text} for text in valid], ["text"]).decode()
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(content, newline=""))][1:]
    assert [text.removeprefix("'") if text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text for text in read] == valid
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in read)


def test_bars_show_what_is_not_nothing() -> None:
    assert bars([0, 1, 1000]) == BARS[0] + BARS[1] + BARS[-1]
    assert bars([]) == "" and bars([0, 0]) == "  "
