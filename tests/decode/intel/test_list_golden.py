"""Every list format reads its fixture as its golden file says, is recognised by it, and is documented."""

import json

import pytest
from list_family import DATA, LISTS, NAMES, RECEIVED, ROOT, fixture, plain, read

from varde.decode.addresses import octets_of
from varde.decode.intel import FORMATS, SCHEMA
from varde.decode.intel._page import list_page
from varde.model import INDICATOR_TYPES, VardeError


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_recognised_and_read_as_its_golden_says(name: str, rewrite: bool) -> None:
    found = plain(read(fixture(name)))
    golden = DATA / f"{name}.json"
    if rewrite:
        golden.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_rows_have_the_columns_of_the_model(name: str) -> None:
    rows = read(fixture(name)).indicators
    assert dict(rows.schema) == SCHEMA
    assert set(rows["type"]) <= set(INDICATOR_TYPES)
    assert set(rows["source"]) == {"some list"}
    assert rows["first_seen"].null_count() == 0
    for kind, value, address, prefix in rows.select("type", "value", "address", "prefix").iter_rows():
        assert (address is not None) == (prefix is not None) == (kind in ("ipv4", "ipv6", "cidr"))
        if address is not None:
            network, _, length = value.partition("/")
            assert (octets_of(network), int(length or (128 if ":" in network else 32))) == (address, prefix)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_the_reference_is_of_its_format(name: str) -> None:
    found = read(FORMATS[name].example.encode())
    assert (found.format, found.rejected) == (name, [])
    assert len(found.indicators)


@pytest.mark.parametrize("name", LISTS)
def test_a_fixture_has_what_can_be_read_and_what_cannot(name: str) -> None:
    found = read(fixture(name))
    assert len(found.indicators) >= 2
    assert found.format == name.partition(".")[0]
    assert sum(found.reasons.values()) == len(found.rejected) > 0


def test_the_reference_page_is_what_the_code_makes() -> None:
    written = (ROOT / "docs" / "reference" / "lists.md").read_text(encoding="utf-8")
    assert written == list_page(), "run: python -m varde.decode.intel > docs/reference/lists.md"


def test_a_format_may_be_named_and_is_refused_when_there_is_none() -> None:
    assert read(fixture("drop"), "plain").format == "plain"
    with pytest.raises(VardeError, match="no such list format: no-such-format"):
        read(b"", "no-such-format")


def test_since_when_is_the_lists_own_word_or_the_moment_of_reading() -> None:
    rows = read(b"ip,first_seen\n203.0.113.1,2026-01-02\n203.0.113.2,\n203.0.113.3,1767312000\n203.0.113.4,2026-13-45\n").indicators
    assert rows["first_seen"].to_list() == [1_767_312_000_000_000, RECEIVED, 1_767_312_000_000_000, RECEIVED]


def test_a_byte_order_mark_and_carriage_returns_are_no_part_of_a_value() -> None:
    assert read(b"\xef\xbb\xbf203.0.113.5\r\n203.0.113.6\r\n").indicators["value"].to_list() == ["203.0.113.5", "203.0.113.6"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_lists_as_other_systems_write_text(encoding: str, end: str) -> None:
    text = f"# b\u00f6se{end}203.0.113.5{end}evil.example{end}"
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    found = read((mark + text).encode(encoding))
    assert (found.indicators["value"].to_list(), found.rejected) == (["203.0.113.5", "evil.example"], [])


def test_half_a_character_of_utf_16_is_a_reject_and_no_end() -> None:
    found = read(b"\xff\xfe" + "203.0.113.5\n".encode("utf-16-le") + b"\x00\xd8\n\x00e")
    assert (found.indicators["value"].to_list(), found.reasons) == (["203.0.113.5"], {"not_an_indicator": 2})


@pytest.mark.parametrize(("header", "form"), [("ip;malware\n203.0.113.5;x", "csv"), ("malware\tdst_ip\nx\t203.0.113.5", "csv"), ("ip|name\n203.0.113.5|x", "csv")])
def test_columns_are_found_by_their_names_whatever_divides_them(header: str, form: str) -> None:
    found = read(header.encode())
    assert (found.format, found.indicators["value"].to_list(), found.indicators["name"].to_list()) == (form, ["203.0.113.5"], ["x"])


def test_an_open_quotation_mark_does_not_swallow_the_next_lines() -> None:
    rows = read(b'ip,name\n203.0.113.5,"open\n203.0.113.6,x\n').indicators
    assert rows["value"].to_list() == ["203.0.113.5", "203.0.113.6"]


def test_a_pulse_without_pages_around_it_and_a_list_of_pulses_are_read() -> None:
    pulse = {"id": "a" * 24, "name": "x", "indicators": [{"indicator": "203.0.113.5", "type": "IPv4"}]}
    for document in (pulse, [pulse], {"results": [pulse]}):
        found = read(json.dumps(document).encode())
        assert (found.format, found.indicators["url"].to_list()) == ("otx", ["https://otx.alienvault.com/pulse/" + "a" * 24])
