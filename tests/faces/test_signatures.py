"""Signatures of scanners: pages and files good, old, missing, damaged, hostile; each the state that it must be."""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from varde.faces.checks import CHECKS, Asked
from varde.faces.checks.status_page import Entry, newest, read_entries
from varde.faces.nagios import Deadline, Result, State
from varde.model import VardeError

NOW = 1_795_345_290.0
CONTENT = b"signatures"
MD5 = hashlib.md5(CONTENT).hexdigest()
HOUR = 3600.0


def entry(name: str = "agent.ide", md5: str = MD5, at: float | str = NOW - HOUR, tag: str = "ide") -> str:
    return f"<{tag}><name>{name}</name><md5>{md5}</md5><size>10</size><timestamp>{at}</timestamp></{tag}>"


def page(*entries: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<latest>{"".join(entries)}</latest>'.encode()


def sophos(folder: Path, data: bytes, *words: str, now: float = NOW) -> Result:
    check = CHECKS["sophos"]
    given_ = Asked(check.read(["--dir", str(folder), "--url", "https://v.example/x", *words]), folder, now, lambda url, seconds: data)
    return Deadline(20).result(lambda: check.run(given_))


def signatures(*words: str, now: float = NOW) -> Result:
    check = CHECKS["signatures"]
    return Deadline(20).result(lambda: check.run(Asked(check.read(words), Path(), now)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "agent.ide").write_bytes(CONTENT)
    return tmp_path


def whole(at: float = NOW - HOUR) -> bytes:
    return page(entry(at=int(at)))


def test_the_newest_file_that_is_here_and_whole_is_ok(folder: Path) -> None:
    result = sophos(folder, whole())
    assert result.state is State.OK
    assert result.text == "newest signature file agent.ide is here and has the published checksum, published 60 min ago"
    assert str(result.numbers[0]) == "age=3600s;;86400"


@pytest.mark.parametrize(("name", "md5"), [("other.ide", MD5), ("agent.ide", "0" * 32)])
def test_a_file_that_is_missing_or_different_warns_and_is_critical_when_it_is_old(folder: Path, name: str, md5: str) -> None:
    young, old = page(entry(name, md5, int(NOW - HOUR))), page(entry(name, md5, int(NOW - 25 * HOUR)))
    assert sophos(folder, young).state is State.WARNING
    assert sophos(folder, old).state is State.CRITICAL
    assert sophos(folder, old, "--critical-age", "2d").state is State.WARNING
    undated = page(f"<ide><name>{name}</name><md5>{md5}</md5></ide>")
    assert sophos(folder, undated).state is State.WARNING and str(sophos(folder, undated).numbers[0]) == "age=U;;86400"


def test_a_clock_in_the_past_is_told(folder: Path) -> None:
    behind = sophos(folder, page(entry("other.ide")), now=NOW - 1000 * HOUR)
    assert behind.state is State.WARNING and "ahead of this machine's clock" in behind.text


def test_of_several_the_newest_counts_whatever_it_is_called(folder: Path) -> None:
    both = page(entry("old.ide", at=1), entry("agent.ide", at="2026-11-22T08:00:00", tag="latest"), entry("older.ide", at="Sat, 21 Nov 2026 08:00:00 +0000"))
    assert sophos(folder, both).state is State.OK
    named = b'<x xmlns:s="urn:s"><s:ide><s:name>agent.ide</s:name><s:md5>' + MD5.upper().encode() + b"</s:md5></s:ide></x>"
    assert sophos(folder, named).state is State.OK
    assert "no timestamp" in sophos(folder, page("<a><name>a</name><md5>" + MD5 + "</md5></a>", "<a><name>b</name><md5>" + MD5 + "</md5></a>")).text


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><l><name>&c;</name></l>'
OUTSIDE = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l><e><name>&x;</name><md5>' + MD5.encode() + b"</md5></e></l>"
NO_PAGES = [
    (b"", "is empty"), (b" \n", "is empty"), (b"not xml", "is no XML"), (whole()[:-9], "is no XML"), (b"\xff\xfe\x00", "is no XML"), (page(), "names no file"),
    (page("<ide><name>agent.ide</name></ide>"), "names no file"), (page(entry(md5="zz")), "names no file"), (LAUGHS, "declares types or entities"),
    (OUTSIDE, "declares types or entities"), (b"<!DOCTYPE html><html></html>", "declares"), (b"<l>" + b"<a>" * 100_000, "more elements"), (b"<l>" + b"<a/>" * 50_000, "more elements"),
    (b'<?xml version="1.0" encoding="klingon"?><l/>', "is no XML"), (b"<l>&undeclared;</l>", "is no XML"), (page(f"<a x='{MD5}'>" + "y" * 100_000 + "</a>"), "names no file"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), NO_PAGES)
def test_what_is_no_such_page_is_unknown_unless_it_is_said_otherwise(folder: Path, data: bytes, says: str) -> None:
    began = time.monotonic()
    result = sophos(folder, data)
    assert result.state is State.UNKNOWN and says in result.text
    assert sophos(folder, data, "--unreachable", "critical").state is State.CRITICAL
    assert time.monotonic() - began < 2


@given(st.binary(max_size=300))
@example(whole()[:100])
@example(OUTSIDE)
def test_any_octets_give_entries_or_a_sentence(data: bytes) -> None:
    try:
        assert all(isinstance(one, Entry) for one in read_entries(data))
    except VardeError as error:
        assert "page" in str(error)  # noqa: PT017 - either may happen


def test_entries_without_a_time_are_older_than_those_with_one() -> None:
    assert newest([Entry("a", MD5, None), Entry("b", MD5, 5.0), Entry("c", MD5, 4.0)]).name == "b"


@pytest.mark.parametrize("name", ["../agent.ide", "/etc/passwd", "a/b", "..", ".", ""])
def test_a_name_that_is_none_of_a_file_is_unknown(folder: Path, name: str) -> None:
    result = sophos(folder, page(entry(name)), "--unreachable", "warning")
    assert result.state is State.UNKNOWN and "no name of a file" in result.text


def test_a_folder_that_is_missing_and_a_pipe_are_unknown(folder: Path) -> None:
    missing = sophos(folder / "none", whole())
    assert missing.state is State.UNKNOWN and "is not there" in missing.text
    assert sophos(folder / "agent.ide", whole()).state is State.UNKNOWN
    os.mkfifo(folder / "pipe")
    assert "is no file" in sophos(folder, page(entry("pipe"))).text
    (folder / "sub").mkdir()
    assert sophos(folder, page(entry("sub"))).state is State.UNKNOWN
    (folder / "gone").symlink_to("nowhere")
    assert sophos(folder, page(entry("gone"))).state is State.WARNING


# ---- ClamAV ----


def database(path: Path, at: float = NOW - HOUR, version: int = 27_500, body: bytes = b"archive", md5: str | None = None) -> Path:
    """A database as freshclam writes it; synthetic, its signature is none."""
    shown = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y %H-%M +0000")
    head = f"ClamAV-VDB:{shown}:{version}:2074000:90:{md5 or hashlib.md5(body).hexdigest()}:sig/na+ture:builder:{int(at)}"
    path.write_bytes(head.encode().ljust(512) + body)
    return path


def test_clamav_is_as_old_as_its_newest_daily_says(tmp_path: Path) -> None:
    database(tmp_path / "daily.cvd", NOW - 100 * HOUR, 27_400)
    database(tmp_path / "daily.cld", NOW - HOUR, 27_500, md5="x" * 32)
    database(tmp_path / "main.cvd", NOW - 20_000 * HOUR, 62)
    result = signatures("clamav", "--dir", str(tmp_path), "--verify", "yes")
    assert result.state is State.OK and result.text == "daily.cld version 27500 was built 60 min ago, 2074000 signatures"
    assert " ".join(map(str, result.numbers)) == "age=3600s;172800;345600;0 version=27500;;;0 signatures=2074000;;;0"
    (tmp_path / "daily.cld").unlink()
    assert signatures("clamav", "--dir", str(tmp_path)).state is State.CRITICAL
    assert signatures("clamav", "--dir", str(tmp_path), "-c", "10d").state is State.WARNING


def test_clamav_that_is_not_there_damaged_or_of_tomorrow(tmp_path: Path) -> None:
    assert signatures("clamav", "--dir", str(tmp_path)).state is State.CRITICAL
    assert signatures("clamav", "--dir", str(tmp_path / "none")).state is State.UNKNOWN
    path = database(tmp_path / "daily.cvd", md5="0" * 32)
    assert signatures("clamav", "--dir", str(tmp_path)).state is State.OK
    damaged = signatures("clamav", "--dir", str(tmp_path), "--verify", "yes")
    assert damaged.state is State.CRITICAL and "damaged" in damaged.text
    database(path, NOW + 100 * HOUR)
    tomorrow = signatures("clamav", "--dir", str(tmp_path))
    assert tomorrow.state is State.UNKNOWN and "ahead of this machine's clock" in tomorrow.text


@pytest.mark.parametrize("head", [b"", b"ClamAV-VDB:", b"ClamAV-VDB:x:y:z:1:2:3:4:5", b"\0" * 512, b":" * 512, b"ClamAV-VDB" + b":9" * 200, os.urandom(512)])
def test_any_head_is_unknown_and_nothing_else(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "daily.cvd").write_bytes(head)
    result = signatures("clamav", "--dir", str(tmp_path))
    assert result.state in (State.UNKNOWN, State.CRITICAL)
    assert "no database" in result.text or head.startswith(b"ClamAV-VDB:9")


# ---- any folder ----


def aged(path: Path, seconds: float) -> None:
    path.write_bytes(b"x")
    os.utime(path, (NOW - seconds, NOW - seconds))


def folder_of(tmp_path: Path, *words: str, **more: Any) -> Result:
    return signatures("dir", "--dir", str(tmp_path), *words, **more)


def test_a_folder_is_as_old_as_its_newest_file(tmp_path: Path) -> None:
    assert folder_of(tmp_path).state is State.CRITICAL
    aged(tmp_path / "a.ide", 3 * 86400)
    aged(tmp_path / "b.ide", 9 * 86400)
    aged(tmp_path / "c.tmp", 60)
    (tmp_path / "d.ide").mkdir()
    result = folder_of(tmp_path, "--pattern", "*.ide")
    assert result.state is State.WARNING and "newest of 2 files" in result.text and "a.ide, 3 d old" in result.text
    assert folder_of(tmp_path).state is State.OK
    assert folder_of(tmp_path, "--least", "4").state is State.CRITICAL
    assert folder_of(tmp_path, "--pattern", "*.vdb").state is State.CRITICAL
    assert folder_of(tmp_path, now=NOW - 100 * 86400).state is State.UNKNOWN
    assert signatures("dir").state is State.UNKNOWN


class _Vanishing:
    """An entry of a folder whose file goes between two looks at it."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.entry, self.name = entry, entry.name

    def is_file(self) -> bool:
        return True

    def stat(self) -> os.stat_result:
        if self.name.startswith("gone"):
            raise FileNotFoundError(self.name)
        return self.entry.stat()


def test_a_file_that_vanishes_hides_none_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, age in (("gone", 0.0), ("new", HOUR), ("old", 90 * HOUR)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (NOW - age, NOW - age))
    scandir = os.scandir

    @contextlib.contextmanager
    def vanishing(folder: Path) -> Iterator[Iterator[_Vanishing]]:
        with scandir(folder) as entries:
            yield iter(sorted(map(_Vanishing, entries), key=lambda one: one.name))

    monkeypatch.setattr(os, "scandir", vanishing)
    result = signatures("dir", "--dir", str(tmp_path))
    assert result.state is State.OK and "newest of 2 files" in result.text and "new, 60 min old" in result.text
