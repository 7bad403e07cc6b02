"""/metrics for Prometheus: behind the same door as the page."""

from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from varde.app.board_metrics import told_live
from varde.app.metrics import metrics_of
from varde.app.station import Station
from varde.app.web.api import station_of
from varde.export.prometheus import CONTENT_TYPE, exposition

router = APIRouter()


@router.get("/metrics")
def metrics(station: Annotated[Station, Depends(station_of)]) -> Response:
    """Counters and gauges of this station, in text format 0.0.4."""
    return Response(exposition(chain(told_live(), metrics_of(station))), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
