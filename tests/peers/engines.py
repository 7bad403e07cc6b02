"""Servers of Spark Connect on loopback: Sail, which is one process, and a cluster of Apache Spark, which is five at least."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import find_peer
from tests.material import wait_until
from varde.model.engine import engine_address
from varde.query import Engine
from varde.query.cluster import Cluster, Settings
from varde.store import Store

START_SECONDS = 240.0
"""A JVM on a busy machine takes its time; five of them take five times that."""

STOP_SECONDS = 20.0
TOKEN = "of-the-tests-alone"
SECRET = "between-the-processes-of-the-tests"


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def engine_at(store: Store, port: int, reader: str = "files", token: str | None = None) -> Engine:
    """The engine that asks a server on loopback."""
    address = engine_address(f"sc://127.0.0.1:{port}")
    assert address is not None
    return Engine(store, Cluster(Settings(address, reader, token)))


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """End processes that were started here, with those that they started: each leads a group of its own."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, sign)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)


@contextmanager
def sail(folder: Path) -> Iterator[int]:
    """A Sail server; gives its port."""
    program, (port,) = find_peer("sail"), free_ports(1)
    with (folder / "sail.log").open("wb") as log:
        process = subprocess.Popen([program, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: listens(port), START_SECONDS)
        yield port
    finally:
        end([process])


@dataclass
class Spark:
    """A running cluster: its processes by what they are, and the ports that are asked."""

    folder: Path
    port: int = 0
    master: int = 0
    page: int = 0
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, *command: str | Path, **variables: str) -> None:
        """Start one of its processes, in a group of its own."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=self._environment() | variables)

    def _environment(self) -> dict[str, str]:
        home = find_peer("spark").parent.parent / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/pyspark"
        java = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "TMPDIR") if name in os.environ}
        local = dict.fromkeys(("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME", "SPARK_PUBLIC_DNS"), "127.0.0.1")
        return java | local | {"SPARK_HOME": str(home), "SPARK_CONF_DIR": str(self.folder / "conf"), "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    @property
    def programs(self) -> Path:
        return Path(self._environment()["SPARK_HOME"], "bin")

    def workers(self) -> int:
        """How many the master sees alive."""
        with suppress(OSError, ValueError):
            return int(_read(f"http://127.0.0.1:{self.master}/json/")["aliveworkers"])
        return 0

    def tasks(self) -> dict[str, int]:
        """Tasks that each executor has done, by its number."""
        application = _read(f"http://127.0.0.1:{self.page}/api/v1/applications")[0]["id"]
        found = _read(f"http://127.0.0.1:{self.page}/api/v1/applications/{application}/allexecutors")
        return {one["id"]: int(one["completedTasks"]) for one in found if one["id"] != "driver"}

    def wait(self) -> None:
        """Until both workers work for the server that is asked."""
        wait_until(lambda: self.workers() == 2 and listens(self.port), START_SECONDS)
        wait_until(lambda: _has_two(self), START_SECONDS)

    def active(self) -> int:
        """Tasks that are being worked on."""
        application = _read(f"http://127.0.0.1:{self.page}/api/v1/applications")[0]["id"]
        return sum(int(one["activeTasks"]) for one in _read(f"http://127.0.0.1:{self.page}/api/v1/applications/{application}/executors"))


def _read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


_RULES = f"""\
spark.authenticate true
spark.authenticate.secret {SECRET}
spark.master.rest.enabled false
spark.connect.authenticate.token {TOKEN}
spark.sql.shuffle.partitions 2
spark.locality.wait 0
spark.ui.showConsoleProgress false
"""


@contextmanager
def spark(folder: Path) -> Iterator[Spark]:
    """A master, two workers of one core each and a Spark Connect server, which take nobody without the secret or the token."""
    find_peer("java")
    (folder / "conf").mkdir(parents=True)
    rules = folder / "conf" / "spark-defaults.conf"
    rules.touch(mode=0o600)
    rules.write_text(_RULES)
    cluster = Spark(folder)
    try:
        _begin(cluster)  # who asks has time for something else until it is ready
        yield cluster
    finally:
        end(list(cluster.processes.values()))


def _begin(cluster: Spark) -> None:
    cluster.port, cluster.master, cluster.page, master, *workers = free_ports(8)
    klass, url = cluster.programs / "spark-class", f"spark://127.0.0.1:{master}"
    small, here = {"SPARK_DAEMON_MEMORY": "256m"}, ("--host", "127.0.0.1")
    cluster.start("master", klass, "org.apache.spark.deploy.master.Master", *here, "--port", str(master), "--webui-port", str(cluster.master), **small)
    for number, (port, page) in enumerate((workers[:2], workers[2:]), 1):
        folder = str(cluster.folder / f"worker-{number}")
        ports, room = ("--port", str(port), "--webui-port", str(page)), ("--cores", "1", "--memory", "1g", "--work-dir", folder)
        cluster.start(f"worker {number}", klass, "org.apache.spark.deploy.worker.Worker", *here, *ports, *room, url, **small)
    start_connect(cluster, url)


def _has_two(cluster: Spark) -> bool:
    with suppress(OSError, ValueError, IndexError):
        return len(cluster.tasks()) == 2
    return False


def start_connect(cluster: Spark, url: str) -> None:
    """The server that is asked. It takes its memory from the switch, and would from SPARK_DAEMON_MEMORY before it."""
    said = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(cluster.port), "spark.executor.memory": "768m", "spark.executor.cores": "1", "spark.ui.port": str(cluster.page),
    }  # fmt: skip
    switches = [word for name, value in said.items() for word in ("--conf", f"{name}={value}")]
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    cluster.start("connect", cluster.programs / "spark-submit", "--master", url, "--name", "varde", "--class", server, "--driver-memory", "2g",
                  *switches, "spark-internal")  # fmt: skip
