"""Rules of the real kernel in two network namespaces write lines, and each packet sent is one record."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import ROOT, wait_for

pytestmark = [
    pytest.mark.peer("ip", "nft"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.xdist_group("kernel log"),
]

SWITCH = Path("/proc/sys/net/netfilter/nf_log_all_netns")  # without it, rules in a namespace are silent
RULES = """
table inet t {{
  chain in {{
    type filter hook input priority filter; policy accept;
    tcp dport 22 log prefix "{tag} DROP-SSH " drop
    tcp dport 7547 log prefix "{tag} DROP-FLAGS " flags all drop
    udp dport 7 log prefix "[{tag} DROP udp] " drop
  }}
}}
"""


def _run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, input=stdin).stdout


@contextlib.contextmanager
def namespaces(tag: str) -> Iterator[tuple[str, str]]:
    """Two namespaces joined by a pair of interfaces, v4 and v6; the second has the rules."""
    ip, a, b = str(find_peer("ip")), f"va{tag}", f"vb{tag}"
    before = SWITCH.read_text()
    try:
        for name in (a, b):
            _run(ip, "netns", "add", name)
        _run(ip, "link", "add", a, "netns", a, "type", "veth", "peer", "name", b, "netns", b)
        for name, number in ((a, 1), (b, 2)):
            _run(ip, "-n", name, "addr", "add", f"10.99.76.{number}/24", "dev", name)
            _run(ip, "-n", name, "addr", "add", f"fd99:76::{number}/64", "dev", name, "nodad")
            _run(ip, "-n", name, "link", "set", name, "up")
        SWITCH.write_text("1")
        _run(ip, "netns", "exec", b, str(find_peer("nft")), "-f", "-", stdin=RULES.format(tag=tag))
        yield a, b
    except (subprocess.CalledProcessError, OSError) as error:
        pytest.skip(f"this machine gives no namespaces with logging rules: {error}")
    finally:
        SWITCH.write_text(before)
        for name in (a, b):
            subprocess.run([ip, "netns", "del", name], check=False, capture_output=True)


_SEND = """
import socket, sys
for family, host in ((socket.AF_INET, "10.99.76.2"), (socket.AF_INET6, "fd99:76::2")):
    for port in (22, 7547):
        with socket.socket(family, socket.SOCK_STREAM) as tcp:
            tcp.settimeout(0.1)
            try:
                tcp.connect((host, port))
            except OSError:
                pass
    with socket.socket(family, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"knock", (host, 7))
"""


def test_each_packet_that_nftables_logs_is_one_record(tmp_path: Path) -> None:
    if not SWITCH.exists():
        pytest.skip("this kernel has no net.netfilter.nf_log_all_netns")
    tag = uuid.uuid4().hex[:6]
    with namespaces(tag) as (a, _):
        _run(str(find_peer("ip")), "netns", "exec", a, sys.executable, "-c", _SEND)
        wait_for(lambda: _kernel_lines(tag).count("DROP udp") >= 2, 10)
    text = _kernel_lines(tag)
    log = tmp_path / "kernel.log"
    log.write_text(text)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    decode = subprocess.run([sys.executable, "-m", "varde", "decode", str(log)], capture_output=True, text=True, env=environment, check=True)
    records = [json.loads(line) for line in decode.stdout.splitlines()]
    assert len(records) == text.count("\n") >= 6
    assert {r["dst_port"] for r in records} == {22, 7547, 7}
    assert {r["src_addr"] for r in records} == {"10.99.76.1", "fd99:76::1"}
    assert {r["action"] for r in records} == {"block"}
    assert {r["in_if"] for r in records} == {f"vb{tag}"}
    assert all(r["tcp_flags"] == "SYN" and r["tcp_window"] > 0 for r in records if r["proto"] == socket.IPPROTO_TCP)
    assert all("tcp_seq" in r for r in records if r["dst_port"] == 7547)


def _kernel_lines(tag: str) -> str:
    return "".join(line for line in _run("dmesg").splitlines(keepends=True) if tag in line)
