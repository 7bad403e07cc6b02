"""The ports of a station: looked at before anything is read, opened, and tried again while somebody else has them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from varde.app.output import say
from varde.collect import FLOWS, Address, bound_socket
from varde.model import VardeError

RETRY_SECONDS = 5.0
"""Between tries of a port that could not be opened: short beside a restart of whoever has it, long beside what a try costs."""


@dataclass(frozen=True, slots=True)
class Listening:
    """One listener for the page and `status`: listening or failed, and why."""

    name: str
    address: str
    state: str
    detail: str = ""


@dataclass(slots=True)
class Ports:
    """What a station listens on, by the address that was asked for."""

    entries: dict[Address, Listening] = field(default_factory=dict)

    def opened(self, address: Address, shown: str, said: str) -> None:
        """A port listens; after a failure that is said to be news."""
        again = address in self.closed()
        self.entries[address] = Listening(_name(address), shown, "listening")
        say(f"{said}: it could not be opened before" if again else said)

    def failed(self, address: Address, error: VardeError) -> None:
        """A port could not be opened; said once, however often it is tried."""
        if address not in self.entries:
            say(f"varde: {error} Varde tries again every {RETRY_SECONDS:g} s.")
        self.entries[address] = Listening(_name(address), str(address), "failed", str(error))

    def require_one(self) -> None:
        """Raises VardeError when not one of those tried is open."""
        if self.entries and all(entry.state == "failed" for entry in self.entries.values()):
            raise VardeError(_nothing_open([entry.detail for entry in self.entries.values()]))

    def listening(self) -> list[dict[str, str]]:
        """Name and address of those that are open."""
        return [{"name": entry.name, "address": entry.address} for entry in [*self.entries.values()] if entry.state == "listening"]

    def closed(self) -> list[Address]:
        return [address for address, entry in self.entries.items() if entry.state == "failed"]


def _name(address: Address) -> str:
    return "page" if address.scheme == "http" else f"{_what(address)} {address.wire}"


def _what(address: Address) -> str:
    return "flows" if address.scheme in FLOWS.values() else "syslog"


def _nothing_open(reasons: list[str]) -> str:
    return " ".join([*reasons, "Nothing was started, because no port is open."])


def look_at(addresses: list[Address]) -> None:
    """Open and close each port. Raises VardeError when none of them can be had: a station would run deaf and mute."""
    reasons = []
    for address in addresses:
        try:
            bound_socket(address).close()
        except VardeError as error:
            reasons.append(str(error))
    if addresses and len(reasons) == len(addresses):
        raise VardeError(_nothing_open(reasons))


Open = Callable[[Address], Awaitable[Address]]
"""Opens an address and says which port was really taken. Raises VardeError when it cannot."""


async def open_all(ports: Ports, open_one: Open, addresses: list[Address]) -> None:
    """Open the ports that can be opened."""
    for address in addresses:
        try:
            bound = await open_one(address)
        except VardeError as error:
            ports.failed(address, error)
        else:
            ports.opened(address, str(bound), f"listening for {_what(address)} on {bound}")


async def keep_trying(ports: Ports, open_one: Open) -> None:
    """Open what could not be opened, as soon as it can be. Runs until cancelled or until all is open."""
    while missing := [address for address in ports.closed() if address.scheme != "http"]:
        await asyncio.sleep(RETRY_SECONDS)
        await open_all(ports, open_one, missing)
