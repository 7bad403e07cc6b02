"""Pieces of a buffer are the same whether they are cut one by one or copied together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode.flow._pieces import Pieces

OCTETS = np.random.default_rng(5).integers(0, 256, 4000).astype(np.uint8)
SPANS = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 1000), st.integers(0, 1000)), max_size=20)


def _joined(begins: list[int], sizes: list[int], lengths: list[int]) -> tuple[bytes, bytes]:
    first, length = np.array(begins, np.int64), np.array(lengths, np.int64)
    found = Pieces(OCTETS, first, first + np.array(sizes, np.int64)).joined(length)
    assert found.dtype == np.uint8
    return found.tobytes(), b"".join(OCTETS[begin : begin + count].tobytes() for begin, count in zip(begins, lengths, strict=True))


@settings(deadline=None)
@given(SPANS)
def test_pieces_anywhere(spans: list[tuple[int, int, int]]) -> None:
    found, expected = _joined([begin for begin, _, _ in spans], [size for _, size, _ in spans], [min(size, length) for _, size, length in spans])
    assert found == expected


@pytest.mark.parametrize("step", [0, 100, 107, 250])
@pytest.mark.parametrize("length", [0, 1, 99, 100])
@pytest.mark.parametrize("count", [1, 2, 15])
def test_pieces_one_stride_apart(step: int, length: int, count: int) -> None:
    found, expected = _joined([300 + number * step for number in range(count)], [100] * count, [length] * count)
    assert found == expected


def test_pieces_that_lie_backwards() -> None:
    found, expected = _joined([300, 200, 100], [50] * 3, [50] * 3)
    assert found == expected


def test_a_piece_is_cut_when_it_is_asked_for() -> None:
    pieces = Pieces(OCTETS, np.array([10, 20]), np.array([12, 25]))
    assert [len(pieces), bytes(pieces[1]), [bytes(piece) for piece in pieces]] == [2, OCTETS[20:25].tobytes(), [OCTETS[10:12].tobytes(), OCTETS[20:25].tobytes()]]
    assert [bytes(piece) for piece in pieces[1:]] == [OCTETS[20:25].tobytes()]
