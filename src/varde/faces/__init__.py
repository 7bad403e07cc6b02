"""What monitoring reads of a running station: one small file, written every ten seconds, read with the standard library alone.

    station -> faces.db -> Munin, Nagios and Icinga, SNMP, Prometheus's textfile, badges
"""

from varde.faces.board import (
    FILE,
    STALE_SECONDS,
    STEP_SECONDS,
    Board,
    Labels,
    board_of,
    panel_named,
    read_board,
)
from varde.faces.writing import Ring, write_board

__all__ = ["FILE", "STALE_SECONDS", "STEP_SECONDS", "Board", "Labels", "Ring", "board_of", "panel_named", "read_board", "write_board"]
