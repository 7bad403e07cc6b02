"""What the store does with folders, disks and times that are not as it would like."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from material import (
    NOON,
    each_once,
    environment,
    firewall_lines,
    import_file,
    probe_batch,
    stored,
    stored_lines,
    write_old,
)

from varde.model import VardeError
from varde.store import STORE_VERSION, Facts, Progress, Store, check_location, default_location


def test_a_newer_store_is_refused_with_its_version_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text(json.dumps({"version": STORE_VERSION + 1}))
    with pytest.raises(VardeError, match=rf"newer Varde \(store version {STORE_VERSION + 1}.*Update Varde"):
        Store(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": null}', '{"version": "x"}', '{"version": 1e999}', "\x00\xff"])
def test_a_damaged_marker_is_an_error_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "store.json").write_text(text, encoding="latin-1")
    with pytest.raises(VardeError, match="damaged"):
        Store(tmp_path)


def test_a_folder_of_strangers_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(VardeError, match=r"is not a Varde store: it holds holiday\.jpg"):
        Store(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_file_where_the_store_should_be_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(VardeError, match="cannot use"):
        Store(tmp_path / "file")


def test_many_processes_may_make_the_same_store_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(pool.map(_open_store, [str(tmp_path / "new")] * 24, chunksize=1)) == 24


def _open_store(path: str) -> str:
    return str(Store(Path(path)).path)


def test_the_place_is_the_named_one_else_the_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VARDE_STORE", str(tmp_path / "named"))
    assert default_location() == tmp_path / "named"
    monkeypatch.delenv("VARDE_STORE")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_location() == tmp_path / "data" / "varde"


READ_AS_NOBODY = "from pathlib import Path; from material import import_file; from varde.store import Store; import sys\n" \
    "from varde.model import VardeError\n" \
    "try: print(import_file(Store(Path(sys.argv[1])), Path(sys.argv[2])).records)\n" \
    "except VardeError as error: print('sentence:', error)"


def _as_nobody(folder: Path, *arguments: str) -> str:
    """What READ_AS_NOBODY prints when it is run without root's rights."""
    runner = [] if os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    if runner and not shutil.which("setpriv"):
        pytest.skip("root needs setpriv to try without root's rights")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o055) if parent.owner() == "root" and os.geteuid() == 0 else None
    done = subprocess.run([*runner, sys.executable, "-B", "-c", READ_AS_NOBODY, *arguments], capture_output=True, text=True,
                          env=environment(folder), timeout=60)  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_a_store_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", firewall_lines(0, 10))
    Store(tmp_path / "store")
    for made in (tmp_path / "store").rglob("*"):
        made.chmod(0o444 if made.is_file() else 0o555)
    (tmp_path / "store").chmod(0o555)
    path.chmod(0o444)
    assert "sentence: cannot write to" in _as_nobody(tmp_path, str(tmp_path / "store"), str(path))
    assert "permission denied" in _as_nobody(tmp_path, str(tmp_path / "store"), str(path))


def test_a_log_that_may_not_be_read_says_which_group_helps(tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", firewall_lines(0, 10))
    path.chmod(0o000)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    answer = _as_nobody(tmp_path, str(tmp_path / "open" / "store"), str(path))
    assert "permission denied" in answer
    assert "adm" in answer


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_in_words_and_what_was_committed_stays(small_disk: Path, tmp_path: Path) -> None:
    store, first = Store(small_disk / "store"), firewall_lines(0, 200)
    import_file(store, write_old(tmp_path / "a.log", first))
    (small_disk / "filler").write_bytes(b"x" * store.free())
    with pytest.raises(VardeError, match="disk is full"):
        import_file(store, write_old(tmp_path / "b.log", firewall_lines(1000, 20000)))
    with pytest.raises(VardeError, match="disk is full"):
        store.facts.put("sources/new", {"path": "x" * 9000})
    (small_disk / "filler").unlink()
    assert stored_lines(store) == each_once(first)
    assert import_file(store, tmp_path / "b.log").records == 20000


LIMITED = """
import resource, signal, sys
from pathlib import Path
from material import import_file
from varde.model import VardeError
from varde.store import Store
store = Store(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try: import_file(store, Path(sys.argv[2]))
except VardeError as error: print("sentence:", error)
"""


def test_a_disk_that_refuses_large_files_is_said_in_words(tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", firewall_lines(0, 20000))
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path / "store"), str(path)], capture_output=True, text=True,
                          env=environment(tmp_path), timeout=60)  # fmt: skip
    assert done.stdout.startswith("sentence: cannot"), done.stdout + done.stderr
    assert import_file(Store(tmp_path / "store"), path).records == 20000


def _fill(store: Store, commits: int, rows: int = 20, start: datetime = NOON) -> None:
    for commit in range(commits):
        probes = [{"time": start + timedelta(seconds=commit * rows + n), "offset": commit * rows + n} for n in range(rows)]
        store.append("probes", probe_batch(probes))


def test_compaction_keeps_every_row_and_leaves_fewer_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 12)
    before, files = stored(store).sort("offset"), len(store.files("probes"))
    store.compact()
    assert stored(store).sort("offset").equals(before)
    assert len(store.files("probes")) < files == 12
    assert len(stored(store)) == 240


def test_compaction_beside_an_appending_process_loses_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 3)
    child = multiprocessing.get_context("spawn").Process(target=_append_many, args=(str(store.path), 25))
    child.start()
    rounds = 0
    while child.is_alive():
        store.compact()
        rounds += 1
    child.join()
    assert (child.exitcode, rounds > 0) == (0, True)
    assert sorted(stored(store)["offset"].to_list()) == sorted([*range(60), *range(1000, 1025)])


def _append_many(path: str, times: int) -> None:
    store = Store(Path(path))
    for number in range(times):
        store.append("probes", probe_batch([{"time": NOON, "offset": 1000 + number}]))


def test_rows_expire_by_when_they_were_received_and_not_by_what_they_tell(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    import polars as pl

    old_news = probe_batch([{"time": NOON - timedelta(days=900)}, {"time": NOON}])
    received = [NOON, NOON - timedelta(days=500)]  # an old log read lately, and a late clock received long ago
    store.append("probes", old_news.with_columns(pl.Series("received", [int(m.timestamp() * 1e6) for m in received])))
    assert store.expire("probes", NOON - timedelta(days=400)) == 1
    assert stored(store)["offset"].to_list() == [0]
    assert store.expire("probes", NOON - timedelta(days=400)) == 0


def test_the_files_of_a_question_are_those_of_its_days(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for days in range(3):
        _fill(store, 1, start=NOON + timedelta(days=days))
    assert len(store.files("probes")) == 3
    assert len(store.files("probes", date(2026, 11, 21), date(2026, 11, 21))) == 1
    assert len(store.files("probes", date(2026, 11, 21), date(2026, 11, 30))) == 2
    assert store.days("probes") == [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)]


def test_an_append_with_progress_leaves_out_what_is_covered(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    batch = probe_batch([{"time": NOON, "offset": offset} for offset in range(0, 100, 10)])
    assert store.append("probes", batch, Progress("s", 50)) == 10
    assert store.append("probes", batch, Progress("s", 50)) == 0
    assert store.append("probes", batch, Progress("s", 100)) == 5
    assert store.offset("probes", "s") == 100
    assert store.offset("probes", "other") == store.offset("rejects", "s") == 0


def test_sizes_and_versions_tell_what_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert (store.sizes(), store.version("probes")) == ([], -1)
    _fill(store, 2)
    size = store.sizes()[0]
    assert (size.name, size.rows, size.files) == ("probes", 40, 2)
    assert size.octets == sum(Path(file.removeprefix("file://")).stat().st_size for file in store.files("probes"))
    assert store.version("probes") == 2  # the first made it


def test_a_table_whose_log_is_damaged_is_an_error_in_words(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 1)
    next((store.path / "probes" / "_delta_log").glob("*.json")).write_bytes(b"{damaged")
    with pytest.raises(VardeError, match="cannot read the table"):
        store.files("probes")


def test_what_cannot_be_changed_because_a_file_is_gone_is_said_in_words(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 3)
    for file in store.files("probes"):
        Path(file).unlink()
    for change in (store.compact, lambda: store.forget("s"), lambda: store.expire("probes", NOON + timedelta(days=9)), lambda: store.drop_raw(NOON + timedelta(days=9))):
        with pytest.raises(VardeError, match="cannot change the store"):
            change()


def test_facts_are_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = Facts(tmp_path)
    facts.put("sources/a", {"value": 1})

    def fails(descriptor: int) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(VardeError, match="cannot"):
        facts.put("sources/a", {"value": 2})
    assert facts.get("sources/a") == {"value": 1}
    assert [entry.name for entry in (tmp_path / "sources").iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]", b"null", b'{"a":' + b"[" * 5])
def test_a_damaged_facts_file_is_as_if_never_written(tmp_path: Path, content: bytes) -> None:
    facts = Facts(tmp_path)
    facts.put("home", {"a": 1})
    (tmp_path / "home.json").write_bytes(content)
    assert facts.get("home") is None
    facts.put("home", {"a": 2})
    assert facts.get("home") == {"a": 2}


def test_names_of_facts_are_listed_and_removed(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    for name in ("b", "a"):
        facts.put(f"sources/{name}", {})
    assert facts.names("sources") == ["sources/a", "sources/b"]
    facts.remove("sources/a")
    facts.remove("sources/never")
    assert facts.names("sources") == ["sources/b"]


@pytest.mark.parametrize("name", ["with blanks", "störe/日本", "a#b?c&d", "100% mine", "it's;", "star*", "a:b", "s3:", "{a}", "e\u0308\u202e"])
def test_a_store_may_have_any_usual_name(tmp_path: Path, name: str) -> None:
    from varde.query import Engine, extent

    store = Store(tmp_path / name / "store")
    _fill(store, 2)
    store.forget("never read")
    store.compact(keep_hours=0)
    assert len(stored(store)) == store.sizes()[0].rows == 40
    assert all(Path(file).is_file() for file in store.files("probes"))
    assert extent(Engine(store))[0] == NOON
    assert [entry.name for entry in tmp_path.iterdir()] == [name.partition("/")[0]]  # and nowhere else is anything


@pytest.mark.parametrize("name", ["a%20b", "a[1]", "new\nline", "back\\slash", "a|b", "caf\udce9"])
def test_a_name_that_the_tables_cannot_have_is_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    for use in (Store, check_location):
        with pytest.raises(VardeError, match="its name has"):
            use(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_behind_is_removed_when_it_is_old(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 1)
    day = Path(store.files("probes")[0]).parent
    old, new = day / "part-00000-0-c000.zstd.parquet", day / "part-00000-1-c000.zstd.parquet"
    for left in (old, new):
        left.write_bytes(b"half a file")
    os.utime(old, (NOON.timestamp() - 86400,) * 2)
    store.compact()
    assert (old.exists(), new.exists()) == (False, True)  # the new one may be of somebody who is about to commit it
    store.sweep()
    assert new.exists()
    assert len(stored(store)) == 20


READ_ONLY = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from material import import_file, stored
from varde.model import VardeError
from varde.store import Store
store = Store(Path(sys.argv[1]))
print(len(stored(store)))
moment = datetime.now(timezone.utc)
for change in (lambda: import_file(store, Path(sys.argv[2])), store.compact, lambda: store.forget("s"), lambda: store.expire("probes", moment)):
    try: change()
    except VardeError as error: print(error)
"""


def test_a_store_that_may_only_be_read_answers_and_says_why_it_takes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    _fill(store, 1)
    path = write_old(tmp_path / "fw.log", firewall_lines(0, 5))
    runner = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
    if runner and not shutil.which("setpriv"):
        pytest.skip("root needs setpriv to try without root's rights")
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    store.path.chmod(0o555)
    (store.path / "store.json").chmod(0o444)
    done = subprocess.run([*runner, sys.executable, "-B", "-c", READ_ONLY, str(store.path), str(path)], capture_output=True, text=True,
                          env=environment(tmp_path), timeout=60)  # fmt: skip
    store.path.chmod(0o755)
    first, *sentences = done.stdout.splitlines()
    assert (first, done.stderr) == ("20", "")
    assert len(sentences) == 4
    assert all("it may only be read" in sentence for sentence in sentences), sentences


def test_files_of_the_store_are_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        store = Store(tmp_path / "store")
        store.facts.put("sources/a", {})
        _fill(store, 1)
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in store.path.rglob("*") if path.is_file()} == {"0o640"}


def test_a_store_that_was_removed_is_a_sentence(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    shutil.rmtree(store.path)
    with pytest.raises(VardeError, match=r"there is no folder .*store any more"):
        store.require_writable()
