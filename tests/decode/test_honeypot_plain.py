"""What is read by a shorter way reads as by the long one."""

from dataclasses import replace
from unittest import mock

import polars as pl
import pytest
from honeypot_family import fixture, read, records
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.decode.distinct import of_each
from varde.decode.honeypot import _cowrie_events, _messages, cowrie_text
from varde.decode.honeypot._escapes import each, each_escaped, unescaped, version

_WORDS = st.sampled_from([
    "198.51.100.7", "2001:db8::1", "mx.example", ":", ":25", ":99999999999", " from ", "127.0.0.1:1", "root/x", "] ", "]", "[", " ", "failed", "succeeded",
    "\xe6", "\\", "\\xe6", "/", "", "\t", "b'root'", ":25 from localhost:1 ",
])  # fmt: skip
_SAYINGS = st.lists(_WORDS, max_size=8).map("".join)
_LINES = fixture("cowrie-text").decode().splitlines()
_SYSTEMS = st.sampled_from([
    "ssh,00ab,198.51.100.7", "telnet,12,2001:db8::1", "ssh,00ab,", "HoneyPotSSHTransport,7,198.51.100.7", "CowrieTelnetTransport,7,", "-",
    "SSHService ssh-connection on HoneyPotSSHTransport,9704,192.0.2.1", "a,b HoneyPotTransport,5,192.0.2.1", "HoneyPotTransport,ab,192.0.2.1",
    "cowrie", "Transport,3,192.0.2.1", "ssh,0g,192.0.2.1", "\xe6 HoneyPotTransport,5,192.0.2.1", "kippo HoneyPotTELNETTransport,5,::1",
])  # fmt: skip
_CARRIED = st.sampled_from(["", "<14>", "host cowrie: "])


@pytest.mark.parametrize("message", [message for message in _messages.MESSAGES if message.plain], ids=lambda message: message.begins)
@settings(deadline=None, max_examples=150)
@given(sayings=st.lists(_SAYINGS, min_size=1, max_size=12))
def test_a_plain_pattern_finds_what_the_general_one_finds(message: _messages.Message, sayings: list[str]) -> None:
    behind = pl.Series("message", sayings)
    assert _messages._groups(behind, message).equals(_messages._groups(behind, replace(message, plain="")))


_JSON_KEYS = st.sampled_from(['"eventid"', '"message"', '"src_port"', '"username"', '"input"', '"unknown"', '"event\\u0069d"', '"\\u0075sername"', '""'])
_JSON_VALUES = st.sampled_from([
    "null", "true", "0", "-0.0", "22.0", "1e3", "1e-7", "1.5e300", "0.1", "18446744073709551616", "12345678901234567890123", "NaN", "1E400", "01", "[]", "[1, \"a\"]", "{}",
    '{"a": 1, "a": [2]}', '"cowrie.login.failed"', '"a\\tb"', '"\\u0000"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\xe6"', '"open', "",
])  # fmt: skip
_JSON_LINES = st.one_of(
    st.lists(st.tuples(_JSON_KEYS, _JSON_VALUES), max_size=5).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"),
    st.sampled_from(["null", "", "[]", "1", " {}", "{}}", '{"eventid": 1} x', '{"eventid"', "{" * 3000]),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_JSON_LINES, min_size=1, max_size=4))
def test_json_reads_the_same_at_once_as_one_by_one(lines: list[str]) -> None:
    """Also where a key stands twice: who writes the line must not choose what is read by choosing its neighbours."""
    text = pl.Series(lines, dtype=pl.String)
    (quickly, damaged), (slowly, also) = _cowrie_events._parsed(text), _cowrie_events._one_by_one(text)
    assert quickly.equals(slowly) and damaged.tolist() == also.tolist()


def test_of_a_key_that_stands_twice_the_first_counts_whatever_stands_beside_it() -> None:
    twice = b'{"eventid": "cowrie.login.failed", "username": "root", "password": "x", "username": "other", "session": "1", "src_ip": "198.51.100.7", "timestamp": "2026-11-21T16:52:28Z"}'
    for beside in (b"", b"\n" + twice.replace(b'"x"', b'["x"]'), b"\n" + twice[:-1] + b', "input": {"a": 1}}', b"\n" + twice[:-1]):
        assert records(read(twice + beside))[0]["user"] == "root"


def test_most_messages_are_plain() -> None:
    behind = pl.Series(["root/x] failed", "198.51.100.7:25 from 127.0.0.1:1"])
    for text, begins in zip(behind, ("login attempt [", "direct-tcp connection request to "), strict=True):
        message = next(message for message in _messages.MESSAGES if message.begins == begins)
        only = replace(message, pattern="(?P<never>$)")
        assert _messages._groups(pl.Series([text]), only)["matched"].null_count() == 0


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(_CARRIED, st.sampled_from(["", ".5"]), _SYSTEMS, st.sampled_from(_LINES), _SAYINGS), min_size=1, max_size=12))
def test_lines_of_the_file_read_as_by_the_forms_of_any_line(parts: list[tuple[str, str, str, str, str]]) -> None:
    said = [(before, fraction, system, line.partition("] ")[2] + more) for before, fraction, system, line, more in parts]
    data = "\n".join(f"{before if before[:1] == '<' else ''}2026-11-21 16:52:28{fraction}+0100 {'' if before[:1] == '<' else before}[{system}] {text}"
                     for before, fraction, system, text in said).encode()  # fmt: skip
    never = {name: "^\x00" + getattr(cowrie_text, name)[1:] for name in ("_NAMED", "_FILE")}
    with mock.patch.multiple(cowrie_text, **never):
        slowly = read(data)
    quickly = read(data)
    assert records(quickly) == records(slowly) and quickly.counts == slowly.counts


def test_a_plain_line_of_the_file_is_read_whole() -> None:
    before = "2017-01-16 15:32:30+0100 [SSHService ssh-connection on HoneyPotSSHTransport,9704,192.0.2.1] "
    plain = [before + said for said in ("login attempt [root/x] failed", "direct-tcp connection request to mx.example:25 from localhost:5556")]
    odd = [before + "login attempt [r]/x] failed", before + "direct-tcp connection request to ::1:25 from localhost:5556", before + "CMD: id",
           "<14>" + plain[0], plain[1].replace("HoneyPotSSHTransport,9704,192.0.2.1", "-"), plain[0] + " once"]  # fmt: skip
    for lines, left in ((plain, []), (odd, odd), ([odd[0], *plain, odd[1]], odd[:2])):
        parts, rows = cowrie_text._said_whole(pl.Series(lines))
        assert [lines[row] for row in rows] == left
        assert sum(map(len, parts)) == len(lines) - len(left)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), _SAYINGS, st.sampled_from(["a", "b'\\xe6'", '"'])), max_size=40))
def test_only_texts_with_a_sign_of_an_escape_change(texts: list[str | None]) -> None:
    series = pl.Series("name", texts, dtype=pl.String)
    for convert in (unescaped, version):
        assert each_escaped(series, convert).equals(each(series, convert, pl.String()))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "", None]), max_size=60))
def test_each_value_is_made_once_and_stands_in_its_rows(texts: list[str | None]) -> None:
    seen: list[str] = []

    def make(distinct: pl.Series) -> pl.DataFrame:
        seen.extend(distinct.to_list())
        return pl.DataFrame({"made": distinct + "!"})

    made = of_each(pl.Series(texts, dtype=pl.String), make)["made"].to_list()
    assert made == [None if text is None else text + "!" for text in texts]
    assert sorted(seen) == sorted({text for text in texts if text is not None})
