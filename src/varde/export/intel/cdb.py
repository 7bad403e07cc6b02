"""Lists for OSSEC and Wazuh: https://documentation.wazuh.com/current/user-manual/ruleset/cdb-list.html. `key:value`, keys once.

A key that ends in a dot is the beginning of an address, so networks are written as octets; IPv6 is compared as text."""

import ipaddress
from collections.abc import Iterator

import polars as pl

from varde.export.intel.clean import plain
from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written
from varde.intel.space import Net

_V6_NETWORK = "an IPv6 network: the list compares text"
_SINGLE = 32


def _write(selection: Selection, options: ExportOptions) -> Written:
    written = Written([], 0, restricted(selection, CDB.types))
    lines = {key: remark for net, remark in zip(selection.v4.pairs(), selection.v4.remarks, strict=True) for key in _keys(net)}
    for text, remark in zip(selection.v6.texts, selection.v6.remarks, strict=True):
        if "/" in text:
            written.leave_out(text, _V6_NETWORK)
        else:
            lines |= {f'"{spelled}"': remark for spelled in (text, ipaddress.IPv6Address(text).exploded)}
    others = selection.entries.filter(pl.col("type").is_in(["domain", "hash"]))
    lines |= dict(others.sort("value", "source").unique("value", keep="first", maintain_order=True).select("value", "source").iter_rows())
    # a file of a list has no comments
    written.parts = [Part("".join(f"{key}:{plain(value).replace(':', ' ')}\n" for key, value in lines.items()))]
    written.entries = len(lines)
    return written


def _keys(net: Net) -> Iterator[str]:
    """The beginnings that make up a network: 128 at most."""
    first, length = net
    octets = -(-length // 8)
    for number in range(1 << 8 * octets - length):
        address = ipaddress.IPv4Address(first + (number << _SINGLE - 8 * octets))
        yield str(address) if octets == 4 else ".".join(str(address).split(".")[:octets]) + "."


CDB = Format(
    title="a CDB list for OSSEC and Wazuh",
    write=_write,
    manual="Wazuh, Using CDB lists",
    types=("ipv4", "ipv6", "cidr", "domain", "hash"),
    loaded_by="tinycdb 0.78, asked as OSSEC and Wazuh ask: a database compiled of it by the rules of their sources",
    never_loaded_by="OSSEC, Wazuh: there are no packages of them",
)
