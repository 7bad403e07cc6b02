"""/metrics, read by a parser that knows the text format and forgives nothing."""

import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import polars as pl
import pytest
from cli_run import Up
from fastapi.testclient import TestClient
from flow_family import NOW, v5, v5_record
from material import NOON, environment, probe_batch, wait_until
from warned import flow, flows

from varde.app import metrics as metrics_module
from varde.app.context import Context
from varde.app.metrics import FAMILIES
from varde.app.station import Station
from varde.app.web.serve import application
from varde.collect.flow_intake import EXPORTERS
from varde.decode import schema_of
from varde.export.prometheus import COUNTER, GAUGE, Family, exposition
from varde.model import LOGINS

HERE = "http://127.0.0.1:8420"
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.+)\}})? (NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
_BACK = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


@dataclass
class Read:
    """One family as a scraper reads it."""

    kind: str
    samples: dict[tuple[tuple[str, str], ...], float] = field(default_factory=dict)


def parse(text: str) -> dict[str, Read]:
    """Text format 0.0.4: HELP, TYPE and then samples of one family after another; every line ended; no series twice."""
    assert text.endswith("\n") and "\r" not in text
    found: dict[str, Read] = {}
    helped = current = ""
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            helped, _, sentence = line.removeprefix("# HELP ").partition(" ")
            assert sentence and helped not in found and re.fullmatch(_NAME, helped)
        elif line.startswith("# TYPE "):
            current, kind = line.removeprefix("# TYPE ").split(" ")
            assert current == helped and kind in ("counter", "gauge") and kind == ("counter" if current.endswith("_total") else "gauge")
            found[current] = Read(kind)
        else:
            sample = _SAMPLE.fullmatch(line)
            assert sample and sample[1] == current, line
            labels = _labels(sample[2] or "")
            assert labels not in found[current].samples, line
            found[current].samples[labels] = float(sample[3])
    assert all(read.samples for read in found.values())
    return found


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    pairs, at = [], 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        assert pair, text
        pairs.append((pair[1], re.sub(r"\\.", lambda found: _BACK[found[0]], pair[2])))
        at = pair.end()
    assert len({name for name, _ in pairs}) == len(pairs)
    return tuple(pairs)


def station_in(folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = "") -> Station:
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    (folder / "varde.toml").write_text(configuration)
    return Station(Context(folder / "store", folder / "varde.toml", tz="UTC"))


def scrape(station: Station, token: str | None = None, **headers: str) -> dict[str, Read]:
    answer = TestClient(application(station, token), base_url=HERE).get("/metrics", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return parse(answer.text)


def value(read: dict[str, Read], name: str, **labels: str) -> float | None:
    return next((number for given, number in read[name].samples.items() if labels.items() <= dict(given).items()), None)


def exporter(number: int, **totals: int) -> dict[str, object]:
    return {"exporter": f"192.0.2.{number % 250}", "transport": "udp", "protocol": "netflow9", "domain": number, "sensor": 'r"1\n\\', "seen": NOW * 10**6 + number,
            "skew": -1_500_000, "unit": "datagrams", "templates": [{}, {}], "totals": totals}  # fmt: skip


def test_a_station_at_work_is_told_in_the_text_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.5\n203.0.113.6\n")
    station = station_in(tmp_path, monkeypatch, f'[[list]]\nname = "bad"\nurl = "{tmp_path}/bad.txt"\n[[sink]]\nname = "f"\nkind = "file"\npath = "{tmp_path}/w.log"\n')
    station.context.lists.poll()
    station.beacon.delivery.start()
    now = int(station.context.now().timestamp() * 1e6)
    station.beacon.watch("flows", flows(flow(time=now, end_time=now, received=now)))
    station.context.store.facts.put(EXPORTERS, {"exporters": [exporter(1, flows=90, lost=10, datagrams=9, late=3, undecodable=2)]})
    station.outcomes.watch("probes", probe_batch([{"time": NOON}, {"time": NOON}, {"time": NOON, "action": "allow"}]))
    station.outcomes.watch("logins", pl.DataFrame([dict.fromkeys(schema_of(LOGINS)) | {"success": number} for number in (0, 0, 1)], schema=schema_of(LOGINS)))
    wait_until(lambda: station.beacon.delivery.status()[0].sent)
    station.beacon.delivery.stop()
    read = scrape(station)
    whose = {"sensor": 'r"1\n\\', "exporter": "192.0.2.1", "domain": "1", "protocol": "netflow9"}
    for name, number in (("flows_total", 90), ("datagrams_total", 9), ("late_total", 3), ("undecodable_total", 2), ("lost", 10), ("templates", 2),
                         ("clock_behind_seconds", -1.5), ("last_heard_timestamp_seconds", NOW + 1e-6)):  # fmt: skip
        assert value(read, f"varde_flow_{name}", **whose) == pytest.approx(number), name
    assert value(read, "varde_flow_lost", unit="datagrams") == 10
    assert value(read, "varde_alerts_total", feed="bad") == 1
    assert (value(read, "varde_warnings_total", how="told"), value(read, "varde_warnings_total", how="muted")) == (1, 0)
    assert (value(read, "varde_list_indicators", list="bad"), value(read, "varde_list_up", list="bad")) == (2, 1)
    assert 0 <= (value(read, "varde_list_age_seconds", list="bad") or 0) < 60
    assert (value(read, "varde_probes_total", action="block"), value(read, "varde_probes_total", action="allow")) == (2, 1)
    assert (value(read, "varde_logins_total", outcome="failed"), value(read, "varde_logins_total", outcome="accepted")) == (2, 1)
    assert (value(read, "varde_sink_waiting", sink="f", kind="file"), value(read, "varde_sink_sent_total", sink="f")) == (0, 1)
    assert (value(read, "varde_spool_bytes") or 0) > 100
    assert {name: one.kind for name, one in read.items()}.items() <= {family.name: family.kind for family in FAMILIES}.items()
    silent = {"varde_surges", "varde_scans", "varde_written_timestamp_seconds", "varde_written_age_seconds", "varde_flow_kernel_dropped_total", "varde_lines_lost_total", *(name for name in (family.name for family in FAMILIES) if name.startswith(("varde_publish", "varde_amavis")))}
    assert set(read) == {family.name for family in FAMILIES} - silent, "nothing listens, nothing was lost, nothing is published by itself, no mail filter is read, and neither surges nor scans are looked for"


def test_a_station_with_nothing_to_tell_tells_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = scrape(station_in(tmp_path, monkeypatch))
    assert value(read, "varde_build_info") == 1 and value(read, "varde_waiting_records", of="flows") == 0
    assert "varde_flow_flows_total" not in read


def test_senders_cannot_add_series_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "EXPORTERS_MAX", 3)
    station = station_in(tmp_path, monkeypatch)
    station.context.store.facts.put(EXPORTERS, {"exporters": [exporter(number, flows=number, lost=1) for number in range(1, 11)]})
    read = scrape(station)
    assert len(read["varde_flow_flows_total"].samples) == 4
    assert value(read, "varde_flow_flows_total", sensor="other") == sum(range(1, 8)), "the oldest are summed"
    assert (value(read, "varde_flow_lost", sensor="other", unit="datagrams"), len(read["varde_flow_templates"].samples)) == (7, 3)


def test_connections_of_one_domain_are_one_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    station.context.store.facts.put(EXPORTERS, {"exporters": [exporter(1, flows=5), exporter(1, flows=6)]})
    assert value(scrape(station), "varde_flow_flows_total") == 11


def test_the_door_is_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    station = station_in(tmp_path, monkeypatch)
    page = TestClient(application(station, "secret"), base_url=HERE)
    assert page.get("/metrics").status_code == 401
    assert TestClient(application(station), base_url=HERE).get("/metrics", headers={"host": "evil.example"}).status_code == 421
    assert scrape(station, "secret", authorization="Bearer secret")


def test_labels_and_numbers_are_written_as_they_are_read() -> None:
    hostile = 'a"b\\c\nd} 1\n# TYPE x counter\n\udc80\x1b'
    shown = parse(exposition([(Family("x_total", COUNTER, "A \\ and a\nline.", ("l",)), {(hostile,): 3}), (Family("y", GAUGE, "Of none.", ("l",)), {}),
                              (Family("z", GAUGE, "Numbers.", ("n",)), {("1",): 0.5, ("2",): 2.0, ("3",): float("inf"), ("4",): 1e21})]))  # fmt: skip
    assert list(shown) == ["x_total", "z"]
    assert shown["x_total"].samples == {(("l", hostile.replace("\udc80", "\\udc80")),): 3}
    assert [number for _, number in sorted(shown["z"].samples.items())] == [0.5, 2, float("inf"), 1e21]


def test_flows_of_a_real_collector_are_counted(tmp_path: Path) -> None:
    with Up(tmp_path, "--flows", "127.0.0.1:0", "--listen", "udp://127.0.0.1:0", "--web", "127.0.0.1:0") as up:
        flows_port, page = up.port("flows on udp"), up.port("page at")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for sequence in (0, 90):
                sender.sendto(v5(*map(v5_record, range(30)), sequence=sequence), ("127.0.0.1", flows_port))

        def told() -> dict[str, Read]:
            return parse(httpx.get(f"http://127.0.0.1:{page}/metrics").text)

        wait_until(lambda: "varde_flow_flows_total" in told() and value(told(), "varde_flow_flows_total") == 60)
        read = told()
        assert (value(read, "varde_flow_lost", unit="flows"), value(read, "varde_records_total", table="flows")) == (60, 60)
        assert value(read, "varde_flow_kernel_dropped_total") == 0
        assert up.stop() == 0
