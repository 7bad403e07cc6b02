"""What a listening port was sent, as rows of table `captures`."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import polars as pl

from varde.decode.addresses import packed_with_network
from varde.decode.batch import Decoded, Origin, schema_of
from varde.decode.payload.known import known
from varde.decode.payload.recognise import recognise
from varde.model import CAPTURES

DIALECT = "catch"
"""How counters and records name what was caught rather than read."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One connection or datagram: both ends, when, and what was sent."""

    place: int
    "Number that no other capture of this sensor has and that grows: microseconds since 1970 when it was recorded."
    src_addr: str
    src_port: int
    dst_addr: str
    dst_port: int
    proto: int
    began: int
    "us since 1970 UTC, as is `until`."
    until: int
    length: int
    "Octets sent, kept or not."
    data: bytes
    ended: str | None = None
    "closed, reset, timeout, full or stopped; None for a datagram, which has no end."
    tls: bool = False

    @property
    def name(self) -> str:
        """What `--show` takes."""
        return f"{self.place:x}"


def captures_batch(captures: list[Capture], origin: Origin) -> Decoded:
    """A batch of table `captures`, not located yet. Each distinct payload is looked at once."""
    facts = {data: _facts(data) for data in {capture.data for capture in captures}}
    rows = [_row(capture, origin) | facts[capture.data] for capture in captures]
    schema = schema_of(CAPTURES)
    texts = {"src_addr": pl.String(), "dst_addr": pl.String()}
    known_already = {name: texts.get(name, dtype) for name, dtype in schema.items() if name in _FILLED}
    frame = _with_addresses(pl.DataFrame(rows, schema=known_already))
    frame = frame.with_columns(pl.from_epoch("time", "us").dt.date().alias("day"))
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    counts = Counter({(DIALECT, "lines"): len(captures), (DIALECT, "records"): len(captures)})
    return Decoded(others={CAPTURES.name: frame.with_columns(missing).select(list(schema))}, counts=counts)


_FILLED = {
    "time", "sensor", "src_addr", "src_port", "dst_addr", "dst_port", "proto", "received", "end_time", "tls", "length", "data",
    "sha256", "form", "known", "ended", "dialect", "source", "file", "offset",
}  # fmt: skip


def _facts(data: bytes) -> dict[str, str | None]:
    found = known(data)
    return {"form": recognise(data).form, "known": found.name if found else None, "sha256": hashlib.sha256(data).hexdigest()}


def _row(capture: Capture, origin: Origin) -> dict[str, object]:
    return {
        "time": capture.began, "sensor": origin.sensor, "src_addr": capture.src_addr, "src_port": capture.src_port,
        "dst_addr": capture.dst_addr, "dst_port": capture.dst_port, "proto": capture.proto, "received": capture.until,
        "end_time": capture.until, "tls": int(capture.tls), "length": capture.length, "data": capture.data,
        "ended": capture.ended, "dialect": DIALECT, "source": origin.source, "file": origin.file, "offset": capture.place,
    }  # fmt: skip


def _with_addresses(frame: pl.DataFrame) -> pl.DataFrame:
    for end in ("src", "dst"):
        both = packed_with_network(frame[f"{end}_addr"])
        frame = frame.with_columns(both["octets"].alias(f"{end}_addr"), both["network"].alias(f"{end}_net"))
    return frame
