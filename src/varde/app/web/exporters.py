"""The HTTP API of exporters: the ledger of a period, beside what is known of each exporter now."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from varde.app.station import Station
from varde.app.web.api import engine_of, station_of
from varde.app.web.warned import period_of
from varde.collect.flow_intake import EXPORTERS
from varde.decode.rows import iso
from varde.query import Engine, Window
from varde.query.ledger import Account, accounts
from varde.views.ledger import seen_document

router = APIRouter(prefix="/api")

EXPORTERS_MAX = 1_000
"""Observation domains of one answer."""

TEMPLATES_MAX = 100
"""Templates of one exporter that are told."""

_Known = dict[tuple[Any, ...], dict[str, Any]]


@router.get("/exporters")
def exporters(
    engine: Annotated[Engine, Depends(engine_of)], station: Annotated[Station, Depends(station_of)], window: Annotated[Window, Depends(period_of)],
) -> dict[str, Any]:  # fmt: skip
    """`exporters`: the ledger of each observation domain over the period, with `heard`, `skew_seconds` (how far its clock is behind ours),
    `sampling` and `templates` as known now; those null where the collector has not heard it."""
    told = accounts(engine, window)
    known: _Known = {_key(one["sensor"], one["exporter"], one["domain"], one["protocol"]): one for one in _facts(station)}
    return {
        "from": iso(window.first), "to": iso(window.last), **seen_document(told), "known": len(known), "total": len(told),
        "exporters": [_told(account, known) for account in told[:EXPORTERS_MAX]],
    }  # fmt: skip


def _facts(station: Station) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (station.context.store.facts.get(EXPORTERS) or {}).get("exporters", [])
    return found


def _key(*parts: Any) -> tuple[Any, ...]:
    return parts


def _told(account: Account, known: _Known) -> dict[str, Any]:
    one = known.get(_key(account.sensor, account.exporter, account.domain, account.protocol))
    now = {"heard": None, "skew_seconds": None, "sampling": None, "templates": None} if one is None else {
        "heard": iso(one["seen"]), "skew_seconds": None if one["skew"] is None else one["skew"] / 1e6, "sampling": one["sampling"]["rate"],
        "templates": [_template(template) for template in one["templates"][:TEMPLATES_MAX]],
    }  # fmt: skip
    return account.document() | now


def _template(template: dict[str, Any]) -> dict[str, Any]:
    return {"number": template["number"], "options": template["options"], "seen": iso(template["seen"]), "fields": len(template["fields"])}
