"""Build step: the country and AS tables that Varde carries, from the CSV files of two npm packages."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_PACKAGES = {
    "country": (
        "geo-whois-asn-country",
        "CC BY 4.0",
        "NRO delegated statistics (nro.net), prepared by ip-location-db",
    ),
    "as": (
        "asn",
        "CC BY 4.0",
        "RouteViews (routeviews.org), NRO (nro.net) and DB-IP (db-ip.com), merged by ip-location-db",
    ),
}

Row = tuple[int, int, list[str]]
"""First and last address as numbers, then what the package says of the range."""


def convert(modules: Path, folder: Path) -> None:
    """Write `geography.npz` (intervals) and `geography.json` (codes, names, what must be said) into `folder`."""
    countries: dict[str, int] = {}
    systems: dict[str, str] = {}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    databases = []
    for name, (package, licence, attribution) in _PACKAGES.items():
        home = modules / "@ip-location-db" / package
        value = _system(systems) if name == "as" else _country(countries)
        for family in ("v4", "v6"):
            rows = _rows(home / f"{package}-ip{family}-num.csv")
            arrays |= _arrays(f"{name}_{family}", rows, value, _ENDS[family])
        version = json.loads((home / "package.json").read_text())["version"]
        databases.append(
            {"name": name, "date": _date(version), "licence": licence, "attribution": attribution}
        )
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"countries": list(countries), "systems": systems, "databases": databases}
    _replace(folder / "geography.npz", lambda path: np.savez(path, allow_pickle=False, **arrays))
    _replace(
        folder / "geography.json", lambda path: path.write_text(json.dumps(facts, indent=0, sort_keys=True))
    )


def _rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(int(row[0]), int(row[1]), row[2:]) for row in csv.reader(file)]
    rows.sort(key=lambda row: row[0])
    return rows


def _country(codes: dict[str, int]) -> Callable[[list[str]], int]:
    """A country's value is its place in the list of codes."""
    return lambda fields: codes.setdefault(fields[0], len(codes))


def _system(names: dict[str, str]) -> Callable[[list[str]], int]:
    """An AS number stands for itself; its name is kept."""

    def value(fields: list[str]) -> int:
        names.setdefault(fields[0], fields[1])
        return int(fields[0])

    return value


def _v4(numbers: list[int]) -> "np.ndarray[Any, Any]":
    return np.array(numbers, dtype=np.uint32)


def _v6(numbers: list[int]) -> "np.ndarray[Any, Any]":
    return np.frombuffer(b"".join(n.to_bytes(16, "big") for n in numbers), dtype="S16")


_ENDS = {"v4": _v4, "v6": _v6}


def _arrays(
    key: str,
    rows: list[Row],
    value: Callable[[list[str]], int],
    ends: Callable[[list[int]], "np.ndarray[Any, Any]"],
) -> dict[str, "np.ndarray[Any, Any]"]:
    # AS numbers from 2^31 on (nearly all private use) wrap to negative, which a reader takes for unknown
    values = np.array([value(row[2]) for row in rows], dtype=np.int64).astype(np.int32)
    return {
        f"{key}_value": values,
        f"{key}_start": ends([row[0] for row in rows]),
        f"{key}_end": ends([row[1] for row in rows]),
    }


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """A running program that reads the file sees the old or the new."""
    new = path.with_name(f"new-{path.name}")  # the suffix stays: NumPy appends one otherwise
    write(new)
    new.replace(path)


def _date(version: str) -> str:
    """2.3.2026061719 -> 2026-06-17 (the supplier numbers releases by hour)."""
    digits = version.rpartition(".")[2]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
