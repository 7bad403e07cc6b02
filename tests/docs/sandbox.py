"""A machine as the pages speak of it, made of synthetic files in one folder; lines of the pages are run in it."""

import glob
import gzip
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.app.cli_run import Done, varde
from tests.docs.pages import OPERATORS, Line
from tests.flow_family import v5, v5_record
from tests.wire import ip4, pcap, udp

DATA = Path(__file__).resolve().parents[1] / "data"
MOVED = re.compile(r"(?<![\w./:])/(?=(?:var|home|srv|opt|etc|data|usr|backup)/)")
"""Where a path of the machine begins."""

CONFIGURATION = """[store]
path = "{root}/var/lib/varde"

[[list]]
name = "mine"
url = "{root}/drop.txt"

[[publish]]
name = "resolver"
format = "rpz"
path = "{root}/published/rpz.varde"
"""

PRINTED = b"""sIP|dIP|sPort|dPort|protocol|packets|bytes|flags|sTime|eTime|in|out|type|iType|iCode
10.0.0.1|192.0.2.1|1024|22|6|10|4000|S PA|2009/02/12T00:00:00.000|2009/02/12T00:00:05.000|0|0|in|0|0
"""
"""What rwcut prints."""

COPIES = {
    "honeypot/cowrie-json.log": ("cowrie.json", "cowrie.json.2026-11-10", "home/cowrie/cowrie/var/log/cowrie/cowrie.json"),
    "honeypot/lab/cowrie.log": ("cowrie.log",),
    "honeypot/opencanary.log": ("opencanary.log",),
    "honeypot/dionaea.log": ("dionaea.json",),
    "honeypot/endlessh.log": ("endlessh.log",),
    "honeypot/sshd.log": ("var/log/auth.log",),
    "honeypot/inetsim.log": ("var/log/inetsim/service.log",),
    "firewall/linux.log": ("firewall.log", "FILE"),
    "intel/drop.txt": ("drop.txt",),
    "intel/otx.txt": ("pulses.json",),
    "silk/generic.rw": ("flows.rw",),
    "silk/in-S6_20090212.00": ("data/in/2009/02/12/in-S6_20090212.00",),
}


@dataclass
class Step:
    """A program's words, whether it reads what the one before wrote, and files in place of its streams."""

    words: list[str]
    is_piped: bool = False
    is_followed: bool = False
    read: str = ""
    written: str = ""


def _steps(line: Line) -> list[Step]:
    steps: list[Step] = []
    for stage in line.stages:
        operator, words = (stage[0], stage[1:]) if stage[:1] and stage[0] in OPERATORS else ("", stage)
        if operator == "<":
            steps[-1].read = words[0]
        elif operator in (">", ">>"):
            steps[-1].written = words[0]
        else:
            if steps:
                steps[-1].is_followed = True
            steps.append(Step(words, is_piped=operator == "|"))
    return steps


class Sandbox:
    """`run` answers how the last call of Varde in a line ended."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for source, places in COPIES.items():
            for place in places:
                self._place(place, (DATA / source).read_bytes())
        self._place("own.toml", CONFIGURATION.format(root=root).encode())
        for folder in ("published", "etc/varde", "srv/www/fireplot", "srv/www/tunnels", "srv/varde", "backup", "var/lib/bind", "etc/nftables.d", "etc/nagios/nrpe.d", "etc/icinga2/conf.d", "etc/nagios4/conf.d", "etc/prometheus", "var/lib/prometheus/node-exporter", "opt/scanner/lib", "opt/sophos-av/lib/sav", "usr/share/snmp/mibs", "etc/snmp/snmpd.conf.d", "out"):  # fmt: skip
            (root / folder).mkdir(parents=True, exist_ok=True)
        self._logs()
        self._flows()
        self._lists()

    def run(self, line: Line) -> Done:
        """As a shell would, the programs beside Varde replaced by what they would hand on."""
        handed = b""
        done: Done | None = None
        for step in _steps(line):
            given = handed if step.is_piped else self._path(step.read).read_bytes() if step.read else b""
            if calls := Line("", shlex.join(step.words)).calls:
                done = self._call(calls[0], given)
                handed = done.out.encode(errors="surrogateescape")
            else:
                handed = self._other(step.words, given)
            assert done is None or done.status in (0, 1) or not step.is_followed, (line, done)
            if step.written:
                self._path(step.written).write_bytes(handed)
        assert done is not None, line
        return done

    def _call(self, arguments: list[str], stdin: bytes) -> Done:
        """With paths of this folder, and patterns filled in."""
        words = [found for word in arguments for found in self._glob(self._own(word))]
        return varde(self.root, *words, stdin=stdin, VARDE_CONFIG=str(self.root / "own.toml"), VARDE_STORE=str(self.root / "var/lib/varde"))

    def _own(self, word: str) -> str:
        return MOVED.sub(f"{self.root}/", word)

    def _glob(self, word: str) -> list[str]:
        return sorted(glob.glob(word, root_dir=self.root)) or [word] if "*" in word and " " not in word and not word.startswith("-") else [word]

    def _path(self, word: str) -> Path:
        path = self.root / self._own(word)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _other(self, words: list[str], handed: bytes) -> bytes:
        """What another program would hand on."""
        name, *rest = words[1:] if words[0] == "sudo" else words
        return OTHERS[name](self, rest, handed)

    def _set_up(self, *arguments: str) -> None:
        done = self._call(list(arguments), b"")
        assert done.status == 0, (arguments, done)

    def _place(self, name: str, octets: bytes) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(octets)

    def _logs(self) -> None:
        """A synthetic day of a firewall and a honeypot, which was yesterday; both are stored."""
        assert varde(self.root, "simulate", str(self.root / "made"), "--probes", "1500").status == 0
        made = sorted((self.root / "made").glob("*.log")) or sorted((self.root / "made").iterdir())
        linux = next(path for path in made if b"SRC=" in path.read_bytes()[:2000])
        for place in ("ufw.log", "ufw.log.1", "kern.log"):
            self._place(f"var/log/{place}", linux.read_bytes())
        self._set_up("read", "--quiet", *(str(path) for path in (self.root / "made").iterdir() if path.suffix != ".toml"))

    def _flows(self) -> None:
        now = int(time.time()) - 7200
        payloads = [v5(*(v5_record(number, dst_port=22) for number in range(20)), sequence=20 * number, seconds=now + number) for number in range(10)]
        self._place("exports.pcap", pcap([ip4(udp(payload)) for payload in payloads], seconds=now))
        for name in ("exports.pcap", "cowrie.json", "var/log/inetsim/service.log"):
            self._set_up("read", "--quiet", str(self.root / name))
        self._place("flows.psv", PRINTED)
        self._place("requests.csv", b"203.0.113.5,25,192.0.2.9\n203.0.113.6,443,198.51.100.7\n")
        self._place("color.properties", b"color.source=\"red\"\n")
        (self.root / "intel.dat.gz").write_bytes(gzip.compress(b"#fields\tindicator\tindicator_type\tmeta.source\n203.0.113.9\tIntel::ADDR\tx\n"))

    def _lists(self) -> None:
        for name, text in {"blk.txt": "10.0.0.0/8\n172.16.0.0/12\n", "set1-v4.txt": "10.0.5.0/28\n", "top-1m.csv": "1,example.com\n", "names.txt": "evil.example\n",
                           "rpz.db": "$ORIGIN rpz.example.\n$TTL 60\n@ SOA localhost. root.localhost. 1 60 60 60 60\n@ NS localhost.\nevil.example CNAME .\n*.evil.example CNAME .\ngood.deep.evil.example CNAME rpz-passthru.\n*.good.deep.evil.example CNAME rpz-passthru.\n",
                           "ip-map.txt": "map-name service-host\nmode ip\nlabel 0 external\nlabel 1 internal\ndefault 0\n10.0.0.0/8 1\n"}.items():  # fmt: skip
            self._place(name, text.encode())
        for name in ("blk", "set1-v4"):
            self._set_up("set", "build", f"{name}.txt", "-o", f"{name}.set")
        self._set_up("set", "build", "blk.txt", "-o", "there.set")
        self._set_up("intel", "import", "drop.txt", "--name", "drop")


def _files(sandbox: Sandbox, words: list[str], _handed: bytes) -> bytes:
    """cat, and what stands for it on another machine."""
    return b"".join(sandbox._path(found).read_bytes() for word in words if not word.startswith("-") for found in sandbox._glob(sandbox._own(word)))


def _remote(sandbox: Sandbox, words: list[str], handed: bytes) -> bytes:
    """`ssh HOST cat ...`, `ssh HOST 'cat ...'`, `ssh HOST varde ...`."""
    name, *rest = " ".join(words[1:]).split()
    if name == "varde":
        done = sandbox._call([*rest, "--store", str(sandbox.root / "srv" / "other")], handed)
        assert done.status == 0, done.err
        return b""
    return _files(sandbox, rest[1:] if name == "tail" else rest, handed)


def _tee(sandbox: Sandbox, words: list[str], handed: bytes) -> bytes:
    assert handed
    sandbox._path(words[0]).write_bytes(handed)
    return b""


def _nothing(_sandbox: Sandbox, _words: list[str], handed: bytes) -> bytes:
    """A program that shows what it gets, which is tried with the real one in tests/peers: here, it gets something."""
    assert handed
    return b""


def _flow_text(sandbox: Sandbox, words: list[str], _handed: bytes) -> bytes:
    return (DATA / "flowtext" / f"nfdump-1.7.1.{'json' if 'json' in words else 'csv'}").read_bytes()


def _countries(_sandbox: Sandbox, _words: list[str], _handed: bytes) -> bytes:
    return b"dcc|Bytes|%Bytes|cumul_%|\n us|1000|50.0|50.0|\n de|1000|50.0|100.0|\n"


def _unzipped(sandbox: Sandbox, words: list[str], _handed: bytes) -> bytes:
    return gzip.decompress(sandbox._path(words[0]).read_bytes())


def _kernel_log(_sandbox: Sandbox, words: list[str], _handed: bytes) -> bytes:
    return (DATA / "firewall" / "linux.log").read_bytes()


OTHERS: dict[str, Callable[[Sandbox, list[str], bytes], bytes]] = {
    "ssh": _remote, "cat": _files, "tee": _tee, "zcat": _unzipped, "logstalgia": _nothing, "neato": _nothing, "sh": _nothing, "nfdump": _flow_text,
    "rwfilter": lambda *_: b"-", "rwstats": _countries, "journalctl": _kernel_log, "dmesg": _kernel_log,
}  # fmt: skip
