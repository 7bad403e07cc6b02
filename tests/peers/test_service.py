"""The systemd unit of the how-to, looked at by systemd itself."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "varde.service"
EXPOSURE_MAX = 25
"""Tenths: systemd-analyze calls 2.5 OK and 9.6 UNSAFE."""

pytestmark = pytest.mark.peer("systemd-analyze")


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path, peer: Callable[[str], Path]) -> None:
    installed = tmp_path / "opt" / "varde"
    installed.parent.mkdir()
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    unit = tmp_path / "varde.service"
    unit.write_text(UNIT.read_text().replace("/opt/varde/varde", str(installed)))
    done = subprocess.run([peer("systemd-analyze"), "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_keeps_varde_away_from_what_it_does_not_need(peer: Callable[[str], Path]) -> None:
    command = [peer("systemd-analyze"), "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", UNIT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_unit_starts_the_command_with_the_configuration_that_the_how_to_names() -> None:
    text = UNIT.with_name("run-for-good.md").read_text()
    unit = UNIT.read_text()
    for path in ("/opt/varde", "/etc/varde/varde.toml", "/var/lib/varde", "/etc/systemd/system/varde.service"):
        assert path in text
        assert path in unit
