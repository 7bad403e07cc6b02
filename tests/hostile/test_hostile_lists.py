"""Hostile text in lists, as every format of an export has it: read by the programs themselves where they are here."""

import csv
import io
import ipaddress
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.export.test_intel_formats import GRAMMARS
from tests.hostile import readers
from tests.hostile.texts import TEXTS, shown
from tests.listed import row, text
from varde.export.intel import FORMATS

VALUES = [
    *(row(f"192.0.2.{number}", id=shown(octets), name=shown(octets), description=shown(octets), url=shown(octets), source=shown(octets)) for number, octets in enumerate(TEXTS.values())),
    *(row(f"{number}.evil.example", id=shown(octets), name=shown(octets), description=shown(octets)) for number, octets in enumerate(TEXTS.values())),
]
"""An address and a name for each string, in whose other columns it stands."""

NAMED = [row(shown(octets), kind) for kind in ("domain", "url", "hash", "other") for octets in TEXTS.values()]
"""Each string as an indicator itself."""


@pytest.mark.parametrize("form", GRAMMARS)
def test_every_line_is_one_that_the_format_has(form: str) -> None:
    for values in (VALUES, NAMED):
        wrong = [line for line in text(form, values).removesuffix("\n").split("\n") if line and not re.fullmatch(GRAMMARS[form], line)]
        assert not wrong, wrong[:3]


def _run(*words: str | Path, stdin: str = "") -> str:
    done = subprocess.run([str(word) for word in words], input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-800:]
    return done.stdout + done.stderr


def _zone(file: Path) -> None:
    said = _run(find_peer("named-checkzone"), "-D", "rpz.varde", file)
    owners = {line.split()[0] for line in said.splitlines() if " CNAME" in line or "\tCNAME" in line}
    assert {f"{number}.evil.example.rpz.varde." for number in range(len(TEXTS))} <= owners and not any("taken" in owner for owner in owners)


def _unbound(file: Path) -> None:
    _run(find_peer("unbound-checkconf"), file)


def _dnsmasq(file: Path) -> None:
    assert "OK" in _run(find_peer("dnsmasq"), "--test", f"--conf-file={file}")


def _nft(file: Path) -> None:
    find_peer("nft")
    done = subprocess.run([str(find_peer("nft")), "--check", "--file", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert "syntax error" not in done.stderr, done.stderr[:300]
    assert done.returncode == 0 or "ermitted" in done.stderr or "netlink" in done.stderr, done.stderr[:300]


PROGRAMS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "rpz": ("named-checkzone", _zone), "unbound": ("unbound-checkconf", _unbound), "dnsmasq": ("dnsmasq", _dnsmasq), "nft": ("nft", _nft),
}  # fmt: skip


@pytest.mark.parametrize("form", [pytest.param(form, marks=pytest.mark.peer(peer)) for form, (peer, _) in PROGRAMS.items()])
def test_the_program_reads_it(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"varde.{form}"
    file.write_text(text(form, VALUES + NAMED))
    PROGRAMS[form][1](file)


def test_stix_is_a_bundle_of_as_many_patterns() -> None:
    objects = json.loads(text("stix", VALUES))["objects"]
    patterns = [one["pattern"] for one in objects if one["type"] == "indicator"]
    assert len(patterns) == len(VALUES) and all(re.fullmatch(r"\[[a-z0-9-]+:value = '[0-9a-z.]+'\]", pattern) for pattern in patterns)
    for pattern in (one["pattern"] for one in json.loads(text("stix", NAMED))["objects"] if one["type"] == "indicator"):
        assert re.fullmatch(r"\[[^']+ = '(?:[^'\\]|\\['\\])*'\]|\[file:hashes\.'?[A-Z0-9-]+'? = '[0-9a-f]+'\]", pattern), pattern


def test_csv_is_a_row_an_indicator() -> None:
    rows = readers.table(text("csv", VALUES))
    assert len(rows) == len(VALUES) + 1
    readers.table(text("csv", NAMED))


def test_routeros_runs_nothing_that_a_list_wrote() -> None:
    """Its script has one quoted string a line, and within it no character that RouterOS reads as more than a letter."""
    for line in text("routeros", VALUES + NAMED).splitlines():
        quoted = re.findall(r'"([^"]*)"', line)
        assert line.count('"') in (0, 2) and all(re.fullmatch(r"[A-Za-z0-9 .,:;_/@()+-]*", one) for one in quoted), line


def test_silks_set_has_the_addresses() -> None:
    found = text("silk", VALUES).splitlines()
    networks = [ipaddress.ip_network(line) for line in found if not line.startswith("#")]
    assert sum(one.num_addresses for one in networks) == len(TEXTS)


def test_every_format_is_asked() -> None:
    asked = {*GRAMMARS, "stix", "csv"}
    assert set(FORMATS) - asked <= {"silk-set", "silk-set4"}  # which hold numbers alone


def test_the_reader_of_csv_would_find_a_formula() -> None:
    with pytest.raises(AssertionError, match="computes"):
        readers.table("a\n=1+1\n")
    out = io.StringIO()
    csv.writer(out).writerow(["\uff1d1"])
    with pytest.raises(AssertionError, match="computes"):
        readers.table(out.getvalue())
