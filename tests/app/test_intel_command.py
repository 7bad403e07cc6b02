"""varde intel as a person uses it: import, status, update, forget, and the configuration's [[list]] and [[allow]]."""

import json
from pathlib import Path

import pytest
from cli_run import refused, varde

TEXT = b"203.0.113.5 # first\n203.0.113.0/24\n10.0.0.1\n192.0.0.0/8\nevil.example\nword\x1b[31m\n"


def _config(home: Path, text: str) -> str:
    path = home / "varde.toml"
    path.write_text(text)
    return str(path)


def test_an_import_tells_what_was_read_rejected_and_suppressed(tmp_path: Path) -> None:
    (tmp_path / "my list.txt").write_bytes(TEXT)
    done = varde(tmp_path, "intel", "import", "my list.txt", "--json")
    told = json.loads(done.out)
    assert (done.status, told["indicators"], told["format"]) == (0, 5, "plain")
    assert told["by_type"] == {"cidr": 2, "domain": 1, "ipv4": 2}
    assert told["sources"] == {"my-list": 5}
    assert told["rejected"] == [{"line": 6, "text": "word\x1b[31m", "reason": "not_an_indicator"}]
    assert {"indicator": "10.0.0.1", "rule": "private 10.0.0.0/8"} in told["suppressed"]
    assert {"indicator": "192.0.0.0/8", "rule": "private 192.168.0.0/16", "cut": "192.168.0.0/16"} in told["suppressed"]


def test_an_import_for_people_shows_lines_and_no_control_characters(tmp_path: Path) -> None:
    done = varde(tmp_path, "intel", "import", "-", "--name", "pipe", stdin=TEXT)
    assert "read as plain into list pipe: 5 indicators (2 cidr, 1 domain, 2 ipv4), 1 entry rejected, 4 suppressed" in done.out
    assert "line 6: not_an_indicator: word\\x1b[31m" in done.err
    assert "10.0.0.1: not matched: private 10.0.0.0/8" in done.err
    assert "\x1b" not in done.out + done.err


def test_an_imported_list_stays_until_it_is_forgotten(tmp_path: Path) -> None:
    varde(tmp_path, "intel", "import", "-", "--name", "pipe", stdin=TEXT)
    told = json.loads(varde(tmp_path, "intel", "status", "--json").out)
    assert [(one["name"], one["indicators"], one["imported"], one["error"]) for one in told["lists"]] == [("pipe", 5, True, None)]
    assert told["lists"][0]["checked"].endswith("Z")
    assert (told["indicators"], told["names"]) == (4, 1)
    assert "pipe: 5 indicators" in varde(tmp_path, "intel", "status").out
    assert varde(tmp_path, "intel", "forget", "pipe").status == 0
    assert "there are no lists" in varde(tmp_path, "intel", "status").out
    assert varde(tmp_path, "intel", "forget", "pipe").status == 1


@pytest.mark.parametrize(("came", "said"), [
    (b"", "nothing in it is an indicator"), (b"# all of it is gone\n", "nothing in it is an indicator"), (b"oops\n", "nothing in it is an indicator"),
    (b"203.0.113.1\n203.0.113.2\n", "it has 2 indicators, which is a tenth of what list bad had at most"),
    (b"\n <!DOCTYPE HTML><html>\n203.0.113.5\n</html>\n", "that is a web page, no list"), (b"PK\x03\x04\x14\x00", "that is a zip archive, no list: unpack it first"),
])  # fmt: skip
def test_an_import_that_failed_leaves_the_list_as_it_was(tmp_path: Path, came: bytes, said: str) -> None:
    good = "".join(f"203.0.113.{n}\n" for n in range(1, 31))
    (tmp_path / "good.txt").write_text(good)
    (tmp_path / "came.txt").write_bytes(came)
    assert varde(tmp_path, "intel", "import", "good.txt", "--name", "bad").status == 0
    done = varde(tmp_path, "intel", "import", "came.txt", "--name", "bad")
    assert done.status in (1, 2) and said in done.err
    if done.status == 1:
        assert "List bad stays as it was, with 30 indicators; --force takes what came." in done.err
        told = json.loads(varde(tmp_path, "intel", "import", "came.txt", "--name", "bad", "--json").out)
        assert told["taken"] is False
    assert json.loads(varde(tmp_path, "intel", "status", "--json").out)["indicators"] == 30
    assert varde(tmp_path, "intel", "import", "came.txt", "--name", "new").status == done.status or came.startswith(b"203")
    if came.startswith(b"203"):
        assert varde(tmp_path, "intel", "import", "came.txt", "--name", "bad", "--force").status == 0
        assert [one["indicators"] for one in json.loads(varde(tmp_path, "intel", "status", "--json").out)["lists"]] == [2, 2]
    else:
        assert [one["name"] for one in json.loads(varde(tmp_path, "intel", "status", "--json").out)["lists"]] == ["bad"], "nothing is no list"


def test_own_and_allowed_space_of_the_configuration_is_suppressed(tmp_path: Path) -> None:
    config = _config(tmp_path, (
        '[[home]]\nnetwork = "203.0.113.0/29"\n[[home]]\nnetwork = "203.0.113.16/29"\nto = 2020-01-01\n'
        '[[allow]]\nentry = "evil.example"\nreason = "ours"\n[[allow]]\nentry = "203.0.113.40"\nuntil = 2020-01-01\n'
    ))  # fmt: skip
    done = varde(tmp_path, "intel", "import", "-", "--config", config, "--json", stdin=b"203.0.113.5\n203.0.113.17\n203.0.113.40\na.evil.example\n")
    assert [(one["indicator"], one["rule"]) for one in json.loads(done.out)["suppressed"]] == [
        ("203.0.113.5", "own network 203.0.113.0/29"), ("a.evil.example", "allowed evil.example"),
    ]  # fmt: skip


def test_update_reads_the_configured_lists_and_says_which_failed(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("203.0.113.5\n")
    config = _config(tmp_path, f'[[list]]\nname = "good"\nurl = "{tmp_path}/good.txt"\n[[list]]\nname = "bad"\nurl = "file://{tmp_path}/absent.txt"\n')
    done = varde(tmp_path, "intel", "update", "--config", config)
    assert done.status == 1
    assert "good: 1 indicator (1 ipv4); 0 rejected, 0 suppressed; current" in done.out
    assert "no such file" in done.out and "1 list not taken: bad" in done.err
    assert varde(tmp_path, "intel", "update", "good", "--config", config).status == 0
    (tmp_path / "good.txt").write_text("")
    done = varde(tmp_path, "intel", "update", "good", "--config", config, "--json")
    assert (done.status, json.loads(done.out)["lists"][0]["held"]["was"]) == (1, 1)
    assert "HELD BACK" in varde(tmp_path, "intel", "status", "--config", config).out
    assert varde(tmp_path, "intel", "update", "good", "--force", "--config", config).status == 0


def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path, "intel", "import", "absent.txt")
    assert "no such list format: no-such" in refused(tmp_path, "intel", "import", "-", "--as", "no-such")
    assert "is no name for a list" in refused(tmp_path, "intel", "import", "-", "--name", "../x", stdin=b"203.0.113.5\n")
    assert "no lists are configured" in refused(tmp_path, "intel", "update")
    done = varde(tmp_path, "intel", "import", "-", stdin=b"nothing in here\n")
    assert (done.status, "nothing in it is an indicator" in done.err) == (1, True)


@pytest.mark.parametrize(("text", "said"), [
    ('[[list]]\nname = "../x"\nurl = "/x"', "list.0.name"),
    ('[[list]]\nname = "x"\nurl = "http://lists.example/x"', "over https"),
    ('[[list]]\nname = "x"\nurl = "lists.txt"', "whole path"),
    ('[[list]]\nname = "x"\nurl = "/x"\nformat = "no-such"', "no such list format: no-such"),
    ('[[list]]\nname = "x"\nurl = "/x"\n[[list]]\nname = "x"\nurl = "/y"', "two lists are called x"),
    ('[[list]]\nname = "x"\nurl = "/x"\nevery_minute = 5', "did you mean every_minutes?"),
    ('[[list]]\nname = "x"\nurl = "/x"\nevery_minutes = 1', "list.0.every_minutes"),
    ('[[allow]]\nentry = "two words"', "cannot be allowed"),
])  # fmt: skip
def test_config_check_finds_mistakes_in_lists(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, "config", "check", "--config", _config(tmp_path, text))


def test_config_show_has_lists_under_their_name_in_the_file(tmp_path: Path) -> None:
    config = _config(tmp_path, '[[list]]\nname = "x"\nurl = "/x"')
    assert json.loads(varde(tmp_path, "config", "show", "--config", config).out)["list"][0]["url"] == "/x"
