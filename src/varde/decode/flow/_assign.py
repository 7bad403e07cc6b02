"""Which template each data set is read with: the one that was valid when the set arrived."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._messages import Messages
from varde.decode.flow._rejects import Rejects
from varde.decode.flow._sets import DATA_FIRST, TEMPLATES, Sets
from varde.decode.flow._streams import Stream
from varde.decode.flow._templates import ALL_OPTIONS, ALL_TEMPLATES, Change, Template, read_templates

_NUMBERS = 65_536


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
                new = _take(change, streams[stream], (stream, change.number), (place, message), histories)
                announced += [(stream, new, message)] if new else []
    data = sets.take(np.flatnonzero(is_data))
    return _assigned(data, np.flatnonzero(is_data), of_stream[is_data], streams, histories, announced)


def _each(change: Change, stream: Stream) -> list[Change]:
    """A withdrawal of all templates as one of each."""
    if change.number not in (ALL_TEMPLATES, ALL_OPTIONS):
        return [change]
    options = change.number == ALL_OPTIONS
    return [Change(number, None) for number, template in stream.templates.items() if template.is_options == options]


def _take(change: Change, stream: Stream, key: tuple[int, int], place: tuple[int, int], histories: dict[tuple[int, int], _History]) -> Template | None:
    """Do what a template set says. Returns the template where it is not the one that was known."""
    known = stream.templates.get(change.number)
    same = bool(known and change.template and known.layout is change.template.layout)
    if not same and (known or change.template):
        history = histories.setdefault(key, _History(known))
        history.places.append(place[0])
        history.messages.append(place[1])
        history.after.append(change.template)
    if change.template is None:
        stream.remove(change.number)
        return None
    stream.put(change.template)
    return None if same else change.template


def _assigned(
    sets: Sets, places: NDArray[np.intp], of_stream: NDArray[np.int64], streams: list[Stream],
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

    codes, which = np.unique(of_stream * _NUMBERS + sets.number, return_inverse=True)
    for number, code in enumerate(codes.tolist()):
        stream, template_number = divmod(code, _NUMBERS)
        history = histories.get((stream, template_number))
        if history is None:
            template[which == number if len(codes) > 1 else slice(None)] = rank(streams[stream].use(template_number))
            continue
        mine = np.flatnonzero(which == number)
        options = np.array([rank(one) for one in (history.before, *history.after)], np.int64)
        valid = np.searchsorted(history.places, places[mine])
        template[mine] = options[valid]
        for row in mine[template[mine] < 0].tolist():
            behind = int(np.searchsorted(history.places, places[row]))
            coming = np.flatnonzero(options[behind:] >= 0)
            if len(coming):
                template[row] = options[behind + coming[0]]
                announcer[row] = history.messages[behind + int(coming[0]) - 1]
    return Assigned(sets, template, templates, announcer, announced)
