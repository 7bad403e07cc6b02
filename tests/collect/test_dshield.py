"""DShield's curve of a port: what is asked, how seldom, and what hostile and slow answers do. The server is a stand-in on loopback."""

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in import Answer, StandIn, standing_in

from varde.collect.dshield import BUSY_SECONDS, FRESH_SECONDS, KEPT_MAX, PAUSE_SECONDS, PORTS_MAX, DShield
from varde.collect.feed_terms import Limits
from varde.decode.port_history import DAYS_MAX, PublicDay, read_history
from varde.model import VardeError
from varde.store import Facts

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)
NOON = 1_795_176_000.0  # 2026-11-20 12:00 UTC
LIMITS = Limits(octets=100_000, seconds=2.0, silence=0.5, what="history of a port")


def history(*days: tuple[str, int]) -> dict[str, Any]:
    """As the API answers: days by number, beside what was asked. Synthetic."""
    entries = {str(place): {"date": day, "records": 9 * sources, "sources": sources, "targets": 5, "tcp": 99, "udp": 1} for place, (day, sources) in enumerate(days)}
    return {**entries, "startdate": "2026-11-01", "enddate": "2026-11-20", "port": 7547}


MONTH = history(("2026-11-18", 400), ("2026-11-19", 410), ("2026-11-20", 44_000))


@dataclass
class Clock:
    now: float = NOON
    waited: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)


@contextmanager
def public(folder: Path, answer: Answer, clock: Clock | None = None, contact: str = "") -> Iterator[tuple[DShield, StandIn, Clock]]:
    clock = clock or Clock()
    with standing_in(lambda asked: answer) as server:
        yield DShield(Facts(folder), contact, server.url, LIMITS, lambda: clock.now, clock.pause), server, clock


def test_a_curve_is_asked_by_port_and_days_and_nothing_else(tmp_path: Path) -> None:
    with public(tmp_path, Answer(MONTH), contact="me@example.net") as (dshield, server, _):
        (curve,) = dshield.curves([7547], FIRST, LAST)
    assert [(day.day.day, day.sources) for day in curve.days] == [(18, 400), (19, 410), (20, 44_000)]
    assert curve.error is None and curve.asked == NOON
    (asked,) = server.asked
    assert asked.path == "/porthistory/7547/2026-11-01/2026-11-20" and asked.params == {"json": ""}
    assert asked.headers["user-agent"].startswith("varde/") and asked.headers["user-agent"].endswith(" (me@example.net)")
    assert set(asked.headers) <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_what_leaves_is_said_with_every_port(tmp_path: Path) -> None:
    said = DShield(Facts(tmp_path), "me@example.net").leaving([7547, 23], FIRST, LAST)
    assert said.startswith("asking isc.sans.edu about port 7547, 23, 2026-11-01 to 2026-11-20") and "me@example.net" in said
    assert "address" not in DShield(Facts(tmp_path)).leaving([23], FIRST, LAST)


def test_only_https_is_asked(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="https"):
        DShield(Facts(tmp_path), base="http://isc.sans.edu/api")


def test_what_came_is_not_asked_again_until_it_is_old(tmp_path: Path) -> None:
    with public(tmp_path, Answer(MONTH)) as (dshield, server, clock):
        dshield.curves([7547], FIRST, LAST)
        clock.now += FRESH_SECONDS - 1
        assert dshield.due([7547], FIRST, LAST) == []
        (kept,) = dshield.curves([7547], FIRST, LAST)
        assert len(kept.days) == 3 and len(server.asked) == 1
        assert dshield.due([7547, 23, 7547], FIRST, LAST) == [23]
        clock.now += 2
        assert dshield.due([7547], FIRST, LAST) == [7547], "its last day grows"
        assert dshield.due([7547], FIRST, date(2026, 11, 18)) == [], "a day that was over when it was asked for does not"
        assert dshield.due([7547], date(2026, 10, 31), date(2026, 11, 18)) == [7547], "it was not asked for"


def test_ports_are_asked_one_a_second_and_few_of_them(tmp_path: Path) -> None:
    with public(tmp_path, Answer(MONTH)) as (dshield, server, clock):
        found = dshield.curves([*range(1, 20), 1, 2], FIRST, LAST)
    assert len(found) == len(server.asked) == PORTS_MAX
    assert clock.waited == [PAUSE_SECONDS] * (PORTS_MAX - 1)


def test_a_server_that_is_busy_is_left_alone(tmp_path: Path) -> None:
    with public(tmp_path, Answer({}, 429, {"Retry-After": "7"})) as (dshield, server, clock):
        first, second = dshield.curves([7547, 23], FIRST, LAST)
        assert "429" in str(first.error) and "asked for peace" in str(second.error)
        assert len(server.asked) == 1
        clock.now += BUSY_SECONDS - 1
        dshield.curves([23], FIRST, LAST)
        assert len(server.asked) == 1
        clock.now += 2
        dshield.curves([23], FIRST, LAST)
        assert len(server.asked) == 2


@pytest.mark.parametrize("wait", ["999999999", "Fri, 31 Dec 2199 00:00:00 GMT", "soon", "-5"])
def test_no_server_keeps_us_away_for_ever(tmp_path: Path, wait: str) -> None:
    with public(tmp_path, Answer({}, 429, {"Retry-After": wait})) as (dshield, server, clock):
        dshield.curves([7547], FIRST, LAST)
        clock.now += 86_400 + 1
        dshield.curves([7547], FIRST, LAST)
        assert len(server.asked) == 2


def test_who_is_refused_is_told_of_the_contact(tmp_path: Path) -> None:
    with public(tmp_path, Answer({}, 403)) as (dshield, *_):
        assert "set contact in [insight]" in str(dshield.curves([7547], FIRST, LAST)[0].error)
    with public(tmp_path, Answer({}, 403), contact="me@example.net") as (dshield, *_):
        assert "contact" not in str(dshield.curves([7547], FIRST, LAST)[0].error)


HOSTILE = {
    "a page": Answer(b"<!doctype html><h1>sorry", headers={"Content-Type": "text/html"}),
    "an endless one": Answer(b"[" + b" " * 200_000 + b"]"),
    "a bomb": Answer(gzip.compress(b" " * 5_000_000), headers={"Content-Encoding": "gzip"}),
    "deep": Answer(b"[" * 50_000),
    "no JSON": Answer(b"\xff\x00\x1b]0;owned\x07"),
    "a number": Answer(7),
    "a redirect": Answer({}, 301, {"Location": "https://evil.example/"}),
    "a silent one": Answer(MONTH, delay=1.0),
    "a trickle": Answer(json.dumps(MONTH).encode(), delay=0.3, trickle=True),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_slow_answers_are_an_error_in_words_and_leave_what_was_kept(tmp_path: Path, kind: str) -> None:
    with public(tmp_path, Answer(MONTH)) as (dshield, _, clock):
        dshield.curves([7547], FIRST, LAST)
    clock.now += FRESH_SECONDS + 1
    began = time.monotonic()
    with public(tmp_path, HOSTILE[kind], clock) as (dshield, *_):
        (curve,) = dshield.curves([7547], FIRST, LAST)
    assert time.monotonic() - began < 6
    assert curve.error and curve.error.isprintable() and len(curve.error) < 400
    assert len(curve.days) == 3 and curve.asked == NOON, "what was kept is still told"


def test_nobody_there_is_an_error_in_words(tmp_path: Path) -> None:
    (curve,) = DShield(Facts(tmp_path), base="http://127.0.0.1:1", limits=LIMITS).curves([7547], FIRST, LAST)
    assert "connection refused" in str(curve.error) and curve.days == ()


def test_a_damaged_cache_is_asked_for_anew(tmp_path: Path) -> None:
    for damaged in ({"asked": "x"}, {"asked": NOON, "first": 1, "last": 2}, {"asked": NOON, "first": "2026-11-01", "last": "2026-11-20", "data": {"a": 1}}):
        Facts(tmp_path).put("dshield/7547", damaged)
        Facts(tmp_path).put("dshield/wait", {"until": "never"})
        with public(tmp_path, Answer(MONTH)) as (dshield, *_):
            assert isinstance(dshield.curves([7547], FIRST, LAST)[0].days, tuple)


def test_the_cache_has_an_end(tmp_path: Path) -> None:
    with public(tmp_path, Answer(MONTH)) as (dshield, *_):
        for port in range(1, KEPT_MAX + 6):
            Facts(tmp_path).put(f"dshield/{port}", {"asked": NOON - 1000 + port, "first": "", "last": "", "data": []})
        dshield.curves([7547], FIRST, LAST)
    names = Facts(tmp_path).names("dshield")
    assert len(names) == KEPT_MAX and "dshield/7547" in names and "dshield/1" not in names


def test_lists_and_texts_are_read_as_old_answers_have_them() -> None:
    rows = [{"date": "2026-11-20", "sources": "12", "records": "30", "targets": None}, {"date": "2026-11-19", "sources": 3}]
    expected = [PublicDay(date(2026, 11, 19), 0, 3, 0), PublicDay(date(2026, 11, 20), 30, 12, 0)]
    assert read_history(json.dumps(rows).encode()) == read_history(json.dumps({"data": rows}).encode()) == expected


@pytest.mark.parametrize("entry", [
    {"date": "2026-13-40", "sources": 1}, {"date": "٢٠٢٦-11-20", "sources": 1}, {"date": 20261120, "sources": 1}, {"date": "2026-11-20"}, {"date": "2026-11-20", "sources": -1},
    {"date": "2026-11-20", "sources": 1e400}, {"date": "2026-11-20", "sources": True}, {"date": "2026-11-20", "sources": 10**400}, {"date": "2026-11-20", "sources": "9" * 99}, [], None, "x",
])  # fmt: skip
def test_entries_that_are_no_day_are_left_out(entry: object) -> None:
    assert read_history(json.dumps({"0": entry}).encode()) == []


def test_more_days_than_anybody_asks_for_are_not_looked_at() -> None:
    rows = [{"date": f"{2000 + place // 336}-{place // 28 % 12 + 1:02}-{place % 28 + 1:02}", "sources": 1} for place in range(DAYS_MAX + 500)]
    assert len(read_history(json.dumps(rows).encode())) == DAYS_MAX


@given(st.binary(max_size=300))
def test_any_octets_are_days_or_a_value_error(data: bytes) -> None:
    try:
        days = read_history(data)
    except ValueError:
        return
    assert all(day.sources >= 0 for day in days)
