"""The article's Perl on the lines of its time prints exactly what `varde afterglow csv` prints; on other lines only Varde is right."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.material import environment, write_old

pytestmark = pytest.mark.peer("perl")

ARTICLE = r'print "$1,$3,$2\n" if /HoneyPotSSHTransport,\d+,(.*?)\].* to (.*?):(\d+) /'
"""The parser of the article of 17 January 2017."""

GREP = b"direct-tcp connection request"
"""The article's wrapper lets only these lines through."""

MORNING = datetime(2017, 1, 16, 6, tzinfo=timezone.utc)
LAB = Path(__file__).parents[1] / "data" / "honeypot" / "lab"
TARGETS = ("203.0.113.80", "mx1.example.org", "2001:db8:400f:80a::200e", "www.example.net", "198.51.100.25")


def line(number: int) -> bytes:
    """A synthetic line as Cowrie wrote them in 2017: four a second, some of them no requests."""
    stamp = f"{MORNING + timedelta(seconds=number // 4):%Y-%m-%d %H:%M:%S}+0000"
    source = f"198.18.{number % 7}.{number % 31}"
    if number % 9 == 8:
        return f"{stamp} [SSHService ssh-userauth on HoneyPotSSHTransport,{number},{source}] login attempt [root/{number}] failed\n".encode()
    asked = f"direct-tcp connection request to {TARGETS[number % 5]}:{(25, 80, 443)[number % 3]} from localhost:{5000 + number % 99}"
    return f"{stamp} [SSHService ssh-connection on HoneyPotSSHTransport,{number % 50},{source}] {asked}\n".encode()


def by_perl(perl: Path, log: bytes) -> list[str]:
    asked = b"".join(one for one in log.splitlines(keepends=True) if GREP in one)
    run = subprocess.run([str(perl), "-ne", ARTICLE], input=asked, capture_output=True, timeout=60, check=True)
    return run.stdout.decode().splitlines()


def by_varde(home: Path, log: Path) -> list[str]:
    command = [sys.executable, "-P", "-m", "varde", "afterglow", "csv", str(log)]
    run = subprocess.run(command, capture_output=True, cwd=home, env=environment(home), timeout=100, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout.decode().splitlines()


def test_the_same_lines_in_the_same_order(peer: Callable[[str], Path], tmp_path: Path) -> None:
    log = b"".join(map(line, range(20_000)))
    found = by_varde(tmp_path, write_old(tmp_path / "cowrie.log", log))
    assert len(found) == 17_778
    assert found == by_perl(peer("perl"), log)


def test_where_perl_is_wrong_varde_is_right(peer: Callable[[str], Path], tmp_path: Path) -> None:
    """Lines of a Cowrie of 2026, of which the JSON of the same run says what was asked for."""
    told = Counter(by_varde(tmp_path, LAB / "cowrie.json"))
    assert sum(told.values()) == 21
    assert Counter(by_varde(tmp_path, LAB / "cowrie.log")) == Counter(by_varde(tmp_path, LAB / "audit.log")) == told
    assert by_perl(peer("perl"), (LAB / "cowrie.log").read_bytes()) == []
    without_grep = subprocess.run([str(peer("perl")), "-ne", ARTICLE, str(LAB / "cowrie.log")], capture_output=True, text=True, timeout=60, check=True).stdout
    assert without_grep.splitlines() == ["127.0.2.1,99,1.2.3.4", "127.0.2.2,99,1.2.3.4"], "what a visitor made up as a host name"
    assert "127.0.2.1,65535,evil host to 1.2.3.4:99 from x" in told
