"""Lines of many senders in one block: each sender gets what a reader of its own would have given it."""

from collections import Counter

import polars as pl
from firewall_family import NAMES, REFERENCE, ZONE, fixture, golden_lines
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode import Decoded, Lines, Origin
from varde.decode.firewall import DIALECTS, FirewallReader
from varde.decode.senders import SendersReader

PLACE = 10**15
_ANY_LINES = st.one_of(st.binary(max_size=80).map(lambda octets: octets.replace(b"\n", b" ")), st.sampled_from([line for _, line in golden_lines()]))


def origin(name: str) -> Origin:
    return Origin(f"sensor of {name}", f"syslog:{name}", f"syslog from {name}", REFERENCE, ZONE, REFERENCE, live=True)


def alone(name: str, text: bytes) -> Decoded:
    return FirewallReader(DIALECTS.values()).read(Lines.of(text), origin(name))


def compared(frame: pl.DataFrame) -> pl.DataFrame:
    """Without offsets, which are those of the block."""
    return frame.drop("offset")


def test_each_sender_gets_the_records_rejects_and_counts_of_a_reader_of_its_own() -> None:
    damaged = {"damaged": fixture("mikrotik").replace(b"proto", b"pro\xffto")[:2000] + b"\n", "stranger": b"<13>cron: nothing\n" * 3}
    texts = {name: fixture(name).rstrip(b"\n") + b"\n" for name in NAMES} | damaged
    decoded, counts = SendersReader(DIALECTS.values()).read({origin(name): text for name, text in texts.items()}, PLACE)
    assert decoded.batch["offset"].is_sorted()
    for name, text in texts.items():
        expected = alone(name, text)
        assert counts[origin(name)] == expected.counts, name
        for table in ("batch", "rejects"):
            mine = getattr(decoded, table).filter(pl.col("sensor") == f"sensor of {name}")
            wanted = getattr(expected, table)
            if table == "batch":
                assert compared(mine).equals(compared(wanted)), name
            else:  # samples are bounded by the block
                assert len(mine) <= len(wanted)
            assert set(mine["source"].to_list()) <= {f"syslog:{name}"}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(_ANY_LINES, min_size=1, max_size=5), min_size=1, max_size=5))
def test_no_line_is_lost_or_goes_to_another_sender(senders: list[list[bytes]]) -> None:
    texts = {origin(f"{index}"): b"".join(line + b"\n" for line in lines) for index, lines in enumerate(senders)}
    decoded, counts = SendersReader(DIALECTS.values()).read(texts, PLACE)
    for index, lines in enumerate(senders):
        mine = counts[origin(f"{index}")]
        assert mine["", "lines"] == len(lines) == sum(mine.values()) - mine["", "lines"]
        made = decoded.batch.filter(pl.col("source") == f"syslog:{index}")
        assert len(made) == sum(count for (_, outcome), count in mine.items() if outcome == "records")
    assert sum(counts.values(), Counter()) == +decoded.counts


def test_machines_that_send_their_uptime_are_counted_from_their_own_starts() -> None:
    packet = b"IN=eth0 OUT= SRC=198.18.0.1 DST=192.0.2.2 LEN=40 TOS=0x00 PREC=0x00 TTL=241 ID=1 PROTO=TCP SPT=1 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0\n"
    reader = SendersReader(DIALECTS.values())
    first = {origin("old"): b"[900000.000000] " + packet, origin("new"): b"[5.000000] " + packet}
    decoded, _ = reader.read(first, PLACE)
    assert decoded.batch["time"].to_list() == [REFERENCE, REFERENCE]
    later = {origin("new"): b"[8.500000] " + packet, origin("old"): b"[900001.000000] " + packet}
    decoded, _ = reader.read(later, PLACE + 10_000)
    assert decoded.batch["time"].to_list() == [REFERENCE + 3_500_000, REFERENCE + 1_000_000]
