"""Flags of TCP that no connection begins with, by name: what scans send to tell a closed port from a filtered one."""

import polars as pl

from varde.detect.probing import ACK, FIN, RST, SYN, TCP

PSH, URG = 8, 32
_KNOWN = FIN | SYN | RST | PSH | ACK | URG

NAMES = ("", "xmas", "null", "fin", "syn+fin", "ack", "other")
"""By number; 0 is a SYN, another protocol, or flags that nobody logged."""

XMAS, NULL, ONLY_FIN, SYN_FIN, ONLY_ACK, OTHER = range(1, len(NAMES))

SERVED_PORTS = (20, 21, 22, 25, 53, 80, 110, 143, 443, 465, 587, 853, 993, 995, 3478, 5222, 5228, 8080, 8443)
"""From there an ACK is the late packet of a connection that the firewall has forgotten, to a port that was somebody's own."""

_EXACT = {FIN | PSH | URG: XMAS, 0: NULL, FIN: ONLY_FIN, FIN | URG: OTHER, PSH | URG: OTHER, PSH: OTHER, URG: OTHER, FIN | PSH: OTHER}


def oddness() -> pl.Expr:
    """Number in NAMES of each row's flags. A packet of a connection that stood, or seems to have stood, is not odd."""
    flags = pl.col("tcp_flags") & _KNOWN
    strange = (flags & SYN != 0) & (flags & FIN != 0)
    late = pl.col("src_port").is_in(SERVED_PORTS).fill_null(value=True)
    odd = (
        pl.when(strange).then(SYN_FIN).when((flags == ACK) & ~late).then(ONLY_ACK)
        .otherwise(flags.replace_strict(_EXACT, default=0, return_dtype=pl.Int64))
    )  # fmt: skip
    return pl.when(pl.col("proto") == TCP).then(odd).otherwise(0).fill_null(0).cast(pl.Int64).alias("oddness")


def of_a_connection() -> pl.Expr:
    """TCP that has ACK and is not odd: what is late or left over of a connection that stood, as servers send it to ports of those who asked."""
    return ((pl.col("proto") == TCP) & (pl.col("tcp_flags") & ACK != 0) & (oddness() == 0)).fill_null(value=False)
