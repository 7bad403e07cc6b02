"""Matches the lines of one dialect: cut at the pivot, match the head, match the tail; captured texts come out."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.firewall._dialect import GROUPS, Dialect, Form
from varde.decode.firewall._pairs import match_pairs
from varde.decode.headers import HEADERS, Header
from varde.decode.lines import Lines

_MESSAGE_TAGS = (r" ?(?:kernel: )?\[ *[0-9]+\.[0-9]+\]", " ?kernel: ", "", " ")
"""Between header and message where host and program are known: kernels print their uptime inside RFC 5424 too, and
rsyslog keeps the blank that stood before the message in RFC 3164."""
ROW = "row#"
"""Column of captured texts that says which line of the block they are from."""
TEXTS = (*GROUPS, "kind", "event_kind")


def captures(dialect: Dialect, lines: Lines, pending: NDArray[np.intp]) -> Iterator[pl.DataFrame]:
    """Frames of captured text, all with the columns TEXTS, and ROW: the row each line has in the block."""
    taken = np.zeros(len(lines), dtype=bool)
    pivots = dict.fromkeys(form.pivot for form in dialect.forms)
    for pivot in pivots:
        left = pending[~taken[pending]]
        found, before, after = lines.take(left).cut(pivot)
        forms = [form for form in dialect.forms if form.pivot == pivot]
        for frame in _match(dialect, forms, left[found], before, after):
            taken[frame[ROW].to_numpy()] = True
            yield frame


def _match(
    dialect: Dialect, forms: list[Form], rows: NDArray[np.intp], before: pl.Series, after: pl.Series
) -> Iterator[pl.DataFrame]:
    heads: dict[str, pl.DataFrame] = {}
    todo = pl.DataFrame({ROW: rows, "at": np.arange(len(rows)), "after": after})
    for form in forms:
        if len(todo) == 0:
            return
        if form.head not in heads:
            heads[form.head] = _match_head(dialect, form, before)
        tail = match_tail(form, todo["after"])
        full = _with_heads(todo.with_columns(tail.get_columns()), heads[form.head])
        if len(full) == len(todo):
            todo = todo.clear()
        elif len(full):
            todo = todo.join(full.select(ROW), on=ROW, how="anti", maintain_order="left")
        if len(full):
            yield _conform(full, form)


def _with_heads(tails: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Lines of which both sides matched. Mostly that is all of them, and then nothing needs to be looked up."""
    if tails["matched"].all() and len(heads) == len(tails) and (heads["at"] == tails["at"]).all():
        return tails.hstack(heads.drop("at"))
    return tails.filter(pl.col("matched")).join(heads, on="at", how="inner", maintain_order="left")


def beginnings(dialect: Dialect) -> Iterator[tuple[Header, str]]:
    """The headers a line may have, each with what may stand behind it."""
    for header in HEADERS:
        for tag in _MESSAGE_TAGS if header.then_message else dialect.tags:
            yield header, tag


def head_pattern(header: Header, tag: str, form: Form) -> str:
    """All that stands before the pivot."""
    return f"^{header.pattern}{tag}{form.head}$"


def _tail_pattern(form: Form) -> str:
    return f"^{form.tail}$"


def _match_head(dialect: Dialect, form: Form, before: pl.Series) -> pl.DataFrame:
    """What the header and the text before the pivot give: a row per line with a known header, `at` its place."""
    found = []
    todo = pl.DataFrame({"at": np.arange(len(before)), "before": before})
    for header, tag in beginnings(dialect):
        if len(todo) == 0:
            break
        groups = _head_groups(todo["before"], header.pattern + tag, form.head)
        hit = groups["stamp"].is_not_null()
        if not hit.any():
            continue
        kind = pl.lit(header.stamp).alias("kind")
        here = todo.select("at").with_columns(groups.get_columns())
        found.append((here if hit.all() else here.filter(hit)).with_columns(kind))
        todo = todo.clear() if hit.all() else todo.filter(~hit)
    if len(found) == 1:
        return found[0]
    if not found:
        return pl.DataFrame(schema={"at": pl.Int64, "stamp": pl.String, "kind": pl.String})
    return pl.concat(found, how="diagonal")


def _head_groups(before: pl.Series, prefix: str, head: str) -> pl.DataFrame:
    """The groups of stamp and tag, and of the text behind them; `stamp` is null where either does not match.

    The text behind them (log prefix, chain, rule) repeats from line to line, so each distinct one is matched once."""
    groups = before.str.extract_groups(f"^(?P<prefix>{prefix})").struct.unnest()
    if groups["stamp"].null_count() == len(groups):
        return groups.drop("prefix")
    rest = before.str.slice(groups["prefix"].str.len_chars())
    distinct = rest.unique()
    found = distinct.str.extract_groups(f"^(?P<rest>{head})$").struct.unnest()
    joined = groups.with_columns(rest.alias("rest")).join(found, on="rest", how="left", maintain_order="left", suffix="!")
    known = rest.is_in(found["rest"].drop_nulls().implode()) if found["rest"].null_count() else None
    if known is not None:
        joined = joined.with_columns(pl.when(known).then(pl.col("stamp")).alias("stamp"))
    return joined.drop("prefix", "rest")


def match_tail(form: Form, after: pl.Series) -> pl.DataFrame:
    """The groups of what follows the pivot, and `matched`: whether it is of this form."""
    if form.keys and not form.tail:
        return match_pairs(form, after)
    groups = after.str.extract_groups(_tail_pattern(form)).struct.unnest()
    # an unmatched line is null in every group, a matched one only in those that took no part
    groups = groups.with_columns(pl.any_horizontal(pl.all().is_not_null()).alias("matched"))
    if not form.keys:
        return groups
    return groups.drop("pairs", "matched").hstack(match_pairs(form, groups["pairs"]))


def _conform(frame: pl.DataFrame, form: Form) -> pl.DataFrame:
    """Coalesce `group_` into `group`, add the form's own values, and give every group a column."""
    frame = frame.with_columns(_merged(frame.columns)).with_columns([pl.lit(value).alias(name) for name, value in form.fixed.items()])
    frame = frame.with_columns([pl.col(n).str.to_lowercase().replace(dict(to)) for n, to in form.words.items()])
    frame = frame.with_columns(_joined(frame.columns))
    kind = pl.lit(form.event_stamp or None, dtype=pl.String).alias("event_kind")
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in GROUPS if name not in frame.columns]
    return frame.with_columns(kind, *missing).select(ROW, *TEXTS)


def _merged(names: list[str]) -> list[pl.Expr]:
    """First and second choices of one field: the first that is there and not empty."""
    bases = dict.fromkeys(name.rstrip("_") for name in names if name.endswith("_"))
    choices = {base: [n for n in names if n.rstrip("_") == base] for base in bases}
    return [
        pl.coalesce([pl.when(pl.col(n) != "").then(pl.col(n)) for n in sorted(some)]).alias(base)
        for base, some in choices.items()
    ]


def _joined(names: list[str]) -> list[pl.Expr]:
    """Fields made of several groups, for those a form has."""
    made = []
    if "event_clock" in names:
        zone = pl.col("event_zone").fill_null("") if "event_zone" in names else pl.lit("")
        made.append(pl.concat_str("event_date", pl.lit(" "), "event_clock", zone).alias("event_stamp"))
    if "from_zone" in names:
        made.append(pl.concat_str("from_zone", pl.lit("->"), "to_zone").alias("chain"))
    return made
