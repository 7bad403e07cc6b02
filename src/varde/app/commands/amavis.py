"""amavis: what a mail filter tells over SNMP, as tables and as JSON."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from varde.app.config import AmavisSection
from varde.app.context import Context
from varde.app.mailfilters import agents_of
from varde.app.output import print_json, say
from varde.collect.mailfilters import read
from varde.collect.snmp import Agent
from varde.decode.amavis import NAMED, OBJECTS, RATIOS, Reading, grown, has_restarted, numbers_of
from varde.decode.rows import iso
from varde.model import VardeError, octets

HERE = "127.0.0.1"
"""Where Debian's snmpd listens."""

_MINUTE = 60.0
_TITLES = (
    ("in", "Received"), ("content", "What was in them"), ("out", "Sent on"), ("quar", "Quarantine"), ("proc", "Processes"), ("mta", "Queues of Postfix"),
    ("ops", "Looked through"), ("pen", "Pen pals"), ("sql", "Addresses in SQL"), ("cache", "Cache"), ("time", "Time spent, in hundredths of a second"),
    ("user", "The administrator's own"), ("log", "Log"),
)  # fmt: skip
"""Beginnings of names, in the order of the table."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """`given`: settings of [amavis] as switches say them."""

    hosts: tuple[str, ...]
    every: float | None
    all: bool
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Told:
    """A reading, and what a minute had: between two, or since amavisd started."""

    reading: Reading
    counts: dict[str, int]
    seconds: float | None
    restarted: bool = False

    def per_minute(self, name: str) -> float | None:
        if not NAMED[name].is_counter or not self.seconds or name not in self.counts:
            return None
        return self.counts[name] * _MINUTE / self.seconds

    def ratios(self) -> dict[str, float | None]:
        """Of what came between the readings; of gauges as they are."""
        counts = {**numbers_of(self.reading), **self.counts}
        return {one.name: one.of(counts) for one in RATIOS}


def read_command(context: Context, options: ReadOptions, *, as_json: bool) -> None:
    """Read each; those that fail are said in their place. Raises VardeError where all fail (2) or some (1)."""
    agents = agents_of(_section(context.config.amavis, options))
    answers = read(agents)
    told: dict[Agent, _Told | VardeError] = {agent: answer if isinstance(answer, VardeError) else _since_start(answer) for agent, answer in answers.items()}
    if options.every is not None:
        told = _again(told, options.every)
    failed = [error for error in told.values() if isinstance(error, VardeError)]
    if len(failed) == len(told) and not as_json:
        raise VardeError("\n".join(map(str, failed)))
    if as_json:
        print_json({"hosts": [_document(agent, one) for agent, one in told.items()]})
    else:
        for agent, one in told.items():
            _print(agent, one, everything=options.all)
    if failed:
        raise VardeError(f"{len(failed)} of {len(told)} could not be read", status=2 if len(failed) == len(told) else 1)


def _section(section: AmavisSection, options: ReadOptions) -> AmavisSection:
    """What is configured, with the switches over it. A community that is named puts the user aside."""
    kept = section.model_dump()
    if "community_file" in options.given:
        kept |= {"user": "", "auth_file": None, "priv_file": None}
    files = {name: value.absolute() if name.endswith("_file") else value for name, value in options.given.items()}
    hosts = list(options.hosts) or section.hosts or [HERE]
    try:
        return AmavisSection(**kept | files | {"hosts": hosts})
    except ValidationError as error:
        said = error.errors()[0]
        where = "HOST" if "hosts" in said["loc"] else "--" + "-".join(str(part).replace("_", "-") for part in said["loc"])
        raise VardeError(f"{where}: {said['msg'].removeprefix('Value error, ')}") from None


def _since_start(reading: Reading) -> _Told:
    return _Told(reading, {name: value for name, value in numbers_of(reading).items() if NAMED[name].is_counter}, reading.uptime)


def _again(told: Mapping[Agent, _Told | VardeError], seconds: float) -> dict[Agent, _Told | VardeError]:
    """What came in the next seconds, of those that answered."""
    time.sleep(seconds)
    first = {agent: one for agent, one in told.items() if isinstance(one, _Told)}
    later = read(list(first)) if first else {}
    return {agent: _between(first[agent].reading, later[agent]) if agent in first else told[agent] for agent in told}


def _between(before: Reading, after: Reading | VardeError) -> _Told | VardeError:
    if isinstance(after, VardeError):
        return after
    return _Told(after, grown(before, after), after.at - before.at, has_restarted(before, after))


def _document(agent: Agent, one: _Told | VardeError) -> dict[str, Any]:
    if isinstance(one, VardeError):
        return {"host": agent.name, "error": str(one)}
    rates = {name: round(rate, 4) for name in one.reading.values if (rate := one.per_minute(name)) is not None}
    return {
        "host": agent.name, "error": None, "time": iso(int(one.reading.at * 1e6)), "uptime_seconds": one.reading.uptime, "restarted": one.restarted,
        "values": dict(one.reading.values), "ratios": one.ratios(), "seconds": one.seconds, "per_minute": rates,
        "missing": list(one.reading.missing), "odd": one.reading.odd,
    }  # fmt: skip


def _print(agent: Agent, one: _Told | VardeError, *, everything: bool) -> None:
    if isinstance(one, VardeError):
        say(f"varde: {one}")
        return
    reading = one.reading
    up = "" if reading.uptime is None else f", up {_age(reading.uptime)}"
    print(f"{agent.name}: {reading.values.get('sysDescr') or 'amavisd'}{up}, read {iso(int(reading.at * 1e6))}")
    _print_ratios(one)
    rows = [(name, value) for name, value in numbers_of(reading).items() if NAMED[name].number[:4] != "1.1." and (value or everything)]
    for start, title in _TITLES:
        if chosen := [(name, value) for name, value in rows if name.startswith(start)]:
            print(f"\n{title:36} {'total':>14} {'a minute':>10}")
            for name, value in chosen:
                rate = one.per_minute(name)
                print(f"  {name:34} {value:>14,} {'' if rate is None else f'{rate:,.1f}':>10}  {NAMED[name].meaning}".rstrip())
    for sentence in _remarks(one):
        print(f"\n{sentence}")
    print()


def _print_ratios(one: _Told) -> None:
    titles = {ratio.name: ratio.title for ratio in RATIOS}
    since = "between two readings" if one.seconds != one.reading.uptime else "since it started"
    size = one.counts.get("inMsgsSize")
    print(f"{one.counts.get('inMsgs', 0):,} messages received {since}" + (f", {octets(size)}" if size is not None else ""))
    shares = [f"{share:.1%} {titles[name]}" for name, share in one.ratios().items() if share]
    print(f"  {', '.join(shares)}" if shares else "  nothing in them that is worth a share")


def _remarks(one: _Told) -> list[str]:
    reading, found = one.reading, []
    if reading.number("inMsgsOpenRelay"):
        found.append(
            "inMsgsOpenRelay is not 0: mail from outside went to recipients that amavisd does not know as local. On a relay that is no open one this means that "
            "@local_domains_maps or @mynetworks lack something."
        )
    if one.restarted:
        found.append("amavisd started anew between the two readings: what it has since then is shown.")
    if reading.missing:
        found.append(f"{len(reading.missing)} values that such agents have are not told: {', '.join(reading.missing[:8])}{' ...' if len(reading.missing) > 8 else ''}")
    if reading.odd:
        found.append(f"{reading.odd} values are none of AMAVIS-MIB, or of another type: they were left out.")
    return found


_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def _age(seconds: float) -> str:
    unit = next(((size, name) for size, name in _UNITS if seconds >= 2 * size), (1, "s"))
    return f"{seconds / unit[0]:.0f} {unit[1]}"


def names_command(part: str, *, as_json: bool) -> None:
    """Objects whose name or meaning has a part in it. Exit status 1 where none has."""
    chosen = [one for one in OBJECTS.values() if part.lower() in f"{one.name} {one.meaning}".lower()]
    if as_json:
        print_json({"names": [{"name": one.name, "oid": one.oid, "type": one.type, "meaning": one.meaning} for one in chosen]})
    else:
        for one in chosen:
            print(f"{one.name:38} {one.oid:36} {one.type:13} {one.meaning}")
    if not chosen:
        raise VardeError(f"no name and no meaning has {part!r} in it", status=1)
