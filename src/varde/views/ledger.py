"""What of the exported flows was seen, in a sentence that goes with every answer about flows."""

from collections.abc import Sequence

from varde.model import counted, visible
from varde.query.ledger import Account, share_seen

NAMED_MAX = 5
"""Exporters of which something was lost that are named: `varde flow exporters` has all."""

NO_LEDGER = "there is no ledger of flows for this period, so nobody can say what share of those exported was seen"


def seen_sentence(told: Sequence[Account]) -> str:
    """The ledger in one sentence."""
    if not told:
        return NO_LEDGER
    share, lost = share_seen(told), [account for account in told if account.counts["lost"] > 0]
    dropped = sum(account.dropped or 0 for account in told)
    flows = counted(sum(account.counts["flows"] for account in told), "flow")
    dropping = f"; this machine's kernel dropped {counted(dropped, 'datagram')}" if dropped else ""
    if share is None:
        return f"{flows}; no exporter numbers what it sends, so nobody can say what was lost{dropping}"
    missing = ", ".join(f"{account.counts['lost']:,} {account.unit} of {visible(account.sensor)}" for account in lost[:NAMED_MAX])
    missing += f" and some of {len(lost) - NAMED_MAX} more" if len(lost) > NAMED_MAX else ""
    return f"{flows}; {percent(share)} of exported flows seen" + (f"; lost: {missing}" if lost else "") + dropping


def percent(share: float) -> str:
    """A share in per cent; 100 % only where nothing is missing."""
    return f"{100 * share if share == 1 else min(100 * share, 99.99):.4g} %"


def seen_document(told: Sequence[Account]) -> dict[str, object]:
    """Keys for an answer in JSON: `share_seen` (null where nobody can say) and `flows_seen`, the sentence."""
    share = share_seen(told)
    return {"share_seen": None if share is None else round(share, 6), "flows_seen": seen_sentence(told)}
