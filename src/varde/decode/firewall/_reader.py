"""Runs dialects over a block of lines: cut at the pivot, match the head, match the tail, convert.

Every dialect is asked only for the lines that those before it left, so a file of mixed dialects is read whole and the
dialect of the last block is asked first.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode.batch import Decoded, Origin, empty_batch, reject
from varde.decode.firewall._columns import HAS_PORTS, probes
from varde.decode.firewall._dialect import GROUPS, PARTS, Dialect
from varde.decode.firewall._fold import Fold
from varde.decode.firewall._match import ROW, beginnings, captures, head_pattern, match_tail
from varde.decode.firewall._portless import portless
from varde.decode.firewall._shapes import Shapes
from varde.decode.lines import LINE_MAX, Lines
from varde.model import PROBES, VardeError

_KIND = "kind#"


class FirewallReader:
    """Reads blocks of lines of one sender or file; remembers what they speak. Not shared between threads."""

    def __init__(self, dialects: Iterable[Dialect], start: "Boot | None" = None) -> None:
        self._dialects = list(dialects)
        self._start: Boot = start or Start()
        self._shapes: dict[str, Shapes] = {}

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
            folded = self._shapes_of(dialect).fold(lines, origin) if place == 0 else None
            batch, pending = self._ask(dialect, lines, pending, origin, decoded, folded)
            batches.append(batch)
        left = np.sort(np.concatenate([pending, *strangers]))
        self._leave(lines, left, origin, decoded)
        if batches:
            together = pl.concat(batches) if len(batches) > 1 else batches[0]
            decoded.batch = together if together["offset"].is_sorted() else together.sort("offset")
        self._remember(decoded.counts)
        return decoded

    def _shapes_of(self, dialect: Dialect) -> Shapes:
        if dialect.name not in self._shapes:
            self._shapes[dialect.name] = Shapes(dialect)
        return self._shapes[dialect.name]

    def _refuse_long(self, lines: Lines, origin: Origin, decoded: Decoded) -> NDArray[np.bool_]:
        short: NDArray[np.bool_] = lines.length <= LINE_MAX
        if not short.all():
            reject(decoded, lines, np.flatnonzero(~short), "", "too_long", origin)
        return short

    def _ask(
        self, dialect: Dialect, lines: Lines, pending: NDArray[np.intp], origin: Origin, decoded: Decoded, folded: Fold | None
    ) -> tuple[pl.DataFrame, NDArray[np.intp]]:
        made, rows = self._make(dialect, lines, pending if folded is None else folded.asked(pending), origin)
        good = made["reason"].is_null().to_numpy()
        if folded is not None and folded.dissolve(rows[good]):
            return self._ask(dialect, lines, pending, origin, decoded, folded)
        for reason in made["reason"].drop_nulls().unique().to_list():
            at = rows[(made["reason"] == reason).fill_null(value=False).to_numpy()]
            reject(decoded, lines, at, dialect.name, reason, origin)
        left = np.ones(len(lines), dtype=bool)
        left[rows] = False
        batch = made if good.all() else made.filter(good)
        if folded is not None:
            batch, records = folded.unfold(batch, rows[good], lines, origin)
            left[records] = False
        decoded.tell(dialect.name, "records", batch["offset"].to_numpy())
        decoded.portless.update(portless(batch, HAS_PORTS, dialect))
        decoded.stamps.update(dict(batch[_KIND].value_counts().rows()))
        return batch.drop("reason", _KIND), pending[left[pending]]

    def _make(
        self, dialect: Dialect, lines: Lines, pending: NDArray[np.intp], origin: Origin
    ) -> tuple[pl.DataFrame, NDArray[np.intp]]:
        """Records, with a `reason` where they must be refused and the kind of their stamp, and the lines they are of."""
        captured = list(captures(dialect, lines, pending))
        if not captured:
            nothing = empty_batch(PROBES).with_columns(pl.lit(None, dtype=pl.String).alias(n) for n in ("reason", _KIND))
            return nothing, np.zeros(0, dtype=np.intp)
        frame = pl.concat(captured, how="vertical") if len(captured) > 1 else captured[0]
        rows = frame[ROW].to_numpy()
        text = lines.text if len(rows) == len(lines) and len(captured) == 1 else lines.text.gather(rows)
        frame = frame.with_columns(text.alias("raw"), pl.Series("offset", lines.offset[rows]))
        made = probes(frame, dialect, origin, self._start.of(frame, origin))
        return made.with_columns(frame.select(pl.coalesce("event_kind", "kind").alias(_KIND)).to_series()), rows

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
        decoded.show(lines, pending)

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
        heads = [head_pattern(header, tag, form) for header, tag in beginnings(dialect)]
        try:
            names = [name for head in heads for name in sample.str.extract_groups(head).struct.fields]
            names += match_tail(form, sample).columns
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



