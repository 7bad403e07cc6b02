"""What an empty picture says: that there is nothing, and where there would be something."""

from zoneinfo import ZoneInfo

from varde.query import Absence, Answer, Window
from varde.views.axes import whole_days

_DONE = {"block": "blocked", "reject": "rejected", "allow": "allowed", "audit": "audited", "unknown": "of unknown action"}


def why_empty(answer: Answer, zone: ZoneInfo) -> str:
    """`no refused packets on 2026-11-20; 213 allowed: --action all`."""
    nothing = f"no {_kind(answer.window)}{_ports(answer)} {_period(answer.window, zone)}"
    hint = _outside(answer) or (_beside(answer.absence, answer.window, zone) if answer.absence else "")
    return f"{nothing}; {hint}" if hint else nothing


def _kind(window: Window) -> str:
    if window.action == "all":
        return "packets"
    return f"{'refused' if window.action == 'refused' else _DONE[window.action]} packets"


def _ports(answer: Answer) -> str:
    return f" to ports {answer.port_min} to {answer.port_max}" if answer.narrowed else ""


def _period(window: Window, zone: ZoneInfo) -> str:
    days = whole_days(window.first, window.last, zone)
    if days:
        return f"on {days[0]}" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
    return f"from {window.first.astimezone(zone):%Y-%m-%d %H:%M} to {window.last.astimezone(zone):%Y-%m-%d %H:%M}"


def _outside(answer: Answer) -> str:
    return f"{answer.outside:,} to others: leave out --port-min and --port-max" if answer.outside else ""


def _beside(absence: Absence, window: Window, zone: ZoneInfo) -> str:
    """The nearest reason: another action, a filter, another period, or nothing at all."""
    if absence.actions:
        counts = ", ".join(f"{count:,} {_DONE.get(name, name)}" for name, count in absence.actions.items())
        return f"{counts}: --action all"
    if absence.unfiltered:
        return f"{absence.unfiltered:,} that the filters leave out"
    if absence.first is None or absence.last is None:
        return "there are no records at all"
    if window.first <= absence.last and absence.first < window.last:
        return ""
    first, last = (moment.astimezone(zone).date() for moment in (absence.first, absence.last))
    return f"the records are from {first} to {last}" if first != last else f"the records are from {first}: --day {first}"
