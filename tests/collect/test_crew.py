"""An import by several processes is the import by one: same rows, once each, whatever becomes of the processes."""

import ipaddress
import os
import pickle
import signal
import threading
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from material import each_once, firewall_lines, nowhere, stored_lines, wait_until, write_old

from varde.collect import Importer, Summary, crew, decoding, importer, text
from varde.collect.crew import Crew
from varde.collect.stage import Staged, Stager, Task
from varde.decode import Origin
from varde.decode.reader import DIALECTS
from varde.intel.geography import Home, load
from varde.model import TABLES, VardeError
from varde.store import Progress, Store

UTC = ZoneInfo("UTC")
COWRIE = (
    b'{"eventid":"cowrie.login.failed","username":"root","password":"x","message":"m","sensor":"hp","timestamp":"2026-11-20T12:00:00.000000Z",'
    b'"src_ip":"198.51.100.7","session":"89f9df1f812e","protocol":"ssh"}\n'
)
BLOCK_LINES = 500


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of some hundred lines, and processes from the beginning."""
    octets = len(firewall_lines(0, BLOCK_LINES))
    monkeypatch.setattr(text.blocks, "__kwdefaults__", {**text.blocks.__kwdefaults__, "size": octets})
    monkeypatch.setattr(decoding, "LONG", 0)
    monkeypatch.setattr(importer, "CORES", 4)
    monkeypatch.setattr(crew, "CORES", 2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[Crew]:
    """Crews that are waited for, so that all blocks but the first go to processes; and those that were made."""
    made: list[Crew] = []

    def waited_for(stager: Stager) -> Crew:
        made.append(Crew(stager))
        wait_until(lambda: all(hand.ready for hand in made[-1]._idle))
        return made[-1]

    monkeypatch.setattr(decoding, "Crew", waited_for)
    return made


def _importer(store: Store) -> Importer:
    return Importer(store, nowhere(), tuple(DIALECTS.values()), UTC, sensor="gw")


def _rows(store: Store, table: str) -> list[tuple[object, ...]]:
    files = store.files(table)
    if not files:
        return []
    leave_out = {"received"} if "received" in TABLES[table].names else {"time"}  # when it was read
    return pl.concat([pl.read_parquet(file, hive_partitioning=False).drop(leave_out) for file in files]).sort("offset").rows()


def _unnamed(store: Store) -> set[str]:
    """Files of tables that no commit names."""
    named = {name for table in TABLES for name in store.files(table)}
    return {str(path.absolute()) for path in store.path.rglob("*.parquet") if "_delta_log" not in path.parts} - named


def _read_in_threads(monkeypatch: pytest.MonkeyPatch, store: Store, path: Path) -> Summary:
    with monkeypatch.context() as alone:
        alone.setattr(importer, "CORES", 1)
        return _importer(store).read(str(path))


def test_the_same_rows_and_numbers_as_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: list[Crew]) -> None:
    lines = firewall_lines(0, 3000) + firewall_lines(7, 1).replace(b"SRC=198", b"SRC=998") + COWRIE * 7 + b"\xff\xfe not text\n" + firewall_lines(3000, 3000)
    path = write_old(tmp_path / "gw.log", lines)
    one, several = Store(tmp_path / "one"), Store(tmp_path / "several")
    expected = _read_in_threads(monkeypatch, one, path)
    found = _importer(several).read(str(path))
    assert len(patient) == 1
    assert found == expected
    assert found.records == 6007
    for table in ("probes", "logins", "rejects"):
        assert _rows(several, table) == _rows(one, table), table
        assert _rows(several, table)
    assert not _unnamed(several)


def test_a_table_that_first_appears_in_another_process_is_made(tmp_path: Path, patient: list[Crew]) -> None:
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 2000) + COWRIE * 3)
    store = Store(tmp_path / "store")
    _importer(store).read(str(path))
    assert len(_rows(store, "logins")) == 3
    assert not _unnamed(store)
    assert _importer(store).read(str(path)).records == 0
    assert len(_rows(store, "logins")) == 3


def test_what_a_killed_process_had_is_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: list[Crew]) -> None:
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 6000))
    store = Store(tmp_path / "store")
    give = Crew.give
    killed: list[int] = []

    def give_and_kill(self: Crew, task: Task) -> None:
        give(self, task)
        if len(killed) < 2:
            process = self._busy[-1][0]._process
            process.kill()
            process.wait()
            killed.append(process.pid)

    monkeypatch.setattr(Crew, "give", give_and_kill)
    assert _importer(store).read(str(path)).records == 6000
    assert len(killed) == 2
    assert stored_lines(store) == each_once(firewall_lines(0, 6000))


def test_two_importers_at_once_store_each_line_once(tmp_path: Path) -> None:
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 8000))
    failures: list[Exception] = []

    def read() -> None:
        try:
            _importer(Store(tmp_path / "store")).read(str(path))
        except VardeError as error:
            failures.append(error)

    both = [threading.Thread(target=read) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    store = Store(tmp_path / "store")
    assert failures == []
    assert stored_lines(store) == each_once(firewall_lines(0, 8000))
    assert sum(row[0] for row in _counted(store)) == 8000


def _counted(store: Store) -> list[tuple[int]]:
    counters = pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in store.files("counters")])
    return counters.filter(pl.col("outcome") == "records").select("count").rows()


def test_staged_rows_that_another_commit_covers_are_left_out(tmp_path: Path) -> None:
    store, stager = Store(tmp_path / "store"), Stager(Store(tmp_path / "store"), nowhere(), tuple(DIALECTS.values()), None)
    lines = firewall_lines(0, 100)
    half = len(firewall_lines(0, 50))
    path = write_old(tmp_path / "gw.log", lines[:half])
    source = _importer(store).read(str(path)).source
    staged = stager.stage(Task(lines, 0, Origin("gw", source, "gw.log", 0, UTC, 1_795_305_600_000000), None, sort=False))
    assert store.append_parts("probes", staged.parts["probes"], Progress(source, len(lines))) == 50
    assert stored_lines(store) == each_once(lines)
    assert not _unnamed(store)


def test_a_disk_that_fills_up_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    stager = Stager(store, nowhere(), tuple(DIALECTS.values()), None)
    monkeypatch.setattr(Store, "free", lambda self: 0)
    with pytest.raises(VardeError, match="disk is full"):
        stager.stage(Task(firewall_lines(0, 100) + COWRIE, 0, Origin("gw", "s", "gw.log", 0, UTC, 1_795_305_600_000000), None, sort=False))
    assert not list(store.path.rglob("*.parquet"))


def test_an_error_in_a_process_ends_the_import_and_leaves_nothing(tmp_path: Path, patient: list[Crew]) -> None:
    store = Store(tmp_path / "store")
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 4000))
    where = store.path / "probes"
    where.write_text("a file where the table should be")
    with pytest.raises(VardeError):
        _importer(store).read(str(path))
    assert all(hand._process.poll() is not None for made in patient for hand in made._idle)
    assert not _unnamed(store)


def test_an_import_that_is_broken_off_ends_its_processes(tmp_path: Path, patient: list[Crew]) -> None:
    store = Store(tmp_path / "store")
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 6000))
    told: list[int] = []

    def stop(name: str, octets: int) -> None:
        told.append(octets)
        if len(told) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(_importer(store), progress=stop).read(str(path))
    assert all(hand._process.poll() is not None for made in patient for hand in made._idle)
    assert _importer(store).read(str(path)).records
    assert stored_lines(store) == each_once(firewall_lines(0, 6000))


def test_a_process_ends_when_nobody_is_left(tmp_path: Path) -> None:
    made = Crew(Stager(Store(tmp_path / "store"), nowhere(), tuple(DIALECTS.values()), None), 1)
    (hand,) = made._idle
    os.close(hand._to.fileno())
    hand._to = Path(os.devnull).open("wb")  # noqa: SIM115 - closed with the crew
    assert hand._process.wait() == 0
    made.close()


def test_ctrl_c_does_not_reach_the_processes(tmp_path: Path) -> None:
    made = Crew(Stager(Store(tmp_path / "store"), nowhere(), tuple(DIALECTS.values()), None), 1)
    wait_until(lambda: made.ready)
    (hand,) = made._idle
    hand._process.send_signal(signal.SIGINT)
    made.give(Task(firewall_lines(0, 10), 0, Origin("gw", "s", "gw.log", 0, UTC, 1_795_305_600_000000), None, sort=False))
    staged = made.take()
    assert isinstance(staged, Staged)
    assert staged.parts["probes"].rows == 10
    made.close()
    assert hand._process.returncode == 0


def test_geography_goes_to_another_process_by_name(tmp_path: Path) -> None:
    there = load(tmp_path, homes=[Home(ipaddress.ip_network("192.0.2.0/24"))])
    sent = pickle.dumps(there)
    assert len(sent) < 2000
    assert pickle.loads(sent).homes == there.homes


def test_a_pipe_is_given_to_processes_when_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient: list[Crew]) -> None:
    monkeypatch.setattr(decoding, "LONG", 1 << 40)
    store = Store(tmp_path / "store")
    path = write_old(tmp_path / "gw.log", firewall_lines(0, 6000))
    assert _importer(store).read(str(path)).records == 6000
    assert len(patient) == 1
    assert stored_lines(store) == each_once(firewall_lines(0, 6000))




SSHD = (
    "Nov 20 {at} gw sshd[{pid}]: Invalid user oracle from 198.51.100.6 port {port}\n"
    "Nov 20 {at} gw sshd[{pid}]: Failed password for invalid user oracle from 198.51.100.6 port {port} ssh2\n"
)


@pytest.mark.parametrize("watched", [True, False])
def test_lines_that_complete_earlier_ones_do_so_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: bool) -> None:
    lines = "".join(SSHD.format(at=f"12:{n // 60:02}:{n % 60:02}", pid=n, port=2000 + n) for n in range(1000)).encode()
    path = write_old(tmp_path / "auth.log", lines)
    store = Store(tmp_path / "store")
    monkeypatch.setitem(text.blocks.__kwdefaults__, "size", len(lines) // 40 + 33)  # between the lines of a pair, too
    watchers = (_Nobody(),) if watched else ()
    replace(_importer(store), watchers=watchers).read(str(path))
    assert len(_rows(store, "logins")) == 1000


class _Nobody:
    def watch(self, table: str, batch: pl.DataFrame) -> None:
        pass

    def stored(self) -> None:
        pass
