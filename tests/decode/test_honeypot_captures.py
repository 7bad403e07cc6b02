"""Real sessions of Cowrie and INetSim: every form of the same sessions gives the same rows, counted independently."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from honeypot_family import LAB, counted, of_table, outcomes, read

LOGIN = ("user", "password", "success", "src_addr")
TUNNEL = ("src_addr", "target", "target_port")
COWRIE = {"text": "cowrie.log", "textlog": "audit.log", "socketlog": "socketlog.json", "remotesyslog": "remotesyslog.nul"}
TABLES = ("logins", "tunnels", "payloads", "commands", "sessions", "downloads")


def _capture(name: str) -> bytes:
    """As the listener hands it over: a NUL ends a message."""
    return (LAB / name).read_bytes().replace(b"\n\0", b"\n")


def _objects(name: str = "cowrie.json") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LAB / name).read_text().splitlines()]


def _plain(text: str) -> str:
    """Cowrie's escapes undone with other means than Varde's."""
    octets = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode().replace(b"\\\\", b"\0"))
    return octets.replace(b"\0", b"\\").decode("utf-8", "backslashreplace")


def _pairs(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Logins as the text has them: it does not say where a user ends who has a slash in the name."""
    return Counter((f"{row['user']}/{row['password']}", row["success"], row.get("src_addr")) for row in rows)


@pytest.mark.parametrize("folder", ["", "dual/"])
def test_json_gives_what_its_own_keys_say(folder: str) -> None:
    decoded, events = read(_capture(f"{folder}cowrie.json")), _objects(f"{folder}cowrie.json")
    logins = [event for event in events if event["eventid"].startswith("cowrie.login.")]
    asked = [event for event in events if event["eventid"] == "cowrie.direct-tcpip.request"]
    assert counted(of_table(decoded, "logins"), *LOGIN) == Counter(
        (_plain(e["username"]), _plain(e["password"]), int(e["eventid"].endswith("success")), e["src_ip"]) for e in logins
    )
    assert counted(of_table(decoded, "tunnels"), *TUNNEL) == Counter((e["src_ip"], e["dst_ip"], e["dst_port"]) for e in asked)
    assert outcomes(decoded)[3] == 0


def test_commands_are_as_they_were_typed() -> None:
    expected = Counter(e["input"] for e in _objects() if e["eventid"].startswith("cowrie.command.") and "input" in e)
    assert counted(of_table(read(_capture("cowrie.json")), "commands"), "input") == Counter({(typed,): n for typed, n in expected.items()})
    assert any("\\x41" in typed for typed in expected), "the capture has an escape that somebody typed"


def test_payloads_are_the_octets_that_were_sent() -> None:
    expected = sorted(len(eval(e["data"])) for e in _objects() if e["eventid"] == "cowrie.direct-tcpip.data")
    found = [row["length"] for row in of_table(read(_capture("cowrie.json")), "payloads") if "length" in row]
    assert sorted(found) == expected and len(expected) == 19


@pytest.mark.parametrize("form", COWRIE)
def test_the_same_sessions_in_another_form_are_the_same_rows(form: str) -> None:
    other, json_ = read(_capture(COWRIE[form])), read(_capture("cowrie.json"))
    for table in TABLES:
        assert len(of_table(other, table)) == len(of_table(json_, table)), table
    assert _pairs(of_table(other, "logins")) == _pairs(of_table(json_, "logins"))
    assert counted(of_table(other, "tunnels"), *TUNNEL) == counted(of_table(json_, "tunnels"), *TUNNEL)
    assert counted(of_table(other, "payloads"), *TUNNEL, "data") == counted(of_table(json_, "payloads"), *TUNNEL, "data")
    assert counted(of_table(other, "commands"), "src_addr", "input", "outcome") == counted(of_table(json_, "commands"), "src_addr", "input", "outcome")
    assert counted(of_table(other, "downloads"), "src_addr", "kept") == counted(of_table(json_, "downloads"), "src_addr", "kept")
    kinds = ("src_addr", "session", "event", "version", "hassh", "terminal", "variable", "recording", "duration")
    assert counted(of_table(other, "sessions"), *kinds) == counted(of_table(json_, "sessions"), *kinds)
    if form in ("socketlog", "remotesyslog"):
        assert counted(of_table(other, "logins"), *LOGIN) == counted(of_table(json_, "logins"), *LOGIN)


@pytest.mark.parametrize(("form", "name"), [("cef", "localsyslog.log"), ("ocsf", "audit.log"), ("text", "cowrie.log"), ("repr", "remotesyslog.nul")])
def test_the_same_sessions_dual_stack_in_cef_ocsf_and_text(form: str, name: str) -> None:
    other, json_ = read(_capture(f"dual/{name}")), read(_capture("dual/cowrie.json"))
    addresses = {row["src_addr"] for row in of_table(json_, "logins")}
    assert addresses == {"127.0.0.7", "::1"}
    assert counted(of_table(other, "logins"), *LOGIN) == counted(of_table(json_, "logins"), *LOGIN)
    assert counted(of_table(other, "tunnels"), *TUNNEL) == counted(of_table(json_, "tunnels"), *TUNNEL)


def test_plain_syslog_has_lost_who_it_was() -> None:
    """Cowrie 3 writes `[cowrie] MESSAGE`: the names are there, source and session are not."""
    other, json_ = read(_capture("localsyslog.log")), read(_capture("cowrie.json"))
    logins = of_table(other, "logins")
    assert {row.get("src_addr") for row in logins} == {None} == {row.get("session") for row in logins}
    without = [row | {"src_addr": None} for row in of_table(json_, "logins")]
    assert _pairs(without) == _pairs(logins)


def test_lines_of_the_program_itself_are_no_records() -> None:
    """The log has two kinds of lines: events, each also in the JSON, and what Cowrie says of itself."""
    made, ignored, rejected = outcomes(read(_capture("cowrie.log")))[1:]
    assert made == outcomes(read(_capture("cowrie.json")))[1] == 223
    assert (ignored, rejected) == (len((LAB / "cowrie.log").read_text().splitlines()) - 223, 0)


@pytest.mark.parametrize("name", ["cowrie.json", "cowrie.log", "remotesyslog.nul", "inetsim/service.log"])
@pytest.mark.parametrize("pieces", [2, 7])
def test_where_a_block_is_cut_changes_no_count(name: str, pieces: int) -> None:
    lines = _capture(name).splitlines(keepends=True)
    step = len(lines) // pieces + 1
    parts = [read(b"".join(lines[at : at + step])) for at in range(0, len(lines), step)]
    whole = read(b"".join(lines))
    for table, batch in whole.tables():
        assert sum(len(part.others.get(table, ())) for part in parts) == len(batch), table


def _service_log() -> list[str]:
    return (LAB / "inetsim" / "service.log").read_text().splitlines()


def test_spam_is_counted_by_mails_not_by_message_ids() -> None:
    mails = [row for row in of_table(read(_capture("inetsim/service.log")), "mails") if "mails" in row]
    by_source = Counter[str]()
    for row in mails:
        by_source[row["src_addr"]] += row["mails"]
    expected = Counter[str]()
    for line in _service_log():
        if found := re.search(r"\[([0-9.]+):[0-9]+\] stat: 1 mails=([0-9]+)", line):
            expected[found[1]] += int(found[2])
    assert by_source == expected and by_source.total() == 8 and len(mails) == 4
    assert sum(row["recipients"] for row in mails) == 16
    ids = {line.split("Message id: ")[1] for line in _service_log() if "Message id: " in line}
    assert len(ids) == 4, "an id is the connection's, not the mail's"


def test_names_and_envelopes_of_a_connection_are_found_by_its_session() -> None:
    rows = of_table(read(_capture("inetsim/service.log")), "mails")
    assert {row["ehlo"] for row in rows if "ehlo" in row} == {
        found[1] for line in _service_log() if (found := re.search(r"recv: (?:ehlo|EHLO) (.+)$", line))
    }
    assert len({row["session"] for row in rows if "mails" in row}) == 4
    senders = {row["session"]: row["sender"] for row in rows if "sender" in row}
    assert all(row["session"] in senders for row in rows if "mails" in row)


def test_a_request_of_inetsim_keeps_its_headers_in_order() -> None:
    rows = of_table(read(_capture("inetsim/service.log")), "payloads")
    for row in rows:
        said = [
            line.split("recv: ", 1)[1] for line in _service_log()
            if f":{row['src_port']}] recv: " in line and "<(POSTDATA)>" not in line
        ]  # fmt: skip
        assert row["data"] == "\r\n".join(said) + "\r\n\r\n"
        assert json.loads(row["headers"]) == [line.split(": ", 1) for line in said[1:]]
    assert any(row["path"] == "/test.exe?x=1" and row["host"] == "checkip.dyndns.com" for row in rows)


def test_credentials_of_inetsim_are_logins() -> None:
    rows = of_table(read(_capture("inetsim/service.log")), "logins")
    assert counted(rows, "service", "user", "password", "success") == {("ftp", "anonymous", "a@b", 1): 2}


def test_the_report_of_inetsim_is_nobodys_line(tmp_path: Path) -> None:
    assert outcomes(read(_capture("inetsim/report.txt")))[1] == 0
