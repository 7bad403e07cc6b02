"""IPFIX over TCP: messages one after another, each with its length in front (RFC 7011 sections 3.1 and 10.4)."""

import asyncio
import contextlib
import itertools
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from varde.collect.flows import Taken
from varde.collect.syslog import Address, Guard, bound_socket

HEADER = 16
"""Octets of a message's header, and so the least it can be."""

VERSION = 10
PIECE = 65_536
CONNECTIONS_MAX = 256
"""Exporters at once: each keeps templates."""

IDLE_SECONDS = 3600

Sink = Callable[[Taken], None]


@dataclass(slots=True)
class IpfixListener:
    """Hands messages to `sink` in the event loop's thread. Every connection has a number of its own as its `socket`, since its
    templates end with it; numbers begin at `first`."""

    sink: Sink
    ended: Callable[[int], None]
    "Told the number of each connection that ended, behind its last message."
    guard: Guard
    first: int
    counters: Counter[str] = field(default_factory=Counter)
    "messages, octets, bad_frame, cut_off, broken_connection, too_many_connections."
    _connections: set["asyncio.Task[None]"] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(self.first)

    async def listen(self, address: Address) -> Address:
        """Open one address; the answer has the port that was really taken. Raises VardeError when it cannot."""
        tcp = bound_socket(address)
        self._servers.append(await asyncio.start_server(self._serve, sock=tcp, limit=PIECE))
        return Address(address.scheme, address.host, tcp.getsockname()[1])

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("peername")[:2]
        if len(self._connections) >= CONNECTIONS_MAX:
            self.counters["too_many_connections"] += 1
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        number = next(self._numbers)
        try:
            if self.guard.is_welcome(host.removeprefix("::ffff:").partition("%")[0]):
                await self._messages(reader, _octets_of(host), port, number)
        except (OSError, TimeoutError):
            self.counters["broken_connection"] += 1
        finally:
            self.ended(number)
            self._connections.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _messages(self, reader: asyncio.StreamReader, host: bytes, port: int, number: int) -> None:
        held = b""
        while piece := await asyncio.wait_for(reader.read(PIECE), IDLE_SECONDS):
            held += piece
            lengths, damaged = split(held)
            if lengths:
                self.sink(_taken(held[: sum(lengths)], lengths, host, port, number))
                self.counters.update(messages=len(lengths), octets=sum(lengths))
            held = held[sum(lengths) :]
            if damaged:  # where the next message begins cannot be told any more
                self.counters["bad_frame"] += 1
                return
        self.counters["cut_off"] += bool(held)


def split(held: bytes) -> tuple[list[int], bool]:
    """Lengths of the whole messages at the beginning, and whether what follows is no message."""
    lengths: list[int] = []
    at = 0
    while len(held) - at >= 4:
        version, length = int.from_bytes(held[at : at + 2], "big"), int.from_bytes(held[at + 2 : at + 4], "big")
        if version != VERSION or length < HEADER:
            return lengths, True
        if at + length > len(held):
            break
        lengths.append(length)
        at += length
    return lengths, False


def _taken(octets: bytes, lengths: list[int], host: bytes, port: int, number: int) -> Taken:
    length = np.array(lengths, dtype=np.int64)
    count = len(lengths)
    return Taken(
        np.frombuffer(octets, dtype=np.uint8), np.cumsum(length) - length, length, np.full(count, time.time_ns() // 1000),
        np.tile(np.frombuffer(host, dtype=np.uint8), (count, 1)), np.full(count, port), np.full(count, number), is_stream=True,
    )  # fmt: skip


def _octets_of(host: str) -> bytes:
    host = host.partition("%")[0]
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host)
    return bytes(10) + b"\xff\xff" + socket.inet_pton(socket.AF_INET, host)
