"""Export datagrams to rows: NetFlow v5, v9, IPFIX of fixed and of variable length and sFlow, on one core, beside the PyPI package `netflow`."""

import struct
import subprocess
import tempfile
from pathlib import Path

from bench.measure import ROOT, Result, child, python

DATAGRAMS = 20_000
"""Of 24 records (v5: 30): half a million flows."""

BATCH = 1000
"""Datagrams decoded together: what a busy collector has after 100 ms."""

PEER = ROOT / ".varde-build" / "peers" / "netflow" / "bin" / "python"
"""`./test peers` makes it."""

_RECORDS = 24
_SAMPLES = 7
_NOW = 1_795_300_000
_FIELDS = ((8, 4), (12, 4), (15, 4), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1), (4, 1), (5, 1), (9, 1), (13, 1), (16, 4), (17, 4))
"""53 octets a record, as a router sends them."""

_VARIABLE = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 8), (1, 8), (152, 8), (153, 8), (100, 65535, 35632), (101, 65535, 35632))
"""The same with two texts of any length: a host name and a path."""

_VARDE = """
import sys, time
from zoneinfo import ZoneInfo
import numpy as np
from varde.decode import Origin
from varde.decode.flow import Datagrams, FlowDecoder
data = np.fromfile(sys.argv[1], np.uint8)
lengths = np.fromfile(sys.argv[2], np.int64)
starts, batch = np.cumsum(lengths) - lengths, int(sys.argv[3])
origin, decoder, rows, total = Origin("gw", "s", "f", 0, ZoneInfo("UTC"), 0), FlowDecoder(), 0, 0
addresses = np.frombuffer(bytes(10) + bytes([255, 255, 192, 0, 2, 254]), np.uint8)
def given(at):
    some = slice(at, at + batch)
    count = len(starts[some])
    return Datagrams(data, starts[some], lengths[some], np.full(count, 1795300000_000000), np.broadcast_to(addresses, (count, 16)), np.zeros(count, np.int64), starts[some])
for _ in range(3):
    FlowDecoder().decode(given(0), origin)  # what a process does once is not what its flows cost
began = time.process_time()
for at in range(0, len(lengths), batch):
    answer = decoder.decode(given(at), origin)
    rows += len(answer.flows)
    total += int(answer.flows["octets"].sum())
    assert answer.losses["lost"].sum() == 0, answer.losses
print(rows, total, time.process_time() - began)
"""

_PEER = """
import sys, time, netflow
data, lengths = open(sys.argv[1], "rb").read(), sys.argv[2]
import array
sizes = array.array("q"); sizes.frombytes(open(lengths, "rb").read())
templates, at, rows, total = {"netflow": {}, "ipfix": {}}, 0, 0, 0
sizes = sizes[:1000]
began = time.process_time()
for size in sizes:
    packet = netflow.parse_packet(data[at:at + size], templates)
    at += size
    for flow in packet.flows:
        fields = flow.data if hasattr(flow, "data") else flow
        rows += 1
        total += fields.get("IN_OCTETS", fields.get("IN_BYTES", fields.get("octetDeltaCount", 0)))
print(rows, total, time.process_time() - began)
"""


def run(*, small: bool) -> list[Result]:
    """CPU seconds of the decoding alone, best of three; sums of octets are checked."""
    count = DATAGRAMS // 10 if small else DATAGRAMS
    makers = {"NetFlow v5": _v5, "NetFlow v9": _v9, "IPFIX": _ipfix, "IPFIX of variable length": _variable, "sFlow": _sflow}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in makers.items():
            payloads, octets = make(count)
            files = _written(Path(folder), payloads)
            rows, total, seconds = _best(_VARDE, *files, str(BATCH))
            if total != octets:
                raise AssertionError(f"{name}: {total} octets read of {octets}")
            results.append(Result("flows decoded", f"{name}, batches of {BATCH} datagrams, one core", f"{rows / seconds / 1e6:.2f} M flows/s", _beside(files, rows / seconds)))
        live = _best(_VARDE, *_written(Path(folder), _v9(count)[0]), "100")
        results.append(Result("flows decoded", "NetFlow v9, batches of 100 datagrams, one core", f"{live[0] / live[2] / 1e6:.2f} M flows/s"))
    return results


def _best(code: str, *arguments: str) -> tuple[int, int, float]:
    runs = [python(code, *arguments, POLARS_MAX_THREADS="1").output.split() for _ in range(3)]
    rows, total, seconds = min(runs, key=lambda run: float(run[2]))
    return int(rows), int(total), float(seconds)


def _beside(files: tuple[str, str], rate: float) -> str:
    """How much faster than the PyPI package, where that is installed."""
    if not PEER.exists():
        return ""
    try:
        runs = [child([str(PEER), "-c", _PEER, *files]).output.split() for _ in range(3)]
    except subprocess.CalledProcessError:  # variable lengths end in an exception of its own
        return "netflow cannot read it"
    rows, _, seconds = min(((int(rows), int(total), float(seconds)) for rows, total, seconds in runs), key=lambda run: run[2])
    return f"{rate / (rows / seconds):.0f} x netflow ({rows / seconds / 1e6:.3f} M/s)"


def _written(folder: Path, payloads: list[bytes]) -> tuple[str, str]:
    data, lengths = folder / "data", folder / "lengths"
    data.write_bytes(b"".join(payloads))
    lengths.write_bytes(b"".join(struct.pack("=q", len(payload)) for payload in payloads))
    return str(data), str(lengths)


def _v5(count: int) -> tuple[list[bytes], int]:
    record = struct.Struct(">IIIHHIIIIHHBBBBHHBBH")
    payloads, total = [], 0
    for number in range(count):
        rows = [(number * 30 + place, 40 + place) for place in range(30)]
        total += sum(octets for _, octets in rows)
        body = b"".join(record.pack(0x0A000000 + flow % 2**20, 0xCB007105, 0, 3, 4, 3, octets, 10_000, 20_000, flow % 60_000, 443, 0, 27, 6 if flow % 10 else 1, 0, 64512, 64513, 24, 16, 0) for flow, octets in rows)
        payloads.append(struct.pack(">HHIIIIHH", 5, 30, 60_000, _NOW, 0, number * 30 % 2**32, 0, 0) + body)
    return payloads, total


def _sets(number: int, count: int) -> tuple[bytes, int]:
    record = struct.Struct(">IIIIIIIIIHHBBBBBII")
    rows = [(number * _RECORDS + place, 40 + place) for place in range(count)]
    body = b"".join(record.pack(0x0A000000 + flow % 2**20, 0xCB007105, 0, 3, 4, 3, octets, 10_000, 20_000, flow % 60_000, 443, 27, 6 if flow % 10 else 1, 0, 24, 16, 64512, 64513) for flow, octets in rows)
    return struct.pack(">HH", 256, 4 + len(body)) + body, sum(octets for _, octets in rows)


def _template(number: int, fields: tuple[tuple[int, ...], ...]) -> bytes:
    specs = b"".join(struct.pack(">HHI", f[0] | 0x8000, f[1], f[2]) if len(f) > 2 else struct.pack(">HH", *f) for f in fields)
    return struct.pack(">HHHH", number, 8 + len(specs), 256, len(fields)) + specs


def _v9(count: int) -> tuple[list[bytes], int]:
    payloads, total = [], 0
    for number in range(count):
        body, octets = _sets(number, _RECORDS)
        sets = _template(0, _FIELDS) + body if number % 1000 == 0 else body
        payloads.append(struct.pack(">HHIIII", 9, _RECORDS, 60_000, _NOW, number, 0) + sets)
        total += octets
    return payloads, total


def _message(number: int, sets: bytes) -> bytes:
    return struct.pack(">HHIII", 10, 16 + len(sets), _NOW, number * _RECORDS % 2**32, 0) + sets


def _ipfix(count: int) -> tuple[list[bytes], int]:
    made = [_sets(number, _RECORDS) for number in range(count)]
    head = _template(2, _FIELDS)
    return [_message(number, head + body if number % 1000 == 0 else body) for number, (body, _) in enumerate(made)], sum(octets for _, octets in made)


def _variable(count: int) -> tuple[list[bytes], int]:
    record = struct.Struct(">IIHHBBQQQQ")
    head, payloads, total = _template(2, _VARIABLE), [], 0
    for number in range(count // 4):
        body = b""
        for place in range(_RECORDS):
            flow, host, path = number * _RECORDS + place, b"host%d.example" % (number % 97), b"/p/%d" % place
            body += record.pack(0x0A000000 + flow % 2**20, 0xCB007105, flow % 60_000, 443, 6, 27, 3, 40 + place, _NOW * 1000, _NOW * 1000)
            body += bytes([len(host)]) + host + bytes([len(path)]) + path
            total += 40 + place
        sets = struct.pack(">HH", 256, 4 + len(body)) + body
        payloads.append(_message(number, head + sets if number % 1000 == 0 else sets))
    return payloads, total


def _sflow(count: int) -> tuple[list[bytes], int]:
    """Datagrams of seven samples: the first 128 octets of a frame, beside them what switch and router say."""
    payloads, total = [], 0
    beside = struct.pack(">IIIIII", 1001, 16, 30, 0, 40, 0) + struct.pack(">III4sII", 1002, 16, 1, bytes([192, 0, 2, 1]), 24, 16)
    for number in range(count // 4):
        body = b""
        for flow in range(number * _SAMPLES, (number + 1) * _SAMPLES):
            octets = 40 + flow % 1400
            packet = struct.pack(">BBHHHBBHIIHHIIBB", 0x45, 0, octets, 1, 0, 64, 6, 0, 0x0A000000 + flow % 2**20, 0xCB007105, flow % 60_000, 443, 1, 2, 0x50, 24)
            frame = (bytes.fromhex("00005e00530200005e0053010800") + packet).ljust(128, b"\x00")
            records = struct.pack(">IIIIII", 1, 144, 1, octets + 18, 4, 128) + frame + beside
            body += struct.pack(">II8I", 1, 32 + len(records), flow, 3, 256, flow * 256 % 2**32, 0, 3, 4, 3) + records
            total += octets
        payloads.append(struct.pack(">II4sIIII", 5, 1, bytes([192, 0, 2, 33]), 0, number, 60_000, _SAMPLES) + body)
    return payloads, total
