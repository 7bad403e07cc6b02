"""filter, cut, stats, uniq, count, set and sql on synthetic flows: pipes, formats, refusals, and answers counted by hand."""

import io
import ipaddress
import json
import os
import pty
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_run import refused, varde
from material import environment

HEAD = "sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|eTime|in|out|type\n"
Flow = tuple[str, str, int, int, int, int, int, int]


def made(count: int = 2000, seed: int = 5) -> list[Flow]:
    """Synthetic flows: source, destination, ports, protocol, packets, octets, second of the day."""
    dice = random.Random(seed)
    hosts = [f"10.{dice.randrange(4)}.{dice.randrange(3)}.{dice.randrange(40)}" for _ in range(60)] + [f"2001:db8::{n:x}" for n in range(1, 7)]
    ports = [22, 22, 53, 80, 443, 65535]
    return [(dice.choice(hosts), dice.choice(hosts), dice.choice(ports), dice.choice(ports), dice.choice([6, 17]), dice.randrange(1, 9),
             dice.randrange(40, 9000), dice.randrange(7200)) for _ in range(count)]  # fmt: skip


def printed(flows: list[Flow]) -> str:
    lines = [f"{s}|{d}|{sp}|{dp}|{p}|{n}|{o}|SA|2026/11/20T{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}|2026/11/20T{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}.500|1|2|in" for s, d, sp, dp, p, n, o, t in flows]
    return HEAD + "\n".join(lines) + "\n"


FLOWS = made()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("traffic")
    (folder / "flows.psv").write_text(printed(FLOWS))
    done = varde(folder, "read", "flows.psv", "--quiet")
    assert done.status == 0, done.err
    os.utime(folder / "flows.psv")
    return folder


def rows(home: Path, *arguments: str) -> list[dict[str, object]]:
    done = varde(home, *arguments, "--json")
    answer = json.loads(done.out)
    found: list[dict[str, object]] = answer["rows"] if isinstance(answer, dict) else answer
    assert done.status == (0 if found else 1), done.err
    return found


def count(home: Path, *arguments: str) -> int:
    found = rows(home, "uniq", "-f", "in", *arguments)
    return int(found[0]["records"]) if found else 0  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("dport 22", lambda f: f[3] == 22), ("dport 22,53 and not tcp", lambda f: f[3] in (22, 53) and f[4] != 6),
        ("src 10.1.0.0/16 or dst 2001:db8::/32", lambda f: f[0].startswith("10.1.") or ":" in f[1]), ("octets > 5k", lambda f: f[6] > 5000),
        ("port 443 packets 2-3", lambda f: 443 in f[2:4] and 2 <= f[5] <= 3), ("bpp >= 1000", lambda f: f[6] / f[5] >= 1000),
        ("stime 2026-11-20T01", lambda f: f[7] >= 3600), ("stime < 2026-11-20T00:30", lambda f: f[7] < 1800), ("host 10.0.0.1-10.1.255.255", lambda f: any(
            ":" not in end and end.split(".")[1] in "01" and end != "10.0.0.0" for end in f[:2])),
        ("flags S/SF inbound", lambda f: True), ("duration 500ms-1s", lambda f: True), ("duration > 1s", lambda f: False), ("src not in 10.0.0.0/8", lambda f: ":" in f[0]),
    ],
)  # fmt: skip
def test_words_choose_what_they_say(home: Path, words: str, fits: object) -> None:
    assert count(home, words) == sum(map(fits, FLOWS))  # type: ignore[arg-type]


def _around(address: str, length: int) -> object:
    """The network of a length that an address lies in; None where addresses of its kind are shorter."""
    return ipaddress.ip_network((address, length), strict=False) if length <= ipaddress.ip_address(address).max_prefixlen else None


@pytest.mark.parametrize("size", [1, 3, 40, 400, 4000])
def test_sets_of_any_size_choose_their_members(home: Path, size: int) -> None:
    dice = random.Random(size)
    nets = [ipaddress.ip_network((0x0A000000 + dice.randrange(1 << 18) * 4, dice.choice([28, 30, 32, 32])), strict=False) for _ in range(size)]
    nets += [ipaddress.ip_network("2001:db8::/126")]
    (home / "some.txt").write_text("\n".join(map(str, nets)))
    lengths, wanted = {net.prefixlen for net in nets}, set(nets)
    held = {end for end in {end for flow in FLOWS for end in flow[:2]} if any(_around(end, length) in wanted for length in lengths)}
    assert varde(home, "set", "build", "some.txt", "-o", "some.set").status == 0
    assert count(home, "--sipset=some.set") == sum(flow[0] in held for flow in FLOWS)
    assert count(home, "--anyset=some.txt") == sum(flow[0] in held or flow[1] in held for flow in FLOWS)
    assert count(home, "--not-dipset=some.set") == sum(flow[1] not in held for flow in FLOWS)


def test_a_ranking_has_the_largest_and_their_shares(home: Path) -> None:
    sums = Counter[int]()
    for flow in FLOWS:
        sums[flow[3]] += flow[6]
    total = sum(sums.values())
    found = rows(home, "stats", "--fields=dport", "--values=bytes", "--count=3")
    assert [(row["dst_port"], row["octets"]) for row in found] == sums.most_common(3)
    assert found[0]["percent"] == pytest.approx(100 * sums.most_common(1)[0][1] / total)
    bottom = rows(home, "stats", "--fields=dport", "--values=bytes", "--bottom", "--count=1")
    assert bottom[0]["octets"] == min(sums.values())


def test_what_lies_over_a_threshold(home: Path) -> None:
    ports = Counter(flow[3] for flow in FLOWS)
    edge = sorted(ports.values())[-2]
    done = varde(home, "stats", "--fields=dport", f"--threshold={edge}")
    assert f"OUTPUT: Top 2 bins by Records (threshold {edge})" in done.out
    assert "No bins below threshold of 0 Records" in varde(home, "stats", "--fields=dport", "--threshold=0", "--bottom").out


@pytest.mark.parametrize("scheme", range(5))
def test_time_is_shared_out_whole(home: Path, scheme: int) -> None:
    found = rows(home, "count", "--bin-size=600", f"--load-scheme={scheme}")
    assert sum(row["octets"] for row in found) == pytest.approx(sum(flow[6] for flow in FLOWS))  # type: ignore[misc]
    if scheme == 1:
        assert found[0]["records"] == sum(flow[7] < 600 for flow in FLOWS) and found[0]["time"] == "2026-11-20T00:00:00Z"


def test_what_passes_goes_by_a_pipe_and_is_the_same_as_asked_at_once(home: Path) -> None:
    passed = varde(home, "filter", "dport 22", "--pass=stdout").out.encode(errors="surrogateescape")
    for command in (["stats", "-f", "sip", "--values=bytes"], ["uniq", "-f", "proto"], ["cut", "-f", "1-9"], ["count", "--bin-size=60"]):
        assert varde(home, *command, "-", stdin=passed).out == varde(home, *command, "dport 22").out


def test_a_shells_pipe_needs_no_dash(home: Path) -> None:
    program = f"{sys.executable} -B -P -m varde"
    line = f"{program} filter --dport=53 --pass=stdout | {program} filter tcp - --pass=stdout | {program} uniq -f dport --no-titles --delimited=,"
    line = line.replace("filter tcp -", "filter - tcp")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment(home), cwd=home, timeout=100)
    assert (done.stdout, done.stderr) == (f"53,{sum(flow[3] == 53 and flow[4] == 6 for flow in FLOWS)}\n", "")


def test_a_reader_that_has_enough_is_no_error(home: Path) -> None:
    program = f"{sys.executable} -B -P -m varde"
    line = f"({program} filter --proto=0-255 --pass=stdout; echo $? >&2) | head -c 100 | wc -c"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment(home), cwd=home, timeout=100)
    assert (done.stdout.strip(), done.stderr.strip()) == ("100", "0")


def test_a_terminal_gets_no_octets(home: Path) -> None:
    parent, child = pty.openpty()
    try:
        done = subprocess.run([sys.executable, "-B", "-P", "-m", "varde", "filter", "tcp", "--pass=stdout"], stdout=child, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, env=environment(home), cwd=home, timeout=60)  # fmt: skip
    finally:
        os.close(child)
        os.close(parent)
    assert done.returncode == 2 and b"pipe it into one" in done.stderr


@pytest.mark.parametrize("flowing", [b"", b"nonsense", b"\xff\xff\xff\xff\x10\x00\x00\x00"])
def test_a_pipe_without_records_is_refused(home: Path, flowing: bytes) -> None:
    assert "standard input" in refused(home, "cut", "-", stdin=flowing)


def test_a_pipe_that_ends_too_early_is_refused(home: Path) -> None:
    passed = varde(home, "filter", "dport 22", "--pass=stdout").out.encode(errors="surrogateescape")
    done = varde(home, "uniq", "-", stdin=passed[: len(passed) // 2])
    assert done.status == 2 and "varde: " in done.err


def test_fail_has_the_others_and_statistics_count_both(home: Path) -> None:
    done = varde(home, "filter", "dport 22", "--pass=pass.arrow", "--fail=fail.arrow", "--print-statistics=stdout", "--max-fail=7")
    ssh = sum(flow[3] == 22 for flow in FLOWS)
    assert done.out == f"Files     1.  Read {len(FLOWS):10d}.  Pass {ssh:10d}. Fail  {len(FLOWS) - ssh:10d}.\n"
    found = varde(home, "uniq", "-f", "in", "--no-titles", "--delimited", "-", stdin=(home / "fail.arrow").read_bytes())
    assert found.out == "1|7\n"


def test_statistics_of_a_pipe_and_its_records_at_once(home: Path) -> None:
    passed = varde(home, "filter", "dport 22", "--pass=stdout").out.encode(errors="surrogateescape")
    done = varde(home, "filter", "-", "--proto=6", "--pass=six.arrow", "--print-statistics=stdout", stdin=passed)
    assert f"Read {sum(f[3] == 22 for f in FLOWS):10d}.  Pass {sum(f[3] == 22 and f[4] == 6 for f in FLOWS):10d}." in done.out


def test_formats_for_programs(home: Path) -> None:
    assert varde(home, "cut", "dport 22", "-f", "sip,bytes,stime", "-n", "2", "-o", "x.parquet").status == 0
    table = pq.read_table(home / "x.parquet")
    assert table.column_names == ["src_addr", "octets", "time"] and len(table) == 2
    csv = varde(home, "uniq", "-f", "proto", "--values=records,bytes", "--csv").out.splitlines()
    assert csv[0] == "proto,records,octets" and len(csv) == 3
    lines = varde(home, "filter", "dport 22", "--max-pass=3", "--jsonl").out.splitlines()
    assert [json.loads(line)["dst_port"] for line in lines] == [22, 22, 22]
    piped = varde(home, "filter", "dport 22", "--parquet").out.encode(errors="surrogateescape")
    assert len(pq.read_table(io.BytesIO(piped))) == sum(flow[3] == 22 for flow in FLOWS)


def test_ipv6_policies(home: Path) -> None:
    v4 = sum(":" not in flow[0] for flow in FLOWS)
    assert [count(home, f"--ipv6-policy={policy}") for policy in ("ignore", "only", "mix")] == [v4, len(FLOWS) - v4, len(FLOWS)]
    assert "::ffff:10." in varde(home, "cut", "-f", "sip", "-n", "5", "src 10.0.0.0/8", "--ipv6-policy=force").out


def test_sets_of_flows_and_who_is_in_them(home: Path) -> None:
    assert varde(home, "set", "build", "--sip-file=sip.set", "--dip-file=dip.set", "dport 22").status == 0
    sources = {flow[0] for flow in FLOWS if flow[3] == 22}
    assert set(varde(home, "set", "cat", "sip.set").out.split()) == sources
    both = varde(home, "set", "intersect", "sip.set", "dip.set", "-o", "both.txt")
    assert both.status == 0 and set(varde(home, "set", "cat", "both.txt").out.split()) == sources & {flow[1] for flow in FLOWS if flow[3] == 22}
    assert varde(home, "set", "member", next(iter(sources)), "dip.set", "sip.set").out.endswith("sip.set\n")
    assert varde(home, "set", "member", "203.0.113.5", "sip.set").status == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cut", "-f", "sipp"], "Did you mean sip?"), (["stats", "--values=octet"], "Did you mean octets?"), (["filter", "--table", "x"], "--table x"),
        (["filter", "--table", "logins", "octets > 5"], "has no octets"), (["filter", "--sipset=none.set"], "no such file"), (["stats", "--count=1", "--threshold=3"], "three limits"),
        (["filter", "since 1d", "--day", "today"], "twice"), (["filter", "--end-date=2026/11/20"], "needs --start-date"), (["filter", "--start-date=x"], "write 2009/02/13"),
        (["cut", "--ipv6-policy=x"], "--ipv6-policy x"), (["cut", "--delimited=ab"], "one character"), (["count", "--load-scheme=9"], "there are 0"),
        (["count", "--bin-size=0.00001"], "smallest"), (["cut", "--pmap=none.txt"], "no such file"), (["set", "cat", "flows.psv"], "line 1"),
        (["set", "build"], "name the files"), (["sql", "delete from flows"], "one SELECT"), (["sql", "select * from '/etc/passwd'"], "cannot be answered"),
    ],
)  # fmt: skip
def test_mistakes_have_a_sentence(home: Path, arguments: list[str], words: str) -> None:
    assert words in refused(home, *arguments)


def test_a_period_in_silks_words(home: Path) -> None:
    assert count(home, "--start-date=2026/11/20:01") == sum(flow[7] >= 3600 for flow in FLOWS)
    assert count(home, "--start-date=2026/11/20:00", "--end-date=2026/11/20:01") == len(FLOWS)
    assert count(home, "--start-date=2026/11/21") == 0


def test_labels_of_a_prefix_map(home: Path) -> None:
    (home / "map.txt").write_text("map-name place\ndefault elsewhere\n10.0.0.0/8 inside\n10.1.0.0/16 lab\n")
    found = {row["src-place"]: row["records"] for row in rows(home, "uniq", "-f", "src-place", "--pmap", "map.txt")}
    expected = Counter("elsewhere" if ":" in f[0] else "lab" if f[0].startswith("10.1.") else "inside" for f in FLOWS)
    assert found == dict(expected)


@pytest.mark.parametrize(
    "question",
    ["select * from read_csv('/etc/passwd')", "select * from read_text('/etc/hostname')", "select * from glob('/*')", "copy flows to '/tmp/x'", "attach '/tmp/x'",
     "install inet", "set memory_limit = '9GB'", "select 1; select 2", "select getenv('HOME')", "pragma database_list", "create table x as select 1",
     "select * from parquet_scan('x')", "call pragma_version()"],
)  # fmt: skip
def test_sql_reads_what_is_stored_and_nothing_else(home: Path, question: str) -> None:
    refused(home, "sql", question)


def test_sql_has_readable_addresses_and_names(home: Path) -> None:
    found = rows(home, "sql", "select src_addr, dst_service, proto_name, count(*) as n from flows where dst_port = 22 group by all order by n desc, src_addr")
    expected = Counter((flow[0], {6: "tcp", 17: "udp"}[flow[4]]) for flow in FLOWS if flow[3] == 22)
    assert {(row["src_addr"], row["proto_name"]): row["n"] for row in found} == dict(expected)
    assert {(row["proto_name"], row["dst_service"]) for row in found} == {("tcp", "ssh"), ("udp", None)}


def test_a_port_with_a_name_of_each_protocol_is_called_by_that_of_the_flow(home: Path) -> None:
    found = rows(home, "sql", "select distinct proto, dst_service from flows where dst_port = 80 order by 1")
    assert [(row["proto"], row["dst_service"]) for row in found] == [(6, "http"), (17, "quic")]
    assert count(home, "dport http") == count(home, "--dport", "80") > 0


def test_a_name_that_sql_does_not_have_is_answered_with_those_like_it(home: Path) -> None:
    assert '"src_addr"' in refused(home, "sql", "select src_adr from flows")
    assert "Did you mean flows?" in refused(home, "sql", "select * from flow")
    assert "There are probes, " in refused(home, "sql", "select * from nothing_like_it")


def test_sql_is_bounded_in_time_and_rows(home: Path) -> None:
    assert "longer than" in refused(home, "sql", "select count(*) from range(100000000) a, range(1000000) b", "--seconds", "0.3")
    done = varde(home, "sql", "select 1 as one from flows", "--rows", "2")
    assert done.out.split() == ["one", "1", "1"] and "first 2 rows" in done.err


def test_a_country_map_places_private_addresses(tmp_path: Path) -> None:
    (tmp_path / "f.psv").write_text(printed(FLOWS[:50]))
    (tmp_path / "cc.csv").write_text('"10.0.0.0","10.255.255.255","1","2","XA","Somewhere"\n')
    assert varde(tmp_path, "read", "f.psv", "--country-map", "cc.csv", "--quiet").status == 0
    assert count(tmp_path, "--scc=xa") == sum(":" not in flow[0] for flow in FLOWS[:50])
    (tmp_path / "bad.csv").write_text("10.0.0.0,10.0.0.9,NO\n10.0.0.5,10.0.0.20,SE\n")
    (tmp_path / "g.psv").write_text(printed(FLOWS[50:60]))
    assert "overlap" in refused(tmp_path, "read", "g.psv", "--country-map", "bad.csv")


@pytest.mark.parametrize("question", [["cut"], ["stats", "-f", "sip"], ["uniq", "-f", "sip"], ["count"], ["filter", "--csv"]])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_that_matches_is_status_1_and_a_sentence(home: Path, question: list[str], form: list[str]) -> None:
    if "--csv" in question and form:
        question = question[:-1]
    done = varde(home, *question, "dport 9 and sport 9", *form)
    assert done.status == 1
    if question[0] != "filter":
        assert "no flows that match. The store has some from 2026-11-20" in done.err


def test_a_threshold_that_no_group_reaches_is_an_answer(home: Path) -> None:
    done = varde(home, "stats", "-f", "sip", "--values=bytes", "--threshold=1000000000000")
    assert done.status == 0
    assert "No bins above threshold" in done.out
    assert "no flows that match" not in done.err


def test_a_file_named_among_the_words_is_pointed_at(home: Path) -> None:
    for command in ("filter", "cut", "stats"):
        done = varde(home, command, *(["-f", "sip"] if command == "stats" else []), "--proto=6", "flows.psv")
        assert done.status == 2
        assert "flows.psv is a file, and words are conditions: write --from flows.psv" in done.err
    assert "is no key" in varde(home, "cut", "dprt 22").err


def test_a_file_without_flows_says_what_it_is(home: Path) -> None:
    line = "2026-11-22 11:14:56.844     00:29:52.819 TCP    192.168.195.185:29149 ->     10.252.64.88:22        1386   100485     1\n"
    (home / "flows.line").write_text("Date first seen             Duration     Proto      Src IP Addr:Port          Dst IP Addr:Port   Packets    Bytes Flows\n" + line * 3)
    (home / "flows.pipe").write_text("2|1795346096844|1795347889663|6|0|0|0|3232285625|29149|0|0|0|184303704|22|0|0|192|10|26|0|1386|100485\n" * 3)
    for name in ("flows.line", "flows.pipe"):
        done = varde(home, "stats", "--from", name, "-f", "sip")
        assert done.status == 1
        assert f"{name}: flows as nfdump prints them for people." in done.err
        assert "nfdump -r FILE -o csv" in done.err


def test_a_wrong_value_names_the_switch_as_it_was_written(home: Path) -> None:
    for switch in ("--sip", "--saddress"):
        done = varde(home, "cut", f"{switch}=1.2.3")
        assert done.status == 2
        assert switch in done.err.partition(": '1.2.3'")[0]


def test_a_mistaken_key_behind_a_condition_has_a_word_near_to_it_too(home: Path) -> None:
    assert "Did you mean dport?" in varde(home, "cut", "inbound dprt 22").err


def test_explain_says_the_conditions_and_the_period(home: Path) -> None:
    done = varde(home, "filter", "dport 22", "--start-date=2026/11/20", "--explain", "--csv")
    assert "asked for flows of which the destination port is 22, from 2026-11-20T00:00:00Z up to 2026-11-21T00:00:00Z" in done.err


def test_what_a_file_tells_of_names_commands_that_work_at_once(home: Path) -> None:
    done = varde(home, "doctor", "flows.psv")
    assert "with `--from flows.psv` the file itself" in done.err
    assert varde(home, "stats", "--fields=sip,dport", "--values=bytes", "--from", "flows.psv").status == 0
