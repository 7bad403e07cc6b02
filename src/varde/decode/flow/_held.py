"""Sets that came before their template: kept for a while, in bounds, and given out when it comes."""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from varde.decode.flow._messages import Messages

HELD_PER_STREAM = 512 * 1024
"""Octets of one observation domain: some seconds of a busy exporter, minutes of a small one."""

HELD_IN_ALL = 16 * 1024 * 1024
"""Octets of all exporters together."""

HELD_TIME = 30 * 60 * 1_000_000
"""us. Exporters announce their templates again after at most this long by default."""

_OVERHEAD = 256  # octets that a set costs beside its own: many empty ones must not count as nothing

Key = tuple[int, int]
"""Number of the stream, and of the template."""


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A set without its header, and its message as an array of one."""

    key: Key
    body: bytes
    message: Messages

    @property
    def cost(self) -> int:
        return len(self.body) + _OVERHEAD


@dataclass(slots=True)
class Held:
    """All that is held. `fallen` counts, by stream, the sets that were given up."""

    fallen: Counter[int] = field(default_factory=Counter)
    _sets: OrderedDict[int, HeldSet] = field(default_factory=OrderedDict)
    _by_key: dict[Key, list[int]] = field(default_factory=dict)
    _by_stream: dict[int, OrderedDict[int, None]] = field(default_factory=dict)
    _cost: Counter[int] = field(default_factory=Counter)
    _whole: int = 0
    _next: int = 0

    def __len__(self) -> int:
        return len(self._sets)

    def add(self, held: HeldSet) -> None:
        """Keep a set; the oldest of its stream, then of all, make room."""
        stream = held.key[0]
        ticket, self._next = self._next, self._next + 1
        self._sets[ticket] = held
        self._by_key.setdefault(held.key, []).append(ticket)
        self._by_stream.setdefault(stream, OrderedDict())[ticket] = None
        self._cost[stream] += held.cost
        self._whole += held.cost
        while self._cost[stream] > HELD_PER_STREAM:
            self._fall(next(iter(self._by_stream[stream])))
        while self._whole > HELD_IN_ALL:
            self._fall(next(iter(self._sets)))

    def take(self, key: Key) -> list[HeldSet]:
        """All sets that wait for a template, in order of arrival."""
        return [self._remove(ticket) for ticket in list(self._by_key.get(key, ()))]

    def expire(self, now: int) -> None:
        """Give up what has waited for too long."""
        while self._sets:
            ticket, oldest = next(iter(self._sets.items()))
            if now - int(oldest.message["received"][0]) <= HELD_TIME:
                return
            self._fall(ticket)

    def drop(self, stream: int) -> None:
        """Give up what a stream that is forgotten has."""
        for ticket in list(self._by_stream.get(stream, ())):
            self._fall(ticket)

    def take_fallen(self) -> Counter[int]:
        """How many sets each stream lost since this was last asked."""
        taken, self.fallen = self.fallen, Counter()
        return taken

    def drop_all(self) -> None:
        for ticket in list(self._sets):
            self._fall(ticket)

    def _fall(self, ticket: int) -> None:
        self.fallen[self._remove(ticket).key[0]] += 1

    def _remove(self, ticket: int) -> HeldSet:
        held = self._sets.pop(ticket)
        stream = held.key[0]
        tickets = self._by_key[held.key]
        tickets.remove(ticket)  # of one key the oldest go first: found at once
        if not tickets:
            del self._by_key[held.key]
        del self._by_stream[stream][ticket]
        self._cost[stream] -= held.cost
        self._whole -= held.cost
        if not self._by_stream[stream]:
            del self._by_stream[stream], self._cost[stream]
        return held
