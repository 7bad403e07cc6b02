"""Which scans are news, how often, and what of that outlives a restart. All campaigns here are synthetic."""

import json
from dataclasses import replace
from typing import Any

import pytest

from varde.detect import Campaign
from varde.live import News, Rest, ScanNews
from varde.live.scan_news import FOLLOWED_MAX, HOUR_US
from varde.model.findings import KINDS

NOW = 1_795_000 * 1_000_000_000
MINUTE = 60_000_000
KINDS_ALL = [kind.name for kind in KINDS]


def octets(number: int) -> bytes:
    return bytes(10) + b"\xff\xff" + number.to_bytes(4, "big")


def scan(number: int = 1, events: int = 100, *, first: int = NOW - 10 * MINUTE, last: int = NOW, kind: str = "vertical", log_p: float = -50.0) -> Campaign:
    return Campaign(kind, "tcp4", first, last, events, (octets(number),), 1, tuple(range(1, 51)), 50, (octets(9),), 1, log_p=log_p)


def news(wanted: list[str] = KINDS_ALL, most: int = 100, kept: dict[str, Any] | None = None) -> ScanNews:
    return ScanNews(wanted, most, kept)


def levels(told: list[News | Rest]) -> list[str]:
    return ["more" if isinstance(one, Rest) else one.level for one in told]


def restarted(one: ScanNews, **changed: Any) -> ScanNews:
    return news(kept=json.loads(json.dumps(one.as_fact())), **changed)


def test_found_once_grown_once_and_then_silence() -> None:
    one = news()
    assert levels(one.take([scan()], NOW)) == ["found"]
    assert levels(one.take([scan(events=999)], NOW)) == []
    assert levels(one.take([scan(events=1_000)], NOW)) == ["grown"]
    assert levels(one.take([scan(events=100_000)], NOW)) == []
    assert levels(one.take([], NOW + 2 * HOUR_US)) == [] and not one.counts()


def test_over_with_what_came_since() -> None:
    one = news()
    one.take([scan()], NOW)
    one.take([scan(events=150)], NOW)
    (told,) = one.take([], NOW + HOUR_US + 1)
    assert isinstance(told, News) and (told.level, told.campaign.events) == ("over", 150)


def test_a_slow_scan_is_not_over_at_its_usual_pause_and_is_after_a_day() -> None:
    one, slow = news(), scan(events=8, first=NOW - 21 * HOUR_US)  # one every three hours
    one.take([slow], NOW)
    one.take([], NOW + 23 * HOUR_US)
    assert one.counts() == {"vertical": 1}
    one.take([], NOW + 24 * HOUR_US + 1)
    assert one.counts() == {}


def test_another_shape_of_the_same_source_is_the_same_scan() -> None:
    one = news()
    one.take([scan(kind="random")], NOW)
    assert one.take([scan(kind="diagonal", events=200)], NOW) == [] and one.counts() == {"diagonal": 1}
    shared = replace(scan(kind="coordinated", events=300), sources=(octets(5), octets(1)), source_count=2)
    assert one.take([shared], NOW) == [] and one.counts() == {"coordinated": 1}
    assert levels(one.take([scan(5, kind="diagonal")], NOW)) == [], "known by the busier of both now"


def test_odd_flags_new_ports_and_other_planes_are_scans_of_their_own() -> None:
    one = news()
    others = [scan(), scan(kind="flags"), scan(kind="new"), replace(scan(), plane="udp4")]
    assert levels(one.take(others, NOW)) == ["found"] * 4


def test_a_second_scan_of_a_source_is_told_when_the_first_is_over() -> None:
    one = news()
    one.take([scan()], NOW)
    one.take([], NOW + 2 * HOUR_US)
    again = scan(first=NOW + 3 * HOUR_US, last=NOW + 3 * HOUR_US)
    assert levels(one.take([again], NOW + 3 * HOUR_US)) == ["found"]


def test_what_is_not_wanted_and_who_measures_the_internet_is_counted_and_told_nobody() -> None:
    one = news(["diagonal"])
    assert one.take([scan(), replace(scan(2, kind="diagonal"), researcher="Censys")], NOW) == []
    assert one.counts() == {"vertical": 1, "diagonal": 1}


def test_the_least_likely_come_first_and_the_rest_is_summed_when_the_hour_has_turned() -> None:
    one = news(most=2)
    told = one.take([scan(number, log_p=-float(number), kind="vertical" if number % 2 else "diagonal") for number in range(1, 8)], NOW)
    assert [-each.campaign.log_p for each in told if isinstance(each, News)] == [7, 6]
    assert one.take([scan(9)], NOW) == []
    (rest,) = one.take([], NOW - NOW % HOUR_US + HOUR_US)
    assert isinstance(rest, Rest) and (rest.kinds, rest.sources, rest.packets, rest.last) == ({"vertical": 4, "diagonal": 2}, 6, 600, NOW)
    assert one.take([], NOW + 2 * HOUR_US) == [], "of what stands in a sum nothing is told a second time"


def test_a_flood_of_one_kind_leaves_room_for_the_others() -> None:
    one = news(most=5)
    assert levels(one.take([scan(number, log_p=-900.0) for number in range(1, 50)], NOW)) == ["found"] * 3
    assert [each.campaign.kind for each in one.take([scan(60), scan(61, kind="diagonal", log_p=-10.0)], NOW) if isinstance(each, News)] == ["diagonal"]


def test_a_restart_knows_what_was_told_and_how_full_the_hour_is() -> None:
    one = news(most=1)
    one.take([scan(1), scan(2, log_p=-1.0)], NOW)
    again = restarted(one, most=1)
    assert again.take([scan(1), scan(2, events=100_000)], NOW, is_learnt=True) == []
    (rest,) = again.take([], NOW + HOUR_US)
    assert isinstance(rest, Rest) and rest.kinds == {"vertical": 1}
    assert levels(restarted(one).take([scan(1, events=1_000), scan(3)], NOW, is_learnt=True)) == ["grown", "found"]


def test_what_was_told_and_ended_while_nothing_ran_is_told_to_be_over_and_what_nobody_was_told_of_is_not() -> None:
    one = news()
    one.take([scan(1)], NOW)
    told = restarted(one).take([scan(1, events=300), scan(2)], NOW + 5 * HOUR_US, is_learnt=True)
    assert [(each.level, each.campaign.sources[0]) for each in told if isinstance(each, News)] == [("over", octets(1))]


def test_what_nobody_knows_of_any_more_is_forgotten() -> None:
    one = news()
    one.take([scan(1)], NOW)
    again = restarted(one)
    again.take([], NOW, is_learnt=True)
    assert again.as_fact()["told"] == []


@pytest.mark.parametrize("kept", [
    {"told": 5, "hour": "x", "said": -3, "rest": []}, {"told": [5, {}, {"sources": 3}, {"sources": ["zz", None], "packets": 4}], "rest": {"kinds": {"vertical": "many", "x": None}}},
    {"told": [{"family": "scan", "plane": "tcp4", "sources": [octets(1).hex()], "packets": "100"}]}, {"rest": {"kinds": {"vertical": 2**70}, "first": 1e300}, "said": {"vertical": True, "x": []}},
])  # fmt: skip
def test_a_damaged_fact_is_as_if_it_were_not(kept: dict[str, Any]) -> None:
    assert levels(news(kept=kept).take([scan()], NOW, is_learnt=True)) == ["found"]


def test_a_flood_of_sources_takes_no_more_memory_and_does_not_push_out_what_was_told() -> None:
    one = news(["diagonal"])
    one.take([scan(kind="diagonal", events=20)], NOW)
    for part in range(5):
        one.take([scan(1_000 + part * FOLLOWED_MAX + number, events=8) for number in range(FOLLOWED_MAX)], NOW)
    assert one.counts().total() <= FOLLOWED_MAX and len(one._numbers) <= 2 * FOLLOWED_MAX
    assert levels(one.take([scan(kind="diagonal", events=200)], NOW)) == ["grown"]
    assert len(json.dumps(one.as_fact())) < 1_000
