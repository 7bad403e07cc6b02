"""What the page asks of findings: documents, places of outlines and captions, periods that are too much, and who asks too often."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from material import NOON, probe_batch, wait_until
from tests.app.test_web import DAY, HERE, ask, station_in

from varde.app.finder import FRESH_SECONDS, KEPT_MAX, SETTLED_SECONDS, WAITING_MAX, Finder
from varde.app.web.serve import application
from varde.model import VardeError

SCANNER = "198.51.100.7"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The page over a slow scan in order, one port every two minutes, among 300 sources of the same day that each want one port."""
    with pytest.MonkeyPatch.context() as patch:
        station = station_in(tmp_path_factory.mktemp("home"), patch)
        begin = NOON - timedelta(hours=6)
        probes: list[dict[str, object]] = [{"time": begin + timedelta(minutes=2 * n), "port": 9000 - 20 * n, "src": SCANNER} for n in range(200)]
        probes += [{"time": begin + timedelta(minutes=n), "port": (22, 23, 80, 445)[n % 4], "src": f"198.18.{n % 200}.{n // 200}"} for n in range(300)]
        station.context.store.append("probes", probe_batch(probes))
        yield TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def wait_for(page: TestClient, **query: Any) -> Any:
    """As the page does: it asks again while findings are looked for."""
    for _ in range(20):
        answer = ask(page, "findings", **query)
        if answer["ready"]:
            return answer
    raise AssertionError("the findings did not come")


def test_a_scan_is_told_with_words_numbers_evidence_and_its_place(page: TestClient) -> None:
    answer = wait_for(page, **DAY, tz="UTC")
    assert (answer["note"], answer["left_out"], answer["places"]) == (None, 0, None)
    found = next(one for one in answer["findings"] if one["kind"] == "diagonal")
    assert found["id"].startswith("diagonal-tcp4-2026112006-") and SCANNER in found["id"]
    assert SCANNER in found["sentence"] and re.search("went down [0-9]+ ports", found["sentence"])
    assert found["evidence"].startswith("varde filter ") and SCANNER in found["evidence"]
    assert found["reason"] and found["advice"] and f"finding={found['id']}" in found["page"]
    assert 9000 - 20 * 199 <= found["low"] < 6000 and (found["high"], found["planes"]) == (9000, ["tcp4"])
    assert not {"port_list", "outline"} & set(found)


def test_places_are_pixels_of_the_picture_that_was_asked_for(page: TestClient) -> None:
    size = {"width": 800, "height": 400}
    answer = wait_for(page, **DAY, tz="UTC", **size)
    place = next(one for one in answer["places"]["shown"] if one["id"].startswith("diagonal"))
    x, _ = zip(*place["outline"], strict=True)
    assert 180 <= min(x) <= 215 and 400 <= max(x) <= 440  # from 06:00 to 12:38
    assert place["told"] and place["words"][0].startswith(f"{place['number']} ")
    left, top, width, height = place["box"]
    assert left >= 0 and left + width <= 800 and top >= 0 and top + height <= 400


def test_a_zoom_has_the_outline_of_the_whole_day_cut_at_its_edges(page: TestClient) -> None:
    zoom = {"view_from": "2026-11-20T08:00:00Z", "view_to": "2026-11-20T09:00:00Z", "port_min": 7000, "port_max": 9000}
    answer = wait_for(page, **DAY, **zoom, tz="UTC", width=800, height=400)
    (place,) = [one for one in answer["places"]["shown"] if one["id"].startswith("diagonal")]
    x, y = zip(*place["outline"], strict=True)
    assert min(x) >= -6 and max(x) <= 806 and min(y) >= -6 and max(y) <= 406
    assert len(answer["findings"]) == len(wait_for(page, **DAY, tz="UTC")["findings"])


def test_an_hour_shows_what_is_seen_of_its_whole_day(page: TestClient) -> None:
    hour = {"from": "2026-11-20T08:00:00Z", "to": "2026-11-20T08:10:00Z"}
    whole = next(one for one in wait_for(page, **DAY, tz="UTC")["findings"] if one["kind"] == "diagonal")
    assert whole in wait_for(page, **hour, tz="UTC")["findings"]


def test_filters_leave_the_findings_that_they_show(page: TestClient) -> None:
    kinds = lambda **query: {one["kind"] for one in wait_for(page, **DAY, tz="UTC", **query)["findings"]}  # noqa: E731
    assert "diagonal" in kinds(src=SCANNER) and "diagonal" in kinds(plane="tcp4")
    assert kinds(src="203.0.113.99") == kinds(plane="udp4") == kinds(country="NO") == set()


def test_a_period_that_is_too_much_says_so_instead_of_taking_minutes(page: TestClient) -> None:
    answer = ask(page, "findings", **{"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"})
    assert answer["ready"] and answer["findings"] == []
    assert answer["note"] == "Findings are not looked for here: 364 days are more than 31. A shorter period has them."


@pytest.mark.parametrize("bad", [{"width": 8}, {"width": 800, "letter": 0}, {"width": 800, "above": 5000}, {"width": 800, "view_from": "noon"}])
def test_what_makes_no_picture_is_refused_in_words(page: TestClient, bad: dict[str, Any]) -> None:
    answer = page.get("/api/findings", params=DAY | bad)
    assert answer.status_code in (400, 422) and isinstance(answer.json()["detail"], str)


def test_a_file_of_the_picture_has_the_findings_unless_they_are_not_wanted(page: TestClient) -> None:
    with_them = page.get("/api/fireplot.svg", params=DAY | {"tz": "UTC"}).text
    assert re.search(r">\s*Slow scan down: 198\.51\.100\.7", with_them)
    without = page.get("/api/fireplot.svg", params=DAY | {"tz": "UTC", "findings": "false"}).text
    assert "Slow scan" not in without
    assert "finding=diagonal-tcp4" in page.get("/api/fireplot.html", params=DAY | {"tz": "UTC"}).text


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_period_is_looked_through_once_and_again_when_it_may_have_changed() -> None:
    clock, looks = Clock(), []
    finder: Finder[int] = Finder(clock)

    def look() -> int:
        looks.append(1)
        return len(looks)

    assert finder.ask("day", look, goes_on=True) == finder.ask("day", look, goes_on=True) == 1
    clock.now += FRESH_SECONDS + 1
    assert finder.ask("day", look, goes_on=False) == 1
    assert finder.ask("day", look, goes_on=True) == 1  # what was known stays while it is looked for again
    wait_until(lambda: finder.ask("day", look, goes_on=True) == 2)
    clock.now += SETTLED_SECONDS + 1
    assert finder.ask("day", look, goes_on=False) == 2


def test_who_asks_waits_no_longer_than_its_patience_and_finds_the_answer_later() -> None:
    finder, door = Finder[str](), threading.Event()

    def look() -> str:
        door.wait(20)
        return "found"

    assert finder.ask("day", look, goes_on=False, patience=0.01) is None
    door.set()
    assert finder.ask("day", look, goes_on=False, patience=20) == "found"


def test_many_periods_at_once_are_refused_and_old_answers_are_let_go() -> None:
    finder, door = Finder[int](), threading.Event()
    for number in range(WAITING_MAX):
        assert finder.ask(number, lambda: door.wait(20), goes_on=False, patience=0) is None
    with pytest.raises(VardeError, match="ask again in a moment"):
        finder.ask("one more", lambda: True, goes_on=False, patience=0)
    door.set()
    for number in range(WAITING_MAX):
        assert finder.ask(number, lambda: True, goes_on=False, patience=20)
    for number in range(100, 100 + KEPT_MAX + 1):
        assert finder.ask(number, lambda: 1, goes_on=False, patience=20) == 1
    assert finder.ask(100, lambda: 2, goes_on=False, patience=20) == 2


def test_what_fails_is_said_to_everybody_who_asks() -> None:
    finder = Finder[int]()

    def refuse() -> int:
        raise VardeError("the store is gone")

    for _ in range(2):
        with pytest.raises(VardeError, match="the store is gone"):
            finder.ask("day", refuse, goes_on=False, patience=20)
    with pytest.raises(VardeError, match="findings could not be looked for: ZeroDivisionError"):
        finder.ask("other", lambda: 1 // 0, goes_on=False, patience=20)
