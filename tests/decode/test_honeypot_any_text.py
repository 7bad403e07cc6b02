"""Whatever the lines are, each becomes a record, a reject or is ignored, and nothing is raised."""


import random

from damage import damaged, flipped
from honeypot_family import NAMES, golden_lines, outcomes, read, records
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode import Decoded
from varde.decode.addresses import text_of

_GOLDEN = [line for _, line in golden_lines()]
_PIECES = (
    b"\x00", b"\xff", b'"', b"'", b"\\", b"\\x", b"=", b" src=10.6.6.6", b"/", b"]", b"[", b"{", b"}", b"[[[[", b"\xc3\xa6", b"%", b"\r",
    b"99999999999999999999", b" from 10.6.6.6:1", b"NaN", b"b'",
)  # fmt: skip


def _conserved(data: bytes, decoded: Decoded) -> None:
    lines, made, ignored, rejected = outcomes(decoded)
    assert lines == data.count(b"\n") + (data[-1:] not in (b"", b"\n"))
    assert lines == made + ignored + rejected
    assert made <= decoded.records() if made else not decoded.records()
    assert len(decoded.rejects) <= rejected
    assert decoded.rejects["reason"].is_not_null().all()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), max_size=20))
def test_any_lines_give_records_or_rejects_or_are_ignored(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    _conserved(data, read(data))


@settings(deadline=None, max_examples=150)
@given(st.lists(damaged(_GOLDEN, _PIECES), min_size=1, max_size=30), st.booleans())
def test_damaged_lines_give_records_or_rejects_or_are_ignored(lines: list[bytes], live: bool) -> None:
    data = b"\n".join(lines)
    _conserved(data, read(data, live=live))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(NAMES), st.binary(max_size=400), st.binary(max_size=100))
def test_any_octets_behind_the_start_of_a_real_line_are_counted(name: str, tail: bytes, head: bytes) -> None:
    starts = [line[: len(line) // 2] for dialect, line in golden_lines() if dialect == name]
    data = b"\n".join(head + start + tail for start in starts)
    _conserved(data, read(data))


def test_octets_flipped_at_random_are_counted() -> None:
    data = flipped(_GOLDEN, 20261121, 20)
    _conserved(data, read(data))


def test_no_prefix_of_a_line_gives_another_source() -> None:
    """A datagram or a block may end anywhere."""
    cuts = [(whole, line[:length]) for whole, (_, line) in enumerate(golden_lines()) for length in range(8, len(line) + 1, 3)]
    data = b"\n".join(cut for _, cut in cuts)
    offsets: dict[int, int] = {}
    position = 0
    for whole, cut in cuts:
        offsets[position] = whole
        position += len(cut) + 1
    decoded = read(data)
    _conserved(data, decoded)
    sources: dict[int, set[str]] = {}
    for _, batch in decoded.tables():
        for offset, source in zip(batch["offset"], batch["src_addr"], strict=True):
            if source is not None:
                sources.setdefault(offsets[offset], set()).add(text_of(source))
    several = {golden_lines()[whole][1]: found for whole, found in sources.items() if len(found) > 1}
    assert not several


def test_each_row_keeps_its_line_and_the_order_of_the_lines() -> None:
    data = b"\n".join(_GOLDEN)
    for _, batch in read(data).tables():
        for dialect in batch["dialect"].unique():
            mine = batch.filter(batch["dialect"] == dialect)
            assert mine["offset"].is_sorted()
        for offset, raw in zip(batch["offset"], batch["raw"], strict=True):
            assert data[offset : offset + len(raw.encode())] == raw.encode()


def test_a_carrier_may_have_a_name_in_any_script() -> None:
    """What it wrote before the object is skipped by octets, not by letters."""
    said = b'{"eventid": "cowrie.login.failed", "username": "root", "password": "x", "session": "1", "src_ip": "198.51.100.7", "timestamp": "2026-11-21T16:52:28Z"}'
    alone, carried = read(said), read("<14>høst-æøå cowrie: ".encode() + said)
    assert carried.counts == alone.counts and records(carried) == records(alone) != []


def test_formats_mixed_in_one_block_are_each_read_as_alone() -> None:
    rng = random.Random(7)
    several = [(name, line) for name, line in golden_lines() if name not in ("inetsim", "cowrie-textlog", "sshd")]
    rng.shuffle(several)
    mixed = read(b"\n".join(line for _, line in several))
    for name in {name for name, _ in several}:
        alone = read(b"\n".join(line for found, line in several if found == name))
        assert mixed.counts[name, "records"] == alone.counts[name, "records"] > 0
