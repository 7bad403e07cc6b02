"""AfterGlow: its CSV there and back, its property files without Perl, its DOT."""

import contextlib
import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.export.afterglow import (
    Rows,
    Sketch,
    apply,
    dot,
    fills,
    graphson,
    read_properties,
    read_rows,
    requests_left,
    requests_of,
    rgb_of,
    rows_of,
    write_rows,
)
from varde.export.afterglow._page import properties_page
from varde.export.afterglow.dot import quoted
from varde.export.afterglow.grammar import FUNCTIONS
from varde.model import VardeError, visible

THREE = ["192.0.2.1,25,mx.example.org", "192.0.2.1,25,mx.example.org", "192.0.2.1,443,www.example.org", "10.1.2.3,80,www.example.org"]


def rows(lines: list[str] = THREE, **options: bool) -> Rows:
    return read_rows(lines, **options)


def said(text: str, lines: list[str] = THREE) -> dict[tuple[str, str], dict[str, object]]:
    return fills(apply(rows(lines), read_properties(text, "color.properties")))


def refused(text: str) -> str:
    with pytest.raises(VardeError) as error:
        read_properties(text, "color.properties")
    return str(error.value)


def test_rows_are_counted_and_extra_columns_kept() -> None:
    read = rows(["a,25,b,meta,more", "a,25,b,meta,more", "a,25,b"])
    assert read.frame.rows() == [("a", "25", "b", "meta", "more", 2), ("a", "25", "b", "", "", 1)]
    assert (read.two, read.read, read.bad) == (False, 3, Counter())


def test_two_columns_in_the_first_line_make_a_two_column_file() -> None:
    read = rows(["a,b", "c,d,meta"])
    assert read.two
    assert read.frame.rows() == [("a", None, "b", "", "", 1), ("c", None, "d", "meta", "", 1)]
    assert rows(["a,25,b", "c,d"]).bad == Counter(fields=1)
    assert rows(["a,25,b"], two=True).frame.rows() == [("a", None, "25", "b", "", 1)]


def test_lines_that_are_no_rows_are_counted_by_reason() -> None:
    read = rows(["a,25,b", "", "alone", ",25,b", 'a,"25,b', "a," + "x" * 70_000, *THREE])
    assert read.bad == Counter(fields=1, empty=1, quote=1, long=1)
    assert read.read == 10
    assert read.frame["count"].sum() == 5


@given(st.lists(st.text(max_size=60), max_size=20))
def test_any_lines_give_rows_or_counted_reasons(lines: list[str]) -> None:
    read = rows(lines)
    assert read.frame["count"].sum() + sum(read.bad.values()) <= len(lines)


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cf"]), min_size=1, max_size=12) | st.sampled_from(["=1+1", "-x", "'=1", '"', "a,b", "@"])


@given(st.lists(st.tuples(cells, st.integers(0, 65535), cells, st.integers(1, 3)), min_size=1, max_size=12))
def test_what_is_written_is_read_back(made: list[tuple[str, int, str, int]]) -> None:
    requests = pl.DataFrame(made, schema=["source", "port", "target", "count"], orient="row")
    written = list(write_rows(requests))
    assert len(written) == requests["count"].sum()
    assert not [cell for line in written for cell in next(csv.reader([line])) if cell.startswith(("=", "+", "-", "@"))]
    expected, read_back = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for source, port, target, count in made:
        expected[visible(source), str(port), visible(target)] += count
    for source, event, target, count in requests_of(rows(written)).iter_rows():
        read_back[source, event, target] += count
    assert read_back == expected


def test_a_line_a_request_in_the_articles_order() -> None:
    requests = pl.DataFrame({"source": ["192.0.2.1", "a b"], "port": [25, None], "target": ["mx,1", 'x"y'], "count": [2, 1]})
    assert list(write_rows(requests)) == ['192.0.2.1,25,"mx,1"\n', '192.0.2.1,25,"mx,1"\n', 'a b,"x""y"\n']
    assert list(write_rows(pl.DataFrame({"source": ["a\nb"], "port": [1], "target": ["c\r\nd,1,e"], "count": [1]}))) == ['a b,1,"c d,1,e"\n']


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('"red"', "red"), ("red", "red"), ("#60BB22", "#60BB22"), ('"red";', "red"), ('"red" # why', "red"), ("'a' . 'b'", "ab"), ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"), ("7 / 2", "3.5"), ("7 % 4", "3"), ("1 / 0 . 'x'", "0x"), ("-3 . ''", "-3"), ("2 > 10", None), ('"2" gt "10"', "1"),
        ("'x' if (1 == 1.0)", "x"), ("'x' if ('1.0' eq 1)", None), ("'x' if ('12abc' == 12)", "x"), ("'x' unless (0)", "x"), ("'x' if (!0 and not 0)", "x"),
        ("'x' if (0 or 1)", "x"), ("1 ? 'a' : 'b'", "a"), ("'0'", None), ("''", None), ("$fields[0]", "192.0.2.1"), ("$fields[9] . 'x'", "x"),
        ("field()", "192.0.2.1"), ("$targetName", "mx.example.org"), ("$sourceCount{$sourceName}", "2"), ("substr(field(), 0, 3)", "192"),
        ("substr(field(),4)", "0.2.1"), ("'x' if ($fields[2] =~ /^MX\\./i)", "x"), ("'x' if ($fields[2] =~ m/^mx/)", "x"), ("'x' if ($fields[2] !~ /^mx/)", None),
        ("'x' if ($fields[2] =~ /a\\/b/)", None), ('"x" if (match("^192\\\\.0"))', "x"), ('"x" if (match("\\d+"))', "x"), ("'x' if (any_regex('example'))", "x"),
        ('regex_replace("(\\\\d+\\\\.\\\\d+)\\\\.") . "/16"', "192.0/16"), ('regex_replace("^\\\\d+")', "192"), ('regex_replace("(nothing)")', None),
        ("'x' if (subnet(field(), 192.0.2.0/24))", "x"), ("'x' if (subnet($fields[0], '10.0.0.0/8'))", None), ("'x' if (subnet(field(), 192.0.2.99/24))", "x"),
        ("get_severity(0)", "#60BB22"), ("get_severity(10)", "#CC0000"), ("get_severity(99, 20)", "#CC0000"), ("get_severity('5')", "#965D11"),
        ("!$fields[0] =~ /x/", "1"),
    ],
)  # fmt: skip
def test_expressions_mean_what_they_mean_in_perl(expression: str, value: str | None) -> None:
    first = said(f"label.source={expression}", THREE[:2])["source", "192.0.2.1"] if value is not None else None
    if value is None:
        assert said(f"label.source={expression}", THREE[:2]) == {}
    else:
        assert first == {"label": value}


def test_addresses_of_version_6_are_in_subnets_too() -> None:
    lines = ["2001:db8::1,25,a", "2001:db9::1,25,a"]
    assert said("color.source=red if (subnet(field(), 2001:db8::/32))", lines) == {("source", "2001:db8::1"): {"color": "red"}}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('system("echo PWNED")', "there is no function system()"), ("`id`", "'`id`' is not understood"), ('"a" if (-e "/etc/passwd")', "')' was expected"),
        ("$x = 1", "is not understood"), ("@fields", "is not understood"), ("$ENV{PATH}", "is not understood"), ('"$fields[0]"', "cannot have variables"),
        ('"@{[system(1)]}"', "cannot have variables"), ("$fields[0] =~ s/a/b/e", "only /.../ is understood"), ("$fields[0] =~ /(?{system(1)})/", "cannot be used"),
        ("$fields[0] =~ /$x/", "cannot have variables"), ("$fields[0] =~ /(?<=a)b/", "cannot be used"), ("$fields[0] =~ /(a)\\1/", "cannot be used"),
        ("$fields[0] =~ /a/e", "may have the flag i"), ("$fields[0] =~ /(a/", "cannot be used"), ("match($fields[0])", "in quotes"), ("field(1)", "takes 0"),
        ("subnet(field(), 300.0.0.0/8)", "subnet()"), ("subnet(field(), field())", "subnet()"), ("1 +", "is not understood"), ("(1", "')' was expected"), ("", "is not understood"),
        ('"a" "b"', "was not expected"), ("$sourceCount{$targetName}", "not by $targetName"), ("1" + "+1" * 300, "more than 200 operators"),
        ("(" * 50 + "1" + ")" * 50, "more than 40 brackets"), ("!" * 60 + "1", "more than 40"), ("'" + "a" * 5000 + "'", "longer than 4096"),
        ("exec 'id'", "was not expected"), ("open(F, '>x')", "there is no function open()"), ("do { 1 }", "is not understood"), ("1; system(1)", "was not expected"),
        ("match('a{1000}{1000}{1000}')", "cannot be used"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_file_and_line(expression: str, words: str) -> None:
    message = refused(f"# a comment\n\ncolor.source={expression}")
    assert message.startswith("color.properties: line 3: ")
    assert words in message


@pytest.mark.parametrize(
    ("line", "words"),
    [("variable=$x=1", "code to run at the start"), ("exit=system(1)", "code to run at the end"), ("colour=red", "there is no property 'colour'"),
     ("color.nobody=red", "there is no color.nobody"), ("shape.source=star", "there is no shape 'star'"), ("maxnodesize=big", "a number was expected"),
     ("threshold.source=1 if (1)", "a number was expected"), ("nonsense", "name=value"), ("sum.edge=1", "there is no property sum.edge")],
)  # fmt: skip
def test_properties_that_are_not_known_are_refused(line: str, words: str) -> None:
    assert words in refused(line)
    assert "line 1" in refused(line)


@settings(max_examples=150)
@given(st.text(st.sampled_from("$fields[0] =~/.()\"'if&|!<>+-*?:,;#abc01x{}\\@%`"), max_size=60))
def test_any_expression_is_computed_or_refused_and_nothing_else(expression: str) -> None:
    with contextlib.suppress(VardeError):
        apply(rows(), read_properties(f"color.source={expression}", "p"))


def test_a_pattern_that_backtracks_elsewhere_takes_no_time() -> None:
    lines = [f"{'a' * 1000}!,25,b"]
    assert said("color.source=red if (field() =~ /^(a+)+$/)", lines) == {}


def test_the_first_rule_wins_and_a_catch_all_never_replaces_a_specific_one() -> None:
    text = 'color.source="blue" if ($fields[1] eq "25")\ncolor.source="green" if ($fields[1] eq "443")\ncolor.source="red"\n'
    assert said(text) == {("source", "192.0.2.1"): {"color": "blue"}, ("source", "10.1.2.3"): {"color": "red"}}


def test_color_without_a_kind_is_for_all_of_them() -> None:
    colours = said('color="blue" if (field() eq "25")\ncolor="white"')
    assert colours["event", "25"] == {"color": "blue"}
    assert colours["event", "443"] == colours["target", "mx.example.org"] == {"color": "white"}


def test_sizes_are_summed_unless_told_otherwise() -> None:
    assert said("size.source=2")["source", "192.0.2.1"] == {"size": 6.0}
    assert said("size.source=2\nsum.source=0")["source", "192.0.2.1"] == {"size": 2.0}
    assert said("size.target=$targetCount{$targetName}\nsum=0")["target", "www.example.org"] == {"size": 2.0}


def test_clusters_hide_and_thresholds_change_the_rows() -> None:
    left = requests_left(apply(rows(), read_properties('cluster.target="web" if (match("^www"))\ncolor.event="invisible" if (field() eq "443")', "p")))
    assert left.sort("port").rows() == [("192.0.2.1", "25", "mx.example.org", 2, None), ("10.1.2.3", "80", "www.example.org", 1, "web")]
    applied = apply(rows(), read_properties("threshold.source=1", "p"))
    assert set(applied.frame["source"]) == {"192.0.2.1"}


def test_clustered_names_have_the_looks_of_their_cluster() -> None:
    looks = said('cluster.target="web" if (match("^www"))\ncolor.target="blue" if (field() eq "web")')
    assert looks == {("target", "www.example.org"): {"color": "blue"}}


def test_dot_has_afterglow_s_header_edges_and_nodes() -> None:
    text = 'color.source="blue"\nsize.source=$sourceCount{$sourceName}\nsum.source=0\nmaxnodesize=1\nurl=http://localhost/\\N\ncolor.edge="grey"\nsize.edge=2\nshape.target=invtriangle'
    lines = dot(apply(rows(), read_properties(text, "color.properties")), Sketch()).splitlines()
    assert lines[:5] == [
        "digraph structs {",
        'graph [label="AfterGlow 1.6.6 - Property File: color.properties", fontsize=8];',
        'node [shape=ellipse, style=filled, penwidth=0, fontsize=10, width=1, height=1, fontcolor="black", label="", fixedsize=true, URL="http://localhost/\\N"];',
        "edge [len=1.5];",
        "concentrate=true;",
    ]
    assert '"192.0.2.1" -> "25" [color="grey",style=solid,penwidth=2];' in lines
    assert '"25" -> "mx.example.org" [color="grey",style=solid,penwidth=2];' in lines
    assert '"192.0.2.1" [fillcolor="blue", xlabel="192.0.2.1", width="1.00",height="1.00", shape=circle]' in lines
    assert '"10.1.2.3" [fillcolor="blue", xlabel="10.1.2.3", width="0.33",height="0.33", shape=circle]' in lines
    assert '"mx.example.org" [fillcolor="yellow", xlabel="mx.example.org", shape=invtriangle]' in lines
    assert lines[-1] == "}"


def test_dot_of_two_columns_has_no_events() -> None:
    lines = dot(apply(rows(["a,b", "b,c"]), read_properties("color.sourcetarget=pink", "p")), Sketch()).splitlines()
    assert [line for line in lines if "->" in line] == ['"a" -> "b";', '"b" -> "c";']
    assert '"b" [fillcolor="pink", xlabel="b", shape=circle]' in lines
    assert sum(line.startswith('"b" [') for line in lines) == 1


def test_graphson_has_what_dot_has_and_every_edge_finds_its_nodes() -> None:
    text = 'color.source="blue"\nsize.source=$sourceCount{$sourceName}\nsum.source=0\nlabel.event=0\ncolor.edge="grey"\nsize.edge=2\nshape.target=invtriangle'
    read = json.loads(graphson(apply(rows(), read_properties(text, "p")), 1.0))["graph"]
    assert read["mode"] == "NORMAL"
    assert read["vertices"][0] == {"_id": "1", "_type": "vertex", "_label": "192.0.2.1", "color": "#0000ff", "size": 1.0, "shape": "circle", "occurrences": 3}
    assert {one["_label"]: (one["color"], one["shape"]) for one in read["vertices"][-2:]} == {"mx.example.org": ("#ffff00", "invtriangle"), "www.example.org": ("#ffff00", "invtriangle")}
    assert [one["_label"] for one in read["vertices"] if one["shape"] == "box"] == ["", "", ""], "labels are off, numbers are not"
    by_number = {one["_id"]: one for one in read["vertices"]}
    ways = Counter((by_number[one["_outV"]]["shape"], by_number[one["_inV"]]["shape"], one["_label"], one["color"], one["size"]) for one in read["edges"])
    assert ways == {("circle", "box", "sourcevent", "#bebebe", 2.0): 3, ("box", "invtriangle", "eventtarget", "#bebebe", 2.0): 3}
    assert sum(one["occurrences"] for one in read["edges"]) == 2 * 4


def test_graphson_of_hostile_rows_and_of_two_columns_parses_back() -> None:
    lines = ['"a""]; evil",25,b\\', '<script>,25,"\u202ex -> y"', '"a"",\x1b[2J",25,"}]}"']
    octets = graphson(apply(rows(lines), read_properties("label=field()", "p")), 0.2)
    assert octets.isascii() and b"\x1b" not in octets
    names = {one["_label"] for one in json.loads(octets)["graph"]["vertices"]}
    assert {'a"]; evil', "b\\", "<script>", visible("\u202ex -> y"), visible('a",\x1b[2J'), "}]}"} < names
    two = json.loads(graphson(apply(rows(["a,b", "b,c"]), read_properties("", "p")), 0.2))["graph"]
    assert [one["_label"] for one in two["vertices"]] == ["a", "b", "c"]
    assert [(one["_outV"], one["_inV"], one["_label"]) for one in two["edges"]] == [("1", "2", "sourcetarget"), ("2", "3", "sourcetarget")]


def test_labels_can_be_turned_off_and_colours_that_are_none_are_not_written() -> None:
    lines = dot(apply(rows(), read_properties('label.event=0\ncolor.target="red];evil" if (1)', "p")), Sketch()).splitlines()
    assert '"25" [fillcolor="lightblue", xlabel="", shape=box]' in lines
    assert '"mx.example.org" [fillcolor="yellow", xlabel="mx.example.org", shape=triangle]' in lines


@pytest.mark.parametrize("url", ["javascript:alert(1)", "\\N", '"data:text/html,x"', "//evil.example/\\N", "file:///etc/passwd", ""])
def test_a_link_runs_nothing_and_no_name_becomes_one(url: str) -> None:
    with pytest.raises(VardeError, match=r"line 1: a link begins with http:// or https://"):
        read_properties(f"url={url}\n", "p")


_STRING = r'"(?:[^"\\\n]|\\.)*"'


@given(st.text(max_size=30))
def test_a_quoted_name_is_one_string_of_dot(name: str) -> None:
    assert re.fullmatch(_STRING, quoted(name))
    assert re.sub(r"\\(.)", r"\1", quoted(name)[1:-1]) == visible(name)


def test_hostile_rows_leave_no_statement_in_dot() -> None:
    lines = ['"a""]; evil [URL=""x",25,b\\', '<script>,25,"x -> y; }"']
    body = dot(apply(rows(lines), read_properties("label=field()", "p")), Sketch()).splitlines()[5:-1]
    statement = re.compile(rf"(?:{_STRING} -> {_STRING};|{_STRING} \[fillcolor={_STRING}, xlabel={_STRING}, shape=\w+\])?")
    assert not [line for line in body if not statement.fullmatch(line)]
    assert len([line for line in body if line]) == 4 + 5


@pytest.mark.parametrize(("name", "rgb"), [("red", "#ff0000"), ("RED3", "#cd0000"), ("gray50", "#7f7f7f"), ("lightyellow4", "#8c8c7b"), ("#12345678", "#123456"),
                                           ("green", "#00ff00"), ("nothing", None), ("gray101", None), ("red5", None), ("url(x)", None), ("", None)])  # fmt: skip
def test_colours_are_names_of_x11_or_digits(name: str, rgb: str | None) -> None:
    assert rgb_of(name) == rgb


def test_rows_of_requests_have_the_port_as_their_event() -> None:
    made = rows_of(pl.DataFrame({"source": ["a"], "port": [25], "target": ["b"], "count": [7]}))
    assert made.frame.rows() == [("a", "25", "b", "", "", 7)]
    assert (made.two, made.read) == (False, 7)


PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "color-properties.md"


def test_the_reference_page_is_what_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == properties_page(), "python -m varde.export.afterglow > docs/reference/color-properties.md"
    assert all(f"`{usage}`" in properties_page() for *_, usage, _ in FUNCTIONS.values())


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.export.afterglow.table.LINES_MAX", 3)
    with pytest.raises(VardeError, match="more than 3 lines"):
        read_rows(io.StringIO("a,1,b\n" * 4))


def test_too_many_different_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("varde.export.afterglow.table.DISTINCT_MAX", 3)
    assert read_rows(["a,1,b"] * 9).read == 9
    with pytest.raises(VardeError, match="more than 3 different rows"):
        read_rows([f"a,{n},b" for n in range(4)])


@pytest.mark.parametrize("name", ["\x1b]0;owned\x07", "a\x00b", "\u202efdp.exe", "two\r\nlines", "\x9b31m", "\x85"])
def test_nothing_that_a_terminal_obeys_stands_in_a_line(name: str) -> None:
    (line,) = write_rows(pl.DataFrame({"source": ["192.0.2.1"], "port": [25], "target": [name], "count": [1]}))
    assert line.removesuffix("\n").isprintable()
