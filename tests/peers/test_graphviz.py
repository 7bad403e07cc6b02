"""Graphviz draws what Varde writes as DOT, hostile names and all."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from varde.export.afterglow import Sketch, apply, dot, read_properties, read_rows
from varde.export.graph import dot as graph_dot
from varde.query.graph import link_graph

pytestmark = pytest.mark.peer("dot")

HOSTILE = ['"]; evil [URL="x', "a\\", "\\N", "</TABLE>", "a -> b; }", "<b>", "\u202e", "it's"]


def drawn(program: Path, text: bytes) -> dict[str, object]:
    run = subprocess.run([str(program), "-Tdot_json"], input=text, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert b"syntax error" not in run.stderr
    read: dict[str, object] = json.loads(run.stdout)
    return read


def test_dot_reads_a_link_graph(peer: Callable[[str], Path]) -> None:
    rows = [(name, 25, name, 1) for name in HOSTILE]
    graph = link_graph(pl.DataFrame(rows, schema=["source", "port", "target", "count"], orient="row"))
    read = drawn(peer("dot"), graph_dot(graph))
    assert len(read["objects"]) == len(graph.nodes)  # type: ignore[arg-type]
    assert len(read["edges"]) == len(graph.edges)  # type: ignore[arg-type]


def test_dot_reads_what_afterglow_would_write(peer: Callable[[str], Path]) -> None:
    lines = ['"' + name.replace('"', '""') + '",25,t' for name in HOSTILE]
    applied = apply(read_rows(lines), read_properties("color.edge=grey\nurl=http://localhost/\\N", "p"))
    read = drawn(peer("dot"), dot(applied, Sketch()).encode())
    assert len(read["objects"]) == len(HOSTILE) + 2  # type: ignore[arg-type]
    assert len(read["edges"]) == len(HOSTILE) + 1  # type: ignore[arg-type]
