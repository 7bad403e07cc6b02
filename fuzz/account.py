"""What export datagrams hold, counted by code that has nothing in common with the decoder: slow, plain, one octet after another.

It follows the documents (RFC 3954, RFC 7011, Cisco's tables, sFlow version 5) and Varde's promise that each set becomes records, a
reject, or waits for its template until that comes or is given up."""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

V5_SIZES = {1: (16, (52, 48)), 5: (24, (48,)), 7: (24, (52,))}
"""Octets of the header, and of a record."""

FIELDS_MAX = 512
OVERTAKEN_US = 5_000_000
"""us within which a datagram may come behind one that was sent after it, and at most so many sequence numbers."""

OVERTAKEN_NUMBERS = 2**20
HELD_US = 30 * 60 * 1_000_000
"""us that a set waits for its template."""

LONG = 65535
NAMES = {1: "netflow1", 5: "netflow5", 7: "netflow7", 9: "netflow9", 10: "ipfix"}


class Template(NamedTuple):
    """Element, length and enterprise of each field, with -1 for the enterprise of a scope of NetFlow v9; and how many are scope fields."""

    fields: tuple[tuple[int, int, int], ...] = ()
    scopes: int = 0

    @property
    def lengths(self) -> list[int]:
        return [length for _, length, _ in self.fields]


NO_TEMPLATE = Template()


Domain = tuple[bytes, int, int]
"""Exporter, version, observation domain."""


class Sent(NamedTuple):
    """Of a message: its sequence number, the exporter's clock (s), and when it came (us)."""

    sequence: int
    export: int
    received: int


@dataclass(slots=True)
class Account:
    """Feed it datagrams in order of arrival. `found` is keyed by protocol and what became of something: `records` of all kinds
    together, or `reject:REASON`."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    _templates: dict[tuple[Domain, int], Template] = field(default_factory=dict)
    _replaced: dict[tuple[Domain, int], tuple[Template, "Sent"]] = field(default_factory=dict)
    "What the templates took the place of, and the message that brought them."
    _kinds: dict[tuple[Domain, int], bool] = field(default_factory=dict)
    "Whether a template is one of options."
    _waiting: list[tuple[tuple[Domain, int], bytes, int]] = field(default_factory=list)
    "Template, octets of the set, when it came."

    def feed(self, payload: bytes, exporter: bytes, received: int) -> None:
        version = int.from_bytes(payload[:2], "big") if len(payload) >= 4 else 0
        if payload[:4] == b"\x00\x00\x00\x05":
            self._sflow(payload)
        elif version in V5_SIZES and len(payload) >= V5_SIZES[version][0]:
            self._fixed(payload, version)
        elif version in (9, 10) and len(payload) >= (20 if version == 9 else 16):
            self._templated(payload, version, exporter, received)
        else:
            self.found["", "reject:version"] += 1
            return
        while self._waiting and received - self._waiting[0][2] > HELD_US:
            self._give_up(self._waiting.pop(0))

    def finish(self) -> None:
        """What still waits is given up."""
        while self._waiting:
            self._give_up(self._waiting.pop())

    def _give_up(self, one: tuple[tuple[Domain, int], bytes, int]) -> None:
        self.found[NAMES[one[0][0][1]], "reject:unknown_template"] += 1

    def _fixed(self, payload: bytes, version: int) -> None:
        header, sizes = V5_SIZES[version]
        said, octets = int.from_bytes(payload[2:4], "big"), len(payload) - header
        size = next((size for size in reversed(sizes) if octets == said * size), sizes[0])
        there = octets // size
        self.found[NAMES[version], "records"] += min(there, said)
        if there < said:
            self.found[NAMES[version], "reject:truncated"] += 1
        elif there and not said:
            self.found[NAMES[version], "reject:count"] += 1

    def _templated(self, payload: bytes, version: int, exporter: bytes, received: int) -> None:
        name = NAMES[version]
        at = 20 if version == 9 else 16
        domain = (exporter, version, int.from_bytes(payload[at - 4 : at], "big"))
        sent = Sent(int.from_bytes(payload[at - 8 : at - 4], "big"), int.from_bytes(payload[at - 12 : at - 8], "big"), received)
        end = len(payload)
        if version == 10:
            said = int.from_bytes(payload[2:4], "big")
            self.found[name, "reject:truncated"] += said > end
            end = min(end, said)
        while end - at >= 4:
            number, size = struct.unpack_from(">HH", payload, at)
            if size < 4:
                self.found[name, "reject:set_length"] += bool(number or size)
                return
            self.found[name, "reject:truncated"] += at + size > end
            self._set(domain, number, payload[at + 4 : min(at + size, end)], sent)
            at += size

    def _set(self, domain: Domain, number: int, body: bytes, sent: Sent) -> None:
        own = {9: (0, 1), 10: (2, 3)}[domain[1]]
        if number in own:
            self._learn(domain, body, options=number == own[1], sent=sent)
        elif number < 256:
            self.found[NAMES[domain[1]], "reject:set_id"] += 1
        elif (domain, number) in self._templates:
            self._read(domain, self._valid(domain, number, sent), body)
        elif body:
            self._waiting.append(((domain, number), body, sent.received))

    def _valid(self, domain: Domain, number: int, sent: Sent) -> Template:
        """The template of a set: the one before, where the message that brought the present one has overtaken this."""
        before, by = self._replaced.get((domain, number), (NO_TEMPLATE, sent))
        behind = (by.sequence - sent.sequence) % 2**32
        overtaken = 0 < behind <= OVERTAKEN_NUMBERS and sent.export <= by.export and 0 <= sent.received - by.received <= OVERTAKEN_US
        return before if before.fields and overtaken else self._templates[domain, number]

    def _read(self, domain: Domain, template: Template, body: bytes) -> None:
        count, whole = _records(template, body)
        self.found[NAMES[domain[1]], "records"] += count
        self.found[NAMES[domain[1]], "reject:truncated"] += not whole

    def _learn(self, domain: Domain, body: bytes, *, options: bool, sent: Sent) -> None:
        for number, template in _templates(body, ipfix=domain[1] == 10, options=options):
            if isinstance(template, str):
                self.found[NAMES[domain[1]], f"reject:{template}"] += 1
                continue
            known, before = self._templates.get((domain, number)), self._replaced.get((domain, number))
            for one in self._withdrawn(domain, number):
                self._templates.pop((domain, one), None)
                self._replaced.pop((domain, one), None)
            if template:
                before = before if known == template else (known, sent) if known else None
                self._replaced |= {(domain, number): before} if before else {}
                self._templates[domain, number], self._kinds[domain, number] = template, options
                ready = [one for one in self._waiting if one[0] == (domain, number)]
                self._waiting = [one for one in self._waiting if one[0] != (domain, number)]
                for _, waited, _ in ready:
                    self._read(domain, template, waited)

    def _withdrawn(self, domain: Domain, number: int) -> list[int]:
        if number >= 256:
            return [number]
        return [one for (of, one) in self._templates if of == domain and self._kinds[of, one] == (number == 3)]

    def _sflow(self, payload: bytes) -> None:
        size = {1: 4, 2: 16}.get(int.from_bytes(payload[4:8], "big"), 0)
        if not size or len(payload) < 24 + size:
            self.found["", "reject:version"] += 1
            return
        at, (count,) = 24 + size, struct.unpack_from(">I", payload, 20 + size)
        for _ in range(count):
            length = int.from_bytes(payload[at + 4 : at + 8], "big")
            if at + 8 + length > len(payload):
                self.found["sflow5", "reject:truncated"] += 1
                return
            kind = int.from_bytes(payload[at : at + 4], "big")
            short = length < {1: 32, 3: 44}.get(kind, 0)
            self.found["sflow5", "reject:sample" if short else "records"] += 1
            at += 8 + length


def _records(template: Template, body: bytes) -> tuple[int, bool]:
    """How many records a set has, and whether it ends behind one: what is shorter than any record is padding then."""
    least = sum(1 if length == LONG else length for length in template.lengths)
    at = count = 0
    while len(body) - at >= least:
        at = _behind(template, body, at)
        if at > len(body):
            return count, False
        count += 1
    return count, bool(count) or not body


def _behind(template: Template, body: bytes, at: int) -> int:
    """Where a record that begins at `at` ends."""
    for length in template.lengths:
        if length == LONG:
            length = body[at] if at < len(body) else len(body)
            at += 1
            if length == 255:
                length = int.from_bytes(body[at : at + 2], "big")
                at += 2
        at += length
    return at


def _templates(body: bytes, *, ipfix: bool, options: bool) -> Iterator[tuple[int, Template | str | None]]:
    """Number and field lengths; None withdraws, a word is a reason for a reject."""
    at = 0
    while len(body) - at >= 4:
        number, count = struct.unpack_from(">HH", body, at)
        if not number and not count:
            return
        withdrawal = ipfix and not count
        if number < 256 and not (withdrawal and number in (2, 3)):
            yield number, "template_id"
            return
        if withdrawal:
            at += 4
            yield number, None
            continue
        read = _ipfix if ipfix else _v9
        at, template, wrong = read(body, at, options=options)
        wrong = wrong or _unusable(template.lengths, ipfix=ipfix)
        if wrong:
            yield number, wrong
        yield number, None if wrong else template


def _unusable(lengths: list[int], *, ipfix: bool) -> str:
    if len(lengths) > FIELDS_MAX or not sum(lengths):
        return "template_fields"
    return "field_length" if LONG in lengths and not ipfix else ""


def _v9(body: bytes, at: int, *, options: bool) -> tuple[int, Template, str]:
    if options and len(body) - at < 6:
        return len(body), NO_TEMPLATE, "truncated"
    scope, rest = struct.unpack_from(">HH", body, at + 2) if options else (0, 4 * int.from_bytes(body[at + 2 : at + 4], "big"))
    if scope % 4 or rest % 4:
        return len(body), NO_TEMPLATE, "scope"
    begin = at + (6 if options else 4)
    end = begin + scope + rest
    if end > len(body):
        return len(body), NO_TEMPLATE, "truncated"
    pairs = struct.iter_unpack(">HH", body[begin:end])
    fields = tuple((element, length, -1 if place < scope // 4 else 0) for place, (element, length) in enumerate(pairs))
    return end, Template(fields, max(scope // 4, 1) if options else 0), ""


def _ipfix(body: bytes, at: int, *, options: bool) -> tuple[int, Template, str]:
    if options and len(body) - at < 6:
        return len(body), NO_TEMPLATE, "truncated"
    count = int.from_bytes(body[at + 2 : at + 4], "big")
    scopes = int.from_bytes(body[at + 4 : at + 6], "big") if options else 0
    at += 6 if options else 4
    fields = []
    for _ in range(count):
        size = 8 if at < len(body) and body[at] & 0x80 else 4
        if len(body) - at < size:
            return len(body), NO_TEMPLATE, "truncated"
        element, length = struct.unpack_from(">HH", body, at)
        fields.append((element & 0x7FFF, length, int.from_bytes(body[at + 4 : at + size], "big")))
        at += size
    return at, Template(tuple(fields), max(scopes, 1) if options else 0), "scope" if scopes > count else ""
