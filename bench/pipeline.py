"""Flows from the socket to the store, beside nfcapd in the same run: rates, losses, memory, a burst, and how soon a warning comes.

A synthetic exporter sends NetFlow v9, 24 records of 53 octets a datagram. Varde decodes, matches against a list of a million addresses,
places by country and system, and stores; nfcapd decodes and stores."""

import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.collectors import (
    MARKED,
    Running,
    Taken,
    exporter,
    nfcapd_takes,
    store_with_list,
    varde,
    varde_takes,
)
from bench.exporter import DATAGRAM5, RECORD5, V9_FLOWS
from bench.measure import Result

ADDRESSES = 1_000_000
AIM = 1_000_000
"""Flows a second."""

SECONDS = 60.0
BURST_FLOWS = 1_500_000
FLOOD_FLOWS = 6_000_000
"""More than all buffers hold."""

RATES = (100_000, 200_000, 300_000, 400_000, 500_000, 600_000, 800_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000)
"""Tried in this order until one is too much."""

TRIAL_SECONDS = 20.0
"""Long enough that what does not keep up fills its buffers."""

BEHIND_SECONDS = 10.0
"""Who still has so much to write after a trial has not kept up: it filled its buffers."""

BACKGROUND = 100_000
MARKED_EVERY = 0.25
WARM_UP_SECONDS = 10.0
"""Of memory: what libraries and tables take once."""


def run(*, small: bool) -> list[Result]:
    share = 10 if small else 1
    with tempfile.TemporaryDirectory() as folder:
        lists = store_with_list(Path(folder), ADDRESSES // share)
        return [
            *_sustained(lists, SECONDS / share), *_highest(lists, RATES[:: share // 2 or 1], TRIAL_SECONDS / share),
            *_burst(lists, BURST_FLOWS // share), *_burst(lists, FLOOD_FLOWS // share), *_warned(lists, SECONDS / share),
        ]  # fmt: skip


def _sustained(lists: Path, seconds: float) -> list[Result]:
    job = f"flows received, matched, placed, stored: {AIM / 1e6:g} M/s for {seconds:.0f} s"
    ours = _checked(varde_takes(lists, AIM, seconds))
    results = [
        Result(job, "Varde", _kept(ours), _cost(ours)),
        Result(job, "memory after the first seconds, and at the end", _memory(ours.memory)),
        Result(job, "stored", f"{ours.octets / max(1, ours.flows):.1f} octets a flow"),
    ]
    if shutil.which("nfcapd"):
        theirs = nfcapd_takes(AIM, seconds)
        packed = nfcapd_takes(AIM, seconds / 6, 0, "-z")
        results += [
            Result(job, "nfcapd, which only stores", _kept(theirs), _cost(theirs)),
            Result(job, "nfdump's file, and with LZO", f"{theirs.octets / max(1, theirs.flows):.1f} and {packed.octets / max(1, packed.flows):.1f} octets a flow"),
        ]
    return results


def _highest(lists: Path, rates: Sequence[int], seconds: float) -> list[Result]:
    """The highest rate that loses nothing and leaves nothing behind."""
    job = f"highest rate of flows without loss, {seconds:.0f} s each"
    results = [Result(job, "Varde", _rate_kept(_checked(varde_takes(lists, rate, seconds)) for rate in rates))]
    if shutil.which("nfcapd"):
        results.append(Result(job, "nfcapd", _rate_kept(nfcapd_takes(rate, seconds) for rate in rates)))
    return results


def _rate_kept(trials: Iterator[Taken]) -> str:
    kept = 0.0
    for taken in trials:
        if taken.lost or taken.behind > BEHIND_SECONDS:
            return f"{kept / 1e3:,.0f} k flows/s"
        kept = taken.sent.flows / taken.sent.seconds
    return f"at least {kept / 1e3:,.0f} k flows/s"


def _burst(lists: Path, flows: int) -> list[Result]:
    """As fast as the sender can: what is lost must be known exactly."""
    job = f"burst of {flows / 1e6:g} M flows, as fast as they can be sent"
    ours = _checked(varde_takes(lists, 0, 60, flows))
    results = [Result(job, "Varde", _kept(ours), f"the ledger says {ours.told:,} datagrams, the kernel {ours.dropped:,}")]
    if shutil.which("nfcapd"):
        theirs = nfcapd_takes(0, 60, flows)
        results.append(Result(job, "nfcapd", _kept(theirs), f"it says {theirs.told:,} sequence failures"))
    return results


def _checked(taken: Taken) -> Taken:
    """What is not stored is in the ledger, to the datagram."""
    if taken.lost != taken.told * V9_FLOWS:
        raise AssertionError(f"{taken.lost} flows lost, and the ledger says {taken.told} datagrams of {V9_FLOWS}")
    return taken


def _kept(taken: Taken) -> str:
    rate = taken.sent.flows / max(taken.sent.seconds, 0.001)
    return f"{taken.lost:,} of {taken.sent.flows:,} lost ({100 * taken.lost / taken.sent.flows:.1f} %) at {rate / 1e6:.2f} M flows/s"


def _cost(taken: Taken) -> str:
    return f"{1e6 * taken.cpu / max(1, taken.flows):.2f} us of CPU a flow, {taken.behind:.1f} s to end"


def _memory(samples: list[int]) -> str:
    if not samples:
        return "unknown"
    warm = samples[min(int(WARM_UP_SECONDS), len(samples) - 1) :]
    return f"{warm[0] / 1e6:,.0f} and {warm[-1] / 1e6:,.0f} MB, {max(samples) / 1e6:,.0f} MB at most"


@dataclass
class Marks:
    """Flows of hosts that nobody else is to an address that is listed: when each was sent, and when its warning was read."""

    sent: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def send(self, port: int, seconds: float) -> None:
        began = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outlet:
            outlet.bind(("127.0.0.2", 0))  # an exporter of its own
            while time.monotonic() - began < seconds:
                number = len(self.sent)
                host = f"10.200.{number >> 8}.{number & 255}"
                self.sent[host] = time.monotonic()
                outlet.sendto(_marked(host, number), ("127.0.0.1", port))
                time.sleep(MARKED_EVERY)

    def read(self, running: Running) -> None:
        assert running.process.stdout is not None
        for line in running.process.stdout:
            if found := _MARK.search(line):
                self.told.setdefault(found[1].decode(), time.monotonic())

    def delays(self) -> list[float]:
        return sorted(self.told[host] - at for host, at in self.sent.items() if host in self.told)


_MARK = re.compile(rb" : (10\.200\.[0-9.]+):[0-9]+ -> " + re.escape(MARKED.encode()))


def _marked(host: str, number: int) -> bytes:
    """NetFlow v5 with one flow of that host to the listed address."""
    made = np.zeros(1, dtype=DATAGRAM5)
    made["version"], made["count"], made["uptime"], made["seconds"], made["sequence"] = 5, 1, 3_600_000, int(time.time()), number
    record = made["records"][0, 0]
    record["f8"], record["f12"] = (int.from_bytes(socket.inet_aton(text), "big") for text in (host, MARKED))
    record["f2"], record["f1"], record["f22"], record["f21"], record["f7"], record["f11"], record["f4"], record["f6"] = 5, 500, 3_599_000, 3_600_000, 50_000, 443, 6, 27
    return made.tobytes()[: 24 + RECORD5.itemsize]


def _warned(lists: Path, seconds: float) -> list[Result]:
    """From the datagram to the line on standard output, while others send too."""
    marks = Marks()
    with varde(lists) as running:
        threading.Thread(target=marks.read, args=(running,), daemon=True).start()
        sending = exporter(running.port, BACKGROUND, seconds + 2)
        time.sleep(1)
        marks.send(running.port, seconds)
        sending.communicate()
        running.stop()
    delays = marks.delays()
    job = f"datagram to warning, {BACKGROUND / 1e3:g} k flows/s beside it"
    what = f"p50, p99 and worst of {len(marks.sent)} flows to a listed address"
    if len(delays) < len(marks.sent):
        raise AssertionError(f"{len(marks.sent) - len(delays)} of {len(marks.sent)} flows to a listed address were not told")
    return [Result(job, what, " / ".join(f"{delays[round(at * (len(delays) - 1))]:.2f} s" for at in (0.5, 0.99, 1)))]
