"""Inputs changed at random, without any guidance: what is left where atheris is not installed."""

import random
from collections.abc import Iterator, Sequence

EDGES = (0, 1, 3, 4, 9, 10, 15, 16, 48, 127, 128, 254, 255, 256, 1023, 32_767, 32_768, 65_534, 65_535, 2**31 - 1, 2**31, 2**32 - 1)
"""Numbers at which lengths and counts change their meaning."""

CHANGES_MAX = 6


def mutated(seeds: Sequence[bytes], count: int, octets_max: int, luck: random.Random) -> Iterator[bytes]:
    """So many inputs made of the seeds, each the same for the same luck."""
    for _ in range(count):
        data = bytearray(luck.choice(seeds))
        for _ in range(luck.randint(1, CHANGES_MAX)):
            luck.choice(_CHANGES)(data, seeds, luck)
        yield bytes(data[:octets_max])


def _place(data: bytearray, luck: random.Random) -> int:
    return luck.randint(0, len(data))


def _octet(data: bytearray, _: Sequence[bytes], luck: random.Random) -> None:
    if data:
        data[luck.randrange(len(data))] = luck.randrange(256)


def _bit(data: bytearray, _: Sequence[bytes], luck: random.Random) -> None:
    if data:
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)


def _number(data: bytearray, _: Sequence[bytes], luck: random.Random) -> None:
    width, at = luck.choice((1, 2, 4)), _place(data, luck)
    data[at : at + width] = (luck.choice(EDGES) % 256**width).to_bytes(width, "big")


def _removal(data: bytearray, _: Sequence[bytes], luck: random.Random) -> None:
    at = _place(data, luck)
    del data[at : at + luck.choice((1, 2, 4, 8, 64))]


def _repetition(data: bytearray, _: Sequence[bytes], luck: random.Random) -> None:
    at, size = _place(data, luck), luck.choice((1, 4, 16, 64))
    data[at:at] = data[at : at + size] * luck.randint(1, 4)


def _splice(data: bytearray, seeds: Sequence[bytes], luck: random.Random) -> None:
    other, at = luck.choice(seeds), _place(data, luck)
    begin = luck.randint(0, len(other))
    data[at:at] = other[begin : begin + luck.choice((4, 16, 64, 256))]


_CHANGES = (_octet, _bit, _number, _removal, _repetition, _splice)
