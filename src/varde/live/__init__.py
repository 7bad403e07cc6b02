"""What happens to a batch on arrival: it is told where its addresses are, shown to whoever watches, and committed."""

from varde.live.enrich import enrich
from varde.live.hub import Hub
from varde.live.ingest import COMMIT_SECONDS, Watcher, Writer

__all__ = ["COMMIT_SECONDS", "Hub", "Watcher", "Writer", "enrich"]
