"""The dashboard: what Grafana asks of one, every metric in it exists, and the shipped file is what the code makes."""

import json
import re
from importlib.resources import files
from itertools import combinations

import pytest

from varde.app.metrics import FAMILIES
from varde.export.grafana import SCHEMA, SOURCE, dashboard
from varde.export.promql import curve_expression, each_expression, line_expression
from varde.model.panels import BY_ID, PANELS, Each, Line, Panel

MADE = dashboard(PANELS)
TARGETS = [target for panel in MADE["panels"] for target in panel["targets"]]


def test_the_shipped_file_is_what_the_code_makes() -> None:
    shipped = (files("varde") / "data" / "grafana" / "varde.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == MADE, "run: varde metrics --grafana > src/varde/data/grafana/varde.json"


def test_it_has_what_grafana_asks_of_a_dashboard() -> None:
    assert MADE["schemaVersion"] == SCHEMA >= 36 and MADE["uid"] and MADE["title"]
    (source,) = [one for one in MADE["templating"]["list"] if one["type"] == "datasource"]
    assert source["query"] == "prometheus" and SOURCE["uid"] == f"${{{source['name']}}}"
    assert all(panel["datasource"] == SOURCE for panel in MADE["panels"]) and all(target["datasource"] == SOURCE for target in TARGETS)
    numbers = [panel["id"] for panel in MADE["panels"]]
    assert len(set(numbers)) == len(numbers)
    for panel in MADE["panels"]:
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) and all(re.fullmatch("[A-Z]", letter) for letter in letters)


def test_every_panel_is_drawn_once_and_none_lies_on_another() -> None:
    drawn = [panel["title"] for panel in MADE["panels"] if panel["type"] == "timeseries"]
    assert drawn == [panel.title for panel in PANELS]
    places = [panel["gridPos"] for panel in MADE["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for a, b in combinations(places, 2):
        assert a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


def test_every_metric_in_it_exists_with_the_labels_it_is_asked_by() -> None:
    known = {family.name: family for family in FAMILIES}
    for target in TARGETS:
        named = re.findall(r"(varde_\w+)(?:\{([^}]*)\})?", target["expr"])
        assert named, target["expr"]
        for name, chosen in named:
            assert name in known, target["expr"]
            asked = set(re.findall(r"(\w+)=", chosen)) | set(re.findall(r"by \((\w+)\)", target["expr"]))
            assert asked <= {*known[name].labels, "instance"}, target["expr"]


def test_variables_that_are_used_are_variables_that_are_there() -> None:
    there = {one["name"] for one in MADE["templating"]["list"]} | {"__rate_interval", "__all"}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(MADE))) <= there


def test_only_counters_have_rates_and_what_is_a_value_is_not_changed() -> None:
    for panel in PANELS:
        for family in {panel.lines.family} if isinstance(panel.lines, Each) else {line.family for line in panel.lines}:
            line = Line("x", "x", family)
            text = line_expression(panel, line, "5m")
            assert ("rate(" in text) == (panel.rate and family.endswith("_total")) and ("* 60" in text) == panel.rate


@pytest.mark.parametrize(("panel", "name", "title", "expression"), [
    ("logins", "failed", "failed", 'sum(rate(varde_logins_total{outcome="failed"}[5m])) * 60'),
    ("flows", "lost", "lost", 'sum(deriv(varde_flow_lost{unit=~"flows|records|samples"}[5m])) * 60'),
    ("flows", "received", "received", "sum(rate(varde_flow_flows_total[5m])) * 60"),
    ("ports", "tcp_23", "tcp/23", 'sum(rate(varde_port_probes_total{port="tcp/23"}[5m])) * 60'),
    ("feeds", "x", 'a"b\\c', 'max(varde_list_age_seconds{list="a\\"b\\\\c"})'),
    ("waiting", "flows", "of flows", 'sum(varde_waiting_records{of="flows"})'),
])  # fmt: skip
def test_a_curve_is_asked_for_by_itself(panel: str, name: str, title: str, expression: str) -> None:
    assert curve_expression(BY_ID[panel], name, title) == expression


def test_signs_that_mean_something_in_a_pattern_mean_themselves() -> None:
    panel = Panel("p", "P", "u", "About.", (Line("l", "l", "x", "of", ("a.b", "c|d")),), rate=False)
    assert isinstance(panel.lines, tuple)
    assert line_expression(panel, panel.lines[0], "5m") == 'sum(x{of=~"a\\\\.b|c\\\\|d"})'
    assert each_expression(panel, Each("x", "of"), "5m") == "max by (of) (x)"
