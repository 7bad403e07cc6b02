"""Pieces of a batch's octets: the sets of one layout, where they lie."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray


class Pieces(Sequence[memoryview]):
    """Octets from `begins` to `ends`, which must lie inside, cut when they are asked for."""

    def __init__(self, octets: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        self._octets, self._begins, self._ends = octets, begins, ends

    def __len__(self) -> int:
        return len(self._begins)

    def __getitem__(self, place):  # type: ignore[no-untyped-def]  # one piece, or some of them
        if isinstance(place, slice):
            return Pieces(self._octets, self._begins[place], self._ends[place])
        return self._view[int(self._begins[place]) : int(self._ends[place])]

    def __iter__(self) -> Iterator[memoryview]:
        return self._cut(self._ends)

    @property
    def _view(self) -> memoryview:
        return memoryview(self._octets)  # type: ignore[arg-type]  # NumPy's stubs do not say that arrays are buffers

    def _cut(self, ends: NDArray[np.int64]) -> Iterator[memoryview]:
        view = self._view
        return (view[begin:end] for begin, end in zip(self._begins.tolist(), ends.tolist(), strict=True))

    def joined(self, lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The first octets of each piece, so many of it, one behind another.

        A busy exporter fills its datagrams, so their sets are of one length and lie one stride apart: then it is one copy."""
        count = len(self._begins)
        steps = np.diff(self._begins)
        if count > 1 and lengths[0] > 0 and steps[0] > 0 and (lengths == lengths[0]).all() and (steps == steps[0]).all():
            apart = as_strided(self._octets[int(self._begins[0]) :], (count, int(lengths[0])), (int(steps[0]), 1), writeable=False)
            return np.ascontiguousarray(apart).ravel()
        return np.frombuffer(b"".join(self._cut(self._begins + lengths)), np.uint8)
