"""badge: a small picture of one panel or line."""

from pathlib import Path

from varde.app.board_metrics import board_path
from varde.app.output import kind_of_output, write_output
from varde.app.panels import SCHEMES, badge_of
from varde.faces import read_board
from varde.faces.checks.terms import stale
from varde.model import VardeError
from varde.views.badge import badge_png, badge_svg


def badge_command(name: str, output: str, scheme: str, scale: int, store: Path | None, config: Path | None) -> None:
    """Write it. What a station no longer tells is drawn as silent, with exit status 1."""
    if scheme not in SCHEMES:
        raise VardeError(f"--scheme {scheme}: write {' or '.join(SCHEMES)}.")
    kind = kind_of_output(output, False, ("svg", "png"), "svg")
    board = read_board(board_path(store, config))
    made = badge_of(board, name)
    write_output(output, badge_svg(made, scheme).encode() if kind == "svg" else badge_png(made, scheme, scale))
    if board.is_stale():
        raise VardeError(f"the badge says silent: {stale(board.age())}", status=1)
