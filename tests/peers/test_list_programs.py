"""Real unbound, dnsmasq, nft and ipset take the files that Varde writes for them, twice, and do what they say."""

import contextlib
import ipaddress
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.listed import row, text
from tests.peers.how_to import lines, ours
from tests.peers.nameserver import ANSWER, dig, free_port, named
from tests.peers.running import wait_for

VALUES = [
    "evil.example", "sub.evil.example", "bad_name.example", "xn--bcher-kva.example", "203.0.113.5", "198.51.100.0/24", "2001:db8:bad::/48",
    row("192.0.2.7", source="otx", id='x" }; flush ruleset', name="\u202e", description="a\nadd b 0.0.0.0/0"), row("2001:db8::7", id="'; drop"),
]  # fmt: skip
ALLOW = ["198.51.100.64/26", "good.deep.evil.example"]
BLOCKED = ["evil.example", "x.evil.example", "sub.evil.example", "deep.evil.example", "x.deep.evil.example", "bad_name.example"]
FREE = ["good.deep.evil.example", "x.good.deep.evil.example", "notevil.example", "example"]


def _run(*words: object, stdin: str = "", **more: object) -> str:
    done = subprocess.run(list(map(str, words)), input=stdin, capture_output=True, text=True, timeout=60, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return str(done.stdout)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[int]:
    """A name server that knows every name."""
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "rpz.db").write_text(text("rpz", []))
    with named(folder, folder / "rpz.db") as port:
        yield port


@contextlib.contextmanager
def serving(folder: Path, port: int, *words: object) -> Iterator[int]:
    """A name server that is started with these words and answers on the port."""
    log = folder / "said.log"
    with log.open("wb") as said:
        process = subprocess.Popen(list(map(str, words)), cwd=folder, stdout=said, stderr=said)
    try:
        wait_for(lambda: process.poll() is not None or f":{port:04X} " in Path("/proc/net/udp").read_text())
        assert process.poll() is None, log.read_text(errors="replace")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _unbound(folder: Path, world: int, port: int, more: str) -> Path:
    config = folder / "unbound.conf"
    config.write_text(
        f'server:\n  chroot: ""\n  username: ""\n  directory: "{folder}"\n  pidfile: "{folder}/unbound.pid"\n  use-syslog: no\n  interface: 127.0.0.1\n  port: {port}\n'
        f'  do-not-query-localhost: no\n  domain-insecure: "."\n  module-config: "respip iterator"\n  qname-minimisation: no\n{more}'
        f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{world}\nremote-control:\n  control-enable: no\n'
    )  # fmt: skip
    return config


def _check_answers(port: int) -> None:
    answers = dig(port, [*BLOCKED, *FREE])
    assert {name: answers[name][0] for name in BLOCKED} == dict.fromkeys(BLOCKED, "NXDOMAIN")
    assert {name: ANSWER in answers[name][1] for name in FREE} == dict.fromkeys(FREE, True)


@pytest.mark.peer("unbound", "unbound-checkconf", "named", "dig")
def test_unbound_answers_from_its_list(tmp_path: Path, world: int) -> None:
    (tmp_path / "varde.conf").write_text(text("unbound", VALUES, ALLOW))
    port = free_port()
    config = _unbound(tmp_path, world, port, f'include: "{tmp_path}/varde.conf"\n')
    assert "no errors" in _run(find_peer("unbound-checkconf"), config)
    with serving(tmp_path, port, find_peer("unbound"), "-d", "-c", config):
        _check_answers(port)


@pytest.mark.peer("unbound", "unbound-checkconf", "named", "dig")
def test_unbound_answers_from_the_policy_zone_too(tmp_path: Path, world: int) -> None:
    (tmp_path / "rpz.db").write_text(text("rpz", VALUES, ALLOW))
    port = free_port()
    config = _unbound(tmp_path, world, port, f'rpz:\n  name: "rpz.varde"\n  zonefile: "{tmp_path}/rpz.db"\n')
    assert "no errors" in _run(find_peer("unbound-checkconf"), config)
    with serving(tmp_path, port, find_peer("unbound"), "-d", "-c", config):
        _check_answers(port)


@pytest.mark.peer("pdns_recursor", "named", "dig")
def test_the_recursor_of_powerdns_answers_from_the_policy_zone(tmp_path: Path, world: int) -> None:
    (tmp_path / "rpz.db").write_text(text("rpz", VALUES, ALLOW))
    port = free_port()
    (tmp_path / "recursor.lua").write_text(f'rpzFile("{tmp_path}/rpz.db", {{policyName="varde"}})\n')
    (tmp_path / "recursor.conf").write_text(
        f"local-address=127.0.0.1\nlocal-port={port}\nsocket-dir={tmp_path}\ndaemon=no\nforward-zones-recurse=.=127.0.0.1:{world}\ndont-query=\n"
        f"lua-config-file={tmp_path}/recursor.lua\ndnssec=off\nsecurity-poll-suffix=\nserve-rfc1918=no\nsetuid=\nsetgid=\n"
    )  # fmt: skip
    with serving(tmp_path, port, find_peer("pdns_recursor"), f"--config-dir={tmp_path}"):
        _check_answers(port)
    assert "rror" not in re.sub("ServFail|.*security status.*", "", (tmp_path / "said.log").read_text())


@pytest.mark.peer("kresd", "named", "dig")
def test_the_resolver_of_knot_answers_from_the_policy_zone(tmp_path: Path, world: int) -> None:
    (tmp_path / "rpz.db").write_text(text("rpz", VALUES, ALLOW))
    port = free_port()
    (tmp_path / "kresd.conf").write_text(
        f"net.listen('127.0.0.1', {port}, {{ kind = 'dns' }})\nmodules.load('policy')\nmodules.load('hints')\ntrust_anchors.remove('.')\n"
        "hints.root({ ['nobody.example.'] = '127.0.0.77' })\n"
        f"policy.add(policy.rpz(policy.DENY, '{tmp_path}/rpz.db'))\npolicy.add(policy.all(policy.FORWARD('127.0.0.1@{world}')))\ncache.size = 10 * MB\n"
    )  # fmt: skip
    with serving(tmp_path, port, find_peer("kresd"), "-n", "-c", tmp_path / "kresd.conf", tmp_path):
        answers = dig(port, [*BLOCKED, *FREE])
    assert {name: answers[name][0] for name in BLOCKED} == dict.fromkeys(BLOCKED, "NXDOMAIN")
    # PASS ends Knot's rules, so what is allowed is not forwarded to our world but asked of the root servers, which there are none of here
    allowed = [name for name in FREE if name.endswith("good.deep.evil.example")]
    assert {name: ANSWER in answers[name][1] for name in FREE if name not in allowed} == {"notevil.example": True, "example": True}
    assert {answers[name][0] for name in allowed} == {"SERVFAIL"}


@pytest.mark.peer("unbound-checkconf")
@pytest.mark.parametrize("action", ["nxdomain", "nodata", "drop", "192.0.2.99", "2001:db8::99", "walled.example"])
def test_unbound_takes_every_action(tmp_path: Path, action: str) -> None:
    (tmp_path / "varde.conf").write_text(text("unbound", VALUES, ALLOW, action=action))
    assert "no errors" in _run(find_peer("unbound-checkconf"), _unbound(tmp_path, 53, 5353, f'include: "{tmp_path}/varde.conf"\n'))


@pytest.mark.peer("dnsmasq", "named", "dig")
def test_dnsmasq_answers_from_its_list(tmp_path: Path, world: int) -> None:
    (tmp_path / "varde.conf").write_text(text("dnsmasq", VALUES, ALLOW))
    assert "OK" in subprocess.run([find_peer("dnsmasq"), "--test", "-C", tmp_path / "varde.conf"], capture_output=True, text=True, check=True).stderr
    port = free_port()
    words = ("-k", "-p", port, "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", f"--server=127.0.0.1#{world}", "--pid-file", "-u", "root", "-C", tmp_path / "varde.conf")
    with serving(tmp_path, port, find_peer("dnsmasq"), *words):
        _check_answers(port)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes network namespaces")


def _space(texts: list[str]) -> set[str]:
    nets = [ipaddress.ip_network(value) for value in texts]
    return {str(net) for version in (4, 6) for net in ipaddress.collapse_addresses(one for one in nets if one.version == version)}  # type: ignore[type-var]


LISTED = {"203.0.113.5/32", "198.51.100.0/26", "198.51.100.128/25", "192.0.2.7/32", "2001:db8:bad::/48", "2001:db8::7/128"}


@needs_root
@pytest.mark.peer("nft")
@pytest.mark.parametrize("timeout", [None, 3600])
def test_nft_takes_its_sets_again_and_again_and_has_exactly_what_is_listed(tmp_path: Path, timeout: int | None) -> None:
    nft, file, smaller = find_peer("nft"), tmp_path / "varde.nft", tmp_path / "smaller.nft"
    file.write_text(text("nft", VALUES, ALLOW, timeout=timeout))
    smaller.write_text(text("nft", ["203.0.113.9"], timeout=timeout))
    _run("unshare", "-n", nft, "-c", "-f", file)
    told = _run("unshare", "-n", "sh", "-c", f"{nft} -f {smaller} && {nft} -f {file} && {nft} -f {file} && {nft} -j list table inet varde")
    sets = {item["set"]["name"]: item["set"].get("elem", []) for item in json.loads(told)["nftables"] if "set" in item}
    assert set(sets) == {"bl4", "bl6"}
    elements = [element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element for found in sets.values() for element in found]
    assert _space([text_ for element in elements for text_ in _networks(element)]) == LISTED


def _networks(element: object) -> list[str]:
    """An address, a prefix or a range as nft tells it."""
    if isinstance(element, str):
        return [element]
    assert isinstance(element, dict)
    if "prefix" in element:
        return [f"{element['prefix']['addr']}/{element['prefix']['len']}"]
    first, last = map(ipaddress.ip_address, element["range"])
    return [str(net) for net in ipaddress.summarize_address_range(first, last)]  # type: ignore[type-var]


@needs_root
@pytest.mark.peer("nft")
def test_the_rules_of_the_how_to_are_right_before_and_after_publishing(tmp_path: Path) -> None:
    nft, file, folder = find_peer("nft"), tmp_path / "nftables.conf", tmp_path / "nftables.d"
    folder.mkdir()
    rules = ours("\n".join(lines("nftables", "nftables-lists")), {"/etc/nftables.d": str(folder)})
    file.write_text(f"flush ruleset\n{rules}\n")
    published = folder / "varde.nft"
    script = f"{nft} -f {file} && cp {tmp_path}/made {published} && {nft} -c -f {published} && {nft} -f {published} && {nft} -f {file} && {nft} -j list table inet varde"
    (tmp_path / "made").write_text(text("nft", VALUES, ALLOW))
    told = json.loads(_run("unshare", "-n", "sh", "-c", script))["nftables"]
    assert sum("rule" in item for item in told) == 4, "two chains, two rules each, and none twice"
    assert {item["set"]["name"]: bool(item["set"].get("elem")) for item in told if "set" in item} == {"bl4": True, "bl6": True}


@needs_root
@pytest.mark.peer("ipset", "iptables")
def test_the_rules_of_the_how_to_use_the_sets_of_ipset(tmp_path: Path) -> None:
    ipset, file = find_peer("ipset"), tmp_path / "varde.ipset"
    file.write_text(text("ipset", VALUES, ALLOW))
    rules = " && ".join(lines("ipset, with iptables", "nftables-lists"))
    script = f"export PATH=$PATH:/usr/sbin && {ipset} restore < {file} && {rules} && {ipset} restore < {file} && iptables -t raw -S && ip6tables -t raw -S"
    told = _run("unshare", "-n", "sh", "-c", script)
    assert "--match-set varde4 src -j DROP" in told and "--match-set varde6 src -j DROP" in told


@needs_root
@pytest.mark.peer("nft")
def test_nft_takes_a_hundred_thousand_networks(tmp_path: Path) -> None:
    nft, file = find_peer("nft"), tmp_path / "varde.nft"
    file.write_text(text("nft", [f"{first}.{second}.{third}.0/25" for first in (45, 46) for second in range(256) for third in range(0, 256, 5)]))
    assert int(_run("unshare", "-n", "sh", "-c", f"{nft} -f {file} && {nft} list set inet varde bl4 | grep -o /25 | wc -l")) == 2 * 256 * 52


@needs_root
@pytest.mark.peer("ipset")
@pytest.mark.parametrize("timeout", [None, 3600])
def test_ipset_swaps_its_sets_again_and_again_and_has_exactly_what_is_listed(tmp_path: Path, timeout: int | None) -> None:
    ipset, file, smaller = find_peer("ipset"), tmp_path / "varde.ipset", tmp_path / "smaller.ipset"
    file.write_text(text("ipset", VALUES, ALLOW, timeout=timeout))
    smaller.write_text(text("ipset", ["203.0.113.9"], timeout=timeout))
    told = _run("unshare", "-n", "sh", "-c", f"{ipset} restore < {smaller} && {ipset} restore < {file} && {ipset} restore < {file} && {ipset} list && {ipset} list -n")
    found = re.findall(r"^([0-9a-f.:/]+) .*comment ", told, re.MULTILINE)
    assert _space(found) == LISTED
    assert told.splitlines()[-2:] == ["varde4", "varde6"]


@needs_root
@pytest.mark.peer("ipset")
def test_an_ipset_grows_over_its_first_size(tmp_path: Path) -> None:
    ipset, file, smaller = find_peer("ipset"), tmp_path / "varde.ipset", tmp_path / "smaller.ipset"
    smaller.write_text(text("ipset", ["203.0.113.9"]))
    file.write_text(text("ipset", [f"45.{second}.{third}.{fourth}" for second in range(3) for third in range(256) for fourth in range(0, 256, 2)]))
    assert int(_run("unshare", "-n", "sh", "-c", f"{ipset} restore < {smaller} && {ipset} restore < {file} && {ipset} list varde4 | grep -c '^45'")) == 3 * 256 * 128
