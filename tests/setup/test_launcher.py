"""./varde: the first start prepares, each one after that starts at once; what goes wrong is one sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SETUP_CALLS = ["uv venv", "uv pip"]


def _uv(calls: list[str]) -> list[str]:
    return [call for call in calls if call.startswith("uv")]


def test_the_first_start_prepares_and_the_second_starts_without_the_system_python(checkout: Any) -> None:
    checkout.uv()
    first = checkout.start("read", "a b", "*")
    assert (first.returncode, first.stdout) == (0, "started read a b *\n"), first.stderr
    assert "7 MB to download, 9 MB on disk" in first.stderr.splitlines()[0]
    assert _uv(checkout.called()) == SETUP_CALLS
    before = checkout.called()
    second = checkout.start("read", "a b", "*")
    assert (second.returncode, second.stdout, second.stderr) == (0, "started read a b *\n", "")
    assert checkout.called() == before


def test_it_starts_through_links_and_from_any_folder(checkout: Any, tmp_path: Path) -> None:
    checkout.uv()
    checkout.start()
    links = tmp_path / "links"
    links.mkdir()
    (links / "inner").symlink_to(os.path.relpath(checkout.root / "varde", links))
    (links / "varde").symlink_to("inner")
    assert checkout.start("x", launcher=links / "varde", cwd=Path("/")).stdout == "started x\n"
    checkout.variables["PATH"] = f"{links}:{checkout.bin}"
    found = subprocess.run(
        ["sh", "-c", "varde y"], env=checkout.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout == "started y\n"


def test_the_folder_can_be_moved_with_its_environment(checkout: Any, tmp_path: Path) -> None:
    checkout.uv()
    checkout.start()
    checkout.root = checkout.root.rename(tmp_path / "moved elsewhere")
    moved = checkout.start("x")
    assert (moved.stdout, moved.stderr) == ("started x\n", "")


def test_files_of_the_working_directory_are_never_imported(checkout: Any, tmp_path: Path) -> None:
    checkout.uv()
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in ("json.py", "varde.py", "sitecustomize.py"):
        (hostile / name).write_text("print('hostile')\n")
    checkout.variables["PYTHONPATH"] = str(hostile)
    for _ in range(2):
        assert checkout.start(cwd=hostile).stdout == "started\n"


def test_a_changed_lock_is_installed_over_what_is_there(checkout: Any) -> None:
    checkout.uv()
    checkout.start()
    (checkout.root / "locks" / "runtime.txt").write_text("# other\n")
    assert checkout.start("x").stdout == "started x\n"
    assert _uv(checkout.called()) == [*SETUP_CALLS, "uv pip"]


def test_what_asks_a_cluster_is_fetched_when_it_is_asked_for_and_kept_up_to_date(checkout: Any) -> None:
    checkout.uv(install='echo "lock $*" >>"$CALLS"')
    checkout.start()
    program = [sys.executable, "-s", str(checkout.root / "setup" / "environment.py"), "--cluster", str(checkout.root / ".venv")]
    subprocess.run(program, env=checkout.environ, check=True, timeout=60, capture_output=True)
    assert checkout.start("x").stdout == "started x\n"
    (checkout.root / "locks" / "cluster.txt").write_text("# other\n")
    assert checkout.start("y").stdout == "started y\n"
    locks = [line for line in checkout.called() if line.startswith("lock")]
    assert [line for line in locks if "runtime.txt" in line] == locks[:1]
    assert sum("cluster.txt" in line for line in locks) == 2


def test_a_vanished_interpreter_is_noticed(checkout: Any) -> None:
    checkout.uv()
    checkout.start()
    python = checkout.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    assert checkout.start("x").stdout == "started x\n"
    assert _uv(checkout.called()) == SETUP_CALLS * 2


def test_an_interrupted_set_up_heals(checkout: Any) -> None:
    checkout.uv(install='touch_me="$5"; kill -9 $PPID')
    killed = checkout.start()
    assert killed.returncode != 0
    assert (checkout.root / ".venv" / "varde-unfinished").exists()
    half_made = checkout.root / ".venv" / "half-made"
    half_made.touch()
    checkout.uv()
    assert checkout.start("x").stdout == "started x\n"
    assert not half_made.exists()


def test_starts_at_the_same_time_install_once(checkout: Any) -> None:
    checkout.uv(install="sleep 1")
    pipe = subprocess.PIPE
    starts = [
        subprocess.Popen(checkout.command(str(n)), env=checkout.environ, stdout=pipe, stderr=pipe, text=True)
        for n in range(3)
    ]
    printed = [start.communicate(timeout=60) for start in starts]
    assert [out for out, _ in printed] == ["started 0\n", "started 1\n", "started 2\n"], printed
    assert _uv(checkout.called()) == SETUP_CALLS
    assert sum("waiting for it" in err for _, err in printed) >= 1


def test_a_failed_installation_is_a_sentence_and_the_tail(checkout: Any) -> None:
    checkout.uv(install="echo resolving; printf 'no route \\033[31mto host\\n'; exit 3")
    # nothing else may be tried here: the interpreter of the tests has pip, and pip would ask the network
    installers = checkout.root / "setup" / "installers.py"
    text = installers.read_text() + '\nWAYS = tuple(way for way in WAYS if way.name == "uv")\n'
    installers.write_text(text)
    failed = checkout.start()
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "varde: installing packages (uv): uv ended with status 3.\n" in failed.stderr
    assert (
        "\n  | resolving\n  | no route  [31mto host\nvarde: packages come over the network" in failed.stderr
    )
    assert not (checkout.root / ".venv" / "varde-ready").exists()


def test_a_python_that_is_too_old_is_passed_over(checkout: Any) -> None:
    checkout.uv()
    real = (checkout.bin / "python3").read_text()
    checkout.program("python3", "#!/bin/sh\nexit 1\n")
    checkout.program("python3.12", real)
    assert checkout.start("x").stdout == "started x\n"


def test_without_a_python_one_line_names_the_package(checkout: Any) -> None:
    (checkout.bin / "python3").unlink()
    refused = checkout.start("x")
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert "install the package python3" in line


def test_a_folder_that_cannot_be_written_gets_its_environment_in_the_cache(checkout: Any) -> None:
    checkout.uv()
    # a test may run as root, who can write everywhere: what stands in the way is a file where the folder would be
    (checkout.root / ".varde-build").mkdir()
    environment = checkout.root / "setup" / "environment.py"
    refuse = "if folder == ROOT:\n        return False\n    try:\n        folder.mkdir("
    text = environment.read_text()
    assert text.count("try:\n        folder.mkdir(") == 1
    environment.write_text(text.replace("try:\n        folder.mkdir(", refuse))
    assert checkout.start("x").stdout == "started x\n"
    assert list((checkout.home / ".cache" / "varde").glob("*/bin/python"))
    assert not (checkout.root / ".venv").exists()
    before = checkout.called()
    assert checkout.start("y").stdout == "started y\n"
    assert checkout.called() == before


@pytest.mark.parametrize(("command", "again"), [("status", False), ("up", True), ("demo", True)])
def test_a_page_that_could_not_be_built_is_tried_again_by_what_shows_it(
    checkout: Any, command: str, *, again: bool
) -> None:
    checkout.uv(install='case "$*" in *build.txt) exit 1 ;; esac')
    web = checkout.root / "web"
    web.mkdir()
    (web / "package.json").write_text("{}")
    installers = checkout.root / "setup" / "installers.py"
    installers.write_text(
        installers.read_text() + '\nWAYS = tuple(way for way in WAYS if way.name == "uv")\n'
    )
    first = checkout.start("status")
    assert first.stdout == "started status\n"
    assert "varde: the page is not built, the command line works without it" in first.stderr
    second = checkout.start(command)
    assert second.stdout == f"started {command}\n"
    assert ("the page is not built" in second.stderr) == again
