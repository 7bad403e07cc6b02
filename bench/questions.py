"""SiLK's questions of ten million synthetic flows: top 10 sources, 1,000 addresses, two keys; beside nfdump where it is installed."""

import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ibis
import numpy as np
import polars as pl

from bench.measure import Result, child
from varde.decode import schema_of
from varde.decode.addresses import matrix, networks, series
from varde.intel.ipset import IPSet
from varde.model import FLOWS
from varde.model.filters import BY_WORD, EQUAL
from varde.model.rollups import ROLLUPS
from varde.query import Engine, Window, blank
from varde.query.filters import Condition
from varde.query.filters.values import Listed
from varde.query.traffic import Limit, columns_of, fields_of, passing, ranking, values_of
from varde.store import Store

COUNT = 10_000_000
BATCH = 500_000
DAY_FLOWS = 86_400_000
DAYS = 30
SEED = 1
LISTED = 1000
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
JOB = "questions of flows"
_V5_RECORD = 48
_V5_EACH = 30


def run(*, small: bool) -> list[Result]:
    """Wall clock seconds, best of three, of a process that has its libraries loaded; the same flows for the peer."""
    count = COUNT // 10 if small else COUNT
    with tempfile.TemporaryDirectory() as folder:
        flows = [_made(min(BATCH, count - at), at) for at in range(0, count, BATCH)]
        store = Store(Path(folder, "store"))
        for batch in flows:
            store.append(FLOWS.name, batch)
        engine = Engine(store)
        peer = _Peer.of(Path(folder), flows)
        rng = np.random.default_rng(SEED)
        listed = rng.choice(_sources(), LISTED, replace=False)
        return [_measured(name, ask, peer, words, count) for name, ask, words in _questions(engine, listed)] + _month(Path(folder, "month"), small=small)


def _month(folder: Path, *, small: bool) -> list[Result]:
    """Top 10 of thirty days at a thousand flows a second: one synthetic day, and its sums as those of the other days too."""
    count = DAY_FLOWS // (100 if small else 1)
    store = Store(folder)
    for at in range(0, count, BATCH):
        store.append(FLOWS.name, _made(min(BATCH, count - at), at))
    store.compact()
    begun = time.monotonic()
    store.roll_up(DAY.date() + timedelta(days=DAYS), smallest=1)
    took = time.monotonic() - begun
    octets = sum(table.octets for table in store.sizes())
    sums = store.rollups.octets()
    command = ["stats", "--store", str(folder), "--day", f"{DAY:%Y-%m-%d}", "--tz", "UTC", "--fields=sip,dport", "--values=bytes", "--count=10"]
    run = child([sys.executable, "-P", "-m", "varde", *command])
    files = _repeated(store)
    engine, window = Engine(store), Window(DAY, DAY + timedelta(days=DAYS), action="all")
    store.files = lambda *_: files  # type: ignore[method-assign, assignment]
    of_month = f"of {DAYS} days of {count / 1e6:.1f} M flows"
    return [
        Result(JOB, f"{count / 1e6:.1f} M flows of a day stored", f"{octets / count:.1f} octets a flow", f"their sums {sums / count:.1f} octets a flow more"),
        Result(JOB, "one such day summed up by the hour and by the day", f"{took:.0f} s wall clock"),
        Result(JOB, f"source and destination port together, from {count / 1e6:.1f} M records, whole command", f"{run.wall:.1f} s wall clock", f"{run.memory / 1e6:.0f} MB"),
        *(Result(JOB, f"top 10 {what} {of_month}", f"{min(_seconds(ask) for _ in range(2)):.2f} s wall clock")
          for what, ask in (("sources", _summed(engine, window, "sip")), ("destination ports", _summed(engine, window, "proto,dport")))),
    ]  # fmt: skip


def _repeated(store: Store) -> list[str]:
    """Names of the day's files as if each day had them, with sums that are links to its own; the data files are never opened."""
    files = store.files(FLOWS.name)
    names = []
    for number in range(DAYS):
        day = f"day={DAY.date() + timedelta(days=number)}"
        for file in files:
            name = str(Path(file).parent.with_name(day) / Path(file).name)
            for rollup in ROLLUPS:
                target = Path(store.rollups.path(name, rollup, "day"))
                if number:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.hardlink_to(store.rollups.path(file, rollup, "day"))
            names.append(name)
    return names


def _summed(engine: Engine, window: Window, keys: str) -> Callable[[], object]:
    def ask() -> object:
        flows = blank(FLOWS.name)
        fields, values = fields_of(keys, flows), values_of("bytes", flows)
        columns = columns_of(flows, fields, values, []) or set()
        return engine.ask_sums(window, lambda sums_of: ranking(engine.execute, sums_of(columns), fields, values, Limit(count=10)), FLOWS.name)

    return ask


_Question = tuple[str, Callable[[], object], list[str]]


def _questions(engine: Engine, listed: "np.typing.NDArray[np.uint32]") -> list[_Question]:
    window = Window(DAY, DAY.replace(day=21), action="all")
    members = IPSet.of((int(number), int(number)) for number in listed)
    condition = Condition(BY_WORD["src"], EQUAL, (Listed(members, "bench"),))
    addresses = " ".join(f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in map(int, listed))

    def top(keys: str) -> Callable[[], object]:
        return lambda: engine.ask(window, lambda t: ranking(engine.execute, t, fields_of(keys, t), values_of("bytes", t), Limit(count=10)), FLOWS.name)

    def chosen() -> object:
        return engine.ask(window, lambda t: engine.execute(passing(t, [condition]).aggregate(n=ibis._.count())), FLOWS.name)

    return [
        ("top 10 sources by octets", top("sip"), ["-s", "srcip/bytes", "-n", "10"]),
        (f"{LISTED:,} addresses looked for", chosen, ["-o", "null", f"src ip in [{addresses}]"]),
        ("source and destination port together", top("sip,dport"), ["-A", "srcip,dstport", "-O", "bytes", "-n", "10"]),
    ]


def _measured(name: str, ask: Callable[[], object], peer: "_Peer | None", words: list[str], count: int) -> Result:
    seconds = min(_seconds(ask) for _ in range(3))
    ratio = ""
    if peer is not None:
        theirs = min(child(["nfdump", "-q", "-R", str(peer.folder), *words]).wall for _ in range(2))
        ratio = f"{theirs / seconds:.1f} x nfdump ({theirs:.2f} s)"
    return Result(JOB, f"{name}, {count / 1e6:g} M flows", f"{seconds:.2f} s wall clock", ratio)


def _seconds(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def _sources() -> "np.typing.NDArray[np.uint32]":
    return np.random.default_rng(SEED).integers(1 << 24, 224 << 24, 200_000, dtype=np.uint32)


def _made(count: int, at: int) -> pl.DataFrame:
    """Synthetic flows of one day: 200,000 sources of which some talk much, a thousand hosts, few ports."""
    rng = np.random.default_rng(SEED + at)
    sources = _sources()[(rng.pareto(0.8, count) * 50).astype(np.int64) % 200_000]
    hosts = (0xCB007100 + rng.integers(0, 1000, count)).astype(np.uint32)
    start = int(DAY.timestamp() * 1e6) + np.sort(rng.integers(0, 86_400_000, count)) * 1000
    columns = {
        "time": start, "end_time": start + rng.integers(0, 60_000, count) * 1000, "src_port": rng.integers(1024, 65536, count),
        "dst_port": rng.choice([22, 23, 25, 53, 80, 123, 443, 445, 3389, 8080], count), "proto": rng.choice([6, 6, 6, 17], count),
        "packets": rng.integers(1, 200, count), "octets": rng.integers(40, 200_000, count), "tcp_flags": rng.choice([2, 18, 27], count),
    }  # fmt: skip
    ends = {"src_addr": _octets(sources), "dst_addr": _octets(hosts)}
    frame = pl.DataFrame({**columns, **ends}).with_columns(
        src_net=networks(ends["src_addr"]), dst_net=networks(ends["dst_addr"]), day=pl.lit(DAY.date()), received=pl.lit(int(DAY.timestamp() * 1e6)),
        sensor=pl.lit("bench"), source=pl.lit("bench"), file=pl.lit("bench"), dialect=pl.lit("bench"), late=pl.lit(0), offset=pl.int_range(at, at + count),
    )  # fmt: skip
    return frame.select((pl.col(n) if n in frame.columns else pl.lit(None)).cast(t).alias(n) for n, t in schema_of(FLOWS).items())


def _octets(numbers: "np.typing.NDArray[np.uint32]") -> pl.Series:
    octets = np.zeros((len(numbers), 16), dtype=np.uint8)
    octets[:, 10:12] = 255
    octets[:, 12:] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return series(octets)


class _Peer:
    """nfdump's own files of the same flows, which its collector wrote of NetFlow v5."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, folder: Path, flows: list[pl.DataFrame]) -> "_Peer | None":
        """None where nfdump is not installed, or its collector did not get all flows."""
        if shutil.which("nfdump") is None or shutil.which("nfcapd") is None:
            return None
        out = folder / "nfdump"
        out.mkdir()
        collector = subprocess.Popen(["nfcapd", "-w", str(out), "-b", "127.0.0.1", "-p", str(_PORT), "-B", "16000000", "-t", "3600"], stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            _send(flows)
            time.sleep(2)
        finally:
            collector.terminate()
            collector.wait(60)
        said = subprocess.run(["nfdump", "-I", "-R", str(out)], capture_output=True, text=True, check=False).stdout
        return cls(out) if f"Flows: {sum(map(len, flows))}\n" in said else None


_PORT = 29_953
_PAUSE_EACH, _PAUSE = 50, 0.002  # datagrams and seconds: the collector keeps up


_RECORD = np.dtype([
    ("src", ">u4"), ("dst", ">u4"), ("hop", ">u4"), ("inif", ">u2"), ("outif", ">u2"), ("packets", ">u4"), ("octets", ">u4"), ("first", ">u4"),
    ("last", ">u4"), ("sport", ">u2"), ("dport", ">u2"), ("pad", "u1"), ("flags", "u1"), ("proto", "u1"), ("tos", "u1"), ("rest", "V8"),
])  # fmt: skip
assert _RECORD.itemsize == _V5_RECORD


_HEADER = struct.Struct(">HHIIIIBBH")


def _send(flows: list[pl.DataFrame]) -> None:
    """As NetFlow v5 to the collector, at a pace that it keeps up with."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    uptime, done = 90_000_000, 0
    for batch in flows:
        records = _records(batch, uptime)
        for at in range(0, len(records), _V5_EACH):
            part = records[at : at + _V5_EACH]
            sender.sendto(_HEADER.pack(5, len(part), uptime, int(DAY.timestamp()) + 86_400, 0, done % 2**32, 0, 0, 0) + part.tobytes(), ("127.0.0.1", _PORT))
            done += len(part)
            if at // _V5_EACH % _PAUSE_EACH == 0:
                time.sleep(_PAUSE)
    sender.close()


def _records(batch: pl.DataFrame, uptime: int) -> "np.typing.NDArray[np.void]":
    records = np.zeros(len(batch), dtype=_RECORD)
    begin = int(DAY.timestamp() * 1000) + 86_400_000 - uptime
    for name, column in (("packets", "packets"), ("octets", "octets"), ("sport", "src_port"), ("dport", "dst_port"), ("flags", "tcp_flags"), ("proto", "proto")):
        records[name] = batch[column].to_numpy()
    for name, column in (("first", "time"), ("last", "end_time")):
        records[name] = np.minimum(batch[column].to_numpy() // 1000 - begin, uptime)
    for name, column in (("src", "src_addr"), ("dst", "dst_addr")):
        records[name] = np.ascontiguousarray(matrix(batch[column])[:, 12:]).view(">u4").ravel()
    return records
