"""Build step: the country and AS tables that Varde carries, from the CSV files of two npm packages."""

import csv
import json
from pathlib import Path

import numpy as np

_PACKAGES = {
    "country": ("geo-whois-asn-country", "CC BY 4.0", "NRO delegated statistics (nro.net), prepared by ip-location-db"),
    "as": ("asn", "CC BY 4.0", "RouteViews (routeviews.org), NRO (nro.net) and DB-IP (db-ip.com), merged by ip-location-db"),
}


def convert(modules: Path, folder: Path) -> None:
    """Write `geography.npz` (intervals) and `geography.json` (codes, names, what must be said) into `folder`."""
    arrays, facts = {}, {"countries": [], "systems": {}, "databases": []}
    for name, (package, licence, attribution) in _PACKAGES.items():
        home = modules / "@ip-location-db" / package
        codes = facts["countries"]
        for family in ("v4", "v6"):
            rows = _rows(home / f"{package}-ip{family}-num.csv")
            arrays |= _arrays(name, family, rows, lambda row: _value(name, row, codes, facts["systems"]))
        version = json.loads((home / "package.json").read_text())["version"]
        facts["databases"].append({"name": name, "date": _date(version), "licence": licence, "attribution": attribution})
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "geography.npz", **arrays)
    (folder / "geography.json").write_text(json.dumps(facts, indent=0, sort_keys=True))


def _rows(path: Path) -> list[tuple[int, int, list[str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(int(row[0]), int(row[1]), row[2:]) for row in csv.reader(file)]
    rows.sort(key=lambda row: row[0])
    return rows


def _value(name: str, row: list[str], codes: list[str], systems: dict[str, str]) -> int:
    if name == "as":
        systems.setdefault(row[0], row[1])
        return int(row[0])
    if row[0] not in codes:
        codes.append(row[0])
    return codes.index(row[0])


def _arrays(name: str, family: str, rows: list[tuple[int, int, list[str]]], value: object) -> dict[str, np.ndarray]:
    ends = {"start": [row[0] for row in rows], "end": [row[1] for row in rows]}
    made = {f"{name}_{family}_value": np.array([value(row[2]) for row in rows], dtype=np.int64).astype(np.int32)}
    for key, numbers in ends.items():
        if family == "v4":
            made[f"{name}_{family}_{key}"] = np.array(numbers, dtype=np.uint32)
        else:
            made[f"{name}_{family}_{key}"] = np.frombuffer(b"".join(n.to_bytes(16, "big") for n in numbers), dtype="S16")
    return made


def _date(version: str) -> str:
    """2.3.2026061719 -> 2026-06-17 (the supplier numbers releases by hour)."""
    digits = version.rpartition(".")[2]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
