"""Lines read once for many give what each would give if it were read by itself."""

import random
import re
from collections.abc import Iterator

import numpy as np
import pytest
from firewall_family import NAMES, REFERENCE, ZONE, fixture
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from varde.decode import Decoded, Lines, Origin
from varde.decode.firewall import DIALECTS, Dialect, FirewallReader, Form, _sentences, _shapes
from varde.decode.firewall._digits import literals, told
from varde.decode.firewall._numerals import FEW, MANY, masks, numbers
from varde.decode.lines import words

_ORIGIN = Origin("sensor", "source", "file", REFERENCE, ZONE, REFERENCE)
_FOLDED = [name for name in NAMES if literals(DIALECTS[name]) is not None]
_RUN = re.compile(rb"[0-9]+")


@pytest.fixture(autouse=True)
def every_block_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_shapes, "LINES_MIN", 1)
    monkeypatch.setattr(_shapes, "LEARN_MIN", 1)


def both(blocks: list[bytes], dialects: list[Dialect], *, live: bool = False) -> Iterator[tuple[Decoded, Decoded]]:
    """Each block as one reader reads it that folds, and another that does not."""
    origin = Origin("sensor", "source", "file", REFERENCE, ZONE, REFERENCE, live)
    folding, plain = FirewallReader(dialects), FirewallReader(dialects)
    for block in blocks:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_shapes, "LINES_MIN", 10**9)
            expected = plain.read(Lines.of(block), origin)
        yield folding.read(Lines.of(block), origin), expected


def assert_same(decoded: Decoded, expected: Decoded) -> None:
    assert decoded.counts == expected.counts
    assert decoded.stamps == expected.stamps
    assert decoded.strangers == expected.strangers
    assert_frame_equal(decoded.batch, expected.batch)
    order = ["dialect", "reason", "offset"]
    assert_frame_equal(decoded.rejects.sort(order), expected.rejects.sort(order))


def first_asked(name: str) -> list[Dialect]:
    return [DIALECTS[name], *(dialect for other, dialect in DIALECTS.items() if other != name)]


def mutated(line: bytes, rng: random.Random, share: float, digits: str = "0123456789") -> bytes:
    """The line with some of its runs of digits replaced: mostly by as many digits, at times by others that may be too many."""
    def other(match: re.Match[bytes]) -> bytes:
        if rng.random() > share:
            return match[0]
        count = len(match[0]) if rng.random() < 0.97 else rng.choice((1, 2, 3, 5, 9, 17, 20))
        return "".join(rng.choice(digits) for _ in range(count)).encode()

    return _RUN.sub(other, line)


@pytest.mark.parametrize("name", _FOLDED)
@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 2**32), share=st.sampled_from((0.05, 0.3, 1.0)), digits=st.sampled_from(("12", "012", "0123456789")), end=st.sampled_from((b"\n", b"\r\n", b"\n\xff\n")), live=st.booleans())
def test_any_digits_in_any_place_give_what_each_line_gives_alone(
    name: str, seed: int, share: float, digits: str, end: bytes, live: bool
) -> None:
    rng = random.Random(seed)
    lines = [line for line in fixture(name).splitlines() for _ in range(12)]
    blocks = [end.join(mutated(line, rng, share, digits) for line in rng.sample(lines, len(lines))) + rng.choice((b"", end)) for _ in range(3)]
    for decoded, expected in both(blocks, [DIALECTS[name]], live=live):
        assert_same(decoded, expected)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 99), st.integers(0, 300), st.sampled_from([b"0", b"1 ", b"v6", b"\n", b"\xc3\xa6", b".", b"["])), min_size=1, max_size=20))
def test_damaged_lines_that_are_there_often_are_read_alike(damage: list[tuple[str, int, int, bytes]]) -> None:
    lines = []
    for name, number, at, piece in damage:
        golden = fixture(name).splitlines()
        line = golden[number % len(golden)]
        lines += [line[: at % len(line)] + piece + line[at % len(line) :]] * 5
    for decoded, expected in both([b"\n".join(lines)], first_asked(damage[0][0])):
        assert_same(decoded, expected)


def test_one_line_of_many_that_differ_in_numbers_alone_goes_through_the_engine() -> None:
    line = b"2026-11-20T%02d:00:00Z fw in:ether1 out:ether2, proto TCP (SYN), 192.0.2.%d:%d->198.51.100.2:443, len 40\n"
    lines = Lines.of(b"".join(line % (number % 24, 100 + number, 40_000 + number) for number in range(100)))
    dialect = Dialect("x", "x", DIALECTS["mikrotik"].forms[:1], ())
    folded = _shapes.Shapes(dialect).fold(lines, _ORIGIN)
    assert folded is not None
    assert folded.asked(np.arange(len(lines))).tolist() == [0]
    assert folded.values["src_port"].tolist() == list(range(40_000, 40_100))


@pytest.mark.parametrize("name", ["mikrotik", "linux"])
def test_most_lines_of_a_busy_log_stand_for_none(name: str) -> None:
    line = max(fixture(name).splitlines()[:8], key=lambda one: one.count(b"TCP"))
    rng = random.Random(5)
    ports = [re.sub(rb"(:|SPT=)[0-9]{4,5}(->| )", lambda found: found[1] + b"%d" % rng.randrange(10_000, 60_000) + found[2], line) for _ in range(400)]
    lines = Lines.of(b"\n".join(ports))
    folded = _shapes.Shapes(DIALECTS[name]).fold(lines, _ORIGIN)
    assert folded is not None
    assert folded.known.all()
    assert len(folded.asked(np.arange(len(lines)))) <= 2
    [(decoded, expected)] = both([b"\n".join(ports)], [DIALECTS[name]])
    assert expected.batch["src_port"].n_unique() > 300
    assert_same(decoded, expected)


def test_lines_whose_owner_is_no_record_are_read_by_themselves() -> None:
    lines = [line.replace(b"proto TCP", b"proto NOSUCH") for line in fixture("mikrotik").splitlines() if b"proto TCP" in line]
    [(decoded, expected)] = both([b"\n".join(lines * 40)], first_asked("mikrotik"))
    assert expected.counts["mikrotik", "reject:protocol"]
    assert_same(decoded, expected)


@pytest.mark.parametrize("before", [b"", b"7 ", b"77777 ", b"777777 ", b"7777777 ", b"x x x x "])
def test_numbers_at_the_beginning_of_a_block_are_read_too(before: bytes) -> None:
    form = Form("x", " P ", tail="(?P<src>[0-9.]+) (?P<dst>[0-9.]+) proto 17", head="(?:(?P<length>[0-9]+)|[x ]+)", fixed={"proto": "udp"})
    dialect = Dialect("x", "x", (form,), ("",))
    line = before.rstrip() + b" P 192.0.2.1 192.0.2.2 proto 17\n"
    for decoded, expected in both([line * 5, line * 5], [dialect], live=True):
        assert_same(decoded, expected)


def test_lines_of_an_earlier_block_stand_for_those_of_another_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    line = next(line for line in fixture("linux").splitlines() if b"PROTO=TCP" in line)
    blocks = [b"\n".join([line] * 5)] * 2
    reader, plain = FirewallReader([DIALECTS["linux"]]), FirewallReader([DIALECTS["linux"]])
    asked = []
    make = FirewallReader._make
    monkeypatch.setattr(FirewallReader, "_make", lambda self, dialect, lines, pending, origin: asked.append(len(pending)) or make(self, dialect, lines, pending, origin))
    for number, block in enumerate(blocks):
        origin = Origin(f"sensor {number}", f"source {number}", f"file {number}", REFERENCE + number, ZONE, REFERENCE + 400 * 86_400_000_000 * number)
        decoded = reader.read(Lines.of(block, 1000 * number), origin)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_shapes, "LINES_MIN", 10**9)
            assert_same(decoded, plain.read(Lines.of(block, 1000 * number), origin))
    assert asked == [1, 5, 0, 5]


def test_sentences_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sentences, "SENTENCES_MAX", 3)
    rng = random.Random(4)
    blocks = [b"\n".join(mutated(line, rng, 0.1) for line in fixture("mikrotik").splitlines() * 20) for _ in range(4)]
    for decoded, expected in both(blocks, first_asked("mikrotik")):
        assert_same(decoded, expected)


def test_a_rare_shape_is_learnt_when_it_has_had_lines_enough() -> None:
    line = b"2026-11-20T01:00:00Z fw in:ether1 out:ether2, proto TCP (SYN), 192.0.2.1:4000->198.51.100.2:443, len 40\n"
    shapes = _shapes.Shapes(Dialect("x", "x", DIALECTS["mikrotik"].forms[:1], ()))
    assert [shapes.fold(Lines.of(line), _ORIGIN) is not None for _ in range(_shapes.ROWS_MIN + 1)] == [False, False, True, True]


def test_shapes_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_shapes, "SHAPES_MAX", 5)
    rng = random.Random(3)
    blocks = [b"\n".join(mutated(line, rng, 1.0) for line in fixture("linux").splitlines() * 20) for _ in range(3)]
    for decoded, expected in both(blocks, first_asked("linux")):
        assert_same(decoded, expected)


def test_a_dialect_is_asked_which_digits_it_tells_apart() -> None:
    def dialect(tail: str, **more: object) -> Dialect:
        return Dialect("x", "x", (Form("x", " P ", tail=tail, **more),), ("P",))  # type: ignore[arg-type]

    assert literals(dialect("(?P<src>[0-9.]+) (?P<dst>[0-9.]{3,}) [^a-z] [!-~]")) == ()
    assert literals(dialect("ICMP(?:v6)? x0x1")) == (b" x0x1", b"v6")
    assert literals(dialect(r"a\x2d6\.b")) == (b"6.b",)
    for unclear in ("(?:0|1)", "[0-7]", "a6+", "a6{2}", "a?6", "(?i:v6)", r"\x36", "[0-9&&[^5]]", r"\p{Nd}"):
        assert literals(dialect(unclear)) is None, unclear
    assert literals(dialect("", fixed={"rule": "106023"})) is None


def test_digits_of_texts_are_found_wherever_they_stand() -> None:
    text = b"v6 v66 6 xv6\nv"
    found = told(np.frombuffer(text, dtype=np.uint8), (b"v6",))
    assert np.flatnonzero(found).tolist() == [1, 4, 11]
    assert not told(np.zeros(0, dtype=np.uint8), (b"v6",)).any()


@pytest.mark.parametrize("width", [FEW, MANY])
@given(data=st.data())
def test_numbers_are_read_where_they_stand(width: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, 10**width - 1), min_size=1))
    texts = [str(value).encode() for value in values]
    block = np.frombuffer(b"x" * width + b"x".join(texts), dtype=np.uint8)
    length = np.array([len(text) for text in texts])
    end = np.cumsum(length + 1) - 1 + width
    assert numbers(words(block, width), end, masks(length, width)).tolist() == values
