"""varde intel export and prove as a person uses them."""

import json
from pathlib import Path

import pytest
from cli_run import refused, varde

from varde.export.intel import FORMATS

LIST = b"evil.example\nsub.evil.example\n203.0.113.0/24\n2001:db8:bad::/48\nhttp://evil.example/x\nco.uk\n0.0.0.0/0\n10.0.0.1\n"
ALLOW = '[[allow]]\nentry = "203.0.113.7"\n[[allow]]\nentry = "good.deep.evil.example"\n[[allow]]\nentry = "evil.example"\nuntil = 2020-01-01\n[[home]]\nnetwork = "203.0.113.128/25"\n'


def _listed(home: Path, config: str = ALLOW) -> None:
    (home / "bad.txt").write_bytes(LIST)
    (home / "varde.toml").write_text(config)
    assert varde(home, "intel", "import", "bad.txt", "--config", "varde.toml").status == 0


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_and_what_it_cannot_have_is_told(tmp_path: Path, form: str) -> None:
    _listed(tmp_path)
    done = varde(tmp_path, "intel", "export", form, "-o", "out.x", "--config", "varde.toml", "--json")
    told = json.loads(done.out)
    assert (done.status, told["format"], told["lists"], told["kept_back"]) == (0, form, ["bad"], [])
    assert told["files"] == ["out.x", *(f"out-{part}.x" for part in FORMATS[form].parts)]
    assert all((tmp_path / name).is_file() for name in told["files"])
    assert {"indicator": "203.0.113.0/24", "rule": "allowed 203.0.113.7/32", "cut": "203.0.113.7/32"} in told["suppressed"]
    assert {"indicator": "co.uk", "rule": "public suffix", "cut": None} in told["suppressed"]
    content = b"".join((tmp_path / name).read_bytes() for name in told["files"])
    assert b"203.0.113.128" not in content and b"10.0.0.1" not in content and b"203.0.113.7\n" not in content


def test_a_zone_is_written_and_proved_and_its_serial_rises(tmp_path: Path) -> None:
    _listed(tmp_path)
    first = varde(tmp_path, "intel", "export", "rpz", "-o", "rpz.db", "--config", "varde.toml")
    assert first.status == 0 and "rpz.db: 9 entries of bad; 5 indicators suppressed or cut, 1 left out" in first.err, first.err
    assert "1 left out: rpz has no url" in first.err and "203.0.113.0/24: all but 203.0.113.7/32 is written" in first.err
    done = varde(tmp_path, "intel", "prove", "rpz.db", "--config", "varde.toml", "--json")
    told = json.loads(done.out)
    assert (done.status, told["holds"], told["names"], told["addresses"], told["allowed"]) == (0, True, 2, 2, 3)
    assert told["refused"]["special or allowed space"] == 1, "10.0.0.1 is listed, and nothing of it may be blocked"
    assert told["refused"] == {"prefix too short": 1, "public suffix": 1, "special or allowed space": 1}
    assert varde(tmp_path, "intel", "export", "rpz", "-o", "rpz.db", "--config", "varde.toml", "-q").err == ""
    again = json.loads(varde(tmp_path, "intel", "prove", "rpz.db", "--config", "varde.toml", "--json").out)
    assert again["serial"] == told["serial"] + 1


def test_a_zone_of_another_writer_is_proved_against_files(tmp_path: Path) -> None:
    zone = "$TTL 60\n@ SOA a. b. 5 1 1 1 1\n@ NS a.\nevil.example CNAME .\n*.evil.example CNAME .\ngood.deep.evil.example CNAME rpz-passthru.\n*.good.deep.evil.example CNAME rpz-passthru.\n"
    (tmp_path / "naive.db").write_text(zone)
    (tmp_path / "names.txt").write_text("evil.example\n")
    (tmp_path / "allowed.txt").write_text("good.deep.evil.example # ours\n\n# nothing\n")
    done = varde(tmp_path, "intel", "prove", "naive.db", "--lists", "names.txt", "--allow", "allowed.txt")
    assert done.status == 1
    assert "naive.db: serial 5: 0 listed names and 0 listed addresses and networks blocked, 1 allowed entry reachable" in done.out
    assert "listed, and not blocked: deep.evil.example: it lies between two names of the zone" in done.out
    assert "the proof fails: 2 listed, and not blocked" in done.err
    (tmp_path / "naive.db").write_text(zone + "deep.evil.example CNAME .\n*.deep.evil.example CNAME .\n")
    assert varde(tmp_path, "intel", "prove", "naive.db", "--lists", "names.txt", "--allow", "good.deep.evil.example").status == 0
    done = varde(tmp_path, "intel", "prove", "naive.db", "--lists", "names.txt", "--allow", "evil.example", "-q")
    assert done.status == 1 and len(done.out.splitlines()) == 1


def test_a_plain_format_goes_to_standard_output(tmp_path: Path) -> None:
    _listed(tmp_path)
    done = varde(tmp_path, "intel", "export", "hosts", "--config", "varde.toml")
    assert done.out.splitlines()[1:] == ["0.0.0.0 evil.example", ":: evil.example", "0.0.0.0 sub.evil.example", ":: sub.evil.example"]
    assert "standard output: 2 entries of bad" in done.err


def test_only_the_named_lists_are_exported(tmp_path: Path) -> None:
    _listed(tmp_path)
    varde(tmp_path, "intel", "import", "-", "--name", "mine", stdin=b"198.51.100.9\n")
    assert varde(tmp_path, "intel", "export", "pf", "--lists", "mine", "-q").out.splitlines()[1:] == ["198.51.100.9"]
    assert varde(tmp_path, "intel", "export", "pf", "--lists", "none").status == 1


def test_a_configured_file_is_read_for_an_export(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("198.51.100.9\n")
    (tmp_path / "varde.toml").write_text(f'[[list]]\nname = "own"\nurl = "{tmp_path}/own.txt"\n')
    assert varde(tmp_path, "intel", "export", "pf", "--config", "varde.toml", "-q").out.splitlines()[1:] == ["198.51.100.9"]


def test_a_list_that_may_not_be_passed_on_is_left_out_of_what_others_fetch_and_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("198.51.100.9\n")
    (tmp_path / "theirs.txt").write_text("198.51.100.77\n")
    (tmp_path / "varde.toml").write_text(
        f'[[list]]\nname = "own"\nurl = "{tmp_path}/own.txt"\n[[list]]\nname = "theirs"\nurl = "{tmp_path}/theirs.txt"\nredistribute = false\n'
    )
    for words, there in ((("pf",), True), (("pf", "--shared"), False), (("stix",), False), (("csv",), False)):
        done = varde(tmp_path, "intel", "export", *words, "--config", "varde.toml")
        assert ("198.51.100.77" in done.out) == there and "198.51.100.9" in done.out
        assert ("list theirs: left out, because its licence does not let others have it" in done.err) != there


def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert varde(tmp_path, "intel", "export", "pf").status == 1
    _listed(tmp_path)
    assert "no such export format: misp. There are rpz," in refused(tmp_path, "intel", "export", "misp")
    assert "suricata is 6 files" in refused(tmp_path, "intel", "export", "suricata")
    assert "--json needs standard output" in refused(tmp_path, "intel", "export", "pf", "--json")
    assert "is no name for a set" in refused(tmp_path, "intel", "export", "nft", "--name", "a b")
    assert "dnsmasq has no action drop" in refused(tmp_path, "intel", "export", "dnsmasq", "--action", "drop")
    assert "cannot write" in refused(tmp_path, "intel", "export", "pf", "-o", "none/x")
    assert "cannot read none.db: no such file" in refused(tmp_path, "intel", "prove", "none.db")
    assert varde(tmp_path, "intel", "prove", "bad.txt").status == 1


def test_what_a_list_of_the_harmless_names_is_exported_and_blamed_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("203.0.113.0/30\nevil.example\nfriend.example\n")
    (tmp_path / "allow.txt").write_text("=friend.example\n203.0.113.1\n")
    config = tmp_path / "varde.toml"
    config.write_text(f'[[allow]]\nfile = "{tmp_path}/allow.txt"\n')
    assert varde(tmp_path, "intel", "import", "bad.txt", "--config", str(config)).status == 0
    done = varde(tmp_path, "intel", "export", "csv", "--config", str(config))
    written = done.out
    assert done.status == 0, done.err
    assert "203.0.113.2/31" in written and "203.0.113.0/3" not in written.replace("203.0.113.0/32", "")
    document = json.loads(varde(tmp_path, "why", "203.0.113.1", "--json", "--config", str(config)).out)
    assert [rule.split(" 203")[0].rsplit("-", 1)[0] for rule in document["rules"]] == ["allowed by allow-allow"]
