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


def test_a_reload_during_the_first_import_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text("")
    log = write_old(tmp_path / "fw.log", firewall_lines(0, 20_000))
    with Up(tmp_path, str(log), *ANY, "--config", "varde.toml") as up:
        up.wait_for("store ")
        assert "listening" not in up.said
        up.process.send_signal(signal.SIGHUP)
        up.wait_for("configuration read again")
        assert up.stop() == 0
    assert stored(tmp_path) == 20_000


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
        for scheme, port, asks in (("udp", udp, "ss -lunp"), ("tcp", tcp, "ss -ltnp")):
            said = up.wait_for(f"cannot listen on {scheme}://127.0.0.1:{port}")
            assert "the port is taken" in said
            assert f"{asks} | grep :{port}" in said
            assert "tries again" in said
        assert "Name another port with --web" in up.wait_for("cannot serve the page")
        send(up.port("listening for syslog on udp"), 100, 5)
        with log.open("ab") as file:
            file.write(firewall_lines(5, 5))
        wait_until(lambda: stored(tmp_path) >= 5)
        assert up.stop(signal.SIGINT) == 0
    assert stored(tmp_path) == 15


def test_a_port_that_was_taken_is_opened_when_it_is_free(tmp_path: Path) -> None:
    held = [_holder("127.0.0.1", kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_STREAM)]
    udp, tcp, page = (one.getsockname()[1] for one in held)
    with Up(tmp_path, "--listen", f"udp://127.0.0.1:{udp}", "--listen", f"tcp://127.0.0.1:{tcp}", "--listen", "udp://127.0.0.1:0",
            "--web", f"127.0.0.1:{page}") as up:  # fmt: skip
        up.wait_for("cannot serve the page")
        for one in held:
            one.close()
        for what in (f"listening for syslog on udp://127.0.0.1:{udp}", f"listening for syslog on tcp://127.0.0.1:{tcp}", f"page at http://127.0.0.1:{page}"):
            assert "could not be opened before" in up.wait_for(what)
        assert up.said.count("cannot listen on udp") == 1  # said once, however often it was tried
        assert {entry["state"] for entry in about(page)["listeners"]} == {"listening"}  # type: ignore[attr-defined]
        sent = send(udp, 0, 5)
        assert up.stop() == 0
    assert stored_lines(Store(tmp_path / "store")) == each_once(sent)


def _holder(host: str, kind: socket.SocketKind) -> socket.socket:
    """A socket that has a port for itself."""
    held = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    held.bind((host, 0))
    if kind == socket.SOCK_STREAM:
        held.listen()
    return held


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("command", "ports"),
    [("listen", "udp"), ("listen", "tcp"), ("listen", "udp tcp"), ("up", "udp http"), ("up", "tcp http"), ("demo", "http")],
)  # fmt: skip
def test_with_every_port_taken_nothing_is_started(tmp_path: Path, command: str, ports: str, host: str) -> None:
    log = write_old(tmp_path / "fw.log", firewall_lines(0, 5))
    schemes = ports.split()
    held = [_holder(host, socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM) for scheme in schemes]
    written = f"[{host}]" if ":" in host else host
    places = [f"{written}:{one.getsockname()[1]}" for one in held]
    arguments = [argument for scheme, place in zip(schemes, places, strict=True)
                 for argument in _asked(command, scheme, place)]  # fmt: skip
    sentence = refused(tmp_path, command, *([str(log)] if command == "up" else []), *arguments, "--quiet")
    for scheme, place in zip(schemes, places, strict=True):
        assert f"{scheme}://{place}: the port is taken" in sentence
        assert f"ss -l{'u' if scheme == 'udp' else 't'}np | grep :{place.rpartition(':')[2]}" in sentence
    assert not (tmp_path / "store").exists()  # nothing was imported
    for one in held:
        one.close()


def _asked(command: str, scheme: str, place: str) -> list[str]:
    if scheme == "http":
        return ["--web", place]
    return [f"{scheme}://{place}"] if command == "listen" else ["--listen", f"{scheme}://{place}"]


def test_a_name_that_is_no_host_and_an_address_of_another_machine_are_said(tmp_path: Path) -> None:
    for host in ("a" * 70, "no-such-host.invalid", "192.0.2.77"):
        sentence = refused(tmp_path, "listen", f"udp://{host}:5599")
        assert f"cannot listen on udp://{host}:5599" in sentence
        assert "no port is open" in sentence


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


def test_the_demo_is_for_this_machine_and_says_so_before_it_makes_anything(tmp_path: Path) -> None:
    assert "others can reach" in refused(tmp_path, "demo", "--web", "0.0.0.0:0")


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


@pytest.mark.parametrize(
    ("text", "words"),
    [('[web]\nlisten = "0.0.0.0:0"', "set [web] token"), ('[web]\nlisten = "[::]:0"\ntoken = "short"', "at least 16 characters"),
     ('[syslog]\nlisten = ["tls://127.0.0.1:0"]', "set certificate and key"), ('[syslog]\ncertificate = "absent.pem"', "cannot use the certificate absent.pem"),
     ('dialects = "absent.toml"', "cannot read the dialects in absent.toml"), ('[geo]\ncountry = "absent.mmdb"', "cannot read the country database absent.mmdb"),
     ('[store]\npath = "varde.toml"', "not a directory"), ('[store]\npath = "strange"', "not a Varde store"),
     ('[[home]]\nnetwork = "192.0.2.1"\nfrom = 2026-03-01\nto = 2026-02-01', "is not after `from`")],
)  # fmt: skip
def test_what_is_wrong_with_the_configuration_is_found_by_its_check_and_before_anything_is_imported(
    tmp_path: Path, text: str, words: str
) -> None:
    write_old(tmp_path / "fw.log", firewall_lines(0, 5))
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "thesis.txt").touch()
    (tmp_path / "varde.toml").write_text(text)
    more = {} if "[store]" not in text else {"VARDE_STORE": ""}
    assert words in refused(tmp_path, "config", "check", "--config", "varde.toml", **more)
    assert words in refused(tmp_path, "up", "fw.log", "--config", "varde.toml", "--quiet", **more)
    assert not (tmp_path / "store").exists()


def test_a_reload_says_what_it_cannot_change(tmp_path: Path) -> None:
    config = tmp_path / "varde.toml"
    config.write_text("")
    with Up(tmp_path, *ANY, "--config", "varde.toml") as up:
        up.port("page at")
        config.write_text('[syslog]\naccept = ["198.51.100.7"]\n')
        up.process.send_signal(signal.SIGHUP)
        assert "[syslog] needs a restart" in up.wait_for("configuration read again")
        assert up.stop() == 0


def test_senders_are_told_apart_though_their_lines_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[[sensor]]\nname = "edge"\naddress = "127.0.0.2"\n[[sensor]]\nname = "abroad"\naddress = "127.0.0.3"\nzone = "Asia/Tokyo"\n')
    unzoned = firewall_line(0).replace(b"2026-11-20T12:00:00+00:00", b"Nov 20 21:00:00")
    with Up(tmp_path, *ANY, "--config", "varde.toml") as up:
        udp, page = up.port("syslog on udp"), up.port("page at")
        for last, lines in ((2, [firewall_line(1), b"<13>cron: nothing"]), (3, [unzoned]), (4, [firewall_line(2), firewall_line(3)])):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((f"127.0.0.{last}", 0))
                for line in lines:
                    sender.sendto(line, ("127.0.0.1", udp))
        wait_until(lambda: stored(tmp_path) + int(about(page, "status")["waiting"]) >= 4)  # type: ignore[call-overload]
        assert up.stop() == 0
    from material import stored as rows

    store = Store(tmp_path / "store")
    assert rows(store)["sensor"].value_counts().sort("sensor").rows() == [("127.0.0.4", 2), ("abroad", 1), ("edge", 1)]
    assert {(row["sensor"], row["outcome"]): row["count"] for row in rows(store, "counters").to_dicts() if row["outcome"] != "lines"} == {
        ("127.0.0.4", "records"): 2, ("abroad", "records"): 1, ("edge", "records"): 1, ("edge", "ignored"): 1,
    }  # fmt: skip


def test_what_the_decoder_has_no_room_for_is_counted_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from varde.app import station as module
    from varde.app.context import Context

    monkeypatch.setattr(module, "QUEUE_OCTETS", 1000)
    station = module.Station(Context(tmp_path / "store", quiet=True))
    for _ in range(10):
        station.take("192.0.2.1", firewall_lines(0, 2))
    kept = sum(len(text) for text in station._arrived().values()) // len(firewall_lines(0, 2))
    assert 0 < kept < 10
    assert station.problems() == [f"{2 * (10 - kept)} lines lost: the decoder is behind"]
    station.take("192.0.2.1", firewall_lines(0, 2))  # there is room again
    assert station._arrived() == {"192.0.2.1": firewall_lines(0, 2)}
