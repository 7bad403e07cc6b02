"""A station sees surges in what arrives: each becomes one warning when it begins and one when it is over, whatever restarts and clocks do.

All probes here are synthetic."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import polars as pl
import pytest
from cli_run import Up
from desk import CONFIG, DAY, NOW, Desk, address, background
from material import firewall_line, probe_batch, stored, wait_until, write_old

from varde.app import search as module
from varde.app.surging import Surging
from varde.decode import schema_of
from varde.live.hourly import open_hour
from varde.model import TABLES, WARNINGS, VardeError
from varde.query import Engine, Window
from varde.query.warnings import stored as warnings_stored
from varde.store import Store


class Crowded(Desk):
    """A desk whose store has half a day."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = "", *, hours: int = 14) -> None:
        super().__init__(folder, monkeypatch, "surging", configuration)
        if hours:
            Store(folder / "store").append("probes", probe_batch(background(NOW - timedelta(hours=hours), hours)))
        self.start()

    @property
    def surging(self) -> Surging:
        return self.station.surging

    def arrive(self, port: int, first: int, count: int, **stamp: float) -> None:
        """Lines of so many networks; `stamp`: how far theirs is from the clock."""
        when = self.now + timedelta(**stamp)
        self.receive(b"".join(firewall_line(number, when=when, source=address(first + number), port=port) for number in range(count)))

    def hour(self, port: int = 7547, count: int = 60, first: int = 100_000, **stamp: float) -> None:
        """An hour in which so many come, beside what always comes; judged when it is over."""
        for row in background(self.now, 1, seed=self.now.hour):
            self.line(row["time"], str(row["src"]), int(str(row["port"])))  # type: ignore[arg-type]
        self.pass_(minutes=30)
        if count:
            self.arrive(port, first + 1_000 * self.now.hour, count, **stamp)
        self.station._writer.commit()
        self.pass_(minutes=31, seconds=30)
        self.pass_(minutes=-1, seconds=-30, turn=False)

    def words(self) -> list[tuple[int, str]]:
        return [(row["dst_port"], row["level"]) for row in self.told()]

    def metric(self) -> dict[str, float]:
        return self.samples("varde_surges")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowded]:
    made = Crowded(tmp_path, monkeypatch)
    yield made
    if made.runs:
        made.stop()


def test_a_surge_is_one_warning_in_the_sink_and_one_in_the_store_and_one_when_it_is_over(desk: Crowded) -> None:
    assert desk.metric() == {"notice": 0, "alarm": 0}, "learnt, and nothing yet"
    desk.hour()
    assert desk.metric() == {"notice": 0, "alarm": 1}
    (row,) = desk.told()
    assert (row["kind"], row["level"], row["dst_port"], row["proto_name"], row["networks"], row["packets"], row["count"]) == ("surge", "alarm", 7547, "tcp", 60, 60, 1)
    assert (row["time"], row["end_time"], row["lists"]) == ("2026-10-20T14:00:00Z", "2026-10-20T15:00:00Z", [])
    assert row["reason"].startswith("tcp/7547 (cwmp): 60 networks in 1 hour, where ") and " by chance p < 1e" in row["reason"]
    assert row["line"].startswith("2026-10-20 14:00:00 : 7547/tcp (SURGE) - level=alarm networks=60 packets=60 count=1 until=2026-10-20T15:00:00Z")
    desk.hour(count=40)
    for _ in range(3):
        desk.hour(count=0)
    assert desk.words() == [(7547, "alarm"), (7547, "over")] and desk.metric() == {"notice": 0, "alarm": 0}
    over = desk.told()[-1]
    assert (over["networks"], over["packets"], over["end_time"]) == (100, 100, "2026-10-20T16:00:00Z"), "sums of both hours"
    desk.stop()
    kept = stored(Store(desk.folder / "store"), "warnings").sort("received")
    assert kept.select("kind", "level", "networks", "dst_port").rows() == [("surge", "alarm", 60, 7547), ("surge", "over", 100, 7547)]
    assert kept["line"][0] == row["line"]


def test_a_restart_in_a_surge_tells_it_no_second_time_and_knows_when_it_is_over(desk: Crowded) -> None:
    desk.hour()
    assert desk.words() == [(7547, "alarm")]
    desk.stop()
    desk.pass_(minutes=2, turn=False)
    desk.start()
    assert desk.metric() == {"notice": 0, "alarm": 1}, "learnt from the store"
    desk.pass_(minutes=-2, turn=False)
    desk.hour(count=50)
    assert desk.words() == [(7547, "alarm")]
    desk.stop()
    for _ in range(4):  # nothing ran, and the store got records from elsewhere
        desk.station.context.store.append("probes", probe_batch(background(desk.now, 1, seed=desk.now.hour)))
        desk.pass_(hours=1, turn=False)
    desk.start()
    assert desk.words() == [(7547, "alarm"), (7547, "over")] and desk.metric()["alarm"] == 0


def test_a_restart_in_a_second_surge_of_a_port_does_not_take_the_first_for_it(desk: Crowded) -> None:
    for count in (60, 0, 0, 0, 80):
        desk.hour(count=count)
    both = [(7547, "alarm"), (7547, "over"), (7547, "alarm")]
    assert desk.words() == both
    desk.stop()
    desk.pass_(minutes=2, turn=False)
    desk.start()
    assert desk.words() == both and desk.metric()["alarm"] == 1


def test_a_surge_that_began_while_nothing_ran_is_told_at_the_start(desk: Crowded) -> None:
    desk.stop()
    crowd = [{"time": NOW + timedelta(minutes=number), "src": address(100_000 + number), "port": 7547} for number in range(50)]
    desk.station.context.store.append("probes", probe_batch([*background(NOW, 1, seed=5), *crowd]))
    desk.pass_(hours=1, minutes=5, turn=False)
    desk.start()
    assert desk.words() == [(7547, "alarm")]


def test_the_hour_of_the_start_counts_what_came_before_it(desk: Crowded) -> None:
    desk.arrive(7547, 100_000, 20)
    desk.pass_(minutes=20)
    desk.stop()
    desk.start()
    desk.arrive(7547, 100_010, 20)  # ten of them again
    desk.pass_(minutes=41)
    (row,) = desk.told()
    assert row["networks"] == 30


def test_a_notice_is_counted_and_told_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    quiet = Crowded(tmp_path / "a", monkeypatch)
    quiet.hour(count=9)  # below ALARM_FLOOR
    assert quiet.words() == [] and quiet.metric() == {"notice": 1, "alarm": 0}
    quiet.hour(count=60)
    assert quiet.words() == [(7547, "alarm")], "grown to an alarm"
    quiet.stop()
    (tmp_path / "b").mkdir()
    loud = Crowded(tmp_path / "b", monkeypatch, '[insight]\ntell = "notice"\n')
    loud.hour(count=9)
    loud.hour(count=60)
    assert loud.words() == [(7547, "notice"), (7547, "alarm")]
    loud.stop()


def test_what_nobody_was_told_of_is_not_told_to_be_over(desk: Crowded) -> None:
    desk.hour(count=9)
    for _ in range(4):
        desk.hour(count=0)
    assert desk.told() == [] and desk.metric() == {"notice": 0, "alarm": 0}


@pytest.mark.parametrize("ahead", [3.0, 30_000.0])
def test_a_clock_that_is_ahead_hides_nothing(desk: Crowded, ahead: float) -> None:
    desk.arrive(9, 1, 3, hours=ahead)
    desk.hour(hours=ahead)
    desk.hour(port=7548)
    assert desk.words() == [(7547, "alarm"), (7548, "alarm")]


def test_stamps_of_the_past_accuse_nobody_and_are_said(desk: Crowded) -> None:
    for _ in range(2):
        desk.hour(count=300, hours=-5)
    assert desk.told() == []
    assert any("is the clock of a sender wrong" in problem for problem in desk.station.problems())


def test_an_empty_store_judges_nothing_before_six_hours_and_then_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Crowded(tmp_path, monkeypatch, hours=0)
    assert desk.metric() == {}
    for _ in range(5):
        desk.hour()
        assert desk.told() == [] and desk.metric() == {}
    desk.hour(count=0)
    desk.hour(port=37_777)
    assert desk.words() == [(37_777, "alarm")]
    desk.stop()


def test_a_clock_that_jumps_is_learnt_anew_and_what_was_told_stays_told(desk: Crowded) -> None:
    desk.hour()
    first = desk.surging._hourly
    desk.now -= timedelta(hours=6)  # and `steady` stands still
    desk.surging.turn()
    second = desk.surging._hourly
    assert second is not first and desk.metric()["alarm"] == 0, "of the surge nothing is known yet"
    desk.now += timedelta(hours=6, minutes=2)
    desk.surging.turn()
    assert desk.surging._hourly is second, "not more often than every ten minutes"
    desk.steady += module.AGAIN_SECONDS
    desk.surging.turn()
    assert desk.surging._hourly is not second and desk.metric()["alarm"] == 1
    desk.pass_(minutes=58)
    desk.hour(count=50)
    assert 1 <= desk.words().count((7547, "alarm")) <= 2, "once more at most"


def test_open_ports_are_taken_by_a_reload(desk: Crowded) -> None:
    desk.hour()
    desk.steady += module.AGAIN_SECONDS
    desk.now += timedelta(seconds=module.AGAIN_SECONDS)
    desk.surging.configure(desk.surging.settings.model_copy(update={"open_ports": ["tcp/7547"]}))
    desk.surging.turn()
    assert desk.metric() == {"notice": 0, "alarm": 0}


def test_a_port_can_be_muted(desk: Crowded) -> None:
    desk.mute("tcp/7547")
    desk.hour()
    desk.hour(port=7548)
    assert desk.words() == [(7548, "alarm")] and desk.station.beacon.muted == 1


def test_a_store_that_cannot_be_read_is_said_and_tried_again(desk: Crowded, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise VardeError("the store is away")

    desk.surging._again = True
    desk.pass_(seconds=module.AGAIN_SECONDS, turn=False)
    with monkeypatch.context() as patch:
        patch.setattr(Surging, "_from_store", broken)
        desk.surging._try_turn()
        assert desk.metric() == {} and any("the store is away" in note for note in desk.station.notes)
    desk.surging.turn()
    assert desk.metric() == {}, "not yet"
    desk.pass_(seconds=module.AGAIN_SECONDS)
    assert desk.metric() == {"notice": 0, "alarm": 0}


def test_what_fails_unforeseen_ends_the_search_and_is_said(desk: Crowded, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Surging, "turn", broken)
    desk.surging._run()
    assert desk.metric() == {} and any("surges are not looked for any more" in problem for problem in desk.station.problems())


def test_where_it_is_switched_off_nothing_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Crowded(tmp_path, monkeypatch, "[insight]\nsurges = false\n")
    assert desk.surging.strangers not in desk.station._watchers()
    desk.surging.start()
    assert desk.surging._thread is None
    desk.stop()


def test_warnings_of_an_older_store_have_no_level_and_are_read_with_those_that_have(desk: Crowded, monkeypatch: pytest.MonkeyPatch) -> None:
    older = replace(WARNINGS, fields=tuple(field for field in WARNINGS.fields if field.name not in ("level", "networks", "reason")))
    with monkeypatch.context() as patch:
        patch.setitem(TABLES, "warnings", older)
        row = dict.fromkeys(schema_of(older)) | {"time": int(NOW.timestamp() * 1e6), "kind": "flow", "lists": "[]", "count": 1, "day": NOW.date()}
        desk.station.context.store.append("warnings", pl.DataFrame([row], schema=schema_of(older)))
    desk.hour()
    desk.stop()
    rows = warnings_stored(Engine(Store(desk.folder / "store")), Window(DAY, DAY + timedelta(days=1), action="all"))
    assert [(row["kind"], row.get("level")) for row in rows] == [("flow", None), ("surge", "alarm")]


def test_a_real_station_tells_a_surge_of_its_files_once_and_a_restart_does_not(tmp_path: Path) -> None:
    hour = open_hour(time.time()) - 1  # the last that has ended
    begin = datetime.fromtimestamp(hour * 3600, timezone.utc)
    rows = [(row["time"], str(row["src"]), int(str(row["port"]))) for row in background(begin - timedelta(hours=20), 21)]
    rows += [(begin + timedelta(seconds=30 * number), address(100_000 + number), 7547) for number in range(60)]
    lines = [firewall_line(number, when=when, source=source, port=port) for number, (when, source, port) in enumerate(sorted(rows))]  # type: ignore[arg-type,type-var]
    write_old(tmp_path / "fw.log", b"".join(lines))
    (tmp_path / "varde.toml").write_text(CONFIG.format(tmp_path))
    sink = tmp_path / "w.log"
    with Up(tmp_path, "fw.log", "--config", "varde.toml", "--web", "127.0.0.1:0", "--tz", "UTC") as up:
        wait_until(lambda: sink.exists() and sink.read_text(), seconds=60)
        assert up.stop() == 0
    with Up(tmp_path, "fw.log", "--config", "varde.toml", "--web", "127.0.0.1:0", "--tz", "UTC") as again:
        page = f"http://127.0.0.1:{again.port('page at')}/metrics"
        wait_until(lambda: 'varde_surges{level="alarm"} 1' in httpx.get(page, timeout=20).text, seconds=60)
        assert again.stop() == 0
    (row,) = [json.loads(line) for line in sink.read_text().splitlines()]
    assert (row["level"], row["dst_port"], row["networks"]) == ("alarm", 7547, 60)
