"""A real rsyslog takes warnings over UDP and TCP, in both forms and framings, goes away, comes back, and misses none."""

import contextlib
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import wait_for
from tests.warned import warning
from varde.deliver import Delivery, SinkSettings, sink_of

pytestmark = pytest.mark.peer("rsyslogd")

TEMPLATE = r'template(name="seen" type="string" string="%syslogfacility-text%.%syslogseverity-text% %hostname% %programname% %msgid% %structured-data% |%msg%\n")'


def free_ports() -> tuple[int, int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1], tcp.getsockname()[1]


@contextlib.contextmanager
def rsyslog(folder: Path, udp: int, tcp: int) -> Iterator[Path]:
    """rsyslogd that writes all it takes, as it understands it, to the file that is yielded."""
    config, seen = folder / "rsyslog.conf", folder / "seen.log"
    config.write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imudp")\nmodule(load="imtcp")\n{TEMPLATE}\n'
        f'input(type="imudp" address="127.0.0.1" port="{udp}")\ninput(type="imtcp" address="127.0.0.1" port="{tcp}")\n'
        f'action(type="omfile" file="{seen}" template="seen" flushOnTXEnd="on")\n'
    )  # fmt: skip
    with running(config, lambda: f":{udp:04X} " in Path("/proc/net/udp").read_text() and f":{tcp:04X} " in Path("/proc/net/tcp").read_text()):
        yield seen


@contextlib.contextmanager
def running(config: Path, listens: Callable[[], bool]) -> Iterator[None]:
    """rsyslogd of a configuration, from when it listens."""
    process = subprocess.Popen([find_peer("rsyslogd"), "-n", "-iNONE", "-f", str(config)], cwd=config.parent, stderr=subprocess.DEVNULL)
    try:
        wait_for(listens)
        yield
    finally:
        process.terminate()
        process.wait(10)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("rfc", [3164, 5424])
@pytest.mark.parametrize(("scheme", "framing"), [("udp", "octets"), ("tcp", "octets"), ("tcp", "lf")])
def test_rsyslog_understands_what_is_sent(tmp_path: Path, scheme: str, framing: str, rfc: int) -> None:
    udp, tcp = free_ports()
    rows = [warning(src=f"10.0.0.{number}") for number in range(1, 6)]
    with rsyslog(tmp_path, udp, tcp) as seen:
        address = f"{scheme}://127.0.0.1:{udp if scheme == 'udp' else tcp}"
        sink = sink_of(SinkSettings(name="siem", kind="syslog", address=address, rfc=rfc, framing=framing, hostname="gw"))
        sink.send(rows)
        wait_for(lambda: len(lines(seen)) == len(rows))
        sink.close()
    for row, line in zip(rows, lines(seen), strict=True):
        head, _, message = line.partition(" |")
        assert message.strip() == "FLOWHIT " + row["line"].partition(" : ")[2]
        assert re.match(r"local0\.warning gw varde FLOWHIT \[varde@32473 .*\]", head) if rfc == 5424 else head == "local0.warning gw varde - -"


def test_nothing_is_lost_while_rsyslog_is_away(tmp_path: Path) -> None:
    udp, tcp = free_ports()
    said: list[str] = []
    sinks = {
        name: ("syslog", sink_of(SinkSettings(name=name, kind="syslog", address=f"{name}://127.0.0.1:{port}", hostname="gw", facility=facility)))
        for name, port, facility in (("udp", udp, "local1"), ("tcp", tcp, "local2"))
    }
    delivery = Delivery(sinks, tmp_path / "journal", said.append)
    delivery.start()
    numbers = iter(range(1, 1000))

    def tell(count: int) -> None:
        for _ in range(count):
            number = next(numbers)
            delivery.tell([warning(src=f"10.0.{number >> 8}.{number & 255}")])

    for _ in range(2):
        with rsyslog(tmp_path, udp, tcp):
            tell(20)
            wait_for(lambda: all(not status.waiting for status in delivery.status()), 60)
        tell(20)
        wait_for(lambda: all(status.error for status in delivery.status()))
    with rsyslog(tmp_path, udp, tcp) as seen:
        wait_for(lambda: all(not status.waiting for status in delivery.status()), 120)
        wait_for(lambda: "10.0.0.80:" in lines(seen)[-1])
    delivery.stop()
    for facility in ("local1", "local2"):
        told = {found[1] for line in lines(seen) if line.startswith(facility) and (found := re.search(r"FLOWHIT (10\.0\.0\.[0-9]+):", line))}
        assert told == {f"10.0.0.{number}" for number in range(1, 81)}
    assert any("it works again" in text for text in said)
