"""Lists are kept current: read when they change, fetched when due, held back when they shrink, and swapped while others match."""

import ipaddress
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from varde.collect import feeds, rowfile
from varde.collect.feed_terms import FeedError
from varde.collect.feeds import Fetched
from varde.collect.list_source import EXPIRE_DAYS, ListSource
from varde.collect.lists import Lists
from varde.decode.intel import _read
from varde.intel import Guards, load
from varde.model import VardeError

NOW = 1_795_300_000.0
DAY = 86_400.0


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Feed:
    """A server that gives what it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: bytes | FeedError | None = b"203.0.113.5\n"
        self.asked: list[dict[str, Any]] = []
        monkeypatch.setattr(feeds, "fetch", self.fetch)

    def fetch(self, url: str, **terms: Any) -> Fetched:
        self.asked.append({"url": url, **terms})
        if isinstance(self.answer, FeedError):
            raise self.answer
        return Fetched(self.answer, '"tag"', None)


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Feed:
    return Feed(monkeypatch)


FEED = ListSource("feed", "https://lists.example/list.txt", every=3600.0)


def _hits(lists: Lists, *addresses: str) -> list[bool]:
    numbers = np.array([int(ipaddress.IPv4Address(address)) for address in addresses], dtype=np.uint32)
    return (lists.matcher.lookup_v4(numbers) >= 0).tolist()


def _sources(lists: Lists, address: str) -> list[str]:
    (number,) = lists.matcher.lookup_v4(np.array([int(ipaddress.IPv4Address(address))], dtype=np.uint32)).tolist()
    return [row["source"] for row in lists.rows(number)]


def _state(lists: Lists, name: str) -> dict[str, Any]:
    return next(told for told in lists.status()["lists"] if told["name"] == name)


def _write(path: Path, text: str) -> None:
    """Replaced, as lists should be: another file with another number."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_file_is_read_when_it_changes_and_only_then(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("203.0.113.5\n")
    lists = Lists(tmp_path / "facts", [ListSource("mine", f"{prefix}{path}")], clock=Clock())
    assert lists.poll()
    assert (_hits(lists, "203.0.113.5", "203.0.113.6"), _sources(lists, "203.0.113.5"), lists.generation) == ([True, False], ["mine"], 1)
    assert not lists.poll()
    _write(path, "203.0.113.6\n")
    assert lists.poll()
    assert (_hits(lists, "203.0.113.5", "203.0.113.6"), lists.generation) == ([False, True], 2)


def test_a_file_that_goes_leaves_the_last_good_set_and_comes_back(tmp_path: Path) -> None:
    path, said = tmp_path / "mine.txt", list[str]()
    path.write_text("203.0.113.5\n")
    lists = Lists(tmp_path / "facts", [ListSource("mine", str(path))], clock=Clock(), note=said.append)
    lists.poll()
    path.unlink()
    lists.poll()
    lists.poll()
    assert (_hits(lists, "203.0.113.5"), len(said)) == ([True], 1)
    assert "no such file" in said[0] and "last good set" in said[0]
    path.write_text("203.0.113.6\n")
    lists.poll()
    assert (_hits(lists, "203.0.113.6"), _state(lists, "mine")["error"]) == ([True], None)


def test_a_feed_is_fetched_when_due_and_asked_what_changed(tmp_path: Path, feed: Feed) -> None:
    clock = Clock()
    lists = Lists(tmp_path, [FEED], clock=clock)
    assert lists.poll()
    clock.now += 3600 * 0.85
    assert not lists.poll() and len(feed.asked) == 1
    clock.now += 3600 * 0.3
    feed.answer = None
    lists.poll()
    assert [asked["etag"] for asked in feed.asked] == [None, '"tag"']
    assert (_state(lists, "feed")["age_seconds"], _hits(lists, "203.0.113.5")) == (0, [True])


def test_a_feed_that_fails_keeps_its_last_good_set_with_its_age_and_is_tried_again_soon(tmp_path: Path, feed: Feed) -> None:
    clock, said = Clock(), list[str]()
    lists = Lists(tmp_path, [FEED], clock=clock, note=said.append)
    lists.poll()
    feed.answer = FeedError("https://lists.example/list.txt: the server answered 500")
    for _ in range(40):
        clock.now += 300
        lists.poll()
    told = _state(lists, "feed")
    assert (told["age_seconds"], told["indicators"], _hits(lists, "203.0.113.5")) == (12_000, 1, [True])
    assert "500" in told["error"]
    assert 4 <= len(feed.asked) - 1 <= 10  # after 1, 2, 4, 8, 16, 32, 60 minutes
    assert len(said) == 1
    feed.answer = b"203.0.113.7\n"
    clock.now += 3600 * 1.2
    lists.poll()
    assert (_state(lists, "feed")["error"], _hits(lists, "203.0.113.7")) == (None, [True])


def test_a_feed_that_stays_away_for_long_ends_to_be_matched(tmp_path: Path, feed: Feed) -> None:
    clock = Clock()
    lists = Lists(tmp_path, [FEED], clock=clock)
    lists.poll()
    feed.answer = FeedError("away")
    clock.now += (EXPIRE_DAYS["ipv4"] - 1) * DAY
    lists.poll()
    assert _hits(lists, "203.0.113.5") == [True]
    clock.now += 2 * DAY
    assert lists.poll()
    assert _hits(lists, "203.0.113.5") == [False]
    assert not lists.poll()


@pytest.mark.parametrize(("was", "has", "held"), [(1, 0, True), (100, 10, True), (100, 11, False), (9, 1, False), (1, 1, False)])
def test_a_feed_that_empties_or_loses_nine_tenths_is_held_back_until_it_is_told_to_be_taken(tmp_path: Path, feed: Feed, was: int, has: int, held: bool) -> None:
    clock, said = Clock(), list[str]()
    lists = Lists(tmp_path, [FEED], clock=clock, note=said.append)
    feed.answer = "".join(f"203.0.113.{n}\n" for n in range(was)).encode()
    lists.poll()
    feed.answer = "".join(f"198.51.100.{n}\n" for n in range(has)).encode()
    clock.now += 7200
    lists.poll()
    assert (_hits(lists, "203.0.113.0"), bool(_state(lists, "feed")["held"])) == ([held], held)
    assert ["held back" in text for text in said] == ([True] if held else [])
    (told,) = lists.update(["feed"], force=True)
    assert (told["indicators"], told["held"], _hits(lists, "203.0.113.0")) == (has, None, [False])


def test_a_held_feed_is_asked_for_whole_and_taken_when_it_is_well_again(tmp_path: Path, feed: Feed) -> None:
    clock = Clock()
    lists = Lists(tmp_path, [FEED], clock=clock)
    lists.poll()
    for answer in (b"", b"203.0.113.5\n203.0.113.6\n"):
        feed.answer = answer
        clock.now += 7200
        lists.poll()
    assert feed.asked[-1]["etag"] is None
    assert (_state(lists, "feed")["held"], _hits(lists, "203.0.113.6")) == (None, [True])


def test_since_when_something_is_listed_outlives_readings_and_restarts(tmp_path: Path, feed: Feed) -> None:
    clock = Clock()
    Lists(tmp_path, [FEED], clock=clock).poll()
    clock.now += DAY
    feed.answer = b"203.0.113.5\n203.0.113.6\n"
    lists = Lists(tmp_path, [FEED], clock=clock)
    lists.poll()
    numbers = np.array([0xCB007105, 0xCB007106], dtype=np.uint32)
    seen = [lists.rows(number)[0]["first_seen"] for number in lists.matcher.lookup_v4(numbers).tolist()]
    assert seen == [int(NOW * 1e6), int((NOW + DAY) * 1e6)]


def test_a_restart_takes_the_matcher_from_its_file_without_building(tmp_path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    Lists(tmp_path, [FEED], clock=clock).poll()
    again = Lists(tmp_path, [FEED], clock=clock)
    monkeypatch.setattr("varde.collect.lists.build", lambda *args, **named: pytest.fail("built"))
    assert again.open()
    assert (_hits(again, "203.0.113.5"), again.generation) == ([True], 1)
    assert not again.poll()
    assert _hits_of_image(again.image) == [True]


def _hits_of_image(path: Path) -> list[bool]:
    return (load(path).lookup_v4(np.array([0xCB007105], dtype=np.uint32)) >= 0).tolist()


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"VardeMatcher\x00\x00\x00\x01" + b"\xff" * 100])
def test_a_damaged_matcher_is_said_and_built_anew(tmp_path: Path, feed: Feed, damage: bytes) -> None:
    said: list[str] = []
    Lists(tmp_path, [FEED], clock=Clock()).poll()
    (tmp_path / "matcher.bin").write_bytes(damage)
    again = Lists(tmp_path, [FEED], clock=Clock(), note=said.append)
    assert not again.open()
    assert ["built anew" in text for text in said] == [True]
    assert again.poll() and _hits(again, "203.0.113.5") == [True]


def test_other_guards_never_take_the_matcher_of_before(tmp_path: Path, feed: Feed) -> None:
    Lists(tmp_path, [FEED], clock=Clock()).poll()
    again = Lists(tmp_path, [FEED], Guards.of(own=[ipaddress.ip_network("203.0.113.0/28")]), clock=Clock())
    assert not again.open()
    again.poll()
    assert _hits(again, "203.0.113.5") == [False]


def test_another_configuration_acts_at_the_next_poll(tmp_path: Path, feed: Feed) -> None:
    lists = Lists(tmp_path, [FEED], clock=Clock())
    lists.poll()
    lists.configure([FEED], Guards.of(allowed=["203.0.113.5"]))
    assert lists.poll() and _hits(lists, "203.0.113.5") == [False]
    lists.configure([], Guards.of())
    lists.poll()
    assert (_hits(lists, "203.0.113.5"), lists.status()["lists"]) == ([False], [])


def test_a_slow_feed_keeps_neither_files_nor_another_configuration_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def fetch(url: str, **terms: Any) -> Fetched:
        asked.set()
        assert go_on.wait(30)
        return Fetched(b"203.0.113.6\n")

    monkeypatch.setattr(feeds, "fetch", fetch)
    (tmp_path / "mine.txt").write_text("203.0.113.5\n")
    lists = Lists(tmp_path / "facts", [FEED, ListSource("mine", str(tmp_path / "mine.txt"))], clock=Clock())
    thread = threading.Thread(target=lists.poll)
    thread.start()
    assert asked.wait(30)
    assert _hits(lists, "203.0.113.5", "203.0.113.6") == [True, False]
    lists.configure([FEED], Guards.of())
    go_on.set()
    thread.join(30)
    assert _hits(lists, "203.0.113.5", "203.0.113.6") == [True, True]
    lists.poll()
    assert _hits(lists, "203.0.113.5", "203.0.113.6") == [False, True]


def test_what_one_process_imports_another_matches(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("203.0.113.5\n10.0.0.1\nword\n")
    running, other = Lists(tmp_path / "facts", clock=Clock()), Lists(tmp_path / "facts", clock=Clock())
    running.poll()
    found = other.import_file(str(tmp_path / "list.txt"), "mine")
    assert (found.indicators, found.suppressed_count, found.reasons) == (2, 1, {"not_an_indicator": 1})
    assert running.poll() and _sources(running, "203.0.113.5") == ["mine"]
    other.forget("mine")
    assert running.poll() and _hits(running, "203.0.113.5") == [False]


def test_names_that_are_taken_or_unknown_are_refused(tmp_path: Path, feed: Feed) -> None:
    (tmp_path / "list.txt").write_text("203.0.113.5\n")
    lists = Lists(tmp_path / "facts", [FEED], clock=Clock())
    with pytest.raises(VardeError, match="the configuration has a list feed"):
        lists.import_file(str(tmp_path / "list.txt"), "feed")
    with pytest.raises(VardeError, match="no list is called other"):
        lists.update(["other"])
    with pytest.raises(VardeError, match="no list feed was imported"):
        lists.forget("feed")


def test_a_list_whose_name_gets_another_address_begins_anew(tmp_path: Path, feed: Feed) -> None:
    Lists(tmp_path, [FEED], clock=Clock()).poll()
    feed.answer = FeedError("away")
    lists = Lists(tmp_path, [ListSource("feed", "https://other.example/x")], clock=Clock())
    lists.poll()
    assert _hits(lists, "203.0.113.5") == [False]


def test_damaged_rows_and_states_are_as_if_never_fetched(tmp_path: Path, feed: Feed) -> None:
    Lists(tmp_path, [FEED], clock=Clock()).poll()
    (tmp_path / "lists" / "feed.json").write_text('{"name": 5')
    (tmp_path / "lists" / "feed.parquet").write_bytes(b"PAR1 no")
    lists = Lists(tmp_path, [FEED], clock=Clock())
    assert lists.poll() and _hits(lists, "203.0.113.5") == [True]


def test_a_thread_keeps_it_current_while_others_match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.collect.lists.POLL_SECONDS", 0.02)
    path = tmp_path / "mine.txt"
    path.write_text("203.0.113.5\n")
    lists = Lists(tmp_path / "facts", [ListSource("mine", str(path))])
    lists.start()
    try:
        for last in (6, 7, 8):
            _write(path, f"203.0.113.5\n203.0.113.{last}\n")
            _until(lambda last=last: _hits(lists, f"203.0.113.{last}") == [True])
    finally:
        lists.stop()
    assert not any(thread.name == "lists" for thread in threading.enumerate())


def _until(happened: Any) -> None:
    ends = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_lists_are_read_in_parts_and_none_is_lost_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowfile, "PART_ROWS", 7)
    monkeypatch.setattr(_read, "PART_ROWS", 5)
    listed = [f"203.0.113.{n}" for n in range(40)]
    lines = [*listed, *listed[::2], "10.0.0.1", "no indicator", "10.0.0.2", "evil.example", "300.1.1.1"]
    _write(tmp_path / "list.txt", "\n".join(lines))
    lists = Lists(tmp_path / "facts", [ListSource("own", str(tmp_path / "list.txt"))], Guards.of(allowed=["203.0.113.9"]))
    assert lists.poll()
    state = _state(lists, "own")
    assert (state["indicators"], state["suppressed"], state["rejected"], lists.matcher.indicators) == (43, 3, 2, 40)
    assert _hits(lists, *listed, "10.0.0.1") == [n != 9 for n in range(40)] + [False]
    parts = list(lists.parts(pytest.fail))
    assert [len(part) for part in parts] == [7, 7, 7, 7, 7, 7, 1]
    assert pl.concat(parts).equals(lists.indicators().rows)
