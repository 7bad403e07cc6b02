"""intel ask: what DNS block lists say of addresses."""

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from varde.app.context import Context
from varde.app.output import print_json, visible
from varde.decode.rows import iso
from varde.model import VardeError

if TYPE_CHECKING:
    from varde.collect.dnsbl import Dnsbl, Found


def ask_command(context: Context, addresses: list[str], *, as_json: bool) -> None:
    """Ask about addresses, one after the other. Exit status 1 where none is listed."""
    dnsbl = _dnsbl(context)
    if not addresses:
        raise VardeError("name an address to ask about, or --test to ask whether the zones work.")
    found = {address: dnsbl.ask(address) for address in addresses}
    with contextlib.suppress(VardeError):  # a store that cannot be written keeps no answers, and they are told all the same
        dnsbl.save()
    if as_json:
        print_json({"addresses": {address: [_readable(one) for one in each] for address, each in found.items()}})
    else:
        for address, each in found.items():
            for one in each:
                print(f"{visible(address)}: {one.zone}: {visible(one.said())}")
    if not any(one.listed for each in found.values() for one in each):
        raise VardeError("none of them is listed", status=1)


def test_command(context: Context, *, as_json: bool) -> None:
    """Whether the zones work. Exit status 1 where one does not."""
    wrong = _dnsbl(context).test()
    names = [section.name for section in context.config.dnsbl]
    if as_json:
        print_json({"zones": [{"zone": name, "error": dict(wrong).get(name)} for name in names]})
    else:
        for name in names:
            print(f"{name}: {visible(dict(wrong).get(name, 'works'))}")
    if wrong:
        raise VardeError(f"not all DNS block lists work: {', '.join(name for name, _ in wrong)}", status=1)


def _dnsbl(context: Context) -> "Dnsbl":
    if context.dnsbl is None:
        raise VardeError("no DNS block lists are configured. Write [[dnsbl]] with name and zone into the configuration.")
    return context.dnsbl


def _readable(one: "Found") -> dict[str, Any]:
    return {**asdict(one), "codes": list(one.codes), "asked": iso(one.asked), "until": iso(one.until)}
