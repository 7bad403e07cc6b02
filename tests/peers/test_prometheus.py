"""A real Prometheus scrapes a running station, a real node_exporter takes its textfile, and promtool reads all that is shipped for them."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import find_peer
from tests.flow_family import v5, v5_record
from tests.peers.running import ROOT, Running, up, wait_for
from varde.app.metrics import EXPORTERS_MAX, FAMILIES, LISTS_MAX
from varde.collect.flow_intake import EXPORTERS
from varde.deliver.prometheus import FEEDS_MAX
from varde.faces import board_of, read_board
from varde.live.knocks import PORTS_TOLD
from varde.store import Facts

pytestmark = pytest.mark.peer("prometheus", "promtool", "node-exporter")

SECONDS = 40.0
RULES = ROOT / "src" / "varde" / "data" / "prometheus" / "varde-rules.yml"
DASHBOARD = ROOT / "src" / "varde" / "data" / "grafana" / "varde.json"
LINE = "Nov 22 10:00:{:02d} edge kernel: [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.{} DST=192.0.2.9 LEN=44 PROTO=TCP SPT=40000 DPT={} SYN"
PAIR = r'\w+="(?:[^"\\]|\\.)*"'
SYSLOG = ("udp://127.0.0.1:0",)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(fetch(url))
    return False


@contextlib.contextmanager
def program(*command: str, ready: str) -> Iterator[None]:
    """Run it until the block is left; its output is looked at only where it does not start."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(ready) or process.poll() is not None, SECONDS)
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def prometheus(folder: Path, target: str, job: str = "varde") -> Iterator[str]:
    """Its address; it scrapes the target each second, with the shipped rules."""
    port = free_port()
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{RULES}]\n"
        f"scrape_configs:\n  - job_name: {job}\n    static_configs: [{{targets: ['{target}']}}]\n"
    )
    subprocess.run([str(find_peer("promtool")), "check", "config", str(folder / "prometheus.yml")], check=True, capture_output=True, timeout=60)
    with program(
        str(find_peer("prometheus")), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}",
        ready=f"http://127.0.0.1:{port}/-/ready",
    ):  # fmt: skip
        yield f"http://127.0.0.1:{port}"


def asked(server: str, expression: str) -> list[dict[str, Any]]:
    document = json.loads(fetch(f"{server}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"))
    assert document["status"] == "success"
    return list(document["data"]["result"])


def number(server: str, expression: str) -> float | None:
    found = asked(server, expression)
    return float(found[0]["value"][1]) if len(found) == 1 else None


def feed(running: Running) -> None:
    """Twelve refused probes and sixty flows, thirty of which come after a gap of sixty."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for at in range(12):
            sender.sendto(LINE.format(at, at, 23 if at < 8 else 7000 + at).encode(), ("127.0.0.1", running.port("udp")))
        for sequence in (0, 90):
            sender.sendto(v5(*map(v5_record, range(30)), sequence=sequence), ("127.0.0.1", running.flow_port()))


def told(text: str) -> dict[str, float]:
    """Values by series, its labels in the order of the alphabet: node_exporter writes them so."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {sorted_labels(series): float(value) for series, _, value in lines}


def sorted_labels(series: str) -> str:
    name, brace, _ = series.partition("{")
    return name + (f"{{{','.join(sorted(re.findall(PAIR, series)))}}}" if brace else "")


def check_metrics(text: str) -> str:
    run = subprocess.run([str(find_peer("promtool")), "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    return run.stdout + run.stderr + ("" if run.returncode == 0 else f"status {run.returncode}")


def command(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder), "TZ": "UTC"}
    return subprocess.run([sys.executable, "-m", "varde", *words, "--store", str(folder / "store")], capture_output=True, text=True, timeout=60, env=environment)


def test_prometheus_scrapes_what_the_page_tells_and_the_rules_watch_it(tmp_path: Path) -> None:
    nothing = tmp_path / "empty.log"
    nothing.write_text("")
    with up(tmp_path, "--flows", "udp://127.0.0.1:0", str(nothing), listen=SYSLOG) as running:
        feed(running)
        page = running.url.removeprefix("http://")
        wait_for(lambda: told(fetch(f"{running.url}/metrics")).get('varde_records_total{table="flows"}') == 60, SECONDS)
        with prometheus(tmp_path, page) as server:
            wait_for(lambda: number(server, f'varde_refused_probes_total{{plane="tcp4",instance="{page}"}}') == 12, SECONDS)
            wait_for(lambda: number(server, "sum(varde_flow_lost)") == 60, SECONDS)
            assert number(server, 'up{job="varde"}') == number(server, "varde_up") == 1
            text = fetch(f"{running.url}/metrics")
            assert check_metrics(text) == ""
            for series, value in told(text).items():
                assert number(server, series) == value, series
            (target,) = json.loads(fetch(f"{server}/api/v1/targets"))["data"]["activeTargets"]
            assert (target["health"], target["lastError"]) == ("up", "")
            groups = json.loads(fetch(f"{server}/api/v1/rules"))["data"]["groups"]
            wait_for(lambda: all(rule["health"] == "ok" for rule in json.loads(fetch(f"{server}/api/v1/rules"))["data"]["groups"][0]["rules"]), SECONDS)
            assert len(groups[0]["rules"]) == RULES.read_text().count("alert: ")
            dashboard_answers(server)
            running.process.terminate()
            running.process.wait(30)
            wait_for(lambda: "VardeStationSilent" in fetch(f"{server}/api/v1/alerts"), SECONDS)


def dashboard_answers(server: str) -> None:
    """Every expression of the dashboard is one that Prometheus evaluates, with variables put in as Grafana does."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            asked(server, target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m"))


def test_node_exporter_takes_the_textfile_and_a_silent_station_is_told_as_silent(tmp_path: Path) -> None:
    folder, port = tmp_path / "textfile", free_port()
    folder.mkdir()
    nothing = tmp_path / "empty.log"
    nothing.write_text("")
    with up(tmp_path, "--flows", "udp://127.0.0.1:0", str(nothing), listen=SYSLOG) as running:
        feed(running)
        told_flows = 'varde_records_total{table="flows"}'
        wait_for(lambda: told(command(tmp_path, "metrics").stdout).get(told_flows) == 60, SECONDS)
        run = command(tmp_path, "metrics", "--textfile", str(folder / "varde.prom"))
        assert (run.returncode, run.stderr) == (0, "")
        assert [path.name for path in folder.iterdir()] == ["varde.prom"] and (folder / "varde.prom").stat().st_mode & 0o777 == 0o644
        assert check_metrics((folder / "varde.prom").read_text()) == ""
        live, written = (told(text) for text in (fetch(f"{running.url}/metrics"), (folder / "varde.prom").read_text()))
        assert set(written) - set(live) == {"varde_written_timestamp_seconds", "varde_written_age_seconds"} and set(live) <= set(written)
        with program(
            str(find_peer("node-exporter")), f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={folder}", ready=f"http://127.0.0.1:{port}/",
        ):  # fmt: skip
            taken = told(fetch(f"http://127.0.0.1:{port}/metrics"))
            assert {series: taken.get(series) for series in written} == written
            assert taken["node_textfile_scrape_error"] == 0
            running.process.kill()  # which says nothing
            running.process.wait(30)
            grow_old(tmp_path / "store")
            run = command(tmp_path, "metrics", "--textfile", str(folder / "varde.prom"))
            assert run.returncode == 1 and "it has ended or hangs" in run.stderr
            taken = told(fetch(f"http://127.0.0.1:{port}/metrics"))
            assert taken["varde_up"] == 0 and taken["varde_written_age_seconds"] > 3600
            assert not [series for series in taken if series.startswith("varde_") and series not in ("varde_up", "varde_written_age_seconds", "varde_written_timestamp_seconds")]
            with prometheus(tmp_path, f"127.0.0.1:{port}", "node") as server:
                wait_for(lambda: {"VardeStationSilent", "VardeTextfileOld"} <= set(re.findall(r"Varde\w+", fetch(f"{server}/api/v1/alerts"))), SECONDS)


def grow_old(store: Path) -> None:
    """As if an hour and more had passed since the station wrote."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(board_of(store))) as db:
        db.execute("update about set value = ? where key = 'written'", (str(time.time() - 4000),))
        db.commit()


def test_hostile_senders_ports_and_lists_cannot_add_series_without_end(tmp_path: Path) -> None:
    """300 lists, 2,000 ports and 300 exporters of names that nobody would choose: bounded, and what promtool takes."""
    nothing = tmp_path / "empty.log"
    nothing.write_text("")
    hostile = 'a"b\\c}} 1\n# TYPE x counter '
    exporters = [{"exporter": f"192.0.2.{n % 250}", "transport": "udp", "protocol": "netflow9", "domain": n, "sensor": hostile, "seen": n, "skew": None, "unit": "datagrams",
                  "templates": [], "totals": {"flows": n, "lost": 1}} for n in range(300)]  # fmt: skip
    Facts(tmp_path / "store" / "facts").put(EXPORTERS, {"exporters": exporters})
    lists = "".join(f'[[list]]\nname = "list-{n}"\nurl = "{tmp_path}/bad.txt"\n' for n in range(300))
    (tmp_path / "bad.txt").write_text("203.0.113.5\n")
    (tmp_path / "varde.toml").write_text(lists)
    with up(tmp_path, "--config", str(tmp_path / "varde.toml"), str(nothing), listen=SYSLOG) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for at in range(2000):
                sender.sendto(LINE.format(at % 60, at % 250, 1000 + at).encode(), ("127.0.0.1", running.port("udp")))
                if at % 50 == 0:
                    time.sleep(0.01)
        wait_for(lambda: told(fetch(f"{running.url}/metrics")).get('varde_refused_probes_total{plane="tcp4"}', 0) >= 1900, SECONDS)
        text = fetch(f"{running.url}/metrics")
        assert check_metrics(text) == ""
        found: dict[str, int] = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name = re.split(r"[{ ]", line)[0]
                found[name] = found.get(name, 0) + 1
        most = {"varde_port_probes_total": PORTS_TOLD + 1, "varde_alerts_total": 3 * (FEEDS_MAX + 1)}
        for name, count in found.items():
            bound = EXPORTERS_MAX + 1 if name.startswith("varde_flow_") else most.get(name, LISTS_MAX)
            assert count <= bound, name
        assert found["varde_port_probes_total"] == PORTS_TOLD + 1 and found["varde_list_up"] == LISTS_MAX and found["varde_flow_lost"] == EXPORTERS_MAX + 1
        assert set(found) <= {family.name for family in FAMILIES}
        wait_for(lambda: board_of(tmp_path / "store").exists() and read_board(board_of(tmp_path / "store")).samples.get("varde_list_up"), SECONDS)
        run = command(tmp_path, "metrics")
        assert run.returncode == 0 and check_metrics(run.stdout) == ""


def test_the_shipped_rules_are_right_and_name_metrics_that_exist() -> None:
    run = subprocess.run([str(find_peer("promtool")), "check", "rules", str(RULES)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and "SUCCESS" in run.stdout, run.stdout + run.stderr
    known = {family.name for family in FAMILIES}
    named = {name for line in re.findall(r"expr: (.*)", RULES.read_text()) for name in re.findall(r"varde_\w+", line)}
    assert named and named <= known
