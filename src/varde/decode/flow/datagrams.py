"""What a flow decoder is given: export datagrams or messages, joined, and where each begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UDP = 0
"""`transport` of datagrams. A TCP connection or a file has a number of its own, because templates live and die with it."""

UNKNOWN = bytes(16)
"""Exporter of a file of messages that does not say who sent them."""


@dataclass(frozen=True, slots=True)
class Datagrams:
    """Arrays of one entry a datagram over one buffer. Nothing is copied: the buffer must stay as it is while they are decoded."""

    octets: NDArray[np.uint8]
    start: NDArray[np.int64]
    "Where each begins in `octets`."
    length: NDArray[np.int64]
    received: NDArray[np.int64]
    "us since 1970 UTC."
    exporter: NDArray[np.uint8]
    "(n, 16): sender's address, network order, IPv4 as ::ffff:a.b.c.d; zeros where nobody knows."
    transport: NDArray[np.int64]
    offset: NDArray[np.int64]
    "Where each begins in its file or stream; what the column `offset` says."

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(
        cls, payloads: Sequence[bytes], exporter: bytes | Sequence[bytes] = UNKNOWN, received: int | Sequence[int] = 0,
        transport: int = UDP, offset: Sequence[int] | None = None,
    ) -> "Datagrams":  # fmt: skip
        """Datagrams of payloads that lie apart."""
        count = len(payloads)
        length = np.fromiter(map(len, payloads), np.int64, count)
        start = np.cumsum(length) - length
        senders = b"".join([exporter] * count if isinstance(exporter, bytes) else exporter)
        return cls(
            np.frombuffer(b"".join(payloads), np.uint8), start, length, np.broadcast_to(np.asarray(received, np.int64), (count,)),
            np.frombuffer(senders, np.uint8).reshape(count, 16), np.full(count, transport, np.int64),
            start if offset is None else np.asarray(offset, np.int64),
        )  # fmt: skip
