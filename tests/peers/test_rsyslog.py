"""A real rsyslog forwards firewall lines in every form it knows, and they are on the page."""

import contextlib
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import up, wait_for

pytestmark = pytest.mark.peer("rsyslogd")

FORMS = {
    2201: ("udp", "RSYSLOG_TraditionalForwardFormat", ""),
    2202: ("udp", "RSYSLOG_SyslogProtocol23Format", ""),
    2203: ("udp", "RSYSLOG_ForwardFormat", ""),
    2204: ("tcp", "RSYSLOG_TraditionalForwardFormat", ""),
    2205: ("tcp", "RSYSLOG_SyslogProtocol23Format", 'TCP_Framing="octet-counted"'),
    2206: ("tcp", "RSYSLOG_TraditionalForwardFormat", 'TCP_Framing="octet-counted"'),
    2207: ("tcp", "RSYSLOG_SyslogProtocol23Format", ""),
}
"""Destination port of the packet -> transport, template and framing that rsyslog forwards it with."""


def _configuration(folder: Path, inlet: int, udp: int, tcp: int) -> str:
    lines = [f'global(workDirectory="{folder}")', 'module(load="imudp")', f'input(type="imudp" address="127.0.0.1" port="{inlet}")']
    for port, (transport, template, framing) in FORMS.items():
        target = udp if transport == "udp" else tcp
        lines.append(
            f'if $msg contains ":{port}, len" or $msg contains "DPT={port} " then action(type="omfwd" target="127.0.0.1" port="{target}" '
            f'protocol="{transport}" template="{template}" {framing})'
        )
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def rsyslog(folder: Path, udp: int, tcp: int) -> Iterator[int]:
    """rsyslogd with its own folder and ports; yields the port that takes messages."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        inlet = probe.getsockname()[1]
    config = folder / "rsyslog.conf"
    config.write_text(_configuration(folder, inlet, udp, tcp))
    process = subprocess.Popen([find_peer("rsyslogd"), "-n", "-iNONE", "-f", str(config)], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: f":{inlet:04X}" in Path("/proc/net/udp").read_text())
        yield inlet
    finally:
        process.terminate()
        process.wait(10)


def test_every_form_of_forwarding_shows_on_the_page(tmp_path: Path) -> None:
    with up(tmp_path) as varde, rsyslog(tmp_path, varde.port("udp"), varde.port("tcp")) as inlet:
        live = varde.live()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for port in FORMS:
            line = f"in:ether1 out:(unknown 0), src-mac 00:00:5e:00:53:01, proto TCP (SYN), 198.51.100.9:5555->192.0.2.1:{port}, len 40"
            sender.sendto(f"<134>{datetime.now(timezone.utc):%b %e %H:%M:%S} gw firewall,info BLOCK input: {line}".encode(), ("127.0.0.1", inlet))
        wait_for(lambda: set(live.ports()) >= set(FORMS))
        assert Counter(live.ports()) == dict.fromkeys(FORMS, 1)
    with up(tmp_path, listen=()) as again:
        stored = again.get("records?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&action=all")["records"]
        assert {record["dst_port"] for record in stored} == set(FORMS)
        assert {record["action"] for record in stored} == {"block"}
        assert {record["sensor"] for record in stored} == {"127.0.0.1"}


def test_kernel_lines_through_rsyslog_keep_every_field(tmp_path: Path) -> None:
    with up(tmp_path) as varde, rsyslog(tmp_path, varde.port("udp"), varde.port("tcp")) as inlet:
        live = varde.live()
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for port in FORMS:
            message = (
                "<4>Nov 21 16:51:37 fw kernel: [12345.678901] DROP IN=eth0 OUT= MAC=00:00:5e:00:53:02:00:00:5e:00:53:fe:08:00 SRC=203.0.113.9 "
                f"DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=40000 DPT={port} WINDOW=1024 RES=0x00 SYN URGP=0 "
            )
            sender.sendto(message.encode(), ("127.0.0.1", inlet))
        wait_for(lambda: set(live.ports()) >= set(FORMS))
    with up(tmp_path, listen=()) as again:
        rows = again.get("records?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&action=all")["records"]
        assert len(rows) == len(FORMS)
        for row in rows:
            assert (row["src_addr"], row["ip_id"], row["tcp_window"], row["ttl"]) == ("203.0.113.9", 54321, 1024, 245)
            assert (row["rule"], row["action"], row["tcp_flags"], row["src_mac"]) == ("DROP", "block", "SYN", "00:00:5e:00:53:fe")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_rsyslog_is_not_needed_for_tls(tmp_path: Path) -> None:
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True)
    config = tmp_path / "varde.toml"
    config.write_text(f'[syslog]\ncertificate = "{tmp_path}/cert.pem"\nkey = "{tmp_path}/key.pem"\n')
    with up(tmp_path, "--config", str(config), listen=("tls://127.0.0.1:0",)) as varde:
        live = varde.live()
        message = (
            b"<134>1 2026-11-20T11:32:42+00:00 fw3 filterlog 92653 - - 7,,,1000000102,igb0,match,block,in,4,0x0,,64,19008,0,DF,6,tcp,60,"
            b"198.51.100.7,192.0.2.1,42970,8022,0,S,523876198,,64240,,mss"
        )
        client = subprocess.Popen(
            ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{varde.port('tls')}"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert client.stdin is not None
        client.stdin.write(b"%d %s" % (len(message), message))
        client.stdin.flush()
        wait_for(lambda: 8022 in live.ports())
        client.kill()
        client.wait()
