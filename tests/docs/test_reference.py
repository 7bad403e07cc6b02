"""Reference pages say what the code does now, and links lead somewhere."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from varde.app.config import EXAMPLE, Config, parse
from varde.app.reference import PAGES
from varde.decode import Lines, Origin
from varde.decode.firewall import FirewallReader, load_dialects
from varde.deliver import OF_KIND
from varde.export.intel import FORMATS as EXPORTS

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_makes(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run: python -m varde.app.reference docs/reference"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    missing = [target for target in targets if target and not (page.parent / target).exists()]
    assert not missing


def test_the_example_configuration_names_every_setting() -> None:
    for section, field in Config.model_fields.items():
        assert (field.alias or section) in EXAMPLE, f"section or setting {section} is not in the example"
        inner = getattr(type(field.default), "model_fields", None) or {}
        for name, setting in inner.items():
            assert (setting.alias or name) in EXAMPLE, f"[{section}] {name} is not in the example"


def test_the_example_is_right_when_its_comment_signs_are_taken_away() -> None:
    bare = "\n".join(re.sub(r"^# (?=[a-z\[][a-z_\[\]]*( = |\]))", "", line) for line in EXAMPLE.splitlines())
    config = parse(bare, "example")
    assert config.home[0].first is not None
    assert {sensor.name for sensor in config.sensor} == {"fw1", "fw2", "pot1"}
    assert [sink.kind for sink in config.sink] == ["file", "syslog", "webhook", "mail", "stdout"]


def test_the_example_names_every_setting_of_every_kind_of_sink_but_those_it_has_another_for() -> None:
    for kind, settings in OF_KIND.items():
        for name in settings - {"url", "certificate", "key"}:
            assert f"# {name} = " in EXAMPLE, f"{name} of a sink of kind {kind} is not in the example"


@pytest.mark.parametrize("page", ["ossec", "warnings-to-syslog", "warnings-to-people", "morning-brief"])
def test_sinks_in_the_how_tos_are_right(page: str) -> None:
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks and all(parse(block, page).sink for block in blocks)


@pytest.mark.parametrize("page", ["publish", "rpz", "unbound", "nftables-lists", "mikrotik-lists", "zeek-lists", "suricata-lists", "ossec-lists", "otx"])
def test_outputs_in_the_how_tos_are_right(page: str) -> None:
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks and all((config := parse(block, page)).publish or config.list_ for block in blocks)


def test_every_export_format_is_named_where_people_look() -> None:
    (command,) = [line for line in PAGES["commands.md"]().splitlines() if "rpz, unbound" in line]
    told = re.search(r"^# format: (rpz.*)\.$", EXAMPLE, re.MULTILINE)
    assert told and told[1].split(", ") == list(EXPORTS)
    words = command.split("|")[2].partition(".")[0].strip().replace(" or ", ", ").split(", ")
    assert words == list(EXPORTS)


def test_the_rules_in_the_how_to_are_those_that_are_shipped() -> None:
    text = (ROOT / "docs" / "how-to" / "ossec.md").read_text(encoding="utf-8")
    shipped = "".join(path.read_text() for path in (ROOT / "src" / "varde" / "data" / "ossec").glob("*.xml"))
    levels = dict(re.findall(r'<rule id="(\d+)" level="(\d+)"', shipped))
    told = {number: level for line, json_, level in re.findall(r"^\| (\d{6}) \|(?: (\d{6}))? \| (\d+) \|", text, re.MULTILINE) for number in (line, json_) if number}
    assert told == {number: level for number, level in levels.items() if level != "0"}


def test_the_example_of_a_dialect_of_your_own_reads_its_line() -> None:
    text = (ROOT / "docs" / "how-to" / "own-dialect.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"```log\n(.*?)```", text, re.DOTALL)
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    origin = Origin("fw", "s", "f", 0, ZoneInfo("UTC"), 1_795_305_600_000_000)
    decoded = FirewallReader(load_dialects(toml, "own-dialect.md")).read(Lines.of(line.encode()), origin)
    (record,) = decoded.batch.rows(named=True)
    assert (record["dst_port"], record["action"], record["rule"], record["hostname"]) == (22, "block", "17", "gw")
