"""Which names a tree of wildcards has to have, so that every listed name is blocked and every allowed one is not.

In the DNS a wildcard speaks for names whose closest encloser it stands under (RFC 4592 section 3.3): an allowed name far
below a blocked one makes nodes between them, and at those nodes the wildcard above is silent. They are blocked again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from varde.intel.names import suffixes


@dataclass(frozen=True, slots=True)
class Cover:
    """All sorted. A name stands in one of them only."""

    blocked: list[str]
    "With all under them; none lies under another."
    restated: list[str]
    "Between a blocked name and an allowed one: blocked again, with all under them."
    passed: list[str]
    "Allowed with all under them, where something above is blocked."
    passed_alone: list[str]
    "Allowed, and all under them is blocked."
    free: list[str]
    "Allowed with all under them, where nothing above is blocked."
    free_alone: list[str]
    "Allowed alone, where nothing above is blocked."


def cover(listed: Iterable[str], allowed: Iterable[str], alone: Iterable[str]) -> Cover:
    """Of names as `varde.intel.names.plain` gives them; `alone` are allowed without what is under them."""
    every = set(allowed)
    ways = {name for name in every if not _has_above(name, every)}
    single = {name for name in alone if not any(part in ways for part in suffixes(name))}
    wanted = {name for name in listed if not any(part in ways for part in suffixes(name))} if ways else set(listed)
    tops = {name for name in wanted if not _has_above(name, wanted)}
    passed = {name for name in ways if _has_above(name, tops)}
    passed_alone = {name for name in single if name in tops or _has_above(name, tops)}
    restated = {part for name in passed | passed_alone for part in _between(name, tops)} - passed_alone - passed
    return Cover(
        sorted(tops - passed_alone), sorted(restated), sorted(passed), sorted(passed_alone),
        sorted(ways - passed), sorted(single - passed_alone),
    )  # fmt: skip


def _has_above(name: str, names: set[str]) -> bool:
    """Whether a name above this one is among them."""
    rest = name.partition(".")[2]
    while rest:
        if rest in names:
            return True
        rest = rest.partition(".")[2]
    return False


def _between(name: str, tops: set[str]) -> Iterator[str]:
    """Names above this one and below the blocked one around it."""
    if name in tops:
        return
    for part in suffixes(name.partition(".")[2]):
        if part in tops:
            return
        yield part


@dataclass(frozen=True, slots=True)
class Marks:
    """For programs in which the nearest name above decides, both sorted: where blocking begins, and where it ends."""

    blocked: list[str]
    passed: list[str]


def marks(listed: Iterable[str], allowed: Iterable[str], alone: Iterable[str]) -> Marks:
    """Such programs cannot pass a name alone: what is under it passes too, unless it is listed by itself."""
    every = set(allowed)
    ways = {name for name in every if not _has_above(name, every)}
    single = {name for name in alone if not any(part in ways for part in suffixes(name))}
    wanted = (name for name in listed if name not in single and not (ways and any(part in ways for part in suffixes(name))))
    said = dict.fromkeys(wanted, True) | dict.fromkeys(ways | single, False)
    kept = {name: is_blocked for name, is_blocked in said.items() if is_blocked != _nearest(name, said)}
    return Marks(sorted(name for name, is_blocked in kept.items() if is_blocked), sorted(name for name, is_blocked in kept.items() if not is_blocked))


def _nearest(name: str, said: dict[str, bool]) -> bool:
    """What is said of the nearest name above; nothing is blocked where nothing is said."""
    return next((said[part] for part in suffixes(name.partition(".")[2]) if part in said), False)
