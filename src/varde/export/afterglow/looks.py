"""What a property file makes of rows: clusters, what is hidden, and of each node its colour, size and label."""

from dataclasses import dataclass

import polars as pl

from varde.export.afterglow.evaluate import Scope, Value, evaluate
from varde.export.afterglow.grammar import Statement
from varde.export.afterglow.properties import ROLES, Properties
from varde.export.afterglow.table import Rows

INVISIBLE = "invisible"
EDGES = (("source", "event"), ("event", "target"))
TWO_EDGES = (("source", "target"),)


@dataclass(frozen=True, slots=True)
class Applied:
    """Rows after clustering, hiding and thresholds, with columns `color.source` and so on for every rule there is."""

    frame: pl.DataFrame
    two: bool
    properties: Properties

    @property
    def roles(self) -> tuple[str, ...]:
        return ("source", "target") if self.two else ROLES

    def nodes(self, role: str) -> pl.DataFrame:
        """name, count, and color, size, label where there are rules for them."""
        # the first specific value stands, else the last of a catch-all
        columns = [name for name in ("color", "label") if f"{name}.{role}" in self.frame.columns]
        values = [_settled(f"{name}.{role}").alias(name) for name in columns]
        if f"size.{role}" in self.frame.columns:
            values.append(_size(role, summed=self.properties.sums.get(role, True)))
        return self.frame.group_by(pl.col(role).alias("name"), maintain_order=True).agg(pl.col("count").sum(), *values)

    def edges(self) -> pl.DataFrame:
        """start_role, start, end_role, end, count, and color, size, label of edges; in the order they first came."""
        parts = []
        for start, end in TWO_EDGES if self.two else EDGES:
            columns = [name for name in ("color", "size", "label") if f"{name}.edge" in self.frame.columns]
            values = [_settled(f"{name}.edge").alias(name) for name in columns]
            grouped = self.frame.group_by(pl.col(start).alias("start"), pl.col(end).alias("end"), maintain_order=True)
            parts.append(grouped.agg(pl.col("count").sum(), *values).with_columns(start_role=pl.lit(start), end_role=pl.lit(end)))
        return pl.concat(parts)


def _settled(column: str) -> pl.Expr:
    specific = pl.col(column).filter(pl.col(f"{column} specific"))
    return pl.coalesce(specific.first(), pl.col(column).last())


def _size(role: str, *, summed: bool) -> pl.Expr:
    column = f"size.{role}"
    numbers = Value(pl.col(column), "text").number
    return (numbers * pl.col("count")).sum().alias("size") if summed else numbers.last().alias("size")


def apply(rows: Rows, properties: Properties) -> Applied:
    """Evaluate a property file on rows. Rows with an invisible end, and ends below their threshold, are left out."""
    roles = ("source", "target") if rows.two else ROLES
    frame = rows.frame
    for role in roles:
        frame = _clustered(frame, role, properties, two=rows.two)
    frame = _with_counts(frame, roles)
    hidden = [f"color.{role}" for role in (*roles, "sourcetarget") if f"color.{role}" in properties.rules]
    for name in sorted(properties.rules):
        if not name.startswith("cluster") and (not rows.two or not name.endswith(".event")):
            frame = _with_rule(frame, name, properties.rules[name], two=rows.two)
    if hidden:
        frame = frame.filter(pl.all_horizontal([pl.col(name) != INVISIBLE for name in hidden]))
    for role in roles:
        if least := properties.thresholds.get(role, 0):
            frame = _with_counts(frame, roles).filter(pl.col(f"{role}_count") > least)
    return Applied(frame, rows.two, properties)


def _scope(role: str, two: bool) -> Scope:
    fields = ("source", "target", "meta1", "meta2") if two else ("source", "event", "target", "meta1", "meta2")
    return Scope(fields, role if role in ROLES else "source")


def _clustered(frame: pl.DataFrame, role: str, properties: Properties, *, two: bool) -> pl.DataFrame:
    rules = properties.rules.get(f"cluster.{role}", [])
    if not rules:
        return frame
    made = [_result(statement, _scope(role, two)) for _, statement in rules]
    return _with_counts(frame, (role,)).with_columns(pl.coalesce(*made, pl.col(role)).alias(role), pl.col(role).alias(f"{role}_was"))


def _with_counts(frame: pl.DataFrame, roles: tuple[str, ...]) -> pl.DataFrame:
    missing = [pl.lit(0).alias(f"{role}_count") for role in ROLES if f"{role}_count" not in frame.columns]
    return frame.with_columns(*missing).with_columns(pl.col("count").sum().over(role).alias(f"{role}_count") for role in roles)


def _with_rule(frame: pl.DataFrame, name: str, rules: list[tuple[int, Statement]], *, two: bool) -> pl.DataFrame:
    """Add the column of a property: of each row the first rule that gives something; `NAME specific` says whether it had an if."""
    scope = _scope(name.partition(".")[2], two)
    results = [_result(statement, scope) for _, statement in rules]
    specific = [pl.when(result.is_not_null()).then(pl.lit(statement.condition is not None)) for result, (_, statement) in zip(results, rules, strict=True)]
    return frame.with_columns(pl.coalesce(*results, pl.lit("")).alias(name), pl.coalesce(*specific, pl.lit(value=False)).alias(f"{name} specific"))


def _result(statement: Statement, scope: Scope) -> pl.Expr:
    """The text of a rule, null where its condition is untrue or it gives nothing."""
    value = evaluate(statement.value, scope)
    given = value.truth if statement.condition is None else evaluate(statement.condition, scope).truth & value.truth
    return pl.when(given).then(value.text)


def fills(applied: Applied) -> dict[tuple[str, str], dict[str, object]]:
    """(role, name) -> what is said of it: color, size, label. Roles are source, event, target; what is clustered has its
    cluster's."""
    said: dict[tuple[str, str], dict[str, object]] = {}
    for role in applied.roles:
        nodes = applied.nodes(role)
        if f"{role}_was" in applied.frame.columns:
            members = applied.frame.select(pl.col(role).alias("name"), pl.col(f"{role}_was").alias("was")).unique()
            nodes = members.join(nodes, on="name").drop("name").rename({"was": "name"})
        for row in nodes.iter_rows(named=True):
            given = {key: row[key] for key in ("color", "size", "label") if row.get(key) not in (None, "")}
            if given:
                said[role, row["name"]] = given
    return said


def requests_left(applied: Applied) -> pl.DataFrame:
    """A link graph's requests after hiding and thresholds; `*_group` names the cluster that an end is in."""
    columns = {"source": "source", "port": "event", "target": "target"}
    names = [pl.col(f"{role}_was" if f"{role}_was" in applied.frame.columns else role).alias(name) for name, role in columns.items()]
    groups = [pl.when(pl.col(role) != pl.col(f"{role}_was")).then(pl.col(role)).alias(f"{role}_group")
              for role in ("source", "target") if f"{role}_was" in applied.frame.columns]  # fmt: skip
    return applied.frame.select(*names, "count", *groups)
