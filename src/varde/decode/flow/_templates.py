"""Templates: read from their sets, kept by observation domain, and which of them was valid when."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from varde.decode.flow._elements import SCOPE
from varde.decode.flow._layout import VARIABLE, Layout, Spec, layout_of
from varde.decode.flow._messages import IPFIX
from varde.decode.flow._sets import DATA_FIRST

FIELDS_MAX = 512
"""Fields of a template: the longest that exporters send have some hundred; each costs a pass over its records."""

_ENTERPRISE = 0x8000  # the field's number is followed by an enterprise number (RFC 7011 section 3.2)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it came: its number, how its records lie, and when it was last announced (us since 1970 UTC)."""

    number: int
    layout: Layout
    seen: int = 0

    @property
    def is_options(self) -> bool:
        return self.layout.scopes > 0


class Change(NamedTuple):
    """What a template set does: a template for a number, or None where the number has none any longer.

    Number 0 withdraws all templates, 1 all options templates."""

    number: int
    template: Template | None


ALL_TEMPLATES, ALL_OPTIONS = 0, 1
_WITHDRAW_ALL = {2: ALL_TEMPLATES, 3: ALL_OPTIONS}
Found = Change | str
"""A change, or the reason why something could not be read."""


def read_templates(data: bytes, protocol: int, *, options: bool, seen: int) -> Iterator[Found]:
    """The changes that a template set makes (RFC 3954 sections 5.2 and 6.1, RFC 7011 section 3.4).

    A template that cannot be used leaves its number without one: what follows must not be read with an older one."""
    read = _READERS[protocol == IPFIX, options]
    at = 0
    while len(data) - at >= 4:
        number, size = struct.unpack_from(">HH", data, at)
        if number == 0 and size == 0:
            return  # padding
        if number < DATA_FIRST and not (protocol == IPFIX and size == 0 and number in _WITHDRAW_ALL):
            yield "template_id"
            return
        if protocol == IPFIX and size == 0:
            yield Change(_WITHDRAW_ALL.get(number, number), None)
            at += 4
            continue
        at, fields, scopes, reason = read(data, at)
        reason = reason or _unusable(fields, protocol)
        if reason:
            yield reason
            yield Change(number, None)
        else:
            yield Change(number, Template(number, layout_of(tuple(fields), scopes), seen))


def _unusable(fields: list[Spec], protocol: int) -> str:
    if protocol != IPFIX and any(spec.length == VARIABLE for spec in fields):
        return "field_length"
    whole = sum(spec.length for spec in fields)
    return "template_fields" if len(fields) > FIELDS_MAX or not whole else ""


_Read = tuple[int, list[Spec], int, str]
"""Where the next template begins, fields, scope fields, and what is wrong."""


def _v9(data: bytes, at: int) -> _Read:
    (count,) = struct.unpack_from(">H", data, at + 2)
    end = at + 4 + 4 * count
    if end > len(data):
        return len(data), [], 0, "truncated"
    if count > FIELDS_MAX:
        return end, [], 0, "template_fields"
    return end, [Spec(*pair) for pair in struct.iter_unpack(">HH", data[at + 4 : end])], 0, ""


def _v9_options(data: bytes, at: int) -> _Read:
    """Lengths of the scope and of the options are in octets; Junos sends a scope of none."""
    if len(data) - at < 6:
        return len(data), [], 0, "truncated"
    scope, rest = struct.unpack_from(">HH", data, at + 2)
    end = at + 6 + scope + rest
    if scope % 4 or rest % 4:
        return len(data), [], 0, "scope"
    if end > len(data):
        return len(data), [], 0, "truncated"
    if scope + rest > 4 * FIELDS_MAX:
        return end, [], 0, "template_fields"
    pairs = list(struct.iter_unpack(">HH", data[at + 6 : end]))
    scopes = scope // 4
    fields = [Spec(number, length, SCOPE if place < scopes else 0) for place, (number, length) in enumerate(pairs)]
    return end, fields, max(scopes, 1), ""


def _ipfix(data: bytes, at: int) -> _Read:
    (count,) = struct.unpack_from(">H", data, at + 2)
    end, fields, reason = _ipfix_fields(data, at + 4, count)
    return end, fields, 0, reason


def _ipfix_options(data: bytes, at: int) -> _Read:
    if len(data) - at < 6:
        return len(data), [], 0, "truncated"
    count, scopes = struct.unpack_from(">HH", data, at + 2)
    end, fields, reason = _ipfix_fields(data, at + 6, count)
    return end, fields, max(scopes, 1), reason or ("scope" if scopes > count else "")


def _ipfix_fields(data: bytes, at: int, count: int) -> tuple[int, list[Spec], str]:
    fields = []
    for _ in range(count):
        if len(data) - at < 4:
            return len(data), [], "truncated"
        number, length = struct.unpack_from(">HH", data, at)
        at += 4
        enterprise = 0
        if number & _ENTERPRISE:
            if len(data) - at < 4:
                return len(data), [], "truncated"
            (enterprise,) = struct.unpack_from(">I", data, at)
            at += 4
        fields.append(Spec(number & ~_ENTERPRISE, length, enterprise))
    return at, fields, ""


_READERS: dict[tuple[bool, bool], Callable[[bytes, int], _Read]] = {
    (False, False): _v9, (False, True): _v9_options, (True, False): _ipfix, (True, True): _ipfix_options,
}  # fmt: skip
"""By whether it is IPFIX and whether the set holds options templates."""
