"""The wheel and the sdist: each carries all that Varde needs, and an environment that has nothing else of Varde works."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import installers
from varde import __version__

ROOT = Path(__file__).resolve().parents[2]
BUILD_PYTHON = ROOT / ".varde-build" / "env" / "bin" / "python"
BACK_END = "import hatchling.build as b, sys; print(b.{call}(*sys.argv[1:]))"
DATA = ("app/page/index.html", "app/page/varde.svg", "data/geography.npz", "data/geography.json", "data/world.json", "data/grafana/varde.json",
        "data/prometheus/varde-rules.yml", "data/ossec/rules.xml", "views/fireplot.html", "views/graph/graph.js", "py.typed")  # fmt: skip
SHARED = ("man/man1/varde.1", "man/man1/varde-intel-export.1", "bash-completion/completions/varde", "zsh/site-functions/_varde", "fish/vendor_completions.d/varde.fish")
NO_NODE = "/usr/bin:/bin"


def builder() -> Path:
    """The interpreter that wheels are built with: it has the back end."""
    for python in (BUILD_PYTHON, Path(sys.executable)):
        if python.exists() and subprocess.run([python, "-c", "import hatchling"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no hatchling: ./test makes an environment that has it")


def back_end(call: str, folder: Path, *arguments: str, path: str = "") -> str:
    variables = os.environ | ({"PATH": path} if path else {})
    command = [builder(), "-B", "-c", BACK_END.format(call=call), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, env=variables, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@dataclass(frozen=True)
class Built:
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both, of this checkout as it is."""
    folder = tmp_path_factory.mktemp("dist")
    return Built(folder / back_end("build_sdist", ROOT, str(folder)), folder / back_end("build_wheel", ROOT, str(folder)))


@pytest.fixture(scope="module")
def env(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has Varde of the wheel alone. Its libraries are those of the tests' environment, so that nothing is fetched."""
    home = tmp_path_factory.mktemp("installed")
    digest = hashlib.sha256(built.wheel.read_bytes()).hexdigest()
    lock = home / "lock.txt"
    lock.write_text(f"varde @ {built.wheel.as_uri()} --hash=sha256:{digest}\n")
    made = home / "env"
    installers.install(made, lock, "installing the wheel", variables=dict(os.environ), held=(), options=("--no-deps", "--no-index"))
    (site,) = made.glob("lib/python3*/site-packages")
    # the names of folders alone: what their own .pth files say, the checkout among it, is not read
    (site / "libraries.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    return made


@pytest.fixture
def varde(env: Path, tmp_path: Path) -> Callable[..., str]:
    """`varde("read", ...)` runs the installed command in an empty folder and home; answers what it printed."""

    def run(*arguments: str) -> str:
        done = subprocess.run([env / "bin" / "varde", *arguments], capture_output=True, text=True, env=surroundings(tmp_path), cwd=tmp_path, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def surroundings(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": NO_NODE, "VARDE_STORE": str(home / "store"), "LC_ALL": "C.UTF-8"}


def contents(wheel: Path) -> dict[str, str]:
    """Digest by name, of all but the list of these digests."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if not name.endswith("RECORD")}


def test_a_wheel_has_the_page_the_tables_and_the_manual(built: Built) -> None:
    names = contents(built.wheel).keys()
    assert {f"varde/{name}" for name in DATA} <= names
    assert {f"varde-{__version__}.data/data/share/{name}" for name in SHARED} <= names
    assert any(re.fullmatch(r"varde/app/page/assets/index-\S+\.js", name) for name in names)
    assert not [name for name in names if name.endswith((".pyc", ".map")) or "node_modules" in name]
    assert built.wheel.name == f"varde-{__version__}-py3-none-any.whl"


def test_a_wheel_has_each_file_of_the_package(built: Built) -> None:
    package = ROOT / "src"
    wanted = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts and "egg-info" not in str(path)}
    assert wanted == {name for name in contents(built.wheel) if name.startswith("varde/")}


def test_an_sdist_makes_the_same_wheel_without_node(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert back_end("get_requires_for_build_wheel", source, path=NO_NODE) == "[]", "it asks for nothing beside the back end"
    again = tmp_path / back_end("build_wheel", source, str(tmp_path), path=NO_NODE)
    assert contents(again) == contents(built.wheel)


def test_the_command_of_the_wheel_reads_a_day_and_draws_it(varde: Callable[..., str], tmp_path: Path) -> None:
    said = varde("--version")
    assert said.startswith(f"varde {__version__}") and re.search(r"country .*20\d\d-\d\d-\d\d", said)
    varde("simulate", "logs", "--day", "2026-11-20", "--probes", "2000")
    read = varde("read", "--json", *map(str, sorted((tmp_path / "logs").glob("*.log"))))
    assert re.search(r'"records": [1-9]\d{3}', read), read
    varde("fireplot", "--day", "2026-11-20", "-o", "day.png", "--quiet")
    assert (tmp_path / "day.png").read_bytes().startswith(b"\x89PNG")
    varde("fireplot", "--day", "2026-11-20", "-o", "day.html", "--quiet")
    assert "<canvas" in (tmp_path / "day.html").read_text() or "<img" in (tmp_path / "day.html").read_text()


@pytest.mark.parametrize("asked", [("snmp", "mib"), ("metrics", "--grafana"), ("metrics", "--rules"), ("warn", "rules", "--wazuh"), ("intel", "catalogue"), ("service", "install", "--dry-run")])
def test_what_is_put_into_other_programs_comes_from_the_wheel(varde: Callable[..., str], env: Path, asked: tuple[str, ...]) -> None:
    said = varde(*asked)
    assert len(said) > 300
    assert asked[0] != "service" or f"ExecStart={env}/bin/varde up" in said, "its unit starts the installed command"


@pytest.fixture
def page(env: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a page that the installed command serves."""
    command = [env / "bin" / "varde", "up", "--web", "127.0.0.1:0", "--listen", "udp://127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings(tmp_path), cwd=tmp_path)
    try:
        assert process.stdout
        found = next(match[1] for line in process.stdout if (match := re.search(r"page at (\S+)", line)))
        yield found.rstrip("/")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_the_installed_page_is_served_with_all_it_names(page: str, built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        parts = {name.removeprefix("varde/app/page/"): archive.read(name) for name in archive.namelist() if name.startswith("varde/app/page/assets/")}
    for name, octets in parts.items():
        with urllib.request.urlopen(f"{page}/{name}", timeout=20) as answer:
            assert answer.read() == octets, name
    with urllib.request.urlopen(page, timeout=20) as answer:
        named = set(re.findall(r"assets/[\w.-]+", answer.read().decode()))
    assert named and named <= parts.keys()


def test_manual_and_completions_lie_where_man_and_shells_look(env: Path) -> None:
    assert all((env / "share" / name).is_file() for name in SHARED)
