"""A store as one file: to move it, to keep a copy, to put two together.

    store.tar:  tables/probes/day=2026-11-20/0.parquet ...   records, as the store has them
                facts/sources/ab12.json ...                  how far each text was read
                varde-store.json                             what is in it, and the checksum of each; last, so that a torn archive is known

It is plain tar of Parquet, which any tool opens. Importing adds each record once however often it is done: what came from a text that the
store has read itself is left out, and each file of the archive is committed under a name made of its checksum."""

import hashlib
import io
import json
import re
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from varde.decode import schema_of
from varde.model import TABLES, VardeError
from varde.store.columns import polars_schema
from varde.store.facts import cannot
from varde.store.store import STORE_VERSION, Progress, Store

CONTENTS = "varde-store.json"
CONTENTS_MAX = 256 * 1024 * 1024
FACT_MAX = 64 * 1024 * 1024
ROWS = 500_000
"""Rows that are added in one commit."""

FACTS = ("sources", "heads")
"""Groups of facts that go along: who reads a text again in the new store reads it on."""

_TABLE_FILE = re.compile(r"tables/([a-z_]+)/day=(\d{4}-\d{2}-\d{2})/(\d{1,9})\.parquet")
_FACT_FILE = re.compile(rf"facts/({'|'.join(FACTS)})/([0-9a-f]{{8,64}})\.json")
_PIECE = 1024 * 1024
_OFFSETS = 2**62
"""No text is as long; a table keeps offsets in 64 bits."""

Told = Callable[[str, int], None]
"""Told after each file: its name and its octets."""


@dataclass(slots=True)
class Moved:
    """What went into an archive or came out of one: rows by table, and rows that were left out because the store has them."""

    rows: dict[str, int] = field(default_factory=dict)
    known: int = 0
    sources: int = 0

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def export_store(store: Store, out: IO[bytes], first: date | None = None, last: date | None = None, told: Told = lambda name, octets: None) -> Moved:
    """Write the records of days first..last (UTC, inclusive) and what was read so far. What is stored meanwhile is not in it.

    Raises VardeError where the store cannot be read or `out` refuses."""
    snapshot = [(table, file) for table in TABLES for file in store.files(table, first, last)]
    moved, contents = Moved(), []
    try:
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for number, (table, path) in enumerate(snapshot):
                name = f"tables/{table}/{Path(path).parent.name}/{number}.parquet"
                contents.append(_add_file(tar, name, Path(path)) | {"rows": pq.read_metadata(path).num_rows})
                moved.rows[table] = moved.rows.get(table, 0) + contents[-1]["rows"]
                told(name, contents[-1]["octets"])
            for group in FACTS:
                contents += [_add_octets(tar, f"facts/{name}.json", json.dumps(store.facts.get(name)).encode()) for name in store.facts.names(group)]
            moved.sources = len(store.facts.names("sources"))
            said = {"version": STORE_VERSION, "made": int(time.time()), "progress": _progress(store), "files": contents}
            _add_octets(tar, CONTENTS, json.dumps(said).encode())
    except OSError as error:
        raise VardeError(f"the archive cannot be written: {error.strerror or error}.") from error
    return moved


def _progress(store: Store) -> dict[str, dict[str, int]]:
    """How far each source was committed, by table."""
    sources = [name.removeprefix("sources/") for name in store.facts.names("sources")]
    return {table: done for table in TABLES if (done := {source: offset for source in sources if (offset := store.offset(table, source))})}


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        octets = file.tell()
        file.seek(0)
        tar.addfile(_entry(name, octets), file)
    return {"name": name, "octets": octets, "sha256": digest}


def _add_octets(tar: tarfile.TarFile, name: str, data: bytes) -> dict[str, Any]:
    tar.addfile(_entry(name, len(data)), io.BytesIO(data))
    return {"name": name, "octets": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _entry(name: str, octets: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = octets, 0, 0o640
    return entry


def import_store(store: Store, stream: IO[bytes], told: Told = lambda name, octets: None) -> Moved:
    """Add an archive's records to a store. All of it is looked at before anything is added.

    Raises VardeError for what is no archive, one that is torn, damaged or of a newer Varde, and where the store refuses."""
    store.require_writable()
    try:
        with tempfile.TemporaryDirectory(prefix=".archive-", dir=store.path.parent) as folder:
            unpacked = _unpack(stream, Path(folder), told)
            return _add_to(store, unpacked)
    except (tarfile.TarError, EOFError) as error:
        raise VardeError(f"that is no archive of `varde store export`, or it ends too early: {error}.") from error
    except (pa.ArrowInvalid, pl.exceptions.PolarsError) as error:
        raise VardeError(f"a table of the archive cannot be read: {str(error).partition(chr(10))[0]}. Nothing of that table's file was added.") from error
    except OSError as error:
        raise VardeError(cannot(store.path, error)) from error


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """Files in a folder of their own, by their name in the archive, and the archive's list of them."""

    files: dict[str, Path]
    contents: dict[str, dict[str, Any]]
    progress: dict[str, dict[str, int]]
    facts: dict[str, dict[str, Any]]


def _unpack(stream: IO[bytes], folder: Path, told: Told) -> _Unpacked:
    """Only names that an archive may have are taken, and none becomes a path."""
    files: dict[str, Path] = {}
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            if entry.name == CONTENTS:
                return _unpacked(_small(tar, entry, CONTENTS_MAX), files, digests)
            if not _may_be(entry) or entry.name in files:
                raise VardeError(f"that is no archive of `varde store export`: it holds {entry.name[:80]!r}.")
            files[entry.name] = folder / str(len(files))
            digests[entry.name] = _copy(tar, entry, files[entry.name])
            told(entry.name, entry.size)
    raise VardeError("the archive ends before its list of contents: it was not written to its end, or not copied whole.")


def _may_be(entry: tarfile.TarInfo) -> bool:
    """Plain files alone: one with holes may claim a terabyte in a kilobyte."""
    is_plain = entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and entry.sparse is None
    table = _TABLE_FILE.fullmatch(entry.name)
    return is_plain and (_is_day(table[2]) if table else bool(_FACT_FILE.fullmatch(entry.name)))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _copy(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> str:
    source, digest = tar.extractfile(entry), hashlib.sha256()
    assert source is not None
    with path.open("xb") as file:
        while piece := source.read(_PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _small(tar: tarfile.TarFile, entry: tarfile.TarInfo, most: int) -> Any:
    source = tar.extractfile(entry)
    if source is None or entry.size > most:
        raise VardeError("the archive's list of contents is none.")
    try:
        return json.loads(source.read())
    except (ValueError, RecursionError) as error:
        raise VardeError(f"the archive's list of contents is damaged: {error}.") from error


def _unpacked(said: Any, files: dict[str, Path], digests: dict[str, str]) -> _Unpacked:
    """Hold what came against the list. Raises VardeError for every difference."""
    try:
        version = int(said["version"])
        contents = {str(one["name"]): dict(one) for one in said["files"]}
        progress = {str(table): {str(source): int(offset) for source, offset in done.items()} for table, done in said["progress"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VardeError(f"the archive's list of contents is damaged: {error!r}.") from error
    if version > STORE_VERSION:
        raise VardeError(f"the archive is of a newer Varde (store version {version}, this one reads up to {STORE_VERSION}). Update Varde.")
    if wrong := sorted(files.keys() ^ contents.keys()) or sorted(name for name in files if digests[name] != contents[name].get("sha256")):
        raise VardeError(f"the archive is damaged: {wrong[0]} is missing or not what its list of contents says.")
    if any(not 0 <= offset < _OFFSETS for done in progress.values() for offset in done.values()):
        raise VardeError("the archive's list of contents is damaged: no text is read as far as it says.")
    return _Unpacked(files, contents, progress, {name: _fact(name, path) for name, path in files.items() if _FACT_FILE.fullmatch(name)})


def _fact(name: str, path: Path) -> dict[str, Any]:
    """How far a text was read. Raises VardeError for anything else: whoever reads that text later takes its word."""
    try:
        fact = json.loads(path.read_bytes()) if path.stat().st_size <= FACT_MAX else None
    except (ValueError, RecursionError) as error:
        raise VardeError(f"the archive is damaged: {name} cannot be read: {error}.") from error
    if not isinstance(fact, dict) or not (_is_head(fact) if name.startswith("facts/heads/") else _is_source(fact)):
        raise VardeError(f"the archive is damaged: {name} does not say how far a text was read.")
    return fact


def _is_head(fact: dict[str, Any]) -> bool:
    sources = fact.get("sources")
    return isinstance(sources, dict) and all(isinstance(sensor, str) for sensor in sources.values())


def _is_source(fact: dict[str, Any]) -> bool:
    """Of an import that was taken back there is no chain."""
    if not all(isinstance(fact.get(name, ""), str) for name in ("path", "sensor")):
        return False
    chain = fact.get("chain", {"links": [], "length": 0, "rest": ""})
    links, length = (chain.get("links"), chain.get("length")) if isinstance(chain, dict) else (None, None)
    plain = isinstance(links, list) and all(isinstance(link, str) for link in links)
    return plain and type(length) is int and 0 <= length < _OFFSETS and isinstance(chain.get("rest"), str)


def _add_to(store: Store, unpacked: _Unpacked) -> Moved:
    moved = Moved()
    known = {name.removeprefix("sources/") for name in store.facts.names("sources")}
    for name, path in unpacked.files.items():
        if (match := _TABLE_FILE.fullmatch(name)) and match[1] in TABLES:
            _add_table(store, match[1], date.fromisoformat(match[2]), path, str(unpacked.contents[name]["sha256"]), known, moved)
    _add_facts(store, unpacked, known, moved)
    return moved


def _add_table(store: Store, table: str, day: date, path: Path, digest: str, known: set[str], moved: Moved) -> None:
    """Commit a file's records, each part under a name of its own, so that what was added is not added again."""
    for number, rows in enumerate(_frames(table, path, day)):
        fresh = rows.filter(~pl.col("source").is_in(list(known)).fill_null(value=False)) if "source" in rows.columns and known else rows
        moved.known += len(rows) - len(fresh)
        progress = Progress(f"archive/{digest}/{number}", 1)
        if store.offset(table, progress.source):
            moved.known += len(fresh)
        elif len(fresh):
            # offsets are those of the text the rows came from, and no part of this progress
            store.append(table, fresh, progress)
            moved.rows[table] = moved.rows.get(table, 0) + len(fresh)


def _frames(table: str, path: Path, day: date) -> Iterator[pl.DataFrame]:
    schema = polars_schema(table)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            frame = pl.DataFrame(pl.from_arrow(batch))
            missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
            yield frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in schema.items()).with_columns(day=pl.lit(day))


def _add_facts(store: Store, unpacked: _Unpacked, known: set[str], moved: Moved) -> None:
    """How far texts were read, of texts that this store has not read itself."""
    for name, fact in unpacked.facts.items():
        match = _FACT_FILE.fullmatch(name)
        assert match is not None
        if match[1] == "heads":
            ours = store.facts.get(f"heads/{match[2]}") or {}
            store.facts.put(f"heads/{match[2]}", {"sources": {**fact["sources"], **ours.get("sources", {})}})
        elif match[2] not in known:
            for table, done in unpacked.progress.items():
                if table in TABLES and match[2] in done:
                    store.append(table, pl.DataFrame(schema=schema_of(TABLES[table])), Progress(match[2], done[match[2]]))
            store.facts.put(f"sources/{match[2]}", fact)
            moved.sources += 1
