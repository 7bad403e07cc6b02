"""The other ends of sinks: small servers on the loopback that can hang, refuse and go away."""

import contextlib
import http.server
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Certificate and key of a server named so, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificates of this test")
    made = (folder / f"{name}.pem", folder / f"{name}.key")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([*command, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", made[1], "-out", made[0]], check=True, capture_output=True)
    return made


@dataclass
class Receiver:
    """A syslog server: keeps all octets of each connection; `close` drops those that are open and its port."""

    port: int
    tls: ssl.SSLContext | None = None
    texts: list[bytearray] = field(default_factory=list)
    _server: socket.socket | None = None
    _open: list[socket.socket] = field(default_factory=list)

    def open(self) -> "Receiver":
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()
        return self

    def text(self) -> bytes:
        return b"".join(bytes(text) for text in self.texts)

    def close(self) -> None:
        assert self._server is not None
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        text = bytearray()
        with contextlib.suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            self.texts.append(text)
            while piece := connection.recv(65536):
                text += piece


@dataclass
class Post:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hooks:
    """A web server whose answers are scripted: a status, a (status, headers), or seconds to hang; then 200 for ever."""

    script: list[Any]
    posts: list[Post] = field(default_factory=list)
    port: int = 0


@contextlib.contextmanager
def hooks(*script: Any, tls: ssl.SSLContext | None = None) -> Iterator[Hooks]:
    state = Hooks(list(script))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append(Post(self.path, dict(self.headers), body))
            answer = state.script.pop(0) if state.script else 200
            if isinstance(answer, float):
                time.sleep(answer)
                return
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value.format(port=state.port))
            self.end_headers()
            self.wfile.write(b"said \x1b[31m\r\nso")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """A mail server as far as a sender sees it. `refuse` maps a verb to the line it answers with, once."""

    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    encrypted: int = 0
    port: int = 0


class _MailServer(socketserver.ThreadingTCPServer):
    """Knows its mailbox and its certificate; what goes wrong in a session is the session's."""

    daemon_threads = True

    def __init__(self, box: Mailbox, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box, self.tls = box, tls

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Session(socketserver.StreamRequestHandler):
    """One visit of a sender."""

    server: _MailServer

    def handle(self) -> None:
        self.say("220 mail.test ESMTP")
        self.sender, self.recipients = "", list[str]()
        while line := self.rfile.readline():
            verb = line[:4].decode().strip().upper()
            self.say(self.server.box.refuse.pop(verb, "") or _ANSWERS.get(verb, lambda *_: "250 ok")(self, line.decode().strip()))
            if verb == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def ehlo(self, line: str) -> str:
        offered = ["250-STARTTLS"] if self.server.tls and not isinstance(self.request, ssl.SSLSocket) else []
        return "\r\n".join(["250-mail.test", *offered, "250 AUTH PLAIN"])

    def starttls(self, line: str) -> str:
        self.say("220 go ahead")
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        self.server.box.encrypted += 1
        self.rfile.readline()  # EHLO again
        return self.ehlo("")

    def auth(self, line: str) -> str:
        self.server.box.logins.append(line)
        return "235 welcome"

    def mail(self, line: str) -> str:
        self.sender = line.partition("<")[2].partition(">")[0]
        return "250 ok"

    def rcpt(self, line: str) -> str:
        self.recipients.append(line.partition("<")[2].partition(">")[0])
        return "250 ok"

    def data(self, line: str) -> str:
        self.say("354 go on")
        text = b""
        while not text.endswith(b"\r\n.\r\n"):
            text += self.rfile.readline()
        self.server.box.mails.append((self.sender, self.recipients, text.removesuffix(b".\r\n")))
        return "250 queued"


_ANSWERS: dict[str, Callable[[_Session, str], str]] = {
    "EHLO": _Session.ehlo, "STAR": _Session.starttls, "AUTH": _Session.auth, "MAIL": _Session.mail, "RCPT": _Session.rcpt, "DATA": _Session.data,
    "QUIT": lambda *_: "221 bye",
}  # fmt: skip


@contextlib.contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **refuse: str) -> Iterator[Mailbox]:
    box = Mailbox(refuse)
    server = _MailServer(box, tls)
    box.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
