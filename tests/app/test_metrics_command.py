"""`varde metrics`: the text of a board, whole files, what is stale told as stale, and what it costs."""

import os
import re
import time
from pathlib import Path

import pytest
from cli_run import refused, varde

from varde.app.board_metrics import exposition_of
from varde.faces import Ring, board_of, write_board

FAMILIES = {"varde_logins_total": ("counter", "Logins."), "varde_list_up": ("gauge", "Lists."), "varde_spool_bytes": ("gauge", "Octets.")}
HOSTILE = 'a"b\\c\nd'
SAMPLES = {
    "varde_logins_total": {(("outcome", "failed"),): 7.0, (("outcome", "accepted"),): 0.0}, "varde_list_up": {(("list", HOSTILE),): 1.0}, "varde_spool_bytes": {(): 12.5},
}  # fmt: skip


def board(folder: Path, age: float = 0.0) -> Path:
    store = folder / "store"
    store.mkdir(exist_ok=True)
    write_board(board_of(store), {"written": str(time.time() - age)}, FAMILIES, SAMPLES, Ring())
    return store


def test_the_board_is_told_in_the_text_format(tmp_path: Path) -> None:
    run = varde(tmp_path, "metrics", "--store", str(board(tmp_path)))
    assert (run.status, run.err) == (0, "")
    lines = run.out.splitlines()
    for line in ("varde_up 1", 'varde_logins_total{outcome="failed"} 7', 'varde_list_up{list="a\\"b\\\\c\\nd"} 1', "varde_spool_bytes 12.5", "# TYPE varde_logins_total counter"):
        assert line in lines
    (age,) = re.findall(r"^varde_written_age_seconds (\S+)$", run.out, re.MULTILINE)
    assert 0 <= float(age) < 60


@pytest.mark.parametrize("age", [61, -61, 86_400])
def test_old_values_are_not_told_as_if_they_were_new(tmp_path: Path, age: float) -> None:
    run = varde(tmp_path, "metrics", "--store", str(board(tmp_path, age)))
    assert run.status == 1 and ("ahead of this machine's clock" if age < 0 else "it has ended or hangs") in run.err and " -" not in run.err.replace(" --", "")
    assert [line.split()[0] for line in run.out.splitlines() if not line.startswith("#")] == ["varde_up", "varde_written_timestamp_seconds", "varde_written_age_seconds"]
    assert "varde_up 0" in run.out.splitlines()


def test_without_a_board_it_says_so_and_the_file_says_that_it_is_down(tmp_path: Path) -> None:
    run = varde(tmp_path, "metrics", "--store", str(tmp_path), "--textfile", str(tmp_path / "v.prom"))
    assert run.status == 1 and "Does it run" in run.err and run.out == ""
    assert (tmp_path / "v.prom").read_text().splitlines()[-1] == "varde_up 0"


def test_a_textfile_is_replaced_whole_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    store, target = board(tmp_path), tmp_path / "out" / "v.prom"
    target.parent.mkdir()
    target.write_text("old")
    number = target.stat().st_ino
    assert varde(tmp_path, "metrics", "--store", str(store), "--textfile", str(target)).status == 0
    assert target.stat().st_ino != number, "written beside and renamed"
    assert [path.name for path in target.parent.iterdir()] == ["v.prom"] and target.stat().st_mode & 0o777 == 0o644
    assert "varde_up 1" in target.read_text().splitlines()


def test_usage_is_a_sentence(tmp_path: Path) -> None:
    store = str(board(tmp_path))
    assert ".prom" in refused(tmp_path, "metrics", "--store", store, "--textfile", str(tmp_path / "v.txt"))
    assert "cannot write" in refused(tmp_path, "metrics", "--store", store, "--textfile", str(tmp_path / "none" / "v.prom"))
    assert "--textfile" in refused(tmp_path, "metrics", "--store", store, "--watch")
    assert "two things" in refused(tmp_path, "metrics", "--grafana", "--rules")


def test_the_store_is_that_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(f'[store]\npath = "{board(tmp_path)}"\n')
    assert varde(tmp_path, "metrics", "--config", str(tmp_path / "varde.toml"), VARDE_STORE=str(tmp_path / "nothing")).status == 0
    assert varde(tmp_path, "metrics", VARDE_STORE=str(tmp_path / "store")).status == 0


def test_what_a_timer_asks_is_told_without_the_libraries(tmp_path: Path) -> None:
    """As a process of its own, so that what it loads is its own."""
    import subprocess
    import sys

    from material import environment

    store, target = board(tmp_path), tmp_path / "v.prom"
    asked = f"from varde.app.commands.metrics import answer; import sys; print(answer(['--store', '{store}', '--textfile', '{target}']), answer(['--help']), answer(['--watch', 'x']))"
    heavy = "; print([name for name in ('polars', 'ibis', 'duckdb', 'matplotlib', 'fastapi', 'numpy') if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", asked + heavy], capture_output=True, text=True, timeout=60, env=environment(tmp_path))
    assert run.stdout == "0 None None\n[]\n", run.stderr
    assert "varde_up 1" in target.read_text().splitlines()


def test_a_textfile_is_kept_current_and_its_author_ends_when_asked(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys

    from material import environment, wait_until

    store, target = board(tmp_path), tmp_path / "v.prom"
    process = subprocess.Popen(
        [sys.executable, "-m", "varde", "metrics", "--store", str(store), "--textfile", str(target), "--watch"], env=environment(tmp_path), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(target.exists)
    board_of(store).unlink()
    wait_until(lambda: "varde_up 0" in target.read_text().splitlines(), seconds=30)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130 and said.count("Does it run") == 1 and "Traceback" not in said


def test_reading_a_large_board_costs_little(tmp_path: Path) -> None:
    """3,000 series, more than a station ever has."""
    store = tmp_path / "store"
    store.mkdir()
    many = {"varde_flow_flows_total": {(("sensor", f"s{n}"), ("domain", str(n))): float(n) for n in range(3000)}}
    write_board(board_of(store), {"written": str(time.time())}, {"varde_flow_flows_total": ("counter", "Flows.")}, many, Ring())
    begun = time.process_time()
    text, wrong = exposition_of(board_of(store), time.time())
    assert time.process_time() - begun < 1 and not wrong and text.count("\n") == 3000 + 2 + 9
    assert os.sep in str(store)
