"""Every question on a second engine: Sail, a Spark Connect server in one process, must answer as DuckDB does."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import questions
from tests.material import NOON, environment, probe_batch
from tests.peers.engines import engine_at, free_ports, sail
from tests.synthetic_tables import fill
from varde.model import VardeError
from varde.query import Engine, Window, source_total, total
from varde.store import Store

pytest.importorskip("pyspark", reason="the client of clusters is not installed: pip install 'varde[cluster]'")
pytestmark = [pytest.mark.peer("sail")]

ROWS, MANY = 3000, 40_000
WITH_DELTA = ("fireplot", "sources", "filter of a set", "uniq", "honeypot pairs", "sessions", "translations", "a table without records")
NOT_OF_SAIL = "filter of a long list"
"""A list as a table on both sides of an `or`, which its planner does not have."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return fill(Store(tmp_path_factory.mktemp("asked") / "store"), ROWS, many=MANY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with sail(tmp_path_factory.mktemp("sail")) as port:
        yield port


@pytest.fixture(scope="module")
def engines(store: Store, server: int) -> dict[str, Engine]:
    return {"duckdb": Engine(store), "files": engine_at(store, server), "delta": engine_at(store, server, "delta")}


def _compare(engines: dict[str, Engine], reader: str, name: str) -> None:
    here, there = (questions.plain(questions.QUESTIONS[name](engines[each])) for each in ("duckdb", reader))
    assert questions.difference(here, there) == ""


@pytest.mark.parametrize("name", [name for name in questions.QUESTIONS if name != NOT_OF_SAIL])
def test_a_second_engine_gives_the_same_answer(engines: dict[str, Engine], name: str) -> None:
    _compare(engines, "files", name)


@pytest.mark.parametrize("name", WITH_DELTA)
def test_its_own_reader_of_tables_gives_the_same_answer(engines: dict[str, Engine], name: str) -> None:
    _compare(engines, "delta", name)


def test_what_the_server_cannot_do_is_said(engines: dict[str, Engine]) -> None:
    with pytest.raises(VardeError, match="cannot do what the question needs, which Apache Spark can"):
        questions.QUESTIONS[NOT_OF_SAIL](engines["files"])


def test_every_port_has_the_row_in_the_picture_that_duckdb_gives_it(tmp_path: Path, server: int) -> None:
    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON, "port": port} for port in range(65536)]))
    window = Window(NOON, NOON.replace(hour=13))
    for height in (97, 417, 1080):
        answers = [questions.plain(questions.fireplot(engine, window, height=height)) for engine in (Engine(store), engine_at(store, server))]
        assert questions.difference(*answers) == ""


def test_rows_that_a_merge_replaced_are_not_counted(tmp_path: Path, server: int) -> None:
    store = Store(tmp_path / "store")
    for number in range(5):
        store.append("probes", probe_batch([{"time": NOON, "offset": number}]))
    store.compact()
    for reader in ("files", "delta"):
        assert total(engine_at(store, server, reader), Window(NOON, NOON.replace(hour=13))).events == 5


def test_a_file_that_was_merged_away_meanwhile_is_asked_for_again(tmp_path: Path, server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON}]))
    real, asked = store.files, []

    def files(*given: object) -> list[str]:
        asked.append(given)
        there = real(*given)  # type: ignore[arg-type]
        return [*there, there[0].replace("part-", "gone-")] if len(asked) == 1 else there

    monkeypatch.setattr(store, "files", files)
    assert source_total(engine_at(store, server), Window(NOON, NOON.replace(hour=13))) == 1
    assert len(asked) == 2


def test_an_answer_that_was_lost_with_its_connection_is_asked_for_again(tmp_path: Path, server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException
    from pyspark.sql.connect.dataframe import DataFrame

    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON}]))
    real, lost = DataFrame.createOrReplaceTempView, []

    def once_without_answer(frame: DataFrame, name: str) -> None:
        if not lost:
            lost.append(name)
            raise SparkConnectGrpcException('details = "internal error: task context not found for operation"')
        real(frame, name)

    monkeypatch.setattr(DataFrame, "createOrReplaceTempView", once_without_answer)
    assert source_total(engine_at(store, server), Window(NOON, NOON.replace(hour=13))) == 1
    assert len(lost) == 1


def test_a_store_that_the_server_does_not_see_is_said(tmp_path: Path, server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON}]))
    monkeypatch.setattr(store, "files", lambda *given: ["/elsewhere/probes/day=2026-11-20/part-1.parquet"])
    with pytest.raises(VardeError, match="every worker must see the store under the same path"):
        source_total(engine_at(store, server), Window(NOON, NOON.replace(hour=13)))


def test_no_server_is_said_in_bounded_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON}]))
    with pytest.raises(VardeError, match=r"no answer from the cluster at sc://127\.0\.0\.1:\d+: no Spark Connect server listens there"):
        source_total(engine_at(store, free_ports(1)[0]), Window(NOON, NOON.replace(hour=13)))


def test_another_server_there_is_said(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.append("probes", probe_batch([{"time": NOON}]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            with pytest.raises(VardeError, match="no Spark Connect server"):
                source_total(engine_at(store, web.server_port), Window(NOON, NOON.replace(hour=13)))
        finally:
            web.shutdown()


def _varde(tmp_path: Path, server: int, *words: str) -> tuple[str, str]:
    config = tmp_path / "varde.toml"
    config.write_text(f'zone = "UTC"\n[engine]\nurl = "sc://localhost:{server}"\n' if server else 'zone = "UTC"\n')
    done = subprocess.run([sys.executable, "-m", "varde", *words, "--config", str(config)], env=environment(tmp_path), capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_commands_give_the_same_by_a_configured_server(tmp_path: Path, store: Store, server: int) -> None:
    for words in (["stats", "--fields", "dport", "--count", "5", "--start-date", "2026/11/19"], ["why", "10.0.0.0/8", "--json"]):
        given = [*words, "--store", str(store.path)]
        assert _varde(tmp_path, server, *given)[0] == _varde(tmp_path, 0, *given)[0]


def test_a_fireplot_of_files_that_only_this_machine_has_is_drawn_here(tmp_path: Path) -> None:
    log = tmp_path / "ufw.log"
    log.write_text("2026-11-20T12:00:00+00:00 gw kernel: [UFW BLOCK] IN=eth0 OUT= SRC=198.18.0.1 DST=198.51.100.2 LEN=40 PROTO=TCP SPT=1024 DPT=22 WINDOW=1024 SYN URGP=0\n")
    out, _ = _varde(tmp_path, free_ports(1)[0], "fireplot", str(log), "--json")
    assert json.loads(out)["events"] == 1


def test_sql_says_that_it_is_answered_here(tmp_path: Path, store: Store, server: int) -> None:
    out, said = _varde(tmp_path, server, "sql", "select count(*) n from flows", "--store", str(store.path), "--json")
    assert json.loads(out)[0]["n"] == MANY
    assert f"answered on this machine, not by sc://localhost:{server}" in said
