"""flow exporters, templates: who sends flows here, how much of it was seen, and how it is read."""

import time
from typing import Any

from varde.app.context import Context
from varde.app.engine import engine_of
from varde.app.flow_report import TITLES
from varde.app.output import print_json, say, visible
from varde.collect.flow_intake import EXPORTERS
from varde.decode.rows import iso
from varde.model import counted
from varde.query.ledger import Account, accounts
from varde.views.ledger import percent, seen_document, seen_sentence
from varde.views.listing import text_of

NOBODY = "no flows were received yet: `varde up` and `varde listen` collect them on UDP 2055"


def exporters_command(context: Context, *, as_json: bool) -> int:
    """Each observation domain with what came and what did not. Returns the exit status."""
    told = accounts(engine_of(context))
    if as_json:
        print_json({**seen_document(told), "exporters": [account.document() for account in told]})
    elif told:
        _print_table(told)
        print(seen_sentence(told))
    if not told:
        say(NOBODY)
    return 0 if told else 1


def _print_table(told: list[Account]) -> None:
    rows = [_row(account) for account in told]
    print(text_of(rows, list(rows[0]), visible))


def _row(account: Account) -> dict[str, object]:
    share, counts = account.share_seen, account.counts
    return {
        "sensor": account.sensor, "exporter": account.exporter or "-", "domain": "-" if account.domain is None else account.domain,
        "protocol": TITLES.get(account.protocol, account.protocol), "flows": counts["flows"], "seen": "-" if share is None else percent(share),
        "lost": counts["lost"], "reordered": counts["reordered"], "twice": counts["duplicated"],
        "dropped": "?" if account.dropped is None else account.dropped, "late": counts["late"], "restarts": counts["restarts"], "last": account.last,
    }  # fmt: skip


def templates_command(context: Context, *, as_json: bool) -> int:
    """Templates that exporters have announced, with their age. Returns the exit status."""
    known: list[dict[str, Any]] = (context.store.facts.get(EXPORTERS) or {}).get("exporters", [])
    rows = [(exporter, template) for exporter in known for template in exporter["templates"]]
    if as_json:
        names = ("exporter", "transport", "protocol", "domain", "sensor")
        print_json([{name: exporter[name] for name in names} | template | {"seen": iso(template["seen"])} for exporter, template in rows])
    for exporter, template in [] if as_json else rows:
        kind = "options template" if template["options"] else "template"
        fields = " ".join(_field(field) for field in template["fields"])
        print(f"{visible(exporter['sensor'])} {TITLES[exporter['protocol']]} domain {exporter['domain']}: {kind} {template['number']}, "
              f"{_age(template['seen'])}: {fields}")  # fmt: skip
    if not rows:
        say(NOBODY if not known else "the exporters that were heard use no templates")
    return 0 if rows else 1


def _field(field: dict[str, Any]) -> str:
    return f"{field['element']}:{'*' if field['length'] is None else field['length']}"


def _age(seen: int) -> str:
    seconds = max(0, int(time.time() - seen / 1e6))
    return f"{counted(seconds, 'second')} old" if seconds < 120 else f"{counted(seconds // 60, 'minute')} old"
