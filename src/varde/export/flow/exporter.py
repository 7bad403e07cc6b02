"""An exporter: gives templates their numbers, cuts records into messages and counts them."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from varde.export.flow._fields import FIELDS
from varde.export.flow._shapes import Group, Shape, Shapes

TEMPLATE_FIRST = 256
"""Below are numbers of sets that are no data (RFC 7011 section 3.4.1)."""

_WRAP = 2**32
_SET_HEADER = 4
_ENTERPRISE = 0x8000
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Body:
    """A message without its header: data records of one template, or templates."""

    octets: bytes
    records: int
    "Data records."
    templates: int = 0
    time: int = 0
    "us since 1970 UTC: when the last of its flows began."


@dataclass(frozen=True, slots=True)
class Version:
    """What the two protocols do not share."""

    header: int
    "Octets."
    template_set: int
    padding: int
    "Sets are as long as a multiple of this."
    enterprises: bool
    stamp: "Callable[[Exporter, Body, int], bytes]"
    title: str


def _ipfix(exporter: "Exporter", body: Body, now: int) -> bytes:
    """RFC 7011 section 3.1: the sequence number counts data records sent before."""
    head = struct.pack(">HHIII", 10, 16 + len(body.octets), now // _SECOND % _WRAP, exporter.records % _WRAP, exporter.domain)
    return head + body.octets


def _netflow9(exporter: "Exporter", body: Body, now: int) -> bytes:
    """RFC 3954 section 5.1: the sequence number counts messages, and the header the records of both kinds."""
    uptime = (now - exporter.started) // 1000 % _WRAP
    head = struct.pack(">HHIIII", 9, body.records + body.templates, uptime, now // _SECOND % _WRAP, exporter.messages % _WRAP, exporter.domain)
    return head + body.octets


VERSIONS: dict[int, Version] = {
    9: Version(20, 0, 4, False, _netflow9, "NetFlow v9"), 10: Version(16, 2, 1, True, _ipfix, "IPFIX"),
}  # fmt: skip


@dataclass(slots=True)
class Exporter:
    """One observation domain over one session. Not shared between threads."""

    version: int
    room: int
    "Octets of a message at most."
    domain: int = 1
    started: int = 0
    "us since 1970 UTC: when NetFlow v9 says that it was started."
    records: int = 0
    "Data records that were stamped."
    messages: int = 0
    _numbers: dict[int, tuple[int, Shape]] = field(default_factory=dict)
    _shapes: Shapes = field(init=False)

    def __post_init__(self) -> None:
        enterprises = VERSIONS[self.version].enterprises
        self._shapes = Shapes(sum(1 << place for place, field in enumerate(FIELDS) if enterprises or not field.enterprise))

    @property
    def shortened(self) -> int:
        """Flows that went without some of their fields, because there were more shapes of them than templates."""
        return self._shapes.shortened

    def bodies(self, flows: pl.DataFrame) -> Iterator[Body]:
        """What to send of a batch of the table `flows`: new templates first, then records in about the order of the rows."""
        groups = list(self._shapes.groups(flows))
        fresh = [group.shape for group in groups if group.shape.code not in self._numbers]
        for shape in fresh:
            self._numbers[shape.code] = (TEMPLATE_FIRST + len(self._numbers), shape)
        yield from self._announcing([shape.code for shape in fresh])
        found = [body for group in groups for body in self._of(group)]
        yield from sorted(found, key=lambda body: body.time)

    def announcement(self) -> Iterator[Body]:
        """All templates, again."""
        return self._announcing(list(self._numbers))

    def stamp(self, body: Body, now: int) -> bytes:
        """The message with its header, sent `now` (us since 1970 UTC). In the order in which they are sent: it counts them."""
        message = VERSIONS[self.version].stamp(self, body, now)
        self.records += body.records
        self.messages += 1
        return message

    def _of(self, group: Group) -> Iterator[Body]:
        number, _ = self._numbers[group.shape.code]
        size = group.shape.dtype.itemsize
        each = max(1, (self.room - VERSIONS[self.version].header - _SET_HEADER - 3) // size)
        octets = group.records.tobytes()
        for first in range(0, len(group.records), each):
            last = min(first + each, len(group.records))
            yield Body(self._set(number, octets[first * size : last * size]), last - first, time=int(group.times[last - 1]))

    def _set(self, number: int, content: bytes) -> bytes:
        content += bytes(-len(content) % VERSIONS[self.version].padding)
        return struct.pack(">HH", number, _SET_HEADER + len(content)) + content

    def _announcing(self, codes: list[int]) -> Iterator[Body]:
        """Templates, as many in a message as there is room for."""
        version, waiting, count = VERSIONS[self.version], b"", 0
        for code in codes:
            template = self._template(*self._numbers[code])
            if waiting and version.header + _SET_HEADER + len(waiting) + len(template) > self.room:
                yield Body(self._set(version.template_set, waiting), 0, count)
                waiting, count = b"", 0
            waiting, count = waiting + template, count + 1
        if waiting:
            yield Body(self._set(version.template_set, waiting), 0, count)

    def _template(self, number: int, shape: Shape) -> bytes:
        made = struct.pack(">HH", number, len(shape.fields))
        for one in shape.fields:
            made += struct.pack(">HH", one.element | (_ENTERPRISE if one.enterprise else 0), one.octets)
            made += struct.pack(">I", one.enterprise) if one.enterprise else b""
        return made
