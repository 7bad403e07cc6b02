"""The page behind a real nginx, by the lines of the how-to: password, base path, live lines, and names that are not served."""

import base64
import json
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import find_peer
from tests.peers.how_to import lines, ours
from tests.peers.nameserver import free_port
from tests.peers.running import Running, up, wait_for

pytestmark = pytest.mark.peer("nginx", "chromium")

NAME, WORD = "you", "of-the-administrator"

_SERVER = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; user {user};
events {{}}
http {{
    access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; server_name varde.example.net localhost; {location} }}
}}
"""


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    import getpass

    folder = tmp_path_factory.mktemp("proxy")
    config = folder / "varde.toml"
    config.write_text('[web]\nhosts = ["varde.example.net"]\nbase_path = "/varde"\n')
    hashed = subprocess.run(["openssl", "passwd", "-apr1", WORD], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "passwd").write_text(f"{NAME}:{hashed}\n")
    with up(folder, "--config", str(config), "/dev/null") as running:
        port = free_port()
        location = ours("\n".join(lines("nginx", "reverse-proxy")), {"/etc/nginx/varde.passwd": str(folder / "passwd"), "http://127.0.0.1:8420": running.url})
        (folder / "nginx.conf").write_text(_SERVER.format(folder=folder, port=port, location=location, user=getpass.getuser()))
        server = subprocess.Popen([str(find_peer("nginx")), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
        try:
            wait_for(lambda: _opens(port))
            yield running, port
        finally:
            server.terminate()
            server.wait(20)


def _opens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _get(port: int, path: str, host: str = "varde.example.net", word: str = WORD) -> tuple[int, bytes]:
    credentials = base64.b64encode(f"{NAME}:{word}".encode()).decode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host, "Authorization": f"Basic {credentials}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_page_and_its_answers_come_through(behind: tuple[Running, int]) -> None:
    _, port = behind
    status, page = _get(port, "/varde/")
    assert status == 200 and b"<!doctype html>" in page.lower()
    status, about = _get(port, "/varde/api/about")
    assert status == 200 and json.loads(about)["version"]


def test_who_has_no_password_sees_nothing(behind: tuple[Running, int]) -> None:
    assert _get(behind[1], "/varde/api/about", word="wrong")[0] == 401


def test_a_name_that_is_not_ours_is_not_served(behind: tuple[Running, int]) -> None:
    assert _get(behind[1], "/varde/api/about", host="evil.example")[0] == 421


def test_the_whole_page_works_below_its_path(behind: tuple[Running, int], browser: Any) -> None:
    """In a browser: everything it loads is found, nothing is asked above the path, and what arrives live is drawn."""
    port = behind[1]
    asked: list[tuple[str, int]] = []
    wrong: list[str] = []
    context = browser.new_context(http_credentials={"username": NAME, "password": WORD})
    page = context.new_page()
    page.on("response", lambda answer: asked.append((answer.url, answer.status)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"http://localhost:{port}/varde/")
    page.wait_for_selector("canvas", state="attached", timeout=20_000)
    wait_for(lambda: {"status", "live"} <= {url.partition("/varde/api/")[2].partition("?")[0] for url, _ in asked} or page.wait_for_timeout(100), 60)
    context.close()
    paths = {url.partition(f":{port}")[2].partition("?")[0] for url, _ in asked}
    assert paths and all(path.startswith("/varde/") for path in paths), paths
    assert not [(url, status) for url, status in asked if status >= 400] and not wrong
