"""What a sink is: something that takes warnings and says what came of it."""

from collections.abc import Sequence
from typing import Any, Protocol

from varde.model import VardeError

Row = dict[str, Any]
"""A warning as `varde.views.warning.rows_of` gives it."""


class SinkError(VardeError):
    """What kept warnings from being delivered: a sentence. They are tried again, unless `final`: these never will be taken."""

    def __init__(self, message: str, *, final: bool = False, after: float = 0.0) -> None:
        super().__init__(message)
        self.final = final
        self.after = after
        "Seconds that the other end asked us to wait."


class Sink(Protocol):
    """One place that warnings go to. Used by one thread at a time; keeps its connection between calls."""

    batch: int
    "Warnings that it takes at once."

    def ready(self, waiting: int, clock: float) -> bool:
        """Whether to send now what waits; `clock` is seconds of the monotonic clock."""

    def send(self, rows: Sequence[Row]) -> str:
        """Deliver all of these, and say what the other end answered. Raises SinkError where any of them was not delivered."""

    def close(self) -> None: ...


def because(error: Exception) -> str:
    """An error of the system in its own words, in lower case, without a full stop."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower().rstrip(".")
