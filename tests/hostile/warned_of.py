"""Warnings in which everything that others wrote is hostile: names of lists, of pulses, their addresses, names that were asked for, and of sensors."""

from typing import Any

import polars as pl

from tests.hostile.texts import TEXTS, shown
from tests.warned import StandIn, entry, flow, flows, with_lines
from varde.live import warnings_of
from varde.views.warning import rows_of


def _entries(text: str) -> list[dict[str, Any]]:
    return [entry(text, text, text, text), entry("otx", text, text, f"https://otx.example/{text}")]


def stored_warnings() -> pl.DataFrame:
    """One warning a string, as they are stored."""
    frames = []
    for number, octets in enumerate(TEXTS.values()):
        text, source = shown(octets), f"203.0.113.{number}"
        lists = StandIn({f"{source}/32": _entries(text)})
        frames.append(warnings_of(flows(flow(dst=source, sensor=text)), lists, lists))
    return with_lines(pl.concat(frames))


def rows() -> list[dict[str, Any]]:
    """The same as sinks get them, and one of each kind that carries a name, a string each."""
    found = rows_of(stored_warnings())
    for octets in TEXTS.values():
        text = shown(octets)
        base = {"time": "2026-11-20T12:00:00Z", "src_addr": "198.18.0.1", "src_port": 5353, "sensor": text, "name": text, "lists": _entries(text), "reason": text, "level": "alarm", "networks": 3}
        found += [base | {"kind": kind, "line": _line(base | {"kind": kind})} for kind in ("dns", "login")]
    return found


def _line(row: dict[str, Any]) -> str:
    from varde.views.warning import line_of

    return line_of(row)
