"""Several sources that share out one range of ports, or of addresses, among them: none of them need show anything by itself.

Looked at are sources that tried at least two ports that hardly anybody tries. Those that did so in the same while and in the same part of
the range, and have an owner or a way of making packets in common, are counted against how many usually do. What they tried together has
one order and one clock where one program gave it out, and hardly anything twice."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from varde.detect.evidence import log_even, together
from varde.detect.habits import HOUR_US
from varde.detect.likelihood import log_tail
from varde.detect.ranks import tau

Array = NDArray[np.int64]
Floats = NDArray[np.float64]

SPANS = (HOUR_US, 2 * HOUR_US, 12 * HOUR_US, 48 * HOUR_US)
"""Windows, each at two places: what takes half as long lies wholly in one of them."""

HALVINGS = (0, 4, 7, 10)
"""Parts of the range that are looked at: all of it, a sixteenth and so on, each at two places."""

LONGEST = SPANS[-1]
"""Within which beginnings and ends of scans lie anywhere, where they have nothing to do with each other."""

EDGE_PAUSES = 3
"""Pauses from where anything is known: what begins or ends so near to it goes on beyond, and its end is nobody's doing."""

PLACES_MIN = 8
"""Ports, or addresses, that they tried together at least."""

CELLS_EACH = 2
"""That each of them tried at least: one packet accuses nobody."""

TWICE = 0.2
"""Share of what they tried that several of them tried, at most."""

ROOM_LOG_P = float(np.log(1e-6))
"""Cells that chance lets be so different seldom enough are shared out, though each port is tried by several: those of a block."""

DISPERSION = 2.0
"""k of how many do so in a window, as crowds of strangers have it."""

FLOOR = 0.5
"""Sources that may do so in a week though none has: nobody knows that none ever does."""

PARTS = (0.4, 2.0)
"""Times what the middle one of them did that each did at least, and at most."""

OWN_MIN = 8
"""From so many ports on a source is found by itself, and its order and its clock are its own."""

NEAR = 0.002
"""Share of the range within which one that goes on where another ended is told from chance: neighbouring ports lie unevenly."""

WINDOWS_MIN, WINDOWS_KNOWN = 3, 8
"""Windows of which one is judged by what the others had: where a part of the range or a trait is looked at, and without either."""

EDGES = 2
"""The first and last of them, which may not be whole."""

CANDIDATES_MAX, EACH_MAX = 200, 12
"""Groups of a judgement that are looked at one by one, the least likely, and how many of each window, part and trait."""

LOG_P_LOOKED_AT = -3.0
"""Of a group, from which on it is looked at at all."""

LOOSE = 12.0
"""What order and clock may still add to a group that its number alone does not tell: e-folds."""


@dataclass(frozen=True, slots=True)
class Points:
    """What sources tried, place by place, in order of time: a source and protocol (or source and port), moment, place of `extent`, and
    traits that sources share: 0 where unknown."""

    source: Array
    unit: Array
    "What is not shared out: the protocol, of addresses the port too."
    time: Array
    place: Array
    extent: int
    number: Array
    "The port itself, or the place among targets: what may lie at equal distances."
    step_max: int
    "The largest distance that is looked at."
    traits: tuple[Array, ...]
    "The owner, and the way of making packets."
    cell: Array
    "A number for each port of each target."
    target: Array
    known: tuple[int, int]
    "From when to when anything is known."


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of Points that belong together, and what speaks for it."""

    rows: Array
    log_p: float
    tau: float
    log_order: float


@dataclass(frozen=True, slots=True)
class _Visits:
    """What each source did in each window: one row each."""

    source: Array
    unit: Array
    window: Array
    count: Array
    low: Array
    high: Array
    traits: tuple[Array, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Sources that did alike in a window: ln of how likely so many are, the window, and who."""

    log_p: float
    span: int
    shifted: bool
    window: int
    unit: int
    members: Array


def groups(points: Points, log_p_max: float, since: int = 0) -> list[Group]:
    """Groups of which chance has at most exp(`log_p_max`). `since`: windows that ended before it are not looked at again."""
    candidates: list[_Candidate] = []
    tests = 1
    for span, shifted in itertools.product(SPANS, (False, True)):
        visits = _visits(points, span, shifted)
        if len(visits.source) < 2 or int(visits.window.max()) < window_of(since, span, shifted):
            continue
        for log_p, group in _crowded(visits, points.extent, window_of(since, span, shifted), windows_known(points, span, shifted)):
            tests += len(log_p)
            candidates += _chosen(visits, log_p, group, span, shifted)
    found = [_judged(points, each, math.log(tests)) for each in _different(candidates)]
    return [group for group in found if group is not None and group.log_p < log_p_max]


def window_of(moment: int, span: int, shifted: bool) -> int:
    return (moment + (span // 2 if shifted else 0)) // span


def windows_known(points: Points, span: int, shifted: bool) -> int:
    """How many windows there are of which anything is known."""
    begin, end = points.known
    return window_of(end, span, shifted) - window_of(begin, span, shifted) + 1


def windows_of(times: Array, span: int, shifted: bool) -> Array:
    """Number of the window of so long that each moment is in."""
    return np.asarray((times + (span // 2 if shifted else 0)) // span)


def _visits(points: Points, span: int, shifted: bool) -> _Visits:
    window = windows_of(points.time, span, shifted)
    order = np.lexsort((points.place, window, points.unit, points.source))
    source, unit, at, place = points.source[order], points.unit[order], window[order], points.place[order]
    starts = np.flatnonzero((np.diff(source, prepend=-1) != 0) | (np.diff(unit, prepend=-1) != 0) | (np.diff(at, prepend=-1) != 0))
    ends = np.append(starts[1:], len(order))
    many = ends - starts >= CELLS_EACH
    starts, ends = starts[many], ends[many]
    return _Visits(source[starts], unit[starts], at[starts], ends - starts, place[starts], place[ends - 1], tuple(trait[order][starts] for trait in points.traits))


def _crowded(visits: _Visits, extent: int, since: int, windows: int) -> Iterator[tuple[Floats, Array]]:
    """For each part of the range and trait: ln of how likely so many sources of each group of a window from `since` on are, and which
    group each visit is of, -1 of none."""
    if windows < WINDOWS_MIN:
        return
    alike = np.unique(visits.unit * 64 + np.log2(visits.count).astype(np.int64), return_inverse=True)[1].astype(np.int64)
    at = visits.window - visits.window.min()
    ranks = _Ranks(alike, at, windows, np.bincount(alike * windows + at))
    every = (None, *visits.traits)
    # ways of making packets are few, and each is everybody's
    recurring = [_recurring(trait, visits.source) if place == 1 else 1.0 for place, trait in enumerate(every)]
    for halving, half in itertools.product(HALVINGS, (0, 1)):
        width = max(1, extent >> halving)
        boxes = (visits.low + half * width // 2) // width
        local = np.flatnonzero(boxes == (visits.high + half * width // 2) // width)
        if (halving == 0 and half) or len(local) < 2:
            continue
        for place, trait in enumerate(every):
            if trait is None and not halving and windows < WINDOWS_KNOWN:
                continue
            rows = local if trait is None else local[trait[local] != 0]
            if len(rows) >= 2:
                yield _unusual(ranks, rows, boxes[rows], None if trait is None else trait[rows], width / extent, since - int(visits.window.min()), recurring[place])


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Of each visit what it is like (unit and size), and its window's place; how many visits are alike in each window."""

    alike: Array
    window: Array
    windows: int
    counts: Array


def _unusual(ranks: _Ranks, rows: Array, boxes: Array, trait: Array | None, share: float, since: int, recurring: float) -> tuple[Floats, Array]:
    whose = np.zeros(len(rows), dtype=np.int64) if trait is None else np.unique(trait, return_inverse=True)[1].astype(np.int64)
    place = ((ranks.alike[rows] * (int(whose.max()) + 1) + whose) << 21) + boxes
    order = np.lexsort((ranks.window[rows], place))
    place, at, sorted_rows = place[order], ranks.window[rows][order], rows[order]
    new_place = np.diff(place, prepend=-1) != 0
    new = new_place | (np.diff(at, prepend=-1) != 0)
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(place)))
    ever = np.bincount(np.cumsum(new_place) - 1)[(np.cumsum(new_place) - 1)[starts]]
    first = sorted_rows[starts]
    others = ranks.counts[ranks.alike[first] * ranks.windows + ranks.window[first]] - counts
    # what this group itself had tells nothing of what is usual
    of_trait = 1.0 if trait is None else (np.bincount(whose)[whose[order][starts]] - counts) / len(ranks.alike)
    usual = (ever - counts) / max(1, ranks.windows - EDGES)
    expected = np.maximum(usual, others * (len(rows) / len(ranks.alike) * share) * of_trait) + FLOOR * recurring / ranks.windows
    answer = np.zeros(len(counts))
    enough = np.flatnonzero((counts >= 2) & (counts > expected) & (ranks.window[first] >= since))
    answer[enough] = log_tail(counts[enough].astype(np.float64), expected[enough], np.full(len(enough), DISPERSION))
    group = np.full(len(ranks.alike), -1, dtype=np.int64)
    group[sorted_rows] = np.cumsum(new) - 1
    return answer, group


def _recurring(trait: Array | None, source: Array) -> float:
    """Share of owners that have several sources at all: where each has one, a second is news."""
    if trait is None:
        return 1.0
    order = np.lexsort((source, trait))
    trait, source = trait[order], source[order]
    new = np.diff(trait, prepend=-1) != 0
    new_source = new | (np.diff(source, prepend=-1) != 0)
    each = np.bincount(np.cumsum(new)[new_source] - 1)
    return min(1.0, (int((each > 1).sum()) + 1) / max(1, len(each)))


def _chosen(visits: _Visits, log_p: Floats, group: Array, span: int, shifted: bool) -> Iterator[_Candidate]:
    """The least likely groups."""
    unlikely = np.flatnonzero(log_p < LOG_P_LOOKED_AT)
    for number in unlikely[np.argsort(log_p[unlikely])[:EACH_MAX]]:
        members = np.flatnonzero(group == number)
        window = int(visits.window[members[0]])
        yield _Candidate(float(log_p[number]), span, shifted, window, int(visits.unit[members[0]]), visits.source[members])


def _different(candidates: list[_Candidate]) -> list[_Candidate]:
    """The least likely, each set of sources once."""
    each: dict[bytes, _Candidate] = {}
    for one in sorted(candidates, key=lambda one: one.log_p):
        each.setdefault(np.unique(one.members).tobytes(), one)
        if len(each) >= CANDIDATES_MAX:
            break
    return list(each.values())


def _judged(points: Points, one: _Candidate, log_tests: float) -> Group | None:
    if one.log_p + log_tests > LOOSE:
        return None
    at = windows_of(points.time, one.span, one.shifted)
    own = np.flatnonzero((points.unit == one.unit) & np.isin(points.source, one.members))
    rows = _gone_on(points, own, at[own] == one.window, one.span)
    rows = rows[_take_part(points.source[rows])]
    places, firsts = np.unique(points.place[rows], return_index=True)
    several = len(np.unique(points.source[rows])) > 1
    if not several or len(places) < PLACES_MIN:
        return None
    union = rows[np.sort(firsts)]
    found, log_order = tau(points.place[union])
    each = _of_each(points, rows)
    is_long = float(np.median([len(own) for own in each])) >= OWN_MIN
    room = 0.0 if is_long else _log_room(points, rows)
    # who did much alone may have taken the same ports of another address; of who did little that is what any bot does, but of a full block
    different = len(np.unique(points.cell[rows])) if is_long or room < ROOM_LOG_P else len(places)
    if len(rows) - different > TWICE * len(rows):
        return None
    traits = [log_order, log_even(points.time[union]), room] if not is_long else [_log_company(points, each)]
    return Group(rows, together([one.log_p, *traits]) + log_tests, found, log_order)


def _log_room(points: Points, rows: Array) -> float:
    """ln of how likely so many tries of some ports of some addresses, drawn alike, would meet so seldom."""
    tries, cells, places = len(rows), len(np.unique(points.cell[rows])), len(np.unique(points.place[rows]))
    room = places * len(np.unique(points.target[rows]))
    if cells <= places or cells < tries * (1 - TWICE):
        return 0.0
    # so many different ones, and the others anywhere among them, at the price of all ways to choose those
    again = tries - cells
    chosen = math.lgamma(tries + 1) - math.lgamma(again + 1) - math.lgamma(cells + 1)
    return min(0.0, chosen + math.lgamma(room + 1) - math.lgamma(room - cells + 1) - cells * math.log(room) + again * math.log(cells / room))


def _take_part(sources: Array) -> NDArray[np.bool_]:
    """Whether each row's source did nearly its part: who knocks twice while others go through a hundred ports each is a bystander."""
    _, which, counts = np.unique(sources, return_inverse=True, return_counts=True)
    least, most = (part * np.median(counts) for part in PARTS)
    return np.asarray(((counts >= least) & (counts <= most))[which])


def _gone_on(points: Points, own: Array, inside: NDArray[np.bool_], span: int) -> Array:
    """What the sources of a window did in it, and before and after it without a pause as long as a window."""
    part = np.cumsum(np.concatenate([[0], np.diff(points.time[own]) > span]))
    return own[np.isin(part, part[inside])]


def _of_each(points: Points, rows: Array) -> list[Array]:
    """Rows of each source, in order of its first one."""
    each = [rows[points.source[rows] == source] for source in np.unique(points.source[rows])]
    return sorted(each, key=lambda own: int(points.time[own[0]]))


def _in_turn(points: Points, own: list[Array]) -> bool:
    """Whether they came one after the other."""
    ends = [int(points.time[each[-1]]) for each in own]
    return sum(int(points.time[each[0]]) >= end for each, end in zip(own[1:], ends, strict=False)) > (len(own) - 1) / 2


def _log_company(points: Points, own: list[Array]) -> float:
    """ln of how likely sources that each did enough to be found alone would keep such company: all begin and end together, or each where
    and when the one before it ended. That each goes through ports in order says nothing of all together."""
    time, place = points.time, points.place
    pause = max(1, int(np.median([np.median(np.diff(time[each])) for each in own])))
    if _in_turn(points, own):
        late = max(abs(int(time[after[0]]) - int(time[before[-1]])) for before, after in itertools.pairwise(own))
        far = max(abs(int(place[after[0]]) - int(place[before[-1]])) for before, after in itertools.pairwise(own))
        shares = max(late, pause) / LONGEST, max(far / points.extent, NEAR)
    else:
        begins, ends = [int(time[each[0]]) for each in own], [int(time[each[-1]]) for each in own]
        together_begun = 1.0 if min(begins) - points.known[0] < EDGE_PAUSES * pause else max(max(begins) - min(begins), pause) / LONGEST
        together_ended = 1.0 if points.known[1] - max(ends) < EDGE_PAUSES * pause else max(max(ends) - min(ends), pause) / LONGEST
        shares = together_begun, together_ended
    return (len(own) - 1) * sum(math.log(min(1.0, 2 * share)) for share in shares)  # twice: either way of a difference


def apart(found: list[Group], points: Points) -> list[Group]:
    """Groups least likely first, without those that share a source with one before: a source is in one of them."""
    used: set[int] = set()
    kept = []
    for group in sorted(found, key=lambda group: (group.log_p, -len(group.rows))):
        members = set(points.source[group.rows].tolist())
        if not members & used:
            used |= members
            kept.append(group)
    return kept
