"""Who exports: for each exporter, transport, protocol and observation domain its templates, facts, sequence and what came of it."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._convention import RULES, Convention
from varde.decode.flow._facts import Facts
from varde.decode.flow._layout import Layout
from varde.decode.flow._ledger import Sequence
from varde.decode.flow._messages import Messages
from varde.decode.flow._templates import Template

STREAMS_MAX = 4096
"""Observation domains remembered; the one that was silent for longest is forgotten first."""

TEMPLATES_MAX = 1024
"""Templates of one observation domain; exporters use some ten."""

REMEMBERED_IN_ALL = 1_000_000
"""Fields of templates, options records, names, rates, sources of samples and missing spans of all exporters together: bounds memory to some
200 MB however they are spread. Two hundred routers of a thousand interfaces have less than half as many."""

_SOURCE = 4  # a source of samples takes as much as so many of the others

OPTIONS_MAX = 16_384
"""Options records of one observation domain that are kept: those of a router with many interfaces, or a list of applications."""


class Key(NamedTuple):
    """What templates and sequence numbers belong to."""

    exporter: bytes
    transport: int
    protocol: int
    domain: int


@dataclass(slots=True)
class Tally:
    """What came of a stream since it was last taken."""

    datagrams: int = 0
    flows: int = 0
    undecodable: int = 0
    unknown_template: int = 0
    late: int = 0
    options: int = 0
    times: int = 0
    "Records that said impossible times."
    first: int = 0
    last: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """A template that another took the place of, and of the message that brought the other: sequence number, the exporter's clock and
    when it came (us). What was sent before it and comes behind it is still read with this one."""

    template: Template
    sequence: int
    export: int
    received: int


@dataclass(slots=True, eq=False)
class Stream:
    """One exporter's observation domain. `number` is never given twice."""

    key: Key
    number: int
    sensor: str
    sampling: int | None = None
    "Sampling that the configuration says."
    templates: "OrderedDict[int, Template]" = field(default_factory=OrderedDict)
    facts: Facts = field(default_factory=Facts)
    options: dict[tuple[int, bytes], tuple[Layout, tuple[bytes, ...]]] = field(default_factory=dict)
    "Latest options record by template and scope."
    sequence: Sequence = field(default_factory=Sequence)
    convention: Convention | None = None
    "What its sequence numbers count; None where the protocol has none."
    sources: dict[int, Sequence] = field(default_factory=dict)
    "Of sFlow's samples, by the source that took them."
    tally: Tally = field(default_factory=Tally)
    totals: Counter[str] = field(default_factory=Counter)
    skew: int | None = None
    "us that the exporter's clock is behind ours, at the latest message."
    offset: int = 0
    "Where its latest message begins in its file or stream."
    seen: int = 0
    "us since 1970 UTC when its latest message came."
    replaced: dict[int, Replaced] = field(default_factory=dict)
    "What the templates of these numbers took the place of."
    fields: int = 0
    "Fields of all its templates and of those that they replaced."
    weight: int = 0
    "How much is remembered of it, as it was last weighed."

    def put(self, template: Template, replaced: Replaced | None = None) -> None:
        """Set a template; the one unused for longest makes room."""
        self.remove(template.number)
        self.templates[template.number] = template
        self.fields += len(template.layout.fields)
        if replaced is not None:
            self.replaced[template.number] = replaced
            self.fields += len(replaced.template.layout.fields)
        if len(self.templates) > TEMPLATES_MAX:
            self.remove(next(iter(self.templates)))
            self.totals["template_flood"] += 1

    def remove(self, number: int) -> None:
        gone, replaced = self.templates.pop(number, None), self.replaced.pop(number, None)
        self.fields -= len(gone.layout.fields) if gone else 0
        self.fields -= len(replaced.template.layout.fields) if replaced else 0

    def weigh(self) -> int:
        """How much is remembered of it, as REMEMBERED_IN_ALL counts."""
        spans = len(self.sequence.gaps) + sum(_SOURCE + len(source.gaps) for source in self.sources.values())
        return self.fields + len(self.options) + len(self.facts) + spans

    @property
    def unit(self) -> str:
        """What its sequence numbers count, for people."""
        return self.convention.rule.unit if self.convention else "none"

    def use(self, number: int) -> Template | None:
        """The template of a number, and that it was used."""
        template = self.templates.get(number)
        if template is not None:
            self.templates.move_to_end(number)
        return template


@dataclass(slots=True)
class Streams:
    """All streams, in the order in which they were last heard of."""

    _forgotten: list[Stream] = field(default_factory=list)
    _by_number: dict[int, Stream] = field(default_factory=dict)
    _by_key: "OrderedDict[Key, Stream]" = field(default_factory=OrderedDict)
    _next: int = 0
    _whole: int = 0
    "Of all streams that are not forgotten."

    def __iter__(self) -> Iterator[Stream]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: Key, sensor: str, sampling: int | None) -> Stream:
        """The stream of a key, made where there is none."""
        stream = self._by_key.get(key)
        if stream is None:
            rules = RULES.get(key.protocol)
            stream = self._by_key[key] = Stream(key, self._next, sensor, sampling, convention=Convention(rules) if rules else None)
            self._by_number[stream.number] = stream
            self._next += 1
            if len(self._by_key) > STREAMS_MAX:
                self._forget(next(iter(self._by_key)))
        else:
            self._by_key.move_to_end(key)
            stream.sensor, stream.sampling = sensor, sampling
        return stream

    def find(self, key: Key) -> Stream | None:
        return self._by_key.get(key)

    def bound(self, touched: Iterable[Stream]) -> None:
        """Weigh the streams that were heard of, and forget the most silent while too much is remembered of all."""
        for stream in touched:
            if self._by_key.get(stream.key) is stream:
                before, stream.weight = stream.weight, stream.weigh()
                self._whole += stream.weight - before
        while self._whole > REMEMBERED_IN_ALL and len(self._by_key) > 1:
            self._forget(next(iter(self._by_key)))

    def end(self, transport: int) -> None:
        """Forget the streams of a connection that has ended."""
        for key in [key for key in self._by_key if key.transport == transport]:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        gone = self._by_key.pop(key)
        self._whole -= gone.weight
        self._forgotten.append(gone)

    def numbered(self, number: int) -> Stream:
        """The stream of a number, forgotten or not, until `take_forgotten`."""
        return self._by_number[number]

    def take_forgotten(self) -> list[Stream]:
        """Streams that made room or ended since this was last asked."""
        gone, self._forgotten = self._forgotten, []
        return gone

    def release(self, gone: list[Stream]) -> None:
        """Forget also the numbers."""
        for stream in gone:
            self._by_number.pop(stream.number, None)


def keys_of(messages: Messages) -> tuple[list[Key], NDArray[np.int64]]:
    """The distinct keys of messages in order of appearance, and which of them each message has."""
    columns = np.empty(len(messages), [("exporter", "V16"), ("transport", "i8"), ("protocol", "i8"), ("domain", "i8")])
    columns["exporter"] = np.ascontiguousarray(messages["exporter"]).view("V16").ravel()
    for name in ("transport", "protocol", "domain"):
        columns[name] = messages[name]
    raw = columns.view(f"V{columns.itemsize}")
    if len(raw) and bool((raw == raw[0]).all()):
        first, which = np.zeros(1, np.int64), np.zeros(len(raw), np.int64)
    else:
        first, which = _distinct(columns)
    keys = [Key(row["exporter"].tobytes(), int(row["transport"]), int(row["protocol"]), int(row["domain"])) for row in columns[first]]
    return keys, which


def _distinct(columns: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each distinct one, in order, and which each row is."""
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    size, data = columns.itemsize, columns.tobytes()
    which = np.empty(len(columns), np.int64)
    for row in range(len(columns)):
        key = data[row * size : (row + 1) * size]
        rank = seen.get(key)
        if rank is None:
            rank = seen[key] = len(firsts)
            firsts.append(row)
        which[row] = rank
    return np.array(firsts, np.int64), which
