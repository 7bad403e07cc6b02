"""Publishing to a file system that is really full: every file is as it was, and the next publishing works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.running import ROOT

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small file system")

SCRIPT = """
mount -t tmpfs -o size=64k tmpfs {folder}/small || exit 77
set -e
varde() {{ {python} -m varde intel "$@"; }}
printf 'evil.example\\n203.0.113.5\\n' | varde import - --name bad
varde publish
sha256sum small/* > before
seq 5000 | sed 's/.*/evil&.example/; $a 203.0.113.6' | varde import - --name bad
! varde publish
sha256sum -c before
ls -A small
varde rollback 1 && varde publish --dry-run && test -s small/wall.nft
printf 'evil.example\\nworse.example\\n203.0.113.7\\n' | varde import - --name bad --force
varde publish --force && grep -q worse.example small/rpz.db && grep -q 203.0.113.7 small/wall.nft
"""


def test_a_full_file_system_leaves_all_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    outputs = (("dns", "rpz", "rpz.db"), ("wall", "nft", "wall.nft"))
    (tmp_path / "varde.toml").write_text("".join(f'[[publish]]\nname = "{name}"\nformat = "{form}"\npath = "{tmp_path}/small/{file}"\n' for name, form, file in outputs))
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "VARDE_STORE": str(tmp_path / "store"), "VARDE_CONFIG": str(tmp_path / "varde.toml"),
    }  # fmt: skip
    script = SCRIPT.format(folder=tmp_path, python=sys.executable)
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=110, env=environment, cwd=tmp_path, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert done.returncode == 0 and "Traceback" not in done.stderr, (done.stdout, done.stderr)
    assert "cannot write beside" in done.stderr and "no space left on device. Everything is as it was." in done.stderr, done.stderr
    listed = done.stdout.partition("wall.nft: OK\n")[2].splitlines()[:2]
    assert listed == ["rpz.db", "wall.nft"], "nothing half-written stays beside them"
