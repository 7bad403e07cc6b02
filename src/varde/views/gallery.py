"""Drawings as a contact sheet: each drawn again from its own probes, with what is known of it."""

import html
import io
import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np

from varde.decode.rows import iso
from varde.detect import Campaign
from varde.model import counted
from varde.query import Answer
from varde.query.drawings import Gallery
from varde.views import campaigns
from varde.views.captions import Style
from varde.views.density import Pixels, picture, png_of
from varde.views.fireplot_html import data_address
from varde.views.palette import rgb

THUMB = (320, 150)
"""Pixels of one drawing."""

_COLUMNS, _GAP, _TOP, _WORDS, _DPI = 3, 16, 64, 34, 100  # drawings in a row, then pixels
_LINE = 52  # characters below a drawing


@dataclass(frozen=True, slots=True)
class Hung:
    """A drawing and its cells."""

    campaign: Campaign
    answer: Answer


def title(gallery: Gallery, style: Style) -> str:
    first, last = (moment.astimezone(style.zone) for moment in (gallery.window.first, gallery.window.last))
    return f"Drawings, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} ({style.zone.key})"


def totals(gallery: Gallery) -> str:
    """`2 drawings among 45,615 packets`, and how many are not shown."""
    more = f", of which the last {len(gallery.campaigns)} are shown" if gallery.left_out else ""
    return f"{counted(len(gallery.campaigns) + gallery.left_out, 'drawing')} among {counted(gallery.events, 'packet')}{more}"


def nothing(gallery: Gallery) -> str:
    """Why there is none, which is how it mostly is."""
    return f"nobody drew a picture with {counted(gallery.events, 'packet')}"


def gallery_json(gallery: Gallery, style: Style) -> dict[str, Any]:
    """Documents as `varde scans` has them."""
    return {"from": iso(gallery.window.first), "to": iso(gallery.window.last), "events": gallery.events, "left_out": gallery.left_out,
            "drawings": [campaigns.document(one, style.zone) for one in gallery.campaigns]}  # fmt: skip


def _json(gallery: Gallery, hung: Sequence[Hung], style: Style) -> bytes:
    return (json.dumps(gallery_json(gallery, style), indent=1) + "\n").encode()


def _when(campaign: Campaign, style: Style) -> str:
    return f"{datetime.fromtimestamp(campaign.first // 1_000_000, timezone.utc).astimezone(style.zone):%Y-%m-%d %H:%M}"


def _png(gallery: Gallery, hung: Sequence[Hung], style: Style) -> bytes:
    """Rows of three."""
    from matplotlib.figure import Figure

    canvas, scheme = _sheet(hung, style), style.scheme
    height, width = canvas.shape[:2]
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=scheme.panel)
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(canvas, extent=(0, width, 0, height), interpolation="nearest", aspect="auto")
    made.text(_GAP / width, 1 - 26 / height, title(gallery, style), color=scheme.ink, fontsize=12, fontweight="bold")
    made.text(_GAP / width, 1 - 46 / height, totals(gallery), color=scheme.quiet, fontsize=9)
    made.text(1 - _GAP / width, 6 / height, style.note, color=scheme.quiet, fontsize=7, ha="right", parse_math=False)
    for number, one in enumerate(hung):
        left, top = _place(number)
        for row, words in enumerate(textwrap.wrap(f"{_when(one.campaign, style)}  {campaigns.caption(one.campaign, style.zone)}", _LINE)[:2]):
            made.text(left / width, 1 - (top + THUMB[1] + 13 + 13 * row) / height, words, color=scheme.ink, fontsize=8, parse_math=False)
    if not hung:
        made.text(0.5, 0.4, nothing(gallery), color=scheme.ink, fontsize=11, ha="center", parse_math=False)
    out = io.BytesIO()
    made.savefig(out, format="png", dpi=_DPI, facecolor=scheme.panel, metadata={"Software": "Varde"})
    return out.getvalue()


def _place(number: int) -> tuple[int, int]:
    """Left and top of a drawing."""
    return _GAP + number % _COLUMNS * (THUMB[0] + _GAP), _TOP + number // _COLUMNS * (THUMB[1] + _WORDS + _GAP)


def _sheet(hung: Sequence[Hung], style: Style) -> Pixels:
    rows = max(1, -(-len(hung) // _COLUMNS))
    canvas = np.empty((_TOP + rows * (THUMB[1] + _WORDS + _GAP) + _GAP, _GAP + _COLUMNS * (THUMB[0] + _GAP), 3), dtype=np.uint8)
    canvas[:] = rgb(style.scheme.panel)
    for number, one in enumerate(hung):
        left, top = _place(number)
        canvas[top : top + THUMB[1], left : left + THUMB[0]] = picture(one.answer, style.scheme)
    return canvas


def _html(gallery: Gallery, hung: Sequence[Hung], style: Style) -> bytes:
    """One file that fetches nothing."""
    scheme = style.scheme
    page = Template((files("varde.views") / "gallery.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title(gallery, style)), totals=html.escape(totals(gallery)), items="".join(_item(one, style) for one in hung),
        empty="" if hung else f'<p class="empty">{html.escape(nothing(gallery))}</p>', note=html.escape(style.note),
        look="light" if scheme.name == "light" else "dark", ground=scheme.ground, panel=scheme.panel, line=scheme.line, ink=scheme.ink, quiet=scheme.quiet,
    )  # fmt: skip
    return page.encode()


def _item(hung: Hung, style: Style) -> str:
    one = hung.campaign
    said = {key: html.escape(value, quote=True) for key, value in (
        ("caption", campaigns.caption(one, style.zone)), ("sentence", campaigns.sentence(one, style.zone)),
        ("reason", campaigns.reason(one)), ("evidence", campaigns.evidence(one, style.zone)), ("id", campaigns.identity(one)),
    )}  # fmt: skip
    image = data_address(png_of(picture(hung.answer, style.scheme)))
    return (f'<li id="finding={said["id"]}"><figure><img alt="{said["caption"]}" src="{image}" width="{THUMB[0]}" height="{THUMB[1]}"><figcaption><b>{_when(one, style)}</b> '
            f'{said["sentence"]}<details><summary>Why, and its records</summary><p>{said["reason"]}</p><code tabindex="0">{said["evidence"]}</code></details></figcaption></figure></li>')  # fmt: skip


GALLERY_FORMATS: dict[str, Callable[[Gallery, Sequence[Hung], Style], bytes]] = {"png": _png, "html": _html, "json": _json}
"""What a gallery can be written as, by suffix."""
