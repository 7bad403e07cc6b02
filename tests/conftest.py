"""What every test may use: programs beside Varde, the shared folder, one profile for Hypothesis."""

import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
PEERS = tomllib.loads((ROOT / "tests" / "peers.toml").read_text(encoding="utf-8"))
SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin", "/lib/systemd"])
BROWSER = "chromium"

# no deadline: the first call compiles expressions, and two workers share a small machine
settings.register_profile("varde", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("varde")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "peer(name, ...): needs programs of tests/peers.toml; ./test fast leaves it out"
    )
    config.addinivalue_line("markers", "browser: opens the page in Chromium; ./test fast leaves it out")


def pytest_runtest_setup(item: pytest.Item) -> None:
    names = [name for marker in item.iter_markers("peer") for name in marker.args]
    if item.get_closest_marker("browser"):
        names.append(BROWSER)
    for name in names:
        find_peer(name)


def find_peer(name: str) -> Path:
    """The program's path. Absent: skips the test, or fails it in continuous integration where it is required."""
    peer = PEERS.get(name)
    if peer is None:
        pytest.fail(f"{name} is not in tests/peers.toml", pytrace=False)
    found = _found(name, peer)
    if found:
        return Path(found)
    reason = f"{name} is not installed: ./test peers"
    if peer["required"] and os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _found(name: str, peer: dict[str, str]) -> str | Path | None:
    if "file" in peer:
        return next(Path("/").glob(peer["file"].removeprefix("/")), None)
    own = ROOT / ".varde-build" / "peers" / name / "bin"
    return shutil.which(peer["program"], path=str(own) if "pypi" in peer else SEARCHED)


@pytest.fixture
def peer() -> Callable[[str], Path]:
    """`peer("nft")` is the path of that program; skips as the marker does."""
    return find_peer


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data that lies beside a developer's checkout; a clone alone does not have it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no ../shared folder")
    return folder
