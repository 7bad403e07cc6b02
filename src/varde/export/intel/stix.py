"""A bundle of STIX 2.1 indicators: https://docs.oasis-open.org/cti/stix/v2.1/. The same indicator has the same id in every export."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from varde.export.intel.clean import remark
from varde.export.intel.selection import Selection, restricted
from varde.export.intel.written import ExportOptions, Format, Part, Written

_SPACE = uuid.UUID("8d3a1f3c-6f0e-5c35-9f0d-0f2a86d0b7c1")
"""Of our ids (RFC 9562 section 5.5); they are about type, value, list and entry."""

_HASHES = {32: "MD5", 40: "'SHA-1'", 64: "'SHA-256'", 128: "'SHA-512'"}


def _write(selection: Selection, options: ExportOptions) -> Written:
    rows = selection.entries.filter(selection.entries["type"].is_in(list(STIX.types))).sort("type", "value", "source", "id", maintain_order=True)
    written = Written([], 0, restricted(selection, STIX.types))
    objects = []
    for row in rows.iter_rows(named=True):
        if pattern := _pattern(row["type"], str(row["value"])):
            objects.append(_indicator(row, pattern))
        else:
            written.leave_out(str(row["value"]), "a hash that STIX has no name for")
    bundle: dict[str, Any] = {"type": "bundle", "id": f"bundle--{uuid.uuid5(_SPACE, ' '.join(one['id'] for one in objects))}"}
    if objects:  # section 3.1: no list is empty
        bundle["objects"] = objects
    written.parts, written.entries = [Part(json.dumps(bundle, indent=1) + "\n")], len(objects)
    return written


def _indicator(row: dict[str, Any], pattern: str) -> dict[str, Any]:
    since = _moment(row["first_seen"])
    modified = max(since, _moment(row["last_seen"]))
    key = "\n".join(str(row[name] or "") for name in ("type", "value", "source", "id"))
    made = {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(_SPACE, key)}", "created": since, "modified": modified,
        "name": remark(row["name"]) or str(row["value"]), "description": remark(row["description"]), "pattern": pattern, "pattern_type": "stix",
        "valid_from": since, "indicator_types": ["malicious-activity"], "confidence": row["confidence"],
        "labels": [remark(row["source"])], "external_references": _references(row),
    }  # fmt: skip
    until = _moment(row["expires"])
    if until > since:  # the standard wants it later than valid_from
        made["valid_until"] = until
    return {name: value for name, value in made.items() if value not in (None, "", [])}


def _moment(time: int | None) -> str:
    """To the millisecond and no closer: section 3.2 wants exactly three digits of `created` and `modified`."""
    return datetime.fromtimestamp((time or 0) // 1_000_000, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{(time or 0) % 1_000_000 // 1000:03d}Z")


def _references(row: dict[str, Any]) -> list[dict[str, str]]:
    url, entry = remark(row["url"]), remark(row["id"])
    told = {"source_name": remark(row["source"]), "url": url, "external_id": entry}
    return [{name: value for name, value in told.items() if value}] if url or entry else []


def _pattern(kind: str, value: str) -> str:
    """A comparison; empty for a hash that has no name."""
    version = "ipv6" if ":" in value else "ipv4"
    objects = {"ipv4": "ipv4-addr:value", "ipv6": "ipv6-addr:value", "cidr": f"{version}-addr:value", "domain": "domain-name:value", "url": "url:value"}
    path = f"file:hashes.{_HASHES[len(value)]}" if kind == "hash" and len(value) in _HASHES else objects.get(kind)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{escaped}']" if path else ""


STIX = Format(
    title="a bundle of STIX 2.1 indicators, for MISP, OpenCTI and TAXII servers",
    write=_write,
    manual="STIX 2.1, section 4.7",
    types=("ipv4", "ipv6", "cidr", "domain", "url", "hash"),
    shared=True,
    loaded_by="OASIS stix2-validator 3.2, patterns included",
    never_loaded_by="MISP, OpenCTI, TAXII servers",
)
