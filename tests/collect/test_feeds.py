"""Lists by URL, against a server on loopback that does what servers do wrong."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from varde.collect.feed_terms import FeedError, Limits, check_url
from varde.collect.feeds import fetch
from varde.model import VardeError

LIST = b"203.0.113.5\n203.0.113.6\n"
BOMB = gzip.compress(bytes(5_000_000))
SMALL = Limits(octets=100_000, seconds=3.0, silence=1.5)


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; `asked` has the headers of every request."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        _PATHS[self.path](self)

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def answer(self, body: bytes, status: int = 200, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_type": "text/plain", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def _slow(handler: _Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(100):
        try:
            handler.wfile.write(b"1")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def _silent(handler: _Handler) -> None:
    time.sleep(4)
    handler.close_connection = True


def _truncated(handler: _Handler) -> None:
    handler.answer(LIST, length=10_000)
    handler.close_connection = True


def _conditional(handler: _Handler) -> None:
    if handler.headers.get("If-None-Match") == '"one"' or handler.headers.get("If-Modified-Since"):
        handler.answer(b"", 304, ETag='"one"')
    else:
        handler.answer(LIST, ETag='"one"', Last_Modified="Fri, 20 Nov 2026 00:00:00 GMT")


def _elsewhere(handler: _Handler) -> None:
    port = handler.server.server_address[1]
    handler.answer(b"", 302, Location=f"http://localhost:{port}/list")


_PATHS: dict[str, Callable[[_Handler], None]] = {
    "/list": lambda h: h.answer(LIST),
    "/gzip": lambda h: h.answer(gzip.compress(LIST), Content_Encoding="gzip"),
    "/list.gz": lambda h: h.answer(gzip.compress(LIST), content_type="application/gzip"),
    "/cut.gz": lambda h: h.answer(gzip.compress(LIST * 50)[:-12]),
    "/bomb": lambda h: h.answer(BOMB, Content_Encoding="gzip"),
    "/huge": lambda h: h.answer(b"1" * 200_000),
    "/slow": _slow, "/silent": _silent, "/truncated": _truncated, "/conditional": _conditional,
    "/near": lambda h: h.answer(b"", 301, Location="/list"),
    "/elsewhere": _elsewhere,
    "/loop": lambda h: h.answer(b"", 302, Location="/loop"),
    "/scheme": lambda h: h.answer(b"", 302, Location="ftp://127.0.0.1/list"),
    "/html": lambda h: h.answer(b"<p>sorry</p>", content_type="text/html; charset=utf-8"),
    "/page": lambda h: h.answer(b"\n <!DOCTYPE html><html>sorry"),
    "/image": lambda h: h.answer(b"GIF89a", content_type="image/gif"),
    "/500": lambda h: h.answer(b"oops", 500),
    "/404": lambda h: h.answer(b"no", 404),
}  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up in the middle of an answer are what these tests are about."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    asked: list[tuple[str, dict[str, str]]] = []
    made = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"asked": asked}))
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}", asked
    made.shutdown()
    made.server_close()


Server = tuple[str, list[tuple[str, dict[str, str]]]]


@pytest.mark.parametrize("path", ["/list", "/gzip", "/list.gz", "/near"])
def test_a_list_is_fetched_plain_compressed_and_where_the_host_has_moved_it(server: Server, path: str) -> None:
    assert fetch(server[0] + path, limits=SMALL).data == LIST


@pytest.mark.parametrize(("path", "said"), [
    ("/huge", "more than 100,000 octets"), ("/bomb", "more than 100,000 octets"), ("/slow", "within the time"), ("/silent", "said nothing for 1.5 s"),
    ("/truncated", "without sending complete message body"), ("/cut.gz", "ends too early"), ("/elsewhere", "another host"), ("/scheme", "another host"),
    ("/loop", "redirects more than 3 times"), ("/html", "text/html"), ("/page", "web page"), ("/image", "image/gif"), ("/500", "500"), ("/404", "404 Not Found"),
])  # fmt: skip
def test_what_is_no_list_is_said_within_its_bounds(server: Server, path: str, said: str) -> None:
    began = time.monotonic()
    with pytest.raises(FeedError, match=said):
        fetch(server[0] + path, limits=SMALL)
    assert time.monotonic() - began < 10


def test_an_unchanged_list_is_not_sent_again(server: Server) -> None:
    first = fetch(server[0] + "/conditional", limits=SMALL)
    assert (first.data, first.etag) == (LIST, '"one"')
    assert fetch(server[0] + "/conditional", etag=first.etag, limits=SMALL).data is None
    assert fetch(server[0] + "/conditional", last_modified=first.last_modified, limits=SMALL).data is None
    assert server[1][1][1]["if-none-match"] == '"one"'
    assert server[1][0][1]["user-agent"].startswith("varde/")


def test_a_redirect_never_reaches_another_host(server: Server) -> None:
    with pytest.raises(FeedError):
        fetch(server[0] + "/elsewhere", limits=SMALL)
    assert [path for path, _ in server[1]] == ["/elsewhere"]


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(FeedError, match=r"http://127\.0\.0\.1:9/list: connection refused$"):
        fetch("http://127.0.0.1:9/list", limits=SMALL)


@pytest.mark.parametrize("url", ["http://lists.example/x", "ftp://lists.example/x", "gopher:x", "", "https://", "http://[::1", "https://me:secret@lists.example/x", "https://x:99999/"])
def test_addresses_that_are_not_fetched(url: str) -> None:
    with pytest.raises(VardeError) as said:
        check_url(url)
    assert "secret" not in str(said.value)


@pytest.mark.parametrize("url", ["https://lists.example/x?y=1", "http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]/x"])
def test_addresses_that_are_fetched(url: str) -> None:
    assert check_url(url) == url
