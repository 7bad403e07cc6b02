"""Flows to a collector, as an exporter sends them: over UDP or TCP, at a pace, with the templates again from time to time.

Neither has receipts. What can be known is asked: whether the other end has no such port, or closed the connection."""

import errno
import fcntl
import ipaddress
import os
import select
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from varde.deliver.settings import host_and_port
from varde.deliver.sink import because
from varde.export.flow import Body, Exporter
from varde.model import VardeError, counted

MTU_MAX = 1500
"""Octets of a packet: what nearly every path carries whole."""

MTU_MIN = 576
"""What every host takes (RFC 791 section 3.1)."""

REPEAT_SECONDS = 20.0
"""UDP may lose templates, and a collector may start later: they are sent again (RFC 7011 section 8.1)."""

REPEAT_MESSAGES = 2000
"""The same where messages follow each other quickly."""

SETTLE_SECONDS = 0.2
"""How long an end that has gone may need to say so: the answer of a closed port, or the end of a connection."""

PATIENCE_SECONDS = 15.0
"""How long a collector may take to accept a connection, or to take what was sent."""

STREAM_ROOM = 16_384
"""Octets of a message over TCP: large enough, and small enough for collectors that keep one in a buffer."""

_SLICE_SECONDS = 0.1
"""Flows are sent together that are due within so long."""

_IP_MTU, _IPV6_MTU = 14, 24  # Linux: the MTU of the path of a connected socket
_HEADERS = {socket.AF_INET: 20 + 8, socket.AF_INET6: 40 + 8}
"""Octets of IP and UDP."""


class Channel(Protocol):
    """A way to a collector. `room` is how long a message may be."""

    room: int
    repeats: bool
    "Whether templates can be lost, and so must be sent again."

    def send(self, message: bytes) -> None:
        """Raises OSError."""

    def settle(self) -> None:
        """Wait a moment for what the other end says to that. Raises OSError."""

    def close(self) -> None: ...


class Datagrams:
    """UDP: connected, so that the kernel tells us what ICMP says of the port."""

    repeats = True

    def __init__(self, family: socket.AddressFamily, place: tuple[Any, ...], mtu: int | None) -> None:
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.connect(place)
            self.room = (mtu or min(MTU_MAX, self._mtu(family))) - _HEADERS[family]
        except OSError:
            self._socket.close()
            raise

    def _mtu(self, family: socket.AddressFamily) -> int:
        level, option = (socket.IPPROTO_IP, _IP_MTU) if family == socket.AF_INET else (socket.IPPROTO_IPV6, _IPV6_MTU)
        try:
            return max(MTU_MIN, self._socket.getsockopt(level, option))
        except OSError:  # not on this system
            return MTU_MAX

    def send(self, message: bytes) -> None:
        self._socket.send(message)

    def settle(self) -> None:
        poll = select.poll()
        poll.register(self._socket, 0)
        if poll.poll(SETTLE_SECONDS * 1000) and (error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
            raise OSError(error, os.strerror(error))

    def close(self) -> None:
        self._socket.close()


class Stream:
    """TCP: templates live as long as the connection (RFC 7011 section 10.4)."""

    repeats = False
    room = STREAM_ROOM

    def __init__(self, family: socket.AddressFamily, place: tuple[Any, ...]) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE_SECONDS)
        try:
            self._socket.connect(place)
        except OSError:
            self._socket.close()
            raise

    def send(self, message: bytes) -> None:
        self._socket.sendall(message)

    def settle(self) -> None:
        """Until the other end's kernel has everything; then whether the connection still stands."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._untaken() and time.monotonic() < end:
            time.sleep(0.01)
        if self._untaken():
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        readable, _, _ = select.select([self._socket], [], [], SETTLE_SECONDS)
        if readable and not self._socket.recv(4096):
            raise OSError(errno.ECONNRESET, "the connection was closed")

    def _untaken(self) -> int:
        size = struct.unpack("i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, struct.pack("i", 0)))
        return int(size[0])

    def close(self) -> None:
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Target:
    """A collector: `udp` or `tcp`, host and port, and the octets of a packet where somebody says."""

    scheme: str
    host: str
    port: int
    mtu: int | None = None

    @classmethod
    def of(cls, text: str, mtu: int | None = None) -> "Target":
        """`192.0.2.9:2055`, `udp://[2001:db8::9]:4739`, `tcp://collector:4739`. Raises VardeError."""
        scheme, sign, rest = text.rpartition("://")
        scheme = scheme if sign else "udp"
        if scheme not in ("udp", "tcp"):
            raise VardeError(f"{text!r}: flows go over udp:// or tcp://")
        if not rest.rpartition(":")[2].isdecimal():
            raise VardeError(f"{text!r} names no port. Write udp://192.0.2.9:2055 or tcp://[2001:db8::9]:4739.")
        host, port = host_and_port(rest, scheme)
        if not port:
            raise VardeError(f"{text!r}: there is no port 0")
        return cls(scheme, host, port, mtu)

    def __str__(self) -> str:
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def find(self) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
        """Where it is. Raises VardeError for a name that is none, and for addresses of many hosts."""
        kind = socket.SOCK_STREAM if self.scheme == "tcp" else socket.SOCK_DGRAM
        try:
            family, _, _, _, place = socket.getaddrinfo(self.host, self.port, type=kind)[0]
        except (OSError, UnicodeError) as error:
            raise VardeError(f"cannot find {self.host}: {because(error)}") from error
        _require_one(str(place[0]), self)
        return family, place

    def open(self) -> Channel:
        """Raises VardeError as `find` does, and where nobody listens."""
        family, place = self.find()
        try:
            return Stream(family, place) if self.scheme == "tcp" else Datagrams(family, place, self.mtu)
        except OSError as error:
            raise self.failed(error, 0) from error

    def failed(self, error: OSError, flows: int) -> VardeError:
        """What is said when it cannot be sent to, after so many flows."""
        sent = f" {counted(flows, 'flow')} had gone out before." if flows else ""
        cure = _CURES.get(error.errno or 0, "")
        return VardeError(f"cannot send flows to {self}: {because(error)}.{sent}{cure}")


_CURES = {
    errno.ECONNREFUSED: " Nobody listens there: is the collector running, and is this its port?",
    errno.EMSGSIZE: " The path carries less than that: try --mtu 1280.",
    errno.EACCES: " This system does not let it: a broadcast address, or a firewall.",
}  # fmt: skip


def _require_one(address: str, target: Target) -> None:
    """Raises VardeError for addresses that are not those of one host."""
    found = ipaddress.ip_address(address.partition("%")[0])
    kinds = ((found.is_multicast, "a multicast address"), (found.is_unspecified, "no address of a host"), (found == ipaddress.ip_address("255.255.255.255"), "the broadcast address"))
    for wrong, kind in kinds:
        if wrong:
            raise VardeError(f"{target}: {address} is {kind}. Flows are sent to one collector; name its address.")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast: flows a second, or so many times as fast as they came; both 0: as fast as the other end takes them."""

    rate: float = 0.0
    speed: float = 0.0


@dataclass(slots=True)
class Sent:
    """What went out."""

    flows: int = 0
    messages: int = 0
    octets: int = 0


@dataclass(slots=True)
class Replay:
    """One replay to one collector."""

    target: Target
    pace: Pace
    version: int = 10
    domain: int = 1
    shift: bool = False
    "Whether times are moved so that the first flow begins when it is sent."
    sent: Sent = field(default_factory=Sent)
    progress: Callable[[int], None] = lambda flows: None
    "Told how many flows went out."
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _first: int | None = None
    "us since 1970 UTC: when the first flow began."
    _moved: int = 0
    _begun: float = 0.0
    _repeated: float = 0.0
    _since: int = 0
    "Messages since the templates were sent."

    def run(self, batches: Iterable[pl.DataFrame]) -> int:
        """Send batches of the table `flows`, in order of their time. Returns how many flows went short of some fields.

        Raises VardeError where they cannot be sent."""
        channel = self.target.open()
        exporter = Exporter(self.version, channel.room, self.domain, started=_now())
        self._begun = self._repeated = self.clock()
        try:
            for batch in batches:
                for part in self._parts(self._timed(batch)):
                    self._send_part(part, exporter, channel)
            channel.settle()
        except OSError as error:
            raise self.target.failed(error, self.sent.flows) from error
        finally:
            channel.close()
        return exporter.shortened

    def _timed(self, batch: pl.DataFrame) -> pl.DataFrame:
        batch = batch.with_columns(pl.col("time", "end_time").cast(pl.Int64))
        if self._first is None and len(batch):
            self._first = int(batch["time"][0])
            self._moved = _now() - self._first if self.shift else 0
        return batch.with_columns(pl.col("time", "end_time") + self._moved) if self._moved else batch

    def _parts(self, batch: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Rows that are due within a slice of time; all, where nobody asks for their own times."""
        if not self.pace.speed or batch.is_empty():
            yield batch
            return
        slice_us = max(1, int(_SLICE_SECONDS * 1_000_000 * self.pace.speed))
        due = (batch["time"] - (self._first or 0) - self._moved) // slice_us
        for _, part in batch.with_columns(due=due).group_by("due", maintain_order=True):
            yield part.drop("due")

    def _send_part(self, part: pl.DataFrame, exporter: Exporter, channel: Channel) -> None:
        for body in exporter.bodies(part):
            self._wait(body)
            if channel.repeats and self._is_time_for_templates():
                for template in exporter.announcement():
                    self._send(template, exporter, channel)
            self._send(body, exporter, channel)

    def _is_time_for_templates(self) -> bool:
        if self._since < REPEAT_MESSAGES and self.clock() - self._repeated < REPEAT_SECONDS:
            return False
        self._repeated, self._since = self.clock(), 0
        return True

    def _send(self, body: Body, exporter: Exporter, channel: Channel) -> None:
        message = exporter.stamp(body, _now())
        channel.send(message)
        if not self.sent.messages:
            channel.settle()  # a port that is closed says so now, before a thousand flows went to nobody
        self.sent.flows += body.records
        self.sent.messages += 1
        self.sent.octets += len(message)
        self._since += 1
        if body.records:
            self.progress(self.sent.flows)

    def _wait(self, body: Body) -> None:
        """Until a message is due."""
        due = self._begun
        if self.pace.rate:
            due += self.sent.flows / self.pace.rate
        elif self.pace.speed and self._first is not None and body.records:
            due += (body.time - self._moved - self._first) / 1_000_000 / self.pace.speed
        while (rest := due - self.clock()) > 0:
            self.sleep(min(rest, 1.0))


def _now() -> int:
    return time.time_ns() // 1000
