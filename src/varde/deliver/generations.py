"""Generations of what was published, on disk: each a folder with the files of all outputs and a manifest, made whole or not at all."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from varde.model import VardeError
from varde.store.facts import cannot

_MANIFEST = "manifest.json"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class Stored:
    """An output of a generation."""

    name: str
    format: str
    entries: int
    digest: str
    "Of what does not differ from one moment to the next."
    paths: tuple[str, ...]
    "Where its files were put, the first one first."
    sums: tuple[str, ...]
    "SHA-256 of each file."
    serial: int | None = None
    shared: bool = False
    "Others may have it: nothing is in it that may not be passed on."


@dataclass(frozen=True, slots=True)
class Generation:
    """What was published together. `of` is the one whose content it is: itself, or what it rolled back to."""

    number: int
    made: str
    of: int
    outputs: tuple[Stored, ...]
    folder: Path = field(compare=False)

    def content(self, output: Stored) -> list[bytes]:
        """The files of an output. Raises VardeError where one is damaged."""
        files = []
        for at, wanted in enumerate(output.sums):
            data = self._read(file_of(output.name, at))
            if checksum(data) != wanted:
                raise VardeError(f"generation {self.number} of {output.name} is damaged in {self.folder}: roll back to another")
            files.append(data)
        return files

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise VardeError(f"cannot read {self.folder / name}: {(error.strerror or str(error)).lower()}") from error


def published_at(store: Path) -> Path:
    """The folder of all generations, beside the facts of a store."""
    return store / "published"


def file_of(name: str, at: int) -> str:
    """What a file of an output is called in a generation."""
    return f"{name}.{at}"


def checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Generations:
    """The folder of all of them, the newest last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Generation]:
        """Those that are whole, in order."""
        return sorted(self._whole(), key=lambda each: each.number)

    def newest(self) -> Generation | None:
        return next(reversed(self.all()), None)

    def _whole(self) -> Iterator[Generation]:
        for path in self.folder.glob(f"[0-9]*/{_MANIFEST}"):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                outputs = tuple(Stored(**{**one, "paths": tuple(one["paths"]), "sums": tuple(one["sums"])}) for one in told["outputs"])
                yield Generation(int(path.parent.name), told["made"], int(told["of"]), outputs, path.parent)
            except (OSError, ValueError, TypeError, KeyError):
                continue  # a manifest that cannot be read is of no generation

    def add(self, made: str, outputs: Sequence[tuple[Stored, Sequence[bytes]]], of: int | None = None) -> Generation:
        """Write the next one. Raises VardeError when the disk refuses; nothing of it is left then."""
        # beyond what a crash left without its manifest, too
        number = max((int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdecimal()), default=0) + 1
        fresh = Generation(number, made, of or number, tuple(stored for stored, _ in outputs), self.folder / f"{number:06d}")
        beside = self.folder / f"{_NEW}{uuid.uuid4().hex}"
        try:
            beside.mkdir(parents=True)
            for stored, files in outputs:
                for at, data in enumerate(files):
                    write_through(beside / file_of(stored.name, at), data)
            write_through(beside / _MANIFEST, json.dumps(_document(fresh), indent=1).encode())
            sync_folder(beside)
            beside.rename(fresh.folder)
            sync_folder(self.folder)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise VardeError(cannot(self.folder, error)) from error
        return fresh

    def remove(self, generation: Generation) -> None:
        shutil.rmtree(generation.folder, ignore_errors=True)

    def prune(self, keep: int) -> None:
        """Keep the newest so many, and the one that the newest has its content of; what was never finished goes too."""
        known = self.all()
        kept = {each.number for each in known[-keep:]} | {each.of for each in known[-1:]}
        for generation in known:
            if generation.number not in kept:
                self.remove(generation)
        for path in self.folder.glob(f"{_NEW}*"):
            shutil.rmtree(path, ignore_errors=True)


def _document(generation: Generation) -> dict[str, Any]:
    return {"made": generation.made, "of": generation.of, "outputs": [asdict(one) for one in generation.outputs]}


def write_through(path: Path, data: bytes) -> None:
    """A new file that is on the disk when this returns."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """So that names in it are on the disk."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
