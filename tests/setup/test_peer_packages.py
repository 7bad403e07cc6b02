"""./test peers: what it installs, and that no service starts meanwhile."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import peers

OF_PYPI = {name: peer["program"] for name, peer in tomllib.loads(Path(__file__).parents[1].joinpath("peers.toml").read_text()).items() if "pypi" in peer}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[list[str], bool]]:
    """A Debian where only chromium is installed. Notes each command, and whether services were denied during it."""
    ran: list[tuple[list[str], bool]] = []
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(peers, "POLICY", policy)
    monkeypatch.setattr(peers, "ENVIRONMENTS", tmp_path / "peers")
    monkeypatch.setattr(
        peers.installers, "install", lambda env, lock, title, **_: (env / "bin").mkdir(parents=True)
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        shutil, "which", lambda name, **_: f"/usr/bin/{name}" if name in ("apt-get", "chromium") else None
    )

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        denied = policy.exists() and subprocess.call([policy]) == 101
        ran.append((command, denied))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(peers.subprocess, "run", run)
    return ran


def test_what_is_missing_is_installed_and_no_service_starts(
    machine: list[tuple[list[str], bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert peers.main() == 0
    assert all(denied for _, denied in machine)
    install = machine[-1][0]
    assert {"rsyslog", "nftables", "iptables", "iproute2", "inetsim"} <= set(install)
    assert "chromium" not in install
    assert not peers.POLICY.exists()
    (said,) = [line for line in capsys.readouterr().out.splitlines() if "installing " in line]
    assert {"graphviz", "inetsim", "nftables"} <= set(said.partition("installing ")[2].partition(";")[0].split(", "))


def test_a_policy_of_the_machine_is_left_alone(machine: list[tuple[list[str], bool]]) -> None:
    peers.POLICY.write_text("#!/bin/sh\nexit 0\n")
    peers.POLICY.chmod(0o755)
    assert peers.main() == 0
    assert peers.POLICY.read_text() == "#!/bin/sh\nexit 0\n"
    assert machine


def test_the_policy_goes_when_the_installation_fails(
    machine: list[tuple[list[str], bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        peers.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 100)
    )
    assert peers.main() == 1
    assert not peers.POLICY.exists()
    assert machine == []


def test_who_is_not_root_is_told_the_command(
    machine: list[tuple[list[str], bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert peers.main() == 1
    assert "sudo apt-get install" in capsys.readouterr().err
    assert machine == []


@pytest.fixture
def asked(machine: list[tuple[list[str], bool]], monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """Environments that were to be made, and the locks they were made from."""
    made: list[tuple[Path, Path]] = []

    def install(env: Path, lock: Path, title: str, **_: Any) -> None:
        made.append((env, lock))
        (env / "bin").mkdir(parents=True, exist_ok=True)
        for program in OF_PYPI.values():
            (env / "bin" / program).touch()

    monkeypatch.setattr(peers.installers, "install", install)
    return made


def test_a_program_of_pypi_gets_an_environment_of_its_own_from_its_lock(
    asked: list[tuple[Path, Path]],
) -> None:
    assert peers.main() == 0
    assert asked == [(peers.ENVIRONMENTS / name, peers.ROOT / "locks" / f"peer-{name}.txt") for name in OF_PYPI]
    assert peers.main() == 0
    assert len(asked) == len(OF_PYPI), "they were here"


def test_another_lock_is_another_installation(
    asked: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peers.main()
    asked.clear()
    (tmp_path / "peer-cowrie.txt").write_text("cowrie==9.9\n")
    for name in OF_PYPI.keys() - {"cowrie"}:
        shutil.copy(peers.LOCKS / f"peer-{name}.txt", tmp_path)
    monkeypatch.setattr(peers, "LOCKS", tmp_path)
    peers.main()
    assert asked == [(peers.ENVIRONMENTS / "cowrie", tmp_path / "peer-cowrie.txt")]


def test_what_cannot_be_had_from_pypi_does_not_keep_debians_packages_away(
    machine: list[tuple[list[str], bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise peers.SetupError("no network")

    monkeypatch.setattr(peers.installers, "install", fail)
    assert peers.main() == 1
    assert machine
    assert "cowrie is not installed: no network" in capsys.readouterr().err
