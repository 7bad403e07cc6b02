"""Octets that somebody sent, taken apart for a person: what they are, what they say, their strings and a hexadecimal dump.

URLs are written so that none is a link."""

from typing import Any

from varde.decode.payload import Payload, commands, defang, hexdump, recognise, strings, urls
from varde.decode.payload.known import KNOWN, known

ROWS_SHOWN = 256
"""Rows of a hexadecimal dump: the first 4 KiB; the JSON has all."""

STRINGS_SHOWN = 40
"""Printable runs that are shown."""

STRING_SHOWN = 200
"""Characters of a run that are shown."""

KNOWN_BY_NAME = {row.name: row for row in KNOWN}
_FIELDS = ("form", "ehlo", "method", "host", "path", "referer", "agent", "cookie", "headers", "sni", "ja4")


def dissected(data: bytes, length: int) -> dict[str, Any]:
    """Octets as JSON for a page: known {name, sentence, reference} or None, says and headers as [name, value], urls, commands,
    strings and dump as lines. `length`: octets that were sent, kept or not."""
    found, said = known(data), recognise(data)
    return {
        "known": {"name": found.name, "sentence": found.sentence, "reference": found.reference} if found else None,
        "says": [[name, defang(str(value))] for name, value in fields_of(said) if value and name != "headers"],
        "headers": [[name, defang(value)] for name, value in said.headers],
        "urls": [defang(url) for url in urls(data)], "commands": [defang(command) for command in commands(data)],
        "strings": string_lines(data), "dump": dump_lines(data, length, rest=""),
    }  # fmt: skip


def fields_of(payload: Payload) -> list[tuple[str, Any]]:
    return [(name, getattr(payload, name)) for name in _FIELDS]


def string_lines(data: bytes) -> list[str]:
    """Printable runs behind their offsets; how many more there are at the end."""
    found = strings(data)
    lines = [f"{run.offset:08X}  {defang(run.text[:STRING_SHOWN])}" + ("  (UTF-16)" if run.encoding != "ascii" else "") for run in found[:STRINGS_SHOWN]]
    return [*lines, f"and {len(found) - STRINGS_SHOWN} more"] if len(found) > STRINGS_SHOWN else lines


def dump_lines(data: bytes, length: int, rest: str = "; --json has all octets") -> list[str]:
    """A hexadecimal dump; what of it is left out, and what of `length` was not kept, is said at the
    end; `rest`: where to find what is left out."""
    lines = hexdump(data)
    shown = lines[:ROWS_SHOWN]
    if len(lines) > ROWS_SHOWN:
        shown.append(f"and {len(lines) - ROWS_SHOWN} lines more{rest}")
    if length > len(data):
        shown.append(f"{length - len(data):,} octets more were sent and not kept")
    return shown
