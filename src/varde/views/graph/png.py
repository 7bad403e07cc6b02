"""A picture as PNG: Agg draws it with the letters that were measured."""

import io

import matplotlib as mpl
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from varde.views.graph.geometry import Flow, Picture, Text
from varde.views.graph.letters import FAMILY
from varde.views.graph.shapes import Points
from varde.views.graph.style import GraphStyle

_DPI = 72  # a point is a pixel
HALO = 0.25  # letters' heights


def png(picture: Picture, style: GraphStyle) -> bytes:
    """The same picture gives the same octets."""
    out = io.BytesIO()
    figure(picture, style).savefig(out, format="png", dpi=_DPI, facecolor=style.scheme.ground, metadata={"Software": "Varde"},
                                   pil_kwargs={"compress_level": 4})  # fmt: skip
    return out.getvalue()


def figure(picture: Picture, style: GraphStyle) -> Figure:
    """A Figure of which a data unit is a pixel, y downwards."""
    made = Figure(figsize=(picture.width / _DPI, picture.height / _DPI), dpi=_DPI)
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, picture.width)
    axes.set_ylim(picture.height, 0)
    axes.axis("off")
    for collection in _collections(picture, style):
        axes.add_collection(collection, autolim=False)
    for run in (*picture.captions, *(run for label in picture.labels for run in label.runs)):
        _write(axes, run)
    return made


def _collections(picture: Picture, style: GraphStyle) -> list[PathCollection]:
    line = style.letters * 0.09
    flows = PathCollection([band(flow) for flow in picture.flows], facecolors=[flow.colour for flow in picture.flows],
                           alpha=[flow.opacity for flow in picture.flows] or None, linewidths=0)  # fmt: skip
    ground = PathCollection([closed(placed.points) for placed in picture.objects], facecolors=style.scheme.ground, linewidths=0)
    objects = PathCollection(
        [closed(placed.points) for placed in picture.objects],
        facecolors=[(placed.fill, 0.25 if placed.hollow else 1.0) for placed in picture.objects],
        edgecolors=[placed.edge for placed in picture.objects],
        linewidths=[line * (2.5 if placed.node.new else 1.6 if placed.hollow else 1) for placed in picture.objects],
    )
    marks = PathCollection([closed(mark.points) for mark in picture.marks], facecolors=[mark.fill or "none" for mark in picture.marks],
                           edgecolors=[mark.edge for mark in picture.marks], linewidths=line)  # fmt: skip
    return [flows, ground, objects, marks]


def closed(points: Points) -> Path:
    return Path([*points, points[0]], closed=True)


def band(flow: Flow) -> Path:
    """Along the upper curve and back along the lower one."""
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return Path([*flow.upper, *reversed(flow.lower), flow.upper[0]], codes)


def _write(axes: "mpl.axes.Axes", run: Text) -> None:
    made = axes.text(run.x, run.baseline, run.text, color=run.colour, fontsize=run.size, family=FAMILY, va="baseline", ha="left",
              fontweight="bold" if run.bold else "normal", parse_math=False)  # fmt: skip
    if run.halo:
        made.set_path_effects([withStroke(linewidth=run.size * HALO, foreground=run.halo)])
