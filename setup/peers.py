"""`./test peers`: install the programs of tests/peers.toml that are not here: Debian's packages, and those of PyPI, each in an
environment of its own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import installers
from progress import SetupError, say

ROOT = Path(__file__).resolve().parent.parent
SEARCHED = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin", "/lib/systemd"]
)
POLICY = Path("/usr/sbin/policy-rc.d")
DENY = "#!/bin/sh\n# tests need the programs, not their services\nexit 101\n"
ENVIRONMENTS = ROOT / ".varde-build" / "peers"
LOCKS = ROOT / "locks"
MARK = "varde-lock"
"""File of an environment: the checksum of the lock that it was made from."""

OPTIONS = ("--no-deps",)
"""A lock is complete; pip before 24 asks for pins of `twisted[tls]` where it has those of `twisted`."""

Peers = dict[str, dict[str, Any]]


def main() -> int:
    peers: Peers = tomllib.loads((ROOT / "tests" / "peers.toml").read_text(encoding="utf-8"))
    absent = {name: peer for name, peer in peers.items() if not _is_here(name, peer)}
    for name, peer in peers.items():
        source = peer.get("debian") or ", ".join(peer["pypi"])
        print(f"  {name}: {'to be installed' if name in absent else 'here'} ({source}: {peer['for']})")
    # those of PyPI need nobody's permission
    status = _from_pypi([name for name, peer in absent.items() if "pypi" in peer])
    return _from_debian({name: peer for name, peer in absent.items() if "debian" in peer}) or status


def _is_here(name: str, peer: dict[str, Any]) -> bool:
    if "file" in peer:
        return any(Path("/").glob(peer["file"].removeprefix("/")))
    if "debian" in peer:
        return shutil.which(peer["program"], path=SEARCHED) is not None
    mark = ENVIRONMENTS / name / MARK
    program = ENVIRONMENTS / name / "bin" / peer["program"]
    return program.exists() and mark.exists() and mark.read_text() == _digest(name)


def _lock(name: str) -> Path:
    return LOCKS / f"peer-{name}.txt"


def _digest(name: str) -> str:
    return hashlib.sha256(_lock(name).read_bytes()).hexdigest()


def _from_pypi(names: list[str]) -> int:
    status = 0
    for name in names:
        env = ENVIRONMENTS / name
        env.parent.mkdir(parents=True, exist_ok=True)
        variables = installers.environ(os.access(Path.home(), os.W_OK), env.parent)
        try:
            installers.install(
                env, _lock(name), f"installing {name}", variables=variables, held=(), options=OPTIONS
            )
        except SetupError as error:
            say(f"test: {name} is not installed: {error}.")
            status = 1
            continue
        (env / MARK).write_text(_digest(name))
    return status


def _from_debian(absent: Peers) -> int:
    packages = sorted({peer["debian"] for peer in absent.values()})
    if not packages:
        return 0
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        print(
            f"test: this is no Debian; install what has these programs yourself: {' '.join(absent)}",
            file=sys.stderr,
        )
        return 1
    if os.geteuid() != 0:
        print(
            f"test: only root installs packages: sudo apt-get update && sudo {' '.join(command)}",
            file=sys.stderr,
        )
        return 1
    print(f"test: installing {', '.join(packages)}; their services are not started.", flush=True)
    return _install(command)


def _install(command: list[str]) -> int:
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        for step in (["apt-get", "--quiet", "update"], command):
            status = subprocess.run(step, env=variables, stdin=subprocess.DEVNULL, check=False).returncode
            if status:
                print(f"test: {' '.join(step)} ended with status {status}", file=sys.stderr)
                return 1
    return 0


@contextmanager
def _no_services() -> Iterator[None]:
    """Debian asks policy-rc.d before a package starts its service. One that the machine has is left alone."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(DENY)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main())
