"""varde listen --flows as a process, and what flow exporters, flow templates and status say of it."""

import json
import socket
import struct
from pathlib import Path

from cli_run import Up, varde
from material import stored

from varde.store import Store


def datagram5(sequence: int, count: int) -> bytes:
    """NetFlow v5 with flows from 198.18.0.0/15 to 192.0.2.1; synthetic."""
    head = struct.pack(">HHIIIIBBH", 5, count, 3_600_000, 1_700_000_000, 0, sequence, 0, 0, 0)
    flows = [(0xC6120000 + n, 0xC0000201, 0, 1, 2, 10, 1000, 1000, 2000, 40_000, 443, 0, 27, 6, 0, 0, 0, 24, 24, 0) for n in range(count)]
    return head + b"".join(struct.pack(">IIIHHIIIIHHBBBBHHBBH", *flow) for flow in flows)


TEMPLATE9 = struct.pack(">HHIIII", 9, 1, 3_600_000, 1_700_000_000, 0, 5) + bytes.fromhex("0000001401000003000800040001000400070002")


def test_what_a_collector_took_in_is_told_with_what_it_missed(tmp_path: Path) -> None:
    with Up(tmp_path, "--flows", "127.0.0.1:0", command="listen") as up:
        port = up.port("flows on udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in (datagram5(0, 30), datagram5(90, 10), TEMPLATE9):
                sender.sendto(datagram, ("127.0.0.1", port))
        assert up.stop() == 0
    assert len(stored(Store(tmp_path / "store"), "flows")) == 40
    document = json.loads(varde(tmp_path, "flow", "exporters", "--json").out)
    told = {one["protocol"]: one for one in document["exporters"]}
    assert (told["netflow5"]["flows"], told["netflow5"]["lost"], told["netflow5"]["share_seen"]) == (40, 60, 0.4)
    assert document["share_seen"] == 0.4
    status = json.loads(varde(tmp_path, "status", "--json").out)
    assert (status["share_seen"], status["flows_seen"]) == (0.4, document["flows_seen"])
    for command in (["flow", "exporters"], ["status"]):
        assert "40 % of exported flows seen; lost: 60 flows of 127.0.0.1" in varde(tmp_path, *command).out
    status = varde(tmp_path, "status").out
    assert " counts of losses in " in status and "losse " not in status
    assert "sensor flows: netflow5, " in status and "last record 20" in status, "the flows have their exporter's name, the collector their time"
    assert "NetFlow v9 domain 5: template 256, " in (listed := varde(tmp_path, "flow", "templates").out)
    assert ": 8:4 1:4 7:2" in listed
    (template,) = json.loads(varde(tmp_path, "flow", "templates", "--json").out)
    assert (template["number"], template["exporter"], len(template["fields"])) == (256, "127.0.0.1", 3)


def test_without_exporters_the_answer_says_what_to_do(tmp_path: Path) -> None:
    for command in ("exporters", "templates"):
        done = varde(tmp_path, "flow", command)
        assert (done.status, done.out) == (1, "")
        assert "no flows were received yet" in done.err


def test_a_taken_port_and_a_wrong_address_are_said(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        done = varde(tmp_path, "listen", "--flows", f"127.0.0.1:{taken.getsockname()[1]}")
        assert done.status == 2 and "the port is taken" in done.err and "--flows" in done.err
    assert "flows come over UDP, or TCP for IPFIX" in varde(tmp_path, "listen", "--flows", "tls://127.0.0.1:1").err
