"""Which text is this, and how much of it has been read? Exactly-once import of files that rotate, grow and are compressed.

A text is known by its first line and the sensor; a chain of hashes, one for each MiB, proves that what was read before is
still its beginning. Texts that share their first line but differ later get numbered identities. Because the sensor is part of the
identity, one text read for two sensors is stored twice; `heads` remembers who read what, so that this can be said.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from varde.collect.text import Text
from varde.decode import LINE_MAX
from varde.store import Facts

LINK = 1024 * 1024
"""Octets per link of the chain."""

_DIGEST = 16

HEAD_SOURCES_MAX = 8
"""Texts remembered by one first line. A line that more texts begin with is a heading and says nothing about them."""


@dataclass(slots=True)
class Chain:
    """Hashes of the text so far: one per full MiB and one of the rest."""

    links: list[str] = field(default_factory=list)
    length: int = 0
    _open: "hashlib.blake2b" = field(default_factory=lambda: hashlib.blake2b(digest_size=_DIGEST))

    def update(self, text: bytes) -> None:
        view = memoryview(text)
        while view:
            piece = view[: LINK - self.length % LINK]
            self._open.update(piece)
            self.length += len(piece)
            view = view[len(piece) :]
            if self.length % LINK == 0:
                self.links.append(self._open.hexdigest())
                self._open = hashlib.blake2b(digest_size=_DIGEST)

    def state(self) -> dict[str, Any]:
        return {"links": list(self.links), "length": self.length, "rest": self._open.hexdigest()}

    def copy(self) -> "Chain":
        return Chain(list(self.links), self.length, self._open.copy())


@dataclass(slots=True)
class Resume:
    """Where to go on: the identity, the chain of what is already read, and octets behind it that were looked at."""

    source: str
    chain: Chain
    left: bytes
    longer: str = ""
    "An earlier text that goes on where this one ends; they agree as far as whole MiB and the first line tell."
    whole: Chain = field(default_factory=Chain)
    "With `longer`: the chain of all of this text."
    head: str = ""
    "What the first line is known by, whoever observed it."


def locate(stream: Text, facts: Facts, sensor: str) -> Resume:
    """Find out which text this is and how much of it was read before.

    Reads the stream as far as that takes: to the end of what was read before, or to the first difference. Texts that
    agree with an earlier one for whole MiB and then differ are read from the last MiB on which they agree."""
    head = _first_line(stream)
    line = head.partition(b"\n")[0]
    known_by = hashlib.blake2b(line, digest_size=_DIGEST).hexdigest()
    alive, fresh = _known(facts, line, sensor)
    chain, mark, since, source = Chain(), Chain(), b"", ""
    text = head
    while alive:
        stop = min([chain.length - chain.length % LINK + LINK, *(state["length"] for _, state in alive)])
        text += stream.read(max(0, stop - chain.length - len(text)))
        piece, text = text[: stop - chain.length], text[stop - chain.length :]
        chain.update(piece)
        since += piece
        if chain.length < stop:
            if source:
                break
            return Resume(fresh, mark, since, alive[0][0], chain, known_by)
        verdicts = [(name, state, _covers(state, chain)) for name, state in alive]
        alive = [(name, state) for name, state, verdict in verdicts if verdict is None]
        ended = [name for name, _, verdict in verdicts if verdict]
        if ended or (alive and chain.length % LINK == 0):
            source, mark, since = ended[0] if ended else "", chain.copy(), b""
    return Resume(source or fresh, mark, since + text, head=known_by)


def identity(line: bytes, sensor: str, number: int) -> str:
    """Identity number `number` of texts of a sensor that begin with this line."""
    material = line + b"\x00" + sensor.encode() + (b"\x00%d" % number if number else b"")
    return hashlib.blake2b(material, digest_size=_DIGEST).hexdigest()


def note_head(facts: Facts, head: str, source: str, sensor: str) -> None:
    """Remember that a text of this sensor begins with this first line. Of two processes that do so at once one may be forgotten."""
    known = sources_of_head(facts, head)
    if source not in known and len(known) < HEAD_SOURCES_MAX:
        facts.put(f"heads/{head}", {"sources": known | {source: sensor}})


def sources_of_head(facts: Facts, head: str) -> dict[str, str]:
    """Identity and sensor of each text that was read with this first line."""
    sources = (facts.get(f"heads/{head}") or {}).get("sources")
    return {str(source): str(sensor) for source, sensor in sources.items()} if isinstance(sources, dict) else {}


def _first_line(stream: Text) -> bytes:
    """Text up to and beyond the first line feed, or the first LINE_MAX octets of a longer line."""
    head = b""
    while b"\n" not in head and len(head) < LINE_MAX and (piece := stream.read(LINE_MAX)):
        head += piece
    return head


def _known(facts: Facts, line: bytes, sensor: str) -> tuple[list[tuple[str, dict[str, Any]]], str]:
    """Identities that texts with this first line have, with the chain that was stored for each, and the next free one.

    An import that was taken back leaves a fact without a chain: its number is not given again."""
    found: list[tuple[str, dict[str, Any]]] = []
    number = 0
    while (fact := facts.get(f"sources/{identity(line, sensor, number)}")) is not None:
        if "chain" in fact:
            found.append((identity(line, sensor, number), fact["chain"]))
        number += 1
    return found, identity(line, sensor, number)


def _covers(state: dict[str, Any], chain: Chain) -> bool | None:
    """Whether a stored chain ends exactly here and agrees (True), disagrees (False), or agrees and goes on (None)."""
    shared = min(len(chain.links), len(state["links"]))
    if chain.links[:shared] != state["links"][:shared] or chain.length > state["length"]:
        return False
    if chain.length < state["length"]:
        return None
    return bool(chain.state()["rest"] == state["rest"])
