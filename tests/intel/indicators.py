"""Indicators for the tests of the matcher, made without the decoders."""

import ipaddress
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from varde.decode import schema_of
from varde.model import INDICATORS

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def octets(*addresses: Address | str) -> NDArray[np.uint8]:
    """(n, 16), IPv4 as ::ffff:a.b.c.d."""
    packed = [ipaddress.ip_address(str(address)).packed.rjust(16, b"\x00") for address in addresses]
    made = np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, 16).copy()
    made[[ipaddress.ip_address(str(address)).version == 4 for address in addresses], 10:12] = 255
    return made


def indicator(value: str, source: str = "list", **more: Any) -> dict[str, Any]:
    """A row of INDICATORS for an address, a network or a name."""
    row: dict[str, Any] = dict.fromkeys(INDICATORS.names)
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        return row | {"type": "domain", "value": value, "source": source} | more
    single = network.num_addresses == 1
    text = str(network.network_address) if single else str(network)
    kind = f"ipv{network.version}" if single else "cidr"
    address = octets(network.network_address).tobytes()
    return row | {"type": kind, "value": text, "source": source, "address": address, "prefix": network.prefixlen} | more


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema_of(INDICATORS), orient="row")
