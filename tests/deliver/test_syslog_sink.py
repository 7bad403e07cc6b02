"""Syslog over UDP, TCP and TLS: every octet as the RFCs want it, and nothing lost when the other end goes and comes back."""

import re
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
from ends import Receiver, certificate, free_port
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from material import wait_until
from warned import StandIn, entry, warning

from varde.deliver import SinkError, SinkSettings, sink_of
from varde.deliver.syslog import MESSAGE_MAX, escaped
from varde.model import VardeError

RFC3164 = re.compile(r"<132>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 1-3][0-9] [0-9:]{8} gw varde\[[0-9]+\]: (FLOWHIT .*)")
RFC5424 = re.compile(r'<132>1 [0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z gw varde [0-9]+ FLOWHIT (\[varde@32473 .*?"\]) (FLOWHIT .*)')


def settings(address: str, **more: Any) -> SinkSettings:
    return SinkSettings(name="siem", kind="syslog", address=address, hostname="gw", timeout=3.0, **more)


def told(number: int = 5) -> dict[str, Any]:
    return warning(src=f"10.0.0.{number}")


def said(row: dict[str, Any]) -> str:
    return "FLOWHIT " + row["line"].partition(" : ")[2]


def unframed(text: bytes) -> list[str]:
    """Messages of octet-counted frames; fails where a count is wrong."""
    out = []
    while text:
        count, _, rest = text.partition(b" ")
        out.append(rest[: int(count)].decode())
        assert len(rest) >= int(count)
        text = rest[int(count) :]
    return out


@pytest.mark.parametrize(("rfc", "form"), [(3164, RFC3164), (5424, RFC5424)])
def test_a_datagram_is_one_message(rfc: int, form: re.Pattern[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(5)
        sink = sink_of(settings(f"udp://127.0.0.1:{end.getsockname()[1]}", rfc=rfc))
        assert "no receipts" in sink.send([told(1), told(2)])
        texts = [end.recv(65536).decode() for _ in range(2)]
        sink.close()
    assert [match[2] for text in texts if (match := form.fullmatch(text))] == [said(told(1)), said(told(2))]


def test_structured_data_has_what_rules_ask_for() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        sink_of(settings(f"udp://127.0.0.1:{end.getsockname()[1]}", rfc=5424)).send([told()])
        match = RFC5424.fullmatch(end.recv(65536).decode())
    assert match and match[1].startswith('[varde@32473 src="10.0.0.5" spt="443" dst="203.0.113.5" dpt="51022" proto="tcp" side="dst" ')
    assert match[1].endswith(' pulse="5f0c0a1b2c3d4e5f60718293"]')


@pytest.mark.parametrize("framing", ["octets", "lf"])
def test_tcp_frames_are_counted_or_ended(framing: str) -> None:
    receiver = Receiver(0).open()
    sink = sink_of(settings(f"tcp://127.0.0.1:{receiver.port}", framing=framing))
    sink.send([told(1), told(2)])
    sink.send([told(3)])
    wait_until(lambda: b"10.0.0.3:" in receiver.text() and b"id=1:" in receiver.text().rpartition(b"10.0.0.3:")[2])
    text = receiver.text()
    messages = unframed(text) if framing == "octets" else text.decode().splitlines()
    assert [match[2] for message in messages if (match := RFC3164.fullmatch(message))] == [said(told(n)) for n in (1, 2, 3)]
    assert len(receiver.texts) == 1, "one connection for all"
    sink.close()
    receiver.close()


def test_tls_asks_for_a_certificate_that_is_the_servers(tmp_path: Path) -> None:
    mine, key = certificate(tmp_path)
    other, _ = certificate(tmp_path, "elsewhere.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine, key)
    receiver = Receiver(0, context).open()
    address = f"tls://localhost:{receiver.port}"
    with pytest.raises(SinkError, match="certificate verify failed"):
        sink_of(settings(address)).send([told()])
    with pytest.raises(SinkError, match="certificate verify failed"):
        sink_of(settings(address, ca=other)).send([told()])
    with pytest.raises(SinkError, match=r"certificate verify failed.*not valid for '127.0.0.1'"):
        sink_of(settings(f"tls://127.0.0.1:{receiver.port}", ca=mine)).send([told()])
    assert receiver.text() == b""
    sink = sink_of(settings(address, ca=mine))
    assert "TLS" in sink.send([told(1)])
    sink.send([told(2)])
    wait_until(lambda: receiver.text().count(b"FLOWHIT") == 2)
    assert [match[2] for message in unframed(receiver.text()) if (match := RFC3164.fullmatch(message))] == [said(told(1)), said(told(2))]
    sink.close()
    receiver.close()


def test_a_closed_udp_port_is_noticed_and_everything_comes_when_it_opens() -> None:
    port = free_port(socket.SOCK_DGRAM)
    sink = sink_of(settings(f"udp://127.0.0.1:{port}"))
    for _ in range(2):
        with pytest.raises(SinkError, match="connection refused"):
            sink.send([told(1), told(2)])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", port))
        sink.send([told(1), told(2)])
        assert b"10.0.0.1:" in end.recv(65536) and b"10.0.0.2:" in end.recv(65536)


def test_a_tcp_end_that_goes_is_noticed_before_and_right_after_sending() -> None:
    receiver = Receiver(free_port()).open()
    sink = sink_of(settings(f"tcp://127.0.0.1:{receiver.port}"))
    sink.send([told(1)])
    receiver.close()
    for _ in range(2):
        with pytest.raises(SinkError, match=r"connection refused|was closed|reset|broken pipe"):
            sink.send([told(2)])
    again = Receiver(receiver.port).open()
    sink.send([told(2)])
    wait_until(lambda: b"10.0.0.2:" in again.text())
    again.close()


def test_an_end_that_takes_the_connection_and_reads_nothing_is_an_error_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        accepted: list[Any] = []
        threading.Thread(target=lambda: accepted.append(server.accept()), daemon=True).start()
        sink = sink_of(SinkSettings(name="siem", kind="syslog", address=f"tcp://127.0.0.1:{server.getsockname()[1]}", timeout=0.5))
        with pytest.raises(SinkError, match=r"timed out|takes nothing"):
            sink.send([told()] * 40_000)


@pytest.mark.parametrize("format_", ["json", "ecs", "eve", "cef"])
def test_any_format_goes_by_syslog(format_: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        sink_of(settings(f"udp://127.0.0.1:{end.getsockname()[1]}", format=format_)).send([told()])
        text = end.recv(65536).decode()
    assert re.search(r" gw CEF:0\|Varde" if format_ == "cef" else r" gw varde\[[0-9]+\]: \{", text)


HOSTILE = st.text(st.characters(codec=None) | st.sampled_from('"\\]\n\r\x00\x1b\u2028\udc80'), max_size=80)


@given(HOSTILE)
def test_structured_data_can_be_read_back_and_not_be_left(text: str) -> None:
    value = escaped(text)
    assert value.isprintable() or not value
    assert re.fullmatch(r'(?:[^"\\\]]|\\["\\\]])*', value)
    assert re.sub(r"\\(.)", r"\1", value) == "".join(c if c.isprintable() else " " for c in text)


@settings_of(max_examples=30)
@given(HOSTILE, HOSTILE)
def test_no_list_name_can_begin_another_message(source: str, own: str) -> None:
    frames = []

    class Channel:
        answer = ""

        def send(self, host: str, port: int, made: list[bytes]) -> None:
            frames.extend(made)

    for rfc in (3164, 5424):
        for form in ("line", "json", "cef", "ecs", "eve"):
            sink = sink_of(settings("tcp://127.0.0.1:1", rfc=rfc, framing="lf", format=form))
            sink._channel = Channel()  # type: ignore[attr-defined]
            sink.send([warning(StandIn({"203.0.113.0/24": [entry(source, own, own, "https://x/" + source)]}))])
    assert len(frames) == 10
    assert all(frame.endswith(b"\n") and frame.count(b"\n") == 1 and len(frame) <= MESSAGE_MAX + 1 for frame in frames)
    assert all(frame[:-1].decode().isprintable() for frame in frames)


def test_what_is_no_address_is_said() -> None:
    for address, what in (("", "needs address"), ("siem:514", "is no address"), ("ftp://x:1", "is no address"), ("udp://:1", "no host and port"),
                          ("tcp://x:99999", "no host and port"), ("tcp://a b:1", "no host and port"), ("tcp://x:1/y", "no host and port")):  # fmt: skip
        with pytest.raises(VardeError, match=what):
            sink_of(settings(address))
    with pytest.raises(VardeError, match="must be PEM files"):
        sink_of(settings("tls://x", ca=Path("/nonexistent")))
