"""Refused probes by plane and port, in bounded memory."""

import polars as pl

from varde.live import Knocks
from varde.live.knocks import PORTS_TOLD


def octets(text: str) -> bytes:
    import ipaddress

    address = ipaddress.ip_address(text)
    return b"\x00" * 10 + b"\xff\xff" + address.packed if address.version == 4 else address.packed


def probes(*rows: tuple[str, int, int | None, str]) -> pl.DataFrame:
    made = [(octets(src), proto, port, action) for src, proto, port, action in rows]
    return pl.DataFrame(made, schema={"src_addr": pl.Binary, "proto": pl.Int64, "dst_port": pl.Int64, "action": pl.String}, orient="row")


def test_refused_probes_are_counted_by_plane_and_port() -> None:
    knocks = Knocks()
    knocks.watch("probes", probes(("192.0.2.1", 6, 23, "block"), ("2001:db8::1", 6, 23, "reject"), ("192.0.2.1", 17, 53, "unknown"), ("192.0.2.1", 1, None, "block"),
                                  ("192.0.2.1", 6, 80, "allow"), ("192.0.2.1", 47, None, "block")))  # fmt: skip
    knocks.watch("logins", pl.DataFrame({"action": ["block"]}))
    assert knocks.planes() == {"tcp4": 1, "tcp6": 1, "udp4": 1, "icmp": 1, "other": 1}
    assert knocks.ports() == {"tcp/23": 2, "udp/53": 1, "other": 0}


def test_those_knocked_at_of_late_are_told_and_the_rest_is_one_number() -> None:
    knocks = Knocks()
    knocks.watch("probes", probes(*[("192.0.2.1", 6, port, "block") for port in range(100) for _ in range(1 + (port < 10))]))
    assert knocks.ports() == {f"tcp/{port}": 2 for port in range(10)} | {"other": 90}
    for _ in range(20):
        knocks.fade(1440)
    knocks.watch("probes", probes(*[("192.0.2.1", 17, port, "block") for port in range(PORTS_TOLD)]))
    assert knocks.ports() == {f"udp/{port}": 1 for port in range(PORTS_TOLD)} | {"other": 90}
    knocks.watch("probes", probes(("192.0.2.1", 6, 50, "block"), *[("192.0.2.1", 17, port, "block") for port in range(PORTS_TOLD)]))
    assert knocks.ports()["other"] == 91, "what came to a port while it was told is not told again"


def test_other_ports_only_grow_whoever_is_told() -> None:
    knocks, before = Knocks(), 0
    for day in range(30):
        busy = [("192.0.2.1", 6, 100 * day + port, "block") for port in range(PORTS_TOLD + 5) for _ in range(20)]
        knocks.watch("probes", probes(*busy, ("192.0.2.1", 17, 53, "block")))
        told = knocks.ports()
        assert before <= told["other"] <= before + len(busy) + 1 and len(told) == PORTS_TOLD + 1
        before = told["other"]
        knocks.fade(1440)
