"""Who answers: the configured server, or this process; and how its client is fetched."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from varde.app import engine as choice
from varde.app.context import Context
from varde.model import VardeError
from varde.model.engine import engine_address
from varde.query.embedded import Embedded
from varde.store import Store

LOCAL = "sc://localhost:15002"


def _context(tmp_path: Path, engine: str, name: str = "store") -> Context:
    config = tmp_path / "varde.toml"
    config.write_text(f"[engine]\n{engine}\n")
    return Context(tmp_path / name, config, "UTC")


def _address() -> Any:
    return engine_address(LOCAL)


def test_without_a_word_this_process_answers(tmp_path: Path) -> None:
    context = _context(tmp_path, "")
    assert isinstance(context.backend, Embedded)
    assert isinstance(choice.engine_of(context)._backend, Embedded)


def test_a_store_that_only_this_machine_has_is_asked_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_is_here", lambda: True)
    context = _context(tmp_path, f'url = "{LOCAL}"')
    assert type(choice.engine_of(context)._backend).__name__ == "Cluster"
    assert choice.engine_of(context)._backend is choice.engine_of(context, context.store)._backend
    assert isinstance(choice.engine_of(context, Store(tmp_path / "another"))._backend, Embedded)


@pytest.mark.parametrize(("engine", "word"), [
    ('url = "sc://192.0.2.1"', "engine.url.*needs TLS"), ('reader = "csv"', "engine.reader"), ('token_file = "relative"', "no whole path"),
    ("memory_mb = 5", "memory_mb"), ('url = "sc://localhost/;token=abc"', "no token stands in the url"), ("host = 1", "host"),
])  # fmt: skip
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, engine: str, word: str) -> None:
    with pytest.raises(VardeError, match=word):
        _context(tmp_path, engine)


def test_another_machine_is_not_asked_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(choice.TOKEN, raising=False)
    monkeypatch.setattr(choice, "_is_here", lambda: True)
    context = _context(tmp_path, 'url = "sc://192.0.2.1/;use_ssl=true"')
    with pytest.raises(VardeError, match="set a token there"):
        choice.backend_of(context)
    monkeypatch.setenv(choice.TOKEN, "t0ken")
    assert choice.backend_of(context) is not None


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe", b"two words", b"two\nlines", b"x" * 5000])
def test_a_file_that_holds_no_token_is_said(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "token").write_bytes(octets)
    with pytest.raises(VardeError, match="token"):
        choice.token_of(tmp_path / "token")


def test_a_token_is_read_without_its_line_feed(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"s3cret\n")
    assert choice.token_of(tmp_path / "token") == "s3cret"
    with pytest.raises(VardeError, match=r"cannot read the token in .*/none: no such file"):
        choice.token_of(tmp_path / "none")


def test_the_client_is_fetched_once_into_an_environment_of_ours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[list[str]] = []

    def fetch(command: list[str], **options: Any) -> "subprocess.CompletedProcess[bytes]":
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(choice, "_is_here", lambda: bool(ran))
    monkeypatch.setattr(choice, "_is_ours", lambda: True)
    monkeypatch.setattr(choice.subprocess, "run", fetch)
    for _ in range(3):
        choice.require_client(_address())
    assert len(ran) == 1 and "--cluster" in ran[0]
    assert LOCAL in capsys.readouterr().err


def test_what_cannot_be_fetched_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_is_here", lambda: False)
    monkeypatch.setattr(choice, "_is_ours", lambda: False)
    with pytest.raises(VardeError, match=r"pip install 'varde\[cluster\]'"):
        choice.require_client(_address())
    monkeypatch.setattr(choice, "_is_ours", lambda: True)
    monkeypatch.setattr(choice.subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 2))
    with pytest.raises(VardeError, match="could not be installed"):
        choice.require_client(_address())
