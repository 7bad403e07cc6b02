"""Who is right about an address: home by date, the owner's overrides, special space, a file, the built-in tables."""

import ipaddress
import json
import pickle
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from material import matrix_of
from mmdb import write_mmdb

from varde.intel import Database, Geography, Home, IntervalTable, Override
from varde.intel.geography import MANY, load
from varde.model import VardeError

NET = ipaddress.ip_network
NOW = int(datetime(2026, 11, 20, tzinfo=timezone.utc).timestamp() * 1e6)


def geography(**more: Any) -> Geography:
    countries = IntervalTable.of_networks([(NET("8.0.0.0/8"), 0), (NET("2a00::/12"), 1), (NET("10.0.0.0/8"), 0)])
    systems = IntervalTable.of_networks([(NET("8.8.8.0/24"), 15169), (NET("2a00::/12"), 4294967)])
    return Geography(countries, ["US", "NO"], systems, {15169: "GOOGLE"}, **more)


def where(place: Geography, *addresses: str, time: int = NOW) -> list[tuple[str | None, int | None]]:
    country, system = place.locate(matrix_of(addresses), np.full(len(addresses), time, dtype=np.int64))
    return list(zip(country, system, strict=True))


def test_tables_answer_for_both_families_and_unknown_is_none() -> None:
    assert where(geography(), "8.8.8.8", "8.0.0.1", "2a00::1", "9.9.9.9") == [("US", 15169), ("US", None), ("NO", 4294967), (None, None)]
    assert (geography().as_name(15169), geography().as_name(1), geography().as_name(None)) == ("GOOGLE", "", "")


def test_special_space_is_nowhere_whatever_a_table_says() -> None:
    assert where(geography(), "10.1.2.3", "224.0.0.1", "fe80::1", "::1") == [(None, None)] * 4


def test_an_override_beats_tables_and_special_space_and_names_its_system() -> None:
    place = geography(overrides=[
        Override(NET("10.0.0.0/8"), country="SE", asn=64500, as_name="Mine"), Override(NET("10.1.0.0/16"), country="NO"),
        Override(NET("8.8.8.0/25"), asn=64501),
    ])  # fmt: skip
    assert where(place, "10.9.9.9", "10.1.2.3", "8.8.8.8", "8.8.8.200") == [("SE", 64500), ("NO", None), ("US", 64501), ("US", 15169)]
    assert place.as_name(64500) == "Mine"


def test_home_is_home_between_its_dates_and_beats_an_override() -> None:
    spring, autumn = datetime(2026, 3, 1, tzinfo=timezone.utc), datetime(2026, 9, 1, tzinfo=timezone.utc)
    place = geography(homes=[Home(NET("8.8.8.8/32"), spring, autumn), Home(NET("2a00::/16"))], overrides=[Override(NET("8.8.8.8/32"), country="SE")])
    moments = [int(moment.timestamp() * 1e6) for moment in (spring, autumn)]
    assert [where(place, "8.8.8.8", time=t)[0][0] for t in (moments[0] - 1, moments[0], moments[1] - 1, moments[1])] == ["SE", "--", "--", "SE"]
    assert where(place, "2a00::5")[0] == ("--", 4294967)


SPRING, SUMMER, AUTUMN = (datetime(2026, month, 1, tzinfo=timezone.utc) for month in (3, 6, 9))


def at(moment: datetime, micros: int = 0) -> int:
    return int(moment.timestamp() * 1e6) + micros


def test_an_override_holds_between_its_dates_and_the_smaller_network_wins_in_them() -> None:
    place = geography(overrides=[
        Override(NET("2a00::/16"), country="DK", asn=1), Override(NET("2a00::/32"), country="--", first=SPRING, last=AUTUMN),
        Override(NET("2a00::/48"), country="SE", asn=2, last=SUMMER), Override(NET("8.8.8.0/24"), asn=3, first=SUMMER),
    ])  # fmt: skip
    said = {moment: where(place, "2a00:0:1::1", "2a00::1", "2a00:1::1", "8.8.8.8", time=at(moment)) for moment in (SPRING, SUMMER, AUTUMN)}
    assert where(place, "2a00:0:1::1", time=at(SPRING, -1)) == [("DK", 1)]
    assert said[SPRING] == [("--", 4294967), ("SE", 2), ("DK", 1), ("US", 15169)]
    assert said[SUMMER] == [("--", 4294967), ("--", 4294967), ("DK", 1), ("US", 3)]
    assert said[AUTUMN] == [("DK", 1), ("DK", 1), ("DK", 1), ("US", 3)]


def test_moments_of_one_batch_may_lie_on_all_sides_of_all_dates() -> None:
    place = geography(homes=[Home(NET("8.8.8.8/32"), SPRING, SUMMER), Home(NET("8.8.4.4/32"), SUMMER), Home(NET("8.0.0.0/24"))])
    country, _ = place.place(matrix_of(["8.8.8.8", "8.8.4.4", "8.0.0.1"] * 2), np.array([at(SPRING)] * 3 + [at(SUMMER)] * 3))
    assert [place.codes[number] for number in country] == ["--", "US", "--", "US", "--", "--"]


def test_what_is_at_home_is_said_and_learnt_by_different_people() -> None:
    assert not geography().has_home and not geography().is_told
    learnt = geography(homes=[Home(NET("8.8.8.8/32"), SPRING, learnt=True)])
    assert learnt.has_home and not learnt.is_told
    assert geography(overrides=[Override(NET("2a00::/32"), country="--")]).is_told


def test_other_homes_share_the_tables_and_another_process_has_them_too(tmp_path: Path) -> None:
    old = load(tmp_path, homes=[Home(NET("8.8.8.8/32"), SPRING)])
    fresh = old.at_home([Home(NET("9.9.9.9/32"), SPRING)])
    assert fresh.countries is old.countries
    there = pickle.loads(pickle.dumps(fresh))
    assert [where(each, "8.8.8.8", "9.9.9.9") for each in (old, fresh, there)] == [[("--", None), (None, None)], *[[(None, None), ("--", None)]] * 2]


@pytest.mark.parametrize("homes", [[Home(NET("8.8.8.8/32"))], [Home(NET("8.8.8.8/32"), SPRING)]])
def test_who_asks_much_sees_other_homes_at_once(homes: list[Home]) -> None:
    busy = geography()
    busy._asked = MANY
    assert where(busy, "8.8.8.8") == [("US", 15169)]
    assert where(busy.at_home(homes), "8.8.8.8") == [("--", 15169)]
    assert where(busy.at_home(homes).at_home([]), "8.8.8.8") == [("US", 15169)]


ORDER = st.tuples(st.sampled_from(["8.8.8.0", "8.0.0.0", "10.255.255.255", "0.0.0.0", "255.255.255.255", "2a00::", "2a0f:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                   "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "10.1.0.0"]), st.integers(-2, 2))  # fmt: skip


@given(st.lists(ORDER, min_size=1), st.lists(st.integers(0, 2**128 - 1)))
def test_who_asks_much_is_told_the_same(near: list[tuple[str, int]], anywhere: list[int]) -> None:
    said = {
        "homes": [Home(NET("2a00::/16")), Home(NET("8.8.8.8/32"), datetime(2026, 3, 1, tzinfo=timezone.utc))],
        "overrides": [Override(NET("10.1.0.0/16"), country="SE", asn=1), Override(NET("::/1"), country="DK"), Override(NET("255.255.255.255/32"), asn=2)],
    }  # fmt: skip
    edges = [ipaddress.ip_address(text) for text, _ in near]
    moved = [max(0, min(int(edge) + step, 2**edge.max_prefixlen - 1)) for edge, (_, step) in zip(edges, near, strict=True)]
    texts = [str(type(edge)(number)) for edge, number in zip(edges, moved, strict=True)] + [str(ipaddress.IPv6Address(number)) for number in anywhere]
    busy = geography(**said)
    busy._asked = MANY
    first = where(busy, *texts)
    _wait_for_places()
    assert first == where(busy, *texts) == where(busy, *texts) == where(geography(**said), *texts)


def _wait_for_places() -> None:
    """The table of everything is made in a thread, and used by those who ask when it is there."""
    for thread in threading.enumerate():
        if thread.name == "places":
            thread.join(timeout=60)
            assert not thread.is_alive()


def test_no_rows_and_no_tables_are_answered() -> None:
    assert where(geography()) == []
    nothing = load(Path("/nonexistent"))
    assert where(nothing, "8.8.8.8", "2a00::1") == [(None, None)] * 2
    assert nothing.databases == []


def test_the_tables_of_a_build_are_read_with_their_sources(tmp_path: Path) -> None:
    table = IntervalTable.of_networks([(NET("8.0.0.0/8"), 0)])
    parts = {f"{name}_{part}": getattr(table, part) for name in ("country", "as") for part in IntervalTable.__slots__}
    np.savez(tmp_path / "geography.npz", **parts)
    facts = {"countries": ["US"], "systems": {"0": "ZERO"}, "databases": [{"name": "country", "date": "2026-01-01", "licence": "CC0", "attribution": "x"}]}
    (tmp_path / "geography.json").write_text(json.dumps(facts))
    place = load(tmp_path)
    assert where(place, "8.1.1.1") == [("US", 0)]
    assert place.databases == [Database("country", "2026-01-01", "CC0", "x")]


def test_a_maxmind_format_file_replaces_the_table_of_its_kind(tmp_path: Path) -> None:
    country = write_mmdb(tmp_path / "c.mmdb", {"9.0.0.0/8": {"country": {"iso_code": "DE"}}, "8.8.8.0/24": {"country_code": "FR"}, "2a00::/12": {"country": {}}})
    system = write_mmdb(tmp_path / "a.mmdb", {"9.0.0.0/8": {"autonomous_system_number": 4242}})
    place = load(Path("/nonexistent"), country_mmdb=country, as_mmdb=system)
    assert where(place, "9.9.9.9", "8.8.8.8", "2a00::1", "7.7.7.7", "10.0.0.1") == [("DE", 4242), ("FR", None), (None, None), (None, None), (None, None)]
    assert [(d.name, d.date, d.attribution) for d in place.databases] == [(n, "2026-05-28", "Test-Country") for n in ("country", "as")]


def test_a_file_of_ipv4_alone_knows_no_ipv6_address(tmp_path: Path) -> None:
    country = write_mmdb(tmp_path / "c.mmdb", {"9.0.0.0/8": {"country_code": "DE"}}, version=4)
    assert where(load(Path("/nonexistent"), country_mmdb=country), "9.9.9.9", "2a00::1") == [("DE", None), (None, None)]


@pytest.mark.parametrize("content", [b"", b"not a database", b"\xab\xcd\xefMaxMind.com", b"\0" * 5000])
def test_what_is_no_database_is_refused_with_what_to_give(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.mmdb").write_bytes(content)
    with pytest.raises(VardeError, match=r"cannot read the country database .* Give a MaxMind-format"):
        load(Path("/nonexistent"), country_mmdb=tmp_path / "c.mmdb")


def test_a_database_that_is_missing_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(VardeError, match="cannot read the as database"):
        load(Path("/nonexistent"), as_mmdb=tmp_path / "nothing.mmdb")


def test_a_damaged_database_is_said_in_words_when_it_is_asked(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "c.mmdb", {"9.0.0.0/8": {"country_code": "DE"}})
    content = bytearray(path.read_bytes())
    at = content.index(b"\x4ccountry_code") if b"\x4ccountry_code" in content else content.index(b"country_code") - 1
    content[at - 1] = 0x3F  # a pointer into nowhere instead of a map
    path.write_bytes(bytes(content))
    with pytest.raises(VardeError, match=r"the database .* is damaged"):
        where(load(Path("/nonexistent"), country_mmdb=path), "9.9.9.9")
