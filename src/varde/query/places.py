"""Where traffic comes from and goes to: amounts by country, system, address and port, each within the one before."""

from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from varde.decode.addresses import octets_of, text_of
from varde.model import FLOWS, LOGINS, PROBES, TUNNELS, Table, VardeError
from varde.model.rollups import WEIGHT
from varde.query.engine import Engine, SumsOf, Window, epoch_us, hashed, microseconds

HOME = "--"

BY = ("octets", "packets", "flows", "events")
"""What may be summed; `flows` and `events` count records. Sampled flows count for what they stand for."""

DIRECTIONS = {"in": ("src",), "out": ("dst",), "both": ("src", "dst")}
"""Which end of a record is located. The other end of what comes in is whoever is here, so own networks are never a place."""

LEVELS = ("country", "as", "address", "port")

ENDS = {FLOWS.name: ("src", "dst"), PROBES.name: ("src", "dst"), LOGINS.name: ("src",), TUNNELS.name: ("src", "target")}
"""Tables that can be asked about, and the ends of theirs that are located."""

TOP_MAX = 1000


def usual_table(engine: Engine, window: Window) -> Table:
    """What a period is asked about where nobody says: flows where it has some, else probes where it has some, else what the store has."""
    first, last = (moment.astimezone(timezone.utc).date() for moment in (window.first, window.last - timedelta(microseconds=1)))
    days = {table.name: engine.store.days(table.name) for table in (FLOWS, PROBES)}
    within = [table for table in (FLOWS, PROBES) if any(first <= day <= last for day in days[table.name])]
    return within[0] if within else FLOWS if days[FLOWS.name] else PROBES


@dataclass(frozen=True, slots=True)
class Within:
    """What a question is narrowed to."""

    country: str | None = None
    system: int | None = None
    address: str | None = None

    @property
    def level(self) -> str:
        """The level that lies below what it is narrowed to."""
        if self.address is not None:
            return "port"
        return "address" if self.system is not None else "as" if self.country is not None else "country"


@dataclass(frozen=True, slots=True)
class Place:
    """One row: the key of its level, the amount, its records and how many addresses outside they have."""

    key: Any
    value: int
    records: int
    addresses: int


@dataclass(frozen=True, slots=True)
class Places:
    """Answer: rows, the largest first; `known` and `total` are amounts of what has a key and of all; `keys` counts them."""

    table: str
    by: str
    direction: str
    level: str
    rows: list[Place]
    keys: int
    known: int
    total: int
    addresses: int


def check(table: str, by: str, direction: str) -> None:
    """Raises VardeError for what cannot be asked."""
    if table not in ENDS:
        raise VardeError(f"no map of {table}. There are {', '.join(ENDS)}.")
    if by not in BY or (table != FLOWS.name and by != "events"):
        raise VardeError(f"{table} cannot be summed by {by}: {', '.join(BY[:3]) if table == FLOWS.name else 'events'}.")
    if direction not in DIRECTIONS:
        raise VardeError(f"no such direction: {direction}. There are {', '.join(DIRECTIONS)}.")


def places(engine: Engine, window: Window, table: Table, *, by: str, direction: str, within: Within, top: int) -> Places:
    """Ask. Own networks (`--`) are left out at the end that is located. Raises VardeError for what cannot be asked."""
    check(table.name, by, direction)
    ends = _ends(table.name, direction)
    level = within.level

    def question(sums_of: SumsOf) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        sides = reduce(lambda one, other: one.union(other), [_side(sums_of(_needed(end, level)), end, by, level, within) for end in ends])
        known = sides.filter(sides.key.notnull())
        grouped = known.group_by("key").aggregate(value=known.amount.sum(), records=known.weight.sum(), addresses=hashed(known.address).nunique())
        rows = engine.execute(grouped.order_by(ibis.desc("value"), "key").limit(top))
        sums = engine.execute(sides.aggregate(
            total=sides.amount.sum().fill_null(0), known=sides.amount.sum(where=sides.key.notnull()).fill_null(0), keys=sides.key.nunique(),
            addresses=hashed(sides.address).nunique(),
        ))  # fmt: skip
        return rows, sums[0]

    rows, sums = engine.ask_sums(window, question, table.name)
    return Places(
        table.name, by, direction, level, [Place(_key(row["key"]), int(row["value"] or 0), int(row["records"]), int(row["addresses"])) for row in rows],
        int(sums["keys"]), int(sums["known"]), int(sums["total"]), int(sums["addresses"]),
    )  # fmt: skip


def over_time(engine: Engine, window: Window, table: Table, *, by: str, direction: str, within: Within, buckets: int) -> list[int]:
    """What `places` adds up, for each of so many equal parts of the window."""
    check(table.name, by, direction)
    begin, length = microseconds(window.first), microseconds(window.last) - microseconds(window.first)

    def question(records: ir.Table) -> list[dict[str, Any]]:
        sides = reduce(lambda one, other: one.union(other), [_side(records, end, by, within.level, within, timed=True) for end in _ends(table.name, direction)])
        bucket = ((sides.at - begin).cast("float64") * buckets / length).floor().cast("int64")
        return engine.execute(sides.mutate(bucket=bucket).group_by("bucket").aggregate(value=ibis._.amount.sum().fill_null(0)))

    sums = [0] * buckets
    for row in engine.ask(window, question, table.name):
        sums[min(max(0, int(row["bucket"])), buckets - 1)] += int(row["value"])
    return sums


def _ends(table: str, direction: str) -> tuple[str, ...]:
    """In the words of the table: a tunnel goes out to its target."""
    first, *others = ENDS[table]
    wanted = {"src": first, "dst": others[0] if others else first}
    return tuple(dict.fromkeys(wanted[end] for end in DIRECTIONS[direction]))


def _side(records: ir.Table, end: str, by: str, level: str, within: Within, *, timed: bool = False) -> ir.Table:
    """One end of each record: `key`, `amount`, `address`, and when it was, us since 1970."""
    country, system, address = (records[f"{end}_{part}"] for part in ("cc", "as", "addr"))
    wanted = [(country != HOME) | country.isnull(), address.notnull()]
    if within.country is not None:
        wanted.append(country == within.country)
    if within.system is not None:
        wanted.append(system == within.system)
    if within.address is not None:
        wanted.append(address == ibis.literal(_packed(within.address), type="binary"))
    key = records.dst_port if level == "port" else {"country": country, "as": system, "address": address}[level]
    when = {"at": epoch_us(records.time)} if timed else {}  # sums of days have no time of their own
    return records.filter(*wanted).select(key=key, amount=_amount(records, by), address=address, weight=_weight(records), **when)


def _needed(end: str, level: str) -> set[str]:
    """Columns that `_side` looks at."""
    return {f"{end}_{part}" for part in ("cc", "as", "addr")} | ({"dst_port"} if level == "port" else set())


def _weight(records: ir.Table) -> ir.IntegerValue:
    return records[WEIGHT] if WEIGHT in records.columns else ibis.literal(1, "int64")


def _amount(records: ir.Table, by: str) -> ir.IntegerValue:
    """What a record counts for: of a sampled flow what it stands for, both directions where it has both."""
    if by not in ("octets", "packets"):
        return _weight(records)
    own = ibis.coalesce(records[f"{by}_scaled"], records[by], 0)
    return own + records[f"rev_{by}"].fill_null(0)


def _key(key: Any) -> Any:
    return text_of(bytes(key)) if isinstance(key, (bytes, bytearray, memoryview)) else key


def _packed(text: str) -> bytes:
    octets = octets_of(text)
    if octets is None:
        raise VardeError(f"{text!r} is no address.")
    return octets
