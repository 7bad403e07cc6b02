"""The webhook: signed, tried again until it is taken, and sent to nobody else."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ends import certificate, free_port, hooks
from warned import warning

from varde.deliver import SinkError, SinkSettings, sink_of
from varde.model import VardeError


def settings(url: str, **more: Any) -> SinkSettings:
    return SinkSettings(name="hook", kind="webhook", url=url, timeout=1.0, **more)


def test_a_warning_is_posted_as_json_and_signed(tmp_path: Path) -> None:
    secret, token = tmp_path / "secret", tmp_path / "token"
    secret.write_text("very secret\n")
    token.write_text("let me in\n")
    row = warning()
    with hooks() as server:
        answer = sink_of(settings(f"http://127.0.0.1:{server.port}/x?y=1", secret_file=secret, token_file=token)).send([row])
    assert answer == "200 OK: said  [31m  so"
    (post,) = server.posts
    assert post.path == "/x?y=1"
    assert json.loads(post.body) == row
    assert post.headers["Content-Type"] == "application/json"
    assert post.headers["Authorization"] == "Bearer let me in"
    stamp = post.headers["X-Varde-Timestamp"]
    assert abs(int(stamp) - time.time()) < 60
    expected = hmac.new(b"very secret", stamp.encode() + b"." + post.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(post.headers["X-Varde-Signature"], f"sha256={expected}")


def test_without_a_secret_nothing_is_signed() -> None:
    with hooks() as server:
        sink_of(settings(f"http://127.0.0.1:{server.port}")).send([warning()])
    assert not {"X-Varde-Signature", "Authorization"} & set(server.posts[0].headers)


@pytest.mark.parametrize(("status", "final"), [(500, False), (503, False), (401, False), (404, False), (429, False), (302, False), (400, True), (413, True), (422, True)])
def test_an_answer_says_whether_to_try_again(status: int, final: bool) -> None:
    with hooks(status) as server, pytest.raises(SinkError, match=f"answers {status} ") as caught:
        sink_of(settings(f"http://127.0.0.1:{server.port}/secret-path")).send([warning()])
    assert caught.value.final == final
    assert "secret-path" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_how_long_to_wait_is_taken_from_the_answer_within_reason() -> None:
    for said, expected in (("120", 120.0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0), ("9" * 400, 0.0), ("-5", 0.0)):
        with hooks((429, {"Retry-After": said})) as server, pytest.raises(SinkError) as caught:
            sink_of(settings(f"http://127.0.0.1:{server.port}")).send([warning()])
        assert caught.value.after == expected


def test_a_redirect_is_followed_on_the_same_host_only() -> None:
    with hooks() as other, hooks((307, {"Location": "/there"}), 200, (308, {"Location": f"http://127.0.0.1:{other.port}/"})) as server:
        sink = sink_of(settings(f"http://127.0.0.1:{server.port}/here"))
        sink.send([warning()])
        assert [post.path for post in server.posts] == ["/here", "/there"]
        with pytest.raises(SinkError, match="another host"):
            sink.send([warning()])
        assert not other.posts
    with hooks(*[(307, {"Location": "/again"})] * 9) as server, pytest.raises(SinkError, match="redirects more than"):
        sink_of(settings(f"http://127.0.0.1:{server.port}")).send([warning()])


@pytest.mark.parametrize("location", ["https://127.0.0.1:{port}/", "//evil.example/", "file:///etc/passwd", "http://127.0.0.1:{port}@evil.example/", "http://["])
def test_no_redirect_leads_elsewhere(location: str) -> None:
    with hooks((307, {"Location": location})) as server, pytest.raises(SinkError, match=r"another host|no web address"):
        sink_of(settings(f"http://127.0.0.1:{server.port}")).send([warning()])
    assert len(server.posts) == 1


def test_an_end_that_hangs_drops_or_babbles_is_an_error_in_time() -> None:
    with hooks(3.0) as server, pytest.raises(SinkError, match="timed out"):
        sink_of(settings(f"http://127.0.0.1:{server.port}")).send([warning()])
    with pytest.raises(SinkError, match="connection refused"):
        sink_of(settings(f"http://127.0.0.1:{free_port()}")).send([warning()])
    with socket.create_server(("127.0.0.1", 0)) as babbler:
        def babble() -> None:
            connection, _ = babbler.accept()
            connection.recv(65536)
            connection.sendall(b"\x00\xff no http\r\n" * 100)
            connection.close()

        threading.Thread(target=babble, daemon=True).start()
        with pytest.raises(SinkError, match="cannot post"):
            sink_of(settings(f"http://127.0.0.1:{babbler.getsockname()[1]}")).send([warning()])


def test_https_asks_for_the_right_certificate(tmp_path: Path) -> None:
    mine, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine, key)
    with hooks(tls=context) as server:
        with pytest.raises(SinkError, match="certificate verify failed"):
            sink_of(settings(f"https://localhost:{server.port}")).send([warning()])
        assert not server.posts
        sink_of(settings(f"https://localhost:{server.port}", ca=mine)).send([warning()])
        assert len(server.posts) == 1


@pytest.mark.parametrize(("form", "kind"), [("slack", "application/json"), ("teams", "application/json"), ("ntfy", "text/plain; charset=utf-8")])
def test_chats_get_their_own_words(form: str, kind: str) -> None:
    with hooks() as server:
        sink_of(settings(f"http://127.0.0.1:{server.port}", format=form)).send([warning()])
    assert server.posts[0].headers["Content-Type"] == kind
    assert b"10.0.0.5:443 -" in server.posts[0].body


def test_what_is_no_web_address_is_said_without_repeating_it(tmp_path: Path) -> None:
    for url in ("ftp://x/", "https://", "https://u:secret@h/", "http://x:99999/", "http://x/\r\nEvil: 1", "http://x/a b"):
        with pytest.raises(VardeError, match="no web address") as caught:
            sink_of(settings(url))
        assert "secret" not in str(caught.value)
    with pytest.raises(VardeError, match="needs url"):
        sink_of(settings(""))
    with pytest.raises(VardeError, match="cannot read"):
        sink_of(SinkSettings(name="hook", kind="webhook", url_file=tmp_path / "absent"))
