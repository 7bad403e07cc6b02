"""What is wrong with a running station, told by itself and by `varde status`."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_run import Up, varde
from material import environment, wait_until
from warned import warning

from varde.app.context import Context
from varde.app.standing import SILENT_SECONDS, STATIONS, Standing, standings
from varde.app.station import Station
from varde.deliver import Status
from varde.store import Facts


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Station]:
    """A station with sinks, that is not started."""

    def station(sinks: str) -> Station:
        for name, value in environment(tmp_path).items():
            monkeypatch.setenv(name, value)
        (tmp_path / "varde.toml").write_text(sinks)
        return Station(Context(tmp_path / "store", tmp_path / "varde.toml", tz="UTC", quiet=True))

    return station


def about_sinks(station: Station) -> list[str]:
    return [problem for problem in station.problems() if "fails" in problem or "never delivered" in problem or "spool" in problem]


def test_a_sink_that_is_down_is_a_problem_for_as_long_as_it_is(made: Callable[[str], Station], tmp_path: Path) -> None:
    station = made(f'[[sink]]\nname = "ossec"\nkind = "file"\npath = "{tmp_path}/w.log"\n')
    (tmp_path / "w.log").mkdir()
    delivery = station.beacon.delivery
    delivery.start()
    assert about_sinks(station) == []
    delivery.tell([warning()] * 3)
    wait_until(lambda: about_sinks(station))
    (told,) = about_sinks(station)
    assert told.startswith("sink ossec (file) fails: ") and "is a directory" in told and told.endswith(" 3 warnings waiting")
    (tmp_path / "w.log").rmdir()
    wait_until(lambda: not about_sinks(station))
    delivery.stop()


def test_how_long_it_has_been_down_is_told_in_minutes(made: Callable[[str], Station], monkeypatch: pytest.MonkeyPatch) -> None:
    station = made("")
    down = Status("chat", "webhook", 5, 12, 7, 2, "cannot post.", "", failures=9, since=int((time.time() - 185) * 1e6))
    monkeypatch.setattr(station.beacon.delivery, "status", lambda: [down])
    assert station.problems()[:3] == [
        "sink chat (webhook) fails for 3 minutes: cannot post. 12 warnings waiting",
        "sink chat: 7 warnings never delivered, because too many waited ([warn] spool_mb)",
        "sink chat: 2 warnings that the other end would not take",
    ]


def test_a_spool_that_fills_is_said_before_it_is_full(made: Callable[[str], Station]) -> None:
    station = made('[warn]\nspool_mb = 1\n[[sink]]\nname = "hook"\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\n')
    journal = station.beacon.delivery.journal
    journal.join("hook")
    row = warning() | {"padding": "x" * 10_000}
    station.beacon.delivery.tell([row] * 20)
    assert not any("spool" in problem for problem in station.problems())
    station.beacon.delivery.tell([row] * 40)
    assert any("of the 1.0 MB that [warn] spool_mb allows" in problem for problem in station.problems())
    journal.delivered("hook", 60)
    assert not any("spool" in problem for problem in station.problems()), "nothing waits"


def test_what_a_station_says_of_itself_is_told_while_it_runs(tmp_path: Path) -> None:
    facts = Facts(tmp_path)
    standing = Standing(facts)
    assert standing.is_due()
    standing.tell(["it rains"], [Status("f", "file", 3, 0, 0, 0, "", "")])
    assert not standing.is_due()
    (told,) = standings(facts)
    assert (told["pid"], told["runs"], told["problems"], told["sinks"][0]["sent"]) == (os.getpid(), True, ["it rains"], 3)
    written = told["written"]
    standing.tell(["it rains"], [Status("f", "file", 3, 0, 0, 0, "", "")])
    assert standings(facts)[0]["written"] == written, "nothing has changed"
    standing.tell([], [])
    assert standings(facts)[0]["problems"] == []
    standing.end()
    assert standings(facts) == []


@pytest.mark.parametrize(("change", "runs"), [
    ({}, True), ({"pid": 2**22 + 1}, False), ({"pid": "nonsense"}, False), ({"host": "elsewhere", "pid": 2**22 + 1}, True),
    ({"written": int((time.time() - SILENT_SECONDS - 5) * 1e6)}, False),
])  # fmt: skip
def test_a_station_that_was_killed_is_known_and_swept_away_by_the_next(tmp_path: Path, change: dict[str, Any], runs: bool) -> None:
    facts = Facts(tmp_path)
    Standing(facts).tell([], [])
    (name,) = facts.names(STATIONS)
    facts.put(name, (facts.get(name) or {}) | change)
    assert [told["runs"] for told in standings(facts)] == [runs]
    Standing(facts).tell([], [])
    assert len(standings(facts)) == (2 if runs else 1)


def test_status_tells_of_a_running_station_and_of_one_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(f'[[sink]]\nname = "ossec"\nkind = "file"\npath = "{tmp_path}/w.log"\n')

    def started(up: Up) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(varde(tmp_path, "status", "--json").out)["stations"]
        return [told for told in found if told["pid"] == up.process.pid]

    with Up(tmp_path, "udp://127.0.0.1:0", "--config", "varde.toml", command="listen") as up:
        up.wait_for("syslog on udp")
        wait_until(lambda: started(up))
        text = varde(tmp_path, "status").out
        assert f"process {up.process.pid} on {os.uname().nodename} runs since " in text and "  sink ossec (file): 0 sent, 0 waiting" in text
        assert up.stop() == 0
    assert "process" not in varde(tmp_path, "status").out
    with Up(tmp_path, "udp://127.0.0.1:0", "--config", "varde.toml", command="listen") as up:
        wait_until(lambda: started(up))
        up.stop(signal.SIGKILL)
        assert f"process {up.process.pid} on {os.uname().nodename} ended without saying so" in varde(tmp_path, "status").out
