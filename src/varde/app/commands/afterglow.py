"""afterglow: its CSV out of requests, and its DOT or GraphSON out of CSV and a property file."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from varde.app.output import say, visible, write_output, written_whole
from varde.collect import blocks, open_text, what_is
from varde.export.afterglow import (
    Properties,
    Rows,
    Sketch,
    apply,
    dot,
    graphson,
    read_properties,
    read_rows,
    write_rows,
)
from varde.model import VardeError, counted

PROPERTIES_MAX = 1_000_000  # octets; the largest that people share have a few thousand


def afterglow_csv(parts: Iterable[pl.DataFrame], output: str | None) -> int:
    """Write a line `source,port,target` for each request of the parts, in their order; answers how many.

    Requests of which the log does not say who made them are left out, counted and said. Exit status 1 where none is left.
    """
    asked = written = 0
    with written_whole(output or "-") as file:
        for requests in parts:
            known = requests.filter(pl.col("source").is_not_null(), pl.col("target").is_not_null())
            asked, written = asked + int(requests["count"].sum()), written + int(known["count"].sum())
            file.writelines(line.encode("utf-8", "backslashreplace") for line in write_rows(known))
        if asked > written:
            say(f"varde: {asked - written:,} of {counted(asked, 'request')} are left out: their log does not say who asked for what. `varde doctor` names the fix.")
        if not written:
            if not asked:
                say("varde: there are no requests to write.")
            raise SystemExit(1)
    return written


def afterglow_drawn(
    rows: Rows, properties: str | None, output: str | None, *, as_graphson: bool = False, edge_length: float = 1.5, max_node_size: float = 0.2,
) -> None:  # fmt: skip
    """Write DOT as AfterGlow does, or GraphSON where that or the property file asks for it. Exit status 1 where no row is left to draw."""
    applied = apply(rows, properties_of(properties))
    sketch = Sketch(edge_length=edge_length, max_node_size=max_node_size)
    wanted = as_graphson or applied.properties.switches.get("graphson", False)
    write_output(output or "-", graphson(applied, max_node_size) if wanted else dot(applied, sketch).encode())
    if applied.frame.is_empty():
        say("varde: no row is left to draw" + (": the property file hides them all." if rows.read else "."))
        raise SystemExit(1)


def properties_of(path: str | None) -> Properties:
    """A property file, checked; none gives the articles' own scheme. Raises VardeError with file and line."""
    if path is None:
        return Properties()
    try:
        with Path(path).open("rb") as file:
            octets = file.read(PROPERTIES_MAX + 1)
    except OSError as error:
        raise VardeError(f"cannot read {visible(path)}: {(error.strerror or str(error)).lower()}") from error
    if len(octets) > PROPERTIES_MAX:
        raise VardeError(f"{visible(path)} is larger than {PROPERTIES_MAX:,} octets: that is no property file")
    return read_properties(octets.decode("utf-8", errors="backslashreplace"), path)


def read_csv(paths: list[str], *, two: bool = False, quiet: bool = False) -> Rows:
    """Rows of AfterGlow CSV files, compressed ones too, or of standard input for `-`.

    What is no row is counted and said. Raises VardeError where a file is something else, or no line is a row.
    """
    for path in paths:
        if path != "-" and (what := what_is(path)):
            raise VardeError(f"{visible(path)} is {what}, not CSV")
    rows = read_rows((line for path in paths for line in _lines(path)), two=two)
    if rows.bad and not quiet:
        say(f"varde: {sum(rows.bad.values()):,} of {rows.read:,} lines are no rows: {_reasons(rows.bad)}")
    if rows.frame.is_empty():
        raise VardeError(f"{', '.join(map(visible, paths))}: no line is source,port,target or source,target")
    return rows


def _lines(path: str) -> Iterator[str]:
    text = open_text(path)
    read = 0
    try:
        for block in blocks(text):
            for line in block.data.splitlines():
                yield line.decode("utf-8", errors="backslashreplace")
                read += 1
    except VardeError as error:
        if not read:
            raise
        say(f"varde: {visible(path)}: {error}")
    finally:
        text.close()


def _reasons(bad: Counter[str]) -> str:
    words = {"fields": "too few columns", "empty": "an empty column", "long": "too long", "quote": "quotes that do not match"}
    return ", ".join(f"{count:,} {words[reason]}" for reason, count in bad.most_common())
