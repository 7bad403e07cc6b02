"""Which template each data set is read with: the one that was valid when the set arrived."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._ledger import WINDOW
from varde.decode.flow._messages import Messages
from varde.decode.flow._rejects import Rejects
from varde.decode.flow._sets import DATA_FIRST, TEMPLATES, Sets
from varde.decode.flow._streams import Replaced, Stream
from varde.decode.flow._templates import ALL_OPTIONS, ALL_TEMPLATES, Change, Template, read_templates

_NUMBERS = 65_536
_WRAP = 2**32

OVERTAKEN_US = 5_000_000
"""us: networks let a datagram overtake another by milliseconds, seldom by a second."""


@dataclass(slots=True)
class Assigned:
    """Data sets with the template of each (a place in `templates`, -1 for none), and those that waited for theirs."""

    sets: Sets
    template: NDArray[np.int64]
    templates: list[Template]
    announcer: NDArray[np.int64]
    "Of sets whose template came behind them in the same batch: the message that brought it; -1 for the others."
    announced: list[tuple[int, Template, int]]
    "Stream, template and message of each template that is new: sets held from before may wait for it."


@dataclass(slots=True)
class _History:
    """What became of one template number in this batch: the template before it, then changes by place in the batch."""

    before: Template | None
    places: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    after: list[Template | None] = field(default_factory=list)
    replaced: list[Replaced | None] = field(default_factory=list)
    "What the template took the place of: before the first change, then behind each."


def assign(octets: NDArray[np.uint8], sets: Sets, messages: Messages, streams: list[Stream], rejects: Rejects) -> Assigned:
    """Take in all templates and tell each data set its own. Sets with reserved numbers are rejected."""
    of_stream = messages["stream"][sets.message]
    protocols = messages["protocol"][sets.message]
    is_data = sets.number >= DATA_FIRST
    histories: dict[tuple[int, int], _History] = {}
    announced: list[tuple[int, Template, int]] = []
    for place in np.flatnonzero(~is_data).tolist():
        message, protocol, number = int(sets.message[place]), int(protocols[place]), int(sets.number[place])
        body = octets[int(sets.begin[place]) : int(sets.end[place])].tobytes()
        options = TEMPLATES.get((protocol, number))
        if options is None:
            rejects.add(messages, message, "set_id", body)
            continue
        stream = int(of_stream[place])
        for found in read_templates(body, protocol, options=options, seen=int(messages["received"][message])):
            if isinstance(found, str):
                rejects.add(messages, message, found, body)
                continue
            for change in _each(found, streams[stream]):
                new = _take(change, streams[stream], (stream, change.number), (place, message), histories, messages[message])
                announced += [(stream, new, message)] if new else []
    data = sets.take(np.flatnonzero(is_data))
    return _assigned(data, np.flatnonzero(is_data), messages, streams, histories, announced)


def _each(change: Change, stream: Stream) -> list[Change]:
    """A withdrawal of all templates as one of each."""
    if change.number not in (ALL_TEMPLATES, ALL_OPTIONS):
        return [change]
    options = change.number == ALL_OPTIONS
    return [Change(number, None) for number, template in stream.templates.items() if template.is_options == options]


def _take(
    change: Change, stream: Stream, key: tuple[int, int], place: tuple[int, int], histories: dict[tuple[int, int], _History], message: Any
) -> Template | None:
    """Do what a template set says. Returns the template where it is not the one that was known."""
    known = stream.templates.get(change.number)
    same = bool(known and change.template and known.layout is change.template.layout)
    if not same and (known or change.template):
        history = histories.setdefault(key, _History(known, replaced=[stream.replaced.get(change.number)]))
        history.places.append(place[0])
        history.messages.append(place[1])
        history.after.append(change.template)
        history.replaced.append(_replaced(known, message) if known and change.template else None)
    if change.template is None:
        stream.remove(change.number)
        return None
    stream.put(change.template, stream.replaced.get(change.number) if same else _replaced(known, message))
    return None if same else change.template


def _replaced(known: Template | None, message: Any) -> Replaced | None:
    return Replaced(known, int(message["sequence"]), int(message["export"]), int(message["received"])) if known else None


def _assigned(
    sets: Sets, places: NDArray[np.intp], messages: Messages, streams: list[Stream],
    histories: dict[tuple[int, int], _History], announced: list[tuple[int, Template, int]],
) -> Assigned:  # fmt: skip
    template = np.full(len(sets), -1, np.int64)
    announcer = np.full(len(sets), -1, np.int64)
    templates: list[Template] = []
    ranks: dict[int, int] = {}

    def rank(one: Template | None) -> int:
        if one is None:
            return -1
        if id(one.layout) not in ranks:
            ranks[id(one.layout)] = len(templates)
            templates.append(one)
        return ranks[id(one.layout)]

    for (stream, template_number), mine in _by_template(messages["stream"][sets.message], sets.number):
        history = histories.get((stream, template_number))
        if history is None:
            template[mine] = rank(streams[stream].use(template_number))
            _put_back(template, sets, mine, messages, [streams[stream].replaced.get(template_number)], np.zeros(len(mine), np.intp), rank)
            continue
        options = np.array([rank(one) for one in (history.before, *history.after)], np.int64)
        valid = np.searchsorted(history.places, places[mine])
        template[mine] = options[valid]
        coming = _next_known(options)[valid]
        waits = (template[mine] < 0) & (coming < len(options))
        template[mine[waits]] = options[coming[waits]]
        announcer[mine[waits]] = np.array(history.messages)[coming[waits] - 1]
        _put_back(template, sets, mine, messages, history.replaced, valid, rank)
    return Assigned(sets, template, templates, announcer, announced)


def _by_template(streams: NDArray[np.int64], numbers: NDArray[np.int64]) -> Iterator[tuple[tuple[int, int], NDArray[np.intp]]]:
    """Stream and template number, and the sets of each in order. Sorted once: there may be as many numbers as sets."""
    codes = streams * _NUMBERS + numbers
    order = np.argsort(codes, kind="stable")
    edges = np.flatnonzero(np.diff(codes[order], prepend=-1, append=-1))
    for begin, end in pairwise(edges.tolist()):
        stream, number = divmod(int(codes[order[begin]]), _NUMBERS)
        yield (stream, number), order[begin:end]


def _next_known(options: NDArray[np.int64]) -> NDArray[np.intp]:
    """For each place the next one, or itself, that has a template; the length where none follows."""
    known = np.where(options >= 0, np.arange(len(options)), len(options))
    return np.minimum.accumulate(known[::-1])[::-1]


def _put_back(
    template: NDArray[np.int64], sets: Sets, rows: NDArray[np.intp], messages: Messages, replaced: list[Replaced | None],
    valid: NDArray[np.intp], rank: Callable[[Template | None], int],
) -> None:  # fmt: skip
    """Give sets that were sent before the message that brought their template, though they came behind it, the one that it replaced.
    `valid` is the place in `replaced` for each row.

    That is told by the sequence number, which an exporter that began anew has lower too, but later by its clock."""
    if not any(replaced):
        return
    known = [(one.sequence, one.export, one.received, rank(one.template)) if one else (0, 0, 0, -1) for one in replaced]
    sequence, export, received, before = np.array(known, np.int64).reshape(-1, 4)[valid].T
    mine = messages[sets.message[rows]]
    behind, late = (sequence - mine["sequence"]) % _WRAP, mine["received"] - received
    is_old = (before >= 0) & (behind > 0) & (behind <= WINDOW) & (mine["export"] <= export) & (late >= 0) & (late <= OVERTAKEN_US)
    template[rows[is_old]] = before[is_old]
