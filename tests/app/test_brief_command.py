"""varde brief: the page on a terminal, in files and as a mail; --compare against a stand-in on loopback; synthetic days."""

import email
import email.policy
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cli_run import refused, varde
from material import probe_batch
from tests.collect.stand_in import Answer, StandIn, standing_in
from tests.deliver.ends import mail_server
from tests.query.test_brief import add, login
from tests.query.test_surges import BEFORE, DAY, article, background

from varde.app import comparing
from varde.app.context import Context
from varde.collect.dshield import ATTRIBUTION, DShield
from varde.model import LOGINS
from varde.query import Engine
from varde.store import Facts, Store

DAYS = ("--day", "2026-10-25", "--tz", "UTC", "--store", "s")
HOSTILE = "<b>`x`](http://evil.example)\x1b[2J"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fortnight of background, the article's surge on the last day, and a honeypot that hears something new on it."""
    home = tmp_path_factory.mktemp("brief")
    store = Store(home / "s")
    store.append("probes", probe_batch([*background(BEFORE + 1, DAY - timedelta(days=BEFORE)), *article()]))
    told = [login(DAY - timedelta(hours=age), "root", "123456") for age in range(1, 40)]
    add(Engine(store), LOGINS, [*told, *(login(DAY + timedelta(hours=2, minutes=number), "root", f"{HOSTILE}{number}") for number in range(12))])
    return home


def test_people_read_the_day_in_sentences_with_links(home: Path) -> None:
    done = varde(home, "brief", *DAYS)
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "Varde, Sunday 25 October 2026 (UTC)"
    assert "refused probes, against " in lines[2] and "on the day before and usually" in lines[2]
    assert any(line.startswith("tcp/7547 (cwmp) was suddenly wanted by 968 addresses since 13:5") for line in lines)
    assert any(line.startswith("12 passwords tried at the honeypot, never seen before, against none on") for line in lines)
    assert [line for line in lines if line.startswith("  http")] and "\x1b" not in done.out
    assert "flows" not in done.out and "lists" not in done.out, "what nothing is stored of is not mentioned"


def test_a_quiet_day_is_one_line_and_its_link(home: Path) -> None:
    done = varde(home, "brief", "--day", "2026-10-23", "--tz", "UTC", "--store", "s", "--url", "https://varde.example.net/edge/")
    assert done.status == 0
    assert "A quiet time:" in done.out and "nothing stands out." in done.out
    assert done.out.splitlines()[-1] == "  https://varde.example.net/edge/?day=2026-10-23&tz=UTC"
    assert len(done.out.split("\n  http")) == 2


def test_programs_get_one_document(home: Path) -> None:
    document = json.loads(varde(home, "brief", *DAYS, "--json").out)
    assert document["title"] == "Sunday 25 October 2026 (UTC)" and not document["quiet"]
    topics = {each["topic"]: each for each in document["sentences"]}
    assert topics["surge"]["number"] == 968 and topics["new passwords"]["before"] == 0
    assert "compare" not in document


@pytest.mark.parametrize(("suffix", "begins"), [("md", "# Sunday 25 October"), ("html", "<!doctype html>"), ("txt", "Varde, Sunday"), ("json", "{")])
def test_files_are_what_their_suffix_says_and_harmless(home: Path, suffix: str, begins: str) -> None:
    done = varde(home, "brief", *DAYS, "-o", f"brief.{suffix}")
    assert (done.status, done.out) == (0, "")
    text = (home / f"brief.{suffix}").read_text(encoding="utf-8")
    assert text.startswith(begins) and "\x1b" not in text
    assert "<b>" not in text or suffix in ("md", "txt", "json")
    if suffix == "md":
        assert "``<b>`x`](http://evil.example)" in text, "in a code span, where nothing is a link"


def test_markdown_goes_to_standard_output(home: Path) -> None:
    assert varde(home, "brief", *DAYS, "--markdown").out.startswith("# Sunday")


def test_a_mail_goes_by_the_server_of_the_sink_to_who_is_named(home: Path) -> None:
    with mail_server() as box:
        sink = f'[[sink]]\nname = "mail"\nkind = "mail"\nserver = "localhost:{box.port}"\nsender = "varde@example.net"\nrecipients = ["ops@example.net"]\n'
        (home / "mail.toml").write_text(sink)
        done = varde(home, "brief", *DAYS, "--config", "mail.toml", "--mail", "me@example.org", "--mail", "you@example.org", "-q")
    assert (done.status, done.out, done.err) == (0, "", "")
    ((sender, recipients, octets),) = box.mails
    assert (sender, recipients) == ("varde@example.net", ["me@example.org", "you@example.org"])
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert message["Subject"] == "Varde: Sunday 25 October 2026 (UTC)" and message["List-Id"] == "Varde brief <mail.varde.example.net>"
    assert message.get_content_type() == "text/plain"
    assert "was suddenly wanted by 968 addresses" in message.get_content().replace("\n", " ")  # type: ignore[attr-defined]


def test_what_is_asked_wrongly_is_said(home: Path) -> None:
    assert "[[sink]]" in refused(home, "brief", *DAYS, "--mail", "me@example.org")
    (home / "none.toml").write_text('[[sink]]\nname = "mail"\nkind = "mail"\nserver = "localhost:1"\nsender = "varde@example.net"\nrecipients = ["a@example.net"]\n')
    assert "is no mail address" in refused(home, "brief", *DAYS, "--config", "none.toml", "--mail", "me\r\nBcc: x@example.org")
    assert "cannot send mail by localhost:1" in refused(home, "brief", *DAYS, "--config", "none.toml", "--mail", "me@example.org")
    for url in ("ftp://x", "https://me:secret@x", "https://x/?a=b", "javascript:alert(1)", "https://x/)[y](z", "https://" + "x" * 900):
        assert "--url" in refused(home, "brief", *DAYS, "--url", url)
    assert "2 formats" in refused(home, "brief", *DAYS, "--json", "-o", "brief.md")
    assert ".txt, .md, .html, .json" in refused(home, "brief", *DAYS, "-o", "brief.pdf")
    assert "--compare otx: there is dshield" in refused(home, "brief", *DAYS, "--compare", "otx")


def test_without_records_it_says_so(home: Path) -> None:
    done = varde(home, "brief", "--day", "2025-01-01", "--store", "s")
    assert (done.status, done.out) == (1, "") and "The store has some from 2026-10-" in done.err
    assert varde(home, "brief", "--store", "nowhere").status == 1


def test_a_day_without_any_record_after_one_that_had_some_is_news(home: Path) -> None:
    done = varde(home, "brief", "--day", "2026-10-26", "--tz", "UTC", "--store", "s")
    assert done.status == 0
    assert "0 refused probes, against " in done.out
    assert 'Nothing was heard of 1 sensor: "fw1" (' in done.out.replace("\n", " ")


def test_lists_that_are_not_kept_are_told_and_nothing_is_fetched_for_it(home: Path) -> None:
    (home / "kept.txt").write_text("203.0.113.0/24\n")
    (home / "lists.toml").write_text(f'[[list]]\nname = "kept"\nurl = "{home}/kept.txt"\n[[list]]\nname = "never"\nurl = "https://127.0.0.1:1/x"\n')
    assert varde(home, "intel", "update", "kept", "--store", "s", "--config", "lists.toml").status == 0
    done = varde(home, "brief", *DAYS, "--config", "lists.toml")
    assert '1 of 2 lists is old, against which what comes is matched: "never" (never fetched).' in done.out.replace("\n", " ")


def test_half_a_day_is_held_against_half_a_day(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "now", lambda self: DAY + timedelta(hours=12))
    document = json.loads(varde(home, "brief", "--day", "today", "--tz", "UTC", "--store", "s", "--json").out)
    assert (document["from"], document["to"]) == ("2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")
    assert document["before"] == {"from": "2026-10-24T00:00:00Z", "to": "2026-10-24T12:00:00Z"}


# --compare


def entries() -> dict[str, Any]:
    """A month of DShield's as its API has it, flat but for the day of the surge. Synthetic."""
    first = datetime(2026, 9, 26, tzinfo=timezone.utc).date()
    return {str(n): {"date": str(first + timedelta(days=n)), "records": 9, "sources": 90_000 if n == 29 else 2_000, "targets": 3} for n in range(30)}


@pytest.fixture
def dshield(monkeypatch: pytest.MonkeyPatch, home: Path, tmp_path: Path) -> Any:
    with standing_in(lambda asked: Answer(entries())) as server:
        def public(context: Context) -> DShield:
            return DShield(Facts(tmp_path), context.config.insight.contact, server.url)

        monkeypatch.setattr(comparing, "public_of", public)
        yield server


SURGES = ("surges", "--since", "2026-10-25T00:00:00Z", "--until", "2026-10-26T00:00:00Z", "--store", "s")


def test_nothing_is_asked_without_the_switch(home: Path, dshield: StandIn) -> None:
    assert varde(home, *SURGES).status == 0 and varde(home, "brief", *DAYS).status == 0
    assert dshield.asked == []


def test_both_curves_stand_beside_each_other_and_who_is_to_be_named(home: Path, dshield: StandIn) -> None:
    done = varde(home, *SURGES, "--compare", "dshield", "--quiet")
    assert done.status == 0
    assert "about port 7547, 2026-09-26 to 2026-10-25: the numbers and these days leave this machine" in done.err
    assert dshield.paths() == ["/porthistory/7547/2026-09-26/2026-10-25"]
    lines = done.out.splitlines()
    here, there, verdict = (next(line for line in lines if line.startswith(begin)) for begin in ("  here ", "  DShield ", "  DShield's"))
    assert here.endswith("968 on 2026-10-25; usually 0") and there.endswith("90,000 on 2026-10-25; usually 2,000")
    assert verdict == "  DShield's sensors saw 45.0 times their usual that day, yours 968.0: it comes to everybody"
    assert lines[-1] == ATTRIBUTION
    again = varde(home, *SURGES, "--compare", "dshield", "--json")
    assert "leave this machine" not in again.err and len(dshield.asked) == 1, "what is kept is not asked again"
    (compared,) = json.loads(again.out)["compare"]
    assert compared["dst_port"] == 7547 and compared["there"]["sources"] == 90_000 and compared["attribution"] == ATTRIBUTION
    assert "text and in JSON" in refused(home, *SURGES, "--compare", "dshield", "--csv")


def test_the_page_of_the_day_has_it_where_it_is_asked_for(home: Path, dshield: StandIn) -> None:
    done = varde(home, "brief", *DAYS, "--compare", "dshield")
    assert "it comes to everybody" in done.out and ATTRIBUTION in done.out
    document = json.loads(varde(home, "brief", *DAYS, "--compare", "dshield", "--json").out)
    assert document["compare"][0]["day"] == "2026-10-25"
    assert len(dshield.asked) == 1


def test_nobody_there_leaves_the_own_curve_and_says_so(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(comparing, "public_of", lambda context: DShield(Facts(tmp_path), "", "http://127.0.0.1:1"))
    done = varde(home, *SURGES, "--compare", "dshield")
    assert done.status == 0 and "DShield could not be asked: http://127.0.0.1:1/porthistory/7547" in done.out
