"""Ports that listen and do not answer: what strangers send to them becomes captures.

    socket --Doorkeeper: may it stay?--> Conversation --closed, reset, timeout, full, stopped--> Capture --> sink

TCP says nothing, or a fixed banner, or takes part in a TLS handshake; UDP never answers, because its sender may be forged.
Everything is bounded (`doorkeeper`), and what is over a bound is counted.
"""

import asyncio
import contextlib
import resource
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from varde.collect.doorkeeper import Bounds, Doorkeeper, source_of
from varde.collect.ports import IP_PKTINFO, Bound, Port
from varde.collect.tls_ear import TlsEar
from varde.decode.payload.capture import Capture

SWEEP_SECONDS = 0.5
"""How often connections are looked at that may have been silent, or here, for too long."""

DATAGRAMS_A_TURN = 200
"""Datagrams taken from a socket before others get their turn."""

DRAIN_TURNS = 5
"""Turns at the end: what waited in the kernel is taken, and no flood keeps us from ending."""

DATAGRAM_MAX = 65_535
OWN_FILES = 64
"""File descriptors of everything else: the store, libraries, standard streams."""

_TCP, _UDP = 6, 17
_HANDSHAKE = b"\x16"  # the first octet of TLS
_SO_MEMINFO, _DROPS = 55, 8  # of Linux (sock_diag(7)), which Python does not name: the ninth number is datagrams dropped
_IN6_PKTINFO, _IN_PKTINFO = struct.Struct("16sI"), struct.Struct("I4s4s")  # ipv6(7), ip(7)

Sink = Callable[[Capture], None]


@dataclass(slots=True)
class Catcher:
    """Listens on bound sockets and hands each capture to `sink`, in the event loop's thread."""

    sink: Sink
    bounds: Bounds = field(default_factory=Bounds)
    banner: bytes = b""
    tls: ssl.SSLContext | None = None
    counters: Counter[str] = field(default_factory=Counter)
    "captures, octets, silent (connections that sent nothing), gone (reset before we looked)."
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    doorkeeper: Doorkeeper = field(init=False)
    _talking: set["Conversation"] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _udp: list[Bound] = field(default_factory=list)
    _sweeper: "asyncio.Task[None] | None" = None
    _place: int = 0
    _dropped: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.doorkeeper = Doorkeeper(self.bounds)

    async def listen(self, bound: list[Bound]) -> None:
        """Begin to take in what comes to bound sockets, which are ours from here on."""
        loop = asyncio.get_running_loop()
        for entry in bound:
            if entry.port.proto == "udp":
                loop.add_reader(entry.socket, self._drain, entry)
                self._udp.append(entry)
            else:
                self._servers.append(await loop.create_server(lambda port=entry.port: Conversation(self, port), sock=entry.socket))  # type: ignore[misc]
        self._sweeper = asyncio.create_task(self._sweep_often())

    async def close(self) -> None:
        """Stop listening; connections that are open become captures that were stopped."""
        if self._sweeper:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        for server in self._servers:
            server.close()
        for entry in self._udp:
            for _ in range(DRAIN_TURNS):
                self._drain(entry)
            asyncio.get_running_loop().remove_reader(entry.socket)
            self._note_drops(entry)
            entry.socket.close()
        for conversation in list(self._talking):
            conversation.end("stopped")

    def refused(self) -> Counter[str]:
        """What was over a bound, and what the kernel dropped, by reason."""
        dropped = sum(self._dropped.values())
        return self.doorkeeper.refused + Counter({"kernel_dropped": dropped} if dropped else {})

    def sweep(self) -> None:
        """End connections that were silent or here for too long."""
        now = self.clock()
        for conversation in list(self._talking):
            if now - conversation.heard >= self.bounds.idle or now - conversation.since >= self.bounds.total:
                conversation.end("timeout")
        for entry in self._udp:
            self._note_drops(entry)

    async def _sweep_often(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep()

    def keep(self, capture: Capture) -> None:
        """Count a capture and hand it on."""
        self.counters["captures"] += 1
        self.counters["octets"] += capture.length
        proto = "tcp" if capture.proto == _TCP else "udp"
        self.doorkeeper.took(source_of(capture.src_addr), proto, len(capture.data), self.wall())
        self.sink(capture)

    def place(self) -> int:
        """A number that no other capture has: the time, or one more than the last."""
        self._place = max(self._place + 1, int(self.wall() * 1e6))
        return self._place

    def add(self, conversation: "Conversation") -> None:
        self._talking.add(conversation)

    def discard(self, conversation: "Conversation") -> None:
        self._talking.discard(conversation)

    def _drain(self, entry: Bound) -> None:
        for _ in range(DATAGRAMS_A_TURN):
            try:
                data, notes, _flags, peer = entry.socket.recvmsg(DATAGRAM_MAX, 256)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for something we never sent
                self.counters["socket_error"] += 1
                return
            self._take(entry, data, _destination(notes) or _plain(entry.socket.getsockname()[0]), peer)

    def _take(self, entry: Bound, data: bytes, destination: str, peer: tuple[str, int]) -> None:
        sender, now = _plain(peer[0]), self.wall()
        if not data:
            self.counters["silent"] += 1
        elif self.doorkeeper.may_send(source_of(sender), "udp", now):
            moment, kept = int(now * 1e6), data[: self.bounds.capture]
            self.keep(Capture(self.place(), sender, peer[1], destination, entry.port.number, _UDP, moment, moment, len(data), kept))

    def _note_drops(self, entry: Bound) -> None:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # an old kernel does not say
                numbers = entry.socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 4 * (_DROPS + 1))
                self._dropped[entry.socket.fileno()] = struct.unpack_from("I", numbers, 4 * _DROPS)[0]


class Conversation(asyncio.Protocol):
    """One TCP connection: the stranger speaks, we keep it."""

    def __init__(self, catcher: Catcher, port: Port) -> None:
        self._catcher, self._port = catcher, port
        self._transport: asyncio.Transport | None = None
        self._kept = bytearray()
        self._length = 0
        self._ear: TlsEar | None = None
        self._is_in = False
        self._peer: tuple[str, int] = ("", 0)
        self._here = ""
        self.since = self.heard = catcher.clock()
        self._began = catcher.wall()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if not peer or not here:  # it was reset between the kernel's handshake and ours
            self._catcher.counters["gone"] += 1
            transport.abort()
            return
        self._peer, self._here = (_plain(peer[0]), peer[1]), _plain(here[0])
        self._is_in = self._catcher.doorkeeper.enter(source_of(self._peer[0]), self._began)
        if not self._is_in:
            transport.abort()
            return
        self._catcher.add(self)
        if self._catcher.banner and self._catcher.tls is None:
            transport.write(self._catcher.banner)

    def data_received(self, data: bytes) -> None:
        if not self._is_in or self._transport is None:
            return
        self.heard = self._catcher.clock()
        if self._catcher.tls is not None and not self._length and data[:1] == _HANDSHAKE:
            self._ear = TlsEar(self._catcher.tls, self._catcher.bounds.capture)
        self._length += len(data)
        if self._ear is None:
            self._kept += data[: self._catcher.bounds.capture - len(self._kept)]
        else:
            self._hear(self._ear, data)
        if max(len(self._kept), len(self._ear.inside if self._ear else b"")) >= self._catcher.bounds.capture:
            self.end("full")

    def _hear(self, ear: TlsEar, data: bytes) -> None:
        assert self._transport is not None
        was_open = ear.is_open
        answer = ear.hear(data)
        if ear.is_open and not was_open and self._catcher.banner:
            answer += ear.say(self._catcher.banner)
        if answer:
            self._transport.write(answer)
        if ear.is_closed:
            self._finish("closed")
            self._transport.close()
        if not ear.is_open and len(ear.wire) >= self._catcher.bounds.capture:
            self.end("full")

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish("reset" if exc is not None else "closed")

    def end(self, why: str) -> None:
        """End the connection ourselves, at once."""
        self._finish(why)
        if self._transport is not None:
            self._transport.abort()

    def _finish(self, why: str) -> None:
        if not self._is_in:
            return
        self._is_in = False
        catcher = self._catcher
        catcher.discard(self)
        catcher.doorkeeper.leave(source_of(self._peer[0]))
        data, length, is_tls = self._said()
        if not data:
            catcher.counters["silent"] += 1
            return
        if catcher.doorkeeper.may_send(source_of(self._peer[0]), "tcp", catcher.wall()):
            catcher.keep(Capture(
                catcher.place(), *self._peer, self._here, self._port.number, _TCP, int(self._began * 1e6), int(catcher.wall() * 1e6),
                length, data, why, is_tls,
            ))  # fmt: skip

    def _said(self) -> tuple[bytes, int, bool]:
        """What to keep, how much was sent, and whether it was inside TLS: the handshake itself where nothing was inside."""
        if self._ear is None:
            return bytes(self._kept), self._length, False
        if self._ear.inside:
            return bytes(self._ear.inside), self._ear.length, True
        return bytes(self._ear.wire), self._length, False


def room_for_files(connections: int, sockets: int) -> int:
    """Raise the limit of open files as far as it goes; answers how many connections then fit."""
    needed = connections + sockets + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(1, min(connections, soft - sockets - OWN_FILES))


def _destination(notes: list[tuple[int, int, bytes]]) -> str | None:
    """Our address to which a datagram was sent, from what the kernel says beside it."""
    for level, kind, data in notes:
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return _plain(socket.inet_ntop(socket.AF_INET6, _IN6_PKTINFO.unpack_from(data)[0]))
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            return socket.inet_ntop(socket.AF_INET, _IN_PKTINFO.unpack_from(data)[2])
    return None


def _plain(host: str) -> str:
    return host.removeprefix("::ffff:").partition("%")[0]
