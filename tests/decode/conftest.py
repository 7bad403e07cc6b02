"""Options and paths of the decoder tests."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for folder in (HERE.parents[1] / "src", HERE.parent, HERE):  # tests run from a checkout without installing it, and share a module
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="write tests/data/firewall/NAME.jsonl anew")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written; a person reviews the difference."""
    return bool(request.config.getoption("--rewrite-goldens", default=False))
