"""Completion in real shells, from the scripts that a package puts where they look."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.material import environment

SHARE = Path(__file__).resolve().parents[2] / "share"
CASES = [("varde fire", {"fireplot"}), ("varde config ", {"init", "check", "show"}), ("varde fireplot --port-m", {"--port-min", "--port-max"})]

ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=0"
zpty -w shell "print READY"
zpty -r -m shell seen '*READY*READY*'
zpty -w -n shell "$2"$'\\t\\t'
integer rounds=0
seen=""
while (( rounds++ < 150 )); do
    if zpty -r -t shell more; then seen+=$more; else sleep 0.1; fi
    [[ $seen == *$3* ]] && break
done
print -r -- "$seen"
zpty -d shell
"""
"""A terminal in which somebody types $2 and Tab twice; read until $3 was seen, for 15 seconds at most."""


CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\r\n]")
"""What a line editor says to a terminal between the letters."""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Variables of a shell that has a `varde` on its path."""
    program = tmp_path / "bin" / "varde"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -B -P -m varde "$@"\n')
    program.chmod(0o755)
    found = environment(tmp_path)
    return found | {"PATH": f"{program.parent}:{found['PATH']}", "TERM": "vt100", "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}


@pytest.mark.peer("fish")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish_completes(peer: Callable[[str], Path], home: dict[str, str], typed: str, offered: set[str]) -> None:
    script = f"source {SHARE}/fish/vendor_completions.d/varde.fish; complete -C '{typed}'"
    done = subprocess.run([peer("fish"), "--no-config", "-c", script], capture_output=True, text=True, env=home, timeout=60, check=True)
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == offered


@pytest.mark.peer("zsh")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_zsh_completes(peer: Callable[[str], Path], home: dict[str, str], typed: str, offered: set[str]) -> None:
    last = max(offered)[-4:]  # zsh moves the cursor where it inserts
    done = subprocess.run([peer("zsh"), "-f", "-c", ZSH, "zsh", SHARE / "zsh" / "site-functions", typed, last], capture_output=True, text=True, env=home, timeout=60, check=True)
    seen = CONTROLS.sub("", done.stdout)
    assert all(word in seen for word in offered), done.stdout


def test_bash_loads_the_script_by_the_commands_name(home: dict[str, str]) -> None:
    script = f"source {SHARE}/bash-completion/completions/varde; complete -p varde"
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, env=home, timeout=60, check=True)
    assert done.stdout.strip() == "complete -o default -F _varde_completion varde"
