"""The nftables rules of the how-to bring a port to `varde catch` with the stranger's own address, in three network namespaces."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.running import ROOT

pytestmark = [
    pytest.mark.peer("ip", "nft"),
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
    pytest.mark.xdist_group("catch dnat"),
]

OUTSIDE, ROUTER_OUTSIDE, ROUTER_INSIDE, INSIDE = "10.99.77.1", "10.99.77.2", "10.99.78.1", "10.99.78.2"


def _run(*command: str, stdin: str | None = None) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, input=stdin).stdout


def _rules(outside: str) -> str:
    page = (ROOT / "docs" / "how-to" / "catch-a-port.md").read_text(encoding="utf-8")
    (rules,) = re.findall(r"```nft\n(.*?)```", page, re.DOTALL)
    assert INSIDE in rules and '"wan0"' in rules
    return rules.replace('"wan0"', f'"{outside}"')


@contextlib.contextmanager
def stranger_router_varde() -> Iterator[tuple[str, str]]:
    """The names of the stranger's namespace and of Varde's; a router with the how-to's rules stands between them."""
    ip, tag = str(find_peer("ip")), uuid.uuid4().hex[:6]
    stranger, router, varde = (f"{letter}{tag}" for letter in "srv")
    try:
        for name in (stranger, router, varde):
            _run(ip, "netns", "add", name)
        for name, far, here, there in ((stranger, "wan", OUTSIDE, ROUTER_OUTSIDE), (varde, "lan", INSIDE, ROUTER_INSIDE)):
            _run(ip, "link", "add", name, "netns", name, "type", "veth", "peer", "name", far + tag, "netns", router)
            _run(ip, "-n", name, "addr", "add", f"{here}/24", "dev", name)
            _run(ip, "-n", router, "addr", "add", f"{there}/24", "dev", far + tag)
            for place, link in ((name, name), (name, "lo"), (router, far + tag)):
                _run(ip, "-n", place, "link", "set", link, "up")
            _run(ip, "-n", name, "route", "add", "default", "via", there)
        _run(ip, "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        _run(ip, "netns", "exec", router, str(find_peer("nft")), "-f", "-", stdin=_rules("wan" + tag))
    except (subprocess.CalledProcessError, OSError) as error:
        _remove(stranger, router, varde)
        pytest.skip(f"this machine gives no namespaces with address translation: {error}")
    try:
        yield stranger, varde
    finally:
        _remove(stranger, router, varde)


def _remove(*names: str) -> None:
    for name in names:
        subprocess.run([str(find_peer("ip")), "netns", "del", name], check=False, capture_output=True)


_SEND = f"""
import socket
with socket.create_connection(("{ROUTER_OUTSIDE}", 7547), timeout=20) as tcp:
    tcp.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.sendto(b"OPTIONS sip:nm SIP/2.0\\r\\n\\r\\n", ("{ROUTER_OUTSIDE}", 5060))
"""


def test_the_rules_of_the_how_to_keep_the_source_address(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "VARDE_STORE": str(tmp_path / "store")}
    ip, said = str(find_peer("ip")), tmp_path / "said"
    with stranger_router_varde() as (stranger, varde), said.open("wb") as log:
        command = [ip, "netns", "exec", varde, sys.executable, "-m", "varde", "catch", "7547", "5060/udp", "--stay-root"]
        catch = subprocess.Popen(command, stderr=log, env=environment)
        try:
            _until(said, "catching on", 1)
            _run(ip, "netns", "exec", stranger, sys.executable, "-c", _SEND)
            _until(said, " octets: ", 2)
            catch.send_signal(signal.SIGTERM)
            assert catch.wait(60) == 0, said.read_text()
        finally:
            if catch.poll() is None:
                catch.kill()
                catch.wait()
    answer = subprocess.run([sys.executable, "-m", "varde", "captures", "--json"], env=environment, capture_output=True, text=True, check=True)
    rows = {row["dst_port"]: row for row in json.loads(answer.stdout)["captures"]}
    assert {port: (row["src_addr"], row["dst_addr"], row["proto_name"]) for port, row in rows.items()} == {
        7547: (OUTSIDE, INSIDE, "tcp"), 5060: (OUTSIDE, INSIDE, "udp"),
    }  # fmt: skip
    assert rows[5060]["known"] == "Nmap SIP probe"


def _until(said: Path, words: str, times: int) -> None:
    for _ in range(9000):
        if said.read_text().count(words) >= times:
            return
        time.sleep(0.01)
    raise AssertionError(said.read_text())
