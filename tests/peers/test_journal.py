"""A real systemd journal, read by the real journalctl."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from varde.collect import Importer, Journal
from varde.decode.firewall import DIALECTS
from varde.intel.geography import load
from varde.store import Store

pytestmark = pytest.mark.peer("systemd-journal-remote", "journalctl")

IDS = "_BOOT_ID=0123456789abcdef0123456789abcdef\n_MACHINE_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=fw"
LINE = (
    "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=54321 PROTO=TCP SPT=40000 DPT={port} "
    "WINDOW=1024 RES=0x00 SYN URGP=0"
)


def _entry(number: int, message: str, transport: str = "kernel") -> str:
    us = 1_795_281_240_000_000 + number
    return f"__REALTIME_TIMESTAMP={us}\n__MONOTONIC_TIMESTAMP={number + 1}\n{IDS}\n_TRANSPORT={transport}\nSYSLOG_IDENTIFIER=kernel\nMESSAGE={message}\n\n"


@pytest.fixture
def append(tmp_path: Path, peer: Callable[[str], Path]) -> Callable[[list[str]], None]:
    """Add entries to the journal in tmp_path/journal."""
    (tmp_path / "journal").mkdir()
    numbers = iter(range(1000))

    def add(entries: list[str]) -> None:
        export = tmp_path / f"{next(numbers)}.export"
        export.write_text("".join(entries))
        target = tmp_path / "journal" / "system.journal"
        subprocess.run([peer("systemd-journal-remote"), "-o", target, export], check=True, capture_output=True)

    return add


def _journal(folder: Path) -> Journal:
    importer = Importer(Store(folder / "store"), load(Path("nowhere")), tuple(DIALECTS.values()), ZoneInfo("UTC"), sensor="here")
    return Journal(importer, (f"--directory={folder / 'journal'}",))


def _look(journal: Journal) -> int:
    journal._next = 0.0  # now, not in two seconds
    lines = journal.poll()
    assert journal.last_error == ""
    return lines


def test_the_kernel_lines_of_a_journal_are_read_once_and_read_on(tmp_path: Path, append: Callable[[list[str]], None]) -> None:
    append([_entry(n, LINE.format(port=20 + n)) for n in range(5)] + [_entry(9, "a line of a program", "syslog")])
    journal = _journal(tmp_path)
    assert _look(journal) == 5
    assert _look(journal) == 0
    assert _look(_journal(tmp_path)) == 0
    append([_entry(20 + n, LINE.format(port=80)) for n in range(2)] + [_entry(30, "usb 1-1: new device")])
    assert _look(_journal(tmp_path)) == 3
    store = Store(tmp_path / "store")
    assert {size.name: size.rows for size in store.sizes()}["probes"] == 7


def test_a_crash_before_the_cursor_was_kept_doubles_nothing(tmp_path: Path, append: Callable[[list[str]], None]) -> None:
    append([_entry(n, LINE.format(port=20 + n)) for n in range(5)])
    journal = _journal(tmp_path)
    assert _look(journal) == 5
    journal.importer.store.facts.remove("journal")
    _look(_journal(tmp_path))
    assert {size.name: size.rows for size in Store(tmp_path / "store").sizes()}["probes"] == 5


def test_a_journal_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    journal = _journal(tmp_path)
    assert journal.poll() == 0
    assert journal.last_error.startswith("journal: journalctl ended with status")
