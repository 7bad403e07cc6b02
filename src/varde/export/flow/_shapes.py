"""Rows of a batch by what they have: those of one shape have the same fields, and so the same template."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.export.flow._fields import CORE, FIELDS, Field

SHAPES_MAX = 192
"""Templates of a session: collectors bound how many they keep. Real flows need a dozen; what has more was made for it, and keeps the
fields that say who, when and how much."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields that some rows have; `code` has a bit for each of FIELDS."""

    code: int
    fields: tuple[Field, ...]
    dtype: "np.dtype[Any]"

    @classmethod
    def of(cls, code: int) -> "Shape":
        fields = tuple(field for place, field in enumerate(FIELDS) if code >> place & 1)
        return cls(code, fields, np.dtype([(str(place), field.dtype) for place, field in enumerate(fields)]))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one shape in their order: their records, and the time of each (us since 1970)."""

    shape: Shape
    records: NDArray[Any]
    times: NDArray[np.int64]


class Shapes:
    """Takes batches apart. Remembers the shapes that there were."""

    def __init__(self, usable: int) -> None:
        """`usable`: the bits of FIELDS that the protocol can carry."""
        self._usable = usable
        self._known: dict[int, Shape] = {}
        self.shortened = 0
        "Rows that lost fields because there were too many shapes."

    def groups(self, flows: pl.DataFrame) -> Iterator[Group]:
        """Groups of a batch of the table `flows`."""
        taken = {field: field.take(flows) for place, field in enumerate(FIELDS) if self._usable >> place & 1}
        times = flows["time"].cast(pl.Int64).to_numpy()
        codes = self._codes([taken[field][0] if field in taken else None for field in FIELDS], len(flows))
        for code in np.unique(codes).tolist():
            rows = np.flatnonzero(codes == code)
            shape = self._known[code]
            records = np.empty(len(rows), shape.dtype)
            for place, field in enumerate(shape.fields):
                records[str(place)] = taken[field][1][rows]
            yield Group(shape, records, times[rows])

    def _codes(self, masks: list[NDArray[np.bool_] | None], count: int) -> NDArray[np.int64]:
        """The shape's code of each row."""
        codes = np.zeros(count, np.int64)
        for place, mask in enumerate(masks):
            if mask is not None:
                codes |= mask.astype(np.int64) << place
        for code, rows in zip(*np.unique(codes, return_counts=True), strict=True):
            if int(code) not in self._known and len(self._known) >= SHAPES_MAX:
                codes[codes == code] = int(code) & CORE
                self.shortened += int(rows)
                code = int(code) & CORE
            self._known.setdefault(int(code), Shape.of(int(code)))
        return codes
