"""The sentence that goes with every answer about flows."""

from varde.query.ledger import COUNTS, Account
from varde.views.ledger import NAMED_MAX, seen_document, seen_sentence


def account(sensor: str = "r1", unit: str = "flows", dropped: int | None = None, **counts: int) -> Account:
    return Account(sensor, "192.0.2.1", 0, "netflow5", unit, "", "", dict.fromkeys(COUNTS, 0) | counts, dropped)


def test_what_was_lost_is_told_with_whose_it_was() -> None:
    assert seen_sentence([account(flows=992, lost=8), account("r2", flows=1000)]) == "1,992 flows; 99.6 % of exported flows seen; lost: 8 flows of r1"


def test_a_loss_is_never_rounded_away() -> None:
    assert "100 %" not in seen_sentence([account(flows=10_000_000_000, lost=1)])
    assert seen_sentence([account(flows=5)]) == "5 flows; 100 % of exported flows seen"


def test_who_numbers_nothing_and_what_the_kernel_dropped_are_said() -> None:
    assert seen_sentence([account(unit="none", flows=5, dropped=2)]) == (
        "5 flows; no exporter numbers what it sends, so nobody can say what was lost; this machine's kernel dropped 2 datagrams"
    )


def test_without_a_ledger_nobody_can_say() -> None:
    assert seen_document([]) == {"share_seen": None, "flows_seen": seen_sentence([])} and "no ledger" in seen_sentence([])


def test_many_exporters_and_names_of_attackers_fit_in_a_sentence() -> None:
    told = seen_sentence([account(f"r{number}\x1b[31m", flows=9, lost=1) for number in range(NAMED_MAX + 3)])
    assert told.endswith(" and some of 3 more") and "\x1b" not in told
