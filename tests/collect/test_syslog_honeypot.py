"""What a real Cowrie sent, sent again over loopback: every message reaches the tables as if its JSON had been read."""

import asyncio
import socket
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from varde.collect import Address, SyslogListener
from varde.decode import Lines, Origin
from varde.decode.reader import DIALECTS, Reader

LAB = Path(__file__).parents[1] / "data" / "honeypot" / "lab"
RECEIVED = 1_795_280_400_000_000  # 2026-11-21 17:00 UTC, minutes after the capture
LOGIN = ("user", "password", "success", "src_addr", "session", "time")


def _origin(live: bool) -> Origin:
    return Origin("hp", "s", "f", RECEIVED, ZoneInfo("UTC"), RECEIVED, live)


class Tables:
    """A sink that decodes each batch as it comes, as `varde up` does."""

    def __init__(self) -> None:
        self.reader = Reader(DIALECTS.values())
        self.lines = 0
        self.found: dict[str, list[pl.DataFrame]] = {}

    def __call__(self, sender: str, text: bytes) -> None:
        decoded = self.reader.read(Lines.of(text), _origin(live=True))
        self.lines += decoded.counts["", "lines"]
        for name, batch in decoded.tables():
            self.found.setdefault(name, []).append(batch)

    def table(self, name: str) -> pl.DataFrame:
        return pl.concat(self.found[name])


def _sent(scheme: str, pieces: list[bytes], messages: int) -> Tables:
    """The tables after these octets have gone through a listener."""
    sink = Tables()

    async def replay() -> None:
        listener = SyslogListener(sink)
        port = (await listener.listen(Address(scheme, "127.0.0.1", 0))).port
        if scheme == "udp":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                for piece in pieces:
                    udp.sendto(piece, ("127.0.0.1", port))
                    await asyncio.sleep(0)
        else:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            writer.close()
        for _ in range(500):
            if listener.counters["messages"] >= messages:
                break
            await asyncio.sleep(0.02)
        await listener.close()

    asyncio.run(replay())
    return sink


def _json(folder: str = "") -> dict[str, pl.DataFrame]:
    return dict(Reader(DIALECTS.values()).read(Lines.of((LAB / folder / "cowrie.json").read_bytes()), _origin(live=False)).tables())


def _rows(batch: pl.DataFrame, *columns: str) -> Counter[tuple[object, ...]]:
    return Counter(batch.select(columns).iter_rows())


def _same(sink: Tables, expected: dict[str, pl.DataFrame]) -> None:
    assert {name: len(sink.table(name)) for name in sink.found} == {name: len(batch) for name, batch in expected.items()}
    assert _rows(sink.table("logins"), *LOGIN) == _rows(expected["logins"], *LOGIN)
    assert _rows(sink.table("tunnels"), "src_addr", "target", "target_port", "time") == _rows(expected["tunnels"], "src_addr", "target", "target_port", "time")
    assert _rows(sink.table("payloads"), "target", "data") == _rows(expected["payloads"], "target", "data")


def test_remotesyslog_over_udp() -> None:
    datagrams = [message + b"\n\0" for message in (LAB / "remotesyslog.nul").read_bytes().split(b"\n\0") if message]
    sink = _sent("udp", datagrams, len(datagrams))
    assert sink.lines == len(datagrams) == 229
    _same(sink, _json())


@pytest.mark.parametrize("size", [1, 97, 65536], ids=["octet by octet", "in pieces", "as one"])
def test_remotesyslog_over_tcp_with_nul_between_records(size: int) -> None:
    octets = (LAB / "dual" / "remotesyslog.nul").read_bytes()
    sink = _sent("tcp", [octets[at : at + size] for at in range(0, len(octets), size)], 13)
    assert sink.lines == 13
    _same(sink, _json("dual"))


def test_json_over_tcp() -> None:
    octets = (LAB / "socketlog.json").read_bytes()
    sink = _sent("tcp", [octets[at : at + 1000] for at in range(0, len(octets), 1000)], 229)
    _same(sink, _json())


def test_plain_syslog_happened_when_it_says_and_names_no_source() -> None:
    lines = (LAB / "localsyslog.log").read_bytes().splitlines()
    sink = _sent("udp", lines, len(lines))
    logins = sink.table("logins")
    assert len(logins) == 30 and logins["src_addr"].null_count() == 30
    assert (abs(logins["time"] - _json()["logins"]["time"]).max() or 0) < 1_500_000  # us: its stamps are whole seconds


def test_a_record_without_a_stamp_happened_when_it_came() -> None:
    (row,) = _sent("udp", [b"CEF:0|Cowrie|Cowrie|1.0|e|e|5|app=SSHv2 msg=login attempt [a/b] failed src=198.51.100.7 proto=tcp"], 1).table("logins")["time"]
    assert row == RECEIVED
