"""What a sink is told: one entry of `[[sink]]` in the configuration, checked where it is defined."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from varde.export.warning import FORMATS
from varde.model import VardeError

FACILITIES = {
    "kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "lpr": 6, "news": 7, "uucp": 8, "cron": 9, "authpriv": 10, "ftp": 11,
    **{f"local{number}": 16 + number for number in range(8)},
}  # fmt: skip
"""RFC 5424 section 6.2.1, by the names that syslog.conf uses."""

SEVERITIES = {"emerg": 0, "alert": 1, "crit": 2, "err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}

DEFAULT_PORTS = {"udp": 514, "tcp": 601, "tls": 6514, "smtp": 25}
"""RFC 5426, 6587, 5425 and 5321."""


SINK_NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
"""Names of sinks become names of files, and part of a mail's List-Id."""

_OF_ALL = {"name", "kind", "format"}
_TLS_FILES = {"ca", "certificate", "key"}

OF_KIND: dict[str, set[str]] = {
    "stdout": set(),
    "file": {"path"},
    "syslog": {"address", "rfc", "framing", "facility", "severity", "hostname", "sd_id", "timeout", *_TLS_FILES},
    "webhook": {"url", "url_file", "secret_file", "token_file", "ca", "timeout"},
    "mail": {"server", "security", "user", "password_file", "sender", "recipients", "period_minutes", "threshold", "ca", "timeout"},
}
"""Settings that each kind of sink has beside those of all."""


def _one_of(known: Collection[str]) -> AfterValidator:
    """A word of a table, so that the table need not be written twice."""

    def check(word: str) -> str:
        if word not in known:
            raise ValueError(f"{word!r} is none of {', '.join(known)}")
        return word

    return AfterValidator(check)


class SinkSettings(BaseModel):
    """All that any kind of sink may be told, as the configuration has it; each kind has its own. Raises ValidationError."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=SINK_NAME)
    kind: Annotated[str, _one_of(OF_KIND)]
    format: Annotated[str, _one_of(FORMATS)] | None = None
    "None is the kind's own."
    path: Path | None = None
    address: str = ""
    "udp://, tcp:// or tls://, a host and a port."
    rfc: Literal[3164, 5424] = 3164
    framing: Literal["octets", "lf"] = "octets"
    facility: Annotated[str, _one_of(FACILITIES)] = "local0"
    severity: Annotated[str, _one_of(SEVERITIES)] = "warning"
    hostname: str = ""
    sd_id: str = Field("varde@32473", pattern=r"^[A-Za-z0-9._-]{1,24}@[0-9.]{1,7}$")
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    url: str = ""
    url_file: Path | None = None
    secret_file: Path | None = None
    token_file: Path | None = None
    server: str = ""
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password_file: Path | None = None
    sender: str = ""
    recipients: tuple[str, ...] = ()
    period_minutes: float = Field(15, ge=0.01, le=10_080)
    threshold: int = Field(1, ge=1)
    timeout: float = Field(10, ge=0.1, le=300)
    "Seconds."

    @model_validator(mode="after")
    def _of_its_kind(self) -> "SinkSettings":
        if strange := sorted(self.model_fields_set - _OF_ALL - OF_KIND[self.kind]):
            has = ", ".join(sorted(OF_KIND[self.kind])) or "nothing beside format"
            raise ValueError(f"sink {self.name}: kind {self.kind} has no {strange[0]}; it has {has}")
        return self

    @property
    def period_seconds(self) -> float:
        return self.period_minutes * 60

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
