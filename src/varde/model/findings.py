"""What the detectors of scans can find, by name: one table for commands, pictures, warnings, docs and the page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: its name in options and JSON, its title, and what it is in one sentence."""

    name: str
    title: str
    meaning: str
    is_alert: bool = True
    "Whether it is a warning where warnings are wanted; drawings and rare ports by themselves are none."


KINDS = (
    Kind("vertical", "Port scan", "One source tried many ports of one address in a short time."),
    Kind("horizontal", "Address sweep", "One source tried one port, or a few, at many addresses."),
    Kind("block", "Block scan", "One source tried many ports at many addresses."),
    Kind("diagonal", "Slow scan in order", "One source went through the ports in order, slowly enough that no limit by the minute sees it."),
    Kind("random", "Slow scan, shuffled", "One source tried ports that hardly anybody tries, over hours and in no order."),
    Kind("coordinated", "Shared scan", "Several sources shared out one range of ports or addresses, each taking other ones."),
    Kind("flags", "Scan by odd flags", "One source sent TCP packets with flags that no connection begins with."),
    Kind("tool", "Tool at work", "Many packets bear the mark that one scanning tool leaves in headers.", is_alert=False),
    Kind("new", "New port", "Several networks tried a port that hardly anybody had tried in the month before."),
    Kind("art", "Drawing", "A few sources chose ports and moments so that the Fireplot shows a picture.", is_alert=False),
)  # fmt: skip
"""In the order in which they are told."""


def kind_named(name: str) -> Kind:
    """Raises KeyError for a name that is none of a kind."""
    return {kind.name: kind for kind in KINDS}[name]
