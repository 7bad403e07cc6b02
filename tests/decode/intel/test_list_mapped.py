"""Any CSV or JSON is read by the owner's mapping: by header, by number, by path; hostile ones cost what their length does."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_family import RECEIVED

from varde.decode.intel import SCHEMA, ListOrigin, ListRead, read_list

JSON = {"updated": "2026-11-02", "data": [{"ip": "203.0.113.5", "seen": "2026-11-01", "why": {"name": "Mirai"}, "tags": ["a", "b"]}, {"ip": "nothing"}, 7]}


def _read(data: bytes, **columns: str) -> ListRead:
    return read_list(data, ListOrigin("some list", RECEIVED), None, columns)


def _values(found: ListRead) -> list[str]:
    return found.indicators["value"].to_list()


def test_a_path_leads_to_each_record_and_others_stand_beside_it_or_above() -> None:
    found = _read(json.dumps(JSON).encode(), value="data[].ip", name="data[].why.name", description="data[].tags", first_seen="updated")
    row = found.indicators.row(0, named=True)
    assert (row["value"], row["name"], row["description"], row["first_seen"]) == ("203.0.113.5", "Mirai", "a, b", 1_793_577_600_000_000)
    assert (found.format, found.reasons) == ("mapped", {"not_an_indicator": 1, "empty": 1})


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (["203.0.113.5", "203.0.113.6"], "[]"),
        ({"ips": ["203.0.113.5", "203.0.113.6"]}, "ips[]"),
        ({"a": {"x": {"ip": "203.0.113.5"}, "y": {"ip": "203.0.113.6"}}}, "a.*.ip"),
        ([{"in": [{"ip": "203.0.113.5"}]}, {"in": [{"ip": "203.0.113.6"}]}], "[].in[].ip"),
        ({"data.ip": 1, "data": {"list": [{"ip": "203.0.113.5"}, {"ip": "203.0.113.6"}]}}, "data.list[].ip"),
    ],
)  # fmt: skip
def test_lists_and_objects_are_walked(document: object, path: str) -> None:
    assert _values(_read(json.dumps(document).encode(), value=path)) == ["203.0.113.5", "203.0.113.6"]


def test_json_lines_are_read_one_by_one_and_broken_ones_counted() -> None:
    found = _read(b'{"ip":"203.0.113.5"}\n{"ip":\n{"ip":"203.0.113.6"}\n', value="ip")
    assert (_values(found), found.reasons) == (["203.0.113.5", "203.0.113.6"], {"bad_json": 1})


def test_columns_are_found_by_header_whatever_it_is_called_and_by_number_without_one() -> None:
    rows = _read(b"# a licence\nBad Host;When;Sure\n203.0.113.5;2026-11-01;70\nevil.example;;\n", value="bad host", first_seen="When", confidence="sure").indicators
    assert rows.select("value", "confidence").rows() == [("203.0.113.5", 70), ("evil.example", None)]
    assert rows["first_seen"].to_list() == [1_793_491_200_000_000, RECEIVED]
    found = _read(b'1,203.0.113.5,"a, b"\n2,203.0.113.6,x\n', value="2", name="3")
    assert found.indicators.select("value", "name").rows() == [("203.0.113.5", "a, b"), ("203.0.113.6", "x")]


def test_a_header_that_is_not_there_gives_nothing_rather_than_another_column() -> None:
    assert _values(_read(b"ip,date\n203.0.113.5,2026-11-01\n", value="address")) == []


@settings(max_examples=80)
@given(st.binary(max_size=300), st.sampled_from(["ip", "2", "a[].b", "*.ip", "[]"]))
def test_any_octets_give_rows_and_rejects(data: bytes, path: str) -> None:
    assert dict(_read(data, value=path).indicators.schema) == SCHEMA


@pytest.mark.parametrize("piece", [b"[", b'{"a":', b'"', b",", b"[[]],"])
def test_an_endless_line_costs_what_its_length_does(piece: bytes) -> None:
    began = time.process_time()
    for path in ("a[].b", "2"):
        assert _values(_read(piece * (1_000_000 // len(piece)), value=path)) == []
    assert time.process_time() - began < 5
