"""A Varde that takes flows from real exporters: its lists, its sinks, and what it stored."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.peers.running import ROOT, Running, up
from tests.peers.traffic import Sums
from varde.store import Store
from varde.store.columns import polars_schema

PULSES = ROOT / "tests" / "data" / "intel" / "otx.txt"
"""A synthetic answer of OTX: PULSE lists 203.0.113.5 and 2001:db8::5."""

PULSE = "https://otx.alienvault.com/pulse/5f0c1b2a3d4e5f6071829304"
HOMES = '[[home]]\nnetwork = "10.99.79.0/24"\n[[home]]\nnetwork = "2001:db8:a::/48"\n'
FILE_SINK = '[[sink]]\nname = "ossec"\nkind = "file"\npath = "{path}"\n'
SYSLOG_SINK = '[[sink]]\nname = "siem"\nkind = "syslog"\naddress = "udp://127.0.0.1:{port}"\nhostname = "gw"\n'


def import_pulses(folder: Path) -> None:
    """Into the store that `collecting` uses."""
    command = [sys.executable, "-m", "varde", "intel", "import", str(PULSES), "--name", "otx", "--store", str(folder / "store")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    subprocess.run(command, check=True, env=environment, cwd=folder, capture_output=True)


@contextlib.contextmanager
def collecting(folder: Path, sinks: str = "") -> Iterator[Running]:
    """`varde up` that listens for flows alone, on both families. Without sinks it prints its warnings."""
    (folder / "varde.toml").write_text(HOMES + sinks)
    with up(folder, os.devnull, "--config", "varde.toml", "--flows", "udp://[::]:0", listen=()) as running:
        yield running


def stored(folder: Path, table: str = "flows") -> pl.DataFrame:
    """Rows of a table, once Varde has ended."""
    files = Store(folder / "store").files(table)
    if not files:
        return pl.DataFrame()
    return pl.scan_parquet(files, hive_partitioning=False, glob=False, schema=polars_schema(table), missing_columns="insert").collect()


def sums(flows: pl.DataFrame) -> Sums:
    """Of both directions, where a record has both."""
    both = [flows[name].fill_null(0).sum() + flows[f"rev_{name}"].fill_null(0).sum() for name in ("packets", "octets")]
    return Sums(len(flows), int(both[0]), int(both[1]))


def accounted(folder: Path) -> dict[str, int]:
    """What the ledger says of all exporters together."""
    names = ("flows", "lost", "reordered", "duplicated", "dropped", "undecodable", "unknown_template")
    losses = stored(folder, "losses")
    return {name: int(losses[name].fill_null(0).sum()) for name in names}
