"""Lists for tests of what is made of them: as rows, and as what a zone is held against."""

import ipaddress
from collections.abc import Iterable
from typing import Any

import polars as pl

from varde.decode import schema_of
from varde.decode.addresses import octets_of
from varde.export.intel import FORMATS as EXPORTS
from varde.export.intel import ExportOptions, Selection, Written, select
from varde.intel import Guards
from varde.intel.proof import Expected
from varde.model import INDICATORS

SINCE = 1_795_305_600_000_000
"""2026-11-22T00:00:00Z."""


def row(value: str, kind: str | None = None, source: str = "list", **more: Any) -> dict[str, Any]:
    """A row of INDICATORS, of the type that the value looks like where none is said."""
    made: dict[str, Any] = dict.fromkeys(INDICATORS.names)
    made |= {"value": value, "source": source, "first_seen": SINCE}
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        return made | {"type": kind or ("url" if "/" in value else "domain")} | more
    single = network.num_addresses == 1
    found = f"ipv{network.version}" if single else "cidr"
    octets = octets_of(str(network.network_address))
    text = str(network.network_address) if single else str(network)
    return made | {"type": kind or found, "value": text, "address": octets, "prefix": network.prefixlen} | more


def rows(*values: str | dict[str, Any]) -> pl.DataFrame:
    """Rows of INDICATORS."""
    made = [value if isinstance(value, dict) else row(value) for value in values]
    return pl.DataFrame(made, schema=schema_of(INDICATORS), orient="row")


def selection(values: Iterable[str | dict[str, Any]], allow: Iterable[str] = ()) -> Selection:
    """What is exported of these."""
    return select(rows(*values), Guards.of(allowed=allow), now=SINCE, lists=("list",))


def written(form: str, values: Iterable[str | dict[str, Any]], allow: Iterable[str] = (), **options: Any) -> Written:
    """The same in a format."""
    return EXPORTS[form].write(selection(values, allow), ExportOptions(**options))


def text(form: str, values: Iterable[str | dict[str, Any]], allow: Iterable[str] = (), **options: Any) -> str:
    """The first file of a format."""
    return written(form, values, allow, **options).parts[0].content().decode()


def expected(values: Iterable[str], allow: Iterable[str] = ()) -> Expected:
    """What a zone of these is held against."""
    made = [row(value) for value in values]
    names = [one["value"] for one in made if one["type"] == "domain"]
    return Expected.of(names, [one["value"] for one in made if one["type"] != "domain"], allow)
