"""Captures as a table, as CSV, and one of them as a person wants to see it."""

import csv
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from varde.decode.addresses import text_of
from varde.decode.payload import commands, defang, recognise, strings, urls
from varde.decode.rows import iso, json_row
from varde.model import CAPTURES, no_formula, proto_name, visible
from varde.query.captures import Sightings
from varde.views.dissection import KNOWN_BY_NAME, dump_lines, fields_of, string_lines

GLIMPSE = 40
"""Characters of a payload that a table shows where it is not known."""

_HEADS = ("id", "time", "source", "cc", "port", "octets", "form", "what")
_RIGHT = ("octets",)


def table_lines(rows: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    """A line per capture under a line of heads, in columns; times in `zone`."""
    cells = [_HEADS, *(_cells(row, zone) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADS))]
    return [_aligned(line, widths) for line in cells]


def csv_text(rows: list[dict[str, Any]]) -> str:
    """CSV of all columns but the octets, with heads; no cell begins as a spreadsheet's formula does."""
    names = [name for name in CAPTURES.names if name not in ("data", "raw", "day")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", *names])
    for row in rows:
        values = json_row(row, CAPTURES)
        writer.writerow([identity(row), *(_harmless(values.get(name, "")) for name in names)])
    return out.getvalue()


def documents(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Captures as JSON has them."""
    return [{"id": identity(row)} | json_row(row, CAPTURES) for row in rows]


def identity(row: dict[str, Any]) -> str:
    """What `--show` takes."""
    return f"{row['offset']:x}"


def capture_document(row: dict[str, Any], seen: Sightings) -> dict[str, Any]:
    """One capture as JSON has it, with all that its payload says. URLs are as they came, because programs read them."""
    data = bytes(row["data"])
    known = KNOWN_BY_NAME.get(row["known"])
    return documents([row])[0] | {
        "hex": data.hex(), "urls": urls(data), "commands": commands(data),
        "strings": [{"offset": run.offset, "encoding": run.encoding, "text": run.text} for run in strings(data)],
        "known_payload": {"name": known.name, "sentence": known.sentence, "reference": known.reference} if known else None,
        "payload": {name: value for name, value in fields_of(recognise(data)) if value},
        "seen": {"captures": seen.captures, "sources": seen.sources, "first": iso(seen.first), "last": iso(seen.last), "ports": list(seen.ports)},
    }  # fmt: skip


def capture_lines(row: dict[str, Any], seen: Sightings, zone: ZoneInfo) -> list[str]:
    """One capture for a person: who, what it is known as, what it says, and its octets. URLs are no links."""
    data = bytes(row["data"])
    said = recognise(data)
    unsaid = () if said.form != "unknown" else ("form",)
    sections = (
        ("", [_headline(row, zone), *_known_lines(row), *_seen_lines(seen, zone)]),
        ("what it says", [f"{name}: {defang(str(value))}" for name, value in fields_of(said) if value and name not in ("headers", *unsaid)]),
        ("headers", [f"{name}: {defang(value)}" for name, value in said.headers]),
        ("URLs, defanged", [defang(url) for url in urls(data)]),
        ("commands", [defang(command) for command in commands(data)]),
        ("strings", string_lines(data)),
        ("octets", dump_lines(data, int(row["length"]))),
    )  # fmt: skip
    out: list[str] = []
    for title, lines in sections:
        if lines:
            out += [*([""] if out else []), *([f"{title}:"] if title else []), *(f"  {line}" if title else line for line in lines)]
    return out


def _cells(row: dict[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    port = f"{row['dst_port']}/{proto_name(row['proto'])}"
    what = row["known"] or glimpse(bytes(row["data"]))
    form = f"{row['form']} in TLS" if row["tls"] else row["form"]
    return (identity(row), _stamp(row["time"], zone), text_of(row["src_addr"]), row["src_cc"] or "", port, f"{row['length']:,}", form, what)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    cells = [cell.rjust(width) if head in _RIGHT else cell.ljust(width) for cell, width, head in zip(line, widths, _HEADS, strict=True)]
    return "  ".join(cells).rstrip()


def glimpse(data: bytes) -> str:
    """The first characters of a payload, a dot for each that is not printable."""
    text = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in data[:GLIMPSE])
    return defang(text)


def _stamp(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    return no_formula(visible(value))


def _headline(row: dict[str, Any], zone: ZoneInfo) -> str:
    country = f" ({row['src_cc']})" if row["src_cc"] else ""
    tls = " inside TLS" if row["tls"] else ""
    ended = f", ended: {row['ended']}" if row["ended"] else ""
    return (f"{identity(row)}: {_stamp(row['time'], zone)} {zone.key}, {text_of(row['src_addr'])}:{row['src_port']}{country} sent {row['length']:,} octets"
            f"{tls} to {text_of(row['dst_addr'])}, port {row['dst_port']}/{proto_name(row['proto'])}{ended}")  # fmt: skip


def _known_lines(row: dict[str, Any]) -> list[str]:
    known = KNOWN_BY_NAME.get(row["known"])
    return [f"known as {known.name}: {known.sentence}", f"  {known.reference}"] if known else ["not known; a payload of its own, or a new one"]


def _seen_lines(seen: Sightings, zone: ZoneInfo) -> list[str]:
    if seen.captures == 1:
        return ["the same payload was not seen at any other time"]
    sources = "one source" if seen.sources == 1 else f"{seen.sources:,} sources"
    return [f"the same payload was seen {seen.captures:,} times from {sources}, first {_stamp(seen.first, zone)}, last {_stamp(seen.last, zone)}, "
            f"on {'port' if len(seen.ports) == 1 else 'ports'} {', '.join(map(str, seen.ports))}"]  # fmt: skip
