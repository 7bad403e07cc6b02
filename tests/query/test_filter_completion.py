"""What may follow in the filter language: the words of its own tables, and each of them understood where it is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import TABLES
from varde.model.filters import BY_WORD
from varde.query.filters import FilterError, suggestions, understood
from varde.query.filters.completion import SHOWN_MAX, keys_of

FLOWS = [field.name for field in TABLES["flows"].fields]


def following(text: str, table: str = "flows") -> list[str]:
    return [each.text for each in suggestions(text, len(text), [field.name for field in TABLES[table].fields], files=False)]


@pytest.mark.parametrize(
    ("text", "expected", "absent"),
    [
        ("", "src", "and"), ("sr", "src", "dst"), ("src ", "in", "and"), ("src in ", "home", "and"), ("src in DE ", "and", "="), ("src in DE an", "and", "any "),
        ("dport ", "ssh", "and"), ("dport 22,", "telnet", "and"), ("proto t", "tcp", "udp"), ("dport 22 si", "since", "src"), ("not ", "src", "since"),
        ("octets >", "1000", "in"), ("direction ", "inbound", "and"), ("tcp ", "and", "="),
    ],
)  # fmt: skip
def test_what_follows(text: str, expected: str, absent: str) -> None:
    found = following(text)
    assert expected in found and absent not in found
    assert len(found) <= SHOWN_MAX


def test_a_table_is_asked_by_what_it_has() -> None:
    assert "user" in following("us", "logins") and not following("us", "flows")
    assert "octets" in [key.name for key in keys_of(FLOWS)]
    assert "sipset" in [key.name for key in keys_of(FLOWS)] and "sipset" not in [key.name for key in keys_of(FLOWS, files=False)]


def test_a_suggestion_stands_for_the_word_that_was_begun() -> None:
    (found,) = suggestions("tcp and dpo 22", 11, FLOWS)
    assert (found.text, found.begin, found.end, found.meaning) == ("dport", 8, 11, "the destination port")


@given(st.text(alphabet="srcdpot =<>~(),'\"notanx22", max_size=60), st.integers(-5, 80))
def test_any_text_has_suggestions_that_lie_in_it(text: str, at: int) -> None:
    for each in suggestions(text, at, FLOWS):
        assert 0 <= each.begin <= each.end <= len(text)


@pytest.mark.parametrize(
    ("text", "begin", "end", "near"),
    [("src in DE and dprt 22", 14, 18, "dport"), ("dport 22 tpc", 9, 12, ""), ("octets > lots", 9, 13, ""), ("src", 3, 3, ""), ("(tcp", 0, 1, "")],
)
def test_a_mistake_knows_its_place_and_the_nearest_word(text: str, begin: int, end: int, near: str) -> None:
    with pytest.raises(FilterError) as caught:
        understood(text, lambda path: pytest.fail(path))
    error = caught.value
    assert (error.begin, error.end, error.near) == (begin, end, near)
    assert error.what in str(error) and (not near or near in BY_WORD)
