"""docs/explanation/insight-figures.md: all figures of a run, with the cells that miss the goals by name."""

from collections.abc import Iterable, Sequence

import polars as pl

from bench.insight.grid import BLOCK_WIDTH, EACH_MIN, GRID, HOURS, NOISES, SIZES, Cell
from bench.insight.oracle import KINDS as ORACLE_KINDS
from bench.insight.outcome import VARDE, Outcome
from bench.insight.packets import SITES
from bench.insight.real import Read
from bench.insight.roc import Point
from bench.insight.rules import RULES

GOAL = 0.95
"""Of the campaigns of a kind; of slow scans in order by one source all are wanted."""

CELLS = pl.DataFrame({
    "cell": range(len(GRID)), "kind": [cell.kind for cell in GRID], "sources": [cell.sources for cell in GRID], "size": [cell.size for cell in GRID],
    "counts": [cell.counts for cell in GRID], "label": [cell.label() for cell in GRID],
})  # fmt: skip
"""The grid as rows."""

NOT_MEASURED = "Not measured in this run."

KINDS = tuple(dict.fromkeys(cell.kind for cell in GRID))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of Markdown."""
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(map(str, row))} |" for row in rows), ""]


def percent(share: float | None) -> str:
    """Rounded down, so that 100 is all of them."""
    return "" if share is None else f"{int(share * 1000) / 10:g} %"


def joined(outcome: Outcome) -> pl.DataFrame:
    """Campaigns with what their cells are, those that count for goals."""
    return outcome.campaigns.join(CELLS, on="cell")


def by_kind(outcome: Outcome) -> list[str]:
    told = joined(outcome).filter(pl.col("system") == VARDE)
    rows = []
    for kind in KINDS:
        mine = told.filter((pl.col("kind") == kind) & pl.col("counts"))
        worst, share = worst_cell(mine)
        rows.append((kind, len(mine), percent(_mean(mine["told"])), percent(_mean(mine["named"])), percent(_mean(mine["share"])),
                     f"{worst}: {percent(share)}", "yes" if is_met(mine, kind) else "**no**"))  # fmt: skip
    return table(("kind", "campaigns", "told", "called what they are", "of their sources", "worst cell", "goal met"), rows)


def bounds(outcome: Outcome) -> list[str]:
    """By kind how many campaigns the oracle tells, how many of those Varde does, and the cells of which it tells fewest."""
    asked = joined(outcome).filter((pl.col("system") == VARDE) & pl.col("counts") & pl.col("odds").is_not_null()).with_columns(possible=pl.col("odds") > 0)
    rows = []
    for kind in (kind for kind in KINDS if kind in ORACLE_KINDS):
        mine = asked.filter(pl.col("kind") == kind)
        cells = mine.group_by("cell", "label").agg(pl.col("possible").mean()).filter(pl.col("possible") < GOAL)
        rows.append((kind, percent(_mean(mine["told"])), mine["cell"].n_unique(), len(cells), percent(_mean(mine["possible"])), percent(_mean(mine.filter("possible")["told"]))))
    return table(("kind", "told", "cells", "that nobody could tell", "bound", "told, of what the bound allows"), rows)


def _mean(values: pl.Series) -> float | None:
    mean = values.cast(pl.Float64).mean()
    return None if mean is None else float(mean)  # type: ignore[arg-type]


def hours(value: object) -> str:
    return "" if value is None else f"{float(value):.1f} h"  # type: ignore[arg-type]


def worst_cell(campaigns: pl.DataFrame) -> tuple[str, float]:
    """The cell of which the smallest share was told, the first of equals."""
    if campaigns.is_empty():
        return "", 0.0
    each = campaigns.group_by("cell", "label").agg(pl.col("told").mean()).sort("told", "cell")
    return str(each["label"][0]), float(each["told"][0])


def is_met(campaigns: pl.DataFrame, kind: str) -> bool:
    share = _mean(campaigns["told"]) or 0.0
    one = campaigns.filter(pl.col("sources") == 1)
    return share >= GOAL and (not kind.startswith("diagonal") or bool(one["told"].all()))


def missed(outcome: Outcome) -> list[str]:
    """Cells of which fewer are told than the goal wants, of those that count, in rows."""
    told = joined(outcome).filter((pl.col("system") == VARDE) & pl.col("counts"))
    each = told.group_by("cell", "label").agg(pl.len().alias("of"), pl.col("told").sum(), pl.col("named").sum()).sort("cell")
    below = each.filter(pl.col("told") < GOAL * pl.col("of"))
    if below.is_empty():
        return [f"Of all cells that count {percent(GOAL)} and more were told.", ""]
    return table(("cell", "told", "called what they are"), ((row["label"], f"{row['told']} of {row['of']}", f"{row['named']} of {row['of']}") for row in below.iter_rows(named=True)))


def beside_others(outcome: Outcome) -> list[str]:
    told = joined(outcome).filter(pl.col("counts") & ~pl.col("kind").is_in(("tool", "art")))
    shares = told.group_by("system", "kind").agg(pl.col("told").mean())
    known = {(row["system"], row["kind"]): row["told"] for row in shares.iter_rows(named=True)}
    kinds = [kind for kind in KINDS if kind not in ("tool", "art")]
    rows = [(system, *(percent(known.get((system, kind))) for kind in kinds), *false_by_site(outcome, system)) for system in systems(outcome)]
    return table(("", *kinds, *(f"false a day, {site.name.split(',')[0]}" for site in SITES)), rows)


def systems(outcome: Outcome) -> list[str]:
    there = set(outcome.months["system"].unique().to_list())
    return [name for name in (VARDE, *(rule.name for rule in RULES)) if name in there]


def false_by_site(outcome: Outcome, system: str, *, clean: bool = False) -> list[str]:
    mine = outcome.months.filter((pl.col("system") == system) & (pl.col("clean") == clean))
    sums = mine.group_by("site").agg(pl.col("false").sum(), pl.col("days").sum())
    known = {row["site"]: row["false"] / row["days"] for row in sums.iter_rows(named=True)}
    return [f"{known[site.name]:.3g}" if site.name in known else "" for site in SITES]


def false_alarms(outcome: Outcome) -> list[str]:
    """Varde's, by site, with campaigns about and without any."""
    mine = outcome.months.filter(pl.col("system") == VARDE).group_by("site", "clean").agg(pl.col("days", "false", "surveys", "strangers").sum()).sort("site", "clean")
    rows = [(row["site"], "nothing but background" if row["clean"] else "with campaigns", f"{row['days']:,}", row["false"], f"{row['false'] / row['days']:.3g}", row["surveys"],
             row["strangers"]) for row in mine.iter_rows(named=True)]  # fmt: skip
    kinds = outcome.false.group_by("site", "kind").len().sort("len", descending=True)
    said = ", ".join(f"{row['len']} {row['kind']} ({row['site']})" for row in kinds.iter_rows(named=True)) or "none"
    made = table(("site", "month", "days", "false alarms", "a day", "alarms of research scanners", "innocents beside a campaign's sources"), rows)
    return [*made, f"By kind, in months with campaigns: {said}.", ""]


def cost(outcome: Outcome) -> list[str]:
    mine = outcome.months.filter(pl.col("system") == VARDE).group_by("site").agg(pl.col("packets", "days").sum(), pl.col("taking", "judging").sum(), pl.col("cells").max()).sort("site")
    rows = [(row["site"], f"{row['packets'] / row['days']:,.0f}", f"{1e6 * row['taking'] / row['packets']:.2f} us", f"{1e6 * row['judging'] / row['packets']:.2f} us",
             f"{row['cells']:,}") for row in mine.iter_rows(named=True)]  # fmt: skip
    return table(("site", "packets a day", "taking a packet", "judging, for each packet", "cells kept at most"), rows)


def cells_of(outcome: Outcome, kind: str) -> list[str]:
    """Shares told of each cell: sizes, hours and noise down, sources and order across. In brackets what counts for no goal."""
    told = outcome.campaigns.filter(pl.col("system") == VARDE).group_by("cell").agg(pl.col("told").mean(), pl.col("named").mean())
    known = {row["cell"]: row for row in told.iter_rows(named=True)}
    mine = [(place, cell) for place, cell in enumerate(GRID) if cell.kind == kind]
    columns = list(dict.fromkeys((cell.sources, cell.order) for _, cell in mine))
    places = {(cell.size, cell.hours, cell.noise, cell.sources, cell.order): (place, cell) for place, cell in mine}
    rows = []
    for size in dict.fromkeys(cell.size for _, cell in mine):
        for hours_ in (hour for hour in HOURS if any(cell.hours == hour for _, cell in mine)):
            for noise in (noise for noise in NOISES if any(cell.noise == noise for _, cell in mine)):
                cells = [_share(known, places.get((size, hours_, noise, *column))) for column in columns]
                rows.append((size, hours_, f"{noise} %", *cells))
    return table(("size", "span", "noise", *(f"{sources} {order}" for sources, order in columns)), rows)


def _share(known: dict[int, dict[str, float]], at: tuple[int, Cell] | None) -> str:
    if at is None or at[0] not in known:
        return ""
    said = f"{100 * known[at[0]]['told']:.0f}"
    return said if at[1].counts else f"({said})"


def roc(points: Sequence[Point]) -> list[str]:
    rows = [(f"{point.strictness:g} x", percent(point.told), percent(point.slow), f"{point.false_a_day:.3g}") for point in points]
    if not rows:
        return [NOT_MEASURED, ""]
    return table(("ln p", "told, all kinds that are warnings", "told, slow and shared ones", "false alarms a day, both sites"), rows)


def how_soon(delays: pl.DataFrame) -> list[str]:
    rows = [(row["kind"], row["campaigns"], hours(row["middle"]), hours(row["latest"]), percent(row["of_span"])) for row in delays.iter_rows(named=True)]
    if not rows:
        return [NOT_MEASURED, ""]
    return table(("kind", "told", "middle", "latest", "of the campaign was over, in the middle"), rows)


def real_logs(read: Sequence[Read]) -> list[str]:
    if not read:
        return ["They were not there when this was run.", ""]
    rows = [(one.name, one.packets, one.sources, "a scan" if one.is_scan else "no scan", ", ".join(one.kinds) or "nothing") for one in read]
    return table(("log", "packets", "sources", "its authors call it", "Varde calls it"), rows)


def text(outcome: Outcome, points: Sequence[Point], delays: pl.DataFrame, read: Sequence[Read], run: str, machine: str) -> str:
    """The whole page. `run`: which seeds and what they are worth, in a sentence."""
    seeds = outcome.campaigns["seed"].n_unique()
    parts = [
        HEAD.format(machine=machine, run=run, seeds=seeds, cells=len(GRID), counting=sum(cell.counts for cell in GRID), each=EACH_MIN, sizes=", ".join(map(str, SIZES)),
                    width=BLOCK_WIDTH),
        "## By kind\n", *by_kind(outcome), "## What anybody could tell\n", BOUND, *bounds(outcome), "## What misses the goal\n", MISSED, *missed(outcome), "## False alarms\n", *false_alarms(outcome), "## How soon\n", SOON, *how_soon(delays),
        "## Beside the rules of others\n", OTHERS.format(others=outcome.campaigns.filter(pl.col("system") == RULES[0].name)["seed"].n_unique()), *beside_others(outcome), *table(("program", "rule"), ((rule.name, rule.says) for rule in RULES)),
        "## Thresholds\n", ROC, *roc(points), "## Cost\n", COST, *cost(outcome), "## Real logs\n", REAL, *real_logs(read),
        "## By cell\n", CELL, *(line for kind in KINDS for line in (f"### {kind}\n", *cells_of(outcome, kind))),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


HEAD = """# Insight: how well scans are found

Made by `python -m bench insight --write` ({machine}). The background and all scans are synthetic, and what is real is said to be.

{run}

There are {cells} cells: every kind by how many ports ({sizes}; of sweeps addresses), how long (1, 6, 24 hours; of what is fast minutes), how
much noise (0 or 20 %: repeats, packets out of order and strays, a third each), how many sources (1, 4, 20) and in which order (up, down,
random), as far as a kind has them. A block scan tries each port at {width} addresses. Slow scans in order by several sources are cut into parts one after
the other, shared ones are dealt like cards, shuffled ones by lot; in every second campaign the sources are of one /20, in the others anywhere.
`new` is one port that nobody wanted for a month, once each by so many sources. `nmap` is its own order, common ports first, and its own pace.

Seed k of every cell lies in month k, which is how few months do ({seeds} here) of each of two sites: a home with one address for 35 days
and an office with 512 for 14. In them are bots that are true to their ports by
Zipf's law, in bursts (an hour's count is negative binomial, k = 3) with a day's and a week's season; and innocents that look like scans:
web servers and QUIC that answer late to hundreds of ports, late DNS and NTP, peers of file sharing, shared addresses of providers,
traceroute, monitoring, backscatter, telephone scanners of a few ports, a device that is pointed at the wrong address, and two networks of
research scanners, about which an alarm is neither right nor wrong.

A campaign is told when a warning names it whose sources are at least half its own, at most a day after its end. The goals: 95 % of the
campaigns of each kind, all slow scans in order by one source, and no false alarm. Of {cells} cells {counting} count for them: in the others each
source has fewer than {each} packets, and nobody is accused by one packet. `tool` and `art` are no warnings and count by their own name.
"""
BOUND = """An *oracle* is asked about the same campaigns (`bench/insight/oracle.py`): how much likelier each campaign's packets are as one of the injected
family than as the background's, to one who knows both to the last number: how many strangers try how many ports, which ones, at how many addresses; how
cells are dealt, how ranges lie, how even the clock of the injection is (packets lie within 30 % of a pause), one tool of three and its headers, and that half of the
campaigns are of one /20. He tells what is likelier a campaign of some cell at some moment of a month than chance, which is less than one false alarm a month. It is a bound
for who looks at groups by themselves, in his favour where the background is taken to be less in bursts than it is. Nobody at a real firewall knows any of that; what he
tells and Varde does not is information that is there, and no promise that it can be had. A cell that nobody could tell is one of which the oracle tells fewer than 95 %.
"""
MISSED = """Cells below 95 %. In a kind whose goal is met a cell may still miss it.

What is left are mostly shuffled cells of sources that are anywhere, with two packets each: by how many they are they are no wonder. In the background of the home site some 70
sources a day try two ports that few try (standard deviation 8), and 18 (6) in six hours. What speaks for them is the clock alone, which the oracle knows.
"""
SOON = """Hours from the first packet until it was told, judged every hour, of the first seed's first nine days. An hour is the least that this can measure.
"""
OTHERS = """The rules are written anew from what their manuals say, with their defaults, on the same packets. They name a source; of a shared scan one of its
sources is enough. They are given refused packets alone; Zeek's also only what begins a connection of TCP. They were asked about {others} of the seeds.
"""
ROC = """How often chance alone may be told (`LOG_P_SCAN` of one source, `LOG_P_SHARED` of several), made so many times as strict (both are logarithms), of the first seed.
"""
COST = """CPU time of one core, all processes of the run at once on this machine. Judged every twelve hours.
"""
REAL = """Samples of real firewalls from the CrowdSec hub's tests (MIT licence), read in place. No set of real background that is long enough to count false alarms
by the day, and free to be used here, is known: that remains to be measured on logs of one's own with `varde scans`.
"""
CELL = """Percent told. Across: sources and order. In brackets: cells that count for no goal.
"""
