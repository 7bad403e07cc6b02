"""Which engine answers questions, as the configuration names it."""

import ipaddress
import re
from dataclasses import dataclass

from varde.model.errors import VardeError

EMBEDDED = "duckdb://"
"""DuckDB in this process."""

CLUSTER_PORT = 15002
"""Spark Connect's own."""

READERS = ("files", "delta")
"""How a cluster reads tables: the files of the snapshot that this machine sees, or with a reader of Delta tables of its own."""

URL_MAX = 300
_URL = re.compile(r"sc://(?P<host>[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?(?P<more>(?:/?;.*|/)?)", re.ASCII)
_PARAMETERS = {"use_ssl": ("true", "false")}
_HOW = f"Write {EMBEDDED} or an address of Spark Connect such as sc://localhost:{CLUSTER_PORT}"


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a Spark Connect server listens; `tls` is whether it is spoken to in TLS."""

    host: str
    port: int
    tls: bool

    @property
    def url(self) -> str:
        """As people write it, without anything secret."""
        return f"sc://{self.host}:{self.port}" + ("/;use_ssl=true" if self.tls else "")

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def engine_address(url: str) -> ClusterAddress | None:
    """The address of `sc://host:15002`, or `sc://host:15002/;use_ssl=true`; None for DuckDB. Raises VardeError for anything else,
    and for another machine without TLS: who can listen on the way would read and change questions and answers."""
    if url == EMBEDDED:
        return None
    found = _URL.fullmatch(url) if len(url) <= URL_MAX else None
    if found is None or int(found["port"] or CLUSTER_PORT) > 65535:
        raise VardeError(f"{url[:60]!r} is no engine. {_HOW}.")
    given = _parameters(found["more"].strip("/;"))
    address = ClusterAddress(found["host"], int(found["port"] or CLUSTER_PORT), given.get("use_ssl") == "true")
    if not address.is_loopback and not address.tls:
        raise VardeError(f"{address.url} is another machine, and needs TLS: write {address.url}/;use_ssl=true. Spark has no TLS of its own there: "
                         "put a proxy before it, or use a tunnel to a loopback address (ssh -L).")  # fmt: skip
    return address


def _parameters(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if name == "token":
            raise VardeError("no token stands in the url, which is shown: write it into a file of your own and name that as token_file.")
        if value not in _PARAMETERS.get(name, ()):
            raise VardeError(f"{part[:40]!r} is nothing that the url of a cluster may say; there is use_ssl=true.")
        given[name] = value
    return given
