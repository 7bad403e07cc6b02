"""Findings in the Fireplot that is one HTML file: outlines, captions or numbers over the picture, and what is known of each below it."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from varde.query import Answer
from varde.views.density import coarser
from varde.views.outlines import Group, Mark, grouped
from varde.views.placing import Box, Letters, Placed, placed_in

_LETTER, _LINE, _FRAME = 6.4, 15.0, 5.0  # pixels of 11 px letters: more than any common font takes on average, so that words end in their box
_DIGIT, _RIM = 7.9, 3.6  # pixels of a number in its frame
_ABOVE, _BESIDE = 22, 18  # pixels around the picture, as the style sheet has them


@dataclass(frozen=True, slots=True)
class _Layer:
    """For one range of sizes of the window: the class that shows it, the least size that the picture has there, and whether captions fit."""

    name: str
    width: int
    height: int
    captions: bool


_LAYERS = (_Layer("roomy", 840, 400, captions=True), _Layer("middling", 480, 260, captions=False), _Layer("small", 180, 260, captions=False))
"""As the style sheet has them. Larger windows leave more room around words, never less."""


def overlay(marks: Sequence[Mark], answer: Answer) -> str:
    """Outlines and words for windows of every size, of which one layer is seen."""
    groups, left_out = grouped(marks, answer)
    return "".join(_layer(layer, groups, left_out, answer) for layer in _LAYERS) if groups else ""


def _layer(layer: _Layer, groups: Sequence[Group], left_out: int, answer: Answer) -> str:
    small = coarser(answer, layer.width, layer.height)
    scale = min(1.0, small.width / layer.width)  # a picture that is narrower than its window is stretched
    letters = Letters(lambda words: _wide(words) * scale, _LINE * scale, layer.captions, round(_BESIDE * scale), round(_ABOVE * scale))
    marked = placed_in(small, groups, left_out, letters)
    size = f'viewBox="0 0 {small.width} {small.height}" preserveAspectRatio="none"'
    shapes = "".join(_shape(placed) for placed in marked.placed)
    words = "".join(_words(placed, small) for placed in marked.placed)
    return f'<div class="marks {layer.name}"><svg {size} aria-hidden="true">{shapes}</svg>{words}</div>'


def _wide(words: str) -> float:
    """Pixels of a line, which is at least as wide as it is drawn; a number alone is bold."""
    return _DIGIT * len(words) + _RIM if words.isdigit() else _LETTER * len(words) + _FRAME


def _shape(placed: Placed) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed.outline)
    line = ""
    if placed.leader:
        (x0, y0), (x1, y1) = placed.leader
        line = f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>'
    return f'<polygon data-finding="{placed.number}" points="{corners}"/>{line}'


def _words(placed: Placed, answer: Answer) -> str:
    """A link to what is known of it, in the box that was found for it; words end at the side from which the line goes."""
    box = placed.box
    place = ";".join(_style(placed.box, answer))
    foot = placed.leader is not None and placed.leader[0][1] > box.top + box.height / 2
    sides = "".join(f" {name}" for name, is_so in (("right", placed.is_left), ("foot", foot)) if is_so)
    first, *rest = placed.words
    lines = [f"<b>{placed.number}</b>{html.escape(first.removeprefix(str(placed.number)))}", *map(html.escape, rest)]
    label = html.escape(f"Finding {placed.number}: {placed.group.caption}", quote=True)
    name = html.escape(placed.mark.id, quote=True)
    return f'<a class="mark{sides}" style="{place}" href="#finding={name}" data-finding="{placed.number}" aria-label="{label}" title="{label}"><span>{"<br>".join(lines)}</span></a>'


def _style(box: Box, answer: Answer) -> Iterator[str]:
    """In shares of the picture, with which it grows; in the margins in pixels, which stay."""
    beside, above = box.left - answer.width, box.top
    yield f"left:calc(100% + {beside:.1f}px)" if beside >= 0 else f"left:{100 * box.left / answer.width:.3f}%"
    yield f"top:{above:.1f}px" if above < 0 else f"top:{100 * box.top / answer.height:.3f}%"
    yield f"width:{box.width:.1f}px" if beside >= 0 else f"width:{100 * box.width / answer.width:.3f}%"
    yield f"height:{box.height:.1f}px" if above < 0 else f"height:{100 * box.height / answer.height:.3f}%"


def listing(marks: Sequence[Mark], answer: Answer) -> str:
    """All findings of the picture, each to be opened: what happened, why it is believed, what to do, where its records are."""
    groups, left_out = grouped(marks, answer)
    if not groups:
        return ""
    items = "".join(_item(mark, group.number if mark is group.mark else 0) for group in groups for mark in (group.mark, *group.alike))
    more = f"<p>and {left_out:,} more that are not outlined</p>" if left_out else ""
    toggle = '<label><input type="checkbox" id="outlines" checked> Outline them in the picture</label>'
    return f'<section class="findings" aria-labelledby="findings"><h2 id="findings">Findings</h2>{toggle}<ol>{items}</ol>{more}</section>'


def _item(mark: Mark, number: int) -> str:
    """`number` is 0 for one that another's outline stands for."""
    said = {key: html.escape(str(mark.document.get(key) or "")) for key in ("sentence", "reason", "advice", "evidence")}
    badge = f"<b>{number}</b> " if number else "<b>&middot;</b> "
    name = html.escape(f"finding={mark.id}", quote=True)
    known = "".join(f"<dt>{word}</dt><dd>{said[key]}</dd>" for word, key in (("Why", "reason"), ("What to do", "advice")) if said[key])
    command = f'<dt>Its records</dt><dd><code tabindex="0">{said["evidence"]}</code></dd>' if said["evidence"] else ""
    return (f'<li><details id="{name}" data-finding="{number}"><summary>{badge}{html.escape(mark.caption)}</summary>'
            f"<p>{said['sentence']}</p><dl>{known}{command}</dl></details></li>")  # fmt: skip
