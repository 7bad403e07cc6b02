"""A real Cowrie is visited: its JSON, its text, its text by session and its remote syslog all tell what the client did."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import find_peer
from tests.peers.running import ROOT, Running, up, wait_for

pytestmark = pytest.mark.peer("cowrie")

NOBODY = 65534
START_SECONDS = 60.0  # it makes host keys first
CONFIGURATION = """\
[honeypot]
hostname = svr04
sensor_name = peer
[ssh]
listen_endpoints = tcp:{ssh}:interface=127.0.0.1
[telnet]
enabled = true
listen_endpoints = tcp:{telnet}:interface=127.0.0.1
[output_textlog]
enabled = true
format = text
[output_remotesyslog]
enabled = true
host = 127.0.0.1
port = {syslog}
"""
USERS = "root:x:!wrong\nroot:x:*\n"


@dataclass(frozen=True)
class Honeypot:
    """Where a running Cowrie listens and logs."""

    folder: Path
    ssh: int
    telnet: int

    @property
    def logs(self) -> Path:
        return self.folder / "var" / "log" / "cowrie"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _as_nobody(command: list[str]) -> list[str]:
    """Cowrie refuses to run as root."""
    if os.geteuid() != 0:
        return command
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*drop, "test", "-r", command[0]], check=False).returncode == 0:
        return [*drop, *command]
    # the checkout lies in a folder that is root's alone
    return [*drop, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", *command]


@contextlib.contextmanager
def cowrie(syslog: int) -> Iterator[Honeypot]:
    """Cowrie in a folder of its own, on free ports of the loopback."""
    twistd = find_peer("cowrie")
    folder = Path(tempfile.mkdtemp(prefix="varde-cowrie-"))  # one that nobody may enter, which pytest's are not
    honeypot = Honeypot(folder, *_free_ports(2))
    for name in ("etc", "var/log/cowrie", "var/lib/cowrie/tty", "var/lib/cowrie/downloads"):
        (folder / name).mkdir(parents=True)
    (folder / "etc" / "cowrie.cfg").write_text(CONFIGURATION.format(ssh=honeypot.ssh, telnet=honeypot.telnet, syslog=syslog))
    (folder / "etc" / "userdb.txt").write_text(USERS)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    environment = os.environ | {"TZ": "UTC", "HOME": str(folder), "PATH": f"{twistd.parent}:{os.environ['PATH']}"}
    command = _as_nobody([str(twistd), "-n", "--umask=0022", "--pidfile=", "--logger", "cowrie.python.logfile.logger", "cowrie"])
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    log = honeypot.logs / "cowrie.log"
    try:
        ready = "Ready to accept Telnet connections"
        wait_for(lambda: process.poll() is not None or (log.exists() and ready in log.read_text()), START_SECONDS)
        assert process.poll() is None, (folder / "said").read_text()
        yield honeypot
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _visit(honeypot: Honeypot) -> dict[str, list[list[Any]]]:
    """What the client says that it did."""
    client = Path(__file__).with_name("cowrie_client.py")
    python = find_peer("cowrie").with_name("python")
    command = [str(python), str(client), str(honeypot.ssh), str(honeypot.telnet)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr + (honeypot.logs / "cowrie.log").read_text()
    return dict(json.loads(done.stdout))


def _decoded(path: Path) -> dict[str, list[dict[str, Any]]]:
    """`varde decode` of one file, rows by kind."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": "/nonexistent", "TZ": "UTC"}
    command = [sys.executable, "-P", "-m", "varde", "decode", str(path)]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=100, check=False)
    assert done.returncode == 0, done.stderr.decode()
    rows: dict[str, list[dict[str, Any]]] = {}
    for line in done.stdout.splitlines():
        row = json.loads(line)
        rows.setdefault(row["kind"], []).append(row)
    return rows


def _counted(rows: list[dict[str, Any]], *keys: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.get(key) for key in keys) for row in rows)


def _listed(rows: list[list[Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(map(tuple, rows))


def _joined(logins: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    """As text has them: it does not say where a name ends that has a slash."""
    return Counter({(f"{user}/{password}", *rest): count for (user, password, *rest), count in logins.items()})


LOGIN = ("user", "password", "success", "src_addr")
TUNNEL = ("src_addr", "target", "target_port", "claimed_src", "claimed_src_port")


def test_what_a_client_did_is_what_varde_reads(tmp_path: Path) -> None:
    with up(tmp_path, listen=("udp://127.0.0.1:0",)) as varde, cowrie(varde.port("udp")) as honeypot:
        did = _visit(honeypot)
        closed = len(did["logins"])  # a connection each, but two attempts share the Telnet one
        wait_for(lambda: (honeypot.logs / "cowrie.json").read_text().count("cowrie.session.closed") >= closed - 1)
        from_json, from_text, by_session = (_decoded(honeypot.logs / name) for name in ("cowrie.json", "cowrie.log", "audit.log"))
        for rows in (from_json, from_text, by_session):
            assert _counted(rows["tunnel"], *TUNNEL) == _listed(did["tunnels"])
            typed = [row for row in rows["command"] if row["outcome"] == "typed"]
            assert _counted(typed, "src_addr", "input") == _listed(did["commands"])
            assert _joined(_counted(rows["login"], *LOGIN)) == _joined(_listed(did["logins"]))
            payloads = {(row["target"], row["target_port"], row["length"]) for row in rows["payload"] if "length" in row}
            assert payloads == {(target, port, len(bytes.fromhex(data))) for _, target, port, data in did["payloads"]}
        assert _counted(from_json["login"], *LOGIN) == _listed(did["logins"]), "JSON says name and password apart"
        assert any(row["input"].startswith("nosuchcommand") for row in from_json["command"] if row["outcome"] == "unknown")
        assert {row["service"] for row in from_json["login"]} == {"ssh", "telnet"} == {row["service"] for row in from_text["login"]}
        versions = {row["version"] for row in from_json["session"] if row["event"] == "version"}
        assert versions == {"SSH-2.0-OpenSSH_9.9_peer"}
        _is_live(varde, did)


def _is_live(varde: Running, did: dict[str, list[list[Any]]]) -> None:
    """The same over [output_remotesyslog], as it happened."""

    def logins() -> Counter[tuple[Any, ...]]:
        answer = varde.get("honeypot/logins?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&top=100")
        return _counted(answer["rows"], *LOGIN)

    wait_for(lambda: logins() == _listed(did["logins"]), 40)
