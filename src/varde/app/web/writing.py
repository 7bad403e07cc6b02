"""Who may write through the page: the page itself, where the configuration lets it."""

from fastapi import Request

from varde.app.station import Station
from varde.model import VardeError

WRITES = "x-varde-page"
"""A header that the page sends with what it writes. No other site's page can: a browser asks first, and is not allowed to."""


def require_own_page(request: Request, station: Station, commands: str) -> None:
    """Raises VardeError where the page may not write, and for requests that another site's page could have made. `commands` do the same."""
    if not station.context.config.web.write:
        raise VardeError(f"this page may not write ([web] write = false): use {commands}.")
    require_page(request, "write")


def require_page(request: Request, verb: str = "ask for this") -> None:
    """Raises VardeError for requests that another site's page could have made: of those that write, and of questions that cost much."""
    if WRITES not in request.headers or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise VardeError(f"only Varde's own page may {verb}: send the header {WRITES}: 1.")
