"""One store for all tests here: every string has come through every source."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

for folder in (Path(__file__).parents[2] / "src", Path(__file__).parents[1], Path(__file__).parents[1] / "app"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from tests.hostile.sources import Carried, fill  # noqa: E402 - found by the path above
from tests.hostile.warned_of import stored_warnings  # noqa: E402
from varde.store import Store  # noqa: E402


@dataclass(frozen=True)
class Filled:
    """A home whose store has everything."""

    home: Path
    store: Store
    carried: Carried


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    home = tmp_path_factory.mktemp("hostile")
    store = Store(home / "store")
    carried = fill(store)
    carried.rows["warnings"] = store.append("warnings", stored_warnings())
    return Filled(home, store, carried)
