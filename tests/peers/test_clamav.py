"""`varde check signatures clamav` beside ClamAV's own sigtool, on a database that sigtool built."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cli_run import varde

pytestmark = pytest.mark.peer("sigtool")

EICAR_MD5 = "44d88612fea8a8f36de82e1278abb02f"


@pytest.fixture
def database(tmp_path: Path, peer: Callable[[str], Path]) -> Path:
    """A database of one signature, unsigned, as daily.cvd."""
    (tmp_path / "daily.hdb").write_text(f"{EICAR_MD5}:68:Varde.Synthetic.Test\n")
    (tmp_path / "COPYING").write_text("synthetic\n")
    command = [str(peer("sigtool")), "--build=daily.cud", "--unsigned", "--datadir=.", "--cvd-version=7"]
    done = subprocess.run(command, cwd=tmp_path, env={"SIGNDUSER": "varde", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False)
    assert (tmp_path / "daily.cud").exists(), done.stdout + done.stderr
    folder = tmp_path / "clamav"
    folder.mkdir()
    shutil.move(tmp_path / "daily.cud", folder / "daily.cvd")
    return folder


def _of_sigtool(program: Path, path: Path) -> dict[str, str]:
    said = subprocess.run([str(program), f"--info={path}"], capture_output=True, text=True, timeout=60, check=False).stdout
    return dict(re.findall(r"^([\w ]+): (.*)$", said, re.MULTILINE))


def test_it_says_what_sigtool_says(tmp_path: Path, database: Path, peer: Callable[[str], Path]) -> None:
    told = _of_sigtool(peer("sigtool"), database / "daily.cvd")
    done = varde(tmp_path, "check", "signatures", "clamav", "--dir", str(database), "--verify", "yes", "-v")
    assert done.status == 0, done.out
    assert done.out.startswith("SIGNATURES OK - daily.cvd version 7 was built ")
    assert f"version={told['Version']};" in done.out and f"signatures={told['Signatures']};" in done.out and told["MD5"] in done.out


def test_a_database_that_lost_octets_is_critical(tmp_path: Path, database: Path) -> None:
    path = database / "daily.cvd"
    path.write_bytes(path.read_bytes()[:-7])
    done = varde(tmp_path, "check", "signatures", "clamav", "--dir", str(database), "--verify", "yes")
    assert done.status == 2 and "is damaged" in done.out


def test_a_database_that_is_too_old_says_its_age(tmp_path: Path, database: Path) -> None:
    done = varde(tmp_path, "check", "signatures", "clamav", "--dir", str(database), "-w", "1000000:", "-c", "2000000:")
    assert done.status == 2 and done.out.startswith("SIGNATURES CRITICAL - daily.cvd version 7")
