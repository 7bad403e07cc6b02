"""What the configuration may name as the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.model import VardeError
from varde.model.engine import EMBEDDED, ClusterAddress, engine_address


def test_duckdb_is_no_address() -> None:
    assert engine_address(EMBEDDED) is None


@pytest.mark.parametrize(("url", "expected"), [
    ("sc://localhost", ClusterAddress("localhost", 15002, False)),
    ("sc://127.0.0.1:15003", ClusterAddress("127.0.0.1", 15003, False)),
    ("sc://[::1]:15002/;use_ssl=false", ClusterAddress("[::1]", 15002, False)),
    ("sc://spark.example.net:443/;use_ssl=true", ClusterAddress("spark.example.net", 443, True)),
])  # fmt: skip
def test_addresses_of_servers(url: str, expected: ClusterAddress) -> None:
    assert engine_address(url) == expected
    assert engine_address(expected.url) == expected


@pytest.mark.parametrize(("url", "word"), [
    ("sc://192.0.2.1:15002", "needs TLS"), ("sc://spark.example.net", "needs TLS"), ("sc://localhost:15002/;token=abc", "no token stands in the url"),
    ("sc://localhost:99999", "no engine"), ("http://localhost", "no engine"), ("sc://", "no engine"), ("sc://localhost/;user_id=x", "nothing that the url"),
    ("sc://localhost/;use_ssl=maybe", "nothing that the url"), ("sc://a b", "no engine"), ("", "no engine"), ("sc://" + "a" * 400, "no engine"),
])  # fmt: skip
def test_what_is_no_engine_is_said(url: str, word: str) -> None:
    with pytest.raises(VardeError, match=word) as told:
        engine_address(url)
    assert "abc" not in str(told.value)


@given(st.text(max_size=400))
def test_any_text_is_an_engine_or_an_error_that_says_so(text: str) -> None:
    for url in (text, "sc://" + text):
        try:
            engine_address(url)
        except VardeError:
            continue
