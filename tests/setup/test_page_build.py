"""When the page and the tables are built anew."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import page
import progress


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose page and tables are as built."""
    for name in ("web/src/main.ts", "web/tests/axis.test.ts", "web/package.json", "web/package-lock.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "setup").mkdir()
    (tmp_path / "setup" / "geography.py").write_text("convert")
    made = ((page.PAGE, "index.html", page._page_digest), (page.DATA, "geography.npz", page._tables_digest))
    for folder, first, digest in made:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / first).touch()
        (tmp_path / folder / page.MADE_FROM).write_text(digest(tmp_path))
    return tmp_path


def test_what_is_built_from_the_inputs_of_now_is_left_alone(project: Path) -> None:
    assert not page.stale(project)
    page.build(project)  # would need Node, which this project has not


@pytest.mark.parametrize(
    "name", ["web/src/main.ts", "web/src/new.ts", "web/package-lock.json", "setup/geography.py"]
)
def test_a_changed_input_makes_it_stale(project: Path, name: str) -> None:
    (project / name).write_text("changed")
    assert page.stale(project)


@pytest.mark.parametrize(
    "name", ["web/tests/axis.test.ts", "web/node_modules/vite/index.js", "web/.gitignore"]
)
def test_what_is_no_input_does_not(project: Path, name: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("changed")
    assert not page.stale(project)


@pytest.mark.parametrize("name", ["src/varde/app/page/index.html", "src/varde/data/geography.npz"])
def test_a_missing_file_makes_it_stale(project: Path, name: str) -> None:
    (project / name).unlink()
    assert page.stale(project)


def test_without_sources_what_ships_is_used(project: Path) -> None:
    for path in sorted((project / "web").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert not page.stale(project)


_KEEPS = """
import os, pathlib, sys
cache = pathlib.Path(os.environ["npm_config_cache"])
(cache / "_cacache").mkdir(parents=True)
pathlib.Path("ran").write_text(str(cache))
sys.exit(int(sys.argv[1]))
"""
"""What npm does as far as its cache is concerned."""


@pytest.mark.parametrize("status", ["0", "1"])
def test_what_npm_keeps_is_removed_also_when_it_fails(project: Path, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    surroundings = {name: value for name, value in os.environ.items() if name.lower() != "npm_config_cache"}
    monkeypatch.setattr(page, "npm", lambda *words: ([sys.executable, "-c", _KEEPS, *words], dict(surroundings)))
    with pytest.raises(subprocess.CalledProcessError) if status == "1" else contextlib.nullcontext():
        page._npm(project, status)
    kept = Path((project / "web" / "ran").read_text())
    assert kept.parent == project / page.BUILD
    assert list(kept.parent.iterdir()) == []


def test_a_cache_that_was_chosen_is_used_and_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = project / "chosen"
    monkeypatch.setattr(page, "npm", lambda *words: ([sys.executable, "-c", _KEEPS, *words], {"NPM_CONFIG_CACHE": str(chosen), "npm_config_cache": str(chosen)}))
    page._npm(project, "0")
    assert (chosen / "_cacache").is_dir()


def test_a_program_that_fails_shows_the_end_of_its_output_without_control_characters() -> None:
    code = "import sys\nfor n in range(99): print(n, '\\x1b[2J')\nsys.exit(4)"
    with pytest.raises(progress.SetupError, match=r"trying: python.* ended with status 4") as caught:
        progress.run([sys.executable, "-c", code], "trying", env={})
    assert caught.value.tail == [f"{n}  [2J" for n in range(99 - progress.TAIL_LINES, 99)]


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(progress.MissingError, match="trying: /nowhere/npm cannot be started"):
        progress.run(["/nowhere/npm"], "trying", env={})
