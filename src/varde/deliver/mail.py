"""Warnings by mail: a digest every so often, a paragraph for each host and list, never a mail a flow."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from varde.deliver.settings import SinkSettings, host_and_port
from varde.deliver.sink import Row, SinkError, because
from varde.export.warning.row import listed, names, title, urls
from varde.model import VardeError, counted, visible

GROUPS_MAX = 50
"""Paragraphs of a mail: more is no digest. The rest is counted."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
"""RFC 5322's dot-atom and a host name: what people have. Nothing of it can begin another header."""


@dataclass(slots=True)
class _Group:
    """Warnings of one host and list, or one surge or scan: that has no list but a reason, and its title for a host."""

    host: str
    lists: str
    reason: str = ""
    count: int = 0
    first: str = ""
    last: str = ""
    line: str = ""
    url: str = ""

    def add(self, row: Row) -> None:
        self.count += int(row.get("count", 1))
        self.first = min(self.first or row["time"], row["time"])
        end = row.get("end_time") or row["time"]
        if end >= self.last:
            self.last, self.line = end, str(row.get("line", ""))
        self.url = self.url or next(iter(urls(row)), "")


class MailSink:
    """Sends what gathered in a period as one mail. Waits `period_seconds` from the first warning on."""

    batch = 5000
    "Warnings that one digest is made of."

    def __init__(self, settings: SinkSettings) -> None:
        settings.need(server=settings.server, sender=settings.sender, recipients=settings.recipients)
        for address in (settings.sender, *settings.recipients):
            if not _ADDRESS.fullmatch(address):
                raise VardeError(f"sink {settings.name}: {address!r} is no mail address.")
        self._host, self._port = host_and_port(settings.server, "smtp")
        self._settings = settings
        self._password = settings.secret(settings.password_file)
        self._since: float | None = None
        self._below = 0
        try:
            self._tls = ssl.create_default_context(cafile=settings.ca)
        except (OSError, ssl.SSLError) as error:
            raise VardeError(f"sink {settings.name}: cannot use {settings.ca}: {because(error)}. It must be a PEM file.") from error

    def ready(self, waiting: int, clock: float) -> bool:
        if waiting and self._since is None:
            self._since = clock
        return self._since is not None and clock - self._since >= self._settings.period_seconds

    def send(self, rows: Sequence[Row]) -> str:
        groups = grouped(rows)
        told = [group for group in groups if group.reason or group.count >= self._settings.threshold]  # a reason stands for many packets
        below = sum(group.count for group in groups) - sum(group.count for group in told)
        if not told:
            self._since, self._below = None, self._below + below
            return f"nothing reached the threshold of {self._settings.threshold}"
        answer = self._submit(digest(self._settings, told, self._below + below))
        self._since, self._below = None, 0
        return answer

    def close(self) -> None:
        """A connection lasts for one mail."""

    def post(self, subject: str, text: str, topic: str) -> str:
        """Send one letter at once; answers who took it. Raises SinkError."""
        return self._submit(letter(self._settings, subject, text, topic))

    def _submit(self, message: EmailMessage) -> str:
        try:
            server = self._connected()
            try:
                refused = server.send_message(message)
            finally:
                _leave(server)
        except (OSError, smtplib.SMTPException) as error:
            raise SinkError(f"cannot send mail by {self._host}:{self._port}: {_said(error)}.") from error
        return f"taken by {self._host}" + (f", but not for {', '.join(refused)}" if refused else "")

    def _connected(self) -> smtplib.SMTP:
        """A session that is encrypted and logged in as the settings want it."""
        settings = self._settings
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=settings.timeout, context=self._tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=self._tls)
            if settings.user:
                server.login(settings.user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _leave(server: smtplib.SMTP) -> None:
    """A mail that was taken stays taken, however the server takes its leave."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def grouped(rows: Sequence[Row]) -> list[_Group]:
    """One group for each surge and scan, and for each own host and its lists, the most frequent first."""
    groups: dict[tuple[str, str], _Group] = {}
    for row in rows:
        if row.get("reason"):
            groups.setdefault((title(row), str(row.get("line"))), _Group(title(row), "", visible(row["reason"]))).add(row)
            continue
        found = listed(row)
        host = next((str(row[end]) for end in ("src_addr", "dst_addr") if row.get(end) not in (None, found)), str(row.get("sensor", "")))
        key = (host, visible(", ".join(names(row))))
        groups.setdefault(key, _Group(*key)).add(row)
    return sorted(groups.values(), key=lambda group: (not group.reason, -group.count, group.host))


def digest(settings: SinkSettings, groups: Sequence[_Group], below: int) -> EmailMessage:
    """The mail: plain text, so that nothing in it is anything but text."""
    total = sum(group.count for group in groups)
    hosts = len({group.host for group in groups if not group.reason})
    text = "\n\n".join([*map(_paragraph, groups[:GROUPS_MAX]), *_rest(settings, groups, below)]) + "\n"
    about = [counted(total, "warning"), *([counted(hosts, "host")] if hosts else [])]
    return letter(settings, f"Varde: {', '.join(about)}", text, "warnings")


def letter(settings: SinkSettings, subject: str, text: str, topic: str) -> EmailMessage:
    """A mail of plain text from the settings' sender to its recipients. `topic` is what it is one of, for whoever sorts mail."""
    message = EmailMessage()
    message["Subject"] = visible(subject)
    message["From"] = Address("Varde", addr_spec=settings.sender)
    message["To"] = ", ".join(settings.recipients)
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    domain = settings.sender.partition("@")[2]
    message["Message-ID"] = make_msgid(domain=domain)
    message["List-Id"] = f"Varde {topic} <{settings.name}.varde.{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
    message["Precedence"] = "bulk"
    message.set_content(text)
    return message


def post(settings: SinkSettings, recipients: Sequence[str], subject: str, text: str, topic: str) -> str:
    """Send one letter by the server of a sink, to others than the sink's own recipients; answers who took it. Raises VardeError."""
    return MailSink(settings.model_copy(update={"recipients": tuple(recipients)})).post(subject, text, topic)


def _paragraph(group: _Group) -> str:
    what = f"{group.host}: {group.reason}" if group.reason else f"{visible(group.host)}: {counted(group.count, 'record')}, listed by {group.lists}"
    lines = [what, f"  from {group.first} to {group.last}"]
    return "\n".join([*lines, f"  {visible(group.line)}", *([f"  {visible(group.url)}"] if group.url else [])])


def _rest(settings: SinkSettings, groups: Sequence[_Group], below: int) -> list[str]:
    rest = []
    if len(groups) > GROUPS_MAX:
        rest.append(f"And {counted(len(groups) - GROUPS_MAX, 'more host and list', 'more hosts and lists')}.")
    if below:
        rest.append(f"{counted(below, 'record')} stayed below the threshold of {settings.threshold} for a host and list.")
    return [*rest, f"All of them: `varde warn --stats --by host` on {socket.gethostname()}."]


def _said(error: Exception) -> str:
    """The server's own words, made harmless."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        return visible(f"{error.smtp_code} {words}"[:200])
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "every recipient was refused: " + visible(str({who: code for who, (code, _) in error.recipients.items()}))[:200]
    return visible(because(error))[:200]
