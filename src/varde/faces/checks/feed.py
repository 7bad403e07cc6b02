"""Whether lists are fetched, and how old they are."""

from varde.faces.board import Board
from varde.faces.checks.terms import Asked, Check, Option, lasting, page_of, thresholds
from varde.faces.nagios import Number, Result, State, UnwellError, judged, worst
from varde.model.panels import BY_ID, field_name
from varde.model.words import counted

_FEEDS = BY_ID["feeds"]
_UP, _AGE, _INDICATORS, _DAMAGED = "varde_list_up", "varde_list_age_seconds", "varde_list_indicators", "varde_list_damaged"
Finding = tuple[State, str, Number]


def check_feed(asked: Asked) -> Result:
    """Of one list, or of all. Raises UnwellError(UNKNOWN) where it is not known."""
    board = asked.board()
    known = sorted(_by_list(board, _UP))
    names = [asked["name"]] if asked["name"] else known
    if not names:
        raise UnwellError(State.UNKNOWN, "`varde up` reads no lists: add a [[list]] to its configuration, as docs/how-to/lists.md says")
    if names[0] not in known:
        raise UnwellError(State.UNKNOWN, f"`varde up` has no list {names[0]!r}. It has: {', '.join(known) or 'none'}.")
    found = [_judged(board, name, asked) for name in names]
    state = worst(finding[0] for finding in found)
    wrong = [text for at, text, _ in found if at is not State.OK]
    well = found[0][1] if len(found) == 1 else f"{len(found)} lists are read"
    return Result(state, "; ".join(wrong) or well, tuple(number for _, _, number in found), tuple(text for _, text, _ in found), (), page_of(board, _FEEDS))


def _by_list(board: Board, family: str) -> dict[str, float]:
    return {dict(labels).get("list", ""): value for labels, value in board.samples.get(family, {}).items()}


def _judged(board: Board, name: str, asked: Asked) -> Finding:
    up, age, indicators = (_by_list(board, family).get(name) for family in (_UP, _AGE, _INDICATORS))
    number = Number(field_name(name), age, "s", asked["warning"], asked["critical"])
    if _by_list(board, _DAMAGED).get(name):
        return State.CRITICAL, f"what is stored of list {name} is damaged, and nothing of it is matched: see `varde intel status`", number
    if age is None:
        return State.CRITICAL, f"list {name} was never read: see `varde intel status`", number
    words = f"list {name} is {lasting(age)} old, {counted(int(indicators or 0), 'indicator')}"
    state = judged(age, asked["warning"], asked["critical"])
    if not up:
        return worst((state, State.WARNING)), f"{words}; the last try to read it failed: see `varde intel status`", number
    if not indicators:
        return worst((state, State.WARNING)), f"{words}: nothing is matched by it", number
    return state, words, number


CHECK = Check(
    "feed", "Whether a list is fetched, and how old it is; without a name, all lists.", check_feed, (
        Option("name", "NAME", "The list, by the name that the configuration gives it.", placed=True),
        *thresholds("range of seconds", "its age", "36h", "4d"),
    ), (
        ("OK", "it was read, is not empty, and young enough"), ("WARNING", "the last try to read it failed, it is empty, or its age is outside `-w`"),
        ("CRITICAL", "it was never read, what is stored of it is damaged, or its age is outside `-c`"), ("UNKNOWN", "the station does not run, or has no such list"),
    ), (("NAME", "seconds since the list was read or found unchanged"),),
)  # fmt: skip
