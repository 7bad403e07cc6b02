"""Rows of an answer for programs: JSON, JSON lines, CSV and Parquet, to a file or to standard output."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from varde.app.output import write_json, write_output, written_whole
from varde.model import VardeError

FORMATS = ("json", "jsonl", "csv", "parquet")
"""What answers are written as; a suffix of -o says which."""


@dataclass(frozen=True, slots=True)
class Output:
    """The format, None for text, and where to."""

    kind: str | None = None
    path: str | None = None

    @classmethod
    def of(cls, path: str | None, **asked: bool) -> "Output":
        """From -o and the switches of formats. Raises VardeError where they contradict each other."""
        kinds = [name for name, wanted in asked.items() if wanted]
        suffix = Path(path).suffix.removeprefix(".").lower() if path not in (None, "-") else ""
        kinds += [suffix] if suffix and suffix not in kinds else []
        if len(kinds) > 1:
            raise VardeError(f"{' and '.join(kinds)} are {len(kinds)} formats; name one of {', '.join(FORMATS)}")
        if path not in (None, "-") and (not kinds or kinds[0] not in FORMATS):
            raise VardeError(f"cannot tell what to write from {path!r}: use a suffix of {', '.join('.' + name for name in FORMATS)}")
        return cls(kinds[0] if kinds else None, path)


def save(rows: Any, columns: Sequence[str], output: Output, *, document: Any = None) -> None:
    """Write rows: mappings for text formats, a pyarrow table for Parquet. `document`: what JSON has instead of the rows."""
    _WRITERS[str(output.kind)](rows, columns, output.path, document)


def _json(rows: Any, columns: Sequence[str], path: str | None, document: Any) -> None:
    write_json(rows if document is None else document, path)


def _jsonl(rows: Any, columns: Sequence[str], path: str | None, document: Any) -> None:
    write_output(path or "-", "".join(json.dumps(row, default=str) + "\n" for row in rows).encode())


def _csv(rows: Any, columns: Sequence[str], path: str | None, document: Any) -> None:
    from varde.views.listing import csv_of

    write_output(path or "-", csv_of(rows, columns))


def _parquet(rows: Any, columns: Sequence[str], path: str | None, document: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path in (None, "-") and sys.stdout.isatty():
        raise VardeError("Parquet is octets for programs: name a file with -o, or pipe it into a program")
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
    with written_whole(path or "-") as file:
        pq.write_table(table, pa.PythonFile(file, "w"), compression="zstd")


_WRITERS = {"json": _json, "jsonl": _jsonl, "csv": _csv, "parquet": _parquet}
