"""The last answers behind pictures of the page: where captions go is asked right after the cells were."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from varde.query import Answer

KEPT_MAX = 4
"""Answers: of the pages that are open at once."""

KEPT_SECONDS = 5.0
"""After which new records may have come."""


class Tiles:
    """Answers by what was asked, for a moment."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._kept: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._lock = Lock()

    def keep(self, key: Hashable, answer: Answer) -> Answer:
        with self._lock:
            self._kept[key] = self._steady(), answer
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return answer

    def known(self, key: Hashable) -> Answer | None:
        with self._lock:
            moment, answer = self._kept.get(key, (0.0, None))
            return answer if answer is not None and self._steady() - moment <= KEPT_SECONDS else None
