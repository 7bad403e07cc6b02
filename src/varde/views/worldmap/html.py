"""A map as one HTML file that needs nothing else: hover says the share, a table says all."""

from html import escape

from varde.views.world import Ring
from varde.views.worldmap.drawing import ARC_OPACITY, HOME_RADIUS, Drawing, Mark, amount, figure

_STYLE = """
:root{color-scheme:%(kind)s}body{margin:0 auto;max-width:1200px;padding:16px;background:%(ground)s;color:%(ink)s;font:14px/1.5 system-ui,sans-serif}
h1{font-size:18px;margin:0}p{margin:4px 0;color:%(quiet)s}svg{display:block;width:100%%;height:auto;margin:12px 0}
table{border-collapse:collapse;width:100%%}th,td{padding:3px 8px;text-align:right;border-bottom:1px solid %(line)s;font-variant-numeric:tabular-nums}
th:nth-child(2),td:nth-child(2){text-align:left}.wrap{overflow-x:auto}path:focus,circle:focus{outline:2px solid %(ink)s}
"""


def html(drawing: Drawing) -> bytes:
    """UTF-8. Everything in it is escaped; it has no scripts."""
    scheme = drawing.scheme
    kind = "light" if scheme.name == "light" else "dark"
    style = _STYLE % {"kind": kind, "ground": scheme.ground, "ink": scheme.ink, "quiet": scheme.quiet, "line": scheme.line}
    title = escape(drawing.title)
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{style}</style></head><body><h1>{title}</h1><p>{escape(drawing.totals)}</p>{_svg(drawing)}"
        f'<div class="wrap">{_table(drawing)}</div><p>{escape(drawing.note)}</p></body></html>\n'
    )
    return page.encode()


def _svg(drawing: Drawing) -> str:
    world, colours = drawing.world, drawing.colours
    shades = {mark.code: mark for mark in drawing.marks if mark.value}
    parts = [f'<path d="{_d([world.outline])}" fill="{colours.sea}"/>'] if world.outline else []
    for code, rings in world.shapes.items():
        mark = shades.get(code)
        fill = mark.colour if mark and drawing.style != "bubbles" else colours.land
        said = f"<title>{_said(mark, drawing)}</title>" if mark else f"<title>{escape(world.name(code))}</title>"
        parts.append(f'<path d="{_d(rings)}" fill="{fill}" fill-rule="evenodd" stroke="{colours.border}" stroke-width="4">{said}</path>')
    parts += _arcs(drawing)
    if drawing.style != "choropleth":
        bubble = f'fill="{colours.high}" fill-opacity="0.55" stroke="{colours.bubble}" stroke-width="8"'
        parts += [
            f'<circle cx="{mark.x}" cy="{mark.y}" r="{mark.radius:.0f}" {bubble}><title>{_said(mark, drawing)}</title></circle>'
            for mark in drawing.marks if mark.x is not None
        ]  # fmt: skip
    return f'<svg viewBox="0 0 {world.width} {world.height}" role="img" aria-label="{escape(drawing.title)}">{"".join(parts)}</svg>'


def _arcs(drawing: Drawing) -> list[str]:
    """Curves from home, and its mark."""
    said = {mark.code: _said(mark, drawing) for mark in drawing.marks}
    drawn = [
        f'<path d="M{arc.start[0]},{arc.start[1]}Q{arc.pull[0]},{arc.pull[1]} {arc.end[0]},{arc.end[1]}" fill="none" stroke="{drawing.colours.bubble}" '
        f'stroke-opacity="{ARC_OPACITY}" stroke-width="{arc.width}" stroke-linecap="round"><title>{said[arc.code]}</title></path>'
        for arc in drawing.arcs
    ]  # fmt: skip
    if not drawn:
        return []
    x, y = drawing.arcs[0].start
    return [*drawn, f'<circle cx="{x}" cy="{y}" r="{HOME_RADIUS * drawing.world.height:.0f}" fill="{drawing.scheme.ink}"><title>home</title></circle>']


def _d(rings: list[Ring]) -> str:
    return "".join(f"M{' '.join(f'{x},{y}' for x, y in ring)}Z" for ring in rings)


def _said(mark: Mark, drawing: Drawing) -> str:
    words = amount(mark.value, drawing.places.by, drawing.places.table)
    return escape(f"{mark.name}: {words}, {mark.of_known:.1%} of what has a place, {mark.of_all:.1%} of all, {mark.addresses:,} addresses")


def _table(drawing: Drawing) -> str:
    heads = ("", "country", drawing.amounts, "of known", "of all", "records", "addresses")
    rows = [
        (str(rank), escape(mark.name), figure(mark.value, drawing.places.by),
         f"{mark.of_known:.1%}", f"{mark.of_all:.1%}", f"{mark.records:,}", f"{mark.addresses:,}")
        for rank, mark in enumerate(drawing.marks, start=1)
    ]  # fmt: skip
    head = "".join(f'<th scope="col">{word}</th>' for word in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
