"""What an exporter counts by its sequence numbers: what its protocol says, or what its messages show that it does instead.

RFC 7011 numbers data records and gives the first of a message its number; softflowd gives the number behind the last, and
leaves options records out. RFC 3954 numbers datagrams; some firewalls number records. Read by the wrong rule, nothing would ever seem
complete, so the first messages wait until one rule explains them."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from varde.decode.flow._ledger import Sequence
from varde.decode.flow._messages import IPFIX, NETFLOW5, NETFLOW7, NETFLOW9, SFLOW5

ENOUGH = 3
"""Messages that one rule explains by what came before them, and that are needed to choose it."""

WAITING_MAX = 16
"""Messages that wait for the choice; when nothing explains them, the protocol's own rule is taken."""

SCORE_MAX = 64
"""Messages that the memory of each rule reaches back: an exporter that is replaced by another is understood again."""

_WRAP = 2**32


class Rule(NamedTuple):
    """What is counted, and whether the number is that behind the last (else of the first)."""

    unit: str
    column: str
    behind: bool = False


_FLOWS = (Rule("flows", "promised"),)
_DATAGRAMS = (Rule("datagrams", "ones"), Rule("records", "records"), Rule("records", "records", behind=True))
_RECORDS = (
    Rule("records", "records"), Rule("records", "records", behind=True), Rule("records", "plain"), Rule("records", "plain", behind=True),
)  # fmt: skip
RULES = {NETFLOW5: _FLOWS, NETFLOW7: _FLOWS, NETFLOW9: _DATAGRAMS, IPFIX: _RECORDS, SFLOW5: (Rule("datagrams", "ones"),)}
"""By protocol; the first is what its document says."""

HEARD = np.dtype([(name, "i8") for name in ("number", "export", "uptime", "slack", "ones", "promised", "records", "plain")])
"""A message as the ledger needs it: its sequence number, and what it holds by every rule."""


@dataclass(slots=True)
class Convention:
    """The rule of one stream: None until it is chosen."""

    rules: tuple[Rule, ...]
    chosen: int | None = None
    scores: list[int] = field(default_factory=list)
    waiting: list[NDArray[np.void]] = field(default_factory=list)
    last: NDArray[np.void] | None = None

    @property
    def rule(self) -> Rule:
        return self.rules[self.chosen or 0]

    def see(self, heard: NDArray[np.void], sequence: Sequence) -> None:
        """Tell a sequence of messages in order of arrival, or keep them until the rule is known."""
        if len(self.rules) > 1:
            self._score(heard)
        if self.chosen is None:
            self.waiting.append(heard)
            heard = np.concatenate(self.waiting)
            if not self._choose(len(heard)):
                return
            self.waiting.clear()
        _tell(sequence, heard, self.rule)

    def flush(self, sequence: Sequence) -> bool:
        """Tell what is waiting, by the best rule so far. Returns whether anything was."""
        if not self.waiting:
            return False
        self.chosen = self._best()
        _tell(sequence, np.concatenate(self.waiting), self.rule)
        self.waiting.clear()
        return True

    def _score(self, heard: NDArray[np.void]) -> None:
        both = heard if self.last is None else np.concatenate([self.last, heard])
        self.last = heard[-1:].copy()
        self.scores = self.scores or [0] * len(self.rules)
        known = (both["slack"][:-1] == 0) & (both["slack"][1:] == 0)
        for place, rule in enumerate(self.rules):
            units = both[rule.column]
            step = units[1:] if rule.behind else units[:-1]
            hit = int((known & ((np.diff(both["number"]) - step) % _WRAP == 0) & (step > 0)).sum())
            missed = int(known.sum()) - hit
            self.scores[place] = max(0, min(self.scores[place] + hit, SCORE_MAX) - missed)
        if self.chosen is not None and self.scores[self._best()] >= self.scores[self.chosen] + SCORE_MAX // 2:
            self.chosen = self._best()

    def _choose(self, waiting: int) -> bool:
        if len(self.rules) == 1 or waiting >= WAITING_MAX or max(self.scores) >= ENOUGH:
            self.chosen = self._best()
        return self.chosen is not None

    def _best(self) -> int:
        """The rule that explains most; of equals the first."""
        return self.scores.index(max(self.scores)) if self.scores else 0


def _tell(sequence: Sequence, heard: NDArray[np.void], rule: Rule) -> None:
    units = heard[rule.column]
    numbers = (heard["number"] - units) % _WRAP if rule.behind else heard["number"]
    sequence.see_all(numbers, units, heard["export"], heard["uptime"], heard["slack"])
