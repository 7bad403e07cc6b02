"""A dashboard for Grafana: a picture for each panel, above them what says at a glance whether all is well.

Source: the dashboard JSON model of Grafana's manual."""

from collections.abc import Iterator, Sequence
from typing import Any

from varde.export.promql import Matcher, each_expression, line_expression
from varde.model.panels import Each, Panel

SCHEMA = 39
"""Of Grafana 11; later ones take it and bring it up to date."""

WINDOW = "$__rate_interval"
UID = "varde"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

_WIDE, _HIGH, _ACROSS = 12, 8, 24
_GLANCE_HIGH = 4
_MATCHERS: tuple[Matcher, ...] = (("instance", "=~", "$instance"),)
_HERE = '{instance=~"$instance"}'

_GLANCES: tuple[tuple[str, str, str, tuple[tuple[int | None, str], ...], list[dict[str, Any]]], ...] = (
    ("Station", f"min(varde_up{_HERE})", "none", ((None, "red"), (1, "green")), [{"type": "value", "options": {"0": {"text": "silent"}, "1": {"text": "running"}}}]),
    ("Records not yet committed", f"sum(varde_waiting_records{_HERE})", "short", ((None, "green"), (500_000, "red")), []),
    ("Flow records lost in an hour", 'sum(clamp_min(delta(varde_flow_lost{instance=~"$instance",unit=~"flows|records|samples"}[1h]), 0))', "short", ((None, "green"), (1, "orange")), []),
    ("Oldest list", f"max(varde_list_age_seconds{_HERE})", "s", ((None, "green"), (259_200, "orange")), []),
)  # fmt: skip
"""Title, expression, unit, from which value on which colour, and words for values."""


def dashboard(panels: Sequence[Panel]) -> dict[str, Any]:
    """The JSON document. Data source, instance and the page's address are variables of it."""
    return {
        "uid": UID, "title": "Varde", "tags": ["varde", "security"], "schemaVersion": SCHEMA, "version": 1, "editable": True, "graphTooltip": 1,
        "time": {"from": "now-6h", "to": "now"}, "refresh": "30s", "timezone": "browser", "annotations": {"list": []},
        "templating": {"list": _variables()}, "panels": [*_glances(), *_pictures(panels)],
    }  # fmt: skip


def _variables() -> list[dict[str, Any]]:
    instance = {"query": "label_values(varde_up, instance)", "refId": "instance"}
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0},
        {"name": "instance", "label": "Station", "type": "query", "datasource": SOURCE, "definition": instance["query"], "query": instance,
         "refresh": 2, "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}, "hide": 0},
        {"name": "page", "label": "Page of Varde", "type": "textbox", "query": "http://127.0.0.1:8420", "hide": 0},
    ]  # fmt: skip


def _glances() -> Iterator[dict[str, Any]]:
    wide = _ACROSS // len(_GLANCES)
    for at, (title, expression, unit, colours, words) in enumerate(_GLANCES):
        steps = [{"value": value, "color": colour} for value, colour in colours]
        yield {
            "id": at + 1, "type": "stat", "title": title, "datasource": SOURCE, "gridPos": {"x": at * wide, "y": 0, "w": wide, "h": _GLANCE_HIGH},
            "targets": [_target(0, expression, title)], "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "none"},
            "fieldConfig": {"defaults": {"unit": unit, "mappings": words, "thresholds": {"mode": "absolute", "steps": steps}}, "overrides": []},
        }  # fmt: skip


def _pictures(panels: Sequence[Panel]) -> Iterator[dict[str, Any]]:
    for at, panel in enumerate(panels):
        place = {"x": at % 2 * _WIDE, "y": _GLANCE_HIGH + at // 2 * _HIGH, "w": _WIDE, "h": _HIGH}
        drawn = {"lineWidth": 1, "fillOpacity": 20 if panel.stacked else 5, "showPoints": "never", "stacking": {"mode": "normal" if panel.stacked else "none"},
                 "axisLabel": f"{panel.unit} a minute" if panel.rate else ""}  # fmt: skip
        yield {
            "id": 100 + at, "type": "timeseries", "title": panel.title, "description": panel.about, "datasource": SOURCE, "gridPos": place,
            "targets": [_target(number, *told) for number, told in enumerate(_told(panel))],
            "links": [{"title": f"{panel.title} in Varde", "url": f"${{page}}/{panel.page}", "targetBlank": True}],
            "fieldConfig": {"defaults": {"unit": "s" if panel.unit == "seconds" else "short", "min": 0, "custom": drawn}, "overrides": []},
            "options": {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]}, "tooltip": {"mode": "multi"}},
        }  # fmt: skip


def _told(panel: Panel) -> Iterator[tuple[str, str]]:
    """Expressions, and how what they answer is called."""
    if isinstance(panel.lines, Each):
        yield each_expression(panel, panel.lines, WINDOW, _MATCHERS), f"{{{{{panel.lines.label}}}}}"
        return
    for line in panel.lines:
        yield line_expression(panel, line, WINDOW, _MATCHERS), line.title


def _target(number: int, expression: str, legend: str) -> dict[str, Any]:
    return {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "legendFormat": legend, "range": True}
