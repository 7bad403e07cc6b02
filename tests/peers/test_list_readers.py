"""Readers of what Varde writes for programs that cannot be had for tests: OASIS' validator of STIX, the constant database under the
lists of OSSEC and Wazuh, OISF's reader of Suricata's rules; and the C library's and dnsmasq's reading of a hosts file."""

import base64
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.listed import SINCE, row, text, written
from tests.peers.nameserver import dig, free_port
from tests.peers.test_list_programs import serving

SHA256, SHA512, MD5 = "ab" * 32, "ef" * 64, "cd" * 16
HOSTILE = ["a'] OR [ipv4-addr:value = '0.0.0.0", 'x" }; flush', "\u202etxt", "back\\slash", "a\tb\nc"]
VALUES = [
    row("203.0.113.5", source="otx", id="5f0c", name="Mirai C2", url="https://otx.example/5f0c", expires=SINCE + 1, confidence=80),
    *(row(f"192.0.2.{at}", id=text_, name=text_, description=text_, first_seen=SINCE + at) for at, text_ in enumerate(HOSTILE, 1)),
    row("198.51.100.0/25"), row("2001:db8:bad::/48"), row("2001:db8::5"), row("evil.example"), row("bad_name.example"), row("http://evil.example/x?a='1'", "url"),
    row(SHA256, "hash"), row(SHA512, "hash"), row(MD5, "hash"),
]  # fmt: skip


def _validate(file: Path) -> "subprocess.CompletedProcess[str]":
    # 103: ids are made of what the indicator is, so the next export has the same one; 302, 303: what a list does not tell
    words = [find_peer("stix2-validator"), "--version", "2.1", "--strict", "--no-cache", "--disable", "103,302,303", file]
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.peer("stix2-validator")
def test_oasis_validator_takes_the_bundle_with_every_pattern(tmp_path: Path) -> None:
    bundle = tmp_path / "varde.json"
    bundle.write_text(text("stix", VALUES))
    assert len(json.loads(bundle.read_text())["objects"]) == len(VALUES)
    done = _validate(bundle)
    assert done.returncode == 0 and "Valid" in done.stdout, done.stdout
    bundle.write_text(text("stix", []))
    assert _validate(bundle).returncode == 0, "an empty bundle has no list of objects"
    bundle.write_text(text("stix", VALUES[:1]).replace("[ipv4-addr", "[[ipv4-addr"))
    assert _validate(bundle).returncode != 0, "the validator reads patterns"


def _pairs(lines: str, *, quotes: bool) -> list[tuple[str, str]]:
    """Key and value of lines as the programs compile them: Wazuh takes quotes off a key, OSSEC ends a key at the first colon."""
    found = []
    for line in lines.splitlines():
        key, _, value = (line[1:].partition('":') if quotes and line.startswith('"') else line.partition(":"))
        found.append((key, value))
    return found


@pytest.mark.peer("cdb")
def test_a_constant_database_of_the_list_answers_as_ossec_and_wazuh_ask_it(tmp_path: Path) -> None:
    pairs = _pairs(text("cdb", VALUES), quotes=True)
    assert len({key for key, _ in pairs}) == len(pairs), "a key that is twice hides its second value"
    records = "".join(f"+{len(key.encode())},{len(value.encode())}:{key}->{value}\n" for key, value in pairs) + "\n"
    subprocess.run([find_peer("cdb"), "-c", "-e", tmp_path / "varde.cdb"], input=records.encode(), check=True, timeout=60)
    held = {
        "203.0.113.5": "otx 5f0c", "198.51.100.127": "list", "2001:db8::5": "list", "2001:0db8:0000:0000:0000:0000:0000:0005": "list",
        "evil.example": "list", SHA256: "list", "198.51.100.128": None, "198.51.100.1": "list", "203.0.113.50": None, "0.0.0.0": None,
    }  # fmt: skip
    assert {key: _answer(tmp_path / "varde.cdb", key) for key in held} == held


@pytest.mark.peer("cdb")
def test_a_network_on_octets_is_found_by_the_beginnings_that_are_asked_for(tmp_path: Path) -> None:
    pairs = _pairs(text("cdb", [row("198.51.0.0/16"), row("203.0.112.0/23")]), quotes=True)
    records = "".join(f"+{len(key)},{len(value)}:{key}->{value}\n" for key, value in pairs) + "\n"
    subprocess.run([find_peer("cdb"), "-c", "-e", tmp_path / "varde.cdb"], input=records.encode(), check=True, timeout=60)
    asked = ("198.51.7.9", "203.0.112.1", "203.0.113.255", "203.0.114.1", "198.5.1.1", "19.8.51.1")
    assert [address for address in asked if _answer(tmp_path / "varde.cdb", address)] == list(asked[:3])


def _answer(database: Path, key: str) -> str | None:
    """As `lookup="address_match_key"` asks: the whole key, then each beginning that ends in a dot, the longest first."""
    beginnings = [key[: at + 1] for at in reversed(range(len(key))) if key[at] == "."]
    for asked in (key, *beginnings):
        done = subprocess.run([find_peer("cdb"), "-q", database, asked], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0:
            return done.stdout
    return None


@pytest.mark.peer("suricata-update")
def test_suricata_update_reads_the_rules_and_finds_the_lists_that_they_name(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    for part in written("suricata", VALUES).parts:
        name = {"": "varde.list", "rules": "varde.rules"}.get(part.name, f"varde-{part.name}.list")
        (rules / name).write_bytes(part.content())
    with tarfile.open(tmp_path / "varde.tar.gz", "w:gz") as file:
        file.add(rules, "rules")
    words = [
        find_peer("suricata-update"), "update", "--data-dir", tmp_path / "data", "--output", tmp_path / "out", "--no-test", "--no-reload", "--force",
        "--suricata-version", "6.0.10", "--url", f"file://{tmp_path}/varde.tar.gz",
    ]  # fmt: skip
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0 and "total: 4; enabled: 4" in done.stderr + done.stdout, done.stderr
    assert "not found" not in done.stderr and "Error" not in done.stderr
    taken = (tmp_path / "out" / "suricata.rules").read_text()
    assert "iprep:any,varde,>,30;" in taken and "dataset:isset,varde-dns,type string,load datasets/" in taken
    (dataset,) = (tmp_path / "out" / "datasets").iterdir()
    assert {base64.b64decode(line).decode() for line in dataset.read_text().split()} == {"evil.example", "bad_name.example"}


@pytest.mark.peer("dnsmasq", "dig")
def test_dnsmasq_answers_from_the_hosts_file(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(text("hosts", VALUES))
    port = free_port()
    words = ("-k", "-p", port, "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts", f"--addn-hosts={tmp_path}/hosts", "--pid-file", "-u", "root", "-C", "/dev/null")
    with serving(tmp_path, port, find_peer("dnsmasq"), *words):
        assert dig(port, ["evil.example", "bad_name.example"]) == {"evil.example": ("NOERROR", ("0.0.0.0",)), "bad_name.example": ("NOERROR", ("0.0.0.0",))}
        assert dig(port, ["evil.example"], "AAAA")["evil.example"] == ("NOERROR", ("::",))
        assert dig(port, ["x.evil.example"])["x.evil.example"][1] == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root puts a file in the place of /etc/hosts")
def test_the_c_library_answers_from_the_hosts_file(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(text("hosts", VALUES))
    script = f"mount --bind {tmp_path}/hosts /etc/hosts && getent ahosts evil.example"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"0.0.0.0", "::"}
