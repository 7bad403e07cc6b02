"""Exports of flows over UDP: the collector's side of the receiving process and its ring."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from varde.collect import receiver
from varde.collect.receiver import ENTRIES, OCTETS, SIZE, SOCKETS_MAX, UNKNOWN, Ring
from varde.collect.syslog import Address, bound_socket, enlarge
from varde.model import VardeError

BATCH_SECONDS = 0.1
"""A batch closes after this long, so that a warning stays under a second."""

DATAGRAMS_A_BATCH = 8192
"""At most in one batch: more cost memory, fewer cost a round of small calls each."""

STREAM = 16
"""Datagrams in a quarter of a batch's time are a stream, of some ten thousand flows a second and more: in small batches it would cost
three times as much."""

END_SECONDS = 2.0
"""Given to the process to end by itself, when nobody reads what it takes."""

REST_SECONDS = 0.002
"""Between looks for what the process takes at the end."""

RECEIVE_BUFFER = 192 * 1024 * 1024
"""Octets asked of the kernel for each socket: what comes while the receiver is started again, or is more than can be read for some
seconds. Datagrams of 24 flows that wait take twice their size: four seconds of a million flows a second. Only what waits takes memory."""

RECEIVE_SHARE = 16
"""Of a machine with little memory no more than this part, for the kernel takes up to twice what it is asked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Datagrams in the order in which they came. Columns have one entry for each."""

    octets: NDArray[np.uint8]
    "All datagrams, and what may lie between them."
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    received: NDArray[np.int64]
    "us since 1970 UTC."
    address: NDArray[np.uint8]
    "(n, 16) of the senders, IPv4 as ::ffff:a.b.c.d."
    port: NDArray[np.int64]
    "Of the senders."
    socket: NDArray[np.int64]
    "Number of the address that was listened on, or of the connection."
    is_stream: bool = False
    "Came over a TCP connection."

    def __len__(self) -> int:
        return len(self.start)


@dataclass(slots=True)
class FlowReceiver:
    """Listens on UDP addresses in a process of its own. Raises VardeError where none of them can be opened."""

    restarts: int = 0
    "Times that the process had to be started again."
    _sockets: list[socket.socket] = field(default_factory=list)
    _shared: int = -1
    _ring: Ring | None = None
    _process: "subprocess.Popen[bytes] | None" = None
    _lifeline: int = -1
    _bell: tuple[int, int] = (-1, -1)

    def open(self, address: Address) -> Address:
        """Bind one address; the answer has the port that was really taken. Raises VardeError when it cannot.

        A process that runs already is replaced by one that knows this socket too; what comes meanwhile waits in the kernel."""
        if len(self._sockets) == SOCKETS_MAX:
            raise VardeError(f"cannot listen on {address}: at most {SOCKETS_MAX} addresses are listened on for flows.")
        inlet = bound_socket(address)
        enlarge(inlet, min(RECEIVE_BUFFER, _memory() // RECEIVE_SHARE))
        self._sockets.append(inlet)
        if self._process is not None:
            self._end()
            self._spawn()
        return Address(address.scheme, address.host, inlet.getsockname()[1])

    @property
    def listens(self) -> bool:
        """Whether there is anything to read from."""
        return self._ring is not None

    def start(self) -> None:
        """Start the process. What came since `open` waits in the sockets."""
        self._shared = _shared_memory()
        self._ring = Ring(self._shared)
        self._bell = os.pipe()
        for end in self._bell:
            os.set_blocking(end, False)
        self._spawn()

    def _spawn(self) -> None:
        ear, self._lifeline = os.pipe()
        files = [self._shared, ear, self._bell[1], *(inlet.fileno() for inlet in self._sockets)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - no shell, and words of ours
                [sys.executable, "-I", receiver.__file__, *map(str, files)], pass_fds=files, stdin=subprocess.DEVNULL
            )
        finally:
            os.close(ear)

    def read(self, seconds: float = BATCH_SECONDS) -> Taken | None:
        """What has come, after at most `seconds`; None where nothing has. A process that died is started again."""
        assert self._ring is not None
        if not self._written() and not self._wait(seconds):
            self._revive()
            return None
        gather = min(seconds, BATCH_SECONDS)
        if self._written() < DATAGRAMS_A_BATCH:  # what comes at once is read at once
            time.sleep(gather / 4)
        if STREAM <= self._written() < DATAGRAMS_A_BATCH:  # a stream is read in batches
            time.sleep(gather * 3 / 4)
        return self._take(min(self._written(), DATAGRAMS_A_BATCH))

    def _written(self) -> int:
        assert self._ring is not None
        head = self._ring.header[0]
        return int(head["written"]) - int(head["taken"])

    def _wait(self, seconds: float) -> bool:
        select.select([self._bell[0]], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell[0], 4096)
        return self._written() > 0

    def _take(self, count: int) -> Taken:
        ring = self._ring
        assert ring is not None
        taken = int(ring.header["taken"][0])
        entries = ring.entries[np.arange(taken, taken + count) % ENTRIES]
        start, length = entries["start"].astype(np.int64), entries["length"].astype(np.int64)
        first, end = int(start[0]), int(start[-1] + length[-1])
        octets = _copied(ring.octets, first, end)
        batch = Taken(
            octets, start - first, length, entries["received"].astype(np.int64), np.ascontiguousarray(entries["address"]),
            entries["port"].astype(np.int64), entries["socket"].astype(np.int64),
        )  # fmt: skip
        ring.header["octets_taken"], ring.header["taken"] = end, taken + count
        return batch

    def dropped(self) -> list[int | None]:
        """Datagrams that the kernel dropped at each address since it was opened; None where it does not tell."""
        assert self._ring is not None
        told = self._ring.header["dropped"][0, : len(self._sockets)].tolist()
        return [None if count == UNKNOWN else count for count in told]

    def buffers(self) -> list[int]:
        """Octets that the kernel really gave each socket: a small one is why datagrams are dropped."""
        return [inlet.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for inlet in self._sockets]

    def _revive(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.restarts += 1
            self.finish()
            self._spawn()

    def finish(self) -> None:
        """Ask the process to take what waits in the sockets, and to end. `rest` has what comes of it."""
        if self._process is not None and self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def rest(self) -> Taken | None:
        """After `finish`: what was received and not yet read; None when that was all."""
        while self._ring is not None:
            ended = self._process is None or self._process.poll() is not None
            if written := self._written():
                return self._take(min(written, DATAGRAMS_A_BATCH))
            if ended:
                break
            time.sleep(REST_SECONDS)
        return None

    def close(self) -> None:
        """End the process and close the sockets: what they still hold is lost."""
        if self._process is not None:
            self._end()
        for inlet in self._sockets:
            inlet.close()
        for file in self._bell:
            if file >= 0:
                os.close(file)
        self._bell = (-1, -1)

    def _end(self) -> None:
        assert self._process is not None
        self.finish()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _copied(ring: NDArray[np.uint8], first: int, end: int) -> NDArray[np.uint8]:
    """What lies between two places of a ring, in one piece: the writer may use the room as soon as it is taken."""
    begin, size = first % OCTETS, end - first
    if begin + size <= OCTETS:
        return ring[begin : begin + size].copy()
    return np.concatenate([ring[begin:], ring[: begin + size - OCTETS]])


def _memory() -> int:
    """Octets of memory that the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _shared_memory() -> int:
    """An open file in memory, of the ring's size, that vanishes with the last process that has it open."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("varde-flows")
    else:
        with tempfile.TemporaryFile() as made:
            file = os.dup(made.fileno())
    os.ftruncate(file, SIZE)
    return file



