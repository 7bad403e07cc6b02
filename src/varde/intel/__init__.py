"""What is known about addresses before anything is seen: where they are, whose they are, which are special.

Matching is on disjoint intervals in NumPy; text appears only when a table is loaded.
"""

from varde.intel.geography import Database, Geography, Home, Override
from varde.intel.intervals import IntervalTable

__all__ = ["Database", "Geography", "Home", "IntervalTable", "Override"]
