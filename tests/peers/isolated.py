"""A network of its own, with two ends on its loopback: nothing but the test's own traffic crosses it."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import find_peer

INSIDE, LISTED, OTHER = "10.99.79.2", "203.0.113.5", "10.99.79.9"
INSIDE6, LISTED6 = "2001:db8:a::2", "2001:db8::5"
ADDRESSES = (f"{INSIDE}/32", f"{LISTED}/32", f"{OTHER}/32", f"{INSIDE6}/128", f"{LISTED6}/128")
WATCHED = "net 10.99.79.0/24 or net 2001:db8::/32"
"""What an exporter looks at (pcap-filter(7)): not at what it sends itself."""


@dataclass(frozen=True)
class Network:
    """A network namespace, by its name."""

    name: str

    def inside(self, *command: str) -> list[str]:
        """A command that runs within it."""
        return [str(find_peer("ip")), "netns", "exec", self.name, *command]

    def socket(self, kind: socket.SocketKind, host: str, port: int = 0) -> socket.socket:
        """A bound socket within it: a thread that has entered the namespace makes it, and it stays there."""
        made: list[socket.socket] = []

        def make() -> None:
            with Path("/run/netns", self.name).open() as place:
                if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), 0):
                    raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")
            one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
            one.bind((host, port))
            made.append(one)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        assert made, f"no socket at {host} port {port} in {self.name}"
        return made[0]


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Made for the test and removed after it."""
    ip, made = str(find_peer("ip")), Network(f"varde{uuid.uuid4().hex[:6]}")
    try:
        subprocess.run([ip, "netns", "add", made.name], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine gives no network namespaces: {error.stderr.decode(errors='replace')}")
    try:
        for address in ADDRESSES:
            now = ("nodad",) if ":" in address else ()
            subprocess.run([ip, "-n", made.name, "addr", "add", address, "dev", "lo", *now], check=True)
        subprocess.run([ip, "-n", made.name, "link", "set", "lo", "up"], check=True)
        yield made
    finally:
        subprocess.run([ip, "netns", "del", made.name], check=False)
