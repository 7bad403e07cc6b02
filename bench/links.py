"""Link graphs: synthetic tunnel requests to a readable picture."""

import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from bench.measure import Result, python

_PORTS = (443, 80, 25, 587, 465, 993, 6667, 22, 8080, 143, 110, 2525, 3128, 5190)
_SYLLABLES = ("an", "bel", "cor", "dun", "es", "fjor", "gal", "hav", "il", "kor", "lun", "mo", "nor", "os", "pel", "ras", "sol", "tor", "ul", "vik")
_ENDS = ("example", "test", "example.com", "example.org", "example.net", "co.example")

TWO_WEEKS = {"requests": 118_535, "sources": 194, "ports": 14, "targets": 8_437}
"""As many as a real honeypot had in two weeks."""


def synthetic_requests(requests: int, sources: int, ports: int, targets: int, seed: int = 1) -> pl.DataFrame:
    """Made-up requests with exactly so many of each, heavy-tailed: a row a distinct source, port and target.

    A source keeps to a few ports and asks again for the targets it knows, as spammers and proxy testers do.
    """
    chance = np.random.default_rng(seed)
    target_port = chance.choice(ports, targets, p=_falling(ports, 1.3))
    target_port[:ports] = np.arange(ports)
    source_of = chance.choice(sources, requests, p=_falling(sources, 1.4))
    source_of[: min(sources, requests)] = np.arange(sources)[:requests]
    port_of = _port_of(source_of, sources, ports, chance)
    target_of = np.zeros(requests, dtype=np.int64)
    for port in range(ports):
        known, asking = np.flatnonzero(target_port == port), np.flatnonzero(port_of == port)
        target_of[asking] = known[(chance.zipf(1.4, len(asking)) + source_of[asking] % 5 * 3) % len(known)]
    target_of[-targets:] = np.arange(targets)[-requests:]
    port_of[-targets:] = target_port[target_of[-targets:]]
    names = {"source": _sources(sources), "port": np.array(_PORTS[:ports]), "target": _targets(targets, chance)}
    frame = pl.DataFrame({"source": names["source"][source_of], "port": names["port"][port_of], "target": names["target"][target_of]})
    return frame.group_by("source", "port", "target").agg(pl.len().cast(pl.Int64).alias("count")).sort("source", "port", "target")


def _port_of(source_of: np.ndarray, sources: int, ports: int, chance: np.random.Generator) -> np.ndarray:
    """The first few sources ask for any port, the others for one to three of their own."""
    popular = _falling(ports, 1.3)
    favourites = np.array([chance.choice(ports, 3, p=popular) for _ in range(sources)])
    mine = favourites[source_of, chance.integers(0, 3, len(source_of))]
    return np.where(source_of < 4, chance.choice(ports, len(source_of), p=popular), mine)


def _falling(number: int, steepness: float) -> np.ndarray:
    weights = 1 / np.arange(1, number + 1) ** steepness
    return weights / weights.sum()


def _sources(number: int) -> np.ndarray:
    """Addresses of the benchmarking and documentation ranges (RFC 2544, RFC 3849), some of them neighbours."""
    return np.array([f"2001:db8:{n:x}::{n % 9 + 1:x}" if n % 11 == 10 else f"198.{18 + n % 2}.{n * 7 % 40}.{n + 1}" for n in range(number)])


def _targets(number: int, chance: np.random.Generator) -> np.ndarray:
    words = ["".join(chance.choice(_SYLLABLES, 3)) for _ in range(max(1, number // 12))]
    made = []
    for n in range(number):
        host = f"{('mx', 'smtp', 'www', 'api')[n % 4]}{n}.{words[n % len(words)]}.{_ENDS[n % len(_ENDS)]}"
        made.append(f"203.0.{113 + n % 4}.{n // 4 % 254 + 1}" if n % 5 == 4 and n < 5000 else host)
    return np.array(made)


_DRAW = """
import sys
import polars as pl
from varde.app.commands.linkgraph import LinkgraphOptions, draw_requests
draw_requests(pl.read_parquet(sys.argv[1]), LinkgraphOptions(quiet=True), sys.argv[2])
"""

_CHECK = """
import sys
import polars as pl
from varde.query.graph import Options, link_graph
from varde.views.graph import GraphStyle, arrange, measure, rows_for
style = GraphStyle()
found = measure(arrange(link_graph(pl.read_parquet(sys.argv[1]), Options(rows_for(style))), style))
print(found.node_overlaps, found.label_overlaps)
"""


def run(*, small: bool) -> list[Result]:
    """Requests to a PNG of 1600 x 1000, start-up included, and what covers what in it."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, sizes in {"20,000 requests": {"requests": 20_000, "sources": 187, "ports": 14, "targets": 1_020}, "two weeks": TWO_WEEKS}.items():
            path = Path(folder) / "requests.parquet"
            frame = synthetic_requests(**{key: max(14, value // 10) if small else value for key, value in sizes.items()})
            frame.write_parquet(path)
            started = time.monotonic()
            drawn = python(_DRAW, str(path), f"{folder}/graph.png")
            took = time.monotonic() - started
            nodes, labels = python(_CHECK, str(path)).output.split()
            what = f"{name}: {frame['count'].sum():,} requests, {frame['target'].n_unique():,} targets to PNG"
            results.append(Result("link graph", what, f"{drawn.cpu:.1f} s, {took:.1f} s wall clock, {drawn.memory / 1e6:,.0f} MB", f"{nodes} objects and {labels} labels covered"))
    return results
