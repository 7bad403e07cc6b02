"""`varde audit`: what is open, readable by others or in the clear is said, with what to do; what is in order too."""

import json
import os
import time
from pathlib import Path

import pytest
from cli_run import Up, varde

CLEAN = """
[web]
token = "a-token-of-enough-letters"
[[list]]
name = "drop"
url = "https://lists.example/drop.txt"
[[sink]]
name = "log"
kind = "syslog"
address = "tls://log.example:6514"
"""


def _config(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "varde.toml"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def _store(folder: Path, mode: int = 0o700) -> str:
    store = folder / "store"
    store.mkdir(mode=mode)
    store.chmod(mode)
    return str(store)


def _remarks(home: Path, config: str, store: str) -> tuple[int, list[dict[str, str]]]:
    done = varde(home, "audit", "--json", "--config", config, "--store", store)
    return done.status, json.loads(done.out)["remarks"]


def test_what_is_in_order_is_told_and_nothing_to_mend(tmp_path: Path) -> None:
    status, told = _remarks(tmp_path, _config(tmp_path, CLEAN), _store(tmp_path))
    assert status == 0 and {one["level"] for one in told} == {"fine"}
    text = " ".join(one["what"] for one in told)
    assert "https://lists.example" in text and "tls://log.example:6514" in text and "a-token" not in text


@pytest.mark.parametrize(("mode", "level"), [(0o600, "fine"), (0o640, "fine"), (0o644, "bad"), (0o602, "bad")])
def test_a_configuration_with_a_token_is_for_its_owner(tmp_path: Path, mode: int, level: str) -> None:
    status, told = _remarks(tmp_path, _config(tmp_path, CLEAN, mode), _store(tmp_path))
    own = next(one for one in told if "the configuration" in one["what"])
    assert own["level"] == level and own["subject"] == "secrets" and status == (level == "bad")


@pytest.mark.parametrize(("mode", "level"), [(0o700, "fine"), (0o755, "note"), (0o777, "bad"), (0o770, "note")])
def test_a_store_that_others_may_enter_is_said(tmp_path: Path, mode: int, level: str) -> None:
    _, told = _remarks(tmp_path, _config(tmp_path, CLEAN), _store(tmp_path, mode))
    assert next(one["level"] for one in told if "records" in one["what"]) == level


@pytest.mark.parametrize(("setting", "words", "level"), [
    ('[syslog]\naccept = ["0.0.0.0/0"]', "anybody can send lines", "bad"), ('[flows]\naccept = ["::/0"]', "anybody can send lines", "bad"),
    ('[web]\nlisten = "0.0.0.0:8421"\ntoken = "a-token-of-enough-letters"', "without TLS", "note"),
    ('[[sink]]\nname = "a"\nkind = "syslog"\naddress = "udp://192.0.2.1:514"', "in the clear", "note"),
    ('[[sink]]\nname = "a"\nkind = "mail"\nserver = "mx.example:25"\nsender = "a@example.org"\nrecipients = ["b@example.org"]\nsecurity = "none"', "in the clear", "note"),
    ('[amavis]\nhosts = ["mx.example"]', "over SNMP, in the clear", "note"),
    ('[[dnsbl]]\nname = "zen"\nzone = "zen.example"', "which tells its servers", "note"),
])  # fmt: skip
def test_each_thing_that_others_can_use_is_said(tmp_path: Path, setting: str, words: str, level: str) -> None:
    status, told = _remarks(tmp_path, _config(tmp_path, setting), _store(tmp_path))
    found = [one for one in told if words in one["what"]]
    assert found and found[0]["level"] == level and (found[0]["advice"] or "asked about" in found[0]["what"]) and status == (level == "bad")


def test_every_file_with_a_secret_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret\n")
    (tmp_path / "key").chmod(0o644)
    text = f'[[list]]\nname = "otx"\nurl = "https://otx.example/x"\nformat = "plain"\nkey_header = "X-KEY"\nkey_file = "{tmp_path}/key"\n[engine]\ntoken_file = "{tmp_path}/none"\n'
    status, told = _remarks(tmp_path, _config(tmp_path, text), _store(tmp_path))
    secrets = {one["what"].split(" ")[0]: one["level"] for one in told if one["subject"] == "secrets"}
    assert secrets == {f"{tmp_path}/key": "bad", f"{tmp_path}/none": "bad"} and status == 1


def test_a_station_that_runs_is_told_with_its_ports_and_its_user(tmp_path: Path) -> None:
    with Up(tmp_path, "--web", "127.0.0.1:0", "--listen", "udp://127.0.0.1:0", "--flows", "udp://127.0.0.1:0") as running:
        running.wait_for("page at")
        own: list[dict[str, str]] = []
        end = time.monotonic() + 30
        while not any("page" in one["what"] for one in own) and time.monotonic() < end:
            time.sleep(0.2)
            own = _of_station(tmp_path)
        assert f"process {running.process.pid}: page" in " ".join(one["what"] for one in own)
        process = [one for one in own if one["subject"] == "process"]
        assert len(process) == 1 and process[0]["level"] == ("bad" if os.geteuid() == 0 else "fine")


def _of_station(home: Path) -> list[dict[str, str]]:
    told = json.loads(varde(home, "audit", "--json").out)["remarks"]
    return [one for one in told if one["what"].startswith("process ")]
