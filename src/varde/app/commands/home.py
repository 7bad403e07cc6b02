"""home: own networks as dated facts, what they rest on, and what overrides tables."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from varde.app import config as configuration
from varde.app.config import NAME_MAX
from varde.app.context import Context
from varde.app.homes import CONFIGURED, KINDS, Own, add, end, period, remove, shortest
from varde.app.homes import document as all_of
from varde.app.output import print_json, say, visible
from varde.app.period import moment_of
from varde.intel.intervals import Network
from varde.model import VardeError, counted


@dataclass(frozen=True, slots=True)
class Added:
    """What is said of a network that is added."""

    name: str = ""
    kind: str = "own"
    first: str | None = None
    last: str | None = None


def network_of(text: str) -> Network:
    """An address, or a network. Raises VardeError for anything else."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise VardeError(f"{visible(text)!r} is no network. Write an address such as 203.0.113.17, or a network such as 2001:db8:470::/48.") from None


def home_document(context: Context) -> dict[str, Any]:
    """What `varde home --json` says: homes, overrides, and addresses that are not learnt again."""
    found = configuration.find(context.config_path)
    return dict(all_of(context.config, context.book.read(), str(found) if found else None, context.now()))


def home_command(context: Context, *, as_json: bool) -> None:
    """List all facts, each with where it was said."""
    document = home_document(context)
    if as_json:
        print_json(document)
        return
    lines = list(_lines(document))
    for line in lines or ["no network is known to be yours: `varde home add NETWORK`, or [[home]] in the configuration"]:
        print(visible(line))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for row in document["homes"]:
        said = f"{row['network']}{_named(row)}: {row['kind']}, {_period(row)}; {_origin(row)}"
        yield said + (f"; not in force: {row['overruled']}" if row["overruled"] else "" if row["in_force"] else "; not now")
    for row in document["overrides"]:
        place = {None: "", "--": "at home", **({row["country"]: f"in {row['country']}"} if row["country"] not in (None, "--") else {})}[row["country"]]
        system = f"AS{row['as']}{' ' + row['as_name'] if row['as_name'] else ''}" if row["as"] is not None else ""
        what = " and ".join(part for part in (place, system) if part) or "nothing is said of it"
        yield f"{row['network']}{_named(row)}: override: {what}, {_period(row)}; {_origin(row)}{'' if row['in_force'] else '; not now'}"
    if refused := document["refused"]:
        yield f"not learnt again: {', '.join(row['network'] for row in refused)}"


def _named(row: dict[str, Any]) -> str:
    return f" ({row['name']})" if row["name"] else ""


def _period(row: dict[str, Any]) -> str:
    ends = [f"{word} {row[word][:16]}Z" for word in ("from", "until") if row[word]]
    return " ".join(ends) or "always"


def _origin(row: dict[str, Any]) -> str:
    if row["origin"] == CONFIGURED:
        return f"{row['file'] or 'the configuration'} says so"
    if (evidence := row["evidence"]) is None:
        return "added by hand"
    return f"learnt from {evidence['sensor']}: {counted(evidence['records'], 'record')}, {evidence['first'][:16]}Z to {evidence['last'][:16]}Z"


def home_add_command(context: Context, text: str, said: Added) -> None:
    """Keep one more fact. Raises VardeError for what cannot be, or contradicts another."""
    if said.kind not in KINDS:
        raise VardeError(f"no such kind: {visible(said.kind)}. There are {', '.join(KINDS)}.")
    if len(said.name) > NAME_MAX or not said.name.isprintable():
        raise VardeError(f"a name has at most {NAME_MAX} characters, on one line.")
    own = Own(network_of(text), said.name, said.kind, _moment(context, said.first), _moment(context, said.last))
    _require_store(context)
    context.book.change(lambda kept: add(kept, own))
    say(f"{shortest(own.network)} is home {period(own)}")
    if any(section.network == own.network for section in context.config.home):
        say("the configuration names it too, and what that says counts")
    if context.store.version("probes") >= 0 or context.store.version("flows") >= 0:
        say("records that are stored keep what they were read with; a running `varde up` knows it within seconds")


def home_end_command(context: Context, text: str, at: str | None) -> None:
    """End the fact that holds at a moment; now where none is named."""
    network, moment = network_of(text), _moment(context, at) or context.now()
    _not_configured(context, network, f"to = {moment.isoformat(timespec='seconds')}")
    _require_store(context)
    context.book.change(lambda kept: end(kept, network, moment))
    say(f"{shortest(network)} is home no more from {moment.astimezone(UTC):%Y-%m-%dT%H:%MZ} on; records of before stay what they are")


def home_remove_command(context: Context, text: str) -> None:
    """Forget a network, as if it had never been home."""
    network = network_of(text)
    _not_configured(context, network, "nothing, and remove it")
    _require_store(context)
    kept = context.book.change(lambda kept: remove(kept, network))
    again = ", and is not learnt again" if shortest(network) in kept.refused else ""
    say(f"{shortest(network)} is forgotten{again}; records that are stored keep what they were read with")


def _not_configured(context: Context, network: Network, what: str) -> None:
    """Raises VardeError for what stands in the configuration alone: that file is the owner's, and no command changes it."""
    here = any(section.network == network for section in context.config.home)
    if here and not any(fact.network == network for fact in context.book.read().facts):
        raise VardeError(f"{shortest(network)} stands in {configuration.find(context.config_path)}, which is yours alone: write {what} in its [[home]] there.", status=1)


def _require_store(context: Context) -> None:
    context.store.require_writable()


def _moment(context: Context, text: str | None) -> datetime | None:
    return moment_of(text, context.now(), context.zone) if text else None
