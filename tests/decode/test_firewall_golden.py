"""Every dialect reads its fixture as its golden file says, and the fixture shows all that the dialect can."""

import difflib
import json
from dataclasses import replace
from itertools import zip_longest

import pytest
from firewall_family import DATA, NAMES, ROOT, fixture, golden, outcomes, read, records

from varde.decode.firewall import DIALECTS, check
from varde.decode.firewall._page import dialect_page
from varde.model import ALLOWED, REFUSED

PAGE = ROOT / "docs" / "reference" / "dialects.md"


def _written(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _difference(name: str, expected: list[dict], found: list[dict]) -> str:
    """What differs, line by line of the fixture and field by field."""
    report = []
    lines = fixture(name).decode("utf-8", "backslashreplace").splitlines()
    for number, (old, new) in enumerate(zip_longest(expected, found), start=1):
        if old != new:
            before, after = ([f"{k}: {v}" for k, v in (row or {}).items()] for row in (old, new))
            report.append(f"{name}.log, record {number}: {lines[number - 1] if number <= len(lines) else '(no line)'}")
            report += list(difflib.unified_diff(before, after, "golden", "read", lineterm="", n=0))
    return "\n".join(report)


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_is_read_as_its_golden_says(name: str, rewrite: bool) -> None:
    found = records(read(fixture(name)))
    if rewrite:
        (DATA / f"{name}.jsonl").write_text(_written(found), encoding="utf-8")
    difference = _difference(name, golden(name), found)
    assert not difference, f"\n{difference}\nrewrite with: python -m pytest tests/decode --rewrite-goldens"


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_fixture_is_a_record_of_its_dialect(name: str) -> None:
    decoded = read(fixture(name))
    lines, made, ignored, rejected = outcomes(decoded)
    assert (made, ignored, rejected) == (lines, 0, 0)
    assert set(decoded.batch["dialect"]) == {name}


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_shows_refused_allowed_and_ipv6(name: str) -> None:
    rows = golden(name)
    assert len(rows) >= 6
    actions = {row["action"] for row in rows}
    assert actions & {"block", "reject"}, "nothing refused"
    assert actions & set(ALLOWED), "nothing allowed"
    assert actions <= {*REFUSED, *ALLOWED}
    assert any(":" in row["src_addr"] for row in rows), "no IPv6"


@pytest.mark.parametrize("name", NAMES)
def test_every_form_of_a_dialect_reads_a_line_of_its_fixture(name: str) -> None:
    dialect = DIALECTS[name]
    unused = [form.name for form in dialect.forms if not len(read(fixture(name), [replace(dialect, forms=(form,))]).batch)]
    assert not unused


@pytest.mark.parametrize("path", sorted(DATA.glob("*.events.log")), ids=lambda path: path.name)
def test_lines_that_describe_no_packet_are_ignored(path) -> None:  # type: ignore[no-untyped-def]
    lines, made, ignored, rejected = outcomes(read(path.read_bytes()))
    assert (made, ignored, rejected) == (0, lines, 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_of_a_dialect_compiles(name: str) -> None:
    check(DIALECTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_says_where_its_lines_come_from(name: str) -> None:
    words = (DATA / f"{name}.md").read_text(encoding="utf-8")
    assert "Source:" in words and "Licence:" in words
    assert DIALECTS[name].manual and DIALECTS[name].fix


def test_every_fixture_belongs_to_a_dialect() -> None:
    assert {path.name.split(".")[0] for path in DATA.glob("*.*") if path.is_file()} == set(NAMES)


def test_the_reference_page_is_the_one_the_dialects_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == dialect_page(), "python -m varde.decode.firewall > docs/reference/dialects.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_page_has_a_section_for_each_dialect(name: str) -> None:
    assert f"\n## {name}\n" in dialect_page()
