"""Where the samples of sFlow datagrams lie, and what each says of itself (sFlow version 5, "flow_sample")."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._messages import Messages
from varde.decode.flow._octets import unsigned
from varde.decode.flow._sets import FEW, Damage

FLOW, EXPANDED_FLOW = 1, 3
_TAG = 8
"""Octets of type and length before samples and records."""

_LEAST = {FLOW: 32, EXPANDED_FLOW: 44}
"""Octets of a sample before its records."""

_INTERFACE = 0x3FFFFFFF  # the two bits above say what kind of number it is

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Samples of any type in order of arrival: message, type, and where the octets behind its length begin and end."""

    message: Places
    kind: Places
    begin: Places
    end: Places

    def __len__(self) -> int:
        return len(self.message)

    def take(self, rows: NDArray[np.bool_]) -> "Tagged":
        return Tagged(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Samples:
    """Flow samples: the number that their source gave them, sampling, interfaces (-1 for none), and where their records lie."""

    message: Places
    number: Places
    source: Places
    rate: Places
    in_if: Places
    out_if: Places
    begin: Places
    end: Places

    def __len__(self) -> int:
        return len(self.message)


def find_samples(octets: NDArray[np.uint8], messages: Messages, rows: NDArray[np.intp]) -> tuple[Tagged, list[Damage]]:
    """Walk all datagrams side by side, one sample of each at a time. A length that leads out of its datagram ends that one."""
    found: list[tuple[Places, ...]] = []
    damage: list[Damage] = []
    message, at, stop, left = rows.astype(np.int64), messages["begin"][rows], messages["end"][rows], messages["count"][rows]
    while True:
        going = left > 0
        message, at, stop, left = message[going], at[going], stop[going], left[going]
        if len(message) < FEW:
            break
        whole = at + _TAG <= stop
        size = np.zeros(len(at), np.int64)
        size[whole] = unsigned(octets, at[whole] + 4, 4)
        whole &= at + _TAG + size <= stop
        damage += [(int(row), "truncated", int(place)) for row, place in zip(message[~whole], at[~whole], strict=True)]
        message, at, stop, left, size = message[whole], at[whole], stop[whole], left[whole], size[whole]
        found.append((message, unsigned(octets, at, 4), at + _TAG, at + _TAG + size))
        at, left = at + _TAG + size, left - 1
    slow, more = _walk_each(octets, message, at, stop, left)
    columns = [np.concatenate(column) for column in zip(*found, slow, strict=True)]
    order = np.lexsort((columns[2], columns[0]))
    return Tagged(*(column[order] for column in columns)), damage + more


def _walk_each(octets: NDArray[np.uint8], messages: Places, starts: Places, stops: Places, counts: Places) -> tuple[tuple[Places, ...], list[Damage]]:
    rows: list[tuple[int, int, int, int]] = []
    damage: list[Damage] = []
    for message, start, stop, count in zip(messages.tolist(), starts.tolist(), stops.tolist(), counts.tolist(), strict=True):
        data, at = octets[start:stop].tobytes(), 0
        for _ in range(count):
            size = int.from_bytes(data[at + 4 : at + _TAG], "big")
            if at + _TAG + size > len(data):
                damage.append((message, "truncated", start + at))
                break
            rows.append((message, int.from_bytes(data[at : at + 4], "big"), start + at + _TAG, start + at + _TAG + size))
            at += _TAG + size
    table = np.array(rows, np.int64).reshape(-1, 4)
    return tuple(table[:, column] for column in range(4)), damage


def is_short(tagged: Tagged) -> NDArray[np.bool_]:
    """Which flow samples end before their own fields do."""
    least = np.zeros(len(tagged), np.int64)
    for kind, octets in _LEAST.items():
        least[tagged.kind == kind] = octets
    return tagged.end - tagged.begin < least


def read_samples(octets: NDArray[np.uint8], tagged: Tagged) -> Samples:
    """The fields of flow samples, plain and expanded, that are whole."""
    at, wide = tagged.begin, tagged.kind == EXPANDED_FLOW

    def word(plain: int, expanded: int) -> Places:
        return unsigned(octets, at + np.where(wide, expanded, plain), 4)

    source = np.where(wide, (word(4, 4) & 0xFF) << 24 | word(8, 8) & 0xFFFFFF, word(4, 4))
    incoming, outgoing = word(20, 28), word(24, 36)
    return Samples(
        tagged.message, word(0, 0), source, word(8, 12),
        _interface(np.where(wide, word(24, 24), incoming >> 30), incoming), _interface(np.where(wide, word(28, 32), outgoing >> 30), outgoing),
        at + np.where(wide, _LEAST[EXPANDED_FLOW], _LEAST[FLOW]), tagged.end,
    )  # fmt: skip


def _interface(kind: Places, number: Places) -> Places:
    """Interfaces; other kinds say that the packet was dropped, or how many interfaces it left by."""
    known = number & _INTERFACE
    return np.where((kind == 0) & (known != _INTERFACE), known, -1)
