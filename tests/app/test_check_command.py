"""`varde check` as a monitoring program runs it: exit status, one line on standard output, in bounded time and memory."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli_run import Done, as_nobody, varde
from material import environment
from tests.checked_boards import sample, write

from varde.app.check import words_of
from varde.faces.checks import CHECKS

CONTENT = b"signatures"
MD5 = hashlib.md5(CONTENT).hexdigest()
GIGABYTE = 1 << 30
MEMORY_MAX = 250_000
"""Kilobytes of a check that is sent a gigabyte; libraries have most of it."""


def page(name: str = "agent.ide", md5: str = MD5) -> bytes:
    return f"<latest><ide><name>{name}</name><md5>{md5}</md5><timestamp>{int(time.time()) - 600}</timestamp></ide></latest>".encode()


class Vendor(BaseHTTPRequestHandler):
    """A vendor's server: a way of answering for each path."""

    def do_GET(self) -> None:
        getattr(self, f"_{self.path.strip('/')}")()

    def _send(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _good(self) -> None:
        agent = self.headers.get("User-Agent", "")
        self._send(page(), 200 if agent.startswith("varde/") else 403)

    def _other(self) -> None:
        self._send(page(md5="0" * 32))

    def _slash(self) -> None:
        self._send(page("../agent.ide"))

    def _missing(self) -> None:
        self._send(b"no", 404)

    def _html(self) -> None:
        self._send(b"<!DOCTYPE html><html>sorry</html>")

    def _text(self) -> None:
        self._send(b"agent.ide is the newest")

    def _cut(self) -> None:
        self._send(page()[:40], length=len(page()))

    def _bomb(self) -> None:
        self._send(b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (n + 1, n, n, n) for n in b"abcdefgh") + b"]><l><name>&i;</name></l>")

    def _gzip(self) -> None:
        import gzip

        self._send(gzip.compress(b"<l>" + b" " * 200_000_000), **{"Content-Encoding": "gzip"})

    def _gigabyte(self) -> None:
        self._send(b"<l>", length=GIGABYTE)
        for _ in range(GIGABYTE >> 20):
            self.wfile.write(b" " * (1 << 20))

    def _silent(self) -> None:
        self.server.patience.wait(30)  # type: ignore[attr-defined]

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.patience.wait(0.2):  # type: ignore[attr-defined]
            self.wfile.write(b"X-More: and more\r\n")

    def _round(self) -> None:
        self._send(b"", 302, Location="/round")

    def _elsewhere(self) -> None:
        self._send(b"", 302, Location="https://elsewhere.example/x")

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # who asked has heard enough
            return


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.daemon_threads = True
    server.patience = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.patience.set()  # type: ignore[attr-defined]
    server.shutdown()


def sophos(home: Path, url: str, *words: str) -> Done:
    (home / "sav").mkdir(exist_ok=True)
    (home / "sav" / "agent.ide").write_bytes(CONTENT)
    return varde(home, "check", "sophos", "--url", url, "--dir", str(home / "sav"), *words)


PAGES = [
    ("good", 0, "agent.ide is here and has the published checksum"), ("other", 1, "another checksum"), ("slash", 3, "no name of a file"), ("missing", 3, "the server answered 404"),
    ("html", 3, "a web page, no status page"), ("text", 3, "no XML"), ("cut", 3, "closed connection"), ("bomb", 3, "declares types or entities"), ("gzip", 3, "more than 1,048,576 octets"),
    ("gigabyte", 3, "more than 1,048,576 octets, which no status page needs"), ("round", 3, "redirects more than 3 times"), ("elsewhere", 3, "another host"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "status", "says"), PAGES)
def test_whatever_a_vendor_answers_has_its_state(tmp_path: Path, vendor: str, path: str, status: int, says: str) -> None:
    done = sophos(tmp_path, f"{vendor}/{path}")
    assert (done.status, done.err) == (status, "")
    assert says in done.out and done.out.startswith("SOPHOS ") and done.out.count("\n") == 1
    if status == 3 and path != "slash":
        assert sophos(tmp_path, f"{vendor}/{path}", "--unreachable", "critical").status == 2


@pytest.mark.parametrize("path", ["silent", "drip"])
def test_a_server_that_does_not_come_to_the_point_is_not_waited_for(tmp_path: Path, vendor: str, path: str) -> None:
    began = time.monotonic()
    done = sophos(tmp_path, f"{vendor}/{path}", "-t", "2", "--unreachable", "warning")
    assert done.status == 1 and done.out.startswith("SOPHOS WARNING - ")
    assert time.monotonic() - began < 6


def test_nobody_there_and_plain_http_from_elsewhere(tmp_path: Path) -> None:
    refused = sophos(tmp_path, "http://127.0.0.1:1/x")
    assert refused.status == 3 and "efused" in refused.out
    assert "https" in sophos(tmp_path, "http://vendor.example/x").out


def test_a_gigabyte_is_not_kept(tmp_path: Path, vendor: str) -> None:
    (tmp_path / "sav").mkdir()
    code = "import atexit, sys; atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read())); from varde.app import main; main()"
    words = ["check", "sophos", "--url", f"{vendor}/gigabyte", "--dir", str(tmp_path / "sav")]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, env=environment(tmp_path), timeout=60)
    assert done.returncode == 3 and "octets" in done.stdout
    (peak,) = (int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("VmHWM"))
    assert peak < MEMORY_MAX


def test_checks_of_a_station_meet_their_time_without_any_library(tmp_path: Path) -> None:
    write(tmp_path / "store", {}, at=time.time())
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "varde", "check", "collector"], capture_output=True, text=True, env=environment(tmp_path))
    assert done.returncode == 0 and done.stdout.startswith("COLLECTOR OK - ")
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert not imported & {"typer", "rich", "polars", "numpy", "httpx", "pydantic", "email", "argparse"}


def test_what_nobody_can_read_is_not_well(tmp_path: Path) -> None:
    write(tmp_path / "store", {}, at=time.time())
    words = [sys.executable, "-m", "varde", "check", "collector"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=environment(tmp_path))
    assert (done.returncode, done.stderr) == (3, b"")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, env=environment(tmp_path))
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_folder_or_board_that_this_user_may_not_read_is_unknown(tmp_path: Path) -> None:
    runner = as_nobody(tmp_path)
    if not runner:
        pytest.skip("only root can become somebody else")
    path = write(tmp_path / "store", {}, at=time.time())
    sealed = tmp_path / "sav"
    sealed.mkdir()
    as_nobody(tmp_path / "store")
    path.chmod(0o600)
    sealed.chmod(0o700)
    who = [*runner, *_python(runner)]
    for words, says in (
        (["collector"], "join the group"), (["feed"], "join the group"), (["signatures", "dir", "--dir", str(sealed)], "may not be read by this user"),
        (["signatures", "clamav", "--dir", str(sealed)], "may not be read by this user"), (["sophos", "--dir", str(sealed), "--url", "http://127.0.0.1:1/"], "may not be read by this user"),
    ):  # fmt: skip
        done = subprocess.run([*who, "-m", "varde", "check", *words], capture_output=True, text=True, env=environment(tmp_path), cwd=tmp_path)
        assert (done.returncode, done.stderr) == (3, ""), done
        assert says in done.stdout and "UNKNOWN" in done.stdout


def _python(runner: list[str]) -> list[str]:
    """An interpreter that somebody else may run: the checks need the standard library alone."""
    for path in (sys.executable, "/usr/bin/python3"):
        asked = [*runner, path, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return [path, "-B"]
    pytest.skip("no Python that another user may run")


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["loss", "--nope"], ["loss", "-w", "x"], ["loss", "--help"], ["loss", "-h"], ["loss", "-V"], ["--version"], ["metric"], ["--definitions", "zabbix"], ["--definitions"],
])  # fmt: skip
def test_what_checks_nothing_is_unknown(tmp_path: Path, words: list[str]) -> None:
    done = varde(tmp_path, "check", *words)
    assert (done.status, done.err) == (3, "") and done.out
    assert not list(tmp_path.iterdir())


def test_help_fits_a_terminal_and_names_every_check(tmp_path: Path) -> None:
    done = varde(tmp_path, "check", "--help")
    assert done.status == 0 and all(f"  {name} " in done.out for name in CHECKS)
    for name, check in CHECKS.items():
        out = varde(tmp_path, "check", name, "--help").out
        assert max(map(len, out.splitlines())) <= 80
        assert all(option.shown in out for option in check.all_options)


def test_the_command_lines_of_both_parsers_are_the_same() -> None:
    for check in CHECKS.values():
        values = {option.name: option.default for option in check.all_options if option.default is not None}
        needed = {option.name: (option.choices or ("probes.tcp4",))[0] for option in check.options if option.required}
        words = words_of(check, {**values, **needed, "verbose": 2})
        assert check.read(words) == {**check.values({name: [text] for name, text in {**values, **needed}.items()}), "verbose": 2}


def test_the_library_of_commands_runs_the_same_checks(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from varde.app.cli import app

    write(tmp_path, {"varde_list_up": {sample(list="a"): 1}, "varde_list_age_seconds": {sample(list="a"): 5}, "varde_list_indicators": {sample(list="a"): 5}}, at=time.time())
    done = CliRunner().invoke(app, ["check", "feed", "a", "--store", str(tmp_path), "-w", "1", "-v"])
    assert (done.exit_code, done.output.splitlines()[0]) == (1, "FEED WARNING - list a is 5 s old, 5 indicators http://127.0.0.1:8420/?view=lists | a=5s;1;345600;0")
    assert CliRunner().invoke(app, ["check", "--definitions", "nrpe"]).output.startswith("# made by")
