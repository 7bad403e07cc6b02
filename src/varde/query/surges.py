"""Ports that suddenly many different sources wanted in a stored period, against up to five weeks before it, and what is known of each."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import polars as pl

from varde.detect import Counts, Crowds, Surge, Surges
from varde.detect.crowds import HOURS, SCHEMA
from varde.detect.likelihood import Difference, mixes_differ
from varde.detect.probing import ACK, ANSWERING_PORTS, RST, SYN, TCP, UDP
from varde.detect.surge import FLOOR
from varde.detect.usual import DAYS, Known
from varde.model import ALLOWED, CAPTURES
from varde.query.engine import (
    PORTED,
    Engine,
    Window,
    distinct_sources,
    epoch_us,
    hashed,
    microseconds,
    plane_number,
)

LEAD = timedelta(days=1)
"""Judged before the period: a surge that was there when it began began earlier."""

TOLD_MAX = 25
"""Surges of which more is asked than that they are, the least likely ones."""

ROWS_MAX = 200_000
"""Records of one surge that are looked at, the first ones: its countries and tools are the same in the rest."""

ASKED_MAX = 1_000
"""Networks of a surge that are looked for in the weeks before: a share of a thousand is right to 3 %."""

MIX_MIN = 50
"""Usual sources of a port whose countries say something; of fewer those of all ports do."""

NOWHERE_MIN = 0.02
"""Share of sources that no network has, from which on senders lie: a real crowd has none, one drawn at random 13 %."""

TOOL_MIN = 0.05
"""Share of addresses from which on a tool is named: of masscan's mark one packet in 65,536 has it by chance."""

PAYLOADS_MAX = 3
EXCERPT_MAX = 120

_HOUR_US = 3_600_000_000
_PRIVILEGED = 1_024
_ZMAP_ID = 54_321


@dataclass(frozen=True, slots=True)
class Payload:
    """What a port that listens was sent first: when, by whom, its form, the name of what it is known as, and its first octets."""

    time: datetime
    src_addr: bytes | None
    form: str | None
    known: str | None
    sha256: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """A surge and its evidence. Counts of addresses; of networks where they say so."""

    surge: Surge
    first: datetime
    "The minute at which it began, by the likeliest change of pace."
    last: datetime
    events: int
    addresses: int
    networks: int
    whole: bool
    "Whether all of its records were looked at, or ROWS_MAX."
    allowed: int
    "Records of packets that were let through."
    countries: dict[str, int]
    "Addresses by country; empty text where none is known."
    usual_countries: dict[str, int]
    usual_of: str | None
    "Whose countries are the usual ones: port, all ports, or None where nothing is stored before."
    difference: Difference
    new: float | None
    "Share of networks that nothing is stored of in the weeks before; None where there is nothing."
    tools: dict[str, float]
    "Share of addresses whose headers a tool left its mark in; only what the logs let see."
    nowhere: float
    "Share of networks that cannot be anybody's."
    payloads: tuple[Payload, ...]

    @property
    def lies(self) -> bool:
        """Whether the senders' addresses are invented."""
        return self.nowhere >= NOWHERE_MIN


@dataclass(frozen=True, slots=True)
class Answer:
    """What a period had; `known` is what expectations rest on at its end."""

    window: Window
    known: Known
    findings: list[Finding]
    left_out: int
    "Surges beyond what is told."


def surges(engine: Engine, window: Window, open_keys: Collection[int] = ()) -> Answer:
    """Surges of a period, those that least can be chance first. Ports in `open_keys` never count."""
    watch, found = alone(engine, window, open_keys)
    findings = [_finding(engine, window, surge) for surge in found[:TOLD_MAX]]
    return Answer(window, watch.known, findings, watch.left_out + max(0, len(found) - TOLD_MAX))


def alone(engine: Engine, window: Window, open_keys: Collection[int] = ()) -> tuple[Surges, list[Surge]]:
    """Surges of a period, those that least can be chance first, without what else is known of each; and what judged them."""
    judged = replace(window, first=_hour_of(window.first - LEAD), last=window.last)
    watch = _taught(engine, judged, open_keys)
    found = [surge for surge in _judged(engine, judged, watch) if surge.last >= microseconds(_hour_of(window.first)) // _HOUR_US]
    return watch, sorted(found, key=lambda surge: (surge.log_odds, surge.key, surge.begin))


def learnt(engine: Engine, last: datetime, open_keys: Collection[int] = ()) -> tuple[Surges, list[Surge]]:
    """The detectors as they are after the hours before `last`, a whole hour, and the surges of the day before it."""
    judged = Window(last - LEAD, last)
    watch = _taught(engine, judged, open_keys)
    return watch, _judged(engine, judged, watch)


def each_network(engine: Engine, window: Window, take: Callable[[pl.DataFrame], None]) -> None:
    """Give `take` frames of hour, key and src_net, each once, hour by hour: what the longer window of an hour that is not over needs."""

    def question(table: ir.Table) -> None:
        began = _began(table)
        seen = began.select(**_hour_and_key(began), src_net=began.src_net).distinct().order_by("hour")
        for batch in engine.batches(seen):
            take(pl.from_arrow(batch))  # type: ignore[arg-type]

    engine.ask(window, question)


@dataclass(frozen=True, slots=True)
class Sums:
    """All that a surge had: packets, addresses and networks of their sources."""

    packets: int
    addresses: int
    networks: int


def sums(engine: Engine, surge: Surge) -> Sums:
    """What is stored of a surge, from its first hour to the end of its last one."""

    def question(table: ir.Table) -> list[dict[str, Any]]:
        began = _began(table)
        return engine.execute(began.aggregate(packets=began.count(), addresses=distinct_sources(began), networks=hashed(began.src_net).nunique()))

    (row,) = engine.ask(span(surge), question)
    return Sums(int(row["packets"]), int(row["addresses"]), int(row["networks"]))


def span(surge: Surge, window: Window | None = None) -> Window:
    """From the first hour of a surge to the end of its last one, on its port; otherwise as another window has it."""
    first = datetime.fromtimestamp((surge.begin - surge.window + 1) * 3600, timezone.utc)
    last = datetime.fromtimestamp((surge.last + 1) * 3600, timezone.utc)
    return replace(window or Window(first, last), first=first, last=last, planes=(surge.plane,), port_min=surge.port, port_max=surge.port)


def _taught(engine: Engine, judged: Window, open_keys: Collection[int]) -> Surges:
    """Detectors that know the weeks before a period."""
    watch = Surges(open_keys)
    before = replace(judged, first=judged.first - timedelta(days=DAYS), last=judged.first)
    for counts in engine.ask(before, lambda t: list(_by_hour(engine.batches(_counted(t))))):
        watch.learn(counts)
    return watch


def _judged(engine: Engine, judged: Window, watch: Surges) -> list[Surge]:
    """All surges that began in a period. The five hours before it fill the longer window."""
    begin = microseconds(judged.first) // _HOUR_US
    found: dict[int, Surge] = {}

    def question(table: ir.Table) -> None:
        crowds = Crowds()
        for batch in engine.batches(_seen(table)):
            _judge(crowds.add(_frame(batch)))
        if crowds.hour is not None:
            _judge([crowds.close()])

    def _judge(done: list[Counts]) -> None:
        for counts in done:
            if counts.hour >= begin:
                found.update((id(surge), surge) for surge in watch.hour(counts))

    engine.ask(replace(judged, first=judged.first - timedelta(hours=HOURS - 1)), question)
    return list(found.values())


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)


def _began(table: ir.Table) -> ir.Table:
    """Records of ports that their source began: no backscatter of floods, and no answers of DNS and NTP."""
    flags = table.tcp_flags.fill_null(SYN)
    backscatter = (table.proto == TCP) & (flags & 0x1F).isin([RST, SYN | ACK, RST | ACK])
    answers = (table.proto == UDP) & table.src_port.fill_null(0).isin(ANSWERING_PORTS) & (table.dst_port >= _PRIVILEGED)
    return table.filter(table.dst_port.notnull(), table.src_net.notnull(), table.proto.isin(PORTED), ~backscatter, ~answers)


def _keyed(table: ir.Table) -> ir.Table:
    """Hour, key of the port and hash of the source's network, each once."""
    began = _began(table)
    # 62 bits of the hash: engines differ in whether it has a sign, and some have no numbers without one
    source = (hashed(began.src_net) % 2**62).cast("int64")
    return began.select(**_hour_and_key(began), source=source).distinct()


def _hour_and_key(began: ir.Table) -> dict[str, ir.Value]:
    return {"hour": epoch_us(began.time) // _HOUR_US, "key": plane_number().cast("int64") * 65_536 + began.dst_port.cast("int64")}


def _counted(table: ir.Table) -> ir.Table:
    each = _keyed(table)
    return each.group_by("hour", "key").aggregate(sources=each.count()).order_by("hour", "key")


def _seen(table: ir.Table) -> ir.Table:
    return _keyed(table).order_by("hour")


def _frame(batch: Any) -> pl.DataFrame:
    """Rows as Crowds takes them: the hash fills the high bits, by which it samples."""
    frame: pl.DataFrame = pl.from_arrow(batch)  # type: ignore[assignment]
    source = pl.Series("source", frame["source"].to_numpy().astype(np.uint64) << np.uint64(2))
    return frame.with_columns(source).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _by_hour(batches: Iterable[Any]) -> Iterator[Counts]:
    """Counts of whole hours from rows in their order. What six hours had is not asked of the past."""
    held: pl.DataFrame | None = None
    for batch in batches:
        frame: pl.DataFrame = pl.from_arrow(batch)  # type: ignore[assignment]
        held = frame if held is None else pl.concat([held, frame])
        if len(held):
            last = held["hour"][-1]
            yield from _hours(held.filter(pl.col("hour") != last))
            held = held.filter(pl.col("hour") == last)
    if held is not None:
        yield from _hours(held)


def _hours(frame: pl.DataFrame) -> Iterator[Counts]:
    for (hour,), part in frame.partition_by("hour", as_dict=True, maintain_order=True).items():
        sources = part["sources"].to_numpy().astype(np.float64)
        yield Counts(int(hour), part["key"].to_numpy().astype(np.int64), sources, sources)


# what is known of a surge


def _finding(engine: Engine, window: Window, surge: Surge) -> Finding:
    own = span(surge, window)
    first, last = own.first, own.last
    before = replace(own, first=first - timedelta(days=DAYS), last=first)
    rows = _rows(engine, own)
    begin = change_of_pace(rows, first, min(last, datetime.fromtimestamp((surge.begin + 1) * 3600, timezone.utc)))
    rows, whole = rows.filter(pl.col("time") >= begin), len(rows) < ROWS_MAX
    countries = _countries(rows)
    usual, usual_of = _usual_countries(engine, before)
    classes = sorted(countries.keys() | usual.keys())
    return Finding(
        surge, begin, rows["time"].max() or last, len(rows), rows["src_addr"].n_unique(), rows["src_net"].n_unique(), whole,  # type: ignore[arg-type]
        int(rows["action"].is_in(ALLOWED).sum()), countries, usual, usual_of,
        mixes_differ([countries.get(code, 0) for code in classes], [usual.get(code, 0) for code in classes]),
        _new(engine, before, rows) if usual_of else None, _tools(rows), _nowhere(rows, surge.plane), _payloads(engine, surge, first, last),
    )  # fmt: skip


_COLUMNS = ("time", "src_addr", "src_net", "src_cc", "dst_addr", "dst_port", "ip_id", "tcp_seq", "action")


def _rows(engine: Engine, own: Window) -> pl.DataFrame:
    frame: pl.DataFrame = pl.from_arrow(  # type: ignore[assignment]
        engine.ask(own, lambda t: engine.arrow(_began(t).select(*_COLUMNS).order_by("time", "src_addr").limit(ROWS_MAX)))
    )
    return frame


def change_of_pace(rows: pl.DataFrame, first: datetime, last: datetime) -> datetime:
    """The moment that parts two paces of new networks best: the larger likelihood of two Poisson rates.

    So many come from then on as any surge needs: of few, a last one by itself would part them best."""
    seen = rows.group_by("src_net").agg(pl.col("time").min())["time"].sort()
    at = seen.dt.timestamp("us").to_numpy().astype(np.float64) / 1e6
    begin, end = first.timestamp(), last.timestamp()
    at = at[(at >= begin) & (at < end)]
    if len(at) < 2:
        return first
    before = np.arange(len(at))
    after = len(at) - before
    spans = np.maximum(at - begin, 1.0), np.maximum(end - at, 1.0)
    likely = before * np.log(np.maximum(before, 1) / spans[0]) + after * np.log(after / spans[1])
    rising = (after / spans[1] >= before / spans[0]) & (after >= min(FLOOR, len(at)))
    chosen = at[int(np.argmax(np.where(rising, likely, -np.inf)))]
    return datetime.fromtimestamp(float(chosen), timezone.utc)


def _countries(rows: pl.DataFrame) -> dict[str, int]:
    counted = rows.unique("src_addr")["src_cc"].fill_null("").value_counts().sort(["count", "src_cc"], descending=[True, False])
    return dict(counted.iter_rows())


def _usual_countries(engine: Engine, before: Window) -> tuple[dict[str, int], str | None]:
    """Addresses by country in the weeks before: of this port, or of all where it had few."""
    for window, whose in ((before, "port"), (replace(before, planes=(), port_min=None, port_max=None), "all ports")):
        found = engine.ask(window, lambda t: engine.execute(_mix(t)))
        mix = {str(row["src_cc"] or ""): int(row["sources"]) for row in found}
        if sum(mix.values()) >= (MIX_MIN if whose == "port" else 1):
            return mix, whose
    return {}, None


def _mix(table: ir.Table) -> ir.Table:
    began = _began(table)
    each = began.select("src_cc", source=hashed(began.src_addr)).distinct()
    return each.group_by("src_cc").aggregate(sources=each.count()).order_by("src_cc")


def _new(engine: Engine, before: Window, rows: pl.DataFrame) -> float:
    """Share of networks that no record of the weeks before is of, on any port."""
    nets = rows["src_net"].unique().sort()
    asked = nets.gather_every(max(1, -(-len(nets) // ASKED_MAX))).to_list()
    literals = [ibis.literal(net, "binary") for net in asked]
    anywhere = replace(before, planes=(), port_min=None, port_max=None, action="all")
    known = engine.ask(anywhere, lambda t: engine.execute(t.filter(t.src_net.isin(literals)).aggregate(n=t.src_net.nunique())))
    return 1 - int(known[0]["n"]) / max(1, len(asked))


def _tools(rows: pl.DataFrame) -> dict[str, float]:
    """Marks that tools leave in headers: ZMap's identification, Mirai's sequence number that is the destination, masscan's mixture.

    One address is by a tool where all of its packets are; shares are of addresses whose packets were logged with that field."""
    number = _number(rows["dst_addr"])
    marked = rows.select(
        "src_addr", zmap=pl.col("ip_id") == _ZMAP_ID, mirai=pl.col("tcp_seq") == pl.Series(number),
        masscan=pl.col("ip_id") == (pl.Series(number) ^ pl.col("dst_port") ^ pl.col("tcp_seq")) & 0xFFFF,
    )  # fmt: skip
    names = ("mirai", "zmap", "masscan")
    each = marked.group_by("src_addr").agg(pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).drop_nulls().all()).alias(name) for name in names)
    return {name: share for name in names if (share := float(each[name].mean() or 0.0)) >= TOOL_MIN}  # type: ignore[arg-type]


def _number(addresses: pl.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The last 32 bits of addresses, which are all of an IPv4 one."""
    octets = b"".join(address or bytes(16) for address in addresses.to_list())
    return np.frombuffer(octets, dtype=">u4").reshape(-1, 4)[:, 3].astype(np.int64) if octets else np.zeros(0, dtype=np.int64)


def _nowhere(rows: pl.DataFrame, plane: str) -> float:
    """Share of networks in space that nobody can send from: this network, loopback, multicast and reserved of IPv4; of IPv6 what is
    neither global, local to a link nor unique local."""
    nets = rows["src_net"].unique().to_list()
    if not nets:
        return 0.0
    if plane.endswith("4"):
        out = Counter(net[12] in (0, 127) or net[12] >= 224 for net in nets)
    else:
        out = Counter(not (net[0] >> 5 == 1 or net[0] in (0xFC, 0xFD, 0xFE)) for net in nets)
    return out[True] / len(nets)


def _payloads(engine: Engine, surge: Surge, first: datetime, last: datetime) -> tuple[Payload, ...]:
    """What ports that listen were sent first in the surge, of each payload one."""

    def question(table: ir.Table) -> list[dict[str, Any]]:
        own = table.filter(table.dst_port == surge.port, table.proto == surge.proto, table.time >= first, table.time < last, table.length > 0)
        return engine.execute(own.order_by("time", "offset").select("time", "src_addr", "form", "known", "sha256", "data").limit(100))

    each: dict[str, Payload] = {}
    for row in engine.ask_all(CAPTURES.name, question):
        each.setdefault(row["sha256"], Payload(row["time"], row["src_addr"], row["form"], row["known"], row["sha256"], (row["data"] or b"")[:EXCERPT_MAX]))
    return tuple(each.values())[:PAYLOADS_MAX]
