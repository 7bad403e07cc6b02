"""Whatever a list is, it gives rows and rejects and nothing else, in time that grows with its length."""

import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_family import NAMES, fixture, read

from varde.decode.addresses import octets_of
from varde.decode.intel import SAMPLES_MAX, SCHEMA, ListRead

_LINES = [line for name in NAMES for line in fixture(name).splitlines()]
_PIECES = st.sampled_from([b"\x00", b"\xff\xfe", b'"', b"\t", b",", b";", b"#", b"/", b"-", b":", b"::", b"[.]", b"\\", b"{", b"[", b"0" * 300, b"/999999999", b"\xc3\xa6.", b"."])


def _sound(found: ListRead) -> None:
    assert dict(found.indicators.schema) == SCHEMA
    assert sum(found.reasons.values()) >= len(found.rejected)
    assert [rejected.line for rejected in found.rejected] == sorted(rejected.line for rejected in found.rejected)
    for value, address in found.indicators.select("value", "address").iter_rows():
        assert value
        assert address is None or (len(address) == 16 and octets_of(value.partition("/")[0]) == address)


@settings(max_examples=80)
@given(st.sampled_from([None, *NAMES]), st.lists(st.one_of(st.binary(max_size=120), st.text(max_size=120).map(str.encode)), max_size=15))
def test_any_octets_give_rows_and_rejects(form: str | None, lines: list[bytes]) -> None:
    _sound(read(b"\n".join(lines), form))


@settings(max_examples=120)
@given(st.sampled_from([None, *NAMES]), st.data())
def test_damaged_lists_give_rows_and_rejects(form: str | None, data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.sampled_from(_LINES), min_size=1, max_size=12))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:place] + data.draw(_PIECES) + lines[at][place + data.draw(st.integers(0, 3)) :]
    _sound(read(b"\n".join(lines), form))


@pytest.mark.parametrize("name", NAMES)
def test_a_list_cut_anywhere_or_with_flipped_octets_is_read(name: str) -> None:
    whole, luck = fixture(name), random.Random(20261121)
    for length in range(0, len(whole), 37):
        _sound(read(whole[:length], name))
    for _ in range(20):
        flipped = bytearray(whole)
        for _ in range(8):
            flipped[luck.randrange(len(flipped))] ^= 1 << luck.randrange(8)
        _sound(read(bytes(flipped), name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("piece", [b"1.", b"a.", b"::", b"a-", b'"', b"\t", b"/", b"[", b'{"a":', b"1.1.1.1-", b"\xc3\xa6"])
def test_an_endless_line_costs_what_its_length_does(name: str, piece: bytes) -> None:
    began = time.process_time()
    _sound(read(fixture(name) + b"\n" + piece * (1_000_000 // len(piece)) + b"\n", name))
    assert time.process_time() - began < 5


def test_rejects_are_counted_to_the_last_and_kept_up_to_a_bound() -> None:
    found = read(b"word\n" * (SAMPLES_MAX + 500))
    assert (found.reasons, len(found.rejected)) == ({"not_an_indicator": SAMPLES_MAX + 500}, SAMPLES_MAX)


def test_what_a_list_says_is_cut_to_a_length_and_links_are_web_addresses() -> None:
    row = read(b"ip,name,reference\n203.0.113.5," + b"x" * 5000 + b",javascript:alert(1)\n").indicators.row(0, named=True)
    assert (len(row["name"]), row["url"]) == (512, None)


def test_json_that_nests_without_end_is_one_reject() -> None:
    found = read(b"[" * 200_000, "otx")
    assert (len(found.indicators), [rejected.reason for rejected in found.rejected]) == (0, ["bad_json"])


def test_unknown_kinds_are_counted_and_kept() -> None:
    pulse = {"id": "x", "indicators": [{"indicator": f"value {n}", "type": kind} for n, kind in enumerate(("YARA", "JA3", "BitcoinAddress", "of tomorrow", None))]}
    rows = read(json.dumps(pulse).encode()).indicators
    assert rows["type"].to_list() == ["other"] * 5
