"""What of the exported flows was seen, in a sentence that goes with every answer about flows."""

from collections.abc import Sequence

from varde.model import counted, visible
from varde.query.ledger import Account, share_seen

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
    missing = ", ".join(f"{account.counts['lost']:,} {account.unit} of {visible(account.sensor)}" for account in lost)
    percent = "100" if not lost else f"{min(100 * share, 99.9999):.4g}"
    return f"{flows}; {percent} % of exported flows seen" + (f"; lost: {missing}" if lost else "") + dropping


def seen_document(told: Sequence[Account]) -> dict[str, object]:
    """Keys for an answer in JSON: `share_seen` (null where nobody can say) and `seen`, the sentence."""
    share = share_seen(told)
    return {"share_seen": None if share is None else round(share, 6), "seen": seen_sentence(told)}
