"""Tables on disk: append, scan, compact, expire. One Delta table a kind, partitioned by UTC day; no server.

Several processes append and read at once. What was read from a file is committed together with how far it was read, so
that reading it again adds nothing twice.
"""

from varde.model.place import default_location
from varde.store.facts import Facts
from varde.store.forgetting import Forgotten
from varde.store.parts import Parts
from varde.store.store import (
    STORE_VERSION,
    OvertakenError,
    Progress,
    Store,
    TableSize,
    check_location,
)

__all__ = ["STORE_VERSION", "Facts", "Forgotten", "OvertakenError", "Parts", "Progress", "Store", "TableSize", "check_location", "default_location"]
