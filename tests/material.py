"""What tests of several rooms share: synthetic firewall lines, stores filled with them, and work for child processes."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from varde.collect import Importer, Summary
from varde.decode import schema_of
from varde.decode.addresses import networks, octets_of
from varde.decode.reader import DIALECTS
from varde.intel import Geography
from varde.intel.geography import load
from varde.model import PROBES
from varde.store import Store
from varde.store.columns import polars_schema

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
FIREWALL = ROOT / "tests" / "data" / "firewall"
UTC = ZoneInfo("UTC")
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
LONG_AGO = 1_795_200_000  # when test files were changed last: not "somebody is writing this"


def firewall_line(
    number: int, *, when: datetime | None = None, source: str = "", port: int | None = None, verdict: str = "BLOCK"
) -> bytes:
    """A synthetic ufw line, different for each number, with its line feed; one a second from NOON."""
    moment = when or NOON + timedelta(seconds=number)
    source = source or f"198.18.{number >> 8 & 255}.{number & 255}"
    port = 1 + number % 65535 if port is None else port
    return (
        f"{moment.isoformat()} gw kernel: [UFW {verdict}] IN=eth0 OUT= MAC=00:00:5e:00:53:02:00:00:5e:00:53:01:08:00 SRC={source} "
        f"DST=198.51.100.2 LEN=40 TOS=0x00 PREC=0x00 TTL=241 ID={number % 65536} PROTO=TCP SPT={1024 + number % 60000} DPT={port} "
        "WINDOW=1024 RES=0x00 SYN URGP=0\n"
    ).encode()


def firewall_lines(first: int, count: int) -> bytes:
    return b"".join(firewall_line(number) for number in range(first, first + count))


def write_old(path: Path, text: bytes) -> Path:
    """Write a file that was last changed long ago, so that its last line counts as whole."""
    path.write_bytes(text)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def nowhere() -> Geography:
    """A geography that knows no place: look-ups cost nothing."""
    return load(Path("/nonexistent"))


def importer(store: Store, sensor: str = "fw1") -> Importer:
    return Importer(store, nowhere(), tuple(DIALECTS.values()), UTC, sensor=sensor)


def import_file(store: Store, path: Path, sensor: str = "fw1") -> Summary:
    return importer(store, sensor).read(str(path))


def stored(store: Store, table: str = "probes") -> pl.DataFrame:
    """All rows of a table, read from its Parquet files without asking any engine."""
    files = store.files(table)
    if not files:
        return pl.DataFrame({"raw": []}, schema={"raw": pl.String})
    return pl.scan_parquet(files, hive_partitioning=False, glob=False, schema=polars_schema(table), missing_columns="insert").collect()


def stored_lines(store: Store) -> Counter[bytes]:
    """The raw lines in the store, with their line feeds, and how often each is there."""
    return Counter(raw.encode() + b"\n" for raw in stored(store)["raw"].to_list())


def each_once(text: bytes) -> Counter[bytes]:
    return Counter(text.splitlines(keepends=True))


def probe_batch(probes: Iterable[dict[str, object]]) -> pl.DataFrame:
    """Probes as a batch. Keys: time (datetime), src, port, proto, action, sensor; all but time have defaults."""
    rows = [_probe(number, **probe) for number, probe in enumerate(probes)]  # type: ignore[arg-type]
    batch = pl.DataFrame(rows, schema=schema_of(PROBES))
    return batch.with_columns(networks(batch[f"{end}_addr"]).alias(f"{end}_net") for end in ("src", "dst"))


def _probe(
    number: int, time: datetime, src: str = "198.18.0.1", dst: str = "198.51.100.2", port: int | None = 22, proto: int = 6,
    action: str = "block", sensor: str = "fw1", source: str = "s", offset: int | None = None, cc: str | None = None, asn: int | None = None,
) -> dict[str, object]:  # fmt: skip
    known: dict[str, object] = dict.fromkeys(schema_of(PROBES))
    stamp = int(time.timestamp()) * 1_000_000 + time.microsecond
    return known | {
        "time": stamp, "received": stamp, "sensor": sensor, "src_addr": octets_of(src), "dst_addr": octets_of(dst), "dst_port": port,
        "proto": proto, "action": action, "source": source, "offset": number if offset is None else offset, "raw": f"line {number}",
        "file": "synthetic", "dialect": "linux", "src_cc": cc, "src_as": asn, "day": time.astimezone(timezone.utc).date(),
    }  # fmt: skip


def matrix_of(addresses: Iterable[str]) -> np.ndarray:
    """(n, 16) octets of address texts."""
    packed = [octets_of(text) for text in addresses]
    return np.frombuffer(b"".join(p for p in packed if p is not None), dtype=np.uint8).reshape(-1, 16)


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Poll until a condition holds. Fails when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        time.sleep(0.02)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a child: the checkout's sources, and nothing of this machine's user."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SSL_CERT_FILE") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(SOURCES), str(ROOT / "tests")]), "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"), "VARDE_STORE": str(home / "store"), "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "MPLCONFIGDIR": str(home / "matplotlib"), "POLARS_MAX_THREADS": "2",
    } | more  # fmt: skip


def python(code: str, *arguments: str, home: Path, **options: object) -> "subprocess.Popen[bytes]":
    """Start a child that runs a few lines of Python with `material` at hand."""
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment(home), **options)  # type: ignore[call-overload, no-any-return]


def import_in_child(store: str, path: str, commit_rows: int, block: int) -> None:
    """For multiprocessing: import a file with small commits and small blocks."""
    make_small(commit_rows, block)
    import_file(Store(Path(store)), Path(path))


def make_small(commit_rows: int, block: int) -> None:
    """Commit and read in small pieces, so that a small file has many places at which something can go wrong."""
    from varde.collect import importer as importer_module
    from varde.collect import text
    from varde.live import ingest

    class SmallWriter(ingest.Writer):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, commit_rows=commit_rows)  # type: ignore[arg-type]

    importer_module.Writer = SmallWriter  # type: ignore[misc]
    text.blocks.__kwdefaults__["size"] = block


def cowrie(eventid: str, number: int = 0, **fields: object) -> bytes:
    """A line of Cowrie's JSON, synthetic; one a second from NOON, each in a session of its own unless one is named."""
    moment = NOON + timedelta(seconds=number)
    event = {
        "eventid": f"cowrie.{eventid}", "src_ip": f"198.18.0.{number % 250 + 1}", "src_port": 40000, "dst_ip": "192.0.2.1",
        "dst_port": 22, "session": f"{number:012x}", "protocol": "ssh", "message": "", "sensor": "pot",
        "timestamp": moment.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    return json.dumps(event | fields, ensure_ascii=False).encode() + b"\n"


def cowrie_login(number: int, user: str = "root", password: str = "123456", success: bool = False, **fields: object) -> bytes:
    outcome = "success" if success else "failed"
    return cowrie(f"login.{outcome}", number, username=user, password=password, **fields)
