"""A question that needs more memory than it may take is answered with the disk's help, and leaves nothing there."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

_ASKS = """
import sys, ibis
import varde.query.embedded as embedded
backend = embedded.Embedded(int(sys.argv[1]))
numbers = backend.read("numbers", [sys.argv[2]])
whole = backend.arrow(numbers.group_by("n").aggregate(count=numbers.count(), texts=numbers.text.max()).aggregate(n=ibis._.n.count(), count=ibis._["count"].sum()))
print(whole["n"][0].as_py(), whole["count"][0].as_py())
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("numbers") / "numbers.parquet"
    n = pl.int_range(4_000_000, eager=True)
    pl.DataFrame({"n": n % 3_000_000, "text": n.hash().cast(pl.String) + "-" * 60}).write_parquet(file)
    return file


def _asked(megabytes: int, folder: Path, numbers: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TMPDIR": str(folder)}
    return subprocess.run([sys.executable, "-c", _ASKS, str(megabytes), str(numbers)], capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_what_does_not_fit_goes_to_disk_and_is_gone_afterwards(tmp_path: Path, numbers: Path) -> None:
    wide, narrow = _asked(4000, tmp_path, numbers), _asked(300, tmp_path, numbers)
    assert (wide.returncode, narrow.returncode) == (0, 0), narrow.stderr
    (answer, most), (same, least) = wide.stdout.splitlines(), narrow.stdout.splitlines()
    assert answer == same == "3000000 4000000"
    assert int(least) < int(most)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("megabytes", [20])
def test_what_cannot_be_answered_at_all_is_a_sentence(tmp_path: Path, numbers: Path, megabytes: int) -> None:
    answered = _asked(megabytes, tmp_path, numbers)
    assert answered.returncode == 1
    assert f"VardeError: the question needs more than {megabytes}MB of memory" in answered.stderr


def test_what_is_given_piece_by_piece_is_a_sentence_too(tmp_path: Path, numbers: Path) -> None:
    asks = """
import sys
import varde.query.embedded as embedded
backend = embedded.Embedded(20)
numbers = backend.read("numbers", [sys.argv[1]])
for batch in backend.batches(numbers.select("text").distinct().order_by("text")):
    pass
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    answered = subprocess.run([sys.executable, "-c", asks, str(numbers)], capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert answered.returncode == 1
    assert "VardeError: the question needs more than 20MB of memory" in answered.stderr


def test_a_long_question_draws_no_progress_among_what_is_printed() -> None:
    asks = """
import varde.query.embedded as embedded
connection = embedded.Embedded()._connection().con
connection.execute("SET progress_bar_time = 1")
print(connection.sql("select count(distinct hash(a.range + b.range)) from range(3000) a, range(1000) b").fetchall())
"""
    answered = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, timeout=120, check=True)
    assert (answered.stdout, answered.stderr) == ("[(3999,)]\n", "")
