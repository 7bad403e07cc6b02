"""Which engine answers: DuckDB in this process, or the cluster that the configuration names, whose client is fetched when it is first
named."""

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from varde.app.output import asking, say
from varde.model import VardeError
from varde.model.engine import ClusterAddress, engine_address

if TYPE_CHECKING:
    from varde.app.context import Context
    from varde.query import Backend, Engine
    from varde.store import Store

TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
"""Spark's own name of the variable that holds the token."""

TOKEN_MAX = 4096
"""Octets of a file with a token."""

ROOT = Path(__file__).resolve().parents[3]
"""Of a checkout."""

CLIENT = ("pyspark", "grpc", "grpc_status", "google.protobuf")
"""Modules of the client of Spark Connect."""


def engine_of(context: "Context", store: "Store | None" = None) -> "Engine":
    """The engine that answers about the configured store, or about another one, such as that of files named on a command line, which
    only this machine has. Raises VardeError."""
    from varde.query import Engine

    # by its place: a store that is looked at is made, and a command over files needs none
    ours = store is None or store.path == context.location
    return Engine(store or context.store, context.backend if ours else None, None if context.quiet else asking)


def backend_of(context: "Context") -> "Backend":
    """DuckDB, or the configured cluster, which is not spoken to before it is asked. Raises VardeError."""
    section = context.config.engine
    address = engine_address(section.url)
    if address is None:
        from varde.query.embedded import Embedded

        return Embedded(section.memory_mb)
    token = os.environ.get(TOKEN) or token_of(section.token_file)
    if token is None and not address.is_loopback:
        raise VardeError(f"{address.url} is another machine, and whoever reaches it may read all that it can: set a token there "
                         f"(spark.connect.authenticate.token) and name the file that has it as token_file in [engine], or set {TOKEN}.")  # fmt: skip
    require_client(address)
    from varde.query.cluster import Cluster, Settings

    return Cluster(Settings(address, section.reader, token))


def token_of(path: Path | None) -> str | None:
    """What a file holds, on one line. Raises VardeError where it cannot be read, or holds something else."""
    if path is None:
        return None
    try:
        text = path.read_bytes()[: TOKEN_MAX + 1].decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise VardeError(f"cannot read the token in {path}: {str(getattr(error, 'strerror', None) or 'it is no plain text').lower()}") from error
    if not text or len(text) > TOKEN_MAX or not text.isprintable() or " " in text:
        raise VardeError(f"{path} should hold the token of [engine] and nothing else, on one line")
    return text


def require_client(address: ClusterAddress) -> None:
    """Fetch the client into the environment that ./varde made, where it is not there yet. Raises VardeError with the command to do it."""
    if _is_here():
        return
    if _is_ours():
        _install(address)
    if not _is_here():
        raise VardeError(f"[engine] names {address.url}, and what speaks with it is not installed: pip install 'varde[cluster]'")


def _is_here() -> bool:
    importlib.invalidate_caches()
    try:
        return all(importlib.util.find_spec(name) is not None for name in CLIENT)
    except ModuleNotFoundError:  # of the package that one of them lies in
        return False


def _is_ours() -> bool:
    """Whether this Python is of an environment that ./varde made."""
    return (ROOT / "setup" / "environment.py").exists() and (Path(sys.prefix) / "varde-runtime").exists()


def _install(address: ClusterAddress) -> None:
    say(f"varde: [engine] names {address.url}: fetching what speaks with it, once")
    command = [sys.executable, "-s", str(ROOT / "setup" / "environment.py"), "--cluster", sys.prefix]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603 - our own program
        raise VardeError(f"what speaks with {address.url} could not be installed; what went wrong stands above. Take `url` out of [engine] to ask "
                         "on this machine meanwhile.")  # fmt: skip
