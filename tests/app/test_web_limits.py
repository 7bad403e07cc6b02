"""The page attacked: bodies, tokens, host names, other sites; and that its OpenAPI document is true of every operation."""

import re
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_run import Up, varde
from fastapi.testclient import TestClient
from material import NOON, environment, probe_batch

from varde.app.context import Context
from varde.app.station import Station
from varde.app.web.limits import BODY_MAX, GUESS_SECONDS, GUESSERS_MAX, GUESSES, Guesses
from varde.app.web.serve import application

HERE = "http://127.0.0.1:8420"
OWN = {"x-varde-page": "1"}
STREAMS = "/api/live"
"""It does not end."""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        (folder / "varde.toml").write_text("")
        made = Station(Context(folder / "store", folder / "varde.toml", tz="UTC"))
        made.context.store.append("probes", probe_batch([{"time": NOON + timedelta(seconds=n), "port": 23, "src": f"198.18.0.{n}"} for n in range(9)]))
        yield made


@pytest.fixture(scope="module")
def page(station: Station) -> TestClient:
    return TestClient(application(station), base_url=HERE, raise_server_exceptions=False)


def _operations(page: TestClient) -> dict[str, dict[str, Any]]:
    paths = page.get("/api/openapi.json").json()["paths"]
    return {path: operations["get"] for path, operations in paths.items() if "get" in operations and path != STREAMS}


def _asked(path: str, operation: dict[str, Any], **other: object) -> tuple[str, dict[str, Any]]:
    """Address and query of an operation by the document's own examples."""
    sizes = {"width": 400, "height": 300}  # small pictures are soon drawn
    parameters = operation.get("parameters", [])
    given = {each["name"]: each.get("example", sizes.get(each["name"])) for each in parameters if "example" in each or each["name"] in sizes} | other
    names = re.findall(r"\{(\w+)\}", path)
    for name in names:
        path = path.replace(f"{{{name}}}", str(given.get(name, "x")))
    return path, {name: value for name, value in given.items() if name not in names}


def test_every_operation_answers_as_the_document_says(page: TestClient) -> None:
    answered = 0
    for path, operation in _operations(page).items():
        address, query = _asked(path, operation)
        answer = page.get(address, params=query)
        said = operation["responses"].get(str(answer.status_code))
        assert said is not None and answer.status_code != 500, (path, answer.status_code, answer.text[:300])
        assert not said.get("content") or answer.headers["content-type"] in said["content"], (path, answer.headers["content-type"])
        answered += answer.status_code == 200
    assert answered >= 35, answered


def test_every_refusal_is_one_sentence_with_a_status_that_the_document_has(page: TestClient) -> None:
    refused = 0
    for path, operation in _operations(page).items():
        for wrong in ({"from": "soon"}, {"tz": "Mars/Phobos"}, {"src": "nobody"}, {"year": "x"}, {"q": "x" * 9000}, {"from": "9" * 400}, {"from": "-1e9"}, {"plane": "\x00"}):
            if set(wrong) & {each["name"] for each in operation.get("parameters", [])}:
                address, query = _asked(path, operation, **wrong)
                answer = page.get(address, params=query)
                assert answer.status_code < 500 and str(answer.status_code) in operation["responses"], (path, wrong, answer.status_code, answer.text[:300])
                if answer.status_code >= 400:
                    refused += 1
                    assert set(answer.json()) == {"detail"} and isinstance(answer.json()["detail"], str)
    assert refused > 50


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/sql", "/api/warnings/said", "/api/lists/publish", "/api/about"])
def test_a_body_that_is_too_long_is_refused_before_it_is_kept(page: TestClient, path: str) -> None:
    assert page.post(path, content=b"x" * (BODY_MAX + 1), headers=OWN).status_code == 413
    pieces = (b"x" * 65_536 for _ in range(1 + BODY_MAX // 65_536 + 1))  # without a length
    answer = page.post(path, content=pieces, headers=OWN)
    assert answer.status_code in (413, 405), answer.text


def test_a_length_that_is_no_number_is_refused(page: TestClient) -> None:
    for said in ("-1", "9" * 40, "0x10"):
        assert page.post("/api/ask", content=b"", headers=OWN | {"content-length": said}).status_code == 413


def test_a_token_may_be_mistyped_some_times_and_not_guessed(station: Station) -> None:
    guarded = TestClient(application(station, "secret"), base_url=HERE)
    assert [guarded.get("/api/about").status_code for _ in range(2 * GUESSES)] == [401] * 2 * GUESSES  # who has none guesses nothing
    assert [guarded.get("/api/about?token=no").status_code for _ in range(GUESSES)] == [401] * GUESSES
    answer = guarded.get("/api/about?token=secret")
    assert answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= GUESS_SECONDS


def test_guesses_are_forgotten_with_time_and_with_room() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(GUESSES):
        assert not guesses.wait("a")
        guesses.wrong("a")
    assert guesses.wait("a") == GUESS_SECONDS and not guesses.wait("b")
    now[0] = GUESS_SECONDS + 1
    assert not guesses.wait("a")
    for number in range(GUESSERS_MAX + 5):
        guesses.wrong(str(number))
    assert len(guesses._wrong) == GUESSERS_MAX


def test_no_answer_lets_another_site_in(page: TestClient) -> None:
    """No CORS at all, no inline script, nothing framed, whatever asks."""
    for method in ("GET", "OPTIONS"):
        answer = page.request(method, "/api/about", headers={"origin": "http://evil.example", "access-control-request-method": "POST", "access-control-request-headers": "x-varde-page"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example", "[::1].evil.example", "0x7f.1", "2130706433", "", "127.0.0.1@evil.example", "[", "a" * 300])
def test_a_name_that_is_bound_to_loopback_elsewhere_is_not_served(page: TestClient, host: str) -> None:
    answer = page.get("/api/about", headers={"host": host})
    assert answer.status_code in (400, 421), (host, answer.status_code)


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-forwarded-for", "forwarded", "x-original-host", "x-host"])
def test_what_a_proxy_would_say_changes_nothing(page: TestClient, header: str) -> None:
    assert page.get("/api/about", headers={"host": "evil.example", header: "127.0.0.1"}).status_code == 421


def test_a_cookie_is_strict_and_no_script_reads_it(station: Station) -> None:
    guarded = TestClient(application(station, "secret"), base_url=HERE)
    said = guarded.get("/api/about?token=secret").headers["set-cookie"].lower()
    assert "httponly" in said and "samesite=strict" in said and "domain" not in said


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/..\\..\\etc\\passwd", "/published/..%2f..%2fvarde.toml", "/published/%00", "/api/captures/..%2fx", "/badge/..%2f..%2fx.svg", "//etc/passwd"])
def test_no_path_leads_out(page: TestClient, path: str) -> None:
    answer = page.get(path)
    assert answer.status_code < 500 and "root:" not in answer.text


SECRET = "verysecretmarker"

CONFIGURED = """
[web]
token = "SECRET-of-the-page-0123"
[[list]]
name = "keyed"
url = "https://127.0.0.1:1/list.txt"
key_file = "FOLDER/list.key"
key_header = "X-Key"
[[list]]
name = "taxii"
url = "https://127.0.0.1:1/taxii2/"
format = "taxii"
key_file = "FOLDER/pair.key"
[[sink]]
name = "hook"
kind = "webhook"
url = "https://127.0.0.1:1/hook"
secret_file = "FOLDER/hook.secret"
token_file = "FOLDER/hook.token"
[[sink]]
name = "mail"
kind = "mail"
server = "127.0.0.1:1"
sender = "varde@gw.example"
recipients = ["ops@gw.example"]
security = "none"
user = "varde"
password_file = "FOLDER/mail.password"
[amavis]
hosts = ["127.0.0.1:1"]
community_file = "FOLDER/snmp.community"
"""
"""Every setting that takes a secret: of the page, of lists, of sinks, of mail filters."""


def test_secrets_of_the_configuration_are_in_no_log_and_no_answer(tmp_path: Path) -> None:
    for name in ("list.key", "hook.secret", "hook.token", "mail.password", "snmp.community"):
        (tmp_path / name).write_text(f"{SECRET}-of-{name}\n")
    (tmp_path / "pair.key").write_text(f"user:{SECRET}-of-taxii\n")
    for path in tmp_path.glob("*.*"):
        path.chmod(0o600)
    config = tmp_path / "varde.toml"
    config.write_text(CONFIGURED.replace("SECRET", SECRET).replace("FOLDER", str(tmp_path)))
    with Up(tmp_path, "--config", str(config), "--web", "127.0.0.1:0", "--listen", "udp://127.0.0.1:0", "--flows", "127.0.0.1:0") as station:
        port = station.port("page at")
        for path in ("api/about", "api/status", "api/lists", "api/openapi.json", "metrics"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
                assert SECRET not in answer.read().decode()
        station.wait_for("keyed", 40)  # it was tried, and why it failed is said
        station.stop()
        assert SECRET not in station.said, station.said
    for arguments in (("config", "show", "--config", str(config)), ("audit", "--config", str(config)), ("status", "--config", str(config)), ("intel", "update", "--config", str(config)), ("warn", "--test", "--config", str(config))):
        done = varde(tmp_path, *arguments)
        assert SECRET not in done.out + done.err, (arguments, done)
