"""NetFlow v9 and IPFIX messages of a batch: templates, options data, then flows, each with what held when it arrived."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._assign import Assigned, assign
from varde.decode.flow._facts import Told
from varde.decode.flow._held import Held, HeldSet
from varde.decode.flow._messages import IPFIX, NETFLOW9, Messages
from varde.decode.flow._options import identity_columns, told
from varde.decode.flow._pieces import Pieces
from varde.decode.flow._records import Records
from varde.decode.flow._sets import find_sets
from varde.decode.flow._streams import OPTIONS_MAX
from varde.decode.flow._work import Group, Work, add_flows, add_options, read_group

CHANGES_MAX = 16
"""Changes of what is known of an exporter that one batch keeps apart; later ones hold for all that follows the last of them."""

LAYOUTS_MAX = 256
"""Templates that differ and are read in one batch: each costs a millisecond, however few octets it has. A hundred exporters of one make
share theirs; the exporters of a batch have some dozens."""

EACH_MAX = 2048
"""Options records of one layout in a batch that are looked at one by one; of more, the last about each thing."""


def read_templated(work: Work, held: Held) -> None:
    """Read all sets; those without a template are held."""
    rows = np.flatnonzero((work.messages["protocol"] == NETFLOW9) | (work.messages["protocol"] == IPFIX))
    if not len(rows):
        return
    _cut_to_length(work, rows)
    sets, damage = find_sets(work.octets, work.messages, rows)
    for message, reason, place in damage:
        work.rejects.add(work.messages, message, reason, work.octets[place : int(work.messages["end"][message])].tobytes())
    assigned = assign(work.octets, sets, work.messages, work.streams, work.rejects)
    groups = _groups(work, assigned, held)
    read = [(group, *read_group(work, group)) for group in groups]
    for group, records, counts in read:
        _count_records(work, group, counts)
        if group.layout.scopes:
            _learn(work, records, group.message, counts)
    for group, records, counts in read:
        if not group.layout.scopes:
            add_flows(work, records, group.message, counts)


def _cut_to_length(work: Work, rows: NDArray[np.intp]) -> None:
    """An IPFIX message says how long it is: shorter than its datagram, or cut off."""
    messages = work.messages
    mine = rows[messages["protocol"][rows] == IPFIX]
    said = messages["begin"][mine] - 16 + messages["count"][mine]
    for row in mine[said > messages["end"][mine]].tolist():
        begin, end = int(messages["begin"][row]), int(messages["end"][row])
        work.rejects.add(messages, row, "truncated", work.octets[begin:end].tobytes())
    messages["end"][mine] = np.minimum(messages["end"][mine], np.maximum(said, messages["begin"][mine]))


def _groups(work: Work, assigned: Assigned, held: Held) -> list[Group]:
    """Sets by layout, with those that waited and whose template has come."""
    released = _released(work, assigned, held)
    _hold(work, assigned, held)
    source = assigned.sets.message
    message = source.copy()
    waited = np.flatnonzero(assigned.announcer >= 0)
    pairs = zip(source[waited].tolist(), assigned.announcer[waited].tolist(), strict=True)
    message[waited] = _append(work, [_late(work, work.messages[row : row + 1], announcer) for row, announcer in pairs])
    groups = []
    for template, rows in zip(assigned.templates, _by_rank(assigned), strict=True):
        begins, ends = assigned.sets.begin[rows], assigned.sets.end[rows]
        group = Group(template.layout, Pieces(work.octets, begins, ends), ends - begins, message[rows], source[rows])
        groups.append(_with(group, released.pop(id(template.layout), [])))
    layouts = {id(template.layout): template.layout for _, template, _ in assigned.announced}
    none = np.zeros(0, np.int64)
    return _bounded(work, groups + [_with(Group(layouts[key], [], none, none, none), rest) for key, rest in released.items()])


def _by_rank(assigned: Assigned) -> list[NDArray[np.intp]]:
    """The sets of each template. Sorted once: there may be as many templates as sets."""
    order = np.argsort(assigned.template, kind="stable")
    edges = np.searchsorted(assigned.template[order], np.arange(len(assigned.templates) + 1))
    return [order[begin:end] for begin, end in pairwise(edges.tolist())]


def _bounded(work: Work, groups: list[Group]) -> list[Group]:
    """Of more groups than are read at once those with the least data are passed over, and their sets rejected."""
    if len(groups) <= LAYOUTS_MAX:
        return groups
    order = np.argsort([-int(group.sizes.sum()) for group in groups], kind="stable").tolist()
    for rank in order[LAYOUTS_MAX:]:
        group = groups[rank]
        for message, source, piece in zip(group.message.tolist(), group.source.tolist(), group.pieces, strict=True):
            work.rejects.add(work.messages, message, "layouts", bytes(piece))
            if source >= 0:
                work.slack[source] += len(piece)
    return [groups[rank] for rank in sorted(order[:LAYOUTS_MAX])]


def _with(group: Group, released: list[tuple[bytes, int]]) -> Group:
    """A group and sets that waited since earlier batches."""
    if not released:
        return group
    bodies, places = zip(*released, strict=True)
    more = [np.array(column, np.int64) for column in ([len(body) for body in bodies], places, [-1] * len(places))]
    columns = [np.concatenate(pair) for pair in zip((group.sizes, group.message, group.source), more, strict=True)]
    return Group(group.layout, [*group.pieces, *bodies], *columns)


def _released(work: Work, assigned: Assigned, held: Held) -> dict[int, list[tuple[bytes, int]]]:
    """Sets of earlier batches whose template has come, with their messages, by layout."""
    bodies: list[tuple[int, bytes]] = []
    messages: list[Messages] = []
    for stream, template, announcer in assigned.announced:
        for one in held.take((work.streams[stream].number, template.number)):
            late = _late(work, one.message, announcer)
            late["stream"] = late["facts"] = stream
            messages.append(late)
            bodies.append((id(template.layout), one.body))
    found: dict[int, list[tuple[bytes, int]]] = {}
    for (layout, body), place in zip(bodies, _append(work, messages).tolist(), strict=True):
        found.setdefault(layout, []).append((body, place))
    return found


def _late(work: Work, message: Messages, announcer: int) -> Messages:
    """A message of its own for a set that waited. It counts as read where its template stands, so that a file that was read up
    to there before is not missing it."""
    late = message.copy()
    late["late"] = 1
    late["offset"] = work.messages["offset"][announcer]
    return late


def _append(work: Work, messages: list[Messages]) -> NDArray[np.int64]:
    first = len(work.messages)
    if messages:
        work.messages = np.concatenate([work.messages, *messages])
    return np.arange(first, first + len(messages))


def _hold(work: Work, assigned: Assigned, held: Held) -> None:
    unknown = np.flatnonzero(assigned.template < 0)
    sets = assigned.sets.take(unknown)
    some = np.flatnonzero(sets.end > sets.begin)  # an empty set holds nothing to wait for
    sets = sets.take(some)
    for message, number, begin, end in zip(*(column.tolist() for column in (sets.message, sets.number, sets.begin, sets.end)), strict=True):
        stream = work.streams[int(work.messages["stream"][message])]
        held.add(HeldSet((stream.number, number), work.octets[begin:end].tobytes(), work.messages[message : message + 1].copy()))
        work.slack[message] += end - begin


def _count_records(work: Work, group: Group, counts: NDArray[np.int64]) -> None:
    """What sequence numbers may count. Sets that waited count as if they had been read when they came."""
    mine = group.source >= 0
    np.add.at(work.records, group.source[mine], counts[mine])
    if not group.layout.scopes:
        np.add.at(work.plain, group.source[mine], counts[mine])


def _learn(work: Work, records: Records, message: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Keep options records, and use what they say."""
    add_options(work, message, counts)
    layout = records.layout
    places = np.repeat(message, counts)
    streams = work.messages["stream"][places].tolist()
    identities = identity_columns(layout)
    found = list(zip(*(records.pieces(place) for place in range(len(layout.fields))), strict=True))
    abouts = [(stream, *(values[place] for place in identities)) for stream, values in zip(streams, found, strict=True)]
    wanted = range(len(found)) if len(found) <= EACH_MAX else sorted({about: row for row, about in enumerate(abouts)}.values())
    for row in wanted:
        stream, key = work.streams[streams[row]], (id(layout), b"\x00".join(abouts[row][1:]))
        if stream.options.get(key, (None, None))[1] == found[row]:
            continue
        if key in stream.options or len(stream.options) < OPTIONS_MAX:
            stream.options[key] = (layout, found[row])
        for one in told(dict(zip(reversed(layout.keys), reversed(found[row]), strict=True))):  # of fields that come twice the first counts
            _take_in(work, int(places[row]), one)


def _take_in(work: Work, place: int, one: Told) -> None:
    """What becomes known holds for the whole batch; what changes holds from its message on."""
    number = int(work.messages["stream"][place])
    stream = work.streams[number]
    known = stream.facts.get(one)
    if known == one.value:
        return
    if known is not None and len(work.facts) < len(work.streams) + CHANGES_MAX:
        stream.facts = stream.facts.copy()
        work.facts.append(stream.facts)
        behind = np.flatnonzero(work.messages["stream"] == number)
        work.messages["facts"][behind[behind >= place]] = len(work.facts) - 1
    stream.facts.put(one)
