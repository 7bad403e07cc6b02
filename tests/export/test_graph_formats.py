"""Link graphs for other programs: parsed back, hostile names are names and nothing else."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.export.graph import FORMATS, dot, gdf, graphml, graphson, triples
from varde.model import visible
from varde.query.graph import Graph, Options, link_graph

HOSTILE = [
    '"]; evil [URL="http://example.org', "a\\", "\\N\\G\\l", "a\nb\rc", "<b>&amp;]]></data><node id='x'/>", "=HYPERLINK(\"x\")", "+1", "-1", "@x", "\t=1",
    "\u202egnp", "a\x00\x07\x1b[2J", "a,b", "it's", "}", "/* */ // #", "\ud800", "n0",
]  # fmt: skip

names = st.sampled_from(HOSTILE) | st.text(max_size=15)
rows = st.lists(st.tuples(names, st.integers(0, 65535), names, st.integers(1, 99)), min_size=1, max_size=25)


def frame(given_: list[tuple[str, int, str, int]]) -> pl.DataFrame:
    clean = [(visible(source), port, visible(target), count) if "\ud800" in source + target else (source, port, target, count) for source, port, target, count in given_]
    return pl.DataFrame(clean, schema={"source": pl.String, "port": pl.Int64, "target": pl.String, "count": pl.Int64}, orient="row")


def unquoted(text: str) -> str:
    """A double-quoted string of DOT as a label shows it: `\\"` and `\\\\` are the escapes."""
    return re.sub(r"\\(.)", r"\1", text)


_STRING = r'"(?:[^"\\\n]|\\.)*"'
_ATTRIBUTES = rf'\[(?:[a-zA-Z]+=(?:{_STRING}|[A-Za-z0-9.]+)(?:, |,)?)*\]'
_STATEMENT = re.compile(rf"^(?:digraph \w+ \{{|\}}|(?:graph|node|edge) {_ATTRIBUTES};|n\d+ {_ATTRIBUTES};|n\d+ -> n\d+ {_ATTRIBUTES};)$")


def assert_dot(graph: Graph) -> None:
    lines = dot(graph).decode().splitlines()
    assert not [line for line in lines if not _STATEMENT.match(line)]
    labels = [unquoted(re.search(rf"xlabel=({_STRING})", line)[1][1:-1]) for line in lines if re.match(r"n\d+ \[shape", line)]  # type: ignore[index]
    assert labels == [f"{visible(node.label)} {node.count:,}" for node in graph.nodes]
    assert sum("->" in line and line.startswith("n") for line in lines) == len(graph.edges)


def assert_graphml(graph: Graph) -> None:
    root = ET.fromstring(graphml(graph))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = root.findall(f".//{space}node")
    labels = [node.find(f"{space}data[@key='label']").text or "" for node in nodes]  # type: ignore[union-attr]
    assert labels == [visible(node.label) for node in graph.nodes]
    edges = [(edge.get("source"), edge.get("target"), int(edge.find(f"{space}data[@key='weight']").text or "")) for edge in root.findall(f".//{space}edge")]  # type: ignore[union-attr]
    assert edges == [(f"n{e.start}", f"n{e.end}", e.count) for e in graph.edges]


def assert_gdf(graph: Graph) -> None:
    text = gdf(graph).decode()
    nodes, _, edges = text.partition("edgedef>")
    read = list(csv.reader(io.StringIO(nodes.replace("'", '"'))))[1:]
    assert len(read) == len(graph.nodes)
    assert all(len(row) == 8 for row in read)
    assert [int(row[3]) for row in read] == [node.count for node in graph.nodes]
    quotes = str.maketrans({'"': "\u201d", "'": "\u2019"})
    assert [row[1] for row in read] == [visible(node.label).translate(quotes) for node in graph.nodes]
    assert len(edges.splitlines()) == len(graph.edges) + 1


def assert_graphson(graph: Graph) -> None:
    """As a reader of Blueprints' GraphSON goes over it: every edge leads from a vertex to a vertex."""
    assert graphson(graph).isascii()
    read = json.loads(graphson(graph))["graph"]
    assert read["mode"] == "NORMAL" and {one["_type"] for one in read["vertices"]} == {"vertex"} and {one["_type"] for one in read["edges"]} == {"edge"}
    labels = {one["_id"]: one["_label"] for one in read["vertices"]}
    assert list(labels.values()) == [visible(node.label) for node in graph.nodes]
    assert len({one["_id"] for one in read["edges"]} - set(labels)) == len(graph.edges)
    by_number = {f"n{node.number}": node for node in graph.nodes}
    ways = [(by_number[one["_outV"]].number, by_number[one["_inV"]].number, one["occurrences"]) for one in read["edges"]]
    assert ways == [(one.start, one.end, one.count) for one in graph.edges]
    words = {("source", "port"): "sourcevent", ("port", "target"): "eventtarget"}
    assert all(one["_label"] == words[by_number[one["_outV"]].role, by_number[one["_inV"]].role] for one in read["edges"])


@settings(max_examples=40)
@given(given_=rows, room=st.integers(2, 6))
def test_every_format_parses_back_to_the_graph_whatever_the_names(given_: list[tuple[str, int, str, int]], room: int) -> None:
    graph = link_graph(frame(given_), Options({"source": room, "port": room, "target": room}))
    assert_dot(graph)
    assert_graphml(graph)
    assert_gdf(graph)
    assert_graphson(graph)


@settings(max_examples=40)
@given(given_=rows)
def test_the_table_has_every_request_and_no_formula(given_: list[tuple[str, int, str, int]]) -> None:
    asked = frame(given_)
    read = list(csv.reader(io.StringIO(triples(asked).decode())))
    assert read[0] == ["source", "port", "target", "count"]
    assert sum(int(row[3]) for row in read[1:]) == asked["count"].sum()
    cells = [cell for row in read[1:] for cell in row[:3]]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert not [cell for cell in cells if not cell.isprintable()]


def test_what_is_new_is_told_in_every_format_that_can() -> None:
    before = frame([("a", 25, "b", 1)])
    graph = link_graph(frame([("a", 25, "b", 1), ("c", 25, "d", 1)]), Options(before=before))
    assert dot(graph).count(b"#116329") == 4  # two nodes and their two edges
    assert graphml(graph).count(b'"new">true') == 2
    assert graphml(graph).count(b'"new_edge">true') == 2
    read = json.loads(graphson(graph))["graph"]
    assert [sum(one["new"] for one in read[kind]) for kind in ("vertices", "edges")] == [2, 2]
    assert b'"new"' not in graphson(link_graph(frame([("a", 25, "b", 1)])))
    assert b"new" not in graphml(link_graph(frame([("a", 25, "b", 1)]))).replace(b'id="new', b"").replace(b'name="new', b"")


def test_formats_are_those_of_the_command() -> None:
    assert set(FORMATS) == {"dot", "gdf", "graphml", "graphson"}
    with pytest.raises(KeyError):
        FORMATS["exe"]
