"""Answers as sentences: what is different, with a number and a comparison."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from varde.decode.rows import iso
from varde.model import counted
from varde.query import Answer, Difference


def headline(found: list[Difference], answer: Answer, zone: ZoneInfo) -> str:
    """One sentence; says so when nothing is different."""
    if answer.total == 0:
        return "Nothing was refused in this period."
    if not found:
        return "Nothing stands out: no port was wanted by many more addresses than in the days before."
    top = found[0]
    return f"{_port(top)} was wanted by {_addresses(top)}, {_usual(top)}"


def card(difference: Difference, zone: ZoneInfo) -> dict[str, object]:
    """A card for the page: kind, title, one line of evidence, and the place on the picture."""
    first, last = difference.first.astimezone(zone), difference.last.astimezone(zone)
    return {
        "kind": "more than usual",
        "title": f"{_port(difference)} wanted by {_addresses(difference)}",
        "text": f"{_usual(difference)}; {counted(difference.events, 'probe')} from {first:%H:%M} to {last:%H:%M}.",
        "from": iso(difference.first), "to": iso(difference.last + timedelta(seconds=1)),
        "port_min": difference.port, "port_max": difference.port, "plane": difference.plane,
    }  # fmt: skip


def _addresses(difference: Difference) -> str:
    return counted(difference.sources, "address", "addresses")


def _port(difference: Difference) -> str:
    family = " over IPv6" if difference.plane.endswith("6") else ""
    return f"{difference.proto.upper()}/{difference.port}{family}"


def _usual(difference: Difference) -> str:
    if difference.usual < 0.5:
        return "hardly any on the days before"
    return f"on the days before {difference.usual:,.0f} a day"
