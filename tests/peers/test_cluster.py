"""A real cluster of Apache Spark, a master, two workers and a Spark Connect server, answers as DuckDB does, also while a worker dies."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import questions
from tests.material import wait_until
from tests.peers.engines import STOP_SECONDS, TOKEN, Spark, engine_at, spark
from tests.synthetic_tables import fill
from varde.model import FLOWS, VardeError
from varde.query import Engine, source_total
from varde.query.cluster import SILENCE_SECONDS
from varde.store import Store

pytest.importorskip("pyspark", reason="the client of clusters is not installed: pip install 'varde[cluster]'")
pytestmark = [pytest.mark.peer("java", "spark"), pytest.mark.timeout(1800)]

ROWS, MANY = 1000, 1_500_000
"""Rows of each table, and of probes and of flows: three million of these."""

AT_ONCE = 4
"""Questions at once: two cores work, and the server plans the next ones meanwhile."""

BOUND = 2 * SILENCE_SECONDS + 60.0
"""Seconds in which whoever asks a server that is gone must know it."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return fill(Store(tmp_path_factory.mktemp("a store {of} blanks") / "store"), ROWS, many=MANY)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    with spark(tmp_path_factory.mktemp("spark") / "cluster") as running:
        yield running


@pytest.fixture(scope="module")
def expected(cluster: Spark, store: Store) -> dict[str, Any]:
    """What DuckDB answers, while the cluster starts."""
    here = Engine(store)
    return {name: questions.plain(ask(here)) for name, ask in questions.BROAD.items()}


@pytest.fixture(scope="module")
def engine(cluster: Spark, expected: dict[str, Any], store: Store) -> Engine:
    cluster.wait()
    return engine_at(store, cluster.port, token=TOKEN)


def test_every_question_has_the_same_answer_and_both_workers_worked(expected: dict[str, Any], cluster: Spark, engine: Engine) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = {name: threads.submit(ask, engine) for name, ask in questions.BROAD.items()}
        found = {name: questions.plain(answer.result()) for name, answer in answers.items()}
    differences = {name: questions.difference(expected[name], found[name]) for name in expected}
    assert {name: said for name, said in differences.items() if said} == {}
    done = cluster.tasks()
    assert len(done) == 2 and all(tasks > 0 for tasks in done.values()), done


def test_a_worker_that_is_killed_in_the_midst_of_a_question_changes_nothing(store: Store, cluster: Spark, engine: Engine) -> None:
    expected = _heavy(Engine(store))
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(_heavy, engine)
        wait_until(lambda: cluster.active() > 0, 60)
        assert not answer.done()
        os.killpg(cluster.processes["worker 1"].pid, signal.SIGKILL)  # with its executor
        assert answer.result(timeout=180) == expected
    cluster.processes["worker 1"].wait(STOP_SECONDS)
    wait_until(lambda: cluster.workers() == 1, 90)
    assert source_total(engine, questions.ALL) == source_total(Engine(store), questions.ALL)


def _heavy(engine: Engine) -> list[dict[str, Any]]:
    """Pairs of flows of one source within a network: a join that takes a cluster some seconds."""

    def question(table: Any) -> Any:
        some = table.filter(table.offset % 5 == 0).select("src_net", "dst_port", "octets")
        other = some.view()
        pairs = some.join(other, [some.src_net == other.src_net, some.dst_port == other.dst_port, some.octets < other.octets])
        return engine.execute(pairs.aggregate(n=pairs.count(), nets=pairs.src_net.nunique()))

    return engine.ask(questions.ALL, question, FLOWS.name)


def test_a_server_without_a_reader_of_delta_tables_says_what_to_write(store: Store, cluster: Spark, engine: Engine) -> None:
    with pytest.raises(VardeError, match='has no reader of Delta tables: write reader = "files"'):
        source_total(engine_at(store, cluster.port, "delta", TOKEN), questions.ALL)


@pytest.mark.parametrize("token", [None, "another"])
def test_without_the_token_nobody_is_answered(store: Store, cluster: Spark, engine: Engine, token: str | None) -> None:
    with pytest.raises(VardeError, match="does not take the token: name the file"):
        source_total(engine_at(store, cluster.port, token=token), questions.ALL)


def test_a_file_that_only_this_machine_sees_is_no_part_of_an_answer(store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.files
    monkeypatch.setattr(store, "files", lambda *given: [file.replace("part-", "here-alone-") for file in real(*given)])
    with pytest.raises(VardeError, match="every worker must see the store under the same path"):
        source_total(engine, questions.ALL)


def test_a_server_that_falls_silent_or_dies_is_told_in_time(store: Store, cluster: Spark, engine: Engine) -> None:
    """Last of all: it is gone after this."""
    connect = cluster.processes["connect"].pid
    for sign in (signal.SIGSTOP, signal.SIGKILL):
        began = time.monotonic()
        timer = threading.Timer(1.0, os.killpg, (connect, sign))
        timer.start()
        with pytest.raises(VardeError, match=r"no answer from the cluster|started anew"):
            _ask_until(engine, began + BOUND)
        assert time.monotonic() - began < BOUND
        timer.join()
        os.killpg(connect, signal.SIGCONT)


def _ask_until(engine: Engine, end: float) -> None:
    while time.monotonic() < end:
        source_total(engine, questions.ALL)
