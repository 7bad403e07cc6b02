"""The strings."""

import tomllib
from pathlib import Path

_FILE = Path(__file__).parents[1] / "data" / "hostile.toml"


def _octets(entry: dict[str, str]) -> bytes:
    return bytes.fromhex(entry["octets"]) if "octets" in entry else entry["text"].encode()


TEXTS: dict[str, bytes] = {entry["name"]: _octets(entry) for entry in tomllib.loads(_FILE.read_text(encoding="utf-8"))["string"]}
"""By name, as octets: not all of them are UTF-8."""


def words(octets: bytes) -> str:
    """As a program has them that reads UTF-8 with surrogates for what is none."""
    return octets.decode("utf-8", "surrogateescape")


def shown(octets: bytes) -> str:
    """As Varde has them in a column: octets that are no UTF-8 are escapes."""
    return octets.decode("utf-8", "backslashreplace")
