"""Graphviz draws what Varde writes as DOT, hostile names and all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.material import cowrie, environment, write_old
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


def test_a_log_becomes_a_picture_as_in_the_article(peer: Callable[[str], Path], tmp_path: Path) -> None:
    """`varde afterglow csv | varde afterglow | neato`, and `varde linkgraph -o x.dot`."""
    requests = [cowrie("direct-tcpip.request", number, dst_ip=name, dst_port=25) for number, name in enumerate([*HOSTILE, "mx.example.org"])]
    log = write_old(tmp_path / "pot.json", b"".join(requests))
    rows = _varde(tmp_path, "afterglow", "csv", str(log))
    assert len(rows.splitlines()) == len(requests)
    neato = shutil.which("neato", path=os.fspath(peer("dot").parent))
    assert neato is not None
    _varde(tmp_path, "linkgraph", str(log), "-o", "graph.dot")
    for program, text in ((neato, _varde(tmp_path, "afterglow", stdin=rows)), (str(peer("dot")), (tmp_path / "graph.dot").read_bytes())):
        picture = subprocess.run([program, "-Tpng"], input=text, capture_output=True, timeout=60, check=False)
        assert picture.returncode == 0 and b"syntax error" not in picture.stderr, picture.stderr
        assert picture.stdout.startswith(b"\x89PNG") and len(picture.stdout) > 5_000


def _varde(home: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    run = subprocess.run([sys.executable, "-P", "-m", "varde", *arguments], input=stdin, capture_output=True, cwd=home, env=environment(home), timeout=100,
                         check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout
