"""Memory that was freed, back to the system."""

import ctypes

import pyarrow as pa

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of the GNU C library; others have none."""


def give_back() -> None:
    """Have the allocators of C and Arrow keep nothing for later; some milliseconds.

    They keep what a large step freed, in pieces that the next step does not fit into: half of what a build took was that."""
    pa.default_memory_pool().release_unused()
    if _TRIM is not None:
        _TRIM(0)
