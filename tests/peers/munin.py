"""A real munin-node and a real Munin master in a folder of their own, on a free port of the loopback."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import find_peer
from tests.peers.running import ROOT, wait_for

HOST = "varde.lab"
_MASTER = "munin"
_NODE = """\
log_file {folder}/node.log
pid_file {folder}/node.pid
background 0
setsid 0
user {user}
group {group}
allow ^127\\.0\\.0\\.1$
host 127.0.0.1
port {port}
host_name {host}
"""
# the node's folders are built in: the program is the real one, told of others
_PERL = """\
use Munin::Common::Defaults;
BEGIN {{ $Munin::Common::Defaults::MUNIN_CONFDIR = '{folder}/etc'; $Munin::Common::Defaults::MUNIN_PLUGSTATE = '{folder}/state'; }}
do '{program}'; die $@ if $@;
exit main();
"""
_CONF = """\
dbdir {folder}/db
htmldir {folder}/html
logdir {folder}/log
rundir {folder}/run
tmpldir /etc/munin/templates
staticdir /etc/munin/static
cgitmpdir {folder}/run
graph_strategy cron
html_strategy cron
[{host}]
    address 127.0.0.1
    port {port}
    use_node_name no
"""
_ANSWER_SECONDS = 30.0
_ROUND_SECONDS = 120


@dataclass(frozen=True)
class Munin:
    """Where they keep what; `say` speaks the node's protocol, `update` and `draw` are rounds of the master."""

    folder: Path
    port: int

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    def install(self, store: Path, *graphs: str) -> None:
        """The plugin, by Varde's own command."""
        words = ["munin", "install", *graphs, "--store", str(store), "--dir", str(self.folder / "plugins"), "--conf-dir", str(self.etc)]
        user = ["--user", "root"] if os.geteuid() == 0 else []  # the tests' folders are root's alone
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        subprocess.run([sys.executable, "-P", "-m", "varde", *words, *user], check=True, env=environment, capture_output=True)

    def say(self, *lines: str) -> list[str]:
        """The node's answer to lines, without its banner; ended by its end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_ANSWER_SECONDS) as node:
            node.sendall(("\n".join((*lines, "quit")) + "\n").encode())
            answer = b"".join(iter(lambda: node.recv(65536), b""))
        banner, *rest = answer.decode().splitlines()
        assert banner.startswith("# munin node at "), banner
        return rest

    def update(self) -> list[str]:
        """Ask the node and write the curves; what the master complains of, but for its own tuning of curves that it has yet to make."""
        said = self._master("munin-update").splitlines()
        return [line for line in said if ("ERROR" in line or "WARN" in line) and "] Tuning " not in line]

    def draw(self) -> str:
        """Pages and pictures of the last day."""
        return self._master("munin-limits") + self._master("munin-html") + self._master("munin-graph", "--cron", "--day", "--noweek", "--nomonth", "--noyear", "--list-images")

    def curve(self, graph: str, line: str, start: int, end: int, function: str = "AVERAGE") -> dict[int, float]:
        """What the master keeps of a line, by the second at which each of its steps ends."""
        (path,) = (self.folder / "db").rglob(f"*-varde_{graph}-{line}-*.rrd")
        command = [find_peer("rrdtool"), "fetch", path, function, "--start", str(start), "--end", str(end), "--resolution", "10"]
        rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        pairs = (row.partition(": ") for row in rows if ": " in row)
        return {int(second): float(value) for second, _, value in pairs if "nan" not in value}

    def _master(self, name: str, *arguments: str) -> str:
        command = [str(Path("/usr/share/munin", name)), "--config", str(self.folder / "munin.conf"), *arguments]
        done = subprocess.run(_as_master(command), capture_output=True, text=True, timeout=_ROUND_SECONDS, cwd="/", check=False)
        said = done.stdout + done.stderr + "".join(path.read_text() for path in (self.folder / "log").glob(f"{name}.log"))
        assert done.returncode == 0, said
        return said


def _as_master(command: list[str]) -> list[str]:
    """The master refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return [str(shutil.which("setpriv")), f"--reuid={_MASTER}", f"--regid={_MASTER}", "--clear-groups", *command]


@contextlib.contextmanager
def munin() -> Iterator[Munin]:
    """Folders of their own; no node yet, so that what it shall read can be installed first."""
    folder = Path(tempfile.mkdtemp(prefix="varde-munin-"))  # not pytest's: the master is another user, who may not go there
    try:
        folder.chmod(0o755)
        for name in ("etc/plugins", "etc/plugin-conf.d", "state", "db", "html", "log", "run"):
            (folder / name).mkdir(parents=True)
            if os.geteuid() == 0 and name in ("db", "html", "log", "run"):
                shutil.chown(folder / name, _MASTER, _MASTER)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (folder / "munin.conf").write_text(_CONF.format(folder=folder, host=HOST, port=port))
        yield Munin(folder, port)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def node(one: Munin) -> Iterator[None]:
    """A munin-node that has read what is installed."""
    user = pwd.getpwuid(os.geteuid())
    (one.etc / "munin-node.conf").write_text(_NODE.format(folder=one.folder, user=user.pw_name, group=os.getegid(), host=HOST, port=one.port))
    script = one.folder / "node.pl"
    script.write_text(_PERL.format(folder=one.folder, program=find_peer("munin-node")))
    bare = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    with (one.folder / "node.out").open("w") as out:
        process = subprocess.Popen(["perl", script, "--config", one.etc / "munin-node.conf"], stdout=out, stderr=out, env=bare, cwd="/")
    try:
        wait_for(lambda: _is_open(one.port) or process.poll() is not None)
        assert process.poll() is None, (one.folder / "node.out").read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
