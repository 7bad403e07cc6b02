"""AMAVIS-MIB by number: recorded answers get their names; restarts, wraps and late agents are told apart; nonsense is left out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varde.decode.amavis import (
    BASE,
    COUNTER32,
    COUNTERS,
    KEPT,
    NAMED,
    OBJECTS,
    RATIOS,
    UPTIME,
    Reading,
    Value,
    grown,
    has_restarted,
    object_named,
    reading_of,
)
from varde.model import VardeError

HOUR = 3600.0


def reading(at: float, uptime: float, **values: int) -> Reading:
    return Reading(at, {UPTIME: int(uptime * 100) % 2**32, **values})


def test_all_objects_have_a_name_a_number_and_words_of_their_own() -> None:
    assert len(OBJECTS) == len(NAMED) == 331
    assert len({one.meaning for one in OBJECTS.values()}) == len(OBJECTS)
    assert all(name in NAMED for name in KEPT)
    assert all(name in NAMED for ratio in RATIOS for name in (*ratio.part, *ratio.whole))
    assert object_named("AMAVIS-MIB::inMsgsOpenRelay.0").oid == f"{BASE}.1.2.6.0"
    with pytest.raises(VardeError, match="varde amavis names"):
        object_named("inMsgsOpenrelay")


def test_a_recorded_walk_is_read(shared: Path) -> None:
    told: dict[str, Value] = {}
    for line in (shared / "data/lab/snmp/amavis_walk_numeric.txt").read_text().splitlines():
        if line.startswith(f".{BASE}.") and ": " in line:
            oid, _, value = line.partition(" = ")
            kind, _, text = value.partition(": ")
            told[oid.strip(".")] = text.strip('"') if kind in ("STRING", "OID") else int(text.split()[0].strip("()"))
    found = reading_of(told, 0)
    assert (found.number("inMsgs"), found.number("inMsgsSize"), found.number("inMsgsRecips"), found.number("contentCleanMsgs"), found.uptime) == (6, 690, 12, 6, 6.3)
    assert (found.missing, found.odd, found.values["sysName"]) == ((), 0, "lab.example.org")


def test_what_grew_is_counted_and_a_wrap_goes_on() -> None:
    before = reading(0, HOUR, inMsgs=2**32 - 5, inMsgsSize=2**64 - 1, procAll=3)
    after = reading(60, HOUR + 60, inMsgs=7, inMsgsSize=9, procAll=2)
    assert grown(before, after) == {"inMsgs": 12, "inMsgsSize": 10}


def test_a_restart_counts_what_is_there_since() -> None:
    before = reading(0, HOUR, inMsgs=2**32 - 5, outMsgs=10, quarMsgs=4)
    after = reading(60, 20, inMsgs=7, outMsgs=12, quarMsgs=0)
    assert has_restarted(before, after)
    assert grown(before, after) == {"inMsgs": 7, "outMsgs": 12, "quarMsgs": 0}


def test_a_restart_that_ran_longer_than_before_is_one() -> None:
    before, after = reading(0, 100, inMsgs=50, outMsgs=3), reading(HOUR, 2000, inMsgs=49, outMsgs=5)
    assert has_restarted(before, after)
    assert grown(before, after) == {"inMsgs": 49, "outMsgs": 5}


def test_an_agent_that_tells_what_it_saw_long_ago_has_not_restarted() -> None:
    before, after = reading(0, 100, inMsgs=50), reading(600, 110, inMsgs=50)
    assert not has_restarted(before, after)
    assert grown(before, after) == {"inMsgs": 0}


def test_its_clock_wraps_after_497_days() -> None:
    days = 2**32 / 100
    before, after = reading(0, days - 30, inMsgs=50), reading(60, days + 30, inMsgs=51)
    assert after.number(UPTIME) == 3000
    assert not has_restarted(before, after)
    assert grown(before, after) == {"inMsgs": 1}


def test_without_a_clock_a_fall_far_from_the_end_is_a_restart() -> None:
    before, after = Reading(0, {"inMsgs": 1000, "outMsgs": 2**32 - 1}), Reading(60, {"inMsgs": 4, "outMsgs": 1})
    assert grown(before, after) == {"inMsgs": 4, "outMsgs": 2}


def test_nonsense_is_counted_and_left_out() -> None:
    told: dict[str, Value] = {f"{BASE}.1.2.1.0": "eight", f"{BASE}.1.2.2.0": 2**32, f"{BASE}.1.2.3.0": -1, f"{BASE}.9.9.0": 5, "1.3.6": 1, f"{BASE}.1.2.4.0": 4}
    found = reading_of(told, 0)
    assert (found.values, found.odd) == ({"inMsgsInternal": 4}, 5)
    assert "inMsgs" in found.missing and "mtaQueueEntriesActive" not in found.missing, "without Postfix there are no queues"


def test_shares_of_nothing_are_none() -> None:
    spam = next(one for one in RATIOS if one.name == "spam")
    assert spam.of({"inMsgs": 0, "contentSpamMsgs": 0, "contentSpammyMsgs": 0}) is None
    assert spam.of({"inMsgs": 8}) is None, "half the numbers are missing"
    assert spam.of({"inMsgs": 8, "contentSpamMsgs": 1, "contentSpammyMsgs": 1}) == 0.25


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**31 - 1), st.floats(0, 1e6), st.floats(1, 1e5))
def test_any_steady_growth_is_found_again(first: int, step: int, uptime: float, passed: float) -> None:
    before = reading(1e9, uptime, inMsgs=first)
    after = reading(1e9 + passed, uptime + passed, inMsgs=(first + step) % COUNTERS[COUNTER32])
    assert grown(before, after) == {"inMsgs": step}
