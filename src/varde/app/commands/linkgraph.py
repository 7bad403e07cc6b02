"""linkgraph: from requests to a picture, or to what another program reads."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from varde.app.commands.afterglow import properties_of, read_csv
from varde.app.output import print_json, say, write_output
from varde.export.afterglow import Properties, Rows, apply, fills, requests_left, requests_of, rgb_of, rows_of
from varde.export.graph import FORMATS as GRAPH_FORMATS
from varde.export.graph import triples
from varde.model import VardeError
from varde.query.graph import GROUPINGS, Graph, Options, link_graph
from varde.query.graph.requests import checked
from varde.views.graph import FORMATS as PICTURE_FORMATS
from varde.views.graph import (
    HEIGHT,
    WIDTH,
    GraphStyle,
    Look,
    as_document,
    draw_graph,
    rows_for,
    shown,
    totals,
)
from varde.views.palette import SCHEMES

FORMATS = (*PICTURE_FORMATS, *GRAPH_FORMATS, "csv")
_ROLES = {"source": "source", "event": "port", "target": "target"}
"""AfterGlow's words and ours."""

_DRAWN_WHOLE = tuple(GRAPH_FORMATS)


@dataclass(frozen=True, slots=True)
class LinkgraphOptions:
    """The switches of the command."""

    width: int = WIDTH
    height: int = HEIGHT
    scheme: str = "dark"
    title: str = ""
    note: str = ""
    group_sources: str = ""
    group_targets: str = ""
    properties: str | None = None
    "Path of a property file."
    unfolded: bool = False
    "Every source, port and target a node of its own, for other programs to draw."
    quiet: bool = False
    head: bool = True
    "Whether title and totals stand in the picture."
    enlarged: float = 1.0

    def titled(self, title: str) -> "LinkgraphOptions":
        """The same for a file, which has its title in the picture."""
        return replace(self, title=title, head=True)


def linkgraph_csv(paths: list[str], options: LinkgraphOptions, output: str | None, *, json_: bool = False, two: bool = False) -> None:
    """Draw AfterGlow CSV files; a property file sees their further columns too. Raises VardeError where no line is a row."""
    rows = read_csv(paths, two=two, quiet=options.quiet)
    draw_requests(requests_of(rows), options, output, json_=json_, rows=rows)


def draw_requests(
    requests: pl.DataFrame, options: LinkgraphOptions, output: str | None, *, json_: bool = False, before: pl.DataFrame | None = None,
    rows: Rows | None = None,
) -> None:  # fmt: skip
    """As `draw`; exit status 1 where there are no requests."""
    if not draw(requests, options, output, json_=json_, before=before, rows=rows):
        say("varde: there are no requests to draw.")
        raise SystemExit(1)


def draw(
    requests: pl.DataFrame, options: LinkgraphOptions, output: str | None, *, json_: bool = False, before: pl.DataFrame | None = None,
    rows: Rows | None = None,
) -> bool:  # fmt: skip
    """Write requests as the output's suffix says; answers whether there are any. Without, an empty picture takes the place of an old one.

    `before`: requests of an earlier period; what is new since is flagged. `rows`: where they come from AfterGlow CSV, with what
    a property file may ask of them. Raises VardeError for a format, scheme, size or property file that is not understood.
    """
    started = time.perf_counter()
    kind = format_of(output, json_, options)
    left, looks = _with_properties(checked(requests), options, rows)
    graph, style = folded(left, options, kind, before, looks)
    if kind == "json" and output in (None, "-"):
        print_json(as_document(graph, style, started))
    else:
        target = output or f"linkgraph.{kind}"
        write_output(target, written(kind, graph, left, style))
        if graph.requests and not options.quiet and target != "-":
            say(f"{target}: {totals(graph)}. {shown(graph)}.")
    return graph.requests > 0


def format_of(output: str | None, json_: bool, options: LinkgraphOptions) -> str:
    """The word of FORMATS that is wanted. Raises VardeError where that cannot be told."""
    if json_:
        return "json"
    kind = "png" if output in (None, "-") else Path(str(output)).suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise VardeError(f"cannot tell what to write from {output!r}: use a suffix of {', '.join('.' + name for name in FORMATS)}")
    if options.unfolded and kind not in _DRAWN_WHOLE:
        raise VardeError(f"--unfolded is for {', '.join('.' + name for name in _DRAWN_WHOLE)}: a picture has room for so many nodes only, and .csv is whole anyway")
    return kind


def folded(
    requests: pl.DataFrame, options: LinkgraphOptions, kind: str, before: pl.DataFrame | None = None,
    looks: dict[tuple[str, str], Look] | None = None,
) -> tuple[Graph, GraphStyle]:  # fmt: skip
    """The graph of requests with as many nodes as the format has room for, and how it is to look.

    Raises VardeError for a scheme, size or grouping that is not understood."""
    style = _style(options, looks or {})
    return link_graph(requests, _graph_options(options, style, kind, before)), style


def written(kind: str, graph: Graph, requests: pl.DataFrame, style: GraphStyle) -> bytes:
    """The graph in one of FORMATS."""
    if kind == "csv":
        return triples(requests)
    return GRAPH_FORMATS[kind](graph) if kind in GRAPH_FORMATS else draw_graph(graph, kind, style)


def _style(options: LinkgraphOptions, looks: dict[tuple[str, str], Look]) -> GraphStyle:
    if options.scheme not in SCHEMES:
        raise VardeError(f"no such scheme: {options.scheme}. There are {', '.join(SCHEMES)}.")
    style = GraphStyle(options.width, options.height, SCHEMES[options.scheme], note=options.note, looks=looks, head=options.head, enlarged=options.enlarged)
    return replace(style, title=options.title) if options.title else style


def _graph_options(options: LinkgraphOptions, style: GraphStyle, kind: str, before: pl.DataFrame | None) -> Options:
    for by in (options.group_sources, options.group_targets):
        if by not in ("", "alike", *GROUPINGS):
            raise VardeError(f"cannot group by {by!r}: there are alike, {', '.join(GROUPINGS)}")
    rows = {} if options.unfolded or kind == "csv" else rows_for(style)
    return Options(rows, options.group_sources, options.group_targets, before)


def _with_properties(requests: pl.DataFrame, options: LinkgraphOptions, rows: Rows | None) -> tuple[pl.DataFrame, dict[tuple[str, str], Look]]:
    """The requests that a property file leaves, and how it wants single objects to look."""
    if options.properties is None:
        return requests, {}
    properties = properties_of(options.properties)
    applied = apply(rows or rows_of(requests), properties)
    looks = {(_ROLES[role], name): _look(said, role, properties) for (role, name), said in fills(applied).items()}
    for role, shape in properties.shapes.items():
        names = requests[_ROLES[role]].drop_nulls().unique()
        looks |= {(_ROLES[role], name): Look(shape=shape.lower()) for name in names if (_ROLES[role], name) not in looks}
    return requests_left(applied), looks


def _look(said: dict[str, object], role: str, properties: Properties) -> Look:
    size, label = said.get("size"), said.get("label")
    return Look(
        fill=rgb_of(str(said.get("color", ""))), shape=properties.shapes.get(role, "").lower() or None,
        size=float(str(size)) if size is not None else None, label=str(label) if label else None,
    )  # fmt: skip
