"""What an exporter says about itself in options data, as far as it explains flows."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

NAMES_MAX = 65_536
"""Interfaces, VRFs or samplers of one observation domain: the largest router has some ten thousand interfaces."""

_TABLES = ("selectors", "by_interface", "interfaces", "vrfs")


class Told(NamedTuple):
    """One thing that an exporter told: an attribute of `Facts`, the row of it where it is a table, and the value."""

    name: str
    row: int | None
    value: int | str


@dataclass(slots=True)
class Facts:
    """What is known of one observation domain."""

    sampling: int | None = None
    "One packet of how many is looked at, in the whole domain."
    boot: int | None = None
    "us since 1970 UTC when it started."
    selectors: dict[int, int] = field(default_factory=dict)
    "Sampling by the number of the sampler or selector."
    by_interface: dict[int, int] = field(default_factory=dict)
    "Sampling by interface."
    interfaces: dict[int, str] = field(default_factory=dict)
    vrfs: dict[int, str] = field(default_factory=dict)

    def get(self, told: Told) -> Any:
        """What was known in its place."""
        here = getattr(self, told.name)
        return here if told.row is None else here.get(told.row)

    def put(self, told: Told) -> None:
        """Take it in; a table that is full takes only what it has already."""
        if told.row is None:
            setattr(self, told.name, told.value)
            return
        table = getattr(self, told.name)
        if told.row in table or len(table) < NAMES_MAX:
            table[told.row] = told.value

    def copy(self) -> "Facts":
        """One that changes by itself."""
        return Facts(self.sampling, self.boot, *(dict(getattr(self, name)) for name in _TABLES))

    def __len__(self) -> int:
        """How many names and rates there are."""
        return sum(len(getattr(self, name)) for name in _TABLES)

    def rate(self, selector: int | None, interface: int | None) -> int | None:
        """Sampling of one flow: by its selector, its interface, its domain, or the only sampler there is."""
        if selector is not None and selector in self.selectors:
            return self.selectors[selector]
        if interface is not None and interface in self.by_interface:
            return self.by_interface[interface]
        if self.sampling is not None or selector:
            return self.sampling
        rates = set(self.selectors.values())
        return rates.pop() if len(rates) == 1 and not self.by_interface else None

    def state(self) -> dict[str, Any]:
        tables = {name: [list(row) for row in getattr(self, name).items()] for name in _TABLES}
        return {"sampling": self.sampling, "boot": self.boot} | tables


def facts_of(state: dict[str, Any]) -> Facts:
    """From what `Facts.state` gave. Raises KeyError, TypeError or ValueError for anything else."""
    numbers = {name: {int(row): int(value) for row, value in state[name]} for name in ("selectors", "by_interface")}
    names = {name: {int(row): str(value) for row, value in state[name]} for name in ("interfaces", "vrfs")}
    sampling, boot = (None if state[name] is None else int(state[name]) for name in ("sampling", "boot"))
    return Facts(sampling, boot, numbers["selectors"], numbers["by_interface"], names["interfaces"], names["vrfs"])
