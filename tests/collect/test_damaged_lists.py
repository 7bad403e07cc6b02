"""What is stored of a list is taken whole or not at all: each damage is said, read anew where that can be, and never written to others."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from varde.collect import feeds
from varde.collect.feed_terms import FeedError
from varde.collect.feeds import Fetched
from varde.collect.list_source import ListSource
from varde.collect.lists import LOOK_SECONDS, Lists
from varde.collect.rowfile import RowsError, check_rows, read_rows, row_parts
from varde.collect.shelf import Shelf
from varde.model import VardeError

NOW = 1_795_300_000.0
FEED = ListSource("feed", "https://lists.example/list.txt", every=3600.0)
OTHER = ListSource("other", "https://lists.example/other.txt", every=3600.0)
FEED_TEXT = "".join(f"203.0.113.{n}\n" for n in range(1, 201)).encode()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _another_format(path: Path) -> None:
    path.write_bytes(b"203.0.113.5\n203.0.113.6\n")


def _another_table(path: Path) -> None:
    """Parquet without a sum, as of before there were any, with other columns."""
    pl.DataFrame({"a": [1, 2]}).write_parquet(path)


def _gone(path: Path) -> None:
    path.unlink()


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _another_list(path: Path) -> None:
    """Appended to: whole by its own end, and not what was written."""
    path.write_bytes(path.read_bytes()[:-16] + path.read_bytes())


DAMAGES: list[Callable[[Path], None]] = [_cut, _emptied, _another_format, _another_table, _gone, _a_folder, _another_list]


class Station:
    """Lists of a station and its clock; what the server gives may be set."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, sources: tuple[ListSource, ...] = (FEED, OTHER)) -> None:
        self.folder, self.now, self.said = folder, NOW, list[str]()
        self.answers: dict[str, bytes | FeedError] = {FEED.url: FEED_TEXT, OTHER.url: b"198.51.100.1\n"}
        self.asked: list[str | None] = []
        monkeypatch.setattr(feeds, "fetch", self.fetch)
        self.lists = Lists(folder, sources, clock=lambda: self.now, note=self.said.append)

    def fetch(self, url: str, *, etag: str | None = None, **terms: object) -> Fetched:
        self.asked.append(etag)
        answer = self.answers[url]
        if isinstance(answer, FeedError):
            raise answer
        return Fetched(answer, '"tag"', None)

    @property
    def file(self) -> Path:
        return self.folder / "lists" / "feed.parquet"

    def hits(self) -> list[bool]:
        """Of the list that is damaged, and of the other."""
        found: list[bool] = (self.lists.matcher.lookup_v4(np.array([0xCB007105, 0xC6336401], dtype=np.uint32)) >= 0).tolist()
        return found

    def state(self, name: str = "feed") -> dict[str, object]:
        return next(one for one in self.lists.status()["lists"] if one["name"] == name)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_from_rows_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    check_rows(station.file)
    assert len(read_rows(station.file)) == 200
    damage(station.file)
    with pytest.raises(RowsError):
        list(row_parts(station.file))


def test_no_bit_of_a_file_may_fall_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    whole = station.file.read_bytes()
    for at in range(0, len(whole), 7):
        station.file.write_bytes(whole[:at] + struct.pack("B", whole[at] ^ 1 << at % 8) + whole[at + 1 :])
        with pytest.raises(RowsError, match="is damaged"):
            list(row_parts(station.file))


def test_rows_that_were_written_before_there_were_sums_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    station.file.write_bytes(station.file.read_bytes()[:-16])
    assert len(read_rows(station.file)) == 200


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_feed_is_fetched_whole_at_once_and_nobody_misses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    if damage is _a_folder:
        pytest.skip("no file can take the place of a folder")
    damage(station.file)
    station.asked.clear()
    matchers: list[list[bool]] = []
    station.lists.changed = lambda old, new: matchers.append(station.hits())
    station.lists.poll()
    assert station.asked == [None], "not asked whether it changed"
    assert station.hits() == [True, True] and all(hits == [True, True] for hits in matchers), "never without it"
    assert [("list feed:" in text, "feed.parquet" in text) for text in station.said] == [(True, True)]
    assert (station.state()["damaged"], station.state()["error"], len(read_rows(station.file))) == (None, None, 200)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_feed_that_cannot_be_fetched_is_not_matched_by_half_and_said_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:  # fmt: skip
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    damage(station.file)
    station.answers[FEED.url] = FeedError("https://lists.example/list.txt: the server answered 500")
    for _ in range(3):
        station.now += 10
        station.lists.poll()
    assert station.hits() == [False, True], "the others go on"
    assert len(station.said) == 2, "once that it is damaged, once that it cannot be fetched"
    told = station.state()
    assert str(station.file) in str(told["damaged"]) and "500" in str(told["error"]) and "nothing of it is matched" in str(told["error"])
    assert told["indicators"] == 200, "what it had, of which nothing is matched now"
    assert [("list feed" in text, "varde intel update feed" in text) for text in station.lists.problems()] == [(True, True)]
    for names in ([], ["feed"]):
        with pytest.raises(VardeError, match=r"list feed: .*nothing is written"):
            station.lists.indicators(names)
    assert station.lists.indicators(["other"]).lists == ("other",)
    missed: list[str] = []
    assert [len(part) for part in station.lists.parts(missed.append)] == [1]
    assert ["list feed" in text for text in missed] == [True]
    if damage is _a_folder:
        station.file.rmdir()
    station.answers[FEED.url] = FEED_TEXT
    station.now += 3600
    station.lists.poll()
    assert (station.hits(), station.state()["damaged"], station.lists.problems()) == ([True, True], None, [])


def test_a_file_that_may_be_read_again_counts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    aside = station.file.with_suffix(".aside")
    station.file.rename(aside)
    station.answers[FEED.url] = FeedError("away")
    station.lists.poll()
    aside.rename(station.file)
    station.lists.poll()
    assert (station.hits(), station.state()["damaged"]) == ([True, True], None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    station.file.chmod(0)
    station.answers[FEED.url] = FeedError("away")
    station.lists.poll()
    assert "permission denied" in str(station.state()["damaged"])


def test_bits_that_fall_over_while_nobody_writes_are_found_within_the_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    stamps = station.lists._shelf.stamps()
    monkeypatch.setattr(station.lists._shelf, "stamps", lambda: stamps)
    _cut(station.file)
    station.now += LOOK_SECONDS * 0.5
    station.lists.poll()
    assert station.said == []
    station.now += LOOK_SECONDS * 0.6
    station.lists.poll()
    assert "is damaged" in station.said[0]


def test_rows_that_break_off_while_a_matcher_is_built_are_left_out_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails between the look and the reading."""
    station = Station(tmp_path, monkeypatch)
    station.lists.poll()
    whole = Shelf.parts

    def parts(shelf: Shelf, name: str, columns: tuple[str, ...]) -> object:
        yield from whole(shelf, name, columns)
        if name == "feed":
            raise RowsError("input/output error", name)

    monkeypatch.setattr(Shelf, "parts", parts)
    station.answers |= {FEED.url: FeedError("away"), OTHER.url: b"198.51.100.1\n198.51.100.2\n"}
    station.lists.update(["other"])
    assert station.hits() == [False, True]
    assert any("input/output error" in text for text in station.lists.problems())


def test_a_damaged_list_of_the_harmless_changes_nothing_that_is_matched_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow = ListSource("allow", "https://lists.example/allow.txt", role="allow")
    station = Station(tmp_path, monkeypatch, (FEED, OTHER, allow))
    station.answers[allow.url] = b"203.0.113.5\n"
    station.lists.poll()
    assert station.hits() == [False, True]
    _cut(tmp_path / "lists" / "allow.parquet")
    station.answers |= {allow.url: FeedError("away"), OTHER.url: b"198.51.100.2\n"}
    station.now += 7200
    station.lists.poll()
    assert station.hits() == [False, True], "as before: what is harmless is not told as bad"
    with pytest.raises(VardeError, match=r"list allow: .*nothing is written"):
        station.lists.indicators(["feed"])
    again = Lists(tmp_path, (FEED, OTHER, allow), clock=lambda: station.now)
    again.poll()
    assert (again.matcher.lookup_v4(np.array([0xCB007105], dtype=np.uint32)) >= 0).tolist() == [False], "nor by who starts now"


def test_an_imported_list_that_is_damaged_says_how_it_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station(tmp_path, monkeypatch, ())
    (tmp_path / "mine.txt").write_bytes(FEED_TEXT)
    station.lists.import_file(str(tmp_path / "mine.txt"), "feed")
    _cut(station.file)
    station.lists.poll()
    assert station.hits() == [False, False]
    assert "varde intel import FILE --name feed" in station.said[0] and "varde intel forget feed" in station.said[0]
    station.lists.import_file(str(tmp_path / "mine.txt"), "feed")
    assert (station.hits(), station.lists.problems()) == ([True, False], [])


@pytest.mark.parametrize("damage", [_cut, _emptied, _gone])
def test_an_imported_list_of_which_nothing_is_known_any_more_does_not_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]) -> None:
    station = Station(tmp_path, monkeypatch, (OTHER,))
    (tmp_path / "mine.txt").write_bytes(FEED_TEXT)
    station.lists.import_file(str(tmp_path / "mine.txt"), "feed")
    state = tmp_path / "lists" / "feed.json"
    damage(state)
    for path in (state, station.file):
        if path.exists():
            os.utime(path, (NOW - 86_400, NOW - 86_400))
    station.lists.poll()
    assert "feed.json" in station.said[0] and "varde intel forget feed" in station.said[0]
    assert (station.hits(), [one["name"] for one in station.lists.status()["lists"]]) == ([False, True], ["other", "feed"])
    station.lists.forget("feed")
    station.lists.poll()
    assert (station.lists.problems(), [one["name"] for one in station.lists.status()["lists"]]) == ([], ["other"])
