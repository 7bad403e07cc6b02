"""Every honeypot dialect reads its fixture as its golden file says, and the fixture shows all that the dialect can."""

import difflib
import json
from itertools import zip_longest

import pytest
from honeypot_family import DATA, NAMES, ROOT, fixture, golden, outcomes, read, records, unclaimed

from varde.decode.honeypot import DIALECTS
from varde.decode.honeypot._cowrie_events import OLD_EVENTS
from varde.decode.honeypot._messages import MESSAGES
from varde.decode.honeypot._page import dialect_page

PAGE = ROOT / "docs" / "reference" / "honeypots.md"
JOINED = {"inetsim": 7}
"""Lines that are told as part of another: headers of a request, in its payload."""

EVENTS = [path.name.removesuffix(".events.log") for path in sorted(DATA.glob("*.events.log"))]


def _difference(name: str, expected: list[dict], found: list[dict]) -> str:
    """What differs, row by row and field by field."""
    report = []
    for number, (old, new) in enumerate(zip_longest(expected, found), start=1):
        if old != new:
            before, after = ([f"{key}: {value}" for key, value in (row or {}).items()] for row in (old, new))
            report.append(f"{name}.jsonl, row {number}: {json.dumps(new or old, ensure_ascii=False)}")
            report += list(difflib.unified_diff(before, after, "golden", "read", lineterm="", n=0))
    return "\n".join(report)


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_is_read_as_its_golden_says(name: str, rewrite: bool) -> None:
    found = records(read(fixture(name)))
    if rewrite:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        (DATA / f"{name}.jsonl").write_text(text, encoding="utf-8")
    difference = _difference(name, golden(name), found)
    assert not difference, f"\n{difference}\nrewrite with: python -m pytest tests/decode --rewrite-goldens"


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_fixture_is_a_record_of_its_dialect(name: str) -> None:
    decoded = read(fixture(name))
    lines, made, ignored, rejected = outcomes(decoded)
    joined = JOINED.get(name, 0)
    assert (made, ignored, rejected) == (lines - joined, joined, 0), decoded.rejects["sample"].to_list()
    assert unclaimed(fixture(name), name) == 0
    assert {found for _, batch in decoded.tables() for found in batch["dialect"]} == {name}


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_shows_ipv6_and_somebody_who_tried(name: str) -> None:
    rows = golden(name)
    assert any(":" in row.get("src_addr", "") for row in rows), "no IPv6"
    assert {row["table"] for row in rows} & {"logins", "sessions"}


@pytest.mark.parametrize("name", EVENTS)
def test_lines_that_tell_nothing_are_ignored_and_their_dialects_own(name: str) -> None:
    data = (DATA / f"{name}.events.log").read_bytes()
    lines, made, ignored, rejected = outcomes(read(data))
    assert (made, ignored, rejected) == (0, lines, 0)
    assert unclaimed(data, name) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_says_where_its_lines_come_from(name: str) -> None:
    words = (DATA / f"{name}.md").read_text(encoding="utf-8")
    assert "Source:" in words and "Licence:" in words
    assert DIALECTS[name].title


def test_every_fixture_belongs_to_a_dialect() -> None:
    assert {path.name.split(".")[0] for path in DATA.glob("*.*") if path.is_file()} == set(NAMES)


def test_every_message_of_cowrie_is_in_a_fixture() -> None:
    text = fixture("cowrie-text").decode() + fixture("cowrie-textlog").decode()
    assert not [message.begins for message in MESSAGES if message.begins not in text]


def test_an_old_event_id_means_what_its_new_name_does() -> None:
    line = '{"eventid": "%s", "timestamp": "2015-05-21T06:01:12Z", "session": "s", "src_ip": "198.51.100.7", "message": "x", "username": "u", "input": "i"}'
    for number, name in OLD_EVENTS.items():
        old, new = (records(read((line % event).encode())) for event in (f"COW{number}", name))
        assert old == new and len(old) == 1, number


def test_the_reference_page_is_the_one_the_dialects_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == dialect_page(), "python -m varde.decode.honeypot > docs/reference/honeypots.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_page_tells_of_each_dialect_what_its_file_does(name: str) -> None:
    section = dialect_page().partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert len(section.split()) > 12
