"""The mail: a digest of a period, by host and list, that nothing in a warning can turn into another mail."""

import email
import email.policy
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from ends import certificate, free_port, mail_server
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from warned import OTX, StandIn, entry, warning

from varde.deliver import SinkError, SinkSettings, sink_of
from varde.deliver.mail import GROUPS_MAX, digest, grouped
from varde.model import VardeError


def settings(port: int = 25, **more: Any) -> SinkSettings:
    given_: dict[str, Any] = {"sender": "varde@example.net", "recipients": ("ops@example.net", "me@example.org"), "timeout": 5.0} | more
    return SinkSettings(name="mail", kind="mail", server=f"localhost:{port}", **given_)


def parsed(octets: bytes) -> EmailMessage:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    return str(message.get_content()).replace("\r\n", "\n")


def test_one_mail_tells_of_all_by_host_and_list() -> None:
    rows = [warning(src="10.0.0.5", at=second) for second in range(3)] + [warning(src="10.0.0.6") | {"count": 9}]
    with mail_server() as box:
        assert "taken by" in sink_of(settings(box.port)).send(rows)
    ((sender, recipients, octets),) = box.mails
    assert (sender, recipients) == ("varde@example.net", ["ops@example.net", "me@example.org"])
    message = parsed(octets)
    assert message["Subject"] == "Varde: 12 warnings, 2 hosts"
    assert message["List-Id"] == "Varde warnings <mail.varde.example.net>"
    assert message["Auto-Submitted"] == "auto-generated"
    first, second, *_ = text_of(message).split("\n\n")
    assert first.startswith("10.0.0.6: 9 records, listed by otx:5f0c") and second.startswith("10.0.0.5: 3 records")
    assert "from 2016-06-07T13:51:34Z to 2016-06-07T13:51:36Z" in second
    assert entry()["url"] in second


def test_a_surge_and_a_scan_say_why_whatever_the_threshold_is() -> None:
    scan = {"kind": "scan", "time": "2026-11-20T00:41:00Z", "end_time": "2026-11-20T19:38:00Z", "src_addr": "198.51.100.7", "name": "diagonal", "lists": [], "level": "found", "count": 1,
            "reason": "One source (198.51.100.7) went down 410 ports\x1b[2J", "line": "2026-11-20 00:41:00 : 198.51.100.7 -> -/tcp (SCAN diagonal) -"}  # fmt: skip
    surge = scan | {"kind": "surge", "level": "alarm", "reason": "tcp/7547: 232 networks in 1 hour", "line": "2026-11-20 12:00:00 : 7547/tcp (SURGE) -"}
    with mail_server() as box:
        sink = sink_of(settings(box.port, threshold=5))
        assert "taken by" in sink.send([warning(), scan, surge])
        assert "taken by" in sink.send([scan])
    message, alone = (parsed(octets) for _, _, octets in box.mails)
    assert (message["Subject"], alone["Subject"]) == ("Varde: 2 warnings", "Varde: 1 warning")
    first, second, below, _ = text_of(message).split("\n\n")
    assert first.startswith("Slow scan in order, found: One source (198.51.100.7) went down 410 ports") and "\x1b" not in first
    assert first.endswith("  from 2026-11-20T00:41:00Z to 2026-11-20T19:38:00Z\n  2026-11-20 00:41:00 : 198.51.100.7 -> -/tcp (SCAN diagonal) -")
    assert second.startswith("Surge, alarm: tcp/7547: 232 networks in 1 hour\n") and below.startswith("1 record stayed below")


def test_a_digest_waits_for_its_period_and_then_for_the_next() -> None:
    with mail_server() as box:
        sink = sink_of(settings(box.port, period_minutes=1))
        assert [sink.ready(0, 0), sink.ready(1, 10), sink.ready(5, 69), sink.ready(5, 70)] == [False, False, False, True]
        sink.send([warning()])
        assert [sink.ready(0, 71), sink.ready(1, 80), sink.ready(1, 139), sink.ready(1, 140)] == [False, False, False, True]


def test_what_stays_below_the_threshold_is_no_mail_and_is_counted_in_the_next() -> None:
    with mail_server() as box:
        sink = sink_of(settings(box.port, threshold=5))
        assert "threshold of 5" in sink.send([warning(), warning(src="10.0.0.6")])
        assert not box.mails
        sink.send([warning() | {"count": 5}, warning(src="10.0.0.6")])
    (mail,) = box.mails
    assert "3 records stayed below the threshold of 5" in text_of(parsed(mail[2]))


def test_it_is_encrypted_and_logged_in_where_that_is_set(tmp_path: Path) -> None:
    mine, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine, key)
    password = tmp_path / "password"
    password.write_text("secret\n")
    with mail_server(context) as box:
        how: dict[str, Any] = {"security": "starttls", "user": "varde", "password_file": password}
        with pytest.raises(SinkError, match="certificate verify failed"):
            sink_of(settings(box.port, **how)).send([warning()])
        assert not box.mails
        sink_of(settings(box.port, **how, ca=mine)).send([warning()])
        assert (len(box.mails), len(box.logins)) == (1, 1)
    with mail_server() as box, pytest.raises(SinkError, match="starttls extension not supported"):
        sink_of(settings(box.port, security="starttls")).send([warning()])
    assert not box.mails


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_refuses_is_said_and_tried_again(verb: str) -> None:
    with mail_server(**{verb: "451 try \x1b[2Jlater"}) as box:
        sink = sink_of(settings(box.port, recipients=("ops@example.net",)))
        with pytest.raises(SinkError, match="451") as caught:
            sink.send([warning()])
        assert str(caught.value).isprintable()
        sink.send([warning()])
        assert len(box.mails) == 1
    with pytest.raises(SinkError, match="connection refused"):
        sink_of(settings(free_port())).send([warning()])


def test_a_mail_that_was_taken_is_not_sent_again_because_of_a_bad_goodbye() -> None:
    with mail_server(QUIT="500 no") as box:
        assert "taken by" in sink_of(settings(box.port)).send([warning()])
        assert len(box.mails) == 1


HOSTILE = st.text(st.characters(codec=None) | st.sampled_from("\r\n.\x1b\x00:,<>\u2028\udc80"), max_size=60)


@settings_of(max_examples=60)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_in_a_warning_can_begin_a_header_or_another_mail(source: str, own: str, sensor: str) -> None:
    lists = StandIn({"203.0.113.0/24": [entry(source, own, own, "https://x/" + source)]})
    message = digest(settings(), grouped([warning(lists, sensor=sensor)]), 0)
    again = parsed(message.as_bytes())
    names = ["Subject", "From", "To", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Precedence", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert sorted(again.keys()) == sorted(names)
    assert text_of(again) == text_of(message)
    assert all(character.isprintable() or character == "\n" for character in text_of(message))
    assert len(text_of(message).splitlines()) == 6


def test_a_digest_is_bounded() -> None:
    rows = [warning(OTX, src=f"10.0.{number // 200}.{number % 200 + 1}") for number in range(GROUPS_MAX + 7)]
    text = text_of(digest(settings(), grouped(rows), 0))
    assert text.count("listed by") == GROUPS_MAX
    assert "And 7 more hosts and lists." in text


def test_what_is_no_address_is_said() -> None:
    for wrong in ("ops", "ops@x\nBcc: all@x", "a b@x", "<ops@x>", "ops@x,y@z"):
        with pytest.raises(VardeError, match="no mail address"):
            sink_of(settings(recipients=(wrong,)))
    with pytest.raises(VardeError, match="needs server and sender and recipients"):
        sink_of(SinkSettings(name="mail", kind="mail"))
