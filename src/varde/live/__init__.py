"""What happens to a batch on arrival: it is told where its addresses are, shown to whoever watches, and committed."""

from varde.live.answers import Answers
from varde.live.arrivals import Arrivals
from varde.live.enrich import enrich
from varde.live.hourly import Hourly
from varde.live.hub import Hub
from varde.live.ingest import COMMIT_SECONDS, Watcher, Writer
from varde.live.knocks import Knocks
from varde.live.outcomes import Outcomes
from varde.live.repeats import together
from varde.live.scan_news import News, Rest, ScanNews
from varde.live.scanned import warnings_of_scans
from varde.live.sight import Sighted, warnings_of_sightings
from varde.live.strangers import Strangers
from varde.live.surged import warnings_of_surges
from varde.live.warn import LISTS_MAX, Lists, Matcher, listed_in, warnings_of
from varde.live.warner import REPEAT_SECONDS, CurrentLists, ListMatcher, Warner

__all__ = [
    "COMMIT_SECONDS",
    "LISTS_MAX",
    "REPEAT_SECONDS",
    "Answers",
    "Arrivals",
    "CurrentLists",
    "Hourly",
    "Hub",
    "Knocks",
    "ListMatcher",
    "Lists",
    "Matcher",
    "News",
    "Outcomes",
    "Rest",
    "ScanNews",
    "Sighted",
    "Strangers",
    "Warner",
    "Watcher",
    "Writer",
    "enrich",
    "listed_in",
    "together",
    "warnings_of",
    "warnings_of_scans",
    "warnings_of_sightings",
    "warnings_of_surges",
]
