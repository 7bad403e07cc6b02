"""What is known of each row beside its record: its message, and what its exporter said about itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from varde.decode.batch import Origin
from varde.decode.flow._facts import Facts
from varde.decode.flow._messages import Messages


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of sets: the message of each set, and how many rows it has."""

    messages: Messages
    facts: list[Facts]
    message: NDArray[np.int64]
    counts: NDArray[np.int64]
    origin: Origin
    sensors: list[str]
    "Of each message's stream."

    def __len__(self) -> int:
        return int(self.counts.sum())

    def of_sets(self, name: str) -> NDArray[Any]:
        """A field of the messages, one value a set."""
        found: NDArray[Any] = self.messages[name][self.message]
        return found

    def spread(self, of_sets: NDArray[Any]) -> NDArray[Any]:
        """One value a row from one a set."""
        return np.repeat(of_sets, self.counts, axis=0)

    def each(self, name: str) -> NDArray[np.int64]:
        """A field of the messages, one value a row."""
        return self.spread(self.of_sets(name))

    def boot(self) -> NDArray[np.int64]:
        """us since 1970 when the exporter started, as its options data say; 0 where they do not."""
        boots = np.array([facts.boot or 0 for facts in self.facts], np.int64)
        return self.spread(boots[self.of_sets("facts")])

    def only(self, of_sets: NDArray[Any]) -> Any | None:
        """The value, where all sets have the same."""
        first = of_sets[0]
        return first if bool((of_sets == first).all()) else None
