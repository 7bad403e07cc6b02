"""A real amavisd that handled real mail, read over SNMP by `varde amavis` and by a station: the numbers are those of what was sent."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.cli_run import varde
from tests.peers.mailfilter import AUTH, BASE, COMMUNITY, PRIV, USER, MailFilter, mail_filter, walk
from tests.peers.running import up, wait_for
from varde.decode.amavis import MODULE, OBJECTS
from varde.faces import board_of, panel_named, read_board

pytestmark = [pytest.mark.peer("amavisd", "amavisd-snmp-subagent", "libsnmp-perl", "snmpd", "snmpwalk"), pytest.mark.xdist_group("amavis"), pytest.mark.timeout(240)]

SENT = {
    "inMsgs": 8, "inMsgsInbound": 7, "inMsgsOpenRelay": 1, "contentCleanMsgs": 5, "contentVirusMsgs": 1, "contentBannedMsgs": 1, "contentBadHdrMsgs": 1,
    "inMsgsStatusRelayed": 6, "inMsgsStatusDiscarded": 2, "quarMsgs": 3, "outMsgsRelay": 6, "inMsgsBounce": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def mail() -> Iterator[MailFilter]:
    with mail_filter() as running:
        running.send_some()
        wait_for(lambda: "Counter32: 8" in walk(running.snmp, f"{BASE}.1.2.1"), 60)
        yield running


@pytest.fixture
def secrets(tmp_path: Path) -> list[str]:
    """Switches for SNMP v3."""
    for name, secret in (("auth", AUTH), ("priv", PRIV), ("community", COMMUNITY), ("wrong", "another-secret")):
        (tmp_path / name).write_text(secret + "\n")
    return ["--user", USER, "--auth-file", str(tmp_path / "auth"), "--priv-file", str(tmp_path / "priv")]


def read(folder: Path, mail: MailFilter, *switches: str) -> dict[str, object]:
    done = varde(folder, "amavis", f"127.0.0.1:{mail.snmp}", "--json", *switches)
    assert done.status == 0, done.err
    host = json.loads(done.out)["hosts"][0]
    assert isinstance(host, dict)
    return host


def test_numbers_are_those_of_what_was_sent(tmp_path: Path, mail: MailFilter, secrets: list[str]) -> None:
    second, third = read(tmp_path, mail, "--community-file", str(tmp_path / "community")), read(tmp_path, mail, *secrets)
    for host in (second, third):
        values = host["values"]
        assert isinstance(values, dict)
        assert {name: values[name] for name in SENT} == SENT
        assert values["sysName"] == "mx.example.org" and str(values["sysDescr"]).startswith("amavis-2.")
        assert (host["missing"], host["odd"]) == ([], 0)
        assert host["ratios"]["virus"] == 1 / 8  # type: ignore[index]
    table = varde(tmp_path, "amavis", f"127.0.0.1:{mail.snmp}", *secrets)
    assert "12.5% infected" in table.out and "inMsgsOpenRelay is not 0" in table.out
    assert all(secret not in table.out + table.err for secret in (AUTH, PRIV, COMMUNITY))


def test_what_net_snmp_reads_is_what_we_read(tmp_path: Path, mail: MailFilter, secrets: list[str]) -> None:
    told = {line.split(" = ")[0].removeprefix(f".{BASE}.").removesuffix(".0") for line in walk(mail.snmp, BASE).splitlines() if " = No more" not in line}
    values = read(tmp_path, mail, *secrets)["values"]
    assert isinstance(values, dict)
    assert {OBJECTS[number].name for number in told} == set(values)


def test_a_door_that_is_closed_is_a_sentence(tmp_path: Path, mail: MailFilter, secrets: list[str]) -> None:
    host, wrong = f"127.0.0.1:{mail.snmp}", str(tmp_path / "wrong")
    cases = {
        ("--community-file", wrong): "wrong community gets no answer", ("--user", "nobody", *secrets[2:]): "knows no user of that name",
        (*secrets[:2], "--auth-file", wrong, *secrets[4:]): "refuses the authentication passphrase", (*secrets[:4], "--priv-file", wrong): "wrong encryption passphrase",
        tuple(secrets[:4]): "does not let this user see",
    }  # fmt: skip
    for switches, words in cases.items():
        done = varde(tmp_path, "amavis", host, "--timeout", "2", *switches)
        assert done.status == 2 and words in done.err and done.out == "", (switches, done.err)
        assert "another-secret" not in done.err


def test_a_station_keeps_and_shows_it(tmp_path: Path, mail: MailFilter, secrets: list[str]) -> None:
    config = tmp_path / "varde.toml"
    config.write_text(
        f'[amavis]\nhosts = ["127.0.0.1:{mail.snmp}", "127.0.0.1:9"]\nevery_seconds = 5\ntimeout = 4\nuser = "{USER}"\n'
        f'auth_file = "{tmp_path}/auth"\npriv_file = "{tmp_path}/priv"\n'
    )
    with up(tmp_path, "--config", str(config), "/dev/null") as running:
        wait_for(lambda: any(one["time"] for one in running.get("amavis")["hosts"]), 40)
        mail.send()
        mail.send()
        board = board_of(tmp_path / "store")
        panel = panel_named("amavis")
        wait_for(lambda: board.exists() and {c.name: c.value for c in read_board(board).panel(panel)}["clean"] == 2, 60)
        with urllib.request.urlopen(f"{running.url}/metrics", timeout=20) as answer:
            metrics = answer.read().decode()
        wait_for(lambda: [bool(one["error"]) for one in running.get("amavis")["hosts"]] == [False, True], 60)  # a busy machine misses one at times
        assert "no SNMP answer" in running.get("amavis")["hosts"][1]["error"]
        assert any("no SNMP answer" in note for note in running.get("status")["notes"])
    label = f'host="127.0.0.1:{mail.snmp}"'
    assert f'varde_amavis_messages_total{{{label},content="clean"}} 2' in metrics
    assert f"varde_amavis_up{{{label}}} " in metrics and 'varde_amavis_up{host="127.0.0.1:9"} 0' in metrics
    assert not any(secret in line for line in running.said for secret in (AUTH, PRIV))
    rows = varde(tmp_path, "sql", "select cast(sum(grown) as bigint) as grown, max(value) as value from readings where name = 'contentCleanMsgs'", "--store", str(tmp_path / "store"), "--json")
    assert json.loads(rows.out)[0] == {"grown": 2, "value": 7}, rows.out


def test_our_names_are_those_of_the_mib() -> None:
    import gzip
    import re

    shipped = Path("/usr/share/doc/amavisd-new/AMAVIS-MIB.txt.gz")
    if not shipped.exists():
        pytest.skip("this amavisd-new comes without its MIB")
    text = gzip.decompress(shipped.read_bytes()).decode()
    assert text.startswith(MODULE)
    roots = {"amavisStats": "1", "amavisProc": "2", "amavisMta": "3"}
    found = re.findall(r"^(\w+) OBJECT-TYPE\s+SYNTAX\s+([\w ]+?)\s*\n.*?::= \{ (\w+) ([0-9 ]+) \}", text, re.DOTALL | re.MULTILINE)
    theirs = {f"{roots[root]}.{'.'.join(numbers.split())}": (name, kind) for name, kind, root, numbers in found}
    assert {one.number: (one.name, one.type) for one in OBJECTS.values()} == theirs
