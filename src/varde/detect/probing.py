"""Which observations can be part of a scan: those that their source began.

Answers look like scans, because a busy server speaks to thousands of addresses from one port, and so do victims of floods whose senders
lie about who they are."""

import polars as pl

COLUMNS: dict[str, pl.DataType] = {
    "src_addr": pl.Binary(), "dst_addr": pl.Binary(), "src_port": pl.Int64(), "dst_port": pl.Int64(), "proto": pl.Int64(), "tcp_flags": pl.Int64(),
    "icmp_type": pl.Int64(), "packets": pl.Int64(), "octets": pl.Int64(), "time": pl.Int64(), "end_time": pl.Int64(), "initiator": pl.String(),
    "exists": pl.Boolean(),
}  # fmt: skip
"""What detectors are given of flows or probes. `exists`: whether the destination is known to be there; null where nobody says."""

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
PROTOCOLS = (ICMP, TCP, UDP, ICMP6)

FIN, SYN, RST, ACK = 1, 2, 4, 16
STATE = FIN | SYN | RST | ACK
"""Flags that tell the state of a connection."""

REQUESTS = {ICMP: (8, 13, 15, 17), ICMP6: (128,)}
"""Types that ask for an answer: echo, timestamp, information, mask."""

ANSWERING_PORTS = (53, 123)
"""UDP: what comes from there to a high port is an answer of DNS or NTP."""

_PRIVILEGED = 1024


def only_syn() -> pl.Expr:
    """Connections that were asked for and nothing more."""
    return (pl.col("tcp_flags") & STATE) == SYN


def backscatter() -> pl.Expr:
    """TCP that only an answer to somebody else can be: SYN with ACK, and resets."""
    return (pl.col("proto") == TCP) & (pl.col("tcp_flags") & 0x1F).is_in([RST, SYN | ACK, RST | ACK])


def request() -> pl.Expr:
    """ICMP that asks for an answer."""
    return pl.any_horizontal((pl.col("proto") == proto) & pl.col("icmp_type").is_in(types) for proto, types in REQUESTS.items())


def probing(observed: pl.DataFrame) -> pl.DataFrame:
    """Rows with COLUMNS that their source began. A source cannot hide by the port that it sends from: SYN alone is never an answer."""
    proto = pl.col("proto")
    answered = (pl.col("initiator") == "dst").fill_null(value=False)
    of_service = pl.col("src_port").is_in(ANSWERING_PORTS) & (pl.col("dst_port") >= _PRIVILEGED)
    began = (
        pl.when(proto == TCP).then(only_syn() | ~(answered | backscatter()))
        .when(proto == UDP).then(~(answered | of_service)).when(proto.is_in([ICMP, ICMP6])).then(request()).otherwise(statement=False)
    )  # fmt: skip
    return observed.filter(began.fill_null(value=True))
