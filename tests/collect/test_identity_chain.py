"""Which text is this, and how much of it was read: checked on every cut of small texts with small links."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.collect import identity
from varde.collect.identity import Chain, locate
from varde.collect.text import Text
from varde.store import Facts

LINK = 64


@pytest.fixture(autouse=True)
def small_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "LINK", LINK)


def stream(text: bytes) -> Text:
    return Text(io.BufferedReader(io.BytesIO(text)))  # type: ignore[arg-type]


def remember(facts: Facts, source: str, text: bytes) -> None:
    chain = Chain()
    chain.update(text)
    facts.put(f"sources/{source}", {"path": "p", "sensor": "s", "chain": chain.state()})


@given(pieces=st.lists(st.binary(max_size=100), max_size=8))
def test_a_chain_does_not_care_in_what_pieces_its_text_comes(pieces: list[bytes]) -> None:
    text = b"".join(pieces)
    one, many = Chain(), Chain()
    one.update(text)
    for piece in pieces:
        many.update(piece)
    assert one.state() == many.state() == many.copy().state()
    full = len(text) // LINK
    assert one.state()["links"] == [hashlib.blake2b(text[i * LINK : (i + 1) * LINK], digest_size=16).hexdigest() for i in range(full)]
    assert one.length == len(text)


@given(body=st.binary(min_size=10, max_size=300), read=st.integers(5, 300))
def test_what_was_read_of_a_text_is_found_again_to_the_octet(tmp_path_factory: pytest.TempPathFactory, body: bytes, read: int) -> None:
    facts = Facts(tmp_path_factory.mktemp("facts"))
    text = b"head\n" + body
    first = locate(stream(text), facts, "s")
    assert first.chain.length == 0
    remember(facts, first.source, text[: max(read, 5)])
    again = locate(stream(text), facts, "s")
    assert (again.source, again.chain.length) == (first.source, min(max(read, 5), len(text)))


@given(common=st.integers(5, 200), tails=st.lists(st.binary(min_size=1, max_size=100), min_size=2, max_size=4, unique=True))
def test_texts_that_part_ways_get_identities_of_their_own(tmp_path_factory: pytest.TempPathFactory, common: int, tails: list[bytes]) -> None:
    facts = Facts(tmp_path_factory.mktemp("facts"))
    shared = (b"head\n" + b"x" * 300)[:common]
    texts = [shared + bytes([number]) + tail for number, tail in enumerate(tails)]
    found: dict[bytes, str] = {}
    for text in texts:
        resume = locate(stream(text), facts, "s")
        assert resume.chain.length <= common
        assert text.startswith(text[: resume.chain.length])
        found[text] = resume.source
        remember(facts, resume.source, text)
    assert locate(stream(texts[-1]), facts, "s").source == found[texts[-1]]


def test_sensor_and_first_line_and_number_make_an_identity() -> None:
    made = {identity.identity(line, sensor, number) for line in (b"a", b"b") for sensor in ("s", "t") for number in (0, 1, 10)}
    assert len(made) == 12
    assert {len(name) for name in made} == {32}


def test_an_import_taken_back_keeps_its_number(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    first = locate(stream(b"head\none\n"), facts, "s").source
    remember(facts, first, b"head\none\n")
    second = locate(stream(b"head\ntwo\n"), facts, "s").source
    remember(facts, second, b"head\ntwo\n")
    facts.put(f"sources/{first}", {"forgotten": True})
    assert locate(stream(b"head\ntwo\n"), facts, "s").source == second
    third = locate(stream(b"head\none\n"), facts, "s")
    assert third.source not in (first, second)
    assert third.chain.length == 0


def test_a_shorter_text_names_the_longer_one_it_may_be_the_beginning_of(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    text = b"head\n" + b"y" * 200
    source = locate(stream(text), facts, "s").source
    remember(facts, source, text)
    shorter = locate(stream(text[:150]), facts, "s")
    assert (shorter.longer, shorter.whole.length, shorter.chain.length) == (source, 150, 128)
    assert shorter.left == text[128:150]
    assert locate(stream(text + b"more"), facts, "s").longer == ""
