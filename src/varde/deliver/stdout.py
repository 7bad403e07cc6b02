"""Warnings on standard output, one a line, at once."""

import sys
from collections.abc import Sequence

from varde.deliver.settings import SinkSettings
from varde.deliver.sink import Row, SinkError, because
from varde.export.warning import FORMATS


class StdoutSink:
    """Standard output; whoever reads it may go, and then there is nobody to tell."""

    batch = 500

    def __init__(self, settings: SinkSettings) -> None:
        self._render = FORMATS[settings.format or "line"].render

    def ready(self, waiting: int, clock: float) -> bool:
        return waiting > 0

    def send(self, rows: Sequence[Row]) -> str:
        text = "".join(self._render(row) + "\n" for row in rows)
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            raise SinkError(f"cannot write to standard output: {because(error)}.") from error
        return "written"

    def close(self) -> None:
        """Nothing is ours to close."""
