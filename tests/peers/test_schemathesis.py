"""Schemathesis asks the page's API all that its OpenAPI document lets be asked, and what it does not: no answer of 500, none that the
document does not have, with a token and without. `python -m tests.peers.test_schemathesis --examples 500` searches for longer."""

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.material import NOON, probe_batch
from tests.peers.running import up
from varde.store import Store

EXAMPLES = 1
"""Of each operation and way, in the suite."""

SECONDS = 15
"""Longer a search of the suite does not take: tests/app/test_web_limits.py asks every operation once, by the document's own examples."""

LONG = ("--phases", "examples,coverage,fuzzing")
SHORT = ("--phases", "fuzzing", "--mode", "positive")

SEED = 20261122
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = "/api/live"
"""A stream that does not end."""

pytestmark = pytest.mark.peer("schemathesis")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A station with some probes."""
    probes: list[dict[str, object]] = [{"time": NOON + timedelta(seconds=n), "port": 23, "src": f"198.18.0.{n}"} for n in range(40)]
    Store(folder / "store").append("probes", probe_batch(probes))
    with up(folder, listen=()) as running:
        yield running.url


def asked(folder: Path, url: str, examples: int, seed: int, *more: str, quiet: bool = True) -> "subprocess.CompletedProcess[str]":
    """The end of a run, and what it said where it was to be quiet."""
    words = [
        find_peer("schemathesis"), "run", f"{url}/api/openapi.json", "--url", url, "--checks", CHECKS, "--max-examples", examples, "--seed", seed, "--exclude-path", LEFT_OUT,
        "--workers", 1, "--request-timeout", 60, "--generation-database", "none", "--no-color", "--header", "x-varde-page: 1", "--suppress-health-check", "all", *more,
    ]  # fmt: skip
    return subprocess.run(list(map(str, words)), capture_output=quiet, text=True, cwd=folder, check=False)


def test_the_api_is_as_its_document_says(tmp_path: Path) -> None:
    with served(tmp_path) as url:
        done = asked(tmp_path, url, EXAMPLES, SEED, "--max-time", str(SECONDS), "--no-shrink", *SHORT)
    assert done.returncode == 0, done.stdout[-6000:]


def main(arguments: list[str]) -> int:
    """The long budget."""
    parser = argparse.ArgumentParser(description="Ask the page's API for longer than a test may.")
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url:
        return asked(Path(folder), url, given.examples, given.seed, "--continue-on-failure", *LONG, quiet=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
