"""Hostile text in what monitoring reads and what other programs draw: Prometheus, Munin, Nagios, SNMP, Graphviz, GDF, GraphML."""

import csv
import io
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import polars as pl
import pytest

from tests.boards import board_at, labelled
from tests.conftest import find_peer
from tests.hostile import readers
from tests.hostile.texts import TEXTS, shown
from varde.export.graph import dot, gdf, graphml, graphson
from varde.export.prometheus import Family, exposition
from varde.faces import panel_named
from varde.faces.munin import Situation, config, values
from varde.faces.nagios import Number, Result, State, printed
from varde.faces.snmp import Tree, serve
from varde.query.graph import Graph, link_graph

NOW = 1_795_345_290.0
WORDS = [shown(octets) for octets in TEXTS.values()]


def _exposition() -> str:
    samples = {(word, f"{number}"): float(number) for number, word in enumerate(WORDS)}
    return exposition([(Family("varde_hostile_total", "counter", f"What {WORDS[0]} is.", ("list", "number")), samples)])


def test_prometheus_has_one_sample_a_label() -> None:
    found = readers.exposition(_exposition())
    assert len(found) == len(WORDS) and {name for name, _ in found} == {"varde_hostile_total"}


@pytest.mark.peer("promtool")
def test_promtool_reads_the_same() -> None:
    done = subprocess.run([str(find_peer("promtool")), "check", "metrics"], input=_exposition().encode(), capture_output=True, timeout=60, check=False)
    assert b"error while" not in done.stderr and b"parsing" not in done.stderr, done.stderr[:500]


def _board(folder: Path) -> object:
    return board_at(folder, NOW, lambda second: {
        "varde_port_probes_total": {labelled(port=word): 1.0 for word in WORDS}, "varde_list_age_seconds": {labelled(list=word): 12.0 for word in WORDS},
        "varde_logins_total": {labelled(outcome="failed"): 1.0, **{labelled(outcome=word): 1.0 for word in WORDS}},
    }, steps=3)  # fmt: skip


def test_munin_is_told_lines_of_its_own_only(tmp_path: Path) -> None:
    board, line = _board(tmp_path), re.compile(r"(#.*|[a-z_]+ [^\x00-\x1f]+|[a-z_][a-z0-9_]*\.[a-z]+ [^\x00-\x1f]+)")
    for name in ("ports", "feeds", "logins"):
        at = Situation(board, "", NOW + 1, {}, {}, int(NOW) - 60)  # type: ignore[arg-type]
        described, told = list(config(panel_named(name), at)), list(values(panel_named(name), at))
        assert all(line.fullmatch(one) and readers.terminal(one) for one in described + told)
        assert not any(one.startswith(("graph_title taken", "taken.", "failed.value 666")) for one in described + told)
        labels = [one.partition(".")[0] for one in described if ".label " in one]
        assert len(labels) == len(set(labels))


def test_nagios_has_one_bar_and_as_many_numbers() -> None:
    for word in WORDS:
        said = printed("varde", Result(State.WARNING, word, (Number(word, 1.0), Number("last", 2.0)), (word,), (word,), word), 2)
        first, *more = said.removesuffix("\n").split("\n")
        assert first.count("|") == 1 and all("|" not in one for one in more)
        numbers = first.partition(" | ")[2]
        assert re.fullmatch(r"(?:'[^'=|]+'|[^ '=|]+)=1(?:;[^ ]*)? last=2(?:;[^ ]*)?", numbers), numbers
        readers.terminal(said)


def test_snmp_answers_in_lines_of_its_own(tmp_path: Path) -> None:
    _board(tmp_path)
    tree, at, rows = Tree(tmp_path / "faces.db", clock=lambda: NOW), ".1.3.6.1.4.1.8072.9999.9999", 0
    for _ in range(2000):
        answered = io.StringIO()
        serve(tree, io.StringIO(f"getnext\n{at}\n"), answered)
        lines = answered.getvalue().split("\n")
        if lines[0] == "NONE":
            break
        assert len(lines) == 4 and re.fullmatch(r"(?:\.\d+)+", lines[0]) and lines[1] in ("string", "gauge", "counter64", "integer") and lines[2].isprintable()
        at, rows = lines[0], rows + 1
    assert rows > 4


@pytest.fixture(scope="module")
def graph() -> Graph:
    requests = pl.DataFrame({"source": [f"198.18.0.{n}" for n in range(len(WORDS))], "port": [80] * len(WORDS), "target": WORDS, "count": [1] * len(WORDS)})
    return link_graph(requests)


@pytest.mark.peer("dot")
def test_graphviz_reads_as_many_nodes_and_edges(graph: Graph) -> None:
    done = subprocess.run([str(find_peer("dot")), "-Tdot_json"], input=dot(graph), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[:300]
    document = json.loads(done.stdout.decode(errors="replace"))
    assert (len(document["objects"]), len(document["edges"])) == (len(graph.nodes), len(graph.edges)) and not done.stderr
    assert not any(key.lower() in ("url", "href", "image", "shapefile") for one in document["objects"] for key in one)


def test_graphml_gdf_and_graphson_have_as_many(graph: Graph) -> None:
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ET.fromstring(graphml(graph))
    assert (len(root.findall(f".//{space}node")), len(root.findall(f".//{space}edge"))) == (len(graph.nodes), len(graph.edges))
    lines = gdf(graph).decode().removesuffix("\n").split("\n")
    heads = [at for at, line in enumerate(lines) if line.startswith(("nodedef>", "edgedef>"))]
    assert (heads[0], heads[1] - 1, len(lines) - heads[1] - 1) == (0, len(graph.nodes), len(graph.edges)) and len(heads) == 2
    assert {len(row) for row in csv.reader(line.replace("'", '"') for line in lines[1 : heads[1]])} == {8}
    assert len(json.loads(graphson(graph))["graph"]["vertices"] if "graph" in json.loads(graphson(graph)) else json.loads(graphson(graph))["vertices"]) == len(graph.nodes)
