"""varde intel catalogue and add: every entry is a list that the configuration takes; writing keeps what was there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_run import refused, varde

from varde.app import config
from varde.collect.catalogue import CATALOGUE
from varde.collect.list_source import EXPIRE_DAYS

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_entry_is_a_list_that_the_configuration_takes_as_it_is(name: str) -> None:
    one = CATALOGUE[name]
    (source,) = config.parse(one.section(), "varde.toml").list_sources(NOW)
    assert (source.name, source.url, source.format, source.role) == (name, one.url, one.format, one.role)
    assert (source.licence, source.redistribute, source.needs_key) == (one.licence, one.redistribute, one.needs_key)
    assert source.every >= 300 and source.expire_days == EXPIRE_DAYS
    assert one.terms.startswith("https://") and one.holds


def test_the_catalogue_is_shown_for_people_and_programs(tmp_path: Path) -> None:
    told = json.loads(varde(tmp_path, "intel", "catalogue", "--json").out)["lists"]
    assert {one["name"] for one in told} == set(CATALOGUE)
    assert {one["name"]: one["needs_key"] for one in told}["otx"] is True
    shown = varde(tmp_path, "intel", "catalogue").out
    assert "ipsum: addresses" in shown and "licence: Unlicense; may be passed on: yes" in shown and "needs a key" in shown


def test_whoever_looks_sees_which_terms_were_read_and_which_are_only_remembered(tmp_path: Path) -> None:
    blocks = dict(zip(CATALOGUE, varde(tmp_path, "intel", "catalogue").out.split("\n    terms ")[1:], strict=True))
    for name, one in CATALOGUE.items():
        assert blocks[name].startswith(f"read in {one.read}" if one.read else "not verified: read that page"), name
        assert ("(not verified)" in one.section()) is (not one.read)
    assert {name for name, one in CATALOGUE.items() if one.read} >= {"dshield", "spamhaus-drop", "ipsum", "openphish", "resolvers"}
    assert "its terms were not verified: read https://greensnow.co/" in varde(tmp_path, "intel", "add", "greensnow").err
    assert "verified" not in varde(tmp_path, "intel", "add", "dshield").err


def test_what_may_be_passed_on_was_read_and_not_remembered() -> None:
    assert not [name for name, one in CATALOGUE.items() if one.redistribute and not one.read]


def test_a_list_is_printed_or_written_behind_what_the_configuration_has(tmp_path: Path) -> None:
    path = tmp_path / "varde.toml"
    path.write_text('# mine\nzone = "Europe/Oslo"')
    path.chmod(0o640)
    printed = varde(tmp_path, "intel", "add", "ipsum", "--config", str(path))
    assert printed.out == CATALOGUE["ipsum"].section() and "ipsum" not in path.read_text()
    done = varde(tmp_path, "intel", "add", "otx", "--write", "--config", str(path))
    assert "key" in done.err and f"written to {path}" in done.err
    assert path.read_text() == '# mine\nzone = "Europe/Oslo"\n\n' + CATALOGUE["otx"].section()
    assert path.stat().st_mode & 0o777 == 0o640
    parsed = config.load(path)
    assert parsed.zone == "Europe/Oslo" and parsed.list_[0].name == "otx"


def test_what_cannot_be_added_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "varde.toml"
    path.write_text('[[list]]\nname = "feodo"\nurl = "/x"\n')
    assert "has no nothing. There are spamhaus-drop" in refused(tmp_path, "intel", "add", "nothing")
    assert varde(tmp_path, "intel", "add", "feodo", "--write", "--config", str(path)).status == 1
    assert "config init" in refused(tmp_path, "intel", "add", "feodo", "--write")
    assert path.read_text() == '[[list]]\nname = "feodo"\nurl = "/x"\n'


def test_the_status_tells_on_what_terms_a_list_is_had(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("203.0.113.5\n")
    (tmp_path / "allow.txt").write_text("198.51.100.53\n")
    path = tmp_path / "varde.toml"
    path.write_text(f'[[list]]\nname = "mine"\nurl = "{tmp_path}/mine.txt"\nlicence = "CC0"\nredistribute = true\n[[allow]]\nfile = "{tmp_path}/allow.txt"\n')
    varde(tmp_path, "intel", "update", "--config", str(path))
    mine, allow = json.loads(varde(tmp_path, "intel", "status", "--json", "--config", str(path)).out)["lists"]
    assert (mine["licence"], mine["redistribute"], mine["needs_key"], mine["role"]) == ("CC0", True, False, "block")
    assert (allow["role"], allow["indicators"]) == ("allow", 1)
    assert "harmless: never matched" in varde(tmp_path, "intel", "status", "--config", str(path)).out
