"""What several sources or targets have in common: their prefix, system, country, domain."""

from collections.abc import Callable

import polars as pl

from varde.decode.addresses import networks, packed, text_of
from varde.model import VardeError

_SECOND_LEVELS = "^(?:ac|co|com|edu|gov|mil|net|or|org)$"
"""Second-level labels under which countries register names: bbc.co.uk is the BBC's, not co.uk's."""


def prefixes(names: pl.Series) -> pl.Series:
    """`192.0.2.0/24` or `2001:db8::/64` of address texts; null for what is no address."""
    distinct = names.drop_nulls().unique()
    octets = packed(distinct)
    known = pl.DataFrame({"name": distinct, "octets": octets}).drop_nulls()
    known = known.with_columns(network=networks(known["octets"]))
    nets = known.select("network").unique()
    texts = nets.with_columns(text=pl.Series([_prefix_text(net) for net in nets["network"]], dtype=pl.String))
    joined = pl.DataFrame({"name": names}).join(known.join(texts, on="network"), on="name", how="left", maintain_order="left")
    return joined["text"]


def _prefix_text(network: bytes) -> str:
    text = text_of(network)
    return f"{text}/64" if ":" in text else f"{text}/24"


def domains(names: pl.Series) -> pl.Series:
    """The registered domain of host names, taken as the last two labels (three under co.uk and its like); an address's prefix."""
    nets = prefixes(names)
    labels = names.str.to_lowercase().str.strip_chars_end(".").str.split(".")
    country = (labels.list.get(-1, null_on_oob=True).str.len_chars() == 2) & labels.list.get(-2, null_on_oob=True).str.contains(_SECOND_LEVELS)
    last = pl.select(pl.when(country.fill_null(value=False)).then(labels.list.tail(3)).otherwise(labels.list.tail(2))).to_series().list.join(".")
    wild = pl.select(pl.when(labels.list.len() > 1).then(pl.lit("*.") + last).otherwise(None)).to_series()
    return nets.fill_null(wild)


Grouping = Callable[[pl.DataFrame, str], pl.Series]


def _by_prefix(frame: pl.DataFrame, role: str) -> pl.Series:
    column = f"{role}_net"
    made = prefixes(frame["name"])
    return frame[column].fill_null(made) if column in frame.columns else made


def _by_domain(frame: pl.DataFrame, role: str) -> pl.Series:
    column = f"{role}_domain"
    made = domains(frame["name"])
    return ("*." + frame[column]).fill_null(made) if column in frame.columns else made


def _by_system(frame: pl.DataFrame, role: str) -> pl.Series:
    return "AS" + frame[f"{role}_as"].str.strip_prefix("AS")


def _by_country(frame: pl.DataFrame, role: str) -> pl.Series:
    return frame[f"{role}_cc"]


GROUPINGS: dict[str, Grouping] = {"prefix": _by_prefix, "domain": _by_domain, "as": _by_system, "country": _by_country}
"""What sources and targets may be grouped by, and how it is found."""

_COLUMN = {"as": "as", "country": "cc"}


def group_keys(frame: pl.DataFrame, role: str, by: str) -> pl.Series:
    """The group of each of the names in `frame`; null where none is known. Raises VardeError where nothing is."""
    if by not in GROUPINGS:
        raise VardeError(f"{role}s cannot be grouped by {by!r}: there are {', '.join(GROUPINGS)}")
    column = f"{role}_{_COLUMN.get(by, by)}"
    if by in _COLUMN and column not in frame.columns:
        raise VardeError(f"{role}s cannot be grouped by {by} here: the requests have no column {column}")
    return GROUPINGS[by](frame, role)
