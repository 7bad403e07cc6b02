"""One piece of work at a time in a thread of its own: a commit, while the next block is decoded."""

import threading
from collections.abc import Callable

from varde.model import VardeError


class Behind:
    """Runs what it is given; asks whoever gave it to wait before it gives the next."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except (VardeError, OSError) as error:
                self._error = error

        self._thread = threading.Thread(target=run, name="commit")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the work is not done yet."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        """Until the work is done; raises what it raised."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error
