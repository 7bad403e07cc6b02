"""What the project declares is what it uses: lock files, imports, floors, peers."""

import ast
import importlib.metadata
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PEERS = tomllib.loads((ROOT / "tests" / "peers.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime", "cluster", "dev", "build")
PEER_LOCKS = tuple(f"peer-{name}" for name, peer in PEERS.items() if "pypi" in peer)
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))?(?P<rest> \\)?$")


def _requirements(lock: str) -> list[list[str]]:
    """The logical lines of a lock file: a pin, then its hashes."""
    text = (ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8")
    return [
        [part.strip() for part in block.split("\\\n")]
        for block in re.split(r"\n(?=\S)", text.strip())
        if block[0] != "#"
    ]


def _pins(lock: str) -> dict[tuple[str, str], str]:
    """Version by name and marker."""
    matches = [PIN.match(lines[0]) for lines in _requirements(lock)]
    assert all(matches), lock
    return {(m["name"], m["marker"] or ""): m["version"] for m in matches if m}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    return _names(PROJECT["project"]["dependencies"])


def _optional() -> set[str]:
    """What only those need whose configuration names a cluster."""
    return _names(PROJECT["project"]["optional-dependencies"]["cluster"])


def _names(requirements: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {_normal(match.group()) for match in names if match}


def _imports(folder: Path) -> dict[str, set[str]]:
    """Top-level module -> the files that import it."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(str(path.relative_to(ROOT)))
    return found


def _contract(kind: str, word: str) -> dict[str, list[str]]:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (found,) = [c for c in contracts if c["type"] == kind and word in c["name"]]
    return dict(found)


@pytest.mark.parametrize("lock", [*LOCKS, *PEER_LOCKS])
def test_every_pin_carries_hashes_and_no_address(lock: str) -> None:
    requirements = _requirements(lock)
    assert len(requirements) > (0 if lock in PEER_LOCKS else 5), "a peer may be a package that needs no other"
    for pin, *hashes in requirements:
        assert PIN.match(pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes), pin
    assert not re.search(
        r"https?://|--(extra-)?index-url|--find-links", (ROOT / "locks" / f"{lock}.txt").read_text()
    )


@pytest.mark.parametrize("lock", PEER_LOCKS)
def test_the_lock_of_a_peer_is_of_what_was_asked_for(lock: str) -> None:
    asked = [re.match(r"([A-Za-z0-9._-]+)==(.+)", text) for text in PEERS[lock.removeprefix("peer-")]["pypi"]]
    assert all(asked)
    pinned = {name: version for (name, _), version in _pins(lock).items()}
    assert {_normal(m[1]): m[2] for m in asked if m}.items() <= pinned.items()


def test_every_page_package_carries_a_hash_and_no_address() -> None:
    text = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages
    assert [
        name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")
    ] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", ["cluster", "dev", "build"])
def test_locks_agree_on_versions(lock: str) -> None:
    runtime, other = _pins("runtime"), _pins(lock)
    assert {key: other[key] for key in runtime.keys() & other.keys()} == {
        key: runtime[key] for key in runtime.keys() & other.keys()
    }


def test_what_tests_install_holds_all_that_runs() -> None:
    assert _pins("runtime").keys() <= _pins("cluster").keys() <= _pins("dev").keys()


def test_every_dependency_is_locked() -> None:
    assert _declared() <= {name for name, _ in _pins("runtime")}
    assert _optional() <= {name for name, _ in _pins("cluster")}
    assert not _optional() & {name for name, _ in _pins("runtime")}


def test_every_import_is_a_declared_dependency() -> None:
    distributions = importlib.metadata.packages_distributions()
    foreign = {
        name: files
        for name, files in _imports(ROOT / "src").items()
        if name not in sys.stdlib_module_names
        and name != "varde"
        and not {_normal(d) for d in distributions.get(name, [])} & (_declared() | _optional())
    }
    assert foreign == {}


def test_every_declared_dependency_is_imported_or_read_by_a_library() -> None:
    distributions = importlib.metadata.packages_distributions()
    imported = {_normal(d) for name in _imports(ROOT / "src") for d in distributions.get(name, [])}
    assert _declared() - imported <= {"tzdata", "cryptography"}, "tzdata is data that zoneinfo reads, and cryptography what pysnmp encrypts with"


def test_the_model_contract_forbids_every_dependency() -> None:
    distributions = importlib.metadata.packages_distributions()
    forbidden = _contract("forbidden", "model")["forbidden_modules"]
    assert {_normal(d) for name in forbidden for d in distributions.get(name, [])} >= _declared()


@pytest.mark.parametrize("kind", ["firewall", "honeypot"])
def test_every_dialect_is_in_the_contract_of_independence(kind: str) -> None:
    files = (ROOT / "src" / "varde" / "decode" / kind).glob("[a-z]*.py")
    assert sorted(_contract("independence", f"{kind} dialects")["modules"]) == sorted(
        f"varde.decode.{kind}.{path.stem}" for path in files
    )


def test_only_the_rooms_at_the_rim_may_meet_the_network() -> None:
    rooms = {f"varde.{path.parent.name}" for path in (ROOT / "src" / "varde").glob("*/__init__.py")}
    assert set(_contract("forbidden", "network")["source_modules"]) == rooms - {
        f"varde.{room}" for room in ("app", "collect", "deliver", "store")
    }


def test_every_peer_says_what_it_is_for() -> None:
    for name, peer in PEERS.items():
        assert set(peer) - {"debian", "pypi", "program", "file"} == {"for", "required"}, name
        assert ("program" in peer) != ("file" in peer) and not {"file", "pypi"} <= set(peer), name
        assert ("debian" in peer) != ("pypi" in peer), name
        assert isinstance(peer["required"], bool), name


def test_a_required_peer_fails_continuous_integration_and_is_skipped_elsewhere(
    peer: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"rsyslogd is not installed: \./test peers"):
        peer("rsyslogd")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="rsyslogd is not installed"):
        peer("rsyslogd")
    with pytest.raises(pytest.skip.Exception, match="rg is not installed"):
        peer("rg")
    with pytest.raises(pytest.fail.Exception, match=r"not in tests/peers\.toml"):
        peer("no-such-peer")
