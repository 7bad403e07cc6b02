"""Where tables of places come from: a URL, a file, or an npm package of the build, brought as plain files into a folder.

    https://download.db-ip.com/free/dbip-country-lite-{month}.mmdb.gz     {month} is this month, else the last
    /var/tmp/GeoLite2-ASN.mmdb                                            also .gz .xz .zst .bz2, and .tar.gz with one in it
    npm:@ip-location-db/asn                                               from the registry that npm is configured for"""

import base64
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from varde.collect.feed_terms import LIST_MAX, FeedError, check_url
from varde.collect.text import DamagedTextError, Text, open_text, text_of
from varde.model import VardeError, visible

NPM = "npm:"
REGISTRY = "https://registry.npmjs.org"

MEMBERS_MAX = 1_000
"""Files of an archive that are looked at: one of tables has ten."""

PART_MAX = 100
"""Characters of a file's name that are kept."""

_UNSAFE = re.compile("[^A-Za-z0-9._-]")
_TABLES = (".mmdb", ".csv", ".tsv", ".txt")
_MONTH = "{month}"
_DATE = re.compile(r"(20[0-9]{2})-?([01][0-9])(?:-?([0-3][0-9]))?")
_PACKAGE = re.compile(r"(@[a-z0-9._-]+/)?[a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Brought:
    """Files of a table, where they came from, and of which day they are as far as their name says."""

    paths: tuple[Path, ...]
    source: str
    made: str


def check_source(source: str) -> str:
    """The source, if it is one. Raises VardeError."""
    if source.startswith(NPM):
        if not _PACKAGE.fullmatch(source.removeprefix(NPM)):
            raise VardeError(f"{visible(source)} names no package. Write npm:@ip-location-db/asn.")
    elif "://" in source:
        check_url(source.replace(_MONTH, "2026-01"))
    return source


def bring(source: str, folder: Path, today: date) -> Brought:
    """Fetch or read a table. Raises VardeError where it cannot be had."""
    check_source(source)
    if source.startswith(NPM):
        return _of_npm(source.removeprefix(NPM), folder)
    if "://" in source:
        return _of_url(source, folder, today)
    path = Path(source)
    data = _octets(path)
    written = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).date().isoformat()
    return Brought(_plain(data, path.name, folder), str(path.absolute()), _day_of(path.name) or written)


def newest(package: str) -> tuple[str, dict[str, Any]]:
    """The day of a package's newest version, by the way its supplier numbers them, and what the registry says of it. Raises VardeError."""
    told = _registry(package)
    return _day_of(str(told.get("version", "")).rpartition(".")[2]) or "", told


def _of_url(source: str, folder: Path, today: date) -> Brought:
    from varde.collect.feeds import fetch  # its library takes as long to load as all else of a small command

    last = today.replace(day=1) - timedelta(days=1)
    months = [today, last] if _MONTH in source else [today]
    for month in months:
        url = source.replace(_MONTH, f"{month:%Y-%m}")
        try:
            data = fetch(url).data or b""
        except FeedError as error:
            if month is months[-1] or " 404" not in str(error):
                raise
            continue
        name = url.partition("?")[0].rpartition("/")[2]
        return Brought(_plain(data, name, folder), url, _day_of(name) or today.isoformat())
    raise AssertionError("the last month answers or raises")


def _of_npm(package: str, folder: Path) -> Brought:
    from varde.collect.feeds import fetch

    made, told = newest(package)
    dist = told.get("dist") if isinstance(told.get("dist"), dict) else {}
    assert isinstance(dist, dict)
    data = fetch(str(dist.get("tarball", "")), as_sent=True).data or b""
    _check_sum(package, str(dist.get("integrity", "")), data)
    return Brought(_plain(_whole(text_of(io.BytesIO(data)), package), f"{package.rpartition('/')[2]}.tgz", folder), f"{NPM}{package}@{told['version']}", made)


def _check_sum(package: str, integrity: str, data: bytes) -> None:
    """Raises VardeError where an archive is not the one that the registry means."""
    algorithm, _, wanted = integrity.partition("-")
    if algorithm != "sha512" or not wanted:
        raise VardeError(f"{package}: the registry gives no SHA-512 of its archive")
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != wanted:
        raise VardeError(f"{package}: what came is not what the registry means by it (SHA-512). Try again.")


def _registry(package: str) -> dict[str, Any]:
    from varde.collect.feeds import fetch

    url = f"{registry().rstrip('/')}/{quote(package, safe='@')}/latest"
    try:
        told = json.loads(fetch(url).data or b"")
    except ValueError:
        told = None
    if not isinstance(told, dict) or "version" not in told:
        raise VardeError(f"{visible(url)} does not say which version of {package} is the newest")
    return told


def registry() -> str:
    """The registry that npm would ask: npm_config_registry, else that of ~/.npmrc, else npm's own."""
    named = next((value for name, value in os.environ.items() if name.lower() == "npm_config_registry" and value), "")
    try:
        lines = (Path.home() / ".npmrc").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    told = next((line.partition("=")[2].strip() for line in lines if re.match(r"\s*registry\s*=", line)), "")
    return named or told or REGISTRY


def _octets(path: Path) -> bytes:
    return _whole(open_text(str(path)), str(path))


def _whole(text: Text, name: str) -> bytes:
    """Raises VardeError for what is damaged, or larger than any table."""
    try:
        data = text.read(LIST_MAX + 1)
        text.read(1)  # raises where what follows is damaged
    except DamagedTextError as error:
        raise VardeError(f"{visible(name)}: {error}") from error
    finally:
        text.close()
    if len(data) > LIST_MAX:
        raise VardeError(f"{visible(name)} has more than {LIST_MAX:,} octets, which no table of countries or systems needs")
    return data


def _plain(data: bytes, name: str, folder: Path) -> tuple[Path, ...]:
    """What came as files of tables in `folder`: itself, or those of the archive that it is."""
    parts = list(_members(data, name)) if tarfile.is_tarfile(io.BytesIO(data)) else [(name, data)]
    chosen = _chosen([part for part, _ in parts])
    if not chosen:
        raise VardeError(f"{visible(name)}: there is no table in it; {', '.join(_TABLES)} are read")
    paths = []
    for number, (part, content) in enumerate((part, content) for part, content in parts if part in chosen):
        # a folder each, and no name but for errors: names in archives are anybody's
        paths.append(folder / str(number) / (_UNSAFE.sub("_", part)[-PART_MAX:].lstrip(".") or "table"))
        paths[-1].parent.mkdir(parents=True)
        paths[-1].write_bytes(content)
    return tuple(paths)


def _chosen(names: list[str]) -> list[str]:
    """Of what is there the database, else a file of numbers for each family, else all."""
    if len(names) == 1:
        return names
    tables = [name for name in names if name.endswith(_TABLES) and not name.lower().startswith(("license", "readme", "copyright", "modifications"))]
    return next((some for suffix in (".mmdb", "-num.csv") if (some := [name for name in tables if name.endswith(suffix)])), tables)


def _members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Plain files of an archive that may be tables, by the last part of their names. Nothing is unpacked by name."""
    left = LIST_MAX
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for _, member in zip(range(MEMBERS_MAX), archive, strict=False):
                if not member.isfile() or not member.name.endswith(_TABLES):
                    continue
                left -= member.size
                if left < 0:
                    raise VardeError(f"{visible(name)}: more than {LIST_MAX:,} octets are in it")
                if (file := archive.extractfile(member)) is not None:
                    yield member.name.rpartition("/")[2], file.read()
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise VardeError(f"{visible(name)}: the archive is damaged: {visible(str(error))}") from error


def _day_of(text: str) -> str | None:
    """The day or month that a name tells: dbip-country-lite-2026-11, 2026061719."""
    for year, month, day in _DATE.findall(text):
        try:
            return date(int(year), int(month), int(day or 1)).isoformat()
        except ValueError:
            continue
    return None
