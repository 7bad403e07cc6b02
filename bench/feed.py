"""The Logstalgia feed: a log to lines that Logstalgia reads, all the way and the writing alone."""

import tempfile
from pathlib import Path

from bench.measure import Result, python, synthetic_file

LINES = 500_000

_WHOLE = """
import sys
from varde.app import main
sys.argv = ["varde", "logstalgia", sys.argv[1]]
main()
"""

_WRITING = """
import sys, time
from datetime import datetime, timezone
import polars as pl
from varde.decode.addresses import octets_of
from varde.decode.events import SCHEMA
from varde.export.logstalgia import Feed, pieces
count, when = int(sys.argv[1]), datetime(2026, 11, 20, tzinfo=timezone.utc)
row = dict.fromkeys(SCHEMA) | {"time": when, "kind": "firewall", "src_addr": octets_of("198.18.0.1"), "proto": 6, "dst_port": 22}
events = pl.concat([pl.DataFrame([row], schema=SCHEMA)] * 1000).select(pl.all().repeat_by(count // 1000).explode())
began = time.process_time()
octets = sum(map(len, pieces(Feed().lines(events))))
print(time.process_time() - began, octets)
"""


def run(*, small: bool) -> list[Result]:
    count = LINES // 10 if small else LINES
    with tempfile.TemporaryDirectory() as folder:
        path = synthetic_file(Path(folder), "mikrotik", count)
        whole = python(_WHOLE, str(path), POLARS_MAX_THREADS="1")
        written = whole.output.count("\n")
        seconds = float(python(_WRITING, str(count)).output.split()[0])
    return [
        Result("Logstalgia feed", "a log to a feed, start and all", f"{written / whole.cpu / 1e3:,.0f} k lines/s"),
        Result("Logstalgia feed", "writing the lines alone", f"{count / seconds / 1e3:,.0f} k lines/s"),
    ]
