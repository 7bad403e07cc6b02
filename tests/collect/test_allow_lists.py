"""Lists of what is harmless: whatever other lists say, what they name is never matched; each says by which rule."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from varde.app import config
from varde.collect.lists import Lists, ListSource
from varde.intel import Guards
from varde.model import VardeError

BAD = "8.8.8.8\n198.51.100.0/24\nevil.example\nwww.friend.example\nbeacons.example\nunder.beacons.example\n"
RESOLVERS = {"name": "Resolvers", "version": 1, "type": "cidr", "list": ["8.8.8.8", "198.51.100.0/26"], "matching_attributes": ["ip-dst"]}
TOP = {"name": "Top", "version": 1, "type": "string", "list": ["beacons.example"], "matching_attributes": ["domain"]}


def _lists(tmp_path: Path, *sources: ListSource) -> Lists:
    bad = tmp_path / "bad.txt"
    bad.write_text(BAD)
    return Lists(tmp_path / "facts", [ListSource("bad", str(bad)), *sources], Guards.of())


def _file(path: Path, document: object) -> str:
    beside = path.with_suffix(".new")
    beside.write_text(document if isinstance(document, str) else json.dumps(document))
    beside.replace(path)
    return str(path)


def _hits(lists: Lists, *values: str) -> list[bool]:
    import ipaddress

    numbers = np.array([int(ipaddress.IPv4Address(value)) for value in values if value[0].isdigit()], dtype=np.uint32)
    names = [value for value in values if not value[0].isdigit()]
    return [*(lists.matcher.lookup_v4(numbers) >= 0).tolist(), *(lists.matcher.lookup_names(names) >= 0).tolist()]


def test_what_a_warning_list_names_is_cut_out_of_what_others_list(tmp_path: Path) -> None:
    allow = ListSource("resolvers", _file(tmp_path / "allow.json", RESOLVERS), role="allow")
    lists = _lists(tmp_path, allow)
    assert _hits(_lists(tmp_path), "8.8.8.8") == [False]
    lists.poll()
    assert _hits(lists, "8.8.8.8", "198.51.100.5", "198.51.100.70") == [False, False, True]
    told = {one["name"]: one for one in lists.status()["lists"]}
    assert (told["resolvers"]["indicators"], told["resolvers"]["suppressed"]) == (2, 0)
    assert lists.status()["indicators"] == 5, "the harmless are no indicators"


def test_what_is_suppressed_is_counted_anew_when_a_list_of_the_harmless_comes_after(tmp_path: Path) -> None:
    sources = [ListSource("resolvers", str(tmp_path / "allow.json"), role="allow"), ListSource("top", str(tmp_path / "top.json"), role="allow")]
    lists = _lists(tmp_path, *sources)

    def told() -> tuple[int, int, int]:
        status = lists.status()
        return status["lists"][0]["suppressed"], status["indicators"], status["names"]

    lists.update()
    assert told() == (0, 6, 4)
    _file(tmp_path / "allow.json", RESOLVERS)
    _file(tmp_path / "top.json", TOP | {"type": "hostname", "list": ["beacons.example", *(f"site{n}.example" for n in range(50))]})
    lists.update(["resolvers", "top"])
    assert told() == (4, 3, 2), "an address, a network that is cut, and a name with the one under it; allowed names are no listed ones"
    lists.update()
    assert told() == (4, 3, 2)


def test_names_of_a_string_list_are_those_alone_and_of_a_text_file_all_under_them(tmp_path: Path) -> None:
    string = ListSource("top", _file(tmp_path / "top.json", TOP), role="allow")
    text = ListSource("mine", _file(tmp_path / "mine.txt", "friend.example\n=evil.example\n"), role="allow")
    lists = _lists(tmp_path, string, text)
    lists.poll()
    names = ("beacons.example", "under.beacons.example", "www.friend.example", "evil.example", "x.evil.example")
    assert _hits(lists, *names) == [False, True, False, False, True]


def test_a_list_of_the_harmless_that_changes_makes_another_matcher_and_one_that_goes_stays_in_force(tmp_path: Path) -> None:
    path = tmp_path / "allow.json"
    lists = _lists(tmp_path, ListSource("resolvers", _file(path, RESOLVERS), role="allow"))
    lists.poll()
    path.unlink()
    lists.poll()
    assert _hits(lists, "8.8.8.8") == [False]
    _file(path, {**RESOLVERS, "list": ["198.51.100.0/26"]})
    lists.poll()
    assert _hits(lists, "8.8.8.8") == [True]


def test_the_rule_names_the_list_that_allows(tmp_path: Path) -> None:
    lists = _lists(tmp_path, ListSource("resolvers", _file(tmp_path / "allow.json", RESOLVERS), role="allow"))
    lists.poll()
    found = lists.import_file(str(tmp_path / "bad.txt"), "once")
    assert ("8.8.8.8", "allowed by resolvers 8.8.8.8/32") in [(one.indicator, one.rule) for one in found.suppressed]


def test_a_list_of_the_harmless_is_not_taken_for_one_of_the_bad(tmp_path: Path) -> None:
    path = _file(tmp_path / "allow.json", RESOLVERS)
    lists = _lists(tmp_path, ListSource("wrong", path))
    lists.poll()
    assert 'role = "allow"' in next(one["error"] for one in lists.status()["lists"] if one["name"] == "wrong")
    assert lists.matcher.indicators == 6
    with pytest.raises(VardeError, match="harmless"):
        lists.import_file(path, "once")


def test_the_configuration_takes_files_of_what_is_allowed_until_a_day(tmp_path: Path) -> None:
    text = f'[[allow]]\nfile = "{tmp_path}/a b.json"\nuntil = 2026-12-01\n[[allow]]\nentry = "198.51.100.53"\n'
    parsed = config.parse(text, "varde.toml")
    (source,) = parsed.list_sources(datetime(2026, 11, 1, tzinfo=UTC))
    assert (source.role, source.url) == ("allow", f"{tmp_path}/a b.json") and source.name.startswith("allow-a-b-")
    assert parsed.list_sources(datetime(2026, 12, 2, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[allow]]\nreason = "x"', "`entry` or `file`"),
        ('[[allow]]\nentry = "a.example"\nfile = "/x"', "only one of them"),
        ('[[list]]\nname = "x"\nurl = "/x"\ncolumns = { ip = "a" }', "names the column of the indicators"),
        ('[[list]]\nname = "x"\nurl = "/x"\ncolumns = { value = "a", port = "b" }', "'port' is nothing that a list says"),
        ('[[list]]\nname = "x"\nurl = "/x"\ncolumns = { value = "a[b" }', "no column and no path"),
        ('[[list]]\nname = "x"\nurl = "/x"\nformat = "csv"\ncolumns = { value = "a" }', "only one of them"),
        ("[indicators]\nexpire_days = { ipv5 = 3 }", "'ipv5' is no type"),
        ("[indicators]\nexpire_days = { ipv4 = 0 }", "0 days are none"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_list_is_named(text: str, said: str) -> None:
    with pytest.raises(VardeError, match=said):
        config.parse(text, "varde.toml")
