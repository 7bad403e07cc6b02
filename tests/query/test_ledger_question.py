"""The ledger's answer: shares by what a protocol numbers, and over all exporters by their flows."""

import pytest

from varde.query.ledger import COUNTS, Account, share_seen


def account(unit: str, **counts: int) -> Account:
    return Account("r1", "192.0.2.1", 0, "netflow5", unit, "", "", dict.fromkeys(COUNTS, 0) | counts, None)


@pytest.mark.parametrize(
    ("told", "share"),
    [
        (account("flows", flows=90, datagrams=3, lost=10), 0.9), (account("datagrams", flows=90, datagrams=3, lost=1), 0.75), (account("none", flows=5), None),
        (account("records", flows=0), None), (account("flows", flows=5, lost=-2), 1.0),
    ],
)  # fmt: skip
def test_the_share_is_of_what_is_numbered(told: Account, share: float | None) -> None:
    assert told.share_seen == share


def test_over_all_exporters_each_counts_by_its_flows() -> None:
    told = [account("flows", flows=50, lost=50), account("flows", flows=900, lost=0), account("none", flows=1000)]
    assert share_seen(told) == 950 / 1000
    assert share_seen([account("none", flows=1)]) is None
