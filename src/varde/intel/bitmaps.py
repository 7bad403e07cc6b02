"""Bits in front of the search for IPv6 addresses: hashed networks, so that most addresses in no list are told by one look."""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint32]

_WORDS = 1 << 19  # 2**24 bits, 2 MB: stays in a processor's second cache
_EXPANDED_MAX = 1 << 22
"""Distinct /32s that wide prefixes of IPv6 are written out to; more, and every address is searched for: slower and as right."""

_FINE = 48
_COARSE = 32
_MIX = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio: neighbouring networks get bits far apart


def bits_of(start: NDArray[np.bytes_], length: NDArray[np.uint8]) -> tuple[Bits, Bits]:
    """Bits for the hashed /48s of the longer prefixes, and for the hashed /32s of the others."""
    high = start.view(">u8").reshape(-1, 2)[:, 0].astype(np.uint64)
    long = length >= _FINE
    wide = _coarse(high[~long], length[~long])
    coarse = np.full(_WORDS, 0xFFFFFFFF, dtype=np.uint32) if wide is None else _marked(_hashed(wide))
    return _marked(_hashed(high[long] >> np.uint64(64 - _FINE))), coarse


def may_hold(fine: Bits, coarse: Bits, keys: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """Which addresses may be in a prefix."""
    high = keys.view(">u8").reshape(-1, 2)[:, 0].astype(np.uint64)
    near = _test(fine, _hashed(high >> np.uint64(64 - _FINE)))
    return near | _test(coarse, _hashed(high >> np.uint64(64 - _COARSE)))


def _coarse(high: NDArray[np.uint64], length: NDArray[np.uint8]) -> NDArray[np.uint64] | None:
    """Every /32 that a prefix touches; None where they are too many."""
    first = high >> np.uint64(64 - _COARSE)
    count = np.int64(1) << np.maximum(_COARSE - length.astype(np.int64), 0)
    if count.sum() > _EXPANDED_MAX:
        return None
    inner = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    spread: NDArray[np.uint64] = np.repeat(first, count) + inner.astype(np.uint64)
    return spread


def _hashed(networks: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (networks * _MIX >> np.uint64(40)).astype(np.uint32)


def _marked(at: NDArray[np.uint32]) -> Bits:
    bits = np.zeros(_WORDS, dtype=np.uint32)
    np.bitwise_or.at(bits, at >> np.uint32(5), np.uint32(1) << (at & np.uint32(31)))
    return bits


def _test(bits: Bits, at: NDArray[np.uint32]) -> NDArray[np.bool_]:
    words: Bits = bits[at >> np.uint32(5)] >> (at & np.uint32(31)) & np.uint32(1)
    return words.astype(np.bool_)
