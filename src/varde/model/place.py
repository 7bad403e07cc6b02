"""Where the store lies when nobody names it: known to the store, and to what monitoring reads beside it."""

import os
import tomllib
from pathlib import Path

from varde.model.errors import VardeError


def default_location() -> Path:
    """--store, else VARDE_STORE, else /var/lib/varde for root, else the XDG data directory."""
    named = os.environ.get("VARDE_STORE")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/varde")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "varde"


def configuration_file(named: Path | None) -> Path | None:
    """The configuration in force: the one named, else VARDE_CONFIG, else the user's, else the machine's; None where there is none."""
    if named is not None:
        return named
    if told := os.environ.get("VARDE_CONFIG"):
        return Path(told)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return next((path for path in (home / "varde" / "varde.toml", Path("/etc/varde/varde.toml")) if path.is_file()), None)


def configured_store(named: Path | None = None) -> Path | None:
    """`[store] path` of the configuration in force. Raises VardeError where that cannot be read: another store may be the wrong one."""
    found = configuration_file(named)
    try:
        document = tomllib.loads(found.read_text(encoding="utf-8")) if found else {}
        path = document.get("store", {}).get("path")
    except (OSError, ValueError, AttributeError) as error:
        raise VardeError(f"cannot read {found}: {error}. Name the store with --store.") from None
    return Path(str(path)) if path else None
