"""`varde map`: from logs, from the store, and from a table that SiLK printed."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_run import varde
from material import environment, firewall_line, write_old
from warned import flow, flows

from varde.store import Store

TABLE = " dcc|               Bytes|    %Bytes|   cumul_%|\n  no|                1000| 10.000000| 10.000000|\n  us|                5000| 50.0| 60.0|\n  --|                  40|  1.0| 61.0|\n"


def piped(home: Path, text: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "varde", *words], input=text, env=environment(home), cwd=home, capture_output=True, text=True, check=False)


def test_a_log_becomes_a_map_and_its_numbers(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", b"".join(firewall_line(n, source=f"193.0.0.{n}") for n in range(30)))
    for kind in ("png", "svg", "html", "csv"):
        made = varde(tmp_path, "map", str(log), "-o", f"map.{kind}")
        assert made.status == 0, made.err
        assert (tmp_path / f"map.{kind}").stat().st_size > 80
    document = json.loads(varde(tmp_path, "map", str(log), "--json").out)
    assert (document["table"], document["total"], document["known"]) == ("probes", 30, 30)
    assert [(row["country"], row["value"], row["addresses"]) for row in document["rows"]] == [("NL", 30, 30)]
    # of when and whose the places are: who sees the picture alone asks, and CC BY 4.0 wants it
    credit = document["places"]
    assert re.fullmatch(r"country table of 20\d\d-\d\d-\d\d, .*nro\.net.*\(CC BY 4\.0\)", credit)
    for kind in ("svg", "html"):
        assert credit in (tmp_path / f"map.{kind}").read_text(), kind


def test_a_day_that_has_no_flows_is_drawn_of_its_probes(tmp_path: Path) -> None:
    """Else who sends both sees an empty world for each day before the router began."""
    log = write_old(tmp_path / "fw.log", b"".join(firewall_line(n, source=f"193.0.0.{n}") for n in range(30)))
    assert varde(tmp_path, "read", str(log), "-q").status == 0
    Store(tmp_path / "store").append("flows", flows(flow()))
    (day,) = Store(tmp_path / "store").days("probes")
    told = {words: json.loads(varde(tmp_path, "map", "--json", *words).out)["table"] for words in (("--day", str(day)), ("--day", "2016-06-07"), ())}
    assert told == {("--day", str(day)): "probes", ("--day", "2016-06-07"): "flows", (): "flows"}


def test_probes_are_those_that_were_refused_unless_others_are_asked_for(tmp_path: Path) -> None:
    """As in the Fireplot, so that two pictures of a day agree."""
    lines = [firewall_line(n, source=f"193.0.0.{n}", verdict="BLOCK" if n < 3 else "ALLOW") for n in range(5)]
    log = write_old(tmp_path / "fw.log", b"".join(lines))
    totals = {words: json.loads(varde(tmp_path, "map", str(log), "--json", *words).out)["total"] for words in ((), ("--action", "all"), ("--src", "193.0.0.1"))}
    assert totals == {(): 3, ("--action", "all"): 5, ("--src", "193.0.0.1"): 1}


def test_a_table_of_rwstats_is_drawn_as_it_is(tmp_path: Path) -> None:
    made = piped(tmp_path, TABLE, "map", "-", "-o", "map.json")
    assert made.returncode == 0, made.stderr
    document = json.loads((tmp_path / "map.json").read_text())
    assert [(row["country"], row["value"]) for row in document["rows"]] == [("US", 5000), ("NO", 1000)]
    assert (document["by"], document["total"], document["known"]) == ("octets", 6040, 6000)


def test_a_table_whose_lines_come_one_by_one_is_one_all_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "varde", "map", "-", "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(tmp_path), cwd=tmp_path) as mapped:
        assert mapped.stdin is not None and mapped.stdout is not None
        for part, seconds in (("INPUT: 7 Records for 3 Bins and 6040 Total Bytes\n", 4), (TABLE, 0)):
            mapped.stdin.write(part.encode())
            mapped.stdin.flush()
            time.sleep(seconds)  # longer than it takes to begin and read what is there
        mapped.stdin.close()
        assert json.loads(mapped.stdout.read())["total"] == 6040


def test_a_table_in_a_file_is_drawn_and_a_log_by_a_pipe_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "table.txt").write_text(TABLE)
    assert json.loads(varde(tmp_path, "map", "table.txt", "--json").out)["total"] == 6040
    lines = b"".join(firewall_line(n, source="193.0.0.1") for n in range(100))  # more than is looked at
    assert len(lines) > 4096
    made = piped(tmp_path, lines.decode(), "map", "-", "--json")
    assert json.loads(made.stdout)["total"] == 100


def test_countries_that_the_map_does_not_have_are_counted_as_such(tmp_path: Path) -> None:
    made = piped(tmp_path, TABLE.replace("us", "xz"), "map", "-", "-o", "map.svg")
    assert "in 2 countries; 0.7% has no known place; 1 country is not on the map" in made.stderr


def test_a_damaged_table_is_said_with_its_line(tmp_path: Path) -> None:
    made = piped(tmp_path, TABLE.replace("5000", "many"), "map", "-")
    assert (made.returncode, "line 3 is no row" in made.stderr) == (2, True)
    assert "Traceback" not in made.stderr


@pytest.mark.parametrize(("words", "said"), [
    (("--style", "pie"), "no such style"), (("--scheme", "blue"), "no such scheme"), (("--table", "nonsense"), "no map of nonsense"),
    (("--table", "probes", "--by", "octets"), "cannot be summed"), (("--direction", "up"), "no such direction"), (("-o", "map.gif"), "gif"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    made = varde(tmp_path, "map", *words)
    assert made.status == 2
    assert said in made.err


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    made = varde(tmp_path, "map")
    assert made.status == 1
    assert "varde read" in made.err


def test_arcs_need_a_place_and_say_how_to_name_it(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", firewall_line(1, source="193.0.0.1"))
    made = varde(tmp_path, "map", str(log), "--arcs", "-o", "map.html")
    assert made.status == 0 and 'write [view] place = "59.91, 10.75"' in made.err
    assert "<title>home</title>" not in (tmp_path / "map.html").read_text()
    (tmp_path / "varde.toml").write_text('[view]\nplace = "59.91, 10.75"\n')
    made = varde(tmp_path, "map", str(log), "--arcs", "--config", "varde.toml", "-o", "map.html")
    assert made.status == 0 and "[view] place" not in made.err
    assert "<title>home</title>" in (tmp_path / "map.html").read_text()


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    log = write_old(tmp_path / "fw.log", firewall_line(1, source="193.0.0.1"))
    for place in ("Oslo", "99, 10", "ZZ"):
        (tmp_path / "varde.toml").write_text(f'[view]\nplace = "{place}"\n')
        made = varde(tmp_path, "map", str(log), "--arcs", "--config", "varde.toml", "-o", "map.html")
        assert made.status == 2 and "place" in made.err
