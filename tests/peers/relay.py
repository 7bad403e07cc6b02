"""Stands between an exporter and collectors: all get the same datagrams, and the test has them too."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

SHORT = 0.2


class Relay:
    """Takes datagrams at a socket and sends each to all ports of `ports` on the loopback, in the socket's family."""

    def __init__(self, inlet: socket.socket, ports: Sequence[int] = ()) -> None:
        self.taken: list[bytes] = []
        self.port = int(inlet.getsockname()[1])
        self._inlet, self._ports = inlet, ports
        self._outlet = socket.socket(inlet.family, socket.SOCK_DGRAM)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        inlet.settimeout(SHORT)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                datagram = self._inlet.recv(65_536)
            except TimeoutError:
                if self._ended.is_set():
                    return
                continue
            self.taken.append(datagram)
            send(self._outlet, [datagram], *self._ports)

    def close(self) -> None:
        """Send on what has come by now, and no more."""
        self._ended.set()
        self._thread.join()
        self._inlet.close()
        self._outlet.close()


def send(outlet: socket.socket, payloads: Sequence[bytes], *ports: int) -> None:
    """Send datagrams to ports of the loopback, IPv4 or IPv6 as the socket is."""
    host = "::1" if outlet.family == socket.AF_INET6 else "127.0.0.1"
    for payload in payloads:
        for port in ports:
            with contextlib.suppress(ConnectionRefusedError):
                outlet.sendto(payload, (host, port))


@contextlib.contextmanager
def relay(inlet: socket.socket, *ports: int) -> Iterator[Relay]:
    """Closed at the end, if the test has not done so."""
    made = Relay(inlet, ports)
    try:
        yield made
    finally:
        made.close()
