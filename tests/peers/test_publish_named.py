"""Zones published to a real named: loaded by rndc, the serial asked for, a bad file refused, and rolled back."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import find_peer
from tests.peers.nameserver import ZONE, dig, free_port, named_running
from tests.peers.running import ROOT

pytestmark = pytest.mark.peer("named", "named-checkzone", "dig")


@contextlib.contextmanager
def _controlled(folder: Path, interval: int = 0) -> Iterator[tuple[int, list[str]]]:
    """named with a policy zone that may be asked for and reloaded; its port, and the words of rndc."""
    control = free_port()
    secret = "c2VjcmV0IG9mIGEgdGVzdCwgbm90IGEgc2VjcmV0"
    key = f'key "k" {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
    (folder / "rndc.conf").write_text(f'{key}options {{ default-key "k"; default-server 127.0.0.1; default-port {control}; }};\n')
    more = f'{key}controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ "k"; }}; }};\n'
    with named_running(folder, folder / "rpz.db", controls=more, interval=interval) as port:
        yield port, [str(find_peer("named").with_name("rndc")), "-c", str(folder / "rndc.conf"), "reload", ZONE]


def _varde(home: Path, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(home), "TZ": "UTC"}
    command = [sys.executable, "-m", "varde", "intel", *words, "--store", str(home / "store"), "--config", str(home / "varde.toml")]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=100, env=environment, cwd=home, check=False)


def _config(home: Path, port: int, reload: list[str], check: list[str]) -> None:
    (home / "varde.toml").write_text(
        f'[[publish]]\nname = "dns"\nformat = "rpz"\npath = "{home}/rpz.db"\nask = "127.0.0.1:{port}"\nreload = {json.dumps(reload)}\ncheck = {json.dumps(check)}\n'
        '[[allow]]\nentry = "good.deep.evil.example"\n'
    )  # fmt: skip


def _serial(port: int) -> int:
    done = subprocess.run([find_peer("dig"), "-p", str(port), "@127.0.0.1", "+short", ZONE, "SOA"], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[2])


def test_a_zone_is_published_reloaded_asked_for_and_rolled_back(tmp_path: Path) -> None:
    (tmp_path / "rpz.db").write_text("$TTL 60\n@ IN SOA localhost. root.localhost. 2026010100 1 1 1 1\n@ IN NS localhost.\n")
    check = [str(find_peer("named-checkzone")), "-q", ZONE, "{}"]
    with _controlled(tmp_path) as (port, reload):
        _config(tmp_path, port, reload, check)
        assert _varde(tmp_path, "import", "-", "--name", "bad", stdin="evil.example\n").returncode == 0
        done = _varde(tmp_path, "publish", "--json")
        assert done.returncode == 0, done.stderr
        first = json.loads(done.stdout)["outputs"][0]["serial"]
        assert _serial(port) == first > 2026010100
        names = ["evil.example", "deep.evil.example", "x.deep.evil.example", "good.deep.evil.example", "worse.example"]
        assert [dig(port, [name])[name][0] for name in names] == ["NXDOMAIN"] * 3 + ["NOERROR"] * 2
        _varde(tmp_path, "import", "-", "--name", "bad", stdin="evil.example\nworse.example\n")
        done = _varde(tmp_path, "publish")
        assert done.returncode == 0, done.stderr
        assert _serial(port) == first + 1
        assert dig(port, ["worse.example"])["worse.example"][0] == "NXDOMAIN"
        done = _varde(tmp_path, "rollback")
        assert done.returncode == 0, done.stderr
        assert _serial(port) == first + 2
        assert [dig(port, [name])[name][0] for name in names] == ["NXDOMAIN"] * 3 + ["NOERROR"] * 2


def test_a_server_that_keeps_the_old_zone_is_noticed_and_a_check_that_refuses_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "rpz.db").write_text("$TTL 60\n@ IN SOA localhost. root.localhost. 2026010100 1 1 1 1\n@ IN NS localhost.\n")
    with _controlled(tmp_path) as (port, reload):
        _config(tmp_path, port, ["true"], [str(find_peer("named-checkzone")), "-q", ZONE, "{}"])
        _varde(tmp_path, "import", "-", "--name", "bad", stdin="evil.example\n")
        done = _varde(tmp_path, "publish")
        assert done.returncode == 1 and f"still has serial 2026010100 of {ZONE}" in done.stderr
        _config(tmp_path, port, reload, ["false", "{}"])
        _varde(tmp_path, "import", "-", "--name", "bad", stdin="evil.example\nworse.example\n")
        before = (tmp_path / "rpz.db").read_bytes()
        done = _varde(tmp_path, "publish")
        assert done.returncode == 1 and "everything is as it was" in done.stderr
        assert (tmp_path / "rpz.db").read_bytes() == before
        _config(tmp_path, port, reload, [])
        assert _varde(tmp_path, "publish").returncode == 0
        assert _serial(port) > 2026010100


def test_a_server_that_defers_the_policy_has_the_serial_at_once_and_says_so_in_its_log(tmp_path: Path) -> None:
    (tmp_path / "rpz.db").write_text("$TTL 60\n@ IN SOA localhost. root.localhost. 2026010100 1 1 1 1\n@ IN NS localhost.\n")
    with _controlled(tmp_path, interval=3600) as (port, reload):
        _config(tmp_path, port, reload, [])
        _varde(tmp_path, "import", "-", "--name", "bad", stdin="evil.example\n")
        done = _varde(tmp_path, "publish", "--json")
        assert done.returncode == 0 and _serial(port) == json.loads(done.stdout)["outputs"][0]["serial"]
        assert dig(port, ["evil.example"])["evil.example"][0] == "NOERROR", "the how-to says so"
        assert "new zone version came too soon, deferring update" in (tmp_path / "named.log").read_text()
