"""What is known about addresses before anything is seen: where they are, whose they are, which are special, which are listed.

    indicators --Guards.judge--> kept + suppressed --build--> Matcher --lookup--> set ids --rows--> lists and entries

Matching is on disjoint intervals in NumPy; text appears only when a table is loaded."""

from varde.intel.build import build
from varde.intel.compact import MATCHED
from varde.intel.geography import Database, Geography, Home, Override
from varde.intel.guards import Guards, Judged, Suppressed, Verdict
from varde.intel.image import dump, dumped, load
from varde.intel.intervals import IntervalTable
from varde.intel.matcher import Matcher
from varde.intel.members import Row

__all__ = [
    "MATCHED", "Database", "Geography", "Guards", "Home", "IntervalTable", "Judged", "Matcher", "Override", "Row", "Suppressed", "Verdict",
    "build", "dump", "dumped", "load",
]  # fmt: skip
