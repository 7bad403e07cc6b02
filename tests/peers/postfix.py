"""A real Postfix of its own on a free port of the loopback: it takes mail, and keeps what is for elsewhere in its queue of the deferred."""

import contextlib
import os
import pwd
import smtplib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import find_peer
from tests.peers.nameserver import free_port
from tests.peers.running import wait_for

START_SECONDS = 60.0
ELSEWHERE = "elsewhere.example"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.org
mydestination =
relay_domains = {elsewhere}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
defer_transports = smtp relay
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
"""
_SMTP = "smtp      inet  n"


@dataclass(frozen=True)
class Postfix:
    """Its configuration and where it listens."""

    config: Path
    smtp: int
    spool: Path

    def send(self, count: int) -> None:
        """Mail that waits, because nothing goes out."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=60) as smtp:
            for number in range(count):
                smtp.sendmail("a@example.org", [f"b{number}@{ELSEWHERE}"], "Subject: synthetic\r\n\r\nhello\r\n")

    def waiting(self, queue: str) -> int:
        return sum(1 for path in (self.spool / queue).rglob("*") if path.is_file())


@contextlib.contextmanager
def postfix(folder: Path) -> Iterator[Postfix]:
    """Run one as root, in a folder that its user may enter."""
    config, port = folder / "postfix", free_port()
    for name in ("postfix", "spool", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    (config / "main.cf").write_text(_MAIN.format(folder=folder, elsewhere=ELSEWHERE))
    services = Path("/usr/share/postfix/master.cf.dist").read_text()
    assert _SMTP in services
    # nothing of it in a chroot, which would need files of this machine in it
    unjailed = [" ".join([*line.split()[:4], "n", *line.split()[5:]]) if line[:1].isalpha() else line for line in services.replace(_SMTP, f"127.0.0.1:{port} inet n").splitlines()]
    (config / "master.cf").write_text("\n".join(unjailed) + "\n")
    program = [str(find_peer("postfix")), "-c", str(config)]
    done = subprocess.run([*program, "start"], capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        wait_for(lambda: _answers(port), START_SECONDS)
        yield Postfix(config, port, folder / "spool")
    finally:
        subprocess.run([*program, "stop"], capture_output=True, timeout=START_SECONDS, check=False)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", port, timeout=5):
        return True
    return False
