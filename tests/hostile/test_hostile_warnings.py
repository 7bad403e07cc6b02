"""Hostile text in warnings, as every sink sends them: parsed by the format's own rules, one message each."""

import email
import email.policy
import json
import re
from typing import Any

import pytest

from tests.hostile import readers
from tests.hostile.texts import TEXTS
from tests.hostile.warned_of import rows
from varde.deliver import SinkSettings
from varde.deliver.mail import digest, grouped, letter
from varde.deliver.syslog import _HEADERS, _cut
from varde.export.warning import FORMATS

ROWS = rows()
MAIL = SinkSettings(name="mail", kind="mail", server="smtp://127.0.0.1:25", sender="varde@gw.example", recipients=("ops@gw.example",))
SIEM = SinkSettings(name="siem", kind="syslog", address="udp://127.0.0.1:514", hostname="gw")


def test_there_is_a_warning_of_each_kind_for_each_string() -> None:
    kinds = [row["kind"] for row in ROWS]
    assert {kind: kinds.count(kind) for kind in kinds} == {"flow": len(TEXTS), "dns": len(TEXTS), "login": len(TEXTS)}


@pytest.mark.parametrize("form", FORMATS)
def test_a_warning_is_one_line_that_a_terminal_may_see(form: str) -> None:
    for row in ROWS:
        text = FORMATS[form].render(row)
        if form == "ntfy":  # a message: what it is, why, and links
            assert text.count("\n") <= 3
            text = text.replace("\n", " ")
        assert "\n" not in text and readers.terminal(text), row


@pytest.mark.parametrize("form", ["json", "ecs", "eve", "slack", "teams"])
def test_json_is_one_document_with_the_keys_that_a_harmless_warning_has(form: str) -> None:
    known: dict[str, set[str]] = {}
    for row in ROWS:
        document = readers.document(FORMATS[form].render(row))
        assert isinstance(document, dict)
        known.setdefault(row["kind"], set(document)).update(document)
        assert "taken" not in document and len(set(document) ^ known[row["kind"]]) <= 2
    if form == "eve":
        assert {json.loads(FORMATS["eve"].render(row))["event_type"] for row in ROWS} == {"alert"}


def test_cef_has_eight_fields_and_each_key_once() -> None:
    for row in ROWS:
        keys = readers.cef(FORMATS["cef"].render(row))
        assert "taken" not in keys and "src" in keys


@pytest.mark.parametrize(("rfc", "form"), [(3164, readers.PLAIN), (5424, readers.STRUCTURED)])
def test_syslog_is_one_message_whose_data_nothing_ends(rfc: int, form: re.Pattern[str]) -> None:
    message = _HEADERS[rfc](SIEM)
    for row in ROWS:
        octets = _cut(message(row))
        assert form.fullmatch(octets.decode()), octets[:300]
        assert b"\n" not in octets and octets.count(b"\x00") == 0


def test_the_articles_line_has_as_many_words_as_it_has() -> None:
    """What OSSEC reads: no text adds an address, an arrow or a key."""
    for row in ROWS:
        head = FORMATS["line"].render(row).partition(" : ")[2]
        assert head.count(" -> ") == 1 and re.fullmatch(r"\S+ -> \S+ \((?:TCP|DNS|LOGIN)\) \S+(?: \S+)*", head), head[:300]
        assert not re.search(r"[<>\"'`|;]", head.split(" -> ")[1].split(" ")[0])


def _headers(message: Any) -> list[str]:
    parsed = email.message_from_bytes(message.as_bytes(policy=email.policy.SMTP), policy=email.policy.default)
    assert not parsed.is_multipart() and parsed.get_content_type() == "text/plain"
    assert parsed["To"] == "ops@gw.example" and "taken" not in (parsed["From"] or "")
    return [name.lower() for name in parsed]


def test_mail_has_its_own_headers_and_one_plain_part() -> None:
    harmless = _headers(letter(MAIL, "Varde: 1 warning", "text", "warnings"))
    assert _headers(digest(MAIL, grouped(ROWS), 3)) == harmless
    for row in ROWS:
        assert _headers(digest(MAIL, grouped([row]), 0)) == harmless
        assert _headers(letter(MAIL, f"Varde: {row['sensor']}", row["line"], "warnings")) == harmless
