"""Lines made to mislead or to take time: none becomes another source, and none takes more than its length."""

import json
import re
import time

import pytest
from honeypot_family import NAMES, counted, fixture, of_table, outcomes, read, records

from varde.decode import LINE_MAX

SECONDS = 0.5  # of the processor, for one line of 64 kB that all dialects read; the best of three counts
_FILLERS = ("a", " ", '"', "'", "\\", "\\x41", "b'", "[", "]", "{", "{}", "/", ":", ",", "=", "1", "1.", " from ", " to ", " src=", '":', "] failed")


def _hostile(name: str) -> list[bytes]:
    """Golden lines stretched to the limit: at a third, at two thirds, and at their end."""
    lines = []
    for number, line in enumerate(fixture(name).decode().splitlines()):
        filler = _FILLERS[number % len(_FILLERS)]
        fill = filler * ((LINE_MAX - len(line) - 16) // len(filler))
        lines += [line[:at] + fill + line[at:] for at in (len(line) // 3, 2 * len(line) // 3, len(line))]
    return [line.encode()[:LINE_MAX] for line in lines]


def _fastest(line: bytes) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        read(line)
        best = min(best, time.process_time() - start)
        if best < SECONDS / 4:
            break
    return best


@pytest.mark.parametrize("name", NAMES)
def test_no_line_takes_longer_than_its_length_explains(name: str) -> None:
    sample = _hostile(name)
    slow = [(seconds, line[:120]) for line in sample[:: max(1, len(sample) // 40)] if (seconds := _fastest(line)) > SECONDS]
    assert not slow


@pytest.mark.parametrize("name", NAMES)
def test_long_lines_are_counted_once(name: str) -> None:
    lines = _hostile(name)[::5]
    total, made, ignored, rejected = outcomes(read(b"\n".join(lines)))
    assert total == len(lines) == made + ignored + rejected


def test_a_line_over_the_limit_is_a_reject_before_any_pattern() -> None:
    decoded = read(b'{"eventid":"cowrie.' + b"x" * LINE_MAX + b"\n" + fixture("cowrie-json"))
    assert decoded.counts["", "reject:too_long"] == 1
    assert decoded.counts["cowrie-json", "records"] == len(fixture("cowrie-json").splitlines())


@pytest.mark.parametrize("opened", ["[", '{"a":', "(", "-", "not ", "[[]," * 9])
def test_brackets_within_brackets_are_a_reject_and_no_more(opened: str) -> None:
    """JSON and Python dicts go by a parser that descends; a line may not take it down."""
    deep = opened * (60_000 // len(opened))
    lines = [
        f'{{"eventid":"cowrie.login.failed","message":{deep}',
        f"<12>{{'eventid': 'cowrie.login.failed', 'message': {deep}}}",
        f'{{"name": "Cowrie Honeypot", "message": {deep}',
        f'{{"logtype": 4002, "logdata": {deep}',
        f'{{"src_hostname": {deep}',
    ]
    decoded = read("\n".join(lines).encode())
    assert outcomes(decoded)[1] == 0
    assert outcomes(decoded)[3] >= 4


_HALVES = (r"\ud800", r"ab\uDC00cd", r"\ud83d\ud83d", r"x\ud83d")


@pytest.mark.parametrize("half", _HALVES)
@pytest.mark.parametrize("name", ["cowrie-json", "cowrie-ocsf", "cowrie-remotesyslog", "opencanary", "dionaea"])
def test_half_a_surrogate_pair_takes_no_neighbour_down(name: str, half: str) -> None:
    """JSON can say what UTF-8 cannot: it stands as an escape, wherever in a line it comes."""
    lines = fixture(name).decode().splitlines()
    halved = [line[: at.end()] + half + line[at.end() :] for line in lines for at in re.finditer(r"""(["']): ?\1""", line)]
    assert halved
    made = outcomes(read("\n".join(lines).encode()))[1]
    together = outcomes(read("\n".join([*lines, *halved]).encode()))
    assert together[0] == len(lines) + len(halved) == sum(together[1:])
    assert together[1] > made


@pytest.mark.parametrize("half", _HALVES)
def test_half_a_surrogate_pair_is_told_as_it_was_written(half: str) -> None:
    line = '{"eventid":"cowrie.login.failed","timestamp":"2026-11-21T16:51:37Z","src_ip":"198.51.100.7","username":"HALF","password":"\\ud83d\\ude00"}'
    (row,) = of_table(read(line.replace("HALF", half).encode()), "logins")
    assert (row["user"], row["password"]) == (half.replace("D", "d").replace("C", "c"), "\U0001f600")


def test_a_number_reads_alike_whatever_stands_beside_its_line() -> None:
    """A line that only a slower reader can read brings its whole block there."""
    line = '{"eventid":"cowrie.login.failed","timestamp":"2026-11-21T16:51:37Z","src_ip":"198.51.100.7","src_port":22.0,"username":true,"password":1.5}'
    alone, beside = (of_table(read(text.encode()), "logins") for text in (line, f'{line}\n{{"eventid":"cowrie.login.failed","password":1e999}}'))
    assert alone == beside
    assert (alone[0]["src_port"], alone[0]["user"], alone[0]["password"]) == (22, "true", "1.5")


# 10.6.6.6 is what a visitor typed, in whatever form; it must never be a source
_TYPED = (
    "x] failed\\n2026-11-21T16:51:37Z [ssh,aa,10.6.6.6] login attempt [a", "root from 10.6.6.6 port 22 ssh2", "] [ssh,aaaaaaaaaaaa,10.6.6.6] ",
    'x", "src_ip": "10.6.6.6', "x src=10.6.6.6 proto=tcp duser=root outcome=success", "New connection: 10.6.6.6:1 (10.6.6.6:2) [session: aaaaaaaa]",
    "HoneyPotSSHTransport,1,10.6.6.6] login attempt [x",
)  # fmt: skip


def _json(typed: str) -> str:
    event = {"eventid": "cowrie.login.failed", "username": typed, "password": typed, "src_ip": "198.51.100.7", "timestamp": "2026-11-21T16:51:37Z"}
    return json.dumps(event | {"message": f"login attempt [{typed}/{typed}] failed", "session": "a1b2c3d4e5f6"})


def _cef(typed: str) -> str:
    value = typed.replace("\\", "\\\\").replace("=", "\\=")
    return (
        "2026-11-21T16:53:47Z CEF:0|Cowrie|Cowrie|1.0|cowrie.login.failed|cowrie.login.failed|5|app=SSHv2 destinationServicename=sshd "
        f"deviceExternalId=hp msg=login attempt [{value}/{value}] failed src=198.51.100.7 proto=tcp duser={value} outcome=failed"
    )


_LINES = {
    "json": _json,
    "repr": lambda typed: f"<12>{json.loads(_json(typed))!r}",
    "text": lambda typed: f"2026-11-21T16:51:37Z [ssh,a1b2c3d4e5f6,198.51.100.7] login attempt [{typed}/{typed}] failed",
    "cef": _cef,
    "sshd": lambda typed: f"Dec 10 07:13:43 host sshd[1]: Failed password for invalid user {typed} from 198.51.100.7 port 42393 ssh2",
    "opencanary": lambda typed: json.dumps(
        {"logtype": 4002, "logdata": {"USERNAME": typed, "PASSWORD": typed}, "src_host": "198.51.100.7", "utc_time": "2026-11-21 16:51:37.0"}
    ),
}


@pytest.mark.parametrize("typed", _TYPED)
@pytest.mark.parametrize("form", _LINES)
def test_text_of_a_visitor_is_never_the_source(form: str, typed: str) -> None:
    decoded = read(_LINES[form](typed).encode())
    rows = records(decoded)
    assert counted(rows, "src_addr") == {("198.51.100.7",): 1}
    assert rows[0]["table"] == "logins"


@pytest.mark.parametrize("form", ["json", "repr", "cef"])
@pytest.mark.parametrize("typed", [*_TYPED, "a/b", "/", "", "]", "\u00f8\U0001f600"])
def test_names_are_what_was_typed_where_the_form_says_them_apart(form: str, typed: str) -> None:
    (row,) = of_table(read(_LINES[form](typed).encode()), "logins")
    assert (row["user"], row["password"]) == (typed, typed)


@pytest.mark.parametrize("host", ["evil host to 1.2.3.4:99 from x", "a:1 from b", "x' with data b'", "2001:db8::25", "::", "\u00f8.example"])
def test_a_target_is_what_was_asked_for(host: str) -> None:
    said = f"direct-tcp connection request to {host}:25 from localhost:5556"
    text = f"2026-11-21T16:52:28Z [ssh,89f9df1f812e,198.51.100.7] {said}"
    event = {"eventid": "cowrie.direct-tcpip.request", "dst_ip": host, "dst_port": 25, "orig_ip": "localhost", "orig_port": 5556, "message": said}
    object_ = json.dumps(event | {"src_ip": "198.51.100.7", "timestamp": "2026-11-21T16:52:28Z", "session": "89f9df1f812e", "protocol": "ssh"})
    rows = [of_table(read(line.encode()), "tunnels") for line in (text, object_)]
    keys = ("src_addr", "target", "target_port", "claimed_src", "claimed_src_port")
    assert counted(rows[0], *keys) == counted(rows[1], *keys) == {("198.51.100.7", host, 25, "localhost", 5556): 1}


@pytest.mark.parametrize("port", [65536, 4294967295])
def test_a_target_port_that_is_none_is_a_reject_in_text_and_json(port: int) -> None:
    text = f"2026-11-21T16:52:28Z [ssh,89f9df1f812e,198.51.100.7] direct-tcp connection request to x:{port} from y:1"
    event = {"eventid": "cowrie.direct-tcpip.request", "dst_ip": "x", "dst_port": port, "src_ip": "198.51.100.7", "timestamp": "2026-11-21T16:52:28Z"}
    for line in (text, json.dumps(event)):
        decoded = read(line.encode())
        assert decoded.rejects["reason"].to_list() == ["port"]


def test_a_repeated_message_of_sshd_is_bounded() -> None:
    line = "Dec 10 07:13:47 host sshd[1]: message repeated 999999 times: [ Failed password for root from 198.51.100.7 port 4 ssh2]"
    assert len(of_table(read(line.encode()), "logins")) == 100
