"""Synthetic faces.db files, as a station would have written them."""

from array import array
from collections.abc import Mapping
from pathlib import Path

from varde.faces import STEP_SECONDS, Labels, Ring, board_of, write_board

NOW = 1_795_345_290.0
PAGE = "http://127.0.0.1:8420"

Samples = dict[str, dict[Labels, float]]


def sample(**labels: str) -> Labels:
    return tuple(labels.items())


def write(store: Path, samples: Samples, curves: Mapping[str, list[float]] | None = None, at: float = NOW, **about: str) -> Path:
    """A board whose curves have those values, the last at the time it was written."""
    store.mkdir(parents=True, exist_ok=True)
    path = board_of(store)
    told = {"written": f"{at:.3f}", "started": f"{at - 7200:.3f}", "version": "0.0", "page": PAGE} | about
    write_board(path, told, {}, samples, _Curves(curves or {}, at))
    return path


class _Curves(Ring):
    """Curves that a test says instead of what was counted."""

    def __init__(self, curves: Mapping[str, list[float]], at: float) -> None:
        super().__init__()
        self._said, self._at = curves, int(at) // STEP_SECONDS * STEP_SECONDS

    def rows(self) -> list[tuple[str, int, bytes]]:
        return [(name, self._at, array("d", values).tobytes()) for name, values in self._said.items()]
