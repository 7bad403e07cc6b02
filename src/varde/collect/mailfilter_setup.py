"""What a machine lacks for amavisd to be read over SNMP: its files and processes are looked at, nothing is changed.

    packages -> amavisd's database -> snmpd.conf: AgentX, view -> the subagent: its socket, whether it starts -> processes

Written for Debian and Ubuntu, whose packages it knows; on other systems it looks for the programs.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from varde.decode.amavis import BASE, MODULE
from varde.model import visible

OK, WRONG, NOTE, UNKNOWN = "ok", "wrong", "note", "unknown"
"""NOTE: works without it. UNKNOWN: it could not be looked at."""

FILE_MAX = 1024 * 1024
"""Octets read of a configuration file."""

STATUS_MAX = 64 * 1024 * 1024
"""Octets read of dpkg's list of packages."""

SOCKET = "tcp:localhost:705"
"""What we tell people to write: the subagent runs as user amavis, and snmpd's own socket is for root."""

SNMPD_CONF, SUBAGENT_CONF, SNMP_CONF = "etc/snmp/snmpd.conf", "etc/snmp/amavis-agentx.conf", "etc/snmp/snmp.conf"
SUBAGENT = "amavisd-snmp-subagent"
PACKAGES = {"amavisd-new": "usr/sbin/amavisd", "snmpd": "usr/sbin/snmpd", "libsnmp-perl": ""}
"""What is needed, and a file by which it is known where there is no dpkg."""

_MIB = "usr/share/snmp/mibs/AMAVIS-MIB.txt"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of the way: `add` are lines to add, by file; `run` are commands to give."""

    step: str
    state: str
    said: str
    add: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    run: tuple[str, ...] = ()


class _Unreadable(Exception):  # noqa: N818 - no error of ours: it becomes a finding
    """A file is there and may not be read."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Files below a folder; processes only where that is this machine's own root."""

    root: Path = Path("/")
    processes: Callable[[], list[str]] | None = None
    "Their command lines; None where they cannot be known."

    def text(self, path: str, most: int = FILE_MAX) -> str | None:
        """A file's text; None where there is none. Raises _Unreadable."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(most).decode("utf-8", "backslashreplace")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise _Unreadable(f"/{path} may not be read by this user: run `varde amavis doctor` as root") from None

    def lines(self, path: str) -> list[str]:
        """Lines that say something, without comments."""
        return [line for raw in (self.text(path) or "").splitlines() if (line := raw.partition("#")[0].strip())]

    def snmpd(self) -> list[str]:
        """snmpd.conf and what Debian's includes."""
        more = sorted(self.root.glob("etc/snmp/snmpd.conf.d/*.conf"))
        return [line for path in (SNMPD_CONF, *(str(one.relative_to(self.root)) for one in more)) for line in self.lines(path)]


def look(machine: Machine) -> list[Finding]:
    """Every step with what was found, in the order in which they are set up."""
    found = []
    for step, check in _STEPS.items():
        try:
            found.append(check(machine))
        except _Unreadable as said:
            found.append(Finding(step, UNKNOWN, str(said)))
    return found


def _packages(machine: Machine) -> Finding:
    status = machine.text("var/lib/dpkg/status", STATUS_MAX)
    have = _installed(status) if status is not None else {name for name, path in PACKAGES.items() if not path or (machine.root / path).exists()}
    if missing := [name for name in PACKAGES if name not in have]:
        return Finding("packages", WRONG, f"not installed: {', '.join(missing)}", run=(f"apt-get install {' '.join(missing)}",))
    how = "" if status is not None else " (their programs are there; this is no Debian, so whether Perl has NetSNMP::agent is not known)"
    return Finding("packages", OK, f"{', '.join(PACKAGES)} are installed{how}")


def _installed(status: str) -> set[str]:
    """Names of installed packages in dpkg's list, of those that matter."""
    found = set()
    for name in PACKAGES:
        block = re.search(rf"(?:^|\n)Package: {re.escape(name)}\n(?:[^\n]+\n)*?Status: ([^\n]+)\n", status)
        if block and block[1].endswith(" installed"):
            found.add(name)
    return found


def _database(machine: Machine) -> Finding:
    said = [value for path in _amavis_files(machine) for line in machine.lines(path) for value in re.findall(r"^\$enable_db\s*=\s*([^;]{1,20});", line)]
    if said and said[-1].strip() in ("0", "''", '""', "undef"):
        add = {"/etc/amavis/conf.d/50-user": ("$enable_db = 1;",)}
        return Finding("amavisd counts", WRONG, "$enable_db is off: amavisd keeps no counters that the subagent could read", add, ("systemctl restart amavis",))
    if not said and not _amavis_files(machine):
        return Finding("amavisd counts", UNKNOWN, "there is no /etc/amavis/conf.d to look at")
    return Finding("amavisd counts", OK, "$enable_db is on" if said else "$enable_db is not set, and on by Debian's default")


def _amavis_files(machine: Machine) -> list[str]:
    return [str(path.relative_to(machine.root)) for path in sorted(machine.root.glob("etc/amavis/conf.d/*")) if path.is_file()]


def _agentx(machine: Machine) -> Finding:
    if _settings(machine.snmpd(), "master") & {"agentx", "all", "yes", "on"}:
        return Finding("AgentX", OK, "snmpd takes subagents (master agentx)")
    return Finding("AgentX", WRONG, "snmpd takes no subagents", {f"/{SNMPD_CONF}": ("master agentx",)}, ("systemctl restart snmpd",))


def _settings(lines: list[str], name: str) -> set[str]:
    """What is set under a name; names are of any case."""
    return {line.split(None, 1)[1].strip() for line in lines if line.split()[0].lower() == name and len(line.split()) > 1}


def _socket(machine: Machine) -> Finding:
    mine = _settings(machine.snmpd(), "agentxsocket")
    theirs = _settings(machine.lines(SUBAGENT_CONF), "agentxsocket")
    listened = {_place(one) for value in mine for one in value.split(",")}
    if theirs and {_place(one) for one in theirs} & listened:
        return Finding("AgentX socket", OK, f"snmpd and the subagent meet at {visible(min(theirs))[:100]}")
    chosen = next(iter(sorted(one for value in mine for one in value.split(",") if ":" in one)), SOCKET)
    add = {} if mine and _place(chosen) in listened else {f"/{SNMPD_CONF}": (f"agentXSocket {SOCKET}",)}
    add |= {f"/{SUBAGENT_CONF}": (f"agentXSocket {chosen}",)}
    if "agentxperms" in {line.split()[0].lower() for line in machine.snmpd()} and not mine:
        return Finding("AgentX socket", NOTE, "agentXPerms opens snmpd's own socket; if the subagent connects, all is well, else use TCP", add)
    return Finding("AgentX socket", WRONG, "the subagent runs as user amavis, which may not open snmpd's own socket: let them meet elsewhere", add,
                   ("systemctl restart snmpd amavisd-snmp-subagent",))  # fmt: skip


def _place(socket: str) -> str:
    """The same place is the same text: a port alone is TCP's of this machine."""
    return re.sub(r"^(tcp6?:)?(\[::1\]|127\.0\.0\.1|localhost):", "local:", visible(socket.strip().lower()))


def _view(machine: Machine) -> Finding:
    lines = machine.snmpd()
    views = {words[1] for words in map(str.split, lines) if len(words) > 3 and words[0].lower() == "view" and words[2].startswith("incl") and _covers(words[3])}
    access = [words for words in map(str.split, lines) if words[0].lower() in _ACCESS]
    if not access:
        return Finding("view", WRONG, "nobody may ask snmpd anything", {f"/{SNMPD_CONF}": ("rocommunity public 127.0.0.1",)}, ("systemctl restart snmpd",))
    if any(_sees(words, views) for words in access):
        return Finding("view", OK, "snmpd shows what amavisd counts")
    named = next((words[words.index("-V") + 1] for words in access if "-V" in words[:-1]), "systemonly")
    add = {f"/{SNMPD_CONF}": (f"view   {visible(named)[:40]}  included   .{BASE}",)}
    return Finding("view", WRONG, "whoever asks may not see what amavisd counts", add, ("systemctl restart snmpd",))


_ACCESS = ("rocommunity", "rocommunity6", "rwcommunity", "rwcommunity6", "rouser", "rwuser")


def _sees(words: list[str], views: set[str]) -> bool:
    """Whether a line that lets somebody ask shows BASE: by a view, below a number, or all."""
    if "-V" in words[:-1]:
        return words[words.index("-V") + 1] in views
    numbers = [word for word in words[2:] if re.fullmatch(r"\.?[0-9]+(\.[0-9]+){3,}", word) and word.startswith((".", "1.3"))]
    return _covers(numbers[0]) if numbers else True


def _covers(number: str) -> bool:
    return f".{BASE}.".startswith(f".{number.strip('.')}.") or number.strip(".") in ("1", "iso", "internet")


def _enabled(machine: Machine) -> Finding:
    default = machine.text(f"etc/default/{SUBAGENT}")
    if default is not None:
        on = re.findall(r"^\s*ENABLED=[\"']?([A-Za-z0-9]*)", default, re.MULTILINE)
        if not on or on[-1].lower() not in ("yes", "1", "true"):
            add = {f"/etc/default/{SUBAGENT}": ('ENABLED="yes"',)}
            return Finding("subagent enabled", WRONG, f"/etc/default/{SUBAGENT} keeps it from starting", add, (f"service {SUBAGENT} restart",))
    # links of a mounted machine point into ours: that they are there is enough
    wanted = any(os.path.lexists(folder / f"{SUBAGENT}.service") for folder in machine.root.glob("etc/systemd/system/*.wants"))
    if wanted or default is not None or any(machine.root.glob(f"etc/rc[2345].d/S*{SUBAGENT}")):
        return Finding("subagent enabled", OK, "the subagent starts with the machine")
    return Finding("subagent enabled", WRONG, "the subagent does not start with the machine", run=(f"systemctl enable --now {SUBAGENT}",))


def _running(machine: Machine) -> Finding:
    if machine.processes is None:
        return Finding("running", UNKNOWN, "which programs run cannot be told of a machine that is only mounted")
    running = machine.processes()
    absent = [name for name, pattern in _PROCESSES.items() if not any(re.search(pattern, one) for one in running)]
    if absent:
        return Finding("running", WRONG, f"not running: {', '.join(absent)}", run=(f"systemctl restart {' '.join(_UNITS[name] for name in absent)}",))
    return Finding("running", OK, f"{', '.join(_PROCESSES)} run")


_PROCESSES = {"snmpd": r"(^|/)snmpd( |$)", "amavisd": r"(^|/| )amavisd(-new)? ?\(master\)|(^|/| )amavisd(-new)?( |$)", SUBAGENT: rf"(^|/| ){SUBAGENT}( |$)|amavis-agentx"}
_UNITS = {"snmpd": "snmpd", "amavisd": "amavis", SUBAGENT: SUBAGENT}


def _reach(machine: Machine) -> Finding:
    addresses = [one for value in _settings(machine.snmpd(), "agentaddress") for one in re.split(r"[,\s]+", value) if one]
    if addresses and not all(re.match(r"(udp6?:)?(127\.|\[::1\]|localhost)", one) for one in addresses):
        return Finding("reach", OK, f"other machines can ask: snmpd listens on {visible(', '.join(addresses))[:100]}")
    if not addresses:
        return Finding("reach", OK, "snmpd listens on all addresses")
    said = "only this machine can ask: snmpd listens on loopback. To ask from another one, let it listen and let only that one in"
    return Finding("reach", NOTE, said, {f"/{SNMPD_CONF}": ("agentaddress udp:161,udp6:[::1]:161", "rocommunity A-SECRET 192.0.2.10 -V systemonly")})


def _names(machine: Machine) -> Finding:
    if machine.text(_MIB) is not None and not any(re.match(r"mibs\s*:", line) for line in machine.lines(SNMP_CONF)):
        return Finding("names", OK, f"snmpwalk can say {MODULE} names")
    return Finding("names", NOTE, "snmpwalk shows numbers instead of names; Varde needs no MIB files", {f"/{SNMP_CONF}": ("# mibs :    (put a # before that line)",)},
                   (f"zcat /usr/share/doc/amavisd-new/AMAVIS-MIB.txt.gz > /{_MIB}", "apt-get install snmp-mibs-downloader    # in Debian's non-free"))  # fmt: skip


_STEPS: dict[str, Callable[[Machine], Finding]] = {
    "packages": _packages, "amavisd counts": _database, "AgentX": _agentx, "AgentX socket": _socket, "view": _view, "subagent enabled": _enabled,
    "running": _running, "reach": _reach, "names": _names,
}  # fmt: skip


def command_lines() -> list[str]:
    """Of all processes that may be seen."""
    return list(_command_lines())


def _command_lines() -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes()[:1000].replace(b"\0", b" ").decode("utf-8", "backslashreplace").strip()
            except OSError:
                continue  # it has ended meanwhile
