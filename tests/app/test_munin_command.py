"""`varde munin`: quick calls load no library, whatever is wrong is a word and status 0, and what is another's is left alone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.boards import Samples, board_at, labelled

from varde.app import placing
from varde.app.munin import answer
from varde.app.placing import Placed, place
from varde.app.thin import thin_answer
from varde.faces import board_of
from varde.model import VardeError

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("typer", "rich", "pydantic", "polars", "numpy", "pyarrow", "ibis", "duckdb", "fastapi", "httpx")


def samples(second: int) -> Samples:
    return {"varde_logins_total": {labelled(outcome="failed"): second % 1000.0 + 1}, "varde_alerts_total": {labelled(feed="drop"): 1.0}}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    board_at(tmp_path / "store", time.time(), samples)
    return tmp_path / "store"


def varde(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    bare = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "PYTHONPATH": str(ROOT / "src"), "VARDE_CONFIG": "/dev/null"}
    return subprocess.run([sys.executable, "-P", "-m", "varde", "munin", *words], capture_output=True, text=True, env=bare | environment, check=False, cwd="/")


@pytest.mark.parametrize("words", [["config", "logins"], ["fetch", "all"], ["autoconf"], ["suggest"]])
def test_a_call_of_a_node_loads_no_library_of_ours(store: Path, words: list[str]) -> None:
    code = f"import sys; sys.argv[1:] = {['munin', *words, '--store', str(store)]!r}\nimport atexit; from varde.app import main\n" \
           f"atexit.register(lambda: print('LOADED', [n for n in {HEAVY!r} if n in sys.modules]))\nmain()"  # fmt: skip
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "MUNIN_CAP_MULTIGRAPH": "1"})
    assert done.stdout.endswith("LOADED []\n")
    assert len(done.stdout.splitlines()) > 1


def test_autoconf_and_suggest(store: Path, tmp_path: Path) -> None:
    assert varde("autoconf", VARDE_STORE=str(store)).stdout == "yes\n"
    assert varde("suggest", "--store", str(store)).stdout == "logins\nwarnings\n"
    nothing = varde("autoconf", VARDE_STORE=str(tmp_path / "absent"))
    assert nothing.returncode == 0
    assert nothing.stdout.startswith("no (nothing to read at ") and nothing.stdout.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"", b"SQLite format 3\x00" + b"\xff" * 5000, b"<html>"])
def test_absent_and_damaged_boards_are_unknown_and_no_trouble(store: Path, content: bytes | None) -> None:
    board_of(store).unlink()
    if content is not None:
        board_of(store).write_bytes(content)
    done = varde("fetch", "logins", VARDE_STORE=str(store))
    assert (done.returncode, done.stdout, done.stderr) == (0, "failed.value U\naccepted.value U\n", "")
    assert varde("autoconf", VARDE_STORE=str(store)).stdout.startswith("no (")


def test_several_graphs_need_a_master_that_takes_several(store: Path) -> None:
    assert varde("fetch", "all", VARDE_STORE=str(store)).stdout == ""
    assert varde("config", "", VARDE_STORE=str(store)).stdout == ""
    assert "multigraph varde_logins" in varde("config", "all", VARDE_STORE=str(store), MUNIN_CAP_MULTIGRAPH="1").stdout


def test_a_second_call_tells_nothing_twice(store: Path, tmp_path: Path) -> None:
    state = {"VARDE_STORE": str(store), "MUNIN_PLUGSTATE": str(tmp_path), "MUNIN_CAP_DIRTYCONFIG": "1"}
    first = varde("config", "logins", **state).stdout
    assert first.count("failed.value") > 300
    second = varde("fetch", "logins", **state)
    assert "failed.value" not in second.stdout
    (tmp_path / "varde_logins-").write_text("{damaged")
    assert varde("fetch", "logins", **state).stdout.count("failed.value") > 300


def test_where_nobody_remembers_two_rounds_are_told(store: Path) -> None:
    assert 55 <= varde("fetch", "logins", VARDE_STORE=str(store)).stdout.count("failed.value") <= 61


def test_an_unknown_graph_and_other_words_are_told(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = varde("fetch", "nope", VARDE_STORE=str(store))
    assert done.returncode == 2
    assert "Known: logins, tunnels" in done.stderr
    assert "Traceback" not in done.stderr
    assert answer(["install"]) is answer(["fetch", "--help"]) is answer([]) is answer(["fetch", "a", "b"]) is None
    assert thin_answer(["fireplot"]) is thin_answer([]) is None
    assert capsys.readouterr().out == ""


def test_a_full_disk_is_a_sentence_and_who_hangs_up_is_no_trouble(store: Path) -> None:
    command = [sys.executable, "-P", "-m", "varde", "munin", "fetch", "logins", "--store", str(store)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, "varde: cannot go on: no space left on device\n")
    reading, writing = os.pipe()
    os.close(reading)
    gone = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    os.close(writing)
    assert (gone.returncode, gone.stderr) == (0, "")


def test_the_configuration_names_the_store(store: Path, tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(f'[store]\npath = "{store}"\n')
    assert varde("autoconf", VARDE_CONFIG=str(tmp_path / "varde.toml")).stdout == "yes\n"


def test_install_writes_what_a_node_reads_and_nothing_twice(store: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "root"
    words = ("install", "--prefix", str(prefix), "--store", str(store), "--user", "nobody")
    done = varde(*words)
    assert done.returncode == 0, done.stderr
    link, plugin, conf = (prefix / path for path in ("etc/munin/plugins/varde_all", "usr/share/munin/plugins/varde_", "etc/munin/plugin-conf.d/varde"))
    assert str(link.readlink()) == "/usr/share/munin/plugins/varde_"
    assert os.access(plugin, os.X_OK)
    assert "#%# family=auto\n#%# capabilities=autoconf suggest\n" in plugin.read_text()
    assert f"[varde_*]\nuser nobody\nenv.VARDE_STORE {store}\n" in conf.read_text()
    assert "restart munin-node" in done.stderr
    assert "written" not in varde(*words).stderr
    one = varde(*words[:1], "logins", "probes", *words[1:])
    assert f"taken away: {link}" in one.stderr
    assert sorted(path.name for path in link.parent.iterdir()) == ["varde_logins", "varde_probes"]


def test_the_plugin_answers_from_a_bare_environment(store: Path, tmp_path: Path) -> None:
    varde("install", "logins", "--prefix", str(tmp_path / "root"), "--store", str(store), "--user", "nobody", "--dir", "/plugins")
    link = tmp_path / "varde_logins"
    link.symlink_to(tmp_path / "root" / "plugins" / "varde_")
    done = subprocess.run([link, "config"], capture_output=True, text=True, env={"VARDE_STORE": str(store)}, check=True, cwd="/")
    assert "graph_title Login attempts" in done.stdout
    gone = (tmp_path / "root" / "plugins" / "varde_").read_text().replace(sys.executable, "/nowhere/python")
    (tmp_path / "varde_x").write_text(gone)
    for word, said in (("autoconf", "no (Varde is gone from /nowhere/python"), ("fetch", "")):
        done = subprocess.run(["/bin/sh", tmp_path / "varde_x", word], capture_output=True, text=True, check=True)
        assert done.stdout.startswith(said)


def test_what_is_anothers_is_left_alone_and_nothing_is_written(store: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "root"
    other = prefix / "etc" / "munin" / "plugins" / "varde_all"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho mine\n")
    done = varde("install", "--prefix", str(prefix), "--store", str(store), "--user", "nobody")
    assert done.returncode == 2
    assert f"{other}: not of Varde, left alone" in done.stderr
    assert other.read_text() == "#!/bin/sh\necho mine\n"
    assert not (prefix / "usr").exists()


def test_a_dry_run_writes_nothing_and_a_store_that_is_not_there_is_said(store: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "root"
    done = varde("install", "--dry-run", "--prefix", str(prefix), "--store", str(store))
    assert done.returncode == 0
    assert "#%# family=auto" in done.stdout
    assert not prefix.exists()
    absent = varde("install", "--prefix", str(prefix), "--store", str(tmp_path / "absent"))
    assert absent.returncode == 2
    assert "there is no store" in absent.stderr


def test_without_rights_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing.os, "access", lambda *_: False)  # what root may do, whoever runs this
    with pytest.raises(VardeError, match="sudo varde munin install"):
        place([Placed(tmp_path / "a" / "b", "text", mark="#")], (), "varde munin install", is_dry=False)
    assert list(tmp_path.iterdir()) == []


def test_a_user_who_is_not_there_is_said_before_anything_is_written(tmp_path: Path) -> None:
    folders = ("--dir", str(tmp_path / "plugins"), "--conf-dir", str(tmp_path / "etc"), "--store", str(tmp_path))
    done = varde("install", *folders, "--user", "nobody-of-that-name")
    assert done.returncode == 2 and "there is no user 'nobody-of-that-name'" in done.stderr
    assert not list(tmp_path.iterdir())
