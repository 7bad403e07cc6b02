"""What a payload is: fields of HTTP, SMTP, TLS and SSH, and that any octets have an answer."""

import importlib
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payload_family import GOLDENS, GOOGLE_HELLO, SOCKS_HELLO, TR069, record

from varde.decode.payload import (
    Payload,
    commands,
    defang,
    hexdump,
    known,
    recognise,
    recognised,
    strings,
    urls,
)
from varde.decode.payload.ja4 import ja4
from varde.decode.payload.recognise import COLUMNS
from varde.model import PAYLOADS

FORMS = {"http", "tls", "smtp", "ssh", "unknown"}


# ---- HTTP ----


def test_the_request_of_the_article_is_read() -> None:
    seen = recognise(TR069)
    assert (seen.form, seen.method, seen.path) == ("http", "POST", "/UD/act?1")
    assert seen.agent == "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"
    assert [name for name, _ in seen.headers] == ["User-Agent", "SOAPAction", "Content-Type", "Content-Length"]


def test_headers_keep_their_order_their_duplicates_and_their_folds() -> None:
    seen = recognise(b"GET / HTTP/1.1\r\nB: 1\r\nA: 2\r\n  and\r\n\tmore\r\nB : 3\r\nCookie: c=1\r\nREFERER:http://192.0.2.1/\r\nHost: a\r\nHost: b\r\n\r\nC: no\r\n")
    assert seen.headers == (("B", "1"), ("A", "2 and more"), ("B", "3"), ("Cookie", "c=1"), ("REFERER", "http://192.0.2.1/"), ("Host", "a"), ("Host", "b"))
    assert (seen.cookie, seen.referer, seen.host) == ("c=1", "http://192.0.2.1/", "a")


@pytest.mark.parametrize(
    ("data", "method", "path", "host"),
    [
        (b"GET http://198.51.100.1:81/x?y HTTP/1.1\r\n\r\n", "GET", "http://198.51.100.1:81/x?y", "198.51.100.1:81"),
        (b"CONNECT example.net:443 HTTP/1.1\r\n\r\n", "CONNECT", "example.net:443", "example.net:443"),
        (b"OPTIONS * HTTP/1.0\r\n\r\n", "OPTIONS", "*", None),
        (b"BREW /pot HTTP/1.1\nHost: tea\n", "BREW", "/pot", "tea"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI", "*", None),
        (b"\r\n\r\nGET /a b HTTP/1.1\r\nHost: x\r\n", "GET", "/a b", "x"),
        (b"GET /cut HTT", "GET", "/cut", None),
        (b"GET /cut", "GET", "/cut", None),
        (b"GET /\xe6\xf8\xe5 HTTP/1.1\r\nHost: \xc3\xa6\r\nX", "GET", "/\\xe6\\xf8\\xe5", "æ"),
        (b"GET http://[::1/ HTTP/1.1\r\n\r\n", "GET", "http://[::1/", None),
    ],
)  # fmt: skip
def test_requests_of_every_kind_are_read(data: bytes, method: str, path: str, host: str | None) -> None:
    seen = recognise(data)
    assert (seen.form, seen.method, seen.path, seen.host) == ("http", method, path, host)


@pytest.mark.parametrize("data", [b"OPTIONS sip:nm SIP/2.0\r\n", b"OPTIONS / RTSP/1.0\r\n", b"GET", b"GET \r\n", b"HTTP/1.1 200 OK\r\n", b"get me out of here", b"\x00GET / HTTP/1.1\r\n"])
def test_what_only_looks_like_http_is_unknown(data: bytes) -> None:
    assert recognise(data) == Payload()


def test_a_header_without_end_and_many_headers_are_bounded() -> None:
    long = recognise(b"GET / HTTP/1.1\r\nUser-Agent: " + b"a" * 60_000)
    assert long.agent == "a" * 8192
    assert len(recognise(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000).headers) == 200
    folded = recognise(b"GET / HTTP/1.1\r\nA: b\r\n" + b" c\r\n" * 15_000)
    assert len(folded.headers) == 1


# ---- SMTP, SSH ----


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"EHLO ylmf-pc\r\n", "ylmf-pc"), (b"helo [192.0.2.1]\r\nMAIL FROM:<a@b>\r\n", "[192.0.2.1]"), (b"\r\nRSET\r\nEHLO User\r\n", "User"), (b"EHLO\r\n", None),
     (b"MAIL FROM:<a@example.net>\r\n", None), (b"STARTTLS\r\n", None), (b"EHLO half", "half")],
)  # fmt: skip
def test_the_name_of_a_mail_client_is_found_in_its_first_lines(data: bytes, name: str | None) -> None:
    assert recognise(data) == Payload("smtp", ehlo=name)


@pytest.mark.parametrize("data", [b"\x00\x01\nEHLO x\r\n", b"Say EHLO x\r\n", b"x\r\n" * 5000 + b"EHLO x\r\n", b"EHLOx\r\n"])
def test_the_word_elsewhere_makes_no_mail(data: bytes) -> None:
    assert recognise(data).form == "unknown"


def test_a_version_string_is_ssh() -> None:
    assert recognise(b"SSH-2.0-Go\r\n") == Payload("ssh")
    assert recognise(b"SSH") == Payload()


# ---- TLS ----


@pytest.mark.parametrize("size", [1 << 14, 100, 1])
def test_the_published_fingerprints_come_out_however_the_hello_is_cut_into_records(size: int) -> None:
    google, socks = recognise(record(GOOGLE_HELLO, size=size)), recognise(record(SOCKS_HELLO, size=size))
    assert google == Payload("tls", sni="clientservices.googleapis.com", ja4="t13d1516h2_8daaf6152771_e5627efa2ab1")
    assert socks == Payload("tls", sni="www.example.com", ja4="t10d230100_6a57a6f57151_000000000000")


def test_a_hello_that_is_cut_off_keeps_its_name_and_has_no_fingerprint() -> None:
    whole = record(SOCKS_HELLO)
    for length in range(2, len(whole)):
        seen = recognise(whole[:length])
        assert (seen.form, seen.ja4, seen.sni) == ("tls", None, None)
    whole = record(GOOGLE_HELLO)
    assert recognise(whole[:-1]) == Payload("tls", sni="clientservices.googleapis.com")


def test_a_hello_that_contradicts_itself_has_no_fingerprint() -> None:
    inner = bytearray(SOCKS_HELLO)
    inner[-26:-24] = (0x30).to_bytes(2, "big")  # the extensions announce more than there is
    assert recognise(record(bytes(inner))).ja4 is None


_SUITES = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x9C, 0x9D, 0x2F, 0x35)
_KINDS = (0x1B, 0, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 5, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15)


def test_the_examples_of_the_description_come_out() -> None:
    signatures = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
    given_ = {"version": 0x0303, "versions": (0x3A3A, 0x0304, 0x0303), "ciphers": (0x0A0A, *_SUITES), "extensions": (0xFAFA, *_KINDS)}
    assert ja4(**given_, alpn=b"h2", signatures=signatures) == "t13d1516h2_8daaf6152771_e5627efa2ab1"  # type: ignore[arg-type]
    assert ja4(**given_, alpn=b"http/1.1", signatures=()) == "t13d1516h1_8daaf6152771_6d807ffa2a79"  # type: ignore[arg-type]


@pytest.mark.parametrize(("alpn", "ends"), [(None, "00"), (b"", "00"), (b"h", "hh"), (b"\xab", "ab"), (b"\xab\xcd", "ad"), (b"0\xab", "3b"), (b"01\xab\xcd", "3d"), (b"0\xab\xcd1", "01")])
def test_the_ends_of_the_protocol_are_those_of_the_description(alpn: bytes | None, ends: str) -> None:
    assert ja4(version=0x0303, versions=(), ciphers=(), extensions=(), alpn=alpn, signatures=()) == f"t12i0000{ends}_000000000000_000000000000"


def test_a_hello_of_openssl_is_read_whole() -> None:
    import ssl

    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname="mail.example.org").do_handshake()
    seen = recognise(outgoing.read())
    assert seen.sni == "mail.example.org"
    assert seen.ja4 is not None
    assert seen.ja4.startswith("t13d") and seen.ja4[8:10] == "h2"


# ---- any octets ----


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A golden cut, with octets changed, or with a piece of another."""
    data = draw(st.sampled_from(GOLDENS))
    at = draw(st.integers(0, len(data)))
    other = draw(st.sampled_from((b"", b"\x00", b"\xff" * 8, b"\r\n\r\n", b"`", b"$(", b"%", data[:40], draw(st.binary(max_size=20)))))
    return draw(st.sampled_from((data[:at], data[at:], data[:at] + other + data[at:], data[:at] + other + data[at + len(other) :])))


@given(st.one_of(st.binary(max_size=400), damaged()))
@settings(max_examples=600, deadline=None)
def test_any_octets_have_an_answer_of_the_tables_types_and_nothing_is_raised(data: bytes) -> None:
    seen = recognise(data)
    assert seen.form in FORMS
    assert all(value is None or isinstance(value, str) for value in (getattr(seen, name) for name in COLUMNS if name != "headers"))
    assert known(data) is None or known(data).name  # type: ignore[union-attr]
    for text in (*urls(data), *commands(data), *hexdump(data)):
        assert isinstance(text, str)
        assert not [url for url in urls(defang(text).encode()) if url.lower().startswith(("http", "ftp"))]
    assert all(data[run.offset : run.offset + 1] == run.text[0].encode() for run in strings(data))


def test_every_beginning_of_every_golden_has_an_answer() -> None:
    for golden in GOLDENS:
        for length in range(0, len(golden), max(1, len(golden) // 60)):
            assert recognise(golden[:length]).form in FORMS


@pytest.mark.parametrize("unit", [b"a: b\r\n", b"GET ", b"`", b"$(", b"$(a", b"http://", b"hxxp://a.", b"%", b" ", b"\t", b"EHLO ", b"wget ", b"wget\t", b"/bin/", b";", b"${", b"a\x00", b"\x16\x03\x01\x00\x00", b"\r\n"])
def test_a_large_hostile_payload_is_read_in_linear_time(unit: bytes) -> None:
    # a quadratic step on 64 KiB would take minutes and end in the suite's own time limit
    for head in (b"", b"GET / HTTP/1.1\r\n", b"POST /?"):
        data = (head + unit * 70_000)[:70_000]
        recognise(data), known(data), urls(data), commands(data), strings(data), hexdump(data), defang(data.decode("latin-1"))


# ---- a column ----


def test_a_column_is_read_row_by_row_and_has_the_tables_names() -> None:
    data = pl.Series("data", [b"EHLO a\r\n", None, record(SOCKS_HELLO), b"EHLO a\r\n", b"", b"GET / HTTP/1.1\r\nA: \xc3\xa6\r\nA: \"\r\n\r\n"], dtype=pl.Binary)
    facts = recognised(data)
    assert set(facts.columns) <= set(PAYLOADS.names)
    assert facts["form"].to_list() == ["smtp", None, "tls", "smtp", "unknown", "http"]
    assert facts["ehlo"].to_list() == ["a", None, None, "a", None, None]
    assert json.loads(facts["headers"][5]) == [["A", "æ"], ["A", '"']]


def test_a_column_without_payloads_has_the_same_columns() -> None:
    for column in (pl.Series("data", [], dtype=pl.Binary), pl.Series("data", [None, None], dtype=pl.Binary)):
        assert recognised(column).columns == list(COLUMNS)
        assert len(recognised(column)) == len(column)


def test_a_column_reads_each_distinct_payload_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("varde.decode.payload.recognise")  # the package has a function of that name
    calls: list[bytes] = []
    original = module.recognise
    monkeypatch.setattr(module, "recognise", lambda data: calls.append(data) or original(data))
    module._remembered.cache_clear()
    module.recognised(pl.Series("data", [b"EHLO a\r\n", b"SSH-2.0-x\r\n"] * 500, dtype=pl.Binary))
    assert sorted(calls) == [b"EHLO a\r\n", b"SSH-2.0-x\r\n"]
