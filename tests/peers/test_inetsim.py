"""A real INetSim is sent mail, asked for pages and logged in to: its service.log tells what the clients did."""

import contextlib
import ftplib
import http.client
import os
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import wait_for
from tests.peers.test_cowrie import _counted, _decoded, _free_ports

pytestmark = [pytest.mark.peer("inetsim"), pytest.mark.skipif(os.geteuid() != 0, reason="INetSim starts as root only")]

CONFIGURATION = """\
start_service smtp
start_service http
start_service ftp
service_bind_address 127.0.0.1
service_run_as_user inetsim
smtp_bind_port {smtp}
smtp_service_extension AUTH PLAIN LOGIN
http_bind_port {http}
ftp_bind_port {ftp}
create_reports yes
"""
SENT = {"127.0.5.1": 2, "127.0.5.2": 3}
"""Mails by source, in one connection each; every mail has two recipients."""


@dataclass(frozen=True)
class Simulator:
    folder: Path
    smtp: int
    http: int
    ftp: int

    @property
    def log(self) -> Path:
        return self.folder / "log" / "service.log"


@contextlib.contextmanager
def inetsim() -> Iterator[Simulator]:
    """INetSim on free ports: with shared memory of its own, because a second one would overwrite the first one's."""
    program = find_peer("inetsim")
    folder = Path(tempfile.mkdtemp(prefix="varde-inetsim-"))
    running = Simulator(folder, *_free_ports(3))
    shutil.copytree("/var/lib/inetsim", folder / "data")
    for name in ("log", "report"):
        (folder / name).mkdir()
    (folder / "inetsim.conf").write_text(CONFIGURATION.format(smtp=running.smtp, http=running.http, ftp=running.ftp))
    folder.chmod(0o755)
    for path in (folder / "log", folder / "report", folder / "data", *(folder / "data").rglob("*")):
        shutil.chown(path, "inetsim", "inetsim")
    command = [
        "unshare", "--ipc", str(program), f"--config={folder}/inetsim.conf", f"--log-dir={folder}/log", f"--data-dir={folder}/data",
        f"--report-dir={folder}/report", f"--pidfile={folder}/pid", "--session=peer",
    ]  # fmt: skip
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    try:
        ports = (running.smtp, running.http, running.ftp)
        # a trial connection would be a line of the log
        wait_for(lambda: process.poll() is not None or all(f":{port:04X} 00000000:0000 0A" in _sockets() for port in ports), 40)
        assert process.poll() is None, (folder / "said").read_text()
        yield running
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """As a person does. It does not hear it before it has said that it runs, which may be after its services listen."""
    for _ in range(30):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return
    raise AssertionError("INetSim does not end")


def _sockets() -> str:
    return Path("/proc/net/tcp").read_text()


def _send(port: int, source: str, mails: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname=f"{source}.example", timeout=20, source_address=(source, 0)) as client:
        client.ehlo()
        if mails > 2:
            client.login("spammer", "pa ss")
        for number in range(mails):
            client.sendmail(f"spam{number}@example.com", ["victim@example.net", "b@example.org"], "Subject: x\r\n\r\nbuy\r\n")


def _ask(port: int, source: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
    connection.request("GET", "/x.exe?a=b", headers={"Host": "files.example", "User-Agent": "Wget/1.21", "X-Last": "yes"})
    connection.getresponse().read()
    connection.close()


def test_what_clients_did_is_what_varde_reads() -> None:
    with inetsim() as running:
        for source, mails in SENT.items():
            _send(running.smtp, source, mails)
        _ask(running.http, "127.0.5.3")
        with ftplib.FTP(timeout=20, source_address=("127.0.5.4", 0)) as client:
            client.connect("127.0.0.1", running.ftp)
            client.login("anonymous", "a@b")
            with contextlib.suppress(ftplib.Error, EOFError, OSError):
                client.quit()
        wait_for(lambda: running.log.read_text().count("] stat: ") >= 4)
        rows = _decoded(running.log)
    done = [row for row in rows["mail"] if "mails" in row]
    assert {row["src_addr"]: row["mails"] for row in done} == SENT
    assert {row["src_addr"]: row["recipients"] for row in done} == {source: 2 * mails for source, mails in SENT.items()}
    named = {row["src_addr"]: row["ehlo"] for row in rows["mail"] if "ehlo" in row}
    assert named == {source: f"{source}.example" for source in SENT}
    senders = Counter(row["src_addr"] for row in rows["mail"] if "sender" in row)
    assert senders == Counter(SENT)
    assert _counted(rows["login"], "service", "user", "password", "success", "src_addr") == {
        ("smtp", "spammer", "pa ss", 1, "127.0.5.2"): 1, ("ftp", "anonymous", "a@b", 1, "127.0.5.4"): 1,
    }  # fmt: skip
    (asked,) = rows["payload"]
    assert (asked["src_addr"], asked["method"], asked["host"], asked["path"]) == ("127.0.5.3", "GET", "files.example", "/x.exe?a=b")
    lines = asked["data"].split("\r\n")
    assert lines[0] == "GET /x.exe?a=b HTTP/1.1"
    assert [line.split(":")[0] for line in lines[1:-2]][-3:] == ["Host", "User-Agent", "X-Last"]
