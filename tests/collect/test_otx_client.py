"""OTX DirectConnect against a server on loopback that answers as OTX does, fails as it does, and once is somebody else's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from stand_in import Answer, StandIn, standing_in
from tests.otx_stand_in import KEY, Otx
from tests.otx_stand_in import pulse as _pulse

from varde.app import config
from varde.collect.feed_terms import Limits
from varde.collect.list_source import ListSource
from varde.collect.lists import Lists
from varde.intel import Guards
from varde.model import VardeError

NOW = 1_795_300_000.0
HOUR = 3600.0


class Desk:
    """Lists with one OTX list, a clock, and what was said."""

    def __init__(self, folder: Path, stand_in: StandIn, *, key: str = KEY, pause: Any = None) -> None:
        (folder / "otx.key").write_text(key + "\n")
        self.now, self.said, self.paused = NOW, list[str](), list[float]()
        self.source = ListSource("otx", stand_in.url, "otx-direct", every=HOUR, key_file=str(folder / "otx.key"))
        self.lists = Lists(folder / "facts", [self.source], Guards.of(), clock=lambda: self.now, note=self.said.append, limits=Limits(silence=2.0, seconds=5.0))
        self.lists._stop.wait = pause or self.pause  # type: ignore[method-assign]

    def pause(self, seconds: float | None = None) -> bool:
        self.paused.append(float(seconds or 0))
        return False

    def run(self, later: float = 2 * HOUR) -> dict[str, Any]:
        self.lists.update()
        self.now += later
        return self.state()

    def state(self) -> dict[str, Any]:
        return dict(self.lists.status()["lists"][0])

    def values(self) -> list[str]:
        rows = self.lists.indicators(["otx"]).rows
        return [] if rows is None else sorted(rows["value"].to_list())


@contextmanager
def _desk(tmp_path: Path, otx: Otx, **about: Any) -> Iterator[tuple[Desk, StandIn]]:
    with standing_in(otx) as server:
        otx.url = server.url
        yield Desk(tmp_path, server, **about), server


def _addresses(count: int) -> list[dict[str, Any]]:
    return [_pulse(number, f"203.0.113.{number}") for number in range(1, count + 1)]


def test_all_pages_come_in_and_the_next_run_asks_only_what_changed(tmp_path: Path) -> None:
    otx = Otx(_addresses(120))
    with _desk(tmp_path, otx) as (desk, server):
        assert desk.run()["error"] is None
        assert len(desk.values()) == 120
        assert [(one.params.get("limit"), one.params.get("page")) for one in server.asked] == [("50", None), ("50", "2"), ("50", "3")]
        assert all("modified_since" not in one.params for one in server.asked)
        server.asked.clear()
        otx.pulses = [_pulse(7, "198.51.100.7")]
        desk.run()
        assert server.paths() == ["/api/v1/pulses/events", "/api/v1/pulses/subscribed"]
        assert server.asked[1].params["modified_since"] == "2026-11-21T21:26:40", "an hour before the last run began"
        assert "198.51.100.7" in desk.values() and "203.0.113.7" not in desk.values() and len(desk.values()) == 120


def test_a_failure_in_the_middle_keeps_the_pages_that_came_and_goes_on_there(tmp_path: Path) -> None:
    otx = Otx(_addresses(120))
    otx.fails = [lambda asked: Answer(b"oops", 500) if asked.params.get("page") == "3" else None]
    with _desk(tmp_path, otx) as (desk, server):
        assert "500" in desk.run()["error"]
        assert desk.values() == [], "nothing is in force before all of it came"
        assert len(server.asked) == 2 + 4 and desk.paused == sorted(desk.paused) and 1 <= desk.paused[0] <= 1.25
        server.asked.clear()
        otx.fails = []
        other = Desk(tmp_path, server)
        other.run()
        assert [one.params.get("page") for one in server.asked] == ["3"], "also after a restart"
        assert len(other.values()) == 120


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_changes_that_came_for_rows_that_are_damaged_since_are_no_list(tmp_path: Path) -> None:
    otx = Otx(_addresses(120))
    with _desk(tmp_path, otx) as (desk, server):
        desk.run()
        otx.pulses = _addresses(120)
        otx.fails = [lambda asked: Answer(b"oops", 500) if asked.params.get("page") == "3" else None]
        assert "500" in desk.run()["error"], "two pages of what changed wait"
        _cut(tmp_path / "facts" / "lists" / "otx.parquet")
        otx.fails = []
        server.asked.clear()
        assert (desk.run()["error"], len(desk.values())) == (None, 120)
        assert all("modified_since" not in one.params for one in server.asked), "all of it"


@pytest.mark.parametrize("name", ["000001.parquet", "000001.json"])
def test_a_page_that_is_damaged_while_it_waits_is_said_and_all_are_asked_for_anew(tmp_path: Path, name: str) -> None:
    otx = Otx(_addresses(120))
    otx.fails = [lambda asked: Answer(b"oops", 500) if asked.params.get("page") == "3" else None]
    with _desk(tmp_path, otx) as (desk, _server):
        desk.run()
        _cut(tmp_path / "facts" / "harvest" / "otx" / name)
        otx.fails = []
        assert "asked for anew" in desk.run()["error"]
        assert (desk.run()["error"], len(desk.values())) == (None, 120)


def test_pages_get_smaller_when_otx_runs_out_of_time(tmp_path: Path) -> None:
    otx = Otx(_addresses(60))
    otx.fails = [lambda asked: Answer(b"", 504) if int(asked.params.get("limit", 10)) > 5 and asked.params.get("page", "1") != "1" else None]
    with _desk(tmp_path, otx) as (desk, server):
        assert desk.run()["error"] is None
        assert len(desk.values()) == 60
        asked = [(one.params.get("limit"), one.params.get("page")) for one in server.asked]
        assert asked[:5] == [("50", None), ("50", "2"), ("20", "3"), ("5", "9"), ("5", "10")]
        assert desk.paused == [], "a smaller page is asked for at once"


def test_other_endpoints_are_asked_when_no_page_is_small_enough(tmp_path: Path) -> None:
    otx = Otx(_addresses(3))
    with _desk(tmp_path, otx) as (desk, server):
        desk.run()
        otx.fails = [lambda asked: Answer(b"", 504) if "subscribed" in asked.path else None]
        otx.pulses = [_pulse(2, "198.51.100.2"), _pulse(99, "198.51.100.99"), _pulse(5, "198.51.100.5", is_subscribing=True)]
        server.asked.clear()
        assert desk.run()["error"] is None
        assert [path.rpartition("/")[2] for path in server.paths()] == ["events", *["subscribed"] * 4, "activity"]
        assert desk.values() == ["198.51.100.2", "198.51.100.5", "203.0.113.1", "203.0.113.3"], "of others' pulses none"
        otx.fails = []
        server.asked.clear()
        desk.run()
        assert server.asked[-1].params["modified_since"] == "2026-11-21T21:26:40", "what subscribed did not give is asked for again"


def test_the_export_is_the_last_resort(tmp_path: Path) -> None:
    otx = Otx([{"id": 1, "indicator": "203.0.113.77", "type": "IPv4", "title": "", "description": ""}])
    otx.fails = [lambda asked: Answer(b"", 504) if "pulses" in asked.path else None]
    with _desk(tmp_path, otx) as (desk, server):
        assert desk.run()["error"] is None
        assert desk.values() == ["203.0.113.77"]
        assert server.paths()[-1] == "/api/v1/indicators/export"


def test_pulses_that_are_no_longer_subscribed_to_are_gone(tmp_path: Path) -> None:
    otx = Otx(_addresses(4))
    with _desk(tmp_path, otx) as (desk, _):
        desk.run()
        otx.pulses = []
        otx.events = [
            {"object_type": "pulse", "action": "unsubscribe", "object_id": f"{3:024x}", "created": "2026-11-22T03:00:00"},
            {"object_type": "pulse", "action": "subscribe", "object_id": f"{3:024x}", "created": "2026-11-22T01:00:00"},
            {"object_type": "pulse", "action": "unsubscribe", "object_id": f"{2:024x}", "created": "2026-11-22T01:00:00"},
            {"object_type": "pulse", "action": "subscribe", "object_id": f"{2:024x}", "created": "2026-11-22T02:00:00"},
        ]  # fmt: skip
        desk.run()
        assert desk.values() == ["203.0.113.1", "203.0.113.2", "203.0.113.4"]


def test_a_user_who_is_no_longer_followed_makes_all_be_asked_for_anew(tmp_path: Path) -> None:
    otx = Otx(_addresses(4))
    with _desk(tmp_path, otx) as (desk, server):
        desk.run()
        otx.pulses = otx.pulses[2:]
        otx.events = [{"object_type": "user", "action": "unsubscribe", "object_id": "somebody", "created": "2026-11-22T03:00:00"}]
        server.asked.clear()
        desk.run()
        assert "modified_since" not in server.asked[-1].params
        assert desk.values() == ["203.0.113.3", "203.0.113.4"]


def test_a_pulse_that_lost_its_indicators_loses_its_rows(tmp_path: Path) -> None:
    otx = Otx(_addresses(3))
    with _desk(tmp_path, otx) as (desk, _):
        desk.run()
        otx.pulses = [_pulse(2)]
        desk.run()
        assert desk.values() == ["203.0.113.1", "203.0.113.3"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_names(tmp_path: Path, status: int) -> None:
    otx = Otx(_addresses(1))
    busy = [Answer(b"", status, {"Retry-After": "7"}), Answer(b"", status)]
    otx.fails = [lambda asked: busy.pop(0) if busy else None]
    with _desk(tmp_path, otx) as (desk, _):
        assert desk.run()["error"] is None
        assert 7 <= desk.paused[0] <= 8.75 and 2 <= desk.paused[1] <= 2.5


def test_a_server_that_wants_to_be_left_alone_is_left_alone(tmp_path: Path) -> None:
    otx = Otx(_addresses(1))
    otx.fails = [lambda asked: Answer(b"", 429, {"Retry-After": "7200"})]
    with _desk(tmp_path, otx) as (desk, server):
        assert "429" in desk.run(later=HOUR)["error"]
        assert (len(server.asked), desk.paused) == (1, [])
        desk.lists.poll()
        assert len(server.asked) == 1, "an hour later it is not asked"
        desk.now += 1.2 * HOUR
        desk.lists.poll()
        assert len(server.asked) == 2


def test_a_wrong_key_is_said_and_shown_nowhere(tmp_path: Path) -> None:
    with _desk(tmp_path, Otx(_addresses(1)), key="wrong-" + KEY) as (desk, server):
        state = desk.run()
        assert "The key in key_file is wrong" in state["error"] and len(server.asked) == 1
        everything = json.dumps([desk.said, state]) + "".join(path.read_text(errors="replace") for path in (tmp_path / "facts").rglob("*") if path.is_file())
        assert KEY not in everything


@pytest.mark.parametrize("next_", ["http://localhost:1/api/v1/pulses/subscribed?page=2", "https://127.0.0.1/x", "//evil.example/x", "http://127.0.0.1:9/x",
                                   "http://user@127.0.0.1/x", "ftp://127.0.0.1/", "http://[::", 17])  # fmt: skip
def test_a_page_on_another_host_is_not_asked_for_because_the_key_would_go_there(tmp_path: Path, next_: object) -> None:
    otx = Otx(_addresses(1))
    otx.fails = [lambda asked: Answer({"results": otx.pulses, "next": next_}) if "page" not in asked.params else None]
    with _desk(tmp_path, otx) as (desk, server):
        state = desk.run()
        assert state["error"] is not None and len(server.asked) == (2 if next_ == 17 else 1)
        if next_ != 17:
            assert "another host" in state["error"] or "no address" in state["error"]
        assert desk.values() == []


def test_a_redirect_to_another_host_is_not_followed_and_one_within_the_host_is(tmp_path: Path) -> None:
    otx = Otx(_addresses(1))
    with _desk(tmp_path, otx) as (desk, server):
        otx.fails = [lambda asked: Answer(b"", 302, {"Location": server.url.replace("127.0.0.1", "localhost") + "/x"})]
        assert "another host" in desk.run()["error"]
        otx.fails = [lambda asked: Answer(b"", 302, {"Location": asked.path + "/?moved=1"}) if not asked.path.endswith("/") else
                     Answer({"results": otx.pulses, "next": None})]  # fmt: skip
        assert desk.run()["error"] is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(b"<html>sorry</html>", headers={"Content-Type": "text/html"}), "no list"),
        (Answer(b"{"), "no JSON object"), (Answer([1]), "no JSON object"), (Answer(b"[" * 100_000), "no JSON object"),
        (Answer({"results": [], "next": None}), "subscribes to no pulse"), (Answer({"results": "x"}), "subscribes to no pulse"),
        (Answer(b"gone", 404), "404"), (Answer(b"bad", 400), "400"),
        (Answer(b" " * 200, delay=0.1, trickle=True), "did not come within"),
    ],
)  # fmt: skip
def test_what_is_no_page_is_said_and_the_last_good_set_stays(tmp_path: Path, answer: Answer, said: str) -> None:
    otx = Otx(_addresses(2))
    with _desk(tmp_path, otx) as (desk, _):
        if "subscribes" not in said:
            desk.run()
        otx.fails = [lambda asked: answer if "subscribed" in asked.path else None]
        desk.lists._limits = Limits(silence=2.0, seconds=1.0)
        assert said in desk.run()["error"]
        assert len(desk.values()) == (0 if "subscribes" in said else 2)


def test_pages_without_end_are_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.collect.clients.otx.PAGES_MAX", 8)
    otx = Otx(_addresses(1))
    with _desk(tmp_path, otx) as (desk, server):
        otx.fails = [lambda asked: Answer({"results": [], "next": f"{server.url}{asked.path}?limit=50&page={int(asked.params.get('page', 1)) + 1}"})]
        assert "do not end" in desk.run()["error"] and len(server.asked) == 8
    (tmp_path / "other").mkdir()
    with _desk(tmp_path / "other", otx) as (desk, server):
        otx.fails = [lambda asked: Answer({"results": [], "next": f"{server.url}{asked.path}?limit=50"})]
        assert "in a circle" in desk.run()["error"]


def test_a_subscription_that_shrinks_to_nothing_is_held_back(tmp_path: Path) -> None:
    otx = Otx(_addresses(20))
    with _desk(tmp_path, otx) as (desk, server):
        desk.run()
        otx.pulses = otx.pulses[:1]
        otx.events = [{"object_type": "group", "action": "unsubscribe", "object_id": "x", "created": "2026-11-22T03:00:00"}]
        state = desk.run()
        assert (state["held"]["indicators"], len(desk.values())) == (1, 20)
        server.asked.clear()
        desk.lists.update(force=True)
        assert desk.values() == ["203.0.113.1"] and server.paths()[0] == "/api/v1/pulses/events", "it is asked anew from where it was"


def test_the_end_of_the_station_ends_a_wait(tmp_path: Path) -> None:
    otx = Otx(_addresses(1))
    otx.fails = [lambda asked: Answer(b"", 503)]
    with _desk(tmp_path, otx, pause=lambda seconds=None: True) as (desk, server):
        assert "stopped before it was finished" in desk.run()["error"] and len(server.asked) == 1


@pytest.mark.parametrize(
    ("content", "said"), [("", "holds no key"), ("two\nlines", "holds no key"), ("k\xe9y", "holds no key"), ("x" * 5000, "holds no key"), (None, "cannot read the key")],
)  # fmt: skip
def test_a_file_without_a_key_is_said_and_not_shown(tmp_path: Path, content: str | None, said: str) -> None:
    with _desk(tmp_path, Otx([])) as (desk, server):
        path = tmp_path / "otx.key"
        path.unlink() if content is None else path.write_text(content)
        error = desk.run()["error"]
        assert said in error and not server.asked and (not content or content not in error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('url = "http://otx.example"\nformat = "otx-direct"\nkey_file = "/k"', "over https"),
        ('url = "https://user:pass@otx.example"\nformat = "otx-direct"\nkey_file = "/k"', "user's name in it"),
        ('url = "https://otx.example"\nformat = "otx-direct"', "needs key_file"),
        ('url = "https://otx.example"\nformat = "otx-direct"\nkey_file = "k"', "no whole path"),
        ('url = "https://otx.example"\nkey_header = "Auth-Key"', "needs key_file"),
        ('url = "https://otx.example"\ncollection = "x"', "has a collection"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_configuration_is_named(text: str, said: str) -> None:
    with pytest.raises(VardeError, match=said):
        config.parse(f'[[list]]\nname = "x"\n{text}', "varde.toml")
