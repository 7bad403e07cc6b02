"""Which tool makes the environment, in which order, and what is said when none can."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import installers
from progress import MissingError, SetupError

Machine = Callable[..., list[str]]

ORDER = ["uv", "venv", "virtualenv", "pip"]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A machine that has some programs and modules: answers which ways were taken when some of them fail."""

    def machine(*, programs: set[str], modules: set[str], failing: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
        taken: list[str] = []

        def run(_command: list[Any], title: str, **_: object) -> None:
            way = title.rpartition("(")[2].rstrip(")")
            taken.append(title)
            if way in failing:
                raise SetupError(title)

        monkeypatch.setattr(installers, "run", run)
        monkeypatch.setattr(installers, "_program", lambda name: name in programs)
        monkeypatch.setattr(installers, "_module", lambda names: set(names.split(", ")) <= modules)
        installers.install(tmp_path / "env", tmp_path / "lock.txt", "installing", variables={}, held=())
        return taken

    return machine


@pytest.mark.parametrize(
    ("programs", "modules", "way"),
    [
        ({"uv", "virtualenv"}, {"venv", "ensurepip", "pip"}, "uv"),
        ({"virtualenv"}, {"venv", "ensurepip", "pip"}, "venv"),
        ({"virtualenv"}, {"venv", "pip"}, "virtualenv"),
        (set(), {"venv", "pip", "virtualenv"}, "virtualenv"),
        (set(), {"venv", "pip"}, "pip"),
    ],
)
def test_the_best_tool_that_is_here_is_taken(
    tried: Machine, programs: set[str], modules: set[str], way: str
) -> None:
    assert tried(programs=programs, modules=modules) == [f"making env ({way})", f"installing ({way})"]


def test_a_tool_that_fails_gives_way_to_the_next(tried: Machine) -> None:
    everything = {"venv", "ensurepip", "pip"}
    taken = tried(programs={"uv", "virtualenv"}, modules=everything, failing={"uv", "venv", "virtualenv"})
    assert taken == [*(f"making env ({way})" for way in ORDER), "installing (pip)"]


@pytest.mark.parametrize("modules", [set(), {"venv"}, {"pip"}, {"ensurepip"}])
def test_with_no_tool_at_all_the_package_is_named(tried: Machine, modules: set[str]) -> None:
    with pytest.raises(MissingError, match="install the package python3-venv"):
        tried(programs=set(), modules=modules)


def test_every_installation_checks_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    for way in installers.WAYS:
        command = way.install(tmp_path, lock)
        assert "--require-hashes" in command
        assert command[-2:] == ["-r", lock]


def test_settings_that_send_packages_elsewhere_are_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV", "UV_SYSTEM_PYTHON"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "a mirror of theirs")
    variables = installers.environ(home_writable=True, scratch=tmp_path)
    assert "elsewhere" not in variables.values()
    assert variables["PIP_INDEX_URL"] == "a mirror of theirs"
    assert installers.environ(home_writable=False, scratch=tmp_path)["UV_CACHE_DIR"] == str(tmp_path / "uv")
