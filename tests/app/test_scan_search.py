"""A station sees scans in what arrives: each becomes one warning when it is found and at most one more, whatever restarts, clocks and crowds do.

All probes here are synthetic."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from cli_run import Up
from desk import CONFIG, NOW, Desk, address, background
from material import firewall_line, probe_batch, stored, wait_until, write_old

from varde.app import scan_search as module
from varde.app.config import load
from varde.app.search import AGAIN_SECONDS
from varde.model import VardeError
from varde.store import Store

SCANNER = "203.0.113.77"


class Watched(Desk):
    """A desk whose store has some hours of background."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = "", *, hours: int = 6) -> None:
        super().__init__(folder, monkeypatch, "scan_search", configuration)
        if hours:
            Store(folder / "store").append("probes", probe_batch(background(NOW - timedelta(hours=hours), hours)))
        self.start()

    def scan(self, count: int = 60, *, source: str = SCANNER, first: int = 20_000, seconds: float = 1.0, verdict: str = "BLOCK", turn: bool = True) -> None:
        """So many ports downwards, one after each pause; then the station judges."""
        for number in range(count):
            self.line(self.now, source, first - number, verdict)
            self.pass_(seconds=seconds, turn=False)
        self.station._writer.commit()
        self.pass_(seconds=module.JUDGE_SECONDS, turn=turn)

    def words(self) -> list[tuple[str | None, str, str]]:
        return [(row.get("src_addr"), row["name"], row["level"]) for row in self.told()]

    def metric(self) -> dict[str, float]:
        return {kind: count for kind, count in self.samples("varde_scans").items() if count}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    made = Watched(tmp_path, monkeypatch)
    yield made
    if made.runs:
        made.stop()


def test_a_scan_is_one_warning_in_the_sink_and_one_in_the_store(desk: Watched) -> None:
    assert desk.samples("varde_scans")["diagonal"] == 0, "learnt, and nothing yet"
    desk.scan(seconds=60)
    assert desk.metric() == {"diagonal": 1}
    (row,) = desk.told()
    assert (row["kind"], row["name"], row["level"], row["src_addr"], row["dst_addr"], row["proto_name"]) == ("scan", "diagonal", "found", SCANNER, "198.51.100.2", "tcp")
    assert (row["networks"], row["packets"], row["count"], row["lists"], "dst_port" in row) == (1, 60, 1, [], False)
    assert row["reason"].startswith(f"One source ({SCANNER}) went down 60 ports from 20,000 to 19,941 in 59 minutes from 2026-10-20 14:00 on, one every 60 seconds; no limit by the minute sees that. Confidence ")
    assert "by chance once in 10^" in row["reason"] and row["reason"].endswith("Nothing to do: all of it was refused already.")
    assert row["line"].startswith(f"2026-10-20 14:00:00 : {SCANNER} -> -/tcp (SCAN diagonal) - level=found networks=1 packets=60 count=1 until=2026-10-20T14:59:00Z")
    desk.stop()
    kept = stored(Store(desk.folder / "store"), "warnings")
    assert kept.select("kind", "name", "level", "networks").rows() == [("scan", "diagonal", "found", 1)] and kept["line"][0] == row["line"]


def test_it_is_told_again_when_it_is_over_and_more_came(desk: Watched) -> None:
    desk.scan()
    desk.scan(first=19_900)
    assert desk.words() == [(SCANNER, "vertical", "found")]
    desk.pass_(hours=2)
    assert desk.words() == [(SCANNER, "vertical", "found"), (SCANNER, "vertical", "over")] and desk.metric() == {}
    assert desk.told()[-1]["packets"] == 120


def test_what_was_over_when_it_was_found_is_told_once(desk: Watched) -> None:
    desk.scan()
    desk.pass_(hours=2)
    assert desk.words() == [(SCANNER, "vertical", "found")]


def test_it_is_told_again_when_it_has_grown_tenfold_and_no_third_time(desk: Watched) -> None:
    desk.scan(20)
    for part in range(1, 12):
        desk.scan(20, first=20_000 - 20 * part)
    assert [level for _, _, level in desk.words()] == ["found", "grown"]
    desk.pass_(hours=3)
    assert len(desk.told()) == 2


def test_a_restart_tells_nothing_twice_and_knows_when_it_is_over(desk: Watched) -> None:
    desk.scan()
    desk.stop()
    desk.start()
    assert desk.metric() == {"vertical": 1}, "learnt from the store"
    assert len(desk.told()) == 1
    desk.scan(first=19_900)
    desk.stop()
    desk.pass_(hours=3, turn=False)
    desk.start()
    assert desk.words() == [(SCANNER, "vertical", "found"), (SCANNER, "vertical", "over")] and desk.metric() == {}


def test_a_scan_that_goes_on_when_a_station_starts_is_told_and_one_of_yesterday_is_not(desk: Watched) -> None:
    desk.stop()
    rows = [{"time": NOW - timedelta(hours=20, seconds=number), "src": "203.0.113.66", "port": 3_000 + number} for number in range(60)]
    rows += [{"time": NOW - timedelta(seconds=number), "src": SCANNER, "port": 3_000 + number} for number in range(60)]
    desk.station.context.store.append("probes", probe_batch(rows))
    desk.start()
    assert [source for source, _, _ in desk.words()] == [SCANNER]


def test_of_many_scans_so_many_are_told_in_an_hour_and_of_the_rest_their_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Watched(tmp_path, monkeypatch, "[insight]\nscans_an_hour = 3\n")
    for number in range(8):
        desk.scan(30, source=f"203.0.113.{number}", seconds=1)
    assert len(desk.told()) == 2 and desk.metric() == {"vertical": 8}, "one kind takes no more than its share"
    desk.stop()
    desk.start()
    assert len(desk.told()) == 2, "a restart begins no new hour"
    desk.pass_(hours=1)
    (row,) = desk.told()[2:]
    assert (row["name"], row["level"], row["count"], row["networks"], row["packets"], "src_addr" in row) == ("more", "more", 6, 6, 180, False)
    assert row["reason"].startswith("6 scans more in the hour before, by 6 sources: 6 vertical. `varde scans --since '2026-10-20 14:") and row["line"].split(" : ")[1].startswith("- -> -/- (SCAN more)")
    desk.pass_(hours=3)
    assert len(desk.told()) == 3
    desk.stop()


def test_kinds_that_are_not_asked_for_are_counted_and_told_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Watched(tmp_path, monkeypatch, '[insight]\ntell_scans = ["diagonal"]\n')
    desk.scan()
    assert desk.told() == [] and desk.metric() == {"vertical": 1}
    desk.pass_(seconds=AGAIN_SECONDS, turn=False)
    desk.search.configure(desk.search.settings.model_copy(update={"tell_scans": ["vertical"]}))
    desk.pass_(seconds=1)
    assert desk.words() == [(SCANNER, "vertical", "found")], "told after all"
    desk.stop()


@pytest.mark.parametrize("what", [SCANNER, "203.0.113.0/24", "vertical"])
def test_a_source_or_a_kind_can_be_muted(desk: Watched, what: str) -> None:
    desk.mute(what)
    desk.scan()
    assert desk.told() == [] and desk.station.beacon.muted == 1


def test_open_ports_are_taken_by_a_reload(desk: Watched) -> None:
    desk.scan(12)
    assert desk.metric() == {"vertical": 1}
    desk.pass_(seconds=AGAIN_SECONDS, turn=False)
    (desk.folder / "varde.toml").write_text(CONFIG.format(desk.folder) + f"[insight]\nopen_ports = {[f'tcp/{port}' for port in range(19_980, 20_001)]}\n")
    desk.station._reload_now()
    desk.pass_(seconds=1)
    assert desk.metric() == {}


def test_a_packet_accuses_nobody(desk: Watched) -> None:
    for number in range(500):
        desk.line(desk.now, address(200_000 + number), 1_000 + number)
    desk.pass_(seconds=module.JUDGE_SECONDS)
    assert desk.told() == []


def test_a_stamp_of_the_future_is_now(desk: Watched) -> None:
    for number in range(60):
        desk.line(desk.now + timedelta(days=4_000), SCANNER, 20_000 - number)
        desk.pass_(seconds=1, turn=False)
    desk.pass_(seconds=module.JUDGE_SECONDS)
    (row,) = desk.told()
    assert row["time"].startswith("2026-10-20T14:00")
    desk.pass_(hours=2)
    assert desk.metric() == {}


def test_judging_takes_no_more_than_its_share(desk: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        judged = 0

        def add(self, frame: object) -> None: ...

        def judge(self, now: int) -> list[object]:
            Slow.judged += 1
            desk.steady += 30
            desk.now += timedelta(seconds=30)
            return []

    monkeypatch.setattr(desk.search, "_campaigns", Slow())
    for _ in range(12):
        desk.pass_(minutes=1)
    assert Slow.judged == 2, "half a minute of work in ten"


def test_more_than_can_wait_is_said(desk: Watched) -> None:
    desk.station.scan_search.arrivals._waiting.most = 10
    for number in range(40):
        desk.line(desk.now, SCANNER, number + 1)
    assert any("packets were too many to look for scans in them" in problem for problem in desk.station.problems())


def test_a_store_that_cannot_be_read_is_said_and_tried_again(desk: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise VardeError("the store is away")

    desk.search._again = True
    desk.pass_(seconds=AGAIN_SECONDS, turn=False)
    with monkeypatch.context() as patch:
        patch.setattr(module.ScanSearch, "learn", broken)
        desk.search._try_turn()
        assert desk.metric() == {} and any("scans: the store is away" in note for note in desk.station.notes)
    desk.pass_(seconds=AGAIN_SECONDS)
    assert desk.samples("varde_scans")["diagonal"] == 0


def test_where_it_is_switched_off_nothing_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Watched(tmp_path, monkeypatch, "[insight]\nscans = false\n", hours=0)
    assert desk.station.scan_search.arrivals not in desk.station._watchers()
    desk.search.start()
    assert desk.search._thread is None
    desk.stop()


def test_a_real_station_tells_a_scan_of_its_files_once_and_a_restart_does_not(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(int(time.time()), timezone.utc)
    rows = [(row["time"], str(row["src"]), int(str(row["port"]))) for row in background(now - timedelta(hours=3), 2)]
    rows += [(now - timedelta(minutes=60 - number), SCANNER, 40_000 - 50 * number) for number in range(60)]
    lines = [firewall_line(number, when=when, source=source, port=port) for number, (when, source, port) in enumerate(sorted(rows))]  # type: ignore[arg-type,type-var]
    write_old(tmp_path / "fw.log", b"".join(lines))
    (tmp_path / "varde.toml").write_text(CONFIG.format(tmp_path))
    sink = tmp_path / "w.log"
    with Up(tmp_path, "fw.log", "--config", "varde.toml", "--web", "127.0.0.1:0", "--tz", "UTC") as up:
        wait_until(lambda: sink.exists() and sink.read_text(), seconds=60)
        assert up.stop() == 0
    with Up(tmp_path, "fw.log", "--config", "varde.toml", "--web", "127.0.0.1:0", "--tz", "UTC") as again:
        page = f"http://127.0.0.1:{again.port('page at')}/metrics"
        wait_until(lambda: 'varde_scans{kind="diagonal"} 1' in httpx.get(page, timeout=20).text, seconds=60)
        assert again.stop() == 0
    (row,) = [json.loads(line) for line in sink.read_text().splitlines()]
    assert (row["kind"], row["name"], row["src_addr"], row["packets"]) == ("scan", "diagonal", SCANNER, 60)


def test_a_kind_that_is_none_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text('[insight]\ntell_scans = ["slow"]\n')
    with pytest.raises(VardeError, match=r"tell_scans.*'slow' is no kind of scan; there are vertical, horizontal"):
        load(tmp_path / "varde.toml")
