"""Where the sets of NetFlow v9 and IPFIX messages lie (RFC 3954 section 5.2, RFC 7011 section 3.3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._messages import IPFIX, NETFLOW9, Messages
from varde.decode.flow._octets import unsigned

DATA_FIRST = 256
TEMPLATES = {(NETFLOW9, 0): False, (NETFLOW9, 1): True, (IPFIX, 2): False, (IPFIX, 3): True}
"""Numbers of template sets by protocol; True where they hold options templates."""

_HEADER = 4
FEW = 16
"""Messages still being walked below which a loop over each is quicker than NumPy over all: one message of 16,000 empty
sets must not cost 16,000 passes."""


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets in order of arrival: message, number, and where the octets behind the set's header begin and end."""

    message: NDArray[np.int64]
    number: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.message)

    def take(self, rows: NDArray[np.intp]) -> "Sets":
        return Sets(self.message[rows], self.number[rows], self.begin[rows], self.end[rows])


Damage = tuple[int, str, int]
"""Message, reason and place."""


def find_sets(octets: NDArray[np.uint8], messages: Messages, rows: NDArray[np.intp]) -> tuple[Sets, list[Damage]]:
    """Walk all messages side by side, one set of each at a time. A set that is cut off is kept as far as it came."""
    found: list[tuple[NDArray[np.int64], ...]] = []
    damage: list[Damage] = []
    message, at = rows.astype(np.int64), messages["begin"][rows].copy()
    stop = messages["end"][rows]
    while True:
        going = stop - at >= _HEADER
        message, at, stop = message[going], at[going], stop[going]
        if len(message) < FEW:
            break
        number, length = unsigned(octets, at, 2), unsigned(octets, at + 2, 2)
        damage += _wrong(message, at, length, stop, number)
        right = length >= _HEADER
        message, at, stop, number, length = message[right], at[right], stop[right], number[right], length[right]
        found.append((message, number, at + _HEADER, np.minimum(at + length, stop)))
        at = at + length
    slow, more = _walk_each(octets, message, at, stop)
    found.append(slow)
    whole = [np.concatenate(columns) for columns in zip(*found, strict=True)]
    order = np.lexsort((whole[2], whole[0]))
    return Sets(*(column[order] for column in whole)), damage + more


def _wrong(message: NDArray[np.int64], at: NDArray[np.int64], length: NDArray[np.int64], stop: NDArray[np.int64], number: NDArray[np.int64]) -> list[Damage]:
    """Lengths that cannot be. Four zeros are padding: some exporters fill the datagram with them."""
    short = (length < _HEADER) & ((number != 0) | (length != 0))
    cut = at + length > stop
    rows = np.flatnonzero(short | cut)
    return [(int(message[row]), "set_length" if short[row] else "truncated", int(at[row])) for row in rows]


def _walk_each(octets: NDArray[np.uint8], messages: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> tuple[tuple[NDArray[np.int64], ...], list[Damage]]:
    rows: list[tuple[int, int, int, int]] = []
    damage: list[Damage] = []
    for message, start, stop in zip(messages.tolist(), starts.tolist(), stops.tolist(), strict=True):
        data, at, size = octets[start:stop].tobytes(), 0, stop - start
        while size - at >= _HEADER:
            number, length = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
            if length < _HEADER:
                damage += [(message, "set_length", start + at)] if number or length else []
                break
            if at + length > size:
                damage.append((message, "truncated", start + at))
            rows.append((message, number, start + at + _HEADER, start + min(at + length, size)))
            at += length
    table = np.array(rows, np.int64).reshape(-1, 4)
    return tuple(table[:, column] for column in range(4)), damage
