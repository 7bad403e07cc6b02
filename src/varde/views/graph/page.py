"""A picture as one HTML file: nothing is fetched, folds open, names are found, the table says the same as the picture."""

import base64
import hashlib
import html
import json
from dataclasses import replace
from importlib.resources import files
from string import Template

from varde.query.graph import Graph, Node
from varde.query.graph.folding import REASONS
from varde.views.graph.arrange import arrange, height_for
from varde.views.graph.captions import shown, totals
from varde.views.graph.letters import plain
from varde.views.graph.style import SMALLEST, GraphStyle
from varde.views.graph.svg import svg
from varde.views.palette import LINK_COLOURS, SCHEMES

_NARROW = SMALLEST[0]
_NARROW_LETTERS = 1.2  # it is shown 360 pixels wide, and its letters shall still be 9 high

_FOLLOWING = ("dark", "light")  # schemes that the page changes between as the reader prefers


def page(graph: Graph, style: GraphStyle) -> bytes:
    """The picture twice, for wide and for narrow windows; colours follow the reader's preference."""
    wide = replace(style, head=False)
    narrow = replace(style, head=False, width=_NARROW, height=SMALLEST[1], enlarged=_NARROW_LETTERS)
    narrow = replace(narrow, height=height_for(graph, narrow))
    sheet, script = _sheet(style), _read("graph.js")
    filled = Template(_read("graph.html")).substitute(
        title=html.escape(plain(style.title)), note=html.escape(plain(style.note)), totals=html.escape(totals(graph)), shown=html.escape(shown(graph)),
        sheet=sheet, script=script, sheet_hash=_hash(sheet), script_hash=_hash(script), theme="" if style.scheme.name in _FOLLOWING else style.scheme.name,
        wide=svg(graph, arrange(graph, wide), wide, "wide").decode(), narrow=svg(graph, arrange(graph, narrow), narrow, "narrow").decode(),
        rows="\n".join(_row(node) for node in sorted(graph.nodes, key=lambda node: (-node.count, node.number))), data=_data(graph),
    )  # fmt: skip
    return filled.encode()


def _read(name: str) -> str:
    return (files("varde.views.graph") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names an inline script or style sheet (CSP 3, 2.3.1)."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _sheet(style: GraphStyle) -> str:
    return Template(_read("graph.css")).substitute(dark=_variables("dark"), light=_variables("light"), own=_variables(style.scheme.name))


def _variables(name: str) -> str:
    scheme, colours = SCHEMES[name], LINK_COLOURS[name]
    named = {
        "ground": scheme.ground, "panel": scheme.panel, "line": scheme.line, "ink": scheme.ink, "quiet": scheme.quiet, "source": colours.source,
        "port": colours.port, "target": colours.target, "edge": colours.edge, "new": colours.new,
    }  # fmt: skip
    return " ".join(f"--{key}: {value};" for key, value in named.items())


def _row(node: Node) -> str:
    why = REASONS.get(node.folded, "")
    if node.folded == "alike" and node.role != "target":
        why = "the same other ends"
    cells = (node.role, plain(node.label), f"{node.count:,}", f"{len(node.members):,}", why, "new" if node.new else "")
    made = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr data-node="{node.number}">{made}</tr>'


def _data(graph: Graph) -> str:
    """JSON that ends neither the script element it stands in nor a line of it."""
    nodes = [
        {"id": node.number, "role": node.role, "label": plain(node.label), "count": node.count, "new": node.new, "why": REASONS.get(node.folded, ""),
         "members": [[plain(member.name), member.count] for member in node.members]}
        for node in graph.nodes
    ]  # fmt: skip
    return json.dumps({"nodes": nodes, "paths": graph.paths}, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
