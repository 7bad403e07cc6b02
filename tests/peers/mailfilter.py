"""A real mail filter as the how-to sets it up: amavisd, its SNMP subagent and snmpd, on free ports of the loopback, and mail through it."""

import contextlib
import os
import pwd
import smtplib
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.conftest import find_peer
from tests.peers.nameserver import free_port
from tests.peers.running import wait_for

COMMUNITY = "varde-lab"
USER, AUTH, PRIV = "varde", "authenticate-me", "and-keep-it-private"
FILTER_USER = "amavis"
BASE = "1.3.6.1.4.1.15312.2.1"
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"  # in two, so that no scanner objects to this file
START_SECONDS = 60.0

_CONFIG = """\
use strict;
$MYHOME = '{home}'; $TEMPBASE = "$MYHOME/tmp"; $db_home = "$MYHOME/db"; $QUARANTINEDIR = "$MYHOME/quarantine";
$lock_file = "$MYHOME/amavisd.lock"; $pid_file = "$MYHOME/amavisd.pid"; $enable_db = 1; $max_servers = 2;
$daemon_user = '{user}'; $daemon_group = '{user}'; $do_syslog = 0; $LOGFILE = "$MYHOME/amavis.log"; $log_level = 1;
$inet_socket_port = {port}; $inet_socket_bind = '127.0.0.1'; @inet_acl = qw(127.0.0.1);
$forward_method = 'smtp:[127.0.0.1]:{sink}'; $notify_method = $forward_method; $enable_dkim_verification = 0;
$mydomain = 'example.org'; $myhostname = 'mx.example.org'; @local_domains_maps = ([".$mydomain"]); @mynetworks = qw(127.0.0.0/8);
$final_virus_destiny = D_DISCARD; $final_banned_destiny = D_DISCARD; $final_bad_header_destiny = D_PASS; $final_spam_destiny = D_PASS;
$virus_quarantine_method = 'local:virus-%m'; $banned_files_quarantine_method = 'local:banned-%m';
@bypass_spam_checks_maps = (1);
$banned_filename_re = new_RE(qr'\\.exe$'i);
@av_scanners = (['grep', '/bin/grep', '-rlF EICAR-STANDARD-ANTIVIRUS-TEST-FILE {{}}', [1], [0], qr/(EICAR|p00)/m ]);
1;
"""
_SNMPD = """\
agentaddress udp:127.0.0.1:{port}
master agentx
agentXSocket tcp:127.0.0.1:{agentx}
view mail included .{base}
view mail included .1.3.6.1.2.1.1
rocommunity {community} 127.0.0.1 -V mail
createUser {user} SHA {auth} AES {priv}
rouser {user} authpriv -V mail
sysLocation lab
{more}
"""


class _Sink(socketserver.StreamRequestHandler):
    """Takes every mail and forgets it."""

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        in_data = False
        for line in self.rfile:
            word = line[:4].upper()
            if in_data and line.strip() == b".":
                in_data = False
                self.wfile.write(b"250 2.0.0 taken\r\n")
            elif not in_data:
                in_data = word == b"DATA"
                self.wfile.write(b"354 go\r\n" if in_data else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return


@dataclass
class MailFilter:
    """Where it listens."""

    smtp: int
    snmp: int
    folder: Path

    def send(self, text: str = "hello", sender: str = "a@elsewhere.example", to: str = "b@example.org", attach: tuple[str, bytes] | None = None) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, to, "synthetic", f"<{os.urandom(8).hex()}@elsewhere.example>"
        mail["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
        mail.set_content(text)
        if attach:
            mail.add_attachment(attach[1], maintype="application", subtype="octet-stream", filename=attach[0])
        self.send_raw(mail.as_bytes(), sender, to)

    def send_raw(self, text: bytes, sender: str, to: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=60) as smtp:
            smtp.sendmail(sender, [to], text)

    def send_some(self) -> None:
        """Four clean ones, one infected, one with a forbidden attachment, one with a broken header, one for elsewhere."""
        for _ in range(4):
            self.send()
        self.send(EICAR)
        self.send(attach=("game.exe", b"MZ" + bytes(100)))
        self.send_raw("From: a@elsewhere.example\r\nSubject: bl\xe5\r\nTo: b@example.org\r\n\r\nhello\r\n".encode("latin-1"), "a@elsewhere.example", "b@example.org")
        self.send(to="c@elsewhere.example")


@contextlib.contextmanager
def mail_filter(*, more: str = "", mta: Path | None = None) -> Iterator[MailFilter]:
    """Run all three. `more`: lines of snmpd.conf; `mta`: the configuration of a Postfix whose queues are told, which only root may look at.
    The folder is one that its user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="varde-mail-"))
    folder.chmod(0o755)
    home, config = folder / "home", folder / "etc"
    config.mkdir()
    for one in (home, home / "db", home / "tmp", home / "quarantine"):
        one.mkdir()
        _give(one)
    ports = {name: free_port() for name in ("smtp", "snmp", "agentx")}
    with _sink() as sink, contextlib.ExitStack() as ending:
        ending.callback(_remove, folder)
        (config / "amavisd.conf").write_text(_CONFIG.format(home=home, user=FILTER_USER, port=ports["smtp"], sink=sink))
        ending.enter_context(snmpd(folder, ports["snmp"], ports["agentx"], more))
        filtering = _start(ending, folder, "amavisd", ["-c", str(config / "amavisd.conf"), "foreground"], {})
        wait_for(lambda: filtering.poll() is not None or _listens(ports["smtp"]), START_SECONDS)
        assert filtering.poll() is None, (folder / "amavisd.said").read_text(errors="replace")
        (config / "amavis-agentx.conf").write_text(f"agentxsocket tcp:127.0.0.1:{ports['agentx']}\n")
        as_user = {"user": FILTER_USER, "group": FILTER_USER, "extra_groups": []} if os.geteuid() == 0 and mta is None else {}
        _start(ending, folder, "amavisd-snmp-subagent", ["-f", "-D", str(home / "db")], as_user, {} if mta is None else {"MAIL_CONFIG": str(mta)})
        one = MailFilter(ports["smtp"], ports["snmp"], folder)
        wait_for(lambda: "Counter32" in walk(one.snmp, f"{BASE}.1.2.1"), START_SECONDS)
        yield one


@contextlib.contextmanager
def snmpd(folder: Path, port: int, agentx: int, more: str = "") -> Iterator[None]:
    """snmpd alone, with the community and the user, and with `more` in its configuration."""
    state = folder / "state"
    state.mkdir()
    text = _SNMPD.format(port=port, agentx=agentx, base=BASE, community=COMMUNITY, user=USER, auth=AUTH, priv=PRIV, more=more)
    (folder / "snmpd.conf").write_text(text)
    with contextlib.ExitStack() as ending:
        _start(ending, folder, "snmpd", ["-f", "-C", "-c", str(folder / "snmpd.conf"), "-Lf", str(folder / "snmpd.log")], {}, {"SNMP_PERSISTENT_DIR": str(state)})
        wait_for(lambda: "." in walk(port, "1.3.6.1.2.1.1.3"), START_SECONDS)
        yield


def walk(port: int, oid: str, program: str = "snmpwalk", *more: str) -> str:
    """What net-snmp's own client reads, by number."""
    command = [str(find_peer(program)), "-v2c", "-c", COMMUNITY, "-On", "-t", "2", "-r", "1", *more, f"127.0.0.1:{port}", oid]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Sink)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _start(ending: contextlib.ExitStack, folder: Path, name: str, arguments: list[str], as_user: dict[str, object], more: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"SNMPCONFPATH": str(folder / "etc"), "AMAVISD_DB_HOME": str(folder / "home" / "db"), "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "home"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} | (more or {})
    log = ending.enter_context((folder / f"{name}.said").open("wb"))
    process = subprocess.Popen([str(find_peer(name)), *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd="/", start_new_session=True, **as_user)  # type: ignore[call-overload]

    def end() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    ending.callback(end)
    return process


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", port, timeout=5):
        return True
    return False


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(FILTER_USER)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
