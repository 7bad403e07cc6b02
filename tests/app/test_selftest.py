"""`varde selftest` against real stations: all is seen and taken back; what does not work is named, in bounded time."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import polars as pl
import pytest
from cli_run import Up, varde
from flow_family import decode
from flow_family import rows as read_rows
from material import environment

from varde.app.selftest import Trial, _of_text
from varde.export.trial import DST, DST6, SRC, SRC6, ipfix, netflow5, netflow9
from varde.model.selftest import SENSOR
from varde.store import Store

LISTEN = ("--flows", "udp://[::]:0", "--flows", "tcp://127.0.0.1:0", "--listen", "udp://[::]:0", "--listen", "tcp://127.0.0.1:0", "--web", "127.0.0.1:0")


def started(folder: Path, configuration: str = "", *more: str) -> Up:
    (folder / "empty.log").write_text("")
    (folder / "varde.toml").write_text(configuration)
    up = Up(folder, "--store", str(folder / "store"), "--config", str(folder / "varde.toml"), *LISTEN, *more, str(folder / "empty.log"))
    up.wait_for("page at")
    return up


def selftested(folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit status and the document, of a process of its own."""
    command = [sys.executable, "-m", "varde", "selftest", "--json", "--store", str(folder / "store"), "--config", str(folder / "varde.toml"), *more]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(folder))
    assert "Traceback" not in run.stderr, run.stderr
    return run.returncode, json.loads(run.stdout)


def states(document: dict[str, Any]) -> dict[str, str]:
    """By the words before the address."""
    return {one["name"].partition(" to ")[0].partition(",")[0]: one["state"] for one in document["checks"]}


def rows(folder: Path, table: str) -> int:
    files = Store(folder / "store").files(table)
    return 0 if not files else len(pl.scan_parquet(files, hive_partitioning=False, missing_columns="insert", extra_columns="ignore").filter(pl.col("sensor") == SENSOR).collect())


def metric(up: Up, name: str) -> float:
    text = httpx.get(f"http://127.0.0.1:{up.port('page at')}/metrics").text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def test_everything_is_seen_twice_nothing_is_lost_and_the_records_are_taken_back(tmp_path: Path) -> None:
    sink = f'[[sink]]\nname = "paper"\nkind = "file"\npath = "{tmp_path}/warnings.log"\n'
    with started(tmp_path, sink) as up:
        for times in (1, 2):
            status, document = selftested(tmp_path)
            assert (status, document["ok"]) == (0, True), document
            assert {one["state"] for one in document["checks"]} == {"ok"}, document
            told = states(document)
            assert {"station", "NetFlow v5", "NetFlow v9", "IPFIX", "a log line", "a log line about IPv6", "faces.db", "/metrics of the page",
                    "a marked warning through sink paper (file)", "cleaning up"} <= set(told)  # fmt: skip
            assert [name for name in (one["name"] for one in document["checks"]) if name.startswith("IPFIX to tcp://")]
            assert len((tmp_path / "warnings.log").read_text().splitlines()) == times
            assert rows(tmp_path, "flows") == rows(tmp_path, "probes") == 0
        assert "test=1" in (tmp_path / "warnings.log").read_text()
        assert (metric(up, 'varde_records_total{table="flows"}'), metric(up, "varde_flow_lost{")) == (8, 0), "begun anew, not lost"
        assert metric(up, "varde_warnings_total") == 0, "a test is no warning of the station's"
        assert not (tmp_path / "store" / "facts" / "selftest.json").exists()
        assert up.stop() == 0


def test_without_a_station_it_says_what_to_start(tmp_path: Path) -> None:
    run = varde(tmp_path, "selftest", "--store", str(tmp_path / "store"))
    assert run.status == 1 and run.out.startswith("FAILED  station: no station") and "varde up" in run.out and run.out.count("\n") == 1


def test_a_sink_that_is_down_fails_by_its_name_and_the_rest_is_seen(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and never listened on: refused
        taken.bind(("127.0.0.1", 0))
        sink = f'[[sink]]\nname = "chat"\nkind = "webhook"\nurl = "http://127.0.0.1:{taken.getsockname()[1]}/"\n'
        with started(tmp_path, sink):
            status, document = selftested(tmp_path, "--seconds", "25")
    told = states(document)
    assert (status, document["ok"]) == (1, False)
    assert [name for name, state in told.items() if state == "failed"] == ["a marked warning through sink chat (webhook)"]
    (failed,) = [one for one in document["checks"] if one["state"] == "failed"]
    assert "refused" in failed["said"] and "varde warn --test" in failed["said"]


def test_a_station_that_hangs_fails_in_bounded_time(tmp_path: Path) -> None:
    with started(tmp_path) as up:
        time.sleep(12)
        up.process.send_signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            status, document = selftested(tmp_path, "--seconds", "6")
            assert time.monotonic() - begun < 60
        finally:
            up.process.send_signal(signal.SIGCONT)
    told = states(document)
    assert status == 1 and told["NetFlow v5"] == told["a log line"] == told["faces.db"] == "failed" and told["station"] == "ok"


def test_tls_a_token_a_mail_that_waits_and_records_of_others(tmp_path: Path) -> None:
    """TLS is spoken where it is asked for, the page is asked with its token, a mail that collects is no failure, and only what is ours is taken back."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=elsewhere", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    subprocess.run(made, check=True, capture_output=True)
    mail = '[[sink]]\nname = "post"\nkind = "mail"\nserver = "127.0.0.1:1"\nsecurity = "none"\nsender = "a@example.org"\nrecipients = ["b@example.org"]\nperiod_minutes = 60\n'
    doors = f'[syslog]\ncertificate = "{tmp_path}/cert"\nkey = "{tmp_path}/key"\n[web]\ntoken = "a-long-enough-token-of-letters"\n'
    with started(tmp_path, doors + mail, "--listen", "tls://127.0.0.1:0", "--web", "0.0.0.0:0") as up:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(netflow5(4321, time.time()), ("127.0.0.1", up.port("flows on udp")))
        status, document = selftested(tmp_path, "--seconds", "20")
        assert up.stop() == 0
    told = states(document)
    assert status == 0 and told["/metrics of the page"] == "ok" and told["a marked warning through sink post (mail)"] == "skipped", document
    assert [one["state"] for one in document["checks"] if "tls://" in one["name"]] == ["ok"]
    files = Store(tmp_path / "store").files("flows")
    assert pl.scan_parquet(files, hive_partitioning=False, missing_columns="insert", extra_columns="ignore").select("sensor", "dst_port").collect().rows() == [("127.0.0.1", 4321)]


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer of-our-own"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'varde_records_total{table="flows"} 3\n')

    def log_message(self, *said: object) -> None:
        pass


def _trial(address: str) -> Trial:
    context: Any = SimpleNamespace(config=SimpleNamespace(web=SimpleNamespace(token="of-our-own")))
    return Trial(context, {"listening": [{"name": "page", "address": address}]}, lambda check: None)


def test_the_token_goes_to_our_own_page_and_to_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    page = HTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=page.handle_request, daemon=True).start()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert _of_text(_trial(f"http://127.0.0.1:{page.server_address[1]}")._page()) == {"flows": 3.0}
    page.server_close()


def test_what_told_nothing_before_cannot_be_seen_to_grow() -> None:
    trial = _trial("http://127.0.0.1:9")
    assert trial._page() == " "
    assert list(trial._face("/metrics", _of_text(trial._page()), lambda: {"flows": 10.0**6, "probes": 10.0**6})) == []
    assert [check.state for check in trial.checks] == ["failed"]


@pytest.mark.parametrize(("make", "v6"), [(netflow5, False), (netflow9, False), (ipfix, True)])
def test_a_datagram_is_one_flow_between_addresses_of_nobody(make: Any, v6: bool) -> None:
    (row,) = read_rows(decode(make(4711, time.time()), received=int(time.time() * 1e6)))
    assert (row["src_addr"], row["dst_addr"]) == ((SRC6, DST6) if v6 else (SRC, DST))
    assert (row["dst_port"], row["proto"], row["packets"], row["octets"], row["tcp_flags"]) == (4711, 6, 1, 64, 2)
    assert abs(row["time"] / 1e6 - time.time()) < 5
