"""What an exporter is told, and what it makes."""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from varde.export.intel.selection import Selection
from varde.model import VardeError

SAMPLES_MAX = 20
"""Left-out indicators that are named; all are counted."""

ACTIONS = ("nxdomain", "nodata", "drop")
ADDRESS, HOST = "address", "host"
"""What an action is called that is none of ACTIONS: something else is answered."""

WORD = re.compile("[A-Za-z][A-Za-z0-9_-]{0,23}", re.ASCII)
"""Names of sets, tables and lists in other programs. ipset allows 31 characters, of which we need some."""

_ORIGIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*", re.ASCII)
_ORIGIN_MAX = 100
"""Characters: each one is taken from the names that fit into the zone (RFC 1035 section 2.3.4 has 255 octets for both)."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What formats may be told; each looks at its own."""

    name: str = "varde"
    "Name of the set, table or list in the program that reads it."
    origin: str = "rpz.varde"
    "Name of the zone, for rpz."
    action: str = "nxdomain"
    "What a blocked name gets: nxdomain, nodata, drop, or an address or a host that is answered instead."
    timeout: int | None = None
    "Seconds after which an entry goes by itself, where formats have that; 0 is never, None what the format takes for best."
    serial: int = 1
    "Of the zone, for rpz."
    made: str = ""
    "When, as ISO 8601 UTC; empty leaves it out."

    def __post_init__(self) -> None:
        if not WORD.fullmatch(self.name):
            raise VardeError(f"{self.name!r} is no name for a set or table: a letter, then letters, digits, dashes and underscores, 24 in all.")
        if not _ORIGIN.fullmatch(self.origin) or len(self.origin) > _ORIGIN_MAX:
            raise VardeError(f"{self.origin!r} is no name for a zone. Write one such as rpz.varde, in lower case and without a dot at the end.")
        if self.action_kind == HOST and (not _ORIGIN.fullmatch(self.action) or "." not in self.action):
            raise VardeError(f"{self.action!r} is no action. Write {', '.join(ACTIONS)}, an address, or the name of a host.")

    @property
    def action_kind(self) -> str:
        """One of ACTIONS, `address` or `host`."""
        if self.action in ACTIONS:
            return self.action
        return HOST if self.address is None else ADDRESS

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address that is answered, where the action is one."""
        try:
            return ipaddress.ip_address(self.action)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Part:
    """One file. `head` has what differs from one export to the next although nothing changed: the moment, the serial."""

    body: str | bytes
    head: str = ""
    name: str = ""
    "Empty for the file that is asked for; else what is put before the suffix of its name."

    def content(self) -> bytes:
        """All of it."""
        return self.head.encode() + (self.body if isinstance(self.body, bytes) else self.body.encode())


@dataclass(slots=True)
class Written:
    """The files, how many entries are in them, and what could not be said in this format."""

    parts: list[Part]
    entries: int
    left_out: Counter[str] = field(default_factory=Counter)
    "By reason."
    samples: list[tuple[str, str]] = field(default_factory=list)
    "Indicator and reason, SAMPLES_MAX of them."
    notes: list[str] = field(default_factory=list)
    "What a person who uses the file should know."

    def leave_out(self, indicator: str, reason: str) -> None:
        self.left_out[reason] += 1
        if len(self.samples) < SAMPLES_MAX:
            self.samples.append((indicator, reason))


@dataclass(frozen=True, slots=True)
class Format:
    """How a selection becomes files of a program."""

    title: str
    write: Callable[[Selection, ExportOptions], Written]
    manual: str
    "Where the format is described."
    types: tuple[str, ...]
    "Types of indicators that it has; others are left out and counted."
    parts: tuple[str, ...] = ()
    "Names of the files that stand beside the first."
    shared: bool = False
    "Other people's machines fetch it: lists that may not be passed on are left out."
    actions: tuple[str, ...] = ()
    "What may be done with a blocked name: of ACTIONS, `address`, `host`."
    uses: tuple[str, ...] = ()
    "Which other options it looks at."
    loaded_by: str = ""
    "Programs that take its files in our tests, and do what these say."
    never_loaded_by: str = ""
    "Programs that it is for and that never took one, with what was held against them instead."

    def check(self, options: ExportOptions, name: str) -> str:
        """The name. Raises VardeError for an action that the program does not have."""
        if self.actions and options.action_kind not in self.actions:
            raise VardeError(f"{name} has no action {options.action}. It has {', '.join(self.actions)}.")
        return name


def stamp(selection: Selection, options: ExportOptions, sign: str) -> str:
    """The comment at the beginning: who made it, when, of which lists."""
    when = f" at {options.made}" if options.made else ""
    return f"{sign} made by Varde{when} of {', '.join(selection.lists) or 'no list'}\n"
