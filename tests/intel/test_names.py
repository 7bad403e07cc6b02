"""Names match on label boundaries, the longest listed one wins, and a shared hash is not a match."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicators import frame, indicator

from varde.intel import Guards, Matcher, build
from varde.intel import names as names_module
from varde.intel.names import NameTable, Ordered, hashes

_LABEL = st.text("ab-_", min_size=1, max_size=2)
_NAME = st.lists(_LABEL, min_size=2, max_size=5).map(".".join)


def _matcher(*listed: tuple[str, str]) -> Matcher:
    return build(frame(indicator(name, source) for name, source in listed), Guards({}), now=0)


def _sources(matcher: Matcher, *names: str) -> list[list[str]]:
    return [[row["source"] for row in matcher.rows(number)] for number in matcher.lookup_names(list(names)).tolist()]


def test_a_name_holds_those_under_it_and_no_other() -> None:
    matcher = _matcher(("example.com", "list"))
    asked = ("example.com", "a.example.com", "b.a.example.com", "badexample.com", "com", "example.com.evil", "", ".", "EXAMPLE.com.", "a..example.com")
    assert [bool(found) for found in _sources(matcher, *asked)] == [True, True, True, False, False, False, False, False, True, True]


def test_the_longest_listed_name_comes_first_and_those_above_it_follow() -> None:
    matcher = _matcher(("evil.example", "wide"), ("c2.evil.example", "narrow"))
    assert _sources(matcher, "x.c2.evil.example", "x.evil.example") == [["narrow", "wide"], ["wide"]]


@settings(max_examples=80)
@given(st.lists(_NAME, max_size=12), st.lists(_NAME, max_size=12))
def test_names_get_exactly_the_lists_that_hold_them(listed: list[str], asked: list[str]) -> None:
    matcher = _matcher(*((name, f"list {at}") for at, name in enumerate(listed)))
    for name, found in zip([*asked, *listed], _sources(matcher, *asked, *listed), strict=True):
        assert set(found) == {f"list {at}" for at, entry in enumerate(listed) if name == entry or name.endswith("." + entry)}


def test_names_that_share_a_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "hashes", lambda names: np.zeros(len(list(names)), dtype=np.uint64))
    names = pl.Series(["a.example", "b.example", "a.example"])
    ordered, place = Ordered.of(names, np.zeros(3, dtype=np.uint64))
    assert ordered.names.gather(place).to_list() == names.to_list()
    table = NameTable.of(ordered, np.array([0, 1], dtype=np.int32), np.array([0, 1], dtype=np.int32))
    assert table.lookup(["a.example", "b.example", "c.example", "x.b.example"]).tolist() == [0, 1, -1, 1]


def test_the_longest_name_above_each_is_found() -> None:
    names = pl.Series(["b.a.example", "example", "a.example", "b.a.example", "other"])
    ordered, place = Ordered.of(names, hashes(names.to_list()))
    above = ordered.parents()
    assert [ordered.names[int(above[at])] if above[at] >= 0 else None for at in place] == ["a.example", None, "example", "a.example", None]
    assert (ordered.hashed[1:] > ordered.hashed[:-1]).all()


def test_names_that_are_none_are_not_found_and_cost_little() -> None:
    matcher = _matcher(("evil.example", "list"))
    assert matcher.lookup_names(["a." * 5_000_000 + "evil.example", "\N{SNOWMAN}.evil.example", "\x00"]).tolist() == [-1, -1, -1]
