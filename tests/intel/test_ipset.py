"""Sets of addresses: algebra against plain sets, files of SiLK of every record version, and damage."""

import ipaddress
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.intel.ipset import IPSet, difference, intersection, sample, union
from varde.intel.ipset_file import read_set
from varde.model import VardeError

RANGES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=8)


def numbers(of: IPSet) -> set[int]:
    return {int(address) for address in of.addresses()}


@given(RANGES, RANGES)
def test_sets_do_what_sets_do(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = IPSet.of(one), IPSet.of(other)
    plain_a, plain_b = numbers(a), numbers(b)
    assert plain_a == {number for first, last in one for number in range(first, last + 1)}
    assert numbers(union([a, b])) == plain_a | plain_b
    assert numbers(intersection([a, b])) == plain_a & plain_b
    assert numbers(difference(a, [b])) == plain_a - plain_b
    assert a.count == len(plain_a)
    assert {int(n.network_address) + k for n in a.blocks() for k in range(n.num_addresses)} == plain_a
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(a.v4))


@given(RANGES, st.integers(1, 50), st.integers(0, 9))
def test_a_sample_is_of_the_set_and_of_its_size(ranges: list[tuple[int, int]], size: int, seed: int) -> None:
    whole = IPSet.of(ranges)
    drawn = sample(whole, size, seed)
    assert drawn.count == min(size, whole.count) and numbers(drawn) <= numbers(whole)
    assert sample(whole, size, seed) == drawn


def test_membership() -> None:
    some = IPSet.of([(10, 20)], [(5, 5)])
    inside = [ipaddress.IPv4Address(10), ipaddress.IPv4Address(20), ipaddress.IPv6Address(5)]
    outside = [ipaddress.IPv4Address(9), ipaddress.IPv4Address(21), ipaddress.IPv6Address(10)]
    assert all(address in some for address in inside) and not any(address in some for address in outside)


@pytest.mark.parametrize("name", ["blk", "set1-v4"])
def test_silks_own_sets_are_what_their_text_says(shared: Path, name: str) -> None:
    folder = shared / "data" / "silk"
    assert read_set(str(folder / f"{name}.set")) == read_set(str(folder / f"{name}.txt"))


def header(version: int, leaf: int = 0, *, leaves: int = 0, nodes: int = 0, node: int = 0, big: bool = False, compression: int = 0) -> bytes:
    fixed = struct.pack(">IBBBBIHH", 0xDEADBEEF, int(big), 0x1D, 16, compression, 3_019_001, 1, version)
    sizes = struct.pack(">II6I", 7, 32, 0, leaves, leaf, nodes, node, 0) if leaf else b""
    return fixed + sizes + struct.pack(">II", 0, 8)


BITS = struct.pack("<8I", 0b1011, 0, 0, 0, 0, 0, 0, 1 << 31)
BITS_BIG = struct.pack(">8I", 0b1011, 0, 0, 0, 0, 0, 0, 1 << 31)
IN_BITS = "{0}0 {0}1 {0}3 {0}255"
V6 = 0x20010DB8 << 96

FILES = {
    "2, little-endian": (header(2) + struct.pack("<I", 0x0A000000) + BITS, ["10.0.0.0/31", "10.0.0.3", "10.0.0.255"]),
    "2, big-endian": (header(2, big=True) + struct.pack(">I", 0x0A000000) + BITS_BIG, ["10.0.0.0/31", "10.0.0.3", "10.0.0.255"]),
    "3, IPv4": (header(3, 8, leaves=3, nodes=1, node=72) + bytes(72 + 8) + struct.pack("<B3xIB3xI", 8, 0x0A000000, 32, 0x0B000001), ["10.0.0.0/8", "11.0.0.1"]),
    "3, IPv6": (header(3, 24, leaves=2, nodes=1, node=80) + bytes(80 + 24) + struct.pack("<B7xQQ", 48, V6 >> 64, 0), ["2001:db8::/48"]),
    "4, IPv4": (header(4, 4) + struct.pack("<IB", 0x0A000000, 0x81) + BITS + struct.pack("<IB", 0x0B000000, 16),
                ["10.0.0.0/31", "10.0.0.3", "10.0.0.255", "11.0.0.0/16"]),
    "4, IPv6": (header(4, 16) + V6.to_bytes(16, "big") + bytes([32]), ["2001:db8::/32"]),
    "5": (header(5, 16) + struct.pack("<QBQBQBQB", 0x2001 << 48, 16, V6 >> 64, 0x82, 5, 128, 0x100, 0x81) + BITS,
          ["2001::/16", "2001:db8::5", "2001:db8::100/127", "2001:db8::103", "2001:db8::1ff"]),
    "mixed": (header(4, 16) + (0xFFFF0A000000).to_bytes(16, "big") + bytes([104]), ["10.0.0.0/8"]),
}  # fmt: skip
"""Synthetic files of each record version, by the layout that skipset.c describes."""


@pytest.mark.parametrize("name", FILES)
def test_every_record_version_is_read(name: str) -> None:
    content, blocks = FILES[name]
    expected = read_set("text", "\n".join(blocks).encode())
    assert read_set("x.set", content) == expected


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_anywhere_is_refused_or_whole_records(name: str) -> None:
    content, _ = FILES[name]
    whole = read_set("x.set", content)
    for end in range(4, len(content)):
        try:
            part = read_set("x.set", content[:end])
        except VardeError as error:
            said = str(error)
        else:
            said = "x.set offset" if difference(part, [whole]) == IPSet() else ""
        assert "x.set" in said and "offset" in said


@given(st.binary(max_size=200))
def test_any_octets_are_a_set_or_an_error(data: bytes) -> None:
    said = []
    for content in (data, FILES["4, IPv4"][0][:56] + data, FILES["5"][0][:56] + data, FILES["3, IPv4"][0][:20] + data):
        try:
            read_set("x.set", content)
        except VardeError as error:
            said.append(str(error))
    assert all("x.set" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (header(9), "record version 9"), (header(2, compression=2) + b"x", "LZO"), (header(4), "no entry"), (header(4, 5), "an address has 5 octets"),
        (header(2)[:5] + b"\x0c" + header(2)[6:], "not an IPset"), (header(4, 4) + struct.pack("<IB", 1, 8), "does not fit"),
        (header(3, 8, leaves=2**31, nodes=2**31, node=2**31), "cut off"), (header(2, compression=1) + struct.pack(">II", 4, 2**32 - 1) + b"abcd", "compressed block"),
    ],
)  # fmt: skip
def test_damage_is_named(content: bytes, words: str) -> None:
    with pytest.raises(VardeError, match=words):
        read_set("x.set", content)


def test_text_has_what_rwsetbuild_takes() -> None:
    text = b"# hosts\n10.0.0.1 # one\n10.0.1.0/24\n192.0.2.1-192.0.2.3\n10.2.x.1,3-4\n3232235777\n2001:db8::/64\n"
    found = read_set("t", text)
    assert found.count == 1 + 256 + 3 + 256 * 3 + 1 + 2**64


@pytest.mark.parametrize("line", ["10.0.0.256", "10.0.0.0/33", "x.x.x.x", "evil.example", "1 2", "10.0.0.9-10.0.0.1", "99999999999"])
def test_text_that_is_no_address_names_its_line(line: str) -> None:
    with pytest.raises(VardeError, match=r"t\.txt, line 2"):
        read_set("t.txt", b"10.0.0.1\n" + line.encode())
