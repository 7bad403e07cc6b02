"""A real rsyslog takes warnings inside TLS: it is who its certificate says, it may ask the same of Varde, and what it missed comes later."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deliver.ends import certificate
from tests.peers.running import wait_for
from tests.peers.test_rsyslog_sink import TEMPLATE, free_ports, lines, running
from tests.warned import warning
from varde.deliver import Delivery, SinkSettings, sink_of
from varde.deliver.sink import SinkError

pytestmark = pytest.mark.peer("rsyslogd", "rsyslog-openssl")

ANYONE = 'StreamDriver.AuthMode="anon"'
NAMED = 'StreamDriver.AuthMode="x509/name" PermittedPeer=["gw.example"]'


@contextlib.contextmanager
def rsyslog(folder: Path, port: int, mine: tuple[Path, Path], senders: Path, who: str = ANYONE) -> Iterator[Path]:
    """rsyslogd that takes TLS alone, and writes what it understands to the file that is yielded. `senders` signs their certificates."""
    config, seen = folder / "rsyslog.conf", folder / "seen.log"
    config.write_text(
        f'global(workDirectory="{folder}" DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{senders}"\n'
        f'  DefaultNetstreamDriverCertFile="{mine[0]}" DefaultNetstreamDriverKeyFile="{mine[1]}")\n'
        f'module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" {who})\n{TEMPLATE}\n'
        f'input(type="imtcp" address="127.0.0.1" port="{port}")\naction(type="omfile" file="{seen}" template="seen" flushOnTXEnd="on")\n'
    )  # fmt: skip
    with running(config, lambda: f":{port:04X} " in Path("/proc/net/tcp").read_text()):
        yield seen


def told(path: Path) -> set[str]:
    """Addresses of the warnings that were taken; rsyslog's own lines are none."""
    return {found[1] for line in lines(path) if (found := re.search(r"FLOWHIT (10\.0\.0\.[0-9]+):", line))}


def settings(port: int, **more: object) -> SinkSettings:
    return SinkSettings(name="siem", kind="syslog", address=f"tls://localhost:{port}", hostname="gw", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("rfc", [3164, 5424])
@pytest.mark.parametrize("framing", ["octets", "lf"])
def test_rsyslog_understands_what_is_sent_inside_tls(tmp_path: Path, framing: str, rfc: int) -> None:
    mine, (_, port) = certificate(tmp_path), free_ports()
    rows = [warning(src=f"10.0.0.{number}") for number in range(1, 6)]
    with rsyslog(tmp_path, port, mine, mine[0]) as seen:
        sink = sink_of(settings(port, ca=mine[0], rfc=rfc, framing=framing))
        assert "TLS" in sink.send(rows)
        wait_for(lambda: len(told(seen)) == len(rows))
        sink.close()
    warned = [line for line in lines(seen) if "FLOWHIT" in line]
    for row, line in zip(rows, warned, strict=True):
        head, _, message = line.partition(" |")
        assert message.strip() == "FLOWHIT " + row["line"].partition(" : ")[2]
        assert re.match(r"local0\.warning gw varde FLOWHIT \[varde@32473 .*\]", head) if rfc == 5424 else head == "local0.warning gw varde - -"


def test_an_rsyslog_that_is_not_who_it_should_be_is_told_nothing(tmp_path: Path) -> None:
    mine, (_, port) = certificate(tmp_path), free_ports()
    other, _ = certificate(tmp_path, "elsewhere.test")
    with rsyslog(tmp_path, port, mine, mine[0]) as seen:
        for ca in (None, other):
            with pytest.raises(SinkError, match="certificate verify failed"):
                sink_of(settings(port, ca=ca)).send([warning(src="10.0.0.1")])
        sink = sink_of(settings(port, ca=mine[0]))
        sink.send([warning(src="10.0.0.2")])
        wait_for(lambda: told(seen) == {"10.0.0.2"})
        sink.close()


def test_an_rsyslog_that_asks_for_a_certificate_takes_only_senders_that_show_one_it_knows(tmp_path: Path) -> None:
    mine, (_, port) = certificate(tmp_path), free_ports()
    gateway, strange = certificate(tmp_path, "gw.example"), certificate(tmp_path, "elsewhere.test")
    with rsyslog(tmp_path, port, mine, gateway[0], NAMED) as seen:
        for shown in ((None, None), strange):
            with pytest.raises(SinkError, match="cannot send to tls://"):
                sink_of(settings(port, ca=mine[0], certificate=shown[0], key=shown[1])).send([warning(src="10.0.0.1")])
        sink = sink_of(settings(port, ca=mine[0], certificate=gateway[0], key=gateway[1]))
        sink.send([warning(src="10.0.0.2")])
        wait_for(lambda: told(seen) == {"10.0.0.2"})
        sink.close()


def test_nothing_is_lost_while_rsyslog_is_away(tmp_path: Path) -> None:
    mine, (_, port) = certificate(tmp_path), free_ports()
    said: list[str] = []
    delivery = Delivery({"tls": ("syslog", sink_of(settings(port, ca=mine[0])))}, tmp_path / "journal", said.append)
    delivery.start()
    with rsyslog(tmp_path, port, mine, mine[0]):
        for number in range(1, 21):
            delivery.tell([warning(src=f"10.0.0.{number}")])
        wait_for(lambda: all(not status.waiting for status in delivery.status()), 60)
    for number in range(21, 41):
        delivery.tell([warning(src=f"10.0.0.{number}")])
    wait_for(lambda: all(status.error for status in delivery.status()))
    with rsyslog(tmp_path, port, mine, mine[0]) as seen:
        wait_for(lambda: told(seen) == {f"10.0.0.{number}" for number in range(1, 41)}, 120)
        wait_for(lambda: all(not status.waiting for status in delivery.status()))
    delivery.stop()
    assert any("it works again" in text for text in said)
