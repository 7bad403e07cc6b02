"""A warning that comes again and again: the first is told at once, what follows of the same host and list (and name) is summed."""

import json
from collections.abc import Iterable
from functools import lru_cache

import polars as pl

from varde.decode import empty_batch
from varde.model import WARNINGS

KEYS_MAX = 65_536
"""Pairs of a host and a list that are remembered, some 20 MB; the one that is due first is told and forgotten first."""

_KEY = "_key"
_SUMMED = {
    "time": pl.Expr.min, "end_time": pl.Expr.max, "received": pl.Expr.max, "packets": pl.Expr.sum, "octets": pl.Expr.sum,
    "count": pl.Expr.sum, "sampled": pl.Expr.max, "late": pl.Expr.max, "retro": pl.Expr.max, "one_way": pl.Expr.min,
}  # fmt: skip
"""How columns of several warnings become one; the others are those of the first."""


class Repeats:
    """Sums repeats. `clock` is seconds of a clock that never jumps. `by_address` keeps listed addresses apart."""

    def __init__(self, seconds: float, *, by_address: bool = False, most: int = KEYS_MAX) -> None:
        self._seconds = seconds
        self._by_address = by_address
        self._most = most
        self._due: dict[str, float] = {}
        "When each key may be told again, in order of that: each is put at the end when it is told."
        self._waiting = empty_batch(WARNINGS).with_columns(pl.lit(None, pl.String).alias(_KEY))

    def take(self, warnings: pl.DataFrame, clock: float) -> pl.DataFrame:
        """What of these is to be told now: one row for each host and list that was not told lately."""
        if warnings.is_empty():
            return warnings
        came = summed(_keyed(warnings, self._by_address))
        known = pl.Series([key in self._due for key in came[_KEY]], dtype=pl.Boolean)
        self._waiting = summed(pl.concat([self._waiting, came.filter(known)]))
        fresh = came.filter(~known)
        self._tell(fresh[_KEY], clock)
        return pl.concat([fresh.drop(_KEY), self._pressed_out()])

    def due(self, clock: float) -> pl.DataFrame:
        """Sums whose time has come. A host and list of which nothing more came are forgotten, and the next is told at once."""
        ripe = _ripe(self._due, clock)
        if not ripe:
            return empty_batch(WARNINGS)
        told = self._out(ripe)
        self._tell(told[_KEY], clock)
        return told.drop(_KEY)

    def rest(self) -> pl.DataFrame:
        """All that waits, for the end."""
        return self._out(list(self._due)).drop(_KEY)

    def _tell(self, keys: Iterable[str], clock: float) -> None:
        for key in keys:
            self._due[key] = clock + self._seconds

    def _pressed_out(self) -> pl.DataFrame:
        """What is told early because too many hosts and lists are remembered."""
        over = len(self._due) - self._most
        return self._out(list(self._due)[:over] if over > 0 else []).drop(_KEY)

    def _out(self, keys: list[str]) -> pl.DataFrame:
        """Forget keys, and what waits of them."""
        for key in keys:
            del self._due[key]
        leaving = self._waiting[_KEY].is_in(keys)
        out, self._waiting = self._waiting.filter(leaving), self._waiting.filter(~leaving)
        return out


def together(warnings: pl.DataFrame, *, by_address: bool = False) -> pl.DataFrame:
    """One row for each host and list (and listed address, if asked for), however often; in order of time."""
    return summed(_keyed(warnings, by_address)).drop(_KEY).sort("time", maintain_order=True)


def summed(keyed: pl.DataFrame) -> pl.DataFrame:
    """One row for each key, in order of time."""
    if keyed[_KEY].n_unique() == len(keyed):
        return keyed
    columns = [name for name in keyed.columns if name != _KEY]
    together = [_SUMMED.get(name, pl.Expr.first)(pl.col(name)) for name in columns]
    return keyed.sort("time", maintain_order=True).group_by(_KEY, maintain_order=True).agg(together).select(*columns, _KEY)


def _ripe(due: dict[str, float], clock: float) -> list[str]:
    """The keys whose time has come: they stand first."""
    ripe = []
    for key, moment in due.items():
        if moment > clock:
            break
        ripe.append(key)
    return ripe


def _keyed(warnings: pl.DataFrame, by_address: bool) -> pl.DataFrame:
    """Each with its key: kind, the host on the other side of the listed end, the lists, the name where there is one, and the
    listed address if asked for."""
    listed, host = ("dst_addr", "src_addr"), ("src_addr", "dst_addr")
    parts = [pl.col("kind"), _end(*host), pl.col("lists").map_elements(identity, return_dtype=pl.String), pl.col("name")]
    parts += [_end(*listed)] if by_address else []
    return warnings.with_columns(pl.concat_str(parts, separator=" ", ignore_nulls=True).alias(_KEY))


def _end(where_dst: str, where_src: str) -> pl.Expr:
    return pl.when(pl.col("side") == "src").then(where_src).otherwise(where_dst).bin.encode("hex").fill_null("-")


@lru_cache(maxsize=4096)
def identity(lists: str) -> str:
    """Sources and ids of the lists of a warning: what stays the same when a list is renamed or read again."""
    return " ".join(sorted(f"{entry.get('source')}/{entry.get('id')}" for entry in json.loads(lists)))
