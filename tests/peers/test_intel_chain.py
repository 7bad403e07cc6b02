"""The whole way of a list, with real programs: OTX (a stand-in) -> Varde -> named, nftables and ipset -> named's log -> a warning;
then the pulse is unsubscribed and goes from everything, and a rollback brings everything back together."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.collect.stand_in import standing_in
from tests.conftest import find_peer
from tests.otx_stand_in import KEY, Otx, pulse
from tests.peers.isolated import Network, network
from tests.peers.nameserver import ANSWER, ZONE, dig, free_port, named_running
from tests.peers.running import ROOT, up, wait_for
from tests.warned import ARTICLE, flow, flows
from varde.store import Store

pytestmark = [
    pytest.mark.peer("named", "named-checkzone", "dig", "nft", "ipset", "ip"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes network namespaces"),
]

BAD, WORSE = 0xBAD, 0xBADBAD
PULSES = [
    pulse(BAD, "203.0.113.5", "203.0.113.6", "8.8.8.8", "10.1.2.3", names=("evil.example", "bank.example", "co.uk")),
    pulse(WORSE, "198.51.100.9", names=("worse.example",)),
]  # fmt: skip
HARMLESS = [
    {"name": "Resolvers", "version": 1, "type": "cidr", "list": ["8.8.8.0/24"], "matching_attributes": ["ip-dst"]},
    {"name": "Banks", "version": 1, "type": "hostname", "list": ["bank.example"], "matching_attributes": ["domain"]},
]  # fmt: skip
"""Warning lists in MISP's form."""

NAMES = ["evil.example", "www.evil.example", "worse.example", "bank.example", "good.deep.evil.example", "unlisted.example"]
BLOCKED, FREE = "NXDOMAIN", "NOERROR"


@dataclass
class Home:
    """Where Varde of the test lives."""

    folder: Path
    network: Network

    def varde(self, *words: str, status: int = 0) -> Any:
        """What a command says as JSON; its standard error where it must fail."""
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(self.folder), "TZ": "UTC"}
        command = [sys.executable, "-m", "varde", *words, "--json", "--store", str(self.folder / "store"), "--config", str(self.folder / "varde.toml")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment, cwd=self.folder, check=False)
        assert done.returncode == status and "Traceback" not in done.stderr, (words, done.stdout, done.stderr)
        return json.loads(done.stdout) if status == 0 else done.stderr

    def blocked(self) -> dict[str, set[str]]:
        """What the kernel holds, by nftables and by ipset."""
        nft = self._inside(str(find_peer("nft")), "-j", "list", "set", "inet", "varde", "bl4")
        elements = next(one["set"].get("elem", []) for one in json.loads(nft)["nftables"] if "set" in one)
        ipset = self._inside(str(find_peer("ipset")), "list", "varde4")
        return {"nft": set(_addresses(elements)), "ipset": set(re.findall(r"(?m)^([0-9.]+) ", ipset))}

    def _inside(self, *words: str) -> str:
        return subprocess.run(self.network.inside(*words), capture_output=True, text=True, check=True, timeout=60).stdout


def _addresses(elements: list[Any]) -> Iterator[str]:
    """Single addresses, and the ends of the ranges that nft makes of neighbours."""
    for one in elements:
        value = one["elem"]["val"] if isinstance(one, dict) and "elem" in one else one
        yield from [value] if isinstance(value, str) else value.get("range") or [f"{value['prefix']['addr']}/{value['prefix']['len']}"]


def _how_to_logging(log: Path) -> str:
    """The lines of named.conf that the how-to says, with our file in the place of theirs."""
    page = (ROOT / "docs" / "how-to" / "hits-come-back.md").read_text(encoding="utf-8")
    block = re.search(r"(?m)^    logging \{\n(?:    .*\n)+?    \};\n", page)
    assert block
    said = '"/var/log/named/rpz.log"'
    assert said in block[0]
    return re.sub("(?m)^    ", "", block[0]).replace(said, f'"{log}"')


@contextlib.contextmanager
def _nameserver(folder: Path, log: Path) -> Iterator[tuple[int, list[str]]]:
    """named that logs as the how-to says; its port, and the words that reload its zone."""
    (folder / "rpz.db").write_text("$TTL 60\n@ IN SOA localhost. root.localhost. 2026010100 1 1 1 1\n@ IN NS localhost.\n")
    control, key = free_port(), 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0IG9mIGEgdGVzdCwgbm90IGEgc2VjcmV0"; };\n'
    (folder / "rndc.conf").write_text(f'{key}options {{ default-key "k"; default-server 127.0.0.1; default-port {control}; }};\n')
    more = f'{key}controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ "k"; }}; }};\n{_how_to_logging(log)}'
    with named_running(folder, folder / "rpz.db", controls=more, own_logging=True) as port:
        yield port, [str(find_peer("named").with_name("rndc")), "-c", str(folder / "rndc.conf"), "reload", ZONE]


def _configure(home: Home, otx: str, port: int, reload: list[str], *, hosts_max: int) -> None:
    folder = home.folder
    ipset = home.network.inside("sh", "-c", f"ipset restore < {folder}/varde.ipset")
    nft = home.network.inside("nft", "-f", f"{folder}/varde.nft")
    lists = "".join(f'[[list]]\nname = "harmless{at}"\nurl = "{folder}/harmless{at}.json"\nrole = "allow"\n' for at in range(len(HARMLESS)))
    (folder / "varde.toml").write_text(
        f'[[list]]\nname = "otx"\nurl = "{otx}"\nformat = "otx-direct"\nkey_file = "{folder}/otx.key"\n{lists}'
        '[[allow]]\nentry = "good.deep.evil.example"\n[[home]]\nnetwork = "10.0.0.0/8"\n'
        f'[[publish]]\nname = "dns"\nformat = "rpz"\npath = "{folder}/rpz.db"\nask = "127.0.0.1:{port}"\nreload = {json.dumps(reload)}\n'
        f'check = {json.dumps([str(find_peer("named-checkzone")), "-q", ZONE, "{}"])}\n'
        f'[[publish]]\nname = "firewall"\nformat = "nft"\npath = "{folder}/varde.nft"\nhosts_max = {hosts_max}\n'
        f'check = {json.dumps(home.network.inside("nft", "-c", "-f", "{}"))}\nreload = {json.dumps(nft)}\n'
        f'[[publish]]\nname = "ipset"\nformat = "ipset"\npath = "{folder}/varde.ipset"\nreload = {json.dumps(ipset)}\n'
        f'[[sink]]\nname = "file"\nkind = "file"\nformat = "json"\npath = "{folder}/warnings.json"\n'
    )  # fmt: skip


def _talked(store: Path) -> None:
    """Two hosts of ours talked with what the first pulse lists an hour ago, and were answered. Synthetic."""
    at = (datetime.now(timezone.utc) - timedelta(hours=1) - ARTICLE).total_seconds()
    pairs = [("10.0.0.5", "203.0.113.5"), ("10.0.0.6", "203.0.113.6")]
    rows = [flow(src, dst, 40_000, 443, at=at) for src, dst in pairs] + [flow(dst, src, 443, 40_000, at=at + 1) for src, dst in pairs]
    Store(store).append("flows", flows(*rows, flow("10.0.0.7", "8.8.8.8", 40_000, 53, at=at), flow("8.8.8.8", "10.0.0.7", 53, 40_000, at=at + 1)))


def _answers(port: int) -> list[str]:
    # one at a time: a resolver answers a name again from its cache where the policy has not changed
    return [dig(port, [name])[name][0] for name in NAMES]


def _serial(port: int) -> int:
    done = subprocess.run([find_peer("dig"), "-p", str(port), "@127.0.0.1", "+short", ZONE, "SOA"], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[2])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "otx.key").write_text(KEY + "\n")
    for at, document in enumerate(HARMLESS):
        (tmp_path / f"harmless{at}.json").write_text(json.dumps(document))
    _talked(tmp_path / "store")
    with network() as made:
        yield Home(tmp_path, made)


@pytest.mark.timeout(240)
def test_a_pulse_blocks_warns_and_goes_again(home: Home) -> None:
    otx, log = Otx(list(PULSES)), home.folder / "rpz.log"
    with standing_in(otx) as server, _nameserver(home.folder, log) as (port, reload):
        otx.url = server.url
        _configure(home, server.url, port, reload, hosts_max=0)
        assert _answers(port) == [FREE] * 6
        _comes_in(home)
        _is_rehearsed_proved_and_published(home, server.url, port, reload)
        with up(home.folder, str(log), "--config", str(home.folder / "varde.toml")) as running:
            _is_asked_for_and_warned_of(home, port, running)
        seen = home.varde("why", "evil.example")["seen"]
        assert {one["table"] for one in seen} == {"dns", "warnings"}, "what named refused, and what was warned of it"
        _goes(home, otx, port)
        _comes_back(home, port)


def _comes_in(home: Home) -> None:
    told = {one["name"]: one for one in home.varde("intel", "update")["lists"]}
    # private space, a resolver and a bank of the warning lists, and a public suffix are never matched
    assert (told["otx"]["by_type"], told["otx"]["suppressed"], told["otx"]["error"]) == ({"domain": 4, "ipv4": 5}, 4, None)
    why = home.varde("why", "8.8.8.8")
    assert (why["rules"], why["outputs"], why["lists"][0]["id"]) == (["allowed by harmless0 8.8.8.0/24"], [], f"{BAD:024x}")


def _is_rehearsed_proved_and_published(home: Home, otx: str, port: int, reload: list[str]) -> None:
    told = home.varde("intel", "rehearse")
    assert [(one["address"], one["listed"]) for one in told["hosts"]] == [("10.0.0.5", 1), ("10.0.0.6", 1)], "8.8.8.8 is no hit"
    refused = home.varde("intel", "publish", status=1)
    assert "2 hosts of yours talked with what is listed (10.0.0.5, 10.0.0.6), more than hosts_max = 0" in refused
    assert _answers(port) == [FREE] * 6
    _configure(home, otx, port, reload, hosts_max=2)
    outputs = {one["name"]: one for one in home.varde("intel", "publish")["outputs"]}
    assert _serial(port) == outputs["dns"]["serial"] > 2026010100
    assert _answers(port) == [BLOCKED] * 3 + [FREE] * 3
    assert home.blocked() == {"nft": {"203.0.113.5", "203.0.113.6", "198.51.100.9"}, "ipset": {"203.0.113.5", "203.0.113.6", "198.51.100.9"}}
    proof = home.varde("intel", "prove", str(home.folder / "rpz.db"))
    assert proof["holds"] and proof["names"] == 2 and proof["addresses"] == 3


def _is_asked_for_and_warned_of(home: Home, port: int, running: Any) -> None:
    assert dig(port, ["www.evil.example"])["www.evil.example"] == (BLOCKED, ())
    warnings = home.folder / "warnings.json"
    wait_for(lambda: warnings.exists() and "www.evil.example" in warnings.read_text())
    (warned,) = [one for one in map(json.loads, warnings.read_text().splitlines()) if "www.evil.example" in json.dumps(one)]
    told = json.dumps(warned)
    assert f"{BAD:024x}" in told and "127.0.0.1" in told and "QNAME" in told
    assert not [line for line in running.said if "error" in line.lower() or "fail" in line.lower()]


def _goes(home: Home, otx: Otx, port: int) -> None:
    before = _serial(port)
    otx.unsubscribe(BAD)
    assert home.varde("intel", "update", "otx")["lists"][0]["by_type"] == {"domain": 1, "ipv4": 1}
    refused = home.varde("intel", "publish", status=1)
    assert "would go from 5 entries to 2" in refused, "more than half of it: somebody looks first"
    home.varde("intel", "publish", "--force")
    assert _answers(port) == [FREE, FREE, BLOCKED, FREE, FREE, FREE]
    assert dig(port, ["www.evil.example"])["www.evil.example"] == (FREE, (ANSWER,))
    assert home.blocked() == {"nft": {"198.51.100.9"}, "ipset": {"198.51.100.9"}}
    assert _serial(port) > before
    texts = [(home.folder / name).read_text() for name in ("rpz.db", "varde.nft", "varde.ipset")]
    assert not [text for text in texts if re.search(r"(?m)^(\*\.)?evil\.example", text) or "203.0.113" in text or "113.0.203" in text]
    assert home.varde("why", "evil.example")["lists"] == []


def _comes_back(home: Home, port: int) -> None:
    before = _serial(port)
    home.varde("intel", "rollback")
    assert _serial(port) > before
    assert _answers(port) == [BLOCKED] * 3 + [FREE] * 3
    assert home.blocked() == {"nft": {"203.0.113.5", "203.0.113.6", "198.51.100.9"}, "ipset": {"203.0.113.5", "203.0.113.6", "198.51.100.9"}}
