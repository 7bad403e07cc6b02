"""What of one block is needed for the next, where a text is read in order: a live batch ends after a tenth of a second."""

from typing import Generic, TypeVar

KEPT_MAX = 4096
"""Connections that are remembered; the one that came first is forgotten first. A honeypot has a few hundred open at a time."""

_Value = TypeVar("_Value")


class Memory(Generic[_Value]):
    """A bounded dictionary: what became known of each connection that is not over."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], _Value] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, key: tuple[str, ...], value: _Value) -> None:
        """Remember; where there are too many, forget the oldest."""
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]

    def get(self, key: tuple[str, ...]) -> _Value | None:
        return self._kept.get(key)

    def pop(self, key: tuple[str, ...]) -> _Value | None:
        """Forget, and say what it was; None where it was not known."""
        return self._kept.pop(key, None)
