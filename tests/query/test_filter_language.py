"""The filter language: what it understands, what it says of it, and where it points when it does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.intel.ipset import IPSet
from varde.model import VardeError
from varde.model.filters import BY_WORD, KEYS, SIGNS_OF, VALUES
from varde.query.filters import Query, chosen, sentence, understood


def no_files(path: str) -> IPSet:
    raise VardeError(f"no set {path}")


def ask(text: str) -> Query:
    return understood(text, no_files)


def said(text: str) -> str:
    node = ask(text).node
    assert node is not None
    return sentence(node)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("src in DE and dport 22 and octets > 1M", "the source is in DE and the destination port is 22 and the number of octets is over 1,000,000"),
        ("tcp dport ssh, telnet", "the protocol is TCP and the destination port is 22 (ssh) or 23 (telnet)"),
        ("src not in DE,AS3301", "the source is not in DE or AS3301"),
        ("not (src 10.0.0.0/8 or dst home)", "not (the source is 10.0.0.0/8 or the destination is at home)"),
        ("packets 1-3 inbound", "the number of packets is 1 to 3 and the direction is inbound"),
        ("user = 'root' or user ~ admin", "the user name is root or the user name has admin"),
        ("duration >= 5m", "the duration is at least 5m"),
        ("dport is not 22", "the destination port is not 22"),
    ],
)
def test_a_filter_says_what_it_means(text: str, meaning: str) -> None:
    assert said(text) == meaning


def test_and_binds_before_or() -> None:
    assert said("tcp or udp and dport 53") == "the protocol is TCP or (the protocol is UDP and the destination port is 53)"


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("dport 22 since yesterday", (None, "yesterday", None)), ("today dport 22", ("today", None, None)),
        ("dport 22 and since 2d until 1d", (None, "2d", "1d")), ("since 2026-11-20 14:30", (None, "2026-11-20 14:30", None)),
        ("dport 22 last 6h", (None, "6h", None)), ("on 2026-11-20", ("2026-11-20", None, None)),
    ],
)  # fmt: skip
def test_periods_stand_beside_conditions(text: str, period: tuple[str | None, ...]) -> None:
    query = ask(text)
    assert (query.day, query.since, query.until) == period


@pytest.mark.parametrize(
    ("text", "word", "near"),
    [
        ("dprt 22", "dprt", "dport"), ("src in DE und dport 22", "und", "and"), ("dport shh", "shh", "ssh"), ("octets ~ 5", "~", ""), ("((dport 22", "(", ""),
        ("dport 22 )", ")", ""), ("src = and", "and", ""), ("dport 22 ! 5", "!", ""), ("proto tpc", "tpc", "tcp"), ("dport 70000", "70000", ""),
        ("octets 5-1", "5-1", ""), ("since 1d since 2d", "since", ""), ("flags S/A", "S/A", ""), ("src 10.0.0.0/33", "10.0.0.0/33", ""),
    ],
)  # fmt: skip
def test_mistakes_are_pointed_at(text: str, word: str, near: str) -> None:
    with pytest.raises(VardeError) as error:
        ask(text)
    assert f"»{word}«" in str(error.value)
    assert (f"Did you mean {near}?" in str(error.value)) == bool(near)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("dport 80-22", "22-80"), ("octets 5k-100", "100-5k"), ("proto 17-6", "6-17"), ("duration 1h-10s", "10s-1h"), ("src 10.0.0.9-10.0.0.1", "10.0.0.1-10.0.0.9"),
     ("src 2001:db8::2-2001:db8::1", "2001:db8::1-2001:db8::2")],
)  # fmt: skip
def test_a_range_that_ends_before_it_begins_is_turned_round(text: str, meant: str) -> None:
    with pytest.raises(VardeError, match=re.escape(f"ends before it begins. Did you mean {meant}?")):
        ask(text)


@pytest.mark.parametrize("text", ["src 10.0.0.0/33", "src 2001:db8::/129", "dst 192.0.2.1/x"])
def test_a_prefix_that_is_none_is_not_looked_for_as_a_file(text: str) -> None:
    with pytest.raises(VardeError, match="is none of these: an address, a network"):
        ask(text)


@pytest.mark.parametrize("text", ["dport", "src =", "not", "dport 22 and", "dport 22,", "since"])
def test_what_ends_too_early_says_so(text: str) -> None:
    with pytest.raises(VardeError, match="ends too early"):
        ask(text)


@given(st.text(alphabet="()notarsdpi 0123456789.,=<>!~/'\":-\n☃", max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    said = ""
    try:
        ask(text)
    except VardeError as error:
        said = str(error)
    assert len(said) < 2000


@pytest.mark.parametrize("text", ["(" * 3000, "not " * 900 + "tcp", "tcp or " * 400, "a" * 5000, "dport " + "1," * 1900])
def test_long_and_deep_filters_are_bounded(text: str) -> None:
    with pytest.raises(VardeError):
        ask(text)


def test_every_key_has_a_kind_and_every_word_one_key() -> None:
    words = [word for key in KEYS for word in (key.name, *key.words)]
    switches = [switch for key in KEYS for switch in (*key.switches, *key.refusing)]
    assert len(set(words)) == len(words) == len(BY_WORD) and len(set(switches)) == len(switches)
    assert all(key.kind in VALUES and SIGNS_OF[key.kind] for key in KEYS)


def test_switches_and_words_ask_for_the_same() -> None:
    switched = chosen({"proto": "6", "dport": "22,23", "not-saddress": "10.0.0.0/8"}, no_files)
    assert {sentence(node) for node in switched} == {sentence(node) for node in ask("proto 6 and dport 22,23 and src != 10.0.0.0/8").node.parts}  # type: ignore[union-attr]


def test_a_switch_names_itself_in_its_error() -> None:
    with pytest.raises(VardeError, match=r"^--dport: 'x' is none of these"):
        chosen({"dport": "x"}, no_files)
