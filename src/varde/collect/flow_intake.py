"""From datagrams to stored flows: one thread that decodes, and one behind it that commits.

What the receiving process and the TCP connections brought is decoded, placed and shown to the watchers at once; warnings are
made by a watcher. While a commit is slow the next is gathered; when too much waits, datagrams stay in the ring and then in
the kernel, which counts what it drops.
"""

import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from varde.collect.behind import Behind
from varde.collect.flows import BATCH_SECONDS, FlowReceiver, Taken
from varde.collect.ipfix_stream import IpfixListener
from varde.collect.ledger import Ledger
from varde.collect.syslog import Address, Guard
from varde.decode import Origin
from varde.decode.addresses import text_of
from varde.decode.flow import UDP, Datagrams, FlowBatch, FlowDecoder, Settings
from varde.intel import Geography
from varde.intel.intervals import Network
from varde.live import Watcher, Writer
from varde.model import COLLECTOR, VardeError, counted
from varde.store import Store

COMMIT_ROWS = 250_000
WAITING_MAX = 1_000_000
"""Rows that wait in memory, about 1 GB, while the disk refuses them; more are counted as lost and said."""

LEDGER_SECONDS = 10.0
STATE_SECONDS = 60.0
STATE = "collector"
"""The fact that a restart begins with: templates, options data, sequence numbers."""

EXPORTERS = "exporters"
"""The fact that `varde flow exporters` shows."""

RETRY_SECONDS = 1.0


@dataclass(slots=True)
class FlowIntake:
    """Takes in flows from when it is started until it is stopped."""

    store: Store
    geography: Geography
    guard: Guard
    settings: Settings = field(default_factory=Settings)
    watchers: list[Watcher] = field(default_factory=list)
    beat: Callable[[], None] = lambda: None
    "Called with every turn, some ten times a second."
    end: Callable[[], None] = lambda: None
    "Called when all has been taken in, before the last commit."
    note: Callable[[str], None] = print
    "Told of what goes wrong, when it begins."
    lost: Counter[str] = field(default_factory=Counter)
    "Rows by reason: store_refuses."
    receiver: FlowReceiver = field(default_factory=FlowReceiver)
    ledger: Ledger = field(default_factory=Ledger)
    _streams: IpfixListener = field(init=False)
    _arrived: "deque[Taken | int]" = field(default_factory=deque)
    "Over TCP, in order; a number is that of a connection that ended."
    _decoder: FlowDecoder = field(init=False)
    writer: Writer = field(init=False)
    _behind: Behind = field(default_factory=Behind)
    _octets: int = 0
    "Of all that came: the `offset` of what comes next, so that no two datagrams share one."
    _next_ledger: float = 0.0
    _next_state: float = 0.0

    def __post_init__(self) -> None:
        self._streams = IpfixListener(self._arrived.append, self._arrived.append, self.guard, first=UDP + 1)
        self._decoder = FlowDecoder(self.settings)
        self.writer = Writer(self.store, self.geography, self.watchers, commit_rows=COMMIT_ROWS)
        self._octets = time.time_ns() // 1000
        if state := self.store.facts.get(STATE):
            self._decoder.restore(state)

    def configure(self, geography: Geography, settings: Settings, accept: tuple[Network, ...]) -> None:
        """Take another configuration; what comes next is read by it."""
        self.writer.geography = self.geography = geography
        self._decoder.settings = self.settings = settings
        self.guard.configure(accept)

    async def open(self, address: Address) -> Address:
        """Listen on one address, udp or tcp; the answer has the port that was really taken. Raises VardeError."""
        if address.wire == "tcp":
            return await self._streams.listen(address)
        bound = self.receiver.open(address)
        if not self.receiver.listens:
            self.receiver.start()
        return bound

    def problems(self) -> list[str]:
        """What was refused or lost, for people."""
        told = [f"{counted(count, 'flow')} lost: the store took none for too long" for count in self.lost.values() if count]
        if refused := self.guard.counters["refused_sender"]:
            some = ", ".join(list(self.guard.refused)[:3])
            told.append(f"{counted(refused, 'datagram')} of flows refused, as of {some}: name exporters in [flows] accept")
        names = {"bad_frame": "made no sense", "cut_off": "ended within a message", "too_many_connections": "were too many at once"}
        told += [f"{counted(self._streams.counters[name], 'connection')} of IPFIX {words}" for name, words in names.items() if self._streams.counters[name]]
        return told

    async def close(self) -> None:
        """End the TCP connections; `run` ends with its event."""
        await self._streams.close()

    def run(self, stop: Event) -> None:
        """Take in until stopped, then what is left."""
        while not stop.is_set():
            if not self.receiver.listens:
                stop.wait(BATCH_SECONDS)
            self._turn(self.receiver.read() if self.receiver.listens else None)
        self.receiver.finish()
        while (rest := self.receiver.rest()) is not None:
            self._turn(rest)
        self.receiver.close()
        self._turn(None)
        self._add(self._decoder.finish(self._origin()))
        self.end()
        self._keep(force=True)
        self._commit_all()

    def _turn(self, taken: Taken | None) -> None:
        arrived: list[Taken | int] = [taken] if taken is not None else []
        while self._arrived:
            arrived.append(self._arrived.popleft())
        for batch in arrived:
            if isinstance(batch, int):
                self._decoder.end(batch)
            elif len(welcome := self._welcome(batch)):
                self._add(self._decoder.decode(welcome, self._origin()))
        self.beat()
        self._keep(force=False)
        self._commit()

    def _welcome(self, taken: Taken) -> Datagrams:
        """Datagrams of exporters that may send."""
        offset = self._octets + np.cumsum(taken.length) - taken.length
        self._octets += int(taken.length.sum())
        words = taken.address.view(np.uint64)
        keys = np.empty(len(taken), dtype=[("high", "u8"), ("low", "u8")])
        keys["high"], keys["low"] = words[:, 0], words[:, 1]
        _, first, which, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        allowed = np.array([
            self.guard.is_welcome(text_of(taken.address[row].tobytes()), int(many)) for row, many in zip(first, count, strict=True)
        ])  # fmt: skip
        rows = np.flatnonzero(allowed[which])
        transport = taken.socket[rows] if taken.is_stream else np.full(len(rows), UDP, dtype=np.int64)
        return Datagrams(
            taken.octets, taken.start[rows], taken.length[rows], taken.received[rows], taken.address[rows], transport, offset[rows]
        )

    def _origin(self) -> Origin:
        now = time.time_ns() // 1000
        return Origin(COLLECTOR, COLLECTOR, COLLECTOR, now, ZoneInfo("UTC"), now, live=True)

    def _add(self, batch: FlowBatch) -> None:
        self.ledger.add(batch.losses)
        decoded = batch.decoded()
        decoded.others.pop("losses", None)
        if self.writer.waiting > WAITING_MAX:
            self.lost["store_refuses"] += decoded.records()
            return
        self.writer.add(decoded, self._origin())

    def _keep(self, *, force: bool) -> None:
        """The ledger's rows, what is known of exporters, and what a restart begins with, now and then."""
        now = time.monotonic()
        if force or now >= self._next_ledger:
            self._next_ledger = now + LEDGER_SECONDS
            rows = self.ledger.close(time.time_ns() // 1000, self._dropped())
            if not rows.is_empty():
                self.writer.add_rows("losses", rows)
                self._remember(EXPORTERS, {"exporters": self._decoder.exporters()})
        if force or now >= self._next_state:
            self._next_state = now + STATE_SECONDS
            self._remember(STATE, self._decoder.state())

    def _dropped(self) -> list[int | None]:
        return self.receiver.dropped() if self.receiver.listens else []

    def _remember(self, name: str, fact: dict[str, Any]) -> None:
        try:
            self.store.facts.put(name, fact)
        except (VardeError, OSError) as error:
            self.note(f"cannot keep what is known of exporters: {error}")

    def _commit(self) -> None:
        """Begin a commit when one is due and none is under way; one that failed is tried again."""
        if self._behind.busy and self.writer.waiting < WAITING_MAX:
            return
        try:
            self._behind.wait()
            if self.writer.is_due() and (commit := self.writer.hand_over()):
                self._behind.start(commit)
        except (VardeError, OSError) as error:
            self.note(f"{error} Flows wait in memory and are stored as soon as it can be.")
            time.sleep(RETRY_SECONDS)

    def _commit_all(self) -> None:
        """At the end: what a commit that failed left, and what came after it."""
        with contextlib.suppress(VardeError, OSError):  # what failed behind us comes first now
            self._behind.wait()
        try:
            self.writer.commit()
        except (VardeError, OSError) as error:
            self.note(f"{error} {counted(self.writer.waiting, 'flow')} lost, because the store took none at the end.")
