"""`varde warn` as a person uses it: lists over stored flows, counts, tests of sinks, acknowledgements, and following."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cli_run import varde
from material import environment, wait_until
from warned import ARTICLE, StandIn, entry, flow, flows, ledger, with_lines

from varde.live import warnings_of
from varde.store import Store

LISTS = {"203.0.113.0/24": [entry()], "198.51.100.7/32": [entry("drop", "SBL9", "DROP", ""), entry("own", None, "", "")]}  # type: ignore[arg-type]


def filled(home: Path, *rows: dict[str, Any]) -> Store:
    """A store with flows."""
    store = Store(home / "store")
    store.append("flows", flows(*rows))
    return store


def warned(home: Path, *rows: dict[str, Any]) -> Store:
    """A store with warnings."""
    store, lists = Store(home / "store"), StandIn(LISTS)
    store.append("warnings", with_lines(warnings_of(flows(*rows), lists, lists)))
    return store


def listed(home: Path, text: str = "203.0.113.0/24\n198.51.100.7\n") -> None:
    (home / "bad.txt").write_text(text)
    done = varde(home, "intel", "import", "bad.txt")
    assert done.status == 0, done.err


PERIOD = ("--since", "2016-06-01", "--until", "2016-06-30")


def test_a_replay_finds_every_stored_flow_to_or_from_a_listed_address(tmp_path: Path) -> None:
    filled(tmp_path, flow(), flow(at=60), flow(dst="192.0.2.9"), flow(src="198.51.100.7", dst="10.0.0.6", at=5), flow(at=86400 * 40))
    listed(tmp_path)
    done = varde(tmp_path, "warn", "--replay", *PERIOD, "--jsonl")
    assert done.status == 0, done.err
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["src_addr"], row["dst_addr"], row["side"], row["count"], row["packets"], row["retro"]) for row in rows] == [
        ("10.0.0.5", "203.0.113.5", "dst", 2, 24, 1), ("198.51.100.7", "10.0.0.6", "src", 1, 12, 1),
    ]  # fmt: skip
    wanted = {"time", "src_addr", "src_port", "dst_addr", "dst_port", "proto", "side", "lists", "packets", "octets", "sampled", "one_way", "late", "count"}
    assert wanted <= set(rows[0]) and set(rows[0]["lists"][0]) == {"source", "id", "name", "url", "first_seen"}
    assert rows[0]["lists"][0]["source"] == "bad"
    assert "4 stored flows" in done.err and "3 with a listed end, 2 warnings" in done.err


def test_a_replay_prints_the_articles_lines_and_one_for_each_address_where_asked(tmp_path: Path) -> None:
    filled(tmp_path, flow(), flow(dst="203.0.113.6", at=1))
    listed(tmp_path)
    one = varde(tmp_path, "warn", "--replay", *PERIOD).out.splitlines()
    two = varde(tmp_path, "warn", "--replay", *PERIOD, "--per", "address").out.splitlines()
    assert [line.partition(") ")[0] + ")" for line in one] == ["2016-06-07 13:51:34 : 10.0.0.5:443 -> 203.0.113.5:51022 (TCP)"]
    assert len(two) == 2


def test_a_replay_without_lists_or_hits_says_so(tmp_path: Path) -> None:
    filled(tmp_path, flow())
    done = varde(tmp_path, "warn", "--replay", *PERIOD)
    assert (done.status, done.out) == (1, "") and "varde intel import" in done.err
    listed(tmp_path, "192.0.2.200\n8.8.8.8\n")
    done = varde(tmp_path, "warn", "--replay", *PERIOD)
    assert (done.status, done.out) == (1, "") and "0 with a listed end, 0 warnings" in done.err


def test_a_configured_list_is_read_for_a_replay(tmp_path: Path) -> None:
    filled(tmp_path, flow())
    (tmp_path / "own.txt").write_text("203.0.113.5\n")
    (tmp_path / "varde.toml").write_text(f'[[list]]\nname = "own"\nurl = "{tmp_path}/own.txt"\n')
    done = varde(tmp_path, "warn", "--replay", *PERIOD, "--config", "varde.toml", "--json")
    document = json.loads(done.out)
    assert [row["lists"][0]["source"] for row in document["warnings"]] == ["own"]


def test_stored_warnings_of_a_period_are_listed(tmp_path: Path) -> None:
    warned(tmp_path, flow(), flow(src="198.51.100.7", dst="10.0.0.6", at=5))
    lines = varde(tmp_path, "warn", *PERIOD).out.splitlines()
    assert [line[:40] for line in lines] == ["2016-06-07 13:51:34 : 10.0.0.5:443 -> 20", "2016-06-07 13:51:39 : 198.51.100.7:443 -"]
    for about, count in (("10.0.0.6", 1), ("10.0.0.0/8", 2), ("otx", 1), ("otx:5f0c0a1b2c3d4e5f60718293", 1), ("DROP", 1), ("own", 1), ("all", 2)):
        done = varde(tmp_path, "warn", *PERIOD, "--about", about, "--json")
        assert len(json.loads(done.out)["warnings"]) == count, about
    done = varde(tmp_path, "warn", *PERIOD, "--about", "nothing")
    assert (done.status, done.out) == (1, "")
    assert varde(tmp_path, "warn", "--day", "2016-06-09").status == 1


def test_statistics_count_by_day_list_country_and_host(tmp_path: Path) -> None:
    rows = [flow(at=number, dst_cc="NL") for number in range(3)] + [flow(src="198.51.100.7", dst="10.0.0.6", at=86400, src_cc="SE")]
    warned(tmp_path, *rows)

    def counted(by: str, *more: str) -> dict[str, int]:
        document = json.loads(varde(tmp_path, "warn", "--stats", "--by", by, *PERIOD, "--json", *more).out)
        assert document["unacknowledged"] == 4
        return {row[by]: row["count"] for row in document["rows"]}

    assert counted("day") == {"2016-06-07": 3, "2016-06-08": 1}
    assert counted("day", "--tz", "Pacific/Auckland") == {"2016-06-08": 3, "2016-06-09": 1}
    assert counted("list") == {"otx": 3, "drop": 1, "own": 1}
    assert counted("country") == {"NL": 3, "SE": 1}
    assert counted("host") == {"10.0.0.5": 3, "10.0.0.6": 1}
    text = varde(tmp_path, "warn", "--stats", "--by", "host", *PERIOD)
    assert text.out.splitlines()[1].split()[:2] == ["10.0.0.5", "3"] and "4 warnings not acknowledged" in text.err
    assert varde(tmp_path, "warn", "--stats", "--by", "moon").status == 2


@pytest.mark.parametrize("command", [("--stats",), ("--replay",), ()])
def test_every_answer_says_what_share_of_the_flows_it_rests_on(tmp_path: Path, command: tuple[str, ...]) -> None:
    filled(tmp_path, flow())
    listed(tmp_path)
    store = warned(tmp_path, flow())
    store.append("losses", ledger(flows=992, lost=8))
    store.append("losses", ledger("other", at=86_400 * 60, flows=10, lost=90))
    text, document = varde(tmp_path, "warn", *command, *PERIOD), json.loads(varde(tmp_path, "warn", *command, *PERIOD, "--json").out)
    assert "992 flows; 99.2 % of exported flows seen; lost: 8 flows of router\n" in text.err
    assert (document["share_seen"], document["flows_seen"]) == (0.992, "992 flows; 99.2 % of exported flows seen; lost: 8 flows of router")


@pytest.mark.parametrize("command", [("--stats",), ("--replay",), ()])
def test_an_answer_about_a_period_without_a_ledger_says_that_too(tmp_path: Path, command: tuple[str, ...]) -> None:
    filled(tmp_path, flow())
    listed(tmp_path)
    warned(tmp_path, flow()).append("losses", ledger(at=86_400 * 60, flows=10))
    text, document = varde(tmp_path, "warn", *command, *PERIOD), json.loads(varde(tmp_path, "warn", *command, *PERIOD, "--json").out)
    assert "no ledger of flows for this period" in text.err
    assert (document["share_seen"], "no ledger" in document["flows_seen"]) == (None, True)


def test_what_is_acknowledged_is_open_no_longer_and_can_be_again(tmp_path: Path) -> None:
    warned(tmp_path, flow(), flow(src="10.0.0.7", dst="198.51.100.7"))
    assert len(varde(tmp_path, "warn", *PERIOD, "--open").out.splitlines()) == 2
    assert varde(tmp_path, "warn", "ack", "203.0.113.0/24", "--why", "our own\nscanner").status == 0
    assert [line.split()[3][:8] for line in varde(tmp_path, "warn", *PERIOD, "--open").out.splitlines()] == ["10.0.0.7"]
    (said,) = json.loads(varde(tmp_path, "warn", "ack", "--json").out)
    assert (said["what"], said["why"], said["until"]) == ("203.0.113.0/24", "our own\\nscanner", "")
    warned(tmp_path, flow(at=86400 * 365 * 30))
    assert varde(tmp_path, "warn", "ack", "203.0.113.0/24", "--undo").status == 0
    assert len(varde(tmp_path, "warn", *PERIOD, "--open").out.splitlines()) == 2
    assert varde(tmp_path, "warn", "ack", "203.0.113.0/24", "--undo").status == 1


def test_an_ack_is_of_what_there_is_and_a_mute_of_what_comes(tmp_path: Path) -> None:
    now = int((datetime.now(timezone.utc) - ARTICLE).total_seconds())
    warned(tmp_path, flow(at=now - 600))
    varde(tmp_path, "warn", "ack", "all")
    warned(tmp_path, flow(at=now + 30))
    assert len(varde(tmp_path, "warn", "--open", "--json", "--since", "1h", "--until", "2200-01-01").out.splitlines()) > 3
    assert json.loads(varde(tmp_path, "warn", "--open", "--json", "--since", "1h", "--until", "2200-01-01").out)["warnings"][0]["time"] > str(ARTICLE)
    assert varde(tmp_path, "warn", "mute", "otx", "--until", "2h").status == 0
    assert varde(tmp_path, "warn", "--open", "--since", "1h", "--until", "2200-01-01").status == 1
    (said,) = json.loads(varde(tmp_path, "warn", "mute", "--json").out)
    until = datetime.fromisoformat(said["until"])
    assert timedelta(minutes=110) < until - datetime.now(timezone.utc) < timedelta(minutes=121)


@pytest.mark.parametrize(("words", "said"), [
    (("ack", "two words"), "name an address"), (("mute", ""), "name an address"), (("mute", "otx", "--until", "2001-01-01"), "not in the time to come"),
    (("mute", "otx", "--until", "soon"), "is no moment"), (("rules", "--ossec", "--wazuh"), "two systems"), (("--test", "--stats"), "two things"),
    (("--per", "moon"), "write list or address"), (("--replay", "--day", "x"), "is no day"), (("--test",), "no sinks are configured"),
])  # fmt: skip
def test_wrong_words_are_said_in_a_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = varde(tmp_path, "warn", *words)
    assert done.status in (1, 2) and said in done.err


def test_a_test_goes_to_every_sink_and_says_what_each_answered(tmp_path: Path) -> None:
    (tmp_path / "varde.toml").write_text(
        f'[[sink]]\nname = "ossec"\nkind = "file"\npath = "{tmp_path}/w.log"\n'
        f'[[sink]]\nname = "json"\nkind = "file"\nformat = "json"\npath = "{tmp_path}/w.json"\n'
        '[[sink]]\nname = "chat"\nkind = "webhook"\nurl = "http://127.0.0.1:9/secret"\n'
    )  # fmt: skip
    done = varde(tmp_path, "warn", "--test", "--config", "varde.toml", "--json")
    document = json.loads(done.out)
    assert [(sink["sink"], sink["ok"]) for sink in document["sinks"]] == [("ossec", True), ("json", True), ("chat", False)]
    assert done.status == 1 and "secret" not in done.out
    line = (tmp_path / "w.log").read_text()
    assert " : 192.0.2.5:443 -> 203.0.113.5:51022 (TCP) - side=dst list=test:varde-warn-test " in line and line.endswith(" test=1\n")
    assert json.loads((tmp_path / "w.json").read_text())["test"] == 1
    assert not Store(tmp_path / "store").files("warnings"), "a test is not stored"


def test_configured_sinks_are_checked_before_a_start(tmp_path: Path) -> None:
    def said(text: str) -> str:
        (tmp_path / "varde.toml").write_text("[[sink]]\n" + text)
        done = varde(tmp_path, "config", "check", "--config", "varde.toml")
        assert done.status == 2
        return done.err

    assert "kind file has no url; it has path" in said('name = "x"\nkind = "file"\nurl = "http://x/"\n')
    assert "sink x: kind syslog needs address" in said('name = "x"\nkind = "syslog"\n')
    assert "is no mail address" in said('name = "x"\nkind = "mail"\nserver = "m"\nsender = "a@b"\nrecipients = ["nobody"]\n')
    assert "did you mean framing" in said('name = "x"\nkind = "syslog"\nfraning = "lf"\n')
    assert "two sinks are called x" in said('name = "x"\nkind = "stdout"\n[[sink]]\nname = "x"\nkind = "stdout"\n')
    (tmp_path / "varde.toml").write_text('[[sink]]\nname = "x"\nkind = "webhook"\nurl = "https://h.example/T0KEN"\n')
    assert "T0KEN" not in varde(tmp_path, "config", "show", "--config", "varde.toml").out


@pytest.mark.parametrize(("system", "files"), [("--ossec", ("decoders", "rules")), ("--wazuh", ("decoders", "rules", "wazuh"))])
def test_rules_are_printed_as_they_are_shipped(tmp_path: Path, system: str, files: tuple[str, ...]) -> None:
    import varde as package

    folder = Path(package.__file__).parent / "data" / "ossec"
    assert varde(tmp_path, "warn", "rules", system).out == "".join((folder / f"{name}.xml").read_text() + "\n" for name in files)


def test_following_shows_the_newest_and_then_what_comes(tmp_path: Path) -> None:
    from varde.app.beacon import live_path
    from varde.app.commands.warn import LAST
    from varde.deliver.live_file import LiveFile

    live = LiveFile(live_path(Store(tmp_path / "store").path))
    live.append([{"line": f"old {number}"} for number in range(LAST + 5)])
    command = [sys.executable, "-m", "varde", "warn", "--quiet"]
    child = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert child.stdout is not None and child.stderr is not None
    seen = [child.stdout.readline() for _ in range(LAST)]
    assert seen[0] == b"old 5\n"
    os.set_blocking(child.stdout.fileno(), False)
    live.append([{"line": "new \x1b[31m"}])
    wait_until(lambda: seen.append(child.stdout.read() or b"") or b"new" in seen[-1])  # type: ignore[union-attr, func-returns-value]
    assert seen[-1] == b"new \\x1b[31m\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(20) in (0, 130, -signal.SIGINT)
    assert b"Traceback" not in child.stderr.read()


def test_frames_of_warnings_go_into_the_store_as_they_are(tmp_path: Path) -> None:
    store = warned(tmp_path, flow(), flow(at=1))
    (path,) = store.files("warnings")
    assert pl.read_parquet(path, hive_partitioning=False)["line"].null_count() == 0
