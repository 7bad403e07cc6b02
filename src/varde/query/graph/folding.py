"""Which sources, ports and targets become one node, so that a column of the picture has rows enough.

The most frequent keep a node of their own. The others are folded by what they have in common, the nearest kinship
first: asked for alike, same network or domain, same port, and at last all that is left.
"""

from dataclasses import dataclass

import polars as pl

ROLES = ("source", "port", "target")

REASONS = {
    "grouped": "grouped as asked",
    "alike": "the same sources and ports",
    "place": "the same network or domain",
    "port": "mostly the same port",
    "rest": "the others",
}
"""Why members are one node."""


@dataclass(frozen=True, slots=True)
class Step:
    """A kinship: the column that says who belongs together, and the share of the rows it may use."""

    key: str
    share: float


LADDERS = {
    "source": (Step("alike", 0.1), Step("place", 0.3)),
    "port": (),
    "target": (Step("alike", 0.25), Step("place", 0.15), Step("port", 0.2)),
}
"""Steps before the rest. What they leave of the rows goes to nodes of their own, which are at least a third of all."""

_SINGLES = 1 / 3
_ROUNDS = 12  # each gives spare rows to more nodes of their own; it is done when none is spare


def fold(names: pl.DataFrame, role: str, rows: int) -> pl.DataFrame:
    """Give each name a node: columns `name`, `count`, `node` (key), `folded` (a word of REASONS, or empty).

    `names` has name, count, fresh (bool: new since the graph it is compared with) and the key columns of the role's
    ladder. At most `rows` nodes, but two where there is one row for both what is fresh and what is not.
    """
    ordered = names.sort(["count", "name"], descending=[True, False])
    if len(ordered) <= rows:
        return _single(ordered)
    taken = sum(int(rows * step.share) for step in LADDERS[role]) + names["fresh"].n_unique()
    singles = max(0, min(int(rows * _SINGLES), rows - taken))
    made = _fold(ordered, role, rows, singles)
    for _ in range(_ROUNDS):
        spare = rows - made["node"].n_unique()
        if spare <= 0 or singles >= rows:
            break
        singles += spare
        more = _fold(ordered, role, rows, singles)
        if more["node"].n_unique() > rows:
            break
        made = more
    return made


def _fold(ordered: pl.DataFrame, role: str, rows: int, singles: int) -> pl.DataFrame:
    parts = [_single(ordered.head(singles))]
    rest = ordered.slice(singles)
    for step in LADDERS[role]:
        groups = _groups(rest, step.key).head(int(rows * step.share))
        parts.append(_folded(rest.join(groups.select(step.key, "fresh"), on=[step.key, "fresh"], how="semi"), step.key))
        rest = rest.join(groups.select(step.key, "fresh"), on=[step.key, "fresh"], how="anti")
    parts.append(_rest(rest))
    return pl.concat([part for part in parts if len(part)])


def _groups(rest: pl.DataFrame, key: str) -> pl.DataFrame:
    """Groups of two and more, the busiest first."""
    known = rest.filter(pl.col(key).is_not_null())
    sizes = known.group_by(key, "fresh").agg(pl.len().alias("size"), pl.col("count").sum())
    return sizes.filter(pl.col("size") > 1).sort(["count", key, "fresh"], descending=[True, False, False])


def _single(part: pl.DataFrame) -> pl.DataFrame:
    return part.select("name", "count", "fresh", node=node_key("own", "name"), folded=pl.lit(""))


def _folded(part: pl.DataFrame, key: str) -> pl.DataFrame:
    return part.select("name", "count", "fresh", node=node_key(key, key), folded=pl.lit(key))


def _rest(part: pl.DataFrame) -> pl.DataFrame:
    """One node for all that is left, and one for what is fresh of it; a single one keeps its own."""
    alone = pl.len().over("fresh") == 1
    several = part.filter(~alone).select("name", "count", "fresh", node=node_key("rest", None), folded=pl.lit("rest"))
    return pl.concat([_single(part.filter(alone)), several])


def node_key(word: str, column: str | None) -> pl.Expr:
    """A text for each node: `WORD 0|1 VALUE`, 1 where it is fresh. No name can make it another node's, whatever is in it."""
    fresh = pl.when("fresh").then(pl.lit("1 ")).otherwise(pl.lit("0 "))
    return pl.lit(f"{word} ") + fresh + (pl.lit("") if column is None else pl.col(column))
