"""Answers as sentences: what is different, with a number and a comparison."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.model import counted
from varde.query import Comparison, Difference

_NOTHING: Mapping[str, str] = {"refused": "Nothing was refused in this period.", "all": "Nothing was logged in this period."}


def headline(compared: Comparison, events: int, action: str = "refused", *, filtered: bool = False) -> str:
    """One sentence; says so when nothing is different, and when there is no day to compare with."""
    if events == 0 and filtered:
        return "Nothing in this period matches the filters."
    if events == 0:
        return _NOTHING.get(action, f"Nothing in this period has the action {action}.")
    if not compared.days:
        return "There is no earlier day to compare this one with."
    if not compared.found:
        return f"Nothing stands out: no port was wanted by many more addresses than {_before(compared.days)}."
    top = compared.found[0]
    return f"{_port(top)} was wanted by {_addresses(top)}, {_usual(top, compared.days)}."


def card(difference: Difference, days: int, zone: ZoneInfo) -> dict[str, object]:
    """A card for the page: kind, title, one line of evidence, and the place on the picture."""
    first, last = difference.first.astimezone(zone), difference.last.astimezone(zone)
    return {
        "kind": "more than usual",
        "title": f"{_port(difference)} wanted by {_addresses(difference)}",
        "text": f"{counted(difference.events, 'probe')} from {first:%H:%M} to {last:%H:%M}, {_usual(difference, days)}.",
        "from": iso(difference.first), "to": iso(difference.last + timedelta(seconds=1)),
        "port_min": difference.port, "port_max": difference.port, "plane": difference.plane,
    }  # fmt: skip


def _addresses(difference: Difference) -> str:
    return counted(difference.sources, "address", "addresses")


def _port(difference: Difference) -> str:
    family = " over IPv6" if difference.plane.endswith("6") else ""
    return f"{difference.proto.upper()}/{difference.port}{family}"


def _before(days: int) -> str:
    return "on the day before" if days == 1 else f"on the {days} days before"


def _usual(difference: Difference, days: int) -> str:
    """The comparison; of one day before the number itself, of several their mean."""
    if difference.usual == 0:
        return f"against none {_before(days)}"
    rate = f"{difference.usual:,.0f}" if difference.usual >= 1 else "less than 1"
    return f"against {rate}{' a day' if days > 1 else ''} {_before(days)}"
