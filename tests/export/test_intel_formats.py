"""Every export format: what it says of a small list, what it leaves out, and that nothing a list says breaks out of it."""

import base64
import csv
import io
import ipaddress
import json
import re
import struct
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from listed import SINCE, row, selection, text, written

from varde.decode.intel import ListOrigin, read_list
from varde.export.intel import FORMATS, ExportOptions, select
from varde.export.intel.selection import Blocks
from varde.export.intel.serial import is_after, next_serial, serial_of, with_serial
from varde.export.intel.silk_set import SLASH_24S_MAX, _version_2
from varde.intel import Guards
from varde.intel.space import fewest_v4
from varde.model import VardeError

SHA256, MD5 = "ab" * 32, "cd" * 16
VALUES = [
    row("203.0.113.5", id="5f0c", source="otx", name="Mirai C2", url="https://otx.example/5f0c", expires=SINCE + 86_400_000_000, confidence=80), row("198.51.100.0/24"),
    row("2001:db8:bad::/48"), row("2001:db8::5"), row("evil.example"), row("sub.evil.example"), row("http://evil.example/x.php?a=1", "url"), row(SHA256, "hash"), row(MD5, "hash"),
    row("CVE-2026-1234", "other"),
]  # fmt: skip
ALLOW = ["198.51.100.0/25", "good.sub.evil.example"]

HOSTILE_VALUES: list[tuple[str, str]] = [
    *((value, "domain") for value in (
        "evil\t.example", "evil.example\nlocal-zone: x", "evil.example CNAME .", 'evil".example', "evil;.example", "$INCLUDE.example", "$INCLUDE /etc/passwd", "a..b.example", ".",
        "*", "*.example.test", "", "a" * 64 + ".example", ".".join(["a" * 63] * 5), "evil.example/", "evil/.example", "@", "evil\u202e.example", "evil\x00.example", "-evil.example",
        "evil.example.", "EVIL.example", "evil$(id).example", "evil#.example", "evil\\.example", "203.0.113.77", "evil.example,1,127", "co.uk", "com", "evil.1", "evil\u00e9.example",
    )),
    *((value, "url") for value in ("http://a b/", "http://a/\n0.0.0.0/0", "http://a/\t-", "http://a/\u202ex", "", "http://a/\x7f")),
    *((value, "hash") for value in ("zz" * 16, "ab" * 15, "ab" * 32 + "\n", "AB" * 16)),
]  # fmt: skip
HOSTILE_TEXTS = [
    'x" }; :execute "/system reset', "a\tb\tc", "line\nadd varde4 0.0.0.0/0", "$INCLUDE /etc/passwd", "; drop", "# remark", "]]>\x1b[31m", "\u202etxt.exe", "' OR [ipv4-addr:value = '0.0.0.0/0", "\\x09",
    "-", "(empty)", "=cmd|' /C calc'!A0", "a:b:c", "}\nflush ruleset\n", "\ud800", "x" * 5000, "{ } ( ) $ % ^ & * ? `id` $(id)", "\r\nalert ip any", '"', "\\", "\\\"",
]  # fmt: skip

ADDRESS = r"[0-9a-f.:]+(?:/[0-9]+)?"
NAME = r"[a-z0-9_.-]+"
REMARK = r"[A-Za-z0-9 .,:;_/@()+-]*"
GRAMMARS: dict[str, str] = {
    "rpz": rf"; made by Varde.*|\$TTL 300|@ IN SOA localhost\. hostmaster\.localhost\. \( [0-9]+ 3600 600 604800 300 \)|@ IN NS localhost\.|(?:\*\.)?{NAME} CNAME (?:\.|rpz-passthru\.)",
    "unbound": rf'# made by Varde.*|server:|local-zone: "{NAME}\." always_(?:nxdomain|transparent)',
    "dnsmasq": rf"# made by Varde.*|address=/{NAME}/|server=/{NAME}/#",
    "hosts": rf"# made by Varde.*|(?:0\.0\.0\.0|::) {NAME}",
    "silk": rf"# made by Varde.*|{ADDRESS}",
    "ipset": rf'# made by Varde.*|create \S+ hash:net family inet6? hashsize [0-9]+ maxelem [0-9]+ comment -exist|flush \S+|add varde[46]_new {ADDRESS} comment "{REMARK}"|swap \S+ \S+|destroy \S+',
    "nft": rf"# made by Varde.*|add table inet varde|add set inet varde bl[46] \{{ type ipv[46]_addr; flags interval; auto-merge; \}}|flush set inet varde bl[46]|add element inet varde bl[46] \{{ {ADDRESS}(?:, {ADDRESS})* \}}",
    "pf": rf"# made by Varde.*|{ADDRESS}",
    "routeros": rf'# made by Varde.*|/ipv?6? firewall address-list|remove \[find list=varde dynamic=yes\]|:do \{{ add list=varde address={ADDRESS} timeout=86400s comment="{REMARK}" \}} on-error=\{{\}}',
    "zeek": r"#fields(?:\t[a-z_.]+){6}|[^\t\x00-\x1f\x7f]+(?:\t[^\t\x00-\x1f\x7f]+){5}",
    "suricata": rf"# made by Varde.*|{ADDRESS},1,100",
    "cdb": rf'(?:[0-9.]+|"[0-9a-f:]+"|{NAME}):[A-Za-z0-9 .,;_/@()+-]*',
    "edl": rf"{ADDRESS}",
}  # fmt: skip
"""What each line of a format may be, whatever the lists say."""


def _lines(content: bytes) -> list[str]:
    return content.decode().removesuffix("\n").split("\n")


def _bodies(form: str, values: list[Any], allow: list[str] = []) -> list[bytes]:  # noqa: B006 - never changed
    return [part.content() for part in written(form, values, allow).parts]


def test_every_format_says_who_has_taken_its_files_and_who_has_not() -> None:
    assert not [name for name, form in FORMATS.items() if not (form.loaded_by or form.never_loaded_by)]
    peers = Path(__file__).resolve().parents[1] / "peers"
    tried = "".join(path.read_text() for path in peers.glob("test_*.py"))
    # the zone's and the table's tests import the format's text by its name
    assert not [name for name, form in FORMATS.items() if form.loaded_by and name != "csv" and f'"{name}"' not in tried], "said to be taken by a program, and no test has one take it"


@pytest.mark.parametrize("form", FORMATS)
def test_values_that_would_break_out_are_in_no_format(form: str) -> None:
    hostile = [row("203.0.113.5") | {"value": value, "type": kind, "address": None, "prefix": None} for value, kind in HOSTILE_VALUES]
    clean = _bodies(form, VALUES)
    assert _bodies(form, [*hostile, *VALUES]) == clean
    assert len(selection([*hostile, *VALUES]).suppressed) == len({(value, kind) for value, kind in HOSTILE_VALUES})


@pytest.mark.parametrize("form", FORMATS)
def test_networks_that_would_block_the_world_are_in_no_format(form: str) -> None:
    hostile = [row(value) for value in ("0.0.0.0/0", "::/0", "10.0.0.0/8", "127.0.0.1", "::1", "224.0.0.0/4", "2.0.0.0/7", "fe80::/10")]
    assert _bodies(form, [*hostile, *VALUES]) == _bodies(form, VALUES)


@pytest.mark.parametrize("form", GRAMMARS)
@pytest.mark.parametrize("field", ["id", "name", "url", "description", "source"])
def test_texts_of_lists_break_out_of_no_line(form: str, field: str) -> None:
    values = [row(f"203.0.113.{at}", **{field: hostile.encode("utf-8", "replace").decode()}) for at, hostile in enumerate(HOSTILE_TEXTS)]
    values += [row(f"evil{at}.example", **{field: hostile.encode("utf-8", "replace").decode()}) for at, hostile in enumerate(HOSTILE_TEXTS)]
    made = written(form, values)
    grammar = re.compile(GRAMMARS[form])
    content = made.parts[0].content()
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", content)
    assert "\u202e" not in content.decode()
    for line in _lines(content):
        assert grammar.fullmatch(line), line


LINES = st.one_of(
    st.text(max_size=60), st.sampled_from([value for value, _ in HOSTILE_VALUES]), st.sampled_from(HOSTILE_TEXTS[:-1]),
    st.builds("{} # {}".format, st.sampled_from(["203.0.113.5", "evil.example", "2001:db8::5"]), st.text(max_size=40)),
)  # fmt: skip


@given(st.lists(LINES, max_size=6))
def test_whatever_stands_in_a_list_every_line_of_every_format_is_one_of_its_own(lines: list[str]) -> None:
    read = read_list("\n".join(lines).encode("utf-8", "surrogatepass"), ListOrigin("any", SINCE)).indicators
    chosen = select(read, Guards.of(), now=SINCE, lists=("any",))
    for form, grammar in GRAMMARS.items():
        content = FORMATS[form].write(chosen, ExportOptions()).parts[0].content()
        for line in _lines(content):
            assert re.fullmatch(grammar, line) or content == b"", (form, line)
    json.loads(FORMATS["stix"].write(chosen, ExportOptions()).parts[0].content())
    assert {len(cells) for cells in csv.reader(io.StringIO(FORMATS["csv"].write(chosen, ExportOptions()).parts[0].content().decode()))} == {11}


@pytest.mark.parametrize("field", ["id", "name", "description", "source"])
def test_csv_and_stix_hold_hostile_texts_as_texts(field: str) -> None:
    values = [row(f"203.0.113.{at}", **{field: hostile.encode("utf-8", "replace").decode()}) for at, hostile in enumerate(HOSTILE_TEXTS)]
    table = list(csv.reader(io.StringIO(text("csv", values))))
    assert {len(cells) for cells in table} == {11}
    assert len(table) == len(values) + 1
    assert not [cell for cells in table for cell in cells if cell.startswith(("=", "+", "-", "@")) or "\n" in cell]
    objects = json.loads(text("stix", values))["objects"]
    assert [one["pattern"] for one in objects] == [f"[ipv4-addr:value = '{address}']" for address in sorted(one["value"] for one in values)]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_allowed_is_blocked_by_no_format(form: str) -> None:
    """`=name` too, though all under it stays listed: where names stand for themselves it must not be there."""
    allow = ["=evil.example", "good.example", "203.0.113.5", "2001:db8::/64", "198.51.100.0/24"]
    values = [*VALUES, row("good.example"), row("www.good.example"), row("x.evil.example", id="1")]
    content = "\n".join(part.content().decode("latin-1") for part in written(form, values, allow).parts)
    blocked = {line for line in content.splitlines() if not re.search(r"passthru|always_transparent|^server=|^\*\.evil\.example |\(?url", line) and "http" not in line}
    for text_ in ("203.0.113.5", "2001:db8::5", "198.51.100", "good.example", base64.b64encode(b"evil.example").decode()):
        assert not [line for line in blocked if text_ in line], text_
    assert not [line for line in blocked if re.search(r"(^|[ \t/'\",])evil\.example($|[ \t/'\",:.])", line) and "evil.example/x.php" not in line]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_counts_what_it_has_no_word_for(form: str) -> None:
    made = written(form, VALUES)
    kinds = {str(value["type"]) for value in VALUES}
    assert {kind for kind in made.left_out if kind in kinds} == kinds - set(FORMATS[form].types)
    assert made.entries > 0
    assert [part.name for part in made.parts] == ["", *FORMATS[form].parts]


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_lists_give_the_same_file_in_whatever_order_they_come(form: str) -> None:
    assert _bodies(form, VALUES) == _bodies(form, VALUES[::-1])


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_a_file_too(form: str) -> None:
    made = written(form, [])
    assert made.entries == 0
    assert [part.name for part in made.parts] == ["", *FORMATS[form].parts]


@pytest.mark.parametrize(("form", "lines"), [
    ("unbound", ['server:', 'local-zone: "evil.example." always_nxdomain', 'local-zone: "good.sub.evil.example." always_transparent']),
    ("dnsmasq", ["address=/evil.example/", "server=/good.sub.evil.example/#"]),
    ("hosts", ["0.0.0.0 evil.example", ":: evil.example", "0.0.0.0 sub.evil.example", ":: sub.evil.example"]),
    ("silk", ["198.51.100.128/25", "203.0.113.5"]), ("pf", ["198.51.100.128/25", "203.0.113.5", "2001:db8::5", "2001:db8:bad::/48"]),
    ("suricata", ["198.51.100.128/25,1,100", "203.0.113.5,1,100", "2001:db8::5,1,100", "2001:db8:bad::/48,1,100"]),
    ("edl", ["198.51.100.128/25", "203.0.113.5", "2001:db8::5", "2001:db8:bad::/48"]),
])  # fmt: skip
def test_plain_formats_say_exactly_this(form: str, lines: list[str]) -> None:
    made = text(form, VALUES, ALLOW).splitlines()
    assert [line for line in made if not line.startswith("#")] == lines


def test_sets_are_made_beside_those_in_use_and_swapped() -> None:
    made = text("ipset", VALUES, ALLOW, timeout=3600).splitlines()
    assert made[1:8] == [
        "create varde4 hash:net family inet hashsize 1024 maxelem 8388608 timeout 3600 comment -exist",
        "create varde4_new hash:net family inet hashsize 1024 maxelem 8388608 timeout 3600 comment -exist", "flush varde4_new",
        'add varde4_new 198.51.100.128/25 comment "list"', 'add varde4_new 203.0.113.5 comment "otx:5f0c"', "swap varde4_new varde4", "destroy varde4_new",
    ]  # fmt: skip


def test_zeek_gets_networks_as_networks_and_urls_without_their_scheme() -> None:
    cells = [line.split("\t") for line in text("zeek", VALUES, ALLOW).splitlines()]
    assert cells[0][:3] == ["#fields", "indicator", "indicator_type"]
    assert [(one[0], one[1], one[2]) for one in cells[1:]] == [
        ("198.51.100.128/25", "Intel::SUBNET", "list"), ("2001:db8:bad::/48", "Intel::SUBNET", "list"), ("evil.example", "Intel::DOMAIN", "list"),
        ("sub.evil.example", "Intel::DOMAIN", "list"), (SHA256, "Intel::FILE_HASH", "list"), (MD5, "Intel::FILE_HASH", "list"),
        ("203.0.113.5", "Intel::ADDR", "otx:5f0c"), ("2001:db8::5", "Intel::ADDR", "list"), ("evil.example/x.php?a=1", "Intel::URL", "list"),
    ]  # fmt: skip
    assert cells[7][3:] == ["Mirai C2", "https://otx.example/5f0c", "T"]
    assert read_list(text("zeek", VALUES).encode(), ListOrigin("back", 0)).indicators.height == len(VALUES) - 1


def test_suricata_gets_names_in_base64_and_rules_for_what_there_is() -> None:
    parts = {part.name: part.content().decode() for part in written("suricata", VALUES).parts}
    assert [base64.b64decode(line).decode() for line in parts["dns"].splitlines()] == ["evil.example", "sub.evil.example"]
    assert (parts["md5"], parts["sha256"], parts["categories"]) == (f"{MD5}\n", f"{SHA256}\n", "1,varde,listed by Varde\n")
    rules = parts["rules"].splitlines()[1:]
    assert len(rules) == 4 and len({re.search("sid:([0-9]+)", rule)[1] for rule in rules}) == 4  # type: ignore[index]
    assert all(re.fullmatch(r'alert \w+ any any -> any any \(msg:"[^"]*"; .*; sid:[0-9]+; rev:1;\)', rule) for rule in rules)
    assert "filemd5" not in {part.name: part.content().decode() for part in written("suricata", ["203.0.113.5"]).parts}["rules"]


@given(st.integers(0, (1 << 24) - 1), st.integers(9, 32))
def test_beginnings_of_addresses_make_up_exactly_the_network(low: int, length: int) -> None:
    net = ipaddress.ip_network((5 << 24 | low, length), strict=False)
    keys = [line.partition(":")[0] for line in text("cdb", [str(net)]).splitlines()]
    assert 1 <= len(keys) <= 128
    begins = [ipaddress.ip_network(f"{key}{'0.' * (4 - key.count('.'))}".rstrip(".") + f"/{8 * key.count('.')}") if key.endswith(".") else ipaddress.ip_network(key) for key in keys]
    assert list(ipaddress.collapse_addresses(begins)) == [net]


def test_a_cdb_list_has_ipv6_in_both_spellings_and_says_which_networks_it_cannot_have() -> None:
    made = written("cdb", VALUES, ALLOW)
    keys = [line.rpartition(":")[0] for line in made.parts[0].content().decode().splitlines()]
    assert '"2001:db8::5"' in keys and '"2001:0db8:0000:0000:0000:0000:0000:0005"' in keys
    assert made.samples == [("2001:db8:bad::/48", "an IPv6 network: the list compares text")]
    assert len(keys) == len(set(keys))


def test_stix_indicators_keep_their_ids_and_end_when_the_list_says() -> None:
    one, two = (json.loads(text("stix", VALUES)) for _ in range(2))
    assert one == two
    by_pattern = {each["pattern"]: each for each in one["objects"]}
    mirai = by_pattern["[ipv4-addr:value = '203.0.113.5']"]
    assert (mirai["valid_from"], mirai["valid_until"], mirai["confidence"]) == ("2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z", 80)
    assert mirai["external_references"] == [{"source_name": "otx", "url": "https://otx.example/5f0c", "external_id": "5f0c"}]
    assert f"[file:hashes.'SHA-256' = '{SHA256}']" in by_pattern and f"[file:hashes.MD5 = '{MD5}']" in by_pattern
    assert {re.fullmatch(r"indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", each["id"]) is not None for each in one["objects"]} == {True}


def _silk(content: bytes) -> tuple[int, dict[int, bytes], bytes]:
    """Record version, header entries and data of a file of SiLK."""
    magic, flags, form, version, compression, _, size, record = struct.unpack_from(">IBBBBIHH", content)
    assert (magic, flags, form, version, compression, size) == (0xDEADBEEF, 0, 0x1D, 16, 0, 1)
    at, entries = 16, {}
    while True:
        key, length = struct.unpack_from(">II", content, at)
        at += length
        if not key:
            return record, entries, content[at:]
        entries[key] = content[at - length + 8 : at]


def test_silk_sets_are_octet_for_octet_those_of_silk(shared: Path) -> None:
    for name in ("set1-v4", "blk"):
        lines = [line.split("#")[0].strip() for line in (shared / "data" / "silk" / f"{name}.txt").read_text().splitlines()]
        # private space is what SiLK's own files hold: the layout is looked at below the guards
        nets = [ipaddress.ip_network(line) for line in lines if line]
        made = fewest_v4(np.array([int(net[0]) for net in nets], dtype=np.uint64), np.array([net.prefixlen for net in nets], dtype=np.uint8))
        ours, theirs = _silk(_version_2(Blocks(4, made, pl.DataFrame()))), _silk((shared / "data" / "silk" / f"{name}.set").read_bytes())
        assert (ours[0], ours[2]) == (theirs[0], theirs[2])


def test_silk_sets_of_networks_have_the_sizes_entry_and_a_prefix_each() -> None:
    v4, v6 = (part.content() for part in written("silk-set4", VALUES, ALLOW).parts)
    record, entries, data = _silk(v4)
    assert (record, entries, data) == (4, {7: struct.pack(">6I", 0, 0, 4, 0, 0, 0)}, bytes([128, 100, 51, 198, 25, 5, 113, 0, 203, 32]))
    record, entries, data = _silk(v6)
    assert (record, entries[7][8:12]) == (4, (16).to_bytes(4, "big"))
    assert data == ipaddress.ip_address("2001:db8::5").packed + b"\x80" + ipaddress.ip_address("2001:db8:bad::").packed + b"\x30"


def test_a_silk_set_that_would_fill_the_disk_is_refused_with_the_other_one_named() -> None:
    many = [f"{first}.0.0.0/8" for first in range(11, 99)]
    assert len(many) << 16 > SLASH_24S_MAX
    with pytest.raises(VardeError, match="Export silk-set4"):
        written("silk-set", many)
    assert written("silk-set4", many).entries < len(many)


NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(("old", "serial"), [
    (None, 2026112200), (2026112100, 2026112200), (2026112200, 2026112201), (2026112299, 2026112300), (2026112305, 2026112306), (2099010100, 2099010101),
    (1, 2026112200), (4_294_967_295, 2026112200), (3_000_000_000, 3_000_000_001), (4_200_000_000, 2026112200), (4_173_595_849, 2026112200), (4_173_595_848, 4_173_595_849),
])  # fmt: skip
def test_a_serial_is_of_today_or_one_more_than_the_last(old: int | None, serial: int) -> None:
    made = next_serial(old, NOON)
    assert old is None or is_after(made, old)
    assert made == serial


@given(st.integers(0, (1 << 32) - 1), st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)))
def test_a_serial_rises_whatever_the_clock_does(old: int, now: datetime) -> None:
    assert is_after(next_serial(old, now.replace(tzinfo=timezone.utc)), old)


def test_the_serial_of_a_zone_is_read_and_written_in_place() -> None:
    zone = text("rpz", ["evil.example"], serial=2026112203).encode()
    assert serial_of(zone) == 2026112203
    assert with_serial(zone, 7) == zone.replace(b"2026112203", b"7")
    other = b"$ORIGIN x.\n@ 300 IN SOA ns.x. root.x. (\n   42 ; serial\n 1 2 3 4 )\n"
    assert (serial_of(other), serial_of(with_serial(other, 43))) == (42, 43)
    assert serial_of(b"no zone") is None and with_serial(b"no zone", 1) == b"no zone"


@pytest.mark.parametrize("options", [
    {"name": "a b"}, {"name": '"; x'}, {"name": "a" * 25}, {"name": ""}, {"origin": "rpz.varde."}, {"origin": "a;b"}, {"origin": "x\n$INCLUDE y"}, {"origin": "a" * 64},
    {"action": "nothing"}, {"action": "x y.example"}, {"action": "drop;"}, {"action": "1.2.3.4.5 \n"},
])  # fmt: skip
def test_options_that_would_break_out_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(VardeError):
        ExportOptions(**options)  # type: ignore[arg-type]


def test_a_format_says_which_actions_it_has() -> None:
    with pytest.raises(VardeError, match="dnsmasq has no action drop"):
        FORMATS["dnsmasq"].check(ExportOptions(action="drop"), "dnsmasq")
    assert "address=/evil.example/192.0.2.99\n" in text("dnsmasq", ["evil.example"], action="192.0.2.99")
