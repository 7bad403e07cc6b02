"""Requests to nodes and edges: counts that add up, folds that keep their members, groups, and what is new."""

import random
from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.model import VardeError
from varde.query.graph import Graph, Options, link_graph
from varde.query.graph.grouping import domains, prefixes

HOSTILE = ["=cmd|' /C calc'!A0", '"]; n0 [URL="x', "</script><script>alert(1)</script>", "a\x00b\x1b[31m", "\u202egnp.exe", "a,b\nc", "203.0.113.0/24", "rest 0 ", "own 0 x", ""]

names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12), st.integers(0, 40).map(lambda n: f"198.51.100.{n}"), st.integers(0, 40).map(lambda n: f"mx{n}.example.org"))
triples = st.lists(st.tuples(names, st.integers(0, 65535) | st.sampled_from([25, 80, 443]), names, st.integers(1, 10**9)), max_size=60)


def frame(rows: list[tuple[str, int | None, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"source": pl.String, "port": pl.Int64, "target": pl.String, "count": pl.Int64}, orient="row")


def members(graph: Graph, role: str) -> Counter[str]:
    return Counter({member.name: member.count for node in graph.of(role) for member in node.members})


@settings(max_examples=30, deadline=None)
@given(rows=triples, room=st.integers(1, 12), seed=st.integers(0, 5), by=st.sampled_from(["", "alike", "prefix", "domain"]))
def test_every_request_is_in_the_graph_once_whatever_is_folded(rows: list[tuple[str, int, str, int]], room: int, seed: int, by: str) -> None:
    options = Options({"source": room, "port": room, "target": room}, group_targets=by)
    graph = link_graph(frame(rows), options)
    total = sum(count for *_, count in rows)
    assert graph.requests == total == sum(path[-1] for path in graph.paths)
    for place, role in enumerate(graph.roles):
        expected = Counter[str]()
        for row in rows:
            expected[str(row[place])] += row[3]
        assert members(graph, role) == expected
        assert sum(node.count for node in graph.of(role)) == total
        assert all(node.count == sum(member.count for member in node.members) for node in graph.of(role))
        assert len(graph.of(role)) <= max(room, 1)
    for left, right in zip(graph.roles, graph.roles[1:], strict=False):
        starts = {node.number for node in graph.of(left)}
        assert sum(edge.count for edge in graph.edges if edge.start in starts) == total, (left, right)
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert link_graph(frame(shuffled), options) == graph


def test_targets_of_the_same_sources_and_ports_become_one_node_and_the_busiest_stays_apart() -> None:
    rows = [("192.0.2.1", 25, f"mx{n}.example", 1) for n in range(30)] + [("192.0.2.1", 25, "busy.example", 500), ("192.0.2.2", 80, "web.example", 3)]
    graph = link_graph(frame(rows), Options({"target": 6}))
    labels = {node.label: node for node in graph.of("target")}
    assert {"busy.example", "web.example"} <= set(labels)
    fold = next(node for node in graph.of("target") if node.folded == "alike")
    assert (fold.kind, len(fold.members), fold.label.rpartition(" ")[2]) == ("group", fold.count, f"+{fold.count - 1}")
    assert graph.totals == {"source": 2, "port": 2, "target": 32}


def test_nothing_is_folded_where_there_is_room() -> None:
    graph = link_graph(frame([("192.0.2.1", 25, f"mx{n}.example", 1) for n in range(30)]), Options({"target": 30}))
    assert graph.folded == ()
    assert graph.share == graph.share_single == graph.share_named == 1


def test_alike_folds_all_of_them_when_asked() -> None:
    rows = [("192.0.2.1", 25, f"mx{n}.example", n + 1) for n in range(5)] + [("192.0.2.2", 25, "other.example", 1)]
    graph = link_graph(frame(rows), Options(group_targets="alike"))
    assert [(node.label, node.count) for node in graph.of("target")] == [("mx4.example +4", 15), ("other.example", 1)]


def test_sources_are_grouped_by_prefix_and_targets_by_domain() -> None:
    rows = [(f"192.0.2.{n}", 25, f"mx{n}.example.co.uk", 1) for n in range(3)] + [("2001:db8::1", 25, "a.example.org", 1), ("2001:db8::2", 25, "example.org", 2)]
    graph = link_graph(frame(rows), Options(group_sources="prefix", group_targets="domain"))
    assert [node.label for node in graph.of("source")] == ["192.0.2.0/24 (3)", "2001:db8::/64 (2)"]
    assert [node.label for node in graph.of("target")] == ["*.example.co.uk (3)", "*.example.org (2)"]
    assert {node.folded for node in graph.nodes if len(node.members) > 1} == {"grouped"}


def test_a_group_of_one_keeps_its_own_name() -> None:
    graph = link_graph(frame([("192.0.2.1", 25, "mx.example.org", 1)]), Options(group_sources="prefix", group_targets="domain"))
    assert [node.label for node in graph.nodes] == ["192.0.2.1", "25 smtp", "mx.example.org"]


def test_systems_and_countries_come_from_their_columns() -> None:
    requests = frame([("192.0.2.1", 25, "a.example", 1), ("198.51.100.1", 25, "a.example", 1), ("203.0.113.9", 25, "b.example", 1)])
    requests = requests.with_columns(source_as=pl.Series([64496, 64496, None]), source_cc=pl.Series(["NO", "SE", "SE"]))
    assert [n.label for n in link_graph(requests, Options(group_sources="as")).of("source")] == ["AS64496 (2)", "203.0.113.9"]
    assert [n.label for n in link_graph(requests, Options(group_sources="country")).of("source")] == ["SE (2)", "192.0.2.1"]
    with pytest.raises(VardeError, match="no column target_as"):
        link_graph(requests, Options(group_targets="as"))


def test_what_was_not_there_before_is_new_and_is_folded_apart() -> None:
    before = frame([("192.0.2.1", 25, "old.example", 4), ("192.0.2.2", 80, "old.example", 1)])
    after = frame([("192.0.2.1", 25, "old.example", 4), ("192.0.2.2", 25, "old.example", 1), *[("192.0.2.3", 80, f"n{n}.example", 1) for n in range(9)]])
    graph = link_graph(after, Options({"target": 3}, before=before))
    fresh = {node.label for node in graph.nodes if node.new}
    assert "192.0.2.3" in fresh
    assert not fresh & {"192.0.2.1", "192.0.2.2", "25 smtp", "80 http", "old.example"}
    assert all(node.new for node in graph.of("target") if node.label != "old.example")
    label = {node.number: node.label for node in graph.nodes}
    edges = {(label[edge.start], label[edge.end]): edge.new for edge in graph.edges}
    assert edges["192.0.2.1", "25 smtp"] is False
    assert edges["192.0.2.2", "25 smtp"] is True
    assert edges["25 smtp", "old.example"] is False


def test_what_is_left_is_no_fold_of_one() -> None:
    before = frame([("192.0.2.1", 25, f"old{n}.example", 1) for n in range(4)])
    kept = [("192.0.2.1", 25, f"old{n}.example", 9 - n) for n in range(4)]
    after = frame([*kept, ("192.0.2.9", 80, "only.new.test", 1)])
    graph = link_graph(after, Options({"source": 1, "target": 2}, before=before))
    assert {node.label for node in graph.of("source")} == {"192.0.2.1", "192.0.2.9"}
    assert {node.label: node.folded for node in graph.of("target") if node.new} == {"only.new.test": ""}


def test_requests_without_ports_make_two_columns() -> None:
    graph = link_graph(frame([("a", None, "b", 2), ("a", None, "c", 1)]))
    assert graph.roles == ("source", "target")
    assert [(edge.start, edge.end, edge.count) for edge in graph.edges] == [(0, 1, 2), (0, 2, 1)]
    assert graph.totals["port"] == 0


def test_a_request_without_a_port_among_others_is_not_lost() -> None:
    graph = link_graph(frame([("a", None, "b", 2), ("a", 25, "b", 1)]))
    assert [(node.label, node.count) for node in graph.of("port")] == [("no port", 2), ("25 smtp", 1)]


def test_names_that_look_like_keys_stay_themselves() -> None:
    rows = [("192.0.2.1", 1, name, 1) for name in ("192.0.2.0/24", "192.0.2.7", "192.0.2.8", "in 0 192.0.2.0/24", "own 0 192.0.2.0/24", "rest 0 ")]
    graph = link_graph(frame(rows), Options(group_targets="prefix"))
    assert sorted(len(node.members) for node in graph.of("target")) == [1, 1, 1, 1, 2]


@pytest.mark.parametrize(("columns", "words"), [(["source", "port", "count"], "target is not there"), (["target"], "source, port, count is not there")])
def test_a_frame_without_its_columns_is_refused(columns: list[str], words: str) -> None:
    with pytest.raises(VardeError, match=words):
        link_graph(frame([]).select(columns))


def test_a_count_that_is_no_number_is_refused() -> None:
    with pytest.raises(VardeError, match="cannot be made"):
        link_graph(pl.DataFrame({"source": ["a"], "port": [1], "target": ["b"], "count": ["many"]}))


def test_prefixes_and_domains_of_names() -> None:
    given_ = pl.Series(["192.0.2.77", "2001:DB8:0::9", "host.example.org.", "localhost", "a.b.example.co.uk", "", "::ffff:192.0.2.1", None])
    assert prefixes(given_).to_list() == ["192.0.2.0/24", "2001:db8::/64", None, None, None, None, "192.0.2.0/24", None]
    assert domains(given_).to_list() == ["192.0.2.0/24", "2001:db8::/64", "*.example.org", None, "*.example.co.uk", None, "192.0.2.0/24", None]
