"""From requests to nodes and edges."""

from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from varde.model import service_name
from varde.query.graph.folding import ROLES, fold, node_key
from varde.query.graph.grouping import domains, group_keys, prefixes
from varde.query.graph.nodes import Edge, Graph, Member, Node
from varde.query.graph.requests import checked, roles_of

UNFOLDED = 10**9
"""More rows than requests can be: nothing is folded."""


@dataclass(frozen=True, slots=True)
class Options:
    """How many nodes each column has room for, what to group by, and what to compare with."""

    rows: dict[str, int] = field(default_factory=dict)
    "By role; a role that is not named is not folded."
    group_sources: str = ""
    group_targets: str = ""
    "A word of `grouping.GROUPINGS`, alike (asked for by the same sources on the same ports), or empty."
    before: pl.DataFrame | None = None
    "Requests of an earlier period: what is not in them is flagged as new."


def link_graph(requests: pl.DataFrame, options: Options | None = None) -> Graph:
    """Count, group and fold requests. The same requests in any order give the same graph.

    Raises VardeError where the frame is not one of requests, or cannot be grouped as asked.
    """
    asked = options or Options()
    frame = checked(requests)
    before = None if asked.before is None else checked(asked.before)
    roles = roles_of(frame)
    keys = {role: _keys(frame, before, role, asked) for role in roles}
    numbers: dict[str, pl.DataFrame] = {}
    nodes: list[Node] = []
    for role in roles:
        made = _nodes(keys[role], role, len(nodes), before is not None)
        nodes += made
        numbers[role] = _numbers(made, role)
    paths = _paths(frame, numbers, roles)
    return Graph(
        nodes=tuple(nodes), edges=_edges(paths, before, numbers, roles), paths=tuple(paths.iter_rows()),
        requests=int(frame["count"].sum()), totals={role: frame[role].n_unique() if role in roles else 0 for role in ROLES},
        triples=len(frame), compared=before is not None, roles=roles,
    )  # fmt: skip


def _keys(frame: pl.DataFrame, before: pl.DataFrame | None, role: str, asked: Options) -> pl.DataFrame:
    """Each name of a role with the node it becomes: name, count, fresh, node, folded."""
    names = _names(frame, before, role)
    units = _grouped(names, frame, role, {"source": asked.group_sources, "target": asked.group_targets}.get(role, ""))
    rows = asked.rows.get(role, UNFOLDED)
    whole = units.group_by("unit").agg(pl.col("count").sum(), pl.col("fresh").first(), pl.len().alias("size")).rename({"unit": "name"})
    if len(whole) > rows:
        whole = _with_kinship(whole, units, frame, role)
    folded = fold(whole, role, rows).select("node", "folded", unit=pl.col("name"))
    joined = units.join(folded.join(whole.select("size", unit=pl.col("name")), on="unit"), on="unit")
    grouped = (pl.col("folded") == "") & (pl.col("size") > 1)
    return joined.with_columns(folded=pl.when(grouped).then(pl.lit("grouped")).otherwise("folded"))


def _names(frame: pl.DataFrame, before: pl.DataFrame | None, role: str) -> pl.DataFrame:
    more = [pl.col(name).first() for name in frame.columns if name.startswith(f"{role}_")]
    names = frame.filter(pl.col(role).is_not_null()).group_by(pl.col(role).alias("name")).agg(pl.col("count").sum(), *more)
    old = pl.Series([], dtype=pl.String) if before is None else before[role].drop_nulls().unique()
    fresh = pl.lit(value=False) if before is None else ~pl.col("name").is_in(old.implode())
    return names.with_columns(fresh=fresh)


def _grouped(names: pl.DataFrame, frame: pl.DataFrame, role: str, by: str) -> pl.DataFrame:
    """Add `unit`: the group a name is in, else the name itself. A group holds either what is new or what is not."""
    keys = pl.Series([None] * len(names), dtype=pl.String)
    if by == "alike":
        keys = names.join(_alike(frame, role), on="name", how="left", maintain_order="left")["alike"]
    elif by:
        keys = group_keys(names, role, by)
    given = names[f"{role}_group"].fill_null(keys) if f"{role}_group" in names.columns else keys
    return names.with_columns(unit=given).with_columns(unit=pl.coalesce(node_key("in", "unit"), pl.lit("own 0 ") + pl.col("name")))


def _alike(frame: pl.DataFrame, role: str) -> pl.DataFrame:
    """Name and `alike`: the same text for all whose requests have the same other ends."""
    others = [other for other in ROLES if other != role]
    codes = frame.filter(pl.col(role).is_not_null()).with_columns(pl.col(other).rank("dense").fill_null(0).cast(pl.Int64) for other in others)
    pair = pl.concat_str([pl.col(other) for other in others], separator=":")
    sets = codes.group_by(pl.col(role).alias("name")).agg(alike=pair.unique().sort())
    return sets.with_columns(alike=pl.col("alike").list.join(" "))


def _with_kinship(whole: pl.DataFrame, units: pl.DataFrame, frame: pl.DataFrame, role: str) -> pl.DataFrame:
    """The key columns that `folding.LADDERS` names, for units that do not all fit."""
    renamed = frame.join(units.select("unit", **{role: pl.col("name")}), on=role).with_columns(pl.col("unit").alias(role))
    known = whole.join(_alike(renamed, role), on="name", how="left")
    bare = known["name"].str.strip_prefix("own 0 ")
    place = prefixes(bare) if role == "source" else domains(bare)
    mostly = renamed.group_by(pl.col(role).alias("name"), "port").agg(pl.col("count").sum()).sort(["name", "count", "port"], descending=[False, True, False])
    ports = mostly.group_by("name", maintain_order=True).agg(pl.col("port").first())
    return known.with_columns(place=place).join(ports if role != "port" else ports.with_columns(port=pl.lit("")), on="name", how="left")


def _nodes(keys: pl.DataFrame, role: str, first: int, compared: bool) -> list[Node]:
    grouped = keys.sort(["count", "name"], descending=[True, False]).group_by("node", maintain_order=True).agg(
        pl.col("count").sum().alias("sum"), "name", "count", pl.col("folded").first(), pl.col("unit").first(), pl.col("fresh").all()
    ).sort(["sum", "node"], descending=[True, False])  # fmt: skip
    made = []
    for number, row in enumerate(grouped.iter_rows(named=True), first):
        members = tuple(map(Member, row["name"], row["count"]))
        why = row["folded"]
        name, tail = _label(role, why, row, members)
        made.append(Node(number, role, name + tail, row["sum"], members, why, compared and row["fresh"], tail))
    return made


def _label(role: str, why: str, row: dict[str, object], members: tuple[Member, ...]) -> tuple[str, str]:
    """The name of a node, and the tail that says how many it stands for."""
    number = len(members)
    key, unit = (str(row[name]).split(" ", 2)[2] for name in ("node", "unit"))
    if not why:
        return (port_label(members[0].name) if role == "port" else members[0].name), ""
    if why == "alike" or (why == "grouped" and _is_signature(unit)):
        return members[0].name, f" +{number - 1:,}"
    if why in ("place", "grouped"):
        return (key if why == "place" else unit), f" ({number:,})"
    return f"{number:,} more", f" on {key}" if why == "port" else f" {role}s"


def _is_signature(unit: str) -> bool:
    return unit.replace(" ", "").replace(":", "").isdigit()


def port_label(port: str) -> str:
    """A port with the name of its service: `25 smtp`."""
    service = service_name("tcp", int(port)) if port.isascii() and port.isdigit() and len(port) < 6 else ""
    return f"{port} {service}".strip()


def _numbers(nodes: list[Node], role: str) -> pl.DataFrame:
    """Which node each name is in: the role's name column, and `ROLE_node`."""
    names = [member.name for node in nodes for member in node.members]
    numbers = [node.number for node in nodes for _ in node.members]
    return pl.DataFrame({role: names, f"{role}_node": numbers}, schema={role: pl.String, f"{role}_node": pl.Int64})


def _paths(frame: pl.DataFrame, numbers: dict[str, pl.DataFrame], roles: tuple[str, ...]) -> pl.DataFrame:
    """Node numbers of each role, and count."""
    joined = frame.select(*roles, "count")
    for role in roles:
        joined = joined.join(numbers[role], on=role)
    columns = [f"{role}_node" for role in roles]
    return joined.group_by(columns).agg(pl.col("count").sum()).sort(columns)


def _edges(paths: pl.DataFrame, before: pl.DataFrame | None, numbers: dict[str, pl.DataFrame], roles: tuple[str, ...]) -> tuple[Edge, ...]:
    old = None if before is None else _paths(before, numbers, roles)
    made: list[Edge] = []
    for left, right in pairwise(roles):
        ends = [f"{left}_node", f"{right}_node"]
        known = set() if old is None else set(old.select(ends).unique().iter_rows())
        for start, end, count in paths.group_by(ends).agg(pl.col("count").sum()).sort(ends).iter_rows():
            made.append(Edge(start, end, count, old is not None and (start, end) not in known))
    return tuple(made)
