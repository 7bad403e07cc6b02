"""TLS of a stranger, without sockets: octets from the wire in, what was said inside out."""

import contextlib
import ssl

HELLO_MAX = 16 * 1024
"""Octets of the handshake that are kept: a ClientHello fits one record (RFC 8446 section 5.1)."""

_READ = 16 * 1024


class TlsEar:
    """One connection's TLS. `wire` is what came, `inside` what was said once the handshake was done.

    A handshake that fails is no error: `wire` then is what there is to look at."""

    def __init__(self, context: ssl.SSLContext, keep: int) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._keep = keep
        self._is_over = False
        self.is_open = False
        self.is_closed = False
        "The other side said that it is done."
        self.wire = bytearray()
        self.inside = bytearray()
        self.length = 0
        "Octets said inside, kept or not."

    def hear(self, data: bytes) -> bytes:
        """Take octets from the wire; answers those to send."""
        self.wire += data[: (HELLO_MAX if self.is_open else self._keep) - len(self.wire)]
        if not self._is_over:
            self._incoming.write(data)
            self._advance()
        return self._outgoing.read()

    def say(self, data: bytes) -> bytes:
        """Octets to send so that the other side reads these."""
        try:
            self._tls.write(data)
        except ssl.SSLError:
            self._is_over = True
        return self._outgoing.read()

    def _advance(self) -> None:
        try:
            if not self.is_open:
                self._tls.do_handshake()
                self.is_open = True
                del self.wire[HELLO_MAX:]
            while piece := self._tls.read(_READ):
                self.length += len(piece)
                self.inside += piece[: self._keep - len(self.inside)]
            self._close()  # nothing, rather than the wish for more
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:  # no TLS after all, a version nobody speaks, or an alert
            self._is_over = True

    def _close(self) -> None:
        self.is_closed = self._is_over = True
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()  # says that we are done too
