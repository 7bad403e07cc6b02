"""service install: units of systemd, a job of cron and a rule of logrotate, written for this Varde and a user of its own."""

import pwd
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import varde
from varde.app.output import say
from varde.app.placing import Placed, place, under
from varde.model import VardeError

MARK = "# made by `varde service install`"
USER = "varde"
STORE = Path("/var/lib/varde")
CONFIGURATION = Path("/etc/varde/varde.toml")
CAPABILITIES = {"net_bind_service": "ports below 1024, such as 514", "net_admin": "a receive buffer beyond net.core.rmem_max"}
"""What the service may do beyond its user, and why. CAP_NET_RAW is not among them: nothing of Varde opens a raw socket."""

_USER_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")

_PLAIN_PATH = re.compile(r"[\w./+@-]+")
"""What systemd, cron, its shell and a PYTHONPATH all take as it stands: a `;` or `$` would be the shell's, a `%` systemd's and cron's."""

_HOMES = tuple(map(Path, ("/home", "/root", "/run/user")))
"""What ProtectHome=yes empties for the service (systemd.exec(5))."""

_PACKAGES = ("site-packages", "dist-packages")
"""Folders that installed packages lie in."""

_HARDENED = """\
# what arrives was written by strangers: all that is not needed is out of reach
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@resources @privileged
SystemCallErrorNumber=EPERM
# no memory is both written and run; the library of tables would try that to look at the processor, and need not
MemoryDenyWriteExecute=yes
Environment=POLARS_SKIP_CPU_CHECK=1
UMask=0027
"""

_WHERE = """\
User={user}
Group={user}
# adm and systemd-journal may read logs
SupplementaryGroups=adm systemd-journal
# the store, owned by that user
StateDirectory=varde
StateDirectoryMode=0750
CacheDirectory=varde
Environment=VARDE_STORE={store}
Environment=HOME={store} XDG_CACHE_HOME=/var/cache/varde MPLCONFIGDIR=/var/cache/varde
"""

_SERVICE = """\
{mark}; change it with `systemctl edit varde`, which leaves this file alone.
[Unit]
Description=Varde: who is knocking on the edge of the network
# a listener may be bound to an address that the network brings
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
{environment}ExecStart={command} up --config {configuration}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
# also after status 2: the address or the disk that was missing may be there by then
RestartSec=30
# what was received is committed before the end
TimeoutStopSec=60
# memory of a large import, with room
MemoryMax=3G

{where}# what sinks of kind file write
LogsDirectory=varde
LogsDirectoryMode=0750

{capabilities}
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
{hardened}
[Install]
WantedBy=multi-user.target
"""

_JOB = """\
{mark}; change it with `systemctl edit {name}`.
[Unit]
Description={what}

[Service]
Type=oneshot
{environment}{commands}
# nothing was refused that day, or there was nothing to do
SuccessExitStatus=1
Nice=10

{where}
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
{hardened}"""

_TIMER = """\
{mark}
[Unit]
Description={what}, {when}

[Timer]
OnCalendar={calendar}
RandomizedDelaySec=60
# a night that the machine slept through is made up for
Persistent=true

[Install]
WantedBy=timers.target
"""

_CRON = """\
{mark}; what is changed here is overwritten. For machines without systemd's timers.
MAILTO={user}
{assigned}
# the picture of yesterday, when it is complete; how to have it by e-mail: docs/how-to/cron.md
10 0 * * *  {user}  [ -d /run/systemd/system ] || {command} fireplot --quiet --config {configuration} --day yesterday -o {store}/yesterday.png
25 4 * * *  {user}  [ -d /run/systemd/system ] || {command} tidy --quiet --config {configuration}
"""

_ROTATION = """\
{mark}; what is changed here is overwritten.
# files that [[sink]] of kind = "file" writes: renamed, never copied and cut; Varde notices and begins a new one
/var/log/varde/*.log {{
    weekly
    rotate 8
    missingok
    notifempty
    compress
    delaycompress
    create 0640 {user} adm
}}
"""


@dataclass(frozen=True, slots=True)
class Service:
    """Who runs it and how it is started."""

    user: str = USER
    command: str = ""
    environment: str = ""

    @classmethod
    def of(cls, user: str) -> "Service":
        """The program of this very Varde: the script of a checkout, or of an environment where it is installed, else Python and the module."""
        if not _USER_NAME.fullmatch(user):
            raise VardeError(f"{user!r} is no name of a user: small letters, digits, - and _, as `useradd` takes it.")
        python, source = Path(sys.executable), Path(varde.__file__).parents[1]
        if not all(_PLAIN_PATH.fullmatch(str(path)) for path in (python, source)):
            raise VardeError(f"units of systemd cannot name {python}: put Varde into a folder without spaces and signs, such as /opt/varde.")
        script = python.with_name("varde") if source.name in _PACKAGES else source.parent / "varde"
        if script.is_file():
            return cls(user, str(script))
        return cls(user, f"{python} -P -m varde", f"Environment=PYTHONPATH={source}\n")

    def files(self) -> Iterator[tuple[str, str]]:
        """Paths and texts of all that is written."""
        common = {"mark": MARK, "user": self.user, "store": STORE, "command": self.command, "configuration": CONFIGURATION,
                  "environment": self.environment, "hardened": _HARDENED, "where": _WHERE.format(user=self.user, store=STORE)}  # fmt: skip
        yield "/etc/systemd/system/varde.service", _SERVICE.format(**common, capabilities=_capabilities())
        for name, what, commands, when, calendar in self._jobs():
            lines = "\n".join(f"ExecStart={self.command} {line}" for line in commands)
            yield f"/etc/systemd/system/{name}.service", _JOB.format(**common, name=name, what=what, commands=lines)
            yield f"/etc/systemd/system/{name}.timer", _TIMER.format(mark=MARK, what=what, when=when, calendar=calendar)
        yield "/etc/cron.d/varde", _CRON.format(**common, assigned=self.environment.removeprefix("Environment="))
        yield "/etc/logrotate.d/varde", _ROTATION.format(mark=MARK, user=self.user)

    def _jobs(self) -> Iterator[tuple[str, str, Sequence[str], str, str]]:
        configured = f"--config {CONFIGURATION}"
        yield "varde-tidy", "Varde: merge small files of the store, delete what is too old", (f"tidy --quiet {configured}",), "every night", "*-*-* 04:25:00"
        picture = f"fireplot --quiet {configured} --day yesterday -o {STORE}/yesterday.png"
        yield "varde-picture", "Varde: the picture of yesterday", (picture,), "soon after midnight", "*-*-* 00:10:00"
        page = f"brief --quiet {configured} --day yesterday -o {STORE}/yesterday.html"
        yield "varde-brief", "Varde: what was notable yesterday, in a page of sentences", (page,), "every morning", "*-*-* 06:20:00"


def _capabilities() -> str:
    names = " ".join(f"CAP_{name.upper()}" for name in CAPABILITIES)
    why = "\n".join(f"# {name}: {reason}" for name, reason in CAPABILITIES.items())
    return f"{why}\nAmbientCapabilities={names}\nCapabilityBoundingSet={names}"


def service_install_command(user: str, prefix: Path | None, *, is_dry: bool) -> None:
    """Write all; say what was written and what is to be done by hand."""
    service = Service.of(user)
    wanted = [Placed(under(prefix, Path(path)), text, 0o644, MARK) for path, text in service.files()]
    place(wanted, (), "varde service install", is_dry=is_dry)
    for line in _steps(service):
        say(line)


def _steps(service: Service) -> Iterator[str]:
    if unseen := _in_homes():
        yield (f"note: {unseen} is out of the service's reach, because its units have ProtectHome=yes: it would not start. Put Varde and its Python where all may "
               "read them, such as /opt/varde, then call this again.")  # fmt: skip
    yield f"they start {service.command}; then, as root:"
    try:
        pwd.getpwnam(service.user)
    except KeyError:
        yield f"  useradd --system --home-dir {STORE} --shell {shutil.which('nologin') or '/usr/sbin/nologin'} {service.user}"
    if not CONFIGURATION.exists():
        yield f"  {shlex.join(service.command.split())} config init {CONFIGURATION}"
    yield "  systemctl daemon-reload"
    yield "  systemctl enable --now varde.service varde-picture.timer"
    yield "`varde up` tidies its store by itself, once an hour; enable varde-tidy.timer where only `varde listen` or `varde read` fill it"


def _in_homes() -> Path | None:
    """What of this Varde lies in somebody's home, and the service would not see."""
    places = (Path(varde.__file__).resolve(), Path(sys.executable), Path(sys.executable).resolve())
    return next((place for place in places if any(place.is_relative_to(home) for home in _HOMES)), None)
