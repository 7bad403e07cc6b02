"""The set-up is plain scripts in setup/, not part of the package: tests import them from there."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "setup"))

SYSTEM = ("sh", "find", "cat", "cksum", "id", "readlink", "sleep", "kill")
"""What the launcher may take for granted."""

FAKE_UV = """#!/bin/sh
echo "uv $1" >>"$CALLS"
case $1 in
    venv) for env in "$@"; do :; done; exec "$REAL_PYTHON" -m venv --without-pip "$env" ;;
    pip) {install} ;;
esac
"""


@dataclass
class Checkout:
    """A project folder with the real launcher, a toy package, and a PATH of its own."""

    root: Path
    bin: Path
    home: Path
    calls: Path
    variables: dict[str, str] = field(default_factory=dict)

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def uv(self, install: str = ":") -> None:
        """A stand-in for uv that makes real, empty environments and notes what it was asked."""
        self.program("uv", FAKE_UV.format(install=install))

    def command(self, *arguments: str, launcher: Path | None = None) -> list[str]:
        return [str(launcher or self.root / "varde"), *arguments]

    @property
    def environ(self) -> dict[str, str]:
        paths = {"PATH": str(self.bin), "HOME": str(self.home), "TMPDIR": str(self.home.parent / "tmp")}
        return {**paths, "CALLS": str(self.calls), "REAL_PYTHON": sys.executable, **self.variables}

    def start(
        self, *arguments: str, launcher: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = self.command(*arguments, launcher=launcher)
        return subprocess.run(
            command, cwd=cwd, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "project", tmp_path / "bin", tmp_path / "home", tmp_path / "calls")
    for folder in (made.bin, made.home, tmp_path / "tmp", made.root / "locks", made.root / "src" / "varde"):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "varde", made.root)
    shutil.copytree(ROOT / "setup", made.root / "setup", ignore=shutil.ignore_patterns("__pycache__"))
    for lock in ("runtime", "cluster", "dev", "build"):
        (made.root / "locks" / f"{lock}.txt").write_text("# nothing\n")
    (made.root / "setup" / "sizes.json").write_text(
        '{"runtime": {"download_mb": 7, "disk_mb": 9}, "cluster": {"download_mb": 8, "disk_mb": 10}, "build": {"download_mb": 1, "disk_mb": 1},'
        ' "page": {"download_mb": 1, "disk_mb": 1}}'
    )
    (made.root / "src" / "varde" / "__init__.py").write_text("")
    (made.root / "src" / "varde" / "__main__.py").write_text(
        "import sys, json\nprint('started', *sys.argv[1:])\n"
    )
    for name in SYSTEM:
        found = shutil.which(name)
        if found:
            (made.bin / name).symlink_to(found)
    made.program("python3", f'#!/bin/sh\necho "python3 $1" >>"$CALLS"\nexec "{sys.executable}" "$@"\n')
    return made
