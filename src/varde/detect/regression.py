"""Bayesian logistic regression: how likely all that a source began by one protocol is a scan.

Metrics and coefficients are those of C. Gates, J. McNutt, J. Kadane and M. Kellner, "Scan Detection on Very Large Networks Using
Logistic Regression Modeling" (2006), as rwscan has them. Where its manual page says a mean or a run, it is one here."""

import numpy as np
import polars as pl

from varde.decode.addresses import matrix
from varde.detect.probing import ACK, ICMP, ICMP6, TCP, UDP

KEY = ["src_addr", "proto"]

FEW_PACKETS = 3
"""A flow of fewer has no data."""

PAYLOAD = 60
"""Octets a packet that are more than headers."""

LOW_PORTS = 1024

_TCP = {"intercept": -2.838353611, "no_ack": 3.309023427, "few": -0.157047027, "ports_each": -0.002319304, "payload": -1.047413699, "targets": 3.163018548}
_UDP = {
    "intercept": -1.887907966, "few": 0.543683505, "run": 0.025150994, "low_ports": 0.529094801, "low_run": -1.244182168, "ports_each": -0.001841634,
    "payload": -0.224548546, "src_ports": -0.697943155,
}  # fmt: skip
_ICMP = {"intercept": -4.307079, "net_run": -0.08245704, "run": -0.02800612, "in_net": 0.04877852, "addresses": -0.000006398878, "requests": 4.016751}
COEFFICIENTS = {TCP: _TCP, UDP: _UDP, ICMP: _ICMP, ICMP6: _ICMP}
"""By protocol and metric. The share of backscatter, which TCP's model has too, is zero here: it is taken out before."""


def regression(began: pl.DataFrame, all_of: pl.DataFrame) -> pl.DataFrame:
    """`src_addr`, `proto` and `probability` of each source and protocol. `began`: what `probing` leaves; `all_of`: with `observed`, how
    many there were before, for the share of ICMP that asks."""
    metrics = _shared(began).join(_runs(began), on=KEY, how="left").join(all_of, on=KEY, how="left")
    if (began["proto"] == UDP).any():
        metrics = metrics.join(_low_ports(began), on=KEY, how="left")
    else:
        metrics = metrics.with_columns(low_ports=pl.lit(0), low_run=pl.lit(0))
    metrics = metrics.with_columns(requests=pl.col("flows") / pl.col("observed"), low_ports=pl.col("low_ports").fill_null(0), low_run=pl.col("low_run").fill_null(0))
    score = pl.coalesce(pl.when(pl.col("proto") == proto).then(_score(weights)) for proto, weights in COEFFICIENTS.items())
    return metrics.select(*KEY, probability=1 / (1 + (-score).exp()))


def _score(weights: dict[str, float]) -> pl.Expr:
    return pl.sum_horizontal(pl.lit(weight) if name == "intercept" else pl.col(name) * weight for name, weight in weights.items())


def _shared(began: pl.DataFrame) -> pl.DataFrame:
    """Shares of flows and counts of ends. `targets` are addresses of TCP, and addresses with their ports of UDP."""
    each = pl.when(pl.col("proto") == TCP).then(pl.lit(None, dtype=pl.Int64)).otherwise(pl.col("dst_port"))
    ports = began.group_by([*KEY, "dst_addr", each.alias("port")]).agg(ports=pl.col("src_port").n_unique()).group_by(KEY).agg(ports_each=pl.col("ports").mean())
    sums = began.group_by(KEY).agg(
        flows=pl.len(), no_ack=(pl.col("tcp_flags").fill_null(0) & ACK == 0).mean(), few=(pl.col("packets") < FEW_PACKETS).mean(),
        payload=(pl.col("octets") // pl.max_horizontal(pl.col("packets"), 1) > PAYLOAD).mean(), targets=pl.col("dst_addr").n_unique() / pl.len(),
        addresses=pl.col("dst_addr").n_unique(), src_ports=pl.col("src_port").n_unique() / pl.len(),
    )  # fmt: skip
    return sums.join(ports, on=KEY, how="left")


def _runs(began: pl.DataFrame) -> pl.DataFrame:
    """Of each source the most addresses one behind the other and in all in a network of 256, and the most such networks in a row."""
    ends = began.select(*KEY, "dst_addr").unique().sort(*KEY, "dst_addr")
    octets = matrix(ends["dst_addr"].fill_null(bytes(16)))
    number = octets[:, 12:].copy().view(">u4").ravel().astype(np.int64)
    ends = ends.with_columns(net=pl.Series(number >> 8), host=pl.Series(number), high=ends["dst_addr"].bin.slice(0, 12))
    in_net = ends.group_by([*KEY, "high", "net"]).agg(in_net=pl.len()).group_by(KEY).agg(pl.col("in_net").max())
    runs = _longest(ends, [*KEY, "high", "net"], "host", "run")
    nets = _longest(ends.select(*KEY, "high", "net").unique(maintain_order=True), [*KEY, "high"], "net", "net_run")
    return in_net.join(runs, on=KEY).join(nets, on=KEY)


def _longest(rows: pl.DataFrame, group: list[str], number: str, name: str) -> pl.DataFrame:
    """Of each source the longest run of numbers that follow each other within a group. `rows` are distinct and in order."""
    breaks = pl.col(number).diff().fill_null(0).ne(1) | ~pl.all_horizontal(pl.col(column).eq_missing(pl.col(column).shift(1)) for column in group)
    runs = rows.with_columns(run_of=breaks.cum_sum()).group_by([*KEY, "run_of"]).agg(length=pl.len())
    return runs.group_by(KEY).agg(pl.col("length").max().alias(name))


def _low_ports(began: pl.DataFrame) -> pl.DataFrame:
    """The most ports below 1024 that one address was asked on, and the most in a row."""
    low = began.filter((pl.col("proto") == UDP) & (pl.col("dst_port") < LOW_PORTS)).select(*KEY, "dst_addr", "dst_port").unique().sort(*KEY, "dst_addr", "dst_port")
    most = low.group_by([*KEY, "dst_addr"]).agg(low_ports=pl.len()).group_by(KEY).agg(pl.col("low_ports").max())
    return most.join(_longest(low, [*KEY, "dst_addr"], "dst_port", "low_run"), on=KEY, how="left")
