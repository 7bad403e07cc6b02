"""NetFlow v5 datagrams become rows, each counted once."""

import struct
from zoneinfo import ZoneInfo

from varde.decode import Origin
from varde.decode.addresses import octets_of, text_of
from varde.decode.flow import Datagrams, FlowDecoder

ORIGIN = Origin("gw", "s", "f", 0, ZoneInfo("UTC"), 0)


def test_a_v5_datagram_becomes_a_row_for_each_record() -> None:
    header = struct.pack(">HHIIIIBBH", 5, 1, 60_000, 1_795_300_000, 0, 7, 1, 2, 1 << 14 | 100)
    record = struct.pack(
        ">4s4s4sHHIIIIHHBBBBHHBBH", bytes([10, 0, 0, 5]), bytes([203, 0, 113, 5]), bytes([192, 0, 2, 1]), 3, 4, 2, 120, 10_000, 20_000,
        443, 51022, 0, 18, 6, 0, 64512, 64513, 24, 16, 0,
    )  # fmt: skip
    exporter = octets_of("192.0.2.254")
    assert exporter
    batch = FlowDecoder().decode(Datagrams.of([header + record], exporter, 1_795_300_001_000_000), ORIGIN)
    (row,) = batch.flows.rows(named=True)
    assert (text_of(row["src_addr"]), row["src_port"], text_of(row["dst_addr"]), row["dst_port"]) == ("10.0.0.5", 443, "203.0.113.5", 51022)
    assert (row["time"], row["end_time"]) == (1_795_299_950_000_000, 1_795_299_960_000_000)
    assert (row["packets"], row["octets"], row["sampling"], row["octets_scaled"]) == (2, 120, 100, 12_000)
    assert (text_of(row["exporter"]), row["domain"], text_of(row["next_hop"])) == ("192.0.2.254", 258, "192.0.2.1")
    assert batch.counts == {("", "lines"): 1, ("netflow5", "records"): 1}
