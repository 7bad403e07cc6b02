"""What the page knows of a period's findings: looked for once, by the local days that a window touches."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from varde.app.aside import look
from varde.app.finder import PATIENCE_SECONDS, Finder
from varde.app.finding import BEHIND_MAX, Findings, around, too_much
from varde.app.station import Station
from varde.query import Engine, Window

Looked = Finder[tuple[Findings, str]]


def found_in(
    finder: Looked, engine: Engine, station: Station, window: Window, zone: ZoneInfo, patience: float = PATIENCE_SECONDS
) -> tuple[Findings | None, str]:
    """None while they are looked for; with a reason, nothing where the period is too much."""
    whole = around(window, zone)

    def seek() -> tuple[Findings, str]:
        much = too_much(engine, whole, BEHIND_MAX)
        if much:
            return Findings(), f"Findings are not looked for here: {much}. A shorter period has them."
        return look("findings", station.context, engine, whole), ""

    goes_on = whole.last > datetime.now(timezone.utc) - timedelta(minutes=1)
    return finder.ask(whole, seek, goes_on=goes_on, patience=patience) or (None, "")
