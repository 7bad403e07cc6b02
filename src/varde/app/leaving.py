"""The end of a process whose threads still ask questions.

Python's own end stops a daemon thread when that next wants the interpreter, which unwinds the library's C++ that it is in, and C++ then
aborts the process: `terminate called without an active exception`, status -6, with everything stored."""

import atexit
import contextlib
import os
import sys
import threading
from typing import NoReturn


def leave(status: int | str | None) -> NoReturn:
    """End with a status, as `sys.exit` does; at once, where daemon threads are all that is left."""
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if isinstance(status, str) or not others or not all(thread.daemon for thread in others):
        sys.exit(status)
    atexit._run_exitfuncs()  # noqa: SLF001 - folders that are gone with the process
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status or 0)
