"""Runs dialects over a block of lines: cut at the pivot, match the head, match the tail, convert.

Every dialect is asked only for the lines that those before it left, so a file of mixed dialects is read whole and the
dialect of the last block is asked first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import SAMPLE_MAX, STRANGERS_MAX, Decoded, Origin, empty_batch, reject
from varde.decode.firewall._columns import HAS_PORTS, probes
from varde.decode.firewall._dialect import GROUPS, PARTS, Dialect, Form
from varde.decode.firewall._pairs import match_pairs
from varde.decode.firewall._portless import portless
from varde.decode.headers import HEADERS, Header
from varde.decode.lines import LINE_MAX, Lines
from varde.model import PROBES, VardeError

_MESSAGE_TAGS = (r" ?(?:kernel: )?\[ *[0-9]+\.[0-9]+\]", " ?kernel: ", "", " ")
"""Between header and message where host and program are known: kernels print their uptime inside RFC 5424 too, and
rsyslog keeps the blank that stood before the message in RFC 3164."""
_ROW = "row#"
_TEXT_SCHEMA: dict[str, pl.DataType] = {name: pl.String() for name in (*GROUPS, "kind", "event_kind")}


class FirewallReader:
    """Reads blocks of lines of one sender or file; remembers what they speak. Not shared between threads."""

    def __init__(self, dialects: Iterable[Dialect], start: "Boot | None" = None) -> None:
        self._dialects = list(dialects)
        self._start: Boot = start or Start()

    def read(self, lines: Lines, origin: Origin) -> Decoded:
        """Decode one block. Raises nothing: what cannot be read is counted and sampled in the answer."""
        decoded = Decoded()
        decoded.counts["", "lines"] += len(lines)
        short = self._refuse_long(lines, origin, decoded)
        pending = np.flatnonzero(short)
        batches = []
        strangers: list[NDArray[np.intp]] = []
        for place, dialect in enumerate(list(self._dialects)):
            if place == 1:  # the usual dialect has had its turn; most of what is left is mostly nobody's
                pending, nobody = self._anybody(lines, pending)
                strangers.append(nobody)
            if len(pending) == 0:
                break
            batch, pending = self._ask(dialect, lines, pending, origin, decoded)
            batches.append(batch)
        left = np.sort(np.concatenate([pending, *strangers]))
        self._leave(lines, left, origin, decoded)
        if batches:
            together = pl.concat(batches) if len(batches) > 1 else batches[0]
            decoded.batch = together if together["offset"].is_sorted() else together.sort("offset")
        self._remember(decoded.counts)
        return decoded

    def _refuse_long(self, lines: Lines, origin: Origin, decoded: Decoded) -> NDArray[np.bool_]:
        short: NDArray[np.bool_] = lines.length <= LINE_MAX
        if not short.all():
            reject(decoded, lines, np.flatnonzero(~short), "", "too_long", origin)
        return short

    def _ask(
        self, dialect: Dialect, lines: Lines, pending: NDArray[np.intp], origin: Origin, decoded: Decoded
    ) -> tuple[pl.DataFrame, NDArray[np.intp]]:
        captured = list(_captures(dialect, lines, pending))
        if not captured:
            return empty_batch(PROBES), pending
        frame = pl.concat(captured, how="vertical") if len(captured) > 1 else captured[0]
        rows = frame[_ROW].to_numpy()
        text = lines.text if len(rows) == len(lines) and len(captured) == 1 else lines.text.gather(rows)
        frame = frame.with_columns(text.alias("raw"), pl.Series("offset", lines.offset[rows]))
        made = probes(frame, dialect, origin, self._start.of(frame, origin))
        bad = made["reason"].is_not_null()
        for reason in made["reason"].drop_nulls().unique().to_list():
            at = rows[(made["reason"] == reason).fill_null(value=False).to_numpy()]
            reject(decoded, lines, at, dialect.name, reason, origin)
        kinds = frame.select(pl.coalesce("event_kind", "kind"))
        if bad.any():
            made, kinds = made.filter(~bad), kinds.filter(~bad)
        batch = made.drop("reason")
        decoded.tell(dialect.name, "records", batch["offset"].to_numpy())
        decoded.portless.update(portless(batch, HAS_PORTS, dialect))
        decoded.stamps.update(dict(kinds.to_series().value_counts().rows()))
        return batch, np.setdiff1d(pending, rows, assume_unique=True)

    def _anybody(self, lines: Lines, pending: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Lines that hold some pivot of some dialect, found in one pass, and those that hold none."""
        if len(pending) == 0:
            return pending, pending
        pivots = list(dict.fromkeys(form.pivot for dialect in self._dialects for form in dialect.forms))
        some = lines.take(pending).text.str.contains_any(pivots).to_numpy()
        return pending[some], pending[~some]

    def _leave(self, lines: Lines, pending: NDArray[np.intp], origin: Origin, decoded: Decoded) -> None:
        """What no dialect read: damaged where a dialect claims it, else somebody else's line."""
        claims = "|".join(f"(?:{dialect.claims[0]})" for dialect in self._dialects if dialect.claims)
        if len(pending) and claims and lines.take(pending).text.str.contains(claims).any():
            for dialect in self._dialects:
                claimed = _claimed(dialect, lines.take(pending).text)
                if claimed.any():
                    reject(decoded, lines, pending[claimed], dialect.name, "form", origin)
                    pending = pending[~claimed]
        decoded.tell("", "ignored", lines.offset[pending])
        first = pending[:STRANGERS_MAX]
        text = lines.take(first).text.str.slice(0, SAMPLE_MAX)
        decoded.strangers = list(zip(lines.offset[first].tolist(), text.to_list(), strict=True))

    def _remember(self, counts: Counter[tuple[str, str]]) -> None:
        self._dialects.sort(key=lambda dialect: -counts[dialect.name, "records"])


class Boot(Protocol):
    """When the machines started whose lines were captured: us since 1970 UTC, for all lines or for each."""

    def of(self, captured: pl.DataFrame, origin: Origin) -> pl.Series | int: ...


@dataclass(slots=True)
class Start:
    """When the machine started, for stamps that count from then: the last line of the first block is taken to be as old
    as the file. us since 1970 UTC."""

    moment: int | None = None

    def of(self, captured: pl.DataFrame, origin: Origin) -> int:
        if self.moment is None and (captured["kind"] == "uptime").any():
            last = captured.filter(pl.col("kind") == "uptime")["stamp"].cast(pl.Float64, strict=False).max()
            self.moment = origin.reference - int(last * 1e6) if isinstance(last, float) else None
        return self.moment or 0


def _claimed(dialect: Dialect, text: pl.Series) -> NDArray[np.bool_]:
    claimed = np.full(len(text), bool(dialect.claims))
    for claim in dialect.claims:
        if not claimed.any():
            break
        claimed &= text.str.contains(claim).to_numpy()
    if claimed.any():
        for other in dialect.not_packets:
            claimed &= ~text.str.contains(other, literal=True).to_numpy()
    return claimed


def check(dialect: Dialect) -> None:
    """Compile every expression of a dialect. Raises VardeError that names the form and what is wrong with it."""
    sample = pl.Series(["", "x"], dtype=pl.String)
    for form in dialect.forms:
        place = f"dialect {dialect.name}, form {form.name}"
        heads = [_head_pattern(header, tag, form) for header, tag in _heads(dialect)]
        try:
            names = [name for head in heads for name in sample.str.extract_groups(head).struct.fields]
            names += _match_tail(form, sample).columns
        except (pl.exceptions.ComputeError, pl.exceptions.PanicException) as error:
            raise VardeError(f"{place}: {error}") from error
        known = {*GROUPS, *PARTS, "matched"}
        unknown = dict.fromkeys(name for name in [*names, *form.fixed, *form.words] if name.rstrip("_") not in known)
        if unknown:
            raise VardeError(f"{place}: unknown group {', '.join(unknown)}")
        missing = {"src", "dst"} - {name.rstrip("_") for name in [*names, *form.fixed]}
        if missing:
            raise VardeError(f"{place}: no group {', '.join(sorted(missing))}")
    for claim in dialect.claims:
        try:
            sample.str.contains(claim)
        except pl.exceptions.ComputeError as error:
            raise VardeError(f"dialect {dialect.name}, claim {claim}: {error}") from error


def _captures(dialect: Dialect, lines: Lines, pending: NDArray[np.intp]) -> Iterator[pl.DataFrame]:
    """Frames of captured text, all with the columns of _TEXT_SCHEMA and the row each line has in the block."""
    taken = np.zeros(len(lines), dtype=bool)
    pivots = dict.fromkeys(form.pivot for form in dialect.forms)
    for pivot in pivots:
        left = pending[~taken[pending]]
        found, before, after = lines.take(left).cut(pivot)
        forms = [form for form in dialect.forms if form.pivot == pivot]
        for frame in _match(dialect, forms, left[found], before, after):
            taken[frame[_ROW].to_numpy()] = True
            yield frame


def _match(
    dialect: Dialect, forms: list[Form], rows: NDArray[np.intp], before: pl.Series, after: pl.Series
) -> Iterator[pl.DataFrame]:
    heads: dict[str, pl.DataFrame] = {}
    todo = pl.DataFrame({_ROW: rows, "at": np.arange(len(rows)), "after": after})
    for form in forms:
        if len(todo) == 0:
            return
        if form.head not in heads:
            heads[form.head] = _match_head(dialect, form, before)
        tail = _match_tail(form, todo["after"])
        full = _with_heads(todo.with_columns(tail.get_columns()), heads[form.head])
        if len(full) == len(todo):
            todo = todo.clear()
        elif len(full):
            todo = todo.join(full.select(_ROW), on=_ROW, how="anti", maintain_order="left")
        if len(full):
            yield _conform(full, form)


def _with_heads(tails: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Lines of which both sides matched. Mostly that is all of them, and then nothing needs to be looked up."""
    if tails["matched"].all() and len(heads) == len(tails) and (heads["at"] == tails["at"]).all():
        return tails.hstack(heads.drop("at"))
    return tails.filter(pl.col("matched")).join(heads, on="at", how="inner", maintain_order="left")


def _heads(dialect: Dialect) -> Iterator[tuple[Header, str]]:
    for header in HEADERS:
        for tag in _MESSAGE_TAGS if header.then_message else dialect.tags:
            yield header, tag


def _head_pattern(header: Header, tag: str, form: Form) -> str:
    return f"^{header.pattern}{tag}{form.head}$"


def _tail_pattern(form: Form) -> str:
    return f"^{form.tail}$"


def _match_head(dialect: Dialect, form: Form, before: pl.Series) -> pl.DataFrame:
    """What the header and the text before the pivot give: a row per line with a known header, `at` its place."""
    found = []
    todo = pl.DataFrame({"at": np.arange(len(before)), "before": before})
    for header, tag in _heads(dialect):
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


def _match_tail(form: Form, after: pl.Series) -> pl.DataFrame:
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
    return frame.with_columns(kind, *missing).select(_ROW, *_TEXT_SCHEMA)


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
