"""Numbers and octets that are shown as text: interfaces, VRFs, MAC addresses, MPLS labels."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.flow._octets import hexadecimal, texts
from varde.decode.flow._records import Records, values
from varde.decode.flow._rows import Rows

_LABELS_MAX = 10  # elements 70 to 79
_LABEL_SHIFT = 4  # below the label: three bits of class and one that marks the bottom (RFC 3032)


def named(numbers: NDArray[np.int64], rows: Rows, table: str, *, numbered: bool = False) -> pl.Series:
    """The exporter's names for numbers, looked up once for each distinct one; without a name null, or the number itself."""
    facts = rows.each("facts")
    pairs = pl.DataFrame({"facts": facts, "number": numbers})
    distinct = pairs.unique()
    names = [getattr(rows.facts[which], table).get(number) for which, number in distinct.iter_rows()]
    if numbered:
        names = [str(number) if name is None and number else name for name, number in zip(names, distinct["number"], strict=True)]
    known = distinct.with_columns(pl.Series("name", names, dtype=pl.String))
    return pairs.join(known, on=["facts", "number"], how="left", maintain_order="left")["name"]


def mac_texts(octets: NDArray[np.uint8], *, zeros: bool = False) -> pl.Series:
    """`00:00:5e:00:53:01`; null for zeros, which fill a field that nothing fills; but `zeros` where they are an address."""
    letters = np.full((len(octets), 6, 3), ord(":"), np.uint8)
    letters[:, :, :2] = hexadecimal(np.ascontiguousarray(octets)).reshape(-1, 6, 2)
    made = texts(letters.reshape(-1, 18)[:, :17])
    return made if zeros else made.set(pl.Series(~octets.any(axis=1)), None)


def mpls_texts(records: Records) -> pl.Series:
    """Labels from the top with / between, up to the first entry that is zero."""
    places = [records.layout.slots.get(f"mpls_{rank}") for rank in range(_LABELS_MAX)]
    stacks = np.stack([values(records, place) for place in places if place is not None], axis=1)
    distinct, which = np.unique(stacks, axis=0, return_inverse=True)
    spoken = [_stack(row) for row in distinct.tolist()]
    return pl.Series(spoken, dtype=pl.String).gather(pl.Series(which.ravel()))


def _stack(entries: list[int]) -> str | None:
    present = entries[: entries.index(0)] if 0 in entries else entries
    return "/".join(str(entry >> _LABEL_SHIFT) for entry in present) or None
