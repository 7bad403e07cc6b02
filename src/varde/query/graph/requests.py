"""The frame that a link graph is made from."""

import polars as pl

from varde.model import VardeError

COLUMNS = {
    "source": pl.String, "port": pl.String, "target": pl.String, "count": pl.Int64,
    "source_net": pl.String, "source_cc": pl.String, "source_as": pl.String,
    "target_net": pl.String, "target_cc": pl.String, "target_as": pl.String, "target_domain": pl.String,
    "source_group": pl.String, "target_group": pl.String,
}  # fmt: skip
"""What is used of it. The first three and `count` must be there; `*_group` names a node that its rows are folded into."""

_NEEDED = ("source", "port", "target", "count")
NAME_MAX = 512
"""Characters of a name: a host name has at most 253 octets (RFC 1035, 3.1), which escapes can make longer."""

NO_PORT = "no port"
"""What requests without a port ask for, where others have one."""


def checked(requests: pl.DataFrame) -> pl.DataFrame:
    """COLUMNS of the frame, one row a distinct source, port and target; rows without source or target are left out.

    Raises VardeError where a column is missing or of a type that cannot be counted or named.
    """
    missing = [name for name in _NEEDED if name not in requests.columns]
    if missing:
        raise VardeError(f"a link graph needs the columns {', '.join(_NEEDED)}; {', '.join(missing)} is not there")
    try:
        cast = requests.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items() if name in requests.columns)
    except pl.exceptions.PolarsError as error:
        raise VardeError(f"a link graph cannot be made of these columns: {error}") from error
    names = [pl.col(name).str.slice(0, NAME_MAX) for name in cast.columns if name != "count"]
    bounded = cast.with_columns(names).filter(pl.col("source").is_not_null(), pl.col("target").is_not_null(), pl.col("count") > 0)
    if bounded["port"].null_count() < len(bounded):
        bounded = bounded.with_columns(pl.col("port").fill_null(NO_PORT))
    more = [pl.col(name).first() for name in cast.columns if name not in _NEEDED]
    return bounded.group_by("source", "port", "target").agg(pl.col("count").sum(), *more).sort("source", "port", "target", nulls_last=True)


def roles_of(requests: pl.DataFrame) -> tuple[str, ...]:
    """Requests that all lack a port make a graph of two columns."""
    return ("source", "target") if len(requests) and requests["port"].null_count() == len(requests) else ("source", "port", "target")
