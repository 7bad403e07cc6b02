"""Warnings in the words of other programs: one file a format, each a function from a warning to text without line feeds.

A warning is a row as `varde.views.warning.rows_of` gives it. To add a format: a file here, a line in FORMATS, its rows in
tests/export/test_warning_formats.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

from varde.export.warning.cef import cef
from varde.export.warning.chat import ntfy, slack, teams
from varde.export.warning.ecs import ecs
from varde.export.warning.eve import eve
from varde.export.warning.plain import jsonl, line
from varde.export.warning.row import MESSAGE_IDS, Row, severity

__all__ = ["FORMATS", "MESSAGE_IDS", "Format", "Row", "severity"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a warning is written, what that is called on the web, and one sentence for people."""

    render: Callable[[Row], str]
    content_type: str
    meaning: str


_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"

FORMATS: dict[str, Format] = {
    "line": Format(line, _TEXT, "the article's line, which OSSEC and people read"),
    "json": Format(jsonl, _JSON, "JSON with Varde's own column names"),
    "ecs": Format(ecs, _JSON, "JSON of the Elastic Common Schema"),
    "cef": Format(cef, _TEXT, "ArcSight's Common Event Format"),
    "eve": Format(eve, _JSON, "Suricata's eve.json"),
    "ntfy": Format(ntfy, _TEXT, "a message for ntfy"),
    "slack": Format(slack, _JSON, "a message for Slack, Mattermost or Rocket.Chat"),
    "teams": Format(teams, _JSON, "a card for Microsoft Teams"),
}
