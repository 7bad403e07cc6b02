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
from varde.faces.drawn import SPAN_SECONDS, Drawn, drawn, summed
from varde.faces.writing import Ring, write_board

__all__ = [
    "FILE", "SPAN_SECONDS", "STALE_SECONDS", "STEP_SECONDS", "Board", "Drawn", "Labels", "Ring", "board_of", "drawn", "panel_named", "read_board",
    "summed", "write_board",
]  # fmt: skip
