"""Ways to make a Python environment from a lock file, best first. Each is asked only when the one before it failed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from progress import MissingError, SetupError, run, say

Command = list[str | Path]

PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
"""The interpreter by its versioned name: an upgrade that removes it leaves a dangling link, which is noticed."""

_PIP = [
    "--require-hashes",
    "--no-compile",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--retries",
    "2",
]
_FOREIGN = (
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_VIRTUALENV",
    "UV_SYSTEM_PYTHON",
)
"""Settings of the caller's shell that would send the packages elsewhere."""


@dataclass(frozen=True)
class Way:
    """One tool: is it here, how it makes an environment, how it installs a lock file into one."""

    name: str
    here: Callable[[], bool]
    make: Callable[[Path], Command]
    install: Callable[[Path, Path], Command]
    needs_pip: bool = False


def _module(name: str) -> bool:
    command = [PYTHON, "-c", f"import {name}"]
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def _program(name: str) -> bool:
    return shutil.which(name) is not None


def _own_pip(env: Path, lock: Path) -> Command:
    return [env / "bin" / "python", "-m", "pip", "install", *_PIP, "-r", lock]


def _foreign_pip(env: Path, lock: Path) -> Command:
    return [PYTHON, "-m", "pip", "--python", env / "bin" / "python", "install", *_PIP, "-r", lock]


def _uv(env: Path, lock: Path) -> Command:
    return ["uv", "pip", "install", "--python", env / "bin" / "python", "--require-hashes", "-r", lock]


def _uv_venv(env: Path) -> Command:
    return ["uv", "venv", "--quiet", "--allow-existing", "--no-project", "--python", PYTHON, env]


def _virtualenv() -> Command:
    return ["virtualenv"] if _program("virtualenv") else [PYTHON, "-m", "virtualenv"]


WAYS: tuple[Way, ...] = (
    Way("uv", lambda: _program("uv"), _uv_venv, _uv),
    Way(
        "venv",
        lambda: _module("venv, ensurepip"),
        lambda env: [PYTHON, "-m", "venv", env],
        _own_pip,
        needs_pip=True,
    ),
    Way(
        "virtualenv",
        lambda: _program("virtualenv") or _module("virtualenv"),
        lambda env: [*_virtualenv(), "--python", PYTHON, env],
        _own_pip,
        needs_pip=True,
    ),
    Way(
        "pip",
        lambda: _module("venv, pip"),
        lambda env: [PYTHON, "-m", "venv", "--without-pip", env],
        _foreign_pip,
    ),
)

NONE = "nothing here can make a Python environment: install the package python3-venv (or uv, or python3-pip)"


def environ(home_writable: bool, scratch: Path) -> dict[str, str]:
    """The environment variables for the tools: the caller's, less what would mislead them."""
    kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    kept["PIP_USER"] = "0"
    if not home_writable:
        kept |= {
            "UV_CACHE_DIR": str(scratch / "uv"),
            "PIP_NO_CACHE_DIR": "1",
        }
    return kept


def install(
    env: Path,
    lock: Path,
    title: str,
    *,
    variables: dict[str, str],
    held: Sequence[int],
    options: Sequence[str] = (),
) -> None:
    """Bring `env` to what `lock` says, making it first where it is absent. `options` are for the tool, which all know.

    Raises SetupError with the last failure.
    """
    failure: SetupError = MissingError(NONE)
    for way in WAYS:
        if not way.here():
            continue
        try:
            if not _usable(env, way):
                run(way.make(env), f"making {env.name} ({way.name})", env=variables, held=held)
            run([*way.install(env, lock), *options], f"{title} ({way.name})", env=variables, held=held)
        except SetupError as error:
            failure = error
            say(f"  {error}: {error.tail[-1]}" if error.tail else f"  {error}")
        else:
            return
    raise failure


def works(env: Path) -> bool:
    """Whether the environment's interpreter starts and is the version it was made for."""
    python = env / "bin" / "python"
    if not python.exists() or not (env / "pyvenv.cfg").exists():
        return False
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    try:
        asked = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and Path(asked.stdout.strip()).is_dir()


def _usable(env: Path, way: Way) -> bool:
    return works(env) and (
        not way.needs_pip or bool(list(env.glob("lib/python3*/site-packages/pip/__main__.py")))
    )
