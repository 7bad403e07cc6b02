"""`./test peers`: install the programs of tests/peers.toml that are not here, from Debian's packages."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin", "/lib/systemd"])
POLICY = Path("/usr/sbin/policy-rc.d")
DENY = "#!/bin/sh\n# tests need the programs, not their services\nexit 101\n"


def main() -> int:
    peers = tomllib.loads((ROOT / "tests" / "peers.toml").read_text(encoding="utf-8"))
    absent = {
        name: peer for name, peer in peers.items() if shutil.which(peer["program"], path=SEARCHED) is None
    }
    for name, peer in peers.items():
        print(
            f"  {name}: {'to be installed' if name in absent else 'here'} ({peer['debian']}: {peer['for']})"
        )
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
