"""STIX patterns are read where each value is enough by itself, and refused whole where it is not."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.intel._patterns import PATTERN_MAX, Comparison, UnreadError, comparisons


def _values(pattern: str) -> list[tuple[str, str]]:
    return [(one.path, one.value) for one in comparisons(pattern)]


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[ipv4-addr:value = '198.51.100.1']", ["198.51.100.1"]),
        ("[ipv4-addr:value='198.51.100.1'OR ipv4-addr:value='198.51.100.2']", ["198.51.100.1", "198.51.100.2"]),
        ("([domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']) OR [url:value = 'c']", ["a.example", "b.example", "c"]),
        ("[(ipv4-addr:value = '198.51.100.1' OR (ipv4-addr:value IN ('198.51.100.2', '198.51.100.3')))]", ["198.51.100.1", "198.51.100.2", "198.51.100.3"]),
        ("[ipv6-addr:value ISSUBSET '2001:db8::/48']", ["2001:db8::/48"]),
        ("[file:hashes.'SHA-256' = 'aa' OR file:hashes.MD5 = 'bb']", ["aa", "bb"]),
        (r"[file:name = 'it\'s [a] \\ OR']", [r"it's [a] \ OR"]),
        (" [ x:y\n=\t'z' ] ", ["z"]),
    ],
)  # fmt: skip
def test_values_that_are_each_enough_are_read(pattern: str, values: list[str]) -> None:
    assert [value for _, value in _values(pattern)] == values


@pytest.mark.parametrize(
    "pattern",
    [
        "", "[]", "[ipv4-addr:value]", "ipv4-addr:value = '198.51.100.1'", "[ipv4-addr:value = 198.51.100.1]", "[ipv4-addr:value = '198.51.100.1'",
        "[ipv4-addr:value = '198.51.100.1' AND domain-name:value = 'a.example']", "[ipv4-addr:value != '198.51.100.1']",
        "[NOT ipv4-addr:value = '198.51.100.1']", "[ipv4-addr:value NOT IN ('198.51.100.1')]", "[ipv4-addr:value ISSUPERSET '198.51.100.0/24']",
        "[a:b = '1'] AND [a:b = '2']", "[a:b = '1'] FOLLOWEDBY [a:b = '2']", "[a:b = '1'] WITHIN 5 SECONDS", "[a:b = '1'] REPEATS 2 TIMES",
        "[a:b = '1'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'", "[a:b LIKE '1%']", "[a:b MATCHES '^1']", "[a:b > '1']",
        "[a:b = '1' OR a:c = '2' AND a:d = '3']", "[a:b IN ()]", "[EXISTS a:b]", "[a:b = '1'] x",
    ],
)  # fmt: skip
def test_what_is_more_than_values_is_not_guessed_at(pattern: str) -> None:
    with pytest.raises(UnreadError):
        comparisons(pattern)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_what_is_written_is_read_again_whatever_the_values_are(values: list[str]) -> None:
    written = [value.replace("\\", "\\\\").replace("'", "\\'") for value in values]
    expected = [Comparison("file:name", value) for value in values]
    assert comparisons("[" + " OR ".join(f"file:name = '{value}'" for value in written) + "]") == expected
    together = ", ".join(f"'{value}'" for value in written)
    assert comparisons(f"[file:name IN ({together})]") == expected


@given(st.text(alphabet="[]()='\\aOR: ,INANDx", max_size=200))
def test_any_text_is_read_or_refused_and_nothing_else(pattern: str) -> None:
    with contextlib.suppress(UnreadError):
        assert all(isinstance(one, Comparison) for one in comparisons(pattern))


@pytest.mark.parametrize("piece", ["(", "[(", "'", "\\'", "[a:b='1']OR", "a", " ", "a:b'"])
def test_an_endless_pattern_costs_what_its_length_does(piece: str) -> None:
    began = time.process_time()
    with pytest.raises(UnreadError):
        comparisons(piece * (PATTERN_MAX // len(piece)))
    assert time.process_time() - began < 2
