"""A terminal that is closed under a running station costs no line."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.peers.running import ROOT, START_SECONDS, wait_for
from varde.store import Store


def _line(port: int) -> bytes:
    return (
        b"<134>2026-11-20T12:00:00+00:00 fw1 firewall,info BLOCK input: in:ether1 out:(unknown 0), proto TCP (SYN), "
        b"198.51.100.9:5555->192.0.2.1:%d, len 40" % port
    )


def _probes(folder: Path) -> int:
    return {size.name: size.rows for size in Store(folder).sizes()}.get("probes", 0)


def test_lines_that_come_after_the_terminal_was_closed_are_stored(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "varde", "listen", "udp://127.0.0.1:0", "--store", str(tmp_path / "store")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path)}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    os.close(theirs)
    said: list[str] = []
    threading.Thread(target=lambda: said.append(os.read(ours, 65536).decode()) or said.append(os.read(ours, 65536).decode()), daemon=True).start()
    try:
        wait_for(lambda: re.search(r"listening for syslog on udp://127.0.0.1:([0-9]+)", "".join(said)), START_SECONDS)
        found = re.search(r"udp://127.0.0.1:([0-9]+)", "".join(said))
        assert found
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.sendto(_line(22), ("127.0.0.1", int(found[1])))
        wait_for(lambda: _probes(tmp_path / "store") == 1)
        os.close(ours)
        process.send_signal(signal.SIGHUP)  # what the kernel sends to the session's leader
        wait_for(lambda: process.poll() is None, 1)
        for port in (23, 80):
            sender.sendto(_line(port), ("127.0.0.1", int(found[1])))
        wait_for(lambda: _probes(tmp_path / "store") == 3)
    finally:
        process.terminate()
        assert process.wait(30) == 0
