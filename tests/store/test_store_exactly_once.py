"""The same lines are stored once, however often, in whatever form and by however many processes they are read."""

import bz2
import gzip
import json
import lzma
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from deltalake.exceptions import DeltaError
from hypothesis import given, settings
from hypothesis import strategies as st
from material import (
    NOON,
    each_once,
    firewall_line,
    firewall_lines,
    import_file,
    import_in_child,
    importer,
    probe_batch,
    python,
    stored,
    stored_lines,
    wait_until,
    write_old,
)  # fmt: skip

from varde.collect.follow import Follower
from varde.collect.identity import HEAD_SOURCES_MAX, LINK
from varde.model import VardeError
from varde.store import Progress, Store
from varde.store import store as store_module

TEXT = firewall_lines(0, 300)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstandard.ZstdCompressor().compress,
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_file_read_twice_adds_nothing_the_second_time(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", TEXT)
    assert import_file(store, path).records == 300
    again = import_file(store, path)
    assert (again.records, again.before) == (0, len(TEXT))
    assert stored_lines(store) == each_once(TEXT)


def test_one_text_for_two_sensors_is_stored_twice_and_both_are_named(store: Store, tmp_path: Path) -> None:
    first, copy = write_old(tmp_path / "fw.log", TEXT), write_old(tmp_path / "fw.log-20261120", TEXT + firewall_lines(300, 7))
    assert import_file(store, first, "fw").twice == []
    again = import_file(store, copy, "other")
    assert (again.records, again.twice) == (307, [("fw", str(first))])
    assert import_file(store, copy, "other").twice == []  # said when it was stored, and once
    assert import_file(store, first, "fw").twice == []


@pytest.mark.parametrize("first_line", [firewall_line(0), b"# heading\n", b"\n"])
def test_texts_of_two_sensors_that_only_begin_alike_are_two_texts(store: Store, tmp_path: Path, first_line: bytes) -> None:
    import_file(store, write_old(tmp_path / "a.log", first_line + firewall_lines(1, 20)), "a")
    assert import_file(store, write_old(tmp_path / "b.log", first_line + firewall_lines(50, 20)), "b").twice == []


def test_a_text_taken_back_is_not_there_twice(store: Store, tmp_path: Path) -> None:
    summary = import_file(store, write_old(tmp_path / "a.log", TEXT), "a")
    store.forget(summary.source)
    assert import_file(store, write_old(tmp_path / "b.log", TEXT), "b").twice == []


def test_a_first_line_of_many_texts_is_remembered_for_a_few(store: Store, tmp_path: Path) -> None:
    for number in range(HEAD_SOURCES_MAX + 3):
        import_file(store, write_old(tmp_path / "x.log", b"# heading\n" + firewall_lines(number * 10, 1)), f"s{number}")
    (head,) = store.facts.names("heads")
    assert len(store.facts.get(head)["sources"]) == HEAD_SOURCES_MAX  # type: ignore[index]


def test_a_grown_file_adds_what_has_grown(store: Store, tmp_path: Path) -> None:
    import_file(store, write_old(tmp_path / "fw.log", TEXT))
    longer = TEXT + firewall_lines(300, 7)
    assert import_file(store, write_old(tmp_path / "fw.log", longer)).records == 7
    assert stored_lines(store) == each_once(longer)


@pytest.mark.parametrize("packer", PACKERS)
def test_a_rotated_and_compressed_file_adds_nothing_twice(store: Store, tmp_path: Path, packer: str) -> None:
    import_file(store, write_old(tmp_path / "fw.log", TEXT))
    packed = write_old(tmp_path / f"fw.log.2.{packer}", PACKERS[packer](TEXT))
    assert import_file(store, packed).records == 0
    assert stored_lines(store) == each_once(TEXT)


def test_a_compressed_file_that_had_grown_before_adds_the_rest(store: Store, tmp_path: Path) -> None:
    import_file(store, write_old(tmp_path / "fw.log", TEXT))
    longer = TEXT + firewall_lines(300, 20)
    assert import_file(store, write_old(tmp_path / "fw.log.1.gz", gzip.compress(longer))).records == 20
    assert stored_lines(store) == each_once(longer)


def test_copytruncate_adds_the_new_lines_only(store: Store, tmp_path: Path) -> None:
    live = write_old(tmp_path / "fw.log", TEXT)
    import_file(store, live)
    shutil.copyfile(live, tmp_path / "fw.log.1")
    write_old(live, firewall_lines(300, 40))
    assert import_file(store, live).records == 40
    assert import_file(store, tmp_path / "fw.log.1").records == 0
    assert stored_lines(store) == each_once(TEXT + firewall_lines(300, 40))


def test_an_unfinished_last_line_is_stored_whole_when_it_is_finished(store: Store, tmp_path: Path) -> None:
    path, last = tmp_path / "fw.log", firewall_line(300)
    path.write_bytes(TEXT + last[:60])
    first = import_file(store, path)
    assert (first.records, first.rejected) == (300, 0)
    path.write_bytes(TEXT + last + firewall_line(301))
    assert import_file(store, path).records == 2
    assert stored_lines(store) == each_once(TEXT + last + firewall_line(301))


def test_an_unfinished_last_line_of_an_old_file_counts_as_whole(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", TEXT.rstrip(b"\n"))
    assert import_file(store, path).records == 300
    assert stored_lines(store) == each_once(TEXT)


def test_different_files_with_an_equal_first_line_are_both_read_whole(store: Store, tmp_path: Path) -> None:
    head = b"# the same header everywhere\n"
    texts = [head + firewall_lines(number * 100, 30) for number in range(3)]
    for number, text in enumerate(texts):
        assert import_file(store, write_old(tmp_path / f"{number}.log", text)).records == 30
    for number in (2, 0, 1):
        assert import_file(store, tmp_path / f"{number}.log").records == 0
    assert len(stored(store)) == 90


def test_a_shorter_copy_of_a_file_adds_nothing(store: Store, tmp_path: Path) -> None:
    import_file(store, write_old(tmp_path / "fw.log", TEXT))
    for length in (len(TEXT) - 1, len(TEXT) // 2, len(TEXT) // 3 + 17):
        copy = import_file(store, write_old(tmp_path / "copy.log", TEXT[:length]))
        assert (copy.records, copy.rejected) == (0, 0), length
    assert stored_lines(store) == each_once(TEXT)


def test_a_shorter_file_that_differs_in_one_line_is_no_copy(store: Store, tmp_path: Path) -> None:
    import_file(store, write_old(tmp_path / "fw.log", TEXT))
    other = firewall_lines(0, 10) + firewall_line(9999)
    assert import_file(store, write_old(tmp_path / "other.log", other)).records == 11
    assert stored_lines(store)[firewall_line(9999)] == 1


def test_texts_longer_than_a_link_that_part_ways_keep_all_their_lines(store: Store, tmp_path: Path) -> None:
    common = firewall_lines(0, 2 * LINK // 230)
    assert len(common) > LINK * 3 // 2
    one, other = common + firewall_lines(50_000, 50), common + firewall_lines(60_000, 70)
    import_file(store, write_old(tmp_path / "one.log", one))
    import_file(store, write_old(tmp_path / "other.log", other))
    lines = stored_lines(store)
    assert set(lines) == set(each_once(one + other))
    assert import_file(store, tmp_path / "one.log").records == 0
    assert import_file(store, tmp_path / "other.log").records == 0


def test_the_same_text_seen_by_two_sensors_is_two_things(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", TEXT)
    import_file(store, path, "fw1")
    assert import_file(store, path, "fw2").records == 300


def test_an_empty_file_is_read_without_complaint(store: Store, tmp_path: Path) -> None:
    summary = import_file(store, write_old(tmp_path / "fw.log", b""))
    assert (summary.lines, summary.records, summary.error) == (0, 0, "")


@given(cuts=st.lists(st.integers(0, 40), min_size=1, max_size=4), tail=st.booleans())
@settings(max_examples=10)
def test_however_a_file_grows_each_line_is_stored_once(tmp_path_factory: pytest.TempPathFactory, cuts: list[int], tail: bool) -> None:
    folder = tmp_path_factory.mktemp("grow")
    store, path, text = Store(folder / "store"), folder / "fw.log", firewall_lines(0, 40)
    for line in sorted(cuts):
        part = firewall_lines(0, line)
        path.write_bytes(part + (text[len(part) :][:50] if tail else b""))
        import_file(store, path)
    path.write_bytes(text)
    import_file(store, path)
    assert stored_lines(store) == each_once(text)


def test_two_processes_that_import_the_same_file_at_once_store_it_once(store: Store, tmp_path: Path) -> None:
    text = firewall_lines(0, 3000)
    path = write_old(tmp_path / "fw.log", text)
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=import_in_child, args=(str(store.path), str(path), rows, 64 * 1024)) for rows in (300, 470)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    assert stored_lines(store) == each_once(text)
    assert lines_counted(store) == 3000


def lines_counted(store: Store) -> int:
    return sum(stored(store, "counters").filter(pl.col("outcome") == "lines")["count"])


def test_two_that_follow_one_file_count_each_line_once(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "fw.log"
    path.write_bytes(firewall_lines(0, 10))
    first, second = (Follower(importer(Store(store.path)), str(path)) for _ in range(2))
    shown = Shown()
    first.importer = replace(first.importer, watchers=(shown,))
    for number, (one, other) in enumerate(random.Random(7).choices([(first, second), (second, first)], k=40)):
        with path.open("ab") as file:
            file.write(firewall_lines(10 + number * 5, 5))
        one.poll()
        if number % 3 == 0 and one._open:
            one._commit(one._open)
        if number % 7 == 0:
            other.poll()
    for follower in (first, second):
        follower.poll()
        follower.close()
        assert follower.last_error == ""
    assert stored_lines(store) == each_once(path.read_bytes())
    assert lines_counted(store) == 210
    assert len(shown.offsets) == len(set(shown.offsets)) == 210


class Shown:
    """A watcher that keeps which lines it was shown."""

    def __init__(self) -> None:
        self.offsets: list[int] = []

    def watch(self, table: str, batch: pl.DataFrame) -> None:
        self.offsets += batch["offset"].to_list()

    def stored(self) -> None:
        pass


def test_a_commit_that_is_followed_by_a_failure_was_made(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add = store_module._name

    def failing(*arguments: Any) -> None:
        add(*arguments)
        raise DeltaError("cannot write a checkpoint: No space left on device")

    store.append("probes", rows_until(1))
    monkeypatch.setattr(store_module, "_name", failing)
    assert store.append("probes", rows_until(2)) == 2
    assert len(stored(store)) == 3


def append_while_a_table_is_made(monkeypatch: pytest.MonkeyPatch, other: Callable[[], int]) -> list[int]:
    """The first append finds no table; before it makes one, `other` appends. What `other` answers."""
    answers: list[int] = []
    make = Store._make

    def late(self: Store, table: str) -> None:
        monkeypatch.setattr(Store, "_make", make)
        answers.append(other())
        make(self, table)

    monkeypatch.setattr(Store, "_make", late)
    return answers


@pytest.mark.parametrize(("mine", "others"), [(8, 5), (5, 8), (5, 5)])
def test_of_two_that_make_a_table_at_once_with_one_source_the_second_stores_what_is_left(
    store: Store, monkeypatch: pytest.MonkeyPatch, mine: int, others: int
) -> None:
    progress = Progress("s", others)
    answers = append_while_a_table_is_made(monkeypatch, lambda: Store(store.path).append("probes", rows_until(others), progress))
    assert store.append("probes", rows_until(mine), Progress("s", mine)) == max(mine - others, 0)
    assert answers == [others]
    assert sorted(stored(store)["offset"]) == list(range(max(mine, others)))
    assert store.offset("probes", "s") == max(mine, others)


def test_of_two_sockets_that_make_a_table_at_once_all_is_stored_and_one_describes_the_table(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = append_while_a_table_is_made(monkeypatch, lambda: Store(store.path).append("probes", rows_until(5)))
    assert (store.append("probes", rows_until(8)), answers) == (8, [5])
    assert len(stored(store)) == 13
    log = [json.loads(line) for file in (store.path / "probes" / "_delta_log").glob("*.json") for line in file.read_text().splitlines()]
    assert sum("metaData" in action for action in log) == 1


def test_a_commit_on_what_was_read_before_another_of_its_source_is_refused(store: Store) -> None:
    store.append("probes", rows_until(3), Progress("s", 3))
    before = store._table("probes")
    store.append("probes", rows_until(8).tail(5), Progress("s", 8))
    store.append("probes", rows_until(2), Progress("another", 2))
    store.compact()
    late = store_module._Batch(store.path / "probes", "probes", rows_until(6).tail(3))
    assert not store._commit("probes", before, late, Progress("s", 6))
    assert len(stored(store)) == 10


def test_a_table_whose_maker_was_killed_is_made_by_the_next(store: Store) -> None:
    log = store.path / "probes" / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json#1").write_bytes(b'{"commitInfo"')
    assert (store.files("probes"), store.offset("probes", "s"), store.version("probes")) == ([], 0, -1)
    assert store.append("probes", rows_until(5), Progress("s", 5)) == 5
    assert len(stored(store)) == 5


def rows_until(end: int) -> pl.DataFrame:
    """Synthetic probes whose lines begin at offsets 0 to `end` - 1."""
    return probe_batch({"time": NOON, "offset": offset} for offset in range(end))


def test_two_processes_that_import_different_files_at_once_lose_nothing(store: Store, tmp_path: Path) -> None:
    texts = [firewall_lines(number * 5000, 2000) for number in range(2)]
    paths = [write_old(tmp_path / f"{number}.log", text) for number, text in enumerate(texts)]
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=import_in_child, args=(str(store.path), str(path), 250, 48 * 1024)) for path in paths]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    assert stored_lines(store) == each_once(b"".join(texts))


KILLED = """
import sys
from pathlib import Path
from material import import_file, make_small
from varde.store import Store
make_small(150, 32 * 1024)
print("ready", flush=True)
sys.stdin.readline()
import_file(Store(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_an_import_that_is_killed_at_random_and_started_again_stores_what_an_undisturbed_one_does(tmp_path: Path) -> None:
    text = firewall_lines(0, 6000) + b"a line of another program\n" * 30
    path = write_old(tmp_path / "fw.log", text)
    store = Store(tmp_path / "store")
    killed, seed = 0, random.Random(20261121)
    children = [python(KILLED, str(store.path), str(path), home=tmp_path, stdin=-1, stdout=-1, stderr=-1) for _ in range(2)]
    for number in range(6):
        child = children.pop(0)
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.write(b"go\n")
        child.stdin.flush()
        time.sleep(seed.uniform(0.02, 0.2))
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if number < 4:
            children.append(python(KILLED, str(store.path), str(path), home=tmp_path, stdin=-1, stdout=-1, stderr=-1))
        lines = stored_lines(store)
        assert not lines or max(lines.values()) == 1
    assert killed >= 3
    import_file(store, path)
    assert stored_lines(store) == each_once(firewall_lines(0, 6000))
    assert import_file(store, path).records == 0


def test_counters_of_an_import_that_was_killed_count_each_line_once(tmp_path: Path) -> None:
    """Killed between the commit of the counters and the note of how far the file was read, then read with other commits."""
    path = write_old(tmp_path / "fw.log", firewall_lines(0, 500))
    store = Store(tmp_path / "store")
    import_file(store, path)
    fact = store.facts.names("sources")[0]
    store.facts.remove(fact)
    write_old(path, firewall_lines(0, 600))
    import_file(store, path)
    counters = stored(store, "counters")
    assert counters.filter(counters["outcome"] == "lines")["count"].sum() == 600


def test_what_is_forgotten_can_be_read_again_once(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", TEXT)
    source = import_file(store, path).source
    assert store.forget(source) == 300
    store.facts.put(f"sources/{source}", {"forgotten": True})
    assert len(stored(store)) == 0
    assert import_file(store, path).records == 300
    assert import_file(store, path).records == 0
    assert stored_lines(store) == each_once(TEXT)


def test_forgetting_one_of_two_files_with_an_equal_first_line_leaves_the_other_known(store: Store, tmp_path: Path) -> None:
    head = b"# header\n"
    paths = [write_old(tmp_path / f"{n}.log", head + firewall_lines(n * 100, 10)) for n in range(2)]
    first, second = (import_file(store, path).source for path in paths)
    assert store.forget(first) == 10
    store.facts.put(f"sources/{first}", {"forgotten": True})
    assert import_file(store, paths[1]).records == 0
    assert import_file(store, paths[0]).records == 10
    assert len(stored(store)) == 20
    assert second in set(stored(store)["source"])


def test_a_damaged_fact_costs_a_second_reading_and_no_second_record(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log", TEXT)
    source = import_file(store, path).source
    (store.path / "facts" / "sources" / f"{source}.json").write_bytes(b'{"chain": {"le')
    assert stored_lines(store) == each_once(TEXT)
    import_file(store, path)
    assert stored_lines(store) == each_once(TEXT)


@pytest.mark.parametrize("packer", PACKERS)
def test_a_truncated_archive_gives_its_whole_lines_and_says_so(store: Store, tmp_path: Path, packer: str) -> None:
    text = firewall_lines(0, 4000)
    packed = PACKERS[packer](text)
    path = write_old(tmp_path / f"fw.log.{packer}", packed[: len(packed) * 2 // 3])
    if packer == "bz2":  # its blocks hold 900 kB, so nothing comes of one that is cut
        with pytest.raises(VardeError, match="damaged"):
            import_file(store, path)
        return
    summary = import_file(store, path)
    assert summary.records > 500
    assert "damaged" in summary.error
    whole = write_old(tmp_path / "whole.log", text)
    assert import_file(store, whole).records > 500
    assert set(stored_lines(store)) >= set(each_once(text))
    assert max(stored_lines(store).values()) == 1


def test_a_file_of_garbage_with_the_magic_of_an_archive_is_an_error_in_words(store: Store, tmp_path: Path) -> None:
    path = write_old(tmp_path / "fw.log.gz", b"\x1f\x8b" + os.urandom(500))
    with pytest.raises(VardeError, match="damaged"):
        import_file(store, path)


def test_the_import_of_a_file_of_another_owner_is_refused_in_words(store: Store, tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="no such file"):
        importer(store).read(str(tmp_path / "nothing.log"))
    with pytest.raises(VardeError, match="is a directory"):
        importer(store).read(str(tmp_path))


def test_a_long_import_tells_its_progress_in_octets(store: Store, tmp_path: Path) -> None:
    told: list[int] = []
    path = write_old(tmp_path / "fw.log", TEXT)
    from dataclasses import replace

    replace(importer(store), progress=lambda name, octets: told.append(octets)).read(str(path))
    assert told[-1] == len(TEXT)
    wait_until(lambda: told == sorted(told))
