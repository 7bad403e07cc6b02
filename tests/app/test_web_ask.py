"""The API of the section Ask: meanings, answers that are those of the command line, and hostile questions refused in a sentence."""

import json
import shlex
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from cli_run import varde
from fastapi.testclient import TestClient
from material import NOON, probe_batch
from test_web import DAY, HERE, station_in
from warned import ARTICLE, flow, flows, ledger

from varde.app import answers
from varde.app.web import ask as asking
from varde.app.web.serve import application
from varde.model import TABLES, VardeError
from varde.query.hold import Hold
from varde.query.sql import Bounds, held_sql

OWN = {"x-varde-page": "1"}
SHIFT = int((datetime(2026, 11, 20, 12, tzinfo=timezone.utc) - ARTICLE).total_seconds())


def stored(folder: Any, patch: pytest.MonkeyPatch, configuration: str = "") -> TestClient:
    """Thirty synthetic flows of five sources, one lost beside them, and ten probes."""
    station = station_in(folder, patch, configuration)
    made = [flow(f"203.0.113.{n % 5}", "10.0.0.5", 1024 + n, 22 if n % 3 else 53, 6 if n % 3 else 17, at=SHIFT + 60 * n, octets=1000 * (n + 1), src_cc="NO") for n in range(30)]
    station.context.store.append("flows", flows(*made))
    station.context.store.append("losses", ledger(at=SHIFT, flows=30, lost=1))
    station.context.store.append("probes", probe_batch([{"time": NOON, "port": 23, "src": f"198.18.0.{n}"} for n in range(10)]))
    return TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        yield stored(tmp_path_factory.mktemp("home"), patch)


def told(page: TestClient, path: str, **question: Any) -> dict[str, Any]:
    """The last line of the stream."""
    answer = page.post(f"/api/{path}", json=question, headers=OWN)
    assert answer.status_code == 200, answer.text
    *progress, last = [json.loads(line) for line in answer.text.splitlines()]
    assert all(set(line) == {"progress", "seconds"} for line in progress)
    assert isinstance(last, dict)
    return last


def asked(page: TestClient, q: str = "", **question: Any) -> dict[str, Any]:
    found: dict[str, Any] = told(page, "ask", q=q, **DAY, **question)["answer"]
    return found


def refused(page: TestClient, q: str) -> str:
    detail: str = told(page, "ask/sql", q=q)["error"]["detail"]
    return detail


def test_what_can_be_asked_is_what_the_tables_of_the_language_say(page: TestClient) -> None:
    known = page.get("/api/ask/known").json()
    assert {table["name"] for table in known["tables"]} == set(TABLES)
    flows_ = next(table for table in known["tables"] if table["name"] == "flows")
    assert flows_["stored"] and "octets" in {key["name"] for key in flows_["keys"]} and "user" not in {key["name"] for key in flows_["keys"]}
    assert not any("file" in key["values"] or key["name"].endswith("set") for key in flows_["keys"])


@pytest.mark.parametrize("example", asking.EXAMPLES)
def test_each_example_is_understood_and_answered(page: TestClient, example: dict[str, str]) -> None:
    found = asked(page, example["words"], **{name: value for name, value in example.items() if name != "words"})
    assert found["table"] == example["table"] and found["sentence"].startswith(example["table"])


@pytest.mark.parametrize("question", asking.SQL_EXAMPLES)
def test_each_example_in_sql_is_answered(page: TestClient, question: str) -> None:
    assert told(page, "ask/sql", q=question)["answer"]["rows"]


def test_a_text_is_read_while_it_is_written(page: TestClient) -> None:
    read = page.get("/api/ask/read", params=DAY | {"q": "src in DE and dport ", "at": 20}).json()
    assert read["sentence"] is None and read["error"]["begin"] == 20 and "ssh" in [each["text"] for each in read["completions"]]
    read = page.get("/api/ask/read", params=DAY | {"q": "src in DE and dprt 22"}).json()
    assert (read["error"]["begin"], read["error"]["end"], read["error"]["near"], read["completions"]) == (14, 18, "dport", [])
    read = page.get("/api/ask/read", params=DAY | {"q": "dport 22 on 2026-11-19"}).json()
    assert read["sentence"] == "flows of which the destination port is 22"
    assert (read["from"], read["to"], read["names_period"]) == ("2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z", True)


def test_the_page_reads_no_file_of_its_machine(page: TestClient) -> None:
    for q in ("src in /etc/passwd", "src @/etc/passwd", "sipset /etc/passwd", "src in hosts.set"):
        read = page.get("/api/ask/read", params=DAY | {"q": q}).json()
        assert "is not read from the page" in read["error"]["detail"]
        assert "is not read from the page" in told(page, "ask", q=q, **DAY)["error"]["detail"]


def test_records_with_their_number_and_the_ledger(page: TestClient) -> None:
    found = asked(page, "dport 22", count=3)
    assert (found["total"], len(found["rows"]), found["more"]) == (20, 3, True)
    assert found["flows_seen"] == "30 flows; 96.77 % of exported flows seen; lost: 1 flows of router"
    row = dict(zip([column["key"] for column in found["columns"]], found["rows"][0], strict=True))
    assert (row["src_addr"], row["dst_port"], row["octets"], row["time"]) == ("203.0.113.1", 22, 2000, "2026-11-20T12:01:00Z")


def test_the_largest_groups_and_their_shares(page: TestClient) -> None:
    found = asked(page, "", show="top", fields="sip", value="bytes", count=2)
    assert [row[:2] for row in found["rows"]] == [["203.0.113.4", 105_000], ["203.0.113.3", 99_000]]
    assert found["rows"][0][2] == pytest.approx(105 / 465, abs=1e-6)
    assert (found["groups"], found["more"], found["columns"][0]["filter"]) == (5, True, "sip")


def test_over_time_every_bin_has_its_place(page: TestClient) -> None:
    found = asked(page, "", show="time", seconds=600)
    assert [row[:2] for row in found["rows"]] == [["2026-11-20T12:00:00Z", 10], ["2026-11-20T12:10:00Z", 10], ["2026-11-20T12:20:00Z", 10]]
    assert "more than 1,000" in told(page, "ask", q="", show="time", seconds=1, **DAY)["error"]["detail"]
    assert [column["key"] for column in asked(page, "", table="probes", show="time")["columns"]] == ["time", "records"]


@pytest.mark.parametrize("how", [{"show": "records", "count": 7}, {"show": "top", "fields": "sip,dport", "value": "packets", "count": 4}, {"show": "time", "seconds": 300}])
@pytest.mark.parametrize("q", ["dport 22 and octets > 3k", "dport 22 since 2026-11-20 12:10 until 2026-11-20 12:20", ""])
def test_the_command_answers_the_same(page: TestClient, q: str, how: dict[str, Any]) -> None:
    found = asked(page, q, day="2026-11-20", **how)
    program, *arguments = shlex.split(found["command"])
    assert program == "varde"
    done = varde(page.app.state.station.context.location.parent, *arguments, "--json")  # type: ignore[attr-defined]
    told_there = json.loads(done.out)
    rows = told_there["rows"] if isinstance(told_there, dict) else told_there
    keys = [column["key"] for column in found["columns"] if column["key"] not in ("percent", "tcp_flags")]
    places = [[column["key"] for column in found["columns"]].index(key) for key in keys]
    assert [[row[key] for key in keys] for row in rows] == [[row[at] for at in places] for row in found["rows"]]
    assert rows


def test_sql_answers_with_the_ledger_and_its_command(page: TestClient) -> None:
    found = told(page, "ask/sql", q="select src_addr, count(*) as n, 9007199254740993 as big, 'nan'::double as x from flows group by 1 order by 2 desc, 1", rows=2)["answer"]
    assert found["rows"] == [["203.0.113.0", 6, "9007199254740993", "nan"], ["203.0.113.1", 6, "9007199254740993", "nan"]]
    assert found["more"] and "96.77 %" in found["flows_seen"]
    assert shlex.split(found["command"])[:3] == ["varde", "sql", "select src_addr, count(*) as n, 9007199254740993 as big, 'nan'::double as x from flows group by 1 order by 2 desc, 1"]


HOSTILE = (
    "select * from read_csv('/etc/passwd')", "select * from read_text('/etc/hostname')", "select * from '/etc/passwd'", "select * from glob('/*')",
    "select * from read_blob('/proc/self/environ')", "select * from parquet_scan('/tmp/*.parquet')", "copy flows to '/tmp/x.csv'", "copy (select 1) to '/tmp/x'",
    "attach '/tmp/x.db'", "attach ':memory:' as y", "install httpfs", "load httpfs", "pragma database_list", "pragma enable_profiling", "set memory_limit = '90GB'",
    "set enable_external_access = true", "reset lock_configuration", "create table x as select 1", "drop view flows", "delete from flows",
    "insert into flows select * from flows", "update flows set octets = 0", "export database '/tmp/x'", "call pragma_version()", "checkpoint", "vacuum",
    "select 1; select 2", "select * from 'https://example.net/x.csv'", "select * from read_json('http://127.0.0.1/')", "explain analyze select 1", "", "   ", "-- nothing",
    "select getenv('HOME')", "select * from sqlite_scan('/x', 'y')", "begin transaction", "prepare v as select 1", "import database '/tmp'", "use memory", "select * from nowhere",
    "select * from query('copy (select 1) to ''/tmp/x''')", "select * from query('select * from read_text(''/etc/passwd'')')", "select * from json_execute_serialized_sql(json_serialize_sql('select * from read_text(''/etc/passwd'')'))", "select * from sniff_csv('/etc/passwd')", "select * from parquet_metadata('/etc/passwd')", "select * from read_ndjson_objects('/etc/passwd')", "select * from read_duckdb('/x')", "select * from iceberg_scan('/x')", "select * from duckdb_secrets()", "select * from duckdb_extensions()", "select * from arrow_scan(1, 2, 3)", "select * from pandas_scan(0)", "select * from python_map_function()", "from os", "from __main__", "select * from \"/etc/passwd\"", "select * from (values (1)) t(a), lateral (select * from read_text('/etc/passwd'))", "pivot probes on proto",
)  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE)
def test_hostile_sql_is_refused_in_a_sentence(page: TestClient, question: str) -> None:
    detail = refused(page, question)
    assert detail and "Traceback" not in detail and "root:" not in detail
    assert "cannot be" in detail or "one SELECT" in detail


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t", "was stopped|emory"),
        ("select count(*) from range(3000000) a, range(3000000) b where hash(a.range + b.range) % 7 = 1", "longer than"),
        ("select list(range) from range(400000000)", "emory|longer than"), ("select repeat(range::varchar, 1000000) from range(5000)", "emory|longer than"),
        ("select repeat('x', 2000) as a, repeat('y', 2000) as b, repeat('z', 2000) as c, * from range(100000)", "$"),
    ],
)
def test_endless_and_huge_questions_end(page: TestClient, monkeypatch: pytest.MonkeyPatch, question: str, words: str) -> None:
    monkeypatch.setattr(answers, "SECONDS", 1.5)
    last = told(page, "ask/sql", q=question, rows=1000)
    if words == "$":  # bounded by rows and by the length of a value
        assert len(last["answer"]["rows"]) == 1000 and len(json.dumps(last)) < answers.OCTETS_MAX
    else:
        assert any(word in last["error"]["detail"] for word in words.split("|"))


def test_a_value_that_python_does_not_have_is_said(page: TestClient) -> None:
    store = page.app.state.station.context.store  # type: ignore[attr-defined]
    with pytest.raises(VardeError, match="beyond what can be told"):
        held_sql(store, "select * from test_all_types()", Hold(30.0), Bounds())


def test_a_value_is_no_longer_than_a_page_has_room_for(page: TestClient) -> None:
    (row,) = told(page, "ask/sql", q="select repeat('x', 10000000) as t, [1, 2, 3] as l, {'a': 1} as s")["answer"]["rows"]
    assert len(row[0]) <= answers.CELL_MAX and row[1:] == ["[1, 2, 3]", "{'a': 1}"]


def test_another_sites_page_cannot_ask(page: TestClient) -> None:
    for headers in ({}, OWN | {"sec-fetch-site": "cross-site"}):
        for path, body in (("ask", DAY), ("ask/sql", {"q": "select 1"})):
            answer = page.post(f"/api/{path}", json=body, headers=headers)
            assert answer.status_code == 400 and "only Varde's own page" in answer.json()["detail"]


def test_a_token_is_needed_where_the_page_has_one(page: TestClient) -> None:
    guarded = TestClient(application(page.app.state.station, "secret"), base_url=HERE)  # type: ignore[attr-defined]
    assert guarded.post("/api/ask/sql", json={"q": "select 1"}, headers=OWN).status_code == 401
    assert guarded.get("/api/ask/known").status_code == 401
    assert guarded.post("/api/ask/sql?token=secret", json={"q": "select 1"}, headers=OWN).status_code == 200


def test_a_page_that_may_not_write_may_ask(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = stored(tmp_path, monkeypatch, "[web]\nwrite = false\n")
    assert told(quiet, "ask/sql", q="select count(*) from flows")["answer"]["rows"] == [[30]]


def test_no_more_questions_at_once_than_there_is_room_for(page: TestClient) -> None:
    for _ in range(asking.AT_ONCE):
        assert asking._SLOTS.acquire(blocking=False)
    try:
        answer = page.post("/api/ask/sql", json={"q": "select 1"}, headers=OWN)
        assert answer.status_code == 400 and "being answered" in answer.json()["detail"]
    finally:
        for _ in range(asking.AT_ONCE):
            asking._SLOTS.release()
    assert told(page, "ask/sql", q="select 1")["answer"]["rows"] == [[1]]


@pytest.mark.parametrize(
    "question",
    [{"table": "nonsense"}, {"show": "pie"}, {"show": "top", "fields": "nothing"}, {"show": "top", "value": "nothing"}, {"q": "dprt 22"}, {"q": "user root"},
     {"q": "(" * 60}, {"q": "since 2030-01-01 until 2029-01-01"}, {"q": "on 9999-01-01"}, {"show": "top", "table": "probes", "value": "bytes"}],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(page: TestClient, question: dict[str, Any]) -> None:
    assert told(page, "ask", **DAY | question)["error"]["detail"]


@pytest.mark.parametrize("question", [{"count": 0}, {"count": 5000}, {"q": "x" * 5000}, {"seconds": 0}, {"day": "1' --x"}, {"tz": "Mars/Phobos"}, {"from": "soon"}, {"more": 1}])
def test_a_request_that_is_none_is_refused(page: TestClient, question: dict[str, Any]) -> None:
    answer = page.post("/api/ask", json=DAY | question, headers=OWN)
    assert 400 <= answer.status_code < 500 and answer.json()["detail"]
