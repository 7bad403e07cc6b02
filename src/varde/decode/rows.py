"""Records as values that JSON and people can have: times, addresses and numbers as text."""

import json
from datetime import datetime, timezone
from typing import Any

from varde.decode.addresses import text_of
from varde.model import PROBES, Table, proto_name, tcp_flag_names

_FLAGS = ("tcp_flags", "rev_tcp_flags")


def json_row(row: dict[str, Any], table: Table = PROBES) -> dict[str, Any]:
    """A record with JSON values: ISO 8601 UTC times, RFC 5952 addresses, names beside numbers; nulls left out.

    Octets are their UTF-8 text, with a backslash escape for each octet that is none."""
    out: dict[str, Any] = {}
    for column in table.fields:
        value = row.get(column.name)
        if value is None or column.type == "day":
            continue
        if column.type == "time":
            value = iso(value)
        elif column.type == "address":
            value = text_of(value)
        elif column.type == "octets":
            value = value.decode("utf-8", "backslashreplace")
        out[column.name] = value
        if column.name == "proto":
            out["proto_name"] = proto_name(int(value))
    for name in _FLAGS:
        if name in out:
            out[name] = tcp_flag_names(int(out[name]))
    if "other" in out:
        out["other"] = json.loads(out["other"])
    return out


def iso(moment: "datetime | int") -> str:
    """ISO 8601 in UTC, with Z; microseconds only where there are some."""
    when = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment // 1_000_000, timezone.utc).replace(microsecond=moment % 1_000_000)
    return when.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
