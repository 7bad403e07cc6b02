"""NRPE and Icinga 2, as a machine runs them, on free ports and in folders of their own."""

import contextlib
import os
import pwd
import re
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import ROOT, wait_for

AGENT = "nagios"
"""Whom NRPE of Debian runs as; it refuses to run as root."""


def agent() -> str:
    """Who runs checks here."""
    return AGENT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def as_agent() -> list[str]:
    """How to run as that user."""
    if os.geteuid():
        return []
    who = pwd.getpwnam(AGENT)
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--"]


def interpreter() -> str:
    """A Python that the agent may run."""
    for path in (sys.executable, "/usr/bin/python3"):
        asked = [*as_agent(), "/bin/sh", "-c", 'exec "$0" -c "$1"', path, f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return path
    pytest.skip(f"no Python that the user {agent()} may run")


def program(folder: Path) -> Path:
    """The `varde` of a machine: a script on the path, for whoever calls it."""
    path = folder / "bin" / "varde"
    path.parent.mkdir(exist_ok=True)
    libraries = f"{ROOT / 'src'}:{sysconfig.get_path('purelib')}"
    path.write_text(f'#!/bin/sh\nexec env PYTHONPATH="{libraries}" PYTHONDONTWRITEBYTECODE=1 "{interpreter()}" -P -m varde "$@"\n')
    path.chmod(0o755)
    return path


def open_way(folder: Path) -> None:
    """Let other users pass to a folder of a test."""
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o055)


def definitions(varde: Path, kind: str, store: Path) -> str:
    environment = os.environ | {"PATH": f"{varde.parent}:{os.environ['PATH']}"}
    return subprocess.run([varde, "check", "--definitions", kind, "--store", store], capture_output=True, text=True, check=True, env=environment).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Nrpe:
    """A running agent."""

    port: int

    def ask(self, command: str) -> tuple[int, str]:
        """Exit status and output of a command that it has."""
        done = subprocess.run([find_peer("check_nrpe"), "-H", "127.0.0.1", "-p", str(self.port), "-t", "40", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout


@contextlib.contextmanager
def nrpe(folder: Path, commands: str) -> Iterator[Nrpe]:
    port = free_port()
    (folder / "commands.cfg").write_text(commands)
    (folder / "nrpe.cfg").write_text(
        f"server_address=127.0.0.1\nserver_port={port}\nnrpe_user={agent()}\nnrpe_group={agent()}\nallowed_hosts=127.0.0.1\ndont_blame_nrpe=0\n"
        f"command_timeout=40\npid_file={folder}/run/nrpe.pid\nlog_file={folder}/nrpe.log\ninclude={folder}/commands.cfg\n"
    )
    (folder / "run").mkdir(mode=0o777)
    (folder / "run").chmod(0o777)
    process = subprocess.Popen([find_peer("nrpe"), "-c", folder / "nrpe.cfg", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _ended(process):
        wait_for(lambda: process.poll() is not None or _answers(port))
        assert process.poll() is None, (folder / "nrpe.log").read_text()
        yield Nrpe(port)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


ICINGA = """const PluginDir = "/usr/lib/nagios/plugins"
const ManubulonPluginDir = PluginDir
const PluginContribDir = PluginDir
const NodeName = "edge"
const ZoneName = NodeName
include <itl>
library "checker"
object CheckerComponent "checker" {{}}
object FileLogger "log" {{ severity = "information", path = "{folder}/icinga2.log" }}
object StatusDataWriter "status" {{ status_path = "{folder}/status.dat", objects_path = "{folder}/objects.cache", update_interval = 1s }}
include "{folder}/varde.conf"
"""


def icinga_command(folder: Path, objects: str, commands: str) -> list[str | Path]:
    """Write a configuration; answers how Icinga is started with it."""
    (folder / "varde.conf").write_text(commands)
    (folder / "icinga2.conf").write_text(ICINGA.format(folder=folder) + objects)
    who = pwd.getpwuid(os.geteuid()).pw_name
    places = [f"-D{name}={folder}/{name}" for name in ("DataDir", "LogDir", "InitRunDir", "CacheDir", "SpoolDir")]
    for place in places:
        Path(place.partition("=")[2]).mkdir(exist_ok=True)
    return [find_peer("icinga2"), "daemon", "-c", folder / "icinga2.conf", f"-DRunAsUser={who}", f"-DRunAsGroup={who}", *places]


@contextlib.contextmanager
def icinga(folder: Path, objects: str, commands: str) -> Iterator[None]:
    with (folder / "icinga.out").open("wb") as out:
        process = subprocess.Popen(icinga_command(folder, objects, commands), stdout=out, stderr=out, start_new_session=True)
    with _ended(process):
        yield


def told(folder: Path, service: str, seconds: float = 60) -> dict[str, str]:
    """What Icinga keeps of a service, once it was checked."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = (folder / "status.dat").read_text() if (folder / "status.dat").exists() else ""
        for block in re.findall(r"^servicestatus \{\n(.*?)^\s*\}", text, re.DOTALL | re.MULTILINE):
            found = dict(line.strip().partition("=")[::2] for line in block.splitlines())
            if found["service_description"] == service and found["has_been_checked"] == "1":
                return found
        time.sleep(0.3)
    raise AssertionError((folder / "icinga.out").read_text())
