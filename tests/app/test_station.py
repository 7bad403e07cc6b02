"""`varde up` as a process: sockets, files, signals, crashes."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cli_run import Up, refused
from material import each_once, firewall_line, firewall_lines, stored_lines, wait_until, write_old

from varde.store import Store

ANY = ("--listen", "udp://127.0.0.1:0", "--listen", "tcp://127.0.0.1:0", "--web", "127.0.0.1:0", "--tz", "UTC")


def send(port: int, first: int, count: int) -> bytes:
    """Datagrams, paced so that the smallest receive buffer holds them. Returns the lines as they should be stored."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for number in range(first, first + count):
            udp.sendto(firewall_line(number), ("127.0.0.1", port))
            if number % 20 == 19:
                time.sleep(0.004)
    return firewall_lines(first, count)


def about(page: int, name: str = "about") -> dict[str, object]:
    answer = httpx.get(f"http://127.0.0.1:{page}/api/{name}", timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def stored(home: Path) -> int:
    return sum(stored_lines(Store(home / "store")).values())


def test_files_are_followed_datagrams_stored_and_both_shown(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", firewall_lines(0, 30))
    with Up(tmp_path, "fw.log", *ANY) as up:
        udp, page = up.port("syslog on udp"), up.port("page at")
        sent = send(udp, 1000, 20)
        with log.open("ab") as file:
            file.write(firewall_lines(30, 10))
        wait_until(lambda: about(page, "why?q=198.18.0.0/15")["events"] == 30 or about(page, "status")["waiting"] == 20)
        assert [entry["state"] for entry in about(page)["listeners"]] == ["listening"] * 3  # type: ignore[attr-defined]
        assert "<html" in httpx.get(f"http://127.0.0.1:{page}/").text.lower()
        assert up.stop() == 0
    assert "Traceback" not in up.said
    assert stored_lines(Store(tmp_path / "store")) == each_once(firewall_lines(0, 40) + sent)


def test_what_arrives_is_sent_to_the_page_at_once(tmp_path: Path) -> None:
    with Up(tmp_path, *ANY, command="up") as up:
        udp, page = up.port("syslog on udp"), up.port("page at")
        with httpx.stream("GET", f"http://127.0.0.1:{page}/api/live", timeout=20) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines) == ": connected"
            send(udp, 0, 3)
            while next(lines) != "event: probes":
                pass
            data = json.loads(next(lines).removeprefix("data: "))
            assert 1 <= data["events"] <= 3
            assert all(plane == "tcp4" and n == 1 for _, plane, _, n in data["points"])
            began = time.monotonic()
            assert up.stop() == 0  # an open stream does not keep it from ending
            assert time.monotonic() - began < 15


def test_two_stations_share_one_store(tmp_path: Path) -> None:
    with Up(tmp_path, *ANY) as one, Up(tmp_path, *ANY) as two:
        ports = [up.port("syslog on udp") for up in (one, two)]
        sent = b"".join(send(port, 1000 * number, 200) for number, port in enumerate(ports))
        pages = [up.port("page at") for up in (one, two)]
        assert len({*ports, *pages}) == 4
        assert [up.stop() for up in (one, two)] == [0, 0]
    assert stored_lines(Store(tmp_path / "store")) == each_once(sent)


def test_kill_9_costs_at_most_what_was_not_committed_and_the_restart_is_clean(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", firewall_lines(5000, 40))
    with Up(tmp_path, "fw.log", *ANY) as up:
        udp, page = up.port("syslog on udp"), up.port("page at")
        assert stored(tmp_path) == 40
        with log.open("ab") as file:
            file.write(firewall_lines(5040, 10))
        send(udp, 0, 30)
        wait_until(lambda: about(page, "status")["waiting"] == 30)
        up.process.kill()
        up.process.wait()
    assert 40 <= stored(tmp_path) <= 80
    with Up(tmp_path, "fw.log", *ANY) as again:
        sent = send(again.port("syslog on udp"), 100, 5)
        again.port("page at")
        assert again.stop() == 0
    lines = stored_lines(Store(tmp_path / "store"))
    assert max(lines.values()) == 1
    assert set(each_once(firewall_lines(5000, 50) + sent)) <= set(lines) <= set(each_once(firewall_lines(5000, 50) + sent + firewall_lines(0, 30)))


def test_a_reload_while_datagrams_arrive_loses_none(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text("")
    with Up(tmp_path, *ANY, "--config", "varde.toml") as up:
        udp = up.port("syslog on udp")
        up.port("page at")
        sent = b""
        for number in range(12):
            sent += send(udp, number * 250, 250)
            if number % 3 == 1:
                up.process.send_signal(signal.SIGHUP)
        up.wait_for("configuration read again")
        assert up.stop() == 0
    assert stored_lines(Store(tmp_path / "store")) == each_once(sent)


def test_a_broken_configuration_is_said_and_the_old_one_stays_in_force(tmp_path: Path) -> None:
    config = tmp_path / "varde.toml"
    config.write_text('[[sensor]]\nname = "edge"\naddress = "127.0.0.1"\n')
    with Up(tmp_path, *ANY, "--config", "varde.toml") as up:
        udp, page = up.port("syslog on udp"), up.port("page at")
        config.write_text("[web]\nlisten = 5\n")
        up.process.send_signal(signal.SIGHUP)
        assert "web.listen" in up.wait_for("the configuration was not taken")
        assert any("not taken" in note for note in about(page, "status")["notes"])  # type: ignore[attr-defined]
        send(udp, 0, 5)
        wait_until(lambda: stored(tmp_path) == 5)
        config.write_text('[[sensor]]\nname = "border"\naddress = "127.0.0.1"\n')
        up.process.send_signal(signal.SIGHUP)
        up.wait_for("configuration read again")
        send(udp, 10, 5)
        wait_until(lambda: stored(tmp_path) == 10 or about(page, "status")["waiting"] == 5)
        assert up.stop() == 0
    from material import stored as rows

    assert rows(Store(tmp_path / "store"))["sensor"].value_counts(sort=True).sort("sensor").rows() == [("border", 5), ("edge", 5)]


@pytest.fixture
def taken() -> Iterator[tuple[int, int, int]]:
    """Ports that somebody else holds: UDP, TCP, and one for the page."""
    udp, tcp, page = (socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_STREAM))
    for held in (udp, tcp, page):
        held.bind(("127.0.0.1", 0))
    tcp.listen()
    page.listen()
    yield udp.getsockname()[1], tcp.getsockname()[1], page.getsockname()[1]
    for held in (udp, tcp, page):
        held.close()


def test_ports_that_are_taken_are_said_and_the_rest_goes_on(tmp_path: Path, taken: tuple[int, int, int]) -> None:
    log = write_old(tmp_path / "fw.log", firewall_lines(0, 5))
    udp, tcp, page = taken
    with Up(tmp_path, "fw.log", "--listen", f"udp://127.0.0.1:{udp}", "--listen", f"tcp://127.0.0.1:{tcp}", "--listen", "udp://127.0.0.1:0",
            "--web", f"127.0.0.1:{page}") as up:  # fmt: skip
        for scheme, port in (("udp", udp), ("tcp", tcp)):
            assert "the port is taken" in up.wait_for(f"cannot listen on {scheme}://127.0.0.1:{port}")
        assert "Name another with --web" in up.wait_for("cannot serve the page")
        send(up.port("listening for syslog on udp"), 100, 5)
        with log.open("ab") as file:
            file.write(firewall_lines(5, 5))
        wait_until(lambda: stored(tmp_path) >= 5)
        assert up.stop(signal.SIGINT) == 0
    assert stored(tmp_path) == 15


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--listen", "http://[::]:1"], "no address to listen on"), (["--listen", "udp://[::"], "no address to listen on"), (["--web", "nowhere"], "no address for the page"),
     (["--web", "127.0.0.1:²"], "no address for the page"), (["--tz", "Nowhere/Atall"], "is no time zone"), (["--as", "nonsense"], "no such dialect"),
     (["nothing.log"], "no such file")],
)  # fmt: skip
def test_wrong_switches_end_it_before_anything_is_opened(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "empty.log").write_text("")
    assert words in refused(tmp_path, "up", *arguments, *(["empty.log"] if arguments[0].startswith("--") else []), "--quiet").split("\n")[-1]


def test_a_page_that_others_can_reach_needs_a_token_of_some_length(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[web]\ntoken = "short"\n')
    for address, more in (("0.0.0.0:0", []), ("[::]:0", ["--config", "varde.toml"])):
        with Up(tmp_path, "--listen", "udp://127.0.0.1:0", "--web", address, *more) as up:
            assert up.process.wait(30) == 2
            assert "set [web] token" in up.said
            assert "Traceback" not in up.said


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("nonsense")
    (tmp_path / "varde.toml").write_text('[syslog]\ncertificate = "cert.pem"\n')
    with Up(tmp_path, "--listen", "tls://127.0.0.1:0", "--config", "varde.toml", command="up") as up:
        assert up.process.wait(30) == 2
        assert "cannot use the certificate cert.pem" in up.said
        assert "Traceback" not in up.said


@pytest.mark.parametrize("script", ["exit 0", "exit 1"])
def test_a_journal_that_may_not_be_read_is_said_once(tmp_path: Path, script: str) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "journalctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with Up(tmp_path, "journal", "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0", PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}") as up:
        said = up.wait_for("journal that may be read")
        assert "systemd-journal" in said
        time.sleep(2.5)  # another look is taken every two seconds
        assert up.said.count("journal that may be read") == 1
        assert up.stop() == 0


def test_listen_stores_without_a_page(tmp_path: Path) -> None:
    with Up(tmp_path, "udp://127.0.0.1:0", "tcp://127.0.0.1:0", command="listen") as up:
        tcp = up.port("syslog on tcp")
        with socket.create_connection(("127.0.0.1", tcp)) as sender:
            sender.sendall(b"".join(b"%d %s" % (len(line), line) for line in [b"<134>" + firewall_line(n).rstrip(b"\n") for n in range(3)]))
            sender.sendall(firewall_lines(3, 3))
        wait_until(lambda: stored(tmp_path) >= 1)
        assert up.stop() == 0
    assert stored(tmp_path) == 6
    assert "page at" not in up.said
