"""How the records of a template lie: which field fills which slot, and where."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from varde.decode.flow._elements import IMPLIED, SLOTS, Key

VARIABLE = 65535
"""Length of a field that says its length in each record (RFC 7011 section 7)."""


class Spec(NamedTuple):
    """A field of a template: element, length in octets or VARIABLE, enterprise number (0: IANA's own)."""

    element: int
    length: int
    enterprise: int = 0

    @property
    def key(self) -> Key:
        return self.enterprise, self.element

    @property
    def name(self) -> str:
        """As in column `other`."""
        return f"{self.enterprise}.{self.element}" if self.enterprise else str(self.element)


@dataclass(eq=False, slots=True)
class Layout:
    """Fields in order, of which the first `scopes` say what an options record is about."""

    fields: tuple[Spec, ...]
    scopes: int = 0
    fixed: bool = field(init=False)
    size: int = field(init=False)
    "Octets of a record; at least, where lengths vary."
    offsets: tuple[int, ...] = field(init=False)
    "Where each field begins behind the last field of variable length before it."
    slots: dict[str, int] = field(init=False)
    "Field that fills each slot."
    others: tuple[int, ...] = field(init=False)
    "Fields that have no slot."

    def __post_init__(self) -> None:
        self.fixed = all(spec.length != VARIABLE for spec in self.fields)
        self.size = sum(1 if spec.length == VARIABLE else spec.length for spec in self.fields)
        self.offsets = _offsets(self.fields)
        self.slots = _filled(self.fields)
        taken = set(self.slots.values())
        self.others = tuple(
            place for place, spec in enumerate(self.fields) if place not in taken and spec.length and spec.key not in IMPLIED
        )

    @property
    def keys(self) -> list[Key]:
        """Enterprise and element of each field."""
        return [spec.key for spec in self.fields]

    def has(self, *slots: str) -> bool:
        """Whether any of these slots is filled."""
        return any(slot in self.slots for slot in slots)


@lru_cache(maxsize=1024)
def layout_of(fields: tuple[Spec, ...], scopes: int = 0) -> Layout:
    """One layout for equal templates, so that records of many exporters are read together."""
    return Layout(fields, scopes)


def _offsets(fields: tuple[Spec, ...]) -> tuple[int, ...]:
    found, here = [], 0
    for spec in fields:
        found.append(here)
        here = 0 if spec.length == VARIABLE else here + spec.length
    return tuple(found)


def _filled(fields: tuple[Spec, ...]) -> dict[str, int]:
    first: dict[Key, int] = {}
    for place, spec in enumerate(fields):
        if 0 < spec.length < VARIABLE:
            first.setdefault(spec.key, place)
    filled = {}
    for name, slot in SLOTS.items():
        places = [first[key] for key in slot.keys if key in first and fields[first[key]].length in slot.lengths]
        if places:
            filled[name] = places[0]
    return filled
