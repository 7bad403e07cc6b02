"""varde intel publish, rollback and rehearse as a person uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli_run import refused, varde
from warned import flow, flows, ledger

from varde.export.intel.serial import is_after, serial_of
from varde.store import Store

CONFIG = (
    '[publishing]\nkeep = 3\n[[publish]]\nname = "dns"\nformat = "rpz"\npath = "{home}/rpz.db"\nreload = ["sh", "-c", "echo dns >> {home}/told"]\n'
    '[[publish]]\nname = "edges"\nformat = "edl"\npath = "{home}/edge.txt"\n[[allow]]\nentry = "good.evil.example"\n'
)  # fmt: skip


def _publish(home: Path, text: str, *words: str, config: str = CONFIG) -> Any:
    (home / "varde.toml").write_text(config.replace("{home}", str(home)))
    assert varde(home, "intel", "import", "-", "--name", "bad", "--force", "--config", "varde.toml", stdin=text.encode()).status == 0
    return varde(home, "intel", "publish", "--config", "varde.toml", *words)


def test_outputs_are_published_together_and_only_when_they_changed(tmp_path: Path) -> None:
    done = _publish(tmp_path, "evil.example\n203.0.113.5\n", "--json")
    told = json.loads(done.out)
    assert (done.status, told["generation"], [(one["name"], one["entries"], one["was"], one["changed"]) for one in told["outputs"]]) == (
        0, 1, [("dns", 2, None, True), ("edges", 2, None, True)],
    )  # fmt: skip
    assert told["outputs"][1]["files"] == [f"{tmp_path}/edge.txt", f"{tmp_path}/edge-names.txt", f"{tmp_path}/edge-urls.txt"]
    assert (tmp_path / "edge.txt").read_text() == "203.0.113.5\n"
    zone = (tmp_path / "rpz.db").read_bytes()
    assert "unchanged" in _publish(tmp_path, "evil.example\n203.0.113.5\n").out
    assert (tmp_path / "rpz.db").read_bytes() == zone
    _publish(tmp_path, "evil.example\n203.0.113.6\n")
    now = serial_of((tmp_path / "rpz.db").read_bytes())
    assert now is not None and is_after(now, serial_of(zone) or 0)
    assert (tmp_path / "told").read_text() == "dns\ndns\n"


def test_quiet_prints_what_changed_and_nothing_where_nothing_has(tmp_path: Path) -> None:
    assert "dns: rpz: 1 entry (new): published" in _publish(tmp_path, "evil.example\n", "-q").out
    again = _publish(tmp_path, "evil.example\n", "-q")
    assert (again.status, again.out, again.err) == (0, "", "")


def test_a_dry_run_says_what_would_be_and_leaves_everything(tmp_path: Path) -> None:
    done = _publish(tmp_path, "evil.example\n", "--dry-run")
    assert done.status == 0 and "dns: rpz: 1 entry (new): would be published" in done.out and "nothing was written" in done.err
    assert not (tmp_path / "rpz.db").exists() and not (tmp_path / "told").exists()


def test_a_rollback_takes_all_outputs_back_and_the_serial_still_rises(tmp_path: Path) -> None:
    _publish(tmp_path, "evil.example\n203.0.113.5\n")
    _publish(tmp_path, "evil.example\nworse.example\n203.0.113.6\n")
    _publish(tmp_path, "evil.example\nworse.example\n203.0.113.7\n")
    before = serial_of((tmp_path / "rpz.db").read_bytes()) or 0
    done = varde(tmp_path, "intel", "rollback", "--config", "varde.toml")
    assert done.status == 0 and "rolled back to generation 2" in done.err
    assert (tmp_path / "edge.txt").read_text() == "203.0.113.6\n"
    zone = (tmp_path / "rpz.db").read_bytes()
    assert b"32.6.113.0.203.rpz-ip" in zone and is_after(serial_of(zone) or 0, before)
    # one back again is not what was rolled back from: three generations are kept, and the first went
    assert "a generation before 2 is not kept" in varde(tmp_path, "intel", "rollback", "--config", "varde.toml").err
    assert varde(tmp_path, "intel", "rollback", "3", "--config", "varde.toml").status == 0
    assert (tmp_path / "edge.txt").read_text() == "203.0.113.7\n"
    done = varde(tmp_path, "intel", "rollback", "99", "--config", "varde.toml")
    assert done.status == 1 and "generation 99 is not kept" in done.err
    assert (tmp_path / "told").read_text() == "dns\n" * 5


def test_a_serial_rises_when_the_clock_was_in_the_future(tmp_path: Path) -> None:
    _publish(tmp_path, "evil.example\n")
    path = tmp_path / "rpz.db"
    old = serial_of(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(str(old).encode(), b"2099010107"))
    _publish(tmp_path, "evil.example\nworse.example\n")
    assert serial_of(path.read_bytes()) == 2099010108
    path.unlink()  # what was published is remembered
    _publish(tmp_path, "evil.example\nworse.example\n")
    assert serial_of(path.read_bytes()) == 2099010109


def test_a_list_that_shrank_stops_everything_unless_it_is_forced(tmp_path: Path) -> None:
    _publish(tmp_path, "".join(f"evil{at}.example\n" for at in range(20)))
    done = _publish(tmp_path, "evil1.example\n203.0.113.5\n")
    assert done.status == 1 and "dns would go from 20 entries to 2: nothing is published" in done.err
    assert (tmp_path / "edge.txt").read_text() == ""
    assert _publish(tmp_path, "evil1.example\n203.0.113.5\n", "--force").status == 0


def test_one_output_is_published_and_the_others_stay(tmp_path: Path) -> None:
    _publish(tmp_path, "evil.example\n203.0.113.5\n")
    done = _publish(tmp_path, "evil.example\n203.0.113.6\n", "edges")
    assert done.status == 0
    assert (tmp_path / "edge.txt").read_text() == "203.0.113.6\n"
    assert b"32.5.113" in (tmp_path / "rpz.db").read_bytes()
    _publish(tmp_path, "evil.example\n203.0.113.6\n")
    assert b"32.6.113" in (tmp_path / "rpz.db").read_bytes()


def test_a_failed_reload_is_said_and_made_up_for(tmp_path: Path) -> None:
    config = CONFIG.replace("echo dns", "test -e {home}/ready && echo dns")
    done = _publish(tmp_path, "evil.example\n", config=config)
    assert done.status == 1 and "the files are in place, but" in done.err and (tmp_path / "rpz.db").exists()
    (tmp_path / "ready").touch()
    assert _publish(tmp_path, "evil.example\n", config=config).status == 0
    assert (tmp_path / "told").read_text() == "dns\n"


def _talked(home: Path) -> None:
    """Two hosts that talked with a listed address, one that was only scanned, and a busy site."""
    both = [flow(), flow(src="203.0.113.5", dst="10.0.0.5", sport=51022, dport=443, at=1)]
    second = [flow(src="10.0.0.6", dst="203.0.113.6"), flow(src="203.0.113.6", dst="10.0.0.6", sport=51022, dport=443, at=1)]
    scan = [flow(src="203.0.113.9", dst="10.0.0.9", sport=40000, dport=22)]
    busy = [flow(src=f"10.0.1.{at}", dst="198.51.100.80", at=at) for at in range(5)]
    Store(home / "store").append("flows", flows(*both, *second, *scan, *busy))


PERIOD = ("--since", "2016-06-01", "--until", "2016-06-30")


def test_a_rehearsal_says_what_a_list_would_have_cut_off(tmp_path: Path) -> None:
    _talked(tmp_path)
    varde(tmp_path, "intel", "import", "-", "--name", "bad", stdin=b"203.0.113.0/24\n198.51.100.80\ntop.example\n")
    (tmp_path / "top.csv").write_text("1,top.example\n2,other.example\n3,www.top.example\n")
    done = varde(tmp_path, "intel", "rehearse", *PERIOD, "--top-sites", "top.csv", "--json")
    told = json.loads(done.out)
    assert (done.status, told["flows"], told["hits"], told["host_count"], told["conversations"]) == (0, 10, 10, 2, 2)
    assert [(host["address"], host["listed"], host["flows"]) for host in told["hosts"]] == [("10.0.0.5", 1, 2), ("10.0.0.6", 1, 2)]
    assert told["sites"][0] == {"address": "198.51.100.80", "flows": 5, "hosts": 5}
    assert told["names"] == ["top.example", "www.top.example"]
    done = varde(tmp_path, "intel", "rehearse", *PERIOD, "--hosts-max", "1")
    assert done.status == 1 and "2 hosts of yours talked with what is listed, more than 1" in done.err
    assert "10.0.0.5: 2 flows with 1 listed address: bad" in done.out and "listed, and one of the sites that most of your hosts talk to: 198.51.100.80: 5 hosts" in done.out
    assert "1 listed name: flows have no names" in done.out
    assert told["share_seen"] is None and "no ledger of flows" in done.err
    Store(tmp_path / "store").append("losses", ledger(flows=3, lost=1))
    done = varde(tmp_path, "intel", "rehearse", *PERIOD, "--hosts-max", "2")
    assert done.status == 0 and "75 % of exported flows seen" in done.err


def test_what_is_allowed_is_no_hit_of_a_rehearsal(tmp_path: Path) -> None:
    _talked(tmp_path)
    (tmp_path / "varde.toml").write_text('[[allow]]\nentry = "203.0.113.6"\n[[allow]]\nentry = "198.51.100.80"\n')
    varde(tmp_path, "intel", "import", "-", "--name", "bad", "--config", "varde.toml", stdin=b"203.0.113.0/24\n198.51.100.80\n")
    told = json.loads(varde(tmp_path, "intel", "rehearse", *PERIOD, "--json", "--config", "varde.toml").out)
    assert ([host["address"] for host in told["hosts"]], told["sites"][1:]) == (["10.0.0.5"], [])


def test_own_hosts_that_would_be_cut_off_stop_publishing(tmp_path: Path) -> None:
    _talked(tmp_path)
    config = CONFIG.replace("keep = 3", "keep = 3\nrehearse_days = 9000").replace('format = "edl"', 'format = "edl"\nhosts_max = 1')
    done = _publish(tmp_path, "203.0.113.0/24\n", config=config)
    assert done.status == 1 and "edges: 2 hosts of yours talked with what is listed (10.0.0.5, 10.0.0.6), more than hosts_max = 1" in done.err
    assert not (tmp_path / "rpz.db").exists()
    assert _publish(tmp_path, "203.0.113.5\n", config=config).status == 0
    assert _publish(tmp_path, "203.0.113.0/24\n", "--force", config=config).status == 0


def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path) -> None:
    assert "nothing is to be published" in refused(tmp_path, "intel", "publish")
    assert varde(tmp_path, "intel", "rollback").status == 1
    assert varde(tmp_path, "intel", "rehearse").status == 1
    _publish(tmp_path, "evil.example\n")
    assert "no output is called moon" in refused(tmp_path, "intel", "publish", "moon", "--config", "varde.toml")
    assert "cannot read none.csv" in refused(tmp_path, "intel", "rehearse", "--top-sites", "none.csv")


@pytest.mark.parametrize(("text", "said"), [
    ('format = "misp"\npath = "/x"', "no such export format: misp"), ('format = "pf"\npath = "x"', "whole path"), ('format = "pf"\npath = "/x"\nask = "127.0.0.1:53"', "only zones have a serial"),
    ('format = "rpz"\npath = "/x"\nask = "here"', "is no address"), ('format = "dnsmasq"\npath = "/x"\naction = "drop"', "dnsmasq has no action drop"),
    ('format = "rpz"\npath = "/x"\norigin = "a b"', "is no name for a zone"), ('format = "nft"\npath = "/x"\nset = "a;b"', "is no name for a set"), ('format = "pf"\npath = "/x"\nshrink = 2', "publish.0.shrink"),
    ('format = "pf"\npath = "/x"\n[[publish]]\nname = "a"\nformat = "pf"\npath = "/y"', "two outputs are called a"), ('format = "pf"\npath = "/x"\nreloads = ["x"]', "did you mean reload?"),
])  # fmt: skip
def test_config_check_finds_mistakes_in_outputs(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "varde.toml").write_text(f'[[publish]]\nname = "a"\n{text}\n')
    assert said in refused(tmp_path, "config", "check", "--config", "varde.toml")


def test_a_list_that_is_damaged_is_said_and_stays_published_as_it_was(tmp_path: Path) -> None:
    assert _publish(tmp_path, "evil.example\n203.0.113.5\n").status == 0
    before = {name: (tmp_path / name).read_bytes() for name in ("rpz.db", "edge.txt")}
    (rows,) = tmp_path.rglob("lists/bad.parquet")
    rows.write_bytes(rows.read_bytes()[:-100])
    for words in (["publish"], ["publish", "--force"], ["export", "edl", "-o", "out.txt"], ["rehearse"], ["prove", "rpz.db"]):
        done = varde(tmp_path, "intel", *words, "--config", "varde.toml")
        assert done.status == 1 and "list bad: " in done.err and "is damaged" in done.err and "varde intel import FILE --name bad" in done.err, words
    assert not (tmp_path / "out.txt").exists()
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    status = varde(tmp_path, "intel", "status", "--config", "varde.toml")
    assert "FAILS" in status.out and "nothing of it is matched" in status.out
    (told,) = json.loads(varde(tmp_path, "intel", "status", "--config", "varde.toml", "--json").out)["lists"]
    assert "is damaged" in told["damaged"]
    why = varde(tmp_path, "why", "evil.example", "--config", "varde.toml")
    assert "no list that can be read has it" in why.out and "list bad: " in why.out
    (sentence,) = json.loads(varde(tmp_path, "why", "evil.example", "--config", "varde.toml", "--json").out)["lists_missed"]
    assert "is damaged" in sentence
    assert _publish(tmp_path, "evil.example\n203.0.113.5\n").status == 0
    assert "listed by bad" in varde(tmp_path, "why", "evil.example", "--config", "varde.toml").out


def test_why_of_a_network_tells_what_of_it_is_let_through_and_where_the_rest_goes(tmp_path: Path) -> None:
    config = CONFIG + '[[allow]]\nentry = "203.0.113.64/26"\n'
    assert _publish(tmp_path, "203.0.113.0/24\n", config=config).status == 0
    told = json.loads(varde(tmp_path, "why", "203.0.113.0/24", "--config", "varde.toml", "--json").out)
    assert (told["rules"], told["cuts"]) == ([], ["allowed 203.0.113.64/26"])
    assert [one["name"] for one in told["outputs"]] == ["dns", "edges"], "the rest of it is blocked"
    assert "never matched of it: allowed 203.0.113.64/26" in varde(tmp_path, "why", "203.0.113.0/24", "--config", "varde.toml").out
    inside = json.loads(varde(tmp_path, "why", "203.0.113.70", "--config", "varde.toml", "--json").out)
    assert (inside["rules"], inside["cuts"], inside["outputs"]) == (["allowed 203.0.113.64/26"], [], [])


def test_a_listed_name_that_no_zone_can_hold_stops_neither_publishing_nor_a_proof(tmp_path: Path) -> None:
    long = ".".join(["a" * 60] * 4) + ".example"
    assert _publish(tmp_path, f"{long}\nevil.example\n").status == 0
    for words in ([], ["--origin", "rpz.varde"]):
        done = varde(tmp_path, "intel", "prove", "rpz.db", "--config", "varde.toml", *words)
        assert done.status == 0 and "1 not to be blocked: too long for the zone" in done.out
        assert ("--origin says another" in done.out) is (not words)
