"""Completion in a real bash: what Tab offers after some words."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from material import environment

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

TAB = """
source <(varde --show-completion bash)
words=($1 "$2")
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
complete -p varde | grep -q -- '-F _varde_completion' || exit 3
_varde_completion "${3:-varde}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""The words before, the one that is being typed, and the command as it was called."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with a `varde` on the path."""
    program = tmp_path / "bin" / "varde"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -B -P -m varde "$@"\n')
    program.chmod(0o755)
    return tmp_path


def tab(folder: Path, before: str, word: str, called: str = "varde") -> list[str]:
    surroundings = environment(folder)
    surroundings["PATH"] = f"{folder / 'bin'}:{surroundings['PATH']}"
    done = subprocess.run(["bash", "--norc", "-c", TAB, "bash", before, word, called], capture_output=True, text=True, env=surroundings, cwd=folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("before", "word", "offered"),
    [("varde", "fire", ["fireplot"]), ("varde config", "", ["init", "check", "show"]), ("varde fireplot", "--port-m", ["--port-min", "--port-max"]),
     ("varde up", "--we", ["--web"]), ("varde", "zzz", [])],
)  # fmt: skip
def test_tab_offers_commands_and_switches(folder: Path, before: str, word: str, offered: list[str]) -> None:
    assert tab(folder, before, word) == offered


def test_tab_works_for_a_varde_that_is_called_by_its_path(folder: Path) -> None:
    assert tab(folder, "bin/varde", "fire", "bin/varde") == ["fireplot"]


def test_where_a_file_is_wanted_bash_offers_files(folder: Path) -> None:
    assert tab(folder, "varde read", "fw") == []  # nothing of ours: `complete -o default` then offers files
