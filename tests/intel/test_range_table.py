"""Tables of places as suppliers write them, and what one must know before it takes another's place."""

import ipaddress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb import write_mmdb

from varde.intel import range_table
from varde.intel.geo_terms import terms_of
from varde.intel.range_table import (
    COUNTRY,
    SYSTEM,
    RangeTable,
    about_of,
    arrays_of,
    kept_about,
    kept_table,
    read_table,
)
from varde.intel.table_proof import KNOWN, prove_table
from varde.model import VardeError


def octets(*texts: str) -> Any:
    packed = [(b"\0" * 10 + b"\xff\xff" + a.packed) if a.version == 4 else a.packed for a in map(ipaddress.ip_address, texts)]
    return np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, 16)


def where(table: RangeTable, *texts: str) -> list[Any]:
    values = table.intervals.lookup(octets(*texts)).tolist()
    return [None if value < 0 else table.codes[value] if table.kind == COUNTRY else value for value in values]


def of_text(folder: Path, kind: str, text: str) -> RangeTable:
    (folder / "table.csv").write_bytes(text.encode())
    return read_table(kind, [folder / "table.csv"])


@pytest.mark.parametrize("text", [
    "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n",
    "16777216,16777471,AU\r\n16777472,16778239,CN\r\n42540528726795050063891204319802818560,42540528806023212578155541913346768895,JP\r\n",
    'first,last,country\n"1.0.0.0","1.0.0.255","AU"\n1.0.1.0,1.0.3.255,CN,China\n2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n',
    "1.0.0.0\t1.0.0.255\t13335\tAU\tX\n1.0.1.0\t1.0.3.255\t4134\tCN\tY\n2001:200::\t2001:200:ffff:ffff:ffff:ffff:ffff:ffff\t2500\tJP\tWIDE\n",
])  # fmt: skip
def test_countries_as_suppliers_write_them(tmp_path: Path, text: str) -> None:
    table = of_text(tmp_path, COUNTRY, text)
    assert where(table, "1.0.0.0", "1.0.0.255", "1.0.1.0", "1.0.4.0", "2001:200::1", "2001:201::") == ["AU", "AU", "CN", None, "JP", None]


def test_systems_with_who_holds_them(tmp_path: Path) -> None:
    table = of_text(tmp_path, SYSTEM, '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n1.0.1.0,1.0.1.255,AS4134,x\x1b[31m\n1.0.2.0,1.0.2.255,4294967295,\n')
    assert where(table, "1.0.0.1", "1.0.1.1", "1.0.2.1") == [13335, 4134, None]  # from 2^31 on nobody's
    assert table.names == {13335: "Cloudflare, Inc.", 4134: "x\\x1b[31m"}
    tab = of_text(tmp_path, SYSTEM, "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.1.255\t0\tNone\tNot routed\n")
    assert (where(tab, "1.0.0.1", "1.0.1.1"), tab.names) == ([13335, None], {13335: "CLOUDFLARENET"})


@pytest.mark.parametrize(("record", "country", "system"), [
    ({"country": {"iso_code": "SE"}, "city": {"names": {"en": "Lund"}}}, "SE", None), ({"country_code": "se"}, "SE", None),
    ({"registered_country": {"iso_code": "SE"}}, "SE", None), ({"country": "Sweden", "country_code": "SE", "asn": "AS1653", "as_name": "SUNET"}, "SE", 1653),
    ({"autonomous_system_number": 1653, "autonomous_system_organization": "SUNET"}, None, 1653), ({"asn": "nobody", "country_code": "ZZ"}, None, None),
])  # fmt: skip
def test_records_of_databases_in_every_layout(tmp_path: Path, record: dict[str, Any], country: str | None, system: int | None) -> None:
    path = write_mmdb(tmp_path / "t.mmdb", {"80.0.0.0/9": record, "80.128.0.0/9": record, "2a00::/12": record})
    for kind, wanted in ((COUNTRY, country), (SYSTEM, system)):
        if wanted is None:
            with pytest.raises(VardeError, match="no range with a"):
                read_table(kind, [path])
            continue
        table = read_table(kind, [path])
        assert where(table, "80.1.1.1", "81.1.1.1", "2a00::1") == [wanted, None, wanted]
        assert len(table.intervals.v4_start) == 1  # two networks that meet are one range
        assert (table.made, table.maker) == ("2026-05-28", "Test-Country")


ENDS = st.integers(0, 60)


@given(st.lists(st.tuples(ENDS, ENDS, st.sampled_from(["AA", "BB", "CC"])), min_size=1, max_size=12))
def test_where_ranges_overlap_the_later_and_smaller_one_wins(tmp_path_factory: pytest.TempPathFactory, ranges: list[tuple[int, int, str]]) -> None:
    ordered = sorted(((min(a, b), max(a, b), code) for a, b, code in ranges), key=lambda each: (each[0], -each[1]))
    patch = pytest.MonkeyPatch()
    patch.setattr(range_table, "OVERLAPS_SHARE", 1.0)
    try:
        table = of_text(tmp_path_factory.mktemp("t"), COUNTRY, "".join(f"80.0.0.{a},80.0.0.{b},{code}\n" for a, b, code in ordered))
    finally:
        patch.undo()
    starts, ends = table.intervals.v4_start, table.intervals.v4_end
    assert (starts <= ends).all() and (starts[1:] > ends[:-1]).all()
    for address in range(62):
        holders = [code for a, b, code in ordered if a <= address <= b]
        assert where(table, f"80.0.0.{address}") == [holders[-1] if holders else None]


@pytest.mark.parametrize(("text", "said"), [
    ("", "no range"), ("<html>\n<body>", "no range"), ("a,b,c\nd,e,NO\n", "line 2"), ("1.0.0.9,1.0.0.1,NO\nx,y,NO\n", "line 2"), ("1.0.0.0,2001::,NO\n9.9.9.9,1.1.1.1,NO\n", "line 2"),
    ("1.0.0.0,1.0.0.255,NO\n" * 30, "hold addresses that others hold"), ("1.0.0.0,1.0.0.255," + "x" * 200_000, "no CSV"), ("9" * 39 + "," + "9" * 39 + ",NO\n" + "9" * 41 + ",1,NO\n", "line 2"),
])  # fmt: skip
def test_what_is_no_table_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(VardeError, match=said):
        of_text(tmp_path, COUNTRY, text)


def test_a_table_without_end_is_not_read_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_table, "RANGES_MAX", 10)
    with pytest.raises(VardeError, match="more than 10 ranges"):
        of_text(tmp_path, COUNTRY, "".join(f"1.0.{n}.0,1.0.{n}.9,NO\n" for n in range(11)))


@given(st.binary(max_size=300))
def test_any_octets_are_a_table_or_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("t") / "x"
    for content in (data, data + b"\xab\xcd\xefMaxMind.com" + data):
        path.write_bytes(content)
        for kind in (COUNTRY, SYSTEM):
            try:
                read_table(kind, [path])
            except VardeError:
                continue


def everything(kind: str, wrong: int = 0, more: str = "") -> str:
    """Synthetic ranges around all known addresses, so many of them in the wrong place."""
    lines = []
    for number, (text, country, system) in enumerate(KNOWN):
        around = ipaddress.ip_network(f"{text}/{24 if ':' not in text else 48}", strict=False)
        said = ("XK", 1) if number < wrong else (country, system)
        lines.append(f"{around[0]},{around[-1]},{said[kind == SYSTEM]}\n")
    return "".join(lines) + more


@pytest.mark.parametrize("kind", [COUNTRY, SYSTEM])
def test_a_table_must_know_what_everybody_knows(tmp_path: Path, kind: str) -> None:
    assert prove_table(of_text(tmp_path, kind, everything(kind))).right == len(KNOWN)
    assert prove_table(of_text(tmp_path, kind, everything(kind, wrong=3))).wrong[0].startswith("8.8.8.8 is ")
    with pytest.raises(VardeError, match="it is wrong about 4 of 19"):
        prove_table(of_text(tmp_path, kind, everything(kind, wrong=4)))


def test_a_table_must_know_most_of_what_the_one_before_knew(tmp_path: Path) -> None:
    large = of_text(tmp_path, COUNTRY, everything(COUNTRY, more="32.0.0.0,63.255.255.255,SE\n"))
    half = of_text(tmp_path, COUNTRY, everything(COUNTRY, more="32.0.0.0,47.255.255.255,SE\n"))
    other = of_text(tmp_path, COUNTRY, everything(COUNTRY, more="32.0.0.0,63.255.255.255,DK\n"))
    assert prove_table(large, large).agreeing == 1.0
    assert prove_table(large, half).covered == 1.0
    with pytest.raises(VardeError, match="knows only 50% of the addresses"):
        prove_table(half, large)
    with pytest.raises(VardeError, match="of the addresses are where the table in force has them"):
        prove_table(other, large)


def test_what_is_kept_is_what_was_read_and_damage_is_noticed(tmp_path: Path) -> None:
    table = of_text(tmp_path, SYSTEM, "1.0.0.0,1.0.0.255,13335,Cloudflare\n2001:200::,2001:200::ff,2500,WIDE\n")
    np.savez(tmp_path / "t.npz", **arrays_of(table))
    kept = kept_table(about_of(table), tmp_path / "t.npz")
    assert kept is not None and where(kept, "1.0.0.9", "2001:200::1") == [13335, 2500] and kept.names == table.names
    countries = of_text(tmp_path, COUNTRY, "1.0.0.0,1.0.0.255,NO\n")
    np.savez(tmp_path / "c.npz", **arrays_of(countries))
    assert kept_table(about_of(countries) | {"codes": []}, tmp_path / "c.npz") is None
    (tmp_path / "t.npz").write_bytes((tmp_path / "t.npz").read_bytes()[:200])
    assert kept_table(about_of(table), tmp_path / "t.npz") is None
    (tmp_path / "about.json").write_text("[1]")
    assert kept_about(tmp_path / "about.json") == {} == kept_about(tmp_path / "absent.json")


def test_suppliers_are_known_by_their_names() -> None:
    assert terms_of("DBIP-Country-Lite")[0] == "CC BY 4.0"
    assert "MaxMind" in terms_of("GeoLite2-ASN")[1] and "IPinfo" in terms_of("ipinfo generic_country_asn_lite.mmdb")[1]
    assert terms_of("", "npm:@ip-location-db/asn@2.3.1")[1].startswith("RouteViews")
    assert terms_of("Own", "x") == ("as its supplier says", "Own")
