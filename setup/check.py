"""What `./test` runs, in order. pytest is last: its summary line is the last that a test runner prints."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD_PYTHON = ROOT / ".varde-build" / "env" / "bin" / "python"
WORKERS = "2"
"""Processes pytest runs tests in: what the smallest machine that continuous integration gives has cores."""

CLUSTER = "tests/peers/test_cluster.py"
"""Runs by itself: what its tests share is a cluster of five processes, of which two at once are too many for the smallest machine."""


@dataclass(frozen=True)
class Step:
    title: str
    command: tuple[str, ...]


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _npm(*arguments: str) -> tuple[str, ...]:
    return (str(BUILD_PYTHON), str(ROOT / "setup" / "page.py"), "npm", *arguments)


def _pytest(*arguments: str) -> Step:
    return Step("pytest", _python("pytest", *arguments))


RUFF = Step("ruff", _python("ruff", "check", "src", "tests", "setup"))
ALL = (
    RUFF,
    Step("mypy --strict", _python("mypy")),
    Step(
        "import floors",
        (sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"),
    ),
    Step("page: types", _npm("run", "check")),
    Step("page: tests", _npm("test")),
    Step("pytest: a cluster", _python("pytest", CLUSTER)),
    _pytest("-n", WORKERS, f"--ignore={CLUSTER}"),
)
FAST = (RUFF, _pytest("-n", WORKERS, "-m", "not browser and not peer"))


def main(arguments: list[str]) -> int:
    steps = _steps(arguments)
    if steps is None:
        print(
            f"test: {arguments[0]!r} is no command, file or pytest option. See the head of ./test.",
            file=sys.stderr,
        )
        return 2
    results = [(step, _run(step)) for step in steps]
    return _summary(results)


def _steps(arguments: list[str]) -> tuple[Step, ...] | None:
    if not arguments:
        return ALL
    if arguments == ["fast"]:
        return FAST
    if arguments[0] == "soak":
        return (Step("soak", _python("soak", *(arguments[1:] or ["load"]))),)
    first = arguments[0]
    if first.startswith("-") or Path(first.partition("::")[0]).exists():
        return (_pytest(*arguments),)
    return None


def _run(step: Step) -> tuple[bool, float]:
    print(f"\n== {step.title}", flush=True)
    began = time.monotonic()
    # nothing of the caller's own Varde: its store and configuration are not for tests
    variables = {key: value for key, value in os.environ.items() if not key.startswith("VARDE_")}
    status = subprocess.run(step.command, cwd=ROOT, env=variables, check=False).returncode
    return status == 0, time.monotonic() - began


def _summary(results: list[tuple[Step, tuple[bool, float]]]) -> int:
    """One line a step. No step's line resembles a test runner's own, which stands above it."""
    if len(results) > 1:
        print("\n== summary", flush=True)
        for step, (good, seconds) in results:
            print(f"  {'green' if good else 'RED  '}  {step.title}, {seconds:.0f} s")
    return 0 if all(good for _, (good, _) in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
