"""What `varde service install` writes, looked at by systemd itself."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import varde
from varde.app.cli import app
from varde.app.commands.service import Service
from varde.model import VardeError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "how-to"
EXPOSURE_MAX = 20
"""Tenths: systemd-analyze calls 2.0 OK and 9.6 UNSAFE. What is left is the network, which Varde is there for."""

SERVICES = ("varde", "varde-tidy", "varde-picture", "varde-brief")

pytestmark = pytest.mark.peer("systemd-analyze")


def _install(prefix: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["service", "install", "--prefix", str(prefix), *words])
    return (2 if isinstance(done.exception, VardeError) else done.exit_code), done.output + str(done.exception or "")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    assert _install(tmp_path)[0] == 0
    return tmp_path / "etc" / "systemd" / "system"


def test_systemd_finds_nothing_wrong_with_the_units(units: Path, peer: Callable[[str], Path]) -> None:
    files = sorted(units.iterdir())
    assert {path.name for path in files} == {"varde.service", *(f"{name}.{kind}" for name in SERVICES[1:] for kind in ("service", "timer"))}
    done = subprocess.run([peer("systemd-analyze"), "verify", "--man=no", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_the_units_keep_varde_away_from_what_it_does_not_need(units: Path, name: str, peer: Callable[[str], Path]) -> None:
    command = [peer("systemd-analyze"), "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", units / f"{name}.service"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    told = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert told
    if name == "varde":
        assert f"exposure of {told[1]}" in (DOCS / "run-for-good.md").read_text()


def test_the_how_to_names_what_is_written(units: Path) -> None:
    text = (DOCS / "run-for-good.md").read_text()
    for path in ("/opt/varde", "/etc/varde/varde.toml", "/var/lib/varde", "varde service install", "varde-picture.timer", "/etc/logrotate.d/varde", "/etc/cron.d/varde"):
        assert path in text
    assert "ExecStart=" in (units / "varde.service").read_text()


def test_what_is_anothers_is_left_alone_and_what_is_ours_is_renewed(units: Path, tmp_path: Path) -> None:
    unit = units / "varde.service"
    unit.write_text(unit.read_text() + "# an older one\n")
    assert _install(tmp_path)[0] == 0
    assert "an older one" not in unit.read_text()
    (units / "varde-tidy.timer").write_text("[Timer]\n")
    unit.write_text(unit.read_text() + "# an older one\n")
    status, said = _install(tmp_path)
    assert status == 2
    assert "varde-tidy.timer: not of Varde" in said
    assert "an older one" in unit.read_text()
    assert (units / "varde-tidy.timer").read_text() == "[Timer]\n"


def test_a_dry_run_prints_all_and_writes_nothing(tmp_path: Path) -> None:
    status, said = _install(tmp_path, "--dry-run", "--user", "edge")
    assert status == 0
    assert "User=edge" in said
    assert list(tmp_path.iterdir()) == []


def test_the_units_start_the_varde_that_wrote_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Service.of("varde") == Service("varde", str(ROOT / "varde"))
    installed = tmp_path / "lib" / "site-packages" / "varde" / "__init__.py"
    monkeypatch.setattr(varde, "__file__", str(installed))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert Service.of("varde") == Service("varde", f"{tmp_path}/bin/python -P -m varde", f"Environment=PYTHONPATH={tmp_path}/lib/site-packages\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "varde").write_text("#!/bin/sh\n")
    assert Service.of("varde") == Service("varde", f"{tmp_path}/bin/varde")


@pytest.mark.parametrize("folder", ["my varde", "v;reboot", "v$HOME", "v`id`", "v%n", "v'", 'v"', "v&", "v\\", "v:w", "v\nUser=root", "v#", "v=w"])
def test_a_folder_that_a_shell_or_systemd_would_read_is_refused(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", f"/opt/{folder}/bin/python")
    with pytest.raises(VardeError, match="without spaces"):
        Service.of("varde")


def test_a_varde_in_a_home_is_told_to_be_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/me/varde/bin/python")
    monkeypatch.setattr(varde, "__file__", "/opt/varde/src/varde/__init__.py")
    assert "note: /home/me/varde/bin/python is out of the service's reach" in _install(tmp_path)[1]
    monkeypatch.setattr(sys, "executable", "/opt/varde/bin/python")
    assert "note:" not in _install(tmp_path)[1]


def test_a_users_name_is_one() -> None:
    with pytest.raises(VardeError, match="no name of a user"):
        Service.of("root\nExecStart=/bin/sh")
