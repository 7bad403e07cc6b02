"""What a sink is told: one entry of `[[sink]]` in the configuration."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from varde.model import VardeError

FACILITIES = {
    "kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9, "authpriv": 10, "ftp": 11,
    **{f"local{number}": 16 + number for number in range(8)},
}  # fmt: skip
"""RFC 5424 section 6.2.1, by the names that syslog.conf uses."""

SEVERITIES = {"emerg": 0, "alert": 1, "crit": 2, "err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}

DEFAULT_PORTS = {"udp": 514, "tcp": 601, "tls": 6514, "smtp": 25}
"""RFC 5426, 6587, 5425 and 5321."""


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """All that any kind of sink may be told; each kind looks at its own."""

    name: str
    kind: str
    format: str = ""
    "A key of varde.export.warning.FORMATS; empty is the kind's own."
    path: Path | None = None
    address: str = ""
    "udp://, tcp:// or tls://, a host and a port."
    rfc: int = 3164
    framing: str = "octets"
    facility: str = "local0"
    severity: str = "warning"
    hostname: str = ""
    sd_id: str = "varde@32473"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    url: str = ""
    url_file: Path | None = None
    secret_file: Path | None = None
    token_file: Path | None = None
    server: str = ""
    security: str = "none"
    user: str = ""
    password_file: Path | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    period_seconds: float = 900.0
    threshold: int = 1
    timeout: float = 10.0

    def secret(self, path: Path | None) -> str:
        """What a file holds, without the line feed at its end. Raises VardeError."""
        if path is None:
            return ""
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise VardeError(f"sink {self.name}: cannot read {path}: {str(getattr(error, 'strerror', None) or error).lower()}") from error

    def need(self, **wanted: object) -> None:
        """Raises VardeError that names what is not set."""
        if missing := [name for name, value in wanted.items() if not value]:
            raise VardeError(f"sink {self.name}: kind {self.kind} needs {' and '.join(missing)}.")


def host_and_port(text: str, scheme: str) -> tuple[str, int]:
    """`siem.example`, `siem.example:6514` or `[::1]:6514`; the port of the scheme where none is named. Raises VardeError."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path or parts.query or not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
        raise VardeError(f"{text!r} is no host and port. Write siem.example.net:{DEFAULT_PORTS[scheme]} or [2001:db8::1]:{DEFAULT_PORTS[scheme]}.")
    return host, DEFAULT_PORTS[scheme] if port is None else port
