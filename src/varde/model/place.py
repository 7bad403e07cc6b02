"""Where the store lies when nobody names it: known to the store, and to what monitoring reads beside it."""

import os
from pathlib import Path


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
