"""linkgraph and afterglow: from requests and CSV files to every format, and what they say when they cannot."""

import gzip
import json
import re
from pathlib import Path

import polars as pl
import pytest
from cli_run import varde
from material import cowrie, write_old

from varde.app.commands.afterglow import afterglow_csv, afterglow_drawn, properties_of, read_csv
from varde.app.commands.linkgraph import FORMATS, LinkgraphOptions, draw_requests, linkgraph_csv
from varde.model import VardeError

LINES = "192.0.2.1,25,mx.example.org\n192.0.2.1,25,mx.example.org\n192.0.2.2,443,www.example.org\n"


@pytest.fixture
def csv_file(tmp_path: Path) -> str:
    (tmp_path / "requests.csv").write_text(LINES)
    return str(tmp_path / "requests.csv")


def requests() -> pl.DataFrame:
    return pl.DataFrame({"source": ["192.0.2.1", "192.0.2.2"], "port": [25, 443], "target": ["mx.example.org", "www.example.org"], "count": [2, 1]})


BEGINNINGS = {"png": b"\x89PNG", "svg": b"<svg", "html": b"<!doctype html>", "json": b"{", "dot": b"digraph", "gdf": b"nodedef>", "graphml": b"<?xml", "graphson": b'{"graph"', "csv": b"source,port"}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_suffix_says_the_format(kind: str, csv_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / f"graph.{kind}"
    linkgraph_csv([csv_file], LinkgraphOptions(), str(out))
    assert out.read_bytes().startswith(BEGINNINGS[kind])
    said = capsys.readouterr().err
    assert "3 requests: 2 sources, 2 ports, 2 targets. 6 objects show 100% of them; nothing is folded." in said


def test_json_goes_to_standard_output(csv_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    linkgraph_csv([csv_file], LinkgraphOptions(), None, json_=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["requests"], document["triples"], document["shown"]["share_of_requests"]) == (3, 2, 1.0)
    assert document["seconds"] >= 0


def test_compressed_files_are_read_and_several_are_one_graph(csv_file: str, tmp_path: Path) -> None:
    packed = tmp_path / "more.csv.gz"
    packed.write_bytes(gzip.compress(b"192.0.2.3,25,mx.example.org\nnonsense\n"))
    rows = read_csv([csv_file, str(packed)])
    assert (rows.frame["count"].sum(), rows.bad["fields"]) == (4, 1)


def test_lines_that_are_no_rows_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,25,b\nalone\n\xff\xfe,25,c\n,1,\n")
    rows = read_csv([str(tmp_path / "x.csv")])
    assert rows.frame["source"].to_list() == ["a", "\\xff\\xfe"]
    assert "2 of 4 lines are no rows: 1 too few columns, 1 an empty column" in capsys.readouterr().err


def test_an_archive_that_was_cut_off_gives_its_rows_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = gzip.compress(b"".join(b"192.0.2.%d,%d,b.example\n" % (n % 250, n) for n in range(20_000)))
    (tmp_path / "x.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert 100 < read_csv([str(tmp_path / "x.csv.gz")]).read < 20_000
    assert re.search(r"x\.csv\.gz: the compressed data .* What came before it was read\.", capsys.readouterr().err)


def test_files_that_are_no_csv_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("hello\n")
    with pytest.raises(VardeError, match=r"x\.csv: no line is source,port,target"):
        read_csv([str(tmp_path / "x.csv")])
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(VardeError, match="is a picture"):
        read_csv([str(tmp_path / "x.png")])
    with pytest.raises(VardeError, match="no such file"):
        read_csv([str(tmp_path / "missing.csv")])


@pytest.mark.parametrize(
    ("options", "output", "words"),
    [
        (LinkgraphOptions(), "x.exe", "use a suffix of .png"), (LinkgraphOptions(scheme="pink"), "x.png", "no such scheme: pink"),
        (LinkgraphOptions(width=10), "x.png", "400 x 300"), (LinkgraphOptions(group_sources="shoe"), "x.png", "cannot group by 'shoe'"),
        (LinkgraphOptions(unfolded=True), "x.png", "--unfolded is for .dot"), (LinkgraphOptions(properties="/missing"), "x.png", "cannot read /missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_nothing_is_written(options: LinkgraphOptions, output: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(VardeError, match=words):
        draw_requests(requests(), options, str(tmp_path / output))
    assert list(tmp_path.iterdir()) == []


def test_no_requests_is_exit_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        draw_requests(requests().clear(), LinkgraphOptions(), str(tmp_path / "x.png"))
    assert ended.value.code == 1
    assert "there are no requests to draw" in capsys.readouterr().err


def test_an_empty_picture_takes_the_place_of_yesterdays(tmp_path: Path) -> None:
    log = str(write_old(tmp_path / "pot.json", cowrie("direct-tcpip.request", 0, dst_ip="mx.example", dst_port=25)))
    done = varde(tmp_path, "linkgraph", log, "-q", "-o", "today.svg")
    assert done.status == 0 and "1 request:" in (tmp_path / "today.svg").read_text()
    done = varde(tmp_path, "linkgraph", log, "-q", "--day", "2026-11-21", "-o", "today.svg")
    assert done.status == 1 and len(done.err.splitlines()) == 1
    assert "No requests. There is nothing to draw." in (tmp_path / "today.svg").read_text()


def test_unfolded_has_a_node_for_everybody(tmp_path: Path) -> None:
    many = pl.DataFrame({"source": ["192.0.2.1"] * 500, "port": [25] * 500, "target": [f"mx{n}.example" for n in range(500)], "count": [1] * 500})
    draw_requests(many, LinkgraphOptions(unfolded=True), str(tmp_path / "x.gdf"))
    assert len((tmp_path / "x.gdf").read_text().partition("edgedef>")[0].splitlines()) == 503
    draw_requests(many, LinkgraphOptions(), str(tmp_path / "y.gdf"))
    assert len((tmp_path / "y.gdf").read_text().partition("edgedef>")[0].splitlines()) < 100


def test_yesterday_tells_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    draw_requests(requests(), LinkgraphOptions(), None, json_=True, before=requests().head(1))
    nodes = json.loads(capsys.readouterr().out)["nodes"]
    assert {node["label"] for node in nodes if node["new"]} == {"192.0.2.2", "443 https", "www.example.org"}


def test_on_the_first_day_nothing_is_marked_as_new_and_it_is_said_why(tmp_path: Path) -> None:
    log = str(write_old(tmp_path / "pot.json", cowrie("direct-tcpip.request", 0, dst_ip="mx.example", dst_port=25)))
    done = varde(tmp_path, "linkgraph", log, "--compare", "yesterday", "-o", "day.json")
    assert done.status == 0 and "nothing is marked as new" in done.err
    assert not any(node.get("new") for node in json.loads((tmp_path / "day.json").read_text())["nodes"])
    assert varde(tmp_path, "linkgraph", log, "--compare", "yesterday", "-q", "-o", "day.json").err == ""


def test_a_property_file_changes_the_picture(csv_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scheme = tmp_path / "color.properties"
    scheme.write_text('color.source="blue" if (field() eq "192.0.2.1")\nshape.port=circle\n')
    with pytest.raises(VardeError, match=r"color\.properties: line 2"):
        linkgraph_csv([csv_file], LinkgraphOptions(properties=str(scheme)), str(tmp_path / "x.svg"))
    scheme.write_text('color.source="blue" if (field() eq "192.0.2.1")\nshape.event=octagon\ncolor.target="invisible" if (match("^www"))\n')
    linkgraph_csv([csv_file], LinkgraphOptions(properties=str(scheme)), str(tmp_path / "x.svg"))
    drawn = (tmp_path / "x.svg").read_text()
    assert 'fill="#0000ff"' in drawn
    assert "www.example.org" not in drawn
    assert "2 requests" in capsys.readouterr().err


def test_a_property_file_may_ask_for_further_columns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,25,b,high\nc,25,b,low\n")
    (tmp_path / "p").write_text('color.source="blue" if ($fields[3] eq "high")\n')
    linkgraph_csv([str(tmp_path / "x.csv")], LinkgraphOptions(properties=str(tmp_path / "p")), str(tmp_path / "x.svg"))
    assert (tmp_path / "x.svg").read_text().count('fill="#0000ff"') == 2  # its circle and its bundle


def test_afterglow_csv_is_a_line_a_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert afterglow_csv([requests().head(1), requests().tail(1)], str(tmp_path / "x.csv")) == 3
    assert (tmp_path / "x.csv").read_text() == LINES
    with pytest.raises(SystemExit):
        afterglow_csv([requests().clear()], str(tmp_path / "y.csv"))
    assert "no requests" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.csv"]


def test_requests_of_nobody_are_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = requests().with_columns(source=pl.Series(["192.0.2.1", None]))
    assert afterglow_csv([nobody], str(tmp_path / "x.csv")) == 2
    assert "1 of 3 requests are left out: their log does not say who asked" in capsys.readouterr().err


def test_afterglow_dot_of_a_csv_and_a_property_file(csv_file: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text('color.event="green"\n')
    afterglow_drawn(read_csv([csv_file]), str(tmp_path / "p"), str(tmp_path / "x.dot"))
    text = (tmp_path / "x.dot").read_text()
    assert text.startswith("digraph structs {\n")
    assert '"25" [fillcolor="green", xlabel="25", shape=box]' in text
    (tmp_path / "p").write_text('color="invisible"\n')
    with pytest.raises(SystemExit):
        afterglow_drawn(read_csv([csv_file]), str(tmp_path / "p"), str(tmp_path / "y.dot"))


def test_afterglow_writes_graphson_where_a_switch_or_the_property_file_asks_for_it(csv_file: str, tmp_path: Path) -> None:
    by_switch = varde(tmp_path, "afterglow", csv_file, "-j").out
    assert json.loads(by_switch)["graph"]["mode"] == "NORMAL"
    (tmp_path / "p").write_text("graphson=1\n")
    assert varde(tmp_path, "afterglow", csv_file, "-c", "p").out == by_switch
    (tmp_path / "p").write_text("graphson=0\n")
    assert varde(tmp_path, "afterglow", csv_file, "-c", "p").out.startswith("digraph")


def test_a_property_file_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("#" * 1_000_001)
    with pytest.raises(VardeError, match="larger than 1,000,000 octets"):
        properties_of(str(tmp_path / "p"))
    (tmp_path / "p").write_bytes(b"color=\xff\n")
    with pytest.raises(VardeError, match="line 1"):
        properties_of(str(tmp_path / "p"))
    assert properties_of(None).rules == {}
